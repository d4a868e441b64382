/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario of this folder with the guests and vendor packs of tests/unit/model/lab. Goes to this
 * folder first; asserts that the file is right.
 */
#pragma once

#include "model/lab.h"

Inputs *test_inputs(const char *file);
