/* SPDX-License-Identifier: GPL-2.0-or-later
 * The file formats: good/<x>.xml must become good/<x>.out, wrong/<x>.xml must fail with the
 * message in wrong/<x>.err. TRUCE_TEST_REGENERATE=1 writes the expected files anew; review the
 * diff.
 *
 * lab/ holds the guests and vendor packs that the scenarios name.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "dump.h"
#include "model/check.h"
#include "model/placeholder.h"
#include "util/error.h"
#include "util/files.h"

/* The folders of this machine do not belong into expected files. */
static char *without_folders(const char *text)
{
    g_autofree char *share = files_share_path(NULL);
    GString *result = g_string_new(text);

    g_string_replace(result, TRUCE_TEST_DATA, "@DATA@", 0);
    g_string_replace(result, share, "@SHARE@", 0);
    return g_string_free(result, FALSE);
}

static void compare(const char *folder, const char *name, const char *extension, const char *text)
{
    g_autofree char *base = g_strndup(name, strlen(name) - strlen(".xml"));
    g_autofree char *file = g_strconcat(base, extension, NULL);
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, folder, file, NULL);
    g_autofree char *actual = without_folders(text);
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;

    if (g_getenv("TRUCE_TEST_REGENERATE"))
        g_file_set_contents(path, actual, -1, &error);
    g_assert_no_error(error);
    g_file_get_contents(path, &expected, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(actual, ==, expected);
}

static Lab *make_lab(void)
{
    static LabSecret licence = {.name = (char *)"licence", .environment = (char *)"NOT_SET"};
    Lab *lab = g_new0(Lab, 1);

    lab->state_folder = g_strdup("/nowhere");
    lab->vendor_folders = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(lab->vendor_folders, g_strdup(TRUCE_TEST_DATA "/lab/vendors"));
    lab->secrets = g_ptr_array_new();
    g_ptr_array_add(lab->secrets, &licence);
    lab->names = g_ptr_array_new();
    lab->guest_recipes = g_strdup(TRUCE_TEST_DATA "/lab/guests");
    return lab;
}

static char *dump_file(const char *name, GError **error)
{
    g_autoptr(Guest) guest = NULL;
    g_autoptr(Vendor) vendor = NULL;
    g_autoptr(Scenario) scenario = NULL;
    g_autoptr(LoadProfile) profile = NULL;
    g_autoptr(Lab) lab = NULL;

    if (g_str_has_prefix(name, "guest"))
        return guest_read(name, &guest, error) ? dump_guest(guest) : NULL;
    if (g_str_has_prefix(name, "vendor"))
        return vendor_read(name, &vendor, error) ? dump_vendor(vendor) : NULL;
    if (g_str_has_prefix(name, "scenario"))
        return scenario_read(name, &scenario, error) ? dump_scenario(scenario) : NULL;
    if (g_str_has_prefix(name, "load"))
        return load_profile_read(name, &profile, error) ? dump_load_profile(profile) : NULL;
    return lab_read(name, &lab, error) ? dump_lab(lab) : NULL;
}

static void test_good(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Lab) lab = make_lab();
    g_autofree char *summary = NULL;

    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA "/good"), ==, 0);
    g_autofree char *dump = dump_file(name, &error);
    g_assert_no_error(error);
    check_file(lab, name, &summary, &error);
    g_assert_no_error(error);
    g_autofree char *text = g_strconcat(summary, "\n\n", dump, NULL);
    compare("good", name, ".out", text);
}

static void test_wrong(gconstpointer data)
{
    const char *name = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Lab) lab = make_lab();
    char *summary = NULL;

    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA "/wrong"), ==, 0);
    g_assert_false(check_file(lab, name, &summary, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(summary);
    g_assert_null(strchr(error->message, '\n'));
    g_autofree char *text = g_strconcat(error->message, "\n", NULL);
    compare("wrong", name, ".err", text);
}

static void add_folder(const char *folder, GTestDataFunc test)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    g_assert_nonnull(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *test_path = g_strdup_printf("/model/%s/%s", folder, name);
        if (g_str_has_suffix(name, ".xml"))
            g_test_add_data_func_full(test_path, g_strdup(name), test, g_free);
    }
}

static void test_wrong_kind(void)
{
    g_autoptr(GError) error = NULL;
    Vendor *vendor = NULL;

    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA "/good"), ==, 0);
    g_assert_false(vendor_read("guest.xml", &vendor, &error));
    g_assert_cmpstr(error->message, ==,
                    "guest.xml:1:1: the document element is 'guest'; it must be 'vendor'");
    g_clear_error(&error);
    g_assert_false(vendor_read("absent.xml", &vendor, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(vendor_read(".", &vendor, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_names(void)
{
    g_autoptr(Lab) lab = make_lab();
    g_autoptr(GPtrArray) guests = lab_guest_names(lab);
    g_autoptr(GPtrArray) vendors = lab_vendor_names(lab);
    g_autoptr(GError) error = NULL;
    Vendor *vendor = NULL;

    g_assert_cmpuint(guests->len, ==, 4);
    g_assert_cmpstr(g_ptr_array_index(guests, 0), ==, "damaged");
    g_assert_cmpuint(vendors->len, ==, 4);
    g_assert_cmpstr(g_ptr_array_index(vendors, 3), ==, "plain");
    g_assert_false(lab_vendor(lab, "../vendors/plain", &vendor, &error));
    g_assert_cmpstr(error->message, ==,
                    "vendor '../vendors/plain' does not exist (known here: acme, bolt, clash, "
                    "plain)");
}

static void test_look_up(void)
{
    g_autoptr(Vendor) vendor = NULL;
    g_autoptr(GError) error = NULL;

    vendor_read(TRUCE_TEST_DATA "/good/vendor.xml", &vendor, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(vendor_product(vendor, NULL)->version, ==, "1.0");
    g_assert_cmpstr(vendor_product(vendor, "1.1")->version, ==, "1.1");
    g_assert_null(vendor_product(vendor, "1.2"));
    g_assert_cmpstr(vendor_content(vendor, NULL)->version, ==, "2");
    g_assert_null(vendor_content(vendor, "3"));
    g_assert_cmpstr(vendor_module(vendor, "ACME.SYS")->name, ==, "acme");
    g_assert_null(vendor_module(vendor, "acme"));

    const VendorCommand *install = &vendor_product(vendor, NULL)->install;
    g_assert_cmpint(vendor_command_outcome(install, 0), ==, COMMAND_OK);
    g_assert_cmpint(vendor_command_outcome(install, 1641), ==, COMMAND_REBOOT);
    g_assert_cmpint(vendor_command_outcome(install, 1603), ==, COMMAND_FAILED);
    g_assert_cmpint(vendor_command_outcome(&vendor->content_update, 6), ==, COMMAND_REFUSED);
}

static void test_what_steps_become(void)
{
    g_autoptr(Scenario) scenario = NULL;
    g_autoptr(GError) error = NULL;

    scenario_read(TRUCE_TEST_DATA "/good/scenario.xml", &scenario, &error);
    g_assert_no_error(error);
    const Test *test = g_ptr_array_index(scenario->tests, 2);
    const char *const expected[] = {"10-1", "11-1", "20-2", "21-2"};
    g_autoptr(GPtrArray) texts = test_expansions(test, NULL, "{content}{minor}-{content}");
    g_assert_cmpuint(texts->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(g_ptr_array_index(texts, i), ==, expected[i]);
    g_autoptr(GPtrArray) same = test_expansions(test, NULL, "{other}");
    g_assert_cmpuint(same->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(same, 0), ==, "{other}");
    g_assert_cmpuint(test_cases(g_ptr_array_index(scenario->tests, 0), 1), >, 0);
}

static void test_placeholders(void)
{
    static const struct {
        const char *text;
        const char *expanded;
    } pairs[] = {
        {"", ""},
        {"{a}", "1"},
        {"x{a}{a}y{b-2}", "x11y22"},
        {"{absent} {a", "{absent} {a"},
        {"{{a}}", "{1}"},
        {"{A} {} { a } {2}", "{A} {} { a } {2}"},
        {"{abcdef01-0000-0000-0000-000000000000}", "{abcdef01-0000-0000-0000-000000000000}"},
    };
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);

    g_hash_table_insert(values, (char *)"a", (char *)"1");
    g_hash_table_insert(values, (char *)"b-2", (char *)"22");
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *expanded = placeholder_expand(pairs[i].text, values);
        g_assert_cmpstr(expanded, ==, pairs[i].expanded);
    }
    g_autoptr(GPtrArray) names = placeholder_names("{a}{abcdef01-0000-0000-0000-000000000000}{x}");
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(names, 1), ==, "x");
}

int main(int argc, char **argv)
{
    g_autofree char *share = g_build_filename(g_getenv("TRUCE_BINARY_DIR"), "share", "truce", NULL);

    g_test_init(&argc, &argv, NULL);
    g_setenv("TRUCE_SHARE", share, TRUE);
    g_setenv("TRUCE_STATE", "/state", TRUE);
    add_folder("good", test_good);
    add_folder("wrong", test_wrong);
    g_test_add_func("/model/wrong-kind", test_wrong_kind);
    g_test_add_func("/model/names", test_names);
    g_test_add_func("/model/look-up", test_look_up);
    g_test_add_func("/model/what-steps-become", test_what_steps_become);
    g_test_add_func("/model/placeholders", test_placeholders);
    return g_test_run();
}
