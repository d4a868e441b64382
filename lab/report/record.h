/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading the members of a plan's or a journal's objects into a Result: typed, checked, cleaned.
 *
 * Strings that these functions return belong to the source's chunk. Where a member is missing, of
 * another type or not what it must be, those that can fail report TRUCE_ERROR_INPUT with file:line.
 */
#pragma once

#include "report/result.h"
#include "util/json.h"

typedef struct {
    GStringChunk *strings; /* where text is kept */
    const char *file;      /* plan.json, journal.ndjson */
    guint line;            /* 0: the whole file */
} Source;

/* Sets the error and returns false. */
bool source_fail(const Source *source, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A clean copy; NULL for NULL. */
char *source_keep(const Source *source, const char *text);

/* Clean text, or NULL; clean text, or "". */
char *record_text(const Source *source, const cJSON *object, const char *name);
char *record_text_or_empty(const Source *source, const cJSON *object, const char *name);

/* Text that must be there and not be empty. */
bool record_required(const Source *source, const cJSON *object, const char *name, char **ret_text,
                     GError **error);

/* Text that must be one of `allowed`, which NULL ends. */
bool record_one_of(const Source *source, const cJSON *object, const char *name,
                   const char *const *allowed, char **ret_text, GError **error);

/* A UTC time like `2026-11-22T10:31:07.123Z`; the text belongs to the object. */
bool record_time(const Source *source, const cJSON *object, const char *name, const char **ret_text,
                 GError **error);

/* A 0x string of at most 16 digits. */
bool record_hex(const Source *source, const cJSON *object, const char *name, char **ret_text,
                GError **error);

/* A SHA-256 in hexadecimal digits, or NULL where it is null or missing. */
bool record_sha256(const Source *source, const cJSON *object, const char *name, char **ret_text,
                   GError **error);

/* A path inside the run folder, below cases/; NULL where it is null or missing. */
bool record_path(const Source *source, const cJSON *object, const char *name, char **ret_text,
                 GError **error);

/* The strings of an array, each clean; what is no string is passed over. */
void record_texts(const Source *source, const cJSON *object, const char *name, GPtrArray *texts);

/* A number from 0 on; the fallback where it is missing, negative or no number. */
gint64 record_count(const cJSON *object, const char *name, gint64 fallback);

/* A finding (docs/run-folder.md), and what frees its arrays. */
bool record_finding(const Source *source, const cJSON *object, ResultFinding **ret_finding,
                    GError **error);
void result_finding_free(gpointer finding);
