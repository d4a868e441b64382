/* SPDX-License-Identifier: GPL-2.0-or-later
 * Queries for Windows' event logs.
 */
#include "guest/event-query.h"

#define SYSTEM_LOG "System"
#define CODE_INTEGRITY_LOG "Microsoft-Windows-CodeIntegrity/Operational"
#define TERMS_MAX 20u

/* Sources: Microsoft Learn, "Event ID 41" (41, 1001, 6008 and 46), the service control manager's
 * 7000 to 7045, MsiInstaller's, filter manager's 1 to 6, Kernel-IO 1205, code integrity's. */
static const guint system_ids[] = {41,   46,   161,  1001, 1005, 1074, 1205, 6005,
                                   6006, 6008, 7000, 7001, 7009, 7011, 7022, 7023,
                                   7024, 7026, 7027, 7031, 7034, 7040, 7045};
static const guint filter_ids[] = {1, 2, 3, 6}; /* too common to mean anything of other providers */
static const guint application_ids[] = {1000, 1001,  1002,  1005,  1033, 1034,
                                        1038, 11707, 11708, 11724, 11725};
static const guint code_integrity_ids[] = {3004, 3023, 3033, 3065, 3076, 3077};

static const struct {
    const char *log, *provider; /* NULL: any */
    const guint *ids;
    gsize count;
} wanted[] = {
    {SYSTEM_LOG, NULL, system_ids, G_N_ELEMENTS(system_ids)},
    {SYSTEM_LOG, "Microsoft-Windows-FilterManager", filter_ids, G_N_ELEMENTS(filter_ids)},
    {"Application", NULL, application_ids, G_N_ELEMENTS(application_ids)},
    {CODE_INTEGRITY_LOG, NULL, code_integrity_ids, G_N_ELEMENTS(code_integrity_ids)},
};

static void event_query_free(gpointer data)
{
    EventQuery *query = data;
    g_free(query->xml);
    g_free(query);
}

static void add_select(GString *xml, const char *log, const char *provider, const guint *ids,
                       gsize count, const char *since)
{
    g_string_append_printf(xml, "<Select Path=\"%s\">*[System[", log);
    if (provider)
        g_string_append_printf(xml, "Provider[@Name='%s'] and ", provider);
    g_string_append(xml, "(");
    for (gsize i = 0; i < count; i++)
        g_string_append_printf(xml, "%sEventID=%u", i ? " or " : "", ids[i]);
    g_string_append_printf(xml, ") and TimeCreated[@SystemTime&gt;='%s']]]</Select>", since);
}

static void add_selects(GString *xml, gsize which, const char *since)
{
    for (gsize i = 0; i < wanted[which].count; i += TERMS_MAX)
        add_select(xml, wanted[which].log, wanted[which].provider, wanted[which].ids + i,
                   MIN(wanted[which].count - i, TERMS_MAX), since);
}

static EventQuery *new_query(const char *log, const char *since)
{
    GString *xml = g_string_new("<QueryList><Query Id=\"0\">");
    EventQuery *query = g_new0(EventQuery, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (g_str_equal(wanted[i].log, log))
            add_selects(xml, i, since);
    g_string_append(xml, "</Query></QueryList>");
    query->log = log;
    query->xml = g_string_free(xml, FALSE);
    return query;
}

GPtrArray *event_queries(const char *since_utc)
{
    GPtrArray *queries = g_ptr_array_new_with_free_func(event_query_free);

    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (i == 0 || !g_str_equal(wanted[i].log, wanted[i - 1].log))
            g_ptr_array_add(queries, new_query(wanted[i].log, since_utc));
    return queries;
}
