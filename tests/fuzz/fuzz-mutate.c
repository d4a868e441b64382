/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: any content file is mutated, or refused, by every mutation and seal; what comes out
 * is another file, within the limit.
 */
#include <stdint.h>
#include <string.h>

#include "plan/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MutatePlan base = {.seal_offset = 4, .count_offset = 16, .version_offset = 8};

    if (size < 4)
        return 0;
    base.seed = data[0];
    base.seal = data[1] % 3;
    base.seal_offset = data[2];
    base.count_offset = base.version_offset = data[3];
    for (guint i = 0; i < MUTATIONS; i++) {
        MutatePlan plan = base;
        plan.mutation = i;
        g_autoptr(GBytes) output = NULL;
        g_autofree char *text = NULL;
        if (!mutate_bytes(&plan, data, size, &output, &text, NULL))
            continue;
        gsize length = g_bytes_get_size(output);
        g_assert_cmpuint(length, <=, size + MUTATE_OVERSIZE_MAX);
        g_assert_true(length != size || memcmp(g_bytes_get_data(output, NULL), data, size) != 0);
        g_assert_nonnull(text);
    }
    return 0;
}
