/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading of PICT's seed files (format: pict.h).
 */
#include "plan/pict.h"

#include <string.h>

#include "plan/feasible.h"
#include "plan/pict-lines.h"
#include "util/files.h"

#define WARNINGS_MAX 1000 /* more are not kept */

typedef struct {
    CoverModel *model;
    const PictOptions *options;
    PictLines *lines;
    GArray *columns; /* of int: the parameter, or -1 */
    Feasible *feasible;
    GPtrArray *warnings;
} SeedReader;

G_GNUC_PRINTF(2, 3)
static void warn(SeedReader *reader, const char *format, ...)
{
    va_list arguments;
    if (reader->warnings->len >= WARNINGS_MAX)
        return;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(reader->warnings, g_strdup_printf("%s:%u: %s", reader->lines->what,
                                                      reader->lines->number, message));
}

static bool read_header(SeedReader *reader, GError **error)
{
    bool some = false;
    g_auto(GStrv) names = g_strsplit(reader->lines->line, "\t", -1);
    for (char **name = names; *name; name++) {
        int parameter = cover_model_find(reader->model, g_strstrip(*name));
        if (parameter < 0)
            warn(reader, "the model has no parameter '%s': its column is left out", *name);
        for (guint c = 0; parameter >= 0 && c < reader->columns->len; c++)
            if (g_array_index(reader->columns, int, c) == parameter)
                return pict_fail(reader->lines, NULL, error, "the column '%s' is there twice",
                                 *name);
        some = some || parameter >= 0;
        g_array_append_val(reader->columns, parameter);
    }
    return some || pict_fail(reader->lines, NULL, error,
                             "no column has the name of a parameter of the model");
}

static guint16 read_cell(SeedReader *reader, guint parameter, char *text)
{
    g_strstrip(text);
    if (*text == '\0')
        return COVER_ANY;
    int value = cover_model_find_value(reader->model, parameter, text);
    if (value < 0 && *text == reader->options->negative_prefix)
        value = cover_model_find_value(reader->model, parameter, g_strchug(text + 1));
    if (value < 0) {
        warn(reader, "'%s' is no value of '%s': the cell is left free", text,
             cover_model_parameter(reader->model, parameter)->name);
        return COVER_ANY;
    }
    return (guint16)value;
}

static guint count_negatives(const CoverModel *model, const guint16 *row)
{
    guint n = 0;
    for (guint p = 0; p < model->parameters->len; p++)
        n += row[p] != COVER_ANY && cover_model_value(model, p, row[p])->negative;
    return n;
}

static void read_row(SeedReader *reader)
{
    guint n = reader->model->parameters->len;
    g_autofree guint16 *row = g_new(guint16, n);
    const char *end = strchr(reader->lines->line_start, '\n');
    g_autofree char *line =
        end ? g_strndup(reader->lines->line_start, (gsize)(end - reader->lines->line_start))
            : g_strdup(reader->lines->line_start);
    g_auto(GStrv) cells = g_strsplit(line, "\t", -1);
    for (guint p = 0; p < n; p++)
        row[p] = COVER_ANY;
    for (guint c = 0; cells[c]; c++) {
        int parameter = c < reader->columns->len ? g_array_index(reader->columns, int, c) : -1;
        if (parameter >= 0)
            row[parameter] = read_cell(reader, (guint)parameter, cells[c]);
        else if (c >= reader->columns->len)
            warn(reader, "a cell without a column is left out");
    }
    if (count_negatives(reader->model, row) > 1)
        warn(reader, "the row has two negative values and is skipped");
    else if (!feasible_partial(reader->feasible, row))
        warn(reader, "the row breaks the constraints and is skipped");
    else
        cover_model_add_seed(reader->model, row);
}

static guint64 **all_values(const CoverModel *model)
{
    guint64 **allowed = g_new0(guint64 *, model->parameters->len + 1);
    for (guint p = 0; p < model->parameters->len; p++) {
        guint n = cover_model_parameter(model, p)->values->len;
        allowed[p] = g_new0(guint64, n / 64 + 1);
        for (guint v = 0; v < n; v++)
            allowed[p][v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    }
    return allowed;
}

bool pict_seeds_parse(CoverModel *model, const char *text, gsize length, const char *what,
                      const PictOptions *options, GPtrArray *warnings, GError **error)
{
    g_auto(PictLines) lines = {0};
    if (!pict_lines(text, length, what, &lines, error))
        return false;
    guint64 **allowed = all_values(model);
    g_autoptr(Feasible) feasible = feasible_new(model, allowed);
    g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(int));
    SeedReader reader = {model,   options ? options : &pict_defaults, &lines, columns, feasible,
                         warnings};
    bool header = false, well = true;
    while (well && pict_next_line(&lines)) {
        if (lines.line[0] == '\0')
            continue;
        if (header)
            read_row(&reader);
        else
            well = header = read_header(&reader, error);
    }
    g_strfreev((char **)allowed);
    return well;
}

bool pict_seeds_read(CoverModel *model, const char *path, const PictOptions *options,
                     GPtrArray *warnings, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;
    return files_read(path, PICT_SIZE_MAX, &text, &length, error) &&
           pict_seeds_parse(model, text, length, path, options, warnings, error);
}
