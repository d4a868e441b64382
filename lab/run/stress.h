/* SPDX-License-Identifier: GPL-2.0-or-later
 * Load on the guest of an attempt: truce-stress.exe with a profile, and diskspd.exe where the
 * profile asks for it; started, and ended with what they say they did.
 */
#pragma once

#include "model/load-profile.h"
#include "run/attempt.h"

typedef struct Stress Stress;

/* Starts the load in a folder of the guest (made if missing). It ends by itself after so many
 * seconds, or earlier by stress_finish(). The seed decides the order of its operations.
 * diskspd, where the profile has it, comes from Lab.tools_folder. */
bool stress_start(Attempt *attempt, const LoadProfile *profile, const char *folder, guint seconds,
                  guint seed, Stress **ret_stress, GError **error);

/* Waits for the end that was set, looking on meanwhile; or asks for the end now. Then records what
 * was done: an event, and for each kind the measurements `<kind> latency` (us) and, for one that
 * goes as fast as it can, `<kind> operations` (1/s), in slices of a second. Where `overhead` is not
 * below 0, these are judged (run/measure.h): ret_summary then tells the first that exceeds so many
 * percent (g_free()), else NULL. */
bool stress_finish(Stress *stress, bool now, gint64 overhead, char **ret_summary, GError **error);

void stress_free(Stress *stress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stress, stress_free)
