/* SPDX-License-Identifier: GPL-2.0-or-later
 * Building a guest's base image by its recipe's builder, and the images that are there.
 */
#pragma once

#include "host/image.h"
#include "model/lab.h"
#include "util/progress.h"

/* For a guest with a builder: runs it and seals the image in the state folder; an image that is
 * there is kept unless `again` or it is outdated. TRUCE_ERROR_LAB where the build fails or there is
 * no disk space.
 *
 *   BUILDER --out FOLDER --programs RECIPE --inputs SHA256
 *
 * The builder makes FOLDER with a manifest (host/image.h) that repeats the last as `inputs`: the
 * SHA-256 of the names and contents of all files of the recipe's folder but guest.xml, which is
 * read at each run. */
bool guest_build(const Lab *lab, const Guest *guest, bool again, Progress *progress,
                 const bool *cancelled, GError **error);

/* Whether the files of the guest's recipe are others than those that the image was built from.
 * False where that is not known: installed from media, or a manifest without `inputs`. */
bool guest_is_outdated(const Guest *guest, const Image *image);

/* Removes a guest's image and warm states. TRUCE_ERROR_INPUT where there is none. */
bool guest_remove(const Lab *lab, const char *name, GError **error);

/* TRUCE_ERROR_LAB where `folder` has less free space than the recipe says a build needs. */
bool guest_check_space(const Guest *guest, const char *folder, GError **error);
