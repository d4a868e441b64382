/* SPDX-License-Identifier: GPL-2.0-or-later
 * Modules on the raw stack: a scan, not an unwinding. Values that were left behind by earlier calls
 * count like return addresses, so what it finds is a lead.
 */
#include "triage/dump-private.h"

/* No code lies in a module's first page: that holds the headers. */
#define HEADERS 0x1000

static void add_value(Dump *dump, guint64 stack_address, guint64 value)
{
    const DumpModule *module = dump_module_at(dump, value);

    if (!module || value - module->base < HEADERS)
        return;
    for (guint i = 0; i < dump->stack->len; i++) {
        DumpStackModule *known = dump->stack->pdata[i];
        if (known->module == module) {
            known->count++;
            return;
        }
    }
    DumpStackModule *found = g_new0(DumpStackModule, 1);
    found->module = module;
    found->stack_address = stack_address;
    found->offset = value - module->base;
    found->count = 1;
    g_ptr_array_add(dump->stack, found);
}

void dump_stack_scan(DumpMemory *memory, guint64 address, guint64 size, Dump *dump)
{
    address &= ~7ull;
    size = MIN(size, DUMP_STACK_MAX);
    while (dump->stack_bytes + 8 <= size) {
        guint64 left = 0;
        const guint8 *bytes = memory->find(memory, address + dump->stack_bytes, &left);
        if (!bytes || left < 8)
            return;
        left = MIN(left, size - dump->stack_bytes);
        for (; left >= 8; left -= 8, bytes += 8, dump->stack_bytes += 8)
            add_value(dump, address + dump->stack_bytes, dump_u64(bytes));
    }
}
