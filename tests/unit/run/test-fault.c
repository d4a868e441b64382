/* SPDX-License-Identifier: GPL-2.0-or-later
 * Faults on a machine that writes down what is done to it, with a scripted agent: what each asks of
 * the hypervisor and the guest, when it strikes, and what a refusal becomes.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "fake-agent.h"
#include "fake-fault.h"
#include "fake-machine.h"
#include "fault-words.h"
#include "run/fault.h"
#include "util/clock.h"

static const Guest reference = {.kind = GUEST_REFERENCE, .name = "reference"};
static const Guest windows = {.kind = GUEST_WINDOWS, .name = "windows"};

static guint watches, boots, reboots;
static char *serial_log;

/* The rest of the machine; fake-machine.h's would be a guest with a script. */
void fake_nmi(Machine *machine)
{
    g_assert_null(machine);
}

bool machine_restart(Machine *machine, GError **error)
{
    (void)machine;
    (void)error;
    g_string_append(fake_faults, "restart; ");
    return true;
}

/* Time passes only when the trigger's own pause is over. */
static bool watch(gpointer data, gint64 deadline, GError **error)
{
    (void)data;
    (void)error;
    watches++;
    g_usleep(clock_left_ms(deadline) * 1000);
    return true;
}

static bool reboot(gpointer data, GError **error)
{
    (void)data;
    (void)error;
    reboots++;
    return true;
}

static void on_boot(gpointer data, BootMode mode, const char *cause)
{
    (void)data;
    (void)mode;
    g_assert_nonnull(cause);
    boots++;
}

static void on_note(gpointer data, const char *text)
{
    (void)data;
    g_assert_nonnull(text);
}

static FaultTarget target_of(Agent *agent, const Guest *guest)
{
    return (FaultTarget){.agent = agent,
                         .guest = guest,
                         .serial_log = serial_log,
                         .scratch_folder = g_get_tmp_dir(),
                         .watch = watch,
                         .reboot = reboot,
                         .boots = on_boot,
                         .note = on_note};
}

typedef struct {
    FaultKind kind;
    const char *words;
    const char *begins; /* what the machine is told */
    const char *undone;
    FaultAftermath aftermath;
} Hypervisor;

/* Those that ask nothing of the guest. */
static const Hypervisor hypervisor[] = {
    {FAULT_DISK_SLOW, "iops|7|kib-per-s|2", "limit 7 2048; ", "limit 0 0; ", FAULT_GUEST_GOES_ON},
    {FAULT_DISK_ERROR, "", "fail writes 5; ", "fail 0; ", FAULT_GUEST_GOES_ON},
    {FAULT_DISK_ERROR, "on|both|reason|no-space", "fail reads writes 28; ", "fail 0; ",
     FAULT_GUEST_GOES_ON},
    {FAULT_DISK_ERROR, "on|read", "fail reads 5; ", "fail 0; ", FAULT_GUEST_GOES_ON},
    {FAULT_VCPU_STEAL, "percent|95", "steal 95; ", "steal 0; ", FAULT_GUEST_GOES_ON},
    {FAULT_LINK_DOWN, "", "link down; ", "link up; ", FAULT_GUEST_GOES_ON},
    {FAULT_NMI, "", "nmi; ", "", FAULT_GUEST_CRASHES},
    {FAULT_RESET, "", "restart; ", "", FAULT_GUEST_RESTARTS},
    {FAULT_POWER_CUT, "", "power-cut; restart; ", "", FAULT_GUEST_RESTARTS},
    {FAULT_POWER_CUT, "unflushed|lost", "record; power-cut; restart; ", "", FAULT_GUEST_RESTARTS},
};

static void test_hypervisor(gconstpointer data)
{
    const Hypervisor *h = data;
    g_autoptr(FaultCall) fault_call = fault_of_words(h->kind, h->words);
    FaultTarget target = target_of(NULL, &windows);
    g_autoptr(Fault) fault = NULL;
    g_autoptr(GError) error = NULL;

    fake_faults_reset(NULL);
    boots = 0;
    g_assert_true(fault_prepare(fault_call, &target, &error));
    g_assert_true(fault_begin(fault_call, &target, &fault, &error));
    g_assert_cmpstr(fake_faults->str, ==, h->begins);
    g_assert_cmpint(fault_aftermath(fault), ==, h->aftermath);
    g_assert_cmpuint(boots, ==, h->aftermath == FAULT_GUEST_RESTARTS);
    g_string_truncate(fake_faults, 0);
    g_assert_true(fault_undo(fault, &error));
    g_assert_cmpstr(fake_faults->str, ==, h->undone);
}

/* A hypervisor that cannot is the lab's trouble, and says which fault did not strike. */
static void test_broken(void)
{
    static const struct {
        FaultKind kind;
        const char *words, *broken;
    } broken[] = {
        {FAULT_DISK_SLOW, "", "limit"},  {FAULT_DISK_ERROR, "", "fail"},
        {FAULT_VCPU_STEAL, "", "steal"}, {FAULT_LINK_DOWN, "", "link"},
        {FAULT_NMI, "", "nmi"},          {FAULT_POWER_CUT, "", "power-cut"},
    };
    FaultTarget target = target_of(NULL, &windows);

    for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(FaultCall) fault_call = fault_of_words(broken[i].kind, broken[i].words);
        Fault *none = NULL;
        g_autoptr(GError) error = NULL;
        fake_faults_reset(broken[i].broken);
        g_assert_false(fault_begin(fault_call, &target, &none, &error));
        g_assert_null(none);
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_nonnull(strstr(error->message, fault_info(broken[i].kind)->name));
    }
    fake_faults_reset(NULL);
}

#define EXEC(path) "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"" path "\"}}"
#define STATUS "{\"execute\": \"guest-exec-status\"}"
#define PID "{\"return\": {\"pid\": 7}}"
#define ENDED(code) "{\"return\": {\"exited\": true, \"exitcode\": " #code "}}"

static void test_process_kill(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"taskkill.exe\", "
                     "\"arg\": [\"/f\", \"/im\", \"acme-svc.exe\"]}}",
                     PID),
        FAKE_ANSWERS(STATUS, ENDED(0)),
        FAKE_ANSWERS(EXEC("taskkill.exe"), PID),
        FAKE_ANSWERS(STATUS, ENDED(128)),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_PROCESS_KILL, "image|acme-svc.exe");
    FaultTarget target = target_of(agent, &windows);
    g_autoptr(Fault) fault = NULL;
    Fault *none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(fault_begin(fault_call, &target, &fault, NULL));
    g_assert_true(fault_undo(fault, NULL));
    g_assert_false(fault_begin(fault_call, &target, &none, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "did not strike"));
}

/* What sc.exe query prints, in base64 as the agent sends it; German words, and a name that begins
 * like a number. */
static char *query_reply(guint state)
{
    g_autofree char *text = g_strdup_printf("\r\nSERVICE_NAME: 7acme\r\n"
                                            "        TYP                : 10  WIN32_OWN_PROCESS\r\n"
                                            "        STATUS             : %u  WORT\r\n"
                                            "        WIN32_BEENDIGUNG   : 0  (0x0)\r\n",
                                            state);
    g_autofree char *base64 = g_base64_encode((const guchar *)text, strlen(text));
    return g_strdup_printf(
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%s\"}}", base64);
}

static void test_service_stop(void)
{
    g_autofree char *running = query_reply(4), *stopping = query_reply(3),
                    *stopped = query_reply(1);
    const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, ENDED(0)), /* stop */
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, stopping),
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, stopped),
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, stopped),  /* undo looks … */
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, ENDED(0)), /* … and starts */
        FAKE_ANSWERS(EXEC("sc.exe"), PID), FAKE_ANSWERS(STATUS, running),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_SERVICE_STOP, "service|7acme");
    FaultTarget target = target_of(agent, &windows);
    g_autoptr(Fault) fault = NULL;
    g_autoptr(GError) error = NULL;

    watches = 0;
    fault_begin(fault_call, &target, &fault, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(watches, ==, 1);
    fault_undo(fault, &error);
    g_assert_no_error(error);
}

static void test_clock_jump(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-set-time\"}", "{\"return\": {}}"),
        FAKE_ANSWERS("{\"execute\": \"guest-set-time\"}", "{\"return\": {}}"),
        FAKE_ANSWERS("{\"execute\": \"guest-set-time\"}", "{\"return\": {}}"),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) jump = fault_of_words(FAULT_CLOCK_JUMP, "seconds|3600");
    g_autoptr(FaultCall) cut = fault_of_words(FAULT_CLOCK_JUMP, "seconds|-3600|by|machine");
    FaultTarget target = target_of(agent, &windows);
    g_autoptr(Fault) first = NULL, second = NULL;

    fake_faults_reset(NULL);
    g_assert_true(fault_begin(jump, &target, &first, NULL));
    g_assert_cmpint(fault_aftermath(first), ==, FAULT_GUEST_GOES_ON);
    g_assert_cmpstr(fake_faults->str, ==, "");
    g_assert_true(fault_undo(first, NULL));
    g_string_truncate(fake_faults, 0);
    g_assert_true(fault_begin(cut, &target, &second, NULL));
    g_assert_cmpint(fault_aftermath(second), ==, FAULT_GUEST_RESTARTS);
    g_assert_cmpstr(fake_faults->str, ==, "clock -3600; power-cut; restart; ");
    g_assert_true(fault_undo(second, NULL));
}

#define REG "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"reg.exe\"}}"
/* What reg.exe prints of VerifyDriverLevel and VerifyDrivers. */
#define PRINTED(base64)                                                                            \
    "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"" base64 "\"}}"
#define LEVEL PRINTED("ICAgIFZlcmlmeURyaXZlckxldmVsICAgIFJFR19EV09SRCAgICAweDIwOWJiDQo=")
#define DRIVERS PRINTED("ICAgIFZlcmlmeURyaXZlcnMgICAgUkVHX1NaICAgIGFjbWUuc3lzDQo=")

/* What does not watch the driver after the restart is no verifier. */
static void test_verifier_lost(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"verifier.exe\"}}",
                     PID),
        FAKE_ANSWERS(STATUS, ENDED(2)),
        FAKE_ANSWERS(REG, PID),
        FAKE_ANSWERS(STATUS, LEVEL),
        FAKE_ANSWERS(REG, PID),
        FAKE_ANSWERS(STATUS, DRIVERS),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_DRIVER_VERIFIER, "driver|other.sys");
    FaultTarget target = target_of(agent, &windows);
    Fault *none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(fault_begin(fault_call, &target, &none, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

static void test_verifier(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"verifier.exe\", "
                     "\"arg\": [\"/standard\", \"/driver\", \"acme.sys\"]}}",
                     PID),
        FAKE_ANSWERS(STATUS, ENDED(2)),
        FAKE_ANSWERS(REG, PID),
        FAKE_ANSWERS(STATUS, LEVEL),
        FAKE_ANSWERS(REG, PID),
        FAKE_ANSWERS(STATUS, DRIVERS),
        FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"arg\": [\"/reset\"]}}", PID),
        FAKE_ANSWERS(STATUS, ENDED(0)),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_DRIVER_VERIFIER, "driver|acme.sys");
    g_autoptr(FaultCall) nmi = fault_of_words(FAULT_NMI, "");
    FaultTarget target = target_of(agent, &windows), here = target_of(agent, &reference);
    g_autoptr(Fault) fault = NULL;
    Fault *none = NULL;
    g_autoptr(GError) error = NULL;

    reboots = 0;
    g_assert_true(fault_begin(fault_call, &target, &fault, NULL));
    g_assert_cmpuint(reboots, ==, 1);
    g_assert_true(fault_undo(fault, NULL));
    g_assert_cmpuint(reboots, ==, 2);
    g_assert_false(fault_begin(nmi, &here, &none, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_triggers_of_time(void)
{
    g_autoptr(FaultCall) once = fault_of_words(FAULT_RESET, ""),
                         later = fault_of_words(FAULT_RESET, "after-s|2"),
                         part = fault_of_words(FAULT_RESET, "at-percent|50");
    FaultTarget target = target_of(NULL, &windows);
    FaultMoment moment = fault_moment(&target, 0);
    bool due = false;
    guint next_ms = 0;

    g_assert_true(fault_due(once, &target, &moment, &due, &next_ms, NULL));
    g_assert_true(due);
    g_assert_true(fault_due(later, &target, &moment, &due, &next_ms, NULL));
    g_assert_false(due);
    g_assert_cmpuint(next_ms, >, 1000);
    g_assert_cmpuint(next_ms, <=, 2000);
    moment.began -= 2 * G_USEC_PER_SEC;
    g_assert_true(fault_due(later, &target, &moment, &due, &next_ms, NULL));
    g_assert_true(due);

    moment = fault_moment(&target, 10000);
    g_assert_true(fault_due(part, &target, &moment, &due, &next_ms, NULL));
    g_assert_false(due);
    g_assert_cmpuint(next_ms, >, 4000);
    g_assert_cmpuint(next_ms, <=, 5000);
    moment = fault_moment(&target, 0);
    g_assert_true(fault_due(part, &target, &moment, &due, &next_ms, NULL));
    g_assert_true(due);
}

#define OPEN "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\new\"}}"

static void test_trigger_file(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"absent\"}}"),
        FAKE_ANSWERS(OPEN, "{\"return\": 1000}"),
        FAKE_ANSWERS("{\"execute\": \"guest-file-close\"}", "{\"return\": {}}"),
        FAKE_ANSWERS(OPEN, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"absent\"}}"),
    };
    g_autoptr(FakeAgent) peer = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(peer);
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_RESET, "on-file|C:\\new|within-s|5");
    FaultTarget target = target_of(agent, &windows);
    FaultMoment moment = fault_moment(&target, 0);
    g_autoptr(GError) error = NULL;

    watches = 0;
    g_assert_true(fault_wait(fault_call, &target, &moment, NULL));
    g_assert_cmpuint(watches, >=, 1);
    moment = fault_moment(&target, 0);
    moment.began -= 6 * G_USEC_PER_SEC;
    g_assert_false(fault_wait(fault_call, &target, &moment, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT);
    g_assert_nonnull(strstr(error->message, "C:\\new"));
}

static void append_serial(const char *text)
{
    g_autofree char *old = NULL;
    g_assert_true(g_file_get_contents(serial_log, &old, NULL, NULL));
    g_autofree char *all = g_strconcat(old, text, NULL);
    g_assert_true(g_file_set_contents(serial_log, all, -1, NULL));
}

/* Only what comes after the moment counts, also in pieces. */
static void test_trigger_serial(void)
{
    g_autoptr(FaultCall) fault_call = fault_of_words(FAULT_RESET, "on-serial|content loaded");
    FaultTarget target = target_of(NULL, &windows);
    bool due = false;
    guint next_ms = 0;

    g_assert_true(g_file_set_contents(serial_log, "acme: content loaded\n", -1, NULL));
    FaultMoment moment = fault_moment(&target, 0);
    for (guint i = 0; i < 2; i++) {
        moment.next_look = 0;
        g_assert_true(fault_due(fault_call, &target, &moment, &due, &next_ms, NULL));
        g_assert_false(due);
        append_serial(i == 0 ? "acme: content loa" : "ded\n");
    }
    moment.next_look = 0;
    g_assert_true(fault_due(fault_call, &target, &moment, &due, &next_ms, NULL));
    g_assert_true(due);
}

int main(int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp("truce-test-fault-XXXXXX", NULL);

    g_test_init(&argc, &argv, NULL);
    serial_log = g_build_filename(folder, "serial.log", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(hypervisor); i++) {
        g_autofree char *path =
            g_strdup_printf("/fault/%s/%u", fault_info(hypervisor[i].kind)->name, i);
        g_test_add_data_func(path, &hypervisor[i], test_hypervisor);
    }
    g_test_add_func("/fault/broken", test_broken);
    g_test_add_func("/fault/process-kill", test_process_kill);
    g_test_add_func("/fault/service-stop", test_service_stop);
    g_test_add_func("/fault/clock-jump", test_clock_jump);
    g_test_add_func("/fault/driver-verifier", test_verifier);
    g_test_add_func("/fault/driver-verifier/lost", test_verifier_lost);
    g_test_add_func("/fault/trigger/time", test_triggers_of_time);
    g_test_add_func("/fault/trigger/file", test_trigger_file);
    g_test_add_func("/fault/trigger/serial", test_trigger_serial);
    int status = g_test_run();
    g_unlink(serial_log);
    g_rmdir(folder);
    g_free(serial_log);
    if (fake_faults)
        g_string_free(fake_faults, TRUE);
    return status;
}
