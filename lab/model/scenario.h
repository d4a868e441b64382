/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario file: tests, each with a matrix of what to vary, the steps of one case and what must
 * hold. docs/formats.md describes the format.
 *
 *   <scenario name="quickstart" format="1">
 *     <title>…</title> <description>…</description>
 *     <guest name="reference"/>                              one or more
 *     <include file="update.xml"/>                           the tests of another scenario
 *     <test name="content-good">
 *       <title>…</title>
 *       <requirement id="…"/>                                of the catalogue (requirements.h)
 *       <matrix> … </matrix>                                 matrix.h
 *       <steps> … </steps>                                   scenario-step.h
 *       <always> … </always>                                 steps that come last, whatever
 * happened <expect …/>                                          scenario-expect.h <recover/> after
 * a boot loop go through the recovery drill
 *     </test>
 *   </scenario>
 *
 * vendor="each" repeats a step for each vendor of the case in install order. A step that names a
 * vendor needs it in every vendor set of its test, and installed by an earlier step. The guest ×
 * vendors × parameters of a test are all combined. An included file's tests are called
 * `<its name>.<test>`, and run on the guests of the file that includes it; it includes no other.
 *
 * All strings and arrays belong to the Scenario. Read-only after parsing.
 */
#pragma once

#include "model/matrix.h"
#include "model/scenario-step.h"

#define SCENARIO_CASES_MAX 10000      /* of all tests together */
#define SCENARIO_VENDOR_SETS_MAX 1000 /* of one test */
#define SCENARIO_STEPS_MAX 1000       /* of one test, those inside others too */
#define SCENARIO_INCLUDES_MAX 100

typedef struct {
    guint line; /* from 1 */
    guint column;
} Place;

typedef struct {
    char *name;
    char *title;
    GPtrArray *vendor_sets;     /* of VendorSet*, at least one: expanded, without duplicates */
    GPtrArray *parameters;      /* of Parameter*, those of <events> too */
    Matrix *matrix;             /* the rest of it */
    GPtrArray *steps;           /* of Step* */
    GPtrArray *always;          /* of Step*: carried out last, whatever happened; maybe none */
    GPtrArray *requirements;    /* of char*: ids in the catalogue, maybe none */
    GArray *requirement_places; /* of Place: where each of them is named */
    Expect expects;
    bool recover;      /* go through the recovery drill after a boot loop … */
    bool recover_disk; /* … and mend the disk from outside before anybody goes to the machine */
    bool measures;     /* a step judges overhead or growth: its cases run alone (run/measure.h) */
    char *file;        /* that it stands in */
    guint line;
    guint column;
} Test;

typedef struct {
    char *name;
    char *title;
    char *description;
    GPtrArray *guests;    /* of char*: names */
    GArray *guest_places; /* of Place: where each of them is named */
    GArray *guest_loops;  /* of bool: boot-mode="loop" stands there */
    GPtrArray *tests;     /* of Test* */
    GPtrArray *vendors;   /* of char*: every vendor named, once each, in order of appearance */
    GPtrArray *includes;  /* of char*: paths of the files that are included */
    int experiments;      /* cases that a run may add for blame; -1: the lab says */
    bool shipped_packs;   /* its vendors are those that ship, whatever lab.xml has by their names */
    char *file;
} Scenario;

/* Reads and validates a scenario by itself (not whether its guests and vendors exist).
 * TRUCE_ERROR_INPUT with file:line:column; an unused parameter is an error. */
bool scenario_read(const char *path, Scenario **ret_scenario, GError **error);
/* The same for bytes in memory; `path` is what messages and `file` name. */
bool scenario_parse(const char *text, gsize length, const char *path, Scenario **ret_scenario,
                    GError **error);
void scenario_free(Scenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scenario, scenario_free)

/* Whether the test, or any of its steps, expects what `asks` looks for. */
bool test_expects(const Test *test, bool (*asks)(const Expect *expect));

/* The parameter that {name} means in a step on `vendor` (NULL: in any other step): the vendor's own
 * before the one of all cases. NULL where there is none. */
const Parameter *test_parameter(const Test *test, const char *vendor, const char *name);

/* Every text that `text` can become in a step on `vendor` when its placeholders are filled in; a
 * placeholder that is no parameter stays. At most TEST_EXPANSIONS_MAX of them. Free with
 * g_ptr_array_unref(). */
#define TEST_EXPANSIONS_MAX 1000
GPtrArray *test_expansions(const Test *test, const char *vendor, const char *text);

/* How many cases a test, and a scenario, has: guests × vendor sets × values; somewhere above
 * SCENARIO_CASES_MAX the count ends. 0 where only the plan knows, because a matrix has a strength,
 * constraints, orders, negative values, parameters of vendors, or controls by rule. */
guint64 test_cases(const Test *test, guint guests);
guint scenario_cases(const Scenario *scenario);
