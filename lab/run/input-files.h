/* SPDX-License-Identifier: GPL-2.0-or-later
 * The files that people wrote for a run: the scenario and what it includes, load profiles, files
 * that are copied into guests, the catalogue of requirements, recipes of guests, vendor packs,
 * known issues.
 */
#pragma once

#include <glib.h>

#include "run/run.h"

typedef struct {
    char *path;
    char *as;  /* its name below `inputs/` in the run folder, unique in the run */
    bool kept; /* there; else only its checksum is recorded: what is copied into guests may be large
                */
} InputFile;

/* In an order that is the same for the same run. Packages and content files are not among them: a
 * run records their checksums by vendor. Array of InputFile*, free with g_ptr_array_unref(). */
GPtrArray *input_files(const RunOptions *options);
