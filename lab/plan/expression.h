/* SPDX-License-Identifier: GPL-2.0-or-later
 * The constraint language: what must hold between the values of a row.
 *
 *     constraint = predicate ";" | "IF" predicate "THEN" predicate [ "ELSE" predicate ] ";"
 *     predicate  = clause { ("AND" | "OR") clause }        NOT before AND before OR
 *     clause     = term | "(" predicate ")" | "NOT" clause
 *     term       = "[" name "]" relation ( value | "[" name "]" )
 *                | "[" name "]" [ "NOT" ] "LIKE" string     * any characters, ? one character
 *                | "[" name "]" [ "NOT" ] "IN" "{" value { "," value } "}"
 *                | ( "IsNegative" | "IsPositive" ) "(" [ name ] ")"   without name: any / every one
 *     relation   = "=" | "<>" | ">" | ">=" | "<" | "<="
 *     value      = string in double quotes | number
 *
 * Key words are known in any letter case; "\" escapes "\", '"' and "]". Numeric parameters compare
 * with numbers and with each other, others with strings, letter case ignored unless the model says
 * so. It is PICT's language (microsoft/pict, doc/pict.md).
 *
 * Parsed terms hold value numbers, not texts: which values of one parameter fulfil them, or the
 * ranks by which the values of two compare.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

struct CoverModel;

#define EXPRESSION_DEPTH_MAX 200
#define EXPRESSION_WORK_MAX (32u << 20) /* values of the parameters of all terms together */

typedef enum {
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_NOT,
    EXPRESSION_IF,       /* children: condition, then, and perhaps else */
    EXPRESSION_MEMBER,   /* the parameter's value is one of `allowed` */
    EXPRESSION_RELATION, /* the parameter's rank stands in `relation` to the other's */
} ExpressionKind;

typedef enum {
    RELATION_EQ,
    RELATION_NE,
    RELATION_LT,
    RELATION_LE,
    RELATION_GT,
    RELATION_GE,
} Relation;

typedef struct Expression {
    ExpressionKind kind;
    GPtrArray *children; /* of Expression*; NULL in a term */
    guint parameter;
    guint64 *allowed; /* MEMBER: a bit a value */
    Relation relation;
    guint other;
    guint32 *rank;       /* RELATION: a number a value of `parameter`, on one scale with … */
    guint32 *other_rank; /* … a number a value of `other` */
    char *text;          /* of a whole constraint, as written, on one line; NULL elsewhere */
    char *where;         /* file:line:column of a whole constraint */
} Expression;

typedef enum { TRUTH_FALSE, TRUTH_TRUE, TRUTH_OPEN } Truth;

/* Parses all constraints of a text, whose first line is number `line` of `what`. Fails with
 * TRUCE_ERROR_INPUT and the place where it is none. Returns an array of Expression*. Adds to
 * `doubts` (of char*) the place of each value that =, <>, IN or LIKE asks for and the parameter
 * does not have: allowed, but most likely a slip. */
GPtrArray *expression_parse(const struct CoverModel *model, const char *text, const char *what,
                            guint line, GPtrArray *doubts, GError **error);

Expression *expression_new(ExpressionKind kind);
void expression_free(Expression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expression, expression_free)

/* Whether it holds in a row; TRUTH_OPEN where that depends on cells that are COVER_ANY. */
Truth expression_truth(const Expression *expression, const guint16 *row);

/* Whether the ranks of two values stand in the relation. */
bool relation_holds(Relation relation, guint32 a, guint32 b);

/* Marks the parameters that it speaks of, one byte a parameter. */
void expression_parameters(const Expression *expression, guint8 *marks);
