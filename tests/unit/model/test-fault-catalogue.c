/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of faults: what a call may say, and what each mistake is told.
 */
#include <string.h>

#include "model/fault-catalogue.h"
#include "util/error.h"

/* `words`: name value name value …, separated by '|'. */
static bool call(FaultKind kind, const char *words, FaultCall **ret_call, GError **error)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);

    for (guint i = 0; parts[i] && parts[i + 1]; i += 2)
        g_hash_table_insert(values, g_strdup(parts[i]), g_strdup(parts[i + 1]));
    return fault_call_new(kind, values, ret_call, error);
}

/* Each line is sound: names are unlike each other, in order, and like a file's; fallbacks are
 * values that the check takes. */
static void test_table(void)
{
    for (guint i = 0; i < FAULT_KINDS; i++) {
        const FaultInfo *info = fault_info(i);
        FaultKind kind;
        g_assert_true(fault_kind_parse(info->name, &kind, NULL));
        g_assert_cmpint(kind, ==, (int)i);
        if (i > 0)
            g_assert_cmpstr(fault_info(i - 1)->name, <, info->name);
        g_assert_nonnull(info->summary);
        g_assert_nonnull(info->how);
        g_assert_cmpuint(info->guests, !=, 0);
        for (const FaultParameter *p = info->parameters; p->name; p++) {
            g_autoptr(GError) error = NULL;
            g_assert_nonnull(p->text);
            g_assert_true(fault_parameter(i, p->name) == p);
            if (p->fallback)
                fault_value_check(i, p->name, p->fallback, &error);
            g_assert_no_error(error);
        }
    }
}

static void test_defaults(void)
{
    g_autoptr(FaultCall) plain = NULL, timed = NULL, file = NULL;
    g_autofree char *name = NULL, *named = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(fault_call_new(FAULT_DISK_SLOW, NULL, &plain, &error));
    g_assert_cmpint(fault_call_number(plain, "iops"), ==, 20);
    g_assert_cmpint(plain->trigger.kind, ==, FAULT_AT_ONCE);
    name = fault_call_name(plain);
    g_assert_cmpstr(name, ==, "disk-slow");

    call(FAULT_CLOCK_JUMP, "seconds|-86400|after-s|5", &timed, &error);
    g_assert_no_error(error);
    g_assert_cmpint(fault_call_number(timed, "seconds"), ==, -86400);
    g_assert_cmpstr(fault_call_text(timed, "by"), ==, "agent");
    g_assert_cmpuint(timed->trigger.number, ==, 5);
    named = fault_call_name(timed);
    g_assert_cmpstr(named, ==, "clock-jump seconds=-86400 after 5 s");

    call(FAULT_RESET, "on-file|C:\\a\\b.txt|within-s|9", &file, &error);
    g_assert_no_error(error);
    g_assert_cmpint(file->trigger.kind, ==, FAULT_ON_FILE);
    g_assert_cmpstr(file->trigger.text, ==, "C:\\a\\b.txt");
    g_assert_cmpuint(file->trigger.within_s, ==, 9);
}

typedef struct {
    FaultKind kind;
    const char *words;
    const char *message; /* a part of it */
} Wrong;

static const Wrong wrong[] = {
    {FAULT_DISK_SLOW, "iop|5", "has no parameter 'iop'; it has: iops, kib-per-s, after-s"},
    {FAULT_DISK_SLOW, "iops|", "it must be a whole number from 0 to 1000000"},
    {FAULT_DISK_SLOW, "iops|5x", "'5x' is not right for 'iops' of the fault 'disk-slow'"},
    {FAULT_DISK_SLOW, "iops|-1", "a whole number from 0"},
    {FAULT_DISK_SLOW, "iops|99999999999999999999", "a whole number"},
    {FAULT_DISK_ERROR, "on|flush", "one of: read, write, both"},
    {FAULT_CLOCK_JUMP, "by|agent", "needs a value for 'seconds'"},
    {FAULT_PROCESS_KILL, "image|a\\b.exe", "the name of a file"},
    {FAULT_PROCESS_KILL, "image|a\" & del x", "the name of a file"},
    {FAULT_SERVICE_STOP, "service|Acme Svc", "the name of a service"},
    {FAULT_CONTENT_CORRUPT, "mutation|truncate|path|C:x", "an absolute Windows path"},
    {FAULT_CONTENT_CORRUPT, "mutation|truncate|path|C:\\%TEMP%\\x", "an absolute Windows path"},
    {FAULT_CONTENT_CORRUPT, "mutation|rot13|path|C:\\x", "one of: truncate"},
    {FAULT_RESET, "after-s|0", "a whole number from 1 to 86400"},
    {FAULT_RESET, "after-s|5|on-file|C:\\x", "strikes by one trigger"},
    {FAULT_RESET, "within-s|5", "belongs to on-file and on-serial"},
    {FAULT_RESET, "on-serial|", "printable text"},
    {FAULT_RESET, "on-serial|a\nb", "printable text"},
};

static void test_wrong(gconstpointer data)
{
    const Wrong *w = data;
    FaultCall *none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(call(w->kind, w->words, &none, &error));
    g_assert_null(none);
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, w->message));
}

static void test_guests(void)
{
    g_autoptr(GError) error = NULL, unknown = NULL;
    FaultKind kind;

    g_assert_true(fault_works_on(FAULT_RESET, GUEST_REFERENCE, NULL));
    g_assert_false(fault_works_on(FAULT_NMI, GUEST_REFERENCE, &error));
    g_assert_nonnull(strstr(error->message, "only on: windows"));
    g_assert_false(fault_kind_parse("resets", &kind, &unknown));
    g_assert_nonnull(strstr(unknown->message, "there are: bugcheck, clock-jump"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fault-catalogue/table", test_table);
    g_test_add_func("/fault-catalogue/defaults", test_defaults);
    g_test_add_func("/fault-catalogue/guests", test_guests);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *path = g_strdup_printf("/fault-catalogue/wrong/%u", i);
        g_test_add_data_func(path, &wrong[i], test_wrong);
    }
    return g_test_run();
}
