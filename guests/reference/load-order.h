/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which Windows starts drivers and services: by start type (boot, system, auto), then
 * by load-order group (MS docs, "Specifying Driver Load Order"; HKLM\SYSTEM\CurrentControlSet\
 * Control\ServiceGroupOrder), those without a group last. In a group: minifilters by altitude, the
 * lowest first, as the groups of minifilters are themselves ordered; others by Tag, then by name.
 */
#ifndef TRUCE_LOAD_ORDER_H
#define TRUCE_LOAD_ORDER_H

#include <windows.h>

/* Reads the services and sorts them. Call once. */
void load_order_read(void);

/* The place of a service in that order, from 1; 0 for one that was not there. */
DWORD load_order_of(const WCHAR *service);

#endif
