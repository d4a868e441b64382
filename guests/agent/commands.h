/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest agent's commands on a Windows and on the reference guest: those of the QEMU guest agent
 * that the lab and libvirt use. answer.h has the protocol.
 */
#ifndef TRUCE_COMMANDS_H
#define TRUCE_COMMANDS_H

#include "answer.h"

/* answer_request() with these commands. */
void commands_answer(char *text, size_t length, struct text *reply);

/* The reference guest's first process takes requests at PATH (see guests/reference/init.c); NULL
 * on a Windows, which restarts by itself. Call before the first request. */
void commands_use_control(const wchar_t *path);
void commands_control(const char *request);

/* Whether the Linux below is the guest's: Wine, with the first process' requests. A Wine elsewhere
 * is a program on somebody's machine. */
bool commands_owns_linux(void);

/* Wine's version; NULL on a Windows. */
const char *commands_wine_version(void);

/* The text of the last Windows error, for a command to return. Valid until the next call. */
const char *commands_system_error(const char *what);

/* UTF-8 to UTF-16 and back, allocated with malloc; NULL without memory or for malformed text. */
wchar_t *commands_wide(const char *utf8, size_t length);
char *commands_utf8(const wchar_t *wide);

/* The computer's name, allocated with malloc; NULL where the system does not tell. */
char *commands_host_name(void);

/* commands-exec.c */
command_function command_exec, command_exec_status;
/* commands-file.c */
command_function command_file_open, command_file_close, command_file_read, command_file_write,
    command_file_seek, command_file_flush;
/* commands-system.c */
command_function command_get_osinfo, command_get_host_name, command_get_time, command_set_time,
    command_get_timezone, command_shutdown;
/* identity.c */
command_function command_set_identity;

#endif
