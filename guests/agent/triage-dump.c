/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel triage dump: see triage-dump.h. */
#include "triage-dump.h"

#include <string.h>

#define HEADER_SIZE 0x2000
#define TRIAGE_HEADER_SIZE 0x80
#define UNLOADED_ENTRY_SIZE 0x38
#define DRIVER_ENTRY_SIZE 0x90
#define CONTEXT_OFFSET 0x348
#define EXCEPTION_OFFSET 0xf00
#define COMMENT_OFFSET 0xfb0
#define COMMENT_SIZE 128
#define MACHINE_AMD64 0x8664
#define DUMP_TYPE_TRIAGE 4

struct layout {
    size_t drivers, strings, strings_size, stack, valid, size;
};

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

static size_t path_length(const struct triage_module *module)
{
    size_t n = 0;

    while (n < TRIAGE_PATH_MAX && module->path[n])
        n++;
    return n;
}

/* A pool string: its length in characters, the characters, a zero; on an 8-byte boundary. */
static size_t pool_string_size(const struct triage_module *module)
{
    return (4 + 2 * (path_length(module) + 1) + 7) & ~(size_t)7;
}

static int lay_out(const struct triage_crash *crash, struct layout *ret_layout)
{
    struct layout l = {0};

    if (crash->module_count > TRIAGE_MODULES_MAX || crash->unloaded_count > TRIAGE_UNLOADED_MAX ||
        crash->stack_size > TRIAGE_STACK_MAX || crash->context_size > TRIAGE_CONTEXT_MAX ||
        strlen(crash->comment) >= COMMENT_SIZE)
        return 0;
    l.drivers = HEADER_SIZE + TRIAGE_HEADER_SIZE + 8 + crash->unloaded_count * UNLOADED_ENTRY_SIZE;
    l.strings = l.drivers + crash->module_count * DRIVER_ENTRY_SIZE;
    for (size_t i = 0; i < crash->module_count; i++)
        l.strings_size += pool_string_size(&crash->modules[i]);
    l.stack = l.strings + l.strings_size;
    l.valid = (l.stack + crash->stack_size + 7) & ~(size_t)7;
    l.size = l.valid + 4;
    *ret_layout = l;
    return 1;
}

static void write_header(const struct triage_crash *crash, const struct layout *l, uint8_t *out)
{
    for (size_t i = 0; i < HEADER_SIZE; i += 4)
        memcpy(out + i, "PAGE", 4);
    memcpy(out + 0x04, "DU64", 4);
    put32(out + 0x08, 0xf);
    put32(out + 0x0c, crash->build);
    put32(out + 0x30, MACHINE_AMD64);
    put32(out + 0x34, 1);
    put32(out + 0x38, crash->code);
    for (size_t i = 0; i < 4; i++)
        put64(out + 0x40 + 8 * i, crash->parameter[i]);
    memset(out + CONTEXT_OFFSET, 0, TRIAGE_CONTEXT_MAX);
    memcpy(out + CONTEXT_OFFSET, crash->context, crash->context_size);
    memcpy(out + EXCEPTION_OFFSET, crash->exception, TRIAGE_EXCEPTION_SIZE);
    put32(out + 0xf98, DUMP_TYPE_TRIAGE);
    put64(out + 0xfa0, l->size);
    put64(out + 0xfa8, crash->system_time);
    memset(out + COMMENT_OFFSET, 0, COMMENT_SIZE);
    memcpy(out + COMMENT_OFFSET, crash->comment, strlen(crash->comment));
    put64(out + 0x1030, crash->uptime);
}

static void write_triage_header(const struct triage_crash *crash, const struct layout *l,
                                uint8_t *out)
{
    uint8_t *h = out + HEADER_SIZE;

    memset(h, 0, TRIAGE_HEADER_SIZE);
    put32(h + 0x04, (uint32_t)l->size);
    put32(h + 0x08, (uint32_t)l->valid);
    put32(h + 0x0c, CONTEXT_OFFSET);
    put32(h + 0x10, EXCEPTION_OFFSET);
    put32(h + 0x18, HEADER_SIZE + TRIAGE_HEADER_SIZE);
    put32(h + 0x28, (uint32_t)l->stack);
    put32(h + 0x2c, (uint32_t)crash->stack_size);
    put32(h + 0x30, (uint32_t)l->drivers);
    put32(h + 0x34, (uint32_t)crash->module_count);
    put32(h + 0x38, (uint32_t)l->strings);
    put32(h + 0x3c, (uint32_t)l->strings_size);
    put64(h + 0x48, crash->stack_address);
    memcpy(out + l->valid, "TRGD", 4);
}

static void write_drivers(const struct triage_crash *crash, const struct layout *l, uint8_t *out)
{
    size_t string = l->strings;

    for (size_t i = 0; i < crash->module_count; i++) {
        const struct triage_module *m = &crash->modules[i];
        uint8_t *entry = out + l->drivers + i * DRIVER_ENTRY_SIZE;
        size_t length = path_length(m);

        put32(entry, (uint32_t)string);
        put64(entry + 0x38, m->base);
        put64(entry + 0x40, m->entry);
        put32(entry + 0x48, m->size);
        put32(entry + 0x80, m->checksum);
        put32(entry + 0x88, m->timestamp);
        put32(out + string, (uint32_t)length);
        for (size_t c = 0; c < length; c++)
            put16(out + string + 4 + 2 * c, m->path[c]);
        string += pool_string_size(m);
    }
}

/* Their number, then an entry each: a UNICODE_STRING, the name's first 12 units, start and end. */
static void write_unloaded(const struct triage_crash *crash, uint8_t *out)
{
    uint8_t *list = out + HEADER_SIZE + TRIAGE_HEADER_SIZE;

    put64(list, crash->unloaded_count);
    for (size_t i = 0; i < crash->unloaded_count; i++) {
        const struct triage_unloaded *u = &crash->unloaded[i];
        uint8_t *entry = list + 8 + i * UNLOADED_ENTRY_SIZE;
        uint16_t units = 0;

        for (; units < TRIAGE_UNLOADED_NAME_MAX && u->name[units]; units++)
            put16(entry + 0x10 + 2 * units, u->name[units]);
        put16(entry, (uint16_t)(2 * units));
        put16(entry + 2, (uint16_t)(2 * units));
        put64(entry + 0x28, u->base);
        put64(entry + 0x30, u->base + u->size);
    }
}

size_t triage_dump_size(const struct triage_crash *crash)
{
    struct layout l;

    return lay_out(crash, &l) ? l.size : 0;
}

size_t triage_dump_build(const struct triage_crash *crash, uint8_t *out, size_t size)
{
    struct layout l;

    if (!lay_out(crash, &l) || l.size > size)
        return 0;
    memset(out + HEADER_SIZE, 0, l.size - HEADER_SIZE);
    write_header(crash, &l, out);
    write_triage_header(crash, &l, out);
    write_unloaded(crash, out);
    write_drivers(crash, &l, out);
    memcpy(out + l.stack, crash->stack, crash->stack_size);
    return l.size;
}
