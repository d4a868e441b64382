/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading the members of a plan's or a journal's objects into a Result.
 */
#include "report/record.h"

#include <string.h>

#include "report/clean.h"
#include "util/error.h"
#include "util/redact.h"
#include "util/text.h"

bool source_fail(const Source *source, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *line = text_printable(what, strlen(what), 400);

    if (source->line > 0)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u: %s", source->file, source->line,
                    line);
    else
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: %s", source->file, line);
    return false;
}

char *source_keep(const Source *source, const char *text)
{
    g_autofree char *clean = clean_text(text);
    g_autofree char *said = redact_text(clean);
    return said ? g_string_chunk_insert(source->strings, said) : NULL;
}

char *record_text(const Source *source, const cJSON *object, const char *name)
{
    return source_keep(source, json_string(object, name, NULL));
}

char *record_text_or_empty(const Source *source, const cJSON *object, const char *name)
{
    return source_keep(source, json_string(object, name, ""));
}

bool record_required(const Source *source, const cJSON *object, const char *name, char **ret_text,
                     GError **error)
{
    const char *text = json_string(object, name, "");

    if (*text == '\0')
        return source_fail(source, error, "there is no text '%s'", name);
    *ret_text = source_keep(source, text);
    return true;
}

bool record_one_of(const Source *source, const cJSON *object, const char *name,
                   const char *const *allowed, char **ret_text, GError **error)
{
    const char *text = json_string(object, name, "");

    if (!g_strv_contains(allowed, text))
        return source_fail(source, error, "'%s' is '%s', which is none of its values", name, text);
    *ret_text = source_keep(source, text);
    return true;
}

bool record_time(const Source *source, const cJSON *object, const char *name, const char **ret_text,
                 GError **error)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    const char *text = json_string(object, name, "");
    bool matches = strlen(text) == strlen(form);

    for (gsize i = 0; matches && form[i]; i++)
        matches = form[i] == '0' ? g_ascii_isdigit(text[i]) : text[i] == form[i];
    g_autoptr(GDateTime) time = matches ? g_date_time_new_from_iso8601(text, NULL) : NULL;
    if (!time)
        return source_fail(source, error, "'%s' is '%s', which is no UTC time like %s", name, text,
                           "2026-11-22T10:31:07.123Z");
    *ret_text = text;
    return true;
}

static bool is_hex_digits(const char *text, gsize least, gsize most)
{
    gsize length = strlen(text);
    return length >= least && length <= most && strspn(text, "0123456789abcdefABCDEF") == length;
}

static bool keep_hex(const Source *source, const char *name, const char *text, char **ret_text,
                     GError **error)
{
    if (!text || !g_str_has_prefix(text, "0x") || !is_hex_digits(text + 2, 1, 16))
        return source_fail(source, error, "'%s' is '%s', which is no 0x number", name,
                           text ? text : "");
    *ret_text = source_keep(source, text);
    return true;
}

bool record_hex(const Source *source, const cJSON *object, const char *name, char **ret_text,
                GError **error)
{
    return keep_hex(source, name, json_string(object, name, NULL), ret_text, error);
}

bool record_sha256(const Source *source, const cJSON *object, const char *name, char **ret_text,
                   GError **error)
{
    const char *text = json_string(object, name, NULL);

    if (text && !is_hex_digits(text, 64, 64))
        return source_fail(source, error, "'%s' is '%s', which is no SHA-256", name, text);
    *ret_text = source_keep(source, text);
    return true;
}

/* Reports link to these paths, so they must not lead out of the run folder. */
static bool is_path_inside(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);

    if (!g_str_equal(parts[0] ? parts[0] : "", "cases") || !parts[1])
        return false;
    for (guint i = 1; parts[i]; i++)
        if (parts[i][0] == '\0' || g_str_equal(parts[i], ".") || g_str_equal(parts[i], ".."))
            return false;
    return true;
}

static bool keep_path(const Source *source, const char *name, const char *text, char **ret_text,
                      GError **error)
{
    if (text && !is_path_inside(text))
        return source_fail(source, error, "'%s' is '%s', which is no path below cases/", name,
                           text);
    *ret_text = source_keep(source, text);
    return true;
}

bool record_path(const Source *source, const cJSON *object, const char *name, char **ret_text,
                 GError **error)
{
    return keep_path(source, name, json_string(object, name, NULL), ret_text, error);
}

void record_texts(const Source *source, const cJSON *object, const char *name, GPtrArray *texts)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, name)) {
        if (cJSON_IsString(item))
            g_ptr_array_add(texts, source_keep(source, item->valuestring));
    }
}

gint64 record_count(const cJSON *object, const char *name, gint64 fallback)
{
    gint64 value = json_int(object, name, fallback);
    return value >= 0 ? value : fallback;
}

static bool read_bugcheck(const Source *source, const cJSON *object, ResultBugcheck *bugcheck,
                          GError **error)
{
    static const char *const sources[] = {"minidump", "serial", "hypervisor", "screen", NULL};
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(object, "parameters");

    if (!record_hex(source, object, "code", &bugcheck->code, error) ||
        !record_one_of(source, object, "source", sources, &bugcheck->source, error))
        return false;
    int count = cJSON_GetArraySize(parameters);
    if (count != 0 && count != G_N_ELEMENTS(bugcheck->parameters))
        return source_fail(source, error, "a bugcheck has four parameters, or none is known");
    for (int i = 0; i < count; i++) {
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(parameters, i));
        if (!keep_hex(source, "parameters", text, &bugcheck->parameters[i], error))
            return false;
    }
    bugcheck->name = record_text(source, object, "name");
    bugcheck->module = record_text(source, object, "module");
    return !json_string(object, "offset", NULL) ||
           record_hex(source, object, "offset", &bugcheck->offset, error);
}

static bool read_recovery(const Source *source, const cJSON *object, ResultRecovery *recovery,
                          GError **error)
{
    static const char *const grades[] = {"self", "remote", "hands", "lost", NULL};

    recovery->duration_ms = record_count(object, "duration_ms", 0);
    recovery->reboots = (guint)MIN(record_count(object, "reboots", 0), G_MAXINT);
    recovery->text = record_text_or_empty(source, object, "text");
    return record_one_of(source, object, "grade", grades, &recovery->grade, error);
}

static bool read_evidence_paths(const Source *source, const cJSON *object, GPtrArray *paths,
                                GError **error)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "evidence")) {
        char *path = NULL;
        if (!keep_path(source, "evidence", cJSON_GetStringValue(item), &path, error))
            return false;
        if (path)
            g_ptr_array_add(paths, path);
    }
    return true;
}

void result_finding_free(gpointer data)
{
    ResultFinding *finding = data;

    g_ptr_array_unref(finding->vendors);
    g_ptr_array_unref(finding->reasons);
    g_ptr_array_unref(finding->evidence);
    g_free(finding->bugcheck);
    g_free(finding->recovery);
    g_free(finding);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResultFinding, result_finding_free)

bool record_finding(const Source *source, const cJSON *object, ResultFinding **ret_finding,
                    GError **error)
{
    static const char *const kinds[] = {"bugcheck",
                                        "boot-loop",
                                        "recovery-environment",
                                        "hang",
                                        "sensor-dead",
                                        "detection-lost",
                                        "install-failed",
                                        "update-failed",
                                        "service-crash",
                                        "uninstall-failed",
                                        "resource-leak",
                                        "overhead",
                                        "verifier-stop",
                                        "recovery-needs-hands",
                                        NULL};
    static const char *const confidences[] = {"unknown", "low", "medium", "high", NULL};
    const cJSON *bugcheck = cJSON_GetObjectItemCaseSensitive(object, "bugcheck");
    const cJSON *recovery = cJSON_GetObjectItemCaseSensitive(object, "recovery");
    g_autoptr(ResultFinding) finding = g_new0(ResultFinding, 1);

    finding->vendors = g_ptr_array_new();
    finding->reasons = g_ptr_array_new();
    finding->evidence = g_ptr_array_new();
    record_texts(source, object, "vendors", finding->vendors);
    record_texts(source, object, "reasons", finding->reasons);
    finding->step = record_text(source, object, "step");
    finding->step_name = record_text(source, object, "step_name");
    finding->subject = record_text(source, object, "subject");
    finding->about = record_text(source, object, "about");
    const cJSON *known = cJSON_GetObjectItemCaseSensitive(object, "known_issue");
    finding->known_issue = record_text(source, known, "id");
    finding->known_issue_text = record_text(source, known, "text");
    finding->boots = (guint)MIN(record_count(object, "boots", 0), G_MAXINT);
    if (!record_required(source, object, "id", &finding->id, error) ||
        !record_one_of(source, object, "kind", kinds, &finding->kind, error) ||
        !record_required(source, object, "summary", &finding->summary, error) ||
        !record_one_of(source, object, "confidence", confidences, &finding->confidence, error) ||
        !read_evidence_paths(source, object, finding->evidence, error))
        return false;

    if (cJSON_IsObject(bugcheck)) {
        finding->bugcheck = g_new0(ResultBugcheck, 1);
        if (!read_bugcheck(source, bugcheck, finding->bugcheck, error))
            return false;
    }
    if (cJSON_IsObject(recovery)) {
        finding->recovery = g_new0(ResultRecovery, 1);
        if (!read_recovery(source, recovery, finding->recovery, error))
            return false;
    }
    *ret_finding = g_steal_pointer(&finding);
    return true;
}
