/* SPDX-License-Identifier: GPL-2.0-or-later
 * Load on the guest of an attempt.
 */
#include "run/stress.h"

#include <math.h>
#include <string.h>

#include "guest/windows.h"
#include "run/evidence.h"
#include "run/fault-private.h"
#include "run/measure.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define STOP_FILE "C:\\Truce\\stop-load"
#define DISKSPD_FILE "C:\\Truce\\diskspd.exe"
#define DONE 0
#define WITH_ERRORS 1 /* another product took or refused some of its files */
#define END_TIMEOUT_S 90
#define STOP_S 30
#define RESULT_MAX (1u << 20)
#define WORDS_MAX 300
#define SLICES_MAX 600
#define RATE_NONE 0.5 /* stands for a second in which nothing was done: ratios have no zero */

struct Stress {
    Attempt *attempt;
    const LoadProfile *profile;
    guint seconds;
    gint64 pid;
    gint64 diskspd_pid; /* 0: none */
    gint64 began;
    MeasureMoment moment; /* when it began, on this host */
    double pressure;      /* on this host, while it ran */
};

/* diskspd.exe of the user's, in the lab's folder of tools: the check of the scenario found it. */
static bool start_diskspd(Stress *stress, GError **error)
{
    Attempt *attempt = stress->attempt;

    if (!stress->profile->diskspd)
        return true;
    g_autofree char *host_path = g_build_filename(attempt->tools_folder, LOAD_DISKSPD, NULL);
    g_autofree char *sha256 = NULL;
    if (!files_sha256(host_path, &sha256, error))
        return false;
    attempt_event(attempt, "note", "diskspd is '%s', SHA-256 %s", host_path, sha256);
    g_autofree char *line = g_strdup_printf("%s -d%u -Rtext %s", DISKSPD_FILE, stress->seconds,
                                            stress->profile->diskspd);
    return agent_file_put(attempt->agent, host_path, DISKSPD_FILE, error) &&
           agent_exec_start(attempt->agent, line, &stress->diskspd_pid, error);
}

bool stress_start(Attempt *attempt, const LoadProfile *profile, const char *folder, guint seconds,
                  guint seed, Stress **ret_stress, GError **error)
{
    g_autoptr(Stress) stress = g_new0(Stress, 1);
    g_autofree char *mix = load_profile_mix(profile);
    const char *program;
    bool existed;

    stress->attempt = attempt;
    stress->profile = profile;
    stress->seconds = seconds;
    if (!stress_put(attempt->agent, attempt->guest, &program, error) ||
        !windows_make_folder(attempt->agent, folder, error) ||
        !windows_delete_file(attempt->agent, STOP_FILE, &existed, error))
        return false;
    g_autofree char *line =
        g_strdup_printf("%s mix --dir \"%s\" --seconds %u --seed %u --stop-file %s %s", program,
                        folder, seconds, seed, STOP_FILE, mix);
    if (!start_diskspd(stress, error) ||
        !agent_exec_start(attempt->agent, line, &stress->pid, error))
        return false;
    stress->began = g_get_monotonic_time();
    stress->moment = measure_moment(attempt);
    attempt_event(attempt, "note", "load: %s", line);
    *ret_stress = g_steal_pointer(&stress);
    return true;
}

void stress_free(Stress *stress)
{
    g_free(stress);
}

/* Judges one measurement, where one is asked for and none has exceeded yet. */
static void measure(const Stress *stress, const char *kind, const char *what, const char *unit,
                    Better better, const GArray *values, gint64 overhead, char **summary)
{
    g_autofree char *name = g_strdup_printf("%s %s", kind, what);
    const Measurement measurement = {.name = name,
                                     .unit = unit,
                                     .better = better,
                                     .values = (const double *)(const void *)values->data,
                                     .count = values->len,
                                     .pressure = stress->pressure};

    if (values->len == 0)
        return;
    measure_record(stress->attempt, &measurement);
    if (overhead >= 0 && !*summary)
        measure_judge(stress->attempt, &measurement, (double)overhead, summary);
}

/* A number that the guest tells and that arithmetic holds for. */
static bool is_finite(const cJSON *item)
{
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

static void measure_kind(const Stress *stress, const char *name, const cJSON *kind, gint64 overhead,
                         char **summary)
{
    g_autoptr(GArray) us = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) rates = g_array_new(FALSE, FALSE, sizeof(double));
    const cJSON *slice;

    cJSON_ArrayForEach (slice, cJSON_GetObjectItemCaseSensitive(kind, "slices")) {
        const cJSON *operations = cJSON_GetArrayItem(slice, 0),
                    *mean = cJSON_GetArrayItem(slice, 1);
        if (!is_finite(operations) || !is_finite(mean) || rates->len == SLICES_MAX)
            continue;
        double value = MAX(mean->valuedouble, 1), rate = MAX(operations->valuedouble, RATE_NONE);
        g_array_append_val(rates, rate);
        if (operations->valuedouble > 0)
            g_array_append_val(us, value);
    }
    measure(stress, name, "latency", "us", BETTER_LESS, us, overhead, summary);
    if (json_int(kind, "rate", 1) == 0)
        measure(stress, name, "operations", "1/s", BETTER_MORE, rates, overhead, summary);
}

/* What a kind did, as text: `file 412 (0 errors, p95 5119 us)`. Numbers are the guest's word. */
static void describe_kind(const char *name, const cJSON *kind, GString *text)
{
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(kind, "latency_us");

    g_string_append_printf(text,
                           "%s%s %" G_GINT64_FORMAT " (%" G_GINT64_FORMAT
                           " errors, p50 %" G_GINT64_FORMAT " us, p95 %" G_GINT64_FORMAT
                           " us, p99 %" G_GINT64_FORMAT " us)",
                           text->len == 0 ? "" : ", ", name, json_int(kind, "operations", 0),
                           json_int(kind, "errors", 0), json_int(latency, "p50", 0),
                           json_int(latency, "p95", 0), json_int(latency, "p99", 0));
}

/* The first of that name, or NULL. */
static const cJSON *find_kind(const cJSON *result, const char *name)
{
    const cJSON *kind;

    cJSON_ArrayForEach (kind, cJSON_GetObjectItemCaseSensitive(result, "kinds"))
        if (g_str_equal(json_string(kind, "kind", ""), name))
            return kind;
    return NULL;
}

static bool did_not_run(const char *what, const AgentExecResult *result, GError **error)
{
    const char *said = result->err && *result->err ? result->err : result->out;
    g_autofree char *words = text_printable(said, strlen(said), WORDS_MAX);

    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "%s did not run: exit code %d: %s", what,
                result->exit_code, words);
    return false;
}

static bool take_result(Stress *stress, const AgentExecResult *result, gint64 overhead,
                        char **summary, GError **error)
{
    g_autoptr(cJSON) value = NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (result->exit_code != DONE && result->exit_code != WITH_ERRORS)
        return did_not_run("the load", result, error);
    if (!json_parse(result->out, strlen(result->out), RESULT_MAX, "truce-stress", &value, NULL)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                    "the load ended with exit code %d without telling what it did",
                    result->exit_code);
        return false;
    }
    /* Of what else the guest tells, nothing was asked for. */
    for (guint i = 0; i < stress->profile->parts->len; i++) {
        const LoadPart *part = stress->profile->parts->pdata[i];
        const cJSON *kind = find_kind(value, part->kind);
        if (!kind)
            continue;
        describe_kind(part->kind, kind, text);
        measure_kind(stress, part->kind, kind, overhead, summary);
    }
    attempt_event(stress->attempt, "note", "load ended with exit code %d after %u s: %s",
                  result->exit_code, clock_elapsed_ms(stress->began) / 1000, text->str);
    return true;
}

/* It cannot be told to stop. One that has ended by itself is not there to be killed. */
static bool stop_diskspd(const Stress *stress, GError **error)
{
    g_auto(AgentExecResult) result = {0};

    return agent_exec(stress->attempt->agent, "taskkill.exe /f /im " LOAD_DISKSPD,
                      STOP_S * stress->attempt->patience, &result, error);
}

/* What it prints is pages long. */
static bool keep_words(Attempt *attempt, const char *words, GError **error)
{
    g_autofree char *name = g_strdup_printf("files/diskspd-%s.txt", attempt->step);
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    if (!files_make_folder(folder, error) || !files_write_atomic(path, words, strlen(words), error))
        return false;
    evidence_file(attempt, "file", name);
    return true;
}

/* `now`: the load ended early, and this with it. */
static bool finish_diskspd(Stress *stress, bool now, GError **error)
{
    Attempt *attempt = stress->attempt;
    g_auto(AgentExecResult) result = {0};

    if (stress->diskspd_pid == 0)
        return true;
    if ((now && !stop_diskspd(stress, error)) ||
        !agent_exec_finish(attempt->agent, stress->diskspd_pid,
                           clock_deadline_s(END_TIMEOUT_S * attempt->patience), &result, error))
        return false;
    if (now) {
        attempt_event(attempt, "note", "diskspd was stopped with the load");
        return true;
    }
    attempt_event(attempt, "note", "diskspd ended with exit code %d", result.exit_code);
    return keep_words(attempt, result.out, error) &&
           (result.exit_code == DONE || did_not_run("diskspd", &result, error));
}

bool stress_finish(Stress *stress, bool now, gint64 overhead, char **ret_summary, GError **error)
{
    Attempt *attempt = stress->attempt;
    guint seconds = (now ? 0 : stress->seconds) + END_TIMEOUT_S * attempt->patience;
    g_auto(AgentExecResult) result = {0};
    g_autofree char *summary = NULL;

    if ((now && !agent_file_write(attempt->agent, STOP_FILE, "", 0, error)) ||
        !agent_exec_finish(attempt->agent, stress->pid, clock_deadline_s(seconds), &result,
                           error) ||
        !finish_diskspd(stress, now, error))
        return false;
    stress->pressure = measure_pressure(attempt, &stress->moment);
    if (!take_result(stress, &result, overhead, &summary, error))
        return false;
    *ret_summary = g_steal_pointer(&summary);
    return true;
}
