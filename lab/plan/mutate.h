/* SPDX-License-Identifier: GPL-2.0-or-later
 * Damaging content files in a repeatable way: what a broken build, a broken download or an attacker
 * may hand to a product. The same bytes, plan and seed give the same result on every machine.
 *
 *   truncate           the file ends early, maybe at once
 *   zero-fill          a range of it is zeros (an update that the power failed in looks so on NTFS)
 *   bit-flip           one to eight bits are turned over
 *   wrong-field-count  its 32-bit little-endian field count is another: one more or less, twice as
 *                      many, none, the highest, or any
 *   oversize           up to a MiB follows: more of the same, or noise
 *   stale-version      its 32-bit little-endian version is one to three lower, at least 0
 *
 * Each result differs from its input in at least one byte. A checksum of the format can be put
 * right afterwards (the seal), so that the damage reaches the code behind the checksum's test.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    MUTATE_TRUNCATE,
    MUTATE_ZERO_FILL,
    MUTATE_BIT_FLIP,
    MUTATE_FIELD_COUNT,
    MUTATE_OVERSIZE,
    MUTATE_STALE_VERSION,
} Mutation;
#define MUTATIONS (MUTATE_STALE_VERSION + 1)

typedef enum {
    SEAL_NONE,
    SEAL_FNV1A32, /* FNV-1a, 32 bits */
    SEAL_CRC32,   /* as in zlib and ZIP */
} Seal;

#define MUTATE_INPUT_MAX (16u << 20)   /* bytes */
#define MUTATE_OVERSIZE_MAX (1u << 20) /* bytes more */

typedef struct {
    Mutation mutation;
    guint64 seed;
    gsize count_offset;   /* of the field count */
    gsize version_offset; /* of the version */
    Seal seal;
    gsize seal_offset; /* of the 32-bit little-endian checksum, which is over all that follows it;
                          a result that is shorter than that is not sealed */
} MutatePlan;

/* Names as above, and `none`, `fnv1a32`, `crc32`. The name must be one of them. */
const char *mutation_name(Mutation mutation);
Mutation mutation_parse(const char *name);
Seal seal_parse(const char *name);

/* ret_text: what was done, `bit 3 of byte 117 turned over`; may be NULL; free with g_free().
 * TRUCE_ERROR_INPUT where the input has no such place (too short, empty, larger than
 * MUTATE_INPUT_MAX), is all zeros (zero-fill) or has version 0 (stale-version). */
bool mutate_bytes(const MutatePlan *plan, const guint8 *input, gsize length, GBytes **ret_output,
                  char **ret_text, GError **error);

/* Reads a host file, mutates it, writes another (whole or not at all). */
bool mutate_file(const MutatePlan *plan, const char *from, const char *to, char **ret_text,
                 GError **error);
