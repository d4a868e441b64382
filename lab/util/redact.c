/* SPDX-License-Identifier: GPL-2.0-or-later
 * Words that must not reach a file or a terminal.
 */
#include "util/redact.h"

#include <stdio.h>
#include <string.h>

#include "util/json.h"

#define PIECE_BYTES (1 << 20)

typedef struct {
    char *bytes;
    gsize length;
    bool any_case;
    char *instead;
} Form;

static GPtrArray *forms; /* of Form*; NULL: none */
static gsize longest;

static void form_free(gpointer data)
{
    Form *form = data;
    g_free(form->bytes);
    g_free(form->instead);
    g_free(form);
}

static void add_form(const char *bytes, gsize length, bool any_case, const char *instead)
{
    Form *form = g_new0(Form, 1);

    form->bytes = g_memdup2(bytes, length);
    form->length = length;
    form->any_case = any_case;
    form->instead = g_strdup(instead);
    g_ptr_array_add(forms, form);
    longest = MAX(longest, length);
}

/* What base64 makes of the bytes wherever they begin: of the three cases, the letters that depend
 * on nothing before or behind them. */
static void add_base64(const char *bytes, gsize length, const char *instead)
{
    for (gsize before = 0; before < 3; before++) {
        g_autofree guchar *padded = g_malloc0(length + before);
        memcpy(padded + before, bytes, length);
        g_autofree char *text = g_base64_encode(padded, length + before);
        gsize from = (before * 8 + 5) / 6, to = (length + before) * 8 / 6;
        if (to - from >= REDACT_BYTES_MIN)
            add_form(text + from, to - from, false, instead);
    }
}

bool redact_add(const char *word, const char *instead)
{
    gsize length = strlen(word);
    glong units = 0;

    if (length < REDACT_BYTES_MIN || length > REDACT_BYTES_MAX || !g_utf8_validate(word, -1, NULL))
        return false;
    if (!forms)
        forms = g_ptr_array_new_with_free_func(form_free);
    instead = instead ? instead : REDACT_MARK;
    g_autofree gunichar2 *wide = g_utf8_to_utf16(word, -1, NULL, &units, NULL);
    g_autoptr(cJSON) value = cJSON_CreateString(word);
    g_autofree char *quoted = json_line(value);
    add_form(word, length, true, instead);
    add_form(quoted + 1, strlen(quoted) - 2, true, instead);
    add_form((const char *)wide, (gsize)units * 2, true, instead);
    add_base64(word, length, instead);
    add_base64((const char *)wide, (gsize)units * 2, instead);
    return true;
}

void redact_clear(void)
{
    g_clear_pointer(&forms, g_ptr_array_unref);
    longest = 0;
}

static bool matches(const Form *form, const char *at, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        char c = at[i], wanted = form->bytes[i];
        if (form->any_case ? g_ascii_tolower(c) != g_ascii_tolower(wanted) : c != wanted)
            return false;
    }
    return true;
}

/* Where the form begins, from `from` on; -1: nowhere. */
static gssize find(const Form *form, const char *bytes, gsize length, gsize from)
{
    for (gsize at = from; at + form->length <= length; at++)
        if (matches(form, bytes + at, form->length))
            return (gssize)at;
    return -1;
}

void redact_bytes(GString *bytes)
{
    for (guint i = 0; forms && i < forms->len; i++) {
        const Form *form = forms->pdata[i];
        gssize at = 0;
        while ((at = find(form, bytes->str, bytes->len, (gsize)at)) >= 0) {
            g_string_erase(bytes, at, (gssize)form->length);
            g_string_insert(bytes, at, form->instead);
            at += (gssize)strlen(form->instead);
        }
    }
}

char *redact_text(const char *text)
{
    if (!forms || !text)
        return g_strdup(text);
    GString *copy = g_string_new(text);
    redact_bytes(copy);
    return g_string_free(copy, FALSE);
}

gsize redact_held(const char *bytes, gsize length)
{
    for (gsize held = MIN(length, longest ? longest - 1 : 0); held > 0; held--)
        for (guint i = 0; i < forms->len; i++) {
            const Form *form = forms->pdata[i];
            if (held < form->length && matches(form, bytes + length - held, held))
                return held;
        }
    return 0;
}

char *redact_cut_text(const char *text)
{
    static const char mark[] = "…";
    char *copy = redact_text(text);

    if (!forms || !copy || !g_str_has_suffix(copy, mark))
        return copy;
    gsize length = strlen(copy) - strlen(mark), held = redact_held(copy, length);
    copy[length - held] = '\0';
    char *marked = g_strconcat(copy, mark, NULL);
    g_free(copy);
    return marked;
}

bool redact_in_file(const char *path)
{
    FILE *file = forms ? fopen(path, "re") : NULL;
    g_autofree char *piece = file ? g_malloc(PIECE_BYTES + REDACT_BYTES_MAX * 8) : NULL;
    gsize kept = 0, n;
    bool found = false;

    while (file && !found && (n = fread(piece + kept, 1, PIECE_BYTES, file)) > 0) {
        gsize length = kept + n;
        for (guint i = 0; !found && i < forms->len; i++)
            found = find(forms->pdata[i], piece, length, 0) >= 0;
        kept = MIN(length, longest - 1);
        memmove(piece, piece + length - kept, kept);
    }
    if (file)
        fclose(file);
    return found;
}
