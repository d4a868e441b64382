/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario file: tests, each with a matrix of what to vary and the steps of one case.
 *
 *   <scenario name="quickstart" format="1">
 *     <title>…</title> <description>…</description>
 *     <guest name="reference"/>                              one or more
 *     <test name="content-good">
 *       <title>…</title>
 *       <matrix>                                             what to vary: model/matrix.h
 *         <vendors install="alder birch"/>                   packs in install order
 *         <parameter name="content" values="1 2"/>           {content} in steps
 *       </matrix>
 *       <steps>
 *         <install vendor="each"/>  <install vendor="alder" product="1.1"/>
 *         <update vendor="alder" content="{content}" expect="applied"/>   or expect="refused",
 *         <update vendor="alder" product="1.1"/>             or of the product
 *         <probe vendor="each"/>    <detect vendor="each"/>  <uninstall vendor="each"/>
 *         <reboot/>                                          graceful; waits until ready
 *         <run timeout-s="30" exit="0">cmd.exe /c ver</run>
 *         <load rate="20" folder="C:\Watched\load"> …steps… </load>   file churn while they run
 *         <soak seconds="5"/>                                only the watchdogs look on
 *       </steps>
 *       <recover/>      optional: after a boot loop go through the recovery drill
 *     </test>
 *   </scenario>
 *
 * vendor="each" repeats a step for each vendor of the case in install order. A step that names a
 * vendor needs it in every vendor set of its test, and installed by an earlier step. Every
 * attribute that names a version, and the command line of <run>, may hold a parameter in braces; in
 * a step on a vendor, that vendor's own parameter of the name comes first.
 *
 * All strings and arrays belong to the Scenario. Read-only after parsing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/matrix.h"

typedef enum {
    STEP_INSTALL,
    STEP_UNINSTALL,
    STEP_UPDATE,
    STEP_PROBE,
    STEP_DETECT,
    STEP_REBOOT,
    STEP_RUN,
    STEP_LOAD,
    STEP_SOAK,
} StepKind;

typedef enum { EXPECT_APPLIED, EXPECT_REFUSED } UpdateExpect;

typedef struct Step Step;
struct Step {
    StepKind kind;
    char *vendor;  /* a name, or "each"; NULL where the kind has none */
    char *product; /* version, may hold {parameter}; NULL: the default */
    char *content; /* version, may hold {parameter}; NULL: none */
    UpdateExpect expect;
    char *run; /* STEP_RUN: command line, may hold {parameter} */
    int exit_code;
    guint timeout_s;  /* STEP_RUN */
    guint seconds;    /* STEP_SOAK */
    guint rate;       /* STEP_LOAD: operations per second */
    char *folder;     /* STEP_LOAD: path in the guest */
    GPtrArray *steps; /* STEP_LOAD: of Step*, what runs meanwhile; else NULL */
    guint line;
    guint column;
};

#define SCENARIO_CASES_MAX 10000      /* of all tests together */
#define SCENARIO_VENDOR_SETS_MAX 1000 /* of one test */
#define SCENARIO_STEPS_MAX 1000       /* of one test, those in loads too */

typedef struct {
    guint line; /* from 1 */
    guint column;
} Place;

typedef struct {
    char *name;
    char *title;
    GPtrArray *vendor_sets; /* of VendorSet*, at least one: expanded, without duplicates */
    GPtrArray *parameters;  /* of Parameter*, those of <events> too */
    Matrix *matrix;         /* the rest of it */
    GPtrArray *steps;       /* of Step* */
    bool recover;
    bool measures; /* a step judges overhead or growth: its cases run alone (run/measure.h) */
    guint line;
    guint column;
} Test;

typedef struct {
    char *name;
    char *title;
    char *description;
    GPtrArray *guests;    /* of char*: names */
    GArray *guest_places; /* of Place: where each of them is named */
    GPtrArray *tests;     /* of Test* */
    GPtrArray *vendors;   /* of char*: every vendor named, once each, in order of appearance */
    char *file;
} Scenario;

const char *step_kind_name(StepKind kind);

/* Reads and validates a scenario by itself (not whether its guests and vendors exist).
 * TRUCE_ERROR_INPUT with file:line:column; an unused parameter is an error. */
bool scenario_read(const char *path, Scenario **ret_scenario, GError **error);
/* The same for bytes in memory; `path` is what messages and `file` name. */
bool scenario_parse(const char *text, gsize length, const char *path, Scenario **ret_scenario,
                    GError **error);
void scenario_free(Scenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scenario, scenario_free)

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
