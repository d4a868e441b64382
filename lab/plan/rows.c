/* SPDX-License-Identifier: GPL-2.0-or-later
 * Rows as CSV and JSON.
 */
#include "plan/rows.h"

#include <string.h>

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

static void append_field(GString *csv, const char *text, char separator)
{
    if (!strpbrk(text, "\"\r\n") && !strchr(text, separator)) {
        g_string_append(csv, text);
        return;
    }
    g_string_append_c(csv, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *text);
    }
    g_string_append_c(csv, '"');
}

static void append_value(GString *csv, Names *names, guint parameter, guint16 v, char separator)
{
    if (v == COVER_ANY)
        return;
    const char *name = next_name(names, parameter, v);
    bool negative = cover_model_value(names->model, parameter, v)->negative;
    g_autofree char *text = g_strconcat(negative ? "~" : "", name, NULL);
    append_field(csv, text, separator);
}

char *rows_to_csv(const CoverModel *model, const CoverArray *array, char separator)
{
    g_auto(Names) names = {0};
    GString *csv = g_string_new(NULL);
    names_init(&names, model);
    for (guint p = 0; p < array->n_parameters; p++) {
        if (p > 0)
            g_string_append_c(csv, separator);
        append_field(csv, cover_model_parameter(model, p)->name, separator);
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

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct {
    const CoverModel *model;
    const char *at, *end;
    const char *what;
    guint line;
    GArray *columns; /* of guint: parameters */
} Reader;

G_GNUC_PRINTF(3, 4)
static bool fail(const Reader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u: %s", reader->what, reader->line,
                message);
    return false;
}

/* Takes one field and the separator after it; *ret_last where the line ends there. */
static char *take_field(Reader *reader, bool *ret_last, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = reader->at < reader->end && *reader->at == '"';
    reader->at += quoted;
    for (; reader->at < reader->end; reader->at++) {
        char c = *reader->at;
        if (quoted && c == '"') {
            if (reader->at + 1 == reader->end || reader->at[1] != '"') {
                reader->at++;
                quoted = false;
                break;
            }
            reader->at++;
        } else if (!quoted && strchr(",\r\n", c)) {
            break;
        }
        g_string_append_c(field, c);
    }
    if (quoted) {
        fail(reader, error, "a double quote does not end");
        return NULL;
    }
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    *ret_last = reader->at == reader->end || *reader->at == '\n';
    if (reader->at < reader->end && !strchr(",\n", *reader->at)) {
        fail(reader, error, "expected ',' or the end of the line after a quoted cell");
        return NULL;
    }
    reader->at += reader->at < reader->end;
    return g_string_free(g_steal_pointer(&field), FALSE);
}

static bool read_header(Reader *reader, GError **error)
{
    bool last = false;
    while (!last) {
        g_autofree char *name = take_field(reader, &last, error);
        if (!name)
            return false;
        int found = cover_model_find(reader->model, g_strstrip(name));
        if (found < 0)
            return fail(reader, error, "the model has no parameter '%s'", name);
        guint parameter = (guint)found;
        for (guint c = 0; c < reader->columns->len; c++)
            if (g_array_index(reader->columns, guint, c) == parameter)
                return fail(reader, error, "the column '%s' is there twice", name);
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
        return fail(reader, error, "'%s' is no value of '%s'", text,
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
        g_autofree char *text = take_field(reader, &last, error);
        if (!text)
            return false;
        if (c >= reader->columns->len)
            return fail(reader, error, "more cells than columns");
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
    Reader reader = {model, text, text + length, what, 1, columns};
    if (length > ROWS_SIZE_MAX || !g_utf8_validate(text, (gssize)length, NULL))
        return fail(&reader, error, "too long, or not UTF-8 text");
    if (length == 0)
        return fail(&reader, error, "empty: the first line names the parameters");
    if (!read_header(&reader, error))
        return false;
    while (reader.at < reader.end) {
        reader.line++;
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
