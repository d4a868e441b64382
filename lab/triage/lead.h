/* SPDX-License-Identifier: GPL-2.0-or-later
 * What one crash dump alone says about whose fault it was: a lead, how sure it is, and why.
 *
 *   high     the stop code's documented address, the exception record and the context, at least
 *            two of them and all that the dump has, name one instruction, and it lies in a module
 *            that does not come with Windows
 *   medium   the faulting instruction lies in such a module, or in one that was unloaded
 *   low      it lies in Windows itself, and the first foreign module on the raw stack is named, or
 *            where there is none the driver of Windows that faulted; or the stop code reports
 *            damage, delay or a verifier's finding, so that the code that ran need not be the code
 *            that did it
 *   unknown  it lies in the kernel, or nowhere, and nothing foreign is in sight; or somebody asked
 *            for the crash
 *
 * A dump shows where it broke, not why; only a run without a vendor confirms (triage/blame.h).
 */
#pragma once

#include "triage/blame.h"
#include "triage/dump.h"

typedef struct {
    const DumpModule *module; /* the dump's; NULL: none */
    Confidence confidence;
    GPtrArray *reasons; /* of char*: sentences, at least one */
} Lead;

Lead *lead_find(const Dump *dump);
void lead_free(Lead *lead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lead, lead_free)
