/* SPDX-License-Identifier: GPL-2.0-or-later
 * Groups as units (COVER_GROUPS_UNITS), which is what PICT means by sub-models.
 *
 * Each group gets an array of its own first. Its rows become the values of one new parameter, and
 * these parameters, with those outside all groups, are a model without groups: constraints and
 * seeds are translated into it, and its rows back.
 */
#pragma once

#include "plan/cover.h"

/* Makes an array of a model whose groups do not matter. */
typedef bool (*CoverGenerate)(const CoverModel *model, const CoverOptions *options,
                              CoverArray **ret_array, GError **error);

bool hierarchy_generate(const CoverModel *model, const CoverOptions *options,
                        CoverGenerate generate, CoverArray **ret_array, GError **error);
