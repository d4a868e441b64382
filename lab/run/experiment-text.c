/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a search found, in words and in the journal.
 */
#include "run/experiment-text.h"

#include <string.h>

#include "triage/blame.h"
#include "util/clock.h"

void trial_free(gpointer data)
{
    SearchTrial *trial = data;
    g_free(trial->id);
    g_free(trial);
}

void search_note_trial(Search *search, guint32 set, const char *id, Trial trial)
{
    for (guint i = 0; i < search->tried->len; i++)
        if (g_str_equal(((const SearchTrial *)search->tried->pdata[i])->id, id))
            return;
    SearchTrial *note = g_new0(SearchTrial, 1);
    *note = (SearchTrial){.set = set, .id = g_strdup(id), .trial = trial};
    g_ptr_array_add(search->tried, note);
}

static const Part *part_at(const Search *search, guint index)
{
    return &g_array_index(search->parts, Part, index);
}

static guint count_bits(guint32 set)
{
    return (guint)__builtin_popcount(set);
}

/* `alder alone`, `cedar with dogwood`, `a with b and c`. */
static void append_vendors(GString *text, const Search *search, guint32 set)
{
    guint count = count_bits(set & search->problem.vendors), done = 0;

    if (count == 0)
        g_string_append(text, "no vendor at all");
    for (guint i = 0; i < search->parts->len; i++) {
        if (!part_at(search, i)->vendor || !(set >> i & 1))
            continue;
        g_string_append_printf(text, "%s%s",
                               done == 0   ? ""
                               : done == 1 ? " with "
                                           : " and ",
                               part_at(search, i)->name);
        done++;
    }
    if (count == 1)
        g_string_append(text, " alone");
}

/* What a set differs by from the whole case, but for its vendors. */
static void append_missing(GString *text, const Search *search, guint32 set)
{
    for (guint i = 0; i < search->parts->len; i++) {
        const Part *part = part_at(search, i);
        if (part->vendor || set >> i & 1 || (part->owner && !(set >> (part->owner - 1) & 1)))
            continue;
        if (part->product)
            g_string_append_printf(text, ", with %s in the place of %s", part->previous,
                                   part->product);
        else if (part->key)
            g_string_append_printf(
                text, ", with %s=%s in the place of %s", part->key, part->previous,
                (char *)g_hash_table_lookup(search->origin->parameters, part->key));
        else
            g_string_append_printf(text, ", without '%s'", part->name);
    }
}

char *search_reason(const Search *search, guint32 set, bool reversed)
{
    GString *text = g_string_new("experiment: ");

    append_vendors(text, search, set);
    append_missing(text, search, set);
    if (reversed)
        g_string_append(text, ", in the other order");
    g_string_append_printf(text, ": does it fail as %s did?", search->origin->id);
    return g_string_free(text, FALSE);
}

static const char *first_vendor(const Search *search, guint32 set)
{
    for (guint i = 0; i < search->parts->len; i++)
        if (part_at(search, i)->vendor && set >> i & 1)
            return part_at(search, i)->name;
    return NULL;
}

/* What the first of them does before the others do, at the step that failed. */
static const char *first_does(const Search *search)
{
    const char *step = json_string(search->failure->finding, "step_name", "");

    if (g_str_has_prefix(step, "uninstall"))
        return "unloads first";
    if (g_str_has_prefix(step, "reboot") || g_str_has_prefix(step, "boot"))
        return "starts first";
    return "is installed first";
}

/* Whether it was tried without this one part, and passes. */
static bool is_needed(const Search *search, guint32 set, guint part)
{
    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        if (trial->set == minimise_close(&search->problem, set & ~((guint32)1 << part)))
            return trial->trial == TRIAL_PASSES;
    }
    return false;
}

bool search_passed_without(const Search *search, guint32 set)
{
    guint32 vendors = set & search->problem.vendors, its = vendors;
    bool passed = false;

    if (count_bits(vendors) != 1 || json_string(search->failure->finding, "subject", NULL))
        return true;
    for (guint i = 0; i < search->parts->len; i++)
        if (part_at(search, i)->owner && vendors >> (part_at(search, i)->owner - 1) & 1)
            its |= set & (guint32)1 << i;
    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        passed |= trial->trial == TRIAL_PASSES && (its & ~trial->set) != 0;
    }
    return passed;
}

/* `, since cedar 1.3 and birch 1.8`. */
static void append_products(GString *text, const Search *search, guint32 set)
{
    const char *before = ", since ";

    for (guint i = 0; i < search->parts->len; i++) {
        if (!part_at(search, i)->product || !(set >> i & 1) || !is_needed(search, set, i))
            continue;
        g_string_append_printf(text, "%s%s", before, part_at(search, i)->product);
        before = " and ";
    }
}

/* `cedar with dogwood, when cedar unloads first`. */
static char *verdict_text(const Search *search, const MinimiseStep *step)
{
    GString *text = g_string_new(NULL);

    if (search->sum == SUM_EXPLAINS)
        g_string_append(text, "no conflict, costs that add up: ");
    append_vendors(text, search, step->set);
    if (search->reversed_trial == TRIAL_PASSES)
        g_string_append_printf(text, ", when %s %s", first_vendor(search, step->set),
                               first_does(search));
    for (guint i = 0; i < search->parts->len; i++) {
        const Part *part = part_at(search, i);
        if (part->path && step->set >> i & 1 && is_needed(search, step->set, i))
            g_string_append_printf(text, ", %s '%s'", part->fault ? "under" : "after", part->name);
    }
    append_products(text, search, step->set);
    return g_string_free(text, FALSE);
}

static void add_reason(cJSON *reasons, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_reason(cJSON *reasons, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    cJSON_AddItemToArray(reasons, cJSON_CreateString(text));
}

static void add_trials(cJSON *reasons, const Search *search)
{
    static const char *const outcomes[] = {
        [TRIAL_FAILS] = "fails in the same way",
        [TRIAL_PASSES] = "passes",
        [TRIAL_UNCLEAR] = "says nothing clear",
    };
    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);
        append_vendors(text, search, trial->set);
        append_missing(text, search, trial->set);
        text->str[0] = g_ascii_toupper(text->str[0]);
        add_reason(reasons, "%s: %s (%s).", text->str, outcomes[trial->trial], trial->id);
    }
    if (search->reversed_trial == TRIAL_FAILS)
        add_reason(reasons, "In the other order it fails as well (%s).", search->reversed_id);
    if (search->reversed_trial == TRIAL_PASSES)
        add_reason(reasons, "In the other order it passes (%s).", search->reversed_id);
}

/* The module that the bugcheck names may belong to a vendor that it fails without. */
static void add_innocent(cJSON *reasons, const Search *search, guint32 set)
{
    const cJSON *crash = cJSON_GetObjectItemCaseSensitive(search->failure->finding, "bugcheck");
    const char *module = json_string(crash, "module", NULL);

    for (guint i = 0; module && i < search->parts->len; i++) {
        const char *name = part_at(search, i)->vendor;
        const Vendor *vendor = name ? g_hash_table_lookup(search->vendors, name) : NULL;
        if (vendor && !(set >> i & 1) && vendor_module(vendor, module))
            add_reason(reasons, "The bugcheck names %s of %s, but it comes without %s as well.",
                       module, name, name);
    }
}

/* Whether any other case than the one that failed has said something. */
static bool has_learned(const Search *search)
{
    for (guint i = 0; i < search->tried->len; i++)
        if (!g_str_equal(((const SearchTrial *)search->tried->pdata[i])->id, search->origin->id))
            return true;
    return false;
}

/* Whether the case without any vendor was tried, and said nothing. */
static bool nobody_is_unclear(const Search *search)
{
    bool unclear = false;

    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        unclear |= trial->set == 0 && trial->trial == TRIAL_UNCLEAR;
    }
    return unclear;
}

/* How sure it is, and whether the set is named at all: else the first judgement stays. Updates,
 * faults and versions that are not settled take nothing from what is known of the vendors. */
static Confidence judge(const Search *search, const MinimiseStep *step, bool *ret_named)
{
    guint32 vendors = step->set & search->problem.vendors;
    bool several = count_bits(vendors) > 1;
    bool complete = step->whose && (!several || step->parties);
    bool smaller = vendors != search->problem.vendors;
    bool passed = search_passed_without(search, step->set);

    *ret_named = (complete && passed) || smaller || search->sum == SUM_EXPLAINS;
    if (vendors == 0 || search->sum == SUM_EXPLAINS)
        return CONFIDENCE_UNKNOWN;
    if (search->sum == SUM_UNKNOWN || (!passed && nobody_is_unclear(search)))
        return CONFIDENCE_LOW;
    if (complete && passed)
        return CONFIDENCE_HIGH;
    return smaller && !several ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}

/* What the sum of each one's cost says of several vendors. */
static void add_sum(cJSON *reasons, const Search *search)
{
    static const char *const meanings[] = {
        [SUM_EXPLAINS] = "A limit holds for all products of a case together, and what each one "
                         "costs alone explains what they cost",
        [SUM_EXCEEDED] = "Together they cost more than each one alone adds up to",
        [SUM_UNKNOWN] = "Whether they cost more than each one alone adds up to cannot be told",
    };
    if (search->sum != SUM_UNASKED)
        add_reason(reasons, "%s: %s.", meanings[search->sum], search->sum_text);
}

/* Updates and faults of the set of which is not known whether it takes them. */
static void add_unsettled(cJSON *reasons, const Search *search, guint32 set)
{
    for (guint i = 0; i < search->parts->len; i++)
        if (part_at(search, i)->path && set >> i & 1 && !is_needed(search, set, i))
            add_reason(reasons, "Whether it takes '%s' is not known.", part_at(search, i)->name);
}

static cJSON *first_vendors(const Failure *failure)
{
    const cJSON *vendors = cJSON_GetObjectItemCaseSensitive(failure->finding, "vendors");
    return vendors ? cJSON_Duplicate(vendors, true) : cJSON_CreateArray();
}

static cJSON *named_vendors(const Search *search, guint32 set)
{
    cJSON *vendors = cJSON_CreateArray();
    for (guint i = 0; i < search->parts->len; i++)
        if (part_at(search, i)->vendor && set >> i & 1)
            cJSON_AddItemToArray(vendors, cJSON_CreateString(part_at(search, i)->name));
    return vendors;
}

static void add_first_reasons(cJSON *reasons, const Failure *failure)
{
    const cJSON *reason;
    cJSON_ArrayForEach (reason, cJSON_GetObjectItemCaseSensitive(failure->finding, "reasons"))
        if (cJSON_IsString(reason))
            cJSON_AddItemToArray(reasons, cJSON_CreateString(reason->valuestring));
}

static cJSON *experiments_json(const Search *search)
{
    static const char *const outcomes[] = {
        [TRIAL_FAILS] = "fails", [TRIAL_PASSES] = "passes", [TRIAL_UNCLEAR] = "unclear"};
    cJSON *list = cJSON_CreateArray();

    for (guint i = 0; i < search->tried->len; i++) {
        const SearchTrial *trial = search->tried->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "case", trial->id);
        cJSON_AddStringToObject(item, "outcome", outcomes[trial->trial]);
        cJSON_AddItemToArray(list, item);
    }
    if (search->reversed_trial != TRIAL_UNTRIED) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "case", search->reversed_id);
        cJSON_AddStringToObject(item, "outcome", outcomes[search->reversed_trial]);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

void search_conclude(const Search *search, const MinimiseStep *step, Journal *journal,
                     const char *case_id, const Failure *failure)
{
    if (!has_learned(search))
        return;
    cJSON *record = journal_record(journal, "blame");
    cJSON *reasons = cJSON_CreateArray();
    bool named;
    Confidence confidence = judge(search, step, &named);
    g_autofree char *verdict = named ? verdict_text(search, step) : NULL;

    if (verdict)
        add_reason(reasons, "By experiment: %s (%u extra %s; known %.1f s after the failure).",
                   verdict, search->extra, search->extra == 1 ? "case" : "cases",
                   clock_elapsed_ms(search->began) / 1000.0);
    add_trials(reasons, search);
    add_sum(reasons, search);
    if (named) {
        add_innocent(reasons, search, step->set);
        add_unsettled(reasons, search, step->set);
    }
    if (!step->done)
        add_reason(reasons, "The search ended before it was complete: no more experiments were "
                            "allowed.");
    else if (!named)
        add_reason(reasons, "The experiments do not tell whose it is.");
    add_first_reasons(reasons, failure);

    cJSON_AddStringToObject(record, "case", case_id);
    cJSON_AddNumberToObject(record, "attempt", failure->attempt);
    cJSON_AddStringToObject(record, "finding", json_string(failure->finding, "id", ""));
    guint32 blamed = search->sum == SUM_EXPLAINS ? 0 : step->set;
    cJSON_AddItemToObject(record, "vendors",
                          named ? named_vendors(search, blamed) : first_vendors(failure));
    bool nobody = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(record, "vendors")) == 0;
    cJSON_AddStringToObject(record, "confidence",
                            confidence_name(nobody ? CONFIDENCE_UNKNOWN : confidence));
    json_add_text(record, "verdict", verdict);
    cJSON_AddItemToObject(record, "reasons", reasons);
    cJSON_AddItemToObject(record, "experiments", experiments_json(search));
    cJSON_AddNumberToObject(record, "extra_cases", search->extra);
    cJSON_AddNumberToObject(record, "duration_ms", clock_elapsed_ms(search->began));
    journal_write(journal, record);
}
