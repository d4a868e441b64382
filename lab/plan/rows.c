/* SPDX-License-Identifier: GPL-2.0-or-later
 * Rows as CSV and JSON.
 */
#include "plan/rows.h"

#include <string.h>

#include "plan/csv.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

/* Which name of each value comes next. */
typedef struct {
    const CoverModel *model;
    guint **turn;
} Names;

static void names_init(Names *names, const CoverModel *model)
{
    names->model = model;
    names->turn = g_new0(guint *, model->parameters->len + 1);
    for (guint p = 0; p < model->parameters->len; p++)
        names->turn[p] = g_new0(guint, cover_model_parameter(model, p)->values->len);
}

static void names_clear(Names *names)
{
    g_strfreev((char **)names->turn);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Names, names_clear)

static const char *next_name(Names *names, guint parameter, guint16 v)
{
    const CoverValue *value = cover_model_value(names->model, parameter, v);
    return value->names->pdata[names->turn[parameter][v]++ % value->names->len];
}

static void append_value(GString *csv, Names *names, guint parameter, guint16 v, char separator)
{
    if (v == COVER_ANY)
        return;
    const char *name = next_name(names, parameter, v);
    bool negative = cover_model_value(names->model, parameter, v)->negative;
    g_autofree char *text = g_strconcat(negative ? "~" : "", name, NULL);
    csv_append(csv, text, separator);
}

char *rows_to_csv(const CoverModel *model, const CoverArray *array, char separator)
{
    g_auto(Names) names = {0};
    GString *csv = g_string_new(NULL);
    names_init(&names, model);
    for (guint p = 0; p < array->n_parameters; p++) {
        if (p > 0)
            g_string_append_c(csv, separator);
        csv_append(csv, cover_model_parameter(model, p)->name, separator);
    }
    g_string_append(csv, "\r\n");
    for (guint r = 0; r < array->n_rows; r++) {
        for (guint p = 0; p < array->n_parameters; p++) {
            if (p > 0)
                g_string_append_c(csv, separator);
            append_value(csv, &names, p, cover_array_row(array, r)[p], separator);
        }
        g_string_append(csv, "\r\n");
    }
    return g_string_free(csv, FALSE);
}

static cJSON *json_row(Names *names, const CoverArray *array, guint r)
{
    cJSON *row = cJSON_CreateObject();
    cJSON *values = cJSON_AddObjectToObject(row, "values");
    for (guint p = 0; p < array->n_parameters; p++) {
        const char *parameter = cover_model_parameter(names->model, p)->name;
        guint16 v = cover_array_row(array, r)[p];
        json_add_text(values, parameter, v == COVER_ANY ? NULL : next_name(names, p, v));
        if (v != COVER_ANY && cover_model_value(names->model, p, v)->negative)
            json_add_text(row, "negative", parameter);
    }
    if (array->seeded[r])
        cJSON_AddTrueToObject(row, "seeded");
    return row;
}

char *rows_to_json(const CoverModel *model, const CoverArray *array)
{
    g_autoptr(cJSON) root = cJSON_CreateObject();
    g_auto(Names) names = {0};
    names_init(&names, model);
    cJSON_AddNumberToObject(root, "version", 1);
    cJSON *parameters = cJSON_AddArrayToObject(root, "parameters");
    for (guint p = 0; p < array->n_parameters; p++)
        cJSON_AddItemToArray(parameters, cJSON_CreateString(cover_model_parameter(model, p)->name));
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (guint r = 0; r < array->n_rows; r++)
        cJSON_AddItemToArray(rows, json_row(&names, array, r));
    char *text = cJSON_Print(root);
    char *copy = g_strdup(text);
    cJSON_free(text);
    return copy;
}

char *rows_text(const CoverModel *model, const CoverArray *array, guint row)
{
    GString *text = g_string_new(NULL);
    for (guint p = 0; p < array->n_parameters; p++) {
        guint16 v = cover_array_row(array, row)[p];
        if (v == COVER_ANY)
            continue;
        const CoverValue *value = cover_model_value(model, p, v);
        g_string_append_printf(text, "%s%s=%s%s", text->len ? ", " : "",
                               cover_model_parameter(model, p)->name, value->negative ? "~" : "",
                               (char *)value->names->pdata[0]);
    }
    return g_string_free(text, FALSE);
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct {
    const CoverModel *model;
    CsvReader csv;
    GArray *columns; /* of guint: parameters */
} Reader;

static bool read_header(Reader *reader, GError **error)
{
    bool last = false;
    while (!last) {
        g_autofree char *name = csv_take(&reader->csv, &last, error);
        if (!name)
            return false;
        int found = cover_model_find(reader->model, g_strstrip(name));
        if (found < 0)
            return csv_fail(&reader->csv, error, "the model has no parameter '%s'", name);
        guint parameter = (guint)found;
        for (guint c = 0; c < reader->columns->len; c++)
            if (g_array_index(reader->columns, guint, c) == parameter)
                return csv_fail(&reader->csv, error, "the column '%s' is there twice", name);
        g_array_append_val(reader->columns, parameter);
    }
    return true;
}

static bool read_cell(Reader *reader, guint parameter, char *text, guint16 *ret_value,
                      GError **error)
{
    g_strstrip(text);
    if (*text == '\0')
        return true;
    int found = cover_model_find_value(reader->model, parameter, text);
    if (found < 0 && *text == '~')
        found = cover_model_find_value(reader->model, parameter, g_strchug(text + 1));
    if (found < 0)
        return csv_fail(&reader->csv, error, "'%s' is no value of '%s'", text,
                        cover_model_parameter(reader->model, parameter)->name);
    *ret_value = (guint16)found;
    return true;
}

static bool read_row(Reader *reader, guint16 *row, GError **error)
{
    bool last = false;
    for (guint p = 0; p < reader->model->parameters->len; p++)
        row[p] = COVER_ANY;
    for (guint c = 0; !last; c++) {
        g_autofree char *text = csv_take(&reader->csv, &last, error);
        if (!text)
            return false;
        if (c >= reader->columns->len)
            return csv_fail(&reader->csv, error, "more cells than columns");
        guint parameter = g_array_index(reader->columns, guint, c);
        if (!read_cell(reader, parameter, text, &row[parameter], error))
            return false;
    }
    return true;
}

bool rows_from_csv(const CoverModel *model, const char *text, gsize length, const char *what,
                   CoverArray **ret_array, GError **error)
{
    guint n = model->parameters->len;
    g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    g_autofree guint16 *row = g_new(guint16, n + 1);
    Reader reader = {model, {text, text + length, what, 1}, columns};
    if (length > ROWS_SIZE_MAX || !g_utf8_validate(text, (gssize)length, NULL))
        return csv_fail(&reader.csv, error, "too long, or not UTF-8 text");
    if (length == 0)
        return csv_fail(&reader.csv, error, "empty: the first line names the parameters");
    if (!read_header(&reader, error))
        return false;
    while (csv_next_line(&reader.csv)) {
        if (!read_row(&reader, row, error))
            return false;
        g_array_append_vals(cells, row, n);
    }
    g_autoptr(CoverArray) array = g_new0(CoverArray, 1);
    array->n_parameters = n;
    array->n_rows = cells->len / n;
    array->seeded = g_new0(bool, array->n_rows + 1);
    array->cells = (guint16 *)g_array_free(g_steal_pointer(&cells), FALSE);
    *ret_array = g_steal_pointer(&array);
    return true;
}

bool rows_read_csv(const CoverModel *model, const char *path, CoverArray **ret_array,
                   GError **error)
{
    g_autofree char *text = NULL;
    gsize length;
    return files_read(path, ROWS_SIZE_MAX, &text, &length, error) &&
           rows_from_csv(model, text, length, path, ret_array, error);
}
