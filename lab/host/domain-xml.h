/* SPDX-License-Identifier: GPL-2.0-or-later
 * A machine's libvirt domain XML, made by a pure function.
 *
 * Every text goes through libxml2's escaping, and into QEMU's own options only as JSON, so that no
 * name or path can add an element or an option.
 *
 * Format: https://libvirt.org/formatdomain.html
 */
#pragma once

#include "host/host.h"
#include "model/guest.h"

/* Where the metadata of a lab's domain lives; `state` tells whose domain it is. */
#define DOMAIN_XML_NAMESPACE "urn:truce:machine:1"

/* QEMU's name of the network card, where the guest has one: on a hub of its own that nothing else
 * is connected to. */
#define DOMAIN_XML_NETWORK_CARD "truce-network-card"

typedef struct {
    const Guest *guest;
    Accelerator accelerator;
    const char *owner; /* the lab whose domain this is */
    const char *name;
    const char *uuid;
    const char *disk;               /* the overlay, qcow2 */
    const char *const *disk_layers; /* the qcow2 files that it lies on, nearest first,
                                       NULL-terminated; NULL: libvirt looks for itself */
    const char *kernel;             /* direct boot, or NULL */
    const char *initrd;
    const char *cmdline;
    const char *firmware;           /* OVMF's code, for a guest with secure_boot */
    const char *nvram;              /* its variables: this machine's own copy */
    const char *data_disk;          /* qcow2, for a guest with data_disk_gib */
    const char *const *data_layers; /* likewise */
    const char *const *media; /* CD images, NULL-terminated, or NULL; booted before the disk */
    const char *mac;          /* the network card's address; NULL: one that all have */
    const char *serial_pipe;  /* QEMU writes to <path>.out and reads from <path>.in … */
    const char *serial_file;  /* … or, where it is NULL, appends to this file */
    const char *agent_socket; /* made by QEMU; NULL: where libvirt puts it */
    const char
        *memory_file;      /* the guest's memory is a mapping of this file; NULL: private memory */
    bool memory_shared;    /* writes reach the file (template), or stay private (clone) */
    bool disk_errors;      /* the guest sees errors of the disk, instead of being paused */
    gint64 clock_offset_s; /* of the battery-backed clock, from the host's */
    guint uid, gid;        /* with security_models: whom QEMU runs as */
    const char *const *security_models; /* of a libvirt daemon, without 'dac', NULL-terminated: they
                                           know nothing of the memory file. NULL: the embedded
                                           driver, whose own settings say whom QEMU runs as */
    bool incoming; /* wait for a device state instead of starting at the reset vector */
} DomainSpec;

/* TRUCE_ERROR_INPUT where a text cannot stand in XML (control characters, not UTF-8). */
bool domain_xml_build(const DomainSpec *spec, char **ret_xml, GError **error);

/* What libvirt calls the system disk, and the medium of that number from 0. Free the latter. */
const char *domain_disk_target(const Guest *guest);
char *domain_medium_target(const Guest *guest, guint number);

/* Whose domain this is: the state folder in its metadata, or NULL where it is no lab's. Free with
 * g_free(). */
char *domain_xml_owner(const char *xml);
