/* SPDX-License-Identifier: GPL-2.0-or-later
 * Domain XML: golden pairs (domain/<name>.xml), libvirt's own schema, hostile texts.
 *
 * TRUCE_TEST_REGENERATE=1 writes the golden files anew; review the difference.
 */
#include "host/domain-xml.h"

#include <string.h>

#include <libxml/parser.h>

#include "util/cleanup.h"
#include "util/error.h"

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"

static const Guest reference = {
    .name = "reference",
    .machine = "pc",
    .cpu = "Nehalem",
    .vcpus = 1,
    .memory_mib = 512,
    .vga = "vga",
    .disk = "disk.qcow2",
    .disk_bus = "virtio",
    .panic_models = "isa",
};
static const Guest networked = {
    .name = "networked",
    .machine = "pc",
    .cpu = "Nehalem",
    .vcpus = 1,
    .memory_mib = 512,
    .disk = "disk.qcow2",
    .disk_bus = "virtio",
    .network = "virtio",
};
static const Guest firmware = {
    .name = "reactos",
    .machine = "pc",
    .cpu = "Nehalem",
    .vcpus = 1,
    .memory_mib = 768,
    .vga = NULL,
    .disk = "disk.qcow2",
    .disk_bus = "ide",
    .panic_models = NULL,
};
static const Guest windows = {
    .name = "windows-server-2022",
    .kind = GUEST_WINDOWS,
    .machine = "q35",
    .cpu = "Nehalem",
    .vcpus = 2,
    .memory_mib = 4096,
    .vga = "std",
    .disk = "disk.qcow2",
    .disk_bus = "sata",
    .secure_boot = true,
    .tpm = true,
    .hyperv = true,
    .network = "e1000e",
    .watchdog = "i6300esb",
    .data_disk_gib = 8,
    .panic_models = "isa hyperv",
};
static const char *const media[] = {"/iso/windows.iso", "/iso/virtio-win.iso", "/iso/answer.iso",
                                    NULL};

static const char *const layers[] = {"/state/guests/reference/warm/disk.qcow2",
                                     "/state/guests/reference/disk.qcow2", NULL};
static const char *const none[] = {NULL};
static const char *const models[] = {"apparmor", NULL};

#define COMMON                                                                                     \
    .owner = "/state", .uuid = "00000000-0000-4000-8000-000000000001",                             \
    .disk = "/state/work/a/disk.qcow2", .serial_pipe = "/state/work/a/serial"
#define DIRECT_BOOT                                                                                \
    .kernel = "/state/guests/reference/vmlinuz", .initrd = "/state/guests/reference/initrd.img",   \
    .cmdline = "console=ttyS0 quiet panic=0", .agent_socket = "/state/work/a/agent"
#define WINDOWS                                                                                    \
    .nvram = "/state/work/a/nvram.fd", .data_disk = "/state/work/a/data.qcow2",                    \
    .agent_socket = "/state/work/a/agent"

static const struct {
    const char *golden;
    DomainSpec spec;
} cases[] = {
    {"boot", {COMMON, DIRECT_BOOT, .guest = &reference, .name = "truce-boot"}},
    {"kvm",
     {COMMON, DIRECT_BOOT, .guest = &reference, .name = "truce-kvm",
      .accelerator = ACCELERATOR_KVM}},
    {"template",
     {COMMON, DIRECT_BOOT, .guest = &reference, .name = "truce-template",
      .memory_file = "/state/work/a/memory", .memory_shared = true}},
    {"clone",
     {COMMON, DIRECT_BOOT, .guest = &reference, .name = "truce-clone", .disk_layers = layers,
      .memory_file = "/state/guests/reference/warm/memory", .incoming = true}},
    {"faulty",
     {COMMON, DIRECT_BOOT, .guest = &networked, .name = "truce-faulty", .disk_errors = true,
      .mac = "02:54:00:00:00:01", .clock_offset_s = -86400}},
    {"daemon",
     {COMMON, DIRECT_BOOT, .guest = &reference, .name = "truce-daemon", .uid = 64055, .gid = 107,
      .security_models = models}},
    {"elsewhere",
     {.guest = &reference,
      .name = "truce-elsewhere",
      .uuid = "00000000-0000-4000-8000-000000000001",
      .owner = "truce-0123456789ab-",
      .disk = "/var/lib/libvirt/truce/truce-0123456789ab-run-a-disk",
      .kernel = "/var/lib/libvirt/truce/truce-0123456789ab-00",
      .initrd = "/var/lib/libvirt/truce/truce-0123456789ab-01",
      .cmdline = "console=ttyS0 quiet panic=0",
      .serial_file = "/var/lib/libvirt/truce/truce-0123456789ab-run-a-serial"}},
    {"firmware", {COMMON, .guest = &firmware, .name = "truce-firmware"}},
    {"windows",
     {COMMON, WINDOWS, .guest = &windows, .name = "truce-windows", .disk_layers = layers,
      .data_layers = none}},
    {"windows-kvm",
     {COMMON, WINDOWS, .guest = &windows, .name = "truce-windows", .accelerator = ACCELERATOR_KVM}},
    {"windows-install",
     {COMMON, WINDOWS, .guest = &windows, .name = "truce-install", .media = media}},
    {"hostile",
     {.guest = &reference,
      .name = "a<b>&amp;\"'\xC3\xA9</name>",
      .uuid = "00000000-0000-4000-8000-000000000001",
      .owner = "/st\"ate</metadata>",
      .disk = "/a,b=c/<disk>&.qcow2",
      .serial_pipe = "/a'/>\"serial",
      .agent_socket = "/a,server=off/agent",
      .memory_file = "/a,share=on,\"id\":\"x\\/memory"}},
};

static void test_golden(gconstpointer data)
{
    const gsize i = GPOINTER_TO_SIZE(data);
    g_autofree char *file = g_strconcat(cases[i].golden, ".xml", NULL);
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, "domain", file, NULL);
    g_autofree char *xml = NULL, *golden = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(domain_xml_build(&cases[i].spec, &xml, &error));
    g_assert_no_error(error);
    if (g_getenv("TRUCE_TEST_REGENERATE"))
        g_assert_true(g_file_set_contents(path, xml, -1, NULL));
    g_assert_true(g_file_get_contents(path, &golden, NULL, NULL));
    g_assert_cmpstr(xml, ==, golden);
}

static xmlDoc *parse(const char *xml)
{
    return xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
}

/* Every text must come back from a parser as it went in: nothing escaped its place. */
static void test_hostile_reads_back(void)
{
    const DomainSpec *spec = &cases[G_N_ELEMENTS(cases) - 1].spec;
    g_autofree char *xml = NULL;

    g_assert_true(domain_xml_build(spec, &xml, NULL));
    g_autoptr(xmlDoc) doc = parse(xml);
    g_assert_nonnull(doc);
    xmlNode *root = xmlDocGetRootElement(doc);
    g_assert_cmpuint(xmlChildElementCount(root), ==, 15);
    xml_str name = xmlNodeGetContent(xmlFirstElementChild(root));
    g_assert_cmpstr((const char *)name, ==, spec->name);
    g_autofree char *owner = domain_xml_owner(xml);
    g_assert_cmpstr(owner, ==, spec->owner);

    xmlNode *arguments = xmlLastElementChild(root);
    xmlNode *object = xmlNextElementSibling(xmlFirstElementChild(arguments));
    xml_str json = xmlGetProp(object, BAD_CAST "value");
    g_autoptr(cJSON) value = cJSON_Parse((const char *)json);
    const cJSON *path = cJSON_GetObjectItemCaseSensitive(value, "mem-path");
    g_assert_cmpstr(cJSON_GetStringValue(path), ==, spec->memory_file);
    g_assert_false(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(value, "share")));
}

static void test_schema(void)
{
    if (!g_file_test(SCHEMA, G_FILE_TEST_EXISTS)) {
        g_test_skip("libvirt's schema is not installed: " SCHEMA);
        return;
    }
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(SCHEMA);
    g_autoptr(xmlRelaxNG) schema = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    g_assert_nonnull(schema);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = NULL;
        /* Its names and paths are wilder than libvirt's schema allows. */
        if (g_str_equal(cases[i].golden, "hostile"))
            continue;
        g_assert_true(domain_xml_build(&cases[i].spec, &xml, NULL));
        g_autoptr(xmlDoc) doc = parse(xml);
        xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
        int result = xmlRelaxNGValidateDoc(context, doc);
        xmlRelaxNGFreeValidCtxt(context);
        if (result != 0)
            g_error("%s.xml is not valid by libvirt's schema", cases[i].golden);
    }
}

static void test_refuses(void)
{
    static const char *const names[] = {"bell\a", "new\nline", "\xFF\xFE", "\xEF\xBF\xBE"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        DomainSpec spec = {COMMON, .guest = &reference, .name = names[i]};
        g_autofree char *xml = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(domain_xml_build(&spec, &xml, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_null(xml);
    }
}

static void test_owner(void)
{
    static const char *const others[] = {
        "",
        "<domain",
        "<domain/>",
        "<domain><metadata/></domain>",
        "<domain><metadata><machine state='/state'/></metadata></domain>",
        "<domain><metadata><x:machine xmlns:x='urn:else' state='/state'/></metadata></domain>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_null(domain_xml_owner(others[i]));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/domain-xml/golden/", cases[i].golden, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_golden);
    }
    g_test_add_func("/domain-xml/hostile-reads-back", test_hostile_reads_back);
    g_test_add_func("/domain-xml/schema", test_schema);
    g_test_add_func("/domain-xml/refuses", test_refuses);
    g_test_add_func("/domain-xml/owner", test_owner);
    return g_test_run();
}
