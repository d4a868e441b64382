/* SPDX-License-Identifier: GPL-2.0-or-later
 * The guest agent's identity command, which only the reference guest has.
 *
 *     truce-set-identity  {"name", "mac", "boot-id", "seed"}  -> {"name", "mac", "boot-id"}, as the
 *                         guest's system tells them now; "mac" only where it was sent
 */
#include "guest/agent.h"

#include <string.h>
#include <sys/random.h>

#include "guest/agent-private.h"
#include "util/error.h"
#include "util/text.h"

#define SEED_BYTES 32
#define TOLD_MAX 60 /* bytes shown */

static bool is_told(const cJSON *value, const char *name, const char *expected, GError **error)
{
    const char *told = json_string(value, name, "");

    if (g_str_equal(told, expected))
        return true;
    g_autofree char *shown = text_printable(told, strlen(told), TOLD_MAX);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                "the guest was given the %s '%s' and tells '%s'", name, expected, shown);
    return false;
}

bool agent_set_identity(Agent *agent, const AgentIdentity *identity, GError **error)
{
    g_autoptr(cJSON) value = NULL;
    guchar seed[SEED_BYTES];

    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the host has no random numbers");
        return false;
    }
    g_autofree char *encoded = g_base64_encode(seed, sizeof seed);
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "name", identity->name);
    if (*identity->mac)
        cJSON_AddStringToObject(arguments, "mac", identity->mac);
    cJSON_AddStringToObject(arguments, "boot-id", identity->boot_id);
    cJSON_AddStringToObject(arguments, "seed", encoded);
    return agent_call(agent, "truce-set-identity", arguments, AGENT_CALL_MS, &value, error) &&
           is_told(value, "name", identity->name, error) &&
           is_told(value, "mac", identity->mac, error) &&
           is_told(value, "boot-id", identity->boot_id, error);
}
