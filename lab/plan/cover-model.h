/* SPDX-License-Identifier: GPL-2.0-or-later
 * What is to be combined: parameters with their values, constraints, groups and seeds.
 *
 * A model is plain data. It is made by hand (cover_model_add_*), or read from a PICT file (pict.h).
 * Parameters and values are known by their number, from 0; a row is an array of one value number a
 * parameter, COVER_ANY where it has none yet.
 */
#pragma once

#include <stdbool.h>

#include "plan/expression.h"

#define COVER_ANY ((guint16)0xffff)
#define COVER_PARAMETERS_MAX 4096
#define COVER_VALUES_MAX 32768       /* of one parameter */
#define COVER_VALUES_ALL_MAX 1000000 /* of all together */
#define COVER_STRENGTH_MAX 6

typedef struct {
    GPtrArray
        *names;    /* of char*: the first is the one that constraints see, the others its aliases */
    guint weight;  /* 1 unless given: how much a value is liked where coverage does not care */
    bool negative; /* invalid input: at most one such value in a row */
    double number; /* of the first name, in a numeric parameter */
} CoverValue;

typedef struct {
    char *name;
    char *key;         /* the name as it is looked up: folded unless the model is case-sensitive */
    GPtrArray *values; /* of CoverValue* */
    bool numeric;      /* every value's first name is a number */
    bool result; /* it stands in rows and constraints, but no combination of it is asked for */
} CoverParameter;

/* Parameters that are combined at a strength of their own. */
typedef struct {
    GArray *members; /* of guint, ascending */
    guint strength;  /* 0: the model's */
} CoverGroup;

/* How groups are meant. */
typedef enum {
    /* Mixed strength: within a group the group's strength replaces the model's. */
    COVER_GROUPS_STRENGTH,
    /* PICT's sub-models: each group is covered by as few different combinations as possible, and
     * these combinations, as wholes, are combined with each other and with the parameters outside
     * groups at the model's strength. Fewer different configurations, but more rows. */
    COVER_GROUPS_UNITS,
} CoverGroups;

typedef struct CoverModel {
    GPtrArray *parameters;  /* of CoverParameter* */
    GPtrArray *constraints; /* of Expression*: all must hold in every row */
    GPtrArray *doubts;      /* of char*: what in the constraints is most likely a slip */
    GPtrArray *groups;      /* of CoverGroup* */
    CoverGroups groups_mean;
    GPtrArray *seeds;    /* of guint16*: partial or complete rows that must appear */
    bool case_sensitive; /* set before anything is added */
} CoverModel;

CoverModel *cover_model_new(void);
void cover_model_free(CoverModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CoverModel, cover_model_free)

/* Adds a parameter and takes the values (CoverValue*; the array's free function is set); finds out
 * whether it is numeric. TRUCE_ERROR_INPUT where the name is taken (letter case counts only in a
 * case-sensitive model), there are no values, or a limit is passed. */
bool cover_model_add(CoverModel *model, const char *name, GPtrArray *values, GError **error);

/* The same from a list of names, ended by NULL. */
bool cover_model_add_names(CoverModel *model, const char *name, const char *const *values,
                           GError **error);

/* Parses and adds one or more constraints, each ended by ';' (expression.h). `what` and `line` say
 * where the text stands, for messages. */
bool cover_model_constrain(CoverModel *model, const char *text, const char *what, guint line,
                           GError **error);

/* Takes the members (of guint); sorts them. TRUCE_ERROR_INPUT where it is empty, a member is there
 * twice, or the strength is over the number of members or COVER_STRENGTH_MAX. */
bool cover_model_add_group(CoverModel *model, GArray *members, guint strength, GError **error);

/* Copies a row of one value number or COVER_ANY a parameter. */
void cover_model_add_seed(CoverModel *model, const guint16 *row);

/* The number of the parameter with this name, or -1. */
int cover_model_find(const CoverModel *model, const char *name);

/* The number of the parameter's value that has this name or alias, or -1. */
int cover_model_find_value(const CoverModel *model, guint parameter, const char *name);

/* How many parameters are no results: they count for coverage. */
guint cover_model_counting(const CoverModel *model);

CoverParameter *cover_model_parameter(const CoverModel *model, guint parameter);
CoverValue *cover_model_value(const CoverModel *model, guint parameter, guint value);

/* The text as it is compared in this model: folded unless it is case-sensitive. Free with g_free().
 */
char *cover_model_fold(const CoverModel *model, const char *text);

CoverValue *cover_value_new(const char *name);
void cover_value_free(CoverValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CoverValue, cover_value_free)
