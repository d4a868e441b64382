/* SPDX-License-Identifier: GPL-2.0-or-later
 * A dump file as bytes: bounds, numbers, names, and the small things that every reader makes.
 */
#include "triage/dump-private.h"

#include <string.h>

#include "util/error.h"

#define NAME_BYTES_MAX 255
#define PATH_UNITS_MAX 32767 /* Windows' longest path; of what is longer the end counts */
#define NOTES_MAX 16

bool dump_fail(const DumpFile *file, guint64 offset, const char *why, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: byte 0x%" G_GINT64_MODIFIER "X: %s",
                file->what, offset, why);
    return false;
}

bool dump_has(const DumpFile *file, guint64 offset, guint64 size)
{
    return offset <= file->length && size <= file->length - offset;
}

guint16 dump_u16(const guint8 *bytes)
{
    guint16 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT16_FROM_LE(value);
}

guint32 dump_u32(const guint8 *bytes)
{
    guint32 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

guint64 dump_u64(const guint8 *bytes)
{
    guint64 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_LE(value);
}

guint32 dump_u32_at(const DumpFile *file, guint64 offset)
{
    return dump_u32(file->bytes + offset);
}

guint64 dump_u64_at(const DumpFile *file, guint64 offset)
{
    return dump_u64(file->bytes + offset);
}

/* One character of UTF-16, U+FFFD for what is none or would disturb a terminal or a report. */
static gunichar next_character(const guint8 *units, guint64 *index, guint64 count)
{
    gunichar c = dump_u16(units + 2 * (*index)++);

    if (c >= 0xD800 && c < 0xDC00 && *index < count) {
        gunichar low = dump_u16(units + 2 * *index);
        if (low >= 0xDC00 && low < 0xE000) {
            (*index)++;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return g_unichar_isgraph(c) || c == ' ' ? c : 0xFFFD;
}

char *dump_name(const guint8 *units, guint64 count)
{
    if (count > PATH_UNITS_MAX) {
        units += 2 * (count - PATH_UNITS_MAX);
        count = PATH_UNITS_MAX;
    }
    guint64 start = count;
    while (start > 0 && dump_u16(units + 2 * (start - 1)) != '\\' &&
           dump_u16(units + 2 * (start - 1)) != '/')
        start--;

    g_autoptr(GString) name = g_string_new(NULL);
    for (guint64 i = start; i < count && dump_u16(units + 2 * i) != 0;) {
        char utf8[6];
        int size = g_unichar_to_utf8(next_character(units, &i, count), utf8);
        if (name->len + (gsize)size > NAME_BYTES_MAX)
            break;
        g_string_append_len(name, utf8, size);
    }
    return g_string_free(g_steal_pointer(&name), FALSE);
}

DumpModule *dump_module_add(GPtrArray *modules, char *name, guint64 base, guint32 size)
{
    DumpModule *module = g_new0(DumpModule, 1);

    module->name = name;
    module->base = base;
    module->size = size;
    g_ptr_array_add(modules, module);
    return module;
}

void dump_note(Dump *dump, const char *format, ...)
{
    va_list arguments;

    if (dump->notes->len >= NOTES_MAX)
        return;
    va_start(arguments, format);
    g_ptr_array_add(dump->notes, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}
