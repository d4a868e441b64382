/* SPDX-License-Identifier: GPL-2.0-or-later
 * Makes triage dumps for tests. The layout is described in lab/triage/dump.c.
 */
#include "dump-builder.h"

#include <string.h>

void bytes_put32(GByteArray *bytes, gsize offset, guint32 value)
{
    guint32 little = GUINT32_TO_LE(value);
    g_assert_cmpuint(offset + sizeof little, <=, bytes->len);
    memcpy(bytes->data + offset, &little, sizeof little);
}

void bytes_put64(GByteArray *bytes, gsize offset, guint64 value)
{
    guint64 little = GUINT64_TO_LE(value);
    g_assert_cmpuint(offset + sizeof little, <=, bytes->len);
    memcpy(bytes->data + offset, &little, sizeof little);
}

void builder_header(GByteArray *bytes, const BuilderDump *what)
{
    for (guint i = 0; i < 0x2000; i++)
        bytes->data[i] = (guint8) "PAGE"[i % 4];
    memcpy(bytes->data, "PAGEDU64", 8);
    bytes_put32(bytes, 0x08, 0xF);
    bytes_put32(bytes, 0x0C, 19041);
    bytes_put32(bytes, 0x30, 0x8664);
    bytes_put32(bytes, 0x34, 2);
    bytes_put32(bytes, 0x38, what->code);
    for (guint i = 0; i < 4; i++)
        bytes_put64(bytes, 0x40 + 8 * i, what->parameters[i]);
    if (what->rip)
        bytes_put64(bytes, 0x348 + 0xF8, what->rip);
    if (what->rsp)
        bytes_put64(bytes, 0x348 + 0x98, what->rsp);
    if (what->exception_status) {
        bytes_put32(bytes, 0xF00, what->exception_status);
        bytes_put64(bytes, 0xF10, what->exception_address);
    }
    bytes_put32(bytes, 0xF98, what->type ? what->type : 4);
    bytes_put64(bytes, 0xFA8, 132584000000000000);
    bytes_put64(bytes, 0x1030, 12345 * 10000);
    bytes_put32(bytes, 0x1040, 3);
}

static void add_name(GByteArray *bytes, const char *path)
{
    glong units;
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16(path, -1, NULL, &units, NULL);
    guint32 count = GUINT32_TO_LE((guint32)units);

    g_byte_array_append(bytes, (const guint8 *)&count, sizeof count);
    for (glong i = 0; i < units; i++) {
        guint16 unit = GUINT16_TO_LE(utf16[i]);
        g_byte_array_append(bytes, (const guint8 *)&unit, sizeof unit);
    }
}

static void add_stack(GByteArray *bytes, const BuilderDump *what)
{
    guint at = bytes->len, count = 0;

    for (; what->stack && what->stack[count] != 0; count++) {
        guint64 little = GUINT64_TO_LE(what->stack[count]);
        g_byte_array_append(bytes, (const guint8 *)&little, sizeof little);
    }
    bytes_put32(bytes, 0x2000 + 0x28, at);
    bytes_put32(bytes, 0x2000 + 0x2C, 8 * count);
    bytes_put64(bytes, 0x2000 + 0x48, what->rsp);
}

static void add_unloaded(GByteArray *bytes, const BuilderModule *modules)
{
    guint at = bytes->len, count = 0;

    g_byte_array_set_size(bytes, at + 8);
    for (; modules && modules[count].path; count++) {
        guint entry = bytes->len;
        gsize length = strlen(modules[count].path);
        g_byte_array_set_size(bytes, entry + 0x38);
        memset(bytes->data + entry, 0, 0x38);
        bytes_put32(bytes, entry, (guint32)length * 2);
        for (gsize i = 0; i < MIN(length, 12); i++)
            bytes->data[entry + 0x10 + 2 * i] = (guint8)modules[count].path[i];
        bytes_put64(bytes, entry + 0x28, modules[count].base);
        bytes_put64(bytes, entry + 0x30, modules[count].base + modules[count].size);
    }
    bytes_put64(bytes, at, count);
    bytes_put32(bytes, 0x2000 + 0x18, at);
}

GByteArray *dump_build(const BuilderDump *what)
{
    GByteArray *bytes = g_byte_array_new();
    guint count = 0;

    while (what->modules && what->modules[count].path)
        count++;
    g_byte_array_set_size(bytes, BUILDER_DRIVERS + count * BUILDER_DRIVER_SIZE);
    for (guint i = 0; i < bytes->len; i++)
        bytes->data[i] = (guint8) "PAGE"[i % 4];
    builder_header(bytes, what);

    for (guint i = 0; i < count; i++) {
        const BuilderModule *module = &what->modules[i];
        gsize at = BUILDER_DRIVERS + i * BUILDER_DRIVER_SIZE;
        bytes_put32(bytes, at, bytes->len);
        bytes_put64(bytes, at + 0x38, module->base);
        bytes_put32(bytes, at + 0x48, module->size);
        bytes_put32(bytes, at + 0x88, module->timestamp);
        add_name(bytes, module->path);
    }
    if (what->stack)
        add_stack(bytes, what);
    if (what->unloaded)
        add_unloaded(bytes, what->unloaded);
    bytes_put32(bytes, 0x2000 + 0x30, BUILDER_DRIVERS);
    bytes_put32(bytes, 0x2000 + 0x34, count);
    bytes_put32(bytes, 0x2000 + 0x08, bytes->len);
    g_byte_array_append(bytes, (const guint8 *)"TRGD", 4);
    bytes_put32(bytes, 0x2000 + 0x04, bytes->len);
    return bytes;
}
