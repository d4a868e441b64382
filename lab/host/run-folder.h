/* SPDX-License-Identifier: GPL-2.0-or-later
 * Where the embedded libvirt keeps what it knows of the domains that run.
 *
 * libvirt writes a domain's status anew whenever something changes, a dozen times in a clone's
 * life, and flushes it to the disk each time: on an ordinary disk that was a fifth of the time
 * until the clone's agent answers. The system's own libvirt has these files below /run, which is
 * memory; the lab's `libvirt/run` is a link to a folder of the host's memory too:
 *
 *     <state folder>/libvirt/run → /dev/shm/truce-<uid>-<16 digits of the state folder's hash>
 *
 * What a killed lab leaves there the next one finds, as on a disk; after a restart of the host
 * there are no domains to know of. Where no such folder can be had, `run` is an ordinary one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define RUN_FOLDER_MEMORY "/dev/shm"

/* Makes `<embed_root>/run` ready, before libvirt starts: embed_root exists, is absolute and without
 * symbolic links, `memory` is RUN_FOLDER_MEMORY. ret_folder: the folder in memory, for
 * run_folder_remove(); NULL where `run` is an ordinary folder. Fails only where the link cannot be
 * made (TRUCE_ERROR_LAB). */
bool run_folder_make(const char *embed_root, const char *memory, char **ret_folder, GError **error);

/* Removes link and folder when no domain runs any more; one that could not be ended is still known
 * then. Takes a folder of NULL. */
void run_folder_remove(const char *embed_root, const char *folder);
