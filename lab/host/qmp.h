/* SPDX-License-Identifier: GPL-2.0-or-later
 * QEMU monitor commands for what libvirt's API does not offer (warm states).
 */
#pragma once

#include <stdbool.h>

#include "host/cleanup.h"
#include "util/json.h"

/* Runs a command; takes `arguments` (or NULL). TRUCE_ERROR_LAB with QEMU's words where it fails. */
bool qmp_run(virDomainPtr domain, const char *command, cJSON *arguments, GError **error);

/* Runs a query and gives the value of its "return" (cJSON_Delete()). */
bool qmp_query(virDomainPtr domain, const char *command, cJSON *arguments, cJSON **ret_value,
               GError **error);

/* Runs a line of the human monitor, for what QMP does not offer. What it says is the reason of a
 * failure; commands that say something when they work are not for this. TRUCE_ERROR_LAB. */
bool qmp_run_human(virDomainPtr domain, const char *line, GError **error);

/* Gives QEMU a copy of `fd` under a name that `fd:<name>` URIs use. */
bool qmp_give_fd(virDomainPtr domain, const char *name, int fd, GError **error);
