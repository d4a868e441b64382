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
        guest->name,        guest->title,       guest->limits,       guest->machine,
        guest->cpu,         guest->vga,         guest->disk,         guest->disk_bus,
        guest->kernel,      guest->initrd,      guest->cmdline,      guest->safe_mode,
        guest->panic_model, guest->dump_folder, guest->dump_pattern, guest->builder,
        guest->file,
    };
    for (guint i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
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

static void read_machine(const xmlNode *root, Guest *guest)
{
    const xmlNode *machine = xml_child(root, "machine");
    const xmlNode *disk = xml_child(root, "disk");
    const xmlNode *boot = xml_child(root, "boot");
    g_autofree char *channel = xml_attr(xml_child(root, "agent"), "channel");

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
    guest->channel =
        g_strcmp0(channel, "serial") == 0 ? GUEST_CHANNEL_SERIAL : GUEST_CHANNEL_VIRTIO;
    guest->panic_model = xml_attr(xml_child(root, "panic"), "model");
}

static Guest *guest_from_xml(const XmlFile *file)
{
    const xmlNode *root = xml_root(file);
    const xmlNode *dumps = xml_child(root, "dumps");
    const xmlNode *build = xml_child(root, "build");
    Guest *guest = g_new0(Guest, 1);

    guest->name = xml_attr(root, "name");
    guest->kind = kind_of(root);
    guest->title = xml_text_paragraph(xml_child(root, "title"));
    guest->limits = xml_text_paragraph(xml_child(root, "limits"));
    read_machine(root, guest);
    guest->ready_timeout_s = xml_attr_int(xml_child(root, "ready"), "timeout-s", 0);
    guest->dump_folder = xml_attr(dumps, "folder");
    guest->dump_pattern = xml_attr(dumps, "pattern");
    guest->builder = xml_attr(build, "program");
    guest->build_timeout_s = xml_attr_int(build, "timeout-s", 0);
    guest->build_disk_mib = xml_attr_int(build, "disk-mib", 0);
    guest->file = g_strdup(xml_name(file));
    return guest;
}

bool guest_read(const char *path, Guest **ret_guest, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    if (!xml_read(path, "guest", &file, error))
        return false;
    *ret_guest = guest_from_xml(file);
    return true;
}

bool guest_parse(const char *text, gsize length, const char *path, Guest **ret_guest,
                 GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    if (!xml_parse(text, length, path, "guest", &file, error))
        return false;
    *ret_guest = guest_from_xml(file);
    return true;
}
