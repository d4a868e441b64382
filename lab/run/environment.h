/* SPDX-License-Identifier: GPL-2.0-or-later
 * What system a guest is and what protects it, as the guest itself said when its warm state was
 * made: `environment.json` in the warm state's folder, an object of texts in the order in which
 * reports show them. Every case of a run begins with exactly that guest.
 */
#pragma once

#include "guest/agent.h"
#include "model/guest.h"
#include "util/cleanup.h"

/* Asks the guest. NULL where it did not say; the lab goes on without. Free with cJSON_Delete(). */
cJSON *environment_ask(Agent *agent, const Guest *guest);

/* Keeps it with a warm state; NULL: nothing. A file that cannot be written is missing. */
void environment_keep(const char *warm_folder, const cJSON *environment);

/* Adds the array `environment` of {"name","value"} to a guest's part of a record. */
void environment_describe(cJSON *object, const char *warm_folder);
