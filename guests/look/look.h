// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: says what is on a Windows machine, for comparisons on the host.
/*
 *   truce-look inventory FILE
 *
 * writes FILE: one line an item, `kind<TAB>name`, in UTF-8, not sorted:
 *   file      C:\Program Files\X\x.exe      below the folders that installers write to
 *   folder    C:\Program Files\X
 *   service   X                             of the service control manager, drivers too
 *   key       HKLM\SOFTWARE\X\Y             registry keys below HKLM\SOFTWARE, KEY_DEPTH deep
 *   value     HKLM\...\Run\X                values of keys that start programs
 * and last a line `end<TAB>N` with the number of items. Links are not followed. At most ITEMS_MAX
 * items: what is beyond makes it fail. Exit 0, 1 where it could not (stderr), 2 for wrong usage.
 *
 *   truce-look resources
 *
 * says on stdout in one line of JSON what the processes hold:
 *   {"processes":N,"handles":N,"private_kib":N,"cpu_ms":N,
 *    "list":[{"name":"x.exe","pid":N,"handles":N,"private_kib":N,"cpu_ms":N},…]}
 * The sums leave out processes younger than YOUNG_S: what comes and goes hides what grows.
 *
 *   truce-look services
 *
 * says on stdout in one line of JSON which services and drivers there are:
 *   {"services":[{"name":"X","driver":true,"running":true,"start":"system",
 *     "path":"system32\\drivers\\x.sys","group":"FSFilter Anti-Virus","altitudes":["321410"]},…]}
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

#include <windows.h>

#define ITEMS_MAX 200000
#define KEY_DEPTH 4
#define YOUNG_S 8

struct out {
    FILE *file;
    unsigned items;
};

/* One item; a name with a control character in it is written with '?' in its place. */
void out_item(struct out *out, const char *kind, const wchar_t *name);

/* A JSON string. */
void out_json(FILE *file, const wchar_t *text);

/* Each adds its items; what cannot be read is left out, for it was left out before as well. */
void look_files(struct out *out);
void look_services(struct out *out);
void look_registry(struct out *out);

/* Each prints its line of JSON; false with GetLastError(). */
bool look_resources(FILE *file);
bool look_service_states(FILE *file);
