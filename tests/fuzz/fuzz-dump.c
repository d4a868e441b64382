/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a crash dump holds, reading it ends with a bounded result or one line.
 */
#include <stdint.h>
#include <string.h>

#include "triage/dump.h"
#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Dump) dump = NULL;
    g_autoptr(GError) error = NULL;

    if (!dump_parse(data, size, "input.dmp", &dump, &error)) {
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_null(dump);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(dump->modules->len, <=, 4096);
    for (guint i = 0; i < dump->modules->len; i++) {
        const DumpModule *module = dump->modules->pdata[i];
        g_assert_true(g_utf8_validate(module->name, -1, NULL));
        g_assert_cmpuint(strlen(module->name), <=, 255);
    }
    if (dump->faulting)
        g_assert_cmpuint(dump->offset, <, dump->faulting->size);
    return 0;
}
