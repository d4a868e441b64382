/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of documented parameters. Source: Microsoft's bug check code reference (Windows driver
 * documentation, debugger), in this project's own words; NTSTATUS names: [MS-ERREF].
 */
#include "triage/stop-parameters.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    guint64 value;
    const char *meaning;
} Value;

typedef struct {
    guint32 code;
    StopKind kind;
    gint8 address, exception, context; /* numbers of parameters from 1; 0: none */
    gint8 status;                      /* number of the parameter that is an NTSTATUS */
    const char *meaning[4];
    const Value *values[4]; /* each ended by one without a meaning */
} Meaning;

static const Value operation[] = {
    {0, "read"}, {1, "write"}, {2, "execute"}, {8, "execute"}, {0, NULL}};
/* 0x50 on x86-64 counts otherwise since Windows 10 1507. */
static const Value fault_operation[] = {{0, "read"},       {1, "write (before Windows 10)"},
                                        {2, "write"},      {8, "execute (Arm)"},
                                        {0x10, "execute"}, {0, NULL}};
static const Value fault_kind[] = {
    {0, "the address belongs to freed memory"}, {2, "there is no page table for it"},
    {3, "it belongs to another session"},       {4, "it is not canonical"},
    {0xF, "it is an address of user mode"},     {0, NULL}};
static const Value traps[] = {{0x0, "divide by zero"},
                              {0x4, "overflow"},
                              {0x5, "bounds check"},
                              {0x6, "invalid instruction"},
                              {0x8, "double fault, often a kernel stack that ran over"},
                              {0xD, "general protection"},
                              {0x11, "alignment check"},
                              {0x12, "machine check"},
                              {0, NULL}};
static const Value security_checks[] = {{0x0, "a stack buffer ran over (/GS cookie)"},
                                        {0x1, "a virtual function table was damaged"},
                                        {0x2, "a stack buffer ran over (/GS cookie)"},
                                        {0x3, "a LIST_ENTRY was damaged (double removal, say)"},
                                        {0x5, "an invalid argument was passed"},
                                        {0x6, "a stack cookie was not initialised"},
                                        {0x7, "a fatal exit was asked for"},
                                        {0x8, "an array was used out of bounds"},
                                        {0xA, "an indirect call to no valid target"},
                                        {0xE, "a reference count was damaged"},
                                        {0x1D, "a red-black tree was damaged"},
                                        {0, NULL}};
static const Value pool_headers[] = {{0x2, "special pool: the pattern behind the block is damaged"},
                                     {0x3, "the free list is damaged"},
                                     {0x5, "two neighbouring headers contradict each other"},
                                     {0x6, "a header's previous size is too large"},
                                     {0x7, "a header's size is damaged"},
                                     {0x8, "a header's size is zero"},
                                     {0x9, "a header's size is too large"},
                                     {0xA, "a header's size is damaged"},
                                     {0xD, "a freed block's header was modified"},
                                     {0xE, "a freed block's header was modified"},
                                     {0xF, "a freed block's header was modified"},
                                     {0x20, "a header's size is damaged"},
                                     {0x21, "what lies behind the freed block is damaged"},
                                     {0x22, "an address that the pool does not track was freed"},
                                     {0x23, "a freed block's header was modified"},
                                     {0x24, "a freed block's header was modified"},
                                     {0x25, "a freed block's header was modified"},
                                     {0, NULL}};
static const Value pool_calls[] = {{0x0, "an allocation of zero bytes"},
                                   {0x1, "the pool header is damaged"},
                                   {0x2, "the pool header is damaged"},
                                   {0x4, "the pool header is damaged"},
                                   {0x6, "the block was freed before"},
                                   {0x7, "the block was freed before"},
                                   {0x8, "allocated at an IRQL that is too high"},
                                   {0x9, "freed at an IRQL that is too high"},
                                   {0xA, "freed with another tag than it was allocated with"},
                                   {0xB, "freed with a damaged quota"},
                                   {0xC, "freed with a damaged quota"},
                                   {0xD, "freed with a damaged quota"},
                                   {0x40, "freed: an address of user mode"},
                                   {0x41, "freed: not allocated in non-paged pool"},
                                   {0x42, "freed: never in any pool"},
                                   {0x43, "freed: never in any pool"},
                                   {0x44, "freed: not allocated in non-paged pool"},
                                   {0x46, "freed: an invalid address"},
                                   {0, NULL}};
static const Value io_verifier[] = {{0x1, "what was freed as an IRP is none"},
                                    {0x2, "an IRP was freed that a thread still has"},
                                    {0x3, "IoCallDriver was given something that is no IRP"},
                                    {0x4, "IoCallDriver was given an invalid device object"},
                                    {0x5, "the IRQL changed over a driver's dispatch routine"},
                                    {0x6, "an IRP was completed with STATUS_PENDING"},
                                    {0x7, "an IRP was completed with its cancel routine set"},
                                    {0, NULL}};
static const Value power[] = {{0x1, "a device object was freed with a power request outstanding"},
                              {0x2, "a power IRP was completed without PoStartNextPowerIrp"},
                              {0x3, "a device has held an IRP for too long"},
                              {0x4, "waiting for the Plug and Play lock took too long"},
                              {0x5, "a directed power transition took too long"},
                              {0x6, "a directed power callback failed"},
                              {0, NULL}};
static const Value dpc[] = {{0, "one DPC exceeded its time"},
                            {1, "DPCs and high IRQL together exceeded their time"},
                            {0, NULL}};
static const Value objects[] = {{0, "a process"}, {1, "a thread"}, {0, NULL}};
static const Value terminated[] = {{0x3, "a process"}, {0x6, "a thread"}, {0, NULL}};
static const Value machine_checks[] = {{0x0, "machine check"},
                                       {0x1, "corrected machine check"},
                                       {0x2, "corrected platform error"},
                                       {0x3, "non-maskable interrupt"},
                                       {0x4, "PCI Express error"},
                                       {0, NULL}};
static const Value elam[] = {
    {0x0, "an attestation could not be revoked"}, {0x10000, "the vendor's own reason"}, {0, NULL}};

/* Sorted by code. */
static const Meaning meanings[] = {
    {.code = 0x0A,
     .kind = STOP_KIND_FAULT,
     .address = 4,
     .meaning = {"address that was accessed", "IRQL", "operation (bit 0 write, bit 3 execute)",
                 "address of the instruction"},
     .values = {[2] = operation}},
    {.code = 0x18,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"type of the object", "object with the wrong reference count", "reserved",
                 "reserved"}},
    {.code = 0x19,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"what is wrong", "block, or pool, that was looked at", "depends on parameter 1",
                 "depends on parameter 1"},
     .values = {[0] = pool_headers}},
    {.code = 0x1A,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"kind of damage to the memory manager's data", "depends on parameter 1",
                 "depends on parameter 1", "depends on parameter 1"}},
    {.code = 0x1E,
     .kind = STOP_KIND_FAULT,
     .address = 2,
     .status = 1,
     .meaning = {"exception that was not handled", "address of the instruction",
                 "first information of the exception", "second information of the exception"}},
    {.code = 0x24,
     .kind = STOP_KIND_FAULT,
     .exception = 2,
     .context = 3,
     .meaning = {"source file and line of Ntfs", "address of the exception record",
                 "address of the context", "reserved"}},
    {.code = 0x3B,
     .kind = STOP_KIND_FAULT,
     .address = 2,
     .context = 3,
     .status = 1,
     .meaning = {"exception", "address of the instruction", "address of the context", "0"}},
    {.code = 0x4E,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"kind of damage to the list of page frames", "depends on parameter 1",
                 "depends on parameter 1", "depends on parameter 1"}},
    {.code = 0x50,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation",
                 "address of the instruction, where known", "kind of fault"},
     .values = {[1] = fault_operation, [3] = fault_kind}},
    {.code = 0x7A,
     .kind = STOP_KIND_HARDWARE,
     .status = 2,
     .meaning = {"lock, or address of the page table entry", "status of the read",
                 "depends on parameter 1", "virtual address that could not be read in"}},
    {.code = 0x7E,
     .kind = STOP_KIND_FAULT,
     .address = 2,
     .exception = 3,
     .context = 4,
     .status = 1,
     .meaning = {"exception that was not handled", "address of the instruction",
                 "address of the exception record", "address of the context"}},
    {.code = 0x7F,
     .kind = STOP_KIND_FAULT,
     .meaning = {"trap of the processor", "depends on the trap", "depends on the trap",
                 "depends on the trap"},
     .values = {[0] = traps}},
    {.code = 0x80,
     .kind = STOP_KIND_ASKED,
     .meaning = {"reserved", "reserved", "reserved", "reserved"}},
    {.code = 0x8E,
     .kind = STOP_KIND_FAULT,
     .address = 2,
     .status = 1,
     .meaning = {"exception that was not handled", "address of the instruction",
                 "address of the trap frame", "reserved"}},
    {.code = 0x9F,
     .kind = STOP_KIND_WATCHDOG,
     .meaning = {"what is wrong", "device object, or time in seconds", "depends on parameter 1",
                 "IRP, or depends on parameter 1"},
     .values = {[0] = power}},
    {.code = 0xBE,
     .kind = STOP_KIND_FAULT,
     .meaning = {"read-only address that was written", "page table entry", "reserved", "reserved"}},
    {.code = 0xC2,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"what the caller did", "depends on parameter 1", "depends on parameter 1",
                 "depends on parameter 1"},
     .values = {[0] = pool_calls}},
    {.code = 0xC4,
     .kind = STOP_KIND_VERIFIER,
     .meaning = {"rule of Driver Verifier that was broken", "depends on the rule",
                 "depends on the rule", "depends on the rule"}},
    {.code = 0xC5,
     .kind = STOP_KIND_CORRUPTION,
     .address = 4,
     .meaning = {"address that was accessed", "IRQL", "operation", "address of the instruction"},
     .values = {[2] = operation}},
    {.code = 0xC9,
     .kind = STOP_KIND_VERIFIER,
     .meaning = {"what the driver did", "depends on parameter 1", "depends on parameter 1",
                 "depends on parameter 1"},
     .values = {[0] = io_verifier}},
    {.code = 0xCB,
     .kind = STOP_KIND_VERIFIER,
     .meaning = {"address in the driver that locked the pages", "caller of that",
                 "MDL with the locked pages", "number of pages"}},
    {.code = 0xCC,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation", "address of the instruction",
                 "reserved"},
     .values = {[1] = operation}},
    {.code = 0xCD,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation", "address of the instruction",
                 "reserved"},
     .values = {[1] = operation}},
    {.code = 0xCE,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation", "address of the instruction",
                 "reserved"},
     .values = {[1] = operation}},
    {.code = 0xD1,
     .kind = STOP_KIND_FAULT,
     .address = 4,
     .meaning = {"address that was accessed", "IRQL", "operation", "address of the instruction"},
     .values = {[2] = operation}},
    {.code = 0xD5,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation", "address of the instruction",
                 "reserved"},
     .values = {[1] = operation}},
    {.code = 0xD6,
     .kind = STOP_KIND_FAULT,
     .address = 3,
     .meaning = {"address that was accessed", "operation", "address of the instruction",
                 "reserved"},
     .values = {[1] = operation}},
    {.code = 0xE2,
     .kind = STOP_KIND_ASKED,
     .meaning = {"reserved", "reserved", "reserved", "reserved"}},
    {.code = 0xEF,
     .kind = STOP_KIND_PROCESS,
     .meaning = {"object that ended", "what it is", "reserved", "reserved"},
     .values = {[1] = objects}},
    {.code = 0xF4,
     .kind = STOP_KIND_PROCESS,
     .meaning = {"what ended", "object that ended", "its image file's name", "explanatory text"},
     .values = {[0] = terminated}},
    {.code = 0xFC,
     .kind = STOP_KIND_FAULT,
     .address = 1,
     .meaning = {"address that was to be executed", "page table entry", "reserved", "reserved"}},
    {.code = 0x101,
     .kind = STOP_KIND_WATCHDOG,
     .meaning = {"clock ticks that passed", "0", "PRCB of the processor that hangs", "its number"}},
    {.code = 0x109,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"reserved", "reserved", "depends on parameter 4", "kind of what was modified"}},
    {.code = 0x10D,
     .kind = STOP_KIND_VERIFIER,
     .meaning = {"rule of the driver framework that was broken", "depends on parameter 1",
                 "depends on parameter 1", "reserved"}},
    {.code = 0x124,
     .kind = STOP_KIND_HARDWARE,
     .meaning = {"source of the error", "address of the error record", "MCi_STATUS, high half",
                 "MCi_STATUS, low half"},
     .values = {[0] = machine_checks}},
    {.code = 0x133,
     .kind = STOP_KIND_WATCHDOG,
     .meaning = {"what took too long", "ticks of the DPC, or of the watchdog's period",
                 "ticks allowed, or address of the triage block",
                 "address of the triage block, or reserved"},
     .values = {[0] = dpc}},
    {.code = 0x139,
     .kind = STOP_KIND_CORRUPTION,
     .exception = 3,
     .meaning = {"check that failed", "address of the trap frame",
                 "address of the exception record", "reserved"},
     .values = {[0] = security_checks}},
    {.code = 0x13A,
     .kind = STOP_KIND_CORRUPTION,
     .meaning = {"kind of damage to the heap", "heap", "address of the damage", "reserved"}},
    {.code = 0x161,
     .kind = STOP_KIND_ASKED,
     .meaning = {"not used", "not used", "not used", "not used"}},
    {.code = 0x178,
     .kind = STOP_KIND_OTHER,
     .meaning = {"why the early-launch driver stopped", "depends on parameter 1",
                 "depends on parameter 1", "depends on parameter 1"},
     .values = {[0] = elam}},
    {.code = 0x1C8,
     .kind = STOP_KIND_ASKED,
     .meaning = {"milliseconds that the power button was held", "reserved", "reserved",
                 "reserved"}},
    {.code = 0x1D3, .kind = STOP_KIND_VERIFIER},
};

static const struct {
    guint32 status;
    const char *name;
} statuses[] = {
    {0x80000001, "STATUS_GUARD_PAGE_VIOLATION"},
    {0x80000002, "STATUS_DATATYPE_MISALIGNMENT"},
    {0x80000003, "STATUS_BREAKPOINT"},
    {0x80000004, "STATUS_SINGLE_STEP"},
    {0xC0000005, "STATUS_ACCESS_VIOLATION"},
    {0xC0000006, "STATUS_IN_PAGE_ERROR"},
    {0xC0000008, "STATUS_INVALID_HANDLE"},
    {0xC000000E, "STATUS_NO_SUCH_DEVICE"},
    {0xC0000017, "STATUS_NO_MEMORY"},
    {0xC000001D, "STATUS_ILLEGAL_INSTRUCTION"},
    {0xC0000025, "STATUS_NONCONTINUABLE_EXCEPTION"},
    {0xC0000094, "STATUS_INTEGER_DIVIDE_BY_ZERO"},
    {0xC0000096, "STATUS_PRIVILEGED_INSTRUCTION"},
    {0xC00000FD, "STATUS_STACK_OVERFLOW"},
    {0xC0000135, "STATUS_DLL_NOT_FOUND"},
    {0xC0000185, "STATUS_IO_DEVICE_ERROR"},
    {0xC0000194, "STATUS_POSSIBLE_DEADLOCK"},
    {0xC0000374, "STATUS_HEAP_CORRUPTION"},
    {0xC0000409, "STATUS_STACK_BUFFER_OVERRUN"},
    {0xC0000420, "STATUS_ASSERTION_FAILURE"},
};

static int compare(const void *key, const void *entry)
{
    guint32 code = *(const guint32 *)key, other = ((const Meaning *)entry)->code;
    return code < other ? -1 : code > other;
}

/* 0x1000007E is 0x7E as a minidump of a machine with little memory names it. */
static const Meaning *find(guint32 code)
{
    guint32 plain = code >> 28 == 1 ? code & 0x0FFFFFFF : code;
    return bsearch(&plain, meanings, G_N_ELEMENTS(meanings), sizeof meanings[0], compare);
}

StopKind stop_kind(guint32 code)
{
    const Meaning *meaning = find(code);
    return meaning ? meaning->kind : STOP_KIND_OTHER;
}

int stop_address_parameter(guint32 code)
{
    const Meaning *meaning = find(code);
    return meaning ? meaning->address - 1 : -1;
}

int stop_exception_parameter(guint32 code)
{
    const Meaning *meaning = find(code);
    return meaning ? meaning->exception - 1 : -1;
}

int stop_context_parameter(guint32 code)
{
    const Meaning *meaning = find(code);
    return meaning ? meaning->context - 1 : -1;
}

const char *stop_status_name(guint32 status)
{
    for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].name;
    return NULL;
}

/* A tag is its characters in memory order; bit 31 says that only its own tag frees the block
 * (PROTECTED_POOL, MS docs, ExFreePoolWithTag). */
static bool read_tag(guint64 value, StopPoolTag ret_tag)
{
    StopPoolTag tag = "";
    guint length = 0;

    for (guint64 rest = value & ~G_GUINT64_CONSTANT(0x80000000); rest != 0; rest >>= 8) {
        if (length == sizeof tag - 1 || !g_ascii_isprint((char)(rest & 0xFF)))
            return false;
        tag[length++] = (char)(rest & 0xFF);
    }
    g_strchomp(tag);
    memcpy(ret_tag, tag, sizeof tag);
    return tag[0] != '\0';
}

guint stop_pool_tags(guint32 code, const guint64 parameters[4],
                     StopPoolTag ret_tags[STOP_POOL_TAGS_MAX])
{
    static const struct {
        guint64 what;
        gint8 owner, freer; /* parameters, from 1 */
    } places[] = {{0x0, 4, 0}, {0x7, 2, 0}, {0xA, 3, 4}, {0xB, 3, 0},
                  {0xC, 3, 0}, {0xD, 3, 0}, {0x9A, 4, 0}};
    guint count = 0;

    for (guint i = 0; code == 0xC2 && i < G_N_ELEMENTS(places); i++) {
        if (places[i].what != parameters[0])
            continue;
        count += read_tag(parameters[places[i].owner - 1], ret_tags[count]);
        count += places[i].freer && read_tag(parameters[places[i].freer - 1], ret_tags[count]);
    }
    return count;
}

char *stop_parameter_text(guint32 code, guint parameter, guint64 value)
{
    const Meaning *meaning = find(code);

    if (!meaning || !meaning->meaning[parameter])
        return NULL;
    const char *what = meaning->meaning[parameter];
    const char *status =
        meaning->status == (gint8)parameter + 1 ? stop_status_name((guint32)value) : NULL;
    if (status)
        return g_strdup_printf("%s: %s", what, status);
    for (const Value *known = meaning->values[parameter]; known && known->meaning; known++)
        if (known->value == value)
            return g_strdup_printf("%s: %s", what, known->meaning);
    return g_strdup(what);
}
