/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the lab asks of a guest's system: recorded replies, localised ones and garbage.
 *
 * Texts of fltmc.exe and reg.exe as Windows 11 and Server 2022 print them, in English and German;
 * JSON as Windows PowerShell 5.1 writes it.
 */
#include "guest/system.h"

#include <string.h>

#include "fake-agent.h"
#include "guest/altitude.h"
#include "guest/installer-code.h"
#include "guest/powershell.h"
#include "guest/registry.h"
#include "util/json.h"

#define STATUS "{\"execute\": \"guest-exec-status\"}"
#define PID "{\"return\": {\"pid\": 7}}"
#define EXEC(path) "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"" path "\"}}"

/* A script of programs and what they print. */
typedef struct {
    GArray *steps;
    GPtrArray *texts;
    FakeAgent *fake;
    Agent *agent;
    System system;
} Guest;

static void guest_init(Guest *guest, SystemKind kind)
{
    guest->steps = g_array_new(FALSE, FALSE, sizeof(FakeAgentStep));
    guest->texts = g_ptr_array_new_with_free_func(g_free);
    guest->fake = NULL;
    guest->system = (System){.kind = kind, .look = "C:\\Truce\\truce-look.exe", .patience = 1};
}

static void guest_clear(Guest *guest)
{
    agent_free(guest->agent);
    fake_agent_free(guest->fake);
    g_array_unref(guest->steps);
    g_ptr_array_unref(guest->texts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Guest, guest_clear)

/* The next program, as JSON of its guest-exec, prints `out` and ends with `code`. */
static void prints(Guest *guest, const char *exec, int code, const char *out)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)out, strlen(out));
    char *status = g_strdup_printf(
        "{\"return\": {\"exited\": true, \"exitcode\": %d, \"out-data\": \"%s\"}}", code, base64);
    FakeAgentStep started = FAKE_ANSWERS(exec, PID), ended = FAKE_ANSWERS(STATUS, status);

    g_ptr_array_add(guest->texts, status);
    g_array_append_val(guest->steps, started);
    g_array_append_val(guest->steps, ended);
}

static const System *ready(Guest *guest)
{
    guest->fake = fake_agent_new((const FakeAgentStep *)guest->steps->data, guest->steps->len);
    guest->agent = guest->system.agent = fake_agent_open(guest->fake);
    return &guest->system;
}

static void says(Guest *guest, const char *json)
{
    prints(guest, EXEC("powershell.exe"), 0, json);
}

/* Altitudes */

static void test_altitude_compare(void)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"321410", "321410", 0},
        {"321410", "321410.0", 0},
        {"0321410", "321410", 0},
        {"321410", "328010", -1},
        {"80680", "321410", -1},
        {"325000.3", "325000.25", 1},
        {"325000", "325000.00000000000000000001", -1},
        {"385600.10000000000000000001", "385600.1", 1},
        {"99999.9", "100000", -1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(altitude_compare(cases[i].a, cases[i].b), ==, cases[i].order);
        g_assert_cmpint(altitude_compare(cases[i].b, cases[i].a), ==, -cases[i].order);
    }
}

static void test_altitude_valid(void)
{
    static const char *const bad[] = {"", ".", "1.", ".1", "1.2.3", "1e5", "-1", " 1", "1 ", "<x>"};

    g_assert_true(altitude_is_valid("329355.5"));
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(altitude_is_valid(bad[i]));
    g_assert_cmpstr(altitude_group("321410"), ==, "FSFilter Anti-Virus");
    g_assert_cmpstr(altitude_group("329999.9"), ==, "FSFilter Anti-Virus");
    g_assert_cmpstr(altitude_group("80680"), ==, "FSFilter Security Enhancer");
    g_assert_null(altitude_group("330000"));
    g_assert_null(altitude_group("99999999999999999999"));
}

/* Filters */

static const char fltmc_english[] =
    "\r\nFilter Name                     Num Instances    Altitude    Frame\r\n"
    "------------------------------  -------------  ------------  -----\r\n"
    "bindflt                                 1       409800         0\r\n"
    "SentinelMonitor                         3       329355.5       0\r\n"
    "WdFilter                                5       328010         0\r\n"
    "OldFilter                                                     <Legacy>\r\n"
    "FileInfo                                5        40500         0\r\n";
static const char fltmc_german[] =
    "\r\nFiltername                      Anz. Instanzen   H\xC3\xB6he        Frame\r\n"
    "------------------------------  --------------  ------------  -----\r\n"
    "WdFilter                                5       328010         0\r\n"
    "OldFilter                                                     <Vorversion>\r\n";

static void test_filters(void)
{
    g_autoptr(GPtrArray) english = system_filters_parse(fltmc_english);
    g_autoptr(GPtrArray) german = system_filters_parse(fltmc_german);
    const SystemFilter *second = english->pdata[1], *last = english->pdata[4];

    g_assert_cmpuint(english->len, ==, 5);
    g_assert_cmpstr(second->name, ==, "SentinelMonitor");
    g_assert_cmpstr(second->altitude, ==, "329355.5");
    g_assert_cmpuint(second->instances, ==, 3);
    g_assert_cmpstr(last->name, ==, "OldFilter");
    g_assert_null(last->altitude);
    g_assert_cmpuint(german->len, ==, 2);
}

static void test_filters_garbage(void)
{
    static const char *const garbage[] = {"",
                                          "\r\n\r\n",
                                          "a b c d",
                                          "x 1 2 3 4",
                                          "x -1 320000 0",
                                          "x 1 320000. 0",
                                          "x 99999999999999 320000 0"};

    for (guint i = 0; i < G_N_ELEMENTS(garbage); i++) {
        g_autoptr(GPtrArray) none = system_filters_parse(garbage[i]);
        g_assert_cmpuint(none->len, ==, 0);
    }
}

static void test_filters_of_guest(void)
{
    g_auto(Guest) windows, reference, broken;
    g_autoptr(GPtrArray) some = NULL, none = NULL, nothing = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&windows, SYSTEM_WINDOWS);
    prints(&windows, EXEC("fltmc.exe"), 0, fltmc_german);
    g_assert_true(system_filters(ready(&windows), &some, &error));
    g_assert_cmpuint(some->len, ==, 2);
    guest_init(&reference, SYSTEM_REFERENCE);
    g_assert_true(system_filters(ready(&reference), &none, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    guest_init(&broken, SYSTEM_WINDOWS);
    prints(&broken, EXEC("fltmc.exe"), 5, "Zugriff verweigert");
    g_assert_false(system_filters(ready(&broken), &nothing, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
}

/* Services */

static const char services[] =
    "{\"services\":[{\"name\":\"alder\",\"driver\":true,\"running\":true,\"start\":\"system\","
    "\"path\":\"system32\\\\drivers\\\\alder.sys\",\"group\":\"FSFilter Anti-Virus\","
    "\"altitudes\":[\"321410\",\"nonsense\",7]},"
    "{\"name\":\"Spooler\",\"driver\":false,\"running\":false,\"start\":\"auto\",\"path\":\"\","
    "\"group\":\"\",\"altitudes\":[]},"
    "{\"name\":\"birch\",\"driver\":true,\"running\":true,\"start\":\"boot\",\"path\":\"\","
    "\"group\":\"FSFilter Activity Monitor\",\"altitudes\":[\"321410.0\",\"999999\"]}]}\r\n";

static void test_services(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_REFERENCE);
    prints(&guest, EXEC("C:\\\\Truce\\\\truce-look.exe"), 0, services);
    g_assert_true(system_services(ready(&guest), &list, &error));
    g_assert_cmpuint(list->len, ==, 3);
    const SystemService *alder = system_service(list, "ALDER");
    g_assert_true(alder->driver && alder->running);
    g_assert_cmpstr(alder->start, ==, "system");
    g_assert_cmpuint(alder->altitudes->len, ==, 1);
    g_assert_null(system_service(list, "cedar"));

    g_autoptr(GPtrArray) complaints = system_filters_judge(list);
    g_assert_cmpuint(complaints->len, ==, 3);
    g_assert_cmpstr(complaints->pdata[0], ==, "alder and birch have the same altitude 321410");
    g_assert_nonnull(strstr(complaints->pdata[1], "not to 'FSFilter Activity Monitor'"));
    g_assert_cmpstr(complaints->pdata[2], ==, "birch: altitude 999999 is in no group's range");
}

/* A guest names as many filters as it likes: each is compared with its neighbours, not with all. */
static void test_many_filters(void)
{
    g_autoptr(GString) text = g_string_new("{\"services\":[");
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 5000; i++) {
        g_string_append_printf(text, "%s{\"name\":\"s%u\",\"altitudes\":[", i ? "," : "", i);
        for (guint j = 0; j < 32; j++)
            g_string_append_printf(text, "%s\"321410.%u\"", j ? "," : "", j);
        g_string_append(text, "]}");
    }
    g_string_append(text, "]}");
    system_services_parse(text->str, text->len, &list, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(list->len, ==, 5000);
    g_autoptr(GPtrArray) complaints = system_filters_judge(list);
    g_assert_cmpuint(complaints->len, ==, SYSTEM_COMPLAINTS_MAX);
}

static void test_services_garbage(void)
{
    static const char *const garbage[] = {"",
                                          "{}",
                                          "[]",
                                          "{\"services\":{}}",
                                          "{\"services\":[]}",
                                          "{\"services\":[{}]}",
                                          "{\"services\":[1,2]}",
                                          "{\"services\":[{\"name\":\"x\""};

    for (guint i = 0; i < G_N_ELEMENTS(garbage); i++) {
        g_autoptr(GPtrArray) list = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(system_services_parse(garbage[i], strlen(garbage[i]), &list, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    }
}

/* PowerShell */

static void test_powershell_command(void)
{
    g_autoptr(cJSON) arguments = cJSON_Parse("{\"paths\":[\"C:\\\\\\u00e4 '$x'.sys\"]}");
    g_autoptr(GError) error = NULL;
    g_autofree char *line = powershell_command("signatures", arguments, &error);
    gsize length;

    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(line, "powershell.exe -NoProfile -NonInteractive "));
    /* Nothing of the argument is on the command line but in base64. */
    g_assert_null(strstr(line, "$x"));
    g_autofree guchar *bytes = g_base64_decode(strrchr(line, ' ') + 1, &length);
    g_autofree char *script =
        g_utf16_to_utf8((const gunichar2 *)(gpointer)bytes, (glong)length / 2, NULL, NULL, NULL);
    g_assert_nonnull(strstr(script, "Get-AuthenticodeSignature"));
    g_assert_null(strstr(script, "SPDX"));
    g_assert_null(powershell_command("no-such-operation", NULL, &error));
    g_assert_nonnull(error);
}

/* Every script fits on a command line. */
static void test_powershell_scripts(void)
{
    g_autofree char *folder =
        g_build_filename(g_getenv("TRUCE_SHARE"), "guests/windows/operations", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;

    for (const char *name; (name = g_dir_read_name(dir)); count++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *operation = g_strndup(name, strlen(name) - strlen(".ps1"));
        g_autofree char *line = powershell_command(operation, NULL, &error);
        g_assert_no_error(error);
        g_assert_nonnull(line);
    }
    g_assert_cmpuint(count, >=, 5);
}

static void test_powershell_garbage(void)
{
    static const char *const garbage[] = {
        "",
        "Die Benennung \"Get-WinEvent\" wurde nicht als Name eines Cmdlet erkannt.",
        "{\"ok\":true}",
        "{\"ok\":\"true\",\"value\":{}}",
        "{\"ok\":false,\"error\":\"Zugriff verweigert\"}",
        "[]",
        "{\"ok\":true,\"value\":{}}",
        "{\"ok\":true,\"value\":{\"files\":{}}}",
        "{\"ok\":true,\"value\":{\"files\":[1]}}",
        "{\"ok\":true,\"value\":{\"files\":[]}} {}",
        "#< CLIXML",
    };

    for (guint i = 0; i < G_N_ELEMENTS(garbage); i++) {
        g_auto(Guest) guest;
        g_autoptr(GPtrArray) files = NULL;
        g_autoptr(GError) error = NULL;
        guest_init(&guest, SYSTEM_WINDOWS);
        says(&guest, garbage[i]);
        g_assert_false(system_dumps(ready(&guest), &files, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    }
}

static void test_dumps(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    says(&guest,
         "{\"ok\":true,\"value\":{\"files\":[{\"path\":\"C:\\\\Windows\\\\LiveKernelReports\\\\"
         "WATCHDOG\\\\W-1.dmp\",\"bytes\":123},{\"bytes\":-5}]}}\r\n");
    g_assert_true(system_dumps(ready(&guest), &files, &error));
    g_assert_no_error(error);
    const SystemFile *first = files->pdata[0], *second = files->pdata[1];
    g_assert_cmpstr(first->path, ==, "C:\\Windows\\LiveKernelReports\\WATCHDOG\\W-1.dmp");
    g_assert_cmpuint(first->bytes, ==, 123);
    g_assert_cmpstr(second->path, ==, "");
    g_assert_cmpuint(second->bytes, ==, 0);
}

static void test_signatures(void)
{
    static const char *const paths[] = {"C:\\a.sys", "C:\\b.sys", NULL};
    g_auto(Guest) guest, short_one, reference;
    g_autoptr(GPtrArray) list = NULL, none = NULL;
    g_autoptr(GError) error = NULL, refusal = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    says(&guest, "{\"value\":{\"signatures\":[{\"status\":\"Valid\",\"signer\":\"CN=M\\u00fcller\","
                 "\"path\":\"C:\\\\a.sys\"},{\"status\":\"NotSigned\",\"signer\":\"\","
                 "\"path\":\"C:\\\\b.sys\"}]},\"ok\":true}");
    g_assert_true(system_signatures(ready(&guest), paths, &list, &error));
    const SystemSignature *first = list->pdata[0];
    g_assert_cmpstr(first->status, ==, "Valid");
    g_assert_cmpstr(first->signer, ==, "CN=M\xC3\xBCller");

    guest_init(&short_one, SYSTEM_WINDOWS);
    says(&short_one, "{\"ok\":true,\"value\":{\"signatures\":[]}}");
    g_assert_false(system_signatures(ready(&short_one), paths, &none, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    guest_init(&reference, SYSTEM_REFERENCE);
    g_assert_false(system_signatures(ready(&reference), paths, &none, &refusal));
    g_assert_error(refusal, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_events(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    says(&guest,
         "{\"ok\":true,\"value\":{\"events\":[{\"time\":\"2026-11-22T10:31:07.0000000Z\","
         "\"log\":\"System\",\"provider\":\"Service Control Manager\",\"id\":7031,\"level\":2,"
         "\"data\":[\"Alder-Dienst\",\"1\",\"60000\",null]},{\"id\":-3,\"data\":{}}]}}");
    g_assert_true(system_events(ready(&guest), "2026-11-22T10:00:00Z", &list, &error));
    g_assert_no_error(error);
    const SystemEvent *first = list->pdata[0], *second = list->pdata[1];
    g_assert_cmpuint(first->id, ==, 7031);
    g_assert_cmpstr(first->data->pdata[0], ==, "Alder-Dienst");
    g_assert_cmpstr(first->data->pdata[3], ==, "");
    g_assert_cmpuint(second->id, ==, 0);
    g_assert_true(system_has_events(&guest.system));
}

/* What the reference guest's wevtutil.exe says. */
static void test_events_lines(void)
{
    static const char log[] =
        "{\"time\": \"2026-11-22T09:00:00Z\", \"provider\": \"old\", \"id\": 1}\n"
        "{\"time\": \"2026-11-22T10:00:05Z\", \"provider\": \"Microsoft-Windows-Kernel-Power\", "
        "\"id\": 41, \"level\": \"Critical\", \"data\": {\"BugcheckCode\": 126, \"P1\": \"0x5\"}, "
        "\"message\": \"x\"}\r\nKein JSON\n[]\n{\"time\": 7}\n{\"time\": \"2026-";
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_REFERENCE);
    prints(&guest, EXEC("wevtutil.exe"), 0, log);
    g_assert_true(system_events(ready(&guest), "2026-11-22T10:00:05.123Z", &list, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(list->len, ==, 1);
    const SystemEvent *event = list->pdata[0];
    g_assert_cmpuint(event->id, ==, 41);
    g_assert_cmpuint(event->level, ==, 1);
    g_assert_cmpstr(event->data->pdata[0], ==, "126");
    g_assert_cmpstr(event->data->pdata[1], ==, "0x5");
}

static void test_antivirus(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    says(&guest, "{\"ok\":true,\"value\":{\"products\":["
                 "{\"name\":\"Windows Defender\",\"state\":393472},"
                 "{\"name\":\"Alder Antivirensoftware\",\"state\":266256}]}}");
    g_assert_true(system_antivirus(ready(&guest), &list, &error));
    const SystemAntivirus *defender = list->pdata[0], *alder = list->pdata[1];
    g_assert_true(!defender->on && defender->up_to_date); /* 0x60100 */
    g_assert_true(alder->on && !alder->up_to_date);       /* 0x41010 */
}

/* The registry */

#define MANAGEMENT                                                                                 \
    "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory "         \
    "Management\r\n"

static void test_registry(void)
{
    g_autofree char *number = registry_parse(
        MANAGEMENT "    VerifyDriverLevel    REG_DWORD    0x209bb\r\n\r\n", "VerifyDriverLevel");
    g_autofree char *text = registry_parse(
        MANAGEMENT "    VerifyDrivers    REG_SZ    alder.sys birch.sys\r\n", "verifydrivers");
    g_autofree char *empty = registry_parse("    X    REG_SZ    \r\n", "X");

    g_assert_cmpstr(number, ==, "0x209bb");
    g_assert_cmpstr(text, ==, "alder.sys birch.sys");
    g_assert_cmpstr(empty, ==, "");
    g_assert_null(registry_parse("    XY    REG_SZ    a", "X"));
    g_assert_null(registry_parse("    X    nonsense", "X"));
    g_assert_null(registry_parse("X", "X"));
    g_assert_null(registry_parse("", "X"));
}

static void test_verifier(void)
{
    static const char *const drivers[] = {"alder.sys", "birch.sys", NULL};
    g_auto(Guest) guest;
    g_auto(SystemVerifier) on = {0}, off = {0};
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    prints(&guest,
           "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"verifier.exe\", \"arg\": "
           "[\"/standard\", \"/driver\", \"alder.sys\", \"birch.sys\"]}}",
           2, "");
    prints(&guest, EXEC("reg.exe"), 0,
           MANAGEMENT "    VerifyDriverLevel    REG_DWORD    0x209bb\r\n");
    prints(&guest, EXEC("reg.exe"), 0,
           MANAGEMENT "    VerifyDrivers    REG_SZ    alder.sys BIRCH.sys\r\n");
    prints(&guest, EXEC("verifier.exe"), 0, "");
    prints(&guest, EXEC("reg.exe"), 1, "FEHLER: Der angegebene Wert wurde nicht gefunden.");
    prints(&guest, EXEC("reg.exe"), 1, "");
    prints(&guest, EXEC("verifier.exe"), 5, "Zugriff verweigert");
    ready(&guest);
    g_assert_true(system_verifier_on(&guest.system, drivers, &error));
    g_assert_true(system_verifier_query(&guest.system, &on, &error));
    g_assert_cmphex(on.flags, ==, 0x209BB);
    g_assert_true(system_verifier_covers(&on, "birch.sys"));
    g_assert_false(system_verifier_covers(&on, "cedar.sys"));
    g_assert_true(system_verifier_off(&guest.system, &error));
    g_assert_true(system_verifier_query(&guest.system, &off, &error));
    g_assert_no_error(error);
    g_assert_false(system_verifier_covers(&off, "alder.sys"));
    g_assert_false(system_verifier_on(&guest.system, drivers, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_true(system_verifier_stop(0xC4));
    g_assert_false(system_verifier_stop(0x50));
}

static void test_verifier_plain(void)
{
    static const char *const drivers[] = {"alder.sys", NULL};
    g_auto(Guest) guest;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_REACTOS);
    g_assert_false(system_verifier_on(ready(&guest), drivers, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_safe_mode(void)
{
    g_auto(Guest) guest, reactos;
    g_autoptr(GError) error = NULL, refusal = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    prints(&guest,
           "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"bcdedit.exe\", \"arg\": "
           "[\"/set\", \"{default}\", \"safeboot\", \"minimal\"]}}",
           0, "Der Vorgang wurde erfolgreich beendet.");
    prints(&guest, EXEC("bcdedit.exe"), 0, "");
    prints(&guest,
           "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"bcdedit.exe\", \"arg\": "
           "[\"/deletevalue\", \"{default}\", \"safeboot\"]}}",
           0, "");
    prints(&guest, EXEC("bcdedit.exe"), 1, "Zugriff verweigert");
    ready(&guest);
    g_assert_true(system_safe_mode(&guest.system, true, &error));
    g_assert_true(system_safe_mode(&guest.system, false, &error));
    g_assert_no_error(error);
    g_assert_false(system_safe_mode(&guest.system, true, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    guest_init(&reactos, SYSTEM_REACTOS);
    g_assert_false(system_safe_mode(ready(&reactos), true, &refusal));
    g_assert_error(refusal, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

#define BCDEDIT(name, value)                                                                       \
    "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"bcdedit.exe\", \"arg\": "           \
    "[\"/set\", \"{default}\", \"" name "\", \"" value "\"]}}"

static void test_boot_loop(void)
{
    g_auto(Guest) guest, reference;
    g_autoptr(GError) error = NULL, refusal = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    prints(&guest, BCDEDIT("recoveryenabled", "no"), 0, "L'op\xC3\xA9ration a r\xC3\xA9ussi.");
    prints(&guest, BCDEDIT("bootstatuspolicy", "IgnoreAllFailures"), 0, "");
    prints(&guest, BCDEDIT("recoveryenabled", "no"), 1, "Acc\xC3\xA8s refus\xC3\xA9.");
    ready(&guest);
    g_assert_true(system_boot_loop(&guest.system, &error));
    g_assert_no_error(error);
    g_assert_false(system_boot_loop(&guest.system, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    guest_init(&reference, SYSTEM_REFERENCE);
    g_assert_false(system_boot_loop(ready(&reference), &refusal));
    g_assert_error(refusal, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

/* The environment */

#define OSINFO                                                                                     \
    "{\"return\": {\"pretty-name\": \"Windows Server 2022 Standard\", \"machine\": \"x86_64\"}}"

static const char *value_of(const GPtrArray *facts, const char *name)
{
    for (guint i = 0; i < facts->len; i++) {
        const SystemFact *fact = facts->pdata[i];
        if (strcmp(fact->name, name) == 0)
            return fact->value;
    }
    return NULL;
}

static void ask_osinfo(Guest *guest)
{
    FakeAgentStep step = FAKE_ANSWERS("{\"execute\": \"guest-get-osinfo\"}", OSINFO);
    g_array_append_val(guest->steps, step);
}

static void test_environment(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) facts = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_WINDOWS);
    ask_osinfo(&guest);
    says(&guest, "{\"ok\":true,\"value\":{\"edition\":\"ServerStandard\",\"build\":\"20348.2340\","
                 "\"language\":\"de-DE\",\"secureBoot\":true,\"vbs\":true,\"hvci\":false,"
                 "\"credentialGuard\":null,\"uac\":true,\"firewallOff\":[\"Public\"],"
                 "\"testSigning\":false,\"kernelDebugger\":false,\"defenderMode\":\"Passive\"}}");
    says(&guest, "{\"ok\":true,\"value\":{\"products\":[]}}");
    prints(&guest, EXEC("fltmc.exe"), 0, fltmc_german);
    prints(&guest, EXEC("reg.exe"), 1, "");
    prints(&guest, EXEC("reg.exe"), 1, "");
    g_assert_true(system_environment(ready(&guest), &facts, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(value_of(facts, "System"), ==, "Windows Server 2022 Standard");
    g_assert_cmpstr(value_of(facts, "Secure Boot"), ==, "on");
    g_assert_cmpstr(value_of(facts, "Memory integrity (HVCI)"), ==, "off");
    g_assert_cmpstr(value_of(facts, "Credential Guard"), ==, "not to be known here");
    g_assert_cmpstr(value_of(facts, "Firewall"), ==, "off in: Public");
    g_assert_cmpstr(value_of(facts, "Minifilters"), ==, "WdFilter 328010, OldFilter (legacy)");
    g_assert_cmpstr(value_of(facts, "Driver Verifier"), ==, "off");
    g_assert_null(value_of(facts, "Registered antivirus"));
}

static void test_environment_plain(void)
{
    g_auto(Guest) guest;
    g_autoptr(GPtrArray) facts = NULL;
    g_autoptr(GError) error = NULL;

    guest_init(&guest, SYSTEM_REACTOS);
    ask_osinfo(&guest);
    prints(&guest, EXEC("reg.exe"), 1, "");
    prints(&guest, EXEC("reg.exe"), 1, "");
    g_assert_true(system_environment(ready(&guest), &facts, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(facts->len, ==, 3);
}

static void test_installer_codes(void)
{
    g_assert_cmpint(installer_meaning(0), ==, INSTALLER_DONE);
    g_assert_cmpint(installer_meaning(3010), ==, INSTALLER_REBOOT);
    g_assert_cmpint(installer_meaning(1641), ==, INSTALLER_REBOOTING);
    g_assert_cmpint(installer_meaning(1618), ==, INSTALLER_BUSY);
    g_assert_cmpint(installer_meaning(1605), ==, INSTALLER_NOT_THERE);
    g_assert_cmpint(installer_meaning(1603), ==, INSTALLER_FAILED);
    g_assert_cmpint(installer_meaning(4242), ==, INSTALLER_OTHER);
    g_assert_cmpstr(installer_code_name(1603), ==, "ERROR_INSTALL_FAILURE");
    g_assert_null(installer_code_name(-1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/system/altitude/compare", test_altitude_compare);
    g_test_add_func("/system/altitude/valid", test_altitude_valid);
    g_test_add_func("/system/filters", test_filters);
    g_test_add_func("/system/filters/garbage", test_filters_garbage);
    g_test_add_func("/system/filters/guest", test_filters_of_guest);
    g_test_add_func("/system/services", test_services);
    g_test_add_func("/system/services/many-filters", test_many_filters);
    g_test_add_func("/system/services/garbage", test_services_garbage);
    g_test_add_func("/system/powershell/command", test_powershell_command);
    g_test_add_func("/system/powershell/scripts", test_powershell_scripts);
    g_test_add_func("/system/powershell/garbage", test_powershell_garbage);
    g_test_add_func("/system/dumps", test_dumps);
    g_test_add_func("/system/signatures", test_signatures);
    g_test_add_func("/system/events", test_events);
    g_test_add_func("/system/events/lines", test_events_lines);
    g_test_add_func("/system/antivirus", test_antivirus);
    g_test_add_func("/system/registry", test_registry);
    g_test_add_func("/system/verifier", test_verifier);
    g_test_add_func("/system/verifier/plain", test_verifier_plain);
    g_test_add_func("/system/safe-mode", test_safe_mode);
    g_test_add_func("/system/boot-loop", test_boot_loop);
    g_test_add_func("/system/environment", test_environment);
    g_test_add_func("/system/environment/plain", test_environment_plain);
    g_test_add_func("/system/installer-codes", test_installer_codes);
    return g_test_run();
}
