/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the disk of a Windows Setup that failed or stalled tells: the machine is stopped, Setup's
 * logs are fetched (host/offline-disk.h), and what they say of the cause is put into words.
 *
 * Source: Microsoft Learn, "Windows Setup log files and event logs": setuperr.log and setupact.log
 * below $WINDOWS.~BT\Sources\Panther, Windows\Panther and Windows\Panther\UnattendGC; a line is
 * `2026-11-22 10:31:07, Error      [0x0606ae] IBS    text`, its level's name in English always.
 */
#pragma once

#include "host/machine.h"

/* Stops the machine and copies the logs into `folder`/panther. The likely cause in one line, or why
 * there is none; never NULL. Free with g_free(). */
char *trouble_collect(Machine *machine, Host *host, const char *folder);

/* The last error that a log of Setup's tells, in one line; NULL where it tells none. */
char *trouble_last_error(const char *log, gsize length);
