/* SPDX-License-Identifier: GPL-2.0-or-later
 * A lab in a scratch folder for tests of the engine: one guest, one vendor `alpha` with contents 1
 * and 3, and the test's scenario.
 */
#pragma once

#include "plan/plan.h"

typedef struct {
    char *folder; /* scratch; the lab's state folder too */
    char *run;    /* an empty run folder */
    Lab *lab;
    Inputs *inputs;
    Plan *plan;
} EngineInputs;

/* Makes more vendors like alpha, `names` separated by spaces: with a driver `<name>.sys`, a tool
 * `<name>-ctl.exe`, contents 1, 2 and 3. Before engine_inputs_make(). */
void engine_inputs_vendors(const char *names);

/* The next lab has a secret `licence`, which its vendor `alpha` asks for in each command and in its
 * content 3. */
void engine_inputs_licence(const char *licence);

/* The next lab's guest is of this kind (`windows`); it is called 'reference' all the same. */
void engine_inputs_kind(const char *kind);

/* The next lab's guest has half a minute to get ready, and its vendor `alpha` to detect, not a
 * second. */
void engine_inputs_patient(void);

/* The next lab has a folder of tools with a stand-in for diskspd.exe. */
void engine_inputs_diskspd(void);

void engine_inputs_make(EngineInputs *ret_inputs, const char *scenario_xml);

/* Stand-ins for the lab's programs for guests, which are not built everywhere, until these inputs
 * are cleared; the fake guest runs none. */
void engine_inputs_tools(const EngineInputs *inputs);

void engine_inputs_clear(EngineInputs *inputs);
