/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the tests of sequences share: a quick search, a model with rules, hand-written arrays.
 */
#pragma once

#include "plan/sequence.h"

/* Generates with a bounded number of steps, seed 1, and checks the array with the verifier: every
 * row valid, nothing missing. Never fails but by the test's own assertions. */
SequenceArray *sample_array(const SequenceModel *model, guint strength, guint64 iterations);

/* Two vendors' installs and updates, a reboot and an uninstall:
 *   setup (first), install-a, update-a (optional, needs install-a), install-b (optional),
 *   update-b (optional, needs install-b), reboot (optional), uninstall-a (last, after install-a) */
enum { SETUP, INSTALL_A, UPDATE_A, INSTALL_B, UPDATE_B, REBOOT, UNINSTALL_A, SAMPLE_EVENTS };
SequenceModel *sample_model(void);

/* An array from text: one row a line, indices of events, one digit each. */
SequenceArray *sample_rows(guint events, guint strength, const char *text);
