/* SPDX-License-Identifier: GPL-2.0-or-later
 * Branches that take turns.
 */
#include "run/parallel.h"

#include "util/clock.h"

#define TURN_MS 100u /* how often a branch that waits looks at what happened meanwhile */

struct AttemptTurn {
    GMutex mutex; /* whoever holds it has the turn */
    GCond never;  /* waits on it end by their deadline alone */
};

/* What of an attempt belongs to the branch that has the turn. */
typedef struct {
    char *step;
    char *step_name;
    Agent *agent;
} Mark;

typedef struct {
    Attempt *attempt;
    guint number;
    ParallelBranch branch;
    gpointer data;
    Mark mark; /* where the branch ended, in its last step */
    StepsEnd end;
    GError *error;
    GThread *thread;
} Branch;

static Mark get_mark(const Attempt *attempt)
{
    return (Mark){attempt->step, attempt->step_name, attempt->agent};
}

static void set_mark(Attempt *attempt, Mark mark)
{
    attempt->step = mark.step;
    attempt->step_name = mark.step_name;
    attempt->agent = mark.agent;
}

void parallel_yield(Attempt *attempt, gint64 deadline)
{
    Mark own = get_mark(attempt);
    gint64 soon = MIN(deadline, clock_deadline_ms(TURN_MS));

    g_cond_wait_until(&attempt->turn->never, &attempt->turn->mutex, soon);
    set_mark(attempt, own);
}

static gpointer run_branch(gpointer data)
{
    Branch *branch = data;
    Attempt *attempt = branch->attempt;
    AttemptTurn *turn = attempt->turn;

    g_mutex_lock(&turn->mutex);
    set_mark(attempt, branch->mark);
    branch->end = branch->branch(attempt, branch->number, branch->data, &branch->error);
    branch->mark = get_mark(attempt);
    g_mutex_unlock(&turn->mutex);
    return NULL;
}

/* Of the ends of two branches, whether one weighs more. */
static bool weighs_more(StepsEnd end, StepsEnd than)
{
    static const guint weights[] = {
        [STEPS_DONE] = 0, [STEPS_FINDING] = 1, [STEPS_ERROR] = 2, [STEPS_CRASH] = 3};
    return weights[end] > weights[than];
}

/* Nobody has a turn before all of them are there. */
static void go_through(Attempt *attempt, Branch *branches, guint count)
{
    Mark own = get_mark(attempt);

    for (guint i = 0; i < count; i++) {
        branches[i].mark = (Mark){.step = g_strdup(own.step),
                                  .step_name = g_strdup(own.step_name),
                                  .agent = attempt_new_agent(attempt)};
        branches[i].thread = g_thread_new("branch", run_branch, &branches[i]);
    }
    g_mutex_unlock(&attempt->turn->mutex);
    for (guint i = 0; i < count; i++)
        g_thread_join(branches[i].thread);
    g_mutex_lock(&attempt->turn->mutex);
    set_mark(attempt, own);
}

/* The step of the branch that decides becomes the attempt's. */
static StepsEnd decide(Attempt *attempt, Branch *branches, guint count, GError **error)
{
    Branch *worst = &branches[0];

    for (guint i = 1; i < count; i++)
        if (weighs_more(branches[i].end, worst->end))
            worst = &branches[i];
    StepsEnd end = worst->end;
    if (worst->mark.step) {
        g_free(attempt->step);
        g_free(attempt->step_name);
        attempt->step = g_steal_pointer(&worst->mark.step);
        attempt->step_name = g_steal_pointer(&worst->mark.step_name);
    }
    if (worst->error)
        g_propagate_error(error, g_steal_pointer(&worst->error));
    for (guint i = 0; i < count; i++) {
        agent_free(branches[i].mark.agent);
        g_free(branches[i].mark.step);
        g_free(branches[i].mark.step_name);
        g_clear_error(&branches[i].error);
    }
    return end;
}

StepsEnd parallel_run(Attempt *attempt, guint count, ParallelBranch branch, gpointer data,
                      GError **error)
{
    AttemptTurn turn;
    bool outermost = !attempt->turn;
    Branch branches[PARALLEL_MAX];

    if (outermost) {
        g_mutex_init(&turn.mutex);
        g_cond_init(&turn.never);
        g_mutex_lock(&turn.mutex);
        attempt->turn = &turn;
    }
    for (guint i = 0; i < count; i++)
        branches[i] = (Branch){.attempt = attempt, .number = i, .branch = branch, .data = data};
    go_through(attempt, branches, count);
    if (outermost) {
        attempt->turn = NULL;
        g_mutex_unlock(&turn.mutex);
        g_mutex_clear(&turn.mutex);
        g_cond_clear(&turn.never);
    }
    return decide(attempt, branches, count, error);
}
