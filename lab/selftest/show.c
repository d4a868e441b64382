/* SPDX-License-Identifier: GPL-2.0-or-later
 * The selftest's verdicts as a table, as a sentence and as JSON.
 */
#include "selftest/selftest.h"

#include "util/json.h"

static char *joined(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? "+" : "", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

static const char *module_of(const ResultFinding *finding)
{
    return finding && finding->bugcheck ? finding->bugcheck->module : NULL;
}

static const char *code_of(const ResultFinding *finding)
{
    return finding && finding->bugcheck ? finding->bugcheck->code : NULL;
}

/* `0xCE`, as people write a stop code. Free with g_free(). */
static char *short_code(const ResultFinding *finding)
{
    const char *code = code_of(finding);

    return code ? g_strdup_printf("0x%" G_GINT64_MODIFIER "X", g_ascii_strtoull(code, NULL, 16))
                : NULL;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void add_line(GString *text, const SelftestRow *row)
{
    const ResultFinding *finding = row->finding;
    g_autofree char *blamed = finding ? joined(finding->vendors) : NULL;
    g_autofree char *boots =
        finding && finding->boots ? g_strdup_printf("%u", finding->boots) : g_strdup("-");
    g_autofree char *code = short_code(finding);
    g_autofree char *seconds =
        row->cases ? g_strdup_printf("%.0f", (double)row->duration_ms / 1000.0) : g_strdup("-");

    g_string_append_printf(text, "%-28s %-7s %-15s %-16s %-13s %-5s %5s %5u %7s  %s\n", row->test,
                           selftest_verdict_name(row->verdict),
                           or_dash(finding ? finding->kind : NULL), or_dash(blamed),
                           or_dash(module_of(finding)), or_dash(code), boots, row->extra, seconds,
                           row->reason ? row->reason : "");
}

static bool is_fault(const SelftestRow *row)
{
    return row->fault && !row->twin;
}

char *selftest_table(const Selftest *selftest)
{
    GString *text = g_string_new(NULL);

    for (int healthy = 0; healthy <= 1; healthy++) {
        g_string_append_printf(text, "%s%-28s %-7s %-15s %-16s %-13s %-5s %5s %5s %7s\n",
                               healthy ? "\n" : "", healthy ? "HEALTHY" : "FAULT", "VERDICT",
                               "KIND", "BLAMED", "MODULE", "CODE", "BOOTS", "EXTRA", "SECONDS");
        for (guint i = 0; i < selftest->rows->len; i++) {
            const SelftestRow *row = selftest->rows->pdata[i];
            if (is_fault(row) != healthy)
                add_line(text, row);
        }
    }
    return g_string_free(text, FALSE);
}

static guint count_faults(const Selftest *selftest)
{
    guint count = 0;

    for (guint i = 0; i < selftest->rows->len; i++)
        count += is_fault(selftest->rows->pdata[i]);
    return count;
}

char *selftest_sentence(const Selftest *selftest)
{
    const guint *counts = selftest->counts;
    guint faults = count_faults(selftest);

    return g_strdup_printf(
        "%s on %s: %u of %u faults found and rightly blamed (%u open, %u wrong), "
        "%u of %u healthy twins and controls quiet, %u errors: %s",
        selftest->part ? "part of the selftest" : "selftest", selftest->guest,
        counts[SELFTEST_FOUND], faults, counts[SELFTEST_OPEN], counts[SELFTEST_WRONG],
        counts[SELFTEST_QUIET], selftest->rows->len - faults, counts[SELFTEST_ERROR],
        selftest_passed(selftest) ? "passed" : "not passed");
}

static void add_names(cJSON *object, const char *name, const GPtrArray *names)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    for (guint i = 0; i < names->len; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(names->pdata[i]));
}

static void add_expected(cJSON *object, const SelftestRow *row)
{
    cJSON *expected = cJSON_AddObjectToObject(object, "expected");
    cJSON *vendors;

    cJSON_AddStringToObject(expected, "kind", row->fault->kind);
    add_names(expected, "vendors", row->fault->with);
    vendors = cJSON_GetObjectItem(expected, "vendors");
    cJSON_InsertItemInArray(vendors, 0, cJSON_CreateString(row->vendor->name));
    json_add_text(expected, "module", row->fault->module);
}

static void add_found(cJSON *object, const ResultFinding *finding)
{
    if (!finding) {
        cJSON_AddNullToObject(object, "finding");
        return;
    }
    cJSON *found = cJSON_AddObjectToObject(object, "finding");
    cJSON_AddStringToObject(found, "kind", finding->kind);
    add_names(found, "vendors", finding->vendors);
    json_add_text(found, "module", module_of(finding));
    json_add_text(found, "code", code_of(finding));
    cJSON_AddStringToObject(found, "confidence", finding->confidence);
    add_names(found, "reasons", finding->reasons);
    cJSON_AddStringToObject(found, "summary", finding->summary);
    cJSON_AddNumberToObject(found, "boots", finding->boots);
}

static cJSON *row_json(const SelftestRow *row)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "test", row->test);
    cJSON_AddStringToObject(object, "verdict", selftest_verdict_name(row->verdict));
    json_add_text(object, "reason", row->reason);
    if (is_fault(row))
        add_expected(object, row);
    add_found(object, row->finding);
    cJSON_AddNumberToObject(object, "cases", row->cases);
    cJSON_AddNumberToObject(object, "extra_cases", row->extra);
    cJSON_AddNumberToObject(object, "duration_ms", (double)row->duration_ms);
    return object;
}

static gint64 duration_ms(const Selftest *selftest)
{
    gint64 sum = 0;

    for (guint i = 0; i < selftest->results->len; i++)
        sum += ((const Result *)selftest->results->pdata[i])->duration_ms;
    return sum;
}

cJSON *selftest_json(const Selftest *selftest)
{
    const Result *last = selftest->results->pdata[selftest->results->len - 1];
    const ResultGuest *guest = last->guests->pdata[0];
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", 1);
    cJSON_AddStringToObject(object, "guest", selftest->guest);
    json_add_text(object, "image_sha256", guest->image_sha256);
    json_add_text(object, "truce", last->truce);
    cJSON *runs = cJSON_AddArrayToObject(object, "runs");
    for (guint i = 0; i < selftest->results->len; i++)
        cJSON_AddItemToArray(
            runs, cJSON_CreateString(((const Result *)selftest->results->pdata[i])->run));
    json_add_text(object, "time", last->ended ? last->ended : last->began);
    cJSON_AddBoolToObject(object, "quick", selftest->part);
    cJSON_AddBoolToObject(object, "passed", selftest_passed(selftest));
    cJSON_AddNumberToObject(object, "duration_ms", (double)duration_ms(selftest));
    cJSON_AddNumberToObject(object, "faults_tried", count_faults(selftest));
    cJSON_AddNumberToObject(object, "healthy_tried", selftest->rows->len - count_faults(selftest));
    cJSON *counts = cJSON_AddObjectToObject(object, "counts");
    for (int i = 0; i < SELFTEST_VERDICTS; i++)
        cJSON_AddNumberToObject(counts, selftest_verdict_name(i), selftest->counts[i]);
    cJSON *faults = cJSON_AddArrayToObject(object, "faults");
    cJSON *healthy = cJSON_AddArrayToObject(object, "healthy");
    for (guint i = 0; i < selftest->rows->len; i++) {
        const SelftestRow *row = selftest->rows->pdata[i];
        cJSON_AddItemToArray(is_fault(row) ? faults : healthy, row_json(row));
    }
    return object;
}
