/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a guest's own system tells of an attempt: its event log, the dumps of programs that died; of
 * a Windows also the dumps that it took without stopping, what protects it and which filters stand
 * in what order at the end.
 */
#pragma once

#include "run/attempt.h"

/* At the end of an attempt whose guest answers: events.json, programs/<number>-<name>.dmp,
 * system.json, live/<number>-<name>.dmp, the kernel's dump where it is not too long. Of the
 * reference guest only where something was found. Nothing here fails the attempt; what could not be
 * had is recorded with its reason. */
void system_evidence(Attempt *attempt);
