// SPDX-License-Identifier: GPL-2.0-or-later
// The engine: takes good content, keeps the last good one, judges events.
#include "common/engine.h"

#include <glib.h>

#include "samples.h"

static uint32_t judge(const struct engine *engine, const char *head)
{
    char packed[EVENT_MAX_PACKED];
    size_t size = sample_event(packed, head);

    return engine_match(engine, packed, size);
}

static bool load(struct engine *engine, uint32_t version)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);

    sample_content(buffer, version, "BIRCH-TEST-MARKER-1", "BIRCH-TEST-MARKER-2");
    return engine_load(engine, buffer->bytes, buffer->size);
}

static void test_detects(void)
{
    g_autofree struct engine *engine = g_new0(struct engine, 1);

    g_assert_cmpuint(judge(engine, "BIRCH-TEST-MARKER-1"), ==, 0);
    g_assert_true(load(engine, 1));
    g_assert_cmpuint(judge(engine, "a BIRCH-TEST-MARKER-1"), ==, 1);
    g_assert_cmpuint(judge(engine, "BIRCH-TEST-MARKER-2"), ==, 0);
    g_assert_cmpuint(judge(engine, "ALDER-TEST-MARKER-1"), ==, 0);
    g_assert_true(load(engine, 2));
    g_assert_cmpuint(judge(engine, "BIRCH-TEST-MARKER-2"), ==, 2);
    g_assert_cmpuint(judge(engine, ""), ==, 0);
    g_assert_cmpuint(engine_match(engine, "x", 2), ==, 0);
}

static void test_keeps_last_good(void)
{
    g_autofree struct engine *engine = g_new0(struct engine, 1);

    g_assert_true(load(engine, 2));
    g_assert_false(load(engine, 3));
    g_assert_false(engine_load(engine, "\0\0\0", 4));
    g_assert_cmpuint(engine->version, ==, 2);
    g_assert_cmpuint(judge(engine, "BIRCH-TEST-MARKER-2"), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/detects", test_detects);
    g_test_add_func("/engine/keeps-last-good", test_keeps_last_good);
    return g_test_run();
}
