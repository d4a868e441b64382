/* SPDX-License-Identifier: GPL-2.0-or-later
 * The constraint language: making, freeing and evaluating its trees.
 */
#include "plan/expression.h"

#include "plan/cover-model.h"

Expression *expression_new(ExpressionKind kind)
{
    Expression *expression = g_new0(Expression, 1);
    expression->kind = kind;
    if (kind < EXPRESSION_MEMBER)
        expression->children = g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    return expression;
}

void expression_free(Expression *expression)
{
    if (!expression)
        return;
    g_clear_pointer(&expression->children, g_ptr_array_unref);
    g_free(expression->allowed);
    g_free(expression->rank);
    g_free(expression->other_rank);
    g_free(expression->text);
    g_free(expression->where);
    g_free(expression);
}

bool relation_holds(Relation relation, guint32 a, guint32 b)
{
    switch (relation) {
    case RELATION_EQ:
        return a == b;
    case RELATION_NE:
        return a != b;
    case RELATION_LT:
        return a < b;
    case RELATION_LE:
        return a <= b;
    case RELATION_GT:
        return a > b;
    case RELATION_GE:
        return a >= b;
    }
    g_assert_not_reached();
}

static Truth truth_not(Truth truth)
{
    return truth == TRUTH_OPEN ? TRUTH_OPEN : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* AND and OR: one child with the deciding truth decides. */
static Truth list_truth(const Expression *expression, const guint16 *row)
{
    Truth deciding = expression->kind == EXPRESSION_AND ? TRUTH_FALSE : TRUTH_TRUE;
    Truth truth = truth_not(deciding);
    for (guint i = 0; i < expression->children->len; i++) {
        Truth child = expression_truth(expression->children->pdata[i], row);
        if (child == deciding)
            return deciding;
        if (child == TRUTH_OPEN)
            truth = TRUTH_OPEN;
    }
    return truth;
}

static Truth if_truth(const Expression *expression, const guint16 *row)
{
    Expression **child = (Expression **)expression->children->pdata;
    Truth condition = expression_truth(child[0], row);
    Truth then = condition == TRUTH_FALSE ? TRUTH_OPEN : expression_truth(child[1], row);
    if (condition == TRUTH_TRUE)
        return then;
    Truth otherwise = expression->children->len > 2 ? expression_truth(child[2], row) : TRUTH_TRUE;
    if (condition == TRUTH_FALSE)
        return otherwise;
    return then == otherwise ? then : TRUTH_OPEN;
}

Truth expression_truth(const Expression *expression, const guint16 *row)
{
    switch (expression->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR:
        return list_truth(expression, row);
    case EXPRESSION_NOT:
        return truth_not(expression_truth(expression->children->pdata[0], row));
    case EXPRESSION_IF:
        return if_truth(expression, row);
    case EXPRESSION_MEMBER: {
        guint16 value = row[expression->parameter];
        if (value == COVER_ANY)
            return TRUTH_OPEN;
        return expression->allowed[value >> 6] >> (value & 63) & 1 ? TRUTH_TRUE : TRUTH_FALSE;
    }
    case EXPRESSION_RELATION: {
        guint16 a = row[expression->parameter], b = row[expression->other];
        if (a == COVER_ANY || b == COVER_ANY)
            return TRUTH_OPEN;
        return relation_holds(expression->relation, expression->rank[a], expression->other_rank[b])
                   ? TRUTH_TRUE
                   : TRUTH_FALSE;
    }
    }
    g_assert_not_reached();
}

void expression_parameters(const Expression *expression, guint8 *marks)
{
    if (expression->kind == EXPRESSION_RELATION)
        marks[expression->other] = 1;
    if (expression->kind >= EXPRESSION_MEMBER)
        marks[expression->parameter] = 1;
    for (guint i = 0; expression->children && i < expression->children->len; i++)
        expression_parameters(expression->children->pdata[i], marks);
}
