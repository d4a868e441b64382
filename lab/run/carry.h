/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an attempt knows of its guest, carried over to another attempt that goes on with a copy of
 * that guest. Read-only once taken; any thread may give it.
 */
#pragma once

#include "run/attempt.h"

typedef struct Carry Carry;

Carry *carry_take(const Attempt *attempt);
void carry_free(Carry *carry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Carry, carry_free)

/* Makes what the attempt knows that of `carry`. Its serial log begins with that of the other. */
void carry_give(const Carry *carry, Attempt *attempt);
