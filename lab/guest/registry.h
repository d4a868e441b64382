/* SPDX-License-Identifier: GPL-2.0-or-later
 * Values of a guest's registry, by reg.exe, which every kind of guest has.
 *
 * reg.exe prints `    NAME    REG_TYPE    DATA`; the types' names are the same in all languages,
 * and nothing else of its text is looked at.
 */
#pragma once

#include "guest/agent.h"

/* The data of one value as text, `0x209bb` for a number; NULL where key or value are not there.
 * Free with g_free(). */
bool registry_get(Agent *agent, const char *key, const char *name, char **ret_data, GError **error);

/* The number of a REG_DWORD; `fallback` where it is not there or none. */
bool registry_get_number(Agent *agent, const char *key, const char *name, guint32 fallback,
                         guint32 *ret_number, GError **error);

/* The data in what reg.exe printed; NULL where it holds no value of that name. */
char *registry_parse(const char *text, const char *name);
