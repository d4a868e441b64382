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

static void put_header(GByteArray *bytes, const BuilderDump *what)
{
    memcpy(bytes->data, "PAGEDU64", 8);
    bytes_put32(bytes, 0x08, 0xF);
    bytes_put32(bytes, 0x0C, 19041);
    bytes_put32(bytes, 0x30, 0x8664);
    bytes_put32(bytes, 0x38, what->code);
    for (guint i = 0; i < 4; i++)
        bytes_put64(bytes, 0x40 + 8 * i, what->parameters[i]);
    if (what->rip)
        bytes_put64(bytes, 0x348 + 0xF8, what->rip);
    if (what->exception_status) {
        bytes_put32(bytes, 0xF00, what->exception_status);
        bytes_put64(bytes, 0xF10, what->exception_address);
    }
    bytes_put32(bytes, 0xF98, what->type ? what->type : 4);
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

GByteArray *dump_build(const BuilderDump *what)
{
    GByteArray *bytes = g_byte_array_new();
    guint count = 0;

    while (what->modules && what->modules[count].path)
        count++;
    g_byte_array_set_size(bytes, BUILDER_DRIVERS + count * BUILDER_DRIVER_SIZE);
    for (guint i = 0; i < bytes->len; i++)
        bytes->data[i] = (guint8) "PAGE"[i % 4];
    put_header(bytes, what);

    for (guint i = 0; i < count; i++) {
        const BuilderModule *module = &what->modules[i];
        gsize at = BUILDER_DRIVERS + i * BUILDER_DRIVER_SIZE;
        bytes_put32(bytes, at, bytes->len);
        bytes_put64(bytes, at + 0x38, module->base);
        bytes_put32(bytes, at + 0x48, module->size);
        bytes_put32(bytes, at + 0x88, module->timestamp);
        add_name(bytes, module->path);
    }
    bytes_put32(bytes, 0x2000 + 0x30, BUILDER_DRIVERS);
    bytes_put32(bytes, 0x2000 + 0x34, count);
    bytes_put32(bytes, 0x2000 + 0x08, bytes->len);
    g_byte_array_append(bytes, (const guint8 *)"TRGD", 4);
    bytes_put32(bytes, 0x2000 + 0x04, bytes->len);
    return bytes;
}
