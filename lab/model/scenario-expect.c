/* SPDX-License-Identifier: GPL-2.0-or-later
 * Expectations: reading and checking; see scenario-expect.h.
 */
#include "model/scenario-expect.h"

#include <string.h>

typedef enum { VALUE_YES, VALUE_GRADE, VALUE_NUMBER } ValueKind;

typedef struct {
    const char *attribute;
    ValueKind kind;
    gsize offset;      /* in Expect */
    const char *steps; /* on which it may stand, with blanks around each; NULL: all */
    const char *taken; /* that take it over from their test; NULL: those of `steps` */
} Row;

#define CHANGES " install uninstall update rollback reboot boot inject "
#define LASTS " soak load stress "

static const Row rows[] = {
    {"no-bugcheck", VALUE_YES, G_STRUCT_OFFSET(Expect, no_bugcheck), NULL, NULL},
    {"probes-green", VALUE_YES, G_STRUCT_OFFSET(Expect, probes_green), NULL,
     " install update rollback reboot inject soak load stress parallel "},
    {"nothing-left", VALUE_YES, G_STRUCT_OFFSET(Expect, nothing_left), " uninstall ", NULL},
    {"recovers", VALUE_GRADE, G_STRUCT_OFFSET(Expect, recovers), " inject ", NULL},
    {"boots-within-s", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, boots_within_s), CHANGES, NULL},
    {"detection-within-s", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, detection_within_s), " detect ",
     NULL},
    {"handles-per-hour", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, handles_per_hour), LASTS, NULL},
    {"memory-mib-per-hour", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, memory_mib_per_hour), LASTS,
     NULL},
    {"processes-per-hour", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, processes_per_hour), LASTS, NULL},
    {"processor-percent", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, processor_percent), LASTS, NULL},
    {"overhead-percent", VALUE_NUMBER, G_STRUCT_OFFSET(Expect, overhead_percent), " load stress ",
     NULL},
};

static ExpectRecovery grade_of(const char *text)
{
    static const char *const grades[] = {
        [RECOVERS_SELF] = "self", [RECOVERS_REMOTE] = "remote", [RECOVERS_HANDS] = "hands"};
    ExpectRecovery grade = RECOVERS_UNASKED;

    for (guint i = RECOVERS_SELF; text && i < G_N_ELEMENTS(grades); i++)
        if (g_str_equal(text, grades[i]))
            grade = i;
    return grade;
}

Expect expect_none(void)
{
    Expect expect = {0};

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].kind == VALUE_NUMBER)
            G_STRUCT_MEMBER(gint64, &expect, rows[i].offset) = EXPECT_UNASKED;
    return expect;
}

static bool asks(const Expect *expect, const Row *row)
{
    switch (row->kind) {
    case VALUE_YES:
        return G_STRUCT_MEMBER(bool, expect, row->offset);
    case VALUE_GRADE:
        return G_STRUCT_MEMBER(ExpectRecovery, expect, row->offset) != RECOVERS_UNASKED;
    case VALUE_NUMBER:
        return G_STRUCT_MEMBER(gint64, expect, row->offset) != EXPECT_UNASKED;
    }
    return false;
}

static void copy(Expect *to, const Expect *from, const Row *row)
{
    switch (row->kind) {
    case VALUE_YES:
        G_STRUCT_MEMBER(bool, to, row->offset) = G_STRUCT_MEMBER(bool, from, row->offset);
        break;
    case VALUE_GRADE:
        G_STRUCT_MEMBER(ExpectRecovery, to, row->offset) =
            G_STRUCT_MEMBER(ExpectRecovery, from, row->offset);
        break;
    case VALUE_NUMBER:
        G_STRUCT_MEMBER(gint64, to, row->offset) = G_STRUCT_MEMBER(gint64, from, row->offset);
        break;
    }
}

static bool is_among(const char *steps, const char *kind)
{
    g_autofree char *name = g_strdup_printf(" %s ", kind);

    return !steps || strstr(steps, name);
}

Expect expect_of_step(const Expect *step, const Expect *test, const char *kind)
{
    Expect asked = *step;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!asks(step, &rows[i]) && is_among(rows[i].taken ? rows[i].taken : rows[i].steps, kind))
            copy(&asked, test, &rows[i]);
    return asked;
}

bool expect_measures(const Expect *expect)
{
    return expect->handles_per_hour != EXPECT_UNASKED ||
           expect->memory_mib_per_hour != EXPECT_UNASKED ||
           expect->processes_per_hour != EXPECT_UNASKED ||
           expect->processor_percent != EXPECT_UNASKED ||
           expect->overhead_percent != EXPECT_UNASKED;
}

Expect expect_read(const xmlNode *parent)
{
    const xmlNode *element = xml_child(parent, "expect");
    Expect expect = expect_none();

    for (guint i = 0; element && i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *value = xml_attr(element, rows[i].attribute);
        if (!value)
            continue;
        if (rows[i].kind == VALUE_YES)
            G_STRUCT_MEMBER(bool, &expect, rows[i].offset) = true;
        else if (rows[i].kind == VALUE_GRADE)
            G_STRUCT_MEMBER(ExpectRecovery, &expect, rows[i].offset) = grade_of(value);
        else
            G_STRUCT_MEMBER(gint64, &expect, rows[i].offset) =
                xml_attr_int(element, rows[i].attribute, 0);
    }
    return expect;
}

/* ` install uninstall ` as a person reads it. Free with g_free(). */
static char *list_of(const char *steps)
{
    g_autofree char *words = g_strstrip(g_strdup(steps));
    g_auto(GStrv) names = g_strsplit(words, " ", -1);
    return g_strjoinv(", ", names);
}

bool expect_check(const XmlFile *file, const xmlNode *step, GError **error)
{
    const xmlNode *element = xml_child(step, "expect");
    bool asked = false;

    for (guint i = 0; element && i < G_N_ELEMENTS(rows); i++) {
        if (!xmlHasProp(element, (const xmlChar *)rows[i].attribute))
            continue;
        asked = true;
        if (xml_is(step, "test") || is_among(rows[i].steps, (const char *)step->name))
            continue;
        g_autofree char *where = list_of(rows[i].steps);
        return xml_fail(file, element, rows[i].attribute, error,
                        "'%s' means nothing on the step '%s'; it belongs on a test or on: %s",
                        rows[i].attribute, (const char *)step->name, where);
    }
    if (element && !asked)
        return xml_fail(file, element, NULL, error, "'expect' asks nothing: it has no attribute");
    return true;
}
