/* SPDX-License-Identifier: GPL-2.0-or-later
 * Collecting the evidence of an attempt.
 */
#include "run/evidence.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "guest/windows.h"
#include "host/machine-install.h"
#include "triage/ocr.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define KERNEL_WORDS_MAX 200
#define EVENT_LOGS "C:\\Windows\\System32\\winevt\\Logs"
#define EVENT_LOGS_MAX 4u
#define NMI_WAIT_S 3        /* times the settling time */
#define OWN_DUMP_S 1800     /* however long it grows … */
#define OWN_DUMP_STILL_S 60 /* … and how long it may stand still */
/* Hyper-V's device and the ISA device each tell, and a crash while dumping tells again. */
#define OWN_DUMP_NOTICES_MAX 4
#define SERIAL_TAIL_MAX (1u << 20) /* bytes of one boot's serial output that are searched */

static void record(Attempt *attempt, const char *kind, const char *name, const GError *failure)
{
    cJSON *entry = attempt_record(attempt, "evidence");
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    g_autofree char *relative = g_build_filename(attempt->relative, name, NULL);
    g_autofree char *sha256 = NULL;
    g_autoptr(GError) unreadable = NULL;
    struct stat st = {0};

    if (!failure && (stat(path, &st) != 0 || !files_sha256(path, &sha256, &unreadable)))
        failure = unreadable;
    bool collected = sha256 != NULL;
    cJSON_AddStringToObject(entry, "kind", kind);
    cJSON_AddStringToObject(entry, "outcome", collected ? "collected" : "failed");
    json_add_text(entry, "file", collected ? relative : NULL);
    cJSON_AddNumberToObject(entry, "bytes", collected ? (double)st.st_size : 0);
    json_add_text(entry, "sha256", sha256);
    json_add_text(entry, "reason", collected ? NULL : failure ? failure->message : "no such file");
    attempt_write(attempt, entry);
}

void evidence_rung(Attempt *attempt, const char *kind, const char *outcome, const char *reason)
{
    cJSON *entry = attempt_record(attempt, "evidence");
    cJSON_AddStringToObject(entry, "kind", kind);
    cJSON_AddStringToObject(entry, "outcome", outcome);
    json_add_text(entry, "file", NULL);
    cJSON_AddNumberToObject(entry, "bytes", 0);
    json_add_text(entry, "sha256", NULL);
    json_add_text(entry, "reason", reason);
    attempt_write(attempt, entry);
}

bool evidence_panic_info(Attempt *attempt, Stop *ret_stop)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *info = machine_panic_info(attempt->machine);
    if (!info) {
        evidence_rung(attempt, "panic-info", "unavailable", "the hypervisor tells nothing of it");
        return false;
    }
    g_autofree char *name = g_strdup_printf("panic-%u.json", attempt->boots);
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    files_write_atomic(path, info, strlen(info), &failure);
    record(attempt, "panic-info", name, failure);
    return stop_from_panic_info(info, ret_stop);
}

/* The text of a screenshot, kept beside it. */
static bool read_screen(Attempt *attempt, const char *screenshot, Screen *ret_screen)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    g_autofree char *picture = g_build_filename(attempt->run_folder, screenshot, NULL);
    g_autofree char *name = g_strdup_printf("screen-%u.txt", attempt->screenshots);
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);

    if (!ocr_read(picture, &text, &failure)) {
        evidence_rung(attempt, "screen-text", "unavailable", failure->message);
        return false;
    }
    files_write_atomic(path, text, strlen(text), &failure);
    record(attempt, "screen-text", name, failure);
    *ret_screen = screen_judge(text);
    return true;
}

bool evidence_screen(Attempt *attempt, char **ret_path, Screen *ret_screen)
{
    g_autofree char *path = NULL;

    if (!evidence_screenshot(attempt, &path))
        return false;
    bool read = read_screen(attempt, path, ret_screen);
    if (ret_path)
        *ret_path = g_steal_pointer(&path);
    return read;
}

bool evidence_screenshot(Attempt *attempt, char **ret_path)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *name = g_strdup_printf("screen-%u.png", ++attempt->screenshots);
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    bool done = machine_screenshot(attempt->machine, path, &failure);

    record(attempt, "screenshot", name, failure);
    if (done && ret_path)
        *ret_path = g_build_filename(attempt->relative, name, NULL);
    return done;
}

void evidence_file(Attempt *attempt, const char *kind, const char *name)
{
    record(attempt, kind, name, NULL);
}

void evidence_host_dumps(Attempt *attempt)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GError) refusal = NULL;
    g_autofree char *elf = g_build_filename(attempt->folder, "memory.elf", NULL);
    g_autofree char *dmp = g_build_filename(attempt->folder, "memory.dmp", NULL);

    if (!attempt->core_dump || attempt->plan_case->brief) {
        evidence_rung(attempt, "core-dump", "unavailable",
                      "not asked for (--core-dump), taken at an earlier crash, or an experiment");
        return;
    }
    attempt->core_dump = false;
    machine_core_dump(attempt->machine, elf, &failure);
    record(attempt, "core-dump", "memory.elf", failure);
    if (machine_windows_dump(attempt->machine, dmp, &refusal)) {
        record(attempt, "windows-dump", "memory.dmp", NULL);
    } else {
        g_unlink(dmp);
        evidence_rung(attempt, "windows-dump", "unavailable", refusal->message);
    }
}

void evidence_nmi(Attempt *attempt)
{
    g_autoptr(GError) failure = NULL;
    gint64 began = g_get_monotonic_time();

    if (!machine_nmi(attempt->machine, &failure)) {
        evidence_rung(attempt, "nmi", "failed", failure->message);
        return;
    }
    bool quiet = attempt_watch(attempt, clock_deadline_s(NMI_WAIT_S * attempt->settle_s), &failure);
    g_autofree char *text =
        quiet ? g_strdup("the guest does nothing about it")
              : g_strdup_printf("%u ms after it: %s", clock_elapsed_ms(began), failure->message);
    evidence_rung(attempt, "nmi", quiet ? "unavailable" : "collected", text);
}

/* Runs on until the guest restarts, and tells of it, in vain, once more, or not at all: `quiet` is
 * set where nothing came. A dump that grows is waited for. */
static MachineEvent wait_for_dump(Attempt *attempt, bool *ret_quiet)
{
    gint64 end = clock_deadline_s(OWN_DUMP_S * attempt->patience);
    guint64 read, written = 0, before;

    do {
        before = written;
        gint64 look = clock_deadline_s(OWN_DUMP_STILL_S * attempt->patience);
        *ret_quiet = attempt_watch(attempt, MIN(look, end), NULL);
        if (!*ret_quiet)
            return attempt_next_event(attempt, g_get_monotonic_time());
    } while (machine_disk_traffic(attempt->machine, &read, &written) && written > before &&
             clock_left_ms(end) > 0);
    return MACHINE_EVENT_PANIC;
}

MachineEvent evidence_own_dump(Attempt *attempt, MachineEvent event)
{
    gint64 began = g_get_monotonic_time();
    MachineEvent next = event;
    bool quiet = false;

    if (event != MACHINE_EVENT_PANIC)
        return event;
    if (attempt->guest->kind == GUEST_REFERENCE) {
        evidence_rung(attempt, "guest-dump", "collected",
                      "this guest writes its dump before it panics: nothing to wait for");
        return event;
    }
    for (guint i = 0; i < OWN_DUMP_NOTICES_MAX && next == MACHINE_EVENT_PANIC && !quiet; i++) {
        g_autoptr(GError) failure = NULL;
        if (!machine_resume(attempt->machine, &failure)) {
            evidence_rung(attempt, "guest-dump", "failed", failure->message);
            return event;
        }
        next = wait_for_dump(attempt, &quiet);
    }
    if (quiet) {
        evidence_rung(attempt, "guest-dump", "unavailable",
                      "the guest did not restart by itself, and wrote nothing any more");
        return event;
    }
    g_autofree char *text = g_strdup_printf("waited for: %s after %u ms", machine_event_name(next),
                                            clock_elapsed_ms(began));
    evidence_rung(attempt, "guest-dump", next == MACHINE_EVENT_RESET ? "collected" : "failed",
                  text);
    return next;
}

bool evidence_open_disk(Attempt *attempt, bool writable, OfflineDisk **ret_disk)
{
    const OfflineDiskOptions options = {.writable = writable, .emulate = attempt->emulated};
    gint64 began = g_get_monotonic_time();
    g_autoptr(GError) failure = NULL;
    const char *reason, *path;

    if (!offline_disk_available(&reason)) {
        evidence_rung(attempt, "offline-disk", "unavailable", reason);
        return false;
    }
    bool opened = machine_power_off(attempt->machine, &failure) &&
                  machine_disk_here(attempt->machine, writable, &path, &failure) &&
                  offline_disk_open(path, &options, ret_disk, &failure);
    g_autofree char *text = opened
                                ? g_strdup_printf("the guest is off; its disk was opened in %u ms",
                                                  clock_elapsed_ms(began))
                                : g_strdup(failure->message);
    evidence_rung(attempt, "offline-disk", opened ? "collected" : "failed", text);
    return opened;
}

void evidence_disk_logs(Attempt *attempt, OfflineDisk *disk)
{
    g_autoptr(GPtrArray) names = NULL;
    g_autoptr(GError) failure = NULL;

    if (!offline_disk_list(disk, EVENT_LOGS, "system.*", EVENT_LOGS_MAX, &names, &failure)) {
        evidence_rung(attempt, "event-log", "failed", failure->message);
        return;
    }
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GError) unread = NULL;
        g_autofree char *from = g_strdup_printf(EVENT_LOGS "\\%s", (char *)names->pdata[i]);
        g_autofree char *to = g_build_filename(attempt->folder, names->pdata[i], NULL);
        offline_disk_fetch(disk, from, to, EVIDENCE_DUMP_MAX, &unread);
        record(attempt, "event-log", names->pdata[i], unread);
    }
}

/* One dump from the guest. The name was checked when it was listed. */
static void fetch_dump(Attempt *attempt, OfflineDisk *disk, const char *name, GPtrArray *fetched)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *from = g_strdup_printf("%s\\%s", attempt->guest->dump_folder, name);
    g_autofree char *local = g_build_filename("minidump", name, NULL);
    g_autofree char *to = g_build_filename(attempt->folder, local, NULL);
    g_autofree char *folder = g_path_get_dirname(to);

    if (files_make_folder(folder, &failure) &&
        (disk ? offline_disk_fetch(disk, from, to, EVIDENCE_DUMP_MAX, &failure)
              : agent_file_get(attempt->agent, from, to, EVIDENCE_DUMP_MAX, &failure))) {
        g_ptr_array_add(fetched, g_build_filename(attempt->relative, local, NULL));
        g_hash_table_add(attempt->dumps, g_strdup(name));
    }
    record(attempt, "minidump", local, failure);
}

bool evidence_fetch_dumps(Attempt *attempt, OfflineDisk *disk, GPtrArray **ret_fetched,
                          guint *ret_listed, GError **error)
{
    g_autoptr(GPtrArray) fetched = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = NULL;
    const char *folder = attempt->guest->dump_folder, *pattern = attempt->guest->dump_pattern;
    guint listed = 0;

    if (!(disk ? offline_disk_list(disk, folder, pattern, EVIDENCE_DUMPS_MAX, &names, error)
               : windows_list_files(attempt->agent, folder, pattern, EVIDENCE_DUMPS_MAX, &names,
                                    error)))
        return false;
    for (guint i = 0; i < names->len; i++) {
        if (g_hash_table_contains(attempt->dumps, names->pdata[i]))
            continue;
        listed++;
        fetch_dump(attempt, disk, names->pdata[i], fetched);
    }
    *ret_fetched = g_steal_pointer(&fetched);
    *ret_listed = listed;
    return true;
}

/* The serial output of this boot, its last megabyte; NULL where there is none. */
static char *boot_output(Attempt *attempt, gsize *ret_length)
{
    int fd = open(attempt->serial_log, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    g_autofree char *text = g_malloc(SERIAL_TAIL_MAX);
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = MAX((off_t)attempt->serial_mark, end - (off_t)SERIAL_TAIL_MAX);
    ssize_t length = pread(fd, text, SERIAL_TAIL_MAX, from);
    close(fd);
    if (length <= 0)
        return NULL;
    *ret_length = (gsize)length;
    return g_steal_pointer(&text);
}

bool evidence_stop(Attempt *attempt, Stop *ret_stop)
{
    gsize length;
    g_autofree char *text = boot_output(attempt, &length);
    return text && stop_find(text, length, ret_stop);
}

void evidence_explain_silence(Attempt *attempt, GError **error)
{
    static const char words[] = "Kernel panic - not syncing: ";
    gsize length;
    g_autofree char *text = boot_output(attempt, &length);
    const char *panic = text ? memmem(text, length, words, sizeof words - 1) : NULL;

    if (!panic || !error || !*error)
        return;
    const char *end = memchr(panic, '\n', length - (gsize)(panic - text));
    gsize size = end ? (gsize)(end - panic) : length - (gsize)(panic - text);
    g_autofree char *line = text_printable(panic, size, KERNEL_WORDS_MAX);
    g_prefix_error(error, "the guest's own kernel died ('%s'): ", line);
}

void evidence_logs(Attempt *attempt)
{
    attempt_close_logs(attempt);
    record(attempt, "serial-log", "serial.log", NULL);
    record(attempt, "agent-transcript", "agent.ndjson", NULL);
    record(attempt, "timeline", "timeline.ndjson", NULL);
}
