/* SPDX-License-Identifier: GPL-2.0-or-later
 * How a guest is installed unattended from the user's own media: the <install> part of guest.xml.
 * ReactOS needs nothing but the sizes and times.
 *
 * What the media must be (build number of the install image, editions), what Windows Setup is to
 * do with the disk, which drivers it needs. No licence key stands here: keys come from files that
 * the user names. A `setup-key` is none: Microsoft publishes it for everybody.
 *
 * Sources: Microsoft, "UEFI/GPT-based hard drive partitions" (sizes of the partitions);
 * "KMS client activation and product keys" (generic keys); virtio-win's folders per release (2k16,
 * 2k19, 2k22, 2k25, w10, w11).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <libxml/tree.h>

typedef struct {
    char *id;         /* what --edition names: standard, datacenter-core, enterprise-eval */
    char *name;       /* NAME of the image on the medium: Windows Server 2022 SERVERSTANDARD */
    char *edition_id; /* its EDITIONID: Professional; NULL: the name is the same in all languages */
    char *setup_key;  /* Microsoft's generic key, which Setup takes for this edition and which
                         activates nothing; NULL: there is none */
} InstallEdition;

typedef struct {
    bool reactos;     /* no Windows: what follows, down to `editions`, is empty */
    guint build;      /* what the installed Windows calls itself (CurrentBuild): 19045 */
    GArray *builds;   /* of guint: what the install image may call itself, 19041 or 19045. Releases
                         made by an enablement package may carry the number of their base, which
                         others share: then only the installed Windows tells which it is. */
    bool server;      /* a server: no Microsoft account pages, another Defender */
    bool no_defender; /* a server's Defender is removed */
    char *drivers;    /* folder of the release on the virtio-win medium: 2k22 */
    GPtrArray *editions; /* of InstallEdition*, at least one; the first that is on the medium is
                            the default */
    guint disk_gib;      /* size of the system disk */
    guint stage_s;       /* longest time without a sign of progress (screen, disk, beacon) */
    char *locale;        /* en-US: media in other languages are refused; NULL: any will do */
} Install;

/* From a checked <install> element. Free with install_free(). */
Install *install_from_xml(const xmlNode *element);
void install_free(Install *install);

/* The edition of that id, or the first where `id` is NULL; NULL where there is none. */
const InstallEdition *install_edition(const Install *install, const char *id);
