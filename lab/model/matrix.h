/* SPDX-License-Identifier: GPL-2.0-or-later
 * The matrix of a scenario's test: what to vary, and how much of it (docs/formats.md).
 *
 *   <matrix strength="2" cover="sets" >                        absent: all combinations
 *     <vendors install="alder birch"/>                         one value: packs in install order
 *     <vendors of="alder birch cedar" together="2" orders="pairs"/>
 *     <parameter name="load" values="none files"/>             {load} in steps
 *     <parameter name="content" vendor="alder" values="1 2"/>  {content} in steps on alder
 *     <parameter name="fault">
 *       <value weight="5">none</value> <value negative="yes">power-cut</value>
 *     </parameter>
 *     <events name="order" strength="3">                       orders of events, one a case
 *       <event name="install-a"/> <event name="update-a" needs="install-a" optional="yes"/>
 *       <event name="reboot" after="update-a"/> <event name="leave" place="last"/>
 *     </events>
 *     <group of="load fault" strength="3"/>                    a strength of its own
 *     <constraint>IF [alder] > 0 THEN [load] = "files";</constraint>
 *     <case vendors="alder birch"><set parameter="load" value="files"/></case>
 *     <controls keep="load"/>
 *   </matrix>
 *
 * Everything belongs to its Test and is read-only after parsing. Constraints are texts here; the
 * plan parses them (plan/plan-model.h).
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#define MATRIX_STRENGTH_MAX 6
#define MATRIX_EVENTS_MAX 40 /* of one <events> */

typedef struct {
    GPtrArray *install; /* of char*: vendor names in install order, maybe none */
    guint orders; /* 0: in this order; t: in few orders, so that every t stand in every order */
    guint line;
    guint column;
} VendorSet;

typedef struct {
    guint weight;  /* from 1 */
    bool negative; /* invalid on purpose: at most one such value in a case */
} ValueTraits;

typedef struct {
    char *name;
    char *vendor;      /* it exists only in cases with this vendor; NULL: in every case */
    char *key;         /* its name in a case: `content`, or `alder.content` */
    GPtrArray *values; /* of char*; of an <events>: none, the plan makes its orders */
    GArray *traits;    /* of ValueTraits, one a value */
    guint line;
    guint column;
} Parameter;

typedef enum { EVENT_ANYWHERE, EVENT_FIRST, EVENT_LAST } EventPlace;

typedef struct {
    char *name;
    EventPlace place;
    bool optional;    /* it may be absent */
    GPtrArray *after; /* of char*: events that stand before it where both are there */
    GPtrArray *needs; /* of char*: the same, and it is absent where they are */
} MatrixEvent;

typedef struct {
    char *name;        /* the key of its value in a case */
    guint strength;    /* every so many events occur in every order */
    GPtrArray *events; /* of MatrixEvent* */
    guint line;
    guint column;
} MatrixEvents;

typedef struct {
    GPtrArray *of; /* of char*: keys, `guest`, `vendors` */
    guint strength;
    guint line;
    guint column;
} MatrixGroup;

typedef struct {
    char *text;
    guint line; /* where the text begins */
    guint column;
} MatrixConstraint;

typedef struct {
    char *guest;        /* NULL: any */
    GPtrArray *vendors; /* of char*: a vendor set in install order; NULL: any */
    GHashTable *values; /* key → value, both owned */
    guint line;
    guint column;
} MatrixSeed;

typedef struct {
    guint strength;         /* 0: all combinations */
    bool by_vendor;         /* each vendor's place is covered, not each vendor set */
    GPtrArray *events;      /* of MatrixEvents* */
    GPtrArray *groups;      /* of MatrixGroup* */
    GPtrArray *constraints; /* of MatrixConstraint* */
    GPtrArray *seeds;       /* of MatrixSeed* */
    bool controls;          /* controls by rule: each case's vendors alone, and none */
    GPtrArray *keep; /* of char*: keys of what controls share with their cases; NULL: everything */
} Matrix;

Matrix *matrix_new(void);
MatrixEvent *matrix_event_new(void);
MatrixEvents *matrix_events_new(void);
void matrix_events_free(gpointer events);
void matrix_free(Matrix *matrix);
void vendor_set_free(gpointer vendor_set);
void parameter_free(gpointer parameter);

/* A set's names with a blank between them. Free with g_free(). */
char *vendor_set_text(const VendorSet *set);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MatrixEvents, matrix_events_free)
