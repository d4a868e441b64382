/* SPDX-License-Identifier: GPL-2.0-or-later
 * The search for the smallest failing set: every small truth table, and how many trials it takes.
 */
#include "triage/minimise.h"

#include <string.h>

#define SETS_MAX 256

/* What every set does, and which of them the search has been told. */
typedef struct {
    MinimiseProblem problem;
    Trial truth[SETS_MAX];
    bool known[SETS_MAX];
    guint trials;
} World;

static Trial look_up(gpointer data, guint32 set)
{
    const World *world = data;
    g_assert_cmpuint(set, <, SETS_MAX);
    return world->known[set] ? world->truth[set] : TRIAL_UNTRIED;
}

static World world_new(guint parts, guint32 vendors)
{
    World world = {.problem = {.parts = parts, .vendors = vendors, .look_up = look_up}};
    for (guint i = 0; i < parts; i++)
        world.problem.order[i] = i;
    for (guint i = 0; i < SETS_MAX; i++)
        world.truth[i] = TRIAL_PASSES;
    return world;
}

/* Answers what is asked, each set once, until the search is done or the budget is. */
static MinimiseStep search(World *world, guint budget)
{
    memset(world->known, 0, sizeof world->known);
    world->trials = 0;
    world->problem.data = world;
    for (;;) {
        MinimiseStep step = minimise_step(&world->problem);
        if (step.done || world->trials == budget)
            return step;
        g_assert_false(world->known[step.ask]);
        g_assert_cmphex(step.ask, ==, minimise_close(&world->problem, step.ask));
        world->known[step.ask] = true;
        world->trials++;
    }
}

/* What must hold of every answer, whatever the truth. */
static void check_answer(World *world, const MinimiseStep *step)
{
    guint32 all = (1u << world->problem.parts) - 1;
    guint32 vendors = step->set & world->problem.vendors;
    bool minimal = true, parties = (vendors & (vendors - 1)) != 0;

    g_assert_true(step->set == all || world->truth[step->set] == TRIAL_FAILS);
    for (guint i = 0; i < world->problem.parts; i++) {
        guint32 one = 1u << i;
        guint32 without = minimise_close(&world->problem, step->set & ~one);
        guint32 alone = minimise_close(&world->problem, step->set & (~vendors | one));
        if ((step->set & one) != 0 && (without & world->problem.vendors) != 0)
            minimal &= world->truth[without] == TRIAL_PASSES;
        if ((vendors & one) != 0)
            parties &= world->truth[alone] == TRIAL_PASSES;
    }
    g_assert_true(step->done);
    g_assert_true(step->minimal == minimal);
    g_assert_true(step->parties == parties);
}

/* Every way in which the sets of up to four vendors can fail or pass: 2^14 tables. */
static void test_all_tables(void)
{
    for (guint parts = 1; parts <= 4; parts++) {
        guint sets = (1u << parts) - 2; /* all but none and all */
        for (guint table = 0; table < 1u << sets; table++) {
            World world = world_new(parts, (1u << parts) - 1);
            world.problem.leads = table % (parts + 1);
            for (guint set = 1; set <= sets; set++)
                world.truth[set] = table >> (set - 1) & 1 ? TRIAL_FAILS : TRIAL_PASSES;
            MinimiseStep step = search(&world, SETS_MAX);
            check_answer(&world, &step);
            g_assert_true(step.minimal);
            g_assert_true(step.parties == ((step.set & (step.set - 1)) != 0));
        }
    }
}

/* The same of three vendors where trials may also say nothing: 3^6 tables. */
static void test_unclear_tables(void)
{
    for (guint table = 0; table < 729; table++) {
        World world = world_new(3, 7);
        guint digits = table;
        for (guint set = 1; set < 7; set++, digits /= 3)
            world.truth[set] = digits % 3 == 0   ? TRIAL_PASSES
                               : digits % 3 == 1 ? TRIAL_FAILS
                                                 : TRIAL_UNCLEAR;
        MinimiseStep step = search(&world, SETS_MAX);
        check_answer(&world, &step);
    }
}

/* A search that stops short never says more than it knows. */
static void test_budgets(void)
{
    for (guint culprit = 1; culprit < 16; culprit++)
        for (guint budget = 0; budget < 8; budget++) {
            World world = world_new(4, 15);
            for (guint set = 1; set < 16; set++)
                world.truth[set] = (set & culprit) == culprit ? TRIAL_FAILS : TRIAL_PASSES;
            MinimiseStep step = search(&world, budget);
            g_assert_cmphex(step.set & culprit, ==, culprit);
            if (step.done || step.minimal)
                g_assert_cmphex(step.set, ==, culprit);
            g_assert_cmpuint(world.trials, <=, budget);
        }
}

/* Parts 0 and 1 are vendors, 2 an update of vendor 0, 3 a fault that needs nobody. */
static World mixed_world(void)
{
    World world = world_new(4, 3);
    world.problem.needs[2] = 1;
    return world;
}

static void set_failing(World *world, guint32 culprit)
{
    for (guint set = 1; set < 16; set++)
        world->truth[set] = (set & culprit) == culprit ? TRIAL_FAILS : TRIAL_PASSES;
}

static void test_updates_and_faults(void)
{
    static const guint32 culprits[] = {1, 2, 3, 5, 7, 9, 13, 15};

    for (guint i = 0; i < G_N_ELEMENTS(culprits); i++) {
        World world = mixed_world();
        set_failing(&world, culprits[i]);
        MinimiseStep step = search(&world, SETS_MAX);
        g_assert_cmphex(step.set, ==, culprits[i]);
        g_assert_true(step.minimal);
        g_assert_cmpuint(world.trials, <=, 8);
    }
}

/* The fault takes the guest down by itself: no vendor is left, where that is asked. */
static void test_bare(void)
{
    World world = mixed_world();
    world.problem.bare = true;
    set_failing(&world, 8);
    MinimiseStep step = search(&world, SETS_MAX);
    g_assert_cmphex(step.set, ==, 8);
    g_assert_true(step.minimal);
}

/* The usual answers are cheap. */
static void test_trials(void)
{
    World alone = world_new(2, 3);
    alone.problem.leads = 1;
    alone.truth[1] = TRIAL_FAILS;
    g_assert_cmphex(search(&alone, SETS_MAX).set, ==, 1);
    g_assert_cmpuint(alone.trials, ==, 1);

    World conflict = world_new(2, 3);
    MinimiseStep step = search(&conflict, SETS_MAX);
    g_assert_cmphex(step.set, ==, 3);
    g_assert_true(step.parties);
    g_assert_cmpuint(conflict.trials, ==, 2);

    /* The lead is innocent; the pair is elsewhere. */
    World pair = world_new(4, 15);
    pair.problem.leads = 1;
    for (guint set = 1; set < 16; set++)
        pair.truth[set] = (set & 12) == 12 ? TRIAL_FAILS : TRIAL_PASSES;
    g_assert_cmphex(search(&pair, SETS_MAX).set, ==, 12);
    g_assert_cmpuint(pair.trials, <=, 5);
}

/* What is known already is not asked for: a search that goes on asks only the rest. */
static void test_resumed(void)
{
    World world = world_new(3, 7);
    for (guint set = 1; set < 7; set++)
        world.truth[set] = (set & 6) == 6 ? TRIAL_FAILS : TRIAL_PASSES;
    search(&world, SETS_MAX);
    guint whole = world.trials;
    search(&world, 2);
    guint first = world.trials;
    for (MinimiseStep step = minimise_step(&world.problem); !step.done;
         step = minimise_step(&world.problem)) {
        g_assert_false(world.known[step.ask]);
        world.known[step.ask] = true;
        world.trials++;
    }
    g_assert_cmpuint(first, ==, 2);
    g_assert_cmpuint(world.trials, ==, whole);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/minimise/all-tables", test_all_tables);
    g_test_add_func("/minimise/unclear-tables", test_unclear_tables);
    g_test_add_func("/minimise/budgets", test_budgets);
    g_test_add_func("/minimise/updates-and-faults", test_updates_and_faults);
    g_test_add_func("/minimise/bare", test_bare);
    g_test_add_func("/minimise/trials", test_trials);
    g_test_add_func("/minimise/resumed", test_resumed);
    return g_test_run();
}
