/* SPDX-License-Identifier: GPL-2.0-or-later
 * Kernel dumps of 64-bit Windows. The header is 0x2000 bytes long:
 *
 *   0x000 'PAGEDU64'                0x034 u32 processors        0x0F00 exception record
 *   0x00C u32 build                 0x038 u32 stop code         0x0F98 u32 type
 *   0x010 u64 DirectoryTableBase    0x040 u64 parameters[4]     0x0FA8 u64 FILETIME of the crash
 *   0x020 u64 PsLoadedModuleList    0x080 u64 debugger's data   0x0FB0 comment, 128 bytes
 *   0x030 u32 machine               0x348 CONTEXT               0x1030 u64 uptime, 100 ns
 *                                                               0x1040 u32 product type
 *   CONTEXT of x86-64: +0x30 u32 flags, +0x44 u32 EFLAGS, +0x78 u64 rax, rcx, … r15, rip
 *   exception record: +0x00 u32 code, +0x04 u32 flags, +0x10 u64 address, +0x18 u32 number,
 *                     +0x20 u64 information[15]
 */
#include "triage/dump-private.h"

#include <string.h>

#include "triage/stop-parameters.h"
#include "util/text.h"

#define CONTEXT_SIZE 0x4D0
#define CONTEXT_AMD64 0x100000
#define EXCEPTION_SIZE 0x98
#define COMMENT_SIZE 128
#define FILETIME_1970 116444736000000000ll
#define FILETIME_9999 2650467743990000000ll

const char *const dump_register_names[DUMP_REGISTERS] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                         "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                         "r12", "r13", "r14", "r15", "rip"};

void dump_context_amd64(const guint8 *context, DumpContext *ret_context)
{
    ret_context->known = true;
    ret_context->flags = dump_u32(context + 0x44);
    for (guint i = 0; i < DUMP_REGISTERS; i++)
        ret_context->registers[i] = dump_u64(context + 0x78 + 8 * i);
}

void dump_exception_record(const guint8 *record, DumpException *ret_exception)
{
    guint32 count = dump_u32(record + 0x18);

    ret_exception->known = true;
    ret_exception->code = dump_u32(record);
    ret_exception->flags = dump_u32(record + 4);
    ret_exception->address = dump_u64(record + 0x10);
    ret_exception->count = count <= G_N_ELEMENTS(ret_exception->information) ? count : 0;
    for (guint i = 0; i < ret_exception->count; i++)
        ret_exception->information[i] = dump_u64(record + 0x20 + 8 * i);
}

static guint32 set_u32(const DumpFile *file, guint64 offset)
{
    guint32 value = dump_u32_at(file, offset);
    return value == DUMP_UNSET_32 ? 0 : value;
}

static guint64 set_u64(const DumpFile *file, guint64 offset)
{
    guint64 value = dump_u64_at(file, offset);
    return value == DUMP_UNSET_64 ? 0 : value;
}

static void read_header(const DumpFile *file, Dump *dump)
{
    dump->os_build = dump_u32_at(file, 0x0C);
    dump->machine = dump_u32_at(file, 0x30);
    dump->processors = set_u32(file, 0x34);
    dump->code = dump_u32_at(file, 0x38);
    for (guint i = 0; i < G_N_ELEMENTS(dump->parameters); i++)
        dump->parameters[i] = dump_u64_at(file, 0x40 + 8 * i);
    dump->type = dump_u32_at(file, 0xF98);
    gint64 filetime = (gint64)set_u64(file, 0xFA8);
    if (filetime > FILETIME_1970 && filetime < FILETIME_9999)
        dump->time = (filetime - FILETIME_1970) / 10;
    dump->uptime_ms = set_u64(file, 0x1030) / 10000;
    dump->product = set_u32(file, 0x1040);

    const char *comment = (const char *)file->bytes + 0xFB0;
    if (comment[0] != '\0' && memcmp(comment, "PAGE", 4) != 0)
        dump->comment = text_printable(comment, strnlen(comment, COMMENT_SIZE), COMMENT_SIZE);
}

static void read_header_exception(const DumpFile *file, Dump *dump)
{
    guint32 status = dump_u32_at(file, 0xF00);
    guint64 address = dump_u64_at(file, 0xF10);

    if (status != 0 && status != DUMP_UNSET_32 && address != 0 && address != DUMP_UNSET_64)
        dump_exception_record(file->bytes + 0xF00, &dump->exception);
    if (dump->machine != DUMP_MACHINE_AMD64)
        dump_note(dump, "The registers are not read: only those of x86-64 are.");
    else if (dump_u64_at(file, 0x348 + 0xF8) != DUMP_UNSET_64)
        dump_context_amd64(file->bytes + 0x348, &dump->context);
}

/* What the stop code's parameters point at says more than the header, whose record may be that of
 * the bugcheck itself. */
static void read_pointed(DumpMemory *memory, Dump *dump)
{
    int exception = stop_exception_parameter(dump->code);
    int context = stop_context_parameter(dump->code);
    guint8 record[EXCEPTION_SIZE], registers[CONTEXT_SIZE];

    if (exception >= 0 &&
        dump_memory_read(memory, dump->parameters[exception], record, sizeof record) &&
        dump_u32(record) >> 31 && dump_u64(record + 0x10) != 0)
        dump_exception_record(record, &dump->exception);
    if (context >= 0 && dump->machine == DUMP_MACHINE_AMD64 &&
        dump_memory_read(memory, dump->parameters[context], registers, sizeof registers) &&
        dump_u32(registers + 0x30) & CONTEXT_AMD64)
        dump_context_amd64(registers, &dump->context);
}

static bool open_memory(const DumpFile *file, DumpPhysical *physical, DumpMemory *memory,
                        Dump *dump, GError **error)
{
    bool none;

    if (!dump_physical_open(file, dump->type, physical, &none, error))
        return false;
    if (none) {
        dump_note(dump, "A dump of this type is read by its header alone.");
        return true;
    }
    if (dump->machine != DUMP_MACHINE_AMD64) {
        dump_note(dump, "The memory is not read: only the page tables of x86-64 are.");
        return true;
    }
    memory->find = dump_memory_pages;
    memory->physical = physical;
    memory->table = dump_u64_at(file, 0x10);
    dump_read_modules(memory, dump_u64_at(file, 0x20), dump);
    dump_read_debugger_data(memory, dump_u64_at(file, 0x80), dump);
    if (physical->budget <= 0)
        dump_note(dump, "The list of pages is too long to be searched to its end.");
    return true;
}

static guint64 fault_address(const Dump *dump)
{
    int parameter = stop_address_parameter(dump->code);

    /* 0x50 gives the instruction only where it is known. */
    if (parameter >= 0 && dump->parameters[parameter] != DUMP_UNSET_64 &&
        (dump->code != 0x50 || dump->parameters[parameter] != 0))
        return dump->parameters[parameter];
    if (dump->exception.known)
        return dump->exception.address;
    return dump->context.known ? dump->context.registers[DUMP_RIP] : 0;
}

static void scan_stack(DumpMemory *memory, Dump *dump)
{
    guint64 top = memory->stack.address, size = memory->stack.size;
    guint64 rsp = dump->context.known ? dump->context.registers[DUMP_RSP] : 0;

    if (memory->physical) {
        top = rsp;
        size = DUMP_STACK_MAX;
    } else if (rsp >= top && rsp - top < size) {
        size -= rsp - top;
        top = rsp;
    }
    if (top != 0)
        dump_stack_scan(memory, top, size, dump);
    if (dump->stack_bytes == 0)
        dump_note(dump, "The stack is not in the dump.");
}

bool dump_kernel_read(const DumpFile *file, Dump *dump, GError **error)
{
    g_autofree DumpPhysical *physical = g_new0(DumpPhysical, 1);
    DumpMemory memory = {.file = file, .find = dump_memory_none};

    if (!dump_has(file, 0, 8) || memcmp(file->bytes, "PAGE", 4) != 0)
        return dump_fail(file, 0, "this is not a Windows kernel crash dump", error);
    if (memcmp(file->bytes + 4, "DU64", 4) != 0)
        return dump_fail(file, 4, "this is not a crash dump of a 64-bit Windows", error);
    if (!dump_has(file, 0, DUMP_HEADER_SIZE))
        return dump_fail(file, file->length, "the dump ends inside its header", error);

    read_header(file, dump);
    read_header_exception(file, dump);
    if (dump->type == DUMP_TYPE_TRIAGE ? !dump_triage_read(file, &memory, dump, error)
                                       : !open_memory(file, physical, &memory, dump, error))
        return false;
    read_pointed(&memory, dump);
    dump->address = fault_address(dump);
    scan_stack(&memory, dump);
    return true;
}
