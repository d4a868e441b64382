/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests cut out of a stream of bytes: whole, split, mixed with rubbish, too long. */
#include "frame.h"

#include <glib.h>
#include <string.h>

/* What a stream gives: the requests between '|', and '!' for something bad. */
static char *cut(const char *bytes, size_t count)
{
    struct frame frame = {0};
    GString *seen = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        enum frame_event event = frame_feed(&frame, bytes[i]);
        if (event == FRAME_REQUEST)
            g_string_append_printf(seen, "%.*s|", (int)frame.length, frame.text);
        else if (event == FRAME_BAD)
            g_string_append_c(seen, '!');
    }
    frame_clear(&frame);
    return g_string_free(seen, FALSE);
}

static void test_streams(void)
{
    static const struct {
        const char *bytes, *seen;
    } cases[] = {
        {"{\"a\":1}\n", "{\"a\":1}|"},
        {"{\"a\":1}{\"b\":2}", "{\"a\":1}|{\"b\":2}|"},
        {" \r\n\t{\n}\n", "{\n}|"},
        {"{\"a\":\"}\\\"{\"}\n", "{\"a\":\"}\\\"{\"}|"},
        {"{\"a\":[{}]}\n", "{\"a\":[{}]}|"},
        {"rubbish\n{}\n", "!{}|"},
        {"rubbish {\"x\"\n{}\n", "!{}|"},
        {"{\"open\": \"\n{}\n", "!{}|"},
        {"{\"never closed\"\xff{}\n", "{}|"},
        {"rubbish\xff{}", "{}|"},
        {"\xff\xff\n\n{}", "{}|"},
        {"[1]\n{}", "!{}|"},
        {"{\"a\"", ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *seen = cut(cases[i].bytes, strlen(cases[i].bytes));
        g_assert_cmpstr(seen, ==, cases[i].seen);
    }
}

/* A request that is too long is bad once, and the next one is whole. */
static void test_too_long(void)
{
    g_autoptr(GString) bytes = g_string_new("{\"a\":\"");
    g_autofree char *seen = NULL;

    while (bytes->len <= FRAME_REQUEST_MAX)
        g_string_append(bytes, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    g_string_append(bytes, "\"}\n{}\n");
    seen = cut(bytes->str, bytes->len);
    g_assert_cmpstr(seen, ==, "!{}|");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/frame/streams", test_streams);
    g_test_add_func("/agent/frame/too-long", test_too_long);
    return g_test_run();
}
