/* SPDX-License-Identifier: GPL-2.0-or-later
 * The matrix of a test: `<vendors>` elements into vendor sets, `<parameter>` elements into
 * parameters.
 */
#pragma once

#include "model/scenario.h"
#include "util/xml.h"

/* Fills test->vendor_sets and test->parameters, which are empty arrays. On failure they hold what
 * was read until then. */
bool scenario_read_matrix(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error);

/* A set's names with a blank between them. Free with g_free(). */
char *vendor_set_text(const VendorSet *set);
