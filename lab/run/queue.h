/* SPDX-License-Identifier: GPL-2.0-or-later
 * The work queue of a run: which case begins next, and what the end of one means for the others.
 *
 * A case may begin when
 *  - every planned case without vendors of its guest has ended (they show that the guest itself is
 *    well; an experiment without vendors shows it of its own steps only). Those that measure, and
 * so run alone, count only where there are no others, or where they are the control of the case:
 *    what is compared then runs close together;
 *  - no case runs alone, and, where it wants to be alone itself, nothing else runs;
 *  - the budget admits it; with nothing else running, one case is always admitted.
 * Among those the order is that of queue_add(), but a case that would only wait for what one that
 * runs shares with it comes after those that would not; cases that run alone come when no other may
 * begin, so none of them holds up the rest, and test by test. Cases may be added while others run:
 * the queue is empty only when nothing waits and nothing runs that could add to it.
 *
 * Every function may be called by any thread.
 */
#pragma once

#include "plan/plan.h"
#include "report/result.h"

typedef struct Queue Queue;

/* Whether a case of this guest may run beside those that run now (of const PlanCase*); called with
 * the queue locked. */
typedef bool (*QueueAdmit)(gpointer data, const char *guest, const GPtrArray *running);

/* Whether a case would only wait for one of those that run; called with the queue locked. */
typedef bool (*QueueWaits)(gpointer data, const PlanCase *plan_case, const GPtrArray *running);

/* Either may be NULL. */
Queue *queue_new(QueueAdmit admit, QueueWaits waits, gpointer data);
void queue_free(Queue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)

/* Adds a case, which must outlive the queue. `alone`: no other case runs beside it. false where a
 * case of that id was added before. */
bool queue_add(Queue *queue, const PlanCase *plan_case, bool alone);

/* Takes the next case, waiting while none may begin; NULL when none will come any more, or the
 * queue is closed. Whoever takes a case tells of its end by queue_end(). */
const PlanCase *queue_take(Queue *queue);

/* The case has ended; CASE_NOT_RUN where it was interrupted. Also for a case that was never taken:
 * one that ended in an earlier process of the run. */
void queue_end(Queue *queue, const PlanCase *plan_case, CaseState state);

/* A case without vendors did not pass on this guest in another part of the run. */
void queue_refuse_guest(Queue *queue, const char *guest);

/* No case is taken any more; those that wait for one are woken. */
void queue_close(Queue *queue);

bool queue_has(Queue *queue, const char *id);

/* How a case ended; false where it has not, or there is no such case. */
bool queue_state(Queue *queue, const char *id, CaseState *ret_state);

/* Whether a planned case without vendors did not pass on this guest: nothing else can be told
 * there. */
bool queue_guest_is_unfit(Queue *queue, const char *guest);

/* How many cases there are, and how many of them have ended. */
void queue_count(Queue *queue, guint *ret_cases, guint *ret_ended);
