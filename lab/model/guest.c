/* SPDX-License-Identifier: GPL-2.0-or-later
 * guest.xml into a Guest.
 */
#include "model/guest.h"

#include "util/error.h"
#include "util/xml.h"

static const char *const kind_names[] = {
    [GUEST_REFERENCE] = "reference",
    [GUEST_WINDOWS] = "windows",
    [GUEST_REACTOS] = "reactos",
};

const char *guest_kind_name(GuestKind kind)
{
    return kind_names[kind];
}

void guest_free(Guest *guest)
{
    if (!guest)
        return;
    char *strings[] = {
        guest->name,     guest->title,        guest->limits,      guest->machine,
        guest->cpu,      guest->vga,          guest->disk,        guest->disk_bus,
        guest->kernel,   guest->initrd,       guest->cmdline,     guest->safe_mode,
        guest->recovery, guest->panic_models, guest->dump_folder, guest->dump_pattern,
        guest->builder,  guest->file,         guest->network,     guest->watchdog,
        guest->like,
    };
    for (guint i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    install_free(guest->install);
    g_free(guest);
}

static GuestKind kind_of(const xmlNode *root)
{
    g_autofree char *name = xml_attr(root, "kind");
    GuestKind kind = GUEST_REFERENCE;

    for (guint i = 0; i < G_N_ELEMENTS(kind_names); i++)
        if (g_strcmp0(name, kind_names[i]) == 0)
            kind = i;
    return kind;
}

/* A recipe's own file, and the one that it takes its other elements from (NULL for none). */
typedef struct {
    const XmlFile *own;
    const XmlFile *shared;
} Recipe;

static const xmlNode *part(const Recipe *recipe, const char *name)
{
    const xmlNode *own = xml_child(xml_root(recipe->own), name);
    return own || !recipe->shared ? own : xml_child(xml_root(recipe->shared), name);
}

static void read_machine(const Recipe *recipe, Guest *guest)
{
    const xmlNode *machine = part(recipe, "machine");
    const xmlNode *disk = part(recipe, "disk");
    const xmlNode *boot = part(recipe, "boot");

    guest->machine = xml_attr(machine, "type");
    guest->cpu = xml_attr(machine, "cpu");
    guest->vcpus = xml_attr_int(machine, "vcpus", 1);
    guest->memory_mib = xml_attr_int(machine, "memory-mib", 0);
    guest->vga = xml_attr(machine, "vga");
    guest->disk = xml_attr(disk, "file");
    guest->disk_bus = xml_attr(disk, "bus");
    guest->kernel = xml_attr(boot, "kernel");
    guest->initrd = xml_attr(boot, "initrd");
    guest->cmdline = xml_attr(boot, "cmdline");
    guest->safe_mode = xml_attr(boot, "safe-mode");
    guest->recovery = xml_attr(boot, "recovery");
}

static void read_devices(const Recipe *recipe, Guest *guest)
{
    g_autofree char *channel = xml_attr(part(recipe, "agent"), "channel");

    guest->channel =
        g_strcmp0(channel, "serial") == 0 ? GUEST_CHANNEL_SERIAL : GUEST_CHANNEL_VIRTIO;
    guest->panic_models = xml_attr(part(recipe, "panic"), "model");
    guest->secure_boot = part(recipe, "secure-boot");
    guest->tpm = part(recipe, "tpm");
    guest->hyperv = part(recipe, "hyperv");
    guest->network = xml_attr(part(recipe, "network"), "model");
    guest->watchdog = xml_attr(part(recipe, "watchdog"), "model");
    guest->data_disk_gib = xml_attr_int(part(recipe, "data-disk"), "gib", 0);
}

static void read_build(const Recipe *recipe, Guest *guest)
{
    const xmlNode *build = part(recipe, "build");
    const xmlNode *install = part(recipe, "install");

    guest->builder = xml_attr(build, "program");
    if (install)
        guest->install = install_from_xml(install);
    build = install ? install : build;
    guest->build_timeout_s = xml_attr_int(build, "timeout-s", 0);
    guest->build_disk_mib = xml_attr_int(build, "disk-mib", 0);
}

static Guest *guest_from_xml(const Recipe *recipe)
{
    const xmlNode *root = xml_root(recipe->own);
    const xmlNode *dumps = part(recipe, "dumps");
    Guest *guest = g_new0(Guest, 1);

    guest->name = xml_attr(root, "name");
    guest->kind = kind_of(root);
    guest->title = xml_text_paragraph(part(recipe, "title"));
    guest->limits = xml_text_paragraph(part(recipe, "limits"));
    read_machine(recipe, guest);
    read_devices(recipe, guest);
    guest->ready_timeout_s = xml_attr_int(part(recipe, "ready"), "timeout-s", 0);
    guest->dump_folder = xml_attr(dumps, "folder");
    guest->dump_pattern = xml_attr(dumps, "pattern");
    read_build(recipe, guest);
    guest->file = g_strdup(xml_name(recipe->own));
    return guest;
}

/* What the schema cannot say once elements may come from another file. */
static bool check_complete(const Recipe *recipe, GError **error)
{
    static const char *const needed[] = {"limits", "machine", "disk", "agent", "ready", "dumps"};

    for (guint i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!part(recipe, needed[i]))
            return xml_fail(recipe->own, xml_root(recipe->own), NULL, error,
                            "element <%s> is missing in <guest>", needed[i]);
    if (!part(recipe, "build") == !part(recipe, "install"))
        return xml_fail(recipe->own, xml_root(recipe->own), NULL, error,
                        "a guest has one of <build> and <install>");
    return true;
}

static bool read_recipe(const XmlFile *file, Guest **ret_guest, GError **error)
{
    g_autofree char *like = xml_attr(xml_root(file), "like");
    g_autoptr(XmlFile) shared = NULL;

    if (like) {
        g_autofree char *folder = g_path_get_dirname(xml_name(file));
        g_autofree char *path = g_build_filename(folder, like, NULL);
        if (!xml_read(path, "guest", &shared, error))
            return false;
        if (!xml_is(xml_root(shared), "guest-part"))
            return xml_fail(file, xml_root(file), "like", error,
                            "'%s' is a guest of its own, not a <guest-part>", path);
    }
    Recipe recipe = {.own = file, .shared = shared};
    if (!check_complete(&recipe, error))
        return false;
    *ret_guest = guest_from_xml(&recipe);
    (*ret_guest)->like = shared ? g_strdup(xml_name(shared)) : NULL;
    return true;
}

bool guest_read(const char *path, Guest **ret_guest, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_read(path, "guest", &file, error) && read_recipe(file, ret_guest, error);
}

bool guest_parse(const char *text, gsize length, const char *path, Guest **ret_guest,
                 GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_parse(text, length, path, "guest", &file, error) &&
           read_recipe(file, ret_guest, error);
}
