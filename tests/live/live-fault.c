/* SPDX-License-Identifier: GPL-2.0-or-later
 * Every fault on a real guest: does it do what the catalogue says, and is it gone when undone?
 *
 * One clone of the reference guest's warm state, on which the faults strike one after the other;
 * those that restart it come last. Skips where the guest is not built. What the guest sees is asked
 * by its own Linux tools (busybox), which the products' own interfaces do not reach.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault-words.h"
#include "guest/windows.h"
#include "host/image.h"
#include "model/lab.h"
#include "run/fault.h"
#include "run/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define COMMAND_S 120
#define WORK "C:\\Truce\\work"
#define LINUX_POLL_MS 100

static Host *host;
static Lab *lab;
static Guest *guest;
static Image *image;
static Machine *machine;
static Agent *agent;
static char *folder, *serial_log;
static FaultTarget target;
static guint boots;

static bool transport_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                           GError **error)
{
    (void)data;
    return machine_agent_call(machine, request, timeout_ms, ret_reply, error);
}

static bool watch(gpointer data, gint64 deadline, GError **error)
{
    MachineEvent event = machine_next_event(machine, deadline);

    (void)data;
    if (event == MACHINE_EVENT_NONE)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "%s (%s)", machine_event_name(event),
                machine_lost_reason(machine) ? machine_lost_reason(machine) : "");
    return false;
}

static bool transport_wait(gpointer data, guint ms, GError **error)
{
    return watch(data, clock_deadline_ms(ms), error);
}

static void on_boot(gpointer data, BootMode mode, const char *cause)
{
    (void)data;
    g_assert_cmpint(mode, ==, BOOT_NORMAL);
    g_test_message("boots after %s", cause);
    boots++;
}

static void on_note(gpointer data, const char *text)
{
    (void)data;
    g_test_message("%s", text);
}

static void wait_ready(void)
{
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();

    agent_wait_ready(agent, clock_deadline_s(guest->ready_timeout_s), &error);
    g_assert_no_error(error);
    g_test_message("ready after %u ms", clock_elapsed_ms(began));
}

/* Runs a command in the guest; its output (g_free()). */
static char *run_status(const char *line, int *ret_status)
{
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();

    agent_exec(agent, line, COMMAND_S, &result, &error);
    g_assert_no_error(error);
    g_test_message("%s: %d after %u ms: %s%s", line, result.exit_code, clock_elapsed_ms(began),
                   result.out, result.err);
    *ret_status = result.exit_code;
    return g_steal_pointer(&result.out);
}

static char *run(const char *line)
{
    int status;
    char *out = run_status(line, &status);
    g_assert_cmpint(status, ==, 0);
    return out;
}

static void run_quietly(const char *line)
{
    g_autofree char *out = run(line);
}

static void remove_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    bool existed;

    windows_delete_file(agent, path, &existed, &error);
    g_assert_no_error(error);
}

static char *read_file(const char *path)
{
    g_autofree char *copy = g_build_filename(folder, "copy", NULL);
    char *text = NULL;
    g_autoptr(GError) error = NULL;

    agent_file_get(agent, path, copy, 1 << 20, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(copy, &text, NULL, NULL));
    return text;
}

/* Runs a script of the guest's own Linux; its output, whose last line is `status N` (g_free()).
 * Wine starts Linux programs but tells nothing of them: a file that appears is their end. */
static char *linux_run(const char *script)
{
    g_autofree char *text =
        g_strdup_printf("cd /bin\nmkdir -p /run/t\n( %s ) > /run/t/out 2>&1\n"
                        "echo status $? >> /run/t/out\nbusybox mv /run/t/out /run/t/done\n",
                        script);
    gint64 deadline = clock_deadline_s(COMMAND_S), pid;
    g_autoptr(GError) error = NULL;
    bool done = false;

    g_autofree char *shell = g_strconcat("alias dd='busybox dd'\nalias mkdir='busybox mkdir'\n"
                                         "alias head='busybox head'\n",
                                         text, NULL);
    agent_file_write(agent, "Z:\\tmp\\t.sh", shell, strlen(shell), &error);
    g_assert_no_error(error);
    agent_exec_start(agent, "Z:/bin/busybox sh /tmp/t.sh", &pid, &error);
    g_assert_no_error(error);
    while (!done) {
        g_assert_true(agent_file_exists(agent, "Z:\\run\\t\\done", &done, &error));
        g_assert_cmpuint(clock_left_ms(deadline), >, 0);
        g_assert_true(watch(NULL, clock_deadline_ms(LINUX_POLL_MS), &error));
    }
    char *out = read_file("Z:\\run\\t\\done");
    remove_file("Z:\\run\\t\\done");
    g_test_message("%s: %s", script, out);
    return out;
}

static void linux_holds(const char *script, bool holds)
{
    g_autofree char *out = linux_run(script);
    g_assert_cmpint(g_str_has_suffix(out, "status 0\n"), ==, holds);
}

static Fault *strike(FaultKind kind, const char *words)
{
    g_autoptr(FaultCall) fault_call = fault_of_words(kind, words);
    g_autofree char *name = fault_call_name(fault_call);
    Fault *fault = NULL;
    g_autoptr(GError) error = NULL;
    FaultMoment moment = fault_moment(&target, 0);
    gint64 began = g_get_monotonic_time();

    fault_prepare(fault_call, &target, &error);
    g_assert_no_error(error);
    fault_wait(fault_call, &target, &moment, &error);
    g_assert_no_error(error);
    fault_begin(fault_call, &target, &fault, &error);
    g_assert_no_error(error);
    g_test_message("%s struck after %u ms", name, clock_elapsed_ms(began));
    if (fault_aftermath(fault) == FAULT_GUEST_RESTARTS)
        wait_ready();
    return fault;
}

static void undo(Fault *fault)
{
    g_autoptr(Fault) done = fault;
    g_autoptr(GError) error = NULL;

    fault_undo(done, &error);
    g_assert_no_error(error);
}

/* A number that follows a word in some text. */
static gint64 number_after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    g_assert_nonnull(at);
    at += strlen(word);
    at += strcspn(at, "0123456789");
    return g_ascii_strtoll(at, NULL, 10);
}

static void start_guest(void)
{
    g_autofree char *warm = NULL;
    g_autoptr(Progress) progress = progress_new(true);
    g_autoptr(GError) error = NULL;
    volatile gint cancelled = 0;
    MachineConfig config = {.guest = guest,
                            .image_folder = image->folder,
                            .serial_log = serial_log,
                            .name = "truce-fault",
                            .disk_errors = true};
    const AgentTransport transport = {.call = transport_call, .wait = transport_wait};

    warm_ensure(host, guest, image, progress, &cancelled, &warm, &error);
    g_assert_no_error(error);
    machine_clone(host, &config, warm, &machine, &error);
    g_assert_no_error(error);
    agent = agent_new(&transport);
    target = (FaultTarget){.machine = machine,
                           .agent = agent,
                           .guest = guest,
                           .serial_log = serial_log,
                           .scratch_folder = folder,
                           .watch = watch,
                           .boots = on_boot,
                           .note = on_note};
    wait_ready();
    agent_set_time(agent, &error);
    g_assert_no_error(error);
    windows_make_folder(agent, WORK, &error);
    g_assert_no_error(error);
}

/* A process that was there is gone; one that is not there makes the fault fail, not the guest. */
static void test_process_kill(void)
{
    g_autoptr(FaultCall) absent = fault_of_words(FAULT_PROCESS_KILL, "image|no-such.exe");
    g_auto(AgentExecResult) result = {0};
    Fault *none = NULL;
    g_autoptr(GError) error = NULL, refused = NULL;
    gint64 pid;

    undo(strike(FAULT_DISK_FULL, "leave-kib|1000000000")); /* brings truce-stress.exe */
    agent_exec_start(agent, "C:\\Truce\\truce-stress.exe mix --dir " WORK " --seconds 600 file=5",
                     &pid, &error);
    g_assert_no_error(error);
    undo(strike(FAULT_PROCESS_KILL, "image|truce-stress.exe|after-s|1"));
    agent_exec_finish(agent, pid, clock_deadline_s(COMMAND_S), &result, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(result.out, ==, "");

    g_assert_false(fault_begin(absent, &target, &none, &refused));
    g_assert_error(refused, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_test_message("%s", refused->message);
}

static void test_service_stop(void)
{
    g_autofree char *tool = files_share_path("tools/faulty.sys");
    g_autoptr(GError) error = NULL;

    agent_file_put(agent, tool, "C:\\Truce\\quiet.sys", &error);
    g_assert_no_error(error);
    run_quietly("sc.exe create TruceQuiet type= kernel start= demand binPath= "
                "C:\\Truce\\quiet.sys");
    run_quietly("sc.exe start TruceQuiet");
    Fault *fault = strike(FAULT_SERVICE_STOP, "service|TruceQuiet");
    g_autofree char *stopped = run("sc.exe query TruceQuiet");
    g_assert_nonnull(strstr(stopped, "STOPPED"));
    undo(fault);
    g_autofree char *running = run("sc.exe query TruceQuiet");
    g_assert_nonnull(strstr(running, "RUNNING"));
    run_quietly("sc.exe stop TruceQuiet");
    run_quietly("sc.exe delete TruceQuiet");
}

static void test_content_corrupt(void)
{
    static const char text[] = "0123456789abcdef";
    g_autoptr(GError) error = NULL;

    agent_file_write(agent, WORK "\\content.bin", text, strlen(text), &error);
    g_assert_no_error(error);
    Fault *fault =
        strike(FAULT_CONTENT_CORRUPT,
               "path|" WORK "\\content.bin|mutation|bit-flip|seed|3|on-file|" WORK "\\content.bin");
    g_autofree char *damaged = read_file(WORK "\\content.bin");
    g_assert_cmpuint(strlen(damaged), ==, strlen(text));
    g_assert_cmpstr(damaged, !=, text);
    undo(fault);
    g_autofree char *mended = read_file(WORK "\\content.bin");
    g_assert_cmpstr(mended, ==, text);
}

static void test_disk_full(void)
{
    g_autofree char *bytes = g_strnfill(1 << 20, 'x');
    g_autoptr(GError) full = NULL, error = NULL;

    Fault *fault = strike(FAULT_DISK_FULL, "folder|" WORK);
    linux_holds("busybox df -k /", true);
    g_assert_false(agent_file_write(agent, WORK "\\more", bytes, 1 << 20, &full));
    g_test_message("%s", full->message);
    undo(fault);
    agent_file_write(agent, WORK "\\more", bytes, 1 << 20, &error);
    g_assert_no_error(error);
}

static void test_memory_pressure(void)
{
    Fault *fault = strike(FAULT_MEMORY_PRESSURE, "leave-mib|40");
    g_autofree char *less = linux_run("busybox grep MemAvailable /proc/meminfo");
    g_assert_cmpint(number_after(less, "MemAvailable"), <, 60 * 1024);
    undo(fault);
    g_autofree char *more = linux_run("busybox grep MemAvailable /proc/meminfo");
    g_assert_cmpint(number_after(more, "MemAvailable"), >, 100 * 1024);
}

static char *qemu_stat_path(void)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *pid;

    while ((pid = g_dir_read_name(proc))) {
        g_autofree char *path = g_build_filename("/proc", pid, "cmdline", NULL);
        g_autofree char *line = NULL;
        gsize length = 0;
        if (g_ascii_isdigit(*pid) && g_file_get_contents(path, &line, &length, NULL) &&
            memmem(line, length, "guest=truce-fault-", strlen("guest=truce-fault-")))
            return g_build_filename("/proc", pid, "stat", NULL);
    }
    g_assert_not_reached();
}

/* Of 200 looks at QEMU, how many found it stopped. */
static guint stopped_looks(const char *stat_path)
{
    guint stopped = 0;

    for (guint i = 0; i < 200; i++) {
        g_autofree char *stat = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_get_contents(stat_path, &stat, NULL, NULL));
        stopped += strrchr(stat, ')')[2] == 'T';
        g_assert_true(watch(NULL, clock_deadline_ms(7), &error));
    }
    return stopped;
}

/* What the guest gets done depends on this host's load; whether QEMU stands still does not. */
static void test_vcpu_steal(void)
{
    g_autofree char *stat_path = qemu_stat_path();

    g_assert_cmpuint(stopped_looks(stat_path), ==, 0);
    Fault *fault = strike(FAULT_VCPU_STEAL, "percent|50");
    guint stopped = stopped_looks(stat_path);
    g_assert_true(agent_ping(agent, COMMAND_S * 1000, NULL));
    undo(fault);
    g_test_message("stopped in %u of 200 looks", stopped);
    g_assert_cmpuint(stopped, >=, 50);
    g_assert_cmpuint(stopped, <=, 170);
    g_assert_cmpuint(stopped_looks(stat_path), ==, 0);
}

/* Milliseconds that reading 4 MiB of the disk takes, past the guest's cache. */
static guint disk_ms(void)
{
    gint64 began = g_get_monotonic_time();
    linux_holds("dd if=/dev/vda of=/dev/null bs=65536 count=64 iflag=direct", true);
    return clock_elapsed_ms(began);
}

static void test_disk_slow(void)
{
    guint fast = disk_ms();
    Fault *fault = strike(FAULT_DISK_SLOW, "iops|20");
    guint slow = disk_ms();
    undo(fault);
    guint again = disk_ms();
    g_test_message("4 MiB: %u ms, at 20 requests a second %u ms, then %u ms", fast, slow, again);
    g_assert_cmpuint(slow, >, 2000);
    g_assert_cmpuint(fast, <, slow);
    g_assert_cmpuint(again, <, slow);
}

/* Linux tells an error of a write behind, which a failing disk brings with it, to whoever opens the
 * disk next: the first read after a fault is that one's. Zeros would do for a write only by chance:
 * where the image holds zeros, QEMU notes them in its tables and writes nothing. */
static void test_disk_error(void)
{
    static const char reads[] =
        "dd if=/dev/vda of=/dev/null bs=65536 skip=1000 count=4 iflag=direct";
    static const char reads_again[] =
        "dd if=/dev/vda of=/dev/null bs=65536 skip=1000 count=1 iflag=direct; "
        "dd if=/dev/vda of=/dev/null bs=65536 skip=1000 count=4 iflag=direct";
    static const char writes[] =
        "dd if=/bin/busybox of=/probe bs=4096 count=1 oflag=direct conv=notrunc";

    linux_holds("dd if=/dev/zero of=/probe bs=4096 count=1 conv=fsync", true);
    Fault *fault = strike(FAULT_DISK_ERROR, "on|read");
    linux_holds(reads, false);
    undo(fault);
    linux_holds(reads_again, true);
    linux_holds(writes, true);
    fault = strike(FAULT_DISK_ERROR, "on|write");
    linux_holds(writes, false);
    linux_holds(reads_again, true);
    undo(fault);
    linux_holds(reads_again, true);
    g_assert_cmpint(machine_next_event(machine, 0), ==, MACHINE_EVENT_NONE);
}

static void test_clock_jump(void)
{
    g_autoptr(GError) error = NULL;
    gint64 guest_us;

    Fault *fault = strike(FAULT_CLOCK_JUMP, "seconds|864000");
    agent_get_time(agent, &guest_us, &error);
    g_assert_no_error(error);
    g_assert_cmpint((guest_us - g_get_real_time()) / G_USEC_PER_SEC, >, 863000);
    undo(fault);
    agent_get_time(agent, &guest_us, &error);
    g_assert_no_error(error);
    g_assert_cmpint(ABS(guest_us - g_get_real_time()) / G_USEC_PER_SEC, <, 60);
}

/* The guest sees its cable, and with it or without nobody beyond it: on QEMU's own kind of network
 * 10.0.2.2 would answer. Connections within the guest do not mind. */
static void test_link_down(void)
{
    static const char churn[] =
        "C:\\Truce\\truce-stress.exe mix --dir " WORK " --seconds 1 loopback=20";

    linux_holds("busybox grep -x 1 /sys/class/net/eth0/carrier", true);
    Fault *fault = strike(FAULT_LINK_DOWN, "");
    linux_holds("busybox grep -x 0 /sys/class/net/eth0/carrier", true);
    run_quietly(churn);
    undo(fault);
    linux_holds("busybox grep -x 1 /sys/class/net/eth0/carrier", true);
    linux_holds("busybox ip address show eth0 | busybox grep 'inet '", false);
    linux_holds("busybox ip address add 10.0.2.15/24 dev eth0 && busybox ping -c 1 -W 2 10.0.2.2",
                false);
    linux_holds("busybox ip address flush dev eth0", true);
}

static void test_not_here(void)
{
    g_autoptr(FaultCall) nmi = fault_of_words(FAULT_NMI, "");
    Fault *none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(fault_begin(nmi, &target, &none, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_test_message("%s", error->message);
}

static void assert_probe(const char *text)
{
    g_autofree char *content = linux_run("head -c 3 /probe");
    g_assert_true(g_str_has_prefix(content, text));
}

/* What was flushed is there; what only reached QEMU is there or not, as the parameter says. Direct
 * writes over a block that is there reach the disk without a flush. */
static void test_power_cut(void)
{
    static const char direct[] =
        "dd if=/source of=/probe bs=4096 count=1 oflag=direct conv=notrunc";
    g_autoptr(FaultCall) lost = fault_of_words(FAULT_POWER_CUT, "unflushed|lost");
    g_autoptr(GError) error = NULL;

    undo(strike(FAULT_RESET, ""));
    agent_set_time(agent, &error);
    g_assert_no_error(error);
    fault_prepare(lost, &target, &error);
    g_assert_no_error(error);
    linux_holds(
        "busybox yes old | head -c 4096 > /probe; busybox yes new | head -c 4096 > /source; "
        "busybox sync",
        true);
    linux_holds(direct, true);
    assert_probe("new");
    undo(strike(FAULT_POWER_CUT, "unflushed|lost"));
    /* Linux flushes its journal now and then, and the direct write with it. */
    g_autofree char *kept = linux_run("head -c 3 /probe");
    g_assert_true(g_str_has_prefix(kept, "old") || g_str_has_prefix(kept, "new"));
    linux_holds(direct, true);
    Fault *fault = strike(FAULT_CLOCK_JUMP, "seconds|-864000|by|machine");
    assert_probe("new");
    gint64 guest_us;
    agent_get_time(agent, &guest_us, &error);
    g_assert_no_error(error);
    g_assert_cmpint((guest_us - g_get_real_time()) / G_USEC_PER_SEC, <, -863000);
    undo(fault);
    g_assert_cmpuint(boots, ==, 3);
}

static void test_bugcheck(void)
{
    g_autofree char *serial = NULL;
    g_autoptr(GPtrArray) dumps = NULL;
    g_autoptr(GError) error = NULL;

    g_autoptr(Fault) fault = strike(FAULT_BUGCHECK, "");
    g_assert_cmpint(fault_aftermath(fault), ==, FAULT_GUEST_CRASHES);
    MachineEvent event = machine_next_event(machine, clock_deadline_s(COMMAND_S));
    g_assert_cmpstr(machine_event_name(event), ==, machine_event_name(MACHINE_EVENT_PANIC));
    g_assert_true(g_file_get_contents(serial_log, &serial, NULL, NULL));
    g_assert_nonnull(strstr(serial, "*** STOP: 0x000000E2"));
    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    wait_ready();
    fault_undo(fault, &error);
    g_assert_no_error(error);
    windows_list_files(agent, "C:\\Windows\\Minidump", "*.dmp", 10, &dumps, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(dumps->len, ==, 1);
    int status;
    g_autofree char *query = run_status("sc.exe query TruceFaulty", &status);
    g_assert_cmpint(status, !=, 0);
}

int main(int argc, char **argv)
{
    g_autofree char *state = g_strdup(g_getenv("TRUCE_LIVE_STATE"));
    g_autoptr(GError) error = NULL;

    if (!state)
        state = files_state_folder();
    if (!lab_read(NULL, &lab, &error) || !lab_guest(lab, "reference", &guest, &error) ||
        !image_open(state, "reference", &image, &error)) {
        printf("1..0 # SKIP %s\n", error->message);
        return 77;
    }
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("truce-fault-XXXXXX", NULL);
    serial_log = g_build_filename(folder, "serial.log", NULL);
    host_open(NULL, state, &host, &error);
    g_assert_no_error(error);
    g_test_add_func("/live-fault/start", start_guest);
    g_test_add_func("/live-fault/process-kill", test_process_kill);
    g_test_add_func("/live-fault/service-stop", test_service_stop);
    g_test_add_func("/live-fault/content-corrupt", test_content_corrupt);
    g_test_add_func("/live-fault/disk-full", test_disk_full);
    g_test_add_func("/live-fault/memory-pressure", test_memory_pressure);
    g_test_add_func("/live-fault/vcpu-steal", test_vcpu_steal);
    g_test_add_func("/live-fault/disk-slow", test_disk_slow);
    g_test_add_func("/live-fault/clock-jump", test_clock_jump);
    g_test_add_func("/live-fault/link-down", test_link_down);
    g_test_add_func("/live-fault/not-here", test_not_here);
    g_test_add_func("/live-fault/disk-error", test_disk_error);
    g_test_add_func("/live-fault/power-cut", test_power_cut);
    g_test_add_func("/live-fault/bugcheck", test_bugcheck);
    int status = g_test_run();
    agent_free(agent);
    machine_free(machine);
    host_close(host);
    files_remove_tree(folder, NULL);
    g_free(folder);
    g_free(serial_log);
    image_free(image);
    guest_free(guest);
    lab_free(lab);
    return status;
}
