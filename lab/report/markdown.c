/* SPDX-License-Identifier: GPL-2.0-or-later
 * The summary for a pull request, in Markdown as GitHub and GitLab read it. Whatever a guest or a
 * user wrote stands in code spans, where nothing is markup, a link or a mention. Bounded, because
 * comments are: GitHub takes 65536 characters.
 */
#include "report/report.h"

#include <string.h>

#include "report/clean.h"
#include "report/finding-text.h"
#include "util/text.h"

#define GROUPS_MAX 20
#define CASES_MAX 5 /* of a group */
#define UNTESTED_MAX 20
#define TEXT_BYTES_MAX 300

typedef struct {
    const ResultFinding *finding; /* the first */
    GPtrArray *ids;               /* of char*: its cases */
} Group;

static void group_free(gpointer data)
{
    Group *group = data;
    g_ptr_array_unref(group->ids);
    g_free(group);
}

/* A code span ends at a run of as many backticks as began it, so one more than the text has. */
static void append_code(GString *out, const char *value)
{
    g_autofree char *line = clean_line(value);
    g_autofree char *text = text_printable(line, strlen(line), TEXT_BYTES_MAX);
    gsize run = 0, longest = 0;

    for (const char *at = text; *at; at++) {
        run = *at == '`' ? run + 1 : 0;
        longest = MAX(longest, run);
    }
    g_autofree char *fence = g_strnfill(longest + 1, '`');
    const char *pad = longest > 0 || *text == '\0' ? " " : "";
    g_string_append_printf(out, "%s%s%s%s%s", fence, pad, text, pad, fence);
}

static GPtrArray *group_findings(const Result *result)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_autoptr(GHashTable) by_signature =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        const ResultAttempt *deciding = result_deciding_attempt(one);
        for (guint j = 0; deciding && j < deciding->findings->len; j++) {
            const ResultFinding *finding = deciding->findings->pdata[j];
            char *signature = finding_signature(finding);
            Group *group = g_hash_table_lookup(by_signature, signature);
            if (!group) {
                group = g_new0(Group, 1);
                group->finding = finding;
                group->ids = g_ptr_array_new();
                g_ptr_array_add(groups, group);
            }
            g_hash_table_insert(by_signature, signature, group);
            g_ptr_array_add(group->ids, one->id);
        }
    }
    return groups;
}

static void append_more(GString *out, const char *indent, guint all, guint told)
{
    if (all > told)
        g_string_append_printf(out, "%s- and %u more\n", indent, all - told);
}

static void append_findings(GString *out, const Result *result)
{
    g_autoptr(GPtrArray) groups = group_findings(result);

    if (groups->len > 0)
        g_string_append(out, "\n### Findings\n\n");
    for (guint i = 0; i < MIN(groups->len, GROUPS_MAX); i++) {
        const Group *group = groups->pdata[i];
        g_autofree char *blame = finding_blame(group->finding);
        g_string_append_printf(out, "- **%s**, blame ", group->finding->kind);
        append_code(out, blame);
        g_string_append(out, ": ");
        append_code(out, group->finding->summary);
        g_string_append_c(out, '\n');
        for (guint j = 0; j < MIN(group->ids->len, CASES_MAX); j++) {
            g_string_append(out, "  - ");
            append_code(out, group->ids->pdata[j]);
            g_string_append_c(out, '\n');
        }
        append_more(out, "  ", group->ids->len, CASES_MAX);
    }
    append_more(out, "", groups->len, GROUPS_MAX);
}

static void append_requirement(GString *out, const ResultRequirement *requirement)
{
    guint told = 0, against = 0;

    g_string_append_printf(out, "- **%s** ", requirement_state_name(requirement->state));
    append_code(out, requirement->id);
    if (requirement->title && *requirement->title != '\0') {
        g_string_append(out, ": ");
        append_code(out, requirement->title);
    }
    g_string_append_c(out, '\n');
    for (guint i = 0; i < requirement->cases->len; i++) {
        const ResultCase *one = requirement->cases->pdata[i];
        if (one->state == CASE_PASSED || ++against > CASES_MAX)
            continue;
        told++;
        g_string_append(out, "  - ");
        append_code(out, one->id);
        g_string_append_printf(out, ": %s\n", case_state_name(one->state));
    }
    append_more(out, "  ", against, told);
}

/* All are counted; those that are not met, then those that are not tested, are told. */
static void append_requirements(GString *out, const Result *result)
{
    static const RequirementState order[] = {REQUIREMENT_NOT_MET, REQUIREMENT_NOT_TESTED};
    guint counts[REQUIREMENT_STATES] = {0}, told = 0;

    if (result->requirements->len == 0)
        return;
    for (guint i = 0; i < result->requirements->len; i++)
        counts[((const ResultRequirement *)result->requirements->pdata[i])->state]++;
    g_string_append_printf(out, "\n### Requirements\n\n%u met, %u not met, %u not tested.\n\n",
                           counts[REQUIREMENT_MET], counts[REQUIREMENT_NOT_MET],
                           counts[REQUIREMENT_NOT_TESTED]);
    for (guint i = 0; i < G_N_ELEMENTS(order); i++)
        for (guint j = 0; j < result->requirements->len && told < UNTESTED_MAX; j++) {
            const ResultRequirement *requirement = result->requirements->pdata[j];
            if (requirement->state != order[i])
                continue;
            append_requirement(out, requirement);
            told++;
        }
    append_more(out, "", counts[REQUIREMENT_NOT_MET] + counts[REQUIREMENT_NOT_TESTED], told);
}

static bool is_untested(const ResultCase *one)
{
    return one->state == CASE_ERROR || one->state == CASE_SKIPPED || one->state == CASE_NOT_RUN;
}

static void append_untested(GString *out, const Result *result)
{
    guint count = 0;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        if (!is_untested(one) || ++count > UNTESTED_MAX)
            continue;
        g_string_append(out, count == 1 ? "\n### Not tested\n\n- " : "- ");
        append_code(out, one->id);
        g_string_append_printf(out, ": %s", case_state_name(one->state));
        if (one->reason) {
            g_string_append(out, ", ");
            append_code(out, one->reason);
        }
        g_string_append_c(out, '\n');
    }
    append_more(out, "", count, UNTESTED_MAX);
}

static void append_counts(GString *out, const Result *result)
{
    g_string_append(out, "\n| cases |");
    for (guint i = 0; i < CASE_STATES; i++)
        g_string_append_printf(out, " %s |", case_state_name((CaseState)i));
    g_string_append(out, " findings |\n|--:|");
    for (guint i = 0; i <= CASE_STATES; i++)
        g_string_append(out, "--:|");
    g_string_append_printf(out, "\n| %u |", result->cases->len);
    for (guint i = 0; i < CASE_STATES; i++)
        g_string_append_printf(out, " %u |", result->counts[i]);
    g_string_append_printf(out, " %u |\n", result->findings);
}

char *report_summary_markdown(const Result *result)
{
    static const char *const signs[] = {"✅", "❌", "⚠️", "⚠️", "⚠️"};
    int status = result_exit_status(result);
    g_autofree char *verdict = result_verdict(result);
    g_autofree char *duration = duration_text(result->duration_ms);
    g_autofree char *reuse = result_reuse_text(result);
    GString *out = g_string_new("## ");

    g_string_append_printf(out, "%s Truce: ", signs[MIN(status, (int)G_N_ELEMENTS(signs) - 1)]);
    append_code(out, result->scenario);
    g_string_append(out, "\n\n");
    append_code(out, verdict);
    g_string_append_c(out, '\n');
    append_counts(out, result);
    append_requirements(out, result);
    append_findings(out, result);
    append_untested(out, result);
    g_string_append(out, "\nRun ");
    append_code(out, result->run);
    g_string_append_printf(out, ", %s%s%s.\n", duration, reuse ? "; " : "", reuse ? reuse : "");
    for (guint i = 0; i < result->guests->len; i++) {
        const ResultGuest *guest = result->guests->pdata[i];
        g_autofree char *selftest = result_selftest_text(guest);
        g_string_append(out, "\nLast selftest on ");
        append_code(out, guest->name);
        g_string_append(out, ": ");
        append_code(out, selftest);
        g_string_append(out, ".\n");
        if (*guest->limits == '\0')
            continue;
        g_string_append(out, "\nWhat a pass on ");
        append_code(out, guest->name);
        g_string_append(out, " does not show: ");
        append_code(out, guest->limits);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
