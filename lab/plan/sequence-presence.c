/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which events the rows hold: few patterns of presence that have every combination wanted.
 *
 * The first pattern holds every event. Each further one starts with a combination not seen so far
 * and decides the other optional events one by one for what adds most; where it makes no
 * difference, an event is present, since rows with more events cover more orders.
 */
#include "plan/sequence-private.h"

typedef enum { OPEN, ABSENT, PRESENT } Decision;

typedef struct {
    const SequenceRules *rules;
    guint presence;
    guint64 *random;
    Decision decided[SEQUENCE_EVENTS_MAX];
    /* [a][b], a <= b: combinations still wanted; bit 2·(a present) + (b present) */
    guint8 wanted[SEQUENCE_EVENTS_MAX][SEQUENCE_EVENTS_MAX];
} Patterns;

static guint combination(Decision a, Decision b)
{
    return 1u << (2 * (a == PRESENT) + (b == PRESENT));
}

static void want_combinations(Patterns *patterns)
{
    const SequenceRules *rules = patterns->rules;

    for (guint a = 0; a < rules->n; a++) {
        if (!rules->optional[a])
            continue;
        patterns->wanted[a][a] = combination(ABSENT, ABSENT);
        for (guint b = a + 1; b < rules->n && patterns->presence == 2; b++) {
            if (!rules->optional[b])
                continue;
            patterns->wanted[a][b] = 15;
            if (rules->needs[a][b])
                patterns->wanted[a][b] &= ~combination(PRESENT, ABSENT);
            if (rules->needs[b][a])
                patterns->wanted[a][b] &= ~combination(ABSENT, PRESENT);
        }
    }
}

/* Decides an event and all that follows from it. */
static void decide(Patterns *patterns, guint event, Decision decision)
{
    const SequenceRules *rules = patterns->rules;

    patterns->decided[event] = decision;
    for (guint other = 0; other < rules->n; other++)
        if (decision == PRESENT ? rules->needs[event][other] : rules->needs[other][event])
            patterns->decided[other] = decision;
}

/* Combinations with decided events that the event would add. */
static guint gain(const Patterns *patterns, guint event, Decision decision)
{
    guint sum = 0;

    for (guint other = 0; other < patterns->rules->n; other++) {
        Decision theirs = other == event ? decision : patterns->decided[other];

        if (theirs == OPEN)
            continue;
        if (other < event)
            sum += (patterns->wanted[other][event] & combination(theirs, decision)) != 0;
        else
            sum += (patterns->wanted[event][other] & combination(decision, theirs)) != 0;
    }
    return sum;
}

static void complete(Patterns *patterns)
{
    guint n = patterns->rules->n, start = sequence_below(patterns->random, n);

    for (guint i = 0; i < n; i++) {
        guint event = (start + i) % n;

        if (patterns->decided[event] == OPEN)
            decide(patterns, event,
                   gain(patterns, event, ABSENT) > gain(patterns, event, PRESENT) ? ABSENT
                                                                                  : PRESENT);
    }
}

/* Starts a pattern with the first combination that is wanted; false where there is none. */
static bool begin(Patterns *patterns)
{
    guint n = patterns->rules->n;

    for (guint i = 0; i < n; i++)
        patterns->decided[i] = patterns->rules->optional[i] ? OPEN : PRESENT;
    for (guint a = 0; a < n; a++)
        for (guint b = a; b < n; b++)
            for (Decision x = ABSENT; x <= PRESENT; x++)
                for (Decision y = ABSENT; y <= PRESENT; y++)
                    if (patterns->wanted[a][b] & combination(x, y)) {
                        decide(patterns, a, x);
                        decide(patterns, b, y);
                        return true;
                    }
    return false;
}

static void save(Patterns *patterns, GArray *present)
{
    guint n = patterns->rules->n;

    for (guint a = 0; a < n; a++) {
        bool here = patterns->decided[a] == PRESENT;

        g_array_append_val(present, here);
        for (guint b = a; b < n; b++)
            patterns->wanted[a][b] &=
                (guint8)~combination(patterns->decided[a], patterns->decided[b]);
    }
}

GArray *sequence_patterns(const SequenceRules *rules, guint presence, guint64 *random)
{
    g_autofree Patterns *patterns = g_new0(Patterns, 1);
    GArray *present = g_array_new(FALSE, FALSE, sizeof(bool));
    bool any = false;

    patterns->rules = rules;
    patterns->presence = presence;
    patterns->random = random;
    for (guint i = 0; i < rules->n; i++) {
        patterns->decided[i] = PRESENT;
        any |= rules->optional[i];
    }
    want_combinations(patterns);
    if (any)
        save(patterns, present);
    while (begin(patterns)) {
        complete(patterns);
        save(patterns, present);
    }
    return present;
}
