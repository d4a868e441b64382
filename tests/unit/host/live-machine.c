/* SPDX-License-Identifier: GPL-2.0-or-later
 * Machines for real: boot, warm state, clones, agent, panic, reset, screenshot, core dump, power,
 * a killed QEMU. Prints how long a clone takes.
 *
 * Needs the reference guest's image in $TRUCE_LIVE_STATE/guests/reference (else in the default
 * state folder); skips where there is none. The tests run in order on one machine after the other.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>

#include "host/image.h"
#include "host/machine.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define READY_MS 240000 /* from power on to the agent, under emulation on a busy host */
#define CALL_MS 30000
#define CLONES 3

static const Guest guest = {
    .name = "reference",
    .machine = "pc",
    .cpu = "Nehalem",
    .vcpus = 1,
    .memory_mib = 512,
    .vga = "vga",
    .disk = "disk.qcow2",
    .disk_bus = "virtio",
    .kernel = "vmlinuz",
    .initrd = "initrd.img",
    .cmdline = "console=ttyS0 quiet panic=0 no_timer_check truce.recovery=0",
    .safe_mode = "truce.safe=1",
    .recovery = "truce.recovery=1",
    .panic_models = "isa",
};

static Host *host;
static Image *image;
static Machine *machine;
static char *folder; /* of this test: serial log, screenshot, core dump */
static char *serial_log;
static char *warm;

static MachineConfig config(bool for_warm_state)
{
    return (MachineConfig){.guest = &guest,
                           .image_folder = image->folder,
                           .serial_log = serial_log,
                           .name = "truce-live",
                           .for_warm_state = for_warm_state};
}

static void assert_ping(guint timeout_ms)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    machine_agent_call(machine, "{\"execute\":\"guest-ping\"}", timeout_ms, &reply, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(reply, "return"));
}

static void assert_quiet(void)
{
    g_assert_cmpint(machine_next_event(machine, 0), ==, MACHINE_EVENT_NONE);
}

static void assert_event(MachineEvent event)
{
    MachineEvent came = machine_next_event(machine, clock_deadline_ms(CALL_MS));
    g_assert_cmpstr(machine_event_name(came), ==, machine_event_name(event));
}

static gsize serial_size(void)
{
    g_autofree char *text = NULL;
    gsize size = 0;

    g_assert_true(g_file_get_contents(serial_log, &text, &size, NULL));
    return size;
}

/* Writes a letter to Linux' sysrq-trigger, by the path that the guest's agent knows. A reply need
 * not come: the guest dies of it. */
static void sysrq(char letter)
{
    static const char *const paths[] = {"Z:\\\\proc\\\\sysrq-trigger", "/proc/sysrq-trigger"};
    char *handle = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(paths) && !handle; i++) {
        g_autofree char *open = g_strdup_printf("{\"execute\":\"guest-file-open\",\"arguments\":"
                                                "{\"path\":\"%s\",\"mode\":\"r+\"}}",
                                                paths[i]);
        g_autofree char *reply = NULL;
        if (machine_agent_call(machine, open, CALL_MS, &reply, NULL) && strstr(reply, "return"))
            handle = g_strdup(strpbrk(reply, "0123456789"));
    }
    g_assert_nonnull(handle);
    g_autofree char *base64 = g_base64_encode((const guchar *)&letter, 1);
    g_autofree char *write = g_strdup_printf("{\"execute\":\"guest-file-write\",\"arguments\":"
                                             "{\"handle\":%d,\"buf-b64\":\"%s\"}}",
                                             atoi(handle), base64);
    g_autofree char *flush = g_strdup_printf(
        "{\"execute\":\"guest-file-flush\",\"arguments\":{\"handle\":%d}}", atoi(handle));
    g_autofree char *reply = NULL, *flushed = NULL;
    gint64 began = g_get_monotonic_time();
    if (machine_agent_call(machine, write, CALL_MS, &reply, NULL))
        machine_agent_call(machine, flush, CALL_MS, &flushed, NULL);
    g_assert_cmpuint(clock_elapsed_ms(began), <, CALL_MS / 2);
    g_free(handle);
}

static void test_boot_and_save(void)
{
    MachineConfig boot = config(/* for_warm_state */ true);
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();

    machine_boot(host, &boot, BOOT_NORMAL, &machine, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
    g_test_message("power on to agent: %u ms", clock_elapsed_ms(began));
    assert_quiet();
    g_assert_cmpuint(serial_size(), >, 0);

    began = g_get_monotonic_time();
    machine_save_warm(machine, warm, &error);
    g_assert_no_error(error);
    g_test_message("save: %u ms", clock_elapsed_ms(began));
    g_clear_pointer(&machine, machine_free);
}

static void start_clone(guint *ret_running_ms, guint *ret_agent_ms)
{
    MachineConfig clone = config(false);
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();

    machine_clone(host, &clone, warm, &machine, &error);
    g_assert_no_error(error);
    *ret_running_ms = clock_elapsed_ms(began);
    assert_ping(CALL_MS);
    *ret_agent_ms = clock_elapsed_ms(began);
}

static void test_clone(void)
{
    for (int i = 0; i < CLONES; i++) {
        guint running, agent;
        g_clear_pointer(&machine, machine_free);
        start_clone(&running, &agent);
        g_test_message("clone %d: running after %u ms, first agent reply after %u ms", i + 1,
                       running, agent);
    }
    assert_quiet();
}

/* What a file of the guest's memory (its tmpfs) holds, in base64, or NULL where it is not there;
 * `text` is written to it first where that is not NULL. */
static char *nonce(const char *text)
{
    g_autofree char *open = g_strdup_printf("{\"execute\":\"guest-file-open\",\"arguments\":"
                                            "{\"path\":\"Z:\\\\tmp\\\\nonce\",\"mode\":\"%s\"}}",
                                            text ? "w" : "r");
    g_autofree char *opened = NULL, *reply = NULL, *closed = NULL;
    g_autoptr(GError) error = NULL;

    if (!machine_agent_call(machine, open, CALL_MS, &opened, NULL) || !strstr(opened, "return"))
        return NULL;
    int handle = atoi(strpbrk(opened, "0123456789"));
    g_autofree char *base64 = text ? g_base64_encode((const guchar *)text, strlen(text)) : NULL;
    g_autofree char *call = text
                                ? g_strdup_printf("{\"execute\":\"guest-file-write\",\"arguments\":"
                                                  "{\"handle\":%d,\"buf-b64\":\"%s\"}}",
                                                  handle, base64)
                                : g_strdup_printf("{\"execute\":\"guest-file-read\",\"arguments\":"
                                                  "{\"handle\":%d,\"count\":100}}",
                                                  handle);
    g_autofree char *close =
        g_strdup_printf("{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%d}}", handle);
    machine_agent_call(machine, call, CALL_MS, &reply, &error);
    g_assert_no_error(error);
    machine_agent_call(machine, close, CALL_MS, &closed, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&reply);
}

static bool holds(const char *reply, const char *text)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)text, strlen(text));
    return reply && strstr(reply, base64);
}

static void start_copyable(const char *from)
{
    MachineConfig clone = config(/* for_warm_state */ true);
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&machine, machine_free);
    machine_clone(host, &clone, from, &machine, &error);
    g_assert_no_error(error);
    assert_ping(CALL_MS);
}

/* A copy of a running clone, and one of that copy's clone: each holds what was in the guest's
 * memory alone when it was made, and nothing of what came later. The machine that is copied goes
 * on. */
static void test_copies(void)
{
    g_autofree char *one = g_strconcat(warm, "-one", NULL);
    g_autofree char *two = g_strconcat(warm, "-two", NULL);
    const char *const states[] = {warm, one, two};
    const char *const texts[] = {"first nonce", "second nonce", "third nonce"};

    for (int i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        start_copyable(states[i]);
        g_autofree char *before = nonce(NULL);
        g_assert_true(i == 0 ? !before : holds(before, texts[i - 1]));
        g_autofree char *written = nonce(texts[i]);
        g_assert_nonnull(written);
        if (i == 2)
            break;
        gint64 began = g_get_monotonic_time();
        machine_copy_warm(machine, states[i + 1], &error);
        g_assert_no_error(error);
        g_test_message("copy of a running machine: %u ms", clock_elapsed_ms(began));
        g_autofree char *later = nonce("what came later");
        g_autofree char *now = nonce(NULL);
        g_assert_true(holds(now, "what came later"));
        assert_quiet();
    }
    g_clear_pointer(&machine, machine_free);
    guint running, agent;
    start_clone(&running, &agent);
    g_assert_null(nonce(NULL));
    assert_quiet();
    g_assert_true(files_remove_tree(one, NULL));
    g_assert_true(files_remove_tree(two, NULL));
}

/* A device state that is cut short, one that is not there, and a disk that is not there: refused,
 * in time, nothing left. */
static void test_broken_warm_state(void)
{
    static const char *const shared[] = {"memory", "disk.qcow2"};
    g_autofree char *broken = g_build_filename(folder, "broken", NULL);
    g_autofree char *device = g_build_filename(warm, "device", NULL);
    g_autofree char *cut = g_build_filename(broken, "device", NULL);
    g_autofree char *disk = g_build_filename(broken, "disk.qcow2", NULL);
    g_autofree char *data = NULL;
    gsize length = 0;
    MachineConfig clone = config(false);
    gint64 began = g_get_monotonic_time();

    g_assert_true(files_make_folder(broken, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(shared); i++) {
        g_autofree char *from = g_build_filename(warm, shared[i], NULL);
        g_autofree char *to = g_build_filename(broken, shared[i], NULL);
        g_assert_cmpint(symlink(from, to), ==, 0);
    }
    g_assert_true(g_file_get_contents(device, &data, &length, NULL));
    for (int i = 0; i < 3; i++) {
        Machine *none = NULL;
        g_autoptr(GError) error = NULL;
        if (i == 0)
            g_assert_true(g_file_set_contents(cut, data, (gssize)length / 2, NULL));
        else if (i == 1)
            g_assert_cmpint(unlink(cut), ==, 0);
        else
            g_assert_true(g_file_set_contents(cut, data, (gssize)length, NULL) &&
                          unlink(disk) == 0);
        g_assert_false(machine_clone(host, &clone, broken, &none, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_null(none);
        g_test_message("%s", error->message);
    }
    g_assert_cmpuint(clock_elapsed_ms(began), <, CALL_MS);
}

static void test_screenshot(void)
{
    g_autofree char *path = g_build_filename(folder, "screen.png", NULL);
    g_autofree char *png = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 0;

    machine_screenshot(machine, path, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &png, &length, NULL));
    g_assert_cmpuint(length, >, 100);
    g_assert_cmpmem(png, 4, "\x89PNG", 4);
}

/* A guest that is well mostly waits; what is seen of it is in the kernel or in Wine. */
static void test_cpus(void)
{
    g_autoptr(GArray) cpus = NULL;
    g_autoptr(GError) error = NULL;

    machine_cpus(machine, &cpus, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cpus->len, ==, guest.vcpus);
    g_assert_cmphex(g_array_index(cpus, MachineCpu, 0).pc, !=, 0);
    g_assert_true(machine_agent_open(machine));
}

/* No fw_cfg driver of Windows' in this guest: the lab must say so, and the guest go on. */
static void test_no_windows_dump(void)
{
    g_autofree char *path = g_build_filename(folder, "memory.dmp", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(machine_windows_dump(machine, path, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    assert_ping(CALL_MS);
}

static void test_nmi(void)
{
    g_autoptr(GError) error = NULL;

    machine_nmi(machine, &error);
    g_assert_no_error(error);
    assert_ping(CALL_MS);
}

static void test_panic(void)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;
    gsize before = serial_size();

    sysrq('c');
    assert_event(MACHINE_EVENT_PANIC);
    g_assert_cmpuint(serial_size(), >, before);
    g_autofree char *info = machine_panic_info(machine);
    g_assert_nonnull(info);
    g_assert_false(
        machine_agent_call(machine, "{\"execute\":\"guest-ping\"}", CALL_MS, &reply, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

static void test_core_dump(void)
{
    g_autofree char *path = g_build_filename(folder, "memory.elf", NULL);
    g_autoptr(GError) error = NULL;

    machine_core_dump(machine, path, &error);
    g_assert_no_error(error);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_assert_nonnull(file);
    g_assert_cmpuint(g_mapped_file_get_length(file), >, (gsize)guest.memory_mib << 20);
    g_assert_cmpmem(g_mapped_file_get_contents(file), 4,
                    "\x7f"
                    "ELF",
                    4);
}

static void test_reset_after_panic(void)
{
    g_autoptr(GError) error = NULL;

    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
    assert_quiet();
}

static void test_guest_reboots(void)
{
    sysrq('b');
    assert_event(MACHINE_EVENT_RESET);
    assert_ping(READY_MS);
    assert_quiet();
}

static char *call(const char *request)
{
    g_autoptr(GError) error = NULL;
    char *reply = NULL;

    machine_agent_call(machine, request, CALL_MS, &reply, &error);
    g_assert_no_error(error);
    return reply;
}

/* The guest's answer to a program's command line, once that program has ended. */
static char *run(const char *command)
{
    g_autofree char *request =
        g_strdup_printf("{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cmd.exe\",\"arg\":"
                        "[\"/c\",\"%s\"],\"capture-output\":true}}",
                        command);
    g_autofree char *begun = call(request);
    g_autofree char *status =
        g_strdup_printf("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%d}}",
                        atoi(strpbrk(begun, "0123456789")));
    gint64 deadline = clock_deadline_ms(READY_MS);

    for (;;) {
        g_autofree char *reply = call(status);
        if (!strstr(reply, "\"exited\":false"))
            return g_steal_pointer(&reply);
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    }
}

/* What a program printed, of a reply of run(). */
static char *output(const char *reply)
{
    const char *at = strstr(reply, "\"out-data\":\"");
    gsize length;

    g_assert_nonnull(at);
    g_autofree char *base64 = g_strndup(at + 12, strcspn(at + 12, "\""));
    g_autofree guchar *bytes = g_base64_decode(base64, &length);
    return g_strndup((const char *)bytes, length);
}

static void put_driver(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("TRUCE_BINARY_DIR"), "tests", "assets", "faulty.sys", NULL);
    g_autofree char *bytes = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    g_autofree char *base64 = g_base64_encode((const guchar *)bytes, length);
    g_autofree char *opened =
        call("{\"execute\":\"guest-file-open\",\"arguments\":{\"mode\":\"wb\",\"path\":"
             "\"C:\\\\windows\\\\system32\\\\drivers\\\\faulty.sys\"}}");
    int handle = atoi(strpbrk(opened, "0123456789"));
    g_autofree char *write = g_strdup_printf("{\"execute\":\"guest-file-write\",\"arguments\":"
                                             "{\"handle\":%d,\"buf-b64\":\"%s\"}}",
                                             handle, base64);
    g_autofree char *close =
        g_strdup_printf("{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%d}}", handle);
    g_autofree char *written = call(write), *closed = call(close);
    g_assert_nonnull(strstr(written, "return"));
    g_assert_nonnull(strstr(closed, "return"));
}

/* Starts faulty.sys with a fault (see guests/reference/faulty.c): the machine ends with `stop`. */
static void assert_stop(int fault, const char *stop)
{
    g_autofree char *choose =
        g_strdup_printf("reg add HKLM\\\\System\\\\CurrentControlSet\\\\Services\\\\faulty "
                        "/v Fault /t REG_DWORD /d %d /f",
                        fault);
    gsize before = serial_size();
    g_autofree char *text = NULL;

    put_driver();
    g_autofree char *created = run("sc create faulty type= kernel start= demand binPath= "
                                   "C:\\\\windows\\\\system32\\\\drivers\\\\faulty.sys");
    g_autofree char *chosen = run(choose);
    g_autofree char *reply = NULL;
    g_test_message("%s\n%s", created, chosen);
    machine_agent_call(machine,
                       "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"sc.exe\",\"arg\":"
                       "[\"start\",\"faulty\"]}}",
                       CALL_MS, &reply, NULL);
    MachineEvent came = machine_next_event(machine, clock_deadline_ms(READY_MS));
    g_assert_cmpint(came, ==, MACHINE_EVENT_PANIC);
    g_assert_true(g_file_get_contents(serial_log, &text, NULL, NULL));
    g_test_message("%s", text + before);
    g_assert_nonnull(strstr(text + before, stop));
    g_assert_nonnull(strstr(text + before, "***  faulty.sys - Address"));
}

/* The end of a driver's stack is a bugcheck, and the next start tells of it. */
static void test_bugcheck(void)
{
    guint running, agent;
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&machine, machine_free);
    start_clone(&running, &agent);
    assert_stop(6, "*** STOP: 0x0000007F (0x0000000000000008,");
    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
    g_autofree char *reply = run("wevtutil qe System /f:json");
    g_autofree char *events = output(reply);
    g_test_message("%s", events);
    g_assert_nonnull(strstr(events, "\"id\": 7045"));
    g_assert_nonnull(strstr(events, "\"id\": 41,"));
    g_assert_nonnull(strstr(events, "\"id\": 6008"));
    g_assert_nonnull(strstr(events, "0x0000007f"));
}

/* A process that Windows cannot do without. */
static void test_critical_process(void)
{
    gsize before = serial_size();
    g_autofree char *reply = NULL;
    g_autofree char *text = NULL;

    machine_agent_call(machine,
                       "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"taskkill.exe\","
                       "\"arg\":[\"/f\",\"/im\",\"services.exe\"]}}",
                       CALL_MS, &reply, NULL);
    MachineEvent came = machine_next_event(machine, clock_deadline_ms(READY_MS));
    g_assert_cmpint(came, ==, MACHINE_EVENT_PANIC);
    g_assert_true(g_file_get_contents(serial_log, &text, NULL, NULL));
    g_assert_nonnull(strstr(text + before, "critical process services.exe died"));
    g_assert_nonnull(strstr(text + before, "*** STOP: 0x000000EF"));
}

static void test_recovery(void)
{
    g_autoptr(GError) error = NULL;

    machine_reset(machine, BOOT_RECOVERY, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
    g_autofree char *info = call("{\"execute\":\"guest-get-osinfo\"}");
    g_assert_nonnull(strstr(info, "\"truce-recovery\""));
    assert_quiet();
}

static void test_safe_mode(void)
{
    g_autoptr(GError) error = NULL;

    machine_reset(machine, BOOT_SAFE, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
    assert_quiet();
}

static void test_guest_powers_off(void)
{
    g_autoptr(GError) error = NULL;

    sysrq('o');
    assert_event(MACHINE_EVENT_SHUTDOWN);
    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    assert_quiet();
}

static void test_power_off(void)
{
    g_autoptr(GError) error = NULL;

    machine_power_off(machine, &error);
    g_assert_no_error(error);
    assert_quiet();
    g_assert_true(g_file_test(machine_disk(machine), G_FILE_TEST_EXISTS));
    machine_power_off(machine, &error);
    g_assert_no_error(error);
    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    assert_ping(READY_MS);
}

static gpointer wake_machine(gpointer data)
{
    machine_wake(data);
    return NULL;
}

/* The agent is not there yet: only the wake ends the call. */
static void test_wake(void)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();

    machine_reset(machine, BOOT_NORMAL, &error);
    g_assert_no_error(error);
    GThread *thread = g_thread_new("wake", wake_machine, machine);
    g_assert_false(
        machine_agent_call(machine, "{\"execute\":\"guest-ping\"}", READY_MS, &reply, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED);
    g_assert_cmpuint(clock_elapsed_ms(began), <, CALL_MS);
    g_thread_join(thread);
    assert_event(MACHINE_EVENT_WAKE);
}

static void test_ready_again(void)
{
    assert_ping(READY_MS);
    assert_quiet();
}

/* The process of a machine of this test that runs, or 0: the files of those that ended may be there
 * for a moment. */
static GPid qemu_pid(const char *state)
{
    g_autofree char *run = g_build_filename(state, "libvirt", "run", "qemu", NULL);
    g_autoptr(GDir) dir = g_dir_open(run, 0, NULL);
    const char *name;
    GPid pid = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(run, name, NULL);
        g_autofree char *text = NULL;
        if (g_str_has_prefix(name, "truce-live-") && g_str_has_suffix(name, ".pid") &&
            g_file_get_contents(path, &text, NULL, NULL) && kill(atoi(text), 0) == 0)
            pid = atoi(text);
    }
    return pid;
}

/* What a line of a process' status says: `Seccomp:\t2`. */
static guint64 status_number(GPid pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", pid);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = strstr(text, name);
    g_assert_nonnull(line);
    return g_ascii_strtoull(line + strlen(name), NULL, 10);
}

/* A guest that breaks out of its emulator finds itself in a sandbox that filters system calls, and
 * nobody: not root, with no capability. */
static void test_confined(gconstpointer state)
{
    GPid pid = qemu_pid(state);

    g_assert_cmpint(pid, >, 1);
    g_assert_cmpuint(status_number(pid, "\nSeccomp:\t"), ==, 2);
    g_assert_cmpuint(status_number(pid, "\nUid:\t"), !=, 0);
    g_assert_cmpuint(status_number(pid, "\nGid:\t"), !=, 0);
    g_assert_cmpuint(status_number(pid, "\nCapEff:\t"), ==, 0);
}

/* A QEMU that stands still cannot answer: the deadline ends the call, and the next one gets its own
 * reply, not the late one. */
static void test_agent_silent(gconstpointer state)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;
    gint64 began = g_get_monotonic_time();
    GPid pid = qemu_pid(state);

    g_assert_cmpint(pid, >, 1);
    g_assert_cmpint(kill(pid, SIGSTOP), ==, 0);
    g_assert_false(
        machine_agent_call(machine, "{\"execute\":\"guest-info\"}", 1500, &reply, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT);
    g_assert_cmpuint(clock_elapsed_ms(began), <, 3000);
    g_assert_cmpint(kill(pid, SIGCONT), ==, 0);
    g_clear_error(&error);
    machine_agent_call(machine, "{\"execute\":\"guest-ping\"}", CALL_MS, &reply, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(reply), <, 32);
}

static void test_qemu_killed(gconstpointer state)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;
    GPid pid = qemu_pid(state);

    g_assert_cmpint(pid, >, 1);
    g_assert_null(machine_lost_reason(machine));
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    assert_event(MACHINE_EVENT_LOST);
    g_assert_nonnull(strstr(machine_lost_reason(machine), "QEMU died"));
    g_assert_false(
        machine_agent_call(machine, "{\"execute\":\"guest-ping\"}", CALL_MS, &reply, &error));
}

/* A machine that has to start anew, as in another boot mode, has lost its overlay. */
static void test_overlay_gone(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(unlink(machine_disk(machine)), ==, 0);
    g_assert_false(machine_reset(machine, BOOT_SAFE, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, "disk.qcow2"));
}

static bool folder_is_empty(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    return dir && !g_dir_read_name(dir);
}

/* The child of test_killed_run(): a run that is killed while a guest boots. */
static void leave_behind(const char *state)
{
    MachineConfig boot = config(false);

    if (host_open(NULL, state, &host, NULL) &&
        machine_boot(host, &boot, BOOT_NORMAL, &machine, NULL))
        raise(SIGKILL);
    exit(1);
}

/* The Host that the other tests use opens here, and must clean up first. */
static void test_killed_run(gconstpointer state)
{
    char self[] = "/proc/self/exe";
    char option[] = "--leave-behind";
    char *argv[] = {self, option, folder, NULL};
    g_autofree char *work = g_build_filename(state, "work", NULL);
    g_autofree char *states = g_build_filename(state, "guests", "none", "warm", NULL);
    g_autofree char *half = g_build_filename(states, "key.new", "memory", NULL);
    g_autoptr(GError) error = NULL;
    int status = 0;

    g_assert_true(files_make_folder(half, NULL));
    g_assert_true(
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error));
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
    GPid pid = qemu_pid(state);
    g_assert_cmpint(pid, >, 1);
    g_assert_cmpint(kill(pid, 0), ==, 0);
    g_assert_false(folder_is_empty(work));

    host_open(NULL, state, &host, &error);
    g_assert_no_error(error);
    g_assert_cmpint(kill(pid, 0), ==, -1);
    g_assert_true(folder_is_empty(work));
    g_assert_true(folder_is_empty(states));
    g_autofree char *none = g_path_get_dirname(states);
    g_assert_true(files_remove_tree(none, NULL));
}

static int run_tests(const char *state)
{
    g_test_add_data_func("/live/killed-run", state, test_killed_run);
    g_test_add_func("/live/boot-and-save", test_boot_and_save);
    g_test_add_func("/live/clone", test_clone);
    g_test_add_func("/live/copies", test_copies);
    g_test_add_data_func("/live/confined", state, test_confined);
    g_test_add_func("/live/broken-warm-state", test_broken_warm_state);
    g_test_add_func("/live/screenshot", test_screenshot);
    g_test_add_func("/live/cpus", test_cpus);
    g_test_add_func("/live/no-windows-dump", test_no_windows_dump);
    g_test_add_func("/live/nmi", test_nmi);
    g_test_add_func("/live/panic", test_panic);
    g_test_add_func("/live/core-dump", test_core_dump);
    g_test_add_func("/live/reset-after-panic", test_reset_after_panic);
    g_test_add_func("/live/guest-reboots", test_guest_reboots);
    g_test_add_func("/live/bugcheck", test_bugcheck);
    g_test_add_func("/live/critical-process", test_critical_process);
    g_test_add_func("/live/recovery", test_recovery);
    g_test_add_func("/live/safe-mode", test_safe_mode);
    g_test_add_func("/live/guest-powers-off", test_guest_powers_off);
    g_test_add_func("/live/power-off", test_power_off);
    g_test_add_func("/live/wake", test_wake);
    g_test_add_func("/live/ready-again", test_ready_again);
    g_test_add_data_func("/live/agent-silent", state, test_agent_silent);
    g_test_add_data_func("/live/qemu-killed", state, test_qemu_killed);
    g_test_add_func("/live/overlay-gone", test_overlay_gone);
    return g_test_run();
}

int main(int argc, char **argv)
{
    g_autofree char *state = g_strdup(g_getenv("TRUCE_LIVE_STATE"));
    g_autoptr(GError) error = NULL;

    if (!state)
        state = files_state_folder();
    if (!image_open(state, guest.name, &image, &error)) {
        printf("1..0 # SKIP %s\n", error->message);
        return 77;
    }
    bool left_behind = argc == 3 && g_str_equal(argv[1], "--leave-behind");
    folder = left_behind ? g_strdup(argv[2]) : g_dir_make_tmp("truce-live-XXXXXX", NULL);
    serial_log = g_build_filename(folder, "serial.log", NULL);
    warm = g_build_filename(image->folder, "warm-live-test", NULL);
    if (left_behind)
        leave_behind(state);

    g_test_init(&argc, &argv, NULL);
    int status = run_tests(state);
    machine_free(machine);
    host_close(host);
    files_remove_tree(warm, NULL);
    files_remove_tree(folder, NULL);
    image_free(image);
    g_free(folder);
    g_free(serial_log);
    g_free(warm);
    return status;
}
