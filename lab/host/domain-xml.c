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
#define NETWORK_ID "truce-network"

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

static bool texts_ok(const char *what, const char *const *texts, GError **error)
{
    for (; texts && *texts; texts++)
        if (!text_ok(what, *texts, error))
            return false;
    return true;
}

static bool spec_ok(const DomainSpec *spec, GError **error)
{
    const struct {
        const char *what, *text;
    } texts[] = {
        {"owner", spec->owner},
        {"name", spec->name},
        {"uuid", spec->uuid},
        {"disk", spec->disk},
        {"kernel", spec->kernel},
        {"initrd", spec->initrd},
        {"kernel command line", spec->cmdline},
        {"serial pipe", spec->serial_pipe},
        {"serial file", spec->serial_file},
        {"agent socket", spec->agent_socket},
        {"memory file", spec->memory_file},
        {"mac", spec->mac},
        {"nvram", spec->nvram},
        {"data disk", spec->data_disk},
        {"machine type", spec->guest->machine},
        {"cpu", spec->guest->cpu},
        {"vga", spec->guest->vga},
        {"disk bus", spec->guest->disk_bus},
        {"panic model", spec->guest->panic_models},
        {"network", spec->guest->network},
        {"watchdog", spec->guest->watchdog},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (!text_ok(texts[i].what, texts[i].text, error))
            return false;
    return texts_ok("medium", spec->media, error) && texts_ok("disk", spec->disk_layers, error) &&
           texts_ok("data disk", spec->data_layers, error);
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
    xmlNode *machine = add(metadata, "machine", "state", spec->owner, NULL);
    xmlSetNs(machine, xmlNewNs(machine, BAD_CAST DOMAIN_XML_NAMESPACE, BAD_CAST "truce"));

    /* A new one with each start: a Windows guest that is a clone learns so that it is one, and
     * renews its random numbers (Microsoft, "Virtual Machine Generation ID"). Debian's cloud
     * kernel, the reference guest's, has no driver for it. */
    if (spec->guest->kind == GUEST_WINDOWS)
        add(domain, "genid", NULL);

    g_autofree char *memory = g_strdup_printf("%u", spec->guest->memory_mib);
    xmlNode *node = add_text(domain, "memory", memory);
    xmlNewProp(node, BAD_CAST "unit", BAD_CAST "MiB");
    add_number(domain, "vcpu", spec->guest->vcpus);
}

/* libvirt finds OVMF by what it must be able to do. SMM keeps the guest's kernel out of the
 * variables that secure boot relies on. */
static void add_firmware(xmlNode *os, const DomainSpec *spec)
{
    xmlNewProp(os, BAD_CAST "firmware", BAD_CAST "efi");
    xmlNode *firmware = add(os, "firmware", NULL);
    add(firmware, "feature", "enabled", "yes", "name", "enrolled-keys", NULL);
    add(firmware, "feature", "enabled", "yes", "name", "secure-boot", NULL);
    add(os, "loader", "secure", "yes", NULL);
    add_text(os, "nvram", spec->nvram);
}

static void add_boot(xmlNode *os, const DomainSpec *spec)
{
    if (spec->kernel)
        add_text(os, "kernel", spec->kernel);
    if (spec->initrd)
        add_text(os, "initrd", spec->initrd);
    if (spec->cmdline)
        add_text(os, "cmdline", spec->cmdline);
    if (spec->media)
        add(os, "boot", "dev", "cdrom", NULL);
    if (!spec->kernel)
        add(os, "boot", "dev", "hd", NULL);
}

/* What lets Windows idle at little cost and keep time. TCG has none of it. */
static void add_hyperv(xmlNode *features)
{
    static const char *const on[] = {"relaxed", "vapic", "vpindex",     "runtime",  "synic",
                                     "stimer",  "reset", "frequencies", "tlbflush", "ipi"};
    xmlNode *hyperv = add(features, "hyperv", "mode", "custom", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(on); i++)
        add(hyperv, on[i], "state", "on", NULL);
    add(hyperv, "spinlocks", "state", "on", "retries", "8191", NULL);
}

static void add_os(xmlNode *domain, const DomainSpec *spec)
{
    xmlNode *os = add(domain, "os", NULL);
    xmlNode *type = add_text(os, "type", "hvm");

    xmlNewProp(type, BAD_CAST "arch", BAD_CAST "x86_64");
    xmlNewProp(type, BAD_CAST "machine", BAD_CAST spec->guest->machine);
    if (spec->guest->secure_boot)
        add_firmware(os, spec);
    add_boot(os, spec);

    xmlNode *features = add(domain, "features", NULL);
    add(features, "acpi", NULL);
    add(features, "apic", NULL);
    if (spec->guest->hyperv && spec->accelerator == ACCELERATOR_KVM)
        add_hyperv(features);
    if (spec->guest->secure_boot)
        add(features, "smm", "state", "on", NULL);
    /* Where Windows' fw_cfg driver leaves what machine_windows_dump() needs. */
    if (spec->guest->kind == GUEST_WINDOWS)
        add(features, "vmcoreinfo", "state", "on", NULL);
}

static xmlNode *add_clock(xmlNode *domain, gint64 offset_s)
{
    if (offset_s == 0)
        return add(domain, "clock", "offset", "utc", NULL);
    g_autofree char *offset = g_strdup_printf("%" G_GINT64_FORMAT, offset_s);
    return add(domain, "clock", "offset", "variable", "adjustment", offset, "basis", "utc", NULL);
}

/* Windows counts its time in ticks of the RTC where it has no better: lost ones are made up for,
 * the PIT's are not, and the HPET, which it would prefer at a cost, is not there. With Hyper-V's it
 * needs none of these (virt-manager, virtinst/domain/clock.py; libvirt, "Time keeping"). The clock
 * is in UTC, and so is the guest's time zone: Windows takes the RTC for local time. */
static void add_timers(xmlNode *clock, const DomainSpec *spec)
{
    if (spec->guest->kind != GUEST_WINDOWS)
        return;
    add(clock, "timer", "name", "rtc", "tickpolicy", "catchup", NULL);
    add(clock, "timer", "name", "pit", "tickpolicy", "delay", NULL);
    add(clock, "timer", "name", "hpet", "present", "no", NULL);
    if (spec->guest->hyperv && spec->accelerator == ACCELERATOR_KVM)
        add(clock, "timer", "name", "hypervclock", "present", "yes", NULL);
}

/* QEMU makes each processor a socket of its own, of which a client edition of Windows uses no more
 * than two (libosinfo, issue 22). */
static void add_topology(xmlNode *cpu, const Guest *guest)
{
    g_autofree char *cores = g_strdup_printf("%u", guest->vcpus);

    if (guest->kind == GUEST_WINDOWS)
        add(cpu, "topology", "sockets", "1", "cores", cores, "threads", "1", NULL);
}

static void add_cpu(xmlNode *domain, const DomainSpec *spec)
{
    xmlNode *cpu;

    if (spec->accelerator == ACCELERATOR_KVM) {
        cpu = add(domain, "cpu", "mode", "host-passthrough", "check", "none", NULL);
    } else {
        cpu = add(domain, "cpu", "mode", "custom", "match", "exact", "check", "none", NULL);
        xmlNode *model = add_text(cpu, "model", spec->guest->cpu);
        xmlNewProp(model, BAD_CAST "fallback", BAD_CAST "forbid");
    }
    add_topology(cpu, spec->guest);
    add_timers(add_clock(domain, spec->clock_offset_s), spec);
    add_text(domain, "on_poweroff", "destroy");
    add_text(domain, "on_reboot", "restart");
    add_text(domain, "on_crash", "preserve");
}

/* libvirt looks for what is below a disk itself where it is not told, which takes a child process
 * of QEMU's user and a twentieth of a clone's time. */
static void add_layers(xmlNode *disk, const char *const *layers)
{
    xmlNode *upper = disk;

    if (!layers)
        return;
    for (; *layers; layers++) {
        upper = add(upper, "backingStore", "type", "file", NULL);
        add(upper, "format", "type", "qcow2", NULL);
        add(upper, "source", "file", *layers, NULL);
    }
    add(upper, "backingStore", NULL);
}

static void add_disk(xmlNode *devices, const DomainSpec *spec, const char *file,
                     const char *const *layers, const char *target, const char *bus)
{
    xmlNode *disk = add(devices, "disk", "type", "file", "device", "disk", NULL);

    /* `unsafe` drops the guest's flushes to the host's disk, which only a crash of the host would
     * miss; what the guest wrote survives the end of QEMU. `stop`: a full or broken disk of the
     * host pauses the guest and tells the lab, and is no fault that the products have to survive.
     * `detect_zeroes`: a guest that fills its disk with zeros fills no disk of the host.
     */
    add(disk, "driver", "name", "qemu", "type", "qcow2", "cache", "unsafe", "error_policy",
        spec->disk_errors ? "report" : "stop", "discard", "unmap", "detect_zeroes", "unmap", NULL);
    add(disk, "source", "file", file, NULL);
    add_layers(disk, layers);
    add(disk, "target", "dev", target, "bus", bus, NULL);
}

const char *domain_disk_target(const Guest *guest)
{
    return g_str_equal(guest->disk_bus, "virtio") ? "vda"
           : g_str_equal(guest->disk_bus, "ide")  ? "hda"
                                                  : "sda";
}

static const char *medium_bus(const Guest *guest)
{
    return g_str_equal(guest->machine, "q35") ? "sata" : "ide";
}

char *domain_medium_target(const Guest *guest, guint number)
{
    const char *bus = medium_bus(guest);
    /* A system disk on the same bus is the first there. */
    const bool shared = g_str_equal(guest->disk_bus, bus);

    return g_strdup_printf("%s%c", g_str_equal(bus, "sata") ? "sd" : "hd",
                           (char)('a' + number + (shared ? 1 : 0)));
}

static void add_disks(xmlNode *devices, const DomainSpec *spec)
{
    const char *bus = spec->guest->disk_bus;

    add_disk(devices, spec, spec->disk, spec->disk_layers, domain_disk_target(spec->guest), bus);
    if (spec->data_disk)
        add_disk(devices, spec, spec->data_disk, spec->data_layers,
                 g_str_equal(bus, "virtio") ? "vdb" : "vda", "virtio");
}

static void add_media(xmlNode *devices, const DomainSpec *spec)
{
    for (guint i = 0; spec->media && spec->media[i]; i++) {
        g_autofree char *target = domain_medium_target(spec->guest, i);
        xmlNode *disk = add(devices, "disk", "type", "file", "device", "cdrom", NULL);
        add(disk, "driver", "name", "qemu", "type", "raw", NULL);
        add(disk, "source", "file", spec->media[i], NULL);
        add(disk, "target", "dev", target, "bus", medium_bus(spec->guest), NULL);
        add(disk, "readonly", NULL);
    }
}

/* The agent's port: of virtio, or the second serial one. */
static void add_agent(xmlNode *devices, const DomainSpec *spec)
{
    if (spec->guest->channel == GUEST_CHANNEL_SERIAL) {
        xmlNode *serial = add(devices, "serial", "type", "unix", NULL);
        add(serial, "source", "mode", "bind", "path", spec->agent_socket, NULL);
        add(serial, "target", "port", "1", NULL);
        return;
    }
    /* Port 0 is a console's. Each port of a controller has two queues and each queue an event
     * descriptor: with libvirt's 31 ports QEMU's table of descriptors outgrows its first size when
     * the guest's processors start, for which Linux stops it until all processors have seen it. */
    add(devices, "controller", "type", "virtio-serial", "index", "0", "ports", "2", NULL);
    xmlNode *channel = add(devices, "channel", "type", "unix", NULL);

    if (spec->agent_socket)
        add(channel, "source", "mode", "bind", "path", spec->agent_socket, NULL);
    add(channel, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
}

/* The Hyper-V panic device is a CPU feature that only KVM has. */
static void add_panic(xmlNode *devices, const DomainSpec *spec)
{
    g_auto(GStrv) models =
        g_strsplit(spec->guest->panic_models ? spec->guest->panic_models : "", " ", 0);

    for (char **model = models; *model; model++)
        if (!g_str_equal(*model, "hyperv") || spec->accelerator == ACCELERATOR_KVM)
            add(devices, "panic", "model", *model, NULL);
}

static void add_serial(xmlNode *devices, const DomainSpec *spec)
{
    xmlNode *serial = add(devices, "serial", "type", spec->serial_pipe ? "pipe" : "file", NULL);

    if (spec->serial_pipe)
        add(serial, "source", "path", spec->serial_pipe, NULL);
    else
        add(serial, "source", "path", spec->serial_file, "append", "on", NULL);
    add(serial, "target", "port", "0", NULL);
}

static void add_devices(xmlNode *domain, const DomainSpec *spec)
{
    const Guest *guest = spec->guest;
    xmlNode *devices = add(domain, "devices", NULL);

    add_disks(devices, spec);
    add_media(devices, spec);
    add(devices, "controller", "type", "usb", "index", "0", "model", "none", NULL);

    add_serial(devices, spec);
    add_agent(devices, spec);

    xmlNode *video = add(devices, "video", NULL);
    /* QEMU's -vga std is libvirt's model 'vga'. */
    const char *model = g_strcmp0(guest->vga, "std") == 0 ? "vga" : guest->vga;
    add(video, "model", "type", model ? model : "none", NULL);
    if (guest->tpm) {
        xmlNode *tpm = add(devices, "tpm", "model", "tpm-crb", NULL);
        add(tpm, "backend", "type", "emulator", "version", "2.0", "persistent_state", "yes", NULL);
    }
    if (guest->watchdog)
        add(devices, "watchdog", "model", guest->watchdog, "action", "none", NULL);
    add_panic(devices, spec);
    add(devices, "memballoon", "model", "none", NULL);
}

static void add_argument(xmlNode *commandline, const char *value)
{
    xmlNode *arg = xmlNewChild(commandline, commandline->ns, BAD_CAST "arg", NULL);
    xmlNewProp(arg, BAD_CAST "value", BAD_CAST value);
}

static void add_memory_file(xmlNode *commandline, const DomainSpec *spec)
{
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

/* A hub with one port: a card whose cable is plugged in and leads nowhere. */
static void add_network(xmlNode *commandline, const DomainSpec *spec)
{
    const char *model = g_str_equal(spec->guest->network, "virtio") ? "virtio-net-pci" : "e1000e";
    g_autoptr(cJSON) hub = cJSON_CreateObject();
    g_autoptr(cJSON) card = cJSON_CreateObject();

    cJSON_AddStringToObject(hub, "type", "hubport");
    cJSON_AddStringToObject(hub, "id", NETWORK_ID);
    cJSON_AddNumberToObject(hub, "hubid", 0);
    cJSON_AddStringToObject(card, "driver", model);
    cJSON_AddStringToObject(card, "id", DOMAIN_XML_NETWORK_CARD);
    cJSON_AddStringToObject(card, "netdev", NETWORK_ID);
    cJSON_AddStringToObject(card, "mac", spec->mac ? spec->mac : "52:54:00:54:52:55");
    /* A slot that libvirt, which numbers from below, does not come to. */
    cJSON_AddStringToObject(card, "bus",
                            g_str_equal(spec->guest->machine, "q35") ? "pcie.0" : "pci.0");
    cJSON_AddStringToObject(card, "addr", "0x10");

    g_autofree char *hub_json = json_line(hub);
    g_autofree char *card_json = json_line(card);
    add_argument(commandline, "-netdev");
    add_argument(commandline, hub_json);
    add_argument(commandline, "-device");
    add_argument(commandline, card_json);
}

/* A libvirt daemon would make the files belong to QEMU's user and take them back, which the lab
 * does itself, and would keep QEMU from the memory file, which it does not know of. */
static void add_labels(xmlNode *domain, const DomainSpec *spec)
{
    g_autofree char *user = g_strdup_printf("+%u:+%u", spec->uid, spec->gid);
    xmlNode *dac = add(domain, "seclabel", "type", "static", "model", "dac", "relabel", "no", NULL);

    add_text(dac, "label", user);
    for (const char *const *model = spec->security_models; *model; model++)
        add(domain, "seclabel", "type", "none", "model", *model, NULL);
}

/* With this capability libvirt asks QEMU for each feature of the CPU, one by one, which cost two
 * thirds of a clone's time; without it, for all at once (libvirt, qemuProcessFetchGuestCPU).
 * libvirt's names of capabilities never change (qemu_capabilities.c). */
static void add_capabilities(xmlNode *domain, xmlNs *qemu)
{
    xmlNode *capabilities = xmlNewChild(domain, qemu, BAD_CAST "capabilities", NULL);
    xmlNode *del = xmlNewChild(capabilities, qemu, BAD_CAST "del", NULL);
    xmlNewProp(del, BAD_CAST "capability", BAD_CAST "cpu-unavailable-features");
}

/* What the guest's firmware says that its machine is (SMBIOS, type 1). libvirt gives it the
 * domain's UUID, a new one at each start: to a product that knows a machine by it, a clone that
 * restarts would be moved to other hardware. All machines of a guest have the same; a clone has its
 * template's in memory anyway. */
static void add_hardware(xmlNode *commandline, const DomainSpec *spec)
{
    g_autofree char *seed = g_strconcat("truce guest ", spec->guest->name, NULL);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);
    /* Of the version for everybody's own use (RFC 9562, 5.8). */
    g_autofree char *value = g_strdup_printf("type=1,uuid=%.8s-%.4s-8%.3s-8%.3s-%.12s", sum,
                                             sum + 8, sum + 12, sum + 15, sum + 18);
    add_argument(commandline, "-smbios");
    add_argument(commandline, value);
}

/* libvirt has no XML for a memory file of a given name, for QEMU's own deferred migration, for a
 * network card that is connected to nothing, nor for a machine that is not known by the domain's
 * UUID. */
static void add_commandline(xmlNode *domain, xmlNs *qemu, const DomainSpec *spec)
{
    xmlNode *commandline = xmlNewChild(domain, qemu, BAD_CAST "commandline", NULL);

    if (spec->memory_file)
        add_memory_file(commandline, spec);
    if (spec->guest->network)
        add_network(commandline, spec);
    if (spec->incoming) {
        add_argument(commandline, "-incoming");
        add_argument(commandline, "defer");
    }
    add_hardware(commandline, spec);
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
    if (spec->security_models)
        add_labels(domain, spec);
    xmlNs *qemu = xmlNewNs(domain, BAD_CAST QEMU_NAMESPACE, BAD_CAST "qemu");
    add_capabilities(domain, qemu);
    add_commandline(domain, qemu, spec);

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
