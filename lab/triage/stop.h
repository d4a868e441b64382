/* SPDX-License-Identifier: GPL-2.0-or-later
 * STOP lines on a serial port or a screen, and the names of stop codes.
 *
 *   *** STOP: 0x0000007E (0xFFFFFFFFC0000005,0x0000000000421234,0x…,0x…)
 *   ***  alder.sys - Address 0000000000421234 base at 0000000000420000, DateStamp 6720a1b2
 *
 * is what the blue screens of Windows XP to 7, ReactOS and the reference guest print; a debug
 * kernel's `*** Fatal System Error: 0x0000007e` with the parameters on the next line counts too.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint32 code;
    guint64 parameters[4];
    char module[64]; /* "" where no line names one */
    guint64 address;
    guint64 base;
} Stop;

/* Finds the last STOP of a text (a serial log: hostile, any bytes). false: there is none. */
bool stop_find(const char *text, gsize length, Stop *ret_stop);

/* The stop code and parameters in what QEMU tells of a panic, as JSON text: `arg1` to `arg5` of
 * {"action":"pause","info":{"type":"hyper-v","arg1":206,…}}. Numbers are read digit by digit,
 * because they need not fit a double. false: it has none. Source: QEMU, qapi/run-state.json,
 * GuestPanicInformationHyperV. */
bool stop_from_panic_info(const char *json, Stop *ret_stop);

/* Counts the STOP lines of a text. */
guint stop_count(const char *text, gsize length);

/* `SYSTEM_THREAD_EXCEPTION_NOT_HANDLED`, or NULL where the table does not have the code. Source of
 * the table: Microsoft's bug check code reference. */
const char *stop_code_name(guint32 code);

/* Every name of that table in turn, with its code; NULL past the last. */
const char *stop_code_at(guint index, guint32 *ret_code);
