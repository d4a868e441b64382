/* SPDX-License-Identifier: GPL-2.0-or-later
 * Blame by experiment.
 */
#include "run/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "plan/plan-case.h"
#include "run/actions.h"
#include "run/experiment-failure.h"
#include "run/experiment-text.h"
#include "triage/minimise.h"
#include "util/clock.h"

struct Experiments {
    guint budget;

    GMutex mutex; /* guards what follows */
    guint added;
    GHashTable *states;   /* case id → CaseState as a pointer: verdicts told */
    GHashTable *asked;    /* set of ids of cases that searches wait or waited for */
    GHashTable *judged;   /* set of ids of added cases whose findings have a verdict */
    GHashTable *failures; /* case id → GPtrArray of Failure */
    GPtrArray *searches;  /* of Search* */
};

static void search_free(gpointer data)
{
    Search *search = data;
    g_array_unref(search->parts);
    g_ptr_array_unref(search->tried);
    g_free(search->reversed_id);
    g_free(search->sum_text);
    g_string_chunk_free(search->texts);
    g_free(search);
}

Experiments *experiments_new(guint budget)
{
    Experiments *self = g_new0(Experiments, 1);
    self->budget = budget;
    self->states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->judged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->failures =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    self->searches = g_ptr_array_new_with_free_func(search_free);
    g_mutex_init(&self->mutex);
    return self;
}

void experiments_free(Experiments *self)
{
    if (!self)
        return;
    g_ptr_array_unref(self->searches);
    g_hash_table_unref(self->failures);
    g_hash_table_unref(self->states);
    g_hash_table_unref(self->asked);
    g_hash_table_unref(self->judged);
    g_mutex_clear(&self->mutex);
    g_free(self);
}

/* What is known of cases */

static const GPtrArray *failures_of(Experiments *self, Run *run, const char *id)
{
    GPtrArray *failures = g_hash_table_lookup(self->failures, id);

    if (!failures) {
        failures = failures_read(run_options(run)->folder, id);
        g_hash_table_insert(self->failures, g_strdup(id), failures);
    }
    return failures;
}

static bool state_of(Experiments *self, Run *run, const char *id, CaseState *ret_state)
{
    gpointer state;

    if (g_hash_table_lookup_extended(self->states, id, NULL, &state)) {
        *ret_state = (CaseState)GPOINTER_TO_INT(state);
        return true;
    }
    return run_case_state(run, id, ret_state);
}

static Trial trial_of(Experiments *self, Run *run, const Search *search, const char *id)
{
    CaseState state;

    if (!state_of(self, run, id, &state))
        return TRIAL_UNTRIED;
    if (state == CASE_PASSED)
        return TRIAL_PASSES;
    if (state == CASE_FAILED && failures_have(failures_of(self, run, id), search->failure))
        return TRIAL_FAILS;
    return TRIAL_UNCLEAR;
}

/* Sets of parts as cases */

/* The outer steps that install one of these vendors each: their order is the test's own. Of char*;
 * empty where there are not several. */
static GPtrArray *own_installs(const Search *search, const GPtrArray *vendors)
{
    const GPtrArray *steps = search->origin->test->steps;
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if (step->kind == STEP_INSTALL &&
            g_ptr_array_find_with_equal_func((GPtrArray *)vendors, step->vendor, g_str_equal, NULL))
            g_ptr_array_add(paths, g_strdup_printf("%u", i + 1));
    }
    if (paths->len == 1)
        g_ptr_array_set_size(paths, 0);
    return paths;
}

/* What a case is without a part. */
static void leave_out(const Part *part, GPtrArray *omits, PlanVariation *variation)
{
    if (part->product) {
        g_hash_table_insert(variation->instead, (gpointer)part->product, (gpointer)part->previous);
    } else if (part->key && !variation->key) {
        variation->key = part->key;
        variation->value = part->previous;
    } else {
        g_ptr_array_add(omits, (gpointer)part->path);
    }
}

PlanCase *search_case(const Search *search, guint32 set, bool reversed)
{
    g_autoptr(GPtrArray) vendors = g_ptr_array_new();
    g_autoptr(GPtrArray) omits = g_ptr_array_new();
    g_autoptr(GHashTable) instead = g_hash_table_new(g_str_hash, g_str_equal);
    PlanVariation variation = {.vendors = vendors, .omits = omits, .instead = instead};

    for (guint i = 0; i < search->parts->len; i++) {
        const Part *part = &g_array_index(search->parts, Part, i);
        bool there = (set >> i & 1) != 0;
        if (part->vendor && there)
            g_ptr_array_insert(vendors, reversed ? 0 : -1, (gpointer)part->vendor);
        /* Without its vendor a step is left out anyway. */
        if (!part->vendor && !there && (!part->owner || set >> (part->owner - 1) & 1))
            leave_out(part, omits, &variation);
    }
    g_autoptr(GPtrArray) installs = reversed ? own_installs(search, vendors) : NULL;
    variation.reversed = installs;
    PlanCase *plan_case = plan_case_vary(search->origin, &variation);
    plan_case->brief = true;
    return plan_case;
}

typedef struct {
    Experiments *self;
    Run *run;
    Search *search;
} Looking;

static Trial look_up(gpointer data, guint32 set)
{
    const Looking *looking = data;
    g_autoptr(PlanCase) plan_case = search_case(looking->search, set, false);
    Trial trial = trial_of(looking->self, looking->run, looking->search, plan_case->id);

    if (trial != TRIAL_UNTRIED)
        search_note_trial(looking->search, set, plan_case->id, trial);
    return trial;
}

/* Making a search */

static void add_part(Search *search, Part part)
{
    if (search->parts->len < MINIMISE_PARTS_MAX)
        g_array_append_val(search->parts, part);
}

/* The number of a vendor's part, from 1; 0: the case has it not. */
static guint part_of_vendor(const Search *search, const char *name)
{
    for (guint i = 0; name && i < search->parts->len; i++)
        if (g_strcmp0(g_array_index(search->parts, Part, i).vendor, name) == 0)
            return i + 1;
    return 0;
}

/* The content before the one that an update's parameter gives. */
static void find_previous(const Search *search, const Inputs *inputs, const Step *step, Part *part)
{
    const Vendor *vendor = step->vendor ? g_hash_table_lookup(inputs->vendors, step->vendor) : NULL;
    gsize length = step->content ? strlen(step->content) : 0;

    if (!vendor || length < 3 || step->content[0] != '{' || step->content[length - 1] != '}')
        return;
    g_autofree char *name = g_strndup(step->content + 1, length - 2);
    g_autofree char *own = g_strdup_printf("%s.%s", step->vendor, name);
    gpointer key, value;
    if (!g_hash_table_lookup_extended(search->origin->parameters, own, &key, &value) &&
        !g_hash_table_lookup_extended(search->origin->parameters, name, &key, &value))
        return;
    for (guint i = 1; i < vendor->contents->len; i++) {
        const VendorContent *content = vendor->contents->pdata[i];
        const VendorContent *before = vendor->contents->pdata[i - 1];
        if (g_str_equal(content->version, value)) {
            part->key = key;
            part->previous = before->version;
        }
    }
}

static bool has_product(const Search *search, const char *product)
{
    for (guint i = 0; i < search->parts->len; i++)
        if (g_strcmp0(g_array_index(search->parts, Part, i).product, product) == 0)
            return true;
    return false;
}

/* The versions of products that a step installs by name, where there is one before. */
static void add_products(Search *search, const Inputs *inputs, const Step *step)
{
    bool each = g_strcmp0(step->vendor, "each") == 0;

    for (guint i = 0; i < search->origin->vendors->len && step->product; i++) {
        const char *name = search->origin->vendors->pdata[i];
        if (!each && g_strcmp0(step->vendor, name) != 0)
            continue;
        const Vendor *vendor = g_hash_table_lookup(inputs->vendors, name);
        g_autofree char *version = plan_case_expand_for(search->origin, name, step->product);
        g_autofree char *text = g_strdup_printf("%s %s", name, version);
        const VendorProduct *before = vendor ? vendor_product_before(vendor, version) : NULL;
        if (before && !has_product(search, text))
            add_part(search, (Part){.name = g_string_chunk_insert_const(search->texts, text),
                                    .owner = part_of_vendor(search, name),
                                    .product = g_string_chunk_insert_const(search->texts, text),
                                    .previous = before->version});
    }
}

/* A fault that strikes when the steps inside it have come somewhere never does without them. */
static bool waits_for_inside(const Step *step)
{
    return g_hash_table_contains(step->fault.values, "on-file") ||
           g_hash_table_contains(step->fault.values, "on-serial") ||
           g_hash_table_contains(step->fault.values, "at-percent");
}

/* What the parts from `first` on need of each other: those after it are inside its step. */
static void note_inner(Search *search, guint first)
{
    for (guint i = first + 1; i < search->parts->len; i++)
        if (g_array_index(search->parts, Part, i).path)
            g_array_index(search->parts, Part, first).inner |= (guint32)1 << i;
}

/* Updates and faults, also those inside other steps. */
static void add_steps(Search *search, const Inputs *inputs, const GPtrArray *steps,
                      const char *prefix)
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, i + 1);
        g_autofree char *inner = g_strdup_printf("%s.", path);
        Part part = {.owner = part_of_vendor(search, step->vendor)};
        bool its = part.owner > 0 || !step->vendor || g_str_equal(step->vendor, "each");
        guint first = search->parts->len;
        if (its && (step->kind == STEP_UPDATE || step->kind == STEP_INJECT)) {
            part.path = g_string_chunk_insert(search->texts, path);
            g_autofree char *name = action_name(search->origin, step, NULL);
            part.name = g_string_chunk_insert(search->texts, name);
            part.fault = step->kind == STEP_INJECT;
            find_previous(search, inputs, step, &part);
            add_part(search, part);
        }
        if (step->kind == STEP_INSTALL)
            add_products(search, inputs, step);
        if (step->steps)
            add_steps(search, inputs, step->steps, inner);
        if (step->kind == STEP_INJECT && waits_for_inside(step))
            note_inner(search, first);
    }
}

/* Vendors that the finding's first judgement names come first. */
static void order_parts(const Search *search, MinimiseProblem *problem)
{
    const cJSON *named = cJSON_GetObjectItemCaseSensitive(search->failure->finding, "vendors");
    const cJSON *name;
    guint count = 0;
    guint32 placed = 0;

    cJSON_ArrayForEach (name, named) {
        guint part = part_of_vendor(search, cJSON_GetStringValue(name));
        if (part == 0 || placed >> (part - 1) & 1)
            continue;
        problem->order[count++] = part - 1;
        placed |= (guint32)1 << (part - 1);
    }
    problem->leads = count;
    for (guint i = 0; i < search->parts->len; i++)
        if (!(placed >> i & 1))
            problem->order[count++] = i;
}

static void make_problem(Search *search)
{
    MinimiseProblem *problem = &search->problem;

    problem->parts = search->parts->len;
    for (guint i = 0; i < search->parts->len; i++) {
        const Part *part = &g_array_index(search->parts, Part, i);
        if (part->vendor)
            problem->vendors |= (guint32)1 << i;
        problem->needs[i] = part->inner;
        if (part->owner)
            problem->needs[i] |= (guint32)1 << (part->owner - 1);
        if (part->product)
            problem->details |= (guint32)1 << i;
        problem->bare |= part->fault && !problem->needs[i];
    }
    problem->look_up = look_up;
    order_parts(search, problem);
}

static void begin_search(Experiments *self, Run *run, const PlanCase *plan_case)
{
    const GPtrArray *failures = failures_of(self, run, plan_case->id);

    for (guint i = 0; i < self->searches->len; i++)
        if (((const Search *)self->searches->pdata[i])->origin == plan_case)
            return;
    if (failures->len == 0 || plan_case->vendors->len == 0 || plan_case->brief)
        return;
    Search *search = g_new0(Search, 1);
    search->origin = plan_case;
    search->failure = failures->pdata[0];
    search->parts = g_array_new(FALSE, FALSE, sizeof(Part));
    search->texts = g_string_chunk_new(256);
    search->tried = g_ptr_array_new_with_free_func(trial_free);
    search->vendors = run_options(run)->inputs->vendors;
    search->began = g_get_monotonic_time();
    for (guint i = 0; i < plan_case->vendors->len; i++) {
        const char *name = plan_case->vendors->pdata[i];
        add_part(search, (Part){.vendor = name, .name = name});
    }
    add_steps(search, run_options(run)->inputs, plan_case->test->steps, "");
    make_problem(search);
    g_ptr_array_add(self->searches, search);
}

/* Going on with one */

static bool is_planned(Run *run, const char *id)
{
    const GPtrArray *planned = run_options(run)->plan->cases;
    bool found = false;

    for (guint i = 0; i < planned->len && !found; i++)
        found = g_str_equal(((const PlanCase *)planned->pdata[i])->id, id);
    return found;
}

/* Adds a case that nobody planned, where the budget allows it. true: there is one to wait for.
 * Takes the case. */
static bool ask(Experiments *self, Run *run, Search *search, PlanCase *plan_case, char *reason)
{
    g_autofree char *id = g_strdup(plan_case->id);
    bool comes = is_planned(run, id) || g_hash_table_contains(self->asked, id);

    plan_case->why = reason;
    if (comes || self->added >= self->budget) {
        plan_case_free(plan_case);
        return comes;
    }
    if (run_add_case(run, plan_case, search->origin, reason)) {
        self->added++;
        search->extra++;
    }
    g_hash_table_add(self->asked, g_steal_pointer(&id));
    return true;
}

/* Whether a step, or one inside it, is about one of the vendors. */
static bool is_about(const Step *step, const GPtrArray *vendors)
{
    bool about =
        step->vendor &&
        (g_str_equal(step->vendor, "each") ||
         g_ptr_array_find_with_equal_func((GPtrArray *)vendors, step->vendor, g_str_equal, NULL));

    for (guint i = 0; step->steps && i < step->steps->len && !about; i++)
        about = is_about(step->steps->pdata[i], vendors);
    return about;
}

/* Steps between the test's own installs need what is installed before them: then there is no other
 * order. */
static bool has_other_order(const Search *search, const PlanCase *plan_case)
{
    const GPtrArray *steps = search->origin->test->steps;
    const GPtrArray *installs = plan_case->reversed;
    bool other = true;

    if (!installs)
        return true;
    guint first = (guint)atoi(installs->pdata[0]);
    guint last = (guint)atoi(installs->pdata[installs->len - 1]);
    for (guint i = first; i < last - 1; i++) {
        const Step *step = steps->pdata[i];
        other &= step->kind == STEP_INSTALL || !is_about(step, plan_case->vendors);
    }
    return other;
}

static void part_clear(gpointer data)
{
    g_free(((SumPart *)data)->case_id);
}

/* Of vendors that exceed a limit together: whether that is more than what each of them costs. */
static void weigh_sum(Run *run, Search *search, const MinimiseStep *step)
{
    const MinimiseProblem *problem = &search->problem;
    guint32 vendors = step->set & problem->vendors;
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(SumPart));
    g_autoptr(PlanCase) together = search_case(search, step->set, false);

    search->sum = SUM_UNASKED;
    g_clear_pointer(&search->sum_text, g_free);
    if ((vendors & (vendors - 1)) == 0)
        return;
    g_array_set_clear_func(parts, part_clear);
    for (guint i = 0; i < search->parts->len; i++) {
        guint32 others = vendors & ~((guint32)1 << i);
        if (others == vendors)
            continue;
        g_autoptr(PlanCase) alone =
            search_case(search, minimise_close(problem, step->set & ~others), false);
        SumPart part = {g_array_index(search->parts, Part, i).vendor, g_strdup(alone->id)};
        g_array_append_val(parts, part);
    }
    search->sum = sum_judge(run_options(run)->folder, search->failure, together->id, parts,
                            &search->sum_text);
}

/* Of vendors that fail together: whether they do in the other order as well. true: wait. */
static bool try_reversed(Experiments *self, Run *run, Search *search, const MinimiseStep *step)
{
    guint32 vendors = step->set & search->problem.vendors;

    if (!step->whose || (vendors & (vendors - 1)) == 0 || search->sum == SUM_EXPLAINS)
        return false;
    PlanCase *plan_case = search_case(search, step->set, true);
    if (!has_other_order(search, plan_case)) {
        plan_case_free(plan_case);
        return false;
    }
    g_free(search->reversed_id);
    search->reversed_id = g_strdup(plan_case->id);
    search->reversed_trial = trial_of(self, run, search, plan_case->id);
    if (search->reversed_trial != TRIAL_UNTRIED) {
        plan_case_free(plan_case);
        return false;
    }
    return ask(self, run, search, plan_case, search_reason(search, step->set, /* reversed */ true));
}

/* The verdict on a case that was added and failed in the same way. */
static void conclude_added(Experiments *self, Run *run, Search *search, const MinimiseStep *step,
                           const char *id)
{
    const GPtrArray *failures = failures_of(self, run, id);

    if (is_planned(run, id) || !g_hash_table_add(self->judged, g_strdup(id)))
        return;
    for (guint i = 0; i < failures->len; i++)
        if (failure_same(failures->pdata[i], search->failure))
            search_conclude(search, step, run_journal(run), id, failures->pdata[i]);
}

/* Writes what came out, for the finding itself and for those of the cases that were added for it.
 */
static void conclude(Experiments *self, Run *run, Search *search, const MinimiseStep *step)
{
    search_conclude(search, step, run_journal(run), search->origin->id, search->failure);
    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        if (trial->trial == TRIAL_FAILS && (step->set & ~trial->set) == 0)
            conclude_added(self, run, search, step, trial->id);
    }
    if (search->reversed_trial == TRIAL_FAILS)
        conclude_added(self, run, search, step, search->reversed_id);
}

/* Where one vendor is left and nothing has passed without it: the case without any vendor, so that
 * the guest's own fault is not laid on whoever is there. true: wait. */
static bool ask_for_nobody(const Looking *looking, const MinimiseStep *step)
{
    Search *search = looking->search;

    if (!step->done || search->problem.bare || search_passed_without(search, step->set) ||
        look_up((gpointer)looking, 0) != TRIAL_UNTRIED)
        return false;
    return ask(looking->self, looking->run, search, search_case(search, 0, false),
               search_reason(search, 0, /* reversed */ false));
}

static void go_on(Experiments *self, Run *run, Search *search, bool last)
{
    Looking looking = {.self = self, .run = run, .search = search};

    if (search->concluded)
        return;
    search->problem.data = &looking;
    g_ptr_array_set_size(search->tried, 0);
    MinimiseStep step = minimise_step(&search->problem);
    if (!step.done && !last &&
        ask(self, run, search, search_case(search, step.ask, false),
            search_reason(search, step.ask, /* reversed */ false)))
        return;
    weigh_sum(run, search, &step);
    if (step.done && try_reversed(self, run, search, &step) && !last)
        return;
    if (!last && ask_for_nobody(&looking, &step))
        return;
    if (!search->problem.bare && look_up(&looking, 0) == TRIAL_FAILS)
        step.set = 0;
    search->concluded = true;
    conclude(self, run, search, &step);
}

static void go_on_with_all(Experiments *self, Run *run, bool last)
{
    for (guint i = 0; i < self->searches->len; i++)
        go_on(self, run, self->searches->pdata[i], last);
}

/* Hooks */

static void on_verdict(gpointer data, Run *run, const PlanCase *plan_case, CaseState state)
{
    Experiments *self = data;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->mutex);
    (void)locker;

    g_hash_table_insert(self->states, g_strdup(plan_case->id), GINT_TO_POINTER(state));
    if (state == CASE_FAILED)
        begin_search(self, run, plan_case);
    go_on_with_all(self, run, false);
}

/* A run that goes on: what failed before is taken up again. */
static void on_begin(gpointer data, Run *run)
{
    Experiments *self = data;
    const GPtrArray *cases = run_options(run)->plan->cases;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->mutex);
    (void)locker;

    for (guint i = 0; i < cases->len; i++) {
        CaseState state;
        const PlanCase *plan_case = cases->pdata[i];
        if (run_case_state(run, plan_case->id, &state) && state == CASE_FAILED)
            begin_search(self, run, plan_case);
    }
    go_on_with_all(self, run, false);
}

static void on_end(gpointer data, Run *run)
{
    Experiments *self = data;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&self->mutex);
    (void)locker;
    if (!run_cancelled(run))
        go_on_with_all(self, run, true);
}

void experiments_attach(Experiments *self, RunOptions *options)
{
    options->on_verdict = on_verdict;
    options->on_begin = on_begin;
    options->on_end = on_end;
    options->on_verdict_data = self;
}
