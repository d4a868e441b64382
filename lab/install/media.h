/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an installation medium is: looked at before hours are spent on it.
 *
 * A Windows medium is a UDF image whose sources/install.wim (or .esd, or .swm in parts) holds the
 * images of all its editions, with an XML account of them. blkid reads the label, 7z the file
 * system, wimlib the images, whose files it compares with their SHA-1 sums. All of it comes from
 * outside: the account is read with the limits of util/xml.h.
 *
 * Sources: wimlib-imagex(1), "info --extract-xml"; Microsoft, "WIM XML" (ARCH 9 is x64).
 */
#pragma once

#include "model/guest.h"

typedef struct {
    guint index; /* from 1: what Setup calls /IMAGE/INDEX */
    char *name;
    char *edition; /* EDITIONID */
    char *language;
    guint arch;
    guint build;
} MediaImage;

typedef struct {
    char *path;
    char *label;       /* of the volume; empty where it has none */
    GPtrArray *images; /* of MediaImage* */
} Media;

/* Looks at an installation medium. `scratch` is a folder that gets a copy of the install image for
 * as long as this takes: several GiB. TRUCE_ERROR_INPUT where it is no medium of Windows or
 * damaged, TRUCE_ERROR_LAB where a tool is missing. */
bool media_read(const char *path, const char *scratch, const bool *cancelled, Media **ret_media,
                GError **error);
/* The account alone: UTF-16 or UTF-8 XML as wimlib extracts it. */
bool media_parse(const char *xml, gsize length, const char *path, Media **ret_media,
                 GError **error);
void media_free(Media *media);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Media, media_free)

/* The image to install: of that edition (NULL: the first of the recipe's that is on the medium),
 * of a build that the recipe names, x64, in the recipe's language where it names one. The image
 * belongs to the media. TRUCE_ERROR_INPUT says what the medium holds instead.
 *
 * An image is found by its name, or by its EDITIONID where the name is in another language. Its
 * build number may be that of the base of an enablement package, which several releases share: what
 * was installed, the first logon checks. */
bool media_choose(const Media *media, const Guest *guest, const char *edition,
                  const InstallEdition **ret_edition, const MediaImage **ret_image, GError **error);

/* An evaluation's EDITIONID ends in 'Eval': EnterpriseEval, ServerStandardEval. Server evaluations
 * have the same NAME as what is sold. */
bool media_is_evaluation(const MediaImage *image);

/* Unpacks the files of a medium that fit a pattern, with their folders, into `folder`; none of them
 * is no error. */
bool media_unpack(const char *path, const char *file, const char *folder, const bool *cancelled,
                  GError **error);

/* Whether a medium holds a file, by its path with '/'. */
bool media_holds(const char *path, const char *file, GError **error);
