/* SPDX-License-Identifier: GPL-2.0-or-later
 * Waiting for a file, a service's state, a line in a log or an event of the machine, always with a
 * deadline.
 */
#include "run/action.h"

#include <stdlib.h>
#include <string.h>

#include "guest/windows.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define LOG_MAX (8u << 20) /* bytes of a guest's log that are read */
#define QUERY_S 30
/* The numbers of service states (Microsoft Learn, SERVICE_STATUS); sc.exe prints them before
 * words in the guest's language. */
#define SERVICE_STATE_STOPPED 1
#define SERVICE_STATE_RUNNING 4

static bool file_is(Action *action, bool *ret_holds, GError **error)
{
    bool exists;

    if (!windows_file_exists(action->attempt->agent, action->step->wait.name, &exists, error))
        return false;
    *ret_holds = exists == g_str_equal(action->step->wait.want, "present");
    return true;
}

/* The state is the second number that sc.exe prints after a colon: the first is the type. */
static int service_state(const char *text)
{
    int seen = 0;

    for (const char *c = strchr(text, ':'); c; c = strchr(c + 1, ':')) {
        char *end;
        long number = strtol(c + 1, &end, 16);
        if (end > c + 1 && g_ascii_isspace(*end) && ++seen == 2)
            return (int)number;
    }
    return 0;
}

static bool service_is(Action *action, bool *ret_holds, GError **error)
{
    bool running = g_str_equal(action->step->wait.want, "running");
    g_autofree char *line = g_strdup_printf("sc.exe query %s", action->step->wait.name);
    g_auto(AgentExecResult) result = {0};

    if (!agent_exec(action->attempt->agent, line, QUERY_S * action->attempt->patience, &result,
                    error))
        return false;
    *ret_holds =
        result.exit_code == 0 &&
        service_state(result.out) == (running ? SERVICE_STATE_RUNNING : SERVICE_STATE_STOPPED);
    return true;
}

static bool says(const char *path, const char *text, gsize from, bool *ret_holds)
{
    g_autofree char *data = NULL;
    gsize length;

    *ret_holds = files_read(path, MACHINE_SERIAL_MAX, &data, &length, NULL) && from < length &&
                 memmem(data + from, length - from, text, strlen(text));
    return true;
}

/* The serial port: of this boot. A guest's log: as the agent gives it, where it is there. */
static bool log_says(Action *action, bool *ret_holds, GError **error)
{
    Attempt *attempt = action->attempt;
    const StepWait *wait = &action->step->wait;
    g_autofree char *copy = g_build_filename(attempt->folder, "waited-for.log", NULL);

    if (g_str_equal(wait->name, "serial"))
        return says(attempt->serial_log, wait->want, attempt->serial_mark, ret_holds);
    *ret_holds = false;
    if (!agent_file_get(attempt->agent, wait->name, copy, LOG_MAX, error)) {
        bool absent = agent_refused(attempt->agent);
        if (absent)
            g_clear_error(error);
        return absent;
    }
    return says(copy, wait->want, 0, ret_holds);
}

static bool wait_for_event(Action *action, GError **error)
{
    static const struct {
        const char *name;
        MachineEvent event;
    } events[] = {{"panic", MACHINE_EVENT_PANIC},
                  {"reset", MACHINE_EVENT_RESET},
                  {"shutdown", MACHINE_EVENT_SHUTDOWN}};
    Attempt *attempt = action->attempt;
    const StepWait *wait = &action->step->wait;
    MachineEvent expected = MACHINE_EVENT_RESET;

    for (guint i = 0; i < G_N_ELEMENTS(events); i++)
        if (g_str_equal(events[i].name, wait->name))
            expected = events[i].event;
    if (!attempt_expect_event(attempt, expected, action->step->timeout_s * attempt->patience,
                              error))
        return false;
    attempt_event(attempt, wait->name, "the event that the scenario waits for");
    attempt->powered_off = expected == MACHINE_EVENT_SHUTDOWN;
    if (attempt->powered_off)
        return true;
    attempt_boot_begins(attempt, BOOT_NORMAL, "an event that was waited for");
    return (expected == MACHINE_EVENT_RESET ||
            machine_reset(attempt->machine, BOOT_NORMAL, error)) &&
           attempt_wait_ready(attempt, error);
}

/* The vendor of the case whose service this is, or NULL. */
static const Vendor *owner_of(Action *action, const char *service)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(action->attempt);

    for (guint v = 0; v < vendors->len; v++) {
        const Vendor *vendor = vendors->pdata[v];
        for (guint m = 0; m < vendor->modules->len; m++) {
            const VendorModule *module = vendor->modules->pdata[m];
            if (module->name && g_ascii_strcasecmp(module->name, service) == 0)
                return vendor;
        }
    }
    return NULL;
}

/* A vendor's service that does not come or go is the vendor's; for all else the lab cannot say
 * whose it is. */
static bool too_late(Action *action, GError **error)
{
    const StepWait *wait = &action->step->wait;
    guint waited_s = action->step->timeout_s * action->attempt->patience;
    const Vendor *owner = wait->kind == WAIT_SERVICE ? owner_of(action, wait->name) : NULL;

    if (owner) {
        action->vendor = owner;
        action->about = wait->name;
        action_fails(action, "sensor-dead", "the service '%s' of %s is not %s after %u s",
                     wait->name, owner->name, wait->want, waited_s);
        return true;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, "%s '%s' within %u s",
                wait->kind == WAIT_FILE  ? "no such change of the file"
                : wait->kind == WAIT_LOG ? "the words did not come in the log"
                                         : "no such change of the service",
                wait->name, waited_s);
    return false;
}

bool action_wait_for(Action *action, GError **error)
{
    static bool (*const looks[])(Action * action, bool *ret_holds, GError **error) = {
        [WAIT_FILE] = file_is, [WAIT_SERVICE] = service_is, [WAIT_LOG] = log_says};
    gint64 deadline = action_deadline(action, action->step->timeout_s);
    bool holds = false;

    if (action->step->wait.kind == WAIT_EVENT)
        return wait_for_event(action, error);
    for (;;) {
        if (!looks[action->step->wait.kind](action, &holds, error))
            return false;
        if (holds)
            return true;
        if (clock_left_ms(deadline) == 0)
            return too_late(action, error);
        if (!attempt_watch(action->attempt, clock_deadline_ms(ACTION_POLL_MS), error))
            return false;
    }
}
