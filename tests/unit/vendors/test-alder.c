// SPDX-License-Identifier: GPL-2.0-or-later
// Alder's interpreter, built once as product 1.0 with its fault and once as 1.1 without.
#include "alder/interpreter.h"

#include <glib.h>
#include <string.h>

#include "samples.h"

static void event_set(struct alder_event *event, const char *head)
{
    char packed[EVENT_MAX_PACKED];

    g_assert_true(alder_event_set(event, packed, sample_event(packed, head)));
}

static void sample(struct content_buffer *buffer, uint32_t version)
{
    sample_content(buffer, version, "ALDER-TEST-MARKER-1", "ALDER-TEST-MARKER-2");
}

static void test_detects(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    g_autofree struct alder_event *event = g_new0(struct alder_event, 1);
    struct content content;

    sample(buffer, 1);
    g_assert_true(alder_accept(buffer->bytes, buffer->size, &content));
    event_set(event, "some ALDER-TEST-MARKER-1 text");
    g_assert_cmpuint(alder_match(&content, event->fields), ==, 1);
    event_set(event, "ALDER-TEST-MARKER-2");
    g_assert_cmpuint(alder_match(&content, event->fields), ==, 0);
    event_set(event, "BIRCH-TEST-MARKER-1");
    g_assert_cmpuint(alder_match(&content, event->fields), ==, 0);

    sample(buffer, 2);
    g_assert_true(alder_accept(buffer->bytes, buffer->size, &content));
    event_set(event, "ALDER-TEST-MARKER-2");
    g_assert_cmpuint(alder_match(&content, event->fields), ==, 2);
    event_set(event, "");
    g_assert_cmpuint(alder_match(&content, event->fields), ==, 0);
}

static void test_event_refused(void)
{
    g_autofree struct alder_event *event = g_new0(struct alder_event, 1);

    g_assert_false(alder_event_set(event, "short", 6));
}

/* What lies behind the event's pointers is the event's text, and no canonical address. */
static void test_event_layout(void)
{
    g_autofree struct alder_event *event = g_new0(struct alder_event, 1);
    uint64_t beyond;

    event_set(event, "");
    memcpy(&beyond, (const char *)event + sizeof event->fields, sizeof beyond);
    g_assert_cmpmem(&beyond, sizeof beyond, "file-cha", 8);
    g_assert_cmphex(beyond >> 47, !=, 0);
    g_assert_cmphex(beyond >> 47, !=, 0x1ffff);
}

#ifndef FAULT_OUT_OF_BOUNDS
static void test_reach(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    struct content content;

    sample(buffer, 2);
    g_assert_true(alder_accept(buffer->bytes, buffer->size, &content));
    sample(buffer, 3);
    g_assert_false(alder_accept(buffer->bytes, buffer->size, &content));
}
#else
static void match_in_this_process(uint32_t version)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    g_autofree struct alder_event *event = g_new0(struct alder_event, 1);
    struct content content;

    sample(buffer, version);
    g_assert_true(alder_accept(buffer->bytes, buffer->size, &content));
    event_set(event, "any file");
    alder_match(&content, event->fields);
}

/* The documented fault, and the same without the rule that reads field 21. */
static void test_reach(void)
{
    g_test_trap_subprocess("/alder/reach/subprocess/2", 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_subprocess("/alder/reach/subprocess/3", 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr_unmatched("*assertion failed*");
}

static void match_content_2(void)
{
    match_in_this_process(2);
}

static void match_content_3(void)
{
    match_in_this_process(3);
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alder/detects", test_detects);
    g_test_add_func("/alder/event-refused", test_event_refused);
    g_test_add_func("/alder/event-layout", test_event_layout);
    g_test_add_func("/alder/reach", test_reach);
#ifdef FAULT_OUT_OF_BOUNDS
    g_test_add_func("/alder/reach/subprocess/2", match_content_2);
    g_test_add_func("/alder/reach/subprocess/3", match_content_3);
#endif
    return g_test_run();
}
