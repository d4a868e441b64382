/* SPDX-License-Identifier: GPL-2.0-or-later
 * loads/<name>.xml into a LoadProfile.
 */
#include "model/load-profile.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/xml.h"

#define FOLDER "loads"

void load_part_free(gpointer data)
{
    LoadPart *part = data;

    g_free(part->kind);
    g_free(part);
}

void load_profile_free(LoadProfile *profile)
{
    if (!profile)
        return;
    g_free(profile->name);
    g_free(profile->title);
    g_free(profile->description);
    g_clear_pointer(&profile->parts, g_ptr_array_unref);
    g_free(profile->diskspd);
    g_free(profile->file);
    g_free(profile);
}

static bool read_parts(const XmlFile *file, LoadProfile *profile, GError **error)
{
    XML_FOREACH(element, xml_root(file), "part")
    {
        LoadPart *part = g_new0(LoadPart, 1);
        g_autofree char *rate = xml_attr(element, "rate");
        g_ptr_array_add(profile->parts, part);
        part->kind = xml_attr(element, "kind");
        part->rate = (guint)g_ascii_strtoull(rate, NULL, 10); /* `max` is 0 */
        part->threads = (guint)xml_attr_int(element, "threads", 1);
        for (guint i = 0; i + 1 < profile->parts->len; i++) {
            const LoadPart *earlier = profile->parts->pdata[i];
            if (g_str_equal(earlier->kind, part->kind))
                return xml_fail(file, element, "kind", error,
                                "there is a part of kind '%s' already", part->kind);
        }
    }
    return true;
}

/* The file's name is the profile's, because scenarios find it by that. */
static bool check_name(const XmlFile *file, const LoadProfile *profile, GError **error)
{
    g_autofree char *base = g_path_get_basename(profile->file);
    g_autofree char *wanted = g_strconcat(profile->name, ".xml", NULL);

    if (g_str_equal(base, wanted))
        return true;
    return xml_fail(file, xml_root(file), "name", error,
                    "a profile of this name must be in a file '%s'", wanted);
}

static bool from_xml(const XmlFile *file, const char *path, LoadProfile **ret_profile,
                     GError **error)
{
    const xmlNode *root = xml_root(file);
    g_autoptr(LoadProfile) profile = g_new0(LoadProfile, 1);

    profile->file = g_strdup(path);
    profile->name = xml_attr(root, "name");
    profile->title = xml_text_paragraph(xml_child(root, "title"));
    profile->description = xml_text_paragraph(xml_child(root, "description"));
    profile->diskspd = xml_text_stripped(xml_child(root, "diskspd"));
    profile->parts = g_ptr_array_new_with_free_func(load_part_free);
    if (!check_name(file, profile, error) || !read_parts(file, profile, error))
        return false;
    *ret_profile = g_steal_pointer(&profile);
    return true;
}

bool load_profile_read(const char *path, LoadProfile **ret_profile, GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    return xml_read(path, "load-profile", &file, error) && from_xml(file, path, ret_profile, error);
}

bool load_profile_parse(const char *text, gsize length, const char *path, LoadProfile **ret_profile,
                        GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    return xml_parse(text, length, path, "load-profile", &file, error) &&
           from_xml(file, path, ret_profile, error);
}

static void list_names(const char *folder, GPtrArray *names)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".xml"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".xml")));
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool load_profile_find(const char *scenario_file, const char *name, LoadProfile **ret_profile,
                       GError **error)
{
    g_autofree char *beside = g_path_get_dirname(scenario_file);
    g_autofree char *own = g_build_filename(beside, FOLDER, NULL);
    g_autofree char *shared = files_share_path("scenarios/" FOLDER);
    const char *const folders[] = {own, shared};
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], file, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return load_profile_read(path, ret_profile, error);
        list_names(folders[i], names);
    }
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "there is no load profile '%s'; there are: %s", name, *known ? known : "none");
    return false;
}

char *load_profile_mix(const LoadProfile *profile)
{
    GString *mix = g_string_new(NULL);

    for (guint i = 0; i < profile->parts->len; i++) {
        const LoadPart *part = profile->parts->pdata[i];
        g_string_append_printf(mix, "%s%s=", i == 0 ? "" : " ", part->kind);
        if (part->rate == 0)
            g_string_append(mix, "max");
        else
            g_string_append_printf(mix, "%u", part->rate);
        if (part->threads > 1)
            g_string_append_printf(mix, "x%u", part->threads);
    }
    return g_string_free(mix, FALSE);
}
