/* SPDX-License-Identifier: GPL-2.0-or-later
 * Why a guest does not answer: slow, hung, crashed without telling the hypervisor, its agent ended,
 * or the host in trouble.
 *
 * Panics, resets and the end of QEMU are events of the machine. What is here looks at a guest that
 * gives no event and no answer: it asks on for a while and meanwhile samples the processors, the
 * serial line and the screen.
 */
#pragma once

#include "run/attempt.h"

typedef enum {
    SILENCE_SLOW,        /* it answers after all */
    SILENCE_HANG,        /* it runs, or stands, and answers nothing */
    SILENCE_AGENT_ENDED, /* nobody in the guest has the agent's port open, though it goes on */
    SILENCE_EVENT,       /* an event came meanwhile: it is pending */
} SilenceKind;

typedef struct {
    SilenceKind kind;
    char *text; /* what was seen: `its processor spins at 2 addresses in user mode, …` */
} Silence;
void silence_clear(Silence *silence);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Silence, silence_clear)

/* Looks at a guest that did not answer in time, for WATCH_PATIENCE times the attempt's settling
 * time and patience. `booting`: it has not been ready since it started, so that a closed port is no
 * sign. Fails with TRUCE_ERROR_LAB where the host is in trouble, TRUCE_ERROR_CANCELLED. */
#define WATCH_PATIENCE 3u
bool watch_silence(Attempt *attempt, Silence *ret_silence, GError **error);

/* Whether `become_well` holds of a guest that has just started. Where it fails because the guest
 * gives no answer, and the guest then answers after all, it is only slow, and is asked again, up to
 * WATCH_SLOW_MAX times. Fails as `become_well` does, with TRUCE_ERROR_GUEST where an event came
 * meanwhile (it is pending), with TRUCE_ERROR_TIMEOUT where the guest stays silent, and as
 * watch_silence() does. */
#define WATCH_SLOW_MAX 3u
typedef bool (*WatchBecomeWell)(Attempt *attempt, gpointer data, GError **error);
bool watch_patiently(Attempt *attempt, WatchBecomeWell become_well, gpointer data, GError **error);

/* What is wrong with the host itself, as far as it bears on its guests, or NULL: no memory left, no
 * space in `folder`. Free with g_free(). */
char *watch_host_trouble(const char *folder);

/* The same from the text of /proc/meminfo. */
char *watch_memory_trouble(const char *meminfo);

/* What samples of processors show, in words; of MachineCpu, those of one instant after another.
 * Free with g_free(). */
char *watch_cpus_text(const GArray *samples, guint instants);

/* Only looks on until the deadline, as attempt_watch() does, and asks the agent for a sign of life
 * every WATCH_PATIENCE settling times. Fails with TRUCE_ERROR_TIMEOUT where there is none. */
bool watch_soak(Attempt *attempt, gint64 deadline, GError **error);
