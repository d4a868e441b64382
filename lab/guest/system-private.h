/* SPDX-License-Identifier: GPL-2.0-or-later
 * The ways of one kind of system; NULL: it has none. Private to guest/system*.c.
 */
#pragma once

#include "guest/system.h"
#include "util/json.h"

#define SYSTEM_COMMAND_S 120u

typedef struct {
    bool (*filters)(const System *system, GPtrArray **ret_filters, GError **error);
    bool (*signatures)(const System *system, const char *const *paths, GPtrArray **ret_signatures,
                       GError **error);
    bool (*events)(const System *system, const char *since_utc, GPtrArray **ret_events,
                   GError **error);
    bool (*verifier_on)(const System *system, const char *const *drivers, GError **error);
    bool (*verifier_off)(const System *system, GError **error);
    bool (*boot_loop)(const System *system, GError **error);
    bool (*safe_mode)(const System *system, bool on, GError **error);
    bool (*dumps)(const System *system, GPtrArray **ret_files, GError **error);
    bool (*antivirus)(const System *system, GPtrArray **ret_products, GError **error);
    bool (*facts)(const System *system, GPtrArray *facts, GError **error);
} SystemWays;

extern const SystemWays system_ways_windows;

/* verifier.exe, which both have; the settings lie where system_verifier_query() finds them. */
bool system_verifier_program_on(const System *system, const char *const *drivers, GError **error);
bool system_verifier_program_off(const System *system, GError **error);

/* The System log of the reference guest in what its wevtutil.exe says as JSON, a line each: records
 * since a time, oldest first. Lines that are no record are passed over. */
GPtrArray *system_events_parse_lines(const char *text, const char *since_utc);

/* Runs a command that must end with 0 or `also_good`; the other gives what it printed. */
bool system_run(const System *system, const char *line, int also_good, GError **error);
bool system_ask(const System *system, const char *line, int also_good, AgentExecResult *ret_result,
                GError **error);

/* Adds a fact; `value` NULL: none. */
void system_add_fact(GPtrArray *facts, const char *name, const char *value);

/* Free functions of what the lists hold. */
void system_filter_free(gpointer filter);
void system_signature_free(gpointer signature);
void system_event_free(gpointer event);
void system_file_free(gpointer file);
void system_antivirus_free(gpointer product);

/* Text of a guest's answer, bounded and printable, "" where it has none. Free with g_free(). */
char *system_text(const cJSON *object, const char *name);
