/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of faults as people and programs read it: text, JSON, Markdown. Pure functions of
 * the table.
 */
#pragma once

#include "model/fault-catalogue.h"
#include "util/json.h"

/* One line a fault, for a list. Free with g_free(). */
char *fault_text_list(void);

/* All about one fault, for a terminal. Free with g_free(). */
char *fault_text_one(FaultKind kind);

/* {"format":1,"faults":[…],"triggers":[…]}: `kind` FAULT_KINDS for all of them. */
cJSON *fault_text_json(guint kind);

/* What docs/faults.md holds behind its line `<!-- truce faults --markdown -->`. Free with g_free().
 */
char *fault_text_markdown(void);
