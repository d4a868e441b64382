/* SPDX-License-Identifier: GPL-2.0-or-later
 * A machine's libvirt domain XML.
 */
#include "host/domain-xml.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"
#define MEMORY_ID "truce-memory"

/* XML 1.0 allows no control characters but tab, newline and carriage return; none of them has a
 * place in a name or path of ours. */
static bool text_ok(const char *what, const char *text, GError **error)
{
    if (!text)
        return true;
    if (g_utf8_validate(text, -1, NULL)) {
        const char *at = text;
        while (*at && !g_unichar_iscntrl(g_utf8_get_char(at)) && g_utf8_get_char(at) != 0xFFFE &&
               g_utf8_get_char(at) != 0xFFFF)
            at = g_utf8_next_char(at);
        if (!*at)
            return true;
    }
    g_autofree char *shown = g_strescape(text, NULL);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "the %s \"%s\" of a machine holds characters that domain XML cannot", what, shown);
    return false;
}

static bool spec_ok(const DomainSpec *spec, GError **error)
{
    const struct {
        const char *what, *text;
    } texts[] = {
        {"state folder", spec->state_folder},
        {"name", spec->name},
        {"uuid", spec->uuid},
        {"disk", spec->disk},
        {"kernel", spec->kernel},
        {"initrd", spec->initrd},
        {"kernel command line", spec->cmdline},
        {"serial pipe", spec->serial_pipe},
        {"agent socket", spec->agent_socket},
        {"memory file", spec->memory_file},
        {"machine type", spec->guest->machine},
        {"cpu", spec->guest->cpu},
        {"vga", spec->guest->vga},
        {"disk bus", spec->guest->disk_bus},
        {"panic model", spec->guest->panic_model},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (!text_ok(texts[i].what, texts[i].text, error))
            return false;
    return true;
}

/* Adds <name key="value" …>; pairs end with NULL, and one whose value is NULL is left out. */
static xmlNode *add(xmlNode *parent, const char *name, ...)
{
    xmlNode *node = xmlNewChild(parent, NULL, BAD_CAST name, NULL);
    const char *key;
    va_list pairs;

    va_start(pairs, name);
    while ((key = va_arg(pairs, const char *))) {
        const char *value = va_arg(pairs, const char *);
        if (value)
            xmlNewProp(node, BAD_CAST key, BAD_CAST value);
    }
    va_end(pairs);
    return node;
}

static xmlNode *add_text(xmlNode *parent, const char *name, const char *text)
{
    return xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST text);
}

static void add_number(xmlNode *parent, const char *name, guint number)
{
    g_autofree char *text = g_strdup_printf("%u", number);
    add_text(parent, name, text);
}

static void add_identity(xmlNode *domain, const DomainSpec *spec)
{
    add_text(domain, "name", spec->name);
    add_text(domain, "uuid", spec->uuid);

    xmlNode *metadata = add(domain, "metadata", NULL);
    xmlNode *machine = add(metadata, "machine", "state", spec->state_folder, NULL);
    xmlSetNs(machine, xmlNewNs(machine, BAD_CAST DOMAIN_XML_NAMESPACE, BAD_CAST "truce"));

    g_autofree char *memory = g_strdup_printf("%u", spec->guest->memory_mib);
    xmlNode *node = add_text(domain, "memory", memory);
    xmlNewProp(node, BAD_CAST "unit", BAD_CAST "MiB");
    add_number(domain, "vcpu", spec->guest->vcpus);
}

static void add_os(xmlNode *domain, const DomainSpec *spec)
{
    xmlNode *os = add(domain, "os", NULL);
    xmlNode *type = add_text(os, "type", "hvm");

    xmlNewProp(type, BAD_CAST "arch", BAD_CAST "x86_64");
    xmlNewProp(type, BAD_CAST "machine", BAD_CAST spec->guest->machine);
    if (spec->kernel)
        add_text(os, "kernel", spec->kernel);
    if (spec->initrd)
        add_text(os, "initrd", spec->initrd);
    if (spec->cmdline)
        add_text(os, "cmdline", spec->cmdline);
    if (!spec->kernel)
        add(os, "boot", "dev", "hd", NULL);

    xmlNode *features = add(domain, "features", NULL);
    add(features, "acpi", NULL);
    add(features, "apic", NULL);
    /* Where Windows' fw_cfg driver leaves what machine_windows_dump() needs. */
    if (spec->guest->kind == GUEST_WINDOWS)
        add(features, "vmcoreinfo", "state", "on", NULL);
}

static void add_cpu(xmlNode *domain, const DomainSpec *spec)
{
    if (spec->accelerator == ACCELERATOR_KVM) {
        add(domain, "cpu", "mode", "host-passthrough", "check", "none", NULL);
    } else {
        xmlNode *cpu =
            add(domain, "cpu", "mode", "custom", "match", "exact", "check", "none", NULL);
        xmlNode *model = add_text(cpu, "model", spec->guest->cpu);
        xmlNewProp(model, BAD_CAST "fallback", BAD_CAST "forbid");
    }
    add(domain, "clock", "offset", "utc", NULL);
    add_text(domain, "on_poweroff", "destroy");
    add_text(domain, "on_reboot", "restart");
    add_text(domain, "on_crash", "preserve");
}

static void add_disk(xmlNode *devices, const DomainSpec *spec)
{
    const char *bus = spec->guest->disk_bus;
    const char *target = g_str_equal(bus, "virtio") ? "vda"
                         : g_str_equal(bus, "ide")  ? "hda"
                                                    : "sda";

    xmlNode *disk = add(devices, "disk", "type", "file", "device", "disk", NULL);
    /* `unsafe` drops the guest's flushes to the host's disk, which only a crash of the host would
     * miss; what the guest wrote survives the end of QEMU. `stop`: a full or broken disk of the
     * host pauses the guest and tells the lab, and is no fault that the products have to survive.
     */
    add(disk, "driver", "name", "qemu", "type", "qcow2", "cache", "unsafe", "error_policy", "stop",
        "discard", "unmap", NULL);
    add(disk, "source", "file", spec->disk, NULL);
    add(disk, "target", "dev", target, "bus", bus, NULL);
}

static void add_devices(xmlNode *domain, const DomainSpec *spec)
{
    const Guest *guest = spec->guest;
    xmlNode *devices = add(domain, "devices", NULL);

    add_disk(devices, spec);
    add(devices, "controller", "type", "usb", "index", "0", "model", "none", NULL);

    xmlNode *serial = add(devices, "serial", "type", "pipe", NULL);
    add(serial, "source", "path", spec->serial_pipe, NULL);
    add(serial, "target", "port", "0", NULL);

    if (spec->agent_socket) {
        xmlNode *channel = add(devices, "channel", "type", "unix", NULL);
        add(channel, "source", "mode", "bind", "path", spec->agent_socket, NULL);
        add(channel, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
    }

    xmlNode *video = add(devices, "video", NULL);
    /* QEMU's -vga std is libvirt's model 'vga'. */
    const char *model = g_strcmp0(guest->vga, "std") == 0 ? "vga" : guest->vga;
    add(video, "model", "type", model ? model : "none", NULL);
    if (guest->panic_model)
        add(devices, "panic", "model", guest->panic_model, NULL);
    add(devices, "memballoon", "model", "none", NULL);
}

static void add_argument(xmlNode *commandline, const char *value)
{
    xmlNode *arg = xmlNewChild(commandline, commandline->ns, BAD_CAST "arg", NULL);
    xmlNewProp(arg, BAD_CAST "value", BAD_CAST value);
}

/* libvirt has no XML for a memory file of a given name, nor for QEMU's own deferred migration. */
static void add_commandline(xmlNode *domain, const DomainSpec *spec)
{
    xmlNs *qemu = xmlNewNs(domain, BAD_CAST QEMU_NAMESPACE, BAD_CAST "qemu");
    xmlNode *commandline = xmlNewChild(domain, qemu, BAD_CAST "commandline", NULL);

    if (spec->memory_file) {
        g_autoptr(cJSON) object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "qom-type", "memory-backend-file");
        cJSON_AddStringToObject(object, "id", MEMORY_ID);
        cJSON_AddStringToObject(object, "mem-path", spec->memory_file);
        cJSON_AddBoolToObject(object, "share", spec->memory_shared);
        cJSON_AddNumberToObject(object, "size", (double)spec->guest->memory_mib * 1024 * 1024);
        g_autofree char *json = json_line(object);
        add_argument(commandline, "-object");
        add_argument(commandline, json);
        add_argument(commandline, "-machine");
        add_argument(commandline, "memory-backend=" MEMORY_ID);
    }
    if (spec->incoming) {
        add_argument(commandline, "-incoming");
        add_argument(commandline, "defer");
    }
}

bool domain_xml_build(const DomainSpec *spec, char **ret_xml, GError **error)
{
    if (!spec_ok(spec, error))
        return false;

    g_autoptr(xmlDoc) doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *domain = xmlNewNode(NULL, BAD_CAST "domain");
    xmlDocSetRootElement(doc, domain);
    xmlNewProp(domain, BAD_CAST "type",
               BAD_CAST(spec->accelerator == ACCELERATOR_KVM ? "kvm" : "qemu"));

    add_identity(domain, spec);
    add_os(domain, spec);
    add_cpu(domain, spec);
    add_devices(domain, spec);
    if (spec->memory_file || spec->incoming)
        add_commandline(domain, spec);

    xml_str text = NULL;
    int length = 0;
    xmlDocDumpFormatMemoryEnc(doc, &text, &length, "UTF-8", /* format */ 1);
    *ret_xml = g_strndup((const char *)text, (gsize)length);
    return true;
}

char *domain_xml_owner(const char *xml)
{
    g_autoptr(xmlDoc) doc =
        xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
        if (!xmlStrEqual(node->name, BAD_CAST "metadata"))
            continue;
        for (xmlNode *item = node->children; item; item = item->next) {
            if (!item->ns || !xmlStrEqual(item->ns->href, BAD_CAST DOMAIN_XML_NAMESPACE))
                continue;
            xml_str state = xmlGetProp(item, BAD_CAST "state");
            return g_strdup((const char *)state);
        }
    }
    return NULL;
}
