/* SPDX-License-Identifier: GPL-2.0-or-later
 * The one error domain of the lab: who must act, and so which exit status follows.
 *
 * Every message is one line for the user: what was wrong, where (file:line:column, case, step) and
 * what to do. The words of libvirt, libxml2 or the kernel come after a colon at its end.
 */
#pragma once

#include <glib.h>

#define TRUCE_ERROR (truce_error_quark())

typedef enum {
    TRUCE_ERROR_INPUT,     /* wrong usage or a wrong file of the user's: exit status 2 */
    TRUCE_ERROR_LAB,       /* the lab could not do its work: exit status 3 */
    TRUCE_ERROR_TIMEOUT,   /* a deadline passed */
    TRUCE_ERROR_GUEST,     /* the guest crashed, was reset or went away while it was being used */
    TRUCE_ERROR_AGENT,     /* the guest agent refused, or answered nonsense */
    TRUCE_ERROR_CANCELLED, /* the user interrupted: exit status 130 */
} TruceError;

GQuark truce_error_quark(void);

/* The exit status that an error stands for: 2, 3 or 130. Errors of other domains count as 3. */
int truce_error_exit_status(const GError *error);

/* Exit statuses (docs/truce.1.md lists them too). */
enum {
    TRUCE_EXIT_PASSED = 0,
    TRUCE_EXIT_FAILED = 1,
    TRUCE_EXIT_INPUT = 2,
    TRUCE_EXIT_LAB = 3,
    TRUCE_EXIT_INCONCLUSIVE = 4,
    TRUCE_EXIT_INTERRUPTED = 130,
};
