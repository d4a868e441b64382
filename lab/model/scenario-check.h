/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a scenario must hold to beyond its schema: no name twice, known and used parameters, steps
 * on vendors that are there.
 */
#pragma once

#include "model/scenario.h"
#include "util/xml.h"

/* `file` is what `scenario` was read from. */
bool scenario_check(const Scenario *scenario, const XmlFile *file, GError **error);
