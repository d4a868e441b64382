/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of requirements.
 */
#include "model/requirements.h"

#include "util/files.h"
#include "util/xml.h"

#define FILE_NAME "requirements.xml"
#define SHIPPED "scenarios/" FILE_NAME

static void requirement_free(gpointer data)
{
    Requirement *requirement = data;
    g_free(requirement->id);
    g_free(requirement->title);
    g_free(requirement->text);
    g_free(requirement->source);
    g_free(requirement);
}

void requirements_free(Requirements *requirements)
{
    if (!requirements)
        return;
    g_ptr_array_unref(requirements->list);
    g_free(requirements->file);
    g_free(requirements);
}

const Requirement *requirements_find(const Requirements *requirements, const char *id)
{
    for (guint i = 0; i < requirements->list->len; i++) {
        const Requirement *requirement = g_ptr_array_index(requirements->list, i);
        if (g_str_equal(requirement->id, id))
            return requirement;
    }
    return NULL;
}

static bool from_xml(const XmlFile *file, const char *path, Requirements **ret_requirements,
                     GError **error)
{
    g_autoptr(Requirements) requirements = g_new0(Requirements, 1);

    requirements->list = g_ptr_array_new_with_free_func(requirement_free);
    requirements->file = g_strdup(path);
    XML_FOREACH(element, xml_root(file), "requirement")
    {
        g_autofree char *id = xml_attr(element, "id");
        if (requirements_find(requirements, id))
            return xml_fail(file, element, "id", error, "requirement '%s' is there a second time",
                            id);
        Requirement *requirement = g_new0(Requirement, 1);
        requirement->id = g_steal_pointer(&id);
        requirement->title = xml_text_paragraph(xml_child(element, "title"));
        requirement->text = xml_text_paragraph(xml_child(element, "text"));
        requirement->source = xml_text_paragraph(xml_child(element, "source"));
        g_ptr_array_add(requirements->list, requirement);
    }
    *ret_requirements = g_steal_pointer(&requirements);
    return true;
}

bool requirements_read(const char *path, Requirements **ret_requirements, GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    return xml_read(path, "requirements", &file, error) &&
           from_xml(file, path, ret_requirements, error);
}

bool requirements_parse(const char *text, gsize length, const char *path,
                        Requirements **ret_requirements, GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    return xml_parse(text, length, path, "requirements", &file, error) &&
           from_xml(file, path, ret_requirements, error);
}

bool requirements_read_for(const char *scenario_path, Requirements **ret_requirements,
                           GError **error)
{
    g_autofree char *folder = g_path_get_dirname(scenario_path);
    g_autofree char *beside = g_build_filename(folder, FILE_NAME, NULL);
    g_autofree char *shipped = files_share_path(SHIPPED);
    bool own = g_file_test(beside, G_FILE_TEST_EXISTS);

    return requirements_read(own ? beside : shipped, ret_requirements, error);
}
