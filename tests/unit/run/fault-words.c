/* SPDX-License-Identifier: GPL-2.0-or-later
 * A fault for a test, from words.
 */
#include "fault-words.h"

FaultCall *fault_of_words(FaultKind kind, const char *words)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);
    FaultCall *made = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; parts[i] && parts[i + 1]; i += 2)
        g_hash_table_insert(values, g_strdup(parts[i]), g_strdup(parts[i + 1]));
    fault_call_new(kind, values, &made, &error);
    g_assert_no_error(error);
    return made;
}
