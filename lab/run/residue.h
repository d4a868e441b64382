/* SPDX-License-Identifier: GPL-2.0-or-later
 * What products leave behind: the guest as it was before the first install against the guest when
 * the last product is gone.
 *
 * Files, folders, services, drivers, registry keys and values that start programs are compared by
 * name (guests/look). What Windows and the lab add by themselves is passed over: see the list in
 * residue.c. An item is the vendor's whose modules or content lie there, or whose service has that
 * name, or whose name it holds.
 */
#pragma once

#include "run/attempt.h"

/* Before the first install of a case that expects that nothing is left. */
bool residue_begin(Attempt *attempt, GError **error);

/* What a vendor left. */
typedef struct {
    const Vendor *vendor; /* NULL: it is not known whose it is */
    guint items;
    char *summary; /* some of them, in words */
} Residue;

/* After the last uninstall: ret_residues of Residue*, none where nothing is left or a product is
 * still installed; the whole list is kept as evidence (residue.txt). Free with
 * g_ptr_array_unref(). */
bool residue_end(Attempt *attempt, GPtrArray **ret_residues, GError **error);

/* The comparison alone, for tests: of char*, sorted; what is passed over is not in it. */
GPtrArray *residue_compare(GHashTable *before, GHashTable *after);
