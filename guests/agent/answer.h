/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of the guest agent's protocol answered from a table of commands.
 *
 * The protocol is that of the QEMU guest agent (QEMU's documentation, "QEMU Guest Agent Protocol
 * Reference"): {"execute": NAME, "arguments": {...}, "id": ...} is answered by {"return": ...} or
 * {"error": {"class": ..., "desc": ...}}, the id repeated; a name that the table has not by
 * CommandNotFound. The agent and the recovery environment have a table each. Pure.
 */
#ifndef TRUCE_ANSWER_H
#define TRUCE_ANSWER_H

#include "json.h"
#include "text.h"

/* What a command does: writes the value of "return" to REPLY, or returns why it cannot. */
typedef const char *command_function(const struct json *arguments, struct text *reply);

struct command {
    const char *name;
    command_function *run;
    bool replies; /* false: success is told by no reply */
};

/* Answers one request, LENGTH bytes in TEXT, which is changed. REPLY is what to send, with its
 * newline; it stays empty where the protocol has no reply. */
void answer_request(const struct command *table, size_t count, char *text, size_t length,
                    struct text *reply);

/* A request that was not readable. */
void answer_unreadable(struct text *reply);

/* guest-ping; guest-sync and guest-sync-delimited. */
command_function command_ping, command_sync;

/* The value of guest-info's "return". */
void answer_info(const struct command *table, size_t count, struct text *reply);

#endif
