/* SPDX-License-Identifier: GPL-2.0-or-later
 * The record that a run begins with.
 */
#include "run/run-begin.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "run/environment.h"
#include "run/input-files.h"
#include "selftest/record.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

static void add_sha256(cJSON *object, const char *member, const char *path)
{
    g_autofree char *sha256 = NULL;

    files_sha256(path, &sha256, NULL);
    json_add_text(object, member, sha256);
}

static cJSON *add_file(const char *path)
{
    cJSON *file = cJSON_CreateObject();
    g_autofree char *base = g_path_get_basename(path);

    cJSON_AddStringToObject(file, "file", base);
    add_sha256(file, "sha256", path);
    return file;
}

static void describe_host(cJSON *record, Host *host)
{
    const HostInfo *info = host_info(host);
    cJSON *object = cJSON_AddObjectToObject(record, "host");
    const char *node = g_getenv("TRUCE_NODE");
    struct utsname kernel;

    uname(&kernel);
    if (node)
        cJSON_AddStringToObject(object, "node", node);
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

/* The last time that this lab proved itself on the guest. */
static void describe_selftest(cJSON *object, const Lab *lab, const char *guest)
{
    g_autoptr(SelftestRecord) record = NULL;

    if (!selftest_record_read(lab->state_folder, guest, &record)) {
        cJSON_AddNullToObject(object, "selftest");
        return;
    }
    cJSON *selftest = cJSON_AddObjectToObject(object, "selftest");
    cJSON_AddStringToObject(selftest, "time", record->time);
    cJSON_AddStringToObject(selftest, "truce", record->truce);
    cJSON_AddStringToObject(selftest, "image_sha256", record->image_sha256);
    cJSON_AddBoolToObject(selftest, "quick", record->quick);
    cJSON_AddBoolToObject(selftest, "passed", record->passed);
    cJSON_AddNumberToObject(selftest, "faults", record->faults);
    cJSON_AddNumberToObject(selftest, "found", record->found);
    cJSON_AddNumberToObject(selftest, "healthy", record->healthy);
    cJSON_AddNumberToObject(selftest, "quiet", record->quiet);
}

static void describe_guest(cJSON *list, const Lab *lab, const ReadyGuest *ready)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", ready->guest->name);
    cJSON_AddStringToObject(object, "kind", guest_kind_name(ready->guest->kind));
    cJSON_AddStringToObject(object, "title", ready->guest->title);
    cJSON_AddStringToObject(object, "limits", ready->guest->limits);
    cJSON_AddStringToObject(object, "image_sha256", ready->image->sha256);
    add_sha256(object, "recipe_sha256", ready->guest->file);
    cJSON *deviations = cJSON_AddArrayToObject(object, "deviations");
    for (guint i = 0; i < ready->image->deviations->len; i++)
        cJSON_AddItemToArray(deviations, cJSON_CreateString(ready->image->deviations->pdata[i]));
    if (ready->guest->boot_loop)
        cJSON_AddItemToArray(
            deviations, cJSON_CreateString("automatic recovery is off: boot mode loop (scenario)"));
    environment_describe(object, ready->warm);
    describe_selftest(object, lab, ready->guest->name);
    cJSON_AddItemToArray(list, object);
}

static void describe_inputs(cJSON *record, const RunOptions *options)
{
    g_autoptr(GPtrArray) files = input_files(options);
    cJSON *list = cJSON_AddArrayToObject(record, "inputs");

    for (guint i = 0; i < files->len; i++) {
        const InputFile *file = files->pdata[i];
        cJSON *object = cJSON_CreateObject();
        json_add_text(object, "file", file->as);
        add_sha256(object, "sha256", file->path);
        cJSON_AddItemToArray(list, object);
    }
}

void run_describe(cJSON *record, const RunOptions *options, GHashTable *ready)
{
    const Scenario *scenario = options->inputs->scenario;
    g_autofree char *id = g_path_get_basename(options->folder);

    cJSON_AddNumberToObject(record, "format", 1);
    cJSON_AddStringToObject(record, "run", id);
    cJSON_AddStringToObject(record, "truce", TRUCE_VERSION);
    cJSON *about = add_file(scenario->file);
    cJSON_AddStringToObject(about, "name", scenario->name);
    cJSON_AddStringToObject(about, "title", scenario->title);
    g_autofree char *path = g_canonicalize_filename(scenario->file, NULL);
    cJSON_AddStringToObject(about, "path", path);
    json_add_text(about, "lab", options->lab->file);
    cJSON_AddItemToObject(record, "scenario", about);
    describe_host(record, options->host);
    describe_inputs(record, options);

    cJSON *guests = cJSON_AddArrayToObject(record, "guests");
    for (guint i = 0; i < scenario->guests->len; i++)
        describe_guest(guests, options->lab,
                       g_hash_table_lookup(ready, scenario->guests->pdata[i]));
    cJSON *vendors = cJSON_AddArrayToObject(record, "vendors");
    for (guint i = 0; i < scenario->vendors->len; i++)
        describe_vendor(vendors,
                        g_hash_table_lookup(options->inputs->vendors, scenario->vendors->pdata[i]));
}

/* The one of a list that has the same value of a member, or NULL. */
static const cJSON *find_by(const cJSON *list, const char *member, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, list) {
        if (g_str_equal(json_string(item, member, ""), value))
            return item;
    }
    return NULL;
}

static bool same_text(const cJSON *one, const cJSON *other, const char *member)
{
    return g_strcmp0(json_string(one, member, NULL), json_string(other, member, NULL)) == 0;
}

static bool changed(GError **error, const char *what, const char *name)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "%s '%s' is not what this run began with, so it cannot go on: begin a new run",
                what, name);
    return false;
}

static bool same_guests(const cJSON *began, const cJSON *now, GError **error)
{
    const cJSON *guests = cJSON_GetObjectItemCaseSensitive(now, "guests");
    const cJSON *guest;

    cJSON_ArrayForEach (guest, cJSON_GetObjectItemCaseSensitive(began, "guests")) {
        const char *name = json_string(guest, "name", "");
        const cJSON *same = find_by(guests, "name", name);
        if (!same || !same_text(guest, same, "image_sha256"))
            return changed(error, "the image of guest", name);
        if (!same_text(guest, same, "recipe_sha256"))
            return changed(error, "the recipe of guest", name);
    }
    return true;
}

static bool same_vendors(const cJSON *began, const cJSON *now, GError **error)
{
    const cJSON *vendors = cJSON_GetObjectItemCaseSensitive(now, "vendors");
    const cJSON *vendor, *file;

    cJSON_ArrayForEach (vendor, cJSON_GetObjectItemCaseSensitive(began, "vendors")) {
        const char *name = json_string(vendor, "name", "");
        const cJSON *same = find_by(vendors, "name", name);
        const cJSON *files = cJSON_GetObjectItemCaseSensitive(same, "files");
        cJSON_ArrayForEach (file, cJSON_GetObjectItemCaseSensitive(vendor, "files")) {
            const char *base = json_string(file, "file", "");
            const cJSON *same_file = find_by(files, "file", base);
            g_autofree char *place = g_strdup_printf("%s' of vendor '%s", base, name);
            if (!same_file || !same_text(file, same_file, "sha256"))
                return changed(error, "the file", place);
        }
    }
    return true;
}

/* A run of a version that did not record them has none. */
static bool same_inputs(const cJSON *began, const cJSON *now, GError **error)
{
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(now, "inputs");
    const cJSON *input;

    cJSON_ArrayForEach (input, cJSON_GetObjectItemCaseSensitive(began, "inputs")) {
        const char *name = json_string(input, "file", "");
        const cJSON *same = find_by(inputs, "file", name);
        if (!same || !same_text(input, same, "sha256"))
            return changed(error, "the input", name);
    }
    return true;
}

bool run_same_inputs(const cJSON *began, const cJSON *now, GError **error)
{
    const cJSON *scenario = cJSON_GetObjectItemCaseSensitive(began, "scenario");

    if (!same_text(began, now, "truce"))
        return changed(error, "the version of truce", json_string(now, "truce", ""));
    if (!same_text(scenario, cJSON_GetObjectItemCaseSensitive(now, "scenario"), "sha256"))
        return changed(error, "the scenario", json_string(scenario, "file", ""));
    return same_guests(began, now, error) && same_vendors(began, now, error) &&
           same_inputs(began, now, error);
}
