/* SPDX-License-Identifier: GPL-2.0-or-later
 * The files that make a machine's state besides its memory, under the same names in a sealed image,
 * in a warm state and in a machine's own folder:
 *
 *   the disk (guest.xml's name)   in a machine's folder disk.qcow2, an overlay on the one it starts
 *                                 from
 *   data.qcow2                    the second disk: an overlay likewise, or new and empty
 *   nvram.fd                      the firmware's variables: a copy; libvirt makes one from OVMF's
 *                                 template where the image has none yet
 *   tpm2-00.permall               the TPM's state (swtpm): a copy
 *
 * Disk, variables and TPM belong together: secure boot, measured boot and BitLocker see a machine
 * with another's TPM as tampered with.
 *
 * libvirt keeps a TPM's state below its own folder by the domain's uuid, and every start of a
 * machine is a domain of its own: the state is brought there before and back after it. Only the
 * embedded driver's folder can be reached: with another URI a guest with a TPM is refused.
 * Source: libvirt docs, formatdomain, TPM device (persistent_state); swtpm's file names.
 */
#pragma once

#include "host/machine-private.h"

/* Makes the machine's disks and copies from `folder`: an image or a warm state. `backing` is the
 * system disk there. */
bool machine_files_take(Machine *machine, const char *folder, const char *backing, GError **error);

/* Around a domain's life; nothing to do for a guest without a TPM. */
bool machine_files_before_start(Machine *machine, GError **error);
bool machine_files_after_end(Machine *machine, GError **error);

/* Moves what belongs to the machine besides its system disk into a warm state or an image. */
bool machine_files_keep(Machine *machine, const char *folder, GError **error);
