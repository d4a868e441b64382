/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of the agent share: one call, and distrust of its reply.
 *
 *     -> {"execute": "guest-exec", "arguments": {…}}
 *     <- {"return": …}      or      {"error": {"class": "GenericError", "desc": "…"}}
 */
#pragma once

#include "guest/agent.h"
#include "util/json.h"

/* One call may take this long. Replies come in milliseconds; an emulated guest under load has taken
 * seconds. */
#define AGENT_CALL_MS 60000u

struct Agent {
    AgentTransport transport;
    bool refused; /* the last call's reply was an error of the agent's, not nonsense */
};

/* Sends one command and gives the value of its "return" (cJSON_Delete()). `arguments` is consumed;
 * NULL: none. ret_value may be NULL where the value means nothing. */
bool agent_call(Agent *agent, const char *command, cJSON *arguments, guint timeout_ms,
                cJSON **ret_value, GError **error);

/* Adds an integer. (cJSON prints large doubles as 1e+15, which is no integer to an agent.) */
void agent_add_int(cJSON *object, const char *name, gint64 value);

/* Takes an integer member; false where it is absent, no integer, or outside min … max. */
bool agent_get_int(const cJSON *object, const char *name, gint64 min, gint64 max,
                   gint64 *ret_value);

/* Decodes at most `max` bytes of base64; false where the text is not base64 (RFC 4648, padded).
 * ret_length counts what was decoded, ret_whole what the text stands for. Free with g_free(). */
bool agent_decode(const char *base64, gsize max, guchar **ret_bytes, gsize *ret_length,
                  gsize *ret_whole);

/* Sets TRUCE_ERROR_AGENT for a reply of another shape than the protocol's; returns false. */
bool agent_nonsense(const char *command, const char *what, GError **error);
