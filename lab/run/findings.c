/* SPDX-License-Identifier: GPL-2.0-or-later
 * Findings, written to the journal.
 */
#include "run/findings.h"

#include <string.h>

void crash_clear(Crash *crash)
{
    g_clear_pointer(&crash->module, g_free);
    g_clear_pointer(&crash->owner, g_free);
    g_clear_pointer(&crash->owner_text, g_free);
    *crash = (Crash){0};
}

bool crash_same(const Crash *a, const Crash *b)
{
    return a->code == b->code &&
           (!a->module || !b->module || g_ascii_strcasecmp(a->module, b->module) == 0);
}

void unwell_clear(Unwell *unwell)
{
    g_clear_pointer(&unwell->summary, g_free);
}

void recovery_clear(Recovery *recovery)
{
    g_clear_pointer(&recovery->text, g_free);
    g_clear_pointer(&recovery->vendor, g_free);
}

static void copy(Crash *crash, const Crash *from)
{
    crash_clear(crash);
    *crash = *from;
    crash->module = g_strdup(from->module);
    crash->owner = g_strdup(from->owner);
    crash->owner_text = g_strdup(from->owner_text);
}

/* A dump that was cut short may have the code and nothing else. */
static bool has_parameters(const Crash *crash)
{
    bool any = false;

    for (int i = 0; i < 4; i++)
        any |= crash->parameters[i] != 0;
    return crash->detailed && any;
}

/* What is not known of a crash, from another account of it. */
static void complete(Crash *crash, const Crash *other)
{
    if (!has_parameters(crash) && other->detailed) {
        memcpy(crash->parameters, other->parameters, sizeof crash->parameters);
        crash->detailed = true;
    }
    if (!other->module || (crash->module && (crash->placed || !other->placed)))
        return;
    g_free(crash->module);
    crash->module = g_strdup(other->module);
    crash->placed = other->placed;
    crash->offset = other->offset;
}

bool crash_take(Crash *crash, const Crash *account, bool better)
{
    g_auto(Crash) before = {0};

    if (!crash->known) {
        copy(crash, account);
        return true;
    }
    if (!crash_same(crash, account))
        return false;
    copy(&before, crash);
    if (better)
        copy(crash, account);
    complete(crash, better ? &before : account);
    return true;
}

void crash_from_screen(Crash *crash, const Screen *screen)
{
    crash_clear(crash);
    crash->known = screen->code != 0;
    crash->code = screen->code;
    if (screen->module[0])
        crash->module = g_strdup(screen->module);
    crash->source = "screen";
}

void crash_from_stop(Crash *crash, const Stop *stop, const char *source)
{
    crash_clear(crash);
    crash->known = true;
    crash->detailed = true;
    crash->code = stop->code;
    for (int i = 0; i < 4; i++)
        crash->parameters[i] = stop->parameters[i];
    if (stop->module[0]) {
        crash->module = g_utf8_make_valid(stop->module, -1);
        crash->offset = stop->address - stop->base;
        crash->placed = true;
    }
    crash->source = source;
}

void crash_from_dump(Crash *crash, const Dump *dump)
{
    crash_clear(crash);
    crash->known = true;
    crash->detailed = true;
    crash->code = dump->code;
    for (int i = 0; i < 4; i++)
        crash->parameters[i] = dump->parameters[i];
    /* Code that has gone names its driver as well as code that is there. */
    const DumpModule *module =
        dump->faulting ? dump->faulting : dump_unloaded_at(dump, dump->address);
    if (module) {
        crash->module = g_strdup(module->name);
        crash->offset = dump->address - module->base;
        crash->placed = true;
    }
    crash->source = "minidump";
}

char *crash_text(const Crash *crash)
{
    if (!crash->known)
        return g_strdup("restart without a STOP line or a crash dump");

    const char *name = stop_code_name(crash->code);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "bugcheck 0x%X%s%s", crash->code, name ? " " : "",
                           name ? name : "");
    if (crash->module)
        g_string_append_printf(text, " in %s", crash->module);
    if (crash->module && crash->placed)
        g_string_append_printf(text, "+0x%" G_GINT64_MODIFIER "X", crash->offset);
    return g_string_free(text, FALSE);
}

static cJSON *texts(const GPtrArray *array)
{
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; array && i < array->len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(array->pdata[i]));
    return list;
}

static cJSON *crash_json(const Crash *crash)
{
    if (!crash || !crash->known)
        return cJSON_CreateNull();

    cJSON *object = cJSON_CreateObject();
    json_add_hex(object, "code", crash->code, 8);
    json_add_text(object, "name", stop_code_name(crash->code));
    cJSON *parameters = cJSON_AddArrayToObject(object, "parameters");
    for (int i = 0; crash->detailed && i < 4; i++) {
        g_autofree char *text =
            g_strdup_printf("0x%016" G_GINT64_MODIFIER "X", crash->parameters[i]);
        cJSON_AddItemToArray(parameters, cJSON_CreateString(text));
    }
    json_add_text(object, "module", crash->module);
    if (crash->module && crash->placed)
        json_add_hex(object, "offset", crash->offset, 1);
    else
        cJSON_AddNullToObject(object, "offset");
    cJSON_AddStringToObject(object, "source", crash->source);
    return object;
}

static cJSON *recovery_json(const Recovery *recovery)
{
    if (!recovery)
        return cJSON_CreateNull();

    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "grade", recovery->grade);
    cJSON_AddNumberToObject(object, "duration_ms", recovery->duration_ms);
    cJSON_AddNumberToObject(object, "reboots", recovery->reboots);
    json_add_text(object, "text", recovery->text);
    return object;
}

/* Whether a vendor is in the case with these versions; the content is that of its last update. */
static bool has_version(gpointer data, const char *name, const char *product, const char *content)
{
    Attempt *attempt = data;
    const Vendor *vendor = attempt_vendor(attempt, name);
    g_autofree char *last = content ? g_strdup_printf("content %s", content) : NULL;

    if (!vendor ||
        !g_ptr_array_find_with_equal_func(attempt->plan_case->vendors, name, g_str_equal, NULL))
        return false;
    if (product && g_strcmp0(attempt_product(attempt, vendor), product) != 0)
        return false;
    return !content || (g_strcmp0(attempt->last_change, name) == 0 &&
                        g_strcmp0(attempt->last_change_text, last) == 0);
}

/* A finding that somebody knows is reported all the same, with what is known of it. */
static cJSON *known_json(Attempt *attempt, const char *kind, const Crash *crash)
{
    const KnownFinding finding = {.kind = kind,
                                  .has_code = crash && crash->known,
                                  .code = crash ? crash->code : 0,
                                  .module = crash ? crash->module : NULL,
                                  .step_name = attempt->step_name,
                                  .has_version = has_version,
                                  .data = attempt};
    const KnownIssue *issue = attempt->known ? known_match(attempt->known, &finding) : NULL;

    if (issue && issue->expired)
        attempt_event(attempt, "note", "this was the known issue '%s', which expired on %s",
                      issue->id, issue->expires);
    if (!issue || issue->expired)
        return cJSON_CreateNull();
    g_autofree char *text = g_strdup_printf("%s Owner: %s; %s; expires %s.", issue->text,
                                            issue->owner, issue->link, issue->expires);
    cJSON *known = cJSON_CreateObject();
    cJSON_AddStringToObject(known, "id", issue->id);
    cJSON_AddStringToObject(known, "text", text);
    return known;
}

/* An experiment's finding says whether a failure comes again. Whose it is, is told where it came
 * first. */
static Blame *judged(const Attempt *attempt, const BlameFacts *facts)
{
    Blame *blame = blame_judge(facts);

    if (!attempt->plan_case->brief)
        return blame;
    g_ptr_array_set_size(blame->vendors, 0);
    blame->confidence = CONFIDENCE_UNKNOWN;
    g_ptr_array_insert(blame->reasons, 0,
                       g_strdup("Of an experiment: whose it is stands with the failure that it is "
                                "to explain."));
    return blame;
}

static void write_finding(Attempt *attempt, const char *kind, const char *about,
                          const char *summary, const BlameFacts *facts, const Crash *crash,
                          guint boots, const Recovery *recovery, const GPtrArray *evidence)
{
    g_autoptr(Blame) blame = judged(attempt, facts);
    g_autofree char *id = g_strdup_printf("F%u", ++attempt->findings);
    cJSON *record = attempt_record(attempt, "finding");
    cJSON *finding = cJSON_AddObjectToObject(record, "finding");

    cJSON_AddStringToObject(finding, "id", id);
    cJSON_AddStringToObject(finding, "kind", kind);
    cJSON_AddStringToObject(finding, "summary", summary);
    json_add_text(finding, "step", attempt->step);
    json_add_text(finding, "step_name", attempt->step_name);
    cJSON_AddItemToObject(finding, "vendors", texts(blame->vendors));
    cJSON_AddStringToObject(finding, "confidence", confidence_name(blame->confidence));
    cJSON_AddItemToObject(finding, "reasons", texts(blame->reasons));
    json_add_text(finding, "subject",
                  facts->self_reported || facts->logged ? facts->step_vendor : NULL);
    json_add_text(finding, "about", about);
    cJSON_AddItemToObject(finding, "bugcheck", crash_json(crash));
    if (boots)
        cJSON_AddNumberToObject(finding, "boots", boots);
    else
        cJSON_AddNullToObject(finding, "boots");
    cJSON_AddItemToObject(finding, "recovery", recovery_json(recovery));
    cJSON_AddItemToObject(finding, "evidence", texts(evidence));
    cJSON_AddItemToObject(finding, "known_issue", known_json(attempt, kind, crash));
    attempt_write(attempt, record);
}

bool finding_is_measured(const char *kind)
{
    return g_str_equal(kind, "resource-leak") || g_str_equal(kind, "overhead");
}

void finding_step_failed(Attempt *attempt, const char *kind, const Vendor *vendor,
                         const char *about, const char *summary)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    BlameFacts facts = {
        .vendors = vendors,
        .step_vendor = vendor ? vendor->name : NULL,
        .last_change = attempt->last_change,
        .last_change_text = attempt->last_change_text,
        /* Of what is measured a vendor is told by its processes' share, which of two that keep each
         * other busy is chance: no subject. */
        .self_reported = vendor && !finding_is_measured(kind),
        .measured = vendor && finding_is_measured(kind),
    };
    write_finding(attempt, kind, about, summary, &facts, NULL, 0, NULL, NULL);
}

void finding_logged(Attempt *attempt, const char *kind, const Vendor *owner, const char *about,
                    const char *summary)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    BlameFacts facts = {
        .vendors = vendors,
        .step_vendor = owner ? owner->name : NULL,
        .last_change = owner ? attempt->last_change : NULL,
        .last_change_text = attempt->last_change_text,
        .logged = owner != NULL,
    };
    write_finding(attempt, kind, about, summary, &facts, NULL, 0, NULL, NULL);
}

void finding_crash(Attempt *attempt, const char *kind, const char *summary, const Crash *crash,
                   guint boots, const Recovery *recovery, const GPtrArray *evidence)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    BlameFacts facts = {
        .vendors = vendors,
        .module = crash->module,
        .module_owner = crash->owner,
        .module_text = crash->owner_text,
        .last_change = attempt->last_change,
        .last_change_text = attempt->last_change_text,
        .recovered_by = recovery ? recovery->vendor : NULL,
    };
    if (crash->known && crash->detailed)
        stop_pool_tags(crash->code, crash->parameters, facts.pool_tags);
    write_finding(attempt, kind, /* about */ NULL, summary, &facts, crash, boots, recovery,
                  evidence);
}
