/* SPDX-License-Identifier: GPL-2.0-or-later
 * The first-logon script, as far as it can be looked at without a PowerShell: the order of its
 * steps, and that what it reads of settings.json is there.
 */
#include <string.h>

#include "install/dry-run.h"
#include "util/json.h"

static char *script;

static void test_order(void)
{
    static const char *const steps[] = {
        "release",     "drivers-and-agent", "crash-dumps", "boot",
        "safe-mode",   "updates",           "power",       "defender",
        "restart",     "second-part",       "agent",       "crash-dumps-in-force",
        "protections", "event-logs",        "finish"};
    static const char call[] = "\nInvoke-Step '";
    const char *at = script;

    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        at = strstr(at, call);
        g_assert_nonnull(at);
        at += sizeof call - 1;
        g_autofree char *name = g_strndup(at, strcspn(at, "'"));
        g_assert_cmpstr(name, ==, steps[i]);
    }
    g_assert_null(strstr(at, call));
}

/* What Defender's removal leaves is known after the restart: the second part records it. */
static void test_parts(void)
{
    const char *second = strstr(script, "\n$stepsOf = 'AfterRestart'\n");

    g_assert_nonnull(second);
    g_assert_true(strstr(script, "Invoke-Step 'restart'") < second);
    g_assert_true(strstr(script, "Invoke-Step 'defender'") < second);
    g_assert_nonnull(strstr(second, "Invoke-Step 'protections'"));
    g_assert_nonnull(strstr(second, "Send-Beacon 'done'"));
}

/* An installer may leave a program running, for which Start-Process would wait too. */
static void test_programs(void)
{
    g_assert_null(strstr(script, " -Wait"));
    g_assert_nonnull(strstr(script, "$process.WaitForExit()"));
}

/* What the first part sets is what the second reads back: one list. */
static void test_dumps(void)
{
    const char *set = strstr(script, "Invoke-Step 'crash-dumps' {");
    const char *read = strstr(script, "Invoke-Step 'crash-dumps-in-force' {");
    const char *list = strstr(script, "\n$dumps = @(");
    static const char use[] = "foreach ($one in $dumps)";

    g_assert_nonnull(set);
    g_assert_true(list && list < set);
    g_assert_nonnull(strstr(list, "@{ Name = 'CrashDumpEnabled'; Value = 2;"));
    g_assert_nonnull(strstr(list, "@{ Name = 'DumpFile'; Value = '%SystemRoot%\\MEMORY.DMP';"));
    g_assert_nonnull(strstr(set, use));
    g_assert_true(read && read > strstr(script, "\n$stepsOf = 'AfterRestart'\n"));
    g_assert_nonnull(strstr(read, use));
    g_assert_nonnull(strstr(read, "Win32_PageFileUsage"));
}

static void test_settings(void)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", "11-25h2", "guest.xml", NULL);
    g_autoptr(Guest) guest = NULL;
    g_autoptr(cJSON) settings = NULL;
    static const char use[] = "$settings.";
    guint uses = 0;

    g_assert_true(guest_read(path, &guest, NULL));
    g_autofree char *text = install_settings_json(guest);
    g_assert_true(json_parse(text, strlen(text), 4096, "settings", &settings, NULL));
    for (const char *at = script; (at = strstr(at, use)); uses++) {
        at += sizeof use - 1;
        g_autofree char *name = g_strndup(at, strspn(at, "abcdefghijklmnopqrstuvwxyz"));
        g_assert_nonnull(cJSON_GetObjectItemCaseSensitive(settings, name));
    }
    g_assert_cmpuint(uses, >=, 4);
}

int main(int argc, char **argv)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", "first-logon.ps1", NULL);

    g_test_init(&argc, &argv, NULL);
    g_assert_true(g_file_get_contents(path, &script, NULL, NULL));
    g_test_add_func("/first-logon/order", test_order);
    g_test_add_func("/first-logon/parts", test_parts);
    g_test_add_func("/first-logon/programs", test_programs);
    g_test_add_func("/first-logon/dumps", test_dumps);
    g_test_add_func("/first-logon/settings", test_settings);
    int status = g_test_run();
    g_free(script);
    return status;
}
