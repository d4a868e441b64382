/* SPDX-License-Identifier: GPL-2.0-or-later
 * The files that people wrote for a run.
 */
#include "run/input-files.h"

#include <string.h>

#include "model/load-profile.h"

typedef struct {
    GPtrArray *files;  /* of InputFile* */
    GHashTable *paths; /* those that are in it, each once */
    GHashTable *names; /* and their names */
} List;

static void input_file_free(gpointer data)
{
    InputFile *file = data;

    g_free(file->path);
    g_free(file->as);
    g_free(file);
}

/* Its place below `folder` where it lies there, else its base name; with a number in front where
 * another file has that. */
static char *name_of(const List *list, const char *below, const char *folder, const char *path)
{
    gsize length = strlen(folder);
    bool inside = strncmp(path, folder, length) == 0 && path[length] == G_DIR_SEPARATOR &&
                  !strstr(path + length, "..");
    g_autofree char *base = g_path_get_basename(path);
    char *name = g_build_filename(below, inside ? path + length + 1 : base, NULL);

    for (guint i = 2; g_hash_table_contains(list->names, name); i++) {
        g_autofree char *numbered = g_strdup_printf("%u-%s", i, base);
        g_free(name);
        name = g_build_filename(below, numbered, NULL);
    }
    return name;
}

static void add(List *list, const char *below, const char *folder, const char *path, bool kept)
{
    if (!path || g_hash_table_contains(list->paths, path))
        return;
    InputFile *file = g_new0(InputFile, 1);
    file->path = g_strdup(path);
    file->as = name_of(list, below, folder, path);
    file->kept = kept;
    g_ptr_array_add(list->files, file);
    g_hash_table_add(list->paths, file->path);
    g_hash_table_add(list->names, file->as);
}

static void add_steps(List *list, const char *folder, const Test *test, const GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_autoptr(GPtrArray) names =
            test_expansions(test, NULL, step->profile ? step->profile : "");
        add(list, "", folder, step->file, false);
        for (guint j = 0; step->profile && j < names->len; j++) {
            g_autoptr(LoadProfile) profile = NULL;
            if (load_profile_find(test->file, names->pdata[j], &profile, NULL))
                add(list, "", folder, profile->file, true);
        }
        if (step->steps)
            add_steps(list, folder, test, step->steps);
    }
}

static void add_scenario(List *list, const Inputs *inputs)
{
    const Scenario *scenario = inputs->scenario;
    g_autofree char *folder = g_path_get_dirname(scenario->file);

    add(list, "", folder, scenario->file, true);
    for (guint i = 0; i < scenario->includes->len; i++)
        add(list, "", folder, scenario->includes->pdata[i], true);
    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = scenario->tests->pdata[i];
        add_steps(list, folder, test, test->steps);
        add_steps(list, folder, test, test->always);
    }
    if (inputs->requirements)
        add(list, "", folder, inputs->requirements->file, true);
}

static void add_guest(List *list, const Guest *guest)
{
    g_autofree char *below = g_build_filename("guests", guest->name, NULL);
    g_autofree char *folder = g_path_get_dirname(guest->file);
    g_autofree char *builder =
        guest->builder ? g_build_filename(folder, guest->builder, NULL) : NULL;

    add(list, below, folder, guest->file, true);
    add(list, below, folder, guest->like, true);
    if (builder && g_file_test(builder, G_FILE_TEST_IS_REGULAR)) /* only a build needs it */
        add(list, below, folder, builder, true);
}

GPtrArray *input_files(const RunOptions *options)
{
    const Inputs *inputs = options->inputs;
    List list = {.files = g_ptr_array_new_with_free_func(input_file_free),
                 .paths = g_hash_table_new(g_str_hash, g_str_equal),
                 .names = g_hash_table_new(g_str_hash, g_str_equal)};

    add_scenario(&list, inputs);
    for (guint i = 0; i < inputs->scenario->guests->len; i++)
        add_guest(&list, g_hash_table_lookup(inputs->guests, inputs->scenario->guests->pdata[i]));
    for (guint i = 0; i < inputs->scenario->vendors->len; i++) {
        const Vendor *vendor =
            g_hash_table_lookup(inputs->vendors, inputs->scenario->vendors->pdata[i]);
        g_autofree char *below = g_build_filename("vendors", vendor->name, NULL);
        g_autofree char *folder = g_path_get_dirname(vendor->file);
        add(&list, below, folder, vendor->file, true);
    }
    if (options->known) {
        g_autofree char *folder = g_path_get_dirname(options->known->file);
        add(&list, "", folder, options->known->file, true);
    }
    g_hash_table_unref(list.names);
    g_hash_table_unref(list.paths);
    return list.files;
}
