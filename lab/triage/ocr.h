/* SPDX-License-Identifier: GPL-2.0-or-later
 * The text of a picture, by tesseract's C API where it is installed: it is loaded when first
 * needed, so nothing depends on it.
 *
 * A screen is recognised enlarged, in grey, dark on light, as tesseract was trained. Pictures have
 * the limits of host/screenshot.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define OCR_SIDE_MAX 8192 /* pixels */

/* Whether tesseract and its English data are there; ret_reason (static text) says what is not. */
bool ocr_available(const char **ret_reason);

/* Reads a PNG file. Free ret_text with g_free(): valid UTF-8. TRUCE_ERROR_LAB where tesseract is
 * not there, TRUCE_ERROR_INPUT where the file is no such picture. One at a time, whoever calls. */
bool ocr_read(const char *png_path, char **ret_text, GError **error);
