/* SPDX-License-Identifier: GPL-2.0-or-later
 * The other side of a comparison: QEMU by itself, with its agent channel and monitor as UNIX
 * sockets, and the same guest by the lab, as far as both need the same.
 */
#pragma once

#include <sys/types.h>

#include "guest/agent.h"
#include "host/image.h"
#include "host/machine.h"
#include "model/lab.h"

/* A guest that is ready to be measured: built, with a warm state. */
typedef struct {
    Lab *lab;
    Guest *guest;
    Image *image;
    Host *host;
    char *warm;   /* its warm state's folder */
    char *folder; /* a temporary one, removed with the bench */
} BenchGuest;

/* TRUCE_ERROR_LAB, TRUCE_ERROR_INPUT as the lab's. */
bool bench_guest_open(const char *name, BenchGuest *guest, GError **error);
void bench_guest_close(BenchGuest *guest);

/* The agent of a machine of the lab. */
AgentTransport bench_lab_agent(Machine *machine);

/* The agent of a bare QEMU, over its connected socket. */
AgentTransport bench_bare_agent(int *fd);

/* The socket, as soon as somebody listens there; -1 where nobody does before the deadline. */
int bench_connect(const char *path, gint64 deadline);

/* One line from the socket, without its end; NULL with the error set where none comes in time. Free
 * with g_free(). */
char *bench_line(int fd, gint64 deadline, GError **error);

/* Starts a program that inherits `inherited` as descriptor 9, or nothing where that is -1. */
pid_t bench_start(const char *const *argv, int inherited);

/* Kills it and waits for its end. */
void bench_end(pid_t pid);

/* Sorts the values. */
double bench_median(double *values, guint count);
