/* SPDX-License-Identifier: GPL-2.0-or-later
 * How long a run may still take, from what its own cases took. An honest guess: a range as wide as
 * those durations scatter, and none before ESTIMATE_MIN cases have ended.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define ESTIMATE_MIN 3u

typedef struct Estimate Estimate;

Estimate *estimate_new(void);
void estimate_free(Estimate *estimate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Estimate, estimate_free)

/* A case of that test took so long. */
void estimate_add(Estimate *estimate, const char *test, double seconds);

/* How many cases it is made from. */
guint estimate_count(const Estimate *estimate);

/* What is left of a case: its test's median, or that of all tests where none of its own has ended,
 * less what it has run for already (0: not begun). One that takes longer than its like counts with
 * a tenth of their time. */
double estimate_case(const Estimate *estimate, const char *test, double elapsed_s);

/* From the sum of estimate_case() over what is left, and the greatest of them: the range of seconds
 * with so many guests at once. false where too few cases have ended. */
bool estimate_range(const Estimate *estimate, double sum_s, double longest_s, guint jobs,
                    double *ret_low_s, double *ret_high_s);

/* `4 to 6 min left`, `about 40 s left`. Free with g_free(). */
char *estimate_text(double low_s, double high_s);
