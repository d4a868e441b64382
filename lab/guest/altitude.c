/* SPDX-License-Identifier: GPL-2.0-or-later
 * Altitudes of minifilters.
 */
#include "guest/altitude.h"

#include <string.h>

bool altitude_is_valid(const char *text)
{
    gsize whole = strspn(text, "0123456789");
    gsize fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    gsize length = whole + (text[whole] == '.' ? 1 + fraction : 0);

    return whole > 0 && text[length] == '\0' && length <= ALTITUDE_MAX_CHARACTERS &&
           (text[whole] == '\0' || fraction > 0);
}

int altitude_compare(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    gsize a_whole = strcspn(a, "."), b_whole = strcspn(b, ".");
    if (a_whole != b_whole)
        return a_whole < b_whole ? -1 : 1;
    int whole = strncmp(a, b, a_whole);
    if (whole != 0)
        return whole < 0 ? -1 : 1;

    const char *a_digits = a[a_whole] ? a + a_whole + 1 : "";
    const char *b_digits = b[b_whole] ? b + b_whole + 1 : "";
    while (*a_digits || *b_digits) {
        char x = *a_digits ? *a_digits++ : '0', y = *b_digits ? *b_digits++ : '0';
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Microsoft Learn, "Load order groups and altitudes for minifilter drivers": whole numbers from
 * and to; a fraction belongs to its whole number. */
static const struct {
    guint from, to;
    const char *name;
} groups[] = {
    {420000, 429999, "Filter"},
    {400000, 409999, "FSFilter Top"},
    {392000, 394999, "FSFilter Security Monitor"},
    {360000, 389999, "FSFilter Activity Monitor"},
    {340000, 349999, "FSFilter Undelete"},
    {320000, 329999, "FSFilter Anti-Virus"},
    {300000, 309999, "FSFilter Replication"},
    {280000, 289999, "FSFilter Continuous Backup"},
    {272000, 274999, "FSFilter Security Content Screener"},
    {260000, 269999, "FSFilter Content Screener"},
    {240000, 249999, "FSFilter Quota Management"},
    {220000, 229999, "FSFilter System Recovery"},
    {200000, 209999, "FSFilter Cluster File System"},
    {180000, 189999, "FSFilter HSM"},
    {170000, 174999, "FSFilter Imaging"},
    {160000, 169999, "FSFilter Compression"},
    {140000, 149999, "FSFilter Encryption"},
    {130000, 139999, "FSFilter Virtualization"},
    {120000, 129999, "FSFilter Physical Quota Management"},
    {100000, 109999, "FSFilter Open File"},
    {80000, 89999, "FSFilter Security Enhancer"},
    {60000, 69999, "FSFilter Copy Protection"},
    {52000, 54999, "FSFilter Security Bottom"},
    {40000, 49999, "FSFilter Bottom"},
    {20000, 29999, "FSFilter System"},
};

const char *altitude_group(const char *altitude)
{
    guint64 whole;
    g_autofree char *digits = g_strndup(altitude, strcspn(altitude, "."));

    if (!altitude_is_valid(altitude) ||
        !g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT32, &whole, NULL))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
        if (whole >= groups[i].from && whole <= groups[i].to)
            return groups[i].name;
    return NULL;
}
