/* SPDX-License-Identifier: GPL-2.0-or-later
 * What report.html says about all cases together.
 */
#include "report/page.h"

#include <string.h>

#include "report/finding-text.h"

#define NO_VENDOR "no vendor"

typedef struct {
    guint of[CASE_STATES];
} Counts;

/* A matrix as it is being counted. */
typedef struct {
    const char *name;
    GPtrArray *rows, *columns; /* of char*, in the order of first sight until they are sorted */
    GHashTable *seen;          /* set of `r|…` and `c|…` */
    GHashTable *cells;         /* `row\ncolumn` → Counts* */
} Table;

typedef struct {
    const ResultFinding *finding; /* the first */
    guint number;                 /* from 1 */
    GPtrArray *cases;             /* of const ResultCase* */
    GPtrArray *findings;          /* of const ResultFinding*: theirs */
} Group;

struct Page {
    const Result *result;
    GHashTable *by_id;        /* → ResultCase* */
    GHashTable *numbers;      /* listed ResultCase* → place from 1 */
    GPtrArray *groups;        /* of Group* */
    GHashTable *by_signature; /* → Group* */
};

static void group_free(gpointer data)
{
    Group *group = data;
    g_ptr_array_unref(group->cases);
    g_ptr_array_unref(group->findings);
    g_free(group);
}

char *page_set(const ResultCase *result_case)
{
    GString *set = g_string_new(NULL);

    for (guint i = 0; i < result_case->vendors->len; i++)
        g_string_append_printf(set, "%s%s", i ? " then " : "",
                               (const char *)result_case->vendors->pdata[i]);
    if (set->len == 0)
        g_string_append(set, NO_VENDOR);
    return g_string_free(set, FALSE);
}

/* --- what is listed, what is grouped --- */

static void list_cases(Page *page, guint limit, bool passed)
{
    const GPtrArray *cases = page->result->cases;

    for (guint i = 0; i < cases->len && g_hash_table_size(page->numbers) < limit; i++)
        if ((((const ResultCase *)cases->pdata[i])->state == CASE_PASSED) == passed)
            g_hash_table_insert(page->numbers, cases->pdata[i], GUINT_TO_POINTER(i + 1));
}

static void group_finding(Page *page, const ResultCase *result_case, const ResultFinding *finding)
{
    char *signature = finding_signature(finding);
    Group *group = g_hash_table_lookup(page->by_signature, signature);

    if (!group) {
        group = g_new0(Group, 1);
        group->finding = finding;
        group->number = page->groups->len + 1;
        group->cases = g_ptr_array_new();
        group->findings = g_ptr_array_new();
        g_ptr_array_add(page->groups, group);
        g_hash_table_insert(page->by_signature, signature, group);
    } else {
        g_free(signature);
    }
    g_ptr_array_add(group->cases, (gpointer)result_case);
    g_ptr_array_add(group->findings, (gpointer)finding);
}

static gint most_frequent_first(gconstpointer a, gconstpointer b)
{
    const Group *left = *(const Group *const *)a, *right = *(const Group *const *)b;

    if (left->cases->len != right->cases->len)
        return left->cases->len < right->cases->len ? 1 : -1;
    return left->number < right->number ? -1 : 1;
}

Page *page_new(const Result *result, guint limit)
{
    Page *page = g_new0(Page, 1);

    page->result = result;
    page->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    page->numbers = g_hash_table_new(NULL, NULL);
    page->groups = g_ptr_array_new_with_free_func(group_free);
    page->by_signature = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    list_cases(page, limit, false);
    list_cases(page, limit, true);
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        const ResultAttempt *deciding = result_deciding_attempt(result_case);
        g_hash_table_insert(page->by_id, result_case->id, result_case);
        for (guint j = 0; deciding && j < deciding->findings->len; j++)
            group_finding(page, result_case, deciding->findings->pdata[j]);
    }
    g_ptr_array_sort(page->groups, most_frequent_first);
    return page;
}

void page_free(Page *page)
{
    if (!page)
        return;
    g_hash_table_unref(page->by_id);
    g_hash_table_unref(page->numbers);
    g_hash_table_unref(page->by_signature);
    g_ptr_array_unref(page->groups);
    g_free(page);
}

guint page_number(const Page *page, const ResultCase *result_case)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(page->numbers, result_case));
}

guint page_group(const Page *page, const ResultFinding *finding)
{
    g_autofree char *signature = finding_signature(finding);
    const Group *group = g_hash_table_lookup(page->by_signature, signature);
    return group ? group->number : 0; /* of an attempt that did not decide its case: maybe none */
}

static void write_anchor(const Page *page, XmlOut *out, const ResultCase *result_case)
{
    guint number = page_number(page, result_case);
    g_autofree char *anchor = g_strdup_printf("case-%u", number);

    if (number > 0)
        xml_out_attribute(out, "anchor", anchor);
}

static void write_counts(XmlOut *out, const Counts *counts)
{
    guint sum = 0;

    for (guint i = 0; i < CASE_STATES; i++) {
        sum += counts->of[i];
        if (counts->of[i] > 0)
            xml_out_number(out, case_state_name((CaseState)i), counts->of[i]);
    }
    xml_out_number(out, "cases", sum);
}

/* --- matrices --- */

static void table_init(Table *table, const char *name)
{
    table->name = name;
    table->rows = g_ptr_array_new_with_free_func(g_free);
    table->columns = g_ptr_array_new_with_free_func(g_free);
    table->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    table->cells = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void table_clear(Table *table)
{
    g_ptr_array_unref(table->rows);
    g_ptr_array_unref(table->columns);
    g_hash_table_unref(table->seen);
    g_hash_table_unref(table->cells);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Table, table_clear)

static void note_name(Table *table, GPtrArray *names, char which, const char *name)
{
    if (g_hash_table_add(table->seen, g_strdup_printf("%c|%s", which, name)))
        g_ptr_array_add(names, g_strdup(name));
}

static void table_count(Table *table, const char *row, const char *column, CaseState state)
{
    char *key = g_strdup_printf("%s\n%s", row, column);
    Counts *counts = g_hash_table_lookup(table->cells, key);

    note_name(table, table->rows, 'r', row);
    note_name(table, table->columns, 'c', column);
    if (!counts) {
        counts = g_new0(Counts, 1);
        g_hash_table_insert(table->cells, key, counts);
    } else {
        g_free(key);
    }
    counts->of[state]++;
}

/* A case with several vendors stands in the pair of each two of them, in install order; one with
 * a single vendor stands on the diagonal. */
static void count_pairs(Table *pairs, const ResultCase *result_case)
{
    const GPtrArray *vendors = result_case->vendors;

    if (vendors->len == 1)
        table_count(pairs, vendors->pdata[0], vendors->pdata[0], result_case->state);
    for (guint i = 0; i < vendors->len; i++)
        for (guint j = i + 1; j < vendors->len; j++)
            table_count(pairs, vendors->pdata[i], vendors->pdata[j], result_case->state);
}

/* A case with several vendors stands in the row of each. */
static void count_by_vendor(Table *table, const ResultCase *result_case, const char *column)
{
    for (guint i = 0; i < result_case->vendors->len; i++)
        table_count(table, result_case->vendors->pdata[i], column, result_case->state);
    if (result_case->vendors->len == 0)
        table_count(table, NO_VENDOR, column, result_case->state);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_table(XmlOut *out, const Table *table)
{
    xml_out_open(out, "table");
    xml_out_attribute(out, "of", table->name);
    for (guint i = 0; i < table->columns->len; i++) {
        xml_out_open(out, "column");
        xml_out_attribute(out, "name", table->columns->pdata[i]);
        xml_out_close(out);
    }
    for (guint i = 0; i < table->rows->len; i++) {
        xml_out_open(out, "row");
        xml_out_attribute(out, "name", table->rows->pdata[i]);
        for (guint j = 0; j < table->columns->len; j++) {
            g_autofree char *key = g_strdup_printf("%s\n%s", (char *)table->rows->pdata[i],
                                                   (char *)table->columns->pdata[j]);
            const Counts *counts = g_hash_table_lookup(table->cells, key);
            xml_out_open(out, "cell");
            xml_out_attribute(out, "column", table->columns->pdata[j]);
            if (counts)
                write_counts(out, counts);
            xml_out_close(out);
        }
        xml_out_close(out);
    }
    xml_out_close(out);
}

/* Every vendor is a row and a column of the pairs. */
static void name_all_vendors(Table *pairs)
{
    for (guint i = 0; i < pairs->rows->len; i++)
        note_name(pairs, pairs->columns, 'c', pairs->rows->pdata[i]);
    for (guint i = 0; i < pairs->columns->len; i++)
        note_name(pairs, pairs->rows, 'r', pairs->columns->pdata[i]);
    g_ptr_array_sort(pairs->rows, by_name);
    g_ptr_array_sort(pairs->columns, by_name);
}

static gint fewest_vendors_first(gconstpointer a, gconstpointer b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    gint difference = 0;

    for (const char *at = left; (at = strstr(at, " then ")); at++)
        difference++;
    for (const char *at = right; (at = strstr(at, " then ")); at++)
        difference--;
    if (difference == 0)
        difference = g_str_equal(right, NO_VENDOR) - g_str_equal(left, NO_VENDOR);
    return difference ? difference : strcmp(left, right);
}

static void write_tables(const Page *page, XmlOut *out)
{
    g_auto(Table) pairs, sets, guests, faults;

    table_init(&pairs, "pairs");
    table_init(&sets, "sets");
    table_init(&guests, "guests");
    table_init(&faults, "faults");
    for (guint i = 0; i < page->result->cases->len; i++) {
        const ResultCase *result_case = page->result->cases->pdata[i];
        g_autofree char *set = page_set(result_case);
        count_pairs(&pairs, result_case);
        table_count(&sets, set, result_case->test, result_case->state);
        count_by_vendor(&guests, result_case, result_case->guest);
        for (guint j = 0; j < result_case->faults->len; j++)
            count_by_vendor(&faults, result_case, result_case->faults->pdata[j]);
    }
    name_all_vendors(&pairs);
    g_ptr_array_sort(sets.rows, fewest_vendors_first);
    g_ptr_array_sort(guests.rows, fewest_vendors_first);
    g_ptr_array_sort(faults.rows, fewest_vendors_first);
    for (guint i = 0; i < pairs.rows->len; i++) {
        xml_out_open(out, "vendor");
        xml_out_attribute(out, "name", pairs.rows->pdata[i]);
        xml_out_close(out);
    }
    write_table(out, &pairs);
    write_table(out, &sets);
    write_table(out, &guests);
    write_table(out, &faults);
}

/* --- tests, and what was not tested --- */

static void write_tests(const Page *page, XmlOut *out)
{
    g_autoptr(GPtrArray) tests = result_tests(page->result);

    for (guint i = 0; i < tests->len; i++) {
        const GPtrArray *cases = tests->pdata[i];
        const ResultCase *first = cases->pdata[0];
        Counts counts = {0};
        for (guint j = 0; j < cases->len; j++)
            counts.of[((const ResultCase *)cases->pdata[j])->state]++;
        xml_out_open(out, "test");
        xml_out_number(out, "number", i + 1);
        xml_out_attribute(out, "name", first->test);
        xml_out_attribute(out, "title", first->title);
        write_counts(out, &counts);
        xml_out_close(out);
    }
}

/* One entry a reason. */
static void write_untested_of(const Page *page, XmlOut *out, CaseState state)
{
    g_autoptr(GHashTable) by_reason =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();

    for (guint i = 0; i < page->result->cases->len; i++) {
        const ResultCase *result_case = page->result->cases->pdata[i];
        const char *reason = result_case->reason ? result_case->reason : "";
        if (result_case->state != state)
            continue;
        GPtrArray *cases = g_hash_table_lookup(by_reason, reason);
        if (!cases) {
            cases = g_ptr_array_new();
            g_hash_table_insert(by_reason, (gpointer)reason, cases);
            g_ptr_array_add(reasons, cases);
        }
        g_ptr_array_add(cases, (gpointer)result_case);
    }
    for (guint i = 0; i < reasons->len; i++) {
        const GPtrArray *cases = reasons->pdata[i];
        const ResultCase *first = cases->pdata[0];
        xml_out_open(out, "untested");
        xml_out_attribute(out, "state", case_state_name(state));
        write_anchor(page, out, first);
        xml_out_attribute(out, "id", first->id);
        xml_out_number(out, "count", cases->len);
        xml_out_text(out, first->reason ? first->reason : "");
        xml_out_close(out);
    }
}

/* --- findings --- */

/* What a shell takes as one word. */
static char *shell_word(const char *text)
{
    bool plain = *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789._+@/=-") == strlen(text);
    return plain ? g_strdup(text) : g_shell_quote(text);
}

/* The planned case that this one was added for: one that was added is in no scenario, but the run
 * adds it again. */
static const ResultCase *planned_for(const Page *page, const ResultCase *result_case)
{
    for (guint hops = 0; result_case && result_case->parent && hops < page->result->cases->len;
         hops++)
        result_case = g_hash_table_lookup(page->by_id, result_case->parent);
    return result_case;
}

static char *command(const Result *result, const ResultCase *result_case)
{
    const char *file = result->scenario_path ? result->scenario_path : result->scenario_file;
    g_autofree char *safe = *file == '-' ? g_strconcat("./", file, NULL) : g_strdup(file);
    g_autofree char *scenario = shell_word(safe);
    g_autofree char *lab = result->lab_path ? shell_word(result->lab_path) : NULL;
    g_autofree char *id = result_case ? shell_word(result_case->id) : NULL;

    return g_strconcat("truce run ", lab ? "--lab=" : "", lab ? lab : "", lab ? " " : "",
                       id ? "--case=" : "", id ? id : "", id ? " " : "", scenario, NULL);
}

static void write_seen(const Page *page, XmlOut *out, const Group *group, guint index)
{
    const ResultCase *result_case = group->cases->pdata[index];
    const ResultFinding *finding = group->findings->pdata[index];

    xml_out_open(out, "seen");
    write_anchor(page, out, result_case);
    xml_out_attribute(out, "id", result_case->id);
    xml_out_attribute(out, "step", finding->step);
    xml_out_attribute(out, "step-name", finding->step_name);
    xml_out_close(out);
}

static void write_group(const Page *page, XmlOut *out, const Group *group, const XmlExtras *extras)
{
    guint shortest = 0;

    for (guint i = 1; i < group->cases->len; i++)
        if (result_case_duration_ms(group->cases->pdata[i]) <
            result_case_duration_ms(group->cases->pdata[shortest]))
            shortest = i;
    const ResultCase *minimal = group->cases->pdata[shortest];
    g_autofree char *again = command(page->result, planned_for(page, minimal));

    xml_out_open(out, "group");
    xml_out_number(out, "number", group->number);
    xml_out_number(out, "count", group->cases->len);
    xml_out_attribute(out, "command", again);
    report_xml_finding(out, group->finding, extras);
    write_seen(page, out, group, shortest);
    for (guint i = 0, told = 1; i < group->cases->len && told < PAGE_SEEN_MAX; i++) {
        if (i == shortest)
            continue;
        write_seen(page, out, group, i);
        told++;
    }
    xml_out_close(out);
}

void page_write(const Page *page, XmlOut *out, const XmlExtras *extras)
{
    g_autofree char *again = command(page->result, NULL);

    xml_out_open(out, "page");
    xml_out_attribute(out, "command", again);
    xml_out_number(out, "listed", g_hash_table_size(page->numbers));
    xml_out_number(out, "cases", page->result->cases->len);
    write_tables(page, out);
    write_tests(page, out);
    write_untested_of(page, out, CASE_ERROR);
    write_untested_of(page, out, CASE_SKIPPED);
    write_untested_of(page, out, CASE_NOT_RUN);
    for (guint i = 0; i < page->groups->len; i++)
        write_group(page, out, page->groups->pdata[i], extras);
    xml_out_close(out);
}
