/* SPDX-License-Identifier: GPL-2.0-or-later
 * What products leave behind.
 */
#include "run/residue.h"

#include <string.h>

#include "run/evidence.h"
#include "run/look.h"
#include "util/files.h"

#define SHOWN_MAX 5u /* items in a summary */

/* What comes and goes without a product's doing: the lab's own folder, the system's logs, caches
 * and histories, and what an installer's engine remembers of any package (Windows Installer keeps
 * Installer\Folders and the like). */
static const char *const passed_over[] = {
    "C:\\Truce",
    "C:\\Watched",
    "C:\\Windows\\Temp",
    "C:\\Windows\\Installer",
    "C:\\Windows\\Minidump",
    "C:\\Windows\\Prefetch",
    "C:\\Windows\\Logs",
    "C:\\Windows\\System32\\config",
    "C:\\ProgramData\\Microsoft",
    "C:\\Windows\\WinSxS",
    "C:\\Windows\\servicing",
    "C:\\Windows\\SoftwareDistribution",
    "C:\\Windows\\ServiceProfiles",
    "C:\\Windows\\System32\\LogFiles",
    "C:\\Windows\\System32\\sru",
    "C:\\Windows\\System32\\Tasks\\Microsoft",
    "C:\\Windows\\System32\\wbem",
    "C:\\Windows\\System32\\winevt",
    "C:\\Windows\\LiveKernelReports",
    "C:\\Windows\\MEMORY.DMP",
    "C:\\CrashDumps",
    "C:\\pagefile.sys",
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer",
    "HKLM\\SOFTWARE\\Microsoft\\Windows NT",
    "HKLM\\SOFTWARE\\Microsoft\\Tracing",
    "HKLM\\SOFTWARE\\Microsoft\\SQMClient",
    "HKLM\\SOFTWARE\\Classes\\Installer",
};

static const char *name_of(const char *item)
{
    const char *tab = strchr(item, '\t');
    return tab ? tab + 1 : item;
}

/* Whether `name` is `folder` or lies below it; Windows' names know no case. */
static bool is_below(const char *name, const char *folder)
{
    gsize length = strlen(folder);
    return g_ascii_strncasecmp(name, folder, length) == 0 && strchr("\\", name[length]);
}

static bool is_passed_over(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(passed_over); i++)
        if (is_below(name, passed_over[i]))
            return true;
    return false;
}

static int compare_items(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *residue_compare(GHashTable *before, GHashTable *after)
{
    GPtrArray *left = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer item;

    g_hash_table_iter_init(&iter, after);
    while (g_hash_table_iter_next(&iter, &item, NULL))
        if (!g_hash_table_contains(before, item) && !is_passed_over(name_of(item)))
            g_ptr_array_add(left, g_strdup(item));
    g_ptr_array_sort(left, compare_items);
    return left;
}

bool residue_begin(Attempt *attempt, GError **error)
{
    return attempt->inventory || look_inventory(attempt, &attempt->inventory, error);
}

/* Whose an item is */

static bool is_of_module(const char *name, const VendorModule *module)
{
    const char *end = strrchr(module->path, '\\');
    g_autofree char *folder = g_strndup(module->path, (gsize)(end - module->path));
    bool own_folder = !is_below(folder, "C:\\Windows");

    return is_below(name, module->path) || (own_folder && is_below(name, folder)) ||
           (module->name && g_ascii_strcasecmp(name, module->name) == 0);
}

static bool holds(const char *name, const char *word)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return strstr(lower, word);
}

static bool is_of(const char *name, const Vendor *vendor)
{
    for (guint i = 0; i < vendor->modules->len; i++)
        if (is_of_module(name, vendor->modules->pdata[i]))
            return true;
    for (guint i = 0; i < vendor->content_folders->len; i++)
        if (is_below(name, vendor->content_folders->pdata[i]))
            return true;
    return holds(name, vendor->name);
}

static const Vendor *owner_of(const char *name, const GPtrArray *vendors)
{
    const Vendor *owner = NULL;

    for (guint i = 0; i < vendors->len; i++) {
        if (!is_of(name, vendors->pdata[i]))
            continue;
        if (owner)
            return NULL;
        owner = vendors->pdata[i];
    }
    return owner;
}

/* Summaries */

static void residue_free(gpointer data)
{
    Residue *residue = data;
    g_free(residue->summary);
    g_free(residue);
}

static Residue *residue_of(GPtrArray *residues, const Vendor *vendor)
{
    for (guint i = 0; i < residues->len; i++) {
        Residue *residue = residues->pdata[i];
        if (residue->vendor == vendor)
            return residue;
    }
    Residue *residue = g_new0(Residue, 1);
    residue->vendor = vendor;
    g_ptr_array_add(residues, residue);
    return residue;
}

static void add_item(Residue *residue, const char *item)
{
    g_autofree char *before = residue->summary;
    g_autofree char *text = g_strdelimit(g_strdup(item), "\t", ' ');

    if (residue->items++ >= SHOWN_MAX)
        residue->summary = g_steal_pointer(&before);
    else
        residue->summary =
            g_strdup_printf("%s%s%s", before ? before : "", before ? ", " : "", text);
}

static bool keep(Attempt *attempt, const GPtrArray *left, GError **error)
{
    g_autofree char *path = g_build_filename(attempt->folder, "residue.txt", NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < left->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)left->pdata[i]);
    if (!files_write_atomic(path, text->str, text->len, error))
        return false;
    evidence_file(attempt, "residue", "residue.txt");
    return true;
}

bool residue_end(Attempt *attempt, GPtrArray **ret_residues, GError **error)
{
    g_autoptr(GPtrArray) residues = g_ptr_array_new_with_free_func(residue_free);
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    g_autoptr(GHashTable) now = NULL;

    if (attempt->inventory && g_hash_table_size(attempt->products) == 0) {
        if (!look_inventory(attempt, &now, error))
            return false;
        g_autoptr(GPtrArray) left = residue_compare(attempt->inventory, now);
        if (left->len > 0 && !keep(attempt, left, error))
            return false;
        for (guint i = 0; i < left->len; i++)
            add_item(residue_of(residues, owner_of(name_of(left->pdata[i]), vendors)),
                     left->pdata[i]);
    }
    *ret_residues = g_steal_pointer(&residues);
    return true;
}
