/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading text one character at a time as JSON, XML, a URL, base64 or hexadecimal digits spell it.
 * Private to redact.c.
 *
 * A character that could be spelled in several ways always comes out as the same one, so text in
 * any spelling can be compared with a word. Each spelling is read in one way only: nothing goes
 * back.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SPELLED_PLAIN,
    SPELLED_JSON,    /* \" \\ \/ \n …, \uXXXX and pairs of them */
    SPELLED_XML,     /* &amp; &lt; &gt; &quot; &apos;, &#233; &#xE9; */
    SPELLED_PERCENT, /* %2F and UTF-8 in several of them; + stays + */
    SPELLED_BASE64,  /* `-` and `_` come out as `+` and `/`; line breaks between, also escaped */
    SPELLED_HEX,     /* digits, between two bytes one of 2A2B 2A 2B 2A:2B 2A-2B 2A,2B 0x2A \x2A */
} Spelling;

typedef enum { ENCODED_UTF8, ENCODED_UTF16LE, ENCODED_UTF16BE } Encoding;

typedef enum {
    READ_CHARACTER,
    READ_END,   /* the text ends before or within a character */
    READ_OTHER, /* no character of this spelling and encoding */
} Read;

typedef struct {
    const guchar *bytes;
    gsize length, at; /* `at`: where to go on */
    Encoding encoding;
} Text;

/* `index`: how many characters of the word were read before this one. */
Read spelling_read(Text *text, Spelling spelling, guint index, gunichar *ret_character);

/* The characters by which a spelling may begin `character` other than by itself: at most 3, 0
 * behind the last. */
void spelling_begins(Spelling spelling, gunichar character, gunichar ret_others[4]);
