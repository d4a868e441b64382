/* SPDX-License-Identifier: GPL-2.0-or-later
 * The secrets that a vendor pack asks for.
 */
#include "model/vendor-secrets.h"

#include <string.h>

#include "model/placeholder.h"
#include "util/files.h"

/* How many there are in a text; each is added with the place of the element. */
static guint add_from(Vendor *vendor, const xmlNode *element, const char *text)
{
    g_autoptr(GPtrArray) names = placeholder_names(text);
    guint count = 0;

    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (!g_str_has_prefix(name, PLACEHOLDER_SECRET))
            continue;
        VendorSecret *secret = g_new0(VendorSecret, 1);
        secret->name = g_strdup(name + strlen(PLACEHOLDER_SECRET));
        xml_place(element, &secret->line, &secret->column);
        g_ptr_array_add(vendor->secrets, secret);
        count++;
    }
    return count;
}

static void add_from_commands(Vendor *vendor, const xmlNode *parent)
{
    XML_FOREACH(node, parent, NULL)
    {
        g_autofree char *text =
            g_str_equal((const char *)node->name, "run") ? xml_text(node) : NULL;
        if (text)
            add_from(vendor, node, text);
        else
            add_from_commands(vendor, node);
    }
}

static bool add_from_file(Vendor *vendor, const XmlFile *file, const xmlNode *element,
                          const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(path, VENDOR_TEXT_BYTES_MAX, &text, &length, NULL) ||
        !g_utf8_validate_len(text, length, NULL))
        return xml_fail(
            file, element, "secrets", error,
            "a file with secrets is UTF-8 text of at most %u bytes, and this one is not",
            VENDOR_TEXT_BYTES_MAX);
    if (add_from(vendor, element, text) > VENDOR_TEXT_SECRETS_MAX)
        return xml_fail(file, element, "secrets", error, "a file has at most %d secrets",
                        VENDOR_TEXT_SECRETS_MAX);
    return true;
}

bool vendor_secrets_read(Vendor *vendor, const XmlFile *file, GError **error)
{
    guint i = 0, j = 0;

    add_from_commands(vendor, xml_root(file));
    XML_FOREACH(node, xml_root(file), "product")
    {
        const VendorProduct *product = vendor->products->pdata[i++];
        if (product->secrets &&
            !add_from_file(vendor, file, xml_child(node, "package"), product->package, error))
            return false;
    }
    XML_FOREACH(node, xml_root(file), "content")
    {
        const VendorContent *content = vendor->contents->pdata[j++];
        if (content->secrets && !add_from_file(vendor, file, node, content->file, error))
            return false;
    }
    return true;
}
