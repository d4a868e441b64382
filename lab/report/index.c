/* SPDX-License-Identifier: GPL-2.0-or-later
 * An overview of many runs.
 */
#include "report/index.h"

#include <stdlib.h>
#include <string.h>

#include "report/clean.h"
#include "report/result.h"
#include "report/style.h"
#include "util/error.h"
#include "util/file-out.h"
#include "util/files.h"
#include "util/json.h"

#define FLAKY_MAX 100   /* of a scenario */
#define FINDINGS_MAX 20 /* new and gone ones of a run, each */

typedef struct {
    char *signature, *kind, *summary;
    GPtrArray *cases; /* of char* */
} Seen;

typedef struct {
    char *folder; /* name below the index's folder */
    cJSON *head;  /* report.json without its cases */
    const char *scenario, *began;
    GHashTable *states;   /* case → CaseState + 1 */
    GHashTable *findings; /* signature → Seen* */
} Run;

/* Where the runs lie, and where the index is written. */
typedef struct {
    const char *folder, *output;
} Place;

static void seen_free(gpointer data)
{
    Seen *seen = data;
    g_free(seen->signature);
    g_free(seen->kind);
    g_free(seen->summary);
    g_ptr_array_unref(seen->cases);
    g_free(seen);
}

static void run_free(gpointer data)
{
    Run *run = data;
    g_free(run->folder);
    cJSON_Delete(run->head);
    g_hash_table_unref(run->states);
    g_hash_table_unref(run->findings);
    g_free(run);
}

static char *clean(const char *text)
{
    g_autofree char *safe = clean_text(text);
    return clean_line(safe);
}

/* --- reading --- */

static void read_finding(Run *run, const char *id, const cJSON *finding)
{
    const char *signature = json_string(finding, "signature", "");
    Seen *seen = g_hash_table_lookup(run->findings, signature);

    if (!seen) {
        seen = g_new0(Seen, 1);
        seen->signature = g_strdup(signature);
        seen->kind = clean(json_string(finding, "kind", ""));
        seen->summary = clean(json_string(finding, "summary", ""));
        seen->cases = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(run->findings, seen->signature, seen);
    }
    g_ptr_array_add(seen->cases, g_strdup(id));
}

static bool read_case(const cJSON *element, gpointer data, GError **error)
{
    Run *run = data;
    const char *id = json_string(element, "id", "");
    gint64 deciding = json_int(element, "deciding_attempt", 0);
    const cJSON *attempt, *finding;
    CaseState state;

    if (!case_state_from_name(json_string(element, "state", ""), &state)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "a case has no state");
        return false;
    }
    g_hash_table_insert(run->states, g_strdup(id), GUINT_TO_POINTER(state + 1));
    cJSON_ArrayForEach (attempt, cJSON_GetObjectItemCaseSensitive(element, "attempts")) {
        if (json_int(attempt, "attempt", -1) != deciding)
            continue;
        cJSON_ArrayForEach (finding, cJSON_GetObjectItemCaseSensitive(attempt, "findings"))
            read_finding(run, id, finding);
    }
    return true;
}

/* NULL where the subfolder has no report. */
static Run *read_run(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, "report.json", NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    const char *text = file ? g_mapped_file_get_contents(file) : NULL;

    if (!text)
        return NULL;
    Run *run = g_new0(Run, 1);
    run->folder = g_strdup(name);
    run->states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->findings = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, seen_free);
    if (!json_parse_elements(text, g_mapped_file_get_length(file), path, "cases", read_case, run,
                             &run->head, NULL) ||
        json_int(run->head, "format", 0) != 1) {
        run_free(run);
        return NULL;
    }
    run->scenario =
        json_string(cJSON_GetObjectItemCaseSensitive(run->head, "scenario"), "name", "");
    run->began = json_string(run->head, "began", "");
    return run;
}

/* By scenario, the latest first. */
static gint in_order(gconstpointer a, gconstpointer b)
{
    const Run *left = *(const Run *const *)a, *right = *(const Run *const *)b;
    int difference = strcmp(left->scenario, right->scenario);

    if (difference == 0)
        difference = strcmp(right->began, left->began);
    return difference ? difference : strcmp(right->folder, left->folder);
}

static gint latest_first(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Run *const *)b)->began, (*(const Run *const *)a)->began);
}

/* A run that a link names too counts once, under its own name. */
static bool read_runs(const char *folder, GPtrArray *runs, guint *ret_other, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &cause);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *name;

    if (!dir) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", folder,
                    cause->message);
        return false;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        bool is_link = g_file_test(path, G_FILE_TEST_IS_SYMLINK);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_insert(names, is_link ? -1 : 0, g_strdup(name));
    }
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        char *resolved = realpath(path, NULL);
        Run *run = NULL;
        bool is_new = resolved && g_hash_table_add(seen, g_strdup(resolved));
        free(resolved);
        if (is_new && (run = read_run(folder, names->pdata[i])))
            g_ptr_array_add(runs, run);
        else if (is_new)
            (*ret_other)++;
    }
    if (runs->len == 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' has no folder with a report.json of truce", folder);
        return false;
    }
    g_ptr_array_sort(runs, latest_first);
    if (runs->len > INDEX_RUNS_MAX)
        g_ptr_array_set_size(runs, INDEX_RUNS_MAX);
    g_ptr_array_sort(runs, in_order);
    return true;
}

/* --- comparing --- */

static bool ran(const Run *run, const char *id)
{
    guint state = GPOINTER_TO_UINT(g_hash_table_lookup(run->states, id));
    return state > 0 && state - 1 != CASE_SKIPPED && state - 1 != CASE_NOT_RUN;
}

/* Whether its case said anything of the products: an error of the lab does not. */
static bool any_judged(const Run *run, const Seen *seen)
{
    for (guint i = 0; i < seen->cases->len; i++)
        if (ran(run, seen->cases->pdata[i]) &&
            GPOINTER_TO_UINT(g_hash_table_lookup(run->states, seen->cases->pdata[i])) - 1 !=
                CASE_ERROR)
            return true;
    return false;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

/* What `run` has and `other` has not; where `again`, only what could have shown in `other`. */
static void write_findings(XmlOut *out, const char *element, const Run *run, const Run *other,
                           bool again)
{
    g_autoptr(GList) signatures = g_list_sort(g_hash_table_get_keys(run->findings), by_text);
    guint told = 0;

    for (const GList *at = signatures; at && told < FINDINGS_MAX; at = at->next) {
        const Seen *seen = g_hash_table_lookup(run->findings, at->data);
        if (g_hash_table_contains(other->findings, at->data) || (again && !any_judged(other, seen)))
            continue;
        g_autofree char *signature = clean(seen->signature);
        told++;
        xml_out_open(out, element);
        xml_out_attribute(out, "kind", seen->kind);
        xml_out_attribute(out, "signature", signature);
        xml_out_number(out, "cases", seen->cases->len);
        xml_out_text(out, seen->summary);
        xml_out_close(out);
    }
}

/* `../` as often as it takes from the one folder to where both paths part, then the rest. */
static char *relative(const char *from, const char *to)
{
    g_auto(GStrv) left = g_strsplit(from, "/", -1), right = g_strsplit(to, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    guint same = 0;

    while (left[same] && right[same] && g_str_equal(left[same], right[same]))
        same++;
    for (guint i = same; left[i]; i++)
        g_string_append(path, "../");
    for (guint i = same; right[i]; i++)
        g_string_append_printf(path, "%s%s", right[i], right[i + 1] ? "/" : "");
    return g_string_free(g_steal_pointer(&path), FALSE);
}

/* From the index to the run's page; NULL where it has none. */
static char *href_of(const Run *run, const Place *place)
{
    g_autofree char *page = g_build_filename(place->folder, run->folder, "report.html", NULL);
    g_autofree char *parent = g_path_get_dirname(place->output);
    char *from = realpath(parent, NULL), *to = realpath(place->folder, NULL);
    g_autofree char *base = from && to ? relative(from, to) : NULL;

    free(from);
    free(to);
    if (!base || !g_file_test(page, G_FILE_TEST_IS_REGULAR))
        return NULL;
    g_autofree char *path = g_build_filename(base, run->folder, "report.html", NULL);
    return g_uri_escape_string(path, "/+@", FALSE);
}

static void write_run(XmlOut *out, const Run *run, const Run *before, const Place *place)
{
    static const char *const members[] = {"began", "outcome", "run"};
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(run->head, "counts");
    g_autofree char *href = href_of(run, place);
    g_autofree char *verdict = clean(json_string(run->head, "verdict", ""));

    xml_out_open(out, "run");
    if (href)
        xml_out_attribute(out, "href", href);
    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        g_autofree char *value = clean(json_string(run->head, members[i], ""));
        xml_out_attribute(out, i == 2 ? "id" : members[i], value);
    }
    xml_out_number(out, "exit-status", json_int(run->head, "exit_status", 3));
    xml_out_number(out, "cases", json_int(counts, "cases", 0));
    for (guint i = 0; i < CASE_STATES; i++) {
        const char *state = case_state_name((CaseState)i);
        xml_out_number(out, state, json_int(counts, state, 0));
    }
    xml_out_element(out, "verdict", verdict);
    if (before) {
        write_findings(out, "new", run, before, false);
        write_findings(out, "gone", before, run, true);
    }
    xml_out_close(out);
}

/* --- flaky cases --- */

typedef struct {
    guint changes, runs;
    bool said; /* by a run itself */
    GString *history;
} Flaky;

static void judge_case(GPtrArray *runs, guint from, guint to, const char *id, Flaky *flaky)
{
    guint last = CASE_STATES;

    for (guint i = from; i < to; i++) {
        const Run *run = runs->pdata[i];
        guint state = GPOINTER_TO_UINT(g_hash_table_lookup(run->states, id));
        if (state == 0 || !ran(run, id))
            continue;
        state--;
        flaky->runs++;
        flaky->said = flaky->said || state == CASE_FLAKY;
        flaky->changes += last != CASE_STATES && state != last &&
                          (state == CASE_PASSED || last == CASE_PASSED) && state != CASE_ERROR &&
                          last != CASE_ERROR;
        last = state;
        if (flaky->runs <= 20)
            g_string_append_printf(flaky->history, "%s%s", flaky->runs > 1 ? " " : "",
                                   case_state_name((CaseState)state));
    }
}

static void write_flaky(XmlOut *out, GPtrArray *runs, guint from, guint to)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    guint told = 0;

    for (guint i = from; i < to; i++) {
        GHashTableIter iter;
        gpointer id;
        g_hash_table_iter_init(&iter, ((const Run *)runs->pdata[i])->states);
        while (g_hash_table_iter_next(&iter, &id, NULL))
            g_hash_table_add(ids, id);
    }
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(ids), by_text);
    for (const GList *at = sorted; at && told < FLAKY_MAX; at = at->next) {
        g_autoptr(GString) history = g_string_new(NULL);
        Flaky flaky = {.history = history};
        judge_case(runs, from, to, at->data, &flaky);
        if (!flaky.said && flaky.changes < 2)
            continue;
        g_autofree char *id = clean(at->data);
        told++;
        xml_out_open(out, "flaky");
        xml_out_attribute(out, "case", id);
        xml_out_number(out, "changes", flaky.changes);
        xml_out_number(out, "runs", flaky.runs);
        xml_out_text(out, history->str);
        xml_out_close(out);
    }
}

/* --- the page --- */

static void write_scenario(XmlOut *out, GPtrArray *runs, guint from, guint to, const Place *place)
{
    const Run *latest = runs->pdata[from];
    g_autofree char *name = clean(latest->scenario);
    g_autofree char *title =
        clean(json_string(cJSON_GetObjectItemCaseSensitive(latest->head, "scenario"), "title", ""));

    xml_out_open(out, "scenario");
    xml_out_attribute(out, "name", name);
    xml_out_attribute(out, "title", title);
    for (guint i = from; i < to; i++)
        write_run(out, runs->pdata[i], i + 1 < to ? runs->pdata[i + 1] : NULL, place);
    write_flaky(out, runs, from, to);
    xml_out_close(out);
}

static XmlOut *build(GPtrArray *runs, guint other, const Place *place)
{
    XmlOut *out = xml_out_new();

    xml_out_open(out, "index");
    xml_out_attribute(out, "truce", TRUCE_VERSION);
    xml_out_number(out, "runs", runs->len);
    xml_out_number(out, "other", other);
    for (guint from = 0, to; from < runs->len; from = to) {
        const Run *first = runs->pdata[from];
        for (to = from + 1; to < runs->len; to++)
            if (!g_str_equal(((const Run *)runs->pdata[to])->scenario, first->scenario))
                break;
        write_scenario(out, runs, from, to, place);
    }
    return out;
}

bool index_write(const char *folder, const char *output, guint *ret_runs, GError **error)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(run_free);
    g_autoptr(xsltStylesheet) style = NULL;
    xml_str text = NULL;
    int length;
    guint other = 0;

    if (!read_runs(folder, runs, &other, error) || !style_read("index.xsl", &style, error))
        return false;
    g_autoptr(XmlOut) out = build(runs, other, &(Place){folder, output});
    if (!style_apply(style, out, true, &text, &length, error) ||
        !files_write_atomic(output, (const char *)text, (gsize)length, error))
        return false;
    if (ret_runs)
        *ret_runs = runs->len;
    return true;
}
