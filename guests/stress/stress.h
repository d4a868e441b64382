// SPDX-License-Identifier: GPL-2.0-or-later
// truce-stress.exe: loads a guest in a repeatable way and says what it cost. One verb, one load.
/*
 *   truce-stress files --dir DIR --rate N --seconds S --seed K [--stop-file PATH]
 *
 * creates, writes, renames and deletes files in DIR (made if missing), N operations a second for S
 * seconds, in an order that the seed K alone decides, then deletes what is left of them.
 *
 * On stdout, one line of JSON at the end:
 *   {"operations":N,"errors":N,"vanished":N,"dropped_samples":N,
 *    "latency_us":{"p50":N,"p95":N,"max":N}}
 * errors counts every operation that failed; vanished, how many of these failed because a file that
 * this program had made was gone: another product took it. Exit 0 without errors, 1 with, 2 for
 * wrong usage.
 */
#pragma once

#include <stdint.h>
#include <wchar.h>

#include "latency.h"

enum stress_exit {
    STRESS_OK = 0,
    STRESS_ERRORS = 1,
    STRESS_USAGE = 2,
};

struct stress_options {
    const wchar_t *dir;
    uint32_t rate; /* operations a second */
    uint32_t seconds;
    uint32_t seed;
    const wchar_t *stop_file; /* or NULL */
};

struct stress_result {
    uint64_t operations;
    uint64_t errors;
    uint64_t vanished;
    struct latency latency;
};

/* Runs the load; false, with GetLastError(), where DIR can be neither made nor used. */
bool stress_files(const struct stress_options *options, struct stress_result *ret_result);
