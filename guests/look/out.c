// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: what it writes.
#include "look.h"

#define NAME_BYTES 4096

static bool to_utf8(const wchar_t *text, char *bytes, int size)
{
    return WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, size, NULL, NULL) > 0;
}

void out_item(struct out *out, const char *kind, const wchar_t *name)
{
    char bytes[NAME_BYTES];

    if (out->items >= ITEMS_MAX || !to_utf8(name, bytes, sizeof bytes))
        return;
    for (char *c = bytes; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    fprintf(out->file, "%s\t%s\n", kind, bytes);
    out->items++;
}

void out_json(FILE *file, const wchar_t *text)
{
    char bytes[NAME_BYTES];

    if (!to_utf8(text, bytes, sizeof bytes))
        bytes[0] = '\0';
    fputc('"', file);
    for (const char *c = bytes; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', file);
        fputc((unsigned char)*c < ' ' ? '?' : *c, file);
    }
    fputc('"', file);
}
