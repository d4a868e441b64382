/* SPDX-License-Identifier: GPL-2.0-or-later
 * The warm state of a guest: made once for an image, then every case starts from a clone of it.
 */
#pragma once

#include "host/image.h"
#include "host/machine.h"
#include "util/progress.h"

/* The folder of the guest's warm state, made where it is not there: the guest is booted cold, and
 * its state saved when it is ready. Older states of the guest are removed. Not for
 * two threads at once. Free ret_folder with g_free(). */
bool warm_ensure(Host *host, const Guest *guest, const Image *image, Progress *progress,
                 const volatile gint *cancelled, char **ret_folder, GError **error);
