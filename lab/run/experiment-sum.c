/* SPDX-License-Identifier: GPL-2.0-or-later
 * Costs of several vendors, together and alone.
 */
#include "run/experiment-sum.h"

#include <math.h>
#include <string.h>

#include "run/compare.h"
#include "run/findings.h"

SumVerdict sum_compare(const SumCost *together, const SumCost *alone, guint count)
{
    SumCost sum = {0};

    for (guint i = 0; i < count; i++) {
        sum.low += alone[i].low;
        sum.high += alone[i].high;
    }
    if (!isfinite(sum.low) || !isfinite(sum.high) || !isfinite(together->low))
        return SUM_UNKNOWN;
    if (together->low > sum.high)
        return SUM_EXCEEDED;
    return together->estimate <= sum.high ? SUM_EXPLAINS : SUM_UNKNOWN;
}

static double number(const cJSON *record, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(record, name);
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

static SumCost cost_of(const cJSON *comparison)
{
    return (SumCost){number(comparison, "estimate"), number(comparison, "low"),
                     number(comparison, "high")};
}

/* Not so where the host was busy, or where it levelled off: then the interval means little. */
static bool is_sound(const cJSON *comparison)
{
    return !g_str_equal(json_string(comparison, "verdict", ""), "inconclusive") ||
           g_str_equal(json_string(comparison, "reason", ""), COMPARE_SCATTERS);
}

/* What the case with one vendor alone cost, in the same measurement of the same step. */
static bool cost_alone(const char *run_folder, const char *case_id, const cJSON *comparison,
                       SumCost *ret_cost)
{
    g_autoptr(GPtrArray) records = timeline_read(run_folder, case_id, "comparison");

    for (guint i = 0; i < records->len; i++) {
        const cJSON *record = records->pdata[i];
        if (g_strcmp0(json_string(record, "step", ""), json_string(comparison, "step", "")) != 0 ||
            g_strcmp0(json_string(record, "name", ""), json_string(comparison, "name", "")) != 0 ||
            !is_sound(record))
            continue;
        *ret_cost = cost_of(record);
        return true;
    }
    return false;
}

static void append_cost(GString *text, const SumCost *cost)
{
    g_string_append_printf(text, "%.3g (%.3g to %.3g)", cost->estimate, cost->low, cost->high);
}

/* `processor time in % of a processor: alder alone 9.3 (7.9 to 13.7), birch alone 19 (15.6 to
 * 22.7), that makes 28.3 (23.5 to 36.4); together 31.9 (21.7 to 45.5)` */
static SumVerdict judge_one(const char *run_folder, const cJSON *comparison, const GArray *parts,
                            GString *text)
{
    SumCost together = cost_of(comparison), sum = {0};
    g_autofree SumCost *alone = g_new0(SumCost, parts->len);

    g_string_printf(text, "%s in %s: ", json_string(comparison, "name", ""),
                    json_string(comparison, "unit", ""));
    for (guint i = 0; i < parts->len; i++) {
        const SumPart *part = &g_array_index(parts, SumPart, i);
        if (!cost_alone(run_folder, part->case_id, comparison, &alone[i])) {
            g_string_append_printf(text, "what %s costs alone is not known", part->vendor);
            return SUM_UNKNOWN;
        }
        g_string_append_printf(text, "%s alone ", part->vendor);
        append_cost(text, &alone[i]);
        g_string_append(text, ", ");
        sum.estimate += alone[i].estimate;
        sum.low += alone[i].low;
        sum.high += alone[i].high;
    }
    g_string_append(text, "that makes ");
    append_cost(text, &sum);
    g_string_append(text, "; together ");
    append_cost(text, &together);
    return sum_compare(&together, alone, parts->len);
}

/* Whether a comparison of the step that failed is what the finding tells of. */
static bool is_meant(const cJSON *comparison, const cJSON *finding)
{
    const char *about = json_string(finding, "about", NULL);

    return g_str_equal(json_string(comparison, "verdict", ""), "exceeded") &&
           g_str_equal(json_string(comparison, "step", ""), json_string(finding, "step", "")) &&
           (!about || g_str_equal(json_string(comparison, "name", ""), about));
}

/* There is at most one: what exceeded its limit first ends the step. */
static cJSON *comparison_of(const char *run_folder, const char *case_id, const cJSON *finding)
{
    g_autoptr(GPtrArray) records = timeline_read(run_folder, case_id, "comparison");

    for (guint i = 0; i < records->len; i++)
        if (is_meant(records->pdata[i], finding))
            return cJSON_Duplicate(records->pdata[i], true);
    return NULL;
}

SumVerdict sum_judge(const char *run_folder, const Failure *failure, const char *case_id,
                     const GArray *parts, char **ret_text)
{
    const char *about = json_string(failure->finding, "about", "");
    g_autoptr(GString) text = g_string_new(NULL);
    SumVerdict verdict = SUM_UNKNOWN;

    if (g_str_equal(about, FINDING_BOOT_TIME) || g_str_equal(about, FINDING_DETECTION_TIME)) {
        *ret_text = g_strdup_printf("the %s is one figure without an interval", about);
        return SUM_UNKNOWN;
    }
    if (!finding_is_measured(json_string(failure->finding, "kind", "")))
        return SUM_UNASKED;
    g_autoptr(cJSON) comparison = comparison_of(run_folder, case_id, failure->finding);
    if (comparison)
        verdict = judge_one(run_folder, comparison, parts, text);
    else
        g_string_append(text, "what they cost together is not known");
    *ret_text = g_strdup(text->str);
    return verdict;
}
