/* SPDX-License-Identifier: GPL-2.0-or-later
 * Scripts in the guest, answers as JSON.
 */
#include "guest/powershell.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

#define SCRIPT_MAX (16u << 10)
#define COMMAND_LINE_MAX 32000u
#define WORDS_MAX 300u

/* Progress would come between us and the answer; what is not ASCII is escaped, because a program
 * without a console cannot set its code page. */
static const char before[] =
    "$ErrorActionPreference = 'Stop'\n"
    "$ProgressPreference = 'SilentlyContinue'\n"
    "$in = [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('%s')) | "
    "ConvertFrom-Json\n"
    "try { $reply = @{ ok = $true; value = (& {\n";
static const char after[] =
    "\n}) } } catch { $reply = @{ ok = $false; error = [string] $_.Exception.Message } }\n"
    "$json = ConvertTo-Json -InputObject $reply -Depth 8 -Compress\n"
    "[Console]::Out.Write([regex]::Replace($json, '[^\\x20-\\x7E]',\n"
    "[System.Text.RegularExpressions.MatchEvaluator] { param($m) '\\u{0:x4}' -f "
    "[int] [char] $m.Value }))\n";

/* Without what only people read: the command line has a limit. */
static char *strip_comments(const char *script)
{
    g_auto(GStrv) lines = g_strsplit(script, "\n", -1);
    g_autoptr(GString) kept = g_string_new(NULL);

    for (char **line = lines; *line; line++) {
        const char *text = g_strstrip(*line);
        if (*text && *text != '#')
            g_string_append_printf(kept, "%s\n", text);
    }
    return g_strdup(kept->str);
}

static char *whole_script(const char *script, const cJSON *arguments)
{
    g_autofree char *body = strip_comments(script);
    g_autofree char *json = arguments ? json_line(arguments) : g_strdup("{}");
    g_autofree char *base64 = g_base64_encode((const guchar *)json, strlen(json));
    g_autoptr(GString) whole = g_string_new(NULL);

    g_string_append_printf(whole, before, base64);
    g_string_append(whole, body);
    g_string_append(whole, after);
    return g_strdup(whole->str);
}

char *powershell_command(const char *operation, const cJSON *arguments, GError **error)
{
    g_autofree char *name = g_strdup_printf("guests/windows/operations/%s.ps1", operation);
    g_autofree char *path = files_share_path(name);
    g_autofree char *script = NULL;
    gsize length;
    glong units;

    if (!files_read(path, SCRIPT_MAX, &script, &length, error))
        return NULL;
    g_autofree char *whole = whole_script(script, arguments);
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16(whole, -1, NULL, &units, error);
    if (!utf16)
        return NULL;
    for (glong i = 0; i < units; i++)
        utf16[i] = GUINT16_TO_LE(utf16[i]);
    g_autofree char *base64 = g_base64_encode((const guchar *)utf16, (gsize)units * sizeof *utf16);
    g_autofree char *line = g_strdup_printf(
        "powershell.exe -NoProfile -NonInteractive -InputFormat None -ExecutionPolicy Bypass "
        "-EncodedCommand %s",
        base64);
    if (strlen(line) > COMMAND_LINE_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the operation '%s' is too long for a command line of the guest", operation);
        return NULL;
    }
    return g_steal_pointer(&line);
}

static bool fail(const char *operation, const char *what, GError **error)
{
    g_autofree char *words = text_printable(what, strlen(what), WORDS_MAX);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "the guest's '%s': %s", operation, words);
    return false;
}

static bool take_reply(const char *operation, const AgentExecResult *result, cJSON **ret_value,
                       GError **error)
{
    g_autoptr(cJSON) reply = NULL;
    g_autoptr(GError) cause = NULL;
    g_autofree char *text = g_strstrip(g_strdup(result->out));

    if (result->truncated)
        return fail(operation, "its answer was cut", error);
    if (!json_parse(text, strlen(text), POWERSHELL_REPLY_MAX, "reply", &reply, &cause)) {
        g_autofree char *what =
            g_strdup_printf("it ended with %d and no JSON (%s): %s", result->exit_code,
                            cause->message, result->err && *result->err ? result->err : text);
        return fail(operation, what, error);
    }
    if (!json_bool(reply, "ok", false))
        return fail(operation, json_string(reply, "error", "its answer has another shape"), error);
    cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(reply, "value");
    if (!value)
        return fail(operation, "its answer has no value", error);
    *ret_value = value;
    return true;
}

bool powershell_call(Agent *agent, const char *operation, cJSON *arguments, guint timeout_s,
                     cJSON **ret_value, GError **error)
{
    g_autoptr(cJSON) taken = arguments;
    g_autofree char *line = powershell_command(operation, taken, error);
    g_auto(AgentExecResult) result = {0};

    return line && agent_exec(agent, line, timeout_s, &result, error) &&
           take_reply(operation, &result, ret_value, error);
}
