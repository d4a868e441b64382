/* SPDX-License-Identifier: GPL-2.0-or-later
 * QEMU monitor commands.
 */
#include "host/qmp.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "host/host-private.h"
#include "host/monitor-watch.h"
#include "util/error.h"
#include "util/text.h"

#define QMP_REPLY_MAX (1u << 20)
#define QMP_WORDS_MAX 300 /* bytes of a refusal that are shown */

/* Who has taken over its QEMU chooses these words. */
static bool refused(const char *command, const char *words, GError **error)
{
    g_autofree char *shown = text_printable(words, strlen(words), QMP_WORDS_MAX);

    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU refuses '%s': %s", command, shown);
    return false;
}

static bool take_reply(const char *command, const char *reply, cJSON **ret_value, GError **error)
{
    g_autoptr(cJSON) object = NULL;

    if (!json_parse(reply, strlen(reply), QMP_REPLY_MAX, "QEMU's monitor", &object, error))
        return false;
    const cJSON *refusal = cJSON_GetObjectItemCaseSensitive(object, "error");
    if (!refusal) {
        *ret_value = cJSON_DetachItemFromObjectCaseSensitive(object, "return");
        return true;
    }
    return refused(command, json_string(refusal, "desc", "no reason given"), error);
}

static char *command_text(const char *command, cJSON *arguments)
{
    g_autoptr(cJSON) object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "execute", command);
    if (arguments)
        cJSON_AddItemToObject(object, "arguments", arguments);
    return json_line(object);
}

bool qmp_query(virDomainPtr domain, const char *command, cJSON *arguments, cJSON **ret_value,
               GError **error)
{
    g_autofree char *text = command_text(command, arguments);
    g_auto(MonitorWatch) watch = {0};
    char *reply = NULL;

    monitor_watch_begin(&watch, domain, MONITOR_ANSWER_S);
    if (virDomainQemuMonitorCommand(domain, text, &reply, 0) != 0)
        return host_fail(error, "cannot send '%s' to QEMU", command);
    bool ok = take_reply(command, reply, ret_value, error);
    free(reply);
    return ok;
}

bool qmp_run(virDomainPtr domain, const char *command, cJSON *arguments, GError **error)
{
    g_autoptr(cJSON) value = NULL;
    return qmp_query(domain, command, arguments, &value, error);
}

bool qmp_run_human(virDomainPtr domain, const char *line, GError **error)
{
    g_auto(MonitorWatch) watch = {0};
    char *reply = NULL;

    monitor_watch_begin(&watch, domain, MONITOR_MEMORY_S);
    if (virDomainQemuMonitorCommand(domain, line, &reply, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) != 0)
        return host_fail(error, "cannot send '%s' to QEMU", line);
    g_autofree char *words = g_strstrip(g_strdup(reply));
    free(reply);
    return !*words || refused(line, g_strdelimit(words, "\r\n", ' '), error);
}

bool qmp_give_fd(virDomainPtr domain, const char *name, int fd, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "fdname", name);
    g_autofree char *text = command_text("getfd", arguments);
    g_auto(MonitorWatch) watch = {0};
    char *reply = NULL;

    monitor_watch_begin(&watch, domain, MONITOR_ANSWER_S);
    if (virDomainQemuMonitorCommandWithFiles(domain, text, 1, &fd, NULL, NULL, &reply, 0) != 0)
        return host_fail(error, "cannot give QEMU a file");
    g_autoptr(cJSON) value = NULL;
    bool ok = take_reply("getfd", reply, &value, error);
    free(reply);
    return ok;
}
