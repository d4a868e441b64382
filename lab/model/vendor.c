/* SPDX-License-Identifier: GPL-2.0-or-later
 * vendor.xml into a Vendor, and what is looked up in one.
 */
#include "model/vendor.h"

#include "model/vendor-check.h"
#include "model/vendor-secrets.h"
#include "util/error.h"
#include "util/xml.h"

/* Freeing */

static void command_clear(VendorCommand *command)
{
    g_free(command->run);
    g_clear_pointer(&command->ok, g_array_unref);
    g_clear_pointer(&command->reboot, g_array_unref);
    g_clear_pointer(&command->refused, g_array_unref);
}

static void module_free(void *data)
{
    VendorModule *module = data;
    g_free(module->name);
    g_free(module->file);
    g_free(module->path);
    g_free(module->start);
    g_free(module->group);
    g_free(module->altitude);
    g_clear_pointer(&module->pool_tags, g_ptr_array_unref);
    g_free(module);
}

static void product_free(void *data)
{
    VendorProduct *product = data;
    g_free(product->version);
    g_free(product->package);
    command_clear(&product->install);
    command_clear(&product->uninstall);
    g_free(product);
}

static void content_free(void *data)
{
    VendorContent *content = data;
    g_free(content->version);
    g_free(content->file);
    g_free(content);
}

static void probe_free(void *data)
{
    VendorProbe *probe = data;
    g_free(probe->name);
    command_clear(&probe->command);
    g_free(probe->drop_path);
    g_free(probe->drop_text);
    g_free(probe->gone_path);
    g_free(probe->present_path);
    g_free(probe);
}

static void fault_free(void *data)
{
    VendorFault *fault = data;
    g_free(fault->id);
    g_free(fault->product);
    g_free(fault->content);
    g_free(fault->kind);
    g_ptr_array_unref(fault->with);
    g_free(fault->module);
    g_free(fault->trigger);
    g_free(fault->text);
    g_free(fault);
}

static void secret_free(void *data)
{
    VendorSecret *secret = data;
    g_free(secret->name);
    g_free(secret);
}

void vendor_free(Vendor *vendor)
{
    if (!vendor)
        return;
    g_free(vendor->name);
    g_free(vendor->title);
    g_free(vendor->description);
    g_ptr_array_unref(vendor->modules);
    g_ptr_array_unref(vendor->content_folders);
    g_ptr_array_unref(vendor->products);
    g_ptr_array_unref(vendor->contents);
    command_clear(&vendor->content_update);
    g_free(vendor->content_format.seal);
    g_ptr_array_unref(vendor->probes);
    g_ptr_array_unref(vendor->recovery_delete);
    g_ptr_array_unref(vendor->faults);
    g_ptr_array_unref(vendor->secrets);
    g_free(vendor->file);
    g_free(vendor);
}

/* Reading: the schema has been checked */

static GArray *read_exit_codes(const xmlNode *exit, const char *attribute)
{
    g_autoptr(GPtrArray) words = xml_attr_words(exit, attribute);
    GArray *codes = g_array_new(FALSE, FALSE, sizeof(int));

    for (guint i = 0; i < words->len; i++) {
        int code = (int)g_ascii_strtoll(g_ptr_array_index(words, i), NULL, 10);
        g_array_append_val(codes, code);
    }
    return codes;
}

/* An `element` that is absent gives a command whose `run` is NULL. */
static void read_command(const xmlNode *element, VendorCommand *command)
{
    const xmlNode *exit = xml_child(element, "exit");
    const int success = 0;

    command->run = xml_text_stripped(xml_child(element, "run"));
    command->timeout_s = element ? xml_attr_int(element, "timeout-s", 0) : 0;
    command->ok = read_exit_codes(exit, "ok");
    command->reboot = read_exit_codes(exit, "reboot");
    command->refused = read_exit_codes(exit, "refused");
    if (!exit)
        g_array_append_val(command->ok, success);
}

static void read_modules(const xmlNode *root, const char *element, ModuleKind kind,
                         GPtrArray *modules)
{
    XML_FOREACH(node, root, element)
    {
        VendorModule *module = g_new0(VendorModule, 1);
        module->kind = kind;
        module->name = xml_attr(node, "name");
        module->file = xml_attr(node, "file");
        module->path = xml_attr(node, "path");
        module->start = xml_attr(node, "start");
        module->group = xml_attr(node, "group");
        module->altitude = xml_attr(node, "altitude");
        module->pool_tags = xml_attr_words(node, "pool-tags");
        xml_place(node, &module->line, &module->column);
        g_ptr_array_add(modules, module);
    }
}

static char *read_pack_file(const xmlNode *element, const char *folder)
{
    g_autofree char *file = xml_attr(element, "file");
    return g_canonicalize_filename(file, folder);
}

static bool is_yes(const xmlNode *element, const char *attribute)
{
    g_autofree char *value = xml_attr(element, attribute);
    return g_strcmp0(value, "yes") == 0;
}

static bool is_by_user(const xmlNode *package)
{
    g_autofree char *by = xml_attr(package, "supplied");
    return g_strcmp0(by, "user") == 0;
}

bool vendor_is_whole(const Vendor *vendor, GError **error)
{
    for (guint i = 0; i < vendor->products->len; i++) {
        const VendorProduct *product = vendor->products->pdata[i];
        if (!product->missing)
            continue;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "vendor '%s' comes without its installer: put version %s there as '%s'",
                    vendor->name, product->version, product->package);
        return false;
    }
    return true;
}

static void read_products(const xmlNode *root, const char *folder, GPtrArray *products)
{
    XML_FOREACH(node, root, "product")
    {
        VendorProduct *product = g_new0(VendorProduct, 1);
        product->version = xml_attr(node, "version");
        product->package = read_pack_file(xml_child(node, "package"), folder);
        product->secrets = is_yes(xml_child(node, "package"), "secrets");
        product->missing = is_by_user(xml_child(node, "package")) &&
                           !g_file_test(product->package, G_FILE_TEST_IS_REGULAR);
        read_command(xml_child(node, "install"), &product->install);
        read_command(xml_child(node, "uninstall"), &product->uninstall);
        g_ptr_array_add(products, product);
    }
}

static void read_format(const xmlNode *node, VendorContentFormat *format)
{
    if (!node)
        return;
    format->known = true;
    format->version_at = (guint)xml_attr_int(node, "version-at", 0);
    format->count_at = (guint)xml_attr_int(node, "count-at", 0);
    format->seal = xml_attr(node, "seal");
    format->seal_at = (guint)xml_attr_int(node, "seal-at", 0);
}

static void read_contents(const xmlNode *root, const char *folder, GPtrArray *contents)
{
    XML_FOREACH(node, root, "content")
    {
        VendorContent *content = g_new0(VendorContent, 1);
        content->version = xml_attr(node, "version");
        content->file = read_pack_file(node, folder);
        content->is_default = is_yes(node, "default");
        content->secrets = is_yes(node, "secrets");
        g_ptr_array_add(contents, content);
    }
}

static void read_probes(const xmlNode *root, GPtrArray *probes)
{
    XML_FOREACH(node, root, "probe")
    {
        g_autofree char *kind = xml_attr(node, "kind");
        VendorProbe *probe = g_new0(VendorProbe, 1);
        probe->name = xml_attr(node, "name");
        probe->kind = g_strcmp0(kind, "detection") == 0 ? PROBE_DETECTION : PROBE_ALIVE;
        read_command(node, &probe->command);
        probe->timeout_s = probe->kind == PROBE_ALIVE ? probe->command.timeout_s
                                                      : xml_attr_int(node, "within-s", 0);
        probe->drop_path = xml_attr(xml_child(node, "drop"), "path");
        probe->drop_text = xml_text(xml_child(node, "drop"));
        probe->gone_path = xml_attr(xml_child(node, "gone"), "path");
        probe->present_path = xml_attr(xml_child(node, "present"), "path");
        g_ptr_array_add(probes, probe);
    }
}

static void read_faults(const xmlNode *root, GPtrArray *faults)
{
    XML_FOREACH(node, root, "known-fault")
    {
        VendorFault *fault = g_new0(VendorFault, 1);
        fault->id = xml_attr(node, "id");
        fault->product = xml_attr(node, "product");
        fault->content = xml_attr(node, "content");
        fault->kind = xml_attr(node, "kind");
        fault->with = xml_attr_words(node, "with");
        fault->module = xml_attr(node, "module");
        fault->trigger = xml_text_paragraph(xml_child(node, "trigger"));
        fault->text = xml_text_paragraph(xml_child(node, "text"));
        g_ptr_array_add(faults, fault);
    }
}

static GPtrArray *read_paths(const xmlNode *parent, const char *element)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

    XML_FOREACH(node, parent, element)
    {
        g_ptr_array_add(paths, xml_attr(node, "path"));
    }
    return paths;
}

static Vendor *vendor_from_xml(const XmlFile *file)
{
    const xmlNode *root = xml_root(file);
    g_autofree char *parent = g_path_get_dirname(xml_name(file));
    g_autofree char *folder = g_canonicalize_filename(parent, NULL);
    Vendor *vendor = g_new0(Vendor, 1);

    vendor->name = xml_attr(root, "name");
    vendor->title = xml_text_paragraph(xml_child(root, "title"));
    vendor->description = xml_text_paragraph(xml_child(root, "description"));
    vendor->modules = g_ptr_array_new_with_free_func(module_free);
    read_modules(root, "driver", MODULE_DRIVER, vendor->modules);
    read_modules(root, "service", MODULE_SERVICE, vendor->modules);
    read_modules(root, "module", MODULE_OTHER, vendor->modules);
    vendor->content_folders = read_paths(root, "content-folder");
    vendor->products = g_ptr_array_new_with_free_func(product_free);
    read_products(root, folder, vendor->products);
    vendor->contents = g_ptr_array_new_with_free_func(content_free);
    read_contents(root, folder, vendor->contents);
    read_command(xml_child(root, "content-update"), &vendor->content_update);
    read_format(xml_child(root, "content-format"), &vendor->content_format);
    vendor->probes = g_ptr_array_new_with_free_func(probe_free);
    read_probes(root, vendor->probes);
    vendor->recovery_delete = read_paths(xml_child(root, "recovery"), "delete");
    vendor->faults = g_ptr_array_new_with_free_func(fault_free);
    read_faults(root, vendor->faults);
    vendor->secrets = g_ptr_array_new_with_free_func(secret_free);
    vendor->file = g_strdup(xml_name(file));
    return vendor;
}

static bool vendor_take(const XmlFile *file, Vendor **ret_vendor, GError **error)
{
    g_autoptr(Vendor) vendor = vendor_from_xml(file);

    if (!vendor_check(vendor, file, error) || !vendor_secrets_read(vendor, file, error))
        return false;
    *ret_vendor = g_steal_pointer(&vendor);
    return true;
}

bool vendor_read(const char *path, Vendor **ret_vendor, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_read(path, "vendor", &file, error) && vendor_take(file, ret_vendor, error);
}

bool vendor_parse(const char *text, gsize length, const char *path, Vendor **ret_vendor,
                  GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_parse(text, length, path, "vendor", &file, error) &&
           vendor_take(file, ret_vendor, error);
}

/* Looking up */

static bool has_code(const GArray *codes, int code)
{
    for (guint i = 0; i < codes->len; i++)
        if (g_array_index(codes, int, i) == code)
            return true;
    return false;
}

CommandOutcome vendor_command_outcome(const VendorCommand *command, int exit_code)
{
    if (has_code(command->ok, exit_code))
        return COMMAND_OK;
    if (has_code(command->reboot, exit_code))
        return COMMAND_REBOOT;
    if (has_code(command->refused, exit_code))
        return COMMAND_REFUSED;
    return COMMAND_FAILED;
}

const VendorProduct *vendor_product(const Vendor *vendor, const char *version)
{
    for (guint i = 0; i < vendor->products->len; i++) {
        const VendorProduct *product = g_ptr_array_index(vendor->products, i);
        if (!version || g_str_equal(product->version, version))
            return product;
    }
    return NULL;
}

const VendorProduct *vendor_product_before(const Vendor *vendor, const char *version)
{
    for (guint i = 1; i < vendor->products->len; i++) {
        const VendorProduct *product = g_ptr_array_index(vendor->products, i);
        if (g_str_equal(product->version, version))
            return g_ptr_array_index(vendor->products, i - 1);
    }
    return NULL;
}

const VendorContent *vendor_content(const Vendor *vendor, const char *version)
{
    for (guint i = 0; i < vendor->contents->len; i++) {
        const VendorContent *content = g_ptr_array_index(vendor->contents, i);
        if (version ? g_str_equal(content->version, version) : content->is_default)
            return content;
    }
    return NULL;
}

const VendorModule *vendor_module(const Vendor *vendor, const char *file)
{
    for (guint i = 0; i < vendor->modules->len; i++) {
        const VendorModule *module = g_ptr_array_index(vendor->modules, i);
        if (g_ascii_strcasecmp(module->file, file) == 0)
            return module;
    }
    return NULL;
}
