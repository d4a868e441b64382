/* SPDX-License-Identifier: GPL-2.0-or-later
 * The keys of a case's first steps.
 */
#include "run/prefix.h"

/* What a product answers to damaged content belongs to its own case, and so does the file. */
static bool may_be_shared(const Step *step)
{
    if (step->damage)
        return false;
    switch (step->kind) {
    case STEP_INSTALL:
    case STEP_UNINSTALL:
    case STEP_UPDATE:
    case STEP_ROLLBACK:
    case STEP_PROBE:
    case STEP_DETECT:
    case STEP_REBOOT:
    case STEP_RUN:
    case STEP_COPY_IN:
        return true;
    default:
        return false;
    }
}

static void add_text(GString *key, const PlanCase *plan_case, const char *vendor, const char *text)
{
    g_autofree char *filled = text ? plan_case_expand_for(plan_case, vendor, text) : NULL;
    g_string_append_printf(key, "\n%s", filled ? filled : "");
}

static void add_expect(GString *key, const PlanCase *plan_case, const Step *step)
{
    Expect asked =
        expect_of_step(&step->expects, &plan_case->test->expects, step_kind_name(step->kind));
    const gint64 parts[] = {
        asked.no_bugcheck,       asked.probes_green,        asked.nothing_left,
        asked.recovers,          asked.boots_within_s,      asked.detection_within_s,
        asked.handles_per_hour,  asked.memory_mib_per_hour, asked.processes_per_hour,
        asked.processor_percent, asked.overhead_percent};

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        g_string_append_printf(key, " %" G_GINT64_FORMAT, parts[i]);
}

/* The lab looks over the guest before the first install of a test that asks this anywhere. */
static bool asks_nothing_left(const Expect *expect)
{
    return expect->nothing_left;
}

static char *make_key(const char *before, const PlanCase *plan_case, const Step *step,
                      const char *vendor)
{
    g_autoptr(GString) key = g_string_new(before);

    g_string_append_printf(key, "\n%s %s %d %d %d %u", step_kind_name(step->kind),
                           vendor ? vendor : "", step->expect, step->exit_code, step->hard,
                           step->timeout_s);
    g_autofree char *product = plan_case_product(plan_case, vendor, step->product);
    g_string_append_printf(key, "\n%s", product ? product : "");
    add_text(key, plan_case, vendor, step->content);
    add_text(key, plan_case, NULL, step->run);
    add_text(key, plan_case, vendor, step->path);
    g_string_append_printf(key, "\n%s\n%d", step->file ? step->file : "",
                           test_expects(plan_case->test, asks_nothing_left));
    add_expect(key, plan_case, step);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, key->str, (gssize)key->len);
}

static void add_units(GPtrArray *keys, const PlanCase *plan_case, const Step *step)
{
    bool each = step->vendor && g_str_equal(step->vendor, "each");
    guint units = each ? plan_case->vendors->len : 1;

    for (guint v = 0; v < units; v++) {
        const char *before = keys->len > 0 ? keys->pdata[keys->len - 1] : plan_case->guest;
        const char *vendor = each ? plan_case->vendors->pdata[v] : step->vendor;
        g_ptr_array_add(keys, make_key(before, plan_case, step, vendor));
    }
}

GPtrArray *prefix_keys(const PlanCase *plan_case)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *steps = plan_case->test->steps;

    for (guint i = 0; i < steps->len && !plan_case->test->measures; i++) {
        guint at = plan_case_step_at(plan_case, i);
        const Step *step = steps->pdata[at];
        g_autofree char *path = g_strdup_printf("%u", at + 1);
        if (plan_case_omits(plan_case, step, path)) {
            if (step->steps)
                break;
            continue;
        }
        if (!may_be_shared(step))
            break;
        add_units(keys, plan_case, step);
    }
    return keys;
}
