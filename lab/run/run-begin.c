/* SPDX-License-Identifier: GPL-2.0-or-later
 * The record that a run begins with.
 */
#include "run/run-begin.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "util/files.h"
#include "util/json.h"

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
    cJSON_AddItemToObject(record, "scenario", about);
    describe_host(record, options->host);

    cJSON *guests = cJSON_AddArrayToObject(record, "guests");
    for (guint i = 0; i < scenario->guests->len; i++)
        describe_guest(guests, g_hash_table_lookup(ready, scenario->guests->pdata[i]));
    cJSON *vendors = cJSON_AddArrayToObject(record, "vendors");
    for (guint i = 0; i < scenario->vendors->len; i++)
        describe_vendor(vendors,
                        g_hash_table_lookup(options->inputs->vendors, scenario->vendors->pdata[i]));
}
