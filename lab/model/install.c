/* SPDX-License-Identifier: GPL-2.0-or-later
 * The <install> part of guest.xml.
 */
#include "model/install.h"

#include <string.h>

#include "util/xml.h"

static void edition_free(gpointer data)
{
    InstallEdition *edition = data;
    g_free(edition->id);
    g_free(edition->name);
    g_free(edition->edition_id);
    g_free(edition->setup_key);
    g_free(edition);
}

void install_free(Install *install)
{
    if (!install)
        return;
    g_free(install->drivers);
    g_free(install->locale);
    g_ptr_array_unref(install->editions);
    g_array_unref(install->builds);
    g_free(install);
}

Install *install_from_xml(const xmlNode *element)
{
    Install *install = g_new0(Install, 1);
    g_autofree char *product = xml_attr(element, "product");
    g_autoptr(GPtrArray) builds = xml_attr_words(element, "builds");

    install->builds = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < builds->len; i++) {
        guint build = (guint)g_ascii_strtoull(builds->pdata[i], NULL, 10);
        g_array_append_val(install->builds, build);
    }
    install->build = xml_attr_int(element, "build", 0);
    install->server = strcmp(product, "server") == 0;
    g_autofree char *defender = xml_attr(element, "defender");
    install->no_defender = g_strcmp0(defender, "removed") == 0;
    install->reactos = strcmp(product, "reactos") == 0;
    install->drivers = xml_attr(element, "drivers");
    install->disk_gib = xml_attr_int(element, "disk-gib", 0);
    install->stage_s = xml_attr_int(element, "stage-s", 0);
    install->locale = xml_attr(element, "locale");
    install->editions = g_ptr_array_new_with_free_func(edition_free);
    XML_FOREACH(node, element, "edition")
    {
        InstallEdition *edition = g_new0(InstallEdition, 1);
        edition->id = xml_attr(node, "id");
        edition->name = xml_attr(node, "name");
        edition->edition_id = xml_attr(node, "edition-id");
        edition->setup_key = xml_attr(node, "setup-key");
        g_ptr_array_add(install->editions, edition);
    }
    return install;
}

const InstallEdition *install_edition(const Install *install, const char *id)
{
    if (!id)
        return install->editions->pdata[0];
    for (guint i = 0; i < install->editions->len; i++) {
        const InstallEdition *edition = install->editions->pdata[i];
        if (g_ascii_strcasecmp(edition->id, id) == 0)
            return edition;
    }
    return NULL;
}
