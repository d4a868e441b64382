/* SPDX-License-Identifier: GPL-2.0-or-later
 * Mutated content: what comes out for given seeds, and what holds for all of them.
 */
#include <string.h>

#include "plan/mutate.h"
#include "util/error.h"

#define SEEDS 300
#define LENGTH 64

/* A content file in small: magic, FNV-1a checksum, version 3, template, 20 fields, 1 rule, text. */
static const guint8 sample[LENGTH] = "TCF1\0\0\0\0\3\0\0\0\x23\1\0\0\x14\0\0\0\1\0\0\0"
                                     "ALDER-TEST-MARKER-1, and more of a text";

static const MutatePlan base = {
    .seed = 1, .count_offset = 16, .version_offset = 8, .seal_offset = 4};

static GBytes *mutate(MutatePlan plan, const guint8 *input, gsize length, char **ret_text)
{
    GBytes *output = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(mutate_bytes(&plan, input, length, &output, ret_text, &error));
    g_assert_no_error(error);
    return output;
}

static guint32 u32(GBytes *bytes, gsize offset)
{
    const guint8 *b = (const guint8 *)g_bytes_get_data(bytes, NULL) + offset;
    return b[0] | (guint32)b[1] << 8 | (guint32)b[2] << 16 | (guint32)b[3] << 24;
}

/* What users' reports name by seed must stay what it was. */
static void test_golden(void)
{
    static const struct {
        Mutation mutation;
        guint64 seed;
        const char *text;
        const char *sha256;
    } golden[] = {
        {MUTATE_TRUNCATE, 1, "cut from 64 to 53 bytes", "5a41e7455d72b17a"},
        {MUTATE_TRUNCATE, 7, "cut from 64 to 3 bytes", "a6e9c71ad5fc9b50"},
        {MUTATE_ZERO_FILL, 1, "1 bytes from 61 on are zeros", "46232209decf2335"},
        {MUTATE_ZERO_FILL, 7, "2 bytes from 55 on are zeros", "8536a45b1f55e301"},
        {MUTATE_BIT_FLIP, 1, "bit 0 of byte 4 turned over", "3cbac87089481c49"},
        {MUTATE_BIT_FLIP, 7, "bit 6 of byte 44 turned over", "3f438b839e3d652e"},
        {MUTATE_FIELD_COUNT, 1, "field count 0 instead of 20", "8548d305648c73f5"},
        {MUTATE_FIELD_COUNT, 7, "field count 40 instead of 20", "7a5e7ecc7aa31327"},
        {MUTATE_OVERSIZE, 1, "335093 bytes more, noise", "12d230b1c3269cc4"},
        {MUTATE_OVERSIZE, 7, "906004 bytes more, noise", "b558e98a3fdda979"},
        {MUTATE_STALE_VERSION, 1, "version 1 instead of 3", "e282e795b285516a"},
        {MUTATE_STALE_VERSION, 7, "version 2 instead of 3", "8c959e5936de859d"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(golden); i++) {
        MutatePlan plan = base;
        g_autofree char *text = NULL;
        plan.mutation = golden[i].mutation;
        plan.seed = golden[i].seed;
        g_autoptr(GBytes) output = mutate(plan, sample, LENGTH, &text);
        g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, output);
        g_test_message("{%d, %u, \"%s\", \"%.16s\"},", golden[i].mutation, (guint)golden[i].seed,
                       text, sum);
        g_assert_cmpstr(text, ==, golden[i].text);
        g_assert_cmpmem(sum, 16, golden[i].sha256, 16);
    }
}

/* For every kind and seed: the same twice, and never what it was. */
static void test_properties(void)
{
    for (guint i = 0; i < SEEDS * MUTATIONS; i++) {
        MutatePlan plan = base;
        plan.mutation = i % MUTATIONS;
        plan.seed += i / MUTATIONS;
        g_autofree char *text = NULL;
        g_autoptr(GBytes) once = mutate(plan, sample, LENGTH, &text);
        g_autoptr(GBytes) twice = mutate(plan, sample, LENGTH, NULL);
        gsize length = g_bytes_get_size(once);
        g_assert_true(g_bytes_equal(once, twice));
        g_assert_true(length != LENGTH || memcmp(g_bytes_get_data(once, NULL), sample, LENGTH));
        g_assert_cmpuint(plan.mutation, ==, i % MUTATIONS);
        switch (plan.mutation) {
        case MUTATE_TRUNCATE:
            g_assert_cmpuint(length, <, LENGTH);
            break;
        case MUTATE_OVERSIZE:
            g_assert_cmpuint(length, >, LENGTH);
            g_assert_cmpuint(length, <=, LENGTH + MUTATE_OVERSIZE_MAX);
            g_assert_cmpmem(g_bytes_get_data(once, NULL), LENGTH, sample, LENGTH);
            break;
        case MUTATE_FIELD_COUNT:
            g_assert_cmpuint(u32(once, 16), !=, 20);
            break;
        case MUTATE_STALE_VERSION:
            g_assert_cmpuint(u32(once, 8), <, 3);
            break;
        default:
            g_assert_cmpuint(length, ==, LENGTH);
        }
    }
}

/* Different seeds are different damage, mostly. */
static void test_seeds_differ(void)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);

    for (guint i = 0; i < 50; i++) {
        MutatePlan plan = base;
        plan.mutation = MUTATE_BIT_FLIP;
        plan.seed = i;
        g_hash_table_add(seen, mutate(plan, sample, LENGTH, NULL));
    }
    g_assert_cmpuint(g_hash_table_size(seen), >=, 45);
}

static void test_seal(void)
{
    /* FNV-1a of "" and CRC-32 of "123456789" are known: 0x811c9dc5 and 0xcbf43926. */
    static const guint8 numbers[] = "\0\0\0\0\xff"
                                    "23456789";
    MutatePlan plan = {.mutation = MUTATE_STALE_VERSION, .version_offset = 4, .seal = SEAL_CRC32};
    guint8 sealed[sizeof numbers - 1];
    g_autofree char *text = NULL;

    memcpy(sealed, numbers, sizeof sealed);
    for (guint seed = 0; seed < 20; seed++) {
        plan.seed = seed;
        g_autofree char *said = NULL;
        g_autoptr(GBytes) output = mutate(plan, sealed, sizeof sealed, &said);
        const guint8 *bytes = g_bytes_get_data(output, NULL);
        guint32 crc = 0xffffffff;
        for (gsize i = 4; i < sizeof sealed; i++) {
            crc ^= bytes[i];
            for (int bit = 0; bit < 8; bit++)
                crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        g_assert_cmphex(u32(output, 0), ==, ~crc);
        g_assert_nonnull(strstr(said, "checksum put right"));
    }
    plan = base;
    plan.mutation = MUTATE_FIELD_COUNT;
    plan.seal = SEAL_FNV1A32;
    g_autoptr(GBytes) output = mutate(plan, sample, LENGTH, &text);
    guint32 sum = 2166136261u;
    for (gsize i = 8; i < LENGTH; i++)
        sum = (sum ^ ((const guint8 *)g_bytes_get_data(output, NULL))[i]) * 16777619u;
    g_assert_cmphex(u32(output, 4), ==, sum);
}

static void test_impossible(void)
{
    static const guint8 zeros[LENGTH];
    static const struct {
        Mutation mutation;
        const guint8 *input;
        gsize length;
        const char *message;
    } wrong[] = {
        {MUTATE_TRUNCATE, sample, 0, "it is empty"},
        {MUTATE_ZERO_FILL, zeros, LENGTH, "all zeros already"},
        {MUTATE_ZERO_FILL, sample, 0, "it is empty"},
        {MUTATE_BIT_FLIP, sample, 0, "it is empty"},
        {MUTATE_FIELD_COUNT, sample, 19, "ends before its field count"},
        {MUTATE_STALE_VERSION, sample, 3, "ends before its version"},
        {MUTATE_STALE_VERSION, zeros, LENGTH, "its version is 0"},
        {MUTATE_BIT_FLIP, sample, MUTATE_INPUT_MAX + 1, "larger than 16 MiB"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        MutatePlan plan = base;
        GBytes *none = NULL;
        g_autoptr(GError) error = NULL;
        plan.mutation = wrong[i].mutation;
        g_assert_false(mutate_bytes(&plan, wrong[i].input, wrong[i].length, &none, NULL, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
    }
}

static void test_names(void)
{
    for (guint i = 0; i < MUTATIONS; i++)
        g_assert_cmpint(mutation_parse(mutation_name(i)), ==, (int)i);
    g_assert_cmpint(seal_parse("crc32"), ==, SEAL_CRC32);
    g_assert_cmpint(seal_parse("none"), ==, SEAL_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mutate/golden", test_golden);
    g_test_add_func("/mutate/properties", test_properties);
    g_test_add_func("/mutate/seeds-differ", test_seeds_differ);
    g_test_add_func("/mutate/seal", test_seal);
    g_test_add_func("/mutate/impossible", test_impossible);
    g_test_add_func("/mutate/names", test_names);
    return g_test_run();
}
