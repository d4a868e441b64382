/* SPDX-License-Identifier: GPL-2.0-or-later
 * The work queue: who may begin when, and that no worker waits for what never comes.
 */
#include "run/queue.h"

#include "plan/plan-case.h"

static PlanCase *make(GPtrArray *cases, const char *id, const char *guest, bool vendor)
{
    PlanCase *plan_case = plan_case_new();
    plan_case->id = g_strdup(id);
    plan_case->guest = g_strdup(guest);
    if (vendor)
        g_ptr_array_add(plan_case->vendors, g_strdup("alpha"));
    g_ptr_array_add(cases, plan_case);
    return plan_case;
}

static GPtrArray *new_cases(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
}

/* queue_take() in a thread: whether it gives a case soon, or waits. */
static gpointer take_in_thread(gpointer queue)
{
    return (gpointer)queue_take(queue);
}

static void assert_takes(Queue *queue, const PlanCase *expected)
{
    const PlanCase *taken = queue_take(queue);
    g_assert_cmpstr(taken ? taken->id : "none", ==, expected ? expected->id : "none");
}

static void test_order(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    CaseState state;

    g_assert_true(queue_add(queue, a, false));
    g_assert_true(queue_add(queue, b, false));
    g_assert_false(queue_add(queue, b, false));
    assert_takes(queue, a);
    g_assert_false(queue_state(queue, "a", &state));
    assert_takes(queue, b);
    queue_end(queue, a, CASE_FAILED);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
    g_assert_true(queue_state(queue, "a", &state));
    g_assert_cmpint(state, ==, CASE_FAILED);
    g_assert_false(queue_state(queue, "nobody", &state));
}

/* An experiment that leaves out all vendors is no control: it may fail for a reason of its test. */
static void test_experiment_is_no_control(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *none = make(cases, "g/none", "g", false);
    PlanCase *with = make(cases, "g/alpha", "g", true);

    none->brief = true;
    queue_add(queue, none, false);
    queue_add(queue, with, false);
    assert_takes(queue, none);
    assert_takes(queue, with); /* though the other still runs */
    queue_end(queue, none, CASE_ERROR);
    g_assert_false(queue_guest_is_unfit(queue, "g"));
}

/* Cases with vendors wait for the case without any on their guest, and for no other guest's. */
static void test_controls_first(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *slow = make(cases, "slow/none", "slow", false);
    PlanCase *none = make(cases, "g/none", "g", false);
    PlanCase *with = make(cases, "g/alpha", "g", true);
    PlanCase *late = make(cases, "slow/alpha", "slow", true);

    queue_add(queue, with, false);
    queue_add(queue, late, false);
    queue_add(queue, slow, false);
    queue_add(queue, none, false);
    assert_takes(queue, slow);
    assert_takes(queue, none);
    queue_end(queue, none, CASE_PASSED);
    assert_takes(queue, with); /* though slow/none still runs */
    queue_end(queue, with, CASE_PASSED);
    g_assert_false(queue_guest_is_unfit(queue, "slow"));
    queue_end(queue, slow, CASE_ERROR);
    g_assert_true(queue_guest_is_unfit(queue, "slow"));
    g_assert_false(queue_guest_is_unfit(queue, "g"));
    assert_takes(queue, late); /* whoever takes it sees that the guest is unfit */
    queue_end(queue, late, CASE_SKIPPED);
    assert_takes(queue, NULL);
}

static void test_alone(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *alone = make(cases, "alone", "g", true);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);

    queue_add(queue, alone, true);
    queue_add(queue, a, false);
    assert_takes(queue, a); /* it holds up nobody */
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, a, CASE_PASSED);
    g_assert_true(g_thread_join(thread) == alone);
    queue_add(queue, b, false);
    thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, alone, CASE_PASSED); /* b was not to be had before */
    g_assert_true(g_thread_join(thread) == b);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
}

/* A worker without work waits while a case runs, because that one may add to the queue. */
static void test_added(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);

    queue_add(queue, a, false);
    assert_takes(queue, a);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_add(queue, b, false);
    g_assert_true(g_thread_join(thread) == b);
    thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, a, CASE_PASSED);
    queue_end(queue, b, CASE_PASSED);
    g_assert_null(g_thread_join(thread));
}

static void test_closed(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    CaseState state;

    queue_add(queue, a, false);
    assert_takes(queue, a);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_close(queue);
    g_assert_null(g_thread_join(thread));
    queue_add(queue, b, false);
    assert_takes(queue, NULL);
    queue_end(queue, a, CASE_NOT_RUN);
    g_assert_false(queue_state(queue, "a", &state));
}

static bool admit_one_alpha(gpointer data, const PlanCase *plan_case, const GPtrArray *running)
{
    (void)data;
    (void)running;
    return plan_case->vendors->len == 0;
}

/* What the budget does not admit waits; what comes after it and fits does not wait with it. */
static void test_budget(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(admit_one_alpha, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    PlanCase *none = make(cases, "none", "other", false);

    queue_add(queue, a, false);
    queue_add(queue, b, false);
    queue_add(queue, none, false);
    assert_takes(queue, a); /* alone it is always admitted */
    assert_takes(queue, none);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, none, CASE_PASSED);
    queue_end(queue, a, CASE_PASSED);
    g_assert_true(g_thread_join(thread) == b);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
}

/* A case that ended in an earlier process of the run is never taken. */
static void test_ended_before(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL);
    PlanCase *none = make(cases, "none", "g", false), *a = make(cases, "a", "g", true);
    guint count, ended;

    queue_add(queue, none, false);
    queue_add(queue, a, false);
    queue_end(queue, none, CASE_PASSED);
    assert_takes(queue, a);
    queue_count(queue, &count, &ended);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpuint(ended, ==, 1);
    queue_end(queue, a, CASE_PASSED);
    assert_takes(queue, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queue/order", test_order);
    g_test_add_func("/queue/controls-first", test_controls_first);
    g_test_add_func("/queue/alone", test_alone);
    g_test_add_func("/queue/experiment-is-no-control", test_experiment_is_no_control);
    g_test_add_func("/queue/added", test_added);
    g_test_add_func("/queue/closed", test_closed);
    g_test_add_func("/queue/budget", test_budget);
    g_test_add_func("/queue/ended-before", test_ended_before);
    return g_test_run();
}
