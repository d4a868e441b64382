/* SPDX-License-Identifier: GPL-2.0-or-later
 * Clones of the reference guest's warm state: each is the guest that was saved, and a machine of
 * its own, also after a restart; a guest that only booted is not taken for one.
 *
 * TRUCE_LIVE_STATE: the state folder. Skips where the guest is not built.
 */
#include <string.h>

#include <gio/gio.h>

#include "guest/registry.h"
#include "host/image.h"
#include "live-agent.h"
#include "model/lab.h"
#include "run/restore.h"
#include "run/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define RESTART_S 120
#define REVERTS 3
#define PRODUCT_UUID "Z:\\sys\\class\\dmi\\id\\product_uuid"
#define HEARD_MS 1500

static Host *host;
static Lab *lab;
static Guest *guest;
static Image *image;
static char *folder, *serial_log, *warm;

/* One clone, and what its guest tells of itself. */
typedef struct {
    AgentIdentity identity; /* that it was given */
    Machine *machine;
    Agent *agent;
    char *name, *mac, *boot_id, *registry_name;
} Clone;

static void clone_clear(Clone *clone)
{
    agent_free(clone->agent);
    machine_free(clone->machine);
    g_free(clone->name);
    g_free(clone->mac);
    g_free(clone->boot_id);
    g_free(clone->registry_name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Clone, clone_clear)

static void make_clone(Clone *clone)
{
    restore_choose_identity(guest, warm, &clone->identity);
    const MachineConfig config = {.guest = guest,
                                  .image_folder = image->folder,
                                  .serial_log = serial_log,
                                  .name = "truce-restore",
                                  .computer_name = clone->identity.name,
                                  .mac = clone->identity.mac};
    g_autoptr(GError) error = NULL;

    machine_clone(host, &config, warm, &clone->machine, &error);
    g_assert_no_error(error);
    clone->agent = live_agent(clone->machine, guest);
    agent_set_time(clone->agent, &error);
    g_assert_no_error(error);
}

/* What a file of the guest's Linux holds, without the end of its line. */
static char *read_line(Agent *agent, const char *path)
{
    g_autofree char *copy = g_build_filename(folder, "copy", NULL);
    char *text = NULL;
    g_autoptr(GError) error = NULL;

    agent_file_get(agent, path, copy, 4096, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(copy, &text, NULL, NULL));
    return g_strchomp(text);
}

static void ask(Clone *clone)
{
    g_autoptr(GError) error = NULL;

    g_free(clone->name);
    g_free(clone->mac);
    g_free(clone->boot_id);
    g_free(clone->registry_name);
    clone->name = read_line(clone->agent, "Z:\\proc\\sys\\kernel\\hostname");
    clone->mac = read_line(clone->agent, "Z:\\sys\\class\\net\\eth0\\address");
    clone->boot_id = read_line(clone->agent, "Z:\\proc\\sys\\kernel\\random\\boot_id");
    registry_get(clone->agent,
                 "HKLM\\System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName",
                 "ComputerName", &clone->registry_name, &error);
    g_assert_no_error(error);
    g_test_message("%s, %s, %s", clone->name, clone->mac, clone->boot_id);
}

static void identify(Clone *clone)
{
    gint64 began = g_get_monotonic_time(), off_ms;
    g_autoptr(GError) error = NULL;

    restore_prove(clone->agent, warm, &error);
    g_assert_no_error(error);
    restore_check_clock(clone->agent, &off_ms, &error);
    g_assert_no_error(error);
    restore_identify(clone->agent, &clone->identity, &error);
    g_assert_no_error(error);
    g_test_message("proven after %u ms", clock_elapsed_ms(began));
    ask(clone);
    g_assert_cmpstr(clone->name, ==, clone->identity.name);
    g_assert_cmpstr(clone->registry_name, ==, clone->identity.name);
    g_assert_cmpstr(clone->mac, ==, clone->identity.mac);
    g_assert_cmpstr(clone->boot_id, ==, clone->identity.boot_id);
}

static void test_warm_state(void)
{
    g_autoptr(Progress) progress = progress_new(true);
    volatile gint cancelled = 0;
    g_autoptr(GError) error = NULL;

    warm_ensure(host, guest, image, progress, &cancelled, &warm, &error);
    g_assert_no_error(error);
}

/* Without a name of their own all clones have the template's. */
static void test_template(void)
{
    g_auto(Clone) one = {0}, other = {0};

    make_clone(&one);
    make_clone(&other);
    ask(&one);
    ask(&other);
    g_assert_cmpstr(one.name, ==, "TRUCE-REF");
    g_assert_cmpstr(one.name, ==, other.name);
    g_assert_cmpstr(one.mac, ==, other.mac);
    g_assert_cmpstr(one.boot_id, ==, other.boot_id);
}

static void test_two_clones(void)
{
    g_auto(Clone) one = {0}, other = {0};

    make_clone(&one);
    make_clone(&other);
    identify(&one);
    identify(&other);
    g_assert_cmpstr(one.name, !=, other.name);
    g_assert_cmpstr(one.mac, !=, other.mac);
    g_assert_cmpstr(one.boot_id, !=, other.boot_id);
}

/* Nonsense changes nothing. */
static void test_refused(void)
{
#define SEED "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define BOOT_ID "\"boot-id\":\"00000000-0000-4000-8000-000000000000\""
    static const char *const wrong[] = {
        "",
        BOOT_ID ",\"seed\":\"" SEED "\"",
        "\"name\":\"X\",\"seed\":\"" SEED "\"",
        "\"name\":\"X\"," BOOT_ID,
        "\"name\":\"X\"," BOOT_ID ",\"seed\":\"MDEyMw==\"",
        "\"name\":\"X\"," BOOT_ID ",\"seed\":\"" SEED SEED "\"",
        "\"name\":\"X\",\"boot-id\":\"0\",\"seed\":\"" SEED "\"",
        "\"name\":\"SIXTEENCHARACTER\"," BOOT_ID ",\"seed\":\"" SEED "\"",
        "\"name\":\"X\",\"mac\":\"02:54:00:00:00\"," BOOT_ID ",\"seed\":\"" SEED "\"",
        "\"name\":\"X\",\"mac\":\"02:54:00:00:00:0g\"," BOOT_ID ",\"seed\":\"" SEED "\"",
    };
    g_auto(Clone) clone = {0};

    make_clone(&clone);
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *call =
            g_strdup_printf("{\"execute\":\"truce-set-identity\",\"arguments\":{%s}}", wrong[i]);
        g_autofree char *reply = NULL;
        g_autoptr(GError) error = NULL;
        machine_agent_call(clone.machine, call, RESTART_S * 1000, &reply, &error);
        g_assert_no_error(error);
        g_assert_nonnull(strstr(reply, "are wanted"));
    }
    ask(&clone);
    g_assert_cmpstr(clone.name, ==, "TRUCE-REF");
}

/* It keeps what it is known by, has a boot id of its kernel's own, and forgot the state's mark. */
static void test_restart(void)
{
    g_auto(Clone) clone = {0};
    g_autoptr(GError) error = NULL;

    make_clone(&clone);
    identify(&clone);
    g_autofree char *hardware = read_line(clone.agent, PRODUCT_UUID);
    agent_shutdown(clone.agent, AGENT_REBOOT, &error);
    g_assert_no_error(error);
    g_assert_cmpint(machine_next_event(clone.machine, clock_deadline_s(RESTART_S)), ==,
                    MACHINE_EVENT_RESET);
    agent_free(clone.agent);
    clone.agent = live_agent(clone.machine, guest);
    ask(&clone);
    g_assert_cmpstr(clone.name, ==, clone.identity.name);
    g_assert_cmpstr(clone.registry_name, ==, clone.identity.name);
    g_assert_cmpstr(clone.mac, ==, clone.identity.mac);
    g_assert_cmpstr(clone.boot_id, !=, clone.identity.boot_id);
    g_autofree char *hardware_now = read_line(clone.agent, PRODUCT_UUID);
    g_assert_cmpstr(hardware_now, ==, hardware); /* products know a machine by it */
    g_assert_false(restore_prove(clone.agent, warm, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "not the guest that was saved"));
}

/* The guest's port is closed and opened anew by a revert, which libvirt hears of up to a second
 * later: no request after it may meet that. */
static void test_revert(void)
{
    g_auto(Clone) clone = {0};
    g_autoptr(GError) error = NULL;

    make_clone(&clone);
    machine_snapshot(clone.machine, "before", &error);
    g_assert_no_error(error);
    for (int i = 0; i < REVERTS; i++) {
        gint64 began = g_get_monotonic_time();
        machine_revert(clone.machine, "before", &error);
        g_assert_no_error(error);
        guint took_ms = clock_elapsed_ms(began), asked = 0;
        for (gint64 until = clock_deadline_ms(HEARD_MS); clock_left_ms(until) > 0; asked++) {
            agent_ping(clone.agent, RESTART_S * 1000, &error);
            g_assert_no_error(error);
        }
        g_test_message("reverted after %u ms, then %u answers", took_ms, asked);
    }
}

int main(int argc, char **argv)
{
    const char *state = g_getenv("TRUCE_LIVE_STATE");
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    if (!state || !lab_read(NULL, &lab, &error) || !lab_guest(lab, "reference", &guest, &error) ||
        !image_open(state, "reference", &image, &error)) {
        g_print("1..0 # SKIP %s\n", error ? error->message : "TRUCE_LIVE_STATE is not set");
        return 77;
    }
    folder = g_dir_make_tmp("truce-restore-XXXXXX", NULL);
    serial_log = g_build_filename(folder, "serial.log", NULL);
    if (!host_open(NULL, state, &host, &error))
        g_error("%s", error->message);
    g_test_add_func("/restore/warm-state", test_warm_state);
    g_test_add_func("/restore/template", test_template);
    g_test_add_func("/restore/two-clones", test_two_clones);
    g_test_add_func("/restore/refused", test_refused);
    g_test_add_func("/restore/revert", test_revert);
    g_test_add_func("/restore/restart", test_restart);
    int status = g_test_run();
    host_close(host);
    files_remove_tree(folder, NULL);
    g_free(folder);
    g_free(serial_log);
    g_free(warm);
    image_free(image);
    guest_free(guest);
    lab_free(lab);
    return status;
}
