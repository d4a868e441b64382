/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the guest's first process share: see init.c. */
#ifndef TRUCE_INIT_H
#define TRUCE_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/reboot.h>
#include <sys/types.h>

#define AGENT_PORT_LINK "/run/truce/agent-port"

/* One line to the serial port. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the guest cannot go on, and stays. */
void die(const char *what) __attribute__((noreturn));

/* At most SIZE - 1 bytes of a file, without the newlines at its end; 0 where it cannot be read. */
size_t file_read(const char *path, char *ret_text, size_t size);

/* A small file of STATE, on the disk before this returns: a crash may follow. */
#define STATE "/truce"
void state_write(const char *path, const char *text);

long long now_ms(void);

/* Starts a Windows program, given with its arguments (a list that ends with NULL, whose first
 * element this replaces by Wine), its standard files being IN, OUT and ERR. */
pid_t start_windows(char **arguments, int in, int out, int err);

/* Stops Wine in order, flushes the disk, restarts (RB_AUTOBOOT) or powers off (RB_POWER_OFF). */
void leave(int how);

/* recovery.c: the recovery environment. Answers the guest agent's protocol on AGENT_PORT_LINK until
 * a guest-shutdown. `announce` is called once, when the port is open. */
void recovery_serve(void (*announce)(void)) __attribute__((noreturn));

#endif
