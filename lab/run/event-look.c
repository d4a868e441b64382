/* SPDX-License-Identifier: GPL-2.0-or-later
 * Looking into the guest's System log.
 */
#include "run/event-look.h"

#include <string.h>

#include "run/evidence.h"
#include "run/findings.h"
#include "triage/event-log.h"
#include "util/error.h"
#include "util/files.h"

#define COMMAND                                                                                    \
    "wevtutil.exe qe System /c:" G_STRINGIFY(                                                      \
        EVENTS_ASKED) " /rd:true /f:xml \"/q:" EVENT_LOG_QUERY "\""
#define EVENTS_ASKED 64
#define TIMEOUT_S 30
#define CLOCK_SLACK_US (2 * G_USEC_PER_SEC) /* a guest's clock is set to the second */

/* Whether the test ends the machine or a service on purpose; a program that it runs may. */
static bool is_rough(const GPtrArray *steps, bool programs)
{
    for (guint i = 0; steps && i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if (step->kind == STEP_INJECT || step->kind == STEP_REVERT ||
            (step->kind == STEP_RUN && programs) || (step->kind == STEP_REBOOT && step->hard) ||
            is_rough(step->steps, programs))
            return true;
    }
    return false;
}

/* Whether the text has the word, with no letter or digit beside it. */
static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[strlen(word)]))
            return true;
    return false;
}

/* The vendor whose service an event names: by its key, or in a name for people that has it as a
 * word. */
static const Vendor *owner_of(Attempt *attempt, const LogEvent *event)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    g_autofree char *subject = g_utf8_strdown(event->subject ? event->subject : "", -1);

    for (guint v = 0; v < vendors->len; v++) {
        const Vendor *vendor = vendors->pdata[v];
        for (guint m = 0; m < vendor->modules->len; m++) {
            const VendorModule *module = vendor->modules->pdata[m];
            g_autofree char *name = g_utf8_strdown(module->name ? module->name : "", -1);
            if (module->kind == MODULE_SERVICE && *name && has_word(subject, name))
                return vendor;
        }
    }
    return NULL;
}

static gint64 set_back_us(gint64 began, gint64 began_us)
{
    return g_get_monotonic_time() - began - (g_get_real_time() - began_us);
}

bool event_look_tells_since(gint64 began, gint64 began_us)
{
    return set_back_us(began, began_us) <= CLOCK_SLACK_US;
}

/* The guest has its time from the host, at the attempt's begin and at each boot: what came after
 * the host's clock was set back would be taken for older than the attempt, and be lost. */
static bool can_tell_earlier(const Attempt *attempt, GError **error)
{
    if (event_look_tells_since(attempt->began, attempt->began_us))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the host's clock was set back by %.0f s since the attempt began: what the guest "
                "logged meanwhile cannot be told from what is older",
                (double)set_back_us(attempt->began, attempt->began_us) / G_USEC_PER_SEC);
    return false;
}

static bool is_earlier(const Attempt *attempt, const LogEvent *event)
{
    return event->us < attempt->began_us - CLOCK_SLACK_US;
}

/* The first event of each kind that came since the attempt began becomes a finding. */
static bool judge(Attempt *attempt, const GPtrArray *events)
{
    bool machine = false, service = false;

    for (guint i = 0; i < events->len; i++) {
        const LogEvent *event = events->pdata[i];
        bool *told = event_log_is_service(event) ? &service : &machine;
        if (is_earlier(attempt, event) || *told)
            continue;
        *told = true;
        g_autofree char *text = event_log_text(event);
        g_autofree char *summary = g_strdup_printf("%s, although every step held", text);
        const Crash unknown = {0};
        if (event_log_is_service(event))
            finding_logged(attempt, "service-crash", owner_of(attempt, event), event->subject,
                           summary);
        else
            finding_crash(attempt, "bugcheck", summary, &unknown, 0, NULL, NULL);
    }
    return machine || service;
}

bool event_look(Attempt *attempt, bool *ret_found, GError **error)
{
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GPtrArray) events = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = g_build_filename(attempt->folder, "events.xml", NULL);

    *ret_found = false;
    if (attempt->clock_jumped || is_rough(attempt->plan_case->test->steps, true)) {
        evidence_rung(attempt, "event-log", "unavailable",
                      "a step of this test may end machines and services, or set the clock");
        return true;
    }
    if (!agent_exec(attempt->agent, COMMAND, TIMEOUT_S * attempt->patience, &result, &failure)) {
        if (!agent_refused(attempt->agent)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        evidence_rung(attempt, "event-log", "unavailable", failure->message);
        return true;
    }
    gsize length = result.out ? strlen(result.out) : 0;
    if (result.exit_code != 0 ||
        !event_log_parse(result.out ? result.out : "", length, &events, &failure)) {
        evidence_rung(attempt, "event-log", "failed",
                      failure ? failure->message : "wevtutil did not answer");
        return true;
    }
    if (events->len > 0 && files_write_atomic(path, result.out, length, NULL))
        evidence_file(attempt, "event-log", "events.xml");
    if (events->len > 0 && !can_tell_earlier(attempt, error))
        return false;
    *ret_found = judge(attempt, events);
    return true;
}

char *event_look_died(Attempt *attempt, const Vendor *vendor)
{
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GPtrArray) events = NULL;

    if (attempt->clock_jumped || is_rough(attempt->plan_case->test->steps, false) ||
        !agent_exec(attempt->agent, COMMAND, TIMEOUT_S * attempt->patience, &result, NULL) ||
        result.exit_code != 0 || !result.out ||
        !event_log_parse(result.out, strlen(result.out), &events, NULL))
        return NULL;
    for (guint i = 0; i < events->len; i++) {
        const LogEvent *event = events->pdata[i];
        if (event_log_is_service(event) && !is_earlier(attempt, event) &&
            owner_of(attempt, event) == vendor)
            return event_log_text(event);
    }
    return NULL;
}
