/* SPDX-License-Identifier: GPL-2.0-or-later
 * Resource curves of an attempt beside those of its control.
 */
#include "report/curve.h"

#include <math.h>

struct Controls {
    const Result *result;
    GHashTable *exact; /* `test\nguest\nparameters` → ResultCase* */
    GHashTable *any;   /* guest → ResultCase* */
    ResultCase *loaded;
};

typedef struct {
    double least, most;
    double first_s, last_s;
} Frame;

static char *key_of(const ResultCase *result_case)
{
    GString *key = g_string_new(result_case->test);

    g_string_append_printf(key, "\n%s", result_case->guest);
    for (guint i = 0; i < result_case->parameters->len; i++)
        g_string_append_printf(key, "\n%s", (const char *)result_case->parameters->pdata[i]);
    return g_string_free(key, FALSE);
}

Controls *controls_new(const Result *result)
{
    Controls *controls = g_new0(Controls, 1);

    controls->result = result;
    controls->exact = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    controls->any = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        if (result_case->vendors->len > 0 || result_case->state != CASE_PASSED)
            continue;
        g_hash_table_insert(controls->exact, key_of(result_case), result_case);
        if (!g_hash_table_contains(controls->any, result_case->guest))
            g_hash_table_insert(controls->any, result_case->guest, result_case);
    }
    return controls;
}

void controls_free(Controls *controls)
{
    if (!controls)
        return;
    if (controls->loaded)
        result_unload(controls->loaded);
    g_hash_table_unref(controls->exact);
    g_hash_table_unref(controls->any);
    g_free(controls);
}

const ResultCase *controls_of(Controls *controls, const ResultCase *result_case)
{
    g_autofree char *key = key_of(result_case);
    ResultCase *control = g_hash_table_lookup(controls->exact, key);

    if (!control)
        control = g_hash_table_lookup(controls->any, result_case->guest);
    if (result_case->vendors->len == 0 || control == NULL)
        return NULL;
    if (controls->loaded != control || !control->details) { /* its own report unloads it */
        if (controls->loaded)
            result_unload(controls->loaded);
        controls->loaded = result_load(controls->result, control, NULL) ? control : NULL;
    }
    return controls->loaded;
}

/* The series of that step and name, or NULL. */
static const ResultMeasure *series_of(const ResultAttempt *attempt, const ResultMeasure *like)
{
    for (guint i = 0; attempt && i < attempt->measures->len; i++) {
        const ResultMeasure *measure = attempt->measures->pdata[i];
        if (measure->times_s->len > 0 && g_str_equal(measure->step, like->step) &&
            g_str_equal(measure->name, like->name))
            return measure;
    }
    return NULL;
}

/* The frame grows to hold the series; returns its last value. */
static double enclose(const ResultMeasure *series, Frame *frame)
{
    double value = NAN;

    for (guint i = 0; i < series->values->len; i++) {
        value = g_array_index(series->values, double, i);
        frame->least = MIN(frame->least, value);
        frame->most = MAX(frame->most, value);
        frame->first_s = MIN(frame->first_s, g_array_index(series->times_s, double, i));
        frame->last_s = MAX(frame->last_s, g_array_index(series->times_s, double, i));
    }
    return value;
}

static void write_points(XmlOut *out, const char *element, const ResultMeasure *series,
                         const Frame *frame)
{
    g_autoptr(GString) points = g_string_new(NULL);
    double height = frame->most > frame->least ? frame->most - frame->least : 1;
    double width = frame->last_s > frame->first_s ? frame->last_s - frame->first_s : 1;

    for (guint i = 0; i < series->values->len; i += series->values->len / CURVE_POINTS + 1) {
        double across = (g_array_index(series->times_s, double, i) - frame->first_s) / width;
        double down = (frame->most - g_array_index(series->values, double, i)) / height;
        char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(x, sizeof x, "%.2f", 100 * across);
        g_ascii_formatd(y, sizeof y, "%.2f", 100 * down);
        g_string_append_printf(points, "%s%s,%s", points->len ? " " : "", x, y);
    }
    xml_out_open(out, element);
    xml_out_attribute(out, "points", points->str);
    xml_out_close(out);
}

static void write_curve(XmlOut *out, const ResultMeasure *own, const ResultMeasure *other,
                        const ResultCase *control)
{
    Frame frame = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    double last = enclose(own, &frame), other_last = other ? enclose(other, &frame) : NAN;

    xml_out_open(out, "curve");
    xml_out_attribute(out, "name", own->name);
    xml_out_attribute(out, "unit", own->unit);
    xml_out_real(out, "least", frame.least);
    xml_out_real(out, "most", frame.most);
    xml_out_real(out, "last", last);
    xml_out_real(out, "seconds", frame.last_s - frame.first_s);
    if (other) {
        xml_out_real(out, "control-last", other_last);
        xml_out_attribute(out, "control", control->id);
        write_points(out, "other", other, &frame);
    }
    write_points(out, "own", own, &frame);
    xml_out_close(out);
}

void curves_write(XmlOut *out, const ResultAttempt *attempt, const ResultCase *control)
{
    const ResultAttempt *beside = control ? result_deciding_attempt(control) : NULL;
    guint written = 0;

    for (guint i = 0; i < attempt->measures->len && written < CURVES_MAX; i++) {
        const ResultMeasure *measure = attempt->measures->pdata[i];
        if (measure->times_s->len == 0)
            continue;
        write_curve(out, measure, series_of(beside, measure), control);
        written++;
    }
}
