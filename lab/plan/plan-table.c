/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan as a table for people.
 */
#include "plan/plan-table.h"

#include <string.h>

#include "plan/plan-case.h"
#include "plan/plan-choose.h"

enum { NUMBER, TEST, GUEST, VENDORS, PARAMETERS, TIME, WHY, COLUMNS };

#define WHY_LEAST 20 /* characters that a reason keeps, however narrow the terminal */

static const char *const headings[COLUMNS] = {"#",          "test", "guest", "vendors",
                                              "parameters", "time", "why"};

char *plan_time_text(double seconds)
{
    guint64 minutes = (guint64)(seconds / 60 + 0.5);

    if (seconds < 100)
        return g_strdup_printf("%.0f s", seconds);
    if (minutes < 100)
        return g_strdup_printf("%" G_GUINT64_FORMAT " min", minutes);
    return g_strdup_printf("%" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min", minutes / 60,
                           minutes % 60);
}

/* The parameters have a column of their own. */
static char *why_without(const char *why, const char *parameters)
{
    g_autofree char *with = g_strdup_printf("; with %s", parameters);
    const char *at = *parameters ? strstr(why, with) : NULL;

    return at ? g_strdup_printf("%.*s%s", (int)(at - why), why, at + strlen(with)) : g_strdup(why);
}

static char *parameters_of(const PlanCase *plan_case, const char *separator)
{
    return plan_case->test ? plan_case_parameters_text(plan_case->test, plan_case, separator)
                           : g_strdup("");
}

/* The cells of one line; the caller frees them. */
static char **make_cells(const PlanCase *plan_case, guint number)
{
    char **cells = g_new0(char *, COLUMNS + 1);
    g_autofree char *parameters = parameters_of(plan_case, ", ");
    g_autofree char *vendors = plan_names_text(plan_case->vendors, " + ");

    cells[NUMBER] = g_strdup_printf("%u", number);
    cells[TEST] = g_strdup(plan_case->test_name);
    cells[GUEST] = g_strdup(plan_case->guest);
    cells[VENDORS] = g_strdup(*vendors ? vendors : "none");
    cells[PARAMETERS] = parameters_of(plan_case, " ");
    cells[TIME] = plan_case->expected_s > 0 ? plan_time_text(plan_case->expected_s) : g_strdup("");
    cells[WHY] = why_without(plan_case->why, parameters);
    return cells;
}

static void append_line(GString *out, char *const *cells, const guint *widths, guint width)
{
    guint used = 0;

    for (guint c = 0; c < WHY; c++) {
        if (widths[c] == 0)
            continue; /* no line has anything there */
        int padding = (int)(widths[c] - (guint)g_utf8_strlen(cells[c], -1));
        if (c == NUMBER)
            g_string_append_printf(out, "%*s%s  ", padding, "", cells[c]);
        else
            g_string_append_printf(out, "%s%*s  ", cells[c], padding, "");
        used += widths[c] + 2;
    }
    guint room = width == 0 ? G_MAXUINT : MAX(width > used ? width - used : 0, WHY_LEAST);
    if (g_utf8_strlen(cells[WHY], -1) <= (glong)room) {
        g_string_append_printf(out, "%s\n", cells[WHY]);
        return;
    }
    g_autofree char *cut = g_utf8_substring(cells[WHY], 0, (glong)room - 1);
    g_string_append_printf(out, "%s…\n", cut);
}

static void append_summary(GString *out, const Plan *plan)
{
    guint none = 0, alone = 0;
    double seconds = 0;
    bool known = false;

    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        none += plan_case->vendors->len == 0;
        alone += plan_case->vendors->len == 1;
        seconds += plan_case_seconds(plan_case);
        known |= plan_case->expected_s > 0;
    }
    g_string_append_printf(out, "%u %s: %u without vendors, %u with one alone, %u with several",
                           plan->cases->len, plan->cases->len == 1 ? "case" : "cases", none, alone,
                           plan->cases->len - none - alone);
    if (known) {
        g_autofree char *time = plan_time_text(seconds);
        g_string_append_printf(out, "; about %s one after the other", time);
    }
    g_string_append_c(out, '\n');
}

char *plan_table(const Plan *plan, guint width, double budget_s)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    guint widths[COLUMNS] = {0}, fits = plan_fits(plan, budget_s);

    for (guint i = 0; i < plan->cases->len; i++) {
        char **cells = make_cells(g_ptr_array_index(plan->cases, i), i + 1);
        g_ptr_array_add(lines, cells);
        for (guint c = 0; c < WHY; c++)
            widths[c] = MAX(widths[c], (guint)g_utf8_strlen(cells[c], -1));
    }
    for (guint c = 0; c < WHY; c++)
        widths[c] = widths[c] ? MAX(widths[c], (guint)strlen(headings[c])) : 0;
    append_line(out, (char *const *)headings, widths, width);
    for (guint i = 0; i < lines->len; i++) {
        if (budget_s > 0 && i == fits) {
            g_autofree char *time = plan_time_text(budget_s);
            g_string_append_printf(out, "--- %s end about here\n", time);
        }
        append_line(out, g_ptr_array_index(lines, i), widths, width);
    }
    append_summary(out, plan);
    return g_string_free(out, FALSE);
}
