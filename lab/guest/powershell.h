/* SPDX-License-Identifier: GPL-2.0-or-later
 * Windows operations that only PowerShell can do: scripts of guests/windows/operations, answers as
 * JSON.
 *
 * A script gets its arguments as the object $in and leaves one value; what it throws fails the
 * call. Both go through as base64, so that no quoting and no code page of the guest touches them,
 * and nothing is ever taken from text that is made for people. Windows PowerShell 5.1, which every
 * supported release has.
 *
 * What comes back is hostile: at most POWERSHELL_REPLY_MAX bytes, of the shape
 *   {"ok":true,"value":V} or {"ok":false,"error":TEXT}
 *
 * Sources: Microsoft Learn, "about_PowerShell_exe" (-EncodedCommand: base64 of UTF-16LE),
 * CreateProcessW (a command line has at most 32,767 characters).
 */
#pragma once

#include "guest/agent.h"
#include "util/cleanup.h"

#define POWERSHELL_REPLY_MAX (4u << 20)

/* Runs `operation`.ps1 with `arguments` (taken over; NULL: none). ret_value belongs to the caller.
 * TRUCE_ERROR_AGENT where the script failed, with its words, or answered something else. */
bool powershell_call(Agent *agent, const char *operation, cJSON *arguments, guint timeout_s,
                     cJSON **ret_value, GError **error);

/* The command line of that, for tests. NULL with TRUCE_ERROR_LAB where there is no such script, or
 * it is too long. Free with g_free(). */
char *powershell_command(const char *operation, const cJSON *arguments, GError **error);
