/* SPDX-License-Identifier: GPL-2.0-or-later
 * The user that QEMU runs as, and what of the lab's files that user may reach.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "host/host-private.h"
#include "util/error.h"
#include "util/xml.h"

static bool user_may_enter(const char *folder, uid_t uid, gid_t gid)
{
    struct stat st;

    if (stat(folder, &st) != 0)
        return false;
    if (st.st_uid == uid)
        return (st.st_mode & S_IXUSR) != 0;
    if (st.st_gid == gid)
        return (st.st_mode & S_IXGRP) != 0;
    return (st.st_mode & S_IXOTH) != 0;
}

/* Whether a user's QEMU could open /dev/kvm, directly or by one of the user's groups; also true
 * where there is none. Matters under emulation too: where libvirt 9.0 as root opens /dev/kvm but
 * QEMU's user may not, it throws its cache of QEMU's capabilities away at every use, a minute each
 * start. */
static bool user_may_kvm(const struct passwd *user)
{
    gid_t groups[64];
    int count = G_N_ELEMENTS(groups);
    struct stat st;

    if (stat("/dev/kvm", &st) != 0)
        return true;
    if (st.st_uid == user->pw_uid)
        return (st.st_mode & S_IRUSR) && (st.st_mode & S_IWUSR);
    if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
        return false;
    for (int i = 0; i < count; i++)
        if (groups[i] == st.st_gid)
            return (st.st_mode & S_IRGRP) && (st.st_mode & S_IWGRP);
    return (st.st_mode & S_IROTH) && (st.st_mode & S_IWOTH);
}

/* Root's QEMU drops to libvirt's own user where every folder above the state folder lets it in
 * (/root does not) and /dev/kvm does too; else it stays root, without capabilities. */
void qemu_user_choose(Host *host)
{
    const char *const names[] = {"libvirt-qemu", "qemu"};
    const struct passwd *user = NULL;

    if (geteuid() != 0)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(names) && !user; i++)
        user = getpwnam(names[i]);
    if (!user || !user_may_kvm(user))
        return;

    g_autofree char *folder = g_path_get_dirname(host->state_folder);
    while (user_may_enter(folder, user->pw_uid, user->pw_gid)) {
        if (g_str_equal(folder, "/")) {
            host->other_user = true;
            host->qemu_uid = user->pw_uid;
            host->qemu_gid = user->pw_gid;
            return;
        }
        char *parent = g_path_get_dirname(folder);
        g_free(folder);
        folder = parent;
    }
}

bool host_give(Host *host, const char *path, GError **error)
{
    if (host->other_user && lchown(path, host->qemu_uid, host->qemu_gid) != 0)
        return host_fail_errno(error, "give QEMU's user the path", path);
    return true;
}

bool host_let_read(Host *host, const char *path, GError **error)
{
    struct stat st;

    if (!host->other_user)
        return true;
    if (stat(path, &st) != 0)
        return host_fail_errno(error, "look at", path);
    mode_t mode = (st.st_mode & 07777) | S_IRGRP | (S_ISDIR(st.st_mode) ? S_IXGRP : 0);
    if (chown(path, (uid_t)-1, host->qemu_gid) != 0 || chmod(path, mode) != 0)
        return host_fail_errno(error, "let QEMU's user read", path);
    return true;
}

bool host_let_reach(Host *host, const char *folder, GError **error)
{
    if (!host->other_user)
        return true;

    char *real = realpath(folder, NULL);
    if (!real)
        return host_fail_errno(error, "find", folder);
    g_autofree char *at = g_strdup(real);
    free(real);
    g_autofree char *state = g_strconcat(host->state_folder, "/", NULL);
    while (g_str_has_prefix(at, state)) {
        if (!host_let_read(host, at, error))
            return false;
        char *parent = g_path_get_dirname(at);
        g_free(at);
        at = parent;
    }
    return true;
}

/* <secmodel>: 'dac' has a <baselabel> of each kind of guest, "+<uid>:+<gid>". */
static void take_model(Host *host, xmlNode *model, GPtrArray *others)
{
    xmlNode *name = xml_child(model, "model"), *label = xml_child(model, "baselabel");
    xml_str model_name = name ? xmlNodeGetContent(name) : NULL;
    xml_str text = label ? xmlNodeGetContent(label) : NULL;
    unsigned uid, gid;

    if (!model_name || xmlStrEqual(model_name, BAD_CAST "none"))
        return;
    if (!xmlStrEqual(model_name, BAD_CAST "dac")) {
        g_ptr_array_add(others, g_strdup((const char *)model_name));
    } else if (text && sscanf((const char *)text, "+%u:+%u", &uid, &gid) == 2) {
        host->qemu_uid = uid;
        host->qemu_gid = gid;
        host->other_user = uid != geteuid();
    }
}

bool qemu_user_ask(Host *host, GError **error)
{
    char *text = virConnectGetCapabilities(host->connection);
    g_autoptr(xmlDoc) doc =
        text ? xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET) : NULL;
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *machine = root ? xml_child(root, "host") : NULL;
    g_autoptr(GPtrArray) models = g_ptr_array_new();

    free(text);
    if (!machine)
        return host_fail(error, "'%s' does not tell what it is", host->info.uri);
    XML_FOREACH(model, machine, "secmodel")
    take_model(host, model, models);
    g_ptr_array_add(models, NULL);
    host->security_models = (char **)g_ptr_array_free(g_steal_pointer(&models), FALSE);
    return true;
}
