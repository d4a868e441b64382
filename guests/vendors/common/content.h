// SPDX-License-Identifier: GPL-2.0-or-later
// The reference vendors' content ("channel") file: format, structural check and field matching.
/*
 * A content file holds detection rules as data. All integers are little-endian, nothing is padded:
 *
 *   offset size
 *    0     4    magic "TCF1"
 *    4     4    checksum: FNV-1a, 32 bits, over every byte from offset 8 to the end of the file
 *    8     4    content version, from 1; the file is stored as C-<template>-<version>.bin
 *   12     4    template id; the vendors here know one, 291: file and pipe activity
 *   16     4    field count: how many matchers each rule has
 *   20     4    rule count
 *   24     -    rule count * field count matchers of 64 bytes each, rule by rule:
 *                 0  1  kind: 0 wildcard, 1 the field equals the text, 2 the field contains it
 *                 1  1  length of the text, 0..62
 *                 2 62  the text, zero-filled after its length
 *
 * A rule matches an event when each of its matchers accepts the event's field of the same index;
 * a wildcard accepts without looking at the field. A marker, the string that makes a file in the
 * watched folder a detection, is the text of a 'contains' matcher on the field EVENT_HEAD.
 *
 * What a file declares (the field count) and what a sensor supplies (EVENT_FIELDS, event.h) are two
 * numbers. content_check() judges the file alone and does not compare them: whoever reads fields
 * must. The incident of 2024-07-19 (CrowdStrike channel file 291: a template of 21 fields, a sensor
 * that supplied 20, the first non-wildcard matcher on field 21) is the model.
 *
 * Pure C without allocation: used in kernel mode, in user mode, by the host-side generator and by
 * the unit tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENT_MAGIC "TCF1"
#define CONTENT_TEMPLATE 291
#define CONTENT_MAX_FIELDS 64
#define CONTENT_MAX_RULES 16
#define CONTENT_MAX_TEXT 62
#define CONTENT_MAX_SIZE                                                                           \
    (sizeof(struct content_header) +                                                               \
     CONTENT_MAX_RULES * CONTENT_MAX_FIELDS * sizeof(struct content_matcher))

enum content_match_kind {
    CONTENT_WILDCARD = 0,
    CONTENT_EQUALS = 1,
    CONTENT_CONTAINS = 2,
};

struct content_matcher {
    uint8_t kind;
    uint8_t length;
    char text[CONTENT_MAX_TEXT];
};

struct content_header {
    char magic[4];
    uint32_t checksum;
    uint32_t version;
    uint32_t template_id;
    uint32_t field_count;
    uint32_t rule_count;
};

/* A file's bytes, checked; points into memory that the caller owns. */
struct content {
    const struct content_header *header;
    const struct content_matcher *matchers;
};

uint32_t content_checksum(const void *bytes, size_t size);

/* Checks that SIZE bytes at DATA (4-byte aligned) are one whole content file: magic, checksum,
 * limits, exact size, sane matchers. RET_CONTENT is set only on success. */
bool content_check(const void *data, size_t size, struct content *ret_content);

/* Reads the version out of a file that may be damaged; false where there is no header. */
bool content_peek_version(const void *data, size_t size, uint32_t *ret_version);

/* The highest index of a matcher that reads its field, plus one; 0 where all are wildcards. */
uint32_t content_fields_read(const struct content *content);

const struct content_matcher *content_rule(const struct content *content, uint32_t rule);

/* Does MATCHER, not a wildcard, accept the zero-terminated FIELD? */
bool content_matcher_accepts(const struct content_matcher *matcher, const char *field);
