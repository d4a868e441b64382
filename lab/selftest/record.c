/* SPDX-License-Identifier: GPL-2.0-or-later
 * Keeping the last selftest of a guest.
 */
#include "selftest/record.h"

#include <string.h>

#include "util/files.h"
#include "util/json.h"

#define RECORD_BYTES_MAX (1u << 20)

static char *record_path(const char *state_folder, const char *guest)
{
    g_autofree char *file = g_strconcat(guest, ".json", NULL);
    return g_build_filename(state_folder, "selftests", file, NULL);
}

void selftest_record_free(SelftestRecord *record)
{
    if (!record)
        return;
    g_free(record->time);
    g_free(record->truce);
    g_free(record->image_sha256);
    g_free(record);
}

static guint count(const cJSON *object, const char *name)
{
    return (guint)CLAMP(json_int(object, name, 0), 0, G_MAXINT);
}

bool selftest_record_read(const char *state_folder, const char *guest, SelftestRecord **ret_record)
{
    g_autofree char *path = record_path(state_folder, guest);
    g_autoptr(cJSON) value = NULL;

    if (!json_read_file(path, RECORD_BYTES_MAX, &value, NULL) ||
        json_int(value, "format", 0) != 1 || !json_string(value, "time", NULL))
        return false;
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(value, "counts");
    SelftestRecord *record = g_new0(SelftestRecord, 1);
    record->time = g_strdup(json_string(value, "time", NULL));
    record->truce = g_strdup(json_string(value, "truce", ""));
    record->image_sha256 = g_strdup(json_string(value, "image_sha256", ""));
    record->quick = json_bool(value, "quick", true);
    record->passed = json_bool(value, "passed", false);
    record->faults = count(value, "faults_tried");
    record->found = count(counts, "found");
    record->healthy = count(value, "healthy_tried");
    record->quiet = count(counts, "quiet");
    *ret_record = record;
    return true;
}

/* Whether what is kept says more: a newer one, or a whole one of the same image and version beside
 * a part. */
static bool outweighs(const SelftestRecord *kept, const cJSON *other)
{
    if (g_strcmp0(kept->time, json_string(other, "time", "")) > 0)
        return true;
    return !kept->quick && json_bool(other, "quick", true) &&
           g_strcmp0(kept->truce, json_string(other, "truce", "")) == 0 &&
           g_strcmp0(kept->image_sha256, json_string(other, "image_sha256", "")) == 0;
}

bool selftest_record_write(const char *state_folder, const char *guest, const cJSON *selftest,
                           GError **error)
{
    g_autofree char *path = record_path(state_folder, guest);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = json_line(selftest);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    g_autoptr(SelftestRecord) before = NULL;

    if (selftest_record_read(state_folder, guest, &before) && outweighs(before, selftest))
        return true;
    return files_make_folder(folder, error) && files_write_atomic(path, line, strlen(line), error);
}
