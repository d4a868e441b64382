/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a journal holds, folding it ends with a result that adds up and whose text
 * is clean, or with one line at a place. The plan has the cases of the golden run folders.
 */
#include <stdint.h>
#include <string.h>

#include "report/report.h"
#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const cases[] = {
    "boot/reference",
    "boot/reference/alder",
    "boot/reference/birch",
    "probe/reference/birch",
    "evil/reference/alder",
    "alone/reference",
    "alone/reference/alder",
    "bad-content/reference/alder+birch/content=3",
    "bad-content/reference/birch+alder/content=3",
    "good-content/reference/alder+birch/content=2",
    "driver-verifier/reference/alder",
};

static char *make_plan(void)
{
    GString *plan = g_string_new("{\"format\":1,\"cases\":[");

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_string_append_printf(plan, "%s{\"id\":\"%s\",\"test\":\"t\",\"guest\":\"g\"}",
                               i ? "," : "", cases[i]);
    g_string_append(plan, "]}");
    return g_string_free(plan, FALSE);
}

static void check_result(const Result *result)
{
    g_autofree char *summary = report_summary_text(result);
    guint sum = 0;

    for (guint i = 0; i < CASE_STATES; i++)
        sum += result->counts[i];
    g_assert_cmpuint(sum, ==, result->cases->len);
    g_assert_cmpint(result->reuse.spared_ms, >=, 0);
    g_assert_true(g_utf8_validate(summary, -1, NULL));
    for (const char *at = summary; *at; at = g_utf8_next_char(at))
        g_assert_true(*at == '\n' || !g_unichar_iscntrl(g_utf8_get_char(at)));
    if (result_exit_status(result) == TRUCE_EXIT_PASSED)
        g_assert_cmpuint(result->counts[CASE_PASSED], >, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *plan = make_plan();
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;

    if (result_parse(plan, strlen(plan), (const char *)data, size, &result, &error)) {
        g_assert_no_error(error);
        check_result(result);
        return 0;
    }
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "journal.ndjson:"));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return 0;
}
