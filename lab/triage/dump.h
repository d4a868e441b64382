/* SPDX-License-Identifier: GPL-2.0-or-later
 * 64-bit Windows kernel crash dumps of the triage type (minidump), as Windows and the reference
 * guest write them: header, exception, loaded modules.
 *
 * Dumps come from a guest and are hostile: every offset and count is checked against the file, and
 * nothing is allocated by a size that the file states.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint64 base;
    guint32 size;
    guint32 timestamp;
    char *name; /* base name, valid UTF-8, control characters replaced, at most 255 bytes */
} DumpModule;

typedef struct {
    guint32 code;
    guint64 parameters[4];
    guint32 os_build;
    guint32 type;               /* DumpType of the header: 4 is triage */
    guint64 address;            /* where it faulted (see dump_read()); 0: not known */
    GPtrArray *modules;         /* of DumpModule*: empty unless triage; at most 4096 */
    const DumpModule *faulting; /* the module that holds `address`, or NULL */
    guint64 offset;             /* of `address` in it */
} Dump;

/* Reads a dump file by mapping it. TRUCE_ERROR_INPUT with the path and the byte offset where it is
 * no 64-bit kernel dump, is cut short or contradicts itself.
 *
 * The faulting address is the parameter that the stop code documents as the instruction's address
 * (the context of such a dump may be that of the code that raised the bugcheck), else that of the
 * exception record, else on x86-64 the context's instruction pointer. */
bool dump_read(const char *path, Dump **ret_dump, GError **error);
/* The same from memory; `what` names it in messages. */
bool dump_parse(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                GError **error);
void dump_free(Dump *dump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dump, dump_free)
