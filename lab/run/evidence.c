/* SPDX-License-Identifier: GPL-2.0-or-later
 * Collecting the evidence of an attempt.
 */
#include "run/evidence.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/windows.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define KERNEL_WORDS_MAX 200
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

void evidence_core_dump(Attempt *attempt)
{
    if (!attempt->core_dump)
        return;
    attempt->core_dump = false;

    g_autoptr(GError) failure = NULL;
    g_autofree char *path = g_build_filename(attempt->folder, "memory.elf", NULL);
    machine_core_dump(attempt->machine, path, &failure);
    record(attempt, "core-dump", "memory.elf", failure);
}

/* One dump from the guest. The name was checked by windows_list_files(). */
static void fetch_dump(Attempt *attempt, const char *name, GPtrArray *fetched)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *from = g_strdup_printf("%s\\%s", attempt->guest->dump_folder, name);
    g_autofree char *local = g_build_filename("minidump", name, NULL);
    g_autofree char *to = g_build_filename(attempt->folder, local, NULL);
    g_autofree char *folder = g_path_get_dirname(to);

    if (files_make_folder(folder, &failure) &&
        agent_file_get(attempt->agent, from, to, EVIDENCE_DUMP_MAX, &failure)) {
        g_ptr_array_add(fetched, g_build_filename(attempt->relative, local, NULL));
        g_hash_table_add(attempt->dumps, g_strdup(name));
    }
    record(attempt, "minidump", local, failure);
}

bool evidence_fetch_dumps(Attempt *attempt, GPtrArray **ret_fetched, guint *ret_listed,
                          GError **error)
{
    g_autoptr(GPtrArray) fetched = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) names = NULL;
    guint listed = 0;

    if (!windows_list_files(attempt->agent, attempt->guest->dump_folder,
                            attempt->guest->dump_pattern, EVIDENCE_DUMPS_MAX, &names, error))
        return false;
    for (guint i = 0; i < names->len; i++) {
        if (g_hash_table_contains(attempt->dumps, names->pdata[i]))
            continue;
        listed++;
        fetch_dump(attempt, names->pdata[i], fetched);
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
