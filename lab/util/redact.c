/* SPDX-License-Identifier: GPL-2.0-or-later
 * Words that must not reach a file or a terminal.
 */
#include "util/redact.h"

#include <stdio.h>
#include <string.h>

#include "util/spelling.h"

#define PIECE_BYTES (1 << 20)
#define SPAN_MAX (64 << 10) /* bytes that one word may take in any spelling */

/* A word in one spelling and one encoding. */
typedef struct {
    Spelling spelling;
    Encoding encoding;
    gunichar *characters;
    guint count;
    bool any_case, whole;
    char *instead;
} Form;

static GPtrArray *forms;          /* of Form*; NULL: none */
static GPtrArray *by_byte[256];   /* forms in UTF-8 by the first byte of what they may match */
static GPtrArray *by_unit[65536]; /* forms in UTF-16 by the first two bytes */
static bool is_first_of_unit[256];

static void form_free(gpointer data)
{
    Form *form = data;
    g_free(form->characters);
    g_free(form->instead);
    g_free(form);
}

/* --- adding words --- */

static void put_into(GPtrArray **list, Form *form)
{
    if (!*list)
        *list = g_ptr_array_new();
    if ((*list)->len == 0 || (*list)->pdata[(*list)->len - 1] != form)
        g_ptr_array_add(*list, form);
}

static void enter(Form *form, gunichar first)
{
    gunichar unit = first < 0x10000 ? first : 0xD800 + ((first - 0x10000) >> 10);
    guint low = unit & 0xFF, high = unit >> 8;
    char utf8[6];

    if (form->encoding == ENCODED_UTF8) {
        g_unichar_to_utf8(first, utf8);
        put_into(&by_byte[(guchar)utf8[0]], form);
        return;
    }
    guint key = form->encoding == ENCODED_UTF16LE ? low << 8 | high : high << 8 | low;
    put_into(&by_unit[key], form);
    is_first_of_unit[key >> 8] = true;
}

static Form *add_form(Spelling spelling, Encoding encoding, const char *text, const char *instead)
{
    Form *form = g_new0(Form, 1);
    gunichar others[4];
    glong count;

    form->spelling = spelling;
    form->encoding = encoding;
    form->characters = g_utf8_to_ucs4_fast(text, -1, &count);
    form->count = (guint)count;
    form->any_case = spelling != SPELLED_BASE64;
    form->instead = g_strdup(instead);
    if (!forms)
        forms = g_ptr_array_new_with_free_func(form_free);
    g_ptr_array_add(forms, form);
    gunichar first = form->characters[0];
    enter(form, first);
    if (form->any_case && first < 0x80) {
        enter(form, (gunichar)g_ascii_tolower((char)first));
        enter(form, (gunichar)g_ascii_toupper((char)first));
    }
    spelling_begins(spelling, first, others);
    for (guint i = 0; others[i]; i++)
        enter(form, others[i]);
    return form;
}

static void add_encoded(Spelling spelling, const char *text, const char *instead)
{
    for (Encoding encoding = ENCODED_UTF8; encoding <= ENCODED_UTF16BE; encoding++)
        add_form(spelling, encoding, text, instead);
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
        if (to - from < REDACT_BYTES_MIN)
            continue;
        g_autofree char *part = g_strndup(text + from, to - from);
        add_encoded(SPELLED_BASE64, part, instead);
    }
}

static void add_hex(const char *bytes, gsize length, const char *instead)
{
    g_autoptr(GString) digits = g_string_new(NULL);

    for (gsize i = 0; i < length; i++)
        g_string_append_printf(digits, "%02x", (guchar)bytes[i]);
    add_encoded(SPELLED_HEX, digits->str, instead);
}

static bool is_word(const char *word, gsize bytes_min)
{
    gsize length = strlen(word);
    return length >= bytes_min && length <= REDACT_BYTES_MAX && g_utf8_validate(word, -1, NULL);
}

bool redact_add(const char *word, const char *instead)
{
    glong units = 0;

    if (!is_word(word, REDACT_BYTES_MIN))
        return false;
    instead = instead ? instead : REDACT_MARK;
    g_autofree gunichar2 *wide = g_utf8_to_utf16(word, -1, NULL, &units, NULL);
    for (Spelling spelling = SPELLED_PLAIN; spelling <= SPELLED_PERCENT; spelling++)
        add_encoded(spelling, word, instead);
    add_base64(word, strlen(word), instead);
    add_base64((const char *)wide, (gsize)units * 2, instead);
    add_hex(word, strlen(word), instead);
    add_hex((const char *)wide, (gsize)units * 2, instead);
    return true;
}

bool redact_add_whole(const char *word, const char *instead)
{
    if (!is_word(word, 1))
        return false;
    for (Encoding encoding = ENCODED_UTF8; encoding <= ENCODED_UTF16BE; encoding++)
        add_form(SPELLED_PLAIN, encoding, word, instead ? instead : REDACT_MARK)->whole = true;
    return true;
}

void redact_clear(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(by_byte); i++)
        g_clear_pointer(&by_byte[i], g_ptr_array_unref);
    memset(is_first_of_unit, 0, sizeof is_first_of_unit);
    for (guint i = 0; i < G_N_ELEMENTS(by_unit); i++)
        g_clear_pointer(&by_unit[i], g_ptr_array_unref);
    g_clear_pointer(&forms, g_ptr_array_unref);
}

/* --- finding them --- */

/* The longest of the words that begin at one place. */
typedef struct {
    const Form *form; /* NULL: none */
    gsize end;
    bool open; /* more bytes might make it another */
} Match;

static bool is_same(const Form *form, gunichar is, gunichar wanted)
{
    if (is == wanted || (form->spelling == SPELLED_PERCENT && is == '+' && wanted == ' '))
        return true;
    return form->any_case && is < 0x80 && wanted < 0x80 &&
           g_ascii_tolower((char)is) == g_ascii_tolower((char)wanted);
}

static bool is_letter(const Text *text, gsize at)
{
    Text here = *text;
    gunichar c;

    here.at = at;
    return spelling_read(&here, SPELLED_PLAIN, 0, &c) == READ_CHARACTER && g_unichar_isalnum(c);
}

static bool stands_alone(const Text *text, gsize from)
{
    gsize back = text->encoding == ENCODED_UTF8 ? 1 : 2;

    while (text->encoding == ENCODED_UTF8 && back < 4 && back < from &&
           (text->bytes[from - back] & 0xC0) == 0x80)
        back++;
    return (from < back || !is_letter(text, from - back)) && !is_letter(text, text->at);
}

static void try_form(const Form *form, const char *bytes, gsize length, gsize at, Match *match)
{
    Text text = {(const guchar *)bytes, MIN(length, at + SPAN_MAX), at, form->encoding};
    gunichar c;

    for (guint i = 0; i < form->count; i++) {
        Read read = spelling_read(&text, form->spelling, i, &c);
        if (read == READ_END && text.length == length)
            match->open = true;
        if (read != READ_CHARACTER || !is_same(form, c, form->characters[i]))
            return;
    }
    text.length = length;
    if (form->whole && text.at + 6 > length)
        match->open = true; /* what follows decides */
    if (text.at > match->end && (!form->whole || stands_alone(&text, at))) {
        match->form = form;
        match->end = text.at;
    }
}

static Match match_at(const char *bytes, gsize length, gsize at)
{
    Match match = {.end = at};
    guint first = (guchar)bytes[at];
    const GPtrArray *list = by_byte[first];

    for (guint i = 0; list && i < list->len; i++)
        try_form(list->pdata[i], bytes, length, at, &match);
    if (!is_first_of_unit[first])
        return match;
    if (at + 1 == length) {
        match.open = true;
        return match;
    }
    list = by_unit[first << 8 | (guchar)bytes[at + 1]];
    for (guint i = 0; list && i < list->len; i++)
        try_form(list->pdata[i], bytes, length, at, &match);
    return match;
}

/* A match together with those that begin within it: of words that overlap nothing is left. */
static Match cover_from(const char *bytes, gsize length, gsize at)
{
    Match match = match_at(bytes, length, at);

    for (gsize inside = at + 1; inside < match.end && match.end - at < SPAN_MAX; inside++) {
        Match other = match_at(bytes, length, inside);
        match.open = match.open || other.open;
        match.end = MAX(match.end, other.end);
    }
    return match;
}

/* Appends to `out` what is left of the bytes; NULL where all of it is left, as it stands. With
 * `ended` false it stops where bytes that come later might belong to a word. */
static gsize scan(const char *bytes, gsize length, bool ended, GString **ret_out)
{
    gsize at = 0, copied = 0;

    *ret_out = NULL;
    while (at < length) {
        Match match = cover_from(bytes, length, at);
        if (match.open && !ended)
            break;
        if (!match.form) {
            at++;
            continue;
        }
        if (!*ret_out)
            *ret_out = g_string_sized_new(length);
        g_string_append_len(*ret_out, bytes + copied, (gssize)(at - copied));
        g_string_append(*ret_out, match.form->instead);
        at = copied = match.end;
    }
    if (*ret_out)
        g_string_append_len(*ret_out, bytes + copied, (gssize)(at - copied));
    return at;
}

char *redact_text(const char *text)
{
    GString *said = NULL;

    if (forms && text)
        scan(text, strlen(text), true, &said);
    return said ? g_string_free(said, FALSE) : g_strdup(text);
}

void redact_stream(GString *held, bool ended, GString *out)
{
    g_autoptr(GString) said = NULL;
    gsize done = forms ? scan(held->str, held->len, ended, &said) : held->len;

    g_string_append_len(out, said ? said->str : held->str, (gssize)(said ? said->len : done));
    g_string_erase(held, 0, (gssize)done);
}

char *redact_cut_text(const char *text)
{
    static const char mark[] = "…";

    if (!forms || !text || !g_str_has_suffix(text, mark))
        return redact_text(text);
    g_autoptr(GString) held = g_string_new_len(text, (gssize)(strlen(text) - strlen(mark)));
    GString *said = g_string_new(NULL);
    redact_stream(held, false, said);
    g_string_append(said, mark);
    return g_string_free(said, FALSE);
}

bool redact_in_file(const char *path)
{
    FILE *file = forms ? fopen(path, "re") : NULL;
    g_autofree char *piece = file ? g_malloc(PIECE_BYTES + SPAN_MAX) : NULL;
    gsize kept = 0, n;
    bool found = false;

    while (file && !found && (n = fread(piece + kept, 1, PIECE_BYTES, file)) > 0) {
        gsize length = kept + n;
        for (gsize at = 0; !found && at < length; at++)
            found = match_at(piece, length, at).form != NULL;
        kept = MIN(length, SPAN_MAX);
        memmove(piece, piece + length - kept, kept);
    }
    if (file)
        fclose(file);
    return found;
}
