/* SPDX-License-Identifier: GPL-2.0-or-later
 * Opening a host: the KVM probe's deadline and cache, and what is refused before libvirt is asked.
 */
#include "host/host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

static void test_kvm_probe(void)
{
    g_autofree char *state = g_dir_make_tmp("truce-kvm-XXXXXX", NULL);
    gint64 began = g_get_monotonic_time();
    const char *reason = NULL, *again = NULL;

    bool runs = kvm_probe(state, &reason);
    guint first_ms = clock_elapsed_ms(began);
    g_assert_nonnull(reason);
    g_assert_cmpuint(first_ms, <, 5000);
    g_test_message("KVM: %s (%u ms)", reason, first_ms);

    began = g_get_monotonic_time();
    g_assert_cmpint(kvm_probe(state, &again), ==, runs);
    g_assert_cmpstr(again, ==, reason);
    g_assert_cmpuint(clock_elapsed_ms(began), <, 500);

    g_autofree char *cache = g_build_filename(state, "kvm-probe", NULL);
    g_assert_true(g_file_set_contents(cache, "another kernel\n0\n", -1, NULL));
    g_assert_cmpint(kvm_probe(state, &again), ==, runs);
    g_assert_cmpstr(again, ==, reason);
    g_assert_true(files_remove_tree(state, NULL));
}

static void assert_refused(const char *state, const char *word)
{
    g_autoptr(Host) host = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(host_open(NULL, state, &host, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, word));
    g_assert_null(host);
}

static void test_long_path(void)
{
    g_autofree char *base = g_dir_make_tmp("truce-open-XXXXXX", NULL);
    g_autofree char *name = g_strnfill(80, 'x');
    g_autofree char *state = g_build_filename(base, name, NULL);

    assert_refused(state, "too long a path");
    g_assert_true(files_remove_tree(base, NULL));
}

static void test_locked(void)
{
    g_autofree char *state = g_dir_make_tmp("truce-open-XXXXXX", NULL);
    g_autofree char *lock = g_build_filename(state, "lock", NULL);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
    g_assert_true(host_in_use(state));
    assert_refused(state, "another truce uses");
    close(fd);
    g_assert_false(host_in_use(state));
    g_assert_true(files_remove_tree(state, NULL));
}

static void test_no_folder(void)
{
    g_assert_false(host_in_use("/proc/truce"));
    assert_refused("/proc/truce", "/proc/truce");
}

static void assert_no_libvirt(const char *uri, const char *word)
{
    g_autofree char *state = g_dir_make_tmp("truce-open-XXXXXX", NULL);
    g_autoptr(Host) host = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(host_open(uri, state, &host, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, word));
    g_assert_true(files_remove_tree(state, NULL));
}

static void test_wrong_uri(void)
{
    assert_no_libvirt("qemu+unix:///session?socket=/nonexistent/socket", "/nonexistent/socket");
    assert_no_libvirt("nonsense:///x", "nonsense");
    assert_no_libvirt("test:///default", "test:///default"); /* has no QEMU */
}

/* Each way to another host says what is wrong in its own words; nobody is asked for anything. */
static void test_no_remote(void)
{
    assert_no_libvirt("qemu+tcp://127.0.0.1:1/system", "Connection refused");
    assert_no_libvirt("qemu+tls://127.0.0.1:1/system?pkipath=/nonexistent", "cacert.pem");
    assert_no_libvirt("qemu+ssh://127.0.0.1:1/system?command=/nonexistent/ssh", "/nonexistent/ssh");
    assert_no_libvirt("qemu+ssh://127.0.0.1:1/system?command=/bin/false", "qemu+ssh");
}

static void test_is_remote(void)
{
    static const char *const here[] = {
        "qemu:///system",     "qemu:///embed?root=/x", "qemu+unix:///s?a=b", "qemu+ssh:///system",
        "qemu+tcp:///system", "test:///default",       "no URI at all",      ""};
    static const char *const there[] = {"qemu://rack1/system",
                                        "qemu+ssh://rack1/system",
                                        "qemu+ssh://root@rack1:2222/system?command=/opt/s s&a=b",
                                        "qemu+tls://rack1.example/system?pkipath=/etc/p",
                                        "qemu+tcp://10.0.0.2:16509/system",
                                        "qemu+tcp://[fd00::1]:16509/system",
                                        "qemu+libssh2://us%65r:word@rack1/system"};

    g_assert_false(host_uri_is_remote(NULL));
    for (guint i = 0; i < G_N_ELEMENTS(here); i++)
        g_assert_false(host_uri_is_remote(here[i]));
    for (guint i = 0; i < G_N_ELEMENTS(there); i++)
        g_assert_true(host_uri_is_remote(there[i]));
}

/* Somebody listens, and never says a word. */
static void test_silent_libvirt(void)
{
    g_autofree char *folder = g_dir_make_tmp("truce-open-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    g_autofree char *uri = g_strconcat("qemu+unix:///session?socket=", path, NULL);
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    gint64 began = g_get_monotonic_time();

    g_assert_true(g_socket_listener_add_address(listener, address, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, NULL));
    assert_no_libvirt(uri, "does not answer");
    g_assert_cmpuint(clock_elapsed_ms(began), <, 30000);
    g_socket_listener_close(listener);
    g_assert_true(files_remove_tree(folder, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/open/kvm-probe", test_kvm_probe);
    g_test_add_func("/open/long-path", test_long_path);
    g_test_add_func("/open/locked", test_locked);
    g_test_add_func("/open/no-folder", test_no_folder);
    g_test_add_func("/open/wrong-uri", test_wrong_uri);
    g_test_add_func("/open/no-remote", test_no_remote);
    g_test_add_func("/open/is-remote", test_is_remote);
    g_test_add_func("/open/silent-libvirt", test_silent_libvirt);
    return g_test_run();
}
