/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's image fetched from another state folder, as from a cluster's shared store to a disk of
 * the node.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Copies the image of a guest from `store`, the state folder in which it was built, to
 * `state_folder`, unless the same one (by its manifest) is there and whole. The copy is verified by
 * the checksums of its manifest before it takes its name, and is read-only from then on: cases
 * write to overlays. A file that is read-only already is linked where both lie on one file system.
 * Several processes may ask at once: one copies, the others wait for it. ret_fetched: whether
 * anything was copied. TRUCE_ERROR_LAB where it cannot be copied; TRUCE_ERROR_INPUT where it
 * is not what was built, or another image of that name is there, which may be in use. */
bool image_fetch(const char *store, const char *state_folder, const char *guest, bool *ret_fetched,
                 GError **error);
