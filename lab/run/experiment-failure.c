/* SPDX-License-Identifier: GPL-2.0-or-later
 * Findings of a case, read back from its timeline and compared.
 */
#include "run/experiment-failure.h"

#include <string.h>

#include "run/findings.h"
#include "triage/stop-parameters.h"
#include "util/files.h"

#define TIMELINE_MAX (64u << 20)
#define RECORD_MAX (1u << 20)
#define ATTEMPTS_MAX 100

static void failure_free(gpointer data)
{
    Failure *failure = data;
    cJSON_Delete(failure->finding);
    g_free(failure);
}

static void record_free(gpointer record)
{
    cJSON_Delete(record);
}

/* Adds the records of one attempt; false where there is no such attempt. */
static bool read_attempt(const char *folder, guint number, const char *type, GPtrArray *records)
{
    g_autofree char *name = g_strdup_printf("attempt-%u", number);
    g_autofree char *path = g_build_filename(folder, name, "timeline.ndjson", NULL);
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(path, TIMELINE_MAX, &text, &length, NULL))
        return false;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        g_autoptr(cJSON) record = NULL;
        if (json_parse(line, (gsize)(end - line), RECORD_MAX, path, &record, NULL) &&
            g_str_equal(json_string(record, "type", ""), type))
            g_ptr_array_add(records, g_steal_pointer(&record));
    }
    return true;
}

GPtrArray *timeline_read(const char *run_folder, const char *case_id, const char *type)
{
    g_autofree char *name = files_safe_name(case_id);
    g_autofree char *folder = g_build_filename(run_folder, "cases", name, NULL);
    GPtrArray *last = g_ptr_array_new_with_free_func(record_free);

    for (guint number = 1; number <= ATTEMPTS_MAX; number++) {
        g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(record_free);
        if (!read_attempt(folder, number, type, records))
            break;
        if (records->len > 0) {
            g_ptr_array_unref(last);
            last = g_steal_pointer(&records);
        }
    }
    return last;
}

GPtrArray *failures_read(const char *run_folder, const char *case_id)
{
    g_autoptr(GPtrArray) records = timeline_read(run_folder, case_id, "finding");
    GPtrArray *failures = g_ptr_array_new_with_free_func(failure_free);

    for (guint i = 0; i < records->len; i++) {
        cJSON *record = records->pdata[i];
        Failure *failure = g_new0(Failure, 1);
        failure->attempt = (guint)json_int(record, "attempt", 0);
        failure->finding = cJSON_DetachItemFromObjectCaseSensitive(record, "finding");
        g_ptr_array_add(failures, failure);
    }
    return failures;
}

/* Damage is found by whoever comes next, in any module. */
static bool is_damage(const char *code)
{
    return stop_kind((guint32)g_ascii_strtoull(code, NULL, 16)) == STOP_KIND_CORRUPTION;
}

/* Members that must be equal where both have them. */
static bool agree(const cJSON *a, const cJSON *b, const char *member)
{
    const char *left = json_string(a, member, NULL), *right = json_string(b, member, NULL);
    return !left || !right || g_ascii_strcasecmp(left, right) == 0;
}

static bool takes_down(const char *kind)
{
    return g_str_equal(kind, "bugcheck") || g_str_equal(kind, "boot-loop") ||
           g_str_equal(kind, "recovery-environment");
}

/* A boot that took too long, and is no hang but a limit's. */
static bool is_late(const Failure *failure)
{
    return g_str_equal(json_string(failure->finding, "about", ""), FINDING_BOOT_TIME);
}

bool failure_same(const Failure *a, const Failure *b)
{
    const char *kind = json_string(a->finding, "kind", "");
    const char *other = json_string(b->finding, "kind", "");
    const cJSON *crash = cJSON_GetObjectItemCaseSensitive(a->finding, "bugcheck");
    const cJSON *other_crash = cJSON_GetObjectItemCaseSensitive(b->finding, "bugcheck");

    if (takes_down(kind) && takes_down(other))
        return agree(crash, other_crash, "code") &&
               (is_damage(json_string(crash, "code", "0")) || agree(crash, other_crash, "module"));
    /* A hang at each boot is a boot loop without a stop code. */
    if (g_str_equal(kind, "hang") || g_str_equal(other, "hang"))
        return (g_str_equal(kind, other) && is_late(a) == is_late(b)) ||
               (takes_down(kind) ? !cJSON_IsObject(crash)
                                 : takes_down(other) && !cJSON_IsObject(other_crash));
    return g_str_equal(kind, other) && agree(a->finding, b->finding, "subject") &&
           agree(a->finding, b->finding, "about");
}

bool failures_have(const GPtrArray *failures, const Failure *failure)
{
    for (guint i = 0; i < failures->len; i++)
        if (failure_same(failures->pdata[i], failure))
            return true;
    return false;
}
