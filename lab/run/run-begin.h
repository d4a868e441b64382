/* SPDX-License-Identifier: GPL-2.0-or-later
 * The record that a run begins with: what is run, on what, with the checksum of every input.
 */
#pragma once

#include <cjson/cJSON.h>

#include "run/case.h"
#include "run/run.h"

/* Fills a `run-begin` record (docs/run-folder.md). `ready`: guest name → ReadyGuest*. */
void run_describe(cJSON *record, const RunOptions *options, GHashTable *ready);

/* Whether a run that began with the record `began` can go on with what `now` describes: the same
 * truce, scenario, guests and vendors' files, all by checksum. TRUCE_ERROR_INPUT says which of them
 * is another now. */
bool run_same_inputs(const cJSON *began, const cJSON *now, GError **error);
