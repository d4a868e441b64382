/* SPDX-License-Identifier: GPL-2.0-or-later
 * host/machine-fault.h, and machine_nmi(), without a hypervisor: each operation is written down.
 * Linked in the place of truce-host, beside fake-machine.h.
 */
#pragma once

#include "host/machine-fault.h"

/* What was done since fake_faults_reset(): `power-cut; steal 50; `. */
extern GString *fake_faults;

/* Clears it; `broken`: the operation of that name fails from now on, or NULL. */
void fake_faults_reset(const char *broken);
