/* SPDX-License-Identifier: GPL-2.0-or-later
 * Text as JSON, XML, a URL, base64 or hexadecimal digits spell it.
 */
#include "util/spelling.h"

#include <string.h>

#define BETWEEN_MAX 40 /* characters between two of base64 or two bytes of digits */
#define XML_NAME_MAX 10

/* --- as it is encoded --- */

static Read read_utf8(Text *text, gunichar *ret_character)
{
    const char *from = (const char *)text->bytes + text->at;
    gunichar c = (guchar)*from;

    if (c >= 0x80) {
        c = g_utf8_get_char_validated(from, (gssize)MIN(text->length - text->at, 6));
        if (c == (gunichar)-2)
            return READ_END;
        if (c == (gunichar)-1)
            return READ_OTHER;
    }
    text->at += c < 0x80 ? 1 : (gsize)g_unichar_to_utf8(c, NULL);
    *ret_character = c;
    return READ_CHARACTER;
}

static gunichar unit(const Text *text, gsize at)
{
    guint first = text->bytes[at], second = text->bytes[at + 1];
    return text->encoding == ENCODED_UTF16LE ? second << 8 | first : first << 8 | second;
}

static bool is_high(gunichar c)
{
    return c >= 0xD800 && c < 0xDC00;
}

static bool is_low(gunichar c)
{
    return c >= 0xDC00 && c < 0xE000;
}

static gunichar of_pair(gunichar high, gunichar low)
{
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static Read read_utf16(Text *text, gunichar *ret_character)
{
    gsize left = text->length - text->at;

    if (left < 2)
        return READ_END;
    gunichar c = unit(text, text->at);
    if (is_low(c))
        return READ_OTHER;
    if (is_high(c)) {
        if (left < 4)
            return READ_END;
        gunichar low = unit(text, text->at + 2);
        if (!is_low(low))
            return READ_OTHER;
        c = of_pair(c, low);
    }
    text->at += c < 0x10000 ? 2 : 4;
    *ret_character = c;
    return READ_CHARACTER;
}

static Read read_plain(Text *text, gunichar *ret_character)
{
    if (text->at >= text->length)
        return READ_END;
    return text->encoding == ENCODED_UTF8 ? read_utf8(text, ret_character)
                                          : read_utf16(text, ret_character);
}

/* Where the next character is `wanted`, passes over it. */
static bool pass(Text *text, gunichar wanted)
{
    Text ahead = *text;
    gunichar c = 0;

    if (read_plain(&ahead, &c) != READ_CHARACTER || c != wanted)
        return false;
    *text = ahead;
    return true;
}

static Read read_digits(Text *text, guint count, gunichar *ret_value)
{
    gunichar value = 0, c;

    for (guint i = 0; i < count; i++) {
        Read read = read_plain(text, &c);
        if (read != READ_CHARACTER)
            return read;
        if (c >= 0x80 || !g_ascii_isxdigit((char)c))
            return READ_OTHER;
        value = value << 4 | (gunichar)g_ascii_xdigit_value((char)c);
    }
    *ret_value = value;
    return READ_CHARACTER;
}

/* --- JSON --- */

static Read read_json_unit(Text *text, gunichar *ret_character)
{
    gunichar high, low, c;
    Read read = read_digits(text, 4, &high);

    if (read != READ_CHARACTER)
        return read;
    *ret_character = high;
    if (!is_high(high))
        return is_low(high) ? READ_OTHER : READ_CHARACTER;
    for (const char *wanted = "\\u"; *wanted; wanted++) {
        read = read_plain(text, &c);
        if (read != READ_CHARACTER || c != (gunichar)*wanted)
            return read == READ_END ? READ_END : READ_OTHER;
    }
    read = read_digits(text, 4, &low);
    if (read != READ_CHARACTER)
        return read;
    *ret_character = of_pair(high, low);
    return is_low(low) ? READ_CHARACTER : READ_OTHER;
}

static Read read_json(Text *text, gunichar *ret_character)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    gunichar c = 0;
    Read read = read_plain(text, &c);

    *ret_character = c;
    if (read != READ_CHARACTER || c != '\\')
        return read;
    read = read_plain(text, &c);
    if (read != READ_CHARACTER)
        return read;
    if (c == 'u')
        return read_json_unit(text, ret_character);
    const char *at = c < 0x80 && c ? strchr(letters, (int)c) : NULL;
    if (!at)
        return READ_OTHER;
    *ret_character = (gunichar)means[at - letters];
    return READ_CHARACTER;
}

/* --- XML --- */

static bool name_means(const char *name, gunichar *ret_character)
{
    static const struct {
        const char *name;
        gunichar character;
    } names[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    bool hexadecimal = name[0] == '#' && (name[1] == 'x' || name[1] == 'X');
    guint64 number;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(name, names[i].name) == 0) {
            *ret_character = names[i].character;
            return true;
        }
    if (name[0] != '#' ||
        !g_ascii_string_to_unsigned(name + (hexadecimal ? 2 : 1), hexadecimal ? 16 : 10, 1,
                                    0x10FFFF, &number, NULL))
        return false;
    *ret_character = (gunichar)number;
    return true;
}

static Read read_xml(Text *text, gunichar *ret_character)
{
    char name[XML_NAME_MAX + 1] = "";
    gunichar c = 0;
    Read read = read_plain(text, &c);

    *ret_character = c;
    if (read != READ_CHARACTER || c != '&')
        return read;
    for (guint i = 0; i <= XML_NAME_MAX; i++) {
        read = read_plain(text, &c);
        if (read != READ_CHARACTER)
            return read;
        if (c == ';')
            return name_means(name, ret_character) ? READ_CHARACTER : READ_OTHER;
        if (i == XML_NAME_MAX || c >= 0x80 || (c != '#' && !g_ascii_isalnum((char)c)))
            return READ_OTHER;
        name[i] = (char)c;
    }
    return READ_OTHER;
}

/* --- URLs --- */

static Read read_percent(Text *text, gunichar *ret_character)
{
    char bytes[6];

    for (guint count = 0; count < sizeof bytes;) {
        gunichar c;
        Read read = read_plain(text, &c);
        if (read != READ_CHARACTER)
            return read;
        *ret_character = c;
        if (c != '%')
            return count > 0 ? READ_OTHER : READ_CHARACTER;
        read = read_digits(text, 2, &c);
        if (read != READ_CHARACTER)
            return read;
        bytes[count++] = (char)c;
        *ret_character = c < 0x80 ? c : g_utf8_get_char_validated(bytes, (gssize)count);
        if (count == 1 && c < 0x80)
            return READ_CHARACTER;
        if (*ret_character != (gunichar)-2)
            return *ret_character == (gunichar)-1 || c < 0x80 ? READ_OTHER : READ_CHARACTER;
    }
    return READ_OTHER;
}

/* --- base64 and digits --- */

static bool is_blank(gunichar c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static Read read_base64(Text *text, guint index, gunichar *ret_character)
{
    for (guint between = 0; between < BETWEEN_MAX; between++) {
        Text ahead = *text;
        gunichar c;
        Read read = read_plain(&ahead, &c);
        if (read == READ_CHARACTER && (c == '\\' || c == '&')) {
            ahead = *text;
            read = c == '&' ? read_xml(&ahead, &c) : read_json(&ahead, &c);
        }
        if (read != READ_CHARACTER)
            return read;
        *text = ahead;
        if (index > 0 && is_blank(c))
            continue;
        *ret_character = c == '-' ? '+' : c == '_' ? '/' : c;
        return READ_CHARACTER;
    }
    return READ_OTHER;
}

static bool parts_bytes(gunichar c)
{
    return is_blank(c) || c == ':' || c == ',' || c == '-' || c == '\\' || c == 'x';
}

static Read read_hex(Text *text, guint index, gunichar *ret_character)
{
    bool between = index > 0 && index % 2 == 0;
    gunichar c = 0;

    for (guint i = 0; between && i < BETWEEN_MAX; i++) {
        Text ahead = *text;
        Read read = read_plain(&ahead, &c);
        if (read == READ_END || (c == '0' && ahead.at >= ahead.length))
            return READ_END;
        if (read != READ_CHARACTER || !(c == '0' ? pass(&ahead, 'x') : parts_bytes(c)))
            break;
        *text = ahead;
    }
    return read_plain(text, ret_character);
}

Read spelling_read(Text *text, Spelling spelling, guint index, gunichar *ret_character)
{
    switch (spelling) {
    case SPELLED_JSON:
        return read_json(text, ret_character);
    case SPELLED_XML:
        return read_xml(text, ret_character);
    case SPELLED_PERCENT:
        return read_percent(text, ret_character);
    case SPELLED_BASE64:
        return read_base64(text, index, ret_character);
    case SPELLED_HEX:
        return read_hex(text, index, ret_character);
    case SPELLED_PLAIN:
        break;
    }
    return read_plain(text, ret_character);
}

void spelling_begins(Spelling spelling, gunichar character, gunichar ret_others[4])
{
    memset(ret_others, 0, 4 * sizeof *ret_others);
    if (spelling == SPELLED_JSON)
        ret_others[0] = '\\';
    if (spelling == SPELLED_XML)
        ret_others[0] = '&';
    if (spelling == SPELLED_PERCENT)
        ret_others[0] = '%';
    if (spelling == SPELLED_BASE64 && (character == '+' || character == '/')) {
        ret_others[0] = character == '+' ? '-' : '_';
        ret_others[1] = '\\';
        ret_others[2] = '&';
    }
}
