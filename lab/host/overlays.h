/* SPDX-License-Identifier: GPL-2.0-or-later
 * Empty qcow2 overlays, and what they lie on.
 *
 * All empty overlays on one file are the same. qemu-img, whose start takes a tenth of a clone's
 * time, makes the first and tells what is below it; the others are copies.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Safe for threads. */
typedef struct Overlays Overlays;

Overlays *overlays_new(void);

/* Takes NULL. */
void overlays_free(Overlays *overlays);

/* Makes an overlay on a qcow2 file. ret_layers: the files below it, absolute, nearest first,
 * NULL-terminated, for g_strfreev(); NULL where one of them is no qcow2 file of this host, or
 * qemu-img does not tell. Fails with TRUCE_ERROR_LAB. */
bool overlays_make(Overlays *overlays, const char *backing, const char *overlay, char ***ret_layers,
                   GError **error);
