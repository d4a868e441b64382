/* SPDX-License-Identifier: GPL-2.0-or-later
 * Orders that a matrix asks for, from sequence covering arrays (plan/sequence.h): install orders of
 * one vendor set, and orders of events. Always the same for the same matrix.
 */
#pragma once

#include <stdbool.h>

#include "model/matrix.h"

/* The install orders of a set: the one it has, or few in which every VendorSet.orders of the
 * vendors stand in every order. Returns an array of GPtrArray* of names that belong to the set. */
bool plan_orders_of_set(const VendorSet *set, GPtrArray **ret_orders, GError **error);

/* The orders of <events>, of char*: the names of the events that are there, '+' between them. */
bool plan_orders_of_events(const MatrixEvents *events, GPtrArray **ret_orders, GError **error);
