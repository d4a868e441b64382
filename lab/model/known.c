/* SPDX-License-Identifier: GPL-2.0-or-later
 * Known issues.
 */
#include "model/known.h"

#include <string.h>

#include "util/clock.h"
#include "util/xml.h"

static void issue_free(gpointer data)
{
    KnownIssue *issue = data;
    char *strings[] = {issue->id,     issue->owner,   issue->link,   issue->expires,
                       issue->text,   issue->kind,    issue->module, issue->step,
                       issue->vendor, issue->product, issue->content};
    for (guint i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_free(issue);
}

void known_free(Known *known)
{
    if (!known)
        return;
    g_ptr_array_unref(known->issues);
    g_free(known->file);
    g_free(known);
}

static bool add_issue(const XmlFile *file, const xmlNode *element, const char *today, Known *known,
                      GError **error)
{
    const xmlNode *match = xml_child(element, "match");
    KnownIssue *issue = g_new0(KnownIssue, 1);
    g_autofree char *code = xml_attr(match, "code");

    g_ptr_array_add(known->issues, issue);
    xml_place(element, &issue->line, &issue->column);
    issue->id = xml_attr(element, "id");
    issue->owner = xml_attr(element, "owner");
    issue->link = xml_attr(element, "link");
    issue->expires = xml_attr(element, "expires");
    issue->text = xml_text_paragraph(xml_child(element, "text"));
    issue->expired = strcmp(issue->expires, today) < 0;
    issue->kind = xml_attr(match, "kind");
    issue->module = xml_attr(match, "module");
    issue->step = xml_attr(match, "step");
    issue->vendor = xml_attr(match, "vendor");
    issue->product = xml_attr(match, "product");
    issue->content = xml_attr(match, "content");
    issue->has_code = code != NULL;
    issue->code = code ? (guint32)g_ascii_strtoull(code, NULL, 16) : 0;

    for (guint i = 0; i + 1 < known->issues->len; i++)
        if (g_str_equal(((const KnownIssue *)known->issues->pdata[i])->id, issue->id))
            return xml_fail(file, element, "id", error, "there is an issue '%s' already",
                            issue->id);
    if (!issue->has_code && !issue->module && !issue->step)
        return xml_fail(file, match, NULL, error,
                        "a kind alone says too little: give a code, a module or a step besides");
    if ((issue->product || issue->content) && !issue->vendor)
        return xml_fail(file, match, issue->product ? "product" : "content", error,
                        "a version needs its vendor");
    return true;
}

static bool from_xml(const XmlFile *file, const char *today, Known **ret_known, GError **error)
{
    g_autoptr(Known) known = g_new0(Known, 1);

    known->issues = g_ptr_array_new_with_free_func(issue_free);
    known->file = g_strdup(xml_name(file));
    XML_FOREACH(element, xml_root(file), "issue")
    {
        if (!add_issue(file, element, today, known, error))
            return false;
    }
    *ret_known = g_steal_pointer(&known);
    return true;
}

bool known_read(const char *path, Known **ret_known, GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    g_autofree char *today = clock_now_utc();

    today[strlen("2026-11-22")] = '\0';
    return xml_read(path, "known", &file, error) && from_xml(file, today, ret_known, error);
}

bool known_parse(const char *text, gsize length, const char *path, const char *today,
                 Known **ret_known, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_parse(text, length, path, "known", &file, error) &&
           from_xml(file, today, ret_known, error);
}

/* `update alder` begins `update alder content 3`, and not `update alderx`. */
static bool begins(const char *name, const char *words)
{
    gsize length = strlen(words);
    return name && strncmp(name, words, length) == 0 && (!name[length] || name[length] == ' ');
}

static bool matches(const KnownIssue *issue, const KnownFinding *finding)
{
    return g_str_equal(issue->kind, finding->kind) &&
           (!issue->has_code || (finding->has_code && issue->code == finding->code)) &&
           (!issue->module ||
            (finding->module && g_ascii_strcasecmp(issue->module, finding->module) == 0)) &&
           (!issue->step || begins(finding->step_name, issue->step)) &&
           (!issue->vendor ||
            finding->has_version(finding->data, issue->vendor, issue->product, issue->content));
}

const KnownIssue *known_match(Known *known, const KnownFinding *finding)
{
    for (guint i = 0; i < known->issues->len; i++) {
        KnownIssue *issue = known->issues->pdata[i];
        if (matches(issue, finding)) {
            g_atomic_int_inc(&issue->uses);
            return issue;
        }
    }
    return NULL;
}

GPtrArray *known_expired(const Known *known)
{
    GPtrArray *expired = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < known->issues->len; i++) {
        const KnownIssue *issue = known->issues->pdata[i];
        if (issue->expired)
            g_ptr_array_add(
                expired, g_strdup_printf("%s:%u:%u: the known issue '%s' of %s expired on %s, so "
                                         "its findings count as new: give it another day or "
                                         "take it out",
                                         known->file, issue->line, issue->column, issue->id,
                                         issue->owner, issue->expires));
    }
    return expired;
}

GPtrArray *known_complaints(const Known *known)
{
    GPtrArray *complaints = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < known->issues->len; i++) {
        const KnownIssue *issue = known->issues->pdata[i];
        if (issue->expired)
            g_ptr_array_add(complaints,
                            g_strdup_printf("known issue '%s' of %s expired on %s (%s)", issue->id,
                                            issue->owner, issue->expires, issue->link));
        if (g_atomic_int_get(&issue->uses) == 0)
            g_ptr_array_add(complaints, g_strdup_printf("known issue '%s' of %s was not seen (%s)",
                                                        issue->id, issue->owner, issue->link));
    }
    return complaints;
}
