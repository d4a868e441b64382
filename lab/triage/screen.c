/* SPDX-License-Identifier: GPL-2.0-or-later
 * Judging the text of a screen.
 */
#include "triage/screen.h"

#include <string.h>

#include "triage/stop.h"

#define TEXT_MAX (64u << 10)

static const char *const recovery_words[] = {
    "AUTOMATICREPAIR", "STARTUPREPAIR",   "RECOVERYENVIRONMENT", "CHOOSEANOPTION",
    "YOURPCDIDNOT",    "ADVANCEDOPTIONS", "SEEADVANCEDREPAIR",   "RECOVERYITLOOKSLIKE",
};

/* Capital letters and digits alone, those that look alike made one. */
static char *fold_letters(const char *text)
{
    GString *folded = g_string_new(NULL);

    for (const char *c = text; *c && (gsize)(c - text) < TEXT_MAX; c++) {
        char upper = g_ascii_toupper(*c);
        switch (upper) {
        case '0':
        case 'Q':
            upper = 'O';
            break;
        case '1':
        case 'L':
        case '|':
        case '!':
            upper = 'I';
            break;
        case '5':
            upper = 'S';
            break;
        case '8':
            upper = 'B';
            break;
        }
        if (g_ascii_isalnum(upper))
            g_string_append_c(folded, upper);
    }
    return g_string_free(folded, FALSE);
}

bool screen_find_stop_name(const char *text, guint32 *ret_code)
{
    g_autofree char *screen = fold_letters(text);
    gsize longest = 0;
    const char *name;
    guint32 code;

    /* Of names that are part of others the longest is meant. */
    for (guint i = 0; (name = stop_code_at(i, &code)); i++) {
        g_autofree char *folded = fold_letters(name);
        gsize length = strlen(folded);
        if (length > longest && strchr(name, '_') && strstr(screen, folded)) {
            longest = length;
            *ret_code = code;
        }
    }
    return longest > 0;
}

static bool is_file_character(char c)
{
    return g_ascii_isalnum(c) || strchr("._-+$~@", c);
}

/* The first word that ends as a module does. */
static void find_module(const char *text, char ret_module[64])
{
    static const char *const suffixes[] = {".sys", ".exe", ".dll"};

    for (const char *c = text; *c; c++) {
        for (guint i = 0; *c == '.' && i < G_N_ELEMENTS(suffixes); i++) {
            const char *begin = c, *end = c + strlen(suffixes[i]);
            if (g_ascii_strncasecmp(c, suffixes[i], strlen(suffixes[i])) != 0 ||
                g_ascii_isalnum(*end))
                continue;
            while (begin > text && is_file_character(begin[-1]))
                begin--;
            if (begin < c && end - begin < 64) {
                g_strlcpy(ret_module, begin, (gsize)(end - begin) + 1);
                return;
            }
        }
    }
}

/* `*** STOP: 0x000000F4 (0x00000003,…`: digits that were taken for letters are put right again. */
static bool read_stop_line(const char *text, Screen *screen)
{
    const char *at = strstr(text, "STOP:");
    if (!at)
        return false;
    g_autofree char *line = g_strndup(at, strcspn(at, "\r\n"));
    g_autofree char *ascii = g_str_to_ascii(line, "C");
    for (char *c = ascii + sizeof "STOP:" - 1; *c; c++) {
        const char *wrong = strchr("OoQ@?lISZ", *c);
        if (wrong)
            *c = "000001152"[wrong - "OoQ@?lISZ"];
    }
    g_autofree char *whole = g_strconcat("*** ", ascii, NULL);
    Stop stop;
    screen->stop = true;
    if (stop_find(whole, strlen(whole), &stop) && stop_code_name(stop.code))
        screen->code = stop.code;
    return true;
}

Screen screen_judge(const char *text)
{
    g_autofree char *folded = fold_letters(text);
    Screen screen = {0};
    guint32 code;

    if (screen_find_stop_name(text, &code)) {
        screen.stop = true;
        screen.code = code;
    } else {
        read_stop_line(text, &screen);
    }
    if (screen.stop)
        find_module(text, screen.module);
    for (guint i = 0; i < G_N_ELEMENTS(recovery_words); i++) {
        g_autofree char *word = fold_letters(recovery_words[i]);
        screen.recovery |= !screen.stop && strstr(folded, word);
    }
    return screen;
}
