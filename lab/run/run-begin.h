/* SPDX-License-Identifier: GPL-2.0-or-later
 * The record that a run begins with: what is run, on what, with the checksum of every input.
 */
#pragma once

#include <cjson/cJSON.h>

#include "run/case.h"
#include "run/run.h"

/* Fills a `run-begin` record (docs/run-folder.md). `ready`: guest name → ReadyGuest*. */
void run_describe(cJSON *record, const RunOptions *options, GHashTable *ready);
