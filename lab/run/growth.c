/* SPDX-License-Identifier: GPL-2.0-or-later
 * Growth of handles, memory and processes.
 */
#include "run/growth.h"

#include "run/look.h"
#include "run/measure.h"
#include "run/parallel.h"
#include "util/clock.h"

#define INTERVAL_MS 2000u

/* What is watched: a row a quantity. */
static const struct {
    const char *name;
    const char *unit;
    gsize sample; /* in LookUse */
    gsize limit;  /* in Expect */
    const char *finding;
    const char *rate; /* as in Measurement */
    double rate_per_hour;
} quantities[] = {
    {"handles", "handles", G_STRUCT_OFFSET(LookUse, handles),
     G_STRUCT_OFFSET(Expect, handles_per_hour), "resource-leak", NULL, 0},
    {"private memory", "MiB", G_STRUCT_OFFSET(LookUse, private_mib),
     G_STRUCT_OFFSET(Expect, memory_mib_per_hour), "resource-leak", NULL, 0},
    {"processes", "processes", G_STRUCT_OFFSET(LookUse, processes),
     G_STRUCT_OFFSET(Expect, processes_per_hour), "resource-leak", NULL, 0},
    {"processor time", "s", G_STRUCT_OFFSET(LookUse, processor_s),
     G_STRUCT_OFFSET(Expect, processor_percent), "overhead", "% of a processor", 100.0 / 3600},
};
#define QUANTITIES G_N_ELEMENTS(quantities)

struct Growth {
    GArray *times_s;            /* of double */
    GArray *values[QUANTITIES]; /* of double */
    MeasureClock clock;         /* of processor time */
    MeasureMoment began;
    double starved;    /* since then, as measure_starved() */
    GHashTable *first; /* image → LookUse, of the first sample … */
    GHashTable *last;  /* … and the last */
};

typedef struct {
    GrowthStep step;
    gpointer data;
    Growth *growth;
    bool done; /* the step has ended */
} Watch;

static gint64 limit_of(const Expect *expect, guint quantity)
{
    return G_STRUCT_MEMBER(gint64, expect, quantities[quantity].limit);
}

bool growth_asked(const Expect *expect)
{
    bool asked = false;

    for (guint i = 0; i < QUANTITIES; i++)
        asked |= limit_of(expect, i) != EXPECT_UNASKED;
    return asked;
}

static Growth *growth_new(void)
{
    Growth *growth = g_new0(Growth, 1);

    growth->times_s = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < QUANTITIES; i++)
        growth->values[i] = g_array_new(FALSE, FALSE, sizeof(double));
    return growth;
}

void growth_free(Growth *growth)
{
    if (!growth)
        return;
    g_array_unref(growth->times_s);
    for (guint i = 0; i < QUANTITIES; i++)
        g_array_unref(growth->values[i]);
    g_clear_pointer(&growth->first, g_hash_table_unref);
    g_clear_pointer(&growth->last, g_hash_table_unref);
    g_free(growth);
}

static bool take_sample(Attempt *attempt, Growth *growth, gint64 began, GError **error)
{
    g_auto(LookResources) resources = {0};
    double at_s = clock_elapsed_ms(began) / 1000.0;

    if (!look_resources(attempt, &resources, error))
        return false;
    resources.all.processor_s = measure_clock(attempt, &growth->clock, resources.all.processor_s);
    g_array_append_val(growth->times_s, at_s);
    for (guint i = 0; i < QUANTITIES; i++)
        g_array_append_val(growth->values[i],
                           G_STRUCT_MEMBER(double, &resources.all, quantities[i].sample));
    GHashTable **place = growth->first ? &growth->last : &growth->first;
    g_clear_pointer(place, g_hash_table_unref);
    *place = g_steal_pointer(&resources.by_image);
    return true;
}

static StepsEnd sample(Attempt *attempt, Watch *watch, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gint64 began = g_get_monotonic_time();

    while (!watch->done) {
        gint64 next = clock_deadline_ms(INTERVAL_MS);
        if (!take_sample(attempt, watch->growth, began, &failure))
            return steps_end_of_error(&failure, error);
        while (!watch->done && clock_left_ms(next) > 0)
            if (!attempt_watch(attempt, MIN(next, clock_deadline_ms(INTERVAL_MS / 4)), &failure))
                return steps_end_of_error(&failure, error);
    }
    return STEPS_DONE;
}

static StepsEnd run_branch(Attempt *attempt, guint number, gpointer data, GError **error)
{
    Watch *watch = data;

    if (number == 1)
        return sample(attempt, watch, error);
    StepsEnd end = watch->step(watch->data, error);
    watch->done = true;
    return end;
}

StepsEnd growth_watch(Attempt *attempt, GrowthStep step, gpointer data, Growth **ret_growth,
                      GError **error)
{
    Watch watch = {.step = step, .data = data, .growth = growth_new()};
    watch.growth->began = measure_moment(attempt);
    StepsEnd end = parallel_run(attempt, 2, run_branch, &watch, error);
    watch.growth->starved = measure_starved(attempt, &watch.growth->began);

    *ret_growth = watch.growth;
    return end;
}

static double use_of(GHashTable *by_image, const char *image, guint quantity)
{
    const LookUse *use = g_hash_table_lookup(by_image, image);

    return use ? G_STRUCT_MEMBER(double, use, quantities[quantity].sample) : 0;
}

/* The vendor whose modules' processes took most of it; NULL where none of them took any. */
static const Vendor *taker(Attempt *attempt, const Growth *growth, guint quantity)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    const Vendor *most = NULL;
    double most_grown = 0;

    for (guint v = 0; growth->last && v < vendors->len; v++) {
        const Vendor *vendor = vendors->pdata[v];
        double grown = 0;
        for (guint m = 0; m < vendor->modules->len; m++) {
            const VendorModule *module = vendor->modules->pdata[m];
            g_autofree char *image = g_utf8_strdown(module->file, -1);
            grown += use_of(growth->last, image, quantity) - use_of(growth->first, image, quantity);
        }
        if (grown > most_grown) {
            most = vendor;
            most_grown = grown;
        }
    }
    return most;
}

void growth_judge(Attempt *attempt, const Growth *growth, const Expect *expect,
                  const char **ret_kind, const char **ret_quantity, char **ret_summary,
                  const Vendor **ret_vendor)
{
    g_autoptr(GString) summary = g_string_new(NULL);
    guint worst = 0;

    for (guint i = 0; i < QUANTITIES; i++) {
        const Measurement measurement = {
            .name = quantities[i].name,
            .unit = quantities[i].unit,
            .better = BETTER_LESS,
            .values = (const double *)(gpointer)growth->values[i]->data,
            .count = growth->values[i]->len,
            .times_s = (const double *)(gpointer)growth->times_s->data,
            .rate = quantities[i].rate,
            .rate_per_hour = quantities[i].rate_per_hour,
            .pressure = quantities[i].rate ? growth->starved : 0,
        };
        g_autofree char *exceeded = NULL;
        if (limit_of(expect, i) == EXPECT_UNASKED)
            continue;
        measure_record(attempt, &measurement);
        if (measure_judge(attempt, &measurement, (double)limit_of(expect, i), &exceeded))
            continue;
        if (summary->len == 0)
            worst = i;
        g_string_append_printf(summary, "%s%s", summary->len ? "; " : "", exceeded);
    }
    *ret_kind = quantities[worst].finding;
    *ret_quantity = quantities[worst].name;
    *ret_vendor = taker(attempt, growth, worst);
    *ret_summary = summary->len ? g_strdup(summary->str) : NULL;
}
