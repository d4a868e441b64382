// SPDX-License-Identifier: GPL-2.0-or-later
// Latencies of operations in microseconds, kept one by one, and their percentiles.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. Grows up to LATENCY_MAX samples; later ones are dropped and counted. */
#define LATENCY_MAX (4u * 1024 * 1024)

struct latency {
    uint32_t *us;
    size_t count;
    size_t capacity;
    size_t dropped;
};

/* Microseconds of a clock that only goes forward. */
uint64_t latency_now_us(void);

void latency_add(struct latency *latency, uint64_t us);

/* The smallest sample that at least PERCENT of the samples do not exceed; 0 without samples. Sorts
 * the samples. */
uint32_t latency_percentile(struct latency *latency, unsigned percent);

void latency_done(struct latency *latency);
