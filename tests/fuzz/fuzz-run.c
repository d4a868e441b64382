/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: what a guest's programs print and its files hold, where the engine of a run reads
 * it. Each step ends, and what it writes into the journal is bounded, has only numbers that are
 * numbers, and can be shown.
 *
 * The input's first byte picks what is done; the rest is parts, separated by form feeds: what the
 * first program prints, then what others print or files hold. The first line of what a program
 * prints, where that is a number, is its exit code.
 *
 *   'l' load, in a case with a vendor and before it in its control   'd' the same with diskspd
 *   'i' inventories: what is left behind     'm' resources, a sample a line     'e' the System log
 *   'y' evidence of events and dumps         's' a service's state, as a fault  'w' waiting for it
 *   'p' a product's command                  'c' a scenario's command           'v' environment
 *   'x' the serial port after a crash        't' the text of a screen           'o' a driver's
 * maker 'k' raw replies to the proof of a clone, a line each
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan-case.h"
#include "run/action.h"
#include "run/environment.h"
#include "run/event-look.h"
#include "run/evidence.h"
#include "run/fault.h"
#include "run/findings.h"
#include "run/look.h"
#include "run/measure.h"
#include "run/owner.h"
#include "run/residue.h"
#include "run/restore.h"
#include "run/stress.h"
#include "run/system-evidence.h"
#include "util/error.h"
#include "util/files.h"

#define PARTS_MAX 4
#define TEXT_MAX 50000u /* of one text in the journal */
#define LINE_MAX_BYTES (1u << 20)
#define RECORDS_MAX 2000u
#define DISKSPD_PID 2
#define OTHER_PID 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder, *journal_path;
static Vendor *vendor;
static Guest guest = {.kind = GUEST_REFERENCE,
                      .name = (char *)"g",
                      .dump_folder = (char *)"C:\\Windows\\Minidump",
                      .dump_pattern = (char *)"*.dmp"};
static Test test;
static char mode;
static char *parts[PARTS_MAX]; /* at least one; then NULL */
static const char *file;       /* of any bytes */
static gsize file_size;
static char *raw_reply;
static guint opened, records;
static gsize read_at;

static const char vendor_text[] =
    "<vendor name=\"acme\" format=\"1\"><title>Acme</title><description>Any.</description>"
    "<driver name=\"acme\" file=\"acme.sys\" path=\"C:\\Windows\\System32\\drivers\\acme.sys\" "
    "start=\"system\"/>"
    "<service name=\"AcmeSvc\" file=\"Acme.exe\" path=\"C:\\Program Files\\Acme\\acme.exe\" "
    "start=\"auto\"/>"
    "<product version=\"1.0\"><package file=\"a.msi\"/>"
    "<install timeout-s=\"60\"><run>msiexec.exe /i {package}</run><exit ok=\"0\" "
    "reboot=\"3010\"/></install></product>"
    "<probe name=\"alive\" kind=\"alive\" timeout-s=\"20\"><run>acme.exe status</run>"
    "<exit ok=\"0 1\"/></probe></vendor>";

static void clean_up(void)
{
    vendor_free(vendor);
    files_remove_tree(folder, NULL);
    g_free(journal_path);
    g_free(folder);
}

static void set_up(void)
{
    g_autoptr(GError) error = NULL;

    g_setenv("TRUCE_SHARE", TRUCE_SHARE_FOLDER, TRUE);
    folder = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
    journal_path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autofree char *diskspd = g_build_filename(folder, LOAD_DISKSPD, NULL);
    g_autofree char *package = g_build_filename(folder, "a.msi", NULL);
    g_autofree char *path = g_build_filename(folder, "vendor.xml", NULL);
    g_assert_true(g_file_set_contents(diskspd, "MZ", 2, NULL) &&
                  g_file_set_contents(package, "MSI", 3, NULL));
    vendor_parse(vendor_text, strlen(vendor_text), path, &vendor, &error);
    g_assert_no_error(error);
    atexit(clean_up);
}

static void demand_text(const char *text)
{
    g_assert_cmpuint(strlen(text), <=, TEXT_MAX);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void demand_error(const GError *error)
{
    g_assert_true(error->domain == TRUCE_ERROR);
    demand_text(error->message);
}

static void demand_value(const cJSON *value)
{
    const cJSON *member;

    if (cJSON_IsString(value))
        demand_text(value->valuestring);
    if (g_strcmp0(value->string, "values") == 0)
        cJSON_ArrayForEach (member, value)
            g_assert_true(cJSON_IsNumber(member));
    cJSON_ArrayForEach (member, value)
        demand_value(member);
}

/* As a reader of the journal has it. */
static void on_record(gpointer unused, const cJSON *record)
{
    g_autofree char *line = json_line(record);
    g_autoptr(cJSON) read_back = NULL;
    (void)unused;

    g_assert_cmpuint(++records, <=, RECORDS_MAX);
    g_assert_true(json_parse(line, strlen(line), LINE_MAX_BYTES, "journal", &read_back, NULL));
    demand_value(read_back);
}

/* The guest's agent */

static const char *part(guint number)
{
    for (guint i = 0; i < number; i++)
        if (!parts[i])
            return "";
    return parts[number] ? parts[number] : "";
}

static int pid_for(const cJSON *arguments)
{
    g_autofree char *line = json_line(arguments);

    if (strstr(line, "diskspd"))
        return DISKSPD_PID;
    /* What the lab does beside is not of interest, but for the lists that are read. */
    if (strstr(line, "cmd.exe") ? mode != 'y' : (mode == 'i' && strstr(line, "inventory")))
        return OTHER_PID;
    return 1;
}

static char *status(gint64 pid)
{
    const char *said = pid == OTHER_PID     ? ""
                       : pid == DISKSPD_PID ? part(1)
                       : mode == 'i'        ? part(2)
                                            : part(0);
    char *end = (char *)said;
    gint32 code = (gint32)g_ascii_strtoll(said, &end, 10);

    if (end == said || *end != '\n') {
        code = 0;
        end = (char *)said;
    } else {
        end++;
    }
    g_autofree char *base64 = g_base64_encode((const guchar *)end, strlen(end));
    return g_strdup_printf(
        "{\"return\": {\"exited\": true, \"exitcode\": %d, \"out-data\": \"%s\"}}", code, base64);
}

/* Of inventories, each that is opened is the next part; else a file holds all after the first. */
static const char *file_bytes(gsize *ret_length)
{
    if (mode == 'i') {
        *ret_length = strlen(part(opened - 1));
        return part(opened - 1);
    }
    *ret_length = file_size;
    return file;
}

static char *read_piece(gint64 count)
{
    gsize size;
    const char *bytes = file_bytes(&size);
    gsize from = MIN(read_at, size), length = MIN((gsize)count, size - from);
    g_autofree char *base64 = g_base64_encode((const guchar *)bytes + from, length);

    read_at = from + length;
    return g_strdup_printf("{\"return\": {\"count\": %" G_GSIZE_FORMAT
                           ", \"buf-b64\": \"%s\", \"eof\": %s}}",
                           length, base64, read_at < size ? "false" : "true");
}

static char *reply_to(const char *command, const cJSON *arguments)
{
    gsize length = 0;

    if (g_str_equal(command, "guest-exec"))
        return g_strdup_printf("{\"return\": {\"pid\": %d}}", pid_for(arguments));
    if (g_str_equal(command, "guest-exec-status"))
        return status(json_int(arguments, "pid", 1));
    if (g_str_equal(command, "guest-file-open")) {
        opened += *json_string(arguments, "mode", "r") == 'r';
        read_at = 0;
        return g_strdup("{\"return\": 5}");
    }
    if (g_str_equal(command, "guest-file-read"))
        return read_piece(json_int(arguments, "count", 4096));
    if (g_str_equal(command, "guest-file-write")) {
        g_free(g_base64_decode(json_string(arguments, "buf-b64", ""), &length));
        return g_strdup_printf("{\"return\": {\"count\": %" G_GSIZE_FORMAT ", \"eof\": false}}",
                               length);
    }
    return g_strdup("{\"return\": {}}");
}

static bool answer(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                   GError **error)
{
    g_autoptr(cJSON) object = NULL;
    (void)data;
    (void)timeout_ms;
    (void)error;

    if (mode == 'k') {
        char *line = raw_reply;
        char *end = strchrnul(line, '\n');
        raw_reply = end + (*end == '\n');
        *ret_reply = g_strndup(line, (gsize)(end - line));
        return true;
    }
    g_assert_true(json_parse(request, strlen(request), 1u << 26, "request", &object, NULL));
    *ret_reply = reply_to(json_string(object, "execute", ""),
                          cJSON_GetObjectItemCaseSensitive(object, "arguments"));
    return true;
}

static bool no_wait(gpointer data, guint ms, GError **error)
{
    (void)data;
    (void)ms;
    (void)error;
    return true;
}

/* The attempt */

typedef struct {
    Journal *journal;
    Measures *measures;
    PlanCase *control, *with;
    GHashTable *vendors;
    gint cancelled;
} Run;

static PlanCase *case_new(const char *id)
{
    PlanCase *plan_case = plan_case_new();

    plan_case->id = g_strdup(id);
    plan_case->test_name = g_strdup("t");
    plan_case->guest = g_strdup("g");
    plan_case->test = &test;
    return plan_case;
}

static void run_begin(Run *run)
{
    *run = (Run){.measures = measures_new(),
                 .control = case_new("t/g/none"),
                 .with = case_new("t/g/acme"),
                 .vendors = g_hash_table_new(g_str_hash, g_str_equal)};
    g_ptr_array_add(run->with->vendors, g_strdup("acme"));
    g_hash_table_insert(run->vendors, (gpointer)vendor->name, vendor);
    g_assert_true(files_remove_tree(journal_path, NULL));
    g_assert_true(journal_open(journal_path, &run->journal, NULL));
    journal_observe(run->journal, on_record, NULL);
}

static void run_end(Run *run)
{
    journal_close(run->journal);
    measures_free(run->measures);
    plan_case_free(run->control);
    plan_case_free(run->with);
    g_hash_table_unref(run->vendors);
}

static Attempt *attempt_begin(Run *run, const PlanCase *plan_case)
{
    const AgentTransport transport = {.call = answer, .wait = no_wait};
    const AttemptConfig config = {.journal = run->journal,
                                  .plan_case = plan_case,
                                  .guest = &guest,
                                  .vendors = run->vendors,
                                  .run_folder = folder,
                                  .cancelled = &run->cancelled,
                                  .measures = run->measures,
                                  .number = 1,
                                  .patience = 1,
                                  .tools_folder = folder};
    Attempt *attempt = NULL;

    g_assert_true(attempt_new(&config, &attempt, NULL));
    attempt->agent = agent_new(&transport);
    attempt->step = g_strdup("1");
    attempt->step_name = g_strdup("a step");
    attempt->look_is_there = true;
    attempt_set_product(attempt, vendor, "1.0");
    return attempt;
}

/* What is done */

static void check_load(Attempt *attempt)
{
    LoadPart load = {.kind = (char *)"file", .threads = 1};
    LoadPart other = {.kind = (char *)"registry", .threads = 1};
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    const LoadProfile profile = {
        .name = (char *)"p", .parts = list, .diskspd = mode == 'd' ? (char *)"-b4K" : NULL};
    g_autoptr(Stress) stress = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *summary = NULL;

    g_ptr_array_add(list, &load);
    g_ptr_array_add(list, &other);
    if (!stress_start(attempt, &profile, "C:\\Truce\\load", 1, 1, &stress, &error) ||
        !stress_finish(stress, /* now */ false, 10, &summary, &error))
        demand_error(error);
    if (summary)
        finding_step_failed(attempt, "overhead", NULL, NULL, summary);
}

static void check_left(Attempt *attempt)
{
    g_autoptr(GPtrArray) residues = NULL;
    g_autoptr(GError) error = NULL;

    attempt_set_product(attempt, vendor, NULL);
    if (!residue_begin(attempt, &error) || !residue_end(attempt, &residues, &error)) {
        demand_error(error);
        return;
    }
    for (guint i = 0; i < residues->len; i++) {
        const Residue *residue = residues->pdata[i];
        finding_step_failed(attempt, "uninstall-failed", residue->vendor, NULL, residue->summary);
    }
}

/* The sums of samples that are two seconds apart, as growth.c has them. */
static void check_resources(Attempt *attempt)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    g_auto(GStrv) lines = g_strsplit(part(0), "\n", 200);
    g_autofree char *summary = NULL;
    MeasureClock clock = {0};

    for (guint i = 0; lines[i]; i++) {
        g_auto(LookResources) resources = {0};
        double at_s = 2.0 * i, told;
        if (!look_resources_parse(lines[i], &resources, NULL))
            continue;
        told = i % 2 ? measure_clock(attempt, &clock, resources.all.processor_s)
                     : resources.all.private_mib;
        g_array_append_val(times, at_s);
        g_array_append_val(values, told);
    }
    Measurement measurement = {.name = "private memory",
                               .unit = "MiB",
                               .values = (const double *)(gpointer)values->data,
                               .times_s = (const double *)(gpointer)times->data,
                               .count = values->len};
    measure_record(attempt, &measurement);
    measure_judge(attempt, &measurement, 5, &summary);
    measurement.rate = "% of a processor";
    measurement.rate_per_hour = 100.0 / 3600;
    if (!summary)
        measure_judge(attempt, &measurement, 5, &summary);
    if (summary)
        finding_step_failed(attempt, "resource-leak", vendor, NULL, summary);
    if (attempt->inconclusive)
        demand_text(attempt->inconclusive);
}

static void check_events(Attempt *attempt)
{
    g_autoptr(GError) error = NULL;
    bool found;

    if (!event_look(attempt, &found, &error))
        demand_error(error);
    g_autofree char *died = event_look_died(attempt, vendor);
    if (died)
        demand_text(died);
}

static void check_evidence(Attempt *attempt)
{
    g_autoptr(GPtrArray) fetched = NULL;
    guint listed;

    attempt->findings = 1;
    system_evidence(attempt);
    evidence_fetch_dumps(attempt, NULL, &fetched, &listed, NULL);
}

static bool watch_no_more(gpointer data, gint64 deadline, GError **error)
{
    (void)data;
    (void)deadline;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "interrupted");
    return false;
}

static void check_service(Attempt *attempt)
{
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    const FaultTarget target = {.agent = attempt->agent, .guest = &guest, .watch = watch_no_more};
    g_autoptr(FaultCall) call = NULL;
    g_autoptr(Fault) fault = NULL;
    g_autoptr(GError) error = NULL;

    g_hash_table_insert(values, (gpointer) "service", (gpointer) "AcmeSvc");
    g_assert_true(fault_call_new(FAULT_SERVICE_STOP, values, &call, NULL));
    if (!fault_begin(call, &target, &fault, &error) || !fault_undo(fault, &error))
        demand_error(error);
}

static void check_wait(Attempt *attempt)
{
    static const StepWait waits[] = {
        {WAIT_SERVICE, (char *)"AcmeSvc", (char *)"running"},
        {WAIT_LOG, (char *)"C:\\log.txt", (char *)"done"},
        {WAIT_FILE, (char *)"C:\\a.txt", (char *)"absent"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(waits); i++) {
        const Step step = {.kind = STEP_WAIT_FOR, .wait = waits[i]};
        g_auto(Action) action = {.attempt = attempt, .step = &step};
        g_autoptr(GError) error = NULL;
        if (!action_wait_for(&action, &error))
            demand_error(error);
    }
}

static void check_product(Attempt *attempt)
{
    const VendorProbe *probe = vendor->probes->pdata[0];
    g_auto(Action) action = {.attempt = attempt, .vendor = vendor};
    g_autoptr(GError) error = NULL;
    CommandOutcome outcome;

    if (!action_vendor_command(&action, &probe->command, NULL, NULL, "sensor-dead", &outcome,
                               &error))
        demand_error(error);
    else if (action.summary)
        finding_step_failed(attempt, "sensor-dead", vendor, probe->name, action.summary);
}

static void check_command(Attempt *attempt)
{
    const Step step = {.kind = STEP_RUN, .run = (char *)"tool.exe", .timeout_s = 10};
    g_auto(Action) action = {.attempt = attempt, .step = &step};
    g_autoptr(GError) error = NULL;

    if (!action_run_command(&action, &error))
        demand_error(error);
}

static void check_environment(Attempt *attempt)
{
    g_autoptr(cJSON) environment = environment_ask(attempt->agent, &guest);
    cJSON *record = attempt_record(attempt, "guest");

    environment_keep(folder, environment);
    environment_describe(record, folder);
    attempt_write(attempt, record);
}

static void check_serial(Attempt *attempt)
{
    g_autoptr(GError) error = NULL;
    g_auto(Crash) crash = {0};
    Stop stop;

    g_assert_true(g_file_set_contents(attempt->serial_log, part(0), -1, NULL));
    if (evidence_stop(attempt, &stop))
        crash_from_stop(&crash, &stop, "serial");
    g_autofree char *text = crash_text(&crash);
    finding_crash(attempt, "bugcheck", text, &crash, 1, NULL, NULL);
    g_set_error_literal(&error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, "silent");
    evidence_explain_silence(attempt, &error);
    demand_error(error);
}

static void check_screen(Attempt *attempt)
{
    g_auto(Crash) crash = {0};
    Screen screen = screen_judge(part(0));

    crash_from_screen(&crash, &screen);
    g_autofree char *text = crash_text(&crash);
    finding_crash(attempt, "bugcheck", text, &crash, 1, NULL, NULL);
}

static void check_owner(Attempt *attempt)
{
    g_auto(Crash) crash = {.known = true, .source = "serial", .module = g_strdup(part(0))};

    if (strlen(crash.module) > sizeof((Stop *)0)->module ||
        !g_utf8_validate(crash.module, -1, NULL))
        return;
    g_strcanon(crash.module, "abcdefghijklmnopqrstuvwxyz0123456789._-", '_');
    owner_find(attempt, &crash);
    finding_crash(attempt, "bugcheck", "s", &crash, 1, NULL, NULL);
}

static void check_clone(Attempt *attempt)
{
    g_autoptr(GError) error = NULL, wrong = NULL;
    RestoreMark mark;
    const AgentIdentity identity = {.name = "TRUCE-1"};
    gint64 off_ms;

    raw_reply = parts[0];
    if (!restore_mark(attempt->agent, &mark, &error) ||
        !restore_keep(&mark, &identity, folder, &error) ||
        !restore_prove(attempt->agent, folder, &error))
        demand_error(error);
    if (!restore_check_clock(attempt->agent, &off_ms, &wrong))
        demand_error(wrong);
}

static void check(void (*what)(Attempt *attempt))
{
    Run run;

    run_begin(&run);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Attempt) attempt = attempt_begin(&run, i == 0 ? run.control : run.with);
        opened = 0;
        what(attempt);
    }
    run_end(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char name;
        void (*check)(Attempt *attempt);
    } works[] = {{'l', check_load},      {'d', check_load},        {'i', check_left},
                 {'m', check_resources}, {'e', check_events},      {'y', check_evidence},
                 {'s', check_service},   {'w', check_wait},        {'p', check_product},
                 {'c', check_command},   {'v', check_environment}, {'x', check_serial},
                 {'t', check_screen},    {'o', check_owner},       {'k', check_clone}};

    if (size == 0)
        return 0;
    if (!folder)
        set_up();
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_auto(GStrv) all = g_strsplit(text, "\f", PARTS_MAX - 1);

    memset(parts, 0, sizeof parts);
    for (guint i = 0; all[i]; i++)
        parts[i] = all[i];
    if (!parts[0])
        return 0;
    mode = (char)data[0];
    const char *feed = memchr(data, '\f', size), *end = (const char *)data + size;
    file = feed ? feed + 1 : end;
    file_size = (gsize)(end - file);
    records = 0;
    for (guint i = 0; i < G_N_ELEMENTS(works); i++)
        if (works[i].name == mode)
            check(works[i].check);
    return 0;
}
