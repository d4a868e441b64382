/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a change can affect, and shards.
 */
#include "plan/plan-choose.h"

#include <stdlib.h>
#include <string.h>

#include "plan/plan-case.h"
#include "util/error.h"

static PlanCase *case_at(const Plan *plan, guint i)
{
    return g_ptr_array_index(plan->cases, i);
}

static void keep_marked(Plan *plan, const bool *keep)
{
    GPtrArray *kept = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);

    for (guint i = 0; i < plan->cases->len; i++)
        if (keep[i])
            g_ptr_array_add(kept, g_steal_pointer(&plan->cases->pdata[i]));
    g_ptr_array_unref(plan->cases);
    plan->cases = kept;
}

/* Changes */

static bool has_vendor(const PlanCase *plan_case, const char *name)
{
    return g_ptr_array_find_with_equal_func(plan_case->vendors, name, g_str_equal, NULL);
}

static bool is_affected(const PlanCase *plan_case, const char *key, const char *value)
{
    if (g_str_equal(key, "vendor"))
        return has_vendor(plan_case, value);
    if (g_str_equal(key, "guest"))
        return g_str_equal(plan_case->guest, value);
    if (g_str_equal(key, "test"))
        return g_str_equal(plan_case->test_name, value);
    return g_strcmp0(g_hash_table_lookup(plan_case->parameters, key), value) == 0;
}

static bool mark_affected(const Plan *plan, const char *change, bool *keep, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(change, "=", 2);
    bool any = false;

    for (guint i = 0; parts[0] && parts[1] && i < plan->cases->len; i++) {
        bool affected = is_affected(case_at(plan, i), parts[0], parts[1]);
        keep[i] |= affected;
        any |= affected;
    }
    if (any)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "--changed: no case of the plan has '%s'; say vendor=, guest=, test= or "
                "<parameter>= and a value",
                change);
    return false;
}

/* Whether the control can be compared with the case: the same test and guest, fewer vendors. */
static bool serves(const PlanCase *control, const PlanCase *plan_case)
{
    bool part = control->control && control->vendors->len < plan_case->vendors->len &&
                g_str_equal(control->test_name, plan_case->test_name) &&
                g_str_equal(control->guest, plan_case->guest);

    for (guint v = 0; part && v < control->vendors->len; v++)
        part = has_vendor(plan_case, g_ptr_array_index(control->vendors, v));
    return part;
}

static guint same_values(const PlanCase *control, const PlanCase *plan_case)
{
    GHashTableIter iter;
    gpointer key, value;
    guint same = 0;

    g_hash_table_iter_init(&iter, control->parameters);
    while (g_hash_table_iter_next(&iter, &key, &value))
        same += g_strcmp0(g_hash_table_lookup(plan_case->parameters, key), value) == 0;
    return same;
}

static bool same_vendors(const PlanCase *one, const PlanCase *other)
{
    return one->vendors->len == other->vendors->len &&
           (one->vendors->len == 0 || has_vendor(one, g_ptr_array_index(other->vendors, 0)));
}

/* Of the controls with the same vendors those that share most values with the case. */
static void mark_controls(const Plan *plan, const PlanCase *plan_case, bool *needed)
{
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *control = case_at(plan, i);
        bool best = serves(control, plan_case);
        for (guint j = 0; best && j < plan->cases->len; j++)
            best = !serves(case_at(plan, j), plan_case) ||
                   !same_vendors(control, case_at(plan, j)) ||
                   same_values(case_at(plan, j), plan_case) <= same_values(control, plan_case);
        needed[i] |= best;
    }
}

bool plan_keep_cases(Plan *plan, const char *const *ids, GError **error)
{
    g_autofree bool *keep = g_new0(bool, plan->cases->len + 1);

    for (guint i = 0; ids[i]; i++) {
        bool found = false;
        for (guint j = 0; j < plan->cases->len; j++) {
            if (!g_str_equal(case_at(plan, j)->id, ids[i]))
                continue;
            found = keep[j] = true;
            mark_controls(plan, case_at(plan, j), keep);
        }
        if (!found) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "--case: the plan has no case '%s'; 'truce plan' lists them", ids[i]);
            return false;
        }
    }
    keep_marked(plan, keep);
    return true;
}

bool plan_keep_changed(Plan *plan, const char *const *changes, GError **error)
{
    g_autofree bool *keep = g_new0(bool, plan->cases->len + 1);
    g_autofree bool *needed = g_new0(bool, plan->cases->len + 1);

    for (guint i = 0; changes[i]; i++)
        if (!mark_affected(plan, changes[i], keep, error))
            return false;
    for (guint i = 0; i < plan->cases->len; i++)
        if (keep[i])
            mark_controls(plan, case_at(plan, i), needed);
    for (guint i = 0; i < plan->cases->len; i++)
        keep[i] |= needed[i];
    keep_marked(plan, keep);
    return true;
}

/* Shards */

/* Cases that stay together, in one shard. */
typedef struct {
    const char *id; /* of the first of them */
    guint64 hash;   /* of that id */
    double seconds;
    guint shard;
} Unit;

static guint64 hash_of(const char *id)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, id, -1);

    hash[16] = '\0';
    return g_ascii_strtoull(hash, NULL, 16);
}

/* A number that looks random and depends on the unit and the shard alone: the finaliser of
 * SplitMix64 (Steele, Lea, Flood 2014). */
static guint64 affinity(const Unit *unit, guint shard)
{
    guint64 x = unit->hash + (guint64)(shard + 1) * 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* The unit that the case belongs to, new where it is the first of it. */
static guint unit_of(GArray *units, GHashTable *measuring, const PlanCase *plan_case)
{
    bool together = plan_case->test && plan_case->test->measures;
    g_autofree char *key = g_strdup_printf("%s %s", plan_case->test_name, plan_case->guest);
    gpointer known;

    if (together && g_hash_table_lookup_extended(measuring, key, NULL, &known))
        return GPOINTER_TO_UINT(known);
    Unit unit = {.id = plan_case->id, .hash = hash_of(plan_case->id)};
    g_array_append_val(units, unit);
    if (together)
        g_hash_table_insert(measuring, g_steal_pointer(&key), GUINT_TO_POINTER(units->len - 1));
    return units->len - 1;
}

/* Long units first: short ones fill the gaps that these leave. */
static int compare_units(gconstpointer a, gconstpointer b)
{
    const Unit *one = *(Unit *const *)a, *other = *(Unit *const *)b;
    double difference = other->seconds - one->seconds;

    return difference != 0 ? (difference > 0 ? 1 : -1) : strcmp(one->id, other->id);
}

/* The shard with the highest affinity of those that have room; the least loaded where none has. */
static guint pick_shard(const Unit *unit, const double *load, guint n, double room)
{
    guint64 most = 0;
    guint picked = n, least = 0;

    for (guint s = 0; s < n; s++) {
        guint64 own = affinity(unit, s);
        if (load[s] < load[least])
            least = s;
        if (load[s] + unit->seconds <= room && (picked == n || own > most)) {
            picked = s;
            most = own;
        }
    }
    return picked < n ? picked : least;
}

static void place_units(GArray *units, guint n)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    g_autofree double *load = g_new0(double, n);
    double total = 0;

    for (guint i = 0; i < units->len; i++) {
        Unit *unit = &g_array_index(units, Unit, i);
        g_ptr_array_add(order, unit);
        total += unit->seconds;
    }
    g_ptr_array_sort(order, compare_units);
    for (guint i = 0; i < order->len; i++) {
        Unit *unit = order->pdata[i];
        unit->shard = pick_shard(unit, load, n, total / n * SHARD_SLACK);
        load[unit->shard] += unit->seconds;
    }
}

GArray *plan_shards(const Plan *plan, guint n)
{
    GArray *shards = g_array_sized_new(FALSE, TRUE, sizeof(guint), plan->cases->len);
    g_autoptr(GArray) units = g_array_new(FALSE, FALSE, sizeof(Unit));
    g_autoptr(GHashTable) measuring =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, /* index of units */ NULL);

    for (guint i = 0; i < plan->cases->len; i++) {
        guint unit = unit_of(units, measuring, case_at(plan, i));
        g_array_index(units, Unit, unit).seconds += plan_case_seconds(case_at(plan, i));
        g_array_append_val(shards, unit);
    }
    place_units(units, n);
    for (guint i = 0; i < shards->len; i++) {
        guint *place = &g_array_index(shards, guint, i);
        *place = g_array_index(units, Unit, *place).shard;
    }
    return shards;
}

void plan_keep_shard(Plan *plan, guint shard, guint n)
{
    g_autoptr(GArray) shards = plan_shards(plan, n);
    g_autofree bool *keep = g_new0(bool, plan->cases->len + 1);

    plan->planned = plan->cases->len;
    for (guint i = 0; i < plan->cases->len; i++) {
        case_at(plan, i)->number = i + 1;
        keep[i] = g_array_index(shards, guint, i) == shard;
    }
    keep_marked(plan, keep);
}

guint plan_fits(const Plan *plan, double seconds)
{
    guint n = 0;

    for (; n < plan->cases->len; n++) {
        seconds -= plan_case_seconds(case_at(plan, n));
        if (seconds < 0)
            break;
    }
    return n;
}
