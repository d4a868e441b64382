/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading the matrix of a test (model/matrix.h).
 */
#pragma once

#include "model/scenario.h"
#include "util/xml.h"

/* Fills test->vendor_sets, test->parameters and test->matrix, which are empty. On failure they hold
 * what was read until then. */
bool scenario_read_matrix(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error);

/* Parts of it, in files of their own: how much is combined (strength, groups, constraints, cases
 * that must appear, controls), and the events of one <events>, checked for cycles. */
bool matrix_read_rules(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error);
bool matrix_read_events(const XmlFile *file, const xmlNode *element, MatrixEvents **ret_events,
                        GError **error);

/* The <events> of this name, one of its events; NULL where there is none. */
const MatrixEvents *matrix_events(const Test *test, const char *name);
const MatrixEvent *matrix_event(const MatrixEvents *events, const char *name);

/* Whether `event` happens, and before `other`, in every order that has `other`; whether it comes
 * after `other` in every order that has both. */
bool matrix_event_surely(const MatrixEvents *events, const MatrixEvent *event,
                         const MatrixEvent *other);
bool matrix_event_follows(const MatrixEvents *events, const MatrixEvent *event,
                          const MatrixEvent *other);

/* The parameter with this key, or NULL. */
const Parameter *matrix_parameter(const Test *test, const char *key);
