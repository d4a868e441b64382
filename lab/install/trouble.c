/* SPDX-License-Identifier: GPL-2.0-or-later
 * Setup's logs on a stopped disk.
 */
#include "install/trouble.h"

#include <string.h>
#include <sys/stat.h>

#include "host/offline-disk.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define LOG_MAX (32u << 20)
#define LINE_MAX_BYTES 300u

/* The later in an installation, the earlier here: what came last is the cause. */
static const struct {
    const char *path, *name;
} logs[] = {
    {"C:\\Windows\\Panther\\UnattendGC\\setuperr.log", "unattendgc-setuperr.log"},
    {"C:\\Windows\\Panther\\UnattendGC\\setupact.log", "unattendgc-setupact.log"},
    {"C:\\Windows\\Panther\\setuperr.log", "setuperr.log"},
    {"C:\\Windows\\Panther\\setupact.log", "setupact.log"},
    {"C:\\$WINDOWS.~BT\\Sources\\Panther\\setuperr.log", "bt-setuperr.log"},
    {"C:\\$WINDOWS.~BT\\Sources\\Panther\\setupact.log", "bt-setupact.log"},
    {"C:\\Windows\\INF\\setupapi.dev.log", "setupapi.dev.log"},
};

char *trouble_last_error(const char *log, gsize length)
{
    static const char level[] = ", Error ";
    const char *end = log + length, *last = NULL;

    for (const char *at = log; at < end; at = last) {
        at = memmem(at, (gsize)(end - at), level, sizeof level - 1);
        if (!at)
            break;
        last = at + sizeof level - 1;
    }
    if (!last)
        return NULL;
    gsize size = 0;
    while (last + size < end && !strchr("\r\n", last[size]))
        size++;
    g_autofree char *line = text_printable(last, size, LINE_MAX_BYTES);
    return g_strdup(g_strstrip(line));
}

static char *error_in_file(const char *path)
{
    g_autofree char *text = NULL;
    gsize length;

    return files_read(path, LOG_MAX, &text, &length, NULL) ? trouble_last_error(text, length)
                                                           : NULL;
}

static char *fetch_all(OfflineDisk *disk, const char *folder)
{
    g_autofree char *cause = NULL;
    guint fetched = 0;

    for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
        g_autofree char *to = g_build_filename(folder, logs[i].name, NULL);
        if (!offline_disk_fetch(disk, logs[i].path, to, LOG_MAX, NULL))
            continue;
        fetched++;
        g_autofree char *said = cause ? NULL : error_in_file(to);
        if (said)
            cause =
                g_strdup_printf("the last error that Setup logged, which may be harmless (%s): %s",
                                logs[i].name, said);
    }
    if (cause)
        return g_steal_pointer(&cause);
    return fetched ? g_strdup_printf("%u of Setup's logs were fetched, and tell no error", fetched)
                   : g_strdup("the stopped disk has none of Setup's logs");
}

/* Setup writes its logs beside what it copies: without that there is none, and looking takes long.
 */
static bool hardly_written(const char *disk)
{
    enum { COPIED_BYTES = 64 << 20, BLOCK_BYTES = 512 };
    struct stat st;

    return stat(disk, &st) == 0 && st.st_blocks * BLOCK_BYTES < COPIED_BYTES;
}

char *trouble_collect(Machine *machine, Host *host, const char *folder)
{
    const OfflineDiskOptions options = {.emulate = host_info(host)->accelerator == ACCELERATOR_TCG};
    g_autofree char *to = g_build_filename(folder, "panther", NULL);
    g_autoptr(OfflineDisk) disk = NULL;
    g_autoptr(GError) failure = NULL;
    const char *missing = NULL;

    if (!machine_power_off(machine, &failure))
        return g_strdup_printf("Setup's logs were not read: %s", failure->message);
    if (hardly_written(machine_disk(machine)))
        return g_strdup("Setup had hardly written to the disk, so it left no logs");
    if (!offline_disk_available(&missing))
        return g_strdup_printf("Setup's logs were not read: %s", missing);
    if (!files_make_folder(to, &failure) ||
        !offline_disk_open(machine_disk(machine), &options, &disk, &failure))
        return g_strdup_printf("Setup's logs were not read: %s", failure->message);
    return fetch_all(disk, to);
}
