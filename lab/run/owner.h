/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whose a module is that no vendor.xml lists: a file that an install added may say so itself.
 */
#pragma once

#include "run/findings.h"

/* Looks, in a guest that is up, at the driver that a crash names where no vendor of the case lists
 * it: its version resource and its signature, against those of the drivers and services that the
 * vendors do list (triage/pe-owner.h). Sets owner and owner_text of the crash where exactly one
 * vendor's are of the same product, or else of the same maker. Fails nothing: what cannot be read
 * tells nothing. */
void owner_find(Attempt *attempt, Crash *crash);
