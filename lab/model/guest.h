/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest recipe, `guests/<name>/guest.xml`: what machine to make, how it boots, how the lab
 * reaches it, where it leaves its crash dumps, how its base image is made.
 *
 * `like="../windows-part.xml"` on the root element takes every element that the recipe itself
 * does not have from another file with a <guest-part> root: what the releases of Windows share.
 *
 * All strings belong to the struct. Read-only after parsing, so threads may share it.
 */
#pragma once

#include "model/install.h"

typedef enum { GUEST_REFERENCE, GUEST_WINDOWS, GUEST_REACTOS } GuestKind;
typedef enum { GUEST_CHANNEL_VIRTIO, GUEST_CHANNEL_SERIAL } GuestChannel;

typedef struct {
    char *name;
    GuestKind kind;
    char *title;
    char *limits; /* what a pass on it does not show; one paragraph for the report */

    char *machine; /* QEMU machine type, `pc` or `q35` */
    char *cpu;     /* CPU model under emulation */
    guint vcpus;
    guint memory_mib;
    char *vga;

    char *disk;     /* file name of the sealed base image in the guest's folder */
    char *disk_bus; /* virtio, sata, ide */

    char *kernel; /* direct boot: file names and command line; NULL where firmware boots the disk */
    char *initrd;
    char *cmdline;
    char *safe_mode; /* what the command line gets besides in safe mode */
    char *recovery;  /* the same for the recovery environment; NULL: it has none */

    bool secure_boot;    /* OVMF with Microsoft's keys enrolled; else SeaBIOS */
    bool tpm;            /* TPM 2.0 (swtpm) */
    bool hyperv;         /* Hyper-V enlightenments, where KVM runs */
    char *network;       /* e1000e, virtio: a card without a way out; NULL for none */
    char *watchdog;      /* i6300esb, itco; NULL for none. It tells the lab and resets nothing. */
    guint data_disk_gib; /* a second, empty virtio disk; 0 for none */

    bool boot_loop; /* of the scenario: its failed starts repeat, instead of leading into Windows'
                       recovery environment */

    GuestChannel channel;
    char *panic_models;    /* isa, hyperv or both, separated by a space; NULL for none */
    guint ready_timeout_s; /* from power on to the agent's first reply */

    char *dump_folder;  /* path in the guest, `C:\Windows\Minidump` */
    char *dump_pattern; /* `*.dmp` */

    char *builder;    /* program beside guest.xml; NULL where `install` is set */
    Install *install; /* unattended installation from the user's media, or NULL */
    guint build_timeout_s;
    guint build_disk_mib; /* free space that a build needs */

    char *file; /* where this was read from */
    char *like; /* and the guest-part that it shares, or NULL */
} Guest;

const char *guest_kind_name(GuestKind kind);

/* Reads and validates a recipe. TRUCE_ERROR_INPUT with file:line:column. */
bool guest_read(const char *path, Guest **ret_guest, GError **error);
/* The same for bytes in memory; `path` is what messages and `file` name. */
bool guest_parse(const char *text, gsize length, const char *path, Guest **ret_guest,
                 GError **error);
void guest_free(Guest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)
