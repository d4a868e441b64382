/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's serial port: QEMU writes to a pipe, the event thread appends that to a log file.
 *
 * A pipe and not the log file itself, because a guest may write without end (the log has a limit),
 * and because QEMU may run as a user that cannot reach the log. What QEMU wrote before an event is
 * in the pipe when the event comes: serial_pump_drain() brings it into the log.
 */
#pragma once

#include "host/host-private.h"

typedef struct SerialPump SerialPump;

/* Makes the pipes <path>.in and <path>.out for QEMU and starts to pump. */
bool serial_pump_new(Host *host, const char *path, const char *log, guint64 limit,
                     SerialPump **ret_pump, GError **error);

/* The same for QEMU on another host, which appends to a machine's volume of that name (remote.h):
 * what is there comes when it is asked for. A volume over the limit is cut again and again. */
bool serial_pump_new_remote(Host *host, const char *volume, const char *log, guint64 limit,
                            SerialPump **ret_pump, GError **error);

void serial_pump_drain(SerialPump *pump);
void serial_pump_free(SerialPump *pump);
