/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making the scenario of a selftest from the one that ships.
 */
#include "selftest/derive.h"

#include <string.h>

#include "selftest/selftest.h"
#include "util/error.h"
#include "util/files.h"
#include "util/xml.h"

const char *const selftest_quick_tests[] = {"control", "content-out-of-bounds", "silent-update",
                                            NULL};

static void set_guest(xmlNode *root, const char *guest)
{
    xmlNode *first = xml_child(root, "guest");
    xmlNode *other;

    xmlSetProp(first, (const xmlChar *)"name", (const xmlChar *)guest);
    while ((other = xml_next(first, "guest"))) {
        xmlUnlinkNode(other);
        xmlFreeNode(other);
    }
}

bool selftest_is_asked(const char *test, const char *const *only)
{
    g_autofree char *fault = g_strdup(test);

    if (g_str_has_suffix(test, SELFTEST_TWIN))
        fault[strlen(fault) - strlen(SELFTEST_TWIN)] = '\0';
    return g_strv_contains(only, test) || g_strv_contains(only, fault);
}

static bool has_test(xmlNode *root, const char *name)
{
    for (xmlNode *test = xml_child(root, "test"); test; test = xml_next(test, "test")) {
        g_autofree char *here = xml_attr(test, "name");
        if (g_strcmp0(here, name) == 0)
            return true;
    }
    return false;
}

static bool keep(xmlNode *root, const char *const *only, const char *from, GError **error)
{
    xmlNode *next;

    for (const char *const *name = only; *name; name++) {
        if (!has_test(root, *name)) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "the selftest has no test '%s' (see %s)", *name, from);
            return false;
        }
    }
    for (xmlNode *test = xml_child(root, "test"); test; test = next) {
        g_autofree char *name = xml_attr(test, "name");
        next = xml_next(test, "test");
        if (selftest_is_asked(name, only))
            continue;
        xmlUnlinkNode(test);
        xmlFreeNode(test);
    }
    return true;
}

bool selftest_derive(const char *from, const char *guest, const char *const *only, const char *to,
                     GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    xmlChar *text = NULL;
    int length = 0;

    if (!xml_read(from, "scenario", &file, error))
        return false;
    xmlNode *root = xml_root(file);
    set_guest(root, guest);
    if (only && !keep(root, only, from, error))
        return false;
    xmlDocDumpMemory(root->doc, &text, &length);
    bool done = text && files_write_atomic(to, (const char *)text, (gsize)length, error);
    xmlFree(text);
    return done;
}
