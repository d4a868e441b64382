/* SPDX-License-Identifier: GPL-2.0-or-later
 * A verifier that knows nothing of the planner: it walks over every row that a small model can
 * have.
 */
#pragma once

#include "plan/coverage.h"
#include "plan/cover.h"

/* The constraints once more, in C: whether a complete row obeys them. NULL: every row does. */
typedef bool (*BruteRule)(const guint16 *row);

/* Makes a model from a PICT text, with groups as COVER_GROUPS_STRENGTH. */
CoverModel *brute_model(const char *text);

/* "4^2 3": parameters P0, P1, … with values 0, 1, … */
CoverModel *brute_product(const char *factors);

/* Fails the test unless every row obeys the rules, and every combination of `strength` parameters
 * out of `members` (NULL: all) that some allowed row has is in some row of the array. */
void brute_check(const CoverModel *model, BruteRule rule, const CoverArray *array,
                 const GArray *members, guint strength);

/* Makes the array of a model and checks it; `work` look-up pairs, one thread. */
CoverArray *brute_generate(const CoverModel *model, BruteRule rule, guint strength, guint64 work);
