// SPDX-License-Identifier: GPL-2.0-or-later
// Latency samples; see latency.h.
#include "latency.h"

#include <stdlib.h>

#include <windows.h>

uint64_t latency_now_us(void)
{
    LARGE_INTEGER now, per_second;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&per_second);
    uint64_t ticks = (uint64_t)now.QuadPart, rate = (uint64_t)per_second.QuadPart;
    return ticks / rate * 1000000 + ticks % rate * 1000000 / rate;
}

static bool grow(struct latency *latency)
{
    size_t capacity = latency->capacity ? 2 * latency->capacity : 1024;
    uint32_t *larger;

    if (capacity > LATENCY_MAX || !(larger = realloc(latency->us, capacity * sizeof *larger)))
        return false;
    latency->us = larger;
    latency->capacity = capacity;
    return true;
}

void latency_add(struct latency *latency, uint64_t us)
{
    if (latency->count == latency->capacity && !grow(latency)) {
        latency->dropped++;
        return;
    }
    latency->us[latency->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t latency_percentile(struct latency *latency, unsigned percent)
{
    if (latency->count == 0)
        return 0;
    qsort(latency->us, latency->count, sizeof *latency->us, compare);
    size_t rank = (latency->count * percent + 99) / 100;
    return latency->us[rank ? rank - 1 : 0];
}

void latency_done(struct latency *latency)
{
    free(latency->us);
    *latency = (struct latency){0};
}
