/* SPDX-License-Identifier: GPL-2.0-or-later
 * QEMU monitor commands.
 */
#include "host/qmp.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "host/host-private.h"
#include "util/error.h"

#define QMP_REPLY_MAX (1u << 20)

static bool check_reply(const char *command, const char *reply, GError **error)
{
    g_autoptr(cJSON) value = NULL;

    if (!json_parse(reply, strlen(reply), QMP_REPLY_MAX, "QEMU's monitor", &value, error))
        return false;
    const cJSON *refusal = cJSON_GetObjectItemCaseSensitive(value, "error");
    if (!refusal)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU refuses '%s': %s", command,
                json_string(refusal, "desc", "no reason given"));
    return false;
}

static char *command_text(const char *command, cJSON *arguments)
{
    g_autoptr(cJSON) object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "execute", command);
    if (arguments)
        cJSON_AddItemToObject(object, "arguments", arguments);
    return json_line(object);
}

bool qmp_run(virDomainPtr domain, const char *command, cJSON *arguments, GError **error)
{
    g_autofree char *text = command_text(command, arguments);
    char *reply = NULL;

    if (virDomainQemuMonitorCommand(domain, text, &reply, 0) != 0)
        return host_fail(error, "cannot send '%s' to QEMU", command);
    bool ok = check_reply(command, reply, error);
    free(reply);
    return ok;
}

bool qmp_give_fd(virDomainPtr domain, const char *name, int fd, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "fdname", name);
    g_autofree char *text = command_text("getfd", arguments);
    char *reply = NULL;

    if (virDomainQemuMonitorCommandWithFiles(domain, text, 1, &fd, NULL, NULL, &reply, 0) != 0)
        return host_fail(error, "cannot give QEMU a file");
    bool ok = check_reply("getfd", reply, error);
    free(reply);
    return ok;
}
