/* SPDX-License-Identifier: GPL-2.0-or-later
 * Events of the System log.
 *
 *   <Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
 *     <System><EventID Qualifiers="49152">7034</EventID>
 *       <TimeCreated SystemTime="2026-11-22T10:31:07.123456700Z"/>…</System>
 *     <EventData><Data Name="param1">Alder Service</Data>…</EventData></Event>
 */
#include "triage/event-log.h"

#include <string.h>

#include "util/text.h"
#include "util/xml.h"

#define SUBJECT_MAX 200u

static void event_free(gpointer data)
{
    LogEvent *event = data;
    g_free(event->subject);
    g_free(event);
}

static gint64 read_time(const xmlNode *system)
{
    g_autofree char *text = xml_attr(xml_child(system, "TimeCreated"), "SystemTime");
    g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

    return time ? g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time)
                : 0;
}

static LogEvent *read_event(const xmlNode *element)
{
    const xmlNode *system = xml_child(element, "System");
    g_autofree char *id = xml_text_stripped(xml_child(system, "EventID"));
    g_autofree char *datum = xml_text_stripped(xml_child(xml_child(element, "EventData"), "Data"));
    LogEvent *event = g_new0(LogEvent, 1);

    event->id = id ? (guint)MIN(g_ascii_strtoull(id, NULL, 10), G_MAXUINT16) : 0;
    event->us = read_time(system);
    if (datum && *datum)
        event->subject = text_printable(datum, strlen(datum), SUBJECT_MAX);
    return event;
}

bool event_log_parse(const char *text, gsize length, GPtrArray **ret_events, GError **error)
{
    g_autoptr(GString) whole = g_string_new("<Events>");
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func(event_free);
    g_autoptr(XmlFile) file = NULL;

    g_string_append_len(whole, text, (gssize)MIN(length, XML_SIZE_MAX));
    g_string_append(whole, "</Events>");
    if (!xml_parse(whole->str, whole->len, "the System log", NULL, &file, error))
        return false;
    XML_FOREACH(element, xml_root(file), "Event")
    {
        if (events->len == EVENT_LOG_MAX)
            break;
        g_ptr_array_add(events, read_event(element));
    }
    *ret_events = g_steal_pointer(&events);
    return true;
}

bool event_log_is_service(const LogEvent *event)
{
    return event->id == 7031 || event->id == 7034;
}

char *event_log_text(const LogEvent *event)
{
    switch (event->id) {
    case 41:
        return g_strdup("System log, event 41: it started without having been shut down");
    case 1001:
        return g_strdup("System log, event 1001: a bugcheck");
    case 6008:
        return g_strdup("System log, event 6008: the last shutdown was unexpected");
    case 7031:
    case 7034:
        return g_strdup_printf("System log, event %u: the service '%s' ended unexpectedly",
                               event->id, event->subject ? event->subject : "?");
    default:
        return g_strdup_printf("System log, event %u", event->id);
    }
}
