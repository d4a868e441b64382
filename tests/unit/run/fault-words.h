/* SPDX-License-Identifier: GPL-2.0-or-later
 * A fault for a test, from words.
 */
#pragma once

#include "model/fault-catalogue.h"

/* `iops|9|after-s|1`: names and values. Free with fault_call_free(). */
FaultCall *fault_of_words(FaultKind kind, const char *words);
