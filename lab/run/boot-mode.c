/* SPDX-License-Identifier: GPL-2.0-or-later
 * In which mode a guest starts next.
 */
#include "run/boot-mode.h"

#include "guest/registry.h"
#include "guest/system.h"
#include "util/error.h"

/* Windows keeps it while it runs in safe mode, and only then. */
#define SAFE_KEY "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SafeBoot\\Option"
#define SAFE_VALUE "OptionValue"

bool boot_mode_from_outside(const Guest *guest, BootMode mode)
{
    return guest->kind == GUEST_REFERENCE || mode == BOOT_NORMAL;
}

static bool no_such_mode(const Attempt *attempt, BootMode mode, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "guest '%s' cannot be started in %s",
                attempt->guest->name,
                mode == BOOT_SAFE ? "safe mode" : "a recovery environment with an agent in it");
    return false;
}

/* Nothing here asks truce-look.exe. */
static System system_of(const Attempt *attempt)
{
    return (System){.kind = (SystemKind)attempt->guest->kind,
                    .agent = attempt->agent,
                    .patience = attempt->patience};
}

bool boot_mode_prepare(Attempt *attempt, GError **error)
{
    const System system = system_of(attempt);

    return !attempt->guest->boot_loop || system_boot_loop(&system, error);
}

bool boot_mode_choose(Attempt *attempt, BootMode mode, GError **error)
{
    const System system = system_of(attempt);

    if (attempt->guest->kind == GUEST_REFERENCE || (mode == BOOT_NORMAL && !attempt->safe_mode))
        return true;
    if (mode == BOOT_RECOVERY || !system_chooses_mode((SystemKind)attempt->guest->kind))
        return no_such_mode(attempt, mode, error);
    if (!system_safe_mode(&system, mode == BOOT_SAFE, error))
        return false;
    attempt->safe_mode = mode == BOOT_SAFE;
    return true;
}

bool boot_mode_check(Attempt *attempt, BootMode mode, GError **error)
{
    g_autofree char *option = NULL;

    if (!system_chooses_mode((SystemKind)attempt->guest->kind))
        return true;
    if (!registry_get(attempt->agent, SAFE_KEY, SAFE_VALUE, &option, error))
        return false;
    if ((mode == BOOT_SAFE) == (option != NULL))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "guest '%s' was told to start in %s mode, and did not", attempt->guest->name,
                mode == BOOT_SAFE ? "safe" : "normal");
    return false;
}
