/* SPDX-License-Identifier: GPL-2.0-or-later
 * The combinations that rows have to cover: numbering, and the sets each column is in.
 */
#include "plan/space.h"

#include <string.h>

GArray *space_sets_all(guint n, guint strength)
{
    GArray *sets = g_array_new(FALSE, FALSE, sizeof(guint16[SPACE_SET_MAX]));
    guint16 set[SPACE_SET_MAX];
    for (guint i = 0; i < SPACE_SET_MAX; i++)
        set[i] = i < strength ? (guint16)i : SPACE_ANY;
    while (strength > 0 && strength <= n) {
        g_array_append_val(sets, set);
        guint i = strength;
        while (i > 0 && set[i - 1] == n - strength + i - 1)
            i--;
        if (i == 0)
            break;
        set[i - 1]++;
        for (; i < strength; i++)
            set[i] = set[i - 1] + 1;
    }
    return sets;
}

/* Numbers the slots: fills sets and n_slots. */
static bool number_slots(Space *space, guint n_sets, const guint16 (*sets)[SPACE_SET_MAX])
{
    guint64 slots = 0;
    space->n_sets = n_sets;
    space->sets = g_new0(SpaceSet, MAX(n_sets, 1));
    for (guint s = 0; s < n_sets; s++) {
        SpaceSet *set = &space->sets[s];
        guint64 product = 1;
        while (set->size < SPACE_SET_MAX && sets[s][set->size] != SPACE_ANY) {
            set->column[set->size] = sets[s][set->size];
            set->size++;
        }
        for (guint i = set->size; i-- > 0;) {
            set->stride[i] = (guint32)product;
            product *= space->levels[set->column[i]];
            if (product > SPACE_SLOTS_MAX)
                return false;
        }
        set->base = (guint32)slots;
        slots += space->symmetry ? space->symmetry->n_orbits : product;
        if (slots > SPACE_SLOTS_MAX)
            return false;
    }
    space->n_slots = (guint)slots;
    return true;
}

static void link_columns(Space *space)
{
    space->links = g_malloc0_n(MAX(space->n_columns, 1), sizeof *space->links);
    for (guint s = 0; s < space->n_sets; s++)
        for (guint i = 0; i < space->sets[s].size; i++)
            space->links[space->sets[s].column[i]][space->sets[s].size - 1].n++;
    for (guint c = 0; c < space->n_columns; c++) {
        for (guint width = 0; width < SPACE_SET_MAX; width++) {
            SpaceLinks *links = &space->links[c][width];
            links->width = width;
            links->set = g_new(guint32, links->n);
            links->base = g_new(guint32, links->n);
            links->own = g_new(guint32, links->n);
            links->other = g_new(guint16, (gsize)links->n * width);
            links->stride = g_new(guint32, (gsize)links->n * width);
            links->n = 0;
        }
    }
    for (guint s = 0; s < space->n_sets; s++) {
        const SpaceSet *set = &space->sets[s];
        for (guint i = 0; i < set->size; i++) {
            SpaceLinks *links = &space->links[set->column[i]][set->size - 1];
            gsize other = (gsize)links->n * links->width;
            links->set[links->n] = s;
            links->base[links->n] = set->base;
            links->own[links->n] = set->stride[i];
            for (guint j = 0; j < set->size; j++) {
                if (j == i)
                    continue;
                links->other[other] = set->column[j];
                links->stride[other++] = set->stride[j];
            }
            links->n++;
        }
    }
}

static Space *build(guint n_columns, const guint *levels, guint n_sets,
                    const guint16 (*sets)[SPACE_SET_MAX], SpaceSymmetry *symmetry)
{
    g_autoptr(Space) space = g_new0(Space, 1);
    guint64 links = 0;

    space->symmetry = symmetry;
    space->n_columns = n_columns;
    space->levels = g_memdup2(levels, n_columns * sizeof *levels);
    if (!number_slots(space, n_sets, sets))
        return NULL;
    for (guint s = 0; s < n_sets; s++)
        links += space->sets[s].size;
    if (links > SPACE_LINKS_MAX)
        return NULL;
    link_columns(space);
    space->excluded = g_new0(guint64, space->n_slots / 64 + 1);
    for (guint s = 0; symmetry && s < n_sets; s++)
        for (guint orbit = symmetry->n_needed; orbit < symmetry->n_orbits; orbit++)
            space_bit_set(space->excluded, space->sets[s].base + orbit);
    return g_steal_pointer(&space);
}

Space *space_new(guint n_columns, const guint *levels, guint n_sets,
                 const guint16 (*sets)[SPACE_SET_MAX])
{
    return build(n_columns, levels, n_sets, sets, NULL);
}

Space *space_new_symmetric(guint n_columns, guint levels, guint strength, SpaceSymmetry *symmetry)
{
    g_autoptr(GArray) sets = space_sets_all(n_columns, strength);
    g_autofree guint *all = g_new(guint, n_columns);
    for (guint c = 0; c < n_columns; c++)
        all[c] = levels;
    return build(n_columns, all, sets->len, (const guint16(*)[SPACE_SET_MAX])sets->data, symmetry);
}

void space_symmetry_free(SpaceSymmetry *symmetry)
{
    if (!symmetry)
        return;
    g_free(symmetry->orbit_of);
    g_free(symmetry->orbits);
    g_free(symmetry->members);
    g_free(symmetry);
}

void space_free(Space *space)
{
    if (!space)
        return;
    for (guint c = 0; space->links && c < space->n_columns; c++) {
        for (guint width = 0; width < SPACE_SET_MAX; width++) {
            SpaceLinks *links = &space->links[c][width];
            g_free(links->set);
            g_free(links->base);
            g_free(links->own);
            g_free(links->other);
            g_free(links->stride);
        }
    }
    g_free(space->links);
    g_free(space->levels);
    g_free(space->sets);
    g_free(space->excluded);
    space_symmetry_free(space->symmetry);
    g_free(space);
}

guint space_set_of(const Space *space, guint slot)
{
    guint low = 0, high = space->n_sets;
    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (space->sets[middle].base <= slot)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void space_values(const Space *space, const SpaceSet *set, guint combination,
                  guint16 values[SPACE_SET_MAX])
{
    for (guint i = 0; i < set->size; i++)
        values[i] = (guint16)(combination / set->stride[i] % space->levels[set->column[i]]);
}
