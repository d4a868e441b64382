/* SPDX-License-Identifier: GPL-2.0-or-later
 * Building a guest's base image by its recipe's builder, and the images that are there.
 */
#pragma once

#include "model/lab.h"
#include "util/progress.h"

/* For a guest with a builder: runs it and seals the image in the state folder; an image that is
 * there is kept unless `again` or it is outdated, and until the new one is verified.
 * TRUCE_ERROR_LAB where the build fails, there is no disk space, or a run uses the state folder.
 *
 *   BUILDER --out FOLDER --programs RECIPE --inputs SHA256
 *
 * The builder makes FOLDER with a manifest (host/image.h) that repeats the last as `inputs`
 * (run/guest-inputs.h). */
bool guest_build(const Lab *lab, const Guest *guest, bool again, Progress *progress,
                 const bool *cancelled, GError **error);

/* Removes a guest's image and warm states. TRUCE_ERROR_INPUT where there is none,
 * TRUCE_ERROR_LAB where a run uses the state folder. */
bool guest_remove(const Lab *lab, const char *name, GError **error);

/* TRUCE_ERROR_LAB where `folder` has less free space than the recipe says a build needs. */
bool guest_check_space(const Guest *guest, const char *folder, GError **error);
