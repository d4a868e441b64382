/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes report.xml. reports/report.xsd says what each element means.
 */
#include "report/write-xml.h"

#include "report/finding-text.h"
#include "report/report.h"
#include "report/sweep.h"

#define REPORT_FORMAT "1"

/* -1 stands for what was not measured. */
static void optional_number(XmlOut *out, const char *name, gint64 value)
{
    if (value >= 0)
        xml_out_number(out, name, value);
}

static void write_names(XmlOut *out, const char *element, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        xml_out_open(out, element);
        xml_out_attribute(out, "name", names->pdata[i]);
        xml_out_close(out);
    }
}

static void write_ids(XmlOut *out, const char *element, const GPtrArray *ids)
{
    for (guint i = 0; i < ids->len; i++) {
        xml_out_open(out, element);
        xml_out_attribute(out, "id", ids->pdata[i]);
        xml_out_close(out);
    }
}

static void write_scenario_and_host(XmlOut *out, const Result *result)
{
    xml_out_open(out, "scenario");
    xml_out_attribute(out, "name", result->scenario);
    xml_out_attribute(out, "title", result->scenario_title);
    xml_out_attribute(out, "file", result->scenario_file);
    xml_out_attribute(out, "sha256", result->scenario_sha256);
    xml_out_close(out);

    xml_out_open(out, "host");
    xml_out_attribute(out, "libvirt", result->host.libvirt);
    xml_out_attribute(out, "qemu", result->host.qemu);
    xml_out_attribute(out, "accelerator", result->host.accelerator);
    xml_out_attribute(out, "kernel", result->host.kernel);
    xml_out_number(out, "cpus", result->host.cpus);
    xml_out_number(out, "memory-mib", result->host.memory_mib);
    for (guint i = 0; i < result->host.out->len; i++)
        xml_out_element(out, "out", result->host.out->pdata[i]);
    xml_out_close(out);
}

static void write_selftest(XmlOut *out, const ResultSelftest *selftest)
{
    if (!selftest)
        return;
    xml_out_open(out, "selftest");
    xml_out_attribute(out, "time", selftest->time);
    xml_out_attribute(out, "truce", selftest->truce);
    xml_out_attribute(out, "quick", selftest->quick ? "true" : "false");
    xml_out_attribute(out, "passed", selftest->passed ? "true" : "false");
    xml_out_attribute(out, "other-image", selftest->other_image ? "true" : "false");
    xml_out_attribute(out, "other-truce", selftest->other_truce ? "true" : "false");
    xml_out_number(out, "faults", selftest->faults);
    xml_out_number(out, "found", selftest->found);
    xml_out_number(out, "healthy", selftest->healthy);
    xml_out_number(out, "quiet", selftest->quiet);
    xml_out_close(out);
}

static void write_guests(XmlOut *out, const Result *result)
{
    xml_out_open(out, "guests");
    for (guint i = 0; i < result->guests->len; i++) {
        const ResultGuest *guest = result->guests->pdata[i];
        xml_out_open(out, "guest");
        xml_out_attribute(out, "name", guest->name);
        xml_out_attribute(out, "kind", guest->kind);
        xml_out_attribute(out, "title", guest->title);
        xml_out_attribute(out, "image-sha256", guest->image_sha256);
        xml_out_element(out, "limits", guest->limits);
        for (guint j = 0; j < guest->deviations->len; j++)
            xml_out_element(out, "deviation", guest->deviations->pdata[j]);
        for (guint j = 0; j < guest->environment->len; j++) {
            const ResultFact *fact = guest->environment->pdata[j];
            xml_out_open(out, "fact");
            xml_out_attribute(out, "name", fact->name);
            xml_out_attribute(out, "value", fact->value);
            xml_out_close(out);
        }
        write_selftest(out, guest->selftest);
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_vendors(XmlOut *out, const Result *result)
{
    xml_out_open(out, "vendors");
    for (guint i = 0; i < result->vendors->len; i++) {
        const ResultVendor *vendor = result->vendors->pdata[i];
        xml_out_open(out, "vendor");
        xml_out_attribute(out, "name", vendor->name);
        xml_out_attribute(out, "title", vendor->title);
        for (guint j = 0; j < vendor->files->len; j++) {
            const ResultFile *file = vendor->files->pdata[j];
            xml_out_open(out, "file");
            xml_out_attribute(out, "name", file->file);
            xml_out_attribute(out, "sha256", file->sha256);
            xml_out_close(out);
        }
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_counts(XmlOut *out, const Result *result)
{
    xml_out_open(out, "counts");
    xml_out_number(out, "cases", result->cases->len);
    for (guint i = 0; i < CASE_STATES; i++)
        xml_out_number(out, case_state_name((CaseState)i), result->counts[i]);
    xml_out_number(out, "findings", result->findings);
    xml_out_close(out);
}

static void write_reuse(XmlOut *out, const ResultReuse *reuse)
{
    xml_out_open(out, "reuse");
    xml_out_number(out, "saved", reuse->saved);
    xml_out_number(out, "used", reuse->used);
    xml_out_number(out, "spared-ms", reuse->spared_ms);
    xml_out_close(out);
}

static void write_requirements(XmlOut *out, const Result *result)
{
    if (result->requirements->len > 0)
        xml_out_open(out, "requirements");
    for (guint i = 0; i < result->requirements->len; i++) {
        const ResultRequirement *requirement = result->requirements->pdata[i];
        xml_out_open(out, "requirement");
        xml_out_attribute(out, "id", requirement->id);
        xml_out_attribute(out, "title", requirement->title);
        xml_out_attribute(out, "state", requirement_state_name(requirement->state));
        for (guint j = 0; j < requirement->cases->len; j++) {
            const ResultCase *result_case = requirement->cases->pdata[j];
            xml_out_open(out, "by");
            xml_out_attribute(out, "case", result_case->id);
            xml_out_attribute(out, "state", case_state_name(result_case->state));
            xml_out_close(out);
        }
        xml_out_close(out);
    }
    if (result->requirements->len > 0)
        xml_out_close(out);
}

static void write_sweep(XmlOut *out, const Sweep *sweep)
{
    xml_out_open(out, "sweep");
    xml_out_attribute(out, "test", sweep->test);
    xml_out_attribute(out, "target", sweep->target);
    for (guint i = 0; i < MUTATION_OUTCOMES; i++)
        xml_out_number(out, mutation_outcome_name((MutationOutcome)i), sweep->counts[i]);
    for (guint i = 0; i < sweep->items->len; i++) {
        const SweepItem *item = &g_array_index(sweep->items, SweepItem, i);
        xml_out_open(out, "mutation");
        xml_out_attribute(out, "case", item->result_case->id);
        xml_out_attribute(out, "step", item->mutation->step);
        xml_out_attribute(out, "damage", item->mutation->damage);
        xml_out_attribute(out, "answer", item->mutation->answer);
        xml_out_attribute(out, "outcome", mutation_outcome_name(item->outcome));
        xml_out_text(out, item->mutation->text);
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_sweeps(XmlOut *out, const Result *result)
{
    g_autoptr(GPtrArray) sweeps = sweeps_of(result);

    if (sweeps->len == 0)
        return;
    xml_out_open(out, "sweeps");
    for (guint i = 0; i < sweeps->len; i++)
        write_sweep(out, sweeps->pdata[i]);
    xml_out_close(out);
}

static void write_steps(XmlOut *out, const GPtrArray *steps)
{
    xml_out_open(out, "steps");
    for (guint i = 0; i < steps->len; i++) {
        const ResultStep *step = steps->pdata[i];
        xml_out_open(out, "step");
        xml_out_attribute(out, "id", step->step);
        xml_out_attribute(out, "name", step->name);
        xml_out_attribute(out, "began", step->began);
        xml_out_attribute(out, "outcome", step->outcome);
        optional_number(out, "duration-ms", step->duration_ms);
        xml_out_element(out, "message", step->message);
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_events(XmlOut *out, const GPtrArray *events)
{
    xml_out_open(out, "events");
    for (guint i = 0; i < events->len; i++) {
        const ResultEvent *event = events->pdata[i];
        xml_out_open(out, "event");
        xml_out_attribute(out, "time", event->time);
        xml_out_attribute(out, "kind", event->kind);
        xml_out_text(out, event->text);
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_bugcheck(XmlOut *out, const ResultBugcheck *bugcheck)
{
    xml_out_open(out, "bugcheck");
    xml_out_attribute(out, "code", bugcheck->code);
    xml_out_attribute(out, "name", bugcheck->name);
    xml_out_attribute(out, "module", bugcheck->module);
    xml_out_attribute(out, "offset", bugcheck->offset);
    xml_out_attribute(out, "source", bugcheck->source);
    for (guint i = 0; i < G_N_ELEMENTS(bugcheck->parameters) && bugcheck->parameters[i]; i++)
        xml_out_element(out, "parameter", bugcheck->parameters[i]);
    xml_out_close(out);
}

static void write_recovery(XmlOut *out, const ResultRecovery *recovery)
{
    xml_out_open(out, "recovery");
    xml_out_attribute(out, "grade", recovery->grade);
    xml_out_number(out, "duration-ms", recovery->duration_ms);
    xml_out_number(out, "reboots", recovery->reboots);
    xml_out_text(out, recovery->text);
    xml_out_close(out);
}

void report_xml_finding(XmlOut *out, const ResultFinding *finding, const XmlExtras *extras)
{
    g_autofree char *signature = finding_signature(finding);

    xml_out_open(out, "finding");
    xml_out_attribute(out, "id", finding->id);
    xml_out_attribute(out, "kind", finding->kind);
    xml_out_attribute(out, "signature", signature);
    xml_out_attribute(out, "confidence", finding->confidence);
    xml_out_attribute(out, "step", finding->step);
    xml_out_attribute(out, "step-name", finding->step_name);
    if (finding->boots > 0)
        xml_out_number(out, "boots", finding->boots);
    if (extras && extras->on_finding)
        extras->on_finding(out, finding, extras->data);
    xml_out_element(out, "summary", finding->summary);
    write_names(out, "vendor", finding->vendors);
    for (guint i = 0; i < finding->reasons->len; i++)
        xml_out_element(out, "reason", finding->reasons->pdata[i]);
    if (finding->bugcheck)
        write_bugcheck(out, finding->bugcheck);
    if (finding->recovery)
        write_recovery(out, finding->recovery);
    for (guint i = 0; i < finding->evidence->len; i++) {
        xml_out_open(out, "evidence");
        if (extras && extras->on_file)
            extras->on_file(out, finding->evidence->pdata[i], NULL, extras->data);
        xml_out_text(out, finding->evidence->pdata[i]);
        xml_out_close(out);
    }
    if (finding->known_issue) {
        xml_out_open(out, "known-issue");
        xml_out_attribute(out, "id", finding->known_issue);
        xml_out_text(out, finding->known_issue_text ? finding->known_issue_text : "");
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_evidence(XmlOut *out, const GPtrArray *evidence, const XmlExtras *extras)
{
    xml_out_open(out, "evidence");
    for (guint i = 0; i < evidence->len; i++) {
        const ResultEvidence *item = evidence->pdata[i];
        xml_out_open(out, "item");
        xml_out_attribute(out, "kind", item->kind);
        xml_out_attribute(out, "outcome", item->outcome);
        xml_out_attribute(out, "file", item->file);
        xml_out_number(out, "bytes", item->bytes);
        xml_out_attribute(out, "sha256", item->sha256);
        if (extras && extras->on_file && item->file)
            extras->on_file(out, item->file, item, extras->data);
        xml_out_element(out, "reason", item->reason);
        xml_out_close(out);
    }
    xml_out_close(out);
}

static void write_reals(XmlOut *out, const char *name, const GArray *values)
{
    g_autoptr(GString) list = g_string_new(NULL);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    for (guint i = 0; i < values->len; i++)
        g_string_append_printf(
            list, "%s%s", i ? " " : "",
            g_ascii_formatd(text, sizeof text, "%.15g", g_array_index(values, double, i)));
    if (values->len > 0)
        xml_out_attribute(out, name, list->str);
}

static void write_measures(XmlOut *out, const GPtrArray *measures)
{
    for (guint i = 0; i < measures->len; i++) {
        const ResultMeasure *measure = measures->pdata[i];
        xml_out_open(out, "measure");
        xml_out_attribute(out, "step", measure->step);
        xml_out_attribute(out, "name", measure->name);
        xml_out_attribute(out, "unit", measure->unit);
        xml_out_attribute(out, "better", measure->better);
        write_reals(out, "values", measure->values);
        write_reals(out, "times-s", measure->times_s);
        xml_out_close(out);
    }
}

static void write_comparisons(XmlOut *out, const GPtrArray *comparisons)
{
    for (guint i = 0; i < comparisons->len; i++) {
        const ResultComparison *comparison = comparisons->pdata[i];
        xml_out_open(out, "comparison");
        xml_out_attribute(out, "step", comparison->step);
        xml_out_attribute(out, "name", comparison->name);
        xml_out_attribute(out, "kind", comparison->kind);
        xml_out_attribute(out, "unit", comparison->unit);
        xml_out_attribute(out, "verdict", comparison->verdict);
        xml_out_real(out, "limit", comparison->limit);
        xml_out_real(out, "estimate", comparison->estimate);
        xml_out_real(out, "low", comparison->low);
        xml_out_real(out, "high", comparison->high);
        xml_out_real(out, "confidence", comparison->confidence);
        xml_out_number(out, "control-count", comparison->control_count);
        xml_out_number(out, "count", comparison->count);
        xml_out_element(out, "reason", comparison->reason);
        xml_out_close(out);
    }
}

static void write_began_with(XmlOut *out, const ResultAttempt *attempt)
{
    if (!attempt->began_with)
        return;
    xml_out_open(out, "began-with");
    xml_out_attribute(out, "state", attempt->began_with);
    xml_out_attribute(out, "saved-by", attempt->saved_by);
    xml_out_number(out, "spared-ms", attempt->spared_ms);
    xml_out_close(out);
}

static void write_attempt(XmlOut *out, const ResultAttempt *attempt, const XmlExtras *extras)
{
    xml_out_open(out, "attempt");
    xml_out_number(out, "number", attempt->number);
    xml_out_attribute(out, "began", attempt->began);
    xml_out_attribute(out, "ended", attempt->ended);
    xml_out_attribute(out, "state", case_state_name(attempt->state));
    if (attempt->inconclusive)
        xml_out_attribute(out, "inconclusive", "true");
    xml_out_number(out, "duration-ms", attempt->duration_ms);
    optional_number(out, "clone-ms", attempt->clone_ms);
    optional_number(out, "ready-ms", attempt->ready_ms);
    optional_number(out, "steps-ms", attempt->steps_ms);
    optional_number(out, "evidence-ms", attempt->evidence_ms);
    optional_number(out, "end-ms", attempt->end_ms);
    if (extras && extras->on_attempt)
        extras->on_attempt(out, attempt, extras->data);
    xml_out_element(out, "reason", attempt->reason);
    write_began_with(out, attempt);
    write_steps(out, attempt->steps);
    write_events(out, attempt->events);
    xml_out_open(out, "findings");
    for (guint i = 0; i < attempt->findings->len; i++)
        report_xml_finding(out, attempt->findings->pdata[i], extras);
    xml_out_close(out);
    write_evidence(out, attempt->evidence, extras);
    if (extras && extras->in_attempt)
        extras->in_attempt(out, attempt, extras->data);
    else
        write_measures(out, attempt->measures);
    write_comparisons(out, attempt->comparisons);
    xml_out_close(out);
}

void report_xml_case(XmlOut *out, const ResultCase *result_case, const XmlExtras *extras)
{
    const ResultAttempt *deciding = result_deciding_attempt(result_case);

    xml_out_open(out, "case");
    xml_out_attribute(out, "id", result_case->id);
    xml_out_attribute(out, "test", result_case->test);
    xml_out_attribute(out, "title", result_case->title);
    xml_out_attribute(out, "guest", result_case->guest);
    xml_out_attribute(out, "control", result_case->control ? "true" : "false");
    if (result_case->parent)
        xml_out_attribute(out, "parent", result_case->parent);
    xml_out_attribute(out, "state", case_state_name(result_case->state));
    if (deciding)
        xml_out_number(out, "deciding-attempt", deciding->number);
    xml_out_number(out, "duration-ms", result_case_duration_ms(result_case));
    if (extras && extras->on_case)
        extras->on_case(out, result_case, extras->data);
    xml_out_element(out, "why", result_case->why);
    xml_out_element(out, "reason", result_case->reason);
    write_names(out, "vendor", result_case->vendors);
    for (guint i = 0; i < result_case->parameters->len; i++) {
        g_auto(GStrv) pair = g_strsplit(result_case->parameters->pdata[i], "=", 2);
        xml_out_open(out, "parameter");
        xml_out_attribute(out, "name", pair[0]);
        xml_out_attribute(out, "value", pair[1]);
        xml_out_close(out);
    }
    write_ids(out, "requirement", result_case->requirements);
    write_names(out, "fault", result_case->faults);
    for (guint i = 0; i < result_case->attempts->len; i++)
        write_attempt(out, result_case->attempts->pdata[i], extras);
    xml_out_close(out);
}

void report_xml_head(XmlOut *out, const Result *result)
{
    g_autofree char *verdict = result_verdict(result);

    xml_out_open(out, "report");
    xml_out_attribute(out, "format", REPORT_FORMAT);
    xml_out_attribute(out, "run", result->run);
    xml_out_attribute(out, "truce", result->truce);
    xml_out_attribute(out, "began", result->began);
    xml_out_attribute(out, "ended", result->ended);
    xml_out_attribute(out, "outcome", result->outcome);
    xml_out_number(out, "duration-ms", result->duration_ms);
    xml_out_number(out, "exit-status", result_exit_status(result));
    xml_out_element(out, "verdict", verdict);
    xml_out_element(out, "reason", result->reason);
    write_scenario_and_host(out, result);
    write_guests(out, result);
    write_vendors(out, result);
    write_counts(out, result);
    write_reuse(out, &result->reuse);
    write_requirements(out, result);
    write_sweeps(out, result);
}

bool report_write_xml(const Result *result, const char *path, GError **error)
{
    g_autoptr(XmlOut) out = NULL;

    if (!xml_out_new_file(path, &out, error))
        return false;
    report_xml_head(out, result);
    xml_out_open(out, "cases");
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        if (!result_load(result, result_case, error))
            return false;
        report_xml_case(out, result_case, NULL);
        result_unload(result_case);
    }
    return xml_out_finish(out, error);
}
