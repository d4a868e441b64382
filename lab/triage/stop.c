/* SPDX-License-Identifier: GPL-2.0-or-later
 * Finds STOP lines in a serial log. A log holds any bytes, so nothing here expects a terminated
 * string, and a line that is not quite a STOP is none.
 */
#include "triage/stop.h"

#include <string.h>

/* How many lines after a STOP may pass before the one that names its module. */
#define LINES_TO_MODULE 8

typedef enum { STOP_NONE, STOP_SCREEN, STOP_DEBUGGER } StopForm;

typedef struct {
    const char *at;
    const char *end;
} Cursor;

static bool skip(Cursor *in, const char *word)
{
    gsize length = strlen(word);
    if ((gsize)(in->end - in->at) < length || memcmp(in->at, word, length) != 0)
        return false;
    in->at += length;
    return true;
}

static void skip_blanks(Cursor *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
        in->at++;
}

/* Hexadecimal digits, at most `digits`, after an optional 0x. */
static bool read_hex(Cursor *in, guint digits, guint64 *ret_value)
{
    guint64 value = 0;
    guint count = 0;

    if (!skip(in, "0x"))
        (void)skip(in, "0X");
    for (; in->at < in->end && g_ascii_isxdigit(*in->at); in->at++, count++) {
        if (count == digits)
            return false;
        value = value << 4 | (guint64)g_ascii_xdigit_value(*in->at);
    }
    if (count == 0)
        return false;
    *ret_value = value;
    return true;
}

static bool find(Cursor *in, const char *word)
{
    const char *at = memmem(in->at, (gsize)(in->end - in->at), word, strlen(word));
    if (!at)
        return false;
    in->at = at + strlen(word);
    return true;
}

/* `(0x…,0x…,0x…,0x…)` */
static bool read_parameters(Cursor in, guint64 ret_parameters[4])
{
    guint64 values[4];

    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        skip_blanks(&in);
        if (!skip(&in, i == 0 ? "(" : ","))
            return false;
        skip_blanks(&in);
        if (!read_hex(&in, 16, &values[i]))
            return false;
    }
    memcpy(ret_parameters, values, sizeof values);
    return true;
}

static StopForm read_stop(Cursor line, Stop *stop)
{
    StopForm form = STOP_NONE;
    guint64 code;
    Cursor in = line;

    if (find(&in, "*** STOP: "))
        form = STOP_SCREEN;
    else if (find(&in, "*** Fatal System Error: "))
        form = STOP_DEBUGGER;
    if (form == STOP_NONE || !read_hex(&in, 8, &code))
        return STOP_NONE;
    *stop = (Stop){.code = (guint32)code};
    (void)read_parameters(in, stop->parameters);
    return form;
}

static bool is_name_character(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("._-+$~@", c));
}

/* `***  alder.sys - Address 0000000000421234 base at 0000000000420000, DateStamp 6720a1b2` */
static bool read_module(Cursor in, Stop *stop)
{
    char name[sizeof stop->module];
    gsize length = 0;
    guint64 address, base;

    if (!find(&in, "***  "))
        return false;
    skip_blanks(&in);
    for (; in.at < in.end && is_name_character(*in.at); in.at++) {
        if (length == sizeof name - 1)
            return false;
        name[length++] = *in.at;
    }
    name[length] = '\0';
    if (length == 0 || !skip(&in, " - Address ") || !read_hex(&in, 16, &address) ||
        !skip(&in, " base at ") || !read_hex(&in, 16, &base))
        return false;
    memcpy(stop->module, name, length + 1);
    stop->address = address;
    stop->base = base;
    return true;
}

/* A debug kernel prints one crash in both forms. */
static bool is_same_crash(StopForm form, const Stop *stop, StopForm last_form, const Stop *last)
{
    return form == STOP_SCREEN && last_form == STOP_DEBUGGER && stop->code == last->code &&
           memcmp(stop->parameters, last->parameters, sizeof stop->parameters) == 0;
}

static guint scan(const char *text, gsize length, Stop *ret_last)
{
    Cursor rest = {text, text + length};
    StopForm last_form = STOP_NONE;
    Stop last = {0};
    guint count = 0, lines = 0;

    while (rest.at < rest.end) {
        const char *newline = memchr(rest.at, '\n', (gsize)(rest.end - rest.at));
        Cursor line = {rest.at, newline ? newline : rest.end};
        rest.at = newline ? newline + 1 : rest.end;

        Stop stop;
        StopForm form = read_stop(line, &stop);
        if (form != STOP_NONE) {
            if (!is_same_crash(form, &stop, last_form, &last))
                count++;
            last = stop;
            last_form = form;
            lines = 0;
            continue;
        }
        lines++;
        if (last_form == STOP_DEBUGGER && lines == 1)
            (void)read_parameters(line, last.parameters);
        if (last_form != STOP_NONE && lines <= LINES_TO_MODULE && last.module[0] == '\0')
            (void)read_module(line, &last);
    }
    if (count > 0)
        *ret_last = last;
    return count;
}

bool stop_find(const char *text, gsize length, Stop *ret_stop)
{
    return scan(text, length, ret_stop) > 0;
}

guint stop_count(const char *text, gsize length)
{
    Stop last;
    return scan(text, length, &last);
}

bool stop_from_panic_info(const char *json, Stop *ret_stop)
{
    guint64 values[5];

    if (!strstr(json, "\"hyper-v\""))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        char name[] = "\"arg1\":";
        name[4] = (char)('1' + i);
        const char *at = strstr(json, name);
        if (!at)
            return false;
        values[i] = g_ascii_strtoull(at + sizeof name - 1, NULL, 10);
    }
    *ret_stop = (Stop){.code = (guint32)values[0]};
    memcpy(ret_stop->parameters, values + 1, sizeof ret_stop->parameters);
    return true;
}
