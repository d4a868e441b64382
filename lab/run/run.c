/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run: guests made ready, workers that take cases in the plan's order, the journal.
 */
#include "run/run.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "run/case.h"
#include "run/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define FREE_BYTES_MIN (1024ull << 20) /* a case's overlay and evidence may grow to this */

struct Run {
    RunOptions options;
    Journal *journal;
    GHashTable *ready; /* guest name → ReadyGuest* */
    volatile gint cancelled;

    GMutex mutex; /* guards what follows */
    guint next;   /* index of the next case to take */
    guint done;
    bool controls_only; /* this round takes only the controls without vendors */
    GHashTable *unfit;  /* guest names whose control failed: a set */
    GError *stopped;    /* why no further case is taken */
    Machine **machines; /* of each worker, or NULL */
};

static void ready_guest_free(gpointer data)
{
    ReadyGuest *ready = data;
    image_free(ready->image);
    g_free(ready->warm);
    g_free(ready);
}

Run *run_new(const RunOptions *options)
{
    Run *run = g_new0(Run, 1);
    run->options = *options;
    run->ready = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, ready_guest_free);
    run->unfit = g_hash_table_new(g_str_hash, g_str_equal);
    run->machines = g_new0(Machine *, options->jobs);
    g_mutex_init(&run->mutex);
    return run;
}

void run_free(Run *run)
{
    if (!run)
        return;
    journal_close(run->journal);
    g_hash_table_unref(run->ready);
    g_hash_table_unref(run->unfit);
    g_clear_error(&run->stopped);
    g_free(run->machines);
    g_mutex_clear(&run->mutex);
    g_free(run);
}

void run_cancel(Run *run)
{
    g_atomic_int_set(&run->cancelled, 1);
    g_mutex_lock(&run->mutex);
    for (guint i = 0; i < run->options.jobs; i++)
        if (run->machines[i])
            machine_wake(run->machines[i]);
    g_mutex_unlock(&run->mutex);
}

bool run_cancelled(const Run *run)
{
    return g_atomic_int_get(&run->cancelled) != 0;
}

static void on_machine(gpointer data, guint worker, Machine *machine)
{
    Run *run = data;
    g_mutex_lock(&run->mutex);
    run->machines[worker] = machine;
    if (machine && run_cancelled(run)) /* run_cancel() came before it was known */
        machine_wake(machine);
    g_mutex_unlock(&run->mutex);
}

static bool check_space(const RunOptions *options, GError **error)
{
    const char *folders[] = {options->folder, options->lab->state_folder};

    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        guint64 bytes, needed = FREE_BYTES_MIN * options->jobs;
        if (!files_free_bytes(folders[i], &bytes, error))
            return false;
        if (bytes < needed) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                        "no disk space: '%s' has %" G_GUINT64_FORMAT
                        " MiB free, %u guests at once need %" G_GUINT64_FORMAT " MiB",
                        folders[i], bytes >> 20, options->jobs, needed >> 20);
            return false;
        }
    }
    return true;
}

static bool prepare_guests(Run *run, GError **error)
{
    GHashTableIter iter;
    gpointer name, guest;

    g_hash_table_iter_init(&iter, run->options.inputs->guests);
    while (g_hash_table_iter_next(&iter, &name, &guest)) {
        ReadyGuest *ready = g_new0(ReadyGuest, 1);
        ready->guest = guest;
        g_hash_table_insert(run->ready, name, ready);
        if (!image_open(run->options.lab->state_folder, name, &ready->image, error) ||
            !warm_ensure(run->options.host, guest, ready->image, run->options.progress,
                         &run->cancelled, &ready->warm, error))
            return false;
    }
    return true;
}

static cJSON *add_file(const char *path)
{
    cJSON *file = cJSON_CreateObject();
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *sha256 = NULL;

    files_sha256(path, &sha256, NULL);
    cJSON_AddStringToObject(file, "file", base);
    json_add_text(file, "sha256", sha256);
    return file;
}

static void describe_host(cJSON *record, Host *host)
{
    const HostInfo *info = host_info(host);
    cJSON *object = cJSON_AddObjectToObject(record, "host");
    struct utsname kernel;

    uname(&kernel);
    cJSON_AddStringToObject(object, "libvirt", info->libvirt);
    cJSON_AddStringToObject(object, "qemu", info->qemu);
    cJSON_AddStringToObject(object, "accelerator",
                            info->accelerator == ACCELERATOR_KVM ? "kvm" : "tcg");
    cJSON_AddStringToObject(object, "kernel", kernel.release);
    cJSON_AddNumberToObject(object, "cpus", g_get_num_processors());
    cJSON_AddNumberToObject(
        object, "memory_mib",
        (double)((guint64)sysconf(_SC_PHYS_PAGES) * (guint64)sysconf(_SC_PAGESIZE) >> 20));
}

static void describe_vendor(cJSON *list, const Vendor *vendor)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", vendor->name);
    cJSON_AddStringToObject(object, "title", vendor->title);
    cJSON *files = cJSON_AddArrayToObject(object, "files");
    cJSON_AddItemToArray(files, add_file(vendor->file));
    for (guint i = 0; i < vendor->products->len; i++)
        cJSON_AddItemToArray(files,
                             add_file(((VendorProduct *)vendor->products->pdata[i])->package));
    for (guint i = 0; i < vendor->contents->len; i++)
        cJSON_AddItemToArray(files, add_file(((VendorContent *)vendor->contents->pdata[i])->file));
    cJSON_AddItemToArray(list, object);
}

static void describe_guest(cJSON *list, const ReadyGuest *ready)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", ready->guest->name);
    cJSON_AddStringToObject(object, "kind", guest_kind_name(ready->guest->kind));
    cJSON_AddStringToObject(object, "title", ready->guest->title);
    cJSON_AddStringToObject(object, "limits", ready->guest->limits);
    cJSON_AddStringToObject(object, "image_sha256", ready->image->sha256);
    cJSON_AddItemToArray(list, object);
}

static void record_begin(Run *run)
{
    const Scenario *scenario = run->options.inputs->scenario;
    cJSON *record = journal_record(run->journal, "run-begin");
    g_autofree char *id = g_path_get_basename(run->options.folder);

    cJSON_AddNumberToObject(record, "format", 1);
    cJSON_AddStringToObject(record, "run", id);
    cJSON_AddStringToObject(record, "truce", TRUCE_VERSION);
    cJSON *about = add_file(scenario->file);
    cJSON_AddStringToObject(about, "name", scenario->name);
    cJSON_AddStringToObject(about, "title", scenario->title);
    cJSON_AddItemToObject(record, "scenario", about);
    describe_host(record, run->options.host);

    cJSON *guests = cJSON_AddArrayToObject(record, "guests");
    for (guint i = 0; i < scenario->guests->len; i++)
        describe_guest(guests, g_hash_table_lookup(run->ready, scenario->guests->pdata[i]));
    cJSON *vendors = cJSON_AddArrayToObject(record, "vendors");
    for (guint i = 0; i < scenario->vendors->len; i++)
        describe_vendor(vendors, g_hash_table_lookup(run->options.inputs->vendors,
                                                     scenario->vendors->pdata[i]));
    journal_write(run->journal, record);
}

static void record_end(Run *run)
{
    cJSON *record = journal_record(run->journal, "run-end");
    bool cancelled = run_cancelled(run);

    cJSON_AddStringToObject(record, "outcome",
                            run->stopped ? "stopped"
                            : cancelled  ? "interrupted"
                                         : "finished");
    json_add_text(record, "reason",
                  run->stopped ? run->stopped->message
                  : cancelled  ? "interrupted by the user"
                               : NULL);
    journal_write(run->journal, record);
}

static bool is_base_control(const PlanCase *plan_case)
{
    return plan_case->vendors->len == 0;
}

/* The next case of this round, or NULL where there is none or the run ends. */
static const PlanCase *take_case(Run *run)
{
    const GPtrArray *cases = run->options.plan->cases;
    const PlanCase *taken = NULL;

    g_mutex_lock(&run->mutex);
    while (!taken && run->next < cases->len && !run->stopped && !run_cancelled(run)) {
        const PlanCase *candidate = cases->pdata[run->next++];
        if (is_base_control(candidate) == run->controls_only)
            taken = candidate;
    }
    g_mutex_unlock(&run->mutex);
    return taken;
}

/* What the end of a case means for the others. */
static void note_end(Run *run, const PlanCase *plan_case, CaseState state)
{
    GError *failure = NULL;

    g_mutex_lock(&run->mutex);
    run->done++;
    if (is_base_control(plan_case) && state != CASE_PASSED)
        g_hash_table_add(run->unfit, plan_case->guest);
    if (!run->stopped &&
        (!journal_check(run->journal, &failure) || !check_space(&run->options, &failure)))
        run->stopped = g_steal_pointer(&failure);
    g_clear_error(&failure);
    g_mutex_unlock(&run->mutex);
}

static guint cases_done(Run *run)
{
    g_mutex_lock(&run->mutex);
    guint done = run->done;
    g_mutex_unlock(&run->mutex);
    return done;
}

static bool guest_is_unfit(Run *run, const char *guest)
{
    g_mutex_lock(&run->mutex);
    bool unfit = g_hash_table_contains(run->unfit, guest);
    g_mutex_unlock(&run->mutex);
    return unfit;
}

static void do_case(Run *run, guint worker, const PlanCase *plan_case)
{
    CaseContext context = {.options = &run->options,
                           .journal = run->journal,
                           .cancelled = &run->cancelled,
                           .ready = g_hash_table_lookup(run->ready, plan_case->guest),
                           .on_machine = on_machine,
                           .data = run,
                           .worker = worker};
    CaseState state = CASE_SKIPPED;
    gint64 began = g_get_monotonic_time();

    progress_status(run->options.progress, "[%u/%u] %s", cases_done(run) + 1,
                    run->options.plan->cases->len, plan_case->id);
    if (!is_base_control(plan_case) && guest_is_unfit(run, plan_case->guest))
        case_skip(run->journal, plan_case, "the control without vendors failed on this guest");
    else
        case_run(&context, plan_case, &state);
    note_end(run, plan_case, state);
    progress_line(run->options.progress, "%-8s %6.1f s  %s", case_state_name(state),
                  clock_elapsed_ms(began) / 1000.0, plan_case->id);
}

typedef struct {
    Run *run;
    guint number;
} Worker;

static gpointer work(gpointer data)
{
    Worker *worker = data;
    const PlanCase *plan_case;

    while ((plan_case = take_case(worker->run)))
        do_case(worker->run, worker->number, plan_case);
    return NULL;
}

static void do_round(Run *run, bool controls_only)
{
    g_autofree GThread **threads = g_new0(GThread *, run->options.jobs);
    g_autofree Worker *workers = g_new0(Worker, run->options.jobs);

    run->next = 0;
    run->controls_only = controls_only;
    for (guint i = 0; i < run->options.jobs; i++) {
        workers[i] = (Worker){.run = run, .number = i};
        threads[i] = g_thread_new("case", work, &workers[i]);
    }
    for (guint i = 0; i < run->options.jobs; i++)
        g_thread_join(threads[i]);
}

static bool write_plan(const RunOptions *options, GError **error)
{
    g_autofree char *path = g_build_filename(options->folder, "plan.json", NULL);
    g_autofree char *text = plan_to_json(options->plan);
    return files_write_atomic(path, text, strlen(text), error);
}

bool run_execute(Run *run, GError **error)
{
    g_autofree char *path = g_build_filename(run->options.folder, "journal.ndjson", NULL);

    if (!check_space(&run->options, error) || !prepare_guests(run, error) ||
        !write_plan(&run->options, error) || !journal_open(path, &run->journal, error))
        return false;
    record_begin(run);
    do_round(run, true);
    do_round(run, false);
    record_end(run);
    if (run->stopped) {
        g_propagate_error(error, g_steal_pointer(&run->stopped));
        return false;
    }
    return journal_check(run->journal, error);
}
