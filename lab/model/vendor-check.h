/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a vendor pack must hold to beyond its schema: no name twice, references that resolve, files
 * that exist, known placeholders, probes that are complete.
 */
#pragma once

#include "model/vendor.h"
#include "util/xml.h"

/* `file` is what `vendor` was read from. */
bool vendor_check(const Vendor *vendor, const XmlFile *file, GError **error);
