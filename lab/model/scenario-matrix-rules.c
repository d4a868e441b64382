/* SPDX-License-Identifier: GPL-2.0-or-later
 * How much of a matrix is combined: strength, groups, constraints, cases that must appear,
 * controls.
 */
#include "model/scenario-matrix.h"

#include <string.h>

#include "util/error.h"

#define CONSTRAINTS_MAX 1000
#define GROUPS_MAX 100
#define SEEDS_MAX 1000

const Parameter *matrix_parameter(const Test *test, const char *key)
{
    for (guint i = 0; i < test->parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(test->parameters, i);
        if (g_str_equal(parameter->key, key))
            return parameter;
    }
    return NULL;
}

/* Each word is a parameter's key; where `all` is set, 'guest' and 'vendors' are allowed too. */
static bool check_keys(const XmlFile *file, const xmlNode *element, const char *attribute,
                       const Test *test, const GPtrArray *keys, bool all, GError **error)
{
    for (guint i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);
        bool special = all && (g_str_equal(key, "guest") || g_str_equal(key, "vendors"));
        if (!special && !matrix_parameter(test, key))
            return xml_fail(file, element, attribute, error, "test '%s' has no parameter '%s'",
                            test->name, key);
        for (guint j = 0; j < i; j++)
            if (g_str_equal(g_ptr_array_index(keys, j), key))
                return xml_fail(file, element, attribute, error, "'%s' is named twice", key);
    }
    return true;
}

/* A strength belongs to covering arrays, and so do the elements that shape them. */
static bool needs_strength(const XmlFile *file, const xmlNode *element, const Test *test,
                           GError **error)
{
    return test->matrix->strength > 0 ||
           xml_fail(file, element, NULL, error,
                    "'%s' needs a 'strength' of its 'matrix'; without one all combinations are "
                    "planned",
                    element->name);
}

static bool read_group(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    g_autoptr(GPtrArray) of = xml_attr_words(element, "of");
    guint strength = (guint)xml_attr_int(element, "strength", 0);

    if (!needs_strength(file, element, test, error) ||
        !check_keys(file, element, "of", test, of, true, error))
        return false;
    bool places = test->matrix->by_vendor && /* then 'vendors' is one column a vendor */
                  g_ptr_array_find_with_equal_func(of, "vendors", g_str_equal, NULL);
    if (of->len < strength && !places)
        return xml_fail(file, element, "strength", error,
                        "a group of %u cannot have the strength %u", of->len, strength);
    if (test->matrix->groups->len == GROUPS_MAX)
        return xml_fail(file, element, NULL, error, "more than %d groups", GROUPS_MAX);
    MatrixGroup *group = g_new0(MatrixGroup, 1);
    group->of = g_steal_pointer(&of);
    group->strength = strength;
    xml_place(element, &group->line, &group->column);
    g_ptr_array_add(test->matrix->groups, group);
    return true;
}

static bool read_constraint(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    if (test->matrix->constraints->len == CONSTRAINTS_MAX)
        return xml_fail(file, element, NULL, error, "more than %d constraints", CONSTRAINTS_MAX);
    MatrixConstraint *constraint = g_new0(MatrixConstraint, 1);
    constraint->text = xml_text(element);
    xml_place(element, &constraint->line, &constraint->column);
    constraint->column += (guint)strlen("<constraint>"); /* which has no attributes */
    g_ptr_array_add(test->matrix->constraints, constraint);
    return true;
}

static bool read_seed_value(const XmlFile *file, const xmlNode *element, const Test *test,
                            MatrixSeed *seed, GError **error)
{
    g_autofree char *key = xml_attr(element, "parameter");
    g_autofree char *value = xml_attr(element, "value");
    const Parameter *parameter = matrix_parameter(test, key);

    if (!parameter)
        return xml_fail(file, element, "parameter", error, "test '%s' has no parameter '%s'",
                        test->name, key);
    if (!g_ptr_array_find_with_equal_func(parameter->values, value, g_str_equal, NULL))
        return xml_fail(file, element, "value", error, "parameter '%s' has no value '%s'", key,
                        value);
    if (g_hash_table_contains(seed->values, key))
        return xml_fail(file, element, "parameter", error, "'%s' is set twice", key);
    g_hash_table_insert(seed->values, g_steal_pointer(&key), g_steal_pointer(&value));
    return true;
}

static bool read_seed(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    MatrixSeed *seed = g_new0(MatrixSeed, 1);

    seed->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    seed->guest = xml_attr(element, "guest");
    if (xmlHasProp(element, (const xmlChar *)"vendors"))
        seed->vendors = xml_attr_words(element, "vendors");
    xml_place(element, &seed->line, &seed->column);
    g_ptr_array_add(test->matrix->seeds, seed);
    if (!needs_strength(file, element, test, error))
        return false;
    if (test->matrix->seeds->len > SEEDS_MAX)
        return xml_fail(file, element, NULL, error, "more than %d cases", SEEDS_MAX);
    XML_FOREACH(set, element, "set")
    {
        if (!read_seed_value(file, set, test, seed, error))
            return false;
    }
    return true;
}

static bool read_controls(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    Matrix *matrix = test->matrix;

    matrix->controls = true;
    if (!xmlHasProp(element, (const xmlChar *)"keep"))
        return true;
    matrix->keep = xml_attr_words(element, "keep");
    return check_keys(file, element, "keep", test, matrix->keep, false, error);
}

bool matrix_read_rules(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error)
{
    static const struct {
        const char *element;
        bool (*read)(const XmlFile *file, const xmlNode *element, Test *test, GError **error);
    } readers[] = {{"group", read_group},
                   {"constraint", read_constraint},
                   {"case", read_seed},
                   {"controls", read_controls}};
    g_autofree char *cover = xml_attr(matrix, "cover");

    test->matrix->strength = (guint)xml_attr_int(matrix, "strength", 0);
    test->matrix->by_vendor = g_strcmp0(cover, "vendors") == 0;
    if (test->matrix->by_vendor && test->matrix->strength == 0)
        return xml_fail(file, matrix, "cover", error,
                        "cover=\"vendors\" needs a 'strength'; without one all combinations are "
                        "planned");
    XML_FOREACH(child, matrix, NULL)
    {
        for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
            if (xml_is(child, readers[i].element) && !readers[i].read(file, child, test, error))
                return false;
    }
    return true;
}
