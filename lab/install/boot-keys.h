/* SPDX-License-Identifier: GPL-2.0-or-later
 * By which of Microsoft's keys a medium's UEFI boot loader is signed, and whether firmware holds
 * one of them: looked at before the firmware refuses the medium on a screen that nobody sits at.
 *
 * The loader is \efi\boot\bootx64.efi of the medium; signatures and the firmware's list of keys
 * hold X.509 certificates, whose names stand in them as they are. Which file the firmware's
 * variables begin as, the firmware descriptors of QEMU say; libvirt takes the first that fits.
 *
 * Sources: Microsoft Support, "Windows Secure Boot certificate expiration and CA updates" (the
 * names of 2011 and 2023); QEMU, docs/interop/firmware.json.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define BOOT_KEYS_FIRMWARE "/usr/share/qemu/firmware"

/* Looks at the medium `iso` with the descriptors in `firmware`; `scratch` is a folder that gets a
 * copy of the loader for as long as this takes. What cannot be read, or names no key that is known
 * here, is let through: the firmware judges. TRUCE_ERROR_INPUT where it would refuse the medium. */
bool boot_keys_check(const char *iso, const char *scratch, const char *firmware, GError **error);
