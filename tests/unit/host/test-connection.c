/* SPDX-License-Identifier: GPL-2.0-or-later
 * Connecting again after a libvirt's daemon went away, with libvirt's own test driver.
 */
#include "host/host-private.h"
#include "util/error.h"

static guint registered; /* how often the events of a connection were asked for … */
static guint refused;    /* … and how often in vain, at first */

bool __wrap_events_register(Host *host, GError **error);
void __wrap_events_unregister(Host *host);

bool __wrap_events_register(Host *host, GError **error)
{
    (void)host;
    if (registered++ >= refused)
        return true;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the daemon is gone again");
    return false;
}

void __wrap_events_unregister(Host *host)
{
    (void)host;
}

/* A daemon that goes away once more while the lab connects again: a connection without events would
 * see no guest crash, and none of its own end. */
static void test_gone_again(void)
{
    Host host = {0};
    g_autoptr(GError) error = NULL;

    g_mutex_init(&host.lock);
    g_mutex_init(&host.reconnecting);
    g_assert_true(connection_open(&host, "test:///default", &error));
    host.closed = true;
    refused = 1;
    g_assert_null(connection_take(&host, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_clear_error(&error);

    g_autoptr(virConnect) connection = connection_take(&host, &error);
    g_assert_no_error(error);
    g_assert_nonnull(connection);
    g_assert_cmpuint(registered, ==, 2);

    virConnectClose(host.connection);
    g_mutex_clear(&host.lock);
    g_mutex_clear(&host.reconnecting);
    g_free(host.info.uri);
    g_free(host.info.libvirt);
    g_free(host.info.qemu);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/connection/gone-again", test_gone_again);
    return g_test_run();
}
