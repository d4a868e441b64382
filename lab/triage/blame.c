/* SPDX-License-Identifier: GPL-2.0-or-later
 * Weighs the signs that point at vendors. The rules are in the header.
 */
#include "triage/blame.h"

#include <string.h>

typedef enum { SIGN_MODULE, SIGN_CHANGE, SIGN_REPORT, SIGN_REMOVAL, SIGNS } Sign;

typedef struct {
    const char *name;
    bool signs[SIGNS];
} Suspect;

static const char *const confidence_names[] = {"unknown", "low", "medium", "high"};

const char *confidence_name(Confidence confidence)
{
    return confidence_names[confidence];
}

static void G_GNUC_PRINTF(2, 3) add_reason(Blame *blame, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(blame->reasons, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void point_at(GArray *suspects, const char *name, Sign sign)
{
    for (guint i = 0; i < suspects->len; i++) {
        Suspect *suspect = &g_array_index(suspects, Suspect, i);
        if (g_str_equal(suspect->name, name)) {
            suspect->signs[sign] = true;
            return;
        }
    }
    Suspect suspect = {.name = name};
    suspect.signs[sign] = true;
    g_array_append_val(suspects, suspect);
}

static void weigh_module(const BlameFacts *facts, GArray *suspects, Blame *blame)
{
    bool owned = false;

    for (guint i = 0; facts->vendors && i < facts->vendors->len; i++) {
        const Vendor *vendor = facts->vendors->pdata[i];
        if (!vendor_module(vendor, facts->module))
            continue;
        owned = true;
        point_at(suspects, vendor->name, SIGN_MODULE);
        add_reason(blame, "The bugcheck names %s, a module of %s.", facts->module, vendor->name);
    }
    if (!owned && facts->module_owner) {
        point_at(suspects, facts->module_owner, SIGN_MODULE);
        add_reason(blame, "The bugcheck names %s, which no vendor.xml lists: %s.", facts->module,
                   facts->module_text);
    } else if (!owned) {
        add_reason(blame, "The bugcheck names %s, which no vendor of this case ships.",
                   facts->module);
    }
}

static bool has_tag(const VendorModule *module, const char *tag)
{
    return module->pool_tags &&
           g_ptr_array_find_with_equal_func(module->pool_tags, tag, g_str_equal, NULL);
}

static void weigh_pool_tag(const BlameFacts *facts, const char *tag, GArray *suspects, Blame *blame)
{
    bool owned = false;

    for (guint i = 0; facts->vendors && i < facts->vendors->len; i++) {
        const Vendor *vendor = facts->vendors->pdata[i];
        for (guint k = 0; k < vendor->modules->len; k++) {
            const VendorModule *module = vendor->modules->pdata[k];
            if (!has_tag(module, tag))
                continue;
            owned = true;
            point_at(suspects, vendor->name, SIGN_MODULE);
            add_reason(blame, "The bugcheck names the pool tag '%s', that of %s of %s.", tag,
                       module->file, vendor->name);
        }
    }
    if (!owned)
        add_reason(blame, "The bugcheck names the pool tag '%s', which no vendor.xml lists.", tag);
}

static void weigh_report(const BlameFacts *facts, GArray *suspects, Blame *blame)
{
    const char *name = facts->step_vendor;

    if (!facts->self_reported && !facts->measured && !facts->logged)
        return;
    point_at(suspects, name, SIGN_REPORT);
    if (facts->measured)
        add_reason(blame, "Of all vendors' processes, those of %s took the most.", name);
    else if (facts->logged)
        add_reason(blame, "The System log names a service of %s.", name);
    else
        add_reason(blame, "%s itself reports the failure, by its exit code or its probe.", name);
}

static GArray *collect_signs(const BlameFacts *facts, Blame *blame)
{
    GArray *suspects = g_array_new(FALSE, FALSE, sizeof(Suspect));

    if (facts->module)
        weigh_module(facts, suspects, blame);
    for (guint i = 0; i < STOP_POOL_TAGS_MAX && facts->pool_tags[i][0]; i++)
        weigh_pool_tag(facts, facts->pool_tags[i], suspects, blame);
    if (facts->last_change) {
        point_at(suspects, facts->last_change, SIGN_CHANGE);
        if (facts->last_change_text)
            add_reason(blame, "%s was changed last (%s).", facts->last_change,
                       facts->last_change_text);
        else
            add_reason(blame, "%s was changed last.", facts->last_change);
    }
    if (facts->step_vendor)
        weigh_report(facts, suspects, blame);
    if (facts->recovered_by) {
        point_at(suspects, facts->recovered_by, SIGN_REMOVAL);
        add_reason(blame, "The fault ended when the content of %s was taken away.",
                   facts->recovered_by);
    }
    return suspects;
}

static guint count_signs(const Suspect *suspect)
{
    guint count = 0;
    for (guint i = 0; i < SIGNS; i++)
        count += suspect->signs[i];
    return count;
}

static bool may_be_victim(const BlameFacts *facts, const Suspect *suspect)
{
    return facts->vendors && facts->vendors->len > 1 && !suspect->signs[SIGN_MODULE] &&
           !suspect->signs[SIGN_REMOVAL];
}

static Confidence confidence_alone(const BlameFacts *facts, const Suspect *suspect)
{
    guint count = count_signs(suspect);

    if (may_be_victim(facts, suspect))
        return CONFIDENCE_LOW;
    if (suspect->signs[SIGN_REMOVAL])
        return count > 1 ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
    if (suspect->signs[SIGN_REPORT] || count > 1)
        return CONFIDENCE_MEDIUM;
    return CONFIDENCE_LOW;
}

/* Where the vendor stands in the case, so that equal suspects are named in one order always. */
static guint place_in_case(const BlameFacts *facts, const char *name)
{
    for (guint i = 0; facts->vendors && i < facts->vendors->len; i++) {
        const Vendor *vendor = facts->vendors->pdata[i];
        if (g_str_equal(vendor->name, name))
            return i;
    }
    return G_MAXUINT;
}

static gint compare_places(gconstpointer a, gconstpointer b, gpointer data)
{
    guint left = place_in_case(data, ((const Suspect *)a)->name);
    guint right = place_in_case(data, ((const Suspect *)b)->name);
    return left < right ? -1 : left > right;
}

static void name_leaders(const BlameFacts *facts, const GArray *suspects, Blame *blame)
{
    const Suspect *leader = NULL;
    guint most = 0;

    for (guint i = 0; i < suspects->len; i++)
        most = MAX(most, count_signs(&g_array_index(suspects, Suspect, i)));
    for (guint i = 0; i < suspects->len; i++) {
        const Suspect *suspect = &g_array_index(suspects, Suspect, i);
        if (count_signs(suspect) < most)
            continue;
        leader = suspect;
        g_ptr_array_add(blame->vendors, g_strdup(suspect->name));
    }

    blame->confidence = confidence_alone(facts, leader);
    if (blame->vendors->len > 1)
        blame->confidence = CONFIDENCE_LOW;
    else if (suspects->len > 1 && blame->confidence > CONFIDENCE_LOW)
        blame->confidence--;
    if (suspects->len > 1)
        add_reason(blame, "The signs point at different vendors; only a run of each without the "
                          "other can tell.");
    else if (may_be_victim(facts, leader))
        add_reason(blame, "Who suffers a failure need not be who makes it; only a run without the "
                          "others can tell.");
}

Blame *blame_judge(const BlameFacts *facts)
{
    Blame *blame = g_new0(Blame, 1);

    blame->vendors = g_ptr_array_new_with_free_func(g_free);
    blame->reasons = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) suspects = collect_signs(facts, blame);
    g_array_sort_with_data(suspects, compare_places, (gpointer)facts);

    if (suspects->len > 0) {
        name_leaders(facts, suspects, blame);
    } else if (facts->step_vendor) {
        g_ptr_array_add(blame->vendors, g_strdup(facts->step_vendor));
        blame->confidence = CONFIDENCE_LOW;
        add_reason(blame, "It came during a step of %s; nothing else points anywhere.",
                   facts->step_vendor);
    } else if (facts->vendors && facts->vendors->len == 0) {
        add_reason(blame, "No vendor was installed: the guest itself or the lab is at fault.");
    } else {
        add_reason(blame, "Nothing points at one vendor.");
    }
    return blame;
}

void blame_free(Blame *blame)
{
    if (!blame)
        return;
    g_ptr_array_unref(blame->vendors);
    g_ptr_array_unref(blame->reasons);
    g_free(blame);
}
