/* SPDX-License-Identifier: GPL-2.0-or-later
 * Requests of the agent's protocol, and what is answered.
 */
#include <string.h>

#include <glib.h>

#include "answer.h"

static const char *echo(const struct json *arguments, struct text *reply)
{
    const char *word = json_string(arguments, "word");

    if (!word)
        return "word: a text is wanted";
    text_json(reply, word);
    return NULL;
}

static const char *quiet(const struct json *arguments, struct text *reply)
{
    (void)arguments;
    text_format(reply, "{}");
    return NULL;
}

static const struct command table[] = {
    {"echo", echo, true},
    {"guest-ping", command_ping, true},
    {"guest-sync-delimited", command_sync, true},
    {"quiet", quiet, false},
};

static const struct {
    const char *request, *reply;
} known[] = {
    {"{\"execute\": \"echo\", \"arguments\": {\"word\": \"a\\\"b\"}}",
     "{\"return\": \"a\\\"b\"}\n"},
    {"{\"execute\": \"guest-ping\", \"id\": 7}", "{\"return\": {}, \"id\": 7}\n"},
    {"{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 12}}",
     "\xff{\"return\": 12}\n"},
    {"{\"execute\": \"quiet\"}", ""},
    {"{\"execute\": \"echo\", \"id\": \"x\"}",
     "{\"error\": {\"class\": \"GenericError\", \"desc\": \"word: a text is wanted\"}, \"id\": "
     "\"x\"}\n"},
    {"{\"execute\": \"none\"}", "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The "
                                "command none has not been found\"}}\n"},
    {"{\"arguments\": {}}", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"execute: a "
                            "command's name is wanted\"}}\n"},
    {"[1]", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"the request is no JSON "
            "object\"}}\n"},
    {"{\"execute\"", "{\"error\": {\"class\": \"GenericError\", \"desc\": \"the request is no JSON "
                     "object\"}}\n"},
};

static void test_requests(void)
{
    struct text reply = {0};

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *request = g_strdup(known[i].request);
        answer_request(table, G_N_ELEMENTS(table), request, strlen(request), &reply);
        g_assert_cmpmem(reply.bytes, reply.used, known[i].reply, strlen(known[i].reply));
    }
    text_clear(&reply);
}

static void test_info(void)
{
    struct text reply = {0};

    answer_info(table + 2, 2, &reply);
    text_append(&reply, "", 1);
    g_assert_cmpstr(
        reply.bytes, ==,
        "{\"version\": \"7.2.0\", \"supported_commands\": ["
        "{\"name\": \"guest-sync-delimited\", \"enabled\": true, \"success-response\": "
        "true}, {\"name\": \"quiet\", \"enabled\": true, \"success-response\": false}]}");
    text_clear(&reply);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-answer/requests", test_requests);
    g_test_add_func("/agent-answer/info", test_info);
    return g_test_run();
}
