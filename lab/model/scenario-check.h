/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a scenario must hold to beyond its schema: no name twice, known and used parameters, steps
 * on vendors that are there, steps inside others where they can be, expectations where they mean
 * something.
 */
#pragma once

#include "model/scenario.h"
#include "util/xml.h"

/* `file` is what `scenario` was read from; included files have not been read yet. */
bool scenario_check(const Scenario *scenario, const XmlFile *file, GError **error);

/* Whether the whole, with what it includes, has tests, no name twice and not too many cases. */
bool scenario_check_whole(const Scenario *scenario, const XmlFile *file, GError **error);

/* The steps of one test, an element of `file`: part of scenario_check(). */
bool scenario_check_steps(const Test *test, const XmlFile *file, const xmlNode *element,
                          GError **error);
