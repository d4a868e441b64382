/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a bugcheck leaves, written by system calls alone: no heap, no lock of this
 * process, so that a crashed process can do it too.
 */
#ifndef TRUCE_DUMP_FILE_H
#define TRUCE_DUMP_FILE_H

#include <windows.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stop-code.h"

#define DUMP_FILE_STOP_UNIX "/run/truce/stop"
#define DUMP_FILE_STOP_MAX 512

/* The first process' FIFO (see guests/reference/init.c); NULL where it cannot be opened. */
HANDLE dump_file_open_control(void);

bool dump_file_write(HANDLE file, const void *bytes, size_t size);

/* Saves a dump as C:\Windows\Minidump\MMDDYY-NNNNN-01.dmp, and on the disk. */
bool dump_file_save(const uint8_t *dump, size_t size);

/* Now, as a FILETIME. */
uint64_t dump_file_time(void);

/* The stop screen's lines; NAME is NULL where no module is known. TEXT holds DUMP_FILE_STOP_MAX. */
void dump_file_stop_text(const struct stop *stop, const WCHAR *name, uint64_t address,
                         uint64_t base, uint32_t timestamp, char *ret_text);

/* Leaves them in DUMP_FILE_STOP_UNIX, for the request 'stop'. */
bool dump_file_leave_stop_text(const char *text);

#endif
