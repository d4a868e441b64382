/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run: guests made ready, workers that take cases from the queue, the journal.
 */
#include "run/run.h"

#include <string.h>

#include "plan/plan-case.h"
#include "run/budget.h"
#include "run/case.h"
#include "run/guest-inputs.h"
#include "run/input-files.h"
#include "run/measure.h"
#include "run/past.h"
#include "run/queue.h"
#include "run/run-begin.h"
#include "run/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/file-out.h"
#include "util/files.h"
#include "util/redact.h"

#define REUSE_WAIT_MS 300000u
#define INPUT_BYTES_MAX (1u << 20) /* of what people write (util/xml.h) */

struct Run {
    RunOptions options;
    Journal *journal;
    GHashTable *ready; /* guest name → ReadyGuest* */
    Measures *measures;
    Reuse *reuse; /* or NULL */
    Queue *queue;
    Past *past; /* of a run that is resumed, or NULL */
    Budget budget;
    volatile gint cancelled;
    gint64 began; /* monotonic time, when the first case could begin */

    GMutex mutex;       /* guards what follows */
    GPtrArray *added;   /* of PlanCase*: cases that are not in the plan */
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

/* Whether a guest has room beside those that run: memory, and the disk's for one more. */
static bool admit(gpointer data, const char *guest, const GPtrArray *running)
{
    const Run *run = data;
    GHashTable *guests = run->options.inputs->guests;
    g_autoptr(GPtrArray) others = g_ptr_array_new();

    for (guint i = 0; i < running->len; i++)
        g_ptr_array_add(others,
                        g_hash_table_lookup(guests, ((const PlanCase *)running->pdata[i])->guest));
    /* Another host's memory is not this one's. */
    return (host_is_remote(run->options.host) ||
            budget_has_memory(&run->budget, others, g_hash_table_lookup(guests, guest))) &&
           budget_check_disk(&run->budget, running->len + 1, NULL);
}

/* Whether a case would spend its turn waiting for a state that a case that runs saves. */
static bool waits(gpointer data, const PlanCase *plan_case, const GPtrArray *running)
{
    const Run *run = data;
    return reuse_waits(run->reuse, plan_case, running);
}

Run *run_new(const RunOptions *options)
{
    Run *run = g_new0(Run, 1);
    run->options = *options;
    run->options.attempts = MAX(options->attempts, 1);
    run->ready = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, ready_guest_free);
    run->measures = measures_new();
    run->reuse = reuse_new(
        options->lab->state_folder, host_is_remote(options->host) ? REUSE_NEVER : options->reuse,
        options->reuse_bytes ? options->reuse_bytes : reuse_bytes(options->lab->state_folder),
        options->reuse_wait_ms ? options->reuse_wait_ms : REUSE_WAIT_MS);
    run->queue = queue_new(admit, waits, run);
    run->added = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
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
    past_free(run->past);
    measures_free(run->measures);
    reuse_free(run->reuse);
    queue_free(run->queue);
    g_ptr_array_unref(run->added);
    g_clear_error(&run->stopped);
    g_free(run->machines);
    g_mutex_clear(&run->mutex);
    g_free(run);
}

const RunOptions *run_options(const Run *run)
{
    return &run->options;
}

void run_cancel(Run *run)
{
    g_atomic_int_set(&run->cancelled, 1);
    queue_close(run->queue);
    g_mutex_lock(&run->mutex);
    for (guint i = 0; i < run->options.jobs; i++)
        if (run->machines[i])
            machine_wake(run->machines[i]);
    g_mutex_unlock(&run->mutex);
    reuse_wake(run->reuse);
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

static bool open_images(Run *run, GError **error)
{
    GHashTableIter iter;
    gpointer name, guest;

    g_hash_table_iter_init(&iter, run->options.inputs->guests);
    while (g_hash_table_iter_next(&iter, &name, &guest)) {
        ReadyGuest *ready = g_new0(ReadyGuest, 1);
        ready->guest = guest;
        g_hash_table_insert(run->ready, name, ready);
        if (!image_open(run->options.lab->state_folder, name, &ready->image, error))
            return false;
        if (guest_is_outdated(guest, ready->image))
            progress_line(run->options.progress,
                          "guest '%s' was built of other files than its recipe has now: `truce "
                          "guest build %s` builds it again",
                          ready->image->name, ready->image->name);
    }
    return true;
}

static bool warm_guests(Run *run, GError **error)
{
    GHashTableIter iter;
    gpointer value;

    if (host_is_remote(run->options.host))
        return true;
    g_hash_table_iter_init(&iter, run->ready);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        ReadyGuest *ready = value;
        if (!warm_ensure(run->options.host, ready->guest, ready->image, run->options.progress,
                         &run->cancelled, &ready->warm, error))
            return false;
    }
    return true;
}

static void record_begin(Run *run)
{
    cJSON *record = journal_record(run->journal, "run-begin");
    run_describe(record, &run->options, run->ready);
    journal_write(run->journal, record);
}

/* Entries of the file of known issues that are of no use any more. */
static void record_known(Run *run)
{
    if (!run->options.known)
        return;
    g_autoptr(GPtrArray) complaints = known_complaints(run->options.known);
    cJSON *record = journal_record(run->journal, "known-issues");

    cJSON_AddStringToObject(record, "file", run->options.known->file);
    cJSON *list = cJSON_AddArrayToObject(record, "complaints");
    for (guint i = 0; i < complaints->len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(complaints->pdata[i]));
    journal_write(run->journal, record);
}

/* What cases shared, where they did. */
static void record_reuse(Run *run)
{
    ReuseCounts counts = reuse_counts(run->reuse);

    if (counts.saved == 0)
        return;
    cJSON *record = journal_record(run->journal, "reuse");
    cJSON_AddNumberToObject(record, "saved", counts.saved);
    cJSON_AddNumberToObject(record, "used", counts.used);
    cJSON_AddNumberToObject(record, "spared_ms", (double)counts.spared_ms);
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

/* What measures performance must not be disturbed by another guest. */
static bool add_to_queue(Run *run, const PlanCase *plan_case)
{
    reuse_expect(run->reuse, plan_case);
    return queue_add(run->queue, plan_case, plan_case->test->measures);
}

static void record_added(Run *run, const PlanCase *plan_case, const PlanCase *parent,
                         const char *reason)
{
    cJSON *record = journal_record(run->journal, "case-added");
    cJSON_AddStringToObject(record, "case", plan_case->id);
    json_add_text(record, "parent", parent->id);
    json_add_text(record, "reason", reason);
    cJSON_AddItemToObject(record, "plan", plan_case_to_json(plan_case));
    journal_write(run->journal, record);
}

bool run_add_case(Run *run, PlanCase *plan_case, const PlanCase *parent, const char *reason)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->mutex);
    (void)locker;

    if (queue_has(run->queue, plan_case->id)) {
        plan_case_free(plan_case);
        return false;
    }
    g_ptr_array_add(run->added, plan_case);
    record_added(run, plan_case, parent, reason); /* before any other record names it */
    return add_to_queue(run, plan_case);
}

Journal *run_journal(Run *run)
{
    return run->journal;
}

bool run_case_state(Run *run, const char *id, CaseState *ret_state)
{
    return queue_state(run->queue, id, ret_state);
}

/* Whether the run can go on after a case. */
static void check_lab(Run *run)
{
    GError *failure = NULL;

    g_mutex_lock(&run->mutex);
    if (!run->stopped &&
        (!journal_check(run->journal, &failure) || !budget_check_disk(&run->budget, 1, &failure) ||
         !host_answers(run->options.host, &failure))) {
        run->stopped = g_steal_pointer(&failure);
        queue_close(run->queue);
    }
    g_clear_error(&failure);
    g_mutex_unlock(&run->mutex);
}

static void on_verdict(gpointer data, const PlanCase *plan_case, CaseState state)
{
    Run *run = data;
    if (run->options.on_verdict)
        run->options.on_verdict(run->options.on_verdict_data, run, plan_case, state);
}

static const PastCase *past_of(const Run *run, const PlanCase *plan_case)
{
    return run->past ? past_case(run->past, plan_case->id) : NULL;
}

static bool time_is_up(const Run *run)
{
    double seconds = (double)(g_get_monotonic_time() - run->began) / G_USEC_PER_SEC;
    return run->options.budget_s > 0 && seconds >= run->options.budget_s;
}

static ProgressTone tone_of(CaseState state)
{
    static const ProgressTone tones[CASE_STATES] = {[CASE_PASSED] = TONE_GOOD,
                                                    [CASE_FAILED] = TONE_BAD,
                                                    [CASE_ERROR] = TONE_BAD,
                                                    [CASE_FLAKY] = TONE_DOUBT};
    return tones[state];
}

static void do_case(Run *run, guint worker, const PlanCase *plan_case)
{
    CaseContext context = {.options = &run->options,
                           .journal = run->journal,
                           .measures = run->measures,
                           .reuse = run->reuse,
                           .cancelled = &run->cancelled,
                           .ready = g_hash_table_lookup(run->ready, plan_case->guest),
                           .on_machine = on_machine,
                           .on_verdict = on_verdict,
                           .data = run,
                           .worker = worker};
    CaseState state = CASE_SKIPPED;
    gint64 began = g_get_monotonic_time();
    guint cases, ended;

    queue_count(run->queue, &cases, &ended);
    progress_status(run->options.progress, "[%u/%u] %s", ended + 1, cases, plan_case->id);
    if (time_is_up(run))
        case_skip(run->journal, plan_case, "the run's budget was used up");
    else if (plan_case->vendors->len > 0 && queue_guest_is_unfit(run->queue, plan_case->guest))
        case_skip(run->journal, plan_case, "the control without vendors failed on this guest");
    else
        case_run(&context, plan_case, past_of(run, plan_case), &state);
    reuse_forget(run->reuse, plan_case);
    check_lab(run);
    queue_end(run->queue, plan_case, state);
    progress_verdict(run->options.progress, tone_of(state), case_state_name(state), "%6.1f s  %s",
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

    while ((plan_case = queue_take(worker->run->queue)))
        do_case(worker->run, worker->number, plan_case);
    return NULL;
}

/* An attempt that was cut off says so; it is made again beside what there is of it. */
static void record_cut(Run *run, const PlanCase *plan_case)
{
    const PastCase *past = past_of(run, plan_case);
    const char *node = run->past ? run->past->node : NULL;

    if (!past || past->cut == 0)
        return;
    g_autofree char *reason = g_strdup_printf("cut off: truce was killed, or its host died%s%s",
                                              node ? ", on " : "", node ? node : "");
    cJSON *record = journal_record(run->journal, "attempt-cut");
    json_add_text(record, "case", plan_case->id);
    cJSON_AddNumberToObject(record, "attempt", past->cut);
    json_add_text(record, "reason", reason);
    journal_write(run->journal, record);
}

/* What is planned, then what an earlier process of the run added; what ended is over. */
static void fill_queue(Run *run)
{
    const GPtrArray *lists[] = {run->options.plan->cases, run->past ? run->past->added : NULL};

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; lists[i] && j < lists[i]->len; j++) {
            const PlanCase *plan_case = lists[i]->pdata[j];
            const PastCase *past = past_of(run, plan_case);
            add_to_queue(run, plan_case);
            record_cut(run, plan_case);
            if (past && past->ended) {
                queue_end(run->queue, plan_case, past->state);
                reuse_forget(run->reuse, plan_case);
            }
        }
}

static void do_cases(Run *run)
{
    g_autofree GThread **threads = g_new0(GThread *, run->options.jobs);
    g_autofree Worker *workers = g_new0(Worker, run->options.jobs);

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
    g_autofree char *plain = plan_to_json(options->plan);
    g_autofree char *text = redact_text(plain);
    return files_write_atomic(path, text, strlen(text), error);
}

/* Keeps what people wrote for this run beside it: for a bundle, and for whoever asks later. */
static bool keep_input(const RunOptions *options, const InputFile *file, GError **error)
{
    g_autofree char *to = g_build_filename(options->folder, "inputs", file->as, NULL);
    g_autofree char *folder = g_path_get_dirname(to);
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(file->path, INPUT_BYTES_MAX, &text, &length, error) ||
        !files_make_folder(folder, error))
        return false;
    g_autofree char *said = redact_text(text);
    return files_write_atomic(to, said, strlen(said), error);
}

static bool keep_inputs(const RunOptions *options, GError **error)
{
    g_autoptr(GPtrArray) files = input_files(options);

    for (guint i = 0; i < files->len; i++) {
        const InputFile *file = files->pdata[i];
        if (file->kept && !keep_input(options, file, error))
            return false;
    }
    return true;
}

static bool open_journal(Run *run, const char *path, GError **error)
{
    if (!journal_open(path, &run->journal, error))
        return false;
    journal_observe(run->journal, run->options.observer, run->options.observer_data);
    return true;
}

/* Takes up the journal of the run that goes on, from here on under its lock. */
static bool take_up(Run *run, const char *journal, GError **error)
{
    g_autoptr(cJSON) now = cJSON_CreateObject();

    if (!open_journal(run, journal, error) ||
        !past_read(run->options.folder, run->options.plan, run->options.inputs->scenario,
                   run->measures, &run->past, error))
        return false;
    run_describe(now, &run->options, run->ready);
    if (run->past->began && !run_same_inputs(run->past->began, now, error))
        return false;
    file_out_sweep(run->options.folder);
    return true;
}

static bool heed_control(Run *run, const char *folder, const ResultCase *control, GError **error)
{
    if (control->vendors->len > 0 || control->state == CASE_PASSED)
        return true;
    if (control->state == CASE_NOT_RUN) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the control '%s' has not been run yet in '%s', so nothing can be compared "
                    "with it",
                    control->id, folder);
        return false;
    }
    queue_refuse_guest(run->queue, control->guest);
    return true;
}

/* What the cases without vendors showed where other parts of this run have them. */
static bool heed_controls(Run *run, GError **error)
{
    char *const *folders = run->options.controls;

    for (guint i = 0; folders && folders[i]; i++) {
        g_autoptr(Result) result = NULL;
        if (!result_read(folders[i], &result, error))
            return false;
        for (guint j = 0; j < result->cases->len; j++)
            if (!heed_control(run, folders[i], result->cases->pdata[j], error))
                return false;
    }
    return true;
}

/* A folder that was made ready by someone else has its plan already, but no inputs. */
static bool take_up_inputs(const Run *run, GError **error)
{
    return (run->past && run->past->began) || keep_inputs(&run->options, error);
}

bool run_execute(Run *run, GError **error)
{
    const RunOptions *options = &run->options;
    g_autofree char *path = g_build_filename(options->folder, "journal.ndjson", NULL);

    if (!budget_measure(options->folder, options->lab->state_folder, &run->budget, error) ||
        !budget_check_disk(&run->budget, 1, error) || !open_images(run, error) ||
        (options->resume && !take_up(run, path, error)) || !heed_controls(run, error) ||
        !warm_guests(run, error) || (!options->resume && !write_plan(options, error)) ||
        !take_up_inputs(run, error) || (!options->resume && !open_journal(run, path, error)))
        return false;
    record_begin(run);
    fill_queue(run);
    run->began = g_get_monotonic_time();
    if (run->options.on_begin)
        run->options.on_begin(run->options.on_verdict_data, run);
    do_cases(run);
    if (run->options.on_end)
        run->options.on_end(run->options.on_verdict_data, run);
    record_known(run);
    record_reuse(run);
    record_end(run);
    if (run->stopped) {
        g_propagate_error(error, g_steal_pointer(&run->stopped));
        return false;
    }
    return journal_check(run->journal, error);
}
