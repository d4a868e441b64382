/* SPDX-License-Identifier: GPL-2.0-or-later
 * The steps of a test: what each kind of step is called, what it holds and how it is read.
 *
 * One row of a table a kind (scenario-step.c); what a kind does on the guest is a row of the same
 * number in run/actions.c. docs/formats.md describes the elements.
 *
 * Everything belongs to the Step. A text that may hold {parameters} says so.
 */
#pragma once

#include "model/fault-catalogue.h"
#include "model/scenario-expect.h"
#include "util/xml.h"

typedef enum {
    STEP_INSTALL,
    STEP_UNINSTALL,
    STEP_UPDATE,
    STEP_ROLLBACK,
    STEP_PROBE,
    STEP_DETECT,
    STEP_REBOOT,
    STEP_BOOT,
    STEP_RUN,
    STEP_COPY_IN,
    STEP_COPY_OUT,
    STEP_LOAD,
    STEP_STRESS,
    STEP_INJECT,
    STEP_WAIT_FOR,
    STEP_SNAPSHOT,
    STEP_REVERT,
    STEP_SOAK,
    STEP_PARALLEL,
    STEP_BRANCH,
    STEP_IN_ORDER,
    STEP_EVENT,
    STEP_KINDS,
} StepKind;

/* EITHER: it may fail as well, as long as it ends. */
typedef enum { EXPECT_APPLIED, EXPECT_REFUSED, EXPECT_EITHER } UpdateExpect;

typedef enum { STEP_BOOT_NORMAL, STEP_BOOT_SAFE, STEP_BOOT_RECOVERY } StepBootMode;

/* What a wait-for step waits for. */
typedef enum {
    WAIT_FILE,    /* a guest path is there, or gone */
    WAIT_SERVICE, /* a service is in a state */
    WAIT_LOG,     /* a text stands in a file of the guest, or in the serial log */
    WAIT_EVENT,   /* something happens to the machine */
} WaitKind;

typedef struct {
    WaitKind kind;
    char *name; /* path, service, path of the log ("serial": the serial port), or event */
    char *want; /* file: present or absent; service: running or stopped; log: the text */
} StepWait;

/* A fault of the catalogue (model/fault-catalogue.h). */
typedef struct {
    FaultKind kind;
    GHashTable *values; /* name → value of its parameters and its trigger's, both char*; a value may
                           hold {parameter} */
    bool keep;          /* not undone after the steps inside it */
} StepFault;

typedef struct Step Step;
struct Step {
    StepKind kind;
    char *vendor;  /* a name, or "each"; NULL where the kind has none */
    char *product; /* version, may hold {parameter}; NULL: the default */
    char *content; /* version, may hold {parameter}; NULL: none */
    char *damage;  /* STEP_UPDATE: how the content is damaged first (model/damage.h), may hold
                      {parameter}; NULL: not at all */
    UpdateExpect expect;
    char *run; /* STEP_RUN: command line, may hold {parameter} */
    int exit_code;
    guint timeout_s; /* STEP_RUN, STEP_WAIT_FOR */
    guint seconds;   /* STEP_SOAK, STEP_STRESS */
    guint rate;      /* STEP_LOAD without a profile: file operations per second */
    char *folder;    /* STEP_LOAD, STEP_STRESS: path in the guest */
    char *profile;   /* STEP_LOAD, STEP_STRESS: name of a load profile, may hold {parameter} */
    bool hard;       /* STEP_REBOOT: by the reset button */
    StepBootMode boot_mode;
    char *path;    /* STEP_COPY_IN: where to; STEP_COPY_OUT: where from; in the guest */
    char *file;    /* STEP_COPY_IN: absolute path on the host */
    bool optional; /* STEP_COPY_OUT: it may be absent */
    char *name;    /* STEP_SNAPSHOT, STEP_REVERT: of the snapshot; STEP_IN_ORDER: of the matrix's
                      events; STEP_EVENT: of one of them */
    StepWait wait;
    StepFault fault;
    Expect expects;
    GPtrArray *steps; /* of Step*: those inside (load, inject, parallel, branch, in-order, event);
                         else NULL */
    guint line;
    guint column;
};

/* The element's name. */
const char *step_kind_name(StepKind kind);

/* Whether a step of this kind holds others, and whether it may stand in a parallel branch. */
bool step_kind_holds_steps(StepKind kind);
bool step_kind_may_be_parallel(StepKind kind);

/* Reads the steps inside an element that the schema has checked. `file` gives the folder that
 * copied files lie in. Of Step*; free with g_ptr_array_unref(). */
GPtrArray *steps_read(const XmlFile *file, const xmlNode *parent);
