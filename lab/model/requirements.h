/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of requirements, `requirements.xml`: what tests are evidence for.
 *
 *   <requirements format="1">
 *     <requirement id="Filter.Driver.Fundamentals.DriverQuality">
 *       <title>…</title>            one line for reports
 *       <text>…</text>              what it asks, in our words
 *       <source>…</source>          where it stands
 *     </requirement>
 *   </requirements>
 *
 * Everything belongs to the Requirements. Read-only after parsing.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    char *id;
    char *title;
    char *text;
    char *source;
} Requirement;

typedef struct {
    GPtrArray *list; /* of Requirement*, in the file's order */
    char *file;
} Requirements;

/* The catalogue for a scenario: requirements.xml beside it where there is one, else the one that
 * ships with truce. TRUCE_ERROR_INPUT with file:line:column; no id may be there twice. */
bool requirements_read_for(const char *scenario_path, Requirements **ret_requirements,
                           GError **error);
bool requirements_read(const char *path, Requirements **ret_requirements, GError **error);
/* The same from memory; `path` names it in errors. */
bool requirements_parse(const char *text, gsize length, const char *path,
                        Requirements **ret_requirements, GError **error);
void requirements_free(Requirements *requirements);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Requirements, requirements_free)

/* NULL where there is none. */
const Requirement *requirements_find(const Requirements *requirements, const char *id);
