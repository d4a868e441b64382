/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest agent's protocol: see answer.h. */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#define NODES_MAX 4096
#define VERSION "7.2.0"

const char *command_ping(const struct json *arguments, struct text *reply)
{
    (void)arguments;
    text_format(reply, "{}");
    return NULL;
}

const char *command_sync(const struct json *arguments, struct text *reply)
{
    int64_t id;

    if (!json_number(arguments, "id", &id))
        return "id: a number is wanted";
    text_format(reply, "%lld", (long long)id);
    return NULL;
}

void answer_info(const struct command *table, size_t count, struct text *reply)
{
    text_format(reply, "{\"version\": \"" VERSION "\", \"supported_commands\": [");
    for (size_t i = 0; i < count; i++)
        text_format(reply, "%s{\"name\": \"%s\", \"enabled\": true, \"success-response\": %s}",
                    i ? ", " : "", table[i].name, table[i].replies ? "true" : "false");
    text_format(reply, "]}");
}

static const struct command *find_command(const struct command *table, size_t count,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

static void append_id(struct text *reply, const struct json *id)
{
    if (id && id->type == JSON_NUMBER) {
        text_format(reply, ", \"id\": %lld", (long long)id->number);
    } else if (id && id->type == JSON_STRING) {
        text_format(reply, ", \"id\": ");
        text_json(reply, id->string);
    }
}

static void answer_error(struct text *reply, const char *kind, const char *description,
                         const struct json *id)
{
    text_reset(reply);
    text_format(reply, "{\"error\": {\"class\": \"%s\", \"desc\": ", kind);
    text_json(reply, description);
    text_format(reply, "}");
    append_id(reply, id);
    text_format(reply, "}\n");
}

void answer_unreadable(struct text *reply)
{
    answer_error(reply, "GenericError", "the request is no JSON object", NULL);
}

void answer_request(const struct command *table, size_t count, char *text, size_t length,
                    struct text *reply)
{
    static struct json nodes[NODES_MAX];
    const struct json *root = json_parse(text, length, nodes, NODES_MAX), *id;
    const char *name = json_string(root, "execute"), *error;
    const struct command *command = name ? find_command(table, count, name) : NULL;
    char description[160];

    text_reset(reply);
    if (!root || root->type != JSON_OBJECT) {
        answer_unreadable(reply);
        return;
    }
    id = json_member(root, "id");
    if (!name) {
        answer_error(reply, "GenericError", "execute: a command's name is wanted", id);
        return;
    }
    if (!command) {
        snprintf(description, sizeof description, "The command %.100s has not been found", name);
        answer_error(reply, "CommandNotFound", description, id);
        return;
    }
    if (!strcmp(name, "guest-sync-delimited"))
        text_append(reply, "\xff", 1);
    text_format(reply, "{\"return\": ");
    error = command->run(json_member(root, "arguments"), reply);
    append_id(reply, id);
    text_format(reply, "}\n");
    if (error)
        answer_error(reply, "GenericError", error, id);
    else if (reply->failed)
        answer_error(reply, "GenericError", "the reply is too long", id);
    else if (!command->replies)
        text_reset(reply);
}
