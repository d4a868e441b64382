/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes report.json: a member a line, a case a line. reports/report.schema.json says what each
 * member means. Every member is always there; what is not known is null, what is empty is empty.
 */
#include "report/report.h"

#include "report/finding-text.h"
#include "util/files.h"
#include "util/json.h"

#define REPORT_FORMAT 1

static void add_texts(cJSON *object, const char *name, const GPtrArray *texts)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (guint i = 0; i < texts->len; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(texts->pdata[i]));
}

/* -1 stands for what was not measured. */
static void add_number(cJSON *object, const char *name, gint64 value)
{
    if (value >= 0)
        cJSON_AddNumberToObject(object, name, (double)value);
    else
        cJSON_AddNullToObject(object, name);
}

/* Adds an array with an object for each item. */
static void add_objects(cJSON *object, const char *name, const GPtrArray *items,
                        void (*fill)(cJSON *object, const void *item))
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (guint i = 0; i < items->len; i++) {
        cJSON *member = cJSON_CreateObject();
        cJSON_AddItemToArray(array, member);
        fill(member, items->pdata[i]);
    }
}

static void fill_file(cJSON *object, const void *item)
{
    const ResultFile *file = item;
    json_add_text(object, "file", file->file);
    json_add_text(object, "sha256", file->sha256);
}

static void fill_vendor(cJSON *object, const void *item)
{
    const ResultVendor *vendor = item;
    json_add_text(object, "name", vendor->name);
    json_add_text(object, "title", vendor->title);
    add_objects(object, "files", vendor->files, fill_file);
}

static void fill_guest(cJSON *object, const void *item)
{
    const ResultGuest *guest = item;
    json_add_text(object, "name", guest->name);
    json_add_text(object, "kind", guest->kind);
    json_add_text(object, "title", guest->title);
    json_add_text(object, "limits", guest->limits);
    json_add_text(object, "image_sha256", guest->image_sha256);
}

static void fill_step(cJSON *object, const void *item)
{
    const ResultStep *step = item;
    json_add_text(object, "step", step->step);
    json_add_text(object, "name", step->name);
    json_add_text(object, "began", step->began);
    json_add_text(object, "outcome", step->outcome);
    json_add_text(object, "message", step->message);
    add_number(object, "duration_ms", step->duration_ms);
}

static void fill_event(cJSON *object, const void *item)
{
    const ResultEvent *event = item;
    json_add_text(object, "time", event->time);
    json_add_text(object, "kind", event->kind);
    json_add_text(object, "text", event->text);
}

static void fill_evidence(cJSON *object, const void *item)
{
    const ResultEvidence *evidence = item;
    json_add_text(object, "kind", evidence->kind);
    json_add_text(object, "outcome", evidence->outcome);
    json_add_text(object, "file", evidence->file);
    add_number(object, "bytes", evidence->bytes);
    json_add_text(object, "sha256", evidence->sha256);
    json_add_text(object, "reason", evidence->reason);
}

static void add_bugcheck(cJSON *object, const ResultBugcheck *bugcheck)
{
    if (!bugcheck) {
        cJSON_AddNullToObject(object, "bugcheck");
        return;
    }
    cJSON *member = cJSON_AddObjectToObject(object, "bugcheck");
    json_add_text(member, "code", bugcheck->code);
    json_add_text(member, "name", bugcheck->name);
    cJSON *parameters = cJSON_AddArrayToObject(member, "parameters");
    for (guint i = 0; i < G_N_ELEMENTS(bugcheck->parameters); i++)
        cJSON_AddItemToArray(parameters, cJSON_CreateString(bugcheck->parameters[i]));
    json_add_text(member, "module", bugcheck->module);
    json_add_text(member, "offset", bugcheck->offset);
    json_add_text(member, "source", bugcheck->source);
}

static void add_recovery(cJSON *object, const ResultRecovery *recovery)
{
    if (!recovery) {
        cJSON_AddNullToObject(object, "recovery");
        return;
    }
    cJSON *member = cJSON_AddObjectToObject(object, "recovery");
    json_add_text(member, "grade", recovery->grade);
    add_number(member, "duration_ms", recovery->duration_ms);
    add_number(member, "reboots", recovery->reboots);
    json_add_text(member, "text", recovery->text);
}

static void fill_finding(cJSON *object, const void *item)
{
    const ResultFinding *finding = item;
    g_autofree char *signature = finding_signature(finding);

    json_add_text(object, "id", finding->id);
    json_add_text(object, "kind", finding->kind);
    json_add_text(object, "signature", signature);
    json_add_text(object, "summary", finding->summary);
    json_add_text(object, "step", finding->step);
    json_add_text(object, "step_name", finding->step_name);
    add_texts(object, "vendors", finding->vendors);
    json_add_text(object, "confidence", finding->confidence);
    add_texts(object, "reasons", finding->reasons);
    add_bugcheck(object, finding->bugcheck);
    add_number(object, "boots", finding->boots > 0 ? (gint64)finding->boots : -1);
    add_recovery(object, finding->recovery);
    add_texts(object, "evidence", finding->evidence);
}

static void fill_attempt(cJSON *object, const void *item)
{
    const ResultAttempt *attempt = item;
    add_number(object, "attempt", attempt->number);
    json_add_text(object, "began", attempt->began);
    json_add_text(object, "ended", attempt->ended);
    json_add_text(object, "state", case_state_name(attempt->state));
    json_add_text(object, "reason", attempt->reason);
    add_number(object, "duration_ms", attempt->duration_ms);
    cJSON *timings = cJSON_AddObjectToObject(object, "timings");
    add_number(timings, "clone_ms", attempt->clone_ms);
    add_number(timings, "ready_ms", attempt->ready_ms);
    add_number(timings, "steps_ms", attempt->steps_ms);
    add_number(timings, "evidence_ms", attempt->evidence_ms);
    add_number(timings, "end_ms", attempt->end_ms);
    add_objects(object, "steps", attempt->steps, fill_step);
    add_objects(object, "events", attempt->events, fill_event);
    add_objects(object, "findings", attempt->findings, fill_finding);
    add_objects(object, "evidence", attempt->evidence, fill_evidence);
}

static void fill_case(cJSON *object, const void *item)
{
    const ResultCase *result_case = item;
    const ResultAttempt *deciding = result_deciding_attempt(result_case);

    json_add_text(object, "id", result_case->id);
    json_add_text(object, "test", result_case->test);
    json_add_text(object, "title", result_case->title);
    json_add_text(object, "guest", result_case->guest);
    add_texts(object, "vendors", result_case->vendors);
    cJSON *parameters = cJSON_AddObjectToObject(object, "parameters");
    for (guint i = 0; i < result_case->parameters->len; i++) {
        g_auto(GStrv) pair = g_strsplit(result_case->parameters->pdata[i], "=", 2);
        json_add_text(parameters, pair[0], pair[1]);
    }
    cJSON_AddBoolToObject(object, "control", result_case->control);
    json_add_text(object, "why", result_case->why);
    json_add_text(object, "parent", result_case->parent);
    json_add_text(object, "state", case_state_name(result_case->state));
    json_add_text(object, "reason", result_case->reason);
    add_number(object, "deciding_attempt", deciding ? (gint64)deciding->number : -1);
    add_number(object, "duration_ms", result_case_duration_ms(result_case));
    add_objects(object, "attempts", result_case->attempts, fill_attempt);
}

static void add_scenario_and_host(cJSON *head, const Result *result)
{
    cJSON *scenario = cJSON_AddObjectToObject(head, "scenario");
    json_add_text(scenario, "name", result->scenario);
    json_add_text(scenario, "title", result->scenario_title);
    json_add_text(scenario, "file", result->scenario_file);
    json_add_text(scenario, "sha256", result->scenario_sha256);

    cJSON *host = cJSON_AddObjectToObject(head, "host");
    json_add_text(host, "libvirt", result->host.libvirt);
    json_add_text(host, "qemu", result->host.qemu);
    json_add_text(host, "accelerator", result->host.accelerator);
    json_add_text(host, "kernel", result->host.kernel);
    add_number(host, "cpus", result->host.cpus);
    add_number(host, "memory_mib", result->host.memory_mib);
}

static cJSON *build_head(const Result *result)
{
    g_autofree char *verdict = result_verdict(result);
    cJSON *head = cJSON_CreateObject();

    add_number(head, "format", REPORT_FORMAT);
    json_add_text(head, "run", result->run);
    json_add_text(head, "truce", result->truce);
    json_add_text(head, "began", result->began);
    json_add_text(head, "ended", result->ended);
    json_add_text(head, "outcome", result->outcome);
    json_add_text(head, "reason", result->reason);
    add_number(head, "duration_ms", result->duration_ms);
    add_number(head, "exit_status", result_exit_status(result));
    json_add_text(head, "verdict", verdict);
    cJSON *counts = cJSON_AddObjectToObject(head, "counts");
    add_number(counts, "cases", result->cases->len);
    for (guint i = 0; i < CASE_STATES; i++)
        add_number(counts, case_state_name((CaseState)i), result->counts[i]);
    add_number(counts, "findings", result->findings);
    add_scenario_and_host(head, result);
    add_objects(head, "guests", result->guests, fill_guest);
    add_objects(head, "vendors", result->vendors, fill_vendor);
    return head;
}

/* Case by case, so that the tree of one case is all that a long run needs beside its text. */
bool report_write_json(const Result *result, const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new("{\n");
    g_autoptr(cJSON) head = build_head(result);
    const cJSON *member;

    cJSON_ArrayForEach (member, head) {
        g_autofree char *line = json_line(member);
        g_string_append_printf(text, "\"%s\": %s,\n", member->string, line);
    }
    g_string_append(text, "\"cases\": [");
    for (guint i = 0; i < result->cases->len; i++) {
        g_autoptr(cJSON) object = cJSON_CreateObject();
        fill_case(object, result->cases->pdata[i]);
        g_autofree char *line = json_line(object);
        g_string_append_printf(text, "%s\n%s", i ? "," : "", line);
    }
    g_string_append(text, "\n]\n}\n");
    return files_write_atomic(path, text->str, text->len, error);
}
