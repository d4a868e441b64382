/* SPDX-License-Identifier: GPL-2.0-or-later
 * Probes: is the sensor alive, does it detect.
 */
#include "run/action.h"

#include <string.h>

#include "guest/windows.h"
#include "util/clock.h"

/* A product may need a moment after its start: the probe is asked again until its time is up. */
static bool alive(Action *action, const VendorProbe *probe, GError **error)
{
    gint64 deadline = action_deadline(action, probe->timeout_s);
    CommandOutcome outcome;

    for (;;) {
        g_clear_pointer(&action->summary, g_free);
        if (!action_vendor_command(action, &probe->command, NULL, NULL, "sensor-dead", &outcome,
                                   error))
            return false;
        if (outcome != COMMAND_FAILED || clock_left_ms(deadline) == 0)
            return true;
        if (!attempt_watch(action->attempt, clock_deadline_ms(ACTION_POLL_MS), error))
            return false;
    }
}

/* Whether the dropped file is gone from where it was, and is where it belongs. */
static bool quarantined(Action *action, const VendorProbe *probe, bool *ret_done, GError **error)
{
    bool there = false, arrived = true;
    if (probe->gone_path &&
        !agent_file_exists(action->attempt->agent, probe->gone_path, &there, error))
        return false;
    if (probe->present_path && !there &&
        !agent_file_exists(action->attempt->agent, probe->present_path, &arrived, error))
        return false;
    /* A file that cannot be opened is not gone for that: without another sign, look twice. */
    if (!there && !probe->present_path &&
        !windows_file_exists(action->attempt->agent, probe->gone_path, &there, error))
        return false;
    *ret_done = !there && arrived;
    return true;
}

static bool detects(Action *action, const VendorProbe *probe, GError **error)
{
    Agent *agent = action->attempt->agent;
    bool done = false, stale = false;

    /* What an earlier probe left must not pass for this one's success. */
    if (probe->present_path &&
        (!agent_file_exists(agent, probe->present_path, &stale, error) ||
         (stale && !windows_delete_file(agent, probe->present_path, &stale, error))))
        return false;
    gint64 began = g_get_monotonic_time();
    if (!agent_file_write(agent, probe->drop_path, probe->drop_text, strlen(probe->drop_text),
                          error))
        return false;
    guint within_s = probe->timeout_s * action->attempt->patience;
    gint64 deadline = clock_deadline_s(within_s);
    while (!done) {
        if (!quarantined(action, probe, &done, error))
            return false;
        if (!done && clock_left_ms(deadline) == 0)
            break;
        if (!done && !attempt_watch(action->attempt, clock_deadline_ms(ACTION_POLL_MS), error))
            return false;
    }
    guint took_ms = clock_elapsed_ms(began);
    action->detection_ms = MAX(action->detection_ms, took_ms);
    if (!done)
        action_fails(action, "detection-lost", "%s did not quarantine '%s' within %u s",
                     action->vendor->name, probe->drop_path, within_s);
    else
        attempt_event(action->attempt, "note", "%s quarantined '%s' after %u ms",
                      action->vendor->name, probe->drop_path, took_ms);
    return true;
}

static bool run_probes(Action *action, ProbeKind kind, GError **error)
{
    for (guint i = 0; i < action->vendor->probes->len; i++) {
        const VendorProbe *probe = action->vendor->probes->pdata[i];
        if (probe->kind != kind)
            continue;
        if (!(kind == PROBE_ALIVE ? alive(action, probe, error) : detects(action, probe, error)))
            return false;
        if (action->summary) {
            action->about = probe->name;
            return true;
        }
    }
    return true;
}

bool action_probe(Action *action, GError **error)
{
    return run_probes(action, PROBE_ALIVE, error);
}

bool action_detect(Action *action, GError **error)
{
    return run_probes(action, PROBE_DETECTION, error);
}
