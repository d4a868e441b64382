/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The System event log of the reference guest: lines of JSON, as guests/reference/events.h says. */
#ifndef TRUCE_EVENT_LOG_H
#define TRUCE_EVENT_LOG_H

#include <windows.h>

#define EVENT_LOG_PATH L"C:\\windows\\system32\\winevt\\Logs\\System.jsonl"
#define EVENT_LOG_OLD_PATH L"C:\\windows\\system32\\winevt\\Logs\\System.old.jsonl"
#define EVENT_LOG_SCM "Service Control Manager"

/* Adds an event. NAMES and VALUES: its data, COUNT of them; MESSAGE: its text. */
void event_log_add(const char *provider, int id, const char *level, const char *const *names,
                   const WCHAR *const *values, size_t count, const char *message);

#endif
