/* SPDX-License-Identifier: GPL-2.0-or-later
 * Damage to content files as words; see damage.h.
 */
#include "model/damage.h"

#include <string.h>

#include "model/fault-catalogue.h"

#define SEALED "-sealed"

const char *const *damage_mutations(void)
{
    return fault_parameter(FAULT_CONTENT_CORRUPT, "mutation")->choices;
}

bool damage_parse(const char *text, Damage *ret_damage)
{
    g_autofree char *word = g_strdup(text);
    bool sealed = g_str_has_suffix(word, SEALED);
    guint64 seed;

    if (sealed)
        word[strlen(word) - strlen(SEALED)] = '\0';
    char *dash = strrchr(word, '-');
    if (!dash || !g_ascii_string_to_unsigned(dash + 1, 10, 1, DAMAGE_SEED_MAX, &seed, NULL))
        return false;
    *dash = '\0';
    for (const char *const *name = damage_mutations(); *name; name++)
        if (g_str_equal(*name, word)) {
            *ret_damage = (Damage){*name, (guint)seed, sealed};
            return true;
        }
    return false;
}

GPtrArray *damage_sweep(const GPtrArray *mutations, guint count, guint seed, bool sealed)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < count; i++)
        g_ptr_array_add(words,
                        g_strdup_printf("%s-%u%s", (char *)mutations->pdata[i % mutations->len],
                                        seed + i / mutations->len, sealed ? SEALED : ""));
    return words;
}

bool damage_needs_format(const Damage *damage)
{
    return damage->sealed || g_str_equal(damage->mutation, "wrong-field-count") ||
           g_str_equal(damage->mutation, "stale-version");
}
