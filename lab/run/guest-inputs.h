/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an image of a guest with a builder is built from: the files of its recipe's folder, but
 * guest.xml, which is read at each run.
 */
#pragma once

#include "host/image.h"
#include "model/guest.h"

/* The SHA-256 of the names and contents of these files, to be freed; NULL where one cannot be read.
 */
char *guest_inputs_sum(const char *recipe);

/* Whether the files of the guest's recipe are others than those that the image was built from.
 * False where that is not known: installed from media, or a manifest without `inputs`. */
bool guest_is_outdated(const Guest *guest, const Image *image);
