/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a case costs beside what it needs: the parts of a case started from a warm clone, and the
 * same boot and the same command in the same guest by the lab and by bare QEMU, in one run.
 *
 *     TRUCE_STATE=… bench-case [GUEST [REPEATS]]       default: reference 5
 *
 * Prints a line a measure: median wall seconds, CPU seconds of this process and of QEMU, and the
 * lab's time as a multiple of bare QEMU's.
 */
#include "bare-qemu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"

#define COMMAND "cmd.exe /c ver"
#define REPEATS_MAX 100

typedef enum {
    CLONE,
    CLONE_READY,
    CLONE_COMMAND,
    CLONE_EVIDENCE,
    CLONE_END,
    LAB_READY,
    LAB_COMMAND,
    BARE_READY,
    BARE_COMMAND,
    MEASURES
} Measure;

static const char *const names[MEASURES] = {"clone: until it runs",
                                            "clone: until the agent answers",
                                            "clone: one command",
                                            "clone: evidence (screen)",
                                            "clone: end",
                                            "lab, cold boot: until ready",
                                            "lab, cold boot: one command",
                                            "bare QEMU, cold boot: until ready",
                                            "bare QEMU, cold boot: one command"};

typedef struct {
    double wall[MEASURES][REPEATS_MAX];
    double own[MEASURES][REPEATS_MAX];
    double qemu[MEASURES][REPEATS_MAX];
    guint repeat;
} Results;

/* A point in time, on three clocks. */
typedef struct {
    gint64 wall;
    double own, qemu;
} Mark;

static double timeval_s(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* CPU seconds of the QEMU processes whose command line has the text, that run now. */
static double qemu_cpu(const char *text)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *pid;
    double sum = 0;

    while ((pid = g_dir_read_name(proc))) {
        g_autofree char *line_path = g_strdup_printf("/proc/%s/cmdline", pid);
        g_autofree char *stat_path = g_strdup_printf("/proc/%s/stat", pid);
        g_autofree char *line = NULL, *stat = NULL;
        gsize length;
        unsigned long user, system;

        if (!g_ascii_isdigit(*pid) || !g_file_get_contents(line_path, &line, &length, NULL) ||
            !memmem(line, length, text, strlen(text)) || !strstr(line, "qemu") ||
            !g_file_get_contents(stat_path, &stat, NULL, NULL) || !strrchr(stat, ')'))
            continue;
        if (sscanf(strrchr(stat, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                   &user, &system) == 2)
            sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    return sum;
}

static Mark mark(const char *text)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (Mark){.wall = g_get_monotonic_time(),
                  .own = timeval_s(usage.ru_utime) + timeval_s(usage.ru_stime),
                  .qemu = qemu_cpu(text)};
}

static Mark note(Results *results, Measure measure, Mark since, const char *text)
{
    Mark now = mark(text);
    results->wall[measure][results->repeat] = (double)(now.wall - since.wall) / 1e6;
    results->own[measure][results->repeat] = now.own - since.own;
    results->qemu[measure][results->repeat] = MAX(now.qemu - since.qemu, 0);
    return now;
}

static bool ready_and_command(Agent *agent, const Guest *guest, Results *results, Measure ready,
                              Measure command, Mark *since, const char *text, GError **error)
{
    g_auto(AgentExecResult) result = {0};

    if (!agent_wait_ready(agent, clock_deadline_s(guest->ready_timeout_s), error))
        return false;
    *since = note(results, ready, *since, text);
    if (!agent_exec(agent, COMMAND, 60, &result, error))
        return false;
    *since = note(results, command, *since, text);
    return true;
}

static bool by_clone(Host *host, const MachineConfig *config, const char *warm, Results *results,
                     GError **error)
{
    Machine *machine = NULL;
    Mark since = mark(config->name);

    if (!machine_clone(host, config, warm, &machine, error))
        return false;
    since = note(results, CLONE, since, config->name);
    AgentTransport transport = bench_lab_agent(machine);
    g_autoptr(Agent) agent = agent_new(&transport);
    g_autofree char *screen = g_strconcat(config->serial_log, ".png", NULL);
    bool done = ready_and_command(agent, config->guest, results, CLONE_READY, CLONE_COMMAND, &since,
                                  config->name, error) &&
                machine_screenshot(machine, screen, error);
    unlink(screen);
    since = note(results, CLONE_EVIDENCE, since, config->name);
    machine_free(machine);
    note(results, CLONE_END, since, config->name);
    return done;
}

static bool by_lab(Host *host, const MachineConfig *config, Results *results, GError **error)
{
    g_autoptr(Machine) machine = NULL;
    Mark since = mark(config->name);

    if (!machine_boot(host, config, BOOT_NORMAL, &machine, error))
        return false;
    AgentTransport transport = bench_lab_agent(machine);
    g_autoptr(Agent) agent = agent_new(&transport);
    return ready_and_command(agent, config->guest, results, LAB_READY, LAB_COMMAND, &since,
                             config->name, error);
}

static pid_t start_qemu(const Guest *guest, const char *images, const char *overlay,
                        const char *socket_path, bool kvm)
{
    g_autofree char *memory = g_strdup_printf("%u", guest->memory_mib);
    g_autofree char *cpus = g_strdup_printf("%u", guest->vcpus);
    g_autofree char *machine = g_strdup_printf("%s,accel=%s", guest->machine, kvm ? "kvm" : "tcg");
    g_autofree char *kernel = g_build_filename(images, guest->kernel, NULL);
    g_autofree char *initrd = g_build_filename(images, guest->initrd, NULL);
    g_autofree char *drive = g_strdup_printf("file=%s,if=virtio,format=qcow2", overlay);
    g_autofree char *channel =
        g_strdup_printf("socket,path=%s,server=on,wait=off,id=agent", socket_path);
    const char *argv[] = {"qemu-system-x86_64",
                          "-M",
                          machine,
                          "-cpu",
                          kvm ? "host" : guest->cpu,
                          "-m",
                          memory,
                          "-smp",
                          cpus,
                          "-nodefaults",
                          "-vga",
                          "std",
                          "-display",
                          "none",
                          "-serial",
                          "null",
                          "-kernel",
                          kernel,
                          "-initrd",
                          initrd,
                          "-append",
                          guest->cmdline,
                          "-drive",
                          drive,
                          "-device",
                          "virtio-serial-pci",
                          "-chardev",
                          channel,
                          "-device",
                          "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
                          "-device",
                          "pvpanic",
                          NULL};
    return bench_start(argv, -1);
}

static bool by_bare_qemu(const MachineConfig *config, bool kvm, const char *folder,
                         Results *results, GError **error)
{
    g_autofree char *overlay = g_build_filename(folder, "bare.qcow2", NULL);
    g_autofree char *socket_path = g_build_filename(folder, "bare.sock", NULL);
    g_autofree char *base = g_build_filename(config->image_folder, config->guest->disk, NULL);
    bool done = false;

    Mark since = mark(overlay);
    if (!image_overlay(base, overlay, error))
        return false;
    pid_t pid = start_qemu(config->guest, config->image_folder, overlay, socket_path, kvm);
    int fd = bench_connect(socket_path, clock_deadline_s(10));
    if (fd >= 0) {
        AgentTransport transport = bench_bare_agent(&fd);
        g_autoptr(Agent) agent = agent_new(&transport);
        done = ready_and_command(agent, config->guest, results, BARE_READY, BARE_COMMAND, &since,
                                 overlay, error);
        close(fd);
    } else {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "bare QEMU did not start");
    }
    bench_end(pid);
    unlink(overlay);
    unlink(socket_path);
    return done;
}

static void print(Results *results, guint repeats)
{
    double wall[MEASURES];
    printf("%-36s %9s %9s %9s\n", "", "wall s", "lab CPU", "QEMU CPU");
    for (int i = 0; i < MEASURES; i++) {
        wall[i] = bench_median(results->wall[i], repeats);
        printf("%-36s %9.3f %9.3f %9.3f\n", names[i], wall[i],
               bench_median(results->own[i], repeats), bench_median(results->qemu[i], repeats));
    }
    printf("\nlab / bare QEMU, cold boot until ready: %.2f\n", wall[LAB_READY] / wall[BARE_READY]);
    printf("lab / bare QEMU, one command:           %.2f\n",
           wall[LAB_COMMAND] / wall[BARE_COMMAND]);
    printf("warm clone / bare cold boot, to ready:  %.3f\n",
           (wall[CLONE] + wall[CLONE_READY]) / wall[BARE_READY]);
}

static bool bench(const char *name, guint repeats, GError **error)
{
    BenchGuest guest = {0};
    g_autofree Results *results = g_new0(Results, 1);
    bool done = bench_guest_open(name, &guest, error);

    if (done) {
        g_autofree char *serial = g_build_filename(guest.folder, "serial.log", NULL);
        MachineConfig config = {.guest = guest.guest,
                                .image_folder = guest.image->folder,
                                .serial_log = serial,
                                .name = "truce-bench"};
        bool kvm = host_info(guest.host)->accelerator == ACCELERATOR_KVM;
        for (guint i = 0; i < repeats && done; i++) {
            results->repeat = i;
            done = by_clone(guest.host, &config, guest.warm, results, error) &&
                   by_lab(guest.host, &config, results, error) &&
                   by_bare_qemu(&config, kvm, guest.folder, results, error);
        }
    }
    if (done)
        print(results, repeats);
    bench_guest_close(&guest);
    return done;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    guint repeats = argc > 2 ? (guint)CLAMP(atoi(argv[2]), 1, REPEATS_MAX) : 5;

    if (bench(argc > 1 ? argv[1] : "reference", repeats, &error))
        return 0;
    fprintf(stderr, "bench-case: %s\n", error->message);
    return truce_error_exit_status(error);
}
