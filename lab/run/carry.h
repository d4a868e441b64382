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

/* Whether another attempt can go on with it: not where the host's clock was set back since its
 * guest began, so that what is logged from now on could not be told from what is older. */
bool carry_is_current(const Carry *carry);

/* Makes what the attempt knows that of `carry`. Its serial log begins with that of the other. */
void carry_give(const Carry *carry, Attempt *attempt);
