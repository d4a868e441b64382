// SPDX-License-Identifier: GPL-2.0-or-later
// Latency histograms; see latency.h.
#include "latency.h"

/* Values below LATENCY_STEPS have a bucket each; of a value with more bits than these, the topmost
 * six count. */
static unsigned bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * LATENCY_STEPS)
        shift++;
    unsigned bucket = shift * LATENCY_STEPS + (unsigned)(us >> shift);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static uint64_t bucket_top(unsigned bucket)
{
    unsigned shift = bucket < 2 * LATENCY_STEPS ? 0 : bucket / LATENCY_STEPS - 1;
    uint64_t value = bucket - (uint64_t)shift * LATENCY_STEPS;

    return ((value + 1) << shift) - 1;
}

void latency_add(struct latency *latency, uint64_t us)
{
    latency->buckets[bucket_of(us)]++;
    latency->count++;
    if (us > latency->max)
        latency->max = us;
}

void latency_merge(struct latency *latency, const struct latency *more)
{
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
        latency->buckets[i] += more->buckets[i];
    latency->count += more->count;
    if (more->max > latency->max)
        latency->max = more->max;
}

uint64_t latency_percentile(const struct latency *latency, unsigned percent)
{
    uint64_t rank = (latency->count * percent + 99) / 100, seen = 0;

    if (rank == 0)
        rank = 1;
    for (unsigned i = 0; i < LATENCY_BUCKETS - 1; i++) {
        seen += latency->buckets[i];
        if (seen >= rank)
            return bucket_top(i) < latency->max ? bucket_top(i) : latency->max;
    }
    return latency->max;
}
