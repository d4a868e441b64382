/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making the scenario of a selftest from the one that ships.
 */
#include "selftest/derive.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/xml.h"

/* A crash in the kernel with its healthy twin, and the control that all lean on. */
static const char *const quick_tests[] = {"control", "content-out-of-bounds",
                                          "content-out-of-bounds-twin", NULL};

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

/* Returns how many are left. */
static guint keep_quick(xmlNode *root)
{
    xmlNode *next;
    guint kept = 0;

    for (xmlNode *test = xml_child(root, "test"); test; test = next) {
        g_autofree char *name = xml_attr(test, "name");
        next = xml_next(test, "test");
        if (g_strv_contains(quick_tests, name)) {
            kept++;
            continue;
        }
        xmlUnlinkNode(test);
        xmlFreeNode(test);
    }
    return kept;
}

bool selftest_derive(const char *from, const char *guest, bool quick, const char *to,
                     GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    xmlChar *text = NULL;
    int length = 0;

    if (!xml_read(from, "scenario", &file, error))
        return false;
    xmlNode *root = xml_root(file);
    set_guest(root, guest);
    if (quick && keep_quick(root) != G_N_ELEMENTS(quick_tests) - 1) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "'%s' lacks a test of the quick selftest",
                    from);
        return false;
    }
    xmlDocDumpMemory(root->doc, &text, &length);
    bool done = text && files_write_atomic(to, (const char *)text, (gsize)length, error);
    xmlFree(text);
    return done;
}
