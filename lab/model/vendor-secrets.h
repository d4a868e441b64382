/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which secrets of lab.xml a vendor pack asks for: `{secret:name}` in its commands, and in the
 * package and content files with secrets="yes".
 */
#pragma once

#include "model/vendor.h"
#include "util/xml.h"

/* Adds them to `vendor`, which was read from `file` and checked. TRUCE_ERROR_INPUT with the place
 * where a file with secrets is no text, or too large. */
bool vendor_secrets_read(Vendor *vendor, const XmlFile *file, GError **error);
