/* SPDX-License-Identifier: GPL-2.0-or-later
 * From an installed machine that has powered itself off to a sealed base image.
 */
#pragma once

#include "host/machine.h"
#include "install/watch.h"

/* Writes <state>/guests/<name>/ whole or not at all: the disk as one file without a backing file,
 * the firmware's variables, the TPM's state, and manifest.json with their SHA-256 sums, the
 * deviations from a stock Windows and the protections that the guest told of. */
bool seal_image(Machine *machine, const Guest *guest, const InstallWatch *watch,
                const char *state_folder, GError **error);
