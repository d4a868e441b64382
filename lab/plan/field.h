/* SPDX-License-Identifier: GPL-2.0-or-later
 * Finite fields of small order, as tables.
 *
 * Elements are the numbers 0..order-1: 0 and 1 are the neutral ones; a number's digits to the base
 * of the characteristic are the coefficients of a polynomial.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#define FIELD_ORDER_MAX 64

typedef struct {
    guint order;
    guint8 sum[FIELD_ORDER_MAX][FIELD_ORDER_MAX];
    guint8 product[FIELD_ORDER_MAX][FIELD_ORDER_MAX];
} Field;

/* False where there is no field of that order: it is no prime power, or over FIELD_ORDER_MAX. */
bool field_init(Field *field, guint order);

/* The least order of a field that is at least `order`; 0 where that is over FIELD_ORDER_MAX. */
guint field_order_from(guint order);
