/* SPDX-License-Identifier: GPL-2.0-or-later
 * The maker of a driver, from files of the guest.
 */
#include "run/owner.h"

#include <string.h>

#include <glib/gstdio.h>

#include "triage/os-modules.h"
#include "triage/pe-owner.h"

#define DRIVERS "C:\\Windows\\System32\\drivers\\"

static bool is_listed(const GPtrArray *vendors, const char *module)
{
    for (guint i = 0; i < vendors->len; i++)
        if (vendor_module(vendors->pdata[i], module))
            return true;
    return false;
}

static bool read_guest_file(Attempt *attempt, const char *path, PeOwner *ret_owner)
{
    g_autofree char *local = g_build_filename(attempt->folder, ".module", NULL);
    bool read = agent_file_get(attempt->agent, path, local, PE_OWNER_FILE_MAX, NULL) &&
                pe_owner_read(local, ret_owner, NULL);

    g_unlink(local);
    return read;
}

/* How near a vendor's listed modules are to the file: not at all, of the same maker, and of the
 * same product. ret_module: the one that is nearest. */
static guint nearness(Attempt *attempt, const Vendor *vendor, const PeOwner *maker,
                      const VendorModule **ret_module)
{
    guint nearest = 0;

    for (guint i = 0; i < vendor->modules->len; i++) {
        const VendorModule *module = vendor->modules->pdata[i];
        g_auto(PeOwner) owner = {0};
        if (module->kind == MODULE_OTHER || !read_guest_file(attempt, module->path, &owner) ||
            !pe_owner_same(maker, &owner))
            continue;
        guint near = maker->product && g_strcmp0(maker->product, owner.product) == 0 ? 2 : 1;
        if (near <= nearest)
            continue;
        nearest = near;
        *ret_module = module;
    }
    return nearest;
}

void owner_find(Attempt *attempt, Crash *crash)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    g_auto(PeOwner) maker = {0};
    const VendorModule *module = NULL;
    const Vendor *owner = NULL;
    guint nearest = 0;

    /* A name from a dump or a serial line is no path. */
    if (!crash->module || strpbrk(crash->module, "\\/:*?\"<>|") || os_module_is(crash->module) ||
        is_listed(vendors, crash->module))
        return;
    g_autofree char *path = g_strconcat(DRIVERS, crash->module, NULL);
    if (!read_guest_file(attempt, path, &maker))
        return;
    g_autofree char *words = pe_owner_text(&maker);
    attempt_event(attempt, "note", "%s, which no vendor.xml lists: %s", crash->module, words);
    for (guint i = 0; i < vendors->len; i++) {
        const VendorModule *its = NULL;
        guint near = nearness(attempt, vendors->pdata[i], &maker, &its);
        if (near > nearest || (near > 0 && near == nearest)) {
            owner = near > nearest ? vendors->pdata[i] : NULL; /* two that are as near: nobody */
            module = its;
            nearest = near;
        }
    }
    if (!owner)
        return;
    crash->owner = g_strdup(owner->name);
    crash->owner_text =
        g_strdup_printf("it is %s, as is %s of %s", words, module->file, owner->name);
}
