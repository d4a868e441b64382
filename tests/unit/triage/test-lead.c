/* SPDX-License-Identifier: GPL-2.0-or-later
 * What is made of a dump: the lead and its confidence, the parameters' meaning, text and JSON.
 */
#include "triage/lead.h"

#include <string.h>

#include "dump-builder.h"
#include "triage/os-modules.h"
#include "triage/stop-parameters.h"
#include "triage/triage-report.h"

static const BuilderModule modules[] = {
    {"ntoskrnl.exe", 0xFFFFF80000000000, 0x1000000, 0x11111111},
    {"alder.sys", 0xFFFFF80010000000, 0x8000, 0x22222222},
    {"birch.sys", 0xFFFFF80020000000, 0x8000, 0x33333333},
    {"Ntfs.sys", 0xFFFFF80030000000, 0x8000, 0x44444444},
    {NULL, 0, 0, 0},
};
static const BuilderModule gone[] = {{"gone.sys", 0xFFFFF80050000000, 0x6000, 0}, {0}};
#define NT 0xFFFFF80000123456u
#define ALDER 0xFFFFF80010001234u
#define BIRCH 0xFFFFF80020001010u
#define NTFS 0xFFFFF80030001010u
#define GONE 0xFFFFF80050000010u

static const guint64 stack_of_windows[] = {NT, NTFS, NT, 0};
static const guint64 stack_with_birch[] = {NT, 1, NTFS, BIRCH, ALDER, 0};

static Dump *make(BuilderDump what)
{
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    what.modules = modules;
    what.unloaded = gone;
    what.rsp = 0x600000;
    g_autoptr(GByteArray) bytes = dump_build(&what);
    dump_parse(bytes->data, bytes->len, "test.dmp", &dump, &error);
    g_assert_no_error(error);
    return dump;
}

static const struct {
    const char *what;
    BuilderDump dump;
    const char *module;
    Confidence confidence;
    const char *reason; /* part of one */
} leads[] = {
    {"all three agree",
     {.code = 0x7E,
      .parameters = {0xFFFFFFFFC0000005, ALDER},
      .rip = ALDER,
      .exception_status = 0xC0000005,
      .exception_address = ALDER,
      .stack = stack_of_windows},
     "alder.sys",
     CONFIDENCE_HIGH,
     "agree on it"},
    {"the context is that of the bugcheck",
     {.code = 0xD1, .parameters = {0, 2, 0, ALDER}, .rip = NT, .stack = stack_with_birch},
     "alder.sys",
     CONFIDENCE_MEDIUM,
     "1 of 2 name it"},
    {"in the kernel, birch on the stack",
     {.code = 0x0A, .parameters = {0, 2, 0, NT}, .rip = NT, .stack = stack_with_birch},
     "birch.sys",
     CONFIDENCE_LOW,
     "first module on the raw stack"},
    {"in a driver of Windows, birch on the stack",
     {.code = 0x50, .parameters = {0, 2, NTFS, 0}, .rip = NT, .stack = stack_with_birch},
     "birch.sys",
     CONFIDENCE_LOW,
     "handed something bad"},
    {"in the kernel, nobody on the stack",
     {.code = 0x0A, .parameters = {0, 2, 0, NT}, .rip = NT, .stack = stack_of_windows},
     NULL,
     CONFIDENCE_UNKNOWN,
     "holds only modules of Windows"},
    {"in a driver of Windows, nobody on the stack",
     {.code = 0xD1, .parameters = {0, 2, 0, NTFS}, .rip = NT, .stack = stack_of_windows},
     "Ntfs.sys",
     CONFIDENCE_LOW,
     "holds only modules of Windows"},
    {"in an unloaded module",
     {.code = 0xCE, .parameters = {GONE, 8, GONE, 0}, .rip = NT, .stack = stack_of_windows},
     "gone.sys",
     CONFIDENCE_MEDIUM,
     "unloaded"},
    {"in no module",
     {.code = 0x7E, .parameters = {0, 0x1000}, .rip = 0x1000, .stack = stack_with_birch},
     "birch.sys",
     CONFIDENCE_LOW,
     "in no module"},
    {"damage found later",
     {.code = 0x139,
      .parameters = {3},
      .rip = ALDER,
      .exception_status = 0xC0000409,
      .exception_address = ALDER,
      .stack = stack_with_birch},
     "alder.sys",
     CONFIDENCE_LOW,
     "found later"},
    {"a watchdog",
     {.code = 0x133, .parameters = {1}, .rip = NT, .stack = stack_with_birch},
     "birch.sys",
     CONFIDENCE_LOW,
     "too long"},
    {"asked for",
     {.code = 0xE2, .rip = ALDER, .stack = stack_with_birch},
     NULL,
     CONFIDENCE_UNKNOWN,
     "asked for"},
    {"no stack", {.code = 0x0A, .parameters = {0, 2, 0, NT}}, NULL, CONFIDENCE_UNKNOWN, "no stack"},
};

static void test_leads(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(leads); i++) {
        g_autoptr(Dump) dump = make(leads[i].dump);
        g_autoptr(Lead) lead = lead_find(dump);
        gboolean found = FALSE;

        g_test_message("%s", leads[i].what);
        g_assert_cmpstr(lead->module ? lead->module->name : NULL, ==, leads[i].module);
        g_assert_cmpint(lead->confidence, ==, leads[i].confidence);
        g_assert_cmpuint(lead->reasons->len, >, 0);
        for (guint r = 0; r < lead->reasons->len; r++)
            found |= strstr(lead->reasons->pdata[r], leads[i].reason) != NULL;
        g_assert_true(found);
    }
}

static void test_parameters(void)
{
    static const struct {
        guint32 code;
        guint parameter;
        guint64 value;
        const char *text;
    } known[] = {
        {0xD1, 0, 0x10, "address that was accessed"},
        {0xD1, 2, 1, "operation: write"},
        {0xD1, 2, 77, "operation"},
        {0x50, 3, 0xF, "kind of fault: it is an address of user mode"},
        {0x7E, 0, 0xFFFFFFFFC0000005, "exception that was not handled: STATUS_ACCESS_VIOLATION"},
        {0x1000007E, 3, 1, "address of the context"},
        {0x139, 0, 3, "check that failed: a LIST_ENTRY was damaged (double removal, say)"},
        {0x133, 0, 0, "what took too long: one DPC exceeded its time"},
        {0x9F, 0, 3, "what is wrong: a device has held an IRP for too long"},
        {0xC9, 0, 7, "what the driver did: an IRP was completed with its cancel routine set"},
        {0x12345678, 0, 0, NULL},
        {0xF00D, 3, 0, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *text =
            stop_parameter_text(known[i].code, known[i].parameter, known[i].value);
        g_assert_cmpstr(text, ==, known[i].text);
    }
    g_assert_cmpint(stop_address_parameter(0x3B), ==, 1);
    g_assert_cmpint(stop_exception_parameter(0x139), ==, 2);
    g_assert_cmpint(stop_context_parameter(0x7E), ==, 3);
    g_assert_cmpint(stop_address_parameter(0x133), ==, -1);
    g_assert_cmpint(stop_kind(0xC2), ==, STOP_KIND_CORRUPTION);
    g_assert_cmpint(stop_kind(0xBADC0DE), ==, STOP_KIND_OTHER);
}

static void test_pool_tags(void)
{
    static const struct {
        guint32 code;
        guint64 parameters[4];
        const char *tags; /* joined by a comma */
    } known[] = {
        {0xC2, {0x7, 0x72646C41, 0, 0xFFFF800000001010}, "Aldr"},
        /* As a Windows 10 had it (stop-parameters.h). */
        {0xC2, {0x7, 0x4A424B43, 0x40A0018, 0xFFFFA0068E4956F0}, "CKBJ"},
        {0xC2, {0xA, 0xFFFF800000001010, 0xF2646C41, 0x72646543}, "Aldr,Cedr"}, /* protected */
        {0xC2, {0xC, 0xFFFF800000001010, 0x20206241, 0}, "Ab"},
        {0xC2, {0x0, 0, 1, 0x61}, "a"},
        {0xC2, {0x7, 0, 0, 0}, ""},
        {0xC2, {0x7, 0x109B, 0, 0}, ""},             /* not printable */
        {0xC2, {0x7, 0xFFFF800072646C41, 0, 0}, ""}, /* an address */
        {0xC2, {0x46, 0x72646C41, 0x72646C41, 0x72646C41}, ""},
        {0x19, {0x7, 0x72646C41, 0x72646C41, 0x72646C41}, ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        StopPoolTag tags[STOP_POOL_TAGS_MAX];
        guint count = stop_pool_tags(known[i].code, known[i].parameters, tags);
        g_autofree char *text = g_strdup_printf("%s%s%s", count > 0 ? tags[0] : "",
                                                count > 1 ? "," : "", count > 1 ? tags[1] : "");
        g_assert_cmpstr(text, ==, known[i].tags);
    }
}

static void test_names(void)
{
    g_assert_true(os_module_is("NTFS.SYS"));
    g_assert_true(os_module_is("acpi.sys"));    /* the table's first … */
    g_assert_true(os_module_is("ws2ifsl.sys")); /* … and last: it is sorted */
    g_assert_true(os_module_is("dump_stornvme.sys"));
    g_assert_false(os_module_is("alder.sys"));
    g_assert_false(os_module_is(""));
    g_assert_true(os_module_is_kernel("ntoskrnl.exe"));
    g_assert_false(os_module_is_kernel("Ntfs.sys"));
}

static void test_json(void)
{
    g_autoptr(Dump) dump = make(leads[0].dump);
    g_autoptr(Lead) lead = lead_find(dump);
    g_autoptr(cJSON) object = triage_json(dump, lead);

    g_assert_cmpstr(json_string(object, "stop_code", NULL), ==, "0x0000007E");
    g_assert_cmpstr(json_string(object, "stop_name", NULL), ==,
                    "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED");
    g_assert_cmpstr(json_string(object, "dump_type", NULL), ==, "triage");
    g_assert_cmpstr(json_string(object, "os_build", NULL), ==, "0x4A61");
    g_assert_cmpstr(json_string(object, "faulting_module", NULL), ==, "alder.sys");
    g_assert_cmpstr(json_string(object, "faulting_offset", NULL), ==, "0x1234");
    g_assert_cmpstr(json_string(object, "confidence", NULL), ==, "high");
    g_assert_cmpstr(json_string(object, "lead", NULL), ==, "alder.sys");
    const cJSON *parameters = cJSON_GetObjectItem(object, "parameters");
    g_assert_cmpint(cJSON_GetArraySize(parameters), ==, 4);
    g_assert_cmpstr(cJSON_GetArrayItem(parameters, 0)->valuestring, ==, "0xFFFFFFFFC0000005");
    g_assert_cmpint(cJSON_GetArraySize(cJSON_GetObjectItem(object, "pool_tags")), ==, 0);
    const cJSON *list = cJSON_GetObjectItem(object, "modules");
    g_assert_cmpint(cJSON_GetArraySize(list), ==, 4);
    g_assert_cmpstr(json_string(cJSON_GetArrayItem(list, 1), "base", NULL), ==,
                    "0xFFFFF80010000000");
    g_assert_cmpint(cJSON_GetArraySize(cJSON_GetObjectItem(object, "reasons")), ==, 3);
}

static void test_text(void)
{
    static const char *const lines[] = {
        "Stop code    0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED\n",
        "Parameter 2  0xFFFFF80010001234  address of the instruction\n",
        "System       Windows, build 19041, server\n",
        "Time         2021-02-21T16:53:20Z\n",
        "Uptime       12.345 s\n",
        "Exception    0xC0000005 STATUS_ACCESS_VIOLATION at 0xFFFFF80010001234\n",
        "Faulted in   alder.sys+0x1234\n",
        "Lead         alder.sys, confidence high\n",
        "Modules on the raw stack (a scan of 24 bytes, not an unwinding):\n",
        "  0000000000600008  Ntfs.sys+0x1010, 1 time\n",
        "  fffff80010000000      8000  22222222  alder.sys\n",
        "  fffff80050000000      6000  gone.sys\n",
    };
    BuilderDump what = leads[0].dump;
    g_autoptr(Dump) dump = make(what);
    g_autoptr(Lead) lead = lead_find(dump);
    g_autofree char *text = triage_text(dump, lead);

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        if (!strstr(text, lines[i]))
            g_error("no line '%s' in:\n%s", lines[i], text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lead/leads", test_leads);
    g_test_add_func("/lead/parameters", test_parameters);
    g_test_add_func("/lead/pool-tags", test_pool_tags);
    g_test_add_func("/lead/names", test_names);
    g_test_add_func("/lead/json", test_json);
    g_test_add_func("/lead/text", test_text);
    return g_test_run();
}
