// SPDX-License-Identifier: GPL-2.0-or-later
// Latencies of operations in microseconds as a histogram of fixed size: counts are kept in buckets
// whose width grows with their value, so that a percentile is at most 1/32 too high.
#pragma once

#include <stdint.h>

#define LATENCY_STEPS 32 /* buckets in each doubling of the value */
#define LATENCY_DOUBLINGS 28
#define LATENCY_BUCKETS (LATENCY_STEPS * LATENCY_DOUBLINGS)

/* Zero-initialise. */
struct latency {
    uint64_t buckets[LATENCY_BUCKETS];
    uint64_t count;
    uint64_t max;
};

void latency_add(struct latency *latency, uint64_t us);

/* Adds all of MORE. */
void latency_merge(struct latency *latency, const struct latency *more);

/* The highest value of the bucket in which the smallest sample lies that PERCENT of the samples do
 * not exceed, and never more than the largest sample; 0 without samples. */
uint64_t latency_percentile(const struct latency *latency, unsigned percent);
