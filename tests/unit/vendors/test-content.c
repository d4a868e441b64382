// SPDX-License-Identifier: GPL-2.0-or-later
// The content format and the packed event: what is accepted, and everything that must not be.
#include <glib.h>
#include <string.h>

#include "samples.h"

static bool accepted(const struct content_buffer *buffer)
{
    struct content content;
    /* A copy of exactly this size, so that ASan sees a read beyond it. */
    g_autofree uint8_t *bytes = g_memdup2(buffer->bytes, buffer->size);

    return content_check(bytes, buffer->size, &content);
}

static void test_checksum(void)
{
    /* FNV test vectors of draft-eastlake-fnv. */
    g_assert_cmphex(content_checksum("", 0), ==, 0x811c9dc5);
    g_assert_cmphex(content_checksum("a", 1), ==, 0xe40c292c);
    g_assert_cmphex(content_checksum("foobar", 6), ==, 0xbf9cf968);
}

static void test_layout(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    const uint8_t start[] = {1, 0, 0, 0, 0x23, 1, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0};
    const uint8_t matcher[] = {2, 6, 'M', 'A', 'R', 'K', '-', '1', 0};

    sample_content(buffer, 1, "MARK-1", "MARK-2");
    g_assert_cmpuint(buffer->size, ==, 24 + 20 * 64);
    g_assert_cmpmem(buffer->bytes, 4, "TCF1", 4);
    g_assert_cmpmem(buffer->bytes + 8, sizeof start, start, sizeof start);
    g_assert_cmpmem(buffer->bytes + 24 + EVENT_HEAD * 64, sizeof matcher, matcher, sizeof matcher);
}

static void test_good(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    const uint32_t reads[] = {0, EVENT_HEAD + 1, EVENT_HEAD + 1, EVENT_FIELDS + 1};
    uint32_t version;
    struct content content;

    for (uint32_t i = 1; i <= 3; i++) {
        sample_content(buffer, i, "MARK-1", "MARK-2");
        g_assert_true(content_check(buffer->bytes, buffer->size, &content));
        g_assert_cmpuint(content.header->version, ==, i);
        g_assert_cmpuint(content_fields_read(&content), ==, reads[i]);
        g_assert_true(content_peek_version(buffer->bytes, buffer->size, &version));
        g_assert_cmpuint(version, ==, i);
    }
}

static void test_damaged(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    uint32_t version;

    sample_content(buffer, 2, "MARK-1", "MARK-2");
    size_t whole = buffer->size;
    for (buffer->size = 0; buffer->size < whole; buffer->size += 7)
        g_assert_false(accepted(buffer));
    buffer->size = whole + 64;
    g_assert_false(accepted(buffer));
    buffer->size = whole;
    for (size_t i = 0; i < whole; i++) {
        buffer->bytes[i] ^= 1 << i % 8;
        g_assert_false(accepted(buffer));
        buffer->bytes[i] ^= 1 << i % 8;
    }
    g_assert_true(accepted(buffer));
    memset(buffer->bytes, 0, whole);
    g_assert_false(accepted(buffer));
    g_assert_false(content_peek_version(buffer->bytes, whole, &version));
}

static void test_malformed_but_sealed(void)
{
    const struct {
        size_t offset;
        uint8_t value;
    } changes[] = {
        {8, 0},                                               /* version 0 */
        {12, 0},                                              /* unknown template */
        {16, 0}, {16, 20}, {16, 22},  {16, 65},   {19, 0x80}, /* field count against the size */
        {20, 0}, {20, 1},  {20, 3},   {23, 0x80},             /* rule count */
        {24, 3}, {25, 63}, {25, 255},                         /* first matcher: kind, length */
        {24, 1},                                              /* a matcher without text */
    };
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        sample_content(buffer, 2, "MARK-1", "MARK-2");
        buffer->bytes[changes[i].offset] = changes[i].value;
        content_seal(buffer);
        g_test_message("offset %zu value %u", changes[i].offset, changes[i].value);
        g_assert_false(accepted(buffer));
    }
}

static void test_build_limits(void)
{
    g_autofree struct content_buffer *buffer = g_new(struct content_buffer, 1);
    g_autofree char *longest = g_strnfill(CONTENT_MAX_TEXT, 'x');
    g_autofree char *too_long = g_strnfill(CONTENT_MAX_TEXT + 1, 'x');
    struct content_rule_text rule = {64, longest};

    g_assert_true(content_build(buffer, 1, 64, &rule, 1));
    g_assert_false(content_build(buffer, 0, 64, &rule, 1));
    g_assert_false(content_build(buffer, 1, 65, &rule, 1));
    g_assert_false(content_build(buffer, 1, 63, &rule, 1));
    g_assert_false(content_build(buffer, 1, 64, &rule, 0));
    rule.text = too_long;
    g_assert_false(content_build(buffer, 1, 64, &rule, 1));
    rule = (struct content_rule_text){0, "x"};
    g_assert_false(content_build(buffer, 1, 64, &rule, 1));
}

static void test_matcher(void)
{
    const struct {
        uint8_t kind;
        const char *text, *field;
        bool accepts;
    } cases[] = {
        {CONTENT_EQUALS, "abc", "abc", true},     {CONTENT_EQUALS, "abc", "abcd", false},
        {CONTENT_EQUALS, "abc", "ab", false},     {CONTENT_EQUALS, "abc", "", false},
        {CONTENT_CONTAINS, "abc", "abc", true},   {CONTENT_CONTAINS, "abc", "xxabc", true},
        {CONTENT_CONTAINS, "abc", "abcxx", true}, {CONTENT_CONTAINS, "abc", "ababc", true},
        {CONTENT_CONTAINS, "abc", "ab", false},   {CONTENT_CONTAINS, "abc", "abxc", false},
        {CONTENT_CONTAINS, "abc", "", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct content_matcher matcher = {.kind = cases[i].kind,
                                          .length = (uint8_t)strlen(cases[i].text)};
        memcpy(matcher.text, cases[i].text, matcher.length);
        g_autofree char *field = g_strdup(cases[i].field);
        g_assert_true(content_matcher_accepts(&matcher, field) == cases[i].accepts);
    }
}

static void test_event(void)
{
    const char *in[EVENT_FIELDS] = {[EVENT_KIND] = "file-change", [EVENT_PRODUCT] = "last"};
    const char *out[EVENT_FIELDS];
    char packed[EVENT_MAX_PACKED];
    size_t size = event_pack(packed, sizeof packed, in);

    g_assert_cmpuint(size, ==, sizeof "file-change" + sizeof "last" + EVENT_FIELDS - 2);
    g_assert_true(event_packed_check(packed, size));
    event_fields_set(out, packed);
    g_assert_cmpstr(out[EVENT_KIND], ==, "file-change");
    g_assert_cmpstr(out[EVENT_PATH], ==, "");
    g_assert_cmpstr(out[EVENT_PRODUCT], ==, "last");
    g_assert_cmpuint(event_pack(packed, size - 1, in), ==, 0);
    g_assert_cmpuint(event_pack(packed, size, in), ==, size);
}

static void test_event_wrong(void)
{
    static char packed[EVENT_MAX_PACKED + 1];

    g_assert_true(event_packed_check(packed, EVENT_FIELDS));
    g_assert_false(event_packed_check(packed, 0));
    g_assert_false(event_packed_check(packed, EVENT_FIELDS - 1));
    g_assert_false(event_packed_check(packed, EVENT_FIELDS + 1));
    packed[EVENT_FIELDS] = 'x';
    g_assert_false(event_packed_check(packed, EVENT_FIELDS + 1));
    memset(packed, 'x', sizeof packed - EVENT_FIELDS);
    g_assert_false(event_packed_check(packed, sizeof packed));
    g_assert_true(event_packed_check(packed + 1, sizeof packed - 1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/content/checksum", test_checksum);
    g_test_add_func("/content/layout", test_layout);
    g_test_add_func("/content/good", test_good);
    g_test_add_func("/content/damaged", test_damaged);
    g_test_add_func("/content/malformed-but-sealed", test_malformed_but_sealed);
    g_test_add_func("/content/build-limits", test_build_limits);
    g_test_add_func("/content/matcher", test_matcher);
    g_test_add_func("/event/round-trip", test_event);
    g_test_add_func("/event/wrong", test_event_wrong);
    return g_test_run();
}
