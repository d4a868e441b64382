/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest whose agent has the second serial port, as ReactOS' has (docs/reactos.md): the reference
 * guest on a machine without a virtio channel. Commands, files of some size both ways, what the lab
 * asks of a system, a warm state and a clone of it, and a power-off that the agent is asked for.
 *
 * TRUCE_LIVE_STATE: the state folder. Skips where the guest is not built.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "guest/registry.h"
#include "guest/system.h"
#include "guest/windows.h"
#include "host/image.h"
#include "host/machine.h"
#include "live-agent.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define COMMAND_S 120
#define FILE_BYTES (100 * 1024) /* several pieces of the protocol */
#define POWER_OFF_S 120
#define LOOK "C:\\windows\\temp\\truce-look.exe"
#define PATIENCE 4

static Host *host;
static Guest *guest;
static Image *image;
static char *folder;

static void check_command(Agent *agent)
{
    gint64 began = g_get_monotonic_time();
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GError) error = NULL;

    agent_exec(agent, "cmd.exe /c echo over a serial port", COMMAND_S, &result, &error);
    g_assert_no_error(error);
    g_assert_cmpint(result.exit_code, ==, 0);
    g_assert_nonnull(strstr(result.out, "over a serial port"));
    g_test_message("a command took %u ms", clock_elapsed_ms(began));
}

static void check_file(Agent *agent)
{
    g_autofree char *to = g_build_filename(folder, "sent", NULL);
    g_autofree char *back = g_build_filename(folder, "back", NULL);
    g_autofree guint8 *bytes = g_malloc(FILE_BYTES);
    g_autofree char *sent = NULL, *got = NULL;
    gint64 began = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < FILE_BYTES; i++)
        bytes[i] = (guint8)(i * i >> 7);
    g_assert_true(g_file_set_contents(to, (char *)bytes, FILE_BYTES, NULL));
    agent_file_put(agent, to, "C:\\windows\\temp\\sent.bin", &error);
    g_assert_no_error(error);
    g_test_message("%d KiB went in after %u ms", FILE_BYTES / 1024, clock_elapsed_ms(began));
    agent_file_get(agent, "C:\\windows\\temp\\sent.bin", back, FILE_BYTES, &error);
    g_assert_no_error(error);
    g_test_message("and came out after %u ms", clock_elapsed_ms(began));
    g_assert_true(files_sha256(to, &sent, &error));
    g_assert_true(files_sha256(back, &got, &error));
    g_assert_cmpstr(got, ==, sent);
}

/* What the lab asks of a system, as far as the reference guest has an answer (docs/windows.md). */
static void check_questions(const System *system)
{
    static const char *const drivers[] = {"alder.sys", NULL};
    g_autoptr(GPtrArray) services = NULL, events = NULL, facts = NULL, filters = NULL;
    g_auto(SystemVerifier) on = {0}, off = {0};
    g_autofree char *product = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(system_services(system, &services, &error));
    g_assert_nonnull(system_service(services, "msiserver"));
    g_assert_true(system_verifier_on(system, drivers, &error));
    g_assert_true(system_verifier_query(system, &on, &error));
    g_assert_true(system_verifier_covers(&on, "ALDER.SYS"));
    g_assert_true(system_verifier_off(system, &error));
    g_assert_true(system_verifier_query(system, &off, &error));
    g_assert_false(system_verifier_covers(&off, "alder.sys"));
    g_assert_true(system_events(system, "2000-01-01T00:00:00Z", &events, &error));
    g_assert_true(system_environment(system, &facts, &error));
    g_assert_cmpuint(facts->len, >=, 2);
    g_assert_true(registry_get(system->agent,
                               "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
                               "ProductName", &product, &error));
    g_assert_nonnull(product);
    g_assert_true(system_filters(system, &filters, &error));
    g_assert_no_error(error);
    g_test_message("%s: %u services, %u event records, %u filters", product, services->len,
                   events->len, filters->len);
}

/* What it has no answer for, it refuses. */
static void check_refusals(const System *system)
{
    static const char *const paths[] = {"C:\\windows\\system32\\kernel32.dll", NULL};
    g_autoptr(GPtrArray) signatures = NULL;
    g_autoptr(GError) signed_error = NULL, safe_error = NULL, loop_error = NULL;

    g_assert_false(system_signatures(system, paths, &signatures, &signed_error));
    g_assert_error(signed_error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_false(system_safe_mode(system, true, &safe_error));
    g_assert_error(safe_error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_false(system_boot_loop(system, &loop_error));
    g_assert_error(loop_error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void check_system(Agent *agent)
{
    const System system = {
        .kind = SYSTEM_REFERENCE, .agent = agent, .look = LOOK, .patience = PATIENCE};
    g_autofree char *look = files_share_path("tools/truce-look.exe");
    gint64 began = g_get_monotonic_time();
    bool existed = false, exists = true;
    g_autoptr(GError) error = NULL;

    agent_file_put(agent, look, LOOK, &error);
    g_assert_no_error(error);
    check_questions(&system);
    check_refusals(&system);
    g_assert_true(windows_delete_file(agent, LOOK, &existed, &error));
    g_assert_true(existed);
    g_assert_true(windows_file_exists(agent, LOOK, &exists, &error));
    g_assert_false(exists);
    g_test_message("questions to the system took %u ms", clock_elapsed_ms(began));
}

static void check_power_off(Machine *machine, Agent *agent)
{
    g_autoptr(GError) error = NULL;

    agent_shutdown(agent, AGENT_POWERDOWN, &error);
    g_assert_no_error(error);
    g_assert_cmpint(machine_next_event(machine, clock_deadline_s(POWER_OFF_S)), ==,
                    MACHINE_EVENT_SHUTDOWN);
}

static void test_serial(void)
{
    g_autofree char *serial_log = g_build_filename(folder, "serial.log", NULL);
    g_autofree char *warm = g_build_filename(folder, "warm", NULL);
    const MachineConfig config = {.guest = guest,
                                  .image_folder = image->folder,
                                  .serial_log = serial_log,
                                  .name = "truce-serial",
                                  .for_warm_state = true};
    g_autoptr(Machine) machine = NULL;
    g_autoptr(Machine) clone = NULL;
    g_autoptr(GError) error = NULL;

    machine_boot(host, &config, BOOT_NORMAL, &machine, &error);
    g_assert_no_error(error);
    g_autoptr(Agent) agent = live_agent(machine, guest);
    check_command(agent);
    check_file(agent);
    check_system(agent);
    machine_save_warm(machine, warm, &error);
    g_assert_no_error(error);
    machine_clone(host, &config, warm, &clone, &error);
    g_assert_no_error(error);
    g_autoptr(Agent) again = live_agent(clone, guest);
    check_command(again);
    check_power_off(clone, again);
}

int main(int argc, char **argv)
{
    g_autofree char *recipe = files_share_path("guests/reference/guest.xml");
    const char *state = g_getenv("TRUCE_LIVE_STATE");
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    if (!guest_read(recipe, &guest, &error))
        g_error("%s", error->message);
    guest->channel = GUEST_CHANNEL_SERIAL;
    if (!state || !image_open(state, "reference", &image, &error)) {
        g_print("1..0 # SKIP %s\n", error ? error->message : "TRUCE_LIVE_STATE is not set");
        return 77;
    }
    folder = g_build_filename(state, "builds", "serial", NULL);
    if (!files_remove_tree(folder, &error) || !files_make_folder(folder, &error) ||
        !host_open(NULL, state, &host, &error))
        g_error("%s", error->message);
    g_test_add_func("/serial/agent", test_serial);
    int status = g_test_run();
    host_close(host);
    files_remove_tree(folder, NULL);
    image_free(image);
    guest_free(guest);
    g_free(folder);
    return status;
}
