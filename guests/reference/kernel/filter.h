/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The minifilters that drivers registered, and the rule that no two are attached to a volume at one
 * altitude (MS docs, "Load order groups and altitudes for minifilter drivers"). Wine's filter
 * manager takes any and attaches none; here too nothing is filtered. */
#ifndef TRUCE_FILTER_H
#define TRUCE_FILTER_H

#include <windows.h>

#include <winternl.h>

#include "kernel.h"

/* In place of fltmgr.sys' FltRegisterFilter, FltStartFiltering, FltUnregisterFilter. */
NTSTATUS NTAPI filter_register(const void *driver, const void *registration, void **ret_filter);
NTSTATUS NTAPI filter_start(void *filter);
void NTAPI filter_unregister(void *filter);

/* Forgets what a driver that goes has left. */
void filter_forget(const struct image *image);

#endif
