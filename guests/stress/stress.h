// SPDX-License-Identifier: GPL-2.0-or-later
// truce-stress.exe: loads a guest in a repeatable way and says what it cost.
/*
 *   truce-stress mix --dir DIR --seconds S [--seed K] [--stop-file PATH] KIND=RATE[xTHREADS]...
 *
 * does operations of several kinds at once for S seconds, or until PATH exists. RATE is operations
 * a second of the whole kind, `max` as many as it can; THREADS (default 1, at most 16) share them.
 * The seed alone decides each thread's order of operations. DIR is made if missing; what the
 * program made in it is removed at the end. `truce-stress KIND --rate N --dir ...` is a mix of one.
 *
 * - process: starts this program with nothing to do, and waits for its end
 * - thread: starts a thread and waits for its end
 * - image: maps a copy of this program as an image (a DLL load that runs nothing) and unmaps it
 * - file: creates, writes, renames or deletes one of a working set of files of 4 KiB
 * - mapped: writes a file of 64 KiB through a view, flushes it, and deletes it
 * - directory: makes a folder with a folder in it, lists it, removes both
 * - registry: makes a key below HKCU, writes, reads and deletes a value, deletes the key
 * - memory: reserves, commits, touches, protects and frees 64 KiB to 1 MiB
 * - handle: makes, duplicates, sets, waits for and closes an event
 * - pipe: makes a named pipe, connects to it, sends 64 bytes through it, closes it
 * - loopback: connects to a port of its own on 127.0.0.1, sends 64 bytes, closes
 * - device: opens and closes \\.\NUL
 *
 * On stdout, one line of JSON at the end:
 *   {"format":1,"seed":N,"seconds":N.N,"operations":N,"errors":N,"vanished":N,"stuck":N,"kinds":[
 *     {"kind":"file","threads":N,"rate":N,"operations":N,"per_second":N.N,"errors":N,
 *      "vanished":N,"first_error":N,"latency_us":{"p50":N,"p90":N,"p95":N,"p99":N,"max":N},
 *      "slices":[[OPERATIONS,MEAN_US],…]},…]}
 * rate 0 is `max`. A slice is a whole second, of the first ten minutes at most, and counts only
 * operations that did not fail. errors counts operations that failed; first_error is the first
 * one's Windows error; vanished, how many of these failed because a file that this program had made
 * was gone: another product took it; stuck, threads whose last operation had not come back a minute
 * after the end (errors counts them too). Percentiles are at most 3 % too high (latency.h). Exit 0
 * without errors, 1 with, 2 for wrong usage.
 *
 *   truce-stress fill --file PATH --leave-kib N
 *
 * makes a file that leaves N KiB of its volume free, and ends; exit 1 where it cannot.
 *
 *   truce-stress hold --leave-mib N --ready-file PATH --stop-file PATH
 *
 * takes memory until N MiB of physical memory are available, makes the ready file, and keeps
 * writing to all of it until the stop file exists, for an hour at most.
 *
 *   truce-stress bugcheck
 *
 * makes itself critical and ends: Windows stops with 0xEF. Not on Wine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include <windows.h>

#include "latency.h"

enum stress_exit {
    STRESS_OK = 0,
    STRESS_ERRORS = 1,
    STRESS_USAGE = 2,
};

// What one thread of one kind works with. An operation that fails leaves its error to
// GetLastError().
struct work {
    const wchar_t *dir;
    uint32_t seed;   /* of the run */
    uint32_t number; /* of the thread, unlike all others of the run */
    uint32_t random; /* state of work_random() */
    uint64_t vanished;
    void *state; /* the kind's own */
};

struct kind {
    const char *name;
    bool (*begin)(struct work *work); /* NULL: nothing to prepare */
    bool (*once)(struct work *work);
    void (*end)(struct work *work); /* NULL: nothing to remove; the state is freed by the caller */
};

extern const struct kind kind_file, kind_mapped, kind_directory; /* files.c */
extern const struct kind kind_process, kind_thread, kind_image, kind_handle, kind_memory,
    kind_registry;                                              /* objects.c */
extern const struct kind kind_pipe, kind_loopback, kind_device; /* channels.c */

/* xorshift32 (Marsaglia, 2003). */
uint32_t work_random(struct work *work);

/* "DIR\stress-<seed>-<number>-<name>" into MAX_PATH characters. */
void work_path(const struct work *work, uint32_t name, const wchar_t *suffix, wchar_t *path);

/* The verbs; argv[0] is the first argument behind the verb's name. */
int stress_mix(int argc, wchar_t **argv, const wchar_t *only_kind);
int stress_fill(int argc, wchar_t **argv);
int stress_hold(int argc, wchar_t **argv);
int stress_bugcheck(void);

/* A whole number of decimal digits within limits. */
bool stress_number(const wchar_t *text, uint32_t lowest, uint32_t highest, uint32_t *ret_number);
