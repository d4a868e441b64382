/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks of a vendor pack beyond its schema, and of packs that are installed together.
 */
#include "model/vendor-check.h"

#include <string.h>

#include "model/placeholder.h"
#include "util/error.h"

static bool is_one_of(const char *name, const char *const *names)
{
    return g_strv_contains(names, name);
}

/* No two of these elements have the same `attribute`; Windows' names know no case. */
static bool check_unique(const XmlFile *file, const char *const *elements, const char *attribute,
                         GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    XML_FOREACH(node, xml_root(file), NULL)
    {
        if (!is_one_of((const char *)node->name, elements) ||
            !xmlHasProp(node, (const xmlChar *)attribute))
            continue;
        g_autofree char *value = xml_attr(node, attribute);
        char *key = g_utf8_casefold(value, -1);
        xmlNode *first = g_hash_table_lookup(seen, key);
        if (first) {
            guint line, column;
            xml_place(first, &line, &column);
            g_free(key);
            return xml_fail(file, node, attribute, error,
                            "%s '%s' is already that of the '%s' in line %u", attribute, value,
                            first->name, line);
        }
        g_hash_table_insert(seen, key, node);
    }
    return true;
}

static bool check_all_unique(const XmlFile *file, GError **error)
{
    static const char *const keys[] = {"driver", "service", NULL};
    static const char *const modules[] = {"driver", "service", "module", NULL};
    static const char *const products[] = {"product", NULL};
    static const char *const contents[] = {"content", NULL};
    static const char *const probes[] = {"probe", NULL};
    static const char *const faults[] = {"known-fault", NULL};

    return check_unique(file, keys, "name", error) && check_unique(file, modules, "path", error) &&
           check_unique(file, modules, "file", error) &&
           check_unique(file, products, "version", error) &&
           check_unique(file, contents, "version", error) &&
           check_unique(file, probes, "name", error) && check_unique(file, faults, "id", error);
}

/* A crash dump names a module by the last part of its path. */
static bool check_module_files(const XmlFile *file, GError **error)
{
    XML_FOREACH(node, xml_root(file), NULL)
    {
        g_autofree char *name = xml_attr(node, "file");
        g_autofree char *path = xml_attr(node, "path");
        const char *base = path ? strrchr(path, '\\') + 1 : NULL;
        if (name && base && g_ascii_strcasecmp(name, base) != 0)
            return xml_fail(file, node, "file", error,
                            "file '%s' is not the last part of the path, '%s'", name, base);
    }
    return true;
}

static bool check_placeholders(const XmlFile *file, const xmlNode *element, const char *known,
                               GError **error)
{
    const xmlNode *run = xml_child(element, "run");
    g_autofree char *text = xml_text(run);
    g_autoptr(GPtrArray) names = placeholder_names(text ? text : "");

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (g_str_has_prefix(name, PLACEHOLDER_SECRET))
            continue;
        if (!known)
            return xml_fail(file, run, NULL, error,
                            "placeholder '{%s}' is not known in '%s' (none is known here)", name,
                            element->name);
        if (!g_str_equal(name, known))
            return xml_fail(file, run, NULL, error,
                            "placeholder '{%s}' is not known in '%s' (known here: {%s})", name,
                            element->name, known);
    }
    return true;
}

/* An exit code has one meaning. */
static bool check_exit(const XmlFile *file, const xmlNode *element, GError **error)
{
    static const char *const lists[] = {"ok", "reboot", "refused"};
    const xmlNode *exit = xml_child(element, "exit");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(GPtrArray) codes = xml_attr_words(exit, lists[i]);
        for (guint j = 0; j < codes->len; j++) {
            gint64 *key = g_new(gint64, 1);
            *key = g_ascii_strtoll(g_ptr_array_index(codes, j), NULL, 10);
            g_ptr_array_add(keys, key);
            if (!g_hash_table_add(seen, key))
                return xml_fail(file, exit, lists[i], error, "exit code %d is given twice",
                                (int)*key);
        }
    }
    return true;
}

static bool check_command(const XmlFile *file, const xmlNode *element, const char *placeholder,
                          GError **error)
{
    return !element || (check_placeholders(file, element, placeholder, error) &&
                        check_exit(file, element, error));
}

static bool check_commands(const XmlFile *file, GError **error)
{
    const xmlNode *root = xml_root(file);

    XML_FOREACH(product, root, "product")
    {
        if (!check_command(file, xml_child(product, "install"), "package", error) ||
            !check_command(file, xml_child(product, "uninstall"), "package", error))
            return false;
    }
    XML_FOREACH(probe, root, "probe")
    {
        if (!check_command(file, probe, NULL, error))
            return false;
    }
    return check_command(file, xml_child(root, "content-update"), "file", error);
}

static bool check_probe(const XmlFile *file, const xmlNode *probe, GError **error)
{
    static const char *const alive[] = {"run", "exit", NULL};
    static const char *const detection[] = {"drop", "gone", "present", NULL};
    g_autofree char *kind = xml_attr(probe, "kind");
    bool is_alive = g_str_equal(kind, "alive");
    const char *time = is_alive ? "timeout-s" : "within-s";
    const char *other_time = is_alive ? "within-s" : "timeout-s";
    const char *first = is_alive ? "run" : "drop";

    if (xmlHasProp(probe, (const xmlChar *)other_time))
        return xml_fail(file, probe, other_time, error,
                        "attribute '%s' does not belong to a probe of kind '%s'; use '%s'",
                        other_time, kind, time);
    if (!xmlHasProp(probe, (const xmlChar *)time))
        return xml_fail(file, probe, NULL, error,
                        "attribute '%s' is missing on a 'probe' of kind '%s'", time, kind);
    XML_FOREACH(child, probe, NULL)
    {
        if (!is_one_of((const char *)child->name, is_alive ? alive : detection))
            return xml_fail(file, child, NULL, error,
                            "element '%s' does not belong to a probe of kind '%s'", child->name,
                            kind);
    }
    if (!xml_child(probe, first))
        return xml_fail(file, probe, NULL, error,
                        "element '%s' is missing in a 'probe' of kind '%s'", first, kind);
    if (!is_alive && !xml_child(probe, "gone") && !xml_child(probe, "present"))
        return xml_fail(file, probe, NULL, error,
                        "a probe of kind 'detection' needs 'gone' or 'present', or both");
    return true;
}

static bool check_probes(const XmlFile *file, GError **error)
{
    XML_FOREACH(probe, xml_root(file), "probe")
    {
        if (!check_probe(file, probe, error))
            return false;
    }
    return true;
}

static bool check_format(const XmlFile *file, GError **error)
{
    const xmlNode *format = xml_child(xml_root(file), "content-format");
    bool seal = format && xmlHasProp(format, (const xmlChar *)"seal");
    bool place = format && xmlHasProp(format, (const xmlChar *)"seal-at");

    return seal == place ||
           xml_fail(file, format, seal ? "seal" : "seal-at", error,
                    "'seal' (which checksum) and 'seal-at' (where it is) need each other");
}

static bool check_content(const XmlFile *file, GError **error)
{
    const xmlNode *root = xml_root(file), *chosen = NULL;
    const xmlNode *first = xml_child(root, "content");

    if (first && !xml_child(root, "content-update"))
        return xml_fail(file, first, NULL, error,
                        "there is content, but no 'content-update' that says how it is applied");
    XML_FOREACH(content, root, "content")
    {
        g_autofree char *is_default = xml_attr(content, "default");
        if (g_strcmp0(is_default, "yes") != 0)
            continue;
        if (chosen)
            return xml_fail(file, content, "default", error,
                            "only one content can be the one that the product brings");
        chosen = content;
    }
    return true;
}

static bool check_faults(const Vendor *vendor, const XmlFile *file, GError **error)
{
    XML_FOREACH(fault, xml_root(file), "known-fault")
    {
        g_autofree char *product = xml_attr(fault, "product");
        g_autofree char *content = xml_attr(fault, "content");
        g_autofree char *module = xml_attr(fault, "module");
        g_autofree char *module_of = xml_attr(fault, "module-of");
        g_autoptr(GPtrArray) with = xml_attr_words(fault, "with");
        if (g_ptr_array_find_with_equal_func(with, vendor->name, g_str_equal, NULL))
            return xml_fail(file, fault, "with", error, "'%s' is this pack itself", vendor->name);
        if (product && !vendor_product(vendor, product))
            return xml_fail(file, fault, "product", error, "this pack has no product '%s'",
                            product);
        if (content && !vendor_content(vendor, content))
            return xml_fail(file, fault, "content", error, "this pack has no content '%s'",
                            content);
        if (module_of && (!module || g_str_equal(module_of, vendor->name)))
            return xml_fail(file, fault, "module-of", error,
                            "it names the other vendor whose module the bugcheck names");
        /* In a conflict the bugcheck may name another vendor's module. */
        if (module && !module_of && with->len == 0 && !vendor_module(vendor, module))
            return xml_fail(file, fault, "module", error, "this pack has no module '%s'", module);
    }
    return true;
}

static bool check_file(const XmlFile *file, const xmlNode *element, const char *what,
                       const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);

    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return true;
    return xml_fail(file, element, "file", error, "%s file '%s' does not exist (looked in '%s')",
                    what, name, folder);
}

static bool check_files(const Vendor *vendor, const XmlFile *file, GError **error)
{
    guint i = 0, j = 0;

    XML_FOREACH(node, xml_root(file), "product")
    {
        const VendorProduct *product = g_ptr_array_index(vendor->products, i++);
        if (!product->missing &&
            !check_file(file, xml_child(node, "package"), "package", product->package, error))
            return false;
    }
    XML_FOREACH(node, xml_root(file), "content")
    {
        const VendorContent *content = g_ptr_array_index(vendor->contents, j++);
        if (!check_file(file, node, "content", content->file, error))
            return false;
    }
    return true;
}

bool vendor_check(const Vendor *vendor, const XmlFile *file, GError **error)
{
    /* Both have a meaning of their own where vendors are named. */
    if (g_str_equal(vendor->name, "each") || g_str_equal(vendor->name, "none"))
        return xml_fail(file, xml_root(file), "name", error, "a vendor cannot be called '%s'",
                        vendor->name);
    return check_all_unique(file, error) && check_module_files(file, error) &&
           check_commands(file, error) && check_probes(file, error) && check_content(file, error) &&
           check_format(file, error) && check_faults(vendor, file, error) &&
           check_files(vendor, file, error);
}

/* Packs together */

static const char *module_word(const VendorModule *module)
{
    static const char *const words[] = {
        [MODULE_DRIVER] = "driver", [MODULE_SERVICE] = "service", [MODULE_OTHER] = "module"};
    return words[module->kind];
}

static bool same_text(const char *a, const char *b)
{
    g_autofree char *folded_a = g_utf8_casefold(a ? a : "", -1);
    g_autofree char *folded_b = g_utf8_casefold(b ? b : "", -1);
    return a && b && g_str_equal(folded_a, folded_b);
}

static bool check_pair(const Vendor *one, const Vendor *other, GError **error)
{
    for (guint i = 0; i < one->modules->len; i++) {
        const VendorModule *first = g_ptr_array_index(one->modules, i);
        for (guint j = 0; j < other->modules->len; j++) {
            const VendorModule *second = g_ptr_array_index(other->modules, j);
            bool by_name = same_text(first->name, second->name);
            if (!by_name && !same_text(first->path, second->path))
                continue;
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "%s:%u:%u: %s '%s' of vendor '%s' has the same %s as the %s at %s:%u:%u of "
                        "vendor '%s'; they cannot be installed together",
                        other->file, second->line, second->column, module_word(second),
                        by_name ? second->name : second->path, other->name,
                        by_name ? "name" : "path", module_word(first), one->file, first->line,
                        first->column, one->name);
            return false;
        }
    }
    return true;
}

bool vendors_check_together(const GPtrArray *vendors, GError **error)
{
    for (guint i = 0; i < vendors->len; i++)
        for (guint j = i + 1; j < vendors->len; j++)
            if (!check_pair(g_ptr_array_index(vendors, i), g_ptr_array_index(vendors, j), error))
                return false;
    return true;
}
