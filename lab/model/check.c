/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks any file of the six kinds; see check.h.
 */
#include "model/check.h"

#include "model/known.h"
#include "model/load-profile.h"
#include "util/xml.h"

#define COUNT(number, one) (number), (number) == 1 ? (one) : (one "s")

static bool check_guest(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Guest) guest = NULL;

    (void)lab;
    if (!guest_read(path, &guest, error))
        return false;
    *ret_summary =
        g_strdup_printf("guest '%s': %s, %u %s, %u MiB", guest->name, guest_kind_name(guest->kind),
                        COUNT(guest->vcpus, "virtual CPU"), guest->memory_mib);
    return true;
}

static bool check_vendor(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Vendor) vendor = NULL;

    if (!vendor_read(path, &vendor, error) || !lab_has_secrets(lab, vendor, error))
        return false;
    *ret_summary =
        g_strdup_printf("vendor '%s': %u %s, %u %s, %u %s, %u %s", vendor->name,
                        COUNT(vendor->products->len, "product version"),
                        COUNT(vendor->contents->len, "content version"),
                        COUNT(vendor->modules->len, "module"), COUNT(vendor->probes->len, "probe"));
    g_autoptr(GError) missing = NULL;
    if (!vendor_is_whole(vendor, &missing)) {
        g_autofree char *summary = *ret_summary;
        *ret_summary = g_strdup_printf("%s; before it runs: %s", summary, missing->message);
    }
    return true;
}

static bool check_scenario(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Inputs) inputs = NULL;

    if (!inputs_read(lab, path, &inputs, error))
        return false;
    const Scenario *scenario = inputs->scenario;
    guint cases = scenario_cases(scenario);
    g_autofree char *count =
        cases ? g_strdup_printf("%u %s, ", COUNT(cases, "case")) : g_strdup("");
    *ret_summary = g_strdup_printf(
        "scenario '%s': %u %s, %s%u %s, %u %s", scenario->name, COUNT(scenario->tests->len, "test"),
        count, COUNT(scenario->vendors->len, "vendor"), COUNT(scenario->guests->len, "guest"));
    return true;
}

static bool check_lab(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Lab) read = NULL;

    (void)lab;
    if (!lab_read(path, &read, error))
        return false;
    *ret_summary =
        g_strdup_printf("lab: libvirt %s, state in '%s', %u %s", read->uri ? read->uri : "embedded",
                        read->state_folder, COUNT(read->vendor_folders->len, "vendor folder"));
    return true;
}

static bool check_known(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Known) known = NULL;

    (void)lab;
    if (!known_read(path, &known, error))
        return false;
    *ret_summary = g_strdup_printf("known issues: %u", known->issues->len);
    return true;
}

static bool check_requirements(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(Requirements) requirements = NULL;

    (void)lab;
    if (!requirements_read(path, &requirements, error))
        return false;
    *ret_summary = g_strdup_printf("requirements: %u in the catalogue", requirements->list->len);
    return true;
}

static bool check_load_profile(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    g_autoptr(LoadProfile) profile = NULL;

    (void)lab;
    if (!load_profile_read(path, &profile, error))
        return false;
    *ret_summary = g_strdup_printf("load profile '%s': %u %s%s", profile->name,
                                   COUNT(profile->parts->len, "part"),
                                   profile->diskspd ? ", and diskspd" : "");
    return true;
}

bool check_file(const Lab *lab, const char *path, char **ret_summary, GError **error)
{
    static const struct {
        const char *element;
        bool (*check)(const Lab *lab, const char *path, char **ret_summary, GError **error);
    } kinds[] = {
        {"guest", check_guest},
        {"vendor", check_vendor},
        {"scenario", check_scenario},
        {"lab", check_lab},
        {"known", check_known},
        {"requirements", check_requirements},
        {"load-profile", check_load_profile},
    };
    g_autoptr(XmlFile) file = NULL;

    if (!xml_read(path, NULL, &file, error))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (xml_is(xml_root(file), kinds[i].element))
            return kinds[i].check(lab, path, ret_summary, error);
    return xml_fail(
        file, xml_root(file), NULL, error,
        "the document element is '%s'; it must be one of: guest, vendor, scenario, lab, "
        "known, requirements, load-profile",
        xml_root(file)->name);
}
