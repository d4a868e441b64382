/* SPDX-License-Identifier: GPL-2.0-or-later
 * Damaging content files in a repeatable way.
 */
#include "plan/mutate.h"

#include <string.h>

#include <zlib.h>

#include "plan/random.h"
#include "util/error.h"
#include "util/files.h"

#define FLIPS_MAX 8u

static const char *const mutation_names[] = {
    [MUTATE_TRUNCATE] = "truncate", [MUTATE_ZERO_FILL] = "zero-fill",
    [MUTATE_BIT_FLIP] = "bit-flip", [MUTATE_FIELD_COUNT] = "wrong-field-count",
    [MUTATE_OVERSIZE] = "oversize", [MUTATE_STALE_VERSION] = "stale-version",
};
static const char *const seal_names[] = {
    [SEAL_NONE] = "none", [SEAL_FNV1A32] = "fnv1a32", [SEAL_CRC32] = "crc32"};

const char *mutation_name(Mutation mutation)
{
    return mutation_names[mutation];
}

Mutation mutation_parse(const char *name)
{
    Mutation mutation = 0;
    while (mutation < MUTATIONS - 1 && !g_str_equal(mutation_names[mutation], name))
        mutation++;
    return mutation;
}

Seal seal_parse(const char *name)
{
    Seal seal = SEAL_NONE;
    while (seal < SEAL_CRC32 && !g_str_equal(seal_names[seal], name))
        seal++;
    return seal;
}

static bool fails(GError **error, const char *what)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the content cannot be mutated: %s", what);
    return false;
}

/* Below `limit`, which may be larger than random_below() takes. */
static gsize below(Random *random, gsize limit)
{
    return (gsize)(random_next(random) % limit);
}

static guint32 read_u32(const GByteArray *bytes, gsize offset)
{
    guint32 value;
    memcpy(&value, bytes->data + offset, sizeof value);
    return GUINT32_FROM_LE(value);
}

static void write_u32(GByteArray *bytes, gsize offset, guint32 value)
{
    guint32 little = GUINT32_TO_LE(value);
    memcpy(bytes->data + offset, &little, sizeof little);
}

static bool has_u32(const GByteArray *bytes, gsize offset)
{
    return bytes->len >= sizeof(guint32) && offset <= bytes->len - sizeof(guint32);
}

static bool truncate_bytes(GByteArray *bytes, Random *random, char **ret_text, GError **error)
{
    if (bytes->len == 0)
        return fails(error, "it is empty");
    guint was = bytes->len;
    g_byte_array_set_size(bytes, (guint)below(random, was));
    *ret_text = g_strdup_printf("cut from %u to %u bytes", was, bytes->len);
    return true;
}

/* The range begins at a byte that is not zero yet, so that it makes a difference. */
static bool zero_fill(GByteArray *bytes, Random *random, char **ret_text, GError **error)
{
    gsize start = bytes->len ? below(random, bytes->len) : 0, looked = 0;

    while (looked < bytes->len && bytes->data[start] == 0) {
        start = (start + 1) % bytes->len;
        looked++;
    }
    if (looked == bytes->len)
        return fails(error, "it is empty, or all zeros already");
    gsize length = 1 + below(random, bytes->len - start);
    memset(bytes->data + start, 0, length);
    *ret_text = g_strdup_printf("%zu bytes from %zu on are zeros", length, start);
    return true;
}

static bool contains(const gsize *values, guint count, gsize value)
{
    for (guint i = 0; i < count; i++)
        if (values[i] == value)
            return true;
    return false;
}

static bool flip_bits(GByteArray *bytes, Random *random, char **ret_text, GError **error)
{
    gsize flipped[FLIPS_MAX], bits = (gsize)bytes->len * 8;
    g_autoptr(GString) text = g_string_new(NULL);

    if (bits == 0)
        return fails(error, "it is empty");
    guint wanted = 1 + random_below(random, FLIPS_MAX), count = 0;
    for (guint i = 0; i < wanted; i++) {
        gsize bit = below(random, bits);
        if (contains(flipped, count, bit)) /* twice would be never */
            continue;
        flipped[count++] = bit;
        bytes->data[bit / 8] ^= (guint8)(1u << bit % 8);
        g_string_append_printf(text, "%sbit %zu of byte %zu", i == 0 ? "" : ", ", bit % 8, bit / 8);
    }
    *ret_text = g_strdup_printf("%s turned over", text->str);
    return true;
}

static bool change_count(const MutatePlan *plan, GByteArray *bytes, Random *random, char **ret_text,
                         GError **error)
{
    if (!has_u32(bytes, plan->count_offset))
        return fails(error, "it ends before its field count");
    guint32 was = read_u32(bytes, plan->count_offset);
    const guint32 choices[] = {was + 1, was - 1,     was * 2,
                               0,       G_MAXUINT32, (guint32)random_next(random)};
    guint32 count = choices[random_below(random, G_N_ELEMENTS(choices))];
    if (count == was)
        count = was + 1;
    write_u32(bytes, plan->count_offset, count);
    *ret_text = g_strdup_printf("field count %u instead of %u", count, was);
    return true;
}

static bool lengthen(GByteArray *bytes, Random *random, char **ret_text, GError **error)
{
    guint was = bytes->len, more = 1 + random_below(random, MUTATE_OVERSIZE_MAX);
    bool noise = was == 0 || random_below(random, 2) == 0;

    (void)error;
    g_byte_array_set_size(bytes, was + more);
    for (guint i = 0; i < more; i++)
        bytes->data[was + i] = noise ? (guint8)random_next(random) : bytes->data[i];
    *ret_text =
        g_strdup_printf("%u bytes more, %s", more, noise ? "noise" : "the file's own again");
    return true;
}

static bool age(const MutatePlan *plan, GByteArray *bytes, Random *random, char **ret_text,
                GError **error)
{
    if (!has_u32(bytes, plan->version_offset))
        return fails(error, "it ends before its version");
    guint32 was = read_u32(bytes, plan->version_offset);
    if (was == 0)
        return fails(error, "its version is 0, and none is older");
    guint32 version = was - MIN(was, 1 + random_below(random, 3));
    write_u32(bytes, plan->version_offset, version);
    *ret_text = g_strdup_printf("version %u instead of %u", version, was);
    return true;
}

static guint32 checksum(Seal seal, const guint8 *bytes, gsize length)
{
    guint32 sum = 2166136261u;

    if (seal == SEAL_CRC32)
        return (guint32)crc32(0, bytes, (uInt)length);
    for (gsize i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * 16777619u;
    return sum;
}

static void put_seal(const MutatePlan *plan, GByteArray *bytes, char **text)
{
    if (plan->seal == SEAL_NONE || !has_u32(bytes, plan->seal_offset))
        return;
    gsize from = plan->seal_offset + sizeof(guint32);
    write_u32(bytes, plan->seal_offset,
              checksum(plan->seal, bytes->data + from, bytes->len - from));
    char *sealed = g_strconcat(*text, ", checksum put right", NULL);
    g_free(*text);
    *text = sealed;
}

static bool mutate_array(const MutatePlan *plan, GByteArray *bytes, Random *random, char **ret_text,
                         GError **error)
{
    switch (plan->mutation) {
    case MUTATE_TRUNCATE:
        return truncate_bytes(bytes, random, ret_text, error);
    case MUTATE_ZERO_FILL:
        return zero_fill(bytes, random, ret_text, error);
    case MUTATE_BIT_FLIP:
        return flip_bits(bytes, random, ret_text, error);
    case MUTATE_FIELD_COUNT:
        return change_count(plan, bytes, random, ret_text, error);
    case MUTATE_OVERSIZE:
        return lengthen(bytes, random, ret_text, error);
    case MUTATE_STALE_VERSION:
        break;
    }
    return age(plan, bytes, random, ret_text, error);
}

bool mutate_bytes(const MutatePlan *plan, const guint8 *input, gsize length, GBytes **ret_output,
                  char **ret_text, GError **error)
{
    Random random = random_fork(plan->seed, plan->mutation);
    g_autofree char *text = NULL;

    if (length > MUTATE_INPUT_MAX)
        return fails(error, "it is larger than 16 MiB");
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)length);
    g_byte_array_append(bytes, input, (guint)length);
    if (!mutate_array(plan, bytes, &random, &text, error))
        return false;
    put_seal(plan, bytes, &text);
    /* The seal may undo the only damage: a checksum's own bits, turned over. */
    if (bytes->len == length && (length == 0 || memcmp(bytes->data, input, length) == 0)) {
        MutatePlan unsealed = *plan;
        unsealed.seal = SEAL_NONE;
        return mutate_bytes(&unsealed, input, length, ret_output, ret_text, error);
    }
    *ret_output = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (ret_text)
        *ret_text = g_steal_pointer(&text);
    return true;
}

bool mutate_file(const MutatePlan *plan, const char *from, const char *to, char **ret_text,
                 GError **error)
{
    g_autofree char *input = NULL, *text = NULL;
    g_autoptr(GBytes) output = NULL;
    gsize length, size;

    if (!files_read(from, MUTATE_INPUT_MAX, &input, &length, error))
        return false;
    if (!mutate_bytes(plan, (const guint8 *)input, length, &output, &text, error)) {
        g_prefix_error(error, "'%s': ", from);
        return false;
    }
    const char *bytes = g_bytes_get_data(output, &size);
    if (!files_write_atomic(to, bytes ? bytes : "", size, error))
        return false;
    if (ret_text)
        *ret_text = g_steal_pointer(&text);
    return true;
}
