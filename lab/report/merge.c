/* SPDX-License-Identifier: GPL-2.0-or-later
 * Runs of the shards of one plan, made one run.
 */
#include "report/merge.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "report/result.h"
#include "util/error.h"
#include "util/file-out.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

#define LINE_BYTES_MAX (1u << 20)

typedef struct {
    gint64 number;    /* place in the plan that was shared out; after all others where not said */
    const char *line; /* owned by Merge.planned */
} Place;

typedef struct {
    const MergeShard *shards, *shard; /* all; the one under way */
    MergeWrite write_plan, write_journal;
    gpointer data;
    GHashTable *planned; /* id → the case as one line */
    GArray *order;       /* of Place: the cases of the merged plan */
    GHashTable *folders; /* name of a case's folder → id */
    GHashTable *ran;     /* id → const MergeShard* */
    GHashTable *sums;    /* `guest\nname`, … → checksum: what must be the same */
    cJSON *plan;         /* the first one, without its cases */
    cJSON *begin;        /* the merged run-begin, or NULL */
    cJSON *runs;         /* their ids */
    gint64 earlier_ms, latest_ms;
    guint worst;    /* of outcomes */
    gint64 whole;   /* cases of the plan that was shared out; 0: not said */
    guint numbered; /* those of them that some shard has */
    char *time;     /* of the last record, of its run-end or not */
    char *reason;
} Merge;

enum { FINISHED, INTERRUPTED, STOPPED, KILLED };
static const char *const outcomes[] = {"finished", "interrupted", "stopped", "killed"};

static bool conflict(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool conflict(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *line = text_printable(what, strlen(what), 800);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "conflict: %s", line);
    return false;
}

/* --- plans --- */

static bool merge_case(const cJSON *element, gpointer data, GError **error)
{
    Merge *merge = data;
    g_autoptr(cJSON) own = cJSON_Duplicate(element, true);
    g_autoptr(cJSON) number = cJSON_DetachItemFromObjectCaseSensitive(own, "number");
    const char *id = json_string(own, "id", "");
    g_autofree char *line = json_line(own);
    g_autofree char *folder = files_safe_name(id);
    const char *before = g_hash_table_lookup(merge->planned, id);
    const char *other = g_hash_table_lookup(merge->folders, folder);
    Place place = {cJSON_IsNumber(number) ? (gint64)number->valuedouble : G_MAXINT64, line};

    if (before)
        return g_str_equal(before, line) ||
               conflict(error, "'%s' is planned otherwise in '%s'", id, merge->shard->name);
    if (other)
        return conflict(error, "'%s' and '%s' have one folder", other, id);
    merge->numbered += number != NULL;
    g_array_append_val(merge->order, place);
    g_hash_table_insert(merge->folders, g_steal_pointer(&folder), g_strdup(id));
    g_hash_table_insert(merge->planned, g_strdup(id), g_steal_pointer(&line));
    return true;
}

static bool ignore_case(const cJSON *element, gpointer data, GError **error)
{
    (void)element, (void)data, (void)error;
    return true;
}

static bool begin_plan(Merge *merge, GError **error)
{
    const MergeShard *first = &merge->shards[0];

    if (!json_parse_elements(first->plan, first->plan_length, first->name, "cases", ignore_case,
                             NULL, &merge->plan, error))
        return false;
    merge->whole = json_int(merge->plan, "planned", 0);
    return true;
}

/* The members of the first plan come before the cases of all. */
static void write_head(Merge *merge)
{
    const cJSON *item;

    if (merge->whole <= merge->numbered)
        cJSON_DeleteItemFromObjectCaseSensitive(merge->plan, "planned");
    merge->write_plan("{", merge->data);
    cJSON_ArrayForEach (item, merge->plan) {
        g_autofree char *value = json_line(item);
        g_autoptr(cJSON) name = cJSON_CreateString(item->string);
        g_autofree char *quoted = json_line(name);
        g_autofree char *member = g_strdup_printf("%s:%s, ", quoted, value);
        merge->write_plan(member, merge->data);
    }
    merge->write_plan("\"cases\":[", merge->data);
}

static bool merge_plan(Merge *merge, GError **error)
{
    g_autoptr(cJSON) rest = NULL;

    if (!json_parse_elements(merge->shard->plan, merge->shard->plan_length, merge->shard->name,
                             "cases", merge_case, merge, &rest, error))
        return false;
    if (!g_str_equal(json_string(rest, "scenario", ""), json_string(merge->plan, "scenario", "")))
        return conflict(error, "'%s' is of another scenario", merge->shard->name);
    if (json_int(rest, "planned", 0) != merge->whole)
        return conflict(error, "'%s' is a part of another plan", merge->shard->name);
    return true;
}

/* Those without a number keep the order in which the shards have them. */
static int compare_places(gconstpointer a, gconstpointer b)
{
    gint64 first = ((const Place *)a)->number, second = ((const Place *)b)->number;

    return (first > second) - (first < second);
}

static void write_cases(Merge *merge)
{
    write_head(merge);
    g_array_sort(merge->order, compare_places);
    for (guint i = 0; i < merge->order->len; i++) {
        merge->write_plan(i > 0 ? ",\n" : "\n", merge->data);
        merge->write_plan(g_array_index(merge->order, Place, i).line, merge->data);
    }
    merge->write_plan("\n]}\n", merge->data);
}

/* Cases that only a missing shard knows cannot stand in the merged plan, so its run must not look
 * complete. */
static void note_missing(Merge *merge)
{
    if (merge->whole > merge->numbered && merge->worst <= STOPPED) {
        merge->worst = STOPPED;
        g_free(merge->reason);
        merge->reason =
            g_strdup_printf("a shard is missing: %" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT
                            " cases of the plan are in none of those that were merged",
                            merge->whole - merge->numbered, merge->whole);
    }
}

/* --- what must be the same --- */

static bool same(Merge *merge, const char *what, const char *name, const char *value,
                 GError **error)
{
    char *key = g_strdup_printf("%s\n%s", what, name);
    const char *before = g_hash_table_lookup(merge->sums, key);

    if (!before) {
        g_hash_table_insert(merge->sums, key, g_strdup(value));
        return true;
    }
    g_free(key);
    return g_str_equal(before, value) ||
           conflict(error, "%s '%s' is another in '%s'", what, name, merge->shard->name);
}

/* Shards may run on different hosts: `kvm, tcg`, and the least processors and memory. */
static void unite_hosts(cJSON *host, const cJSON *other)
{
    cJSON *member;

    cJSON_ArrayForEach (member, host) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(other, member->string);
        if (cJSON_IsNumber(member) && cJSON_IsNumber(value))
            cJSON_SetNumberValue(member, MIN(member->valuedouble, value->valuedouble));
        if (!cJSON_IsString(member) || !cJSON_IsString(value))
            continue;
        g_auto(GStrv) known = g_strsplit(member->valuestring, ", ", -1);
        if (g_strv_contains((const char *const *)known, value->valuestring))
            continue;
        g_autofree char *both = g_strconcat(member->valuestring, ", ", value->valuestring, NULL);
        cJSON_SetValuestring(member, both);
    }
}

/* What was off in any shard's guest was off in this run, and the selftest that says least counts.
 */
static void unite_guest(cJSON *guest, const cJSON *other)
{
    cJSON *deviations = cJSON_GetObjectItemCaseSensitive(guest, "deviations");
    const cJSON *selftest = cJSON_GetObjectItemCaseSensitive(guest, "selftest");
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(other, "selftest");
    const cJSON *deviation, *known;

    cJSON_ArrayForEach (deviation, cJSON_GetObjectItemCaseSensitive(other, "deviations")) {
        bool found = false;
        cJSON_ArrayForEach (known, deviations)
            found = found || cJSON_Compare(known, deviation, true);
        if (!found && cJSON_IsArray(deviations))
            cJSON_AddItemToArray(deviations, cJSON_Duplicate(deviation, true));
    }
    bool proven = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(others, "passed"));
    if (selftest && !proven)
        cJSON_ReplaceItemInObjectCaseSensitive(
            guest, "selftest", others ? cJSON_Duplicate(others, true) : cJSON_CreateNull());
}

/* Adds the items of `name` that the merged record does not have yet, by their own name. */
static void unite(cJSON *begin, const cJSON *record, const char *name)
{
    cJSON *united = cJSON_GetObjectItemCaseSensitive(begin, name);
    const cJSON *item;
    cJSON *known;

    if (!cJSON_IsArray(united))
        return;
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, name)) {
        cJSON *found = NULL;
        cJSON_ArrayForEach (known, united) {
            if (g_str_equal(json_string(known, "name", ""), json_string(item, "name", "")))
                found = known;
        }
        if (!found)
            cJSON_AddItemToArray(united, cJSON_Duplicate(item, true));
        else
            unite_guest(found, item);
    }
}

static bool merge_begin(Merge *merge, const cJSON *record, GError **error)
{
    const cJSON *scenario = cJSON_GetObjectItemCaseSensitive(record, "scenario");
    const cJSON *item, *file;

    if (!same(merge, "truce", "version", json_string(record, "truce", ""), error) ||
        !same(merge, "scenario", json_string(scenario, "name", ""),
              json_string(scenario, "sha256", ""), error))
        return false;
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "guests")) {
        if (!same(merge, "guest", json_string(item, "name", ""),
                  json_string(item, "image_sha256", ""), error))
            return false;
    }
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "inputs")) {
        if (!same(merge, "input", json_string(item, "file", ""), json_string(item, "sha256", ""),
                  error))
            return false;
    }
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "vendors")) {
        cJSON_ArrayForEach (file, cJSON_GetObjectItemCaseSensitive(item, "files")) {
            g_autofree char *name = g_strdup_printf("%s: %s", json_string(item, "name", ""),
                                                    json_string(file, "file", ""));
            if (!same(merge, "file", name, json_string(file, "sha256", ""), error))
                return false;
        }
    }
    if (!merge->begin) {
        merge->begin = cJSON_Duplicate(record, true);
        cJSON_DeleteItemFromObjectCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(merge->begin, "host"), "node"); /* of one shard */
    }
    unite_hosts(cJSON_GetObjectItemCaseSensitive(merge->begin, "host"),
                cJSON_GetObjectItemCaseSensitive(record, "host"));
    unite(merge->begin, record, "guests");
    unite(merge->begin, record, "vendors");
    cJSON_AddItemToArray(merge->runs, cJSON_CreateString(json_string(record, "run", "")));
    return true;
}

/* --- journals --- */

/* What is done with each record: the first pass looks at beginnings, the second copies. */
typedef bool (*MergeRecord)(Merge *merge, cJSON *record, const char *type, GError **error);

static bool each_record(Merge *merge, MergeRecord visit, GError **error)
{
    const char *at = merge->shard->journal, *end = at + merge->shard->journal_length, *newline;

    for (; at < end && (newline = memchr(at, '\n', (gsize)(end - at))); at = newline + 1) {
        g_autoptr(cJSON) record = NULL;
        if (!json_parse(at, (gsize)(newline - at), LINE_BYTES_MAX, merge->shard->name, &record,
                        error) ||
            !visit(merge, record, json_string(record, "type", ""), error))
            return false;
    }
    return true;
}

static bool look_at_begin(Merge *merge, cJSON *record, const char *type, GError **error)
{
    return !g_str_equal(type, "run-begin") || merge_begin(merge, record, error);
}

static void note_end(Merge *merge, const cJSON *record)
{
    const char *outcome = json_string(record, "outcome", "");

    for (guint i = 0; i < G_N_ELEMENTS(outcomes); i++)
        if (g_str_equal(outcome, outcomes[i]) && i >= merge->worst) {
            merge->worst = i;
            g_free(merge->reason);
            merge->reason = g_strdup(json_string(record, "reason", NULL));
        }
}

/* Each case's records come from one shard. */
static bool claim(Merge *merge, const cJSON *record, GError **error)
{
    const char *id = json_string(record, "case", NULL);
    const MergeShard *owner = id ? g_hash_table_lookup(merge->ran, id) : NULL;

    if (owner && owner != merge->shard)
        return conflict(error, "'%s' ran in '%s' and in '%s'", id, owner->name, merge->shard->name);
    if (id && !owner)
        g_hash_table_insert(merge->ran, g_strdup(id), (gpointer)merge->shard);
    return true;
}

static bool copy_record(Merge *merge, cJSON *record, const char *type, GError **error)
{
    gint64 ms = json_int(record, "ms", 0);

    if (g_str_equal(type, "run-begin")) { /* of a shard that was resumed its clock starts again */
        merge->earlier_ms = MIN(merge->earlier_ms + merge->latest_ms, JSON_INT_MAX);
        merge->latest_ms = 0;
    }
    merge->latest_ms = MAX(merge->latest_ms, ms);
    g_free(merge->time);
    merge->time = g_strdup(json_string(record, "t", ""));
    if (g_str_equal(type, "run-begin"))
        return true;
    if (g_str_equal(type, "run-end")) {
        note_end(merge, record);
        return true;
    }
    if (!claim(merge, record, error))
        return false;
    cJSON_ReplaceItemInObjectCaseSensitive(record, "ms",
                                           cJSON_CreateNumber((double)(merge->earlier_ms + ms)));
    g_autofree char *line = json_line(record);
    merge->write_journal(line, merge->data);
    merge->write_journal("\n", merge->data);
    return true;
}

static void write_record(Merge *merge, cJSON *record)
{
    g_autofree char *line = json_line(record);

    merge->write_journal(line, merge->data);
    merge->write_journal("\n", merge->data);
}

static void write_begin(Merge *merge, const char *run)
{
    cJSON_ReplaceItemInObjectCaseSensitive(merge->begin, "run", cJSON_CreateString(run));
    cJSON_ReplaceItemInObjectCaseSensitive(merge->begin, "ms", cJSON_CreateNumber(0));
    cJSON_DeleteItemFromObjectCaseSensitive(merge->begin, "shards");
    cJSON_AddItemToObject(merge->begin, "shards", g_steal_pointer(&merge->runs));
    write_record(merge, merge->begin);
}

static void write_end(Merge *merge, gint64 longest)
{
    g_autoptr(cJSON) record = cJSON_CreateObject();

    json_add_text(record, "t", merge->time);
    cJSON_AddNumberToObject(record, "ms", (double)longest);
    json_add_text(record, "type", "run-end");
    json_add_text(record, "outcome", outcomes[merge->worst]);
    json_add_text(record, "reason", merge->reason);
    write_record(merge, record);
}

/* --- shards --- */

static bool check_shard(const MergeShard *shard, Result **ret_result, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (result_parse(shard->plan, shard->plan_length, shard->journal, shard->journal_length,
                     ret_result, &cause))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s/%s", shard->name, cause->message);
    return false;
}

static bool merge_all(Merge *merge, guint count, const char *run, GError **error)
{
    gint64 longest = 0;

    if (!begin_plan(merge, error))
        return false;
    for (guint i = 0; i < count; i++) {
        g_autoptr(Result) result = NULL;
        merge->shard = &merge->shards[i];
        if (!check_shard(merge->shard, &result, error) || !merge_plan(merge, error) ||
            !each_record(merge, look_at_begin, error))
            return false;
        if (g_str_equal(result->outcome, "killed"))
            merge->worst = KILLED;
    }
    write_cases(merge);
    if (!merge->begin)
        return true; /* no shard came to its first record */
    write_begin(merge, run);
    for (guint i = 0; i < count; i++) {
        merge->shard = &merge->shards[i];
        merge->earlier_ms = merge->latest_ms = 0;
        if (!each_record(merge, copy_record, error))
            return false;
        longest = MAX(longest, merge->earlier_ms + merge->latest_ms);
    }
    note_missing(merge);
    if (merge->worst != KILLED)
        write_end(merge, longest);
    return true;
}

bool merge_texts(const MergeShard *shards, guint count, const char *run, MergeWrite write_plan,
                 MergeWrite write_journal, gpointer data, GError **error)
{
    Merge merge = {
        .shards = shards,
        .write_plan = write_plan,
        .write_journal = write_journal,
        .data = data,
        .planned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .order = g_array_new(FALSE, FALSE, sizeof(Place)),
        .folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .ran = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .runs = cJSON_CreateArray(),
    };
    bool done = merge_all(&merge, count, run, error);

    g_array_unref(merge.order);
    g_hash_table_unref(merge.planned);
    g_hash_table_unref(merge.folders);
    g_hash_table_unref(merge.ran);
    g_hash_table_unref(merge.sums);
    cJSON_Delete(merge.plan);
    cJSON_Delete(merge.begin);
    cJSON_Delete(merge.runs);
    g_free(merge.time);
    g_free(merge.reason);
    return done;
}

/* --- folders --- */

/* Copies plain files and folders; what exists already is a conflict. Links are left out. */
static bool copy_tree(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    if (!dir)
        return true; /* a shard in which nothing ran */
    if (!files_make_folder(to, error))
        return false;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        GStatBuf st;
        if (g_lstat(source, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && !copy_tree(source, target, error))
            return false;
        if (S_ISREG(st.st_mode) && !g_file_test(target, G_FILE_TEST_EXISTS) &&
            !files_copy(source, target, error))
            return false;
    }
    return true;
}

typedef struct {
    FileOut *plan, *journal;
} Outputs;

static void to_plan(const char *text, gpointer data)
{
    file_out_text(((Outputs *)data)->plan, text);
}

static void to_journal(const char *text, gpointer data)
{
    file_out_text(((Outputs *)data)->journal, text);
}

static bool write_merged(const MergeShard *shards, guint count, const char *output, GError **error)
{
    g_autofree char *plan_path = g_build_filename(output, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(output, "journal.ndjson", NULL);
    g_autofree char *run = g_path_get_basename(output);
    g_autoptr(FileOut) plan = NULL, journal = NULL;

    if (!file_out_new(plan_path, &plan, error) || !file_out_new(journal_path, &journal, error))
        return false;
    Outputs outputs = {plan, journal};
    return merge_texts(shards, count, run, to_plan, to_journal, &outputs, error) &&
           file_out_commit(plan, error) && file_out_commit(journal, error);
}

static bool copy_evidence(char *const *folders, guint count, const char *output, GError **error)
{
    static const char *const parts[] = {"cases", "inputs"};

    for (guint i = 0; i < count; i++)
        for (guint j = 0; j < G_N_ELEMENTS(parts); j++) {
            g_autofree char *from = g_build_filename(folders[i], parts[j], NULL);
            g_autofree char *to = g_build_filename(output, parts[j], NULL);
            if (!copy_tree(from, to, error))
                return false;
        }
    return true;
}

static GMappedFile *map(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) cause = NULL;
    GMappedFile *file = g_mapped_file_new(path, FALSE, &cause);

    if (!file)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", path,
                    cause->message);
    return file;
}

static bool map_shard(const char *folder, GPtrArray *files, MergeShard *shard, GError **error)
{
    GMappedFile *plan = map(folder, "plan.json", error);
    GMappedFile *journal = plan ? map(folder, "journal.ndjson", error) : NULL;

    if (plan)
        g_ptr_array_add(files, plan);
    if (!journal)
        return false;
    g_ptr_array_add(files, journal);
    shard->name = folder;
    shard->plan = g_mapped_file_get_contents(plan);
    shard->plan_length = g_mapped_file_get_length(plan);
    shard->journal = g_mapped_file_get_contents(journal);
    shard->journal_length = g_mapped_file_get_length(journal);
    shard->plan = shard->plan ? shard->plan : "";
    shard->journal = shard->journal ? shard->journal : "";
    return true;
}

bool merge_runs(char *const *folders, guint count, const char *output, GError **error)
{
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_mapped_file_unref);
    g_autofree MergeShard *shards = g_new0(MergeShard, count);

    if (g_file_test(output, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' exists: a merged run never overwrites another", output);
        return false;
    }
    for (guint i = 0; i < count; i++)
        if (!map_shard(folders[i], files, &shards[i], error))
            return false;
    if (!files_make_folder(output, error))
        return false;
    if (write_merged(shards, count, output, error) && copy_evidence(folders, count, output, error))
        return true;
    files_remove_tree(output, NULL);
    return false;
}
