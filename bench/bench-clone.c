/* SPDX-License-Identifier: GPL-2.0-or-later
 * Clones of a warm state by the lab and by bare QEMU from the same files, in one run: how long
 * until the guest's agent answers, one after another and many at once, and how much memory each has
 * for itself.
 *
 *     TRUCE_STATE=… bench-clone [GUEST [REPEATS [AT_ONCE]]]       default: reference 9 16
 *
 * Bare QEMU gets libvirt's command line with sockets of its own. The start of its process, until
 * its monitor greets, and its reading of the state are what no lab goes below on this host.
 */
#include "bare-qemu.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"

#define CLONES_MAX 100
#define DEADLINE_S 120

/* What stands in the arguments for a clone's own files. */
#define OVERLAY "@overlay@"
#define MONITOR "@monitor@"
#define AGENT "@agent@"

typedef struct {
    BenchGuest guest;
    GPtrArray *argv; /* of bare QEMU, with the words above; NULL-terminated */
} Bench;

typedef struct {
    const Bench *bench;
    guint number;
    bool bare;
    double ready;      /* seconds until the agent answered */
    double started;    /* bare: of these, until the monitor greeted */
    double private_mb; /* pages of the process that it shares with nobody and has written */
    GError *error;
    Machine *machine; /* the lab's */
    pid_t pid;        /* bare */
} Clone;

/* The QEMU process whose command line has the text, and that line where wanted; 0: there is none.
 */
static pid_t qemu_with(const char *text, GBytes **ret_line)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *pid;

    while ((pid = g_dir_read_name(proc))) {
        g_autofree char *path = g_build_filename("/proc", pid, "cmdline", NULL);
        g_autofree char *line = NULL;
        gsize length = 0;
        if (!g_ascii_isdigit(*pid) || !g_file_get_contents(path, &line, &length, NULL) ||
            !strstr(line, "qemu-system") || !memmem(line, length, text, strlen(text)))
            continue;
        if (ret_line)
            *ret_line = g_bytes_new_take(g_steal_pointer(&line), length);
        return (pid_t)atoi(pid);
    }
    return 0;
}

static double private_mb(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/smaps_rollup", (int)pid);
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(line = strstr(text, "Private_Dirty:")))
        return 0;
    return (double)g_ascii_strtoull(line + strlen("Private_Dirty:"), NULL, 10) / 1024;
}

static char *replaced(const char *text, const char *what, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);
    return g_strjoinv(with, parts);
}

/* An argument of libvirt's as bare QEMU can have it; NULL: not at all. */
static char *bare_argument(const char *argument, const char *overlay)
{
    if (g_str_equal(argument, "-S"))
        return NULL;
    if (g_str_has_prefix(argument, "socket,id=charmonitor"))
        return g_strdup("socket,id=charmonitor,server=on,wait=off,path=" MONITOR);
    if (g_str_has_prefix(argument, "socket,id=charchannel0"))
        return g_strdup("socket,id=charchannel0,server=on,wait=off,path=" AGENT);
    if (g_str_has_prefix(argument, "pipe,id=charserial0"))
        return g_strdup("null,id=charserial0");
    return replaced(argument, overlay, OVERLAY);
}

/* The arguments of a running clone of the lab's. */
static void take_arguments(Bench *bench, Machine *machine)
{
    const char *overlay = machine_disk(machine);
    g_autoptr(GBytes) line = NULL;
    gsize length = 0;

    bench->argv = g_ptr_array_new_with_free_func(g_free);
    if (!qemu_with(overlay, &line))
        return;
    const char *text = g_bytes_get_data(line, &length);
    for (const char *at = text; at < text + length; at += strlen(at) + 1) {
        const char *next = at + strlen(at) + 1;
        if (g_str_equal(at, "-object") && next < text + length && strstr(next, "\"secret\"")) {
            at = next; /* the key of a channel that bare QEMU does not have */
            continue;
        }
        char *argument = bare_argument(at, overlay);
        if (argument)
            g_ptr_array_add(bench->argv, argument);
    }
    g_ptr_array_add(bench->argv, NULL);
}

static bool by_lab(Clone *clone, GError **error)
{
    const BenchGuest *guest = &clone->bench->guest;
    g_autofree char *serial = g_strdup_printf("%s/serial-%u.log", guest->folder, clone->number);
    MachineConfig config = {.guest = guest->guest,
                            .image_folder = guest->image->folder,
                            .serial_log = serial,
                            .name = "truce-bench"};

    if (!machine_clone(guest->host, &config, guest->warm, &clone->machine, error))
        return false;
    AgentTransport transport = bench_lab_agent(clone->machine);
    g_autoptr(Agent) agent = agent_new(&transport);
    return agent_wait_ready(agent, clock_deadline_s(DEADLINE_S), error);
}

/* Sends a command to the monitor and waits for a line with the text; others come between. */
static bool command(int monitor, const char *text, const char *until, GError **error)
{
    gint64 deadline = clock_deadline_s(DEADLINE_S);

    if (write(monitor, text, strlen(text)) < 0) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU's monitor is gone");
        return false;
    }
    for (;;) {
        g_autofree char *line = bench_line(monitor, deadline, error);
        if (!line)
            return false;
        if (strstr(line, until))
            return true;
        if (strstr(line, "\"error\"")) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU: %s", line);
            return false;
        }
    }
}

static bool restore(int monitor, const char *agent_path, GError **error)
{
    static const char *const commands[][2] = {
        {"{\"execute\":\"qmp_capabilities\"}\n", "\"return\""},
        {"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":["
         "{\"capability\":\"x-ignore-shared\",\"state\":true},"
         "{\"capability\":\"events\",\"state\":true}]}}\n",
         "\"return\""},
        {"{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:9\"}}\n", "\"completed\""},
        {"{\"execute\":\"cont\"}\n", "\"return\""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (!command(monitor, commands[i][0], commands[i][1], error))
            return false;
    int socket = bench_connect(agent_path, clock_deadline_s(DEADLINE_S));
    AgentTransport transport = bench_bare_agent(&socket);
    g_autoptr(Agent) agent = agent_new(&transport);
    bool answered = agent_wait_ready(agent, clock_deadline_s(DEADLINE_S), error);
    close(socket);
    return answered;
}

static bool by_bare(Clone *clone, GError **error)
{
    const BenchGuest *guest = &clone->bench->guest;
    g_autofree char *base = g_build_filename(guest->warm, "disk.qcow2", NULL);
    g_autofree char *state = g_build_filename(guest->warm, "device", NULL);
    g_autofree char *overlay = g_strdup_printf("%s/%u.qcow2", guest->folder, clone->number);
    g_autofree char *monitor_path = g_strdup_printf("%s/%u.mon", guest->folder, clone->number);
    g_autofree char *agent_path = g_strdup_printf("%s/%u.agent", guest->folder, clone->number);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    gint64 began = g_get_monotonic_time();

    if (!image_overlay(base, overlay, error))
        return false;
    for (guint i = 0; i + 1 < clone->bench->argv->len; i++) {
        g_autofree char *disk = replaced(clone->bench->argv->pdata[i], OVERLAY, overlay);
        g_autofree char *mon = replaced(disk, MONITOR, monitor_path);
        g_ptr_array_add(argv, replaced(mon, AGENT, agent_path));
    }
    g_ptr_array_add(argv, NULL);
    int device = open(state, O_RDONLY | O_CLOEXEC);
    clone->pid = bench_start((const char *const *)argv->pdata, device);
    close(device);
    int monitor = bench_connect(monitor_path, clock_deadline_s(DEADLINE_S));
    g_autofree char *greeting = bench_line(monitor, clock_deadline_s(DEADLINE_S), error);
    clone->started = (double)(g_get_monotonic_time() - began) / 1e6;
    bool done = greeting && restore(monitor, agent_path, error);
    close(monitor);
    unlink(monitor_path);
    unlink(agent_path);
    return done;
}

static gpointer begin(gpointer data)
{
    Clone *clone = data;
    gint64 began = g_get_monotonic_time();
    bool done = clone->bare ? by_bare(clone, &clone->error) : by_lab(clone, &clone->error);

    clone->ready = (double)(g_get_monotonic_time() - began) / 1e6;
    if (done)
        clone->private_mb =
            private_mb(clone->bare ? clone->pid : qemu_with(machine_disk(clone->machine), NULL));
    return NULL;
}

static void end(Clone *clone)
{
    g_autofree char *overlay =
        g_strdup_printf("%s/%u.qcow2", clone->bench->guest.folder, clone->number);

    machine_free(clone->machine);
    if (clone->pid)
        bench_end(clone->pid);
    unlink(overlay);
}

/* Starts `count` clones at once and ends them when all answered; the first error, or true. */
static bool clones(const Bench *bench, bool bare, guint count, Clone *clones_made, GError **error)
{
    GThread *threads[CLONES_MAX];

    for (guint i = 0; i < count; i++) {
        clones_made[i] = (Clone){.bench = bench, .number = i, .bare = bare};
        threads[i] = g_thread_new("clone", begin, &clones_made[i]);
    }
    for (guint i = 0; i < count; i++)
        g_thread_join(threads[i]);
    for (guint i = 0; i < count; i++) {
        end(&clones_made[i]);
        if (clones_made[i].error && (!error || !*error))
            g_propagate_error(error, g_steal_pointer(&clones_made[i].error));
        g_clear_error(&clones_made[i].error);
    }
    return !error || !*error;
}

typedef struct {
    double ready[2][CLONES_MAX], private_mb[2][CLONES_MAX], started[CLONES_MAX];
    double at_once[2]; /* until the last one answered */
} Results;

static bool one_by_one(const Bench *bench, guint repeats, Results *results, GError **error)
{
    for (guint i = 0; i < repeats; i++) {
        for (int bare = 0; bare < 2; bare++) {
            Clone clone;
            if (!clones(bench, bare, 1, &clone, error))
                return false;
            results->ready[bare][i] = clone.ready;
            results->private_mb[bare][i] = clone.private_mb;
            if (bare)
                results->started[i] = clone.started;
        }
    }
    return true;
}

static bool at_once(const Bench *bench, guint count, Results *results, GError **error)
{
    Clone made[CLONES_MAX];

    for (int bare = 0; bare < 2; bare++) {
        if (!clones(bench, bare, count, made, error))
            return false;
        for (guint i = 0; i < count; i++)
            results->at_once[bare] = MAX(results->at_once[bare], made[i].ready);
    }
    return true;
}

static void print(const Bench *bench, Results *results, guint repeats, guint count)
{
    g_autofree char *device = g_build_filename(bench->guest.warm, "device", NULL);
    struct stat state = {0};
    double ready[2], started = bench_median(results->started, repeats);

    stat(device, &state);
    for (int bare = 0; bare < 2; bare++)
        ready[bare] = bench_median(results->ready[bare], repeats);
    printf("%-44s %8s %8s %8s\n", "median of a clone, seconds", "lab", "bare", "ratio");
    printf("%-44s %8.3f %8.3f %8.2f\n", "until the agent answers", ready[0], ready[1],
           ready[0] / ready[1]);
    printf("%-44s %8s %8.3f\n", "  of this, process until its monitor greets", "", started);
    printf("%-44s %8s %8.3f\n", "  of this, state read, agent asked", "", ready[1] - started);
    printf("%-44s %8.1f %8.1f\n", "written private memory, MB",
           bench_median(results->private_mb[0], repeats),
           bench_median(results->private_mb[1], repeats));
    printf("%2u at once, %-33s %8.3f %8.3f %8.2f\n", count, "until the last agent answers",
           results->at_once[0], results->at_once[1], results->at_once[0] / results->at_once[1]);
    printf("a clone reads %.2f MB of device state; its memory stays in the page cache\n",
           (double)state.st_size / 1e6);
}

static bool run(Bench *bench, const char *name, guint repeats, guint count, GError **error)
{
    g_autofree Results *results = g_new0(Results, 1);
    Clone first = {.bench = bench};

    if (!bench_guest_open(name, &bench->guest, error))
        return false;
    begin(&first); /* warms the page cache, and tells libvirt's arguments */
    if (first.machine)
        take_arguments(bench, first.machine);
    end(&first);
    if (first.error) {
        g_propagate_error(error, first.error);
        return false;
    }
    if (!one_by_one(bench, repeats, results, error) || !at_once(bench, count, results, error))
        return false;
    print(bench, results, repeats, count);
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    guint repeats = argc > 2 ? (guint)CLAMP(atoi(argv[2]), 1, CLONES_MAX) : 9;
    guint count = argc > 3 ? (guint)CLAMP(atoi(argv[3]), 1, CLONES_MAX) : 16;
    Bench bench = {0};

    bool done = run(&bench, argc > 1 ? argv[1] : "reference", repeats, count, &error);
    if (bench.argv)
        g_ptr_array_unref(bench.argv);
    bench_guest_close(&bench.guest);
    if (done)
        return 0;
    fprintf(stderr, "bench-clone: %s\n", error->message);
    return truce_error_exit_status(error);
}
