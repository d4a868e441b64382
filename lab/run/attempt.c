/* SPDX-License-Identifier: GPL-2.0-or-later
 * One attempt at a case.
 */
#include "run/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/evidence.h"
#include "run/parallel.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/redact.h"
#include "util/text.h"

#define EVENT_TEXT_MAX 4096
#define RESTART_TIMEOUT_S 60

static int open_log(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        int saved = errno;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot create '%s': %s", path,
                    g_strerror(saved));
    }
    return fd;
}

bool attempt_new(const AttemptConfig *config, Attempt **ret_attempt, GError **error)
{
    g_autoptr(Attempt) attempt = g_new0(Attempt, 1);
    attempt->timeline = attempt->transcript = -1;
    attempt->journal = config->journal;
    attempt->plan_case = config->plan_case;
    attempt->guest = config->guest;
    attempt->vendors = config->vendors;
    attempt->run_folder = config->run_folder;
    attempt->cancelled = config->cancelled;
    attempt->measures = config->measures;
    attempt->number = config->number;
    attempt->began = g_get_monotonic_time();
    attempt->began_us = g_get_real_time();
    attempt->began_utc = clock_now_utc();
    attempt->patience = config->patience;
    attempt->settle_s = config->settle_s;
    attempt->emulated = config->emulated;
    attempt->core_dump = config->core_dump;
    attempt->known = config->known;
    attempt->tools_folder = config->tools_folder;
    attempt->secrets = config->secrets;
    attempt->dumps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    attempt->products = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    attempt->step_times = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_autofree char *name = files_safe_name(config->plan_case->id);
    attempt->relative = g_strdup_printf("cases/%s/attempt-%u", name, config->number);
    attempt->folder = g_build_filename(config->run_folder, attempt->relative, NULL);
    attempt->serial_log = g_build_filename(attempt->folder, "serial.log", NULL);
    /* What is there is of an attempt that the journal had no room to know of. */
    if (!files_remove_tree(attempt->folder, error) || !files_make_folder(attempt->folder, error))
        return false;
    if ((attempt->timeline = open_log(attempt->folder, "timeline.ndjson", error)) < 0 ||
        (attempt->transcript = open_log(attempt->folder, "agent.ndjson", error)) < 0)
        return false;
    *ret_attempt = g_steal_pointer(&attempt);
    return true;
}

static void close_log(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void attempt_close_logs(Attempt *attempt)
{
    close_log(&attempt->timeline);
    close_log(&attempt->transcript);
}

void attempt_free(Attempt *attempt)
{
    if (!attempt)
        return;
    agent_free(attempt->agent);
    machine_free(attempt->machine);
    attempt_close_logs(attempt);
    g_clear_pointer(&attempt->dumps, g_hash_table_unref);
    g_clear_pointer(&attempt->products, g_hash_table_unref);
    g_clear_pointer(&attempt->inventory, g_hash_table_unref);
    g_clear_pointer(&attempt->step_times, g_hash_table_unref);
    g_free(attempt->began_utc);
    g_free(attempt->folder);
    g_free(attempt->relative);
    g_free(attempt->serial_log);
    g_free(attempt->inconclusive);
    g_free(attempt->step);
    g_free(attempt->step_name);
    g_free(attempt->last_change);
    g_free(attempt->last_change_text);
    g_free(attempt);
}

/* Logs beside the journal help to understand a case; one that cannot be written is told by the
 * journal, which lies on the same disk. */
static void append_line(int fd, const char *text)
{
    g_autofree char *said = redact_text(text);
    g_autofree char *line = g_strconcat(said, "\n", NULL);
    if (fd >= 0 && write(fd, line, strlen(line)) < 0)
        return;
}

cJSON *attempt_record(Attempt *attempt, const char *type)
{
    cJSON *record = journal_record(attempt->journal, type);
    cJSON_AddStringToObject(record, "case", attempt->plan_case->id);
    cJSON_AddNumberToObject(record, "attempt", attempt->number);
    return record;
}

/* The timeline has nothing that the journal has not: a judgement on a finding that the journal does
 * not have would make it unreadable. */
void attempt_write(Attempt *attempt, cJSON *record)
{
    g_autofree char *text = json_line(record);

    journal_write(attempt->journal, record);
    if (journal_check(attempt->journal, NULL))
        append_line(attempt->timeline, text);
}

static cJSON *event_record(Attempt *attempt, const char *kind, const char *format, va_list args)
{
    g_autofree char *raw = g_strdup_vprintf(format, args);
    g_autofree char *text = text_printable(raw, strlen(raw), EVENT_TEXT_MAX);
    cJSON *record = attempt_record(attempt, "event");

    cJSON_AddStringToObject(record, "kind", kind);
    cJSON_AddStringToObject(record, "text", text);
    return record;
}

cJSON *attempt_event_record(Attempt *attempt, const char *kind, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cJSON *record = event_record(attempt, kind, format, args);
    va_end(args);
    return record;
}

void attempt_event(Attempt *attempt, const char *kind, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    attempt_write(attempt, event_record(attempt, kind, format, args));
    va_end(args);
}

/* A fault stopped the machine on purpose: what the other branches were doing ends. */
static bool cut_short(const Attempt *attempt, GError **error)
{
    if (!attempt->survivor || attempt->agent == attempt->survivor)
        return false;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_GUEST,
                        "cut short: a fault stopped the machine on purpose");
    return true;
}

static bool transport_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                           GError **error)
{
    Attempt *attempt = data;
    return !cut_short(attempt, error) &&
           machine_agent_call(attempt->machine, request, timeout_ms, ret_reply, error);
}

MachineEvent attempt_next_event(Attempt *attempt, gint64 deadline)
{
    if (attempt->turn && attempt->pending == MACHINE_EVENT_NONE) {
        parallel_yield(attempt, deadline);
        deadline = g_get_monotonic_time();
    }
    MachineEvent event = attempt->pending;
    attempt->pending = MACHINE_EVENT_NONE;
    return event != MACHINE_EVENT_NONE ? event : machine_next_event(attempt->machine, deadline);
}

bool attempt_lost(Attempt *attempt, GError **error)
{
    const char *reason = machine_lost_reason(attempt->machine);

    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the machine was lost: %s",
                reason ? reason : "QEMU ended without the guest having asked for it");
    return false;
}

/* Waits for an event. One that ends what is under way stays pending for whoever handles it, and is
 * told in the terms of the error domain. */
static bool stay_quiet(Attempt *attempt, gint64 deadline, GError **error)
{
    MachineEvent event = attempt_next_event(attempt, deadline);

    if (g_atomic_int_get(attempt->cancelled)) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "interrupted");
        return false;
    }
    if (cut_short(attempt, error)) {
        attempt->pending = event;
        return false;
    }
    switch (event) {
    case MACHINE_EVENT_NONE:
    case MACHINE_EVENT_WAKE:
        return true;
    case MACHINE_EVENT_LOST:
        attempt->pending = event;
        return attempt_lost(attempt, error);
    default:
        attempt->pending = event;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "the guest went away: %s",
                    machine_event_name(event));
        return false;
    }
}

static bool transport_wait(gpointer data, guint ms, GError **error)
{
    return stay_quiet(data, clock_deadline_ms(ms), error);
}

static void transport_log(gpointer data, const char *request, const char *reply_or_error)
{
    Attempt *attempt = data;
    cJSON *record = attempt_record(attempt, "agent");

    g_autofree char *said = redact_cut_text(request);
    g_autofree char *answered = redact_cut_text(reply_or_error);

    cJSON_AddStringToObject(record, "request", said);
    json_add_text(record, "reply", answered);
    g_autofree char *text = json_line(record);
    append_line(attempt->transcript, text);
    cJSON_Delete(record);
}

Agent *attempt_new_agent(Attempt *attempt)
{
    AgentTransport transport = {
        .call = transport_call, .wait = transport_wait, .log = transport_log, .data = attempt};
    return agent_new(&transport);
}

void attempt_use_machine(Attempt *attempt, Machine *machine)
{
    attempt->machine = machine;
    attempt->agent = attempt_new_agent(attempt);
}

GPtrArray *attempt_vendors(Attempt *attempt)
{
    GPtrArray *vendors = g_ptr_array_new();
    for (guint i = 0; i < attempt->plan_case->vendors->len; i++)
        g_ptr_array_add(
            vendors, g_hash_table_lookup(attempt->vendors, attempt->plan_case->vendors->pdata[i]));
    return vendors;
}

const Vendor *attempt_vendor(Attempt *attempt, const char *name)
{
    return g_hash_table_lookup(attempt->vendors, name);
}

const char *attempt_product(Attempt *attempt, const Vendor *vendor)
{
    return g_hash_table_lookup(attempt->products, vendor->name);
}

void attempt_set_product(Attempt *attempt, const Vendor *vendor, const char *version)
{
    if (version)
        g_hash_table_insert(attempt->products, g_strdup(vendor->name), g_strdup(version));
    else
        g_hash_table_remove(attempt->products, vendor->name);
}

void attempt_changed(Attempt *attempt, const char *vendor, const char *text)
{
    g_free(attempt->last_change);
    g_free(attempt->last_change_text);
    attempt->last_change = g_strdup(vendor);
    attempt->last_change_text = g_strdup(text);
}

void attempt_boot_begins(Attempt *attempt, BootMode mode, const char *cause)
{
    struct stat st;
    attempt->serial_mark = stat(attempt->serial_log, &st) == 0 ? (gsize)st.st_size : 0;
    attempt->boots++;
    attempt->mode = mode;
    attempt->ready = attempt->in_recovery = attempt->powered_off = false;
    attempt_event(attempt, "boot", "boot %u, %s mode, after %s", attempt->boots,
                  mode == BOOT_SAFE       ? "safe"
                  : mode == BOOT_RECOVERY ? "recovery"
                                          : "normal",
                  cause);
}

bool attempt_wait_ready(Attempt *attempt, GError **error)
{
    gint64 began = g_get_monotonic_time();
    if (!agent_wait_ready(attempt->agent, clock_deadline_s(attempt->guest->ready_timeout_s),
                          error)) {
        evidence_explain_silence(attempt, error);
        return false;
    }
    if (!agent_in_recovery(attempt->agent, &attempt->in_recovery, error))
        return false;
    if (attempt->in_recovery && attempt->mode != BOOT_RECOVERY) {
        attempt_event(attempt, "recovery", "the guest started its recovery environment by itself");
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_GUEST,
                            "the guest started its recovery environment instead of Windows");
        return false;
    }
    /* A recovery environment's clock is its own. */
    if (!attempt->in_recovery && !attempt->clock_jumped && !agent_set_time(attempt->agent, error))
        return false;
    attempt->ready = true;
    attempt->ready_ms = clock_elapsed_ms(began);
    attempt_event(attempt, "ready", "the agent answered after %u ms", attempt->ready_ms);
    return true;
}

bool attempt_watch(Attempt *attempt, gint64 deadline, GError **error)
{
    do {
        if (!stay_quiet(attempt, deadline, error))
            return false;
    } while (clock_left_ms(deadline) > 0);
    return true;
}

bool attempt_expect_event(Attempt *attempt, MachineEvent expected, guint timeout_s, GError **error)
{
    gint64 deadline = clock_deadline_s(timeout_s);
    g_autoptr(GError) cause = NULL;

    if (attempt_watch(attempt, deadline, &cause)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                    "waited %u s for '%s', and it did not happen", timeout_s,
                    machine_event_name(expected));
        return false;
    }
    if (attempt->pending != expected) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    attempt->pending = MACHINE_EVENT_NONE;
    return true;
}

bool attempt_reboots(Attempt *attempt, const char *cause, GError **error)
{
    if (!attempt_expect_event(attempt, MACHINE_EVENT_RESET, RESTART_TIMEOUT_S * attempt->patience,
                              error))
        return false;
    attempt_boot_begins(attempt, BOOT_NORMAL, cause);
    return attempt_wait_ready(attempt, error);
}

bool attempt_reboot(Attempt *attempt, GError **error)
{
    return attempt_watch(attempt, g_get_monotonic_time(), error) &&
           agent_shutdown(attempt->agent, AGENT_REBOOT, error) &&
           attempt_reboots(attempt, "a restart that was asked for", error);
}

/* A machine that is off before its agent could answer closes the channel: the event counts. */
bool attempt_power_off(Attempt *attempt, GError **error)
{
    g_autoptr(GError) refusal = NULL;

    if (attempt->powered_off)
        return true;
    if (!attempt_watch(attempt, g_get_monotonic_time(), error))
        return false;
    agent_shutdown(attempt->agent, AGENT_POWERDOWN, &refusal);
    if (attempt_expect_event(attempt, MACHINE_EVENT_SHUTDOWN, RESTART_TIMEOUT_S * attempt->patience,
                             error))
        return true;
    if (refusal) {
        g_clear_error(error);
        g_propagate_error(error, g_steal_pointer(&refusal));
    }
    return false;
}

bool attempt_reboot_wanted(Attempt *attempt, GError **error)
{
    attempt->reboot_wanted = attempt->turn;
    return attempt->turn || attempt_reboot(attempt, error);
}
