/* SPDX-License-Identifier: GPL-2.0-or-later
 * The scripted machine and its guest.
 */
#include "fake-machine.h"

#include <stdio.h>
#include <string.h>

#include "host/offline-disk.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

#define DROPPED "C:\\Watched\\marker.txt"
#define QUARANTINED "C:\\Quarantine\\marker.txt"

FakeScript fake;

#define FIRST_PID 7
#define MARKED 9 /* the handle of restore.c's mark */

/* What a program left. */
typedef struct {
    int exit_code;
    char *out; /* or NULL */
} Ended;

static void ended_free(gpointer data)
{
    Ended *ended = data;
    g_free(ended->out);
    g_free(ended);
}

struct Machine {
    GAsyncQueue *queue; /* of MachineEvent as pointers */
    char *serial_log, *computer_name;
    gint64 position; /* of the handle MARKED */
    BootMode mode;
    GHashTable *files;
    guint number; /* from 1: which clone it is */
    guint boots;
    bool booting;       /* the boot goes on when the lab next asks the agent */
    GString *log;       /* every command line, a line each */
    const char *module; /* that the next STOP names */
    bool silent;
    bool unanswered; /* the guest went away under the call */
    bool late_panic; /* the guest crashed, and its PANIC is under way */
    bool halted;
    bool agent_ended;
    bool in_recovery;
    bool nonsense;
    char *disk;
    gint64 slow_until;
    MachineEvent soon; /* comes when the lab next waits for more than half a second */
    bool quarantines;
    gint64 quarantine_at; /* a dropped file waits until then; 0: none does */
    int last_exit;
    char *last_out;
    GPtrArray *ended; /* of Ended*: every program, the first one has pid FIRST_PID */
    char *reading;    /* what the file holds that was opened last, or NULL */
};

void fake_reset(void)
{
    memset(&fake, 0, sizeof fake);
}

bool host_open(const char *uri, const char *state_folder, Host **ret_host, GError **error)
{
    (void)uri;
    (void)state_folder;
    (void)error;
    *ret_host = NULL;
    return true;
}

void host_close(Host *host)
{
    (void)host;
}

const HostInfo *host_info(Host *host)
{
    static const HostInfo info = {.uri = (char *)"fake:///",
                                  .libvirt = (char *)"0",
                                  .qemu = (char *)"0",
                                  .accelerator = ACCELERATOR_KVM};
    (void)host;
    return &info;
}

bool host_is_remote(const Host *host)
{
    (void)host;
    return fake.remote;
}

bool host_answers(Host *host, GError **error)
{
    (void)host;
    if (fake.host_gone)
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "libvirt went away");
    return !fake.host_gone;
}

bool kvm_probe(const char *state_folder, const char **ret_reason)
{
    (void)state_folder;
    *ret_reason = "fake";
    return false;
}

bool image_open(const char *state_folder, const char *guest, Image **ret_image, GError **error)
{
    (void)error;
    Image *image = g_new0(Image, 1);
    image->folder = g_build_filename(state_folder, "guests", guest, NULL);
    image->name = g_strdup(guest);
    image->sha256 = g_strnfill(64, '0');
    image->deviations = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(image->deviations, g_strdup("hvci is off"));
    *ret_image = image;
    return true;
}

void image_free(Image *image)
{
    if (!image)
        return;
    g_free(image->folder);
    g_free(image->name);
    g_free(image->sha256);
    g_ptr_array_unref(image->deviations);
    g_free(image);
}

char *machine_warm_key(Host *host, const Guest *guest, const Image *image)
{
    (void)host;
    (void)guest;
    (void)image;
    return g_strdup("warm");
}

static void push(Machine *machine, MachineEvent event)
{
    g_async_queue_push(machine->queue, GINT_TO_POINTER(event));
}

static void say(Machine *machine, const char *text)
{
    g_autofree char *old = NULL;
    gsize length = 0;
    g_file_get_contents(machine->serial_log, &old, &length, NULL);
    g_autofree char *all = g_strconcat(old ? old : "", text, NULL);
    g_assert_true(files_write_atomic(machine->serial_log, all, strlen(all), NULL));
}

static void happen(Machine *machine, FakeEffect effect, const char *file)
{
    g_autofree char *text = NULL;

    switch (effect) {
    case FAKE_NOTHING:
        break;
    case FAKE_BUGCHECK_UNANSWERED:
        machine->unanswered = true; /* fall through */
    case FAKE_BUGCHECK:
    case FAKE_BUGCHECK_LATE:
        text = g_strdup_printf(
            "*** STOP: 0x0000007E (0xFFFFFFFFC0000005,0x0000000000421234,0x0000000000000001,"
            "0x0000000000000002)\n***  %s - Address 0000000000421234 base at "
            "0000000000420000, DateStamp 6720a1b2\n",
            machine->module ? machine->module : "alpha.sys");
        say(machine, text);
        if (effect == FAKE_BUGCHECK_LATE)
            machine->late_panic = true;
        else
            push(machine, MACHINE_EVENT_PANIC);
        break;
    case FAKE_PANIC:
        push(machine, MACHINE_EVENT_PANIC);
        break;
    case FAKE_RESET:
        machine->boots++;
        push(machine, MACHINE_EVENT_RESET);
        break;
    case FAKE_HOST_GONE:
        fake.host_gone = true;
        push(machine, MACHINE_EVENT_LOST);
        break;
    case FAKE_LOST:
        push(machine, MACHINE_EVENT_LOST);
        break;
    case FAKE_OFF_SOON:
        machine->soon = MACHINE_EVENT_SHUTDOWN;
        break;
    case FAKE_PANIC_SOON:
        machine->soon = MACHINE_EVENT_PANIC;
        break;
    case FAKE_SILENCE:
        machine->silent = true;
        break;
    case FAKE_HALT:
        machine->silent = machine->halted = true;
        break;
    case FAKE_AGENT_END:
        machine->silent = machine->agent_ended = true;
        break;
    case FAKE_RECOVERY:
        machine->in_recovery = true;
        break;
    case FAKE_NONSENSE:
        machine->nonsense = true;
        break;
    case FAKE_SLOW:
        machine->slow_until = clock_deadline_ms(1500);
        break;
    case FAKE_HOOK:
        fake.hook();
        break;
    case FAKE_ADD_FILE:
        g_hash_table_add(machine->files, g_strdup(file));
        break;
    case FAKE_QUARANTINE:
        machine->quarantines = true;
        break;
    }
}

/* What the boot itself brings, before the agent answers. */
static void boot(Machine *machine)
{
    if (machine->boots > 0)
        machine->position = 0;
    if (machine->boots++ == 0 && machine->number > 0)
        happen(machine, fake.boot_effect, NULL);
    if (machine->mode == BOOT_SAFE)
        happen(machine, fake.safe_effect, NULL);
    if (machine->mode == BOOT_NORMAL && fake.loop_file &&
        g_hash_table_contains(machine->files, fake.loop_file) &&
        (fake.loop_boots == 0 || machine->boots <= fake.loop_boots + 1))
        happen(machine, fake.loop_effect, NULL);
}

static Machine *make(const MachineConfig *config, BootMode mode)
{
    Machine *machine = g_new0(Machine, 1);
    machine->queue = g_async_queue_new();
    machine->serial_log = g_strdup(config->serial_log);
    machine->computer_name = g_strdup(config->computer_name);
    machine->log = g_string_new(NULL);
    machine->ended = g_ptr_array_new_with_free_func(ended_free);
    machine->mode = mode;
    machine->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_atomic_int_inc((gint *)&fake.alive);
    say(machine, "the fake starts\n");
    machine->booting = true;
    return machine;
}

bool machine_boot(Host *host, const MachineConfig *config, BootMode mode, Machine **ret_machine,
                  GError **error)
{
    (void)host;
    (void)error;
    *ret_machine = make(config, mode);
    return true;
}

/* What a warm state holds of the guest's memory, for other processes too. */
static char *position_file(const char *folder)
{
    return g_build_filename(folder, "memory", NULL);
}

bool machine_save_warm(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *path = position_file(folder);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, machine->position);

    return g_mkdir_with_parents(folder, 0700) == 0 &&
           files_write_atomic(path, text, strlen(text), error);
}

static void load_position(Machine *machine, const char *folder)
{
    g_autofree char *path = position_file(folder);
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL))
        machine->position = g_ascii_strtoll(text, NULL, 10);
}

/* Shared states: the folder holds next to nothing, the machine is remembered under its name. */
static GMutex saved_mutex;
static GHashTable *saved; /* folder → Machine* */

static void copy_state(Machine *to, const Machine *from)
{
    GHashTableIter iter;
    gpointer file;

    g_hash_table_iter_init(&iter, from->files);
    while (g_hash_table_iter_next(&iter, &file, NULL))
        g_hash_table_add(to->files, g_strdup(file));
    g_string_assign(to->log, from->log->str);
    to->position = from->position;
    to->boots = from->boots;
    to->booting = from->booting;
    to->quarantines = from->quarantines;
}

static void forget_copy(gpointer data)
{
    Machine *copy = data;
    g_hash_table_unref(copy->files);
    g_string_free(copy->log, TRUE);
    g_free(copy);
}

/* Of all states that are saved or being saved. */
static void count_copies(const char *folder)
{
    gint64 deadline = g_get_monotonic_time() + 200 * G_TIME_SPAN_MILLISECOND;
    g_autofree char *parent = g_path_get_dirname(folder);
    const char *name;
    guint count;

    do {
        g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
        for (count = 0; (name = g_dir_read_name(dir)); count++)
            ;
        g_mutex_lock(&saved_mutex);
        fake.copies_at_once = MAX(fake.copies_at_once, count);
        g_mutex_unlock(&saved_mutex);
    } while (fake.copies_meet && count < 2 && g_get_monotonic_time() < deadline);
}

bool machine_copy_warm(Machine *machine, const char *folder, GError **error)
{
    Machine *copy = g_new0(Machine, 1);

    if (fake.copy_fails) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the fake disk is full");
        g_free(copy);
        return false;
    }
    g_autofree char *memory = g_build_filename(folder, "memory", NULL);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(memory, memory, -1, NULL));
    count_copies(folder);
    copy->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    copy->log = g_string_new(NULL);
    copy_state(copy, machine);
    g_atomic_int_inc((gint *)&fake.copies);
    g_mutex_lock(&saved_mutex);
    if (!saved)
        saved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, forget_copy);
    g_hash_table_replace(saved, g_strdup(folder), copy);
    g_mutex_unlock(&saved_mutex);
    if (fake.copies_crash)
        push(machine, MACHINE_EVENT_PANIC);
    return true;
}

static void wait_for_next_sharer(void)
{
    gint number = g_atomic_int_add((gint *)&fake.sharers, 1) + 1;
    gint64 deadline = g_get_monotonic_time() + 500 * G_TIME_SPAN_MILLISECOND;

    while (fake.shared_in_turn && g_atomic_int_get((gint *)&fake.sharers) == number &&
           g_get_monotonic_time() < deadline)
        g_usleep(1000);
}

bool machine_clone(Host *host, const MachineConfig *config, const char *warm_folder,
                   Machine **ret_machine, GError **error)
{
    const Machine *from;
    (void)host;

    g_assert_true(g_file_test(warm_folder, G_FILE_TEST_IS_DIR));
    g_mutex_lock(&saved_mutex);
    from = saved ? g_hash_table_lookup(saved, warm_folder) : NULL;
    g_mutex_unlock(&saved_mutex);
    g_atomic_int_add((gint *)&fake.savers, config->for_warm_state);
    if (config->for_warm_state && fake.savers_fail) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "the fake disk has no room for its memory");
        return false;
    }
    if (from)
        wait_for_next_sharer();
    if (from && fake.shared_fails) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the fake state is torn");
        return false;
    }
    *ret_machine = make(config, BOOT_NORMAL);
    (*ret_machine)->number = (guint)g_atomic_int_add((gint *)&fake.clones, 1) + 1;
    if (from)
        copy_state(*ret_machine, from);
    else
        load_position(*ret_machine, warm_folder);
    if (from ? fake.shared_forgets : fake.warm_forgets)
        (*ret_machine)->position = 0;
    return true;
}

void machine_free(Machine *machine)
{
    if (!machine)
        return;
    g_atomic_int_add((gint *)&fake.alive, -1);
    g_async_queue_unref(machine->queue);
    g_free(machine->disk);
    g_hash_table_unref(machine->files);
    g_string_free(machine->log, TRUE);
    g_free(machine->serial_log);
    g_free(machine->computer_name);
    g_free(machine->last_out);
    g_ptr_array_unref(machine->ended);
    g_free(machine->reading);
    g_free(machine);
}

/* As the real one tells them: no word of a scenario. */
const char *machine_event_name(MachineEvent event)
{
    static const char *const names[] = {
        "nothing happened",      "the guest panicked",   "the guest restarted by itself",
        "the guest powered off", "the machine was lost", "interrupted"};
    return names[event];
}

MachineEvent machine_next_event(Machine *machine, gint64 deadline)
{
    gint64 left = MAX(deadline - g_get_monotonic_time(), 0);

    if (left > G_USEC_PER_SEC / 2 && machine->soon != MACHINE_EVENT_NONE) {
        push(machine, machine->soon);
        machine->soon = MACHINE_EVENT_NONE;
    }
    return GPOINTER_TO_INT(g_async_queue_timeout_pop(machine->queue, (guint64)left));
}

char *machine_panic_info(Machine *machine)
{
    (void)machine;
    return g_strdup("{\"action\":\"pause\"}");
}

void machine_wake(Machine *machine)
{
    push(machine, MACHINE_EVENT_WAKE);
}

static bool came_after(const Machine *machine, const FakeRule *rule)
{
    const char *at = machine->log->str;

    for (guint i = 0; i < G_N_ELEMENTS(rule->after) && rule->after[i] && at; i++) {
        at = strstr(at, rule->after[i]);
        at = at ? at + strlen(rule->after[i]) : NULL;
    }
    return at != NULL;
}

/* The base names of the files that match, as `dir /b` prints them; NULL: there is none. */
static char *list_matching(Machine *machine, const char *pattern)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GList) files = g_hash_table_get_keys(machine->files);

    files = g_list_sort(files, (GCompareFunc)strcmp);
    for (GList *file = files; file; file = file->next)
        if (g_pattern_match_simple(pattern, file->data))
            g_string_append_printf(names, "%s\r\n", strrchr(file->data, '\\') + 1);
    return names->len > 0 ? g_strdup(names->str) : NULL;
}

static cJSON *exec(Machine *machine, const cJSON *arguments)
{
    g_autoptr(GString) line = g_string_new(json_string(arguments, "path", ""));
    const cJSON *word;
    const char *last = "";
    cJSON_ArrayForEach (word, cJSON_GetObjectItem(arguments, "arg")) {
        last = cJSON_GetStringValue(word);
        g_string_append_printf(line, " %s", last);
    }
    machine->last_exit = 0;
    g_clear_pointer(&machine->last_out, g_free);
    if (strstr(line->str, " del ") && !(fake.locked && g_str_has_prefix(last, "C:\\Alpha\\")))
        g_hash_table_remove(machine->files, last);
    else if (strstr(line->str, " dir ") && strstr(line->str, "Minidump"))
        machine->last_out =
            fake.dump && machine->quarantines ? g_strdup_printf("%s\r\n", fake.dump) : NULL;
    else if (strstr(line->str, " dir "))
        machine->last_out = list_matching(machine, last);
    if (strstr(line->str, " dir ") && !machine->last_out)
        machine->last_exit = 1;
    if (strstr(line->str, "wevtutil"))
        machine->last_out = g_strdup(fake.events);
    if (strstr(line->str, "Minidump") && machine->quarantines && machine->boots <= 2)
        happen(machine, fake.late_effect, NULL);
    char *printed = fake.prints ? fake.prints(machine->number, line->str) : NULL;
    if (printed) {
        g_free(machine->last_out);
        machine->last_out = printed;
    }
    for (const FakeRule *rule = fake.rules; rule && rule->match; rule++) {
        if (strstr(line->str, rule->match) && came_after(machine, rule) &&
            (rule->clones == 0 || machine->number <= rule->clones)) {
            machine->module = rule->module;
            machine->last_exit = rule->exit_code;
            happen(machine, rule->effect, rule->file);
            break;
        }
    }
    g_string_append_printf(machine->log, "%s\n", line->str);
    g_atomic_int_add((gint *)&fake.commands, fake.secret && strstr(line->str, fake.secret));
    Ended *ended = g_new0(Ended, 1);
    *ended = (Ended){machine->last_exit, g_strdup(machine->last_out)};
    g_ptr_array_add(machine->ended, ended);
    cJSON *value = cJSON_CreateObject();
    cJSON_AddNumberToObject(value, "pid", FIRST_PID + machine->ended->len - 1);
    return value;
}

/* What was dropped is moved away when its time has come. */
static void quarantine(Machine *machine)
{
    if (machine->quarantine_at == 0 || g_get_monotonic_time() < machine->quarantine_at)
        return;
    machine->quarantine_at = 0;
    g_hash_table_remove(machine->files, DROPPED);
    g_hash_table_add(machine->files, g_strdup(QUARANTINED));
}

static cJSON *open_file(Machine *machine, const cJSON *arguments)
{
    const char *path = json_string(arguments, "path", "");
    bool writes = json_string(arguments, "mode", "r")[0] == 'w';

    if (strcmp(path, "C:\\Windows\\win.ini") == 0)
        return cJSON_CreateNumber(MARKED);
    g_clear_pointer(&machine->reading, g_free);
    quarantine(machine);
    if (!writes && fake.reads && (machine->reading = fake.reads(machine->number, path)))
        return cJSON_CreateNumber(1);
    if (writes)
        g_hash_table_add(machine->files, g_strdup(path));
    if (writes && machine->quarantines && strcmp(path, DROPPED) == 0) {
        machine->quarantine_at = clock_deadline_ms(fake.quarantine_ms);
        quarantine(machine);
    } else if (!g_hash_table_contains(machine->files, path) &&
               !(fake.dump && g_str_has_suffix(path, fake.dump))) {
        return NULL;
    }
    return cJSON_CreateNumber(1);
}

/* It is known by what its domain says, too. */
static cJSON *set_identity(const Machine *machine, const cJSON *arguments)
{
    cJSON *value = cJSON_Duplicate(arguments, true);

    g_assert_cmpstr(json_string(arguments, "name", ""), ==, machine->computer_name);
    if (fake.keeps_name)
        cJSON_ReplaceItemInObject(value, "name", cJSON_CreateString("TRUCE-REF"));
    return value;
}

/* A guest that booted knows the handle no more. */
static cJSON *seek(Machine *machine, const cJSON *arguments)
{
    bool from_start = json_int(arguments, "whence", 0) == 0;

    if (from_start)
        machine->position = json_int(arguments, "offset", 0);
    if (machine->position == 0)
        return NULL;
    cJSON *value = cJSON_CreateObject();
    cJSON_AddNumberToObject(value, "position", (double)machine->position);
    cJSON_AddFalseToObject(value, "eof");
    return value;
}

static cJSON *shut_down(Machine *machine, const cJSON *arguments)
{
    bool reboot = strcmp(json_string(arguments, "mode", ""), "reboot") == 0;
    push(machine, reboot ? MACHINE_EVENT_RESET : MACHINE_EVENT_SHUTDOWN);
    machine->booting = reboot;
    return cJSON_CreateObject();
}

/* The return value of one request, or NULL: refused. */
static cJSON *answer(Machine *machine, const char *command, const cJSON *arguments)
{
    cJSON *value = NULL;

    if (strcmp(command, "guest-exec") == 0 && machine->nonsense)
        return cJSON_CreateString("7");
    if (strcmp(command, "guest-exec") == 0)
        return exec(machine, arguments);
    if (strcmp(command, "guest-file-open") == 0)
        return open_file(machine, arguments);
    if (strcmp(command, "guest-file-seek") == 0)
        return seek(machine, arguments);
    if (strcmp(command, "guest-get-time") == 0)
        return cJSON_CreateNumber((double)g_get_real_time() * 1000);
    if (strcmp(command, "truce-set-identity") == 0)
        return set_identity(machine, arguments);
    if (strcmp(command, "guest-shutdown") == 0)
        return shut_down(machine, arguments);
    value = cJSON_CreateObject();
    if (strcmp(command, "guest-get-osinfo") == 0) {
        cJSON_AddStringToObject(value, "variant-id", machine->in_recovery ? "recovery" : "client");
    } else if (strcmp(command, "guest-exec-status") == 0) {
        const Ended *ended = machine->ended->pdata[json_int(arguments, "pid", 0) - FIRST_PID];
        cJSON_AddTrueToObject(value, "exited");
        cJSON_AddNumberToObject(value, "exitcode", ended->exit_code);
        g_autofree char *out =
            g_base64_encode((const guchar *)ended->out, ended->out ? strlen(ended->out) : 0);
        cJSON_AddStringToObject(value, "out-data", out);
    } else if (strcmp(command, "guest-file-read") == 0) {
        const char *text = machine->reading ? machine->reading : "x";
        g_autofree char *bytes = g_base64_encode((const guchar *)text, strlen(text));
        cJSON_AddNumberToObject(value, "count", (double)strlen(text));
        cJSON_AddStringToObject(value, "buf-b64", bytes);
        cJSON_AddTrueToObject(value, "eof");
    } else if (strcmp(command, "guest-file-write") == 0) {
        gsize length;
        g_autofree guchar *bytes = g_base64_decode(json_string(arguments, "buf-b64", ""), &length);
        g_atomic_int_add((gint *)&fake.texts,
                         fake.secret && memmem(bytes, length, fake.secret, strlen(fake.secret)));
        cJSON_AddNumberToObject(value, "count", (double)length);
        cJSON_AddFalseToObject(value, "eof");
    }
    return value;
}

/* The event that waits in the queue, left there. */
static MachineEvent waiting(Machine *machine)
{
    g_async_queue_lock(machine->queue);
    MachineEvent event = GPOINTER_TO_INT(g_async_queue_try_pop_unlocked(machine->queue));
    if (event != MACHINE_EVENT_NONE)
        g_async_queue_push_front_unlocked(machine->queue, GINT_TO_POINTER(event));
    g_async_queue_unlock(machine->queue);
    return event;
}

bool machine_agent_call(Machine *machine, const char *request, guint timeout_ms, char **ret_reply,
                        GError **error)
{
    g_autoptr(cJSON) message = cJSON_Parse(request);
    (void)timeout_ms;

    if (machine->booting)
        boot(machine);
    machine->booting = false;
    MachineEvent event = waiting(machine);
    if (event != MACHINE_EVENT_NONE) {
        g_set_error(error, TRUCE_ERROR,
                    event == MACHINE_EVENT_LOST   ? TRUCE_ERROR_LAB
                    : event == MACHINE_EVENT_WAKE ? TRUCE_ERROR_CANCELLED
                                                  : TRUCE_ERROR_GUEST,
                    "the fake guest went away: %s", machine_event_name(event));
        return false;
    }
    if (machine->silent || g_get_monotonic_time() < machine->slow_until) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, "the fake agent is silent");
        return false;
    }
    cJSON *value = answer(machine, json_string(message, "execute", ""),
                          cJSON_GetObjectItem(message, "arguments"));
    g_autoptr(cJSON) reply = cJSON_CreateObject();
    if (machine->unanswered) {
        cJSON_Delete(value);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "the fake guest went away");
        return false;
    }
    if (value) {
        cJSON_AddItemToObject(reply, "return", value);
    } else {
        cJSON *refusal = cJSON_AddObjectToObject(reply, "error");
        cJSON_AddStringToObject(refusal, "class", "GenericError");
        cJSON_AddStringToObject(refusal, "desc", "no such file");
    }
    *ret_reply = json_line(reply);
    return true;
}

bool machine_reset(Machine *machine, BootMode mode, GError **error)
{
    if (fake.reset_loses) {
        push(machine, MACHINE_EVENT_LOST);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "End of file from qemu monitor");
        return false;
    }
    while (g_async_queue_try_pop(machine->queue))
        ;
    machine->mode = mode;
    machine->booting = true;
    machine->silent = machine->halted = machine->agent_ended = machine->in_recovery = false;
    machine->unanswered = false;
    return true;
}

bool machine_restart(Machine *machine, GError **error)
{
    if (!machine_reset(machine, BOOT_NORMAL, error))
        return false;
    if (machine->late_panic)
        push(machine, MACHINE_EVENT_PANIC);
    machine->late_panic = false;
    return true;
}

const char *machine_lost_reason(Machine *machine)
{
    (void)machine;
    return fake.reset_loses;
}

bool machine_power_off(Machine *machine, GError **error)
{
    (void)machine;
    (void)error;
    return true;
}

/* The disk of a machine: its path is the machine's address. */
struct OfflineDisk {
    Machine *machine;
};

const char *machine_disk(Machine *machine)
{
    g_free(machine->disk);
    return machine->disk = g_strdup_printf("%p", (void *)machine);
}

bool machine_disk_here(Machine *machine, bool writable, const char **ret_path, GError **error)
{
    (void)writable, (void)error;
    *ret_path = machine_disk(machine);
    return true;
}

bool offline_disk_available(const char **ret_reason)
{
    *ret_reason = fake.no_disk ? "the fake host has no libguestfs" : NULL;
    return !fake.no_disk;
}

bool offline_disk_open(const char *image, const OfflineDiskOptions *options, OfflineDisk **ret_disk,
                       GError **error)
{
    void *machine;
    (void)options;
    (void)error;

    g_assert_cmpint(sscanf(image, "%p", &machine), ==, 1);
    *ret_disk = g_new0(OfflineDisk, 1);
    (*ret_disk)->machine = machine;
    return true;
}

void offline_disk_free(OfflineDisk *disk)
{
    g_free(disk);
}

bool offline_disk_close(OfflineDisk *disk, GError **error)
{
    (void)error;
    offline_disk_free(disk);
    return true;
}

bool offline_disk_list(OfflineDisk *disk, const char *folder, const char *pattern, guint limit,
                       GPtrArray **ret_names, GError **error)
{
    g_autofree char *path = g_strconcat(folder, "\\", pattern, NULL);
    g_autofree char *listed = list_matching(disk->machine, path);
    g_auto(GStrv) names = g_strsplit(listed ? listed : "", "\r\n", -1);

    (void)error;
    *ret_names = g_ptr_array_new_with_free_func(g_free);
    if (fake.dump && strstr(folder, "Minidump"))
        g_ptr_array_add(*ret_names, g_strdup(fake.dump));
    for (char **name = names; *name && **name && (*ret_names)->len < limit; name++)
        g_ptr_array_add(*ret_names, g_strdup(*name));
    return true;
}

bool offline_disk_fetch(OfflineDisk *disk, const char *path, const char *to, gsize limit,
                        GError **error)
{
    (void)disk;
    (void)path;
    (void)limit;
    return files_write_atomic(to, "x", 1, error);
}

bool offline_disk_delete(OfflineDisk *disk, const char *path, bool *ret_existed, GError **error)
{
    (void)error;
    *ret_existed = g_hash_table_remove(disk->machine->files, path);
    return true;
}

bool machine_snapshot(Machine *machine, const char *name, GError **error)
{
    (void)machine;
    (void)name;
    (void)error;
    return true;
}

bool machine_revert(Machine *machine, const char *name, GError **error)
{
    (void)machine;
    (void)name;
    (void)error;
    return true;
}

bool machine_screenshot(Machine *machine, const char *png_path, GError **error)
{
    (void)machine;
    return files_write_atomic(png_path, "picture", strlen("picture"), error);
}

bool machine_core_dump(Machine *machine, const char *path, GError **error)
{
    (void)machine;
    return files_write_atomic(path, "memory", strlen("memory"), error);
}

bool machine_windows_dump(Machine *machine, const char *path, GError **error)
{
    (void)machine;
    (void)path;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the fake guest is no Windows");
    return false;
}

bool machine_resume(Machine *machine, GError **error)
{
    (void)error;
    if (fake.resumes < G_N_ELEMENTS(fake.resume_events) &&
        fake.resume_events[fake.resumes] != MACHINE_EVENT_NONE)
        push(machine, fake.resume_events[fake.resumes]);
    fake.resumes++;
    return true;
}

bool machine_disk_traffic(Machine *machine, guint64 *ret_read, guint64 *ret_written)
{
    (void)machine;
    *ret_read = *ret_written = 0;
    return true;
}

void fake_nmi(Machine *machine)
{
    if (fake.nmi_event != MACHINE_EVENT_NONE)
        push(machine, fake.nmi_event);
}

bool machine_cpus(Machine *machine, GArray **ret_cpus, GError **error)
{
    MachineCpu cpu = {.pc = 0x401000,
                      .halted = machine->halted || fake.cpus_dead,
                      .user = true,
                      .masked = fake.cpus_dead};
    (void)error;
    *ret_cpus = g_array_new(FALSE, FALSE, sizeof cpu);
    g_array_append_val(*ret_cpus, cpu);
    return true;
}

bool machine_waited(Machine *machine, guint64 *ret_us, guint64 *ret_others_us)
{
    (void)machine;
    *ret_us = fake.waited_us;
    *ret_others_us = fake.others_us;
    return fake.tells_waiting;
}

bool machine_agent_open(Machine *machine)
{
    return !machine->agent_ended;
}
