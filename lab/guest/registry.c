/* SPDX-License-Identifier: GPL-2.0-or-later
 * Values of a guest's registry.
 */
#include "guest/registry.h"

#include <string.h>

#include "util/text.h"

#define COMMAND_S 120u
#define DATA_MAX 4096u

/* A line's data where it is `NAME  REG_TYPE  DATA`, or NULL. */
static char *data_of(const char *line, const char *name)
{
    const char *at = line + strspn(line, " \t");
    gsize length = strlen(name);

    if (g_ascii_strncasecmp(at, name, length) != 0 || !strchr(" \t", at[length]) || !at[length])
        return NULL;
    at += length;
    at += strspn(at, " \t");
    if (!g_str_has_prefix(at, "REG_"))
        return NULL;
    at += strcspn(at, " \t\r");
    at += strspn(at, " \t");
    return text_printable(at, strcspn(at, "\r"), DATA_MAX);
}

char *registry_parse(const char *text, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        char *data = data_of(*line, name);
        if (data)
            return data;
    }
    return NULL;
}

static bool run(Agent *agent, const char *line, AgentExecResult *ret_result, GError **error)
{
    return agent_exec(agent, line, COMMAND_S, ret_result, error);
}

bool registry_get(Agent *agent, const char *key, const char *name, char **ret_data, GError **error)
{
    g_autofree char *line = g_strdup_printf("reg.exe query \"%s\" /v %s", key, name);
    g_auto(AgentExecResult) result = {0};

    if (!run(agent, line, &result, error))
        return false;
    *ret_data = result.exit_code == 0 ? registry_parse(result.out, name) : NULL;
    return true;
}

bool registry_get_number(Agent *agent, const char *key, const char *name, guint32 fallback,
                         guint32 *ret_number, GError **error)
{
    g_autofree char *data = NULL;
    guint64 number = fallback;

    if (!registry_get(agent, key, name, &data, error))
        return false;
    if (data && (!g_str_has_prefix(data, "0x") ||
                 !g_ascii_string_to_unsigned(data + 2, 16, 0, G_MAXUINT32, &number, NULL)))
        number = fallback;
    *ret_number = (guint32)number;
    return true;
}
