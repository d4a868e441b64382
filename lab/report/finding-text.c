/* SPDX-License-Identifier: GPL-2.0-or-later
 * A finding in words.
 */
#include "report/finding-text.h"

#include <string.h>

const char *finding_between(const char *confidence)
{
    return g_str_equal(confidence, "high") ? " with " : " or ";
}

char *finding_blame(const ResultFinding *finding)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *between = finding_between(finding->confidence);

    if (finding->vendors->len == 0)
        return g_strdup("unknown");
    for (guint i = 0; i < finding->vendors->len; i++)
        g_string_append_printf(text, "%s%s", i ? between : "",
                               (const char *)finding->vendors->pdata[i]);
    g_string_append_printf(text, " (%s)", finding->confidence);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *finding_place(const ResultFinding *finding)
{
    const ResultBugcheck *bugcheck = finding->bugcheck;

    if (!bugcheck || !bugcheck->module)
        return NULL;
    return bugcheck->offset ? g_strdup_printf("%s+%s", bugcheck->module, bugcheck->offset)
                            : g_strdup(bugcheck->module);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `probe alder status`: of the step its kind alone, what stands behind it are versions and times.
 */
static char *what_failed(const ResultFinding *finding)
{
    const char *step = finding->step_name ? finding->step_name : "";
    GString *text = g_string_new_len(step, (gssize)strcspn(step, " "));

    if (finding->subject)
        g_string_append_printf(text, " %s", finding->subject);
    if (finding->about)
        g_string_append_printf(text, " %s", finding->about);
    return g_string_free(text, FALSE);
}

char *finding_signature(const ResultFinding *finding)
{
    const ResultBugcheck *bugcheck = finding->bugcheck;
    g_autoptr(GPtrArray) vendors = g_ptr_array_copy(finding->vendors, NULL, NULL);
    g_autofree char *module = NULL, *names = NULL;

    if (bugcheck && bugcheck->module)
        module = g_ascii_strdown(bugcheck->module, -1);
    g_ptr_array_sort(vendors, compare_names);
    g_ptr_array_add(vendors, NULL);
    names = g_strjoinv("+", (char **)vendors->pdata);
    g_autofree char *what = module ? NULL : what_failed(finding);
    return g_strdup_printf("%s|%s|%s|%s%s%s", finding->kind, bugcheck ? bugcheck->code : "",
                           module ? module : "", names, what ? "|" : "", what ? what : "");
}

char *finding_recovery(const ResultFinding *finding)
{
    const ResultRecovery *recovery = finding->recovery;

    if (!recovery)
        return NULL;
    g_autofree char *duration = duration_text(recovery->duration_ms);
    return g_strdup_printf("%s, %s, %u reboot%s%s%s", recovery->grade, duration, recovery->reboots,
                           recovery->reboots == 1 ? "" : "s", *recovery->text ? ": " : "",
                           recovery->text);
}

char *duration_text(gint64 milliseconds)
{
    gint64 seconds = milliseconds / 1000;

    if (seconds < 60)
        return g_strdup_printf("%" G_GINT64_FORMAT ".%d s", seconds,
                               (int)(milliseconds % 1000 / 100));
    return g_strdup_printf("%" G_GINT64_FORMAT " min %02d s", seconds / 60, (int)(seconds % 60));
}
