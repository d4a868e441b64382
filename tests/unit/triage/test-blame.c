/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whose a finding is: each sign points where it should, and no further.
 */
#include "triage/blame.h"

#include <string.h>

#define TEXT(literal) ((char *)(literal))

static VendorModule alder_driver = {.kind = MODULE_DRIVER, .file = TEXT("alder.sys")};
static VendorModule birch_driver = {.kind = MODULE_DRIVER, .file = TEXT("birch.sys")};
static Vendor alder = {.name = TEXT("alder")};
static Vendor birch = {.name = TEXT("birch")};
static GPtrArray *both, *birch_alone, *nobody;

typedef struct {
    const char *name;
    BlameFacts facts;
    const char *vendors; /* joined by a blank */
    Confidence confidence;
    const char *reason; /* one of the reasons holds this */
} Judgement;

static const Judgement judgements[] = {
    {"nothing", {0}, "", CONFIDENCE_UNKNOWN, "Nothing points at one vendor"},
    {"module", {.module = "alder.sys"}, "alder", CONFIDENCE_LOW, "a module of alder"},
    {"module-in-capitals", {.module = "ALDER.SYS"}, "alder", CONFIDENCE_LOW, "a module of alder"},
    {"module-of-nobody",
     {.module = "ntoskrnl.exe"},
     "",
     CONFIDENCE_UNKNOWN,
     "which no vendor of this case ships"},
    {"module-by-its-maker",
     {.module = "helper.sys", .module_owner = "birch", .module_text = "it is made by 'Birch'"},
     "birch",
     CONFIDENCE_LOW,
     "no vendor.xml lists: it is made by 'Birch'"},
    {"pool-tag",
     {.module = "ntoskrnl.exe", .pool_tags = {"Aldr"}},
     "alder",
     CONFIDENCE_LOW,
     "pool tag 'Aldr', that of alder.sys of alder"},
    {"pool-tag-counts-once",
     {.module = "alder.sys", .pool_tags = {"Aldr", "Ald2"}},
     "alder",
     CONFIDENCE_LOW,
     "pool tag 'Ald2', that of alder.sys of alder"},
    {"pool-tag-against-module",
     {.module = "birch.sys", .pool_tags = {"Aldr"}},
     "alder birch",
     CONFIDENCE_LOW,
     "different vendors"},
    {"pool-tag-of-nobody",
     {.pool_tags = {"Ntfs"}},
     "",
     CONFIDENCE_UNKNOWN,
     "pool tag 'Ntfs', which no vendor.xml lists"},
    {"change", {.last_change = "alder"}, "alder", CONFIDENCE_LOW, "was changed last"},
    {"change-behind-kernel",
     {.module = "ntoskrnl.exe", .last_change = "alder"},
     "alder",
     CONFIDENCE_LOW,
     "was changed last"},
    {"step", {.step_vendor = "birch"}, "birch", CONFIDENCE_LOW, "nothing else points anywhere"},
    {"step-is-no-sign",
     {.step_vendor = "birch", .module = "alder.sys"},
     "alder",
     CONFIDENCE_LOW,
     "a module of alder"},
    {"module-and-change",
     {.module = "alder.sys", .last_change = "alder", .last_change_text = "content 3"},
     "alder",
     CONFIDENCE_MEDIUM,
     "(content 3)"},
    {"module-against-change",
     {.module = "alder.sys", .last_change = "birch"},
     "alder birch",
     CONFIDENCE_LOW,
     "different vendors"},
    {"change-against-module",
     {.module = "birch.sys", .last_change = "alder"},
     "alder birch",
     CONFIDENCE_LOW,
     "different vendors"},
    {"came-and-went",
     {.module = "alder.sys", .last_change = "alder", .recovered_by = "alder"},
     "alder",
     CONFIDENCE_HIGH,
     "content of alder was taken away"},
    {"module-and-removal",
     {.module = "alder.sys", .recovered_by = "alder"},
     "alder",
     CONFIDENCE_HIGH,
     "taken away"},
    {"change-and-removal-behind-kernel",
     {.module = "ntoskrnl.exe", .last_change = "alder", .recovered_by = "alder"},
     "alder",
     CONFIDENCE_HIGH,
     "taken away"},
    {"removal-alone", {.recovered_by = "alder"}, "alder", CONFIDENCE_MEDIUM, "taken away"},
    {"came-and-went-in-other-module",
     {.module = "birch.sys", .last_change = "alder", .recovered_by = "alder"},
     "alder",
     CONFIDENCE_MEDIUM,
     "a module of birch"},
    {"removal-against-change",
     {.module = "alder.sys", .last_change = "birch", .recovered_by = "alder"},
     "alder",
     CONFIDENCE_MEDIUM,
     "birch was changed last"},
    {"removal-against-module",
     {.module = "birch.sys", .recovered_by = "alder"},
     "alder birch",
     CONFIDENCE_LOW,
     "different vendors"},
    {"own-report-beside-another",
     {.step_vendor = "birch", .self_reported = true},
     "birch",
     CONFIDENCE_LOW,
     "Who suffers a failure"},
    {"own-report-after-own-change-beside-another",
     {.step_vendor = "birch", .self_reported = true, .last_change = "birch"},
     "birch",
     CONFIDENCE_LOW,
     "Who suffers a failure"},
    {"own-report-after-other-change",
     {.step_vendor = "birch", .self_reported = true, .last_change = "alder"},
     "alder birch",
     CONFIDENCE_LOW,
     "different vendors"},
    {"report-of-nobody", {.self_reported = true}, "", CONFIDENCE_UNKNOWN, "Nothing points"},
};

/* Where the case has birch only. */
static const Judgement alone[] = {
    {"own-report-alone",
     {.step_vendor = "birch", .self_reported = true},
     "birch",
     CONFIDENCE_MEDIUM,
     "birch itself reports"},
    {"own-report-after-own-change",
     {.step_vendor = "birch", .self_reported = true, .last_change = "birch"},
     "birch",
     CONFIDENCE_MEDIUM,
     "birch itself reports"},
    {"logged",
     {.step_vendor = "birch", .logged = true},
     "birch",
     CONFIDENCE_MEDIUM,
     "System log names a service of birch"},
    {"measured",
     {.step_vendor = "birch", .measured = true, .last_change = "birch"},
     "birch",
     CONFIDENCE_MEDIUM,
     "those of birch took the most"},
};

static void check(const Judgement *judgement, const GPtrArray *vendors_of_case)
{
    BlameFacts facts = judgement->facts;
    facts.vendors = vendors_of_case;
    g_autoptr(Blame) blame = blame_judge(&facts);
    g_autoptr(GString) vendors = g_string_new(NULL);
    bool reasoned = false;

    for (guint i = 0; i < blame->vendors->len; i++)
        g_string_append_printf(vendors, "%s%s", i ? " " : "",
                               (const char *)blame->vendors->pdata[i]);
    for (guint i = 0; i < blame->reasons->len; i++)
        reasoned = reasoned || strstr(blame->reasons->pdata[i], judgement->reason);
    g_assert_cmpstr(vendors->str, ==, judgement->vendors);
    g_assert_cmpstr(confidence_name(blame->confidence), ==, confidence_name(judgement->confidence));
    g_assert_true(reasoned);
    g_assert_true((blame->confidence == CONFIDENCE_UNKNOWN) == (blame->vendors->len == 0));
}

static void test_judgement(gconstpointer judgement)
{
    check(judgement, both);
}

static void test_alone(gconstpointer judgement)
{
    check(judgement, birch_alone);
}

static void test_control(void)
{
    const BlameFacts facts = {.vendors = nobody, .module = "alder.sys"};
    g_autoptr(Blame) blame = blame_judge(&facts);

    g_assert_cmpuint(blame->vendors->len, ==, 0);
    g_assert_cmpint(blame->confidence, ==, CONFIDENCE_UNKNOWN);
    g_assert_nonnull(strstr(blame->reasons->pdata[1], "No vendor was installed"));
}

static void test_names(void)
{
    g_assert_cmpstr(confidence_name(CONFIDENCE_UNKNOWN), ==, "unknown");
    g_assert_cmpstr(confidence_name(CONFIDENCE_LOW), ==, "low");
    g_assert_cmpstr(confidence_name(CONFIDENCE_MEDIUM), ==, "medium");
    g_assert_cmpstr(confidence_name(CONFIDENCE_HIGH), ==, "high");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    alder_driver.pool_tags = g_ptr_array_new();
    g_ptr_array_add(alder_driver.pool_tags, TEXT("Aldr"));
    g_ptr_array_add(alder_driver.pool_tags, TEXT("Ald2"));
    alder.modules = g_ptr_array_new();
    birch.modules = g_ptr_array_new();
    both = g_ptr_array_new();
    birch_alone = g_ptr_array_new();
    nobody = g_ptr_array_new();
    g_ptr_array_add(alder.modules, &alder_driver);
    g_ptr_array_add(birch.modules, &birch_driver);
    g_ptr_array_add(both, &alder);
    g_ptr_array_add(both, &birch);
    g_ptr_array_add(birch_alone, &birch);

    for (guint i = 0; i < G_N_ELEMENTS(judgements); i++) {
        g_autofree char *path = g_strdup_printf("/blame/%s", judgements[i].name);
        g_test_add_data_func(path, &judgements[i], test_judgement);
    }
    for (guint i = 0; i < G_N_ELEMENTS(alone); i++) {
        g_autofree char *path = g_strdup_printf("/blame/alone/%s", alone[i].name);
        g_test_add_data_func(path, &alone[i], test_alone);
    }
    g_test_add_func("/blame/control", test_control);
    g_test_add_func("/blame/names", test_names);
    int status = g_test_run();
    g_ptr_array_unref(alder_driver.pool_tags);
    g_ptr_array_unref(alder.modules);
    g_ptr_array_unref(birch.modules);
    g_ptr_array_unref(both);
    g_ptr_array_unref(birch_alone);
    g_ptr_array_unref(nobody);
    return status;
}
