/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a screen says: the stop code and 'What failed' of a bugcheck screen, or that a recovery
 * environment is there.
 *
 *   Windows 8 and later    Stop code: SYSTEM_THREAD_EXCEPTION_NOT_HANDLED
 *                          What failed: alder.sys
 *   Windows XP to 7        *** STOP: 0x0000007E (…) and the module's line (triage/stop.h)
 *
 * The text comes from character recognition, so letters that look alike count as the same. Names of
 * stop codes are not translated, so they are found on a screen of any language; so is the name of a
 * module. The words of a recovery environment are English only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    bool stop;       /* a bugcheck screen */
    guint32 code;    /* 0: it could not be read */
    char module[64]; /* "" where none is named */
    bool recovery;   /* a recovery environment */
} Screen;

Screen screen_judge(const char *text);

/* The stop code whose name this text has somewhere, letters that look alike being the same; false
 * where there is none. */
bool screen_find_stop_name(const char *text, guint32 *ret_code);
