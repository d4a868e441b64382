/* SPDX-License-Identifier: GPL-2.0-or-later
 * From the attempts at a case to its verdict, and when another attempt is made.
 *
 * Up to N attempts (--attempts N). One that passes ends the case; one that fails, or that the lab
 * itself spoilt (`error`), is followed by another until two have failed or N were made. So:
 *   passed                     passed
 *   failed, failed             failed: the attempts agree
 *   failed, passed             flaky: attempts disagree; never a pass
 *   error … passed             flaky: an attempt that nobody could judge came before it
 *   error … failed             failed: an error says nothing about the product
 *   error, error …             error
 *   inconclusive …             flaky, where no other attempt passed or failed: a measurement that
 *                              can be judged neither way (run/compare.h)
 * An attempt that was interrupted or killed does not count.
 */
#pragma once

#include "report/result.h"

/* How the attempts so far ended. */
typedef struct {
    guint begun; /* all that have a number, also those that were interrupted */
    guint passed, failed, errors, inconclusive;
} Verdict;

/* Counts the end of an attempt that was counted in `begun`; CASE_NOT_RUN counts for nothing.
 * `inconclusive`: it passed but for measurements that cannot be judged. */
void verdict_add(Verdict *verdict, CaseState state, bool inconclusive);

/* Whether another attempt is to be made. */
bool verdict_is_open(const Verdict *verdict, guint attempts_max);

/* What the attempts say together; CASE_NOT_RUN where none ended. */
CaseState verdict_state(const Verdict *verdict);

/* `attempts disagree: 1 failed, 1 passed` where they do, else NULL. Free with g_free(). */
char *verdict_disagreement(const Verdict *verdict);
