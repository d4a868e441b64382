/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario with the guests and vendor packs that it names, checked against each other.
 */
#include "model/lab.h"

#include "model/damage.h"
#include "model/load-profile.h"
#include "util/error.h"

void inputs_free(Inputs *inputs)
{
    if (!inputs)
        return;
    scenario_free(inputs->scenario);
    g_hash_table_unref(inputs->guests);
    g_hash_table_unref(inputs->vendors);
    requirements_free(inputs->requirements);
    g_free(inputs);
}

static bool knows(GPtrArray *names, const char *name)
{
    g_autoptr(GPtrArray) owned = names;
    return g_ptr_array_find_with_equal_func(owned, name, g_str_equal, NULL);
}

/* Guests */

/* What the scenario says of the guest besides its name. */
static bool take_boot_mode(const Scenario *scenario, guint number, Guest *guest, GError **error)
{
    Place place = g_array_index(scenario->guest_places, Place, number);

    guest->boot_loop = g_array_index(scenario->guest_loops, bool, number);
    if (!guest->boot_loop || guest->kind == GUEST_WINDOWS)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "%s:%u:%u: guest '%s' is no Windows: only one has a boot mode to choose",
                scenario->file, place.line, place.column, guest->name);
    return false;
}

static bool read_guests(const Lab *lab, Inputs *inputs, GError **error)
{
    const Scenario *scenario = inputs->scenario;

    for (guint i = 0; i < scenario->guests->len; i++) {
        const char *name = g_ptr_array_index(scenario->guests, i);
        Place place = g_array_index(scenario->guest_places, Place, i);
        Guest *guest = NULL;
        if (!lab_guest(lab, name, &guest, error)) {
            if (!knows(lab_guest_names(lab), name))
                g_prefix_error(error, "%s:%u:%u: ", scenario->file, place.line, place.column);
            return false;
        }
        g_hash_table_insert(inputs->guests, g_strdup(name), guest);
        if (!take_boot_mode(scenario, i, guest, error))
            return false;
    }
    return true;
}

/* Vendors */

static bool read_vendor(const Lab *lab, Inputs *inputs, const char *name, const VendorSet *set,
                        const char *file, GError **error)
{
    Vendor *vendor = NULL;

    if (g_hash_table_contains(inputs->vendors, name))
        return true;
    if (!(inputs->scenario->shipped_packs ? lab_vendor_shipped : lab_vendor)(lab, name, &vendor,
                                                                             error)) {
        if (!knows(lab_vendor_names(lab), name))
            g_prefix_error(error, "%s:%u:%u: ", file, set->line, set->column);
        return false;
    }
    g_hash_table_insert(inputs->vendors, g_strdup(name), vendor);
    return true;
}

static bool read_vendor_set(const Lab *lab, Inputs *inputs, const VendorSet *set, const char *file,
                            GError **error)
{
    g_autoptr(GPtrArray) together = g_ptr_array_new();

    for (guint i = 0; i < set->install->len; i++) {
        const char *name = g_ptr_array_index(set->install, i);
        if (!read_vendor(lab, inputs, name, set, file, error))
            return false;
        g_ptr_array_add(together, g_hash_table_lookup(inputs->vendors, name));
    }
    return vendors_check_together(together, error);
}

/* Steps: what they name must be in the pack */

typedef struct {
    const Inputs *inputs;
    const Test *test;
    const VendorSet *set;
} StepCheck;

static bool fail_step(const StepCheck *check, const Step *step, const Vendor *vendor,
                      const char *lacks, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%u: vendor '%s' has no %s (%s)",
                check->test->file, step->line, step->column, vendor->name, lacks, vendor->file);
    return false;
}

static bool check_versions(const StepCheck *check, const Step *step, const Vendor *vendor,
                           GError **error)
{
    g_autoptr(GPtrArray) products =
        test_expansions(check->test, vendor->name, step->product ? step->product : "");
    g_autoptr(GPtrArray) contents =
        test_expansions(check->test, vendor->name, step->content ? step->content : "");
    g_autofree char *lacks = NULL;

    for (guint i = 0; step->product && !lacks && i < products->len; i++)
        if (!vendor_product(vendor, g_ptr_array_index(products, i)))
            lacks = g_strdup_printf("product '%s'", (char *)g_ptr_array_index(products, i));
    for (guint i = 0; step->content && !lacks && i < contents->len; i++)
        if (!vendor_content(vendor, g_ptr_array_index(contents, i)))
            lacks = g_strdup_printf("content '%s'", (char *)g_ptr_array_index(contents, i));
    return !lacks || fail_step(check, step, vendor, lacks, error);
}

static bool has_probe(const Vendor *vendor, ProbeKind kind)
{
    for (guint i = 0; i < vendor->probes->len; i++)
        if (((const VendorProbe *)g_ptr_array_index(vendor->probes, i))->kind == kind)
            return true;
    return false;
}

static bool can_uninstall(const Vendor *vendor)
{
    for (guint i = 0; i < vendor->products->len; i++)
        if (!((const VendorProduct *)g_ptr_array_index(vendor->products, i))->uninstall.run)
            return false;
    return true;
}

/* Whether the pack says what the damage of an update must know. */
static bool check_damage(const StepCheck *check, const Step *step, const Vendor *vendor,
                         GError **error)
{
    const VendorContentFormat *format = &vendor->content_format;
    g_autoptr(GPtrArray) words =
        test_expansions(check->test, vendor->name, step->damage ? step->damage : "");
    Damage damage;

    for (guint i = 0; step->damage && i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        if (!damage_parse(word, &damage) || !damage_needs_format(&damage) ||
            (format->known && (!damage.sealed || format->seal)))
            continue;
        g_autofree char *lacks = g_strdup_printf("'content-format'%s, which damage '%s' needs",
                                                 damage.sealed ? " with a 'seal'" : "", word);
        return fail_step(check, step, vendor, lacks, error);
    }
    return true;
}

static bool check_step_of(const StepCheck *check, const Step *step, const char *name,
                          GError **error)
{
    const Vendor *vendor = g_hash_table_lookup(check->inputs->vendors, name);

    if ((step->kind == STEP_UPDATE || step->kind == STEP_ROLLBACK) && step->content &&
        !vendor->content_update.run)
        return fail_step(check, step, vendor, "'content-update'", error);
    if (step->kind == STEP_UPDATE && step->expect == EXPECT_REFUSED &&
        vendor->content_update.refused->len == 0)
        return fail_step(check, step, vendor, "exit code for 'refused' in its 'content-update'",
                         error);
    if (step->kind == STEP_PROBE && !has_probe(vendor, PROBE_ALIVE))
        return fail_step(check, step, vendor, "probe of kind 'alive'", error);
    if (step->kind == STEP_DETECT && !has_probe(vendor, PROBE_DETECTION))
        return fail_step(check, step, vendor, "probe of kind 'detection'", error);
    bool removes = step->kind == STEP_UNINSTALL || (step->kind == STEP_ROLLBACK && step->product);
    if (removes && !can_uninstall(vendor))
        return fail_step(check, step, vendor, "'uninstall' for each of its products", error);
    return check_versions(check, step, vendor, error) && check_damage(check, step, vendor, error);
}

static bool check_steps(const StepCheck *check, const GPtrArray *steps, GError **error)
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        bool each = g_strcmp0(step->vendor, "each") == 0;
        if (step->vendor && !each && !check_step_of(check, step, step->vendor, error))
            return false;
        for (guint j = 0; each && j < check->set->install->len; j++)
            if (!check_step_of(check, step, g_ptr_array_index(check->set->install, j), error))
                return false;
        if (step->steps && !check_steps(check, step->steps, error))
            return false;
    }
    return true;
}

static bool read_vendors(const Lab *lab, Inputs *inputs, GError **error)
{
    const GPtrArray *tests = inputs->scenario->tests;

    for (guint i = 0; i < tests->len; i++) {
        const Test *test = g_ptr_array_index(tests, i);
        for (guint j = 0; j < test->vendor_sets->len; j++) {
            const VendorSet *set = g_ptr_array_index(test->vendor_sets, j);
            StepCheck check = {inputs, test, set};
            if (!read_vendor_set(lab, inputs, set, test->file, error) ||
                !check_steps(&check, test->steps, error) ||
                !check_steps(&check, test->always, error))
                return false;
        }
    }
    return true;
}

/* Faults and ways to boot: each guest must know them */

static bool check_on_guest(const Step *step, const Guest *guest, GError **error)
{
    const bool windows = guest->kind == GUEST_WINDOWS;
    const char *mode = NULL;

    if (step->kind == STEP_INJECT && step->fault.kind == FAULT_LINK_DOWN && !guest->network) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "guest '%s' has no network card: its recipe needs a <network/>", guest->name);
        return false;
    }
    if (step->kind == STEP_INJECT)
        return fault_works_on(step->fault.kind, guest->kind, error);
    if (step->kind == STEP_BOOT && step->boot_mode == STEP_BOOT_SAFE && !guest->safe_mode &&
        !windows)
        mode = "safe-mode";
    if (step->kind == STEP_BOOT && step->boot_mode == STEP_BOOT_RECOVERY && !guest->recovery)
        mode = "recovery";
    if (mode)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "guest '%s' cannot be booted so: its 'boot' has no '%s'", guest->name, mode);
    return !mode;
}

static bool check_on_guests(const Inputs *inputs, const Test *test, const GPtrArray *steps,
                            GError **error)
{
    GHashTableIter iter;
    gpointer guest;

    for (guint i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        g_hash_table_iter_init(&iter, inputs->guests);
        while (g_hash_table_iter_next(&iter, NULL, &guest))
            if (!check_on_guest(step, guest, error)) {
                g_prefix_error(error, "%s:%u:%u: ", test->file, step->line, step->column);
                return false;
            }
        if (step->steps && !check_on_guests(inputs, test, step->steps, error))
            return false;
    }
    return true;
}

/* Load profiles: each must be there, with the program that it needs */

static bool check_profile(const Lab *lab, const Test *test, const char *name, GError **error)
{
    g_autoptr(LoadProfile) profile = NULL;
    g_autofree char *diskspd =
        lab->tools_folder ? g_build_filename(lab->tools_folder, LOAD_DISKSPD, NULL) : NULL;

    if (!load_profile_find(test->file, name, &profile, error))
        return false;
    if (!profile->diskspd || (diskspd && g_file_test(diskspd, G_FILE_TEST_IS_REGULAR)))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "the load profile '%s' needs " LOAD_DISKSPD
                ": put it into a folder and name that by <tools folder=\"…\"/> in lab.xml",
                name);
    return false;
}

static bool check_profiles(const Lab *lab, const Test *test, const GPtrArray *steps, GError **error)
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        g_autoptr(GPtrArray) names =
            test_expansions(test, NULL, step->profile ? step->profile : "");
        for (guint j = 0; step->profile && j < names->len; j++)
            if (!check_profile(lab, test, g_ptr_array_index(names, j), error)) {
                g_prefix_error(error, "%s:%u:%u: ", test->file, step->line, step->column);
                return false;
            }
        if (step->steps && !check_profiles(lab, test, step->steps, error))
            return false;
    }
    return true;
}

/* Requirements: each must be in the catalogue */

static bool check_requirements(const Inputs *inputs, const Test *test, GError **error)
{
    for (guint i = 0; i < test->requirements->len; i++) {
        const char *id = g_ptr_array_index(test->requirements, i);
        Place place = g_array_index(test->requirement_places, Place, i);
        if (requirements_find(inputs->requirements, id))
            continue;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s:%u:%u: requirement '%s' is not in the catalogue (%s)", test->file,
                    place.line, place.column, id, inputs->requirements->file);
        return false;
    }
    return true;
}

static bool check_tests(const Lab *lab, Inputs *inputs, GError **error)
{
    const GPtrArray *tests = inputs->scenario->tests;

    for (guint i = 0; i < tests->len; i++) {
        const Test *test = g_ptr_array_index(tests, i);
        bool names_some = test->requirements->len > 0;
        if (names_some && !inputs->requirements &&
            !requirements_read_for(inputs->scenario->file, &inputs->requirements, error))
            return false;
        if ((names_some && !check_requirements(inputs, test, error)) ||
            !check_on_guests(inputs, test, test->steps, error) ||
            !check_on_guests(inputs, test, test->always, error) ||
            !check_profiles(lab, test, test->steps, error) ||
            !check_profiles(lab, test, test->always, error))
            return false;
    }
    return true;
}

bool inputs_read(const Lab *lab, const char *scenario_path, Inputs **ret_inputs, GError **error)
{
    g_autoptr(Inputs) inputs = g_new0(Inputs, 1);

    inputs->guests =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)guest_free);
    inputs->vendors =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)vendor_free);
    if (!scenario_read(scenario_path, &inputs->scenario, error) ||
        !read_guests(lab, inputs, error) || !read_vendors(lab, inputs, error) ||
        !check_tests(lab, inputs, error))
        return false;
    *ret_inputs = g_steal_pointer(&inputs);
    return true;
}
