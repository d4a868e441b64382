/* SPDX-License-Identifier: GPL-2.0-or-later
 * Clones of a warm state by the lab, by bare QEMU from the same files, and by bare QEMU from a
 * state with all of the guest's memory in it, in one run: how long until the guest's agent answers,
 * one after another and many at once, and how much memory each has for itself.
 *
 *     TRUCE_STATE=… bench-clone [GUEST [REPEATS [AT_ONCE]]]       default: reference 21 16
 *
 * Bare QEMU gets libvirt's command line with sockets of its own. The start of its process, until
 * its monitor greets, and its reading of the state are what no lab goes below on this host. All
 * memory in the state is what `virsh restore` and os-autoinst's snapshots read back.
 */
#include "bare-qemu.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"

#define CLONES_MAX 100
#define ROUNDS 3 /* of many at once */
#define DEADLINE_S 120

/* What stands in the arguments for a clone's own files. */
#define OVERLAY "@overlay@"
#define MONITOR "@monitor@"
#define AGENT "@agent@"

typedef enum { LAB, BARE, WHOLE, WAYS } Way;

typedef struct {
    BenchGuest guest;
    GPtrArray *argv; /* of bare QEMU, with the words above */
    char *whole;     /* the state with all memory */
} Bench;

typedef struct {
    const Bench *bench;
    guint number;
    Way way;
    double ready;      /* seconds until the agent answered */
    double started;    /* QEMU by itself: of these, until the monitor greeted */
    double private_mb; /* pages of the process that it shares with nobody and has written */
    GError *error;
    Machine *machine; /* the lab's */
    pid_t pid;        /* QEMU by itself */
    int monitor;      /* its monitor */
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

/* Whether migration leaves the memory that is in a file out. */
static bool ignore_shared(int monitor, bool ignore, GError **error)
{
    return command(monitor,
                   ignore ? "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{"
                            "\"capabilities\":[{\"capability\":\"events\",\"state\":true},"
                            "{\"capability\":\"x-ignore-shared\",\"state\":true}]}}\n"
                          : "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{"
                            "\"capabilities\":[{\"capability\":\"events\",\"state\":true},"
                            "{\"capability\":\"x-ignore-shared\",\"state\":false}]}}\n",
                   "\"return\"", error);
}

static bool restore(const Clone *clone, const char *agent_path, GError **error)
{
    if (!command(clone->monitor, "{\"execute\":\"qmp_capabilities\"}\n", "\"return\"", error) ||
        !ignore_shared(clone->monitor, clone->way == BARE, error) ||
        !command(clone->monitor,
                 "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:9\"}}\n",
                 "\"completed\"", error) ||
        !command(clone->monitor, "{\"execute\":\"cont\"}\n", "\"return\"", error))
        return false;
    int socket = bench_connect(agent_path, clock_deadline_s(DEADLINE_S));
    AgentTransport transport = bench_bare_agent(&socket);
    g_autoptr(Agent) agent = agent_new(&transport);
    bool answered = agent_wait_ready(agent, clock_deadline_s(DEADLINE_S), error);
    close(socket);
    return answered;
}

/* The guest's memory in no file. */
static char *anonymous_memory(const char *argument)
{
    g_autoptr(cJSON) object = cJSON_Parse(argument);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(object, "qom-type"));

    if (g_strcmp0(type, "memory-backend-file") != 0)
        return g_strdup(argument);
    cJSON_ReplaceItemInObject(object, "qom-type", cJSON_CreateString("memory-backend-ram"));
    cJSON_DeleteItemFromObject(object, "mem-path");
    return cJSON_PrintUnformatted(object);
}

static GPtrArray *arguments(const Clone *clone, const char *overlay, const char *monitor_path,
                            const char *agent_path)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < clone->bench->argv->len; i++) {
        g_autofree char *disk = replaced(clone->bench->argv->pdata[i], OVERLAY, overlay);
        g_autofree char *mon = replaced(disk, MONITOR, monitor_path);
        g_autofree char *whole = replaced(mon, AGENT, agent_path);
        g_ptr_array_add(argv,
                        clone->way == WHOLE ? anonymous_memory(whole) : g_steal_pointer(&whole));
    }
    g_ptr_array_add(argv, NULL);
    return argv;
}

static bool by_qemu(Clone *clone, GError **error)
{
    const BenchGuest *guest = &clone->bench->guest;
    g_autofree char *base = g_build_filename(guest->warm, "disk.qcow2", NULL);
    g_autofree char *device = g_build_filename(guest->warm, "device", NULL);
    g_autofree char *overlay = g_strdup_printf("%s/%u.qcow2", guest->folder, clone->number);
    g_autofree char *monitor_path = g_strdup_printf("%s/%u.mon", guest->folder, clone->number);
    g_autofree char *agent_path = g_strdup_printf("%s/%u.agent", guest->folder, clone->number);
    g_autoptr(GPtrArray) argv = arguments(clone, overlay, monitor_path, agent_path);
    gint64 began = g_get_monotonic_time();

    if (!image_overlay(base, overlay, error))
        return false;
    int state = open(clone->way == WHOLE ? clone->bench->whole : device, O_RDONLY | O_CLOEXEC);
    clone->pid = bench_start((const char *const *)argv->pdata, state);
    close(state);
    if (clone->pid < 0) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "no process for QEMU can be made");
        return false;
    }
    clone->monitor = bench_connect(monitor_path, clock_deadline_s(DEADLINE_S));
    g_autofree char *greeting = bench_line(clone->monitor, clock_deadline_s(DEADLINE_S), error);
    clone->started = (double)(g_get_monotonic_time() - began) / 1e6;
    bool done = greeting && restore(clone, agent_path, error);
    unlink(monitor_path);
    unlink(agent_path);
    return done;
}

static gpointer begin(gpointer data)
{
    Clone *clone = data;
    gint64 began = g_get_monotonic_time();
    bool done = clone->way == LAB ? by_lab(clone, &clone->error) : by_qemu(clone, &clone->error);

    clone->ready = (double)(g_get_monotonic_time() - began) / 1e6;
    if (done)
        clone->private_mb =
            private_mb(clone->pid ? clone->pid : qemu_with(machine_disk(clone->machine), NULL));
    return NULL;
}

static void end(Clone *clone)
{
    g_autofree char *overlay =
        g_strdup_printf("%s/%u.qcow2", clone->bench->guest.folder, clone->number);

    machine_free(clone->machine);
    if (clone->pid) {
        bench_end(clone->pid);
        close(clone->monitor);
    }
    unlink(overlay);
}

/* Gives QEMU a descriptor, by the name of "whole". */
static bool give(int monitor, int fd, GError **error)
{
    char request[] = "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"whole\"}}\n";
    char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {.iov_base = request, .iov_len = strlen(request)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(monitor, &message, MSG_NOSIGNAL) < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU's monitor: %s", g_strerror(errno));
        return false;
    }
    return command(monitor, "", "\"return\"", error);
}

/* Saves a clone with all of its memory. */
static bool save_whole(Bench *bench, GError **error)
{
    Clone clone = {.bench = bench, .way = BARE};

    bench->whole = g_build_filename(bench->guest.folder, "whole", NULL);
    int file = open(bench->whole, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool done =
        by_qemu(&clone, error) &&
        command(clone.monitor, "{\"execute\":\"stop\"}\n", "\"return\"", error) &&
        ignore_shared(clone.monitor, false, error) && give(clone.monitor, file, error) &&
        command(clone.monitor, "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"fd:whole\"}}\n",
                "\"completed\"", error);
    end(&clone);
    close(file);
    return done;
}

/* Starts `count` clones at once and ends them when all answered; the first error, or true. */
static bool clones(const Bench *bench, Way way, guint count, Clone *clones_made, GError **error)
{
    GThread *threads[CLONES_MAX];

    for (guint i = 0; i < count; i++) {
        clones_made[i] = (Clone){.bench = bench, .number = i, .way = way};
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
    double ready[WAYS][CLONES_MAX], private_mb[WAYS][CLONES_MAX], started[CLONES_MAX];
    double at_once[WAYS][ROUNDS]; /* until the last one answered */
    double most_mb[WAYS];         /* of one of many at once */
} Results;

/* Each way follows each of the others in turn: what one leaves behind meets all. */
static Way way_in_turn(guint round, guint turn)
{
    return (Way)((round % 2 ? round + WAYS - turn : round + turn) % WAYS);
}

static bool one_by_one(const Bench *bench, guint repeats, Results *results, GError **error)
{
    for (guint i = 0; i < repeats; i++) {
        for (guint turn = 0; turn < WAYS; turn++) {
            Way way = way_in_turn(i, turn);
            Clone clone;
            if (!clones(bench, way, 1, &clone, error))
                return false;
            results->ready[way][i] = clone.ready;
            results->private_mb[way][i] = clone.private_mb;
            if (way == BARE)
                results->started[i] = clone.started;
        }
    }
    return true;
}

static bool many_at_once(const Bench *bench, guint count, Results *results, GError **error)
{
    Clone made[CLONES_MAX];

    for (guint round = 0; round < ROUNDS; round++) {
        for (guint turn = 0; turn < WAYS; turn++) {
            Way way = way_in_turn(round, turn);
            if (!clones(bench, way, count, made, error))
                return false;
            for (guint i = 0; i < count; i++) {
                results->at_once[way][round] = MAX(results->at_once[way][round], made[i].ready);
                results->most_mb[way] = MAX(results->most_mb[way], made[i].private_mb);
            }
        }
    }
    return true;
}

static double file_mb(const char *path)
{
    struct stat file = {0};
    return stat(path, &file) == 0 ? (double)file.st_size / 1e6 : 0;
}

/* A line of the three ways, and the lab's as a multiple of the two others. */
static void print_seconds(const char *what, const double seconds[WAYS])
{
    printf("%-32s %8.3f %8.3f %8.3f %9.2f %9.2f\n", what, seconds[LAB], seconds[BARE],
           seconds[WHOLE], seconds[LAB] / seconds[BARE], seconds[LAB] / seconds[WHOLE]);
}

static void print(const Bench *bench, Results *results, guint repeats, guint count)
{
    g_autofree char *device = g_build_filename(bench->guest.warm, "device", NULL);
    g_autofree char *many = g_strdup_printf("%u at once, the last one's", count);
    double ready[WAYS], last[WAYS], private_mb[WAYS];
    double started = bench_median(results->started, repeats);

    for (Way way = LAB; way < WAYS; way++) {
        ready[way] = bench_median(results->ready[way], repeats);
        last[way] = bench_median(results->at_once[way], ROUNDS);
        private_mb[way] = bench_median(results->private_mb[way], repeats);
    }
    printf("%-32s %8s %8s %8s %9s %9s\n", "seconds until the agent answers", "lab", "bare", "whole",
           "lab/bare", "lab/whole");
    print_seconds("one clone, median", ready);
    printf("%-32s %8s %8.3f\n", "  until QEMU's monitor greets", "", started);
    printf("%-32s %8s %8.3f\n", "  state read, agent asked", "", ready[BARE] - started);
    print_seconds(many, last);
    printf("%-32s %8.1f %8.1f %8.1f\n", "written private memory, MB", private_mb[LAB],
           private_mb[BARE], private_mb[WHOLE]);
    printf("%-32s %8.1f %8.1f %8.1f\n", "  the most, of many at once", results->most_mb[LAB],
           results->most_mb[BARE], results->most_mb[WHOLE]);
    printf("%-32s %8.2f %8.2f %8.2f\n", "state that each reads, MB", file_mb(device),
           file_mb(device), file_mb(bench->whole));
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
    if (!save_whole(bench, error) || !one_by_one(bench, repeats, results, error) ||
        !many_at_once(bench, count, results, error))
        return false;
    print(bench, results, repeats, count);
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    guint repeats = argc > 2 ? (guint)CLAMP(atoi(argv[2]), 1, CLONES_MAX) : 21;
    guint count = argc > 3 ? (guint)CLAMP(atoi(argv[3]), 1, CLONES_MAX) : 16;
    Bench bench = {0};

    bool done = run(&bench, argc > 1 ? argv[1] : "reference", repeats, count, &error);
    if (bench.argv)
        g_ptr_array_unref(bench.argv);
    g_free(bench.whole);
    bench_guest_close(&bench.guest);
    if (done)
        return 0;
    fprintf(stderr, "bench-clone: %s\n", error->message);
    return truce_error_exit_status(error);
}
