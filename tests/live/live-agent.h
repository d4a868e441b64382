/* SPDX-License-Identifier: GPL-2.0-or-later
 * The agent of a live test's machine.
 */
#pragma once

#include "guest/agent.h"
#include "host/machine.h"

/* The machine's agent once it answers, which may take as long as its guest's recipe grants; the
 * test fails where it does not. The machine must outlive it. */
Agent *live_agent(Machine *machine, const Guest *guest);
