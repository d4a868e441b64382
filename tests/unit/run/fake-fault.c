/* SPDX-License-Identifier: GPL-2.0-or-later
 * The operations of host/machine-fault.h, written down.
 */
#include "fake-fault.h"

#include <string.h>

#include "fake-machine.h"
#include "util/error.h"

GString *fake_faults;
static const char *broken_operation;

void fake_faults_reset(const char *broken)
{
    if (!fake_faults)
        fake_faults = g_string_new(NULL);
    g_string_truncate(fake_faults, 0);
    broken_operation = broken;
}

static bool done(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool done(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);

    if (!fake_faults)
        fake_faults_reset(NULL);
    if (broken_operation && g_str_has_prefix(text, broken_operation)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s is broken", broken_operation);
        return false;
    }
    g_string_append_printf(fake_faults, "%s; ", text);
    return true;
}

bool machine_nmi(Machine *machine, GError **error)
{
    fake_nmi(machine);
    return done(error, "nmi");
}

bool machine_limit_disk(Machine *machine, guint iops, guint64 bytes_per_s, GError **error)
{
    (void)machine;
    return done(error, "limit %u %" G_GUINT64_FORMAT, iops, bytes_per_s);
}

bool machine_fail_disk(Machine *machine, MachineDiskErrors errors, GError **error)
{
    (void)machine;
    return done(error, "fail%s%s %d", errors.reads ? " reads" : "", errors.writes ? " writes" : "",
                errors.errno_value);
}

bool machine_steal_cpu(Machine *machine, guint percent, GError **error)
{
    (void)machine;
    return done(error, "steal %u", percent);
}

bool machine_set_link(Machine *machine, bool up, GError **error)
{
    (void)machine;
    return done(error, "link %s", up ? "up" : "down");
}

void machine_set_clock_offset(Machine *machine, gint64 seconds)
{
    (void)machine;
    done(NULL, "clock %" G_GINT64_FORMAT, seconds);
}

bool machine_power_cut(Machine *machine, GError **error)
{
    (void)machine;
    return done(error, "power-cut");
}

bool machine_record_writes(Machine *machine, GError **error)
{
    (void)machine;
    return done(error, "record");
}
