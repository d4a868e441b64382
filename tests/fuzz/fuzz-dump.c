/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a crash dump holds, reading it, judging it and writing about it ends with a
 * bounded result or one line.
 */
#include <stdint.h>
#include <string.h>

#include "triage/triage-report.h"
#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_modules(const GPtrArray *modules, guint max)
{
    g_assert_cmpuint(modules->len, <=, max);
    for (guint i = 0; i < modules->len; i++) {
        const DumpModule *module = modules->pdata[i];
        g_assert_true(g_utf8_validate(module->name, -1, NULL));
        g_assert_cmpuint(strlen(module->name), <=, 255);
    }
}

static void check_dump(const Dump *dump)
{
    check_modules(dump->modules, 4096);
    check_modules(dump->unloaded, 64);
    if (dump->faulting)
        g_assert_cmpuint(dump->offset, <, dump->faulting->size);
    g_assert_cmpuint(dump->stack->len, <=, dump->modules->len);
    for (guint i = 0; i < dump->stack->len; i++) {
        const DumpStackModule *found = dump->stack->pdata[i];
        g_assert_cmpuint(found->offset, <, found->module->size);
    }
}

static void check_report(const Dump *dump)
{
    g_autoptr(Lead) lead = lead_find(dump);
    g_autofree char *text = triage_text(dump, lead);
    g_autoptr(cJSON) object = triage_json(dump, lead);

    g_assert_cmpuint(lead->reasons->len, >, 0);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c++)
        g_assert_true(*c == '\n' || !g_ascii_iscntrl(*c));
    g_assert_true(cJSON_IsObject(object));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Dump) dump = NULL;
    g_autoptr(GError) error = NULL;

    if (!dump_parse_any(data, size, "input.dmp", &dump, &error)) {
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_null(dump);
        return 0;
    }
    g_assert_no_error(error);
    check_dump(dump);
    check_report(dump);
    return 0;
}
