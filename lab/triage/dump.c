/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reads 64-bit kernel crash dumps of the triage type.
 *
 * All numbers are little-endian. The header is 0x2000 bytes long:
 *
 *   0x000 'PAGEDU64'        0x030 u32 machine (0x8664)     0xF00 exception record
 *   0x00C u32 build         0x038 u32 stop code                  +0x00 u32 status
 *   0x348 CONTEXT           0x040 u64 parameters[4]              +0x10 u64 address
 *         +0x0F8 u64 Rip                                   0xF98 u32 type, 4 is triage
 *
 * A triage dump goes on at 0x2000 with u32 members:
 *
 *   +0x04 size of the dump           +0x30 offset of the driver list   +0x38 offset of the strings
 *   +0x08 offset of its last u32,    +0x34 number of drivers           +0x3C their size
 *         which reads 'TRGD'
 *
 *   a driver, 0x90 bytes: +0x00 u32 offset of its name, +0x38 u64 base, +0x48 u32 size of its
 * image, +0x88 u32 time stamp a name: u32 number of UTF-16 units, then those units: a path
 *
 * What was never set reads 'PAGE', again and again.
 *
 * Sources: the layouts that kdmp-parser, volatility3 (crash64) and QEMU (win_dump_defs.h) agree
 * on; the meaning of the parameters: Microsoft's bug check code reference.
 */
#include "triage/dump.h"

#include <string.h>

#include "util/error.h"

#define HEADER_SIZE 0x2000
#define DRIVER_SIZE 0x90
#define DRIVERS_MAX 4096
#define NAME_BYTES_MAX 255
#define MACHINE_AMD64 0x8664
#define TYPE_TRIAGE 4
#define UNSET_32 0x45474150u
#define UNSET_64 0x4547415045474150u

typedef struct {
    const guint8 *bytes;
    gsize length;
    const char *what;
} Bytes;

static bool fail(const Bytes *in, guint64 offset, const char *why, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: byte 0x%" G_GINT64_MODIFIER "X: %s",
                in->what, offset, why);
    return false;
}

static bool has(const Bytes *in, guint64 offset, guint64 size)
{
    return offset <= in->length && size <= in->length - offset;
}

/* The callers have checked that the bytes are there. */
static guint32 u32_at(const Bytes *in, guint64 offset)
{
    guint32 value;
    memcpy(&value, in->bytes + offset, sizeof value);
    return GUINT32_FROM_LE(value);
}

static guint64 u64_at(const Bytes *in, guint64 offset)
{
    guint64 value;
    memcpy(&value, in->bytes + offset, sizeof value);
    return GUINT64_FROM_LE(value);
}

static guint16 unit_at(const Bytes *in, guint64 offset, guint64 index)
{
    guint16 value;
    memcpy(&value, in->bytes + offset + 2 * index, sizeof value);
    return GUINT16_FROM_LE(value);
}

/* One character of UTF-16, U+FFFD for what is none or would disturb a terminal or a report. */
static gunichar next_character(const Bytes *in, guint64 units, guint64 *index, guint64 count)
{
    gunichar c = unit_at(in, units, (*index)++);

    if (c >= 0xD800 && c < 0xDC00 && *index < count) {
        gunichar low = unit_at(in, units, *index);
        if (low >= 0xDC00 && low < 0xE000) {
            (*index)++;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return g_unichar_isgraph(c) || c == ' ' ? c : 0xFFFD;
}

static bool read_name(const Bytes *in, guint64 offset, char **ret_name, GError **error)
{
    if (!has(in, offset, 4))
        return fail(in, offset, "a driver's name lies outside the file", error);
    guint64 count = u32_at(in, offset);
    guint64 units = offset + 4;
    if (!has(in, units, 2 * count))
        return fail(in, offset, "a driver's name is longer than the file", error);

    guint64 start = count;
    while (start > 0 && unit_at(in, units, start - 1) != '\\' &&
           unit_at(in, units, start - 1) != '/')
        start--;

    g_autoptr(GString) name = g_string_new(NULL);
    for (guint64 i = start; i < count && unit_at(in, units, i) != 0;) {
        char utf8[6];
        int size = g_unichar_to_utf8(next_character(in, units, &i, count), utf8);
        if (name->len + (gsize)size > NAME_BYTES_MAX)
            break;
        g_string_append_len(name, utf8, size);
    }
    *ret_name = g_string_free(g_steal_pointer(&name), FALSE);
    return true;
}

static void module_free(gpointer data)
{
    DumpModule *module = data;
    g_free(module->name);
    g_free(module);
}

static bool read_drivers(const Bytes *in, Dump *dump, GError **error)
{
    if (!has(in, HEADER_SIZE, 0x40))
        return fail(in, HEADER_SIZE, "the dump ends before its triage header", error);
    guint64 valid = u32_at(in, HEADER_SIZE + 0x08);
    if (!has(in, valid, 4) || memcmp(in->bytes + valid, "TRGD", 4) != 0)
        return fail(in, valid, "no end mark: the dump was not written to its end", error);

    guint64 list = u32_at(in, HEADER_SIZE + 0x30);
    guint64 count = u32_at(in, HEADER_SIZE + 0x34);
    if (!has(in, list, count * DRIVER_SIZE))
        return fail(in, list, "the list of drivers is longer than the file", error);

    for (guint64 i = 0; i < MIN(count, DRIVERS_MAX); i++) {
        guint64 at = list + i * DRIVER_SIZE;
        g_autofree char *name = NULL;
        if (!read_name(in, u32_at(in, at), &name, error))
            return false;
        DumpModule *module = g_new0(DumpModule, 1);
        module->base = u64_at(in, at + 0x38);
        module->size = u32_at(in, at + 0x48);
        module->timestamp = u32_at(in, at + 0x88);
        module->name = g_steal_pointer(&name);
        g_ptr_array_add(dump->modules, module);
    }
    return true;
}

/* Which parameter holds the address of the instruction that faulted; -1: none does. */
static int address_parameter(guint32 code)
{
    switch (code) {
    case 0x0000000A: /* IRQL_NOT_LESS_OR_EQUAL */
    case 0x000000D1: /* DRIVER_IRQL_NOT_LESS_OR_EQUAL */
        return 3;
    case 0x00000050: /* PAGE_FAULT_IN_NONPAGED_AREA */
        return 2;
    case 0x0000001E: /* KMODE_EXCEPTION_NOT_HANDLED */
    case 0x0000003B: /* SYSTEM_SERVICE_EXCEPTION */
    case 0x0000007E: /* SYSTEM_THREAD_EXCEPTION_NOT_HANDLED */
    case 0x0000008E: /* KERNEL_MODE_EXCEPTION_NOT_HANDLED */
    case 0x1000007E:
    case 0x1000008E:
        return 1;
    default:
        return -1;
    }
}

static guint64 fault_address(const Bytes *in, const Dump *dump)
{
    int parameter = address_parameter(dump->code);
    if (parameter >= 0 && dump->parameters[parameter] != UNSET_64)
        return dump->parameters[parameter];

    guint32 status = u32_at(in, 0xF00);
    guint64 address = u64_at(in, 0xF10);
    if (status != 0 && status != UNSET_32 && address != 0 && address != UNSET_64)
        return address;

    guint64 rip = u64_at(in, 0x348 + 0xF8);
    return u32_at(in, 0x30) == MACHINE_AMD64 && rip != UNSET_64 ? rip : 0;
}

static void find_faulting_module(Dump *dump)
{
    for (guint i = 0; dump->address != 0 && i < dump->modules->len; i++) {
        const DumpModule *module = dump->modules->pdata[i];
        if (dump->address >= module->base && dump->address - module->base < module->size) {
            dump->faulting = module;
            dump->offset = dump->address - module->base;
            return;
        }
    }
}

bool dump_parse(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                GError **error)
{
    const Bytes in = {bytes, length, what};

    if (!has(&in, 0, 8) || memcmp(bytes, "PAGE", 4) != 0)
        return fail(&in, 0, "this is not a Windows kernel crash dump", error);
    if (memcmp(bytes + 4, "DU64", 4) != 0)
        return fail(&in, 4, "this is not a crash dump of a 64-bit Windows", error);
    if (!has(&in, 0, HEADER_SIZE))
        return fail(&in, length, "the dump ends inside its header", error);

    g_autoptr(Dump) dump = g_new0(Dump, 1);
    dump->modules = g_ptr_array_new_with_free_func(module_free);
    dump->os_build = u32_at(&in, 0x0C);
    dump->code = u32_at(&in, 0x38);
    for (guint i = 0; i < G_N_ELEMENTS(dump->parameters); i++)
        dump->parameters[i] = u64_at(&in, 0x40 + 8 * i);
    dump->type = u32_at(&in, 0xF98);
    if (dump->type == TYPE_TRIAGE && !read_drivers(&in, dump, error))
        return false;
    dump->address = fault_address(&in, dump);
    find_faulting_module(dump);
    *ret_dump = g_steal_pointer(&dump);
    return true;
}

bool dump_read(const char *path, Dump **ret_dump, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &cause);

    if (!file) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read the dump '%s': %s", path,
                    cause->message);
        return false;
    }
    return dump_parse((const guint8 *)g_mapped_file_get_contents(file),
                      g_mapped_file_get_length(file), path, ret_dump, error);
}

void dump_free(Dump *dump)
{
    if (!dump)
        return;
    g_ptr_array_unref(dump->modules);
    g_free(dump);
}
