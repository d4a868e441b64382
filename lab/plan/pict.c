/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading of PICT's model files (format: pict.h).
 */
#include "plan/pict.h"

#include <string.h>

#include "plan/pict-lines.h"
#include "util/files.h"

const PictOptions pict_defaults = {',', '|', '~', false};

typedef struct {
    CoverModel *model;
    const PictOptions *options;
    PictLines *lines;
} Reader;

static bool starts(const char *text, const char *word)
{
    return g_ascii_strncasecmp(text, word, strlen(word)) == 0;
}

static bool has_brackets(const char *text)
{
    const char *open = strchr(text, '[');
    return open && strchr(open, ']');
}

static bool has_function(const char *text)
{
    g_autofree char *upper = g_ascii_strup(text, -1);
    return strstr(upper, "ISNEGATIVE") || strstr(upper, "ISPOSITIVE");
}

/* Whether the line is the first of the constraints: PICT's rule, and the two beginnings more. */
static bool is_constraint(const char *line)
{
    if (g_ascii_strcasecmp(line, "IF") == 0)
        return true;
    if (starts(line, "IF"))
        return has_brackets(line) || has_function(line);
    if (starts(line, "ISNEGATIVE") || starts(line, "ISPOSITIVE"))
        return strchr(line, '(') && !strchr(line, ':');
    if (starts(line, "NOT"))
        return (has_brackets(line) || has_function(line)) && !g_ascii_isalnum(line[3]) &&
               !strchr(line, ':');
    return (line[0] == '[' && strchr(line, ']')) || (line[0] == '(' && has_brackets(line));
}

static bool is_group(const char *line)
{
    return line[0] == '{' && strchr(line, '}');
}

static CoverValue *copy_value(const CoverValue *value)
{
    CoverValue *copy = cover_value_new(value->names->pdata[0]);
    for (guint n = 1; n < value->names->len; n++)
        g_ptr_array_add(copy->names, g_strdup(value->names->pdata[n]));
    copy->weight = value->weight;
    copy->negative = value->negative;
    return copy;
}

/* Cuts "(n)" from the end of a value; 1 where there is none. */
static guint take_weight(char *text)
{
    gsize length = strlen(text);
    char *open = strrchr(text, '(');
    if (!open || text[length - 1] != ')')
        return 1;
    g_autofree char *inner = g_strndup(open + 1, (gsize)(text + length - 1 - (open + 1)));
    guint64 weight;
    if (!g_ascii_string_to_unsigned(g_strstrip(inner), 10, 1, 1000000, &weight, NULL))
        return 1;
    *open = '\0';
    g_strchomp(text);
    return (guint)weight;
}

static CoverValue *parse_value(const Reader *reader, char *text)
{
    guint weight = take_weight(text);
    bool negative = text[0] == reader->options->negative_prefix;
    char separator[] = {reader->options->alias_separator, '\0'};
    g_auto(GStrv) names = g_strsplit(negative ? text + 1 : text, separator, -1);
    CoverValue *value = cover_value_new(names[0] ? g_strstrip(names[0]) : "");
    for (guint n = 1; names[0] && names[n]; n++)
        g_ptr_array_add(value->names, g_strdup(g_strstrip(names[n])));
    value->weight = weight;
    value->negative = negative;
    return value;
}

/* The values of the parameter that "<name>" names; false where the text is no such reference. */
static bool parse_reference(const Reader *reader, const char *text, GPtrArray *values)
{
    gsize length = strlen(text);
    if (length < 2 || text[0] != '<' || text[length - 1] != '>')
        return false;
    g_autofree char *name = g_strndup(text + 1, length - 2);
    int found = cover_model_find(reader->model, g_strstrip(name));
    if (found < 0)
        return false;
    GPtrArray *other = cover_model_parameter(reader->model, (guint)found)->values;
    /* One more than the limit is enough for cover_model_add() to refuse. */
    for (guint v = 0; v < other->len && values->len <= COVER_VALUES_MAX; v++)
        g_ptr_array_add(values, copy_value(other->pdata[v]));
    return true;
}

static bool parse_parameter(Reader *reader, const char *line, GError **error)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
    char separator[] = {reader->options->value_separator, '\0'};
    const char *colon = strchr(line, ':');
    if (!colon)
        colon = strchr(line, separator[0]);
    if (!colon)
        return pict_fail(reader->lines, line, error,
                         "expected a parameter and its values, such as 'Name: a, b'");
    g_autofree char *name = g_strstrip(g_strndup(line, (gsize)(colon - line)));
    const char *at = strrchr(name, '@');
    if (at && g_ascii_string_to_unsigned(g_strstrip((char *)at + 1), 10, 0, G_MAXUINT, NULL, NULL))
        return pict_fail(reader->lines, line, error,
                         "an order on a single parameter is not supported: use a sub-model");
    g_auto(GStrv) texts = g_strsplit(colon + 1, separator, -1);
    for (char **text = texts; *text; text++) {
        g_strstrip(*text);
        if (!parse_reference(reader, *text, values))
            g_ptr_array_add(values, parse_value(reader, *text));
    }
    g_autoptr(GError) fault = NULL;
    if (!cover_model_add(reader->model, name, g_steal_pointer(&values), &fault))
        return pict_fail(reader->lines, line, error, "%s", fault->message);
    guint last = reader->model->parameters->len - 1;
    cover_model_parameter(reader->model, last)->result = name[0] == '$';
    return true;
}

/* The strength after a sub-model's '}': "@ 2", or nothing. */
static bool parse_strength(Reader *reader, const char *text, guint *ret_strength, GError **error)
{
    g_autofree char *rest = g_strstrip(g_strdup(text));
    guint64 strength = 0;
    if (*rest != '\0' &&
        (*rest != '@' || !g_ascii_string_to_unsigned(g_strchug(rest + 1), 10, 1, COVER_STRENGTH_MAX,
                                                     &strength, NULL)))
        return pict_fail(reader->lines, text, error,
                         "expected '@' and a strength from 1 to 6, or nothing, after '}'");
    *ret_strength = (guint)strength;
    return true;
}

static bool parse_group(Reader *reader, const char *line, GError **error)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    const char *end = line[0] == '{' ? strchr(line, '}') : NULL;
    if (!end)
        return pict_fail(reader->lines, line, error,
                         "expected a sub-model, such as '{ A, B } @ 2', or a constraint");
    g_autofree char *inner = g_strndup(line + 1, (gsize)(end - line - 1));
    char separators[] = {',', reader->options->value_separator, '\0'};
    g_auto(GStrv) names = g_strsplit_set(inner, separators, -1);
    for (char **name = names; *name; name++) {
        int found = cover_model_find(reader->model, g_strstrip(*name));
        if (found < 0)
            return pict_fail(reader->lines, line, error, "there is no parameter '%s'", *name);
        guint member = (guint)found;
        g_array_append_val(members, member);
    }
    guint strength = 0;
    g_autoptr(GError) fault = NULL;
    if (!parse_strength(reader, end + 1, &strength, error))
        return false;
    if (!cover_model_add_group(reader->model, g_steal_pointer(&members), strength, &fault))
        return pict_fail(reader->lines, line, error, "%s", fault->message);
    return true;
}

/* The rest of the text from this line on, with comments blanked so that places stay right. */
static char *constraints_text(const Reader *reader)
{
    char *text = g_strdup(reader->lines->line_start);
    for (char *c = text; *c;) {
        gsize length = strcspn(c, "\n");
        char *start = c + strspn(c, " \t");
        if (*start == '#')
            memset(c, ' ', length);
        c += length + (c[length] == '\n');
    }
    return text;
}

static bool parse_lines(Reader *reader, GError **error)
{
    bool groups = false;
    while (pict_next_line(reader->lines)) {
        const char *line = reader->lines->line;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (is_constraint(line)) {
            g_autofree char *text = constraints_text(reader);
            return cover_model_constrain(reader->model, text, reader->lines->what,
                                         reader->lines->number, error);
        }
        groups = groups || is_group(line);
        if (groups ? !parse_group(reader, line, error) : !parse_parameter(reader, line, error))
            return false;
    }
    return true;
}

bool pict_parse(const char *text, gsize length, const char *what, const PictOptions *options,
                CoverModel **ret_model, GError **error)
{
    g_autoptr(CoverModel) model = cover_model_new();
    g_auto(PictLines) lines = {0};
    if (!pict_lines(text, length, what, &lines, error))
        return false;
    Reader reader = {model, options ? options : &pict_defaults, &lines};
    model->case_sensitive = reader.options->case_sensitive;
    model->groups_mean = COVER_GROUPS_UNITS;
    if (!parse_lines(&reader, error))
        return false;
    if (model->parameters->len == 0)
        return pict_fail(&lines, NULL, error, "the model has no parameters");
    *ret_model = g_steal_pointer(&model);
    return true;
}

bool pict_read(const char *path, const PictOptions *options, CoverModel **ret_model, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;
    return files_read(path, PICT_SIZE_MAX, &text, &length, error) &&
           pict_parse(text, length, path, options, ret_model, error);
}
