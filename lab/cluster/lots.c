/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sharing a plan out to a cluster.
 */
#include "cluster/lots.h"

#include <math.h>
#include <string.h>

#include "plan/plan-choose.h"

const char *lot_stage_name(LotStage stage)
{
    static const char *const names[] = {"controls", "alone", "cases"};
    return names[stage];
}

bool lot_stage_from_name(const char *name, LotStage *ret_stage)
{
    for (LotStage stage = LOT_CONTROLS; stage <= LOT_CASES; stage++) {
        if (!g_str_equal(name, lot_stage_name(stage)))
            continue;
        *ret_stage = stage;
        return true;
    }
    return false;
}

Lot *lot_new(void)
{
    return g_new0(Lot, 1);
}

void lot_free(Lot *lot)
{
    if (!lot)
        return;
    g_free(lot->guest);
    g_free(lot->licences);
    g_free(lot->job);
    g_free(lot);
}

static bool measures(const PlanCase *plan_case)
{
    return plan_case->test && plan_case->test->measures;
}

/* Licences */

static bool needs(const LabLicence *licence, const PlanCase *plan_case)
{
    return licence->guest ? g_str_equal(licence->guest, plan_case->guest)
                          : g_ptr_array_find_with_equal_func(plan_case->vendors, licence->vendor,
                                                             g_str_equal, NULL);
}

/* What a case needs, or all cases that measure with it: they are to stay together. */
static bool needs_with_kin(const LabLicence *licence, const Plan *plan, const PlanCase *plan_case)
{
    if (!measures(plan_case))
        return needs(licence, plan_case);
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *kin = plan->cases->pdata[i];
        if (kin->test == plan_case->test && g_str_equal(kin->guest, plan_case->guest) &&
            needs(licence, kin))
            return true;
    }
    return false;
}

/* How many of the name the case needs: of its guest, and of each vendor. */
static guint count_licence(const Plan *plan, const Lab *lab, const PlanCase *plan_case,
                           const char *name)
{
    guint count = 0;

    for (guint i = 0; i < lab->licences->len; i++) {
        const LabLicence *licence = lab->licences->pdata[i];
        if (g_str_equal(licence->name, name) && needs_with_kin(licence, plan, plan_case))
            count += licence->count;
    }
    return count;
}

/* In lab.xml's order, each name once; NULL: none. */
static char *licences_of(const Plan *plan, const Lab *lab, const PlanCase *plan_case)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < lab->licences->len; i++) {
        const LabLicence *licence = lab->licences->pdata[i];
        guint count = count_licence(plan, lab, plan_case, licence->name);
        if (g_hash_table_add(seen, licence->name) && count > 0)
            g_string_append_printf(text, "%s%s:%u", text->len ? "," : "", licence->name, count);
    }
    return text->len ? g_strdup(text->str) : NULL;
}

/* Lots */

typedef struct {
    Lot *lot;
    GPtrArray *cases; /* of const PlanCase* */
    GArray *places;   /* of guint: theirs in the plan */
    double seconds;
} Group;

static void group_free(gpointer data)
{
    Group *group = data;
    lot_free(group->lot);
    g_ptr_array_unref(group->cases);
    g_array_unref(group->places);
    g_free(group);
}

/* Whether the fault does something to the process of QEMU (run/fault.h). */
static bool acts_on_qemu(const StepFault *fault)
{
    const char *by = fault->values ? g_hash_table_lookup(fault->values, "by") : NULL;

    if (fault->kind == FAULT_CLOCK_JUMP)
        return g_strcmp0(by ? by : fault_parameter(FAULT_CLOCK_JUMP, "by")->fallback, "agent") != 0;
    return fault->kind == FAULT_POWER_CUT || fault->kind == FAULT_VCPU_STEAL;
}

static bool steps_act_on_qemu(const GPtrArray *steps)
{
    for (guint i = 0; steps && i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if ((step->kind == STEP_INJECT && acts_on_qemu(&step->fault)) ||
            steps_act_on_qemu(step->steps))
            return true;
    }
    return false;
}

static bool needs_qemu_here(const PlanCase *plan_case)
{
    return plan_case->test && (steps_act_on_qemu(plan_case->test->steps) ||
                               steps_act_on_qemu(plan_case->test->always));
}

static Group *group_new(const Inputs *inputs, const PlanCase *plan_case, LotStage stage,
                        const char *licences)
{
    const Guest *guest = g_hash_table_lookup(inputs->guests, plan_case->guest);
    Group *group = g_new0(Group, 1);

    group->cases = g_ptr_array_new();
    group->places = g_array_new(FALSE, FALSE, sizeof(guint));
    group->lot = lot_new();
    *group->lot = (Lot){.stage = stage,
                        .guest = g_strdup(plan_case->guest),
                        .licences = g_strdup(licences),
                        .here = needs_qemu_here(plan_case),
                        .memory_mib = guest->memory_mib,
                        .cpus = guest->vcpus};
    return group;
}

static LotStage stage_of(const PlanCase *plan_case)
{
    if (measures(plan_case) || plan_case->vendors->len > 1)
        return LOT_CASES;
    return plan_case->vendors->len == 0 ? LOT_CONTROLS : LOT_ALONE;
}

/* Stage by stage, in the plan's order of their first cases. Of Group*. */
static GPtrArray *group_cases(const Plan *plan, const Inputs *inputs, const Lab *lab)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (LotStage stage = LOT_CONTROLS; stage <= LOT_CASES; stage++)
        for (guint i = 0; i < plan->cases->len; i++) {
            PlanCase *plan_case = plan->cases->pdata[i];
            if (stage_of(plan_case) != stage)
                continue;
            g_autofree char *licences = licences_of(plan, lab, plan_case);
            g_autofree char *key = g_strdup_printf("%d %d %s %s", stage, needs_qemu_here(plan_case),
                                                   plan_case->guest, licences ? licences : "");
            Group *group = g_hash_table_lookup(by_key, key);
            if (!group) {
                group = group_new(inputs, plan_case, stage, licences);
                g_ptr_array_add(groups, group);
                g_hash_table_insert(by_key, g_steal_pointer(&key), group);
            }
            g_ptr_array_add(group->cases, plan_case);
            g_array_append_val(group->places, i);
            group->seconds += plan_case_seconds(plan_case);
        }
    return groups;
}

static void add_lot(GPtrArray *lots, const Lot *like, guint first, guint last, double longest_s)
{
    Lot *lot = lot_new();

    *lot = *like;
    lot->guest = g_strdup(like->guest);
    lot->licences = g_strdup(like->licences);
    lot->first = first;
    lot->last = last;
    lot->longest_s = longest_s;
    g_ptr_array_add(lots, lot);
}

/* Numbers the shards of a group from `first` on, leaving out those that got no case, and makes lots
 * of them. Returns the number after the last. */
static guint number_shards(const Group *group, GArray *own, guint n, guint first, GArray *shards,
                           GPtrArray *lots)
{
    g_autofree guint *number = g_new0(guint, n);
    g_autofree double *load = g_new0(double, n);
    guint next = first;
    double longest = 0;

    for (guint i = 0; i < own->len; i++)
        load[g_array_index(own, guint, i)] += plan_case_seconds(group->cases->pdata[i]);
    for (guint i = 0; i < own->len; i++) {
        guint shard = g_array_index(own, guint, i);
        if (number[shard] == 0)
            number[shard] = next++;
        g_array_index(shards, guint, g_array_index(group->places, guint, i)) = number[shard];
        longest = MAX(longest, load[shard]);
    }
    for (; first < next; first += LOT_ARRAY_MAX)
        add_lot(lots, group->lot, first, MIN(first + LOT_ARRAY_MAX, next) - 1, longest);
    return next;
}

void lots_share(const Plan *plan, const Inputs *inputs, const Lab *lab, double shard_s,
                guint at_least, GPtrArray **ret_lots, GArray **ret_shards)
{
    GPtrArray *lots = g_ptr_array_new_with_free_func((GDestroyNotify)lot_free);
    GArray *shards = g_array_new(FALSE, TRUE, sizeof(guint));
    g_autoptr(GPtrArray) groups = group_cases(plan, inputs, lab);
    double total[2] = {0}; /* of all controls, and of all others: these wait for those */
    guint next = 1;

    g_array_set_size(shards, plan->cases->len);
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        total[group->lot->stage != LOT_CONTROLS] += group->seconds;
    }
    guint most = (LOT_SHARDS_MAX - MIN(groups->len, LOT_SHARDS_MAX / 2)) / 2;
    for (guint i = 0; i < groups->len; i++) {
        Group *group = groups->pdata[i];
        const Plan part = {.cases = group->cases};
        double all = total[group->lot->stage != LOT_CONTROLS];
        double wanted = CLAMP(ceil(all / shard_s), MIN(at_least, most), most);
        guint n = (guint)CLAMP(ceil(wanted * group->seconds / all), 1, group->cases->len);
        g_autoptr(GArray) own = plan_shards(&part, n);
        next = number_shards(group, own, n, next, shards, lots);
    }
    *ret_lots = lots;
    *ret_shards = shards;
}
