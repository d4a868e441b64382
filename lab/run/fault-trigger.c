/* SPDX-License-Identifier: GPL-2.0-or-later
 * When a fault strikes.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/windows.h"
#include "run/fault.h"
#include "util/clock.h"
#include "util/error.h"

#define LOOK_MS 250
#define SERIAL_PIECE (1u << 20)

FaultMoment fault_moment(const FaultTarget *target, guint step_ms)
{
    struct stat st;
    gint64 now = g_get_monotonic_time();

    return (FaultMoment){
        .began = now,
        .serial = stat(target->serial_log, &st) == 0 ? (gsize)st.st_size : 0,
        .step_ms = step_ms,
        .next_look = now,
    };
}

/* Whether the serial port said it since the moment; what was looked at is not looked at again. */
static bool serial_says(const FaultTarget *target, const char *words, FaultMoment *moment)
{
    g_autofree char *text = g_malloc(SERIAL_PIECE);
    gsize length = strlen(words);
    bool found = false;
    int fd = open(target->serial_log, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    while (fd >= 0 && !found &&
           (n = pread(fd, text, SERIAL_PIECE, (off_t)moment->serial)) >= (ssize_t)length) {
        found = memmem(text, (gsize)n, words, length) != NULL;
        moment->serial += (gsize)n - length + 1;
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static bool by_time(const FaultCall *call, const FaultMoment *moment, guint *ret_next_ms)
{
    guint64 wanted_ms = call->trigger.kind == FAULT_AFTER
                            ? (guint64)call->trigger.number * 1000
                            : (guint64)moment->step_ms * call->trigger.number / 100;
    guint elapsed = clock_elapsed_ms(moment->began);

    *ret_next_ms = elapsed >= wanted_ms ? 0 : (guint)(wanted_ms - elapsed);
    return elapsed >= wanted_ms;
}

static bool by_event(const FaultCall *call, const FaultTarget *target, FaultMoment *moment,
                     bool *ret_due, GError **error)
{
    gint64 now = g_get_monotonic_time();

    *ret_due = false;
    if (now < moment->next_look)
        return true;
    moment->next_look = now + LOOK_MS * 1000;
    if (call->trigger.kind == FAULT_ON_SERIAL)
        *ret_due = serial_says(target, call->trigger.text, moment);
    else if (!agent_file_exists(target->agent, call->trigger.text, ret_due, error))
        return false;
    if (*ret_due || clock_elapsed_ms(moment->began) / 1000 < call->trigger.within_s)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                "the fault '%s' waited %u s for '%s', which did not come",
                fault_info(call->kind)->name, call->trigger.within_s, call->trigger.text);
    return false;
}

bool fault_due(const FaultCall *call, const FaultTarget *target, FaultMoment *moment, bool *ret_due,
               guint *ret_next_ms, GError **error)
{
    *ret_next_ms = LOOK_MS;
    switch (call->trigger.kind) {
    case FAULT_AT_ONCE:
        *ret_due = true;
        return true;
    case FAULT_AFTER:
    case FAULT_AT_PART:
        *ret_due = by_time(call, moment, ret_next_ms);
        return true;
    case FAULT_ON_FILE:
    case FAULT_ON_SERIAL:
        break;
    }
    return by_event(call, target, moment, ret_due, error);
}

bool fault_wait(const FaultCall *call, const FaultTarget *target, FaultMoment *moment,
                GError **error)
{
    bool due = false;
    guint next_ms;

    while (fault_due(call, target, moment, &due, &next_ms, error)) {
        if (due)
            return true;
        if (!target->watch(target->data, clock_deadline_ms(next_ms), error))
            return false;
    }
    return false;
}
