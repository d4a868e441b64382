/* SPDX-License-Identifier: GPL-2.0-or-later
 * Connecting to libvirt, and again after its daemon restarted.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "host/host-private.h"
#include "util/clock.h"
#include "util/error.h"

#define CONNECT_TIMEOUT_S 10
#define RECONNECT_TIMEOUT_S 30
#define RECONNECT_POLL_MS 200

/* virConnectOpen() has no deadline of its own: it runs in a thread, which is left to itself where
 * the other side does not answer. */
typedef struct {
    gint references; /* atomic */
    GMutex lock;
    GCond changed;
    char *uri;
    bool done;
    virConnectPtr connection;
    char *reason;
} Connecting;

static void connecting_unref(Connecting *call)
{
    if (!g_atomic_int_dec_and_test(&call->references))
        return;
    if (call->connection)
        virConnectClose(call->connection);
    g_mutex_clear(&call->lock);
    g_cond_clear(&call->changed);
    g_free(call->uri);
    g_free(call->reason);
    g_free(call);
}

/* Nobody is there to be asked: what is not in libvirt's auth.conf is not known. */
static int refuse(virConnectCredentialPtr credentials, unsigned int count, void *data)
{
    (void)credentials, (void)count;
    *(bool *)data = true;
    return -1;
}

/* An ssh that ends at once is an error to be told, and no end of this process: a SIGPIPE comes to
 * the thread that writes. */
static void block_sigpipe(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static gpointer run_connect(gpointer data)
{
    static int kinds[] = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
    bool asked = false;
    virConnectAuth auth = {
        .credtype = kinds, .ncredtype = G_N_ELEMENTS(kinds), .cb = refuse, .cbdata = &asked};
    Connecting *call = data;

    block_sigpipe();
    virConnectPtr connection = virConnectOpenAuth(call->uri, &auth, 0);
    char *reason = connection ? NULL
                   : asked ? g_strdup("authentication wants a name and a password, which libvirt's "
                                      "auth.conf does not have for this host")
                           : g_strdup(virGetLastErrorMessage());

    g_mutex_lock(&call->lock);
    call->connection = connection;
    call->reason = reason;
    call->done = true;
    g_cond_signal(&call->changed);
    g_mutex_unlock(&call->lock);
    connecting_unref(call);
    return NULL;
}

static bool connect_in_time(const char *uri, virConnectPtr *ret_connection, GError **error)
{
    Connecting *call = g_new0(Connecting, 1);
    gint64 deadline = clock_deadline_s(CONNECT_TIMEOUT_S);

    call->references = 2;
    call->uri = g_strdup(uri);
    g_mutex_init(&call->lock);
    g_cond_init(&call->changed);
    g_thread_unref(g_thread_new("libvirt-connect", run_connect, call));

    g_mutex_lock(&call->lock);
    while (!call->done && g_cond_wait_until(&call->changed, &call->lock, deadline))
        continue;
    *ret_connection = g_steal_pointer(&call->connection);
    if (!*ret_connection)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot connect to libvirt at '%s': %s",
                    uri, call->done ? call->reason : "it does not answer");
    g_mutex_unlock(&call->lock);
    connecting_unref(call);
    return *ret_connection != NULL;
}

/* Tells of a libvirt that goes away; the embedded one cannot, and refuses. */
static void keep_alive(virConnectPtr connection)
{
    virConnectSetKeepAlive(connection, 5, 3);
    virResetLastError();
}

static char *version_text(unsigned long version)
{
    return g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

bool connection_open(Host *host, const char *uri, GError **error)
{
    unsigned long libvirt = 0, qemu = 0;

    if (uri) {
        host->info.uri = g_strdup(uri);
    } else {
        g_autofree char *root = g_uri_escape_string(host->embed_root, "/", /* allow_utf8 */ FALSE);
        host->info.uri = g_strdup_printf("qemu:///embed?root=%s", root);
    }
    if (!connect_in_time(host->info.uri, &host->connection, error))
        return false;
    keep_alive(host->connection);
    if (virConnectGetLibVersion(host->connection, &libvirt) != 0 ||
        virConnectGetVersion(host->connection, &qemu) != 0)
        return host_fail(error, "'%s' runs no QEMU (Debian package qemu-system-x86)",
                         host->info.uri);
    host->info.libvirt = version_text(libvirt);
    host->info.qemu = version_text(qemu);
    return true;
}

bool connection_ask_accelerator(Host *host, GError **error)
{
    char *text = virConnectGetCapabilities(host->connection);

    if (!text)
        return host_fail(error, "'%s' does not tell what it is", host->info.uri);
    host->info.accelerator = strstr(text, "<domain type='kvm'") ? ACCELERATOR_KVM : ACCELERATOR_TCG;
    free(text);
    return true;
}

static bool is_closed(Host *host)
{
    g_mutex_lock(&host->lock);
    bool closed = host->closed;
    g_mutex_unlock(&host->lock);
    return closed;
}

static void set_closed(Host *host, bool closed)
{
    g_mutex_lock(&host->lock);
    host->closed = closed;
    g_mutex_unlock(&host->lock);
}

/* What the old connection had is lost; machines hold it until they end. One that gives no events is
 * as good as closed: nobody would be told of a guest's end, nor of its own. */
static bool connect_again(Host *host, GError **error)
{
    gint64 deadline = clock_deadline_s(RECONNECT_TIMEOUT_S);
    virConnectPtr connection = NULL;

    if (host->gone) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "libvirt at '%s' went away",
                    host->info.uri);
        return false;
    }
    while (!connect_in_time(host->info.uri, &connection, error)) {
        if (clock_left_ms(deadline) == 0) {
            host->gone = true;
            return false;
        }
        g_clear_error(error);
        poll(NULL, 0, RECONNECT_POLL_MS);
    }
    keep_alive(connection);
    events_unregister(host);
    virConnectClose(host->connection);
    virResetLastError();
    host->connection = connection;
    set_closed(host, false); /* before the events, which may tell that it closed again */
    if (events_register(host, error))
        return true;
    set_closed(host, true);
    return false;
}

virConnectPtr connection_take(Host *host, GError **error)
{
    virConnectPtr connection = NULL;

    g_mutex_lock(&host->reconnecting);
    if (!is_closed(host) || connect_again(host, error)) {
        connection = host->connection;
        virConnectRef(connection);
    }
    g_mutex_unlock(&host->reconnecting);
    return connection;
}
