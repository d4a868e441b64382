/* SPDX-License-Identifier: GPL-2.0-or-later
 * From the image that QEMU makes of a screen to a PNG file: since QEMU 7.1 it is PNG, before it was
 * PPM.
 *
 * Formats: PNG by libpng; netpbm's ppm(5), binary "P6" with 8 bits a sample.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SCREENSHOT_SIDE_MAX 8192   /* pixels; a guest chooses the size */
#define SCREENSHOT_MAX (64u << 20) /* bytes of QEMU's image */

/* Writes a PNG file. TRUCE_ERROR_LAB where the image is malformed or larger than the limits. */
bool screenshot_write(const guint8 *image, gsize length, const char *png_path, GError **error);
