/* SPDX-License-Identifier: GPL-2.0-or-later
 * Measurements, and their control's.
 */
#include "run/measure.h"

#include <math.h>
#include <string.h>

typedef struct {
    GArray *values;  /* of double */
    GArray *times_s; /* of double; empty: none */
    double pressure;
} Kept;

struct Measures {
    GMutex mutex;
    GHashTable *kept; /* key() → Kept* */
};

static void kept_free(gpointer data)
{
    Kept *kept = data;
    g_array_unref(kept->values);
    g_array_unref(kept->times_s);
    g_free(kept);
}

Measures *measures_new(void)
{
    Measures *measures = g_new0(Measures, 1);
    g_mutex_init(&measures->mutex);
    measures->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kept_free);
    return measures;
}

void measures_free(Measures *measures)
{
    if (!measures)
        return;
    g_hash_table_unref(measures->kept);
    g_mutex_clear(&measures->mutex);
    g_free(measures);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

/* What a case and its control have in common: a control has no parameters of vendors. */
static char *key(const PlanCase *plan_case, const char *step, const char *name)
{
    GString *text = g_string_new(plan_case->test_name);
    g_autoptr(GList) parameters = g_hash_table_get_keys(plan_case->parameters);

    g_string_append_printf(text, "\n%s\n%s\n%s", plan_case->guest, step, name);
    parameters = g_list_sort(parameters, compare_names);
    for (const GList *name_of = parameters; name_of; name_of = name_of->next) {
        const char *parameter = name_of->data;
        if (!strchr(parameter, '.'))
            g_string_append_printf(
                text, "\n%s=%s", parameter,
                (const char *)g_hash_table_lookup(plan_case->parameters, parameter));
    }
    return g_string_free(text, FALSE);
}

static bool is_control(const PlanCase *plan_case)
{
    return plan_case->vendors->len == 0;
}

void measures_keep(Measures *measures, const PlanCase *plan_case, const char *step,
                   const Measurement *measurement)
{
    guint count = MIN(measurement->count, MEASURE_VALUES_MAX);

    if (!is_control(plan_case))
        return;
    Kept *kept = g_new0(Kept, 1);
    kept->values = g_array_new(FALSE, FALSE, sizeof(double));
    kept->times_s = g_array_new(FALSE, FALSE, sizeof(double));
    g_array_append_vals(kept->values, measurement->values, count);
    if (measurement->times_s)
        g_array_append_vals(kept->times_s, measurement->times_s, count);
    kept->pressure = measurement->pressure;
    g_mutex_lock(&measures->mutex);
    g_hash_table_replace(measures->kept, key(plan_case, step, measurement->name), kept);
    g_mutex_unlock(&measures->mutex);
}

MeasureMoment measure_moment(const Attempt *attempt)
{
    MeasureMoment moment = {.us = g_get_monotonic_time()};
    g_autofree char *text = NULL;

    moment.own =
        attempt->machine && machine_waited(attempt->machine, &moment.waited, &moment.others);
    if (!moment.own && g_file_get_contents("/proc/pressure/cpu", &text, NULL, NULL)) {
        const char *total = strstr(text, "total=");
        moment.waited = total ? g_ascii_strtoull(total + strlen("total="), NULL, 10) : 0;
    }
    return moment;
}

static double share(const MeasureMoment *since, const MeasureMoment *now, bool others)
{
    gint64 us = now->us - since->us;

    if (us <= 0 || now->own != since->own)
        return 0;
    guint64 waited = now->waited - MIN(since->waited, now->waited);
    guint64 taken = now->others - MIN(since->others, now->others);
    return MIN((double)(others ? MAX(waited, taken) : waited) / (double)us, 1);
}

double measure_pressure(const Attempt *attempt, const MeasureMoment *since)
{
    MeasureMoment now = measure_moment(attempt);
    return share(since, &now, /* others */ true);
}

double measure_starved(const Attempt *attempt, const MeasureMoment *since)
{
    MeasureMoment now = measure_moment(attempt);
    return now.own ? share(since, &now, /* others */ false) : 0;
}

double measure_clock(const Attempt *attempt, MeasureClock *clock, double told_s)
{
    /* What others do beside it takes nothing from it: only its own waiting stands in its account.
     */
    double waited = measure_starved(attempt, &clock->moment);

    clock->moment = measure_moment(attempt);
    clock->counted_s += (told_s - clock->told_s) * (1 - waited);
    clock->told_s = told_s;
    return clock->counted_s;
}

/* Only numbers; an empty array where there is any trouble. */
static GArray *read_numbers(const cJSON *record, const char *member)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(double));
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, member)) {
        if (!cJSON_IsNumber(item) || numbers->len == MEASURE_VALUES_MAX)
            return g_array_set_size(numbers, 0);
        g_array_append_val(numbers, item->valuedouble);
    }
    return numbers;
}

void measures_replay(Measures *measures, const PlanCase *plan_case, const cJSON *record)
{
    g_autoptr(GArray) values = read_numbers(record, "values");
    g_autoptr(GArray) times_s = read_numbers(record, "times_s");
    Measurement measurement = {.name = json_string(record, "name", ""),
                               .values = (const double *)(gpointer)values->data,
                               .count = values->len};
    const cJSON *pressure = cJSON_GetObjectItemCaseSensitive(record, "host_pressure");

    if (values->len == 0 || (times_s->len > 0 && times_s->len != values->len))
        return;
    measurement.pressure = cJSON_IsNumber(pressure) ? pressure->valuedouble : 0;
    if (times_s->len > 0)
        measurement.times_s = (const double *)(gpointer)times_s->data;
    measures_keep(measures, plan_case, json_string(record, "step", ""), &measurement);
}

static const char *step_of(const Attempt *attempt)
{
    return attempt->step ? attempt->step : "";
}

static void add_number(cJSON *record, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(record, name, value);
    else
        cJSON_AddNullToObject(record, name);
}

void measure_record(Attempt *attempt, const Measurement *measurement)
{
    guint count = MIN(measurement->count, MEASURE_VALUES_MAX);
    cJSON *record = attempt_record(attempt, "measure");

    json_add_text(record, "step", step_of(attempt));
    json_add_text(record, "name", measurement->name);
    json_add_text(record, "unit", measurement->unit);
    json_add_text(record, "better", measurement->better == BETTER_LESS ? "less" : "more");
    cJSON_AddItemToObject(record, "values",
                          cJSON_CreateDoubleArray(measurement->values, (int)count));
    if (measurement->times_s)
        cJSON_AddItemToObject(record, "times_s",
                              cJSON_CreateDoubleArray(measurement->times_s, (int)count));
    cJSON_AddNumberToObject(record, "host_pressure", measurement->pressure);
    attempt_write(attempt, record);
    measures_keep(attempt->measures, attempt->plan_case, step_of(attempt), measurement);
}

/* From units an hour to what the growth is told in. */
static void tell_in(Comparison *comparison, double factor)
{
    comparison->limit *= factor;
    comparison->estimate *= factor;
    comparison->low *= factor;
    comparison->high *= factor;
}

static void compare(Measures *measures, const PlanCase *plan_case, const char *step,
                    const Measurement *measurement, double limit, Comparison *ret_comparison)
{
    g_autofree char *text = key(plan_case, step, measurement->name);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&measures->mutex);
    const Kept *kept = g_hash_table_lookup(measures->kept, text);
    const double *control = kept ? (const double *)(gpointer)kept->values->data : NULL;
    guint count = kept ? kept->values->len : 0;
    (void)locker;

    if (!measurement->times_s) {
        compare_overhead(control, count, measurement->values, measurement->count,
                         measurement->better, limit, ret_comparison);
        if (MAX(measurement->pressure, kept ? kept->pressure : 0) > MEASURE_PRESSURE_MAX) {
            ret_comparison->verdict = COMPARE_INCONCLUSIVE;
            ret_comparison->reason = "the host was busy with other work";
        }
        return;
    }
    Series without = {.values = control, .count = kept ? kept->times_s->len : 0};
    Series with = {.times_s = measurement->times_s,
                   .values = measurement->values,
                   .count = measurement->count};
    without.times_s = kept ? (const double *)(gpointer)kept->times_s->data : NULL;
    double factor = measurement->rate ? measurement->rate_per_hour : 1;
    (measurement->rate ? compare_rate : compare_growth)(&without, &with, limit / factor,
                                                        ret_comparison);
    tell_in(ret_comparison, factor);
    /* Who is given no processor takes none, however much it would. */
    if (measurement->rate && ret_comparison->verdict == COMPARE_WITHIN &&
        measurement->pressure > MEASURE_PRESSURE_MAX) {
        ret_comparison->verdict = COMPARE_INCONCLUSIVE;
        ret_comparison->reason = "the host was busy with other work";
    }
}

/* What the comparison is told in. */
static const char *unit_of(const Measurement *measurement)
{
    return !measurement->times_s ? "%" : measurement->rate ? measurement->rate : measurement->unit;
}

static void record_comparison(Attempt *attempt, const Measurement *measurement,
                              const Comparison *comparison)
{
    cJSON *record = attempt_record(attempt, "comparison");

    json_add_text(record, "step", step_of(attempt));
    json_add_text(record, "name", measurement->name);
    json_add_text(record, "kind", measurement->times_s ? "growth" : "overhead");
    json_add_text(record, "unit", unit_of(measurement));
    json_add_text(record, "verdict", compare_verdict_name(comparison->verdict));
    json_add_text(record, "reason", comparison->reason);
    add_number(record, "limit", comparison->limit);
    add_number(record, "estimate", comparison->estimate);
    add_number(record, "low", comparison->low);
    add_number(record, "high", comparison->high);
    cJSON_AddNumberToObject(record, "confidence", COMPARE_CONFIDENCE);
    cJSON_AddNumberToObject(record, "control_count", comparison->control_count);
    cJSON_AddNumberToObject(record, "count", comparison->count);
    attempt_write(attempt, record);
}

/* Three digits, without an exponent. */
static char *number(double value)
{
    return g_strdup_printf(fabs(value) >= 1000 ? "%.0f" : "%.3g", value);
}

/* `file operations: 23 % slower than without vendors, 95 % confidence 14 to 31 %, limit 10 % (5
 * against 5 measurements)` */
static char *comparison_text(const Measurement *measurement, const Comparison *comparison)
{
    bool growth = measurement->times_s != NULL;
    const char *unit = unit_of(measurement);
    g_autofree char *estimate = number(comparison->estimate), *limit = number(comparison->limit);
    g_autofree char *low = number(comparison->low), *high = number(comparison->high);
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%s", measurement->name);
    if (isfinite(comparison->estimate))
        g_string_append_printf(text,
                               measurement->rate ? ": takes %s %s more than without vendors"
                               : growth ? ": grows by %s %s an hour more than without vendors"
                                        : ": costs %s %s more than without vendors",
                               estimate, unit);
    if (isfinite(comparison->low) && isfinite(comparison->high))
        g_string_append_printf(text, ", with 95 %% confidence %s to %s", low, high);
    g_string_append_printf(text, ", limit %s (%u against %u measurements)", limit,
                           comparison->count, comparison->control_count);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool measure_judge(Attempt *attempt, const Measurement *measurement, double limit,
                   char **ret_summary)
{
    Comparison comparison;

    if (is_control(attempt->plan_case))
        return true;
    compare(attempt->measures, attempt->plan_case, step_of(attempt), measurement, limit,
            &comparison);
    record_comparison(attempt, measurement, &comparison);
    if (comparison.verdict == COMPARE_WITHIN)
        return true;
    g_autofree char *text = comparison_text(measurement, &comparison);
    if (comparison.verdict == COMPARE_EXCEEDED) {
        *ret_summary = g_steal_pointer(&text);
        return false;
    }
    if (!attempt->inconclusive)
        attempt->inconclusive = g_strdup_printf("inconclusive: %s: %s", comparison.reason, text);
    return true;
}
