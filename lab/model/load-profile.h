/* SPDX-License-Identifier: GPL-2.0-or-later
 * A load profile, `loads/<name>.xml`: a named mix of load on a guest (docs/stress.md).
 *
 *   <load-profile name="desktop" format="1">
 *     <title>A person at work</title>
 *     <part kind="file" rate="20"/>                 one or more; rate: operations a second, or max
 *     <part kind="process" rate="1" threads="2"/>
 *     <diskspd>-b4K -o2 -w30 -c64M C:\Truce\disk.dat</diskspd>     optional
 *   </load-profile>
 *
 * The parts are carried out by truce-stress.exe (guests/stress/stress.h), <diskspd> by Microsoft's
 * program of that name, which the user provides in the lab's folder of tools.
 *
 * All strings belong to the struct. Read-only after parsing, so threads may share it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define LOAD_DISKSPD "diskspd.exe" /* in the lab's folder of tools */

typedef struct {
    char *kind;    /* of truce-stress: `file` */
    guint rate;    /* operations a second; 0: as many as it can */
    guint threads; /* 1 to 16 */
} LoadPart;
void load_part_free(gpointer part);

typedef struct {
    char *name;
    char *title;
    char *description; /* or NULL */
    GPtrArray *parts;  /* of LoadPart*, at least one; no kind twice */
    char *diskspd;     /* its options and targets but for the duration, or NULL */
    char *file;
} LoadProfile;

/* Reads and validates a profile. TRUCE_ERROR_INPUT with file:line:column. */
bool load_profile_read(const char *path, LoadProfile **ret_profile, GError **error);
/* The same for bytes in memory; `path` is what messages and `file` name. */
bool load_profile_parse(const char *text, gsize length, const char *path, LoadProfile **ret_profile,
                        GError **error);
void load_profile_free(LoadProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoadProfile, load_profile_free)

/* Reads the profile of a name: from `loads/` beside the scenario file, else from those that ship
 * with truce. TRUCE_ERROR_INPUT lists the names that exist. */
bool load_profile_find(const char *scenario_file, const char *name, LoadProfile **ret_profile,
                       GError **error);

/* What truce-stress mix takes: `file=20 process=1x2`. Free with g_free(). */
char *load_profile_mix(const LoadProfile *profile);
