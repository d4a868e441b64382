/* SPDX-License-Identifier: GPL-2.0-or-later
 * Compares what a run found with what the vendor packs document.
 */
#include "selftest/selftest.h"

#include <string.h>

#include "util/error.h"

static const char *const verdict_names[SELFTEST_VERDICTS] = {"found", "open",  "wrong",
                                                             "quiet", "noisy", "error"};

const char *selftest_verdict_name(SelftestVerdict verdict)
{
    return verdict_names[verdict];
}

static void row_free(void *data)
{
    SelftestRow *row = data;
    g_free(row->test);
    g_free(row->reason);
    g_free(row);
}

void selftest_free(Selftest *selftest)
{
    if (!selftest)
        return;
    g_free(selftest->guest);
    g_ptr_array_unref(selftest->rows);
    g_free(selftest);
}

/* What a finding says of a fault */

static bool contains(GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

static bool takes_part(const SelftestRow *row, const char *vendor)
{
    return g_str_equal(vendor, row->vendor->name) || contains(row->fault->with, vendor);
}

static const char *innocent_of(const SelftestRow *row, const ResultFinding *finding)
{
    for (guint i = 0; i < finding->vendors->len; i++)
        if (!takes_part(row, finding->vendors->pdata[i]))
            return finding->vendors->pdata[i];
    return NULL;
}

static bool blames_all(const SelftestRow *row, const ResultFinding *finding)
{
    bool all = contains(finding->vendors, row->vendor->name);

    for (guint i = 0; all && i < row->fault->with->len; i++)
        all = contains(finding->vendors, row->fault->with->pdata[i]);
    return all;
}

static bool names_module(const SelftestRow *row, const ResultFinding *finding)
{
    const char *module = finding->bugcheck ? finding->bugcheck->module : NULL;
    return !row->fault->module || (module && g_ascii_strcasecmp(row->fault->module, module) == 0);
}

static void decide(SelftestRow *row, SelftestVerdict verdict, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static void decide(SelftestRow *row, SelftestVerdict verdict, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    row->verdict = verdict;
    row->reason = g_strdup_vprintf(format, args);
    va_end(args);
}

static void judge_fault(SelftestRow *row, const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const ResultFinding *finding = findings->pdata[i];
        const char *innocent = innocent_of(row, finding);
        if (innocent) {
            row->finding = finding;
            decide(row, SELFTEST_WRONG, "%s is blamed and has no part in it", innocent);
            return;
        }
        if (!row->finding || (g_str_equal(finding->kind, row->fault->kind) &&
                              !g_str_equal(row->finding->kind, row->fault->kind)))
            row->finding = finding;
    }
    if (!row->finding)
        decide(row, SELFTEST_OPEN, "not found");
    else if (!g_str_equal(row->finding->kind, row->fault->kind))
        decide(row, SELFTEST_OPEN, "found as %s, it is %s", row->finding->kind, row->fault->kind);
    else if (row->finding->vendors->len == 0)
        decide(row, SELFTEST_OPEN, "nobody is blamed");
    else if (!blames_all(row, row->finding))
        decide(row, SELFTEST_OPEN, "only one party of the conflict is blamed");
    else if (!names_module(row, row->finding))
        decide(row, SELFTEST_OPEN, "the finding does not name %s", row->fault->module);
    else
        row->verdict = SELFTEST_FOUND;
}

static void judge_healthy(SelftestRow *row, const ResultCase *result_case,
                          const GPtrArray *findings)
{
    if (findings && findings->len > 0) {
        row->finding = findings->pdata[0];
        decide(row, SELFTEST_NOISY, "%s", row->finding->summary);
    } else if (result_case->state != CASE_PASSED) {
        decide(row, SELFTEST_ERROR, "%s", case_state_name(result_case->state));
    } else {
        row->verdict = SELFTEST_QUIET;
    }
}

static void judge_case(SelftestRow *row, const ResultCase *result_case)
{
    const ResultAttempt *attempt = result_deciding_attempt(result_case);
    const GPtrArray *findings = attempt ? attempt->findings : NULL;
    CaseState state = result_case->state;

    if (state != CASE_PASSED && state != CASE_FAILED && state != CASE_FLAKY)
        decide(row, SELFTEST_ERROR, "%s: %s", case_state_name(state),
               result_case->reason          ? result_case->reason
               : attempt && attempt->reason ? attempt->reason
                                            : "no reason is recorded");
    else if (row->fault && !row->twin)
        judge_fault(row, findings);
    else
        judge_healthy(row, result_case, findings);
}

/* The rows */

/* The case of the test itself: the one with the vendors. The control of what is measured, and cases
 * that a finding made the lab add, only cost time. */
static const ResultCase *find_case_in(SelftestRow *row, const Result *result)
{
    const ResultCase *found = NULL;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *result_case = result->cases->pdata[i];
        if (!g_str_equal(result_case->test, row->test))
            continue;
        if (!result_case->parent && (!found || result_case->vendors->len > found->vendors->len))
            found = result_case;
        row->cases++;
        row->extra += result_case->parent != NULL;
        row->duration_ms += result_case_duration_ms(result_case);
    }
    return found;
}

static const ResultCase *find_case(SelftestRow *row, const GPtrArray *results)
{
    for (guint i = results->len; i-- > 0;) {
        const ResultCase *found = find_case_in(row, results->pdata[i]);
        if (found)
            return found;
    }
    return NULL;
}

static void add_row(Selftest *selftest, const char *const *only, const char *test,
                    const Vendor *vendor, const VendorFault *fault, bool twin)
{
    if (only && !selftest_is_asked(test, only))
        return;
    SelftestRow *row = g_new0(SelftestRow, 1);
    row->test = g_strdup(test);
    row->vendor = vendor;
    row->fault = fault;
    row->twin = twin;

    const ResultCase *result_case = find_case(row, selftest->results);
    if (result_case) {
        judge_case(row, result_case);
    } else if (twin) {
        decide(row, SELFTEST_ERROR, "no case of this run");
    } else {
        decide(row, SELFTEST_OPEN, "no case of this run");
    }
    selftest->counts[row->verdict]++;
    g_ptr_array_add(selftest->rows, row);
}

static bool has_test(const Scenario *scenario, const char *name)
{
    for (guint i = 0; i < scenario->tests->len; i++)
        if (g_str_equal(((const Test *)scenario->tests->pdata[i])->name, name))
            return true;
    return false;
}

static bool add_faults(Selftest *selftest, const Inputs *inputs, const char *const *only,
                       const Vendor *vendor, GHashTable *known, GError **error)
{
    for (guint i = 0; i < vendor->faults->len; i++) {
        const VendorFault *fault = vendor->faults->pdata[i];
        g_autofree char *twin = g_strconcat(fault->id, SELFTEST_TWIN, NULL);
        if (!g_hash_table_add(known, g_strdup(fault->id))) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "%s: another pack documents a fault '%s' too", vendor->file, fault->id);
            return false;
        }
        g_hash_table_add(known, g_strdup(twin));
        add_row(selftest, only, fault->id, vendor, fault, false);
        if (has_test(inputs->scenario, twin))
            add_row(selftest, only, twin, vendor, fault, true);
    }
    return true;
}

static void add_controls(Selftest *selftest, const Inputs *inputs, const char *const *only,
                         GHashTable *known)
{
    for (guint i = 0; i < inputs->scenario->tests->len; i++) {
        const char *name = ((const Test *)inputs->scenario->tests->pdata[i])->name;
        if (!g_hash_table_contains(known, name))
            add_row(selftest, only, name, NULL, NULL, true);
    }
}

/* Whether the runs are what the figures of one selftest may come from. */
static bool check_runs(const Inputs *inputs, const GPtrArray *results, GError **error)
{
    const ResultGuest *first = NULL;
    const char *truce = ((const Result *)results->pdata[0])->truce;

    for (guint i = 0; i < results->len; i++) {
        const Result *result = results->pdata[i];
        const char *name = result->folder ? result->folder : result->run;
        const ResultGuest *guest = result->guests->len == 1 ? result->guests->pdata[0] : NULL;
        if (g_strcmp0(result->scenario, inputs->scenario->name) != 0 || !guest) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "'%s' is no run of the selftest on one guest", name);
            return false;
        }
        first = first ? first : guest;
        if (g_strcmp0(first->name, guest->name) != 0 ||
            g_strcmp0(first->image_sha256, guest->image_sha256) != 0 ||
            g_strcmp0(truce, result->truce) != 0) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "'%s' is of another guest or image than the runs before it, or of another "
                        "version of truce",
                        name);
            return false;
        }
    }
    return true;
}

/* Whether there are such tests; without it nothing would be judged, and all of it passed. */
static bool check_only(const Inputs *inputs, const char *const *only, GError **error)
{
    for (; only && *only; only++) {
        if (has_test(inputs->scenario, *only))
            continue;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the selftest has no test '%s' (see %s)",
                    *only, inputs->scenario->file);
        return false;
    }
    return true;
}

bool selftest_judge(const Inputs *inputs, const GPtrArray *results, const char *const *only,
                    Selftest **ret_selftest, GError **error)
{
    g_autoptr(Selftest) selftest = g_new0(Selftest, 1);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    selftest->rows = g_ptr_array_new_with_free_func(row_free);
    selftest->results = results;
    selftest->part = only != NULL;
    if (!check_only(inputs, only, error) || !check_runs(inputs, results, error))
        return false;
    const Result *result = results->pdata[0];
    selftest->guest = g_strdup(((const ResultGuest *)result->guests->pdata[0])->name);
    for (guint i = 0; i < inputs->scenario->vendors->len; i++) {
        const Vendor *vendor =
            g_hash_table_lookup(inputs->vendors, inputs->scenario->vendors->pdata[i]);
        if (!add_faults(selftest, inputs, only, vendor, known, error))
            return false;
    }
    add_controls(selftest, inputs, only, known);
    *ret_selftest = g_steal_pointer(&selftest);
    return true;
}

bool selftest_passed(const Selftest *selftest)
{
    const guint *counts = selftest->counts;
    return counts[SELFTEST_FOUND] > 0 && counts[SELFTEST_QUIET] > 0 &&
           counts[SELFTEST_FOUND] + counts[SELFTEST_QUIET] == selftest->rows->len;
}
