/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lab's error domain and what exit status each error stands for.
 */
#include "util/error.h"

G_DEFINE_QUARK(truce_error_quark, truce_error)

int truce_error_exit_status(const GError *error)
{
    if (g_error_matches(error, TRUCE_ERROR, TRUCE_ERROR_INPUT))
        return TRUCE_EXIT_INPUT;
    if (g_error_matches(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED))
        return TRUCE_EXIT_INTERRUPTED;
    return TRUCE_EXIT_LAB;
}
