/* SPDX-License-Identifier: GPL-2.0-or-later
 * A small random generator whose numbers are the same on every machine for the same seed.
 *
 * SplitMix64 (Steele, Lea, Flood 2014). Not for secrets.
 */
#pragma once

#include <glib.h>

typedef struct {
    guint64 state;
} Random;

static inline guint64 random_next(Random *random)
{
    guint64 z = random->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number below `limit`, which is at least 1. */
static inline guint random_below(Random *random, guint limit)
{
    return (guint)(((random_next(random) >> 32) * limit) >> 32);
}

/* A generator of its own for part number `part` of the same work. */
static inline Random random_fork(guint64 seed, guint64 part)
{
    Random random = {seed * G_GUINT64_CONSTANT(0xd1342543de82ef95) + part};
    random_next(&random);
    return random;
}

/* Puts the numbers 0..n-1 into `order`, shuffled. */
static inline void random_order(Random *random, guint n, guint *order)
{
    for (guint i = 0; i < n; i++) {
        guint j = random_below(random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
