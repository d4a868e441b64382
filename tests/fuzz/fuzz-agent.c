/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a guest answers, the agent's calls end, bounded, without a fault.
 *
 * The input's first byte picks the operation; the rest is what the guest answers, one reply a line.
 * After the last line the guest is gone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "guest/windows.h"
#include "util/error.h"
#include "util/files.h"

typedef struct {
    const char *at;
    const char *end;
} Replies;

static bool next_reply(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                       GError **error)
{
    Replies *replies = data;
    (void)request;
    (void)timeout_ms;

    if (replies->at >= replies->end) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "gone");
        return false;
    }
    const char *line_end = memchr(replies->at, '\n', (gsize)(replies->end - replies->at));
    gsize length = (gsize)((line_end ? line_end : replies->end) - replies->at);
    *ret_reply = g_strndup(replies->at, length);
    replies->at += length + 1;
    return true;
}

static bool no_wait(gpointer data, guint ms, GError **error)
{
    (void)data;
    (void)ms;
    (void)error;
    return true;
}

static void transcribe(gpointer data, const char *request, const char *reply)
{
    (void)data;
    if (strlen(request) > 5000 || strlen(reply) > 5000 || !g_utf8_validate(reply, -1, NULL))
        abort();
}

static void list(Agent *agent)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!windows_list_files(agent, "C:\\x", "*", 5, &names, NULL))
        return;
    if (names->len > 5)
        abort();
    for (guint i = 0; i < names->len; i++)
        if (strpbrk(names->pdata[i], "/\\") || strcmp(names->pdata[i], "..") == 0)
            abort();
}

static char *scratch;

static void remove_scratch(void)
{
    files_remove_tree(scratch, NULL);
}

static void get(Agent *agent)
{
    static char *path;
    if (!path) {
        scratch = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
        path = g_build_filename(scratch, "f", NULL);
        atexit(remove_scratch);
    }
    if (agent_file_get(agent, "C:\\f", path, 1000, NULL)) {
        GStatBuf st;
        if (g_stat(path, &st) != 0 || st.st_size > 1000)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    Replies replies = {.at = (const char *)data + 1, .end = (const char *)data + size};
    AgentTransport transport = {
        .call = next_reply, .wait = no_wait, .log = transcribe, .data = &replies};
    g_autoptr(Agent) agent = agent_new(&transport);
    g_autoptr(GError) error = NULL;
    g_auto(AgentExecResult) result = {0};
    bool flag;

    switch (data[0]) {
    case 'p':
        agent_ping(agent, 100, &error);
        break;
    case 'x':
        windows_file_exists(agent, "C:\\x\\f", &flag, &error);
        break;
    case 'e':
        agent_exec(agent, "p.exe a", 60, &result, &error);
        break;
    case 'w':
        agent_file_write(agent, "C:\\f", "hello", 5, &error);
        break;
    case 'g':
        get(agent);
        break;
    case 'l':
        list(agent);
        break;
    case 'm':
        windows_make_folder(agent, "C:\\x", &error);
        break;
    case 'd':
        windows_delete_file(agent, "C:\\x\\f", &flag, &error);
        break;
    case 's':
        agent_shutdown(agent, AGENT_REBOOT, &error);
        break;
    default:
        break;
    }
    return 0;
}
