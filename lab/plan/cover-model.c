/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making and searching of models.
 */
#include "plan/cover-model.h"

#include <math.h>
#include <string.h>

#include "util/error.h"

CoverValue *cover_value_new(const char *name)
{
    CoverValue *value = g_new0(CoverValue, 1);
    value->names = g_ptr_array_new_with_free_func(g_free);
    value->weight = 1;
    g_ptr_array_add(value->names, g_strdup(name));
    return value;
}

void cover_value_free(CoverValue *value)
{
    if (!value)
        return;
    g_ptr_array_unref(value->names);
    g_free(value);
}

static void parameter_free(CoverParameter *parameter)
{
    g_free(parameter->name);
    g_free(parameter->key);
    g_ptr_array_unref(parameter->values);
    g_free(parameter);
}

static void group_free(CoverGroup *group)
{
    g_array_unref(group->members);
    g_free(group);
}

CoverModel *cover_model_new(void)
{
    CoverModel *model = g_new0(CoverModel, 1);
    model->parameters = g_ptr_array_new_with_free_func((GDestroyNotify)parameter_free);
    model->constraints = g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    model->doubts = g_ptr_array_new_with_free_func(g_free);
    model->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    model->seeds = g_ptr_array_new_with_free_func(g_free);
    return model;
}

void cover_model_free(CoverModel *model)
{
    if (!model)
        return;
    g_ptr_array_unref(model->parameters);
    g_ptr_array_unref(model->constraints);
    g_ptr_array_unref(model->doubts);
    g_ptr_array_unref(model->groups);
    g_ptr_array_unref(model->seeds);
    g_free(model);
}

CoverParameter *cover_model_parameter(const CoverModel *model, guint parameter)
{
    return model->parameters->pdata[parameter];
}

CoverValue *cover_model_value(const CoverModel *model, guint parameter, guint value)
{
    return cover_model_parameter(model, parameter)->values->pdata[value];
}

guint cover_model_counting(const CoverModel *model)
{
    guint n = 0;
    for (guint p = 0; p < model->parameters->len; p++)
        n += !cover_model_parameter(model, p)->result;
    return n;
}

char *cover_model_fold(const CoverModel *model, const char *text)
{
    return model->case_sensitive ? g_strdup(text) : g_utf8_casefold(text, -1);
}

int cover_model_find(const CoverModel *model, const char *name)
{
    g_autofree char *key = cover_model_fold(model, name);
    for (guint p = 0; p < model->parameters->len; p++)
        if (strcmp(cover_model_parameter(model, p)->key, key) == 0)
            return (int)p;
    return -1;
}

int cover_model_find_value(const CoverModel *model, guint parameter, const char *name)
{
    g_autofree char *key = cover_model_fold(model, name);
    const CoverParameter *in = cover_model_parameter(model, parameter);
    for (guint v = 0; v < in->values->len; v++) {
        const CoverValue *value = in->values->pdata[v];
        for (guint n = 0; n < value->names->len; n++) {
            g_autofree char *folded = cover_model_fold(model, value->names->pdata[n]);
            if (strcmp(folded, key) == 0)
                return (int)v;
        }
    }
    return -1;
}

/* Reads a whole text as a finite number. */
static bool parse_number(const char *text, double *ret_number)
{
    char *end;
    if (!g_ascii_isdigit(*text) && !strchr("+-.", *text))
        return false;
    double number = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number))
        return false;
    *ret_number = number;
    return true;
}

static bool all_numbers(GPtrArray *values)
{
    for (guint v = 0; v < values->len; v++) {
        CoverValue *value = values->pdata[v];
        const char *name = value->names->pdata[0];
        if (*name == '\0' || !parse_number(name, &value->number))
            return false;
    }
    return true;
}

static guint count_values(const CoverModel *model)
{
    guint n = 0;
    for (guint p = 0; p < model->parameters->len; p++)
        n += cover_model_parameter(model, p)->values->len;
    return n;
}

bool cover_model_add(CoverModel *model, const char *name, GPtrArray *values, GError **error)
{
    g_autoptr(GPtrArray) owned = values;
    g_ptr_array_set_free_func(owned, (GDestroyNotify)cover_value_free);
    const char *fault = NULL;
    if (cover_model_find(model, name) >= 0)
        fault = "is there twice: give it another name";
    else if (owned->len == 0)
        fault = "has no values: give it at least one";
    else if (owned->len > COVER_VALUES_MAX ||
             count_values(model) + owned->len > COVER_VALUES_ALL_MAX)
        fault = "has too many values (32768 a parameter, a million in all): use fewer";
    else if (model->parameters->len >= COVER_PARAMETERS_MAX)
        fault = "is one too many: a model has at most 4096";
    if (fault) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the parameter '%s' %s", name, fault);
        return false;
    }
    CoverParameter *parameter = g_new0(CoverParameter, 1);
    parameter->name = g_strdup(name);
    parameter->key = cover_model_fold(model, name);
    parameter->numeric = all_numbers(owned);
    parameter->values = g_steal_pointer(&owned);
    g_ptr_array_add(model->parameters, parameter);
    return true;
}

bool cover_model_add_names(CoverModel *model, const char *name, const char *const *values,
                           GError **error)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
    for (; *values; values++)
        g_ptr_array_add(list, cover_value_new(*values));
    return cover_model_add(model, name, list, error);
}

bool cover_model_constrain(CoverModel *model, const char *text, const char *what, guint line,
                           GError **error)
{
    g_autoptr(GPtrArray) found = expression_parse(model, text, what, line, model->doubts, error);
    if (!found)
        return false;
    g_ptr_array_extend_and_steal(model->constraints, g_steal_pointer(&found));
    return true;
}

static int compare_members(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return (x > y) - (x < y);
}

bool cover_model_add_group(CoverModel *model, GArray *members, guint strength, GError **error)
{
    g_autoptr(GArray) owned = members;
    const char *fault = NULL;
    g_array_sort(owned, compare_members);
    for (guint i = 1; i < owned->len; i++)
        if (g_array_index(owned, guint, i) == g_array_index(owned, guint, i - 1))
            fault = "names a parameter twice";
    if (owned->len == 0)
        fault = "has no parameters";
    else if (strength > owned->len || strength > COVER_STRENGTH_MAX)
        fault = "has a strength over the number of its parameters, or over 6";
    if (fault) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "a group %s", fault);
        return false;
    }
    CoverGroup *group = g_new0(CoverGroup, 1);
    group->members = g_steal_pointer(&owned);
    group->strength = strength;
    g_ptr_array_add(model->groups, group);
    return true;
}

void cover_model_add_seed(CoverModel *model, const guint16 *row)
{
    g_ptr_array_add(model->seeds, g_memdup2(row, model->parameters->len * sizeof *row));
}
