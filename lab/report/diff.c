/* SPDX-License-Identifier: GPL-2.0-or-later
 * What is different between two reports.
 */
#include "report/diff.h"

#include <math.h>
#include <string.h>

#include "report/clean.h"
#include "report/finding-text.h"
#include "util/error.h"
#include "util/json.h"

typedef struct {
    const char *path;
    cJSON *json;
    GHashTable *cases; /* id → cJSON* */
} Report;

static void report_clear(Report *report)
{
    cJSON_Delete(report->json);
    g_clear_pointer(&report->cases, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

static char *clean(const char *text)
{
    g_autofree char *safe = clean_text(text);
    return safe ? clean_line(safe) : NULL;
}

static void change_free(gpointer data)
{
    DiffChange *change = data;
    g_free(change->member);
    g_free(change->base);
    g_free(change->new);
    g_free(change);
}

static void finding_free(gpointer data)
{
    DiffFinding *finding = data;
    g_free(finding->id);
    g_free(finding->signature);
    g_free(finding->kind);
    g_free(finding->summary);
    g_free(finding->blame);
    g_ptr_array_unref(finding->changes);
    g_free(finding);
}

static void case_free(gpointer data)
{
    DiffCase *item = data;
    g_free(item->id);
    g_free(item->base);
    g_free(item->new);
    g_free(item->reason);
    g_free(item);
}

static void performance_free(gpointer data)
{
    DiffPerformance *item = data;
    g_free(item->id);
    g_free(item->step);
    g_free(item->name);
    g_free(item->kind);
    g_free(item->base);
    g_free(item->new);
    g_free(item);
}

void diff_free(Diff *diff)
{
    if (!diff)
        return;
    g_free(diff->base_run);
    g_free(diff->new_run);
    g_ptr_array_unref(diff->findings_new);
    g_ptr_array_unref(diff->findings_gone);
    g_ptr_array_unref(diff->findings_changed);
    g_ptr_array_unref(diff->cases_no_longer_run);
    g_ptr_array_unref(diff->cases_new);
    g_ptr_array_unref(diff->cases_changed);
    g_ptr_array_unref(diff->performance);
    g_free(diff);
}

/* --- reading --- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool refuse(const Report *report, GError **error, const char *what)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' is no report of truce: %s",
                report->path, what);
    return false;
}

/* The findings that count, or NULL. */
static const cJSON *deciding_findings(const cJSON *one)
{
    gint64 deciding = json_int(one, "deciding_attempt", 0);
    const cJSON *attempt;

    cJSON_ArrayForEach (attempt, member(one, "attempts")) {
        if (json_int(attempt, "attempt", -1) == deciding)
            return member(attempt, "findings");
    }
    return NULL;
}

static bool check_case(Report *report, const cJSON *one, GError **error)
{
    const char *id = json_string(one, "id", NULL);
    const char *state = json_string(one, "state", "");
    CaseState known;
    const cJSON *finding;

    if (!id || !case_state_from_name(state, &known))
        return refuse(report, error, "a case has no id or no state");
    if (!cJSON_IsArray(member(one, "attempts")))
        return refuse(report, error, "a case has no attempts");
    cJSON_ArrayForEach (finding, deciding_findings(one)) {
        if (!json_string(finding, "kind", NULL) || !json_string(finding, "signature", NULL))
            return refuse(report, error,
                          "a finding has no signature; 'truce report RUN' writes it again");
    }
    if (!g_hash_table_insert(report->cases, (gpointer)id, (gpointer)one))
        return refuse(report, error, "two cases have one id");
    return true;
}

static bool read_report(const char *path, Report *report, GError **error)
{
    g_autofree char *inside = g_build_filename(path, "report.json", NULL);
    const cJSON *one;

    report->path = path;
    report->cases = g_hash_table_new(g_str_hash, g_str_equal);
    if (!json_read_file(g_file_test(path, G_FILE_TEST_IS_DIR) ? inside : path, DIFF_BYTES_MAX,
                        &report->json, error))
        return false;
    if (json_int(report->json, "format", 0) != 1)
        return refuse(report, error, "its format is not 1");
    if (!cJSON_IsArray(member(report->json, "cases")))
        return refuse(report, error, "it has no cases");
    cJSON_ArrayForEach (one, member(report->json, "cases")) {
        if (!check_case(report, one, error))
            return false;
    }
    return true;
}

/* --- comparing --- */

static bool ran(const cJSON *one)
{
    const char *state = json_string(one, "state", "");
    return one && !g_str_equal(state, "skipped") && !g_str_equal(state, "not-run");
}

/* Whether its state says something of the products: an error of the lab does not. */
static bool judged(const cJSON *one)
{
    return ran(one) && !g_str_equal(json_string(one, "state", ""), "error");
}

static char *blame_of(const cJSON *finding)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const char *between = finding_between(json_string(finding, "confidence", "unknown"));
    const cJSON *vendor;

    cJSON_ArrayForEach (vendor, member(finding, "vendors")) {
        if (cJSON_IsString(vendor))
            g_string_append_printf(names, "%s%s", names->len ? between : "", vendor->valuestring);
    }
    if (names->len == 0)
        return g_strdup("unknown");
    g_string_append_printf(names, " (%s)", json_string(finding, "confidence", "unknown"));
    return clean(names->str);
}

static DiffFinding *new_finding(const char *id, const cJSON *finding, bool case_judged)
{
    DiffFinding *item = g_new0(DiffFinding, 1);

    item->id = clean(id);
    item->signature = clean(json_string(finding, "signature", ""));
    item->kind = clean(json_string(finding, "kind", ""));
    item->summary = clean(json_string(finding, "summary", ""));
    item->blame = blame_of(finding);
    item->judged = case_judged;
    item->changes = g_ptr_array_new_with_free_func(change_free);
    return item;
}

static char *value_text(const cJSON *value)
{
    if (!value || cJSON_IsNull(value))
        return g_strdup("none");
    if (cJSON_IsString(value))
        return clean(value->valuestring);
    g_autofree char *line = json_line(value);
    return clean(line);
}

static void compare_member(DiffFinding *item, const char *name, const cJSON *base, const cJSON *new)
{
    g_autofree char *before = value_text(base);
    g_autofree char *after = value_text(new);

    if (g_str_equal(before, after))
        return;
    DiffChange *change = g_new0(DiffChange, 1);
    change->member = g_strdup(name);
    change->base = g_steal_pointer(&before);
    change->new = g_steal_pointer(&after);
    g_ptr_array_add(item->changes, change);
}

static void compare_finding(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    DiffFinding *item = new_finding(id, new, true);

    compare_member(item, "confidence", member(base, "confidence"), member(new, "confidence"));
    compare_member(item, "boots", member(base, "boots"), member(new, "boots"));
    compare_member(item, "recovery", member(member(base, "recovery"), "grade"),
                   member(member(new, "recovery"), "grade"));
    compare_member(item, "summary", member(base, "summary"), member(new, "summary"));
    if (item->changes->len > 0)
        g_ptr_array_add(diff->findings_changed, item);
    else
        finding_free(item);
}

/* The first of `left` with that signature; what is taken is set to NULL, so that two findings with
 * one signature need two partners. */
static const cJSON *take(GPtrArray *left, const char *signature)
{
    for (guint i = 0; i < left->len; i++) {
        const cJSON *finding = left->pdata[i];
        if (finding && g_str_equal(json_string(finding, "signature", ""), signature)) {
            left->pdata[i] = NULL;
            return finding;
        }
    }
    return NULL;
}

static void compare_findings(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    g_autoptr(GPtrArray) left = g_ptr_array_new();
    const cJSON *finding;

    cJSON_ArrayForEach (finding, deciding_findings(base))
        g_ptr_array_add(left, (gpointer)finding);
    cJSON_ArrayForEach (finding, deciding_findings(new)) {
        const cJSON *partner = take(left, json_string(finding, "signature", ""));
        if (partner)
            compare_finding(diff, id, partner, finding);
        else
            g_ptr_array_add(diff->findings_new, new_finding(id, finding, true));
    }
    for (guint i = 0; i < left->len; i++)
        if (left->pdata[i])
            g_ptr_array_add(diff->findings_gone, new_finding(id, left->pdata[i], judged(new)));
}

/* The comparisons of the attempt that decided, or NULL. */
static const cJSON *deciding_comparisons(const cJSON *one)
{
    gint64 deciding = json_int(one, "deciding_attempt", 0);
    const cJSON *attempt;

    cJSON_ArrayForEach (attempt, member(one, "attempts")) {
        if (json_int(attempt, "attempt", -1) == deciding)
            return member(attempt, "comparisons");
    }
    return NULL;
}

static double number(const cJSON *comparison, const char *name, double fallback)
{
    const cJSON *value = member(comparison, name);
    return cJSON_IsNumber(value) ? value->valuedouble : fallback;
}

static void append_bound(GString *text, double value)
{
    if (isfinite(value))
        g_string_append_printf(text, "%.3g", value);
    else
        g_string_append(text, "unbounded");
}

/* `12.5 % (8 to 17), within` */
static char *judgement(const cJSON *comparison)
{
    g_autoptr(GString) text = g_string_new(NULL);
    double estimate = number(comparison, "estimate", NAN);

    if (isfinite(estimate))
        g_string_append_printf(text, "%.3g %s (", estimate, json_string(comparison, "unit", ""));
    else
        g_string_append(text, "not measured (");
    append_bound(text, number(comparison, "low", -INFINITY));
    g_string_append(text, " to ");
    append_bound(text, number(comparison, "high", INFINITY));
    g_string_append_printf(text, "), %s", json_string(comparison, "verdict", ""));
    return clean(text->str);
}

static void note_performance(Diff *diff, const char *id, const cJSON *base, const cJSON *new,
                             bool worse)
{
    const cJSON *either = new ? new : base;
    DiffPerformance *item = g_new0(DiffPerformance, 1);

    item->id = clean(id);
    item->step = clean(json_string(either, "step", ""));
    item->name = clean(json_string(either, "name", ""));
    item->kind = clean(json_string(either, "kind", ""));
    item->base = base ? judgement(base) : g_strdup("not measured");
    item->new = new ? judgement(new) : g_strdup("not measured");
    item->worse = worse;
    g_ptr_array_add(diff->performance, item);
}

static void compare_comparison(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    const char *verdict = json_string(new, "verdict", "");
    bool other = !g_str_equal(json_string(base, "verdict", ""), verdict);
    bool more = number(new, "low", -INFINITY) > number(base, "high", INFINITY);
    bool less = number(new, "high", INFINITY) < number(base, "low", -INFINITY);

    if (other || more || less)
        note_performance(diff, id, base, new, more || (other && g_str_equal(verdict, "exceeded")));
}

static bool same_measurement(const cJSON *one, const cJSON *other)
{
    static const char *const members[] = {"step", "name", "kind"};

    for (guint i = 0; i < G_N_ELEMENTS(members); i++)
        if (!g_str_equal(json_string(one, members[i], ""), json_string(other, members[i], "")))
            return false;
    return true;
}

/* The comparison of the same measurement, or NULL. */
static const cJSON *same_of(const cJSON *comparisons, const cJSON *one)
{
    const cJSON *other;

    cJSON_ArrayForEach (other, comparisons) {
        if (same_measurement(one, other))
            return other;
    }
    return NULL;
}

/* What is measured no more shows nothing any more, so it is worse. */
static void compare_performance(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    const cJSON *before = deciding_comparisons(base), *after = deciding_comparisons(new), *one;

    if (!judged(base) || !judged(new))
        return;
    cJSON_ArrayForEach (one, after) {
        const cJSON *partner = same_of(before, one);
        if (partner)
            compare_comparison(diff, id, partner, one);
        else
            note_performance(diff, id, NULL, one,
                             g_str_equal(json_string(one, "verdict", ""), "exceeded"));
    }
    cJSON_ArrayForEach (one, before) {
        if (!same_of(after, one))
            note_performance(diff, id, one, NULL, true);
    }
}

static void compare_states(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    const char *before = json_string(base, "state", NULL);
    const char *after = json_string(new, "state", NULL);

    if (g_strcmp0(before, after) == 0)
        return;
    DiffCase *item = g_new0(DiffCase, 1);
    item->id = clean(id);
    item->base = g_strdup(before);
    item->new = g_strdup(after);
    item->reason = clean(json_string(new, "reason", NULL));
    if (!base)
        g_ptr_array_add(diff->cases_new, item);
    else if (ran(base) && !ran(new))
        g_ptr_array_add(diff->cases_no_longer_run, item);
    else
        g_ptr_array_add(diff->cases_changed, item);
}

static void compare_case(Diff *diff, const char *id, const cJSON *base, const cJSON *new)
{
    compare_states(diff, id, base, new);
    compare_findings(diff, id, base, new);
    compare_performance(diff, id, base, new);
}

bool diff_read(const char *base, const char *new, Diff **ret_diff, GError **error)
{
    g_auto(Report) before = {0}, after = {0};
    const cJSON *one;

    if (!read_report(base, &before, error) || !read_report(new, &after, error))
        return false;
    Diff *diff = g_new0(Diff, 1);
    diff->base_run = clean(json_string(before.json, "run", ""));
    diff->new_run = clean(json_string(after.json, "run", ""));
    diff->cases = g_hash_table_size(after.cases);
    diff->findings_new = g_ptr_array_new_with_free_func(finding_free);
    diff->findings_gone = g_ptr_array_new_with_free_func(finding_free);
    diff->findings_changed = g_ptr_array_new_with_free_func(finding_free);
    diff->cases_no_longer_run = g_ptr_array_new_with_free_func(case_free);
    diff->cases_new = g_ptr_array_new_with_free_func(case_free);
    diff->cases_changed = g_ptr_array_new_with_free_func(case_free);
    diff->performance = g_ptr_array_new_with_free_func(performance_free);

    cJSON_ArrayForEach (one, member(after.json, "cases")) {
        const char *id = json_string(one, "id", "");
        diff->judged += judged(one);
        compare_case(diff, id, g_hash_table_lookup(before.cases, id), one);
    }
    cJSON_ArrayForEach (one, member(before.json, "cases")) {
        const char *id = json_string(one, "id", "");
        if (!g_hash_table_contains(after.cases, id))
            compare_case(diff, id, one, NULL);
    }
    *ret_diff = diff;
    return true;
}

bool diff_any(const Diff *diff)
{
    return diff->findings_new->len + diff->findings_gone->len + diff->findings_changed->len +
               diff->cases_no_longer_run->len + diff->cases_new->len + diff->cases_changed->len +
               diff->performance->len >
           0;
}

/* How little a state says for the products: a case is worse where this is more than it was. What is
 * planned no more (NULL) and did not run before is no loss. */
static int doubt(const char *state)
{
    if (!state || g_str_equal(state, "passed") || g_str_equal(state, "skipped"))
        return 0;
    if (g_str_equal(state, "flaky"))
        return 1;
    return g_str_equal(state, "failed") ? 2 : 3;
}

bool diff_worse(const Diff *diff)
{
    if (diff->judged == 0 || diff->findings_new->len > 0 || diff->cases_no_longer_run->len > 0)
        return true;
    for (guint i = 0; i < diff->cases_changed->len; i++) {
        const DiffCase *item = diff->cases_changed->pdata[i];
        if (doubt(item->new) > doubt(item->base))
            return true;
    }
    for (guint i = 0; i < diff->cases_new->len; i++) {
        const DiffCase *item = diff->cases_new->pdata[i];
        if (doubt(item->new) > 0)
            return true;
    }
    for (guint i = 0; i < diff->performance->len; i++)
        if (((const DiffPerformance *)diff->performance->pdata[i])->worse)
            return true;
    return false;
}

/* --- telling --- */

static void append_findings(GString *text, const char *title, const GPtrArray *findings)
{
    if (findings->len > 0)
        g_string_append_printf(text, "%s\n", title);
    for (guint i = 0; i < findings->len; i++) {
        const DiffFinding *finding = findings->pdata[i];
        g_string_append_printf(text, "  %s\n    %s: %s\n    blame %s\n", finding->id, finding->kind,
                               finding->summary, finding->blame);
        if (!finding->judged)
            g_string_append(text,
                            "    its case was not judged this time, so it may still be there\n");
        for (guint j = 0; j < finding->changes->len; j++) {
            const DiffChange *change = finding->changes->pdata[j];
            g_string_append_printf(text, "    %s: %s, now %s\n", change->member, change->base,
                                   change->new);
        }
    }
}

static void append_cases(GString *text, const char *title, const GPtrArray *cases)
{
    if (cases->len > 0)
        g_string_append_printf(text, "%s\n", title);
    for (guint i = 0; i < cases->len; i++) {
        const DiffCase *item = cases->pdata[i];
        g_string_append_printf(text, "  %s\n    ", item->id);
        if (item->base)
            g_string_append_printf(text, "%s, now ", item->base);
        g_string_append_printf(text, "%s%s%s\n", item->new ? item->new : "not in the plan",
                               item->reason ? ": " : "", item->reason ? item->reason : "");
    }
}

static void append_performance(GString *text, const Diff *diff)
{
    if (diff->performance->len > 0)
        g_string_append(text, "Changed performance\n");
    for (guint i = 0; i < diff->performance->len; i++) {
        const DiffPerformance *item = diff->performance->pdata[i];
        g_string_append_printf(text, "  %s\n    %s of %s in step %s: %s, now %s%s\n", item->id,
                               item->kind, item->name, item->step, item->base, item->new,
                               item->worse ? "; worse" : "");
    }
}

char *diff_text(const Diff *diff)
{
    GString *text = g_string_new(NULL);

    append_findings(text, "New findings", diff->findings_new);
    append_findings(text, "Gone findings", diff->findings_gone);
    append_findings(text, "Changed findings", diff->findings_changed);
    append_cases(text, "Cases that no longer run", diff->cases_no_longer_run);
    append_cases(text, "New cases", diff->cases_new);
    append_cases(text, "Cases in another state", diff->cases_changed);
    append_performance(text, diff);
    if (diff->judged == 0)
        g_string_append(text, "No case was judged this time: nothing shows that it is no worse.\n");
    g_string_append_printf(text, "%s to %s: findings %u new, %u gone, %u changed; ", diff->base_run,
                           diff->new_run, diff->findings_new->len, diff->findings_gone->len,
                           diff->findings_changed->len);
    g_string_append_printf(text, "cases %u no longer run, %u new, %u in another state, of %u\n",
                           diff->cases_no_longer_run->len, diff->cases_new->len,
                           diff->cases_changed->len, diff->cases);
    return g_string_free(text, FALSE);
}

static void add_findings(cJSON *object, const char *name, const GPtrArray *findings)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    for (guint i = 0; i < findings->len; i++) {
        const DiffFinding *finding = findings->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        json_add_text(item, "case", finding->id);
        json_add_text(item, "signature", finding->signature);
        json_add_text(item, "kind", finding->kind);
        json_add_text(item, "summary", finding->summary);
        json_add_text(item, "blame", finding->blame);
        cJSON_AddBoolToObject(item, "case_ran", finding->judged);
        cJSON *changes = cJSON_AddArrayToObject(item, "changes");
        for (guint j = 0; j < finding->changes->len; j++) {
            const DiffChange *change = finding->changes->pdata[j];
            cJSON *entry = cJSON_CreateObject();
            cJSON_AddItemToArray(changes, entry);
            json_add_text(entry, "member", change->member);
            json_add_text(entry, "base", change->base);
            json_add_text(entry, "new", change->new);
        }
    }
}

static void add_cases(cJSON *object, const char *name, const GPtrArray *cases)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    for (guint i = 0; i < cases->len; i++) {
        const DiffCase *one = cases->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        json_add_text(item, "case", one->id);
        json_add_text(item, "base", one->base);
        json_add_text(item, "new", one->new);
        json_add_text(item, "reason", one->reason);
    }
}

static void add_performance(cJSON *object, const Diff *diff)
{
    cJSON *array = cJSON_AddArrayToObject(object, "performance");

    for (guint i = 0; i < diff->performance->len; i++) {
        const DiffPerformance *one = diff->performance->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        json_add_text(item, "case", one->id);
        json_add_text(item, "step", one->step);
        json_add_text(item, "name", one->name);
        json_add_text(item, "kind", one->kind);
        json_add_text(item, "base", one->base);
        json_add_text(item, "new", one->new);
        cJSON_AddBoolToObject(item, "worse", one->worse);
    }
}

cJSON *diff_json(const Diff *diff)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", 1);
    json_add_text(object, "base", diff->base_run);
    json_add_text(object, "new", diff->new_run);
    cJSON_AddBoolToObject(object, "different", diff_any(diff));
    cJSON_AddBoolToObject(object, "worse", diff_worse(diff));
    cJSON *findings = cJSON_AddObjectToObject(object, "findings");
    add_findings(findings, "new", diff->findings_new);
    add_findings(findings, "gone", diff->findings_gone);
    add_findings(findings, "changed", diff->findings_changed);
    cJSON *cases = cJSON_AddObjectToObject(object, "cases");
    add_cases(cases, "no_longer_run", diff->cases_no_longer_run);
    add_cases(cases, "new", diff->cases_new);
    add_cases(cases, "changed", diff->cases_changed);
    add_performance(object, diff);
    return object;
}
