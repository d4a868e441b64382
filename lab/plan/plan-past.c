/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading run folders for what the next plan can learn from them.
 */
#include "plan/plan-past.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan-case.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

#define LINE_BYTES_MAX (1u << 20)
#define CASE_S_MAX (30.0 * 24 * 3600) /* a clock that jumped */

static void past_case_free(gpointer data)
{
    PlanPastCase *past_case = data;

    plan_case_free(past_case->plan_case);
    g_free(past_case);
}

PlanPast *plan_past_new(void)
{
    PlanPast *past = g_new0(PlanPast, 1);

    past->cases = g_ptr_array_new_with_free_func(past_case_free);
    past->failed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    past->files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    return past;
}

void plan_past_free(PlanPast *past)
{
    if (!past)
        return;
    g_ptr_array_unref(past->cases);
    g_hash_table_unref(past->failed);
    g_hash_table_unref(past->files);
    g_free(past);
}

/* Records */

typedef struct {
    PlanPast *past;
    GHashTable *cases;  /* id → PlanPastCase* of this run */
    GHashTable *began;  /* PlanPastCase* → ms at its begin, in this process of the run */
    GHashTable *blamed; /* ids of cases with a finding that names vendors */
} Reader;

static void add_names(GHashTable *set, const cJSON *names)
{
    const cJSON *name;

    cJSON_ArrayForEach (name, names) {
        if (cJSON_IsString(name))
            g_hash_table_add(set, g_strdup(name->valuestring));
    }
}

static void read_begin(Reader *reader, const cJSON *record)
{
    const cJSON *vendor, *file;

    g_hash_table_remove_all(reader->began);
    g_hash_table_remove_all(reader->past->files);
    cJSON_ArrayForEach (vendor, cJSON_GetObjectItemCaseSensitive(record, "vendors")) {
        GHashTable *hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        cJSON_ArrayForEach (file, cJSON_GetObjectItemCaseSensitive(vendor, "files")) {
            g_hash_table_add(hashes, g_strdup(json_string(file, "sha256", "")));
        }
        g_hash_table_replace(reader->past->files, g_strdup(json_string(vendor, "name", "")),
                             hashes);
    }
}

static void read_end(Reader *reader, const cJSON *record, PlanPastCase *past_case)
{
    const char *state = json_string(record, "state", "");
    const gint64 *began = g_hash_table_lookup(reader->began, past_case);
    double seconds = began ? (double)(json_int(record, "ms", 0) - *began) / 1000 : 0;
    bool failed = g_str_equal(state, "failed") || g_str_equal(state, "flaky");
    const PlanCase *plan_case = past_case->plan_case;

    past_case->state = g_str_equal(state, "passed") ? PAST_PASSED
                       : failed                     ? PAST_FAILED
                                                    : PAST_SPOILT;
    past_case->seconds = past_case->state == PAST_SPOILT ? 0 : CLAMP(seconds, 0, CASE_S_MAX);
    if (failed && !g_hash_table_contains(reader->blamed, plan_case->id))
        for (guint i = 0; i < plan_case->vendors->len; i++)
            g_hash_table_add(reader->past->failed,
                             g_strdup(g_ptr_array_index(plan_case->vendors, i)));
}

static void read_record(Reader *reader, const cJSON *record)
{
    const char *type = json_string(record, "type", "");
    PlanPastCase *past_case = g_hash_table_lookup(reader->cases, json_string(record, "case", ""));

    if (g_str_equal(type, "run-begin"))
        read_begin(reader, record);
    if (!past_case)
        return; /* one that the run added by itself: the next plan does not have it */
    if (g_str_equal(type, "case-begin")) {
        gint64 *ms = g_new(gint64, 1);
        *ms = json_int(record, "ms", 0);
        g_hash_table_insert(reader->began, past_case, ms);
    } else if (g_str_equal(type, "finding")) {
        const cJSON *finding = cJSON_GetObjectItemCaseSensitive(record, "finding");
        const cJSON *vendors = cJSON_GetObjectItemCaseSensitive(finding, "vendors");
        add_names(reader->past->failed, vendors);
        if (cJSON_GetArraySize(vendors) > 0)
            g_hash_table_add(reader->blamed, past_case->plan_case->id);
    } else if (g_str_equal(type, "case-end")) {
        read_end(reader, record, past_case);
    }
}

/* Only these are parsed: a journal has many more. */
static bool is_wanted(const char *line)
{
    return strstr(line, "\"run-begin\"") || strstr(line, "\"case-begin\"") ||
           strstr(line, "\"case-end\"") || strstr(line, "\"finding\"");
}

static bool read_lines(Reader *reader, FILE *file, const char *path, GError **error)
{
    g_autofree char *line = g_malloc(LINE_BYTES_MAX + 2);
    guint number = 0;

    while (fgets(line, LINE_BYTES_MAX + 2, file)) {
        g_autoptr(cJSON) record = NULL;
        g_autoptr(GError) wrong = NULL;
        gsize length = strlen(line);
        number++;
        if (length == 0 || line[length - 1] != '\n') {
            if (length <= LINE_BYTES_MAX && fgetc(file) == EOF)
                return true; /* torn off by a kill */
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u: the line is too long", path,
                        number);
            return false;
        }
        if (!is_wanted(line))
            continue;
        if (!json_parse(line, length - 1, LINE_BYTES_MAX, "record", &record, &wrong)) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u: %s", path, number,
                        wrong->message);
            return false;
        }
        read_record(reader, record);
    }
    return true;
}

static bool read_journal(Reader *reader, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not block here */
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

    if (!file) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: %s; a run folder has a journal",
                    path, g_strerror(errno));
        return false;
    }
    bool well = read_lines(reader, file, path, error);
    fclose(file);
    return well;
}

bool plan_past_add(PlanPast *past, const char *run_folder, GError **error)
{
    g_autofree char *path = g_build_filename(run_folder, "plan.json", NULL);
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GHashTable) cases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) began = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_autoptr(GHashTable) blamed = g_hash_table_new(g_str_hash, g_str_equal);
    Reader reader = {past, cases, began, blamed};

    if (!plan_read(path, &plan, error))
        return false;
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanPastCase *past_case = g_new0(PlanPastCase, 1);
        past_case->plan_case = g_steal_pointer(&plan->cases->pdata[i]);
        g_hash_table_insert(cases, past_case->plan_case->id, past_case);
        g_ptr_array_add(past->cases, past_case);
    }
    return read_journal(&reader, run_folder, error);
}

/* Expectation */

typedef struct {
    double seconds;
    guint n;
} Mean;

static void add_to_mean(GHashTable *means, char *key, double seconds)
{
    Mean *mean = g_hash_table_lookup(means, key);

    if (!mean) {
        mean = g_new0(Mean, 1);
        g_hash_table_insert(means, g_strdup(key), mean);
    }
    mean->seconds += seconds;
    mean->n++;
    g_free(key);
}

/* What cases have in common, from all of it to nothing; free with g_free(). */
static char *likeness(const PlanCase *plan_case, guint level)
{
    switch (level) {
    case 0:
        return g_strdup_printf("id %s", plan_case->id);
    case 1:
        return g_strdup_printf("like %s %s %u", plan_case->test_name, plan_case->guest,
                               plan_case->vendors->len);
    case 2:
        return g_strdup_printf("test %s", plan_case->test_name);
    default:
        return g_strdup("all");
    }
}

#define LEVELS 4

static double expected(GHashTable *means, const PlanCase *plan_case)
{
    for (guint level = 0; level < LEVELS; level++) {
        g_autofree char *key = likeness(plan_case, level);
        const Mean *mean = g_hash_table_lookup(means, key);
        if (mean)
            return mean->seconds / mean->n;
    }
    return 0;
}

void plan_past_expect(const PlanPast *past, Plan *plan)
{
    g_autoptr(GHashTable) means = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < past->cases->len; i++) {
        const PlanPastCase *past_case = g_ptr_array_index(past->cases, i);
        for (guint level = 0; past_case->seconds > 0 && level < LEVELS; level++)
            add_to_mean(means, likeness(past_case->plan_case, level), past_case->seconds);
    }
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        plan_case->expected_s = expected(means, plan_case);
    }
}

/* Vendors */

static bool add_hash(GHashTable *hashes, const char *path, GError **error)
{
    char *hash;

    if (!files_sha256(path, &hash, error))
        return false;
    g_hash_table_add(hashes, hash);
    return true;
}

/* The files that a run's `run-begin` lists. */
static bool vendor_hashes(const Vendor *vendor, GHashTable *hashes, GError **error)
{
    if (!add_hash(hashes, vendor->file, error))
        return false;
    for (guint i = 0; i < vendor->products->len; i++)
        if (!add_hash(hashes,
                      ((const VendorProduct *)g_ptr_array_index(vendor->products, i))->package,
                      error))
            return false;
    for (guint i = 0; i < vendor->contents->len; i++)
        if (!add_hash(hashes, ((const VendorContent *)g_ptr_array_index(vendor->contents, i))->file,
                      error))
            return false;
    return true;
}

static bool same_set(GHashTable *one, GHashTable *other)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, one);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(other, key))
            return false;
    return g_hash_table_size(one) == g_hash_table_size(other);
}

bool plan_past_changed(const PlanPast *past, const Inputs *inputs, GPtrArray **ret_vendors,
                       GError **error)
{
    g_autoptr(GPtrArray) changed = g_ptr_array_new();
    const GPtrArray *names = inputs->scenario->vendors;

    for (guint i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        g_autoptr(GHashTable) now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        GHashTable *then = g_hash_table_lookup(past->files, name);
        if (!then)
            continue; /* that run did not have it */
        if (!vendor_hashes(g_hash_table_lookup(inputs->vendors, name), now, error))
            return false;
        if (!same_set(now, then))
            g_ptr_array_add(changed, name);
    }
    *ret_vendors = g_steal_pointer(&changed);
    return true;
}

GPtrArray *plan_past_fragile(const PlanPast *past, const Inputs *inputs)
{
    const GPtrArray *names = inputs->scenario->vendors;
    GPtrArray *fragile = g_ptr_array_new();

    for (guint i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        const Vendor *vendor = g_hash_table_lookup(inputs->vendors, name);
        if (vendor->faults->len > 0 || (past && g_hash_table_contains(past->failed, name)))
            g_ptr_array_add(fragile, name);
    }
    return fragile;
}
