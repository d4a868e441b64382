/* SPDX-License-Identifier: GPL-2.0-or-later
 * The events of one <events>, and the check that their rules can be kept.
 */
#include "model/scenario-matrix.h"

#include "util/error.h"

#define EVENTS_STRENGTH 3 /* where none is given */

const MatrixEvent *matrix_event(const MatrixEvents *events, const char *name)
{
    for (guint i = 0; i < events->events->len; i++) {
        const MatrixEvent *event = g_ptr_array_index(events->events, i);
        if (g_str_equal(event->name, name))
            return event;
    }
    return NULL;
}

const MatrixEvents *matrix_events(const Test *test, const char *name)
{
    for (guint i = 0; i < test->matrix->events->len; i++) {
        const MatrixEvents *events = g_ptr_array_index(test->matrix->events, i);
        if (g_str_equal(events->name, name))
            return events;
    }
    return NULL;
}

static bool names(GPtrArray *list, const MatrixEvent *event)
{
    return g_ptr_array_find_with_equal_func(list, event->name, g_str_equal, NULL);
}

static bool goes_first(const MatrixEvent *event, const MatrixEvent *other)
{
    return (event->place == EVENT_FIRST && other->place != EVENT_FIRST) ||
           (other->place == EVENT_LAST && event->place != EVENT_LAST);
}

/* By the rules of `other` itself, or by an event that is sure to stand between the two. */
static bool surely(const MatrixEvents *events, const MatrixEvent *event, const MatrixEvent *other,
                   GHashTable *seen)
{
    bool stands = !event->optional;

    if (!g_hash_table_add(seen, (gpointer)other))
        return false;
    if (names(other->needs, event) ||
        (stands && (names(other->after, event) || goes_first(event, other))))
        return true;
    for (guint i = 0; i < events->events->len; i++) {
        const MatrixEvent *between = g_ptr_array_index(events->events, i);
        bool direct =
            names(other->needs, between) || (!between->optional && names(other->after, between));
        if (direct && surely(events, event, between, seen))
            return true;
    }
    return false;
}

bool matrix_event_surely(const MatrixEvents *events, const MatrixEvent *event,
                         const MatrixEvent *other)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    return surely(events, event, other, seen);
}

bool matrix_event_follows(const MatrixEvents *events, const MatrixEvent *event,
                          const MatrixEvent *other)
{
    return names(event->needs, other) || names(event->after, other) || goes_first(other, event) ||
           matrix_event_surely(events, other, event);
}

static bool read_event(const XmlFile *file, const xmlNode *element, MatrixEvents *events,
                       GError **error)
{
    MatrixEvent *event = matrix_event_new();
    g_autofree char *place = xml_attr(element, "place");
    g_autofree char *name = xml_attr(element, "name");
    bool twice = matrix_event(events, name) != NULL;

    event->name = g_strdup(name);
    event->place = !place ? EVENT_ANYWHERE : g_str_equal(place, "first") ? EVENT_FIRST : EVENT_LAST;
    event->optional = xmlHasProp(element, (const xmlChar *)"optional");
    g_ptr_array_unref(event->after);
    g_ptr_array_unref(event->needs);
    event->after = xml_attr_words(element, "after");
    event->needs = xml_attr_words(element, "needs");
    g_ptr_array_add(events->events, event);
    if (twice)
        return xml_fail(file, element, "name", error, "event '%s' is there a second time", name);
    return events->events->len <= MATRIX_EVENTS_MAX ||
           xml_fail(file, element, NULL, error, "more than %d events", MATRIX_EVENTS_MAX);
}

static bool check_names(const XmlFile *file, const xmlNode *element, const MatrixEvents *events,
                        const char *attribute, const GPtrArray *names, GError **error)
{
    g_autofree char *own = xml_attr(element, "name");

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!matrix_event(events, name))
            return xml_fail(file, element, attribute, error, "there is no event '%s'", name);
        if (g_str_equal(name, own))
            return xml_fail(file, element, attribute, error, "event '%s' comes before itself",
                            name);
    }
    return true;
}

/* Whether `from` must stand before `to`, by rules or by places; `seen` holds what was looked at. */
static bool leads_to(const MatrixEvents *events, const MatrixEvent *from, const MatrixEvent *to,
                     GHashTable *seen)
{
    const GPtrArray *lists[] = {to->after, to->needs};

    if (!g_hash_table_add(seen, (gpointer)to))
        return false;
    for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
        for (guint i = 0; i < lists[l]->len; i++) {
            const MatrixEvent *before = matrix_event(events, g_ptr_array_index(lists[l], i));
            if (before == from || leads_to(events, from, before, seen))
                return true;
        }
    if ((to->place == EVENT_LAST && from->place != EVENT_LAST) ||
        (from->place == EVENT_FIRST && to->place != EVENT_FIRST))
        return true;
    return false;
}

static bool check_event(const XmlFile *file, const xmlNode *element, const MatrixEvents *events,
                        const MatrixEvent *event, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    if (!check_names(file, element, events, "after", event->after, error) ||
        !check_names(file, element, events, "needs", event->needs, error))
        return false;
    return !leads_to(events, event, event, seen) ||
           xml_fail(file, element, NULL, error,
                    "the rules of event '%s' lead back to itself: no order can keep them",
                    event->name);
}

bool matrix_read_events(const XmlFile *file, const xmlNode *element, MatrixEvents **ret_events,
                        GError **error)
{
    g_autoptr(MatrixEvents) events = matrix_events_new();
    guint i = 0;

    events->name = xml_attr(element, "name");
    events->strength = (guint)xml_attr_int(element, "strength", EVENTS_STRENGTH);
    xml_place(element, &events->line, &events->column);
    XML_FOREACH(child, element, "event")
    {
        if (!read_event(file, child, events, error))
            return false;
    }
    XML_FOREACH(child, element, "event")
    {
        if (!check_event(file, child, events, g_ptr_array_index(events->events, i++), error))
            return false;
    }
    if (events->events->len < 2)
        return xml_fail(file, element, NULL, error, "one event has no order: name at least two");
    *ret_events = g_steal_pointer(&events);
    return true;
}
