/* SPDX-License-Identifier: GPL-2.0-or-later
 * Product keys: which one Setup is told, and the user's own, from a file: never from a command
 * line, where others see it.
 *
 * Two keys do different work (Microsoft, Unattended Windows Setup Reference, ProductKey): Setup's
 * says which edition to install, and without one an image that is no evaluation stops at Setup's
 * key page; Windows' own, of the specialize pass, activates. Setup is told the generic key that
 * Microsoft publishes for the edition ("KMS client activation and product keys"); it activates
 * nothing without a KMS host.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "install/media.h"

/* The first line: five groups of five letters and digits, joined by '-'. Messages never show what
 * the file holds. TRUCE_ERROR_INPUT. Free with g_free(). */
bool install_read_key(const char *path, char **ret_key, GError **error);

/* What Setup is told for that image: the edition's generic key, else the user's `product_key`
 * (NULL: there is none), else NULL for an evaluation. Belongs to its giver. TRUCE_ERROR_INPUT where
 * an evaluation is to take a key, or where there is no key and Setup would ask for one. */
bool install_choose_setup_key(const MediaImage *image, const InstallEdition *edition,
                              const char *product_key, const char **ret_key, GError **error);
