/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes report.json: a member a line, a case a line. reports/report.schema.json says what each
 * member means. Every member is always there; what is not known is null, what is empty is empty.
 */
#include "report/report.h"

#include <math.h>

#include "report/finding-text.h"
#include "report/sweep.h"
#include "util/file-out.h"
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

static void fill_fact(cJSON *object, const void *item)
{
    const ResultFact *fact = item;
    json_add_text(object, "name", fact->name);
    json_add_text(object, "value", fact->value);
}

static void fill_guest(cJSON *object, const void *item)
{
    const ResultGuest *guest = item;
    json_add_text(object, "name", guest->name);
    json_add_text(object, "kind", guest->kind);
    json_add_text(object, "title", guest->title);
    json_add_text(object, "limits", guest->limits);
    json_add_text(object, "image_sha256", guest->image_sha256);
    add_texts(object, "deviations", guest->deviations);
    if (guest->environment->len > 0)
        add_objects(object, "environment", guest->environment, fill_fact);
    if (!guest->selftest) {
        cJSON_AddNullToObject(object, "selftest");
        return;
    }
    cJSON *selftest = cJSON_AddObjectToObject(object, "selftest");
    json_add_text(selftest, "time", guest->selftest->time);
    json_add_text(selftest, "truce", guest->selftest->truce);
    cJSON_AddBoolToObject(selftest, "quick", guest->selftest->quick);
    cJSON_AddBoolToObject(selftest, "passed", guest->selftest->passed);
    cJSON_AddBoolToObject(selftest, "other_image", guest->selftest->other_image);
    cJSON_AddBoolToObject(selftest, "other_truce", guest->selftest->other_truce);
    add_number(selftest, "faults", guest->selftest->faults);
    add_number(selftest, "found", guest->selftest->found);
    add_number(selftest, "healthy", guest->selftest->healthy);
    add_number(selftest, "quiet", guest->selftest->quiet);
}

static void fill_requirement(cJSON *object, const void *item)
{
    const ResultRequirement *requirement = item;
    json_add_text(object, "id", requirement->id);
    json_add_text(object, "title", requirement->title);
    json_add_text(object, "state", requirement_state_name(requirement->state));
    cJSON *cases = cJSON_AddArrayToObject(object, "cases");
    for (guint i = 0; i < requirement->cases->len; i++) {
        const ResultCase *result_case = requirement->cases->pdata[i];
        cJSON_AddItemToArray(cases, cJSON_CreateString(result_case->id));
    }
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

static void add_real(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_reals(cJSON *object, const char *name, const GArray *values)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    for (guint i = 0; i < values->len; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber(g_array_index(values, double, i)));
}

static void fill_measure(cJSON *object, const void *item)
{
    const ResultMeasure *measure = item;
    json_add_text(object, "step", measure->step);
    json_add_text(object, "name", measure->name);
    json_add_text(object, "unit", measure->unit);
    json_add_text(object, "better", measure->better);
    add_reals(object, "values", measure->values);
    add_reals(object, "times_s", measure->times_s);
}

static void fill_comparison(cJSON *object, const void *item)
{
    const ResultComparison *comparison = item;
    json_add_text(object, "step", comparison->step);
    json_add_text(object, "name", comparison->name);
    json_add_text(object, "kind", comparison->kind);
    json_add_text(object, "unit", comparison->unit);
    json_add_text(object, "verdict", comparison->verdict);
    json_add_text(object, "reason", comparison->reason);
    add_real(object, "limit", comparison->limit);
    add_real(object, "estimate", comparison->estimate);
    add_real(object, "low", comparison->low);
    add_real(object, "high", comparison->high);
    add_real(object, "confidence", comparison->confidence);
    add_number(object, "control_count", comparison->control_count);
    add_number(object, "count", comparison->count);
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
    for (guint i = 0; i < G_N_ELEMENTS(bugcheck->parameters) && bugcheck->parameters[i]; i++)
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
    if (!finding->known_issue) {
        cJSON_AddNullToObject(object, "known_issue");
        return;
    }
    cJSON *known = cJSON_AddObjectToObject(object, "known_issue");
    json_add_text(known, "id", finding->known_issue);
    json_add_text(known, "text", finding->known_issue_text);
}

static void add_began_with(cJSON *object, const ResultAttempt *attempt)
{
    if (!attempt->began_with) {
        cJSON_AddNullToObject(object, "began_with");
        return;
    }
    cJSON *member = cJSON_AddObjectToObject(object, "began_with");
    json_add_text(member, "state", attempt->began_with);
    json_add_text(member, "saved_by", attempt->saved_by);
    add_number(member, "spared_ms", attempt->spared_ms);
}

static void fill_attempt(cJSON *object, const void *item)
{
    const ResultAttempt *attempt = item;
    add_number(object, "attempt", attempt->number);
    json_add_text(object, "began", attempt->began);
    json_add_text(object, "ended", attempt->ended);
    json_add_text(object, "state", case_state_name(attempt->state));
    json_add_text(object, "reason", attempt->reason);
    cJSON_AddBoolToObject(object, "inconclusive", attempt->inconclusive);
    add_number(object, "duration_ms", attempt->duration_ms);
    add_began_with(object, attempt);
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
    add_objects(object, "measures", attempt->measures, fill_measure);
    add_objects(object, "comparisons", attempt->comparisons, fill_comparison);
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
    add_texts(object, "requirements", result_case->requirements);
    add_texts(object, "faults", result_case->faults);
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
    if (result->host.out->len > 0)
        add_texts(host, "out", result->host.out);
}

static void add_sweep(cJSON *object, const Sweep *sweep)
{
    cJSON *counts, *mutations;

    json_add_text(object, "test", sweep->test);
    json_add_text(object, "target", sweep->target);
    counts = cJSON_AddObjectToObject(object, "counts");
    for (guint i = 0; i < MUTATION_OUTCOMES; i++)
        add_number(counts, mutation_outcome_name((MutationOutcome)i), sweep->counts[i]);
    mutations = cJSON_AddArrayToObject(object, "mutations");
    for (guint i = 0; i < sweep->items->len; i++) {
        const SweepItem *item = &g_array_index(sweep->items, SweepItem, i);
        cJSON *member = cJSON_CreateObject();
        cJSON_AddItemToArray(mutations, member);
        json_add_text(member, "case", item->result_case->id);
        json_add_text(member, "step", item->mutation->step);
        json_add_text(member, "damage", item->mutation->damage);
        json_add_text(member, "text", item->mutation->text);
        json_add_text(member, "answer", item->mutation->answer);
        json_add_text(member, "outcome", mutation_outcome_name(item->outcome));
    }
}

static void add_sweeps(cJSON *head, const Result *result)
{
    g_autoptr(GPtrArray) sweeps = sweeps_of(result);
    cJSON *array = cJSON_AddArrayToObject(head, "sweeps");

    for (guint i = 0; i < sweeps->len; i++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(array, object);
        add_sweep(object, sweeps->pdata[i]);
    }
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
    cJSON *reuse = cJSON_AddObjectToObject(head, "reuse");
    add_number(reuse, "saved", result->reuse.saved);
    add_number(reuse, "used", result->reuse.used);
    add_number(reuse, "spared_ms", result->reuse.spared_ms);
    add_scenario_and_host(head, result);
    add_objects(head, "guests", result->guests, fill_guest);
    add_objects(head, "vendors", result->vendors, fill_vendor);
    add_objects(head, "requirements", result->requirements, fill_requirement);
    add_sweeps(head, result);
    return head;
}

/* Case by case, so that the tree of one case is all that a long run needs. */
bool report_write_json(const Result *result, const char *path, GError **error)
{
    g_autoptr(FileOut) out = NULL;
    g_autoptr(cJSON) head = build_head(result);
    const cJSON *member;

    if (!file_out_new(path, &out, error))
        return false;
    file_out_text(out, "{\n");
    cJSON_ArrayForEach (member, head) {
        g_autofree char *value = json_line(member);
        g_autofree char *line = g_strdup_printf("\"%s\": %s,\n", member->string, value);
        file_out_text(out, line);
    }
    file_out_text(out, "\"cases\": [");
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        g_autoptr(cJSON) object = cJSON_CreateObject();
        if (!result_load(result, result_case, error))
            return false;
        fill_case(object, result_case);
        result_unload(result_case);
        g_autofree char *line = json_line(object);
        file_out_text(out, i ? ",\n" : "\n");
        file_out_text(out, line);
    }
    file_out_text(out, "\n]\n}\n");
    return file_out_commit(out, error);
}
