/* SPDX-License-Identifier: GPL-2.0-or-later
 * lab.xml into a Lab, and guests and vendor packs by name.
 */
#include "model/lab.h"

#include <string.h>

#include "model/placeholder.h"
#include "util/error.h"
#include "util/files.h"
#include "util/redact.h"
#include "util/xml.h"

#define SECRET_BYTES_MAX 4096 /* of its file */

static void secret_free(gpointer data)
{
    LabSecret *secret = data;
    g_free(secret->name);
    g_free(secret->file);
    g_free(secret->environment);
    g_free(secret);
}

static void name_free(gpointer data)
{
    LabName *name = data;
    g_free(name->name);
    g_free(name->as);
    g_free(name);
}

static void licence_free(gpointer data)
{
    LabLicence *licence = data;
    g_free(licence->guest);
    g_free(licence->vendor);
    g_free(licence->name);
    g_free(licence);
}

static void host_free(gpointer data)
{
    LabHost *host = data;
    g_free(host->name);
    g_free(host->uri);
    g_free(host);
}

void lab_free(Lab *lab)
{
    if (!lab)
        return;
    g_free(lab->uri);
    g_free(lab->file);
    g_free(lab->state_folder);
    g_ptr_array_unref(lab->vendor_folders);
    g_free(lab->tools_folder);
    g_free(lab->known_file);
    g_free(lab->guest_recipes);
    g_clear_pointer(&lab->secrets, g_ptr_array_unref);
    g_clear_pointer(&lab->names, g_ptr_array_unref);
    g_clear_pointer(&lab->licences, g_ptr_array_unref);
    g_clear_pointer(&lab->hosts, g_ptr_array_unref);
    g_clear_pointer(&lab->values, g_hash_table_unref);
    g_free(lab);
}

static void read_hidden(Lab *lab, const xmlNode *root, const char *base)
{
    lab->secrets = g_ptr_array_new_with_free_func(secret_free);
    lab->names = g_ptr_array_new_with_free_func(name_free);
    XML_FOREACH(element, root, "secret")
    {
        LabSecret *secret = g_new0(LabSecret, 1);
        g_autofree char *file = xml_attr(element, "file");
        secret->name = xml_attr(element, "name");
        secret->file = file ? g_canonicalize_filename(file, base) : NULL;
        secret->environment = xml_attr(element, "environment");
        g_ptr_array_add(lab->secrets, secret);
    }
    XML_FOREACH(element, root, "proprietary")
    {
        LabName *name = g_new0(LabName, 1);
        name->name = xml_attr(element, "name");
        name->as = xml_attr(element, "as");
        g_ptr_array_add(lab->names, name);
    }
}

static void read_licences(Lab *lab, const xmlNode *root)
{
    lab->licences = g_ptr_array_new_with_free_func(licence_free);
    XML_FOREACH(element, root, "licence")
    {
        LabLicence *licence = g_new0(LabLicence, 1);
        licence->guest = xml_attr(element, "guest");
        licence->vendor = xml_attr(element, "vendor");
        licence->name = xml_attr(element, "name");
        licence->count = (guint)xml_attr_int(element, "count", 1);
        g_ptr_array_add(lab->licences, licence);
    }
}

static void read_hosts(Lab *lab, const xmlNode *root)
{
    const xmlNode *hosts = xml_child(root, "hosts");

    lab->hosts = g_ptr_array_new_with_free_func(host_free);
    if (!hosts)
        return;
    XML_FOREACH(element, hosts, "host")
    {
        LabHost *host = g_new0(LabHost, 1);
        host->name = xml_attr(element, "name");
        host->uri = xml_attr(element, "uri");
        host->jobs = (guint)xml_attr_int(element, "jobs", 1);
        host->memory_mib = (guint)xml_attr_int(element, "memory-mib", 0);
        g_ptr_array_add(lab->hosts, host);
    }
}

static bool hide_secret(Lab *lab, const LabSecret *secret, GError **error)
{
    const char *given = secret->environment ? g_getenv(secret->environment) : NULL;
    g_autofree char *text = g_strdup(given);
    gsize length;

    if (secret->file && !files_read(secret->file, SECRET_BYTES_MAX, &text, &length, error))
        return false;
    if (!text) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the secret's environment variable '%s' is not set", secret->environment);
        return false;
    }
    if (redact_add(g_strstrip(text), NULL)) {
        if (secret->name)
            g_hash_table_insert(lab->values, g_strconcat(PLACEHOLDER_SECRET, secret->name, NULL),
                                g_steal_pointer(&text));
        return true;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "the secret of '%s' has less than %d or more than %d bytes, or is not UTF-8",
                secret->file ? secret->file : secret->environment, REDACT_BYTES_MIN,
                REDACT_BYTES_MAX);
    return false;
}

bool lab_hide(Lab *lab, bool public, GError **error)
{
    g_clear_pointer(&lab->values, g_hash_table_unref);
    lab->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < lab->secrets->len; i++)
        if (!hide_secret(lab, lab->secrets->pdata[i], error))
            return false;
    for (guint i = 0; public && i < lab->names->len; i++) {
        const LabName *name = lab->names->pdata[i];
        if (!redact_add(name->name, name->as))
            redact_add_whole(name->name, name->as);
    }
    return true;
}

static bool check_secrets(const XmlFile *file, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    XML_FOREACH(element, xml_root(file), "secret")
    {
        g_autofree char *name = xml_attr(element, "name");
        if (name && !g_hash_table_add(names, g_strdup(name)))
            return xml_fail(file, element, "name", error, "there is a secret '%s' already", name);
    }
    return true;
}

static bool check_hosts(const XmlFile *file, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) uris = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const xmlNode *hosts = xml_child(xml_root(file), "hosts");

    if (!hosts)
        return true;
    XML_FOREACH(element, hosts, "host")
    {
        g_autofree char *name = xml_attr(element, "name");
        g_autofree char *uri = xml_attr(element, "uri");
        if (!g_hash_table_add(names, g_strdup(name)))
            return xml_fail(file, element, "name", error, "there is a host '%s' already", name);
        if (!g_hash_table_add(uris, g_strdup(uri ? uri : "")))
            return xml_fail(file, element, uri ? "uri" : "name", error,
                            "there is a host with this libvirt already");
    }
    return true;
}

static const LabSecret *find_secret(const Lab *lab, const char *name)
{
    for (guint i = 0; i < lab->secrets->len; i++) {
        const LabSecret *secret = lab->secrets->pdata[i];
        if (g_strcmp0(secret->name, name) == 0)
            return secret;
    }
    return NULL;
}

static char *secret_names(const Lab *lab)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < lab->secrets->len; i++) {
        const LabSecret *secret = lab->secrets->pdata[i];
        if (secret->name)
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", secret->name);
    }
    return g_string_free(g_string_append(names, names->len ? "" : "none"), FALSE);
}

bool lab_has_secrets(const Lab *lab, const Vendor *vendor, GError **error)
{
    for (guint i = 0; i < vendor->secrets->len; i++) {
        const VendorSecret *asked = vendor->secrets->pdata[i];
        if (find_secret(lab, asked->name))
            continue;
        g_autofree char *names = secret_names(lab);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s:%u:%u: lab.xml has no secret '%s' (known there: %s)", vendor->file,
                    asked->line, asked->column, asked->name, names);
        return false;
    }
    return true;
}

/* `file` NULL: nothing but defaults. */
static Lab *lab_from_xml(const XmlFile *file)
{
    const xmlNode *root = file ? xml_root(file) : NULL;
    g_autofree char *parent = file ? g_path_get_dirname(xml_name(file)) : NULL;
    g_autofree char *base = parent ? g_canonicalize_filename(parent, NULL) : NULL;
    g_autofree char *state = xml_attr(xml_child(root, "state"), "folder");
    g_autofree char *tools = xml_attr(xml_child(root, "tools"), "folder");
    Lab *lab = g_new0(Lab, 1);

    lab->file = file ? g_canonicalize_filename(xml_name(file), NULL) : NULL;
    if (tools)
        lab->tools_folder = g_canonicalize_filename(tools, base);
    if (!state)
        state = files_state_folder();
    lab->uri = xml_attr(xml_child(root, "libvirt"), "uri");
    lab->state_folder = g_canonicalize_filename(state, base);
    lab->vendor_folders = g_ptr_array_new_with_free_func(g_free);
    XML_FOREACH(vendors, root, "vendors")
    {
        g_autofree char *folder = xml_attr(vendors, "folder");
        g_ptr_array_add(lab->vendor_folders, g_canonicalize_filename(folder, base));
    }
    g_ptr_array_add(lab->vendor_folders, files_share_path("vendors"));
    g_autofree char *known = xml_attr(xml_child(root, "known"), "file");
    lab->known_file = known ? g_canonicalize_filename(known, base) : NULL;
    lab->experiments = (int)xml_attr_int(xml_child(root, "experiments"), "at-most", -1);
    lab->guest_recipes = files_share_path("guests");
    read_hidden(lab, root, base);
    read_licences(lab, root);
    read_hosts(lab, root);
    return lab;
}

bool lab_read(const char *path, Lab **ret_lab, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    if (!path && g_file_test("lab.xml", G_FILE_TEST_EXISTS))
        path = "lab.xml";
    if (path && (!xml_read(path, "lab", &file, error) || !check_secrets(file, error) ||
                 !check_hosts(file, error)))
        return false;
    *ret_lab = lab_from_xml(file);
    return true;
}

bool lab_parse(const char *text, gsize length, const char *path, Lab **ret_lab, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    if (!xml_parse(text, length, path, "lab", &file, error) || !check_secrets(file, error) ||
        !check_hosts(file, error))
        return false;
    *ret_lab = lab_from_xml(file);
    return true;
}

/* Looking up: <folder>/<name>/<file> */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *names_in(char *const *folders, guint count, const char *file)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < count; i++) {
        g_autoptr(GDir) dir = g_dir_open(folders[i], 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
            g_autofree char *path = g_build_filename(folders[i], name, file, NULL);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
                !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* The path of what is called `name`, or NULL with the names that exist in the error. */
static char *path_of(char *const *folders, guint count, const char *file, const char *what,
                     const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = names_in(folders, count, file);
    bool known = g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);

    for (guint i = 0; known && i < count; i++) {
        g_autofree char *path = g_build_filename(folders[i], name, file, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s '%s' does not exist (known here: %s)",
                what, name, *list ? list : "none");
    return NULL;
}

/* What is looked up by its folder's name must be called so. */
static bool check_name(const char *path, const char *is, const char *wanted, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    if (g_str_equal(is, wanted))
        return true;
    return xml_read(path, NULL, &file, error) &&
           xml_fail(file, xml_root(file), "name", error,
                    "the name is '%s', but the folder of this file is called '%s'", is, wanted);
}

GPtrArray *lab_guest_names(const Lab *lab)
{
    return names_in(&lab->guest_recipes, 1, "guest.xml");
}

bool lab_guest(const Lab *lab, const char *name, Guest **ret_guest, GError **error)
{
    g_autofree char *path = path_of(&lab->guest_recipes, 1, "guest.xml", "guest", name, error);
    g_autoptr(Guest) guest = NULL;

    if (!path || !guest_read(path, &guest, error) || !check_name(path, guest->name, name, error))
        return false;
    *ret_guest = g_steal_pointer(&guest);
    return true;
}

GPtrArray *lab_vendor_names(const Lab *lab)
{
    const GPtrArray *folders = lab->vendor_folders;
    return names_in((char *const *)folders->pdata, folders->len, "vendor.xml");
}

static bool read_vendor(const Lab *lab, const char *name, guint first, Vendor **ret_vendor,
                        GError **error)
{
    const GPtrArray *folders = lab->vendor_folders;
    g_autofree char *path = path_of((char *const *)folders->pdata + first, folders->len - first,
                                    "vendor.xml", "vendor", name, error);
    g_autoptr(Vendor) vendor = NULL;

    if (!path || !vendor_read(path, &vendor, error) ||
        !check_name(path, vendor->name, name, error) || !lab_has_secrets(lab, vendor, error) ||
        !vendor_is_whole(vendor, error))
        return false;
    *ret_vendor = g_steal_pointer(&vendor);
    return true;
}

bool lab_vendor(const Lab *lab, const char *name, Vendor **ret_vendor, GError **error)
{
    return read_vendor(lab, name, 0, ret_vendor, error);
}

bool lab_vendor_shipped(const Lab *lab, const char *name, Vendor **ret_vendor, GError **error)
{
    return read_vendor(lab, name, lab->vendor_folders->len - 1, ret_vendor, error);
}

static char *shipped_path(const char *name)
{
    g_autofree char *shipped = files_share_path("vendors");
    return g_build_filename(shipped, name, "vendor.xml", NULL);
}

bool lab_ships(const char *name)
{
    g_autofree char *path = shipped_path(name);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

bool lab_vendor_hides(const Vendor *vendor)
{
    g_autofree char *path = shipped_path(vendor->name);
    return lab_ships(vendor->name) && !g_str_equal(path, vendor->file);
}
