/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lab's guest program truce-look.exe (guests/look/look.h): what is on the guest, and what its
 * processes hold.
 */
#pragma once

#include "guest/system.h"
#include "run/attempt.h"

/* The attempt's guest for guest/system.h; valid while the attempt's agent is. Puts truce-look.exe
 * there, once an attempt. */
bool look_system(Attempt *attempt, System *ret_system, GError **error);

/* Everything an installer could have left: a set of lines `kind<TAB>name`. Free with
 * g_hash_table_unref(). */
bool look_inventory(Attempt *attempt, GHashTable **ret_items, GError **error);

/* What processes hold, and the processor time that they have had. */
typedef struct {
    double processes;
    double handles;
    double private_mib;
    double processor_s;
} LookUse;

typedef struct {
    LookUse all;          /* but for `processes`, without those that are only seconds old */
    GHashTable *by_image; /* image name in lower case → LookUse of all its processes */
} LookResources;
void look_resources_clear(LookResources *resources);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LookResources, look_resources_clear)

bool look_resources(Attempt *attempt, LookResources *ret_resources, GError **error);

/* The parser of an inventory, hostile input: bounded, TRUCE_ERROR_AGENT where its end is missing or
 * a line is no item. */
bool look_inventory_parse(const char *text, gsize length, GHashTable **ret_items, GError **error);
/* The parser of the resources' line, likewise. */
bool look_resources_parse(const char *text, LookResources *ret_resources, GError **error);
