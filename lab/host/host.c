/* SPDX-License-Identifier: GPL-2.0-or-later
 * The connection to libvirt.
 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "host/domain-xml.h"
#include "host/host-private.h"
#include "host/offline-disk.h"
#include "host/remote.h"
#include "host/run-folder.h"
#include "host/warm.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

/* libvirt's longest socket below the root folder; sun_path holds 108 bytes with its NUL. */
#define LONGEST_SOCKET "/lib/qemu/domain-99999-12345678901234567890/monitor.sock"
#define SOCKET_PATH_MAX 107
#define LOCK_NAME "lock"
#define WORDS_MAX 2000            /* bytes of libvirt's, and so of QEMU's, that are shown */
#define LIBVIRT_LOG "libvirt.log" /* libvirt's own words, anew with each Host */

bool host_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    const virError *last = virGetLastError();
    g_autofree char *said = g_strdup(last && last->message ? last->message : "no reason given");
    g_strdelimit(g_strstrip(said), "\r\n", ' ');
    g_autofree char *words = text_printable(said, strlen(said), WORDS_MAX);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s: %s", message, words);
    virResetLastError();
    return false;
}

bool host_fail_errno(GError **error, const char *doing, const char *path)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot %s '%s': %s", doing, path,
                g_strerror(errno));
    return false;
}

static void ignore_libvirt_error(void *data, virErrorPtr error)
{
    (void)data;
    (void)error;
}

/* libvirt reads where to log to when it initialises, once in a process; unasked it writes to
 * stderr, which is the user's. */
static bool libvirt_init(const char *log_folder, GError **error)
{
    static const char variable[] = "LIBVIRT_LOG_OUTPUTS";
    static gsize initialised = 0;

    if (g_once_init_enter(&initialised)) {
        bool ours = !g_getenv(variable);
        g_autofree char *outputs = g_strdup_printf("3:file:%s/" LIBVIRT_LOG, log_folder);
        if (ours)
            g_setenv(variable, outputs, TRUE);
        g_once_init_leave(&initialised, virInitialize() == 0 ? 1 : 2);
        if (ours)
            g_unsetenv(variable);
        virSetErrorFunc(NULL, ignore_libvirt_error);
    }
    return initialised == 1 || host_fail(error, "libvirt does not start");
}

/* The embedded driver's settings. Ownership and access are the lab's own work (host_give): libvirt
 * would keep counts of users in extended attributes that a killed run leaves wrong. Without cgroups
 * and mount namespaces it works in containers too. The seccomp sandbox keeps its default, on. */
static bool write_qemu_conf(Host *host, GError **error)
{
    g_autofree char *folder = g_build_filename(host->embed_root, "etc", NULL);
    g_autofree char *path = g_build_filename(folder, "qemu.conf", NULL);
    g_autoptr(GString) text = g_string_new("stdio_handler = \"file\"\n"
                                           "security_driver = \"none\"\n"
                                           "dynamic_ownership = 0\n"
                                           "remember_owner = 0\n"
                                           "cgroup_controllers = []\n"
                                           "namespaces = []\n");
    if (geteuid() == 0)
        g_string_append_printf(text,
                               "user = \"+%u\"\ngroup = \"+%u\"\n"
                               "swtpm_user = \"+%u\"\nswtpm_group = \"+%u\"\n",
                               (guint)host->qemu_uid, (guint)host->qemu_gid, (guint)host->qemu_uid,
                               (guint)host->qemu_gid);
    return files_make_folder(folder, error) &&
           files_write_atomic(path, text->str, text->len, error);
}

static bool check_socket_paths(const Host *host, GError **error)
{
    gsize length = strlen(host->embed_root) + strlen(LONGEST_SOCKET);

    if (length <= SOCKET_PATH_MAX)
        return true;
    g_set_error(
        error, TRUCE_ERROR, TRUCE_ERROR_LAB,
        "the state folder '%s' has too long a path: sockets below it would need %" G_GSIZE_FORMAT
        " bytes of at most %d; set TRUCE_STATE to a shorter one",
        host->state_folder, length, SOCKET_PATH_MAX);
    return false;
}

bool host_in_use(const char *state_folder)
{
    g_autofree char *path = g_build_filename(state_folder, LOCK_NAME, NULL);
    auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool lock_state(Host *host, GError **error)
{
    g_autofree char *path = g_build_filename(host->state_folder, LOCK_NAME, NULL);

    host->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (host->lock_fd < 0)
        return host_fail_errno(error, "open", path);
    if (flock(host->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return host_fail_errno(error, "lock", path);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "another truce uses the state folder '%s': wait for it, or set TRUCE_STATE to "
                "another folder",
                host->state_folder);
    return false;
}

static bool let_reach_work(Host *host, GError **error)
{
    return host_let_read(host, host->state_folder, error) &&
           host_let_read(host, host->work_folder, error);
}

static bool prepare_folders(Host *host, const char *state_folder, bool embedded, GError **error)
{
    if (!files_make_folder(state_folder, error))
        return false;
    host->state_folder = realpath(state_folder, NULL);
    if (!host->state_folder)
        return host_fail_errno(error, "find", state_folder);
    host->work_folder = g_build_filename(host->state_folder, "work", NULL);
    host->owner = g_strdup(host->state_folder);
    if (embedded)
        host->embed_root = g_build_filename(host->state_folder, "libvirt", NULL);

    if (host->embed_root && !check_socket_paths(host, error))
        return false;
    const char *reason;
    host->info.accelerator =
        kvm_probe(host->state_folder, &reason) ? ACCELERATOR_KVM : ACCELERATOR_TCG;
    if (embedded)
        qemu_user_choose(host);
    if (!files_make_folder(host->work_folder, error) || !lock_state(host, error) ||
        !let_reach_work(host, error))
        return false;
    if (!host->embed_root)
        return true;
    g_autofree char *logs = g_build_filename(host->embed_root, "log", NULL);
    g_autofree char *log = g_build_filename(host->embed_root, LIBVIRT_LOG, NULL);
    return files_make_folder(host->embed_root, error) &&
           host_let_read(host, host->embed_root, error) && files_remove_tree(logs, error) &&
           files_remove_tree(log, error) && write_qemu_conf(host, error) &&
           run_folder_make(host->embed_root, RUN_FOLDER_MEMORY, &host->run_folder, error);
}

static bool end_if_ours(Host *host, virDomainPtr domain, GError **error)
{
    char *xml = virDomainGetXMLDesc(domain, 0);
    g_autofree char *owner = xml ? domain_xml_owner(xml) : NULL;

    free(xml);
    if (g_strcmp0(owner, host->owner) != 0 || virDomainDestroy(domain) == 0 ||
        virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ||
        virGetLastErrorCode() == VIR_ERR_OPERATION_INVALID)
        return true;
    return host_fail(error, "cannot end the machine of an earlier run");
}

/* What of a guest's states was never whole (machine_save_warm()). */
static bool sweep_states(const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    bool ok = true;

    while (dir && ok && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        ok = !g_str_has_suffix(name, WARM_HALF) || files_remove_tree(path, error);
    }
    return ok;
}

static bool sweep_guests(const Host *host, GError **error)
{
    g_autofree char *guests = g_build_filename(host->state_folder, "guests", NULL);
    g_autoptr(GDir) dir = g_dir_open(guests, 0, NULL);
    const char *name;
    bool ok = true;

    while (dir && ok && (name = g_dir_read_name(dir))) {
        g_autofree char *states = g_build_filename(guests, name, "warm", NULL);
        ok = sweep_states(states, error);
    }
    return ok;
}

/* The lock is ours, so every domain, work folder and volume of this state folder is a dead run's.
 */
static bool sweep(Host *host, GError **error)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(host->connection, &domains, 0);
    bool ok = true;

    if (count < 0)
        return host_fail(error, "cannot list the machines of '%s'", host->info.uri);
    for (int i = 0; i < count; i++) {
        ok = ok && end_if_ours(host, domains[i], error);
        virDomainFree(domains[i]);
    }
    free(domains);
    if (ok && host->remote)
        remote_remove(host, "");

    g_autoptr(GDir) dir = ok ? g_dir_open(host->work_folder, 0, NULL) : NULL;
    const char *name;
    while (dir && ok && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(host->work_folder, name, NULL);
        offline_disk_sweep(path);
        ok = files_remove_tree(path, error);
    }
    return ok && sweep_guests(host, error);
}

/* Whom QEMU runs as on another host, and what confines it, is that host's own business. */
static bool meet_libvirt(Host *host, const char *uri, GError **error)
{
    if (!connection_open(host, uri, error))
        return false;
    if (host_uri_is_remote(uri))
        return remote_open(host, error) && connection_ask_accelerator(host, error);
    return !uri || (qemu_user_ask(host, error) && let_reach_work(host, error));
}

bool host_open(const char *uri, const char *state_folder, Host **ret_host, GError **error)
{
    g_autoptr(Host) host = g_new0(Host, 1);

    host->lock_fd = -1;
    host->wake_timer = -1;
    host->lifecycle_callback = host->agent_callback = -1;
    host->io_error_callback = host->monitor_callback = -1;
    g_mutex_init(&host->lock);
    g_mutex_init(&host->reconnecting);
    g_cond_init(&host->ended);
    host->inboxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    host->overlays = overlays_new();

    if (!prepare_folders(host, state_folder, uri == NULL, error) ||
        !libvirt_init(host->embed_root ? host->embed_root : host->state_folder, error) ||
        !events_start(host, error) || !meet_libvirt(host, uri, error) || !sweep(host, error) ||
        !events_register(host, error))
        return false;
    *ret_host = g_steal_pointer(&host);
    return true;
}

void host_close(Host *host)
{
    if (!host)
        return;
    g_mutex_lock(&host->lock);
    while (host->ending > 0)
        g_cond_wait(&host->ended, &host->lock);
    g_mutex_unlock(&host->lock);
    events_unregister(host);
    if (host->connection)
        virConnectClose(host->connection);
    events_stop(host);
    run_folder_remove(host->embed_root, host->run_folder);
    g_hash_table_unref(host->inboxes);
    overlays_free(host->overlays);
    g_mutex_clear(&host->lock);
    g_mutex_clear(&host->reconnecting);
    g_cond_clear(&host->ended);
    if (host->lock_fd >= 0)
        close(host->lock_fd);
    g_free(host->info.uri);
    g_free(host->info.libvirt);
    g_free(host->info.qemu);
    free(host->state_folder);
    g_free(host->work_folder);
    g_free(host->embed_root);
    g_free(host->run_folder);
    g_free(host->owner);
    remote_close(host->remote);
    g_strfreev(host->security_models);
    g_free(host);
}

bool host_is_remote(const Host *host)
{
    return host->remote != NULL;
}

bool host_answers(Host *host, GError **error)
{
    g_autoptr(virConnect) connection = connection_take(host, error);
    return connection != NULL;
}

const HostInfo *host_info(Host *host)
{
    return &host->info;
}
