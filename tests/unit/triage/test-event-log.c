/* SPDX-License-Identifier: GPL-2.0-or-later
 * Events of the System log, as wevtutil prints them.
 */
#include "triage/event-log.h"

#include <string.h>

#include "util/error.h"

#define EVENT(id, time, data)                                                                      \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"                \
    "<Provider Name='Service Control Manager'/><EventID Qualifiers='49152'>" id "</EventID>"       \
    "<TimeCreated SystemTime='" time "'/></System><EventData>" data "</EventData></Event>\r\n"

static void test_list(void)
{
    static const char text[] =
        EVENT("7034", "2026-11-22T10:31:07.5000000Z", "<Data Name='param1'>Alder\x01Svc</Data>")
            EVENT("41", "2026-11-22T10:30:00Z", "<Data Name='BugcheckCode'>0</Data>");
    g_autoptr(GPtrArray) events = NULL;
    g_autoptr(GError) error = NULL;

    /* A control character is no XML. */
    g_assert_false(event_log_parse(text, sizeof text - 1, &events, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_autofree char *good = g_strdup(text);
    *strchr(good, '\x01') = ' ';
    g_assert_true(event_log_parse(good, strlen(good), &events, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(events->len, ==, 2);
    const LogEvent *first = events->pdata[0], *second = events->pdata[1];
    g_assert_cmpuint(first->id, ==, 7034);
    g_assert_cmpstr(first->subject, ==, "Alder Svc");
    g_assert_true(event_log_is_service(first));
    g_assert_cmpint(first->us % G_USEC_PER_SEC, ==, 500000);
    g_assert_cmpint(first->us - second->us, ==, 67 * G_USEC_PER_SEC + 500000);
    g_assert_false(event_log_is_service(second));
    g_autofree char *words = event_log_text(first);
    g_assert_nonnull(strstr(words, "the service 'Alder Svc' ended"));
}

static void test_wrong(void)
{
    static const char *const texts[] = {"<Event>", "</Events><Events>", "no XML <", "<a><b></a>"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) events = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(event_log_parse(texts[i], strlen(texts[i]), &events, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

static void test_bounds(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) events = NULL;
    g_autoptr(GPtrArray) none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(event_log_parse("", 0, &none, &error));
    g_assert_cmpuint(none->len, ==, 0);
    for (guint i = 0; i < 2 * EVENT_LOG_MAX; i++)
        g_string_append(text, EVENT("99999999999", "yesterday", ""));
    g_assert_true(event_log_parse(text->str, text->len, &events, &error));
    g_assert_cmpuint(events->len, ==, EVENT_LOG_MAX);
    const LogEvent *event = events->pdata[0];
    g_assert_cmpuint(event->id, ==, G_MAXUINT16);
    g_assert_cmpint(event->us, ==, 0);
    g_assert_null(event->subject);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/event-log/list", test_list);
    g_test_add_func("/event-log/wrong", test_wrong);
    g_test_add_func("/event-log/bounds", test_bounds);
    return g_test_run();
}
