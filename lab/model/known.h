/* SPDX-License-Identifier: GPL-2.0-or-later
 * A file of known issues: signatures of failures that somebody knows and looks after.
 *
 *   <known format="1">
 *     <issue id="alder-291" owner="Alder's kernel team" link="https://…" expires="2026-12-31">
 *       <match kind="boot-loop" code="0x7E" module="alder.sys" vendor="alder" content="3"/>
 *       <text>Content 3 declares 21 fields.</text>
 *     </issue>
 *   </known>
 *
 * What a match names must all be so. It names a kind and, besides, at least one of stop code,
 * module and step, so that nothing is known by its kind alone; there is no way to name a test or a
 * case. An issue counts up to and including its day of expiry, in UTC.
 *
 * Read-only after parsing but for the counts of uses, which are atomic; threads may share it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *id;
    char *owner;
    char *link;
    char *expires; /* `2026-12-31` */
    char *text;
    bool expired;       /* when the file was read */
    guint line, column; /* in the file */

    char *kind;    /* of finding */
    char *module;  /* file name, or NULL */
    char *step;    /* the beginning of a step's name: `update alder`; or NULL */
    char *vendor;  /* or NULL; product and content are this vendor's */
    char *product; /* version, or NULL */
    char *content; /* version, or NULL */
    bool has_code;
    guint32 code;
    gint uses; /* findings that it matched */
} KnownIssue;

typedef struct {
    GPtrArray *issues; /* of KnownIssue* */
    char *file;
} Known;

/* Reads and validates a file. TRUCE_ERROR_INPUT with file:line:column. */
bool known_read(const char *path, Known **ret_known, GError **error);
/* The same for bytes in memory; `today` as `2026-11-22`. */
bool known_parse(const char *text, gsize length, const char *path, const char *today,
                 Known **ret_known, GError **error);
void known_free(Known *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Known, known_free)

/* What a finding is like. */
typedef struct {
    const char *kind;
    bool has_code;
    guint32 code;
    const char *module;    /* or NULL */
    const char *step_name; /* or NULL */
    /* Whether this vendor is in the case with that version; NULL versions are not asked for. */
    bool (*has_version)(gpointer data, const char *vendor, const char *product,
                        const char *content);
    gpointer data;
} KnownFinding;

/* The first issue that matches, counted as used; NULL where there is none. One that has expired is
 * given too: the caller looks. */
const KnownIssue *known_match(Known *known, const KnownFinding *finding);

/* Issues that have expired, with their place as file:line:column, a sentence each. Of char*; free
 * with g_ptr_array_unref(). */
GPtrArray *known_expired(const Known *known);

/* What is wrong with the file after a run, a sentence each: issues that expired, or that no finding
 * matched. Of char*; free with g_ptr_array_unref(). */
GPtrArray *known_complaints(const Known *known);
