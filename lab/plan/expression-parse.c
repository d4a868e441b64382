/* SPDX-License-Identifier: GPL-2.0-or-later
 * Parsing of constraints (grammar: expression.h), and the value sets and ranks of their terms.
 */
#include "plan/expression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/cover-model.h"
#include "util/error.h"

#define DOUBTS_MAX 100u

typedef struct {
    const CoverModel *model;
    const char *start, *at;
    const char *what;
    guint line;
    guint depth;
    guint64 work;      /* values looked at */
    GPtrArray *doubts; /* filled */
} Parser;

/* A constant: a number, or a string that is compared folded. */
typedef struct {
    bool is_number;
    double number;
    char *string;
} Constant;

static void constant_clear(Constant *constant)
{
    g_free(constant->string);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Constant, constant_clear)

static char *place(const Parser *parser, const char *at)
{
    guint line = parser->line, column = 1;
    for (const char *c = parser->start; c < at; c++) {
        if (*c == '\n') {
            line++;
            column = 1;
        } else if (((guchar)*c & 0xc0) != 0x80) {
            column++;
        }
    }
    return g_strdup_printf("%s:%u:%u", parser->what, line, column);
}

G_GNUC_PRINTF(4, 5)
static bool fail(const Parser *parser, const char *at, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *where = place(parser, at);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: %s", where, message);
    return false;
}

static void skip_space(Parser *parser)
{
    while (*parser->at != '\0' && (guchar)*parser->at <= ' ')
        parser->at++;
}

/* Takes a key word or sign, letter case ignored. */
static bool take(Parser *parser, const char *token)
{
    gsize length = strlen(token);
    skip_space(parser);
    if (g_ascii_strncasecmp(parser->at, token, length) != 0)
        return false;
    if (g_ascii_isalpha(token[0]) && g_ascii_isalnum(parser->at[length]))
        return false;
    parser->at += length;
    return true;
}

/* The text up to `end`, which is taken too. */
static char *take_string(Parser *parser, char end, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *start = parser->at;
    for (; *parser->at != end; parser->at++) {
        if (*parser->at == '\\') {
            parser->at++;
            if (*parser->at == '\0' || !strchr("\\\"]", *parser->at)) {
                fail(parser, parser->at, error, "after '\\' only '\\', '\"' or ']' may follow");
                return NULL;
            }
        }
        if (*parser->at == '\0') {
            fail(parser, start, error, "the text that starts here has no closing '%c'", end);
            return NULL;
        }
        g_string_append_c(text, *parser->at);
    }
    parser->at++;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool find_parameter(const Parser *parser, const char *at, const char *name, guint *ret,
                           GError **error)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(name));
    int found = cover_model_find(parser->model, trimmed);
    if (found < 0)
        return fail(parser, at, error, "there is no parameter '%s'", trimmed);
    *ret = (guint)found;
    return true;
}

/* Bounds time and memory: each term costs as much as its parameter has values. */
static bool check_work(Parser *parser, guint parameter, GError **error)
{
    parser->work += cover_model_parameter(parser->model, parameter)->values->len;
    return parser->work <= EXPRESSION_WORK_MAX ||
           fail(parser, parser->at, error, "too many terms over parameters with many values");
}

static bool take_parameter(Parser *parser, guint *ret_parameter, GError **error)
{
    skip_space(parser);
    const char *at = parser->at;
    if (!take(parser, "["))
        return fail(parser, at, error, "expected a parameter in brackets, such as [Name]");
    g_autofree char *name = take_string(parser, ']', error);
    return name && find_parameter(parser, at, name, ret_parameter, error) &&
           check_work(parser, *ret_parameter, error);
}

static bool take_constant(Parser *parser, Constant *ret_constant, GError **error)
{
    skip_space(parser);
    if (*parser->at == '"') {
        parser->at++;
        g_autofree char *text = take_string(parser, '"', error);
        if (!text)
            return false;
        *ret_constant = (Constant){false, 0, cover_model_fold(parser->model, text)};
        return true;
    }
    char *end = NULL;
    double number = strchr("+-.0123456789", *parser->at) && *parser->at
                        ? g_ascii_strtod(parser->at, &end)
                        : NAN;
    if (!isfinite(number) || end == parser->at)
        return fail(parser, parser->at, error, "expected a number, or a text in double quotes");
    parser->at = end;
    *ret_constant = (Constant){true, number, NULL};
    return true;
}

/* '*' stands for any characters, '?' for one. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == '?' ||
                   (*pattern && g_utf8_get_char(pattern) == g_utf8_get_char(text))) {
            pattern = g_utf8_next_char(pattern);
            text = g_utf8_next_char(text);
        } else if (star) {
            pattern = star;
            retry = text = g_utf8_next_char(retry);
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static Expression *member_new(const CoverModel *model, guint parameter)
{
    Expression *expression = expression_new(EXPRESSION_MEMBER);
    expression->parameter = parameter;
    expression->allowed =
        g_new0(guint64, cover_model_parameter(model, parameter)->values->len / 64 + 1);
    return expression;
}

static void allow(Expression *expression, guint value)
{
    expression->allowed[value >> 6] |= G_GUINT64_CONSTANT(1) << (value & 63);
}

/* Less, equal or greater than the constant, as 0, 1 or 2. */
static guint32 compare_value(const CoverModel *model, guint parameter, guint v,
                             const Constant *constant)
{
    const CoverValue *value = cover_model_value(model, parameter, v);
    if (constant->is_number)
        return 1u + (value->number > constant->number) - (value->number < constant->number);
    g_autofree char *folded = cover_model_fold(model, value->names->pdata[0]);
    int order = strcmp(folded, constant->string);
    return 1u + (order > 0) - (order < 0);
}

/* A value that no value is: the constraint may be a slip. */
static void doubt(const Parser *parser, const char *at, guint parameter, const Constant *constant)
{
    g_autofree char *where = place(parser, at);
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    const char *value = constant->string;

    if (constant->is_number)
        value = g_ascii_formatd(number, sizeof number, "%.15g", constant->number);
    if (parser->doubts->len < DOUBTS_MAX)
        g_ptr_array_add(parser->doubts,
                        g_strdup_printf("%s: '%s' is no value of '%s'", where, value,
                                        cover_model_parameter(parser->model, parameter)->name));
}

static void allow_related(const Parser *parser, const char *at, Expression *expression,
                          Relation relation, const Constant *constant)
{
    guint parameter = expression->parameter;
    guint n = cover_model_parameter(parser->model, parameter)->values->len;
    bool known = relation != RELATION_EQ && relation != RELATION_NE;

    for (guint v = 0; v < n; v++) {
        guint32 order = compare_value(parser->model, parameter, v, constant);
        known |= order == 1;
        if (relation_holds(relation, order, 1))
            allow(expression, v);
    }
    if (!known)
        doubt(parser, at, parameter, constant);
}

static bool check_type(const Parser *parser, const char *at, guint parameter,
                       const Constant *constant, GError **error)
{
    const CoverParameter *of = cover_model_parameter(parser->model, parameter);
    if (of->numeric == constant->is_number)
        return true;
    return fail(parser, at, error, "'%s' has %s: compare it with %s", of->name,
                of->numeric ? "numbers" : "texts",
                of->numeric ? "a number, without quotes" : "a text in double quotes");
}

static Expression *parse_set(Parser *parser, guint parameter, GError **error)
{
    g_autoptr(Expression) expression = member_new(parser->model, parameter);
    if (!take(parser, "{")) {
        fail(parser, parser->at, error, "expected '{' and a list of values");
        return NULL;
    }
    do {
        g_auto(Constant) constant = {0};
        skip_space(parser);
        const char *at = parser->at;
        if (!take_constant(parser, &constant, error) || !check_work(parser, parameter, error) ||
            !check_type(parser, at, parameter, &constant, error))
            return NULL;
        allow_related(parser, at, expression, RELATION_EQ, &constant);
    } while (take(parser, ","));
    if (!take(parser, "}")) {
        fail(parser, parser->at, error, "expected ',' or '}' in a list of values");
        return NULL;
    }
    return g_steal_pointer(&expression);
}

static Expression *parse_like(Parser *parser, guint parameter, GError **error)
{
    g_auto(Constant) pattern = {0};
    skip_space(parser);
    const char *at = parser->at;
    if (cover_model_parameter(parser->model, parameter)->numeric) {
        fail(parser, at, error, "LIKE is for texts, and '%s' has numbers",
             cover_model_parameter(parser->model, parameter)->name);
        return NULL;
    }
    if (!take_constant(parser, &pattern, error) ||
        !check_type(parser, at, parameter, &pattern, error))
        return NULL;
    Expression *expression = member_new(parser->model, parameter);
    guint n = cover_model_parameter(parser->model, parameter)->values->len;
    bool known = false;
    for (guint v = 0; v < n; v++) {
        g_autofree char *folded = cover_model_fold(
            parser->model, cover_model_value(parser->model, parameter, v)->names->pdata[0]);
        if (matches(pattern.string, folded)) {
            allow(expression, v);
            known = true;
        }
    }
    if (!known)
        doubt(parser, at, parameter, &pattern);
    return expression;
}

typedef struct {
    bool numeric;
    double number;
    char *string;
    guint32 *rank; /* where its rank goes */
} RankKey;

static int compare_keys(const void *a, const void *b)
{
    const RankKey *x = a, *y = b;
    if (x->numeric)
        return (x->number > y->number) - (x->number < y->number);
    return strcmp(x->string, y->string);
}

static guint add_keys(const CoverModel *model, guint parameter, guint32 *ranks, RankKey *keys)
{
    const CoverParameter *of = cover_model_parameter(model, parameter);
    for (guint v = 0; v < of->values->len; v++) {
        const CoverValue *value = of->values->pdata[v];
        keys[v] = (RankKey){of->numeric, value->number,
                            cover_model_fold(model, value->names->pdata[0]), &ranks[v]};
    }
    return of->values->len;
}

/* Ranks of the values of both parameters on one scale, so that a relation compares two numbers. */
static Expression *relation_new(const CoverModel *model, guint a, Relation relation, guint b)
{
    Expression *expression = expression_new(EXPRESSION_RELATION);
    guint n_a = cover_model_parameter(model, a)->values->len;
    guint n = n_a + cover_model_parameter(model, b)->values->len;
    g_autofree RankKey *keys = g_new(RankKey, n);
    expression->parameter = a;
    expression->relation = relation;
    expression->other = b;
    expression->rank = g_new(guint32, n_a);
    expression->other_rank = g_new(guint32, n - n_a);
    add_keys(model, a, expression->rank, keys);
    add_keys(model, b, expression->other_rank, keys + n_a);
    qsort(keys, n, sizeof *keys, compare_keys);
    guint32 rank = 0;
    for (guint i = 0; i < n; i++) {
        if (i > 0 && compare_keys(&keys[i - 1], &keys[i]) != 0)
            rank++;
        *keys[i].rank = rank;
    }
    for (guint i = 0; i < n; i++)
        g_free(keys[i].string);
    return expression;
}

static bool take_relation(Parser *parser, Relation *ret_relation, GError **error)
{
    static const struct {
        const char *sign;
        Relation relation;
    } signs[] = {{"=", RELATION_EQ},  {"<>", RELATION_NE}, {"<=", RELATION_LE},
                 {">=", RELATION_GE}, {"<", RELATION_LT},  {">", RELATION_GT}};
    for (guint i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (take(parser, signs[i].sign)) {
            *ret_relation = signs[i].relation;
            return true;
        }
    }
    return fail(parser, parser->at, error, "expected a relation: = <> > >= < <= LIKE or IN");
}

static Expression *parse_related(Parser *parser, guint parameter, GError **error)
{
    Relation relation = RELATION_EQ;
    if (!take_relation(parser, &relation, error))
        return NULL;
    skip_space(parser);
    const char *at = parser->at;
    if (*at == '[') {
        guint other;
        if (!take_parameter(parser, &other, error))
            return NULL;
        const CoverParameter *a = cover_model_parameter(parser->model, parameter);
        const CoverParameter *b = cover_model_parameter(parser->model, other);
        if (a->numeric != b->numeric) {
            fail(parser, at, error, "'%s' has %s and '%s' has %s: they do not compare", a->name,
                 a->numeric ? "numbers" : "texts", b->name, b->numeric ? "numbers" : "texts");
            return NULL;
        }
        return relation_new(parser->model, parameter, relation, other);
    }
    g_auto(Constant) constant = {0};
    if (!take_constant(parser, &constant, error) ||
        !check_type(parser, at, parameter, &constant, error))
        return NULL;
    Expression *expression = member_new(parser->model, parameter);
    allow_related(parser, at, expression, relation, &constant);
    return expression;
}

static Expression *negate(Expression *expression)
{
    if (!expression)
        return NULL;
    Expression *negation = expression_new(EXPRESSION_NOT);
    g_ptr_array_add(negation->children, expression);
    return negation;
}

static Expression *negativity(const CoverModel *model, guint parameter, bool negative)
{
    Expression *expression = member_new(model, parameter);
    const CoverParameter *of = cover_model_parameter(model, parameter);
    for (guint v = 0; v < of->values->len; v++)
        if (((CoverValue *)of->values->pdata[v])->negative == negative)
            allow(expression, v);
    return expression;
}

/* IsNegative(name), IsPositive(name), or of all parameters: any negative, every one positive. */
static Expression *parse_negativity(Parser *parser, bool negative, GError **error)
{
    skip_space(parser);
    const char *at = parser->at;
    if (!take(parser, "(")) {
        fail(parser, at, error, "expected '(' after IsNegative or IsPositive");
        return NULL;
    }
    at = parser->at;
    g_autofree char *argument = take_string(parser, ')', error);
    if (!argument)
        return NULL;
    g_strstrip(argument);
    if (*argument) {
        guint parameter;
        return find_parameter(parser, at, argument, &parameter, error)
                   ? negativity(parser->model, parameter, negative)
                   : NULL;
    }
    g_autoptr(Expression) all = expression_new(negative ? EXPRESSION_OR : EXPRESSION_AND);
    for (guint p = 0; p < parser->model->parameters->len; p++) {
        if (!check_work(parser, p, error))
            return NULL;
        if (!cover_model_parameter(parser->model, p)->result)
            g_ptr_array_add(all->children, negativity(parser->model, p, negative));
    }
    return g_steal_pointer(&all);
}

static Expression *parse_term(Parser *parser, GError **error)
{
    guint parameter;
    if (take(parser, "IsNegative"))
        return parse_negativity(parser, true, error);
    if (take(parser, "IsPositive"))
        return parse_negativity(parser, false, error);
    if (!take_parameter(parser, &parameter, error))
        return NULL;
    bool negated = take(parser, "NOT");
    if (take(parser, "LIKE")) {
        Expression *like = parse_like(parser, parameter, error);
        return negated ? negate(like) : like;
    }
    if (take(parser, "IN")) {
        Expression *set = parse_set(parser, parameter, error);
        return negated ? negate(set) : set;
    }
    if (negated) {
        fail(parser, parser->at, error, "expected LIKE or IN after NOT");
        return NULL;
    }
    return parse_related(parser, parameter, error);
}

static Expression *parse_predicate(Parser *parser, GError **error);

static Expression *parse_clause(Parser *parser, GError **error)
{
    g_autoptr(Expression) inner = NULL;
    skip_space(parser);
    const char *at = parser->at;
    if (parser->depth >= EXPRESSION_DEPTH_MAX) {
        fail(parser, at, error, "nested deeper than 200");
        return NULL;
    }
    parser->depth++;
    if (take(parser, "NOT")) {
        inner = negate(parse_clause(parser, error));
    } else if (take(parser, "(")) {
        inner = parse_predicate(parser, error);
        if (inner && !take(parser, ")")) {
            fail(parser, at, error, "the parenthesis opened here has no ')'");
            return NULL;
        }
    } else {
        inner = parse_term(parser, error);
    }
    parser->depth--;
    return g_steal_pointer(&inner);
}

static Expression *parse_list(Parser *parser, const char *operator, ExpressionKind kind,
                              Expression *(*parse)(Parser *, GError **), GError **error)
{
    g_autoptr(Expression) first = parse(parser, error);
    if (!first || !take(parser, operator))
        return g_steal_pointer(&first);
    g_autoptr(Expression) list = expression_new(kind);
    g_ptr_array_add(list->children, g_steal_pointer(&first));
    do {
        Expression *next = parse(parser, error);
        if (!next)
            return NULL;
        g_ptr_array_add(list->children, next);
    } while (take(parser, operator));
    return g_steal_pointer(&list);
}

static Expression *parse_conjunction(Parser *parser, GError **error)
{
    return parse_list(parser, "AND", EXPRESSION_AND, parse_clause, error);
}

static Expression *parse_predicate(Parser *parser, GError **error)
{
    return parse_list(parser, "OR", EXPRESSION_OR, parse_conjunction, error);
}

static bool add_branch(Parser *parser, Expression *expression, GError **error)
{
    Expression *branch = parse_predicate(parser, error);
    if (branch)
        g_ptr_array_add(expression->children, branch);
    return branch != NULL;
}

static Expression *parse_if(Parser *parser, GError **error)
{
    g_autoptr(Expression) expression = expression_new(EXPRESSION_IF);
    if (!add_branch(parser, expression, error))
        return NULL;
    if (!take(parser, "THEN")) {
        fail(parser, parser->at, error, "expected AND, OR or THEN");
        return NULL;
    }
    if (!add_branch(parser, expression, error) ||
        (take(parser, "ELSE") && !add_branch(parser, expression, error)))
        return NULL;
    return g_steal_pointer(&expression);
}

/* The constraint's text on one line. */
static char *one_line(const char *start, const char *end)
{
    g_autofree char *text = g_strndup(start, (gsize)(end - start));
    g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
    g_autoptr(GString) line = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(line, "%s%s", line->len ? " " : "", *word);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

GPtrArray *expression_parse(const CoverModel *model, const char *text, const char *what, guint line,
                            GPtrArray *doubts, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    Parser parser = {model, text, text, what, line, 0, 0, doubts};
    skip_space(&parser);
    while (*parser.at) {
        const char *start = parser.at;
        g_autoptr(Expression) expression =
            take(&parser, "IF") ? parse_if(&parser, error) : parse_predicate(&parser, error);
        if (!expression)
            return NULL;
        if (!take(&parser, ";")) {
            fail(&parser, parser.at, error, "expected ';' at the end of a constraint%s",
                 expression->kind == EXPRESSION_IF ? ", AND, OR or ELSE" : ", AND or OR");
            return NULL;
        }
        expression->text = one_line(start, parser.at);
        expression->where = place(&parser, start);
        g_ptr_array_add(found, g_steal_pointer(&expression));
        skip_space(&parser);
    }
    return g_steal_pointer(&found);
}
