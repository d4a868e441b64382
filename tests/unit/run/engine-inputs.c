/* SPDX-License-Identifier: GPL-2.0-or-later
 * A lab in a scratch folder.
 */
#include "engine-inputs.h"

#include <unistd.h>

#include "util/files.h"

static const char vendor_xml[] =
    "<vendor name='alpha' format='1'><title>Alpha</title><description>A test.</description>"
    "<driver name='alpha' file='alpha.sys' path='C:\\Windows\\System32\\drivers\\alpha.sys'"
    " start='system'/>"
    "<content-folder path='C:\\Alpha'/>"
    "<product version='1.0'><package file='alpha.msi'/>"
    "<install timeout-s='5'><run>msiexec.exe /i {package}</run><exit ok='0' "
    "reboot='3010 1641'/></install>"
    "<uninstall timeout-s='5'><run>msiexec.exe /x {package}</run><exit "
    "ok='0'/></uninstall></product>"
    "<content version='1' file='alpha.msi' default='yes'/>"
    "<content version='3' file='content-3.bin'/>"
    "<content-update timeout-s='1'><run>alpha-ctl.exe update {file}</run>"
    "<exit ok='0' refused='5'/></content-update>"
    "<probe name='alive' kind='alive' timeout-s='1'><run>alpha-ctl.exe status</run><exit ok='0'/>"
    "</probe>"
    "<probe name='detects' kind='detection' within-s='1'>"
    "<drop path='C:\\Watched\\marker.txt'>MARK</drop><gone path='C:\\Watched\\marker.txt'/>"
    "<present path='C:\\Quarantine\\marker.txt'/></probe>"
    "<recovery><delete path='C:\\Alpha\\content-3.bin'/>"
    "<delete path='C:\\Alpha\\c-0291*.sys'/></recovery></vendor>";

static const char guest_xml[] =
    "<guest name='reference' kind='reference' format='1'><title>Fake</title>"
    "<limits>It is a fake.</limits>"
    "<machine type='pc' cpu='Nehalem' vcpus='1' memory-mib='64' vga='std'/>"
    "<disk file='disk.qcow2' bus='virtio'/><agent channel='virtio'/><panic model='isa'/>"
    "<ready timeout-s='1'/><dumps folder='C:\\Windows\\Minidump' pattern='*.dmp'/>"
    "<build program='build' timeout-s='1' disk-mib='1'/></guest>";

static void put(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static const char *more_vendors;

void engine_inputs_vendors(const char *names)
{
    more_vendors = names;
}

static const char *guest_kind;

void engine_inputs_kind(const char *kind)
{
    guest_kind = kind;
}

static bool guest_is_patient;

void engine_inputs_patient(void)
{
    guest_is_patient = true;
}

static void put_guest(const char *folder)
{
    g_autoptr(GString) xml = g_string_new(guest_xml);
    g_autofree char *kind = g_strdup_printf("kind='%s'", guest_kind ? guest_kind : "reference");

    g_string_replace(xml, "kind='reference'", kind, 1);
    if (guest_is_patient)
        g_string_replace(xml, "<ready timeout-s='1'/>", "<ready timeout-s='30'/>", 1);
    put(folder, "guests/reference/guest.xml", xml->str);
    guest_kind = NULL;
}

static void put_alpha(const char *folder)
{
    g_autoptr(GString) xml = g_string_new(vendor_xml);

    if (guest_is_patient)
        g_string_replace(xml, "within-s='1'", "within-s='30'", 1);
    put(folder, "vendors/alpha/vendor.xml", xml->str);
    put(folder, "vendors/alpha/alpha.msi", "package");
    put(folder, "vendors/alpha/content-3.bin", "content");
}

static bool has_diskspd;

void engine_inputs_diskspd(void)
{
    has_diskspd = true;
}

static void put_diskspd(const char *folder, Lab *lab)
{
    if (!has_diskspd)
        return;
    put(folder, "tools/diskspd.exe", "stand-in");
    lab->tools_folder = g_build_filename(folder, "tools", NULL);
    has_diskspd = false;
}

static const char *licence;

void engine_inputs_licence(const char *value)
{
    licence = value;
}

/* The pack with the secret in its commands, beside the file's path. */
static char *licensed(const char *pack)
{
    g_autoptr(GString) xml = g_string_new(pack);

    g_string_replace(xml, "{package}<", "{package} KEY={secret:licence}<", 0);
    g_string_replace(xml, "{file}<", "{file} {secret:licence}<", 0);
    g_string_replace(xml, "'content-3.bin'/", "'content-3.bin' secrets='yes'/", 0);
    return g_strdup(xml->str);
}

static void put_lab(const char *folder)
{
    g_autofree char *pack = licensed(vendor_xml);

    put(folder, "lab.xml", "<lab format='1'><secret name='licence' file='outside/licence'/></lab>");
    put(folder, "outside/licence", licence);
    put(folder, "vendors/alpha/vendor.xml", pack);
    put(folder, "vendors/alpha/content-3.bin", "key={secret:licence}\n");
}

#define PRODUCT(version, file)                                                                     \
    "<product version='" version "'><package file='" file "'/>"                                    \
    "<install timeout-s='5'><run>msiexec.exe /i {package}</run><exit ok='0'/></install>"           \
    "<uninstall timeout-s='5'><run>msiexec.exe /x {package}</run><exit ok='0'/></uninstall>"       \
    "</product>"

/* A pack of its own, without a probe for detection. */
static void put_vendor(const char *folder, const char *name)
{
    g_autofree char *file = g_strdup_printf("vendors/%s/vendor.xml", name);
    g_autofree char *package = g_strdup_printf("vendors/%s/%s.msi", name, name);
    g_autofree char *newer = g_strdup_printf("vendors/%s/%s-1.1.msi", name, name);
    g_autofree char *xml = g_strdup_printf(
        "<vendor name='%s' format='1'><title>T</title><description>A test.</description>"
        "<driver name='%s' file='%s.sys' path='C:\\Windows\\System32\\drivers\\%s.sys'"
        " start='system'/><content-folder path='C:\\%s'/>" PRODUCT("1.0", "%s.msi") PRODUCT(
            "1.1", "%s-1.1.msi") "<content version='1' file='%s.msi' default='yes'/>"
                                 "<content version='2' file='content-2.bin'/><content version='3' "
                                 "file='content-3.bin'/>"
                                 "<content-update timeout-s='1'><run>%s-ctl.exe update "
                                 "{file}</run><exit ok='0'/>"
                                 "</content-update><probe name='alive' kind='alive' timeout-s='1'>"
                                 "<run>%s-ctl.exe status</run><exit ok='0'/></probe></vendor>",
        name, name, name, name, name, name, name, name, name, name);
    put(folder, file, xml);
    put(folder, package, "package");
    put(folder, newer, "newer package");
    for (guint i = 2; i <= 3; i++) {
        g_autofree char *content = g_strdup_printf("vendors/%s/content-%u.bin", name, i);
        put(folder, content, "content");
    }
}

static void put_vendors(const char *folder)
{
    g_auto(GStrv) names = g_strsplit(more_vendors ? more_vendors : "", " ", -1);

    for (guint i = 0; more_vendors && names[i]; i++)
        put_vendor(folder, names[i]);
    more_vendors = NULL;
}

void engine_inputs_make(EngineInputs *ret_inputs, const char *scenario_xml)
{
    g_autoptr(GError) error = NULL;
    EngineInputs made = {.folder = g_dir_make_tmp("truce-engine-XXXXXX", NULL)};

    put_alpha(made.folder);
    put_vendors(made.folder);
    if (licence)
        put_lab(made.folder);
    put_guest(made.folder);
    guest_is_patient = false;
    put(made.folder, "scenario.xml", scenario_xml);
    made.run = g_build_filename(made.folder, "run", NULL);
    g_assert_cmpint(g_mkdir_with_parents(made.run, 0700), ==, 0);

    g_autofree char *lab = licence ? g_build_filename(made.folder, "lab.xml", NULL) : NULL;
    licence = NULL;
    lab_read(lab, &made.lab, &error);
    g_assert_no_error(error);
    lab_hide(made.lab, false, &error);
    g_assert_no_error(error);
    g_free(made.lab->state_folder);
    made.lab->state_folder = g_strdup(made.folder);
    g_free(made.lab->guest_recipes);
    made.lab->guest_recipes = g_build_filename(made.folder, "guests", NULL);
    g_ptr_array_insert(made.lab->vendor_folders, 0, g_build_filename(made.folder, "vendors", NULL));
    put_diskspd(made.folder, made.lab);
    g_autofree char *scenario = g_build_filename(made.folder, "scenario.xml", NULL);
    inputs_read(made.lab, scenario, &made.inputs, &error);
    g_assert_no_error(error);
    g_assert_true(plan_make(made.inputs, &made.plan, &error));
    *ret_inputs = made;
}

static char *shipped; /* TRUCE_SHARE without them */

void engine_inputs_tools(const EngineInputs *inputs)
{
    static const char *const tools[] = {"truce-stress.exe", "truce-look.exe"};
    const char *real = g_getenv("TRUCE_SHARE"), *name;
    g_autofree char *share = g_build_filename(inputs->folder, "share", NULL);
    g_autoptr(GDir) dir = g_dir_open(real, 0, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *path = g_build_filename("tools", tools[i], NULL);
        put(share, path, "MZ");
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *from = g_build_filename(real, name, NULL);
        g_autofree char *to = g_build_filename(share, name, NULL);
        if (!g_str_equal(name, "tools"))
            g_assert_cmpint(symlink(from, to), ==, 0);
    }
    shipped = g_strdup(real);
    g_setenv("TRUCE_SHARE", share, TRUE);
}

void engine_inputs_clear(EngineInputs *inputs)
{
    if (shipped)
        g_setenv("TRUCE_SHARE", shipped, TRUE);
    g_clear_pointer(&shipped, g_free);
    plan_free(inputs->plan);
    inputs_free(inputs->inputs);
    lab_free(inputs->lab);
    g_assert_true(files_remove_tree(inputs->folder, NULL));
    g_free(inputs->folder);
    g_free(inputs->run);
}
