/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: what QEMU's monitor answers and what libvirt tells of its events. Each call ends
 * within its bounds, what is sent back to QEMU is whole, and what is kept can be shown.
 *
 * The input's first byte picks: 'd' a disk is made to fail and healed, 't' the threads of the
 * processors are looked up, 'h' a line of the human monitor is answered, 'e' events come. The rest
 * is replies or events, one a line; an empty reply is a plain success, and one that begins with `!`
 * is libvirt's error. With a capital letter, what stands between two `~` comes REPEATED times: a
 * small input makes long replies.
 *
 * libvirt's functions are this file's, which stand before its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "host/machine-fault-private.h"
#include "host/monitor-watch.h"
#include "triage/stop.h"
#include "util/error.h"
#include "util/json.h"

#define UUID "54525543-4500-4000-8000-000000000001"
#define REPEATED 20000u
#define REPLY_MAX (1u << 20)
#define TEXT_MAX 4096u
#define COMMANDS_MAX 2000u
#define EVENTS_MAX 500u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char domain_of_ours; /* its address stands for one */
static char **replies, **next_reply;
static guint commands; /* since the input began */
static virError failure;
static virConnectDomainEventCallback lifecycle_told;
static virConnectDomainEventAgentLifecycleCallback agent_told;
static virConnectDomainEventIOErrorReasonCallback io_error_told;
static virConnectDomainQemuMonitorEventCallback monitor_told;
static gpointer told_to;

static void demand_text(const char *text)
{
    g_assert_nonnull(text);
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

/* libvirt */

int virDomainGetUUIDString(virDomainPtr domain, char *buffer)
{
    g_assert_true((void *)domain == &domain_of_ours);
    g_strlcpy(buffer, UUID, VIR_UUID_STRING_BUFLEN);
    return 0;
}

int virDomainIsActive(virDomainPtr domain)
{
    g_assert_true((void *)domain == &domain_of_ours);
    return 1;
}

virErrorPtr virGetLastError(void)
{
    return failure.message ? &failure : NULL;
}

void virResetLastError(void)
{
    failure.message = NULL;
}

/* A node that QEMU is to make or change has a name, and so has the one below it. */
static void demand_node(const cJSON *node)
{
    static const char *const below[] = {"file", "image", "backing"};

    g_assert_nonnull(json_string(node, "driver", NULL));
    g_assert_nonnull(json_string(node, "node-name", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(below); i++)
        g_assert_true(!cJSON_HasObjectItem(node, below[i]) || json_string(node, below[i], NULL) ||
                      cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(node, below[i])));
}

static void demand_command(const char *text)
{
    g_autoptr(cJSON) command = NULL;
    const cJSON *node;

    g_assert_true(json_parse(text, strlen(text), REPLY_MAX * 2, "command", &command, NULL));
    const char *name = json_string(command, "execute", NULL);
    const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(command, "arguments");
    g_assert_nonnull(name);
    if (g_str_equal(name, "blockdev-add"))
        demand_node(arguments);
    cJSON_ArrayForEach (node, cJSON_GetObjectItemCaseSensitive(arguments, "options"))
        demand_node(node);
}

int virDomainQemuMonitorCommand(virDomainPtr domain, const char *text, char **ret_reply,
                                unsigned int flags)
{
    const char *reply = *next_reply ? *next_reply++ : "";

    g_assert_true((void *)domain == &domain_of_ours);
    g_assert_cmpuint(++commands, <=, COMMANDS_MAX);
    if (flags == 0)
        demand_command(text);
    if (*reply == '!') {
        failure = (virError){.code = VIR_ERR_INTERNAL_ERROR, .message = (char *)reply + 1};
        return -1;
    }
    *ret_reply = strdup(*reply ? reply : "{\"return\": {}}");
    return 0;
}

int virConnectDomainEventRegisterAny(virConnectPtr connection, virDomainPtr domain, int event,
                                     virConnectDomainEventGenericCallback told, void *data,
                                     virFreeCallback unused)
{
    void (*any)(void) = (void (*)(void))told;

    (void)connection;
    (void)domain;
    (void)unused;
    told_to = data;
    if (event == VIR_DOMAIN_EVENT_ID_LIFECYCLE)
        lifecycle_told = (virConnectDomainEventCallback)any;
    else if (event == VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE)
        agent_told = (virConnectDomainEventAgentLifecycleCallback)any;
    else if (event == VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON)
        io_error_told = (virConnectDomainEventIOErrorReasonCallback)any;
    return event;
}

int virConnectDomainQemuMonitorEventRegister(virConnectPtr connection, virDomainPtr domain,
                                             const char *name,
                                             virConnectDomainQemuMonitorEventCallback told,
                                             void *data, virFreeCallback unused, unsigned int flags)
{
    (void)connection;
    (void)domain;
    (void)name;
    (void)data;
    (void)unused;
    (void)flags;
    monitor_told = told;
    return 0;
}

int virConnectRegisterCloseCallback(virConnectPtr connection, virConnectCloseFunc told, void *data,
                                    virFreeCallback unused)
{
    (void)connection;
    (void)told;
    (void)data;
    (void)unused;
    return 0;
}

/* The deadline's thread, which never ends; nothing from outside reaches it. */

void monitor_watch_begin(MonitorWatch *watch, virDomainPtr domain, guint seconds)
{
    (void)watch;
    (void)seconds;
    g_assert_true((void *)domain == &domain_of_ours);
}

/* No machine of this target starts. */
void monitor_watch_begin_start(MonitorWatch *watch, virConnectPtr connection, const char *uuid,
                               const char *pid_file, guint seconds)
{
    (void)watch;
    (void)connection;
    (void)uuid;
    (void)pid_file;
    (void)seconds;
    g_assert_not_reached();
}

void monitor_watch_end(MonitorWatch *watch)
{
    (void)watch;
}

bool monitor_watch_ended(const char *uuid)
{
    g_assert_cmpstr(uuid, ==, UUID);
    return true;
}

/* The machine */

static Machine *machine_new(Host *host)
{
    Machine *machine = g_new0(Machine, 1);

    g_mutex_init(&host->lock);
    host->inboxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    machine->host = host;
    machine->name = (char *)"m";
    machine->disk = (char *)"/m/disk.qcow2";
    machine->domain = (virDomainPtr)(void *)&domain_of_ours;
    g_strlcpy(machine->uuid, UUID, sizeof machine->uuid);
    inbox_init(&machine->inbox);
    events_attach(host, UUID, &machine->inbox);
    return machine;
}

static void machine_drop(Machine *machine)
{
    Host *host = machine->host;

    machine_faults_end(machine);
    inbox_clear(&machine->inbox);
    g_hash_table_unref(host->inboxes);
    g_mutex_clear(&host->lock);
    g_free(machine);
}

static void check_disk(Machine *machine)
{
    static const MachineDiskErrors writes = {.writes = true, .errno_value = 5};
    static const MachineDiskErrors both = {.reads = true, .writes = true, .errno_value = 28};
    static const MachineDiskErrors none = {0};
    const MachineDiskErrors *const orders[] = {&writes, &both, &none};

    for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_autoptr(GError) error = NULL;
        if (!machine_fail_disk(machine, *orders[i], &error))
            demand_error(error);
    }
}

static void check_threads(Machine *machine)
{
    g_autoptr(GError) error = NULL;
    guint64 waited, others;
    int pidfd = -1;

    if (machine_qemu(machine, &pidfd, &error))
        close(pidfd);
    else
        demand_error(error);
    machine_waited(machine, &waited, &others);
}

static void check_human(Machine *machine)
{
    g_autoptr(GError) error = NULL;

    if (!machine_snapshot(machine, "s", &error))
        demand_error(error);
}

/* Events */

static gint64 take_number(char **at)
{
    return g_ascii_strtoll(*at, at, 10);
}

static char *take_word(char **at)
{
    g_auto(GStrv) parts = g_strsplit(g_strchug(*at), " ", 2);

    *at += parts[0] ? strlen(parts[0]) : 0;
    return parts[0] && *parts[0] ? g_strdup(parts[0]) : NULL;
}

static void tell_io_error(Machine *machine, int action, char *at)
{
    g_autofree char *path = take_word(&at), *reason = take_word(&at);
    bool first = !machine_lost_reason(machine);

    io_error_told(NULL, machine->domain, path, "disk", action, reason, told_to);
    if (first && !path && machine_lost_reason(machine))
        g_assert_null(strstr(machine_lost_reason(machine), "(null)"));
}

/* `M <seconds> <micros> <name> <details>` of the monitor, `L <event> <detail>` of its life, `I
 * <action> <path> <reason>` of its disk, `A <state>` of its agent's port; `R` is a new start. */
static void tell(Machine *machine, char *line)
{
    virDomainPtr domain = machine->domain;
    char kind = *line, *at = line + (kind != '\0');
    gint64 first = take_number(&at);

    if (kind == 'L') {
        lifecycle_told(NULL, domain, (int)first, (int)take_number(&at), told_to);
    } else if (kind == 'A') {
        agent_told(NULL, domain, (int)first, 0, told_to);
    } else if (kind == 'I') {
        tell_io_error(machine, (int)first, at);
    } else if (kind == 'M') {
        unsigned int micros = (unsigned int)take_number(&at);
        g_autofree char *name = take_word(&at);
        if (name)
            monitor_told(NULL, domain, name, first, micros, *at ? at : NULL, told_to);
    } else if (kind == 'R') {
        inbox_restart(&machine->inbox, first != 0);
    }
}

/* What a machine's thread then asks. */
static void check_inbox(Machine *machine)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *info = machine_panic_info(machine);
    Stop stop;
    guint events = 0;

    if (info)
        stop_from_panic_info(info, &stop);
    if (machine_lost_reason(machine))
        demand_text(machine_lost_reason(machine));
    g_mutex_lock(&machine->inbox.lock);
    if (inbox_interrupts_locked(&machine->inbox, &error))
        demand_error(error);
    g_mutex_unlock(&machine->inbox.lock);
    while (inbox_take(&machine->inbox, 0) != MACHINE_EVENT_NONE)
        events++;
    g_assert_cmpuint(events, <=, INBOX_EVENTS_MAX);
}

static void check_events(Machine *machine)
{
    g_assert_true(events_register(machine->host, NULL));
    for (guint i = 0; i < EVENTS_MAX && replies[i]; i++)
        tell(machine, replies[i]);
    check_inbox(machine);
}

/* As g_strsplit(), which ASan makes quadratic. */
static char **split_lines(const char *text)
{
    GPtrArray *lines = g_ptr_array_new();

    for (const char *end; *text; text = end + (*end == '\n')) {
        end = strchrnul(text, '\n');
        g_ptr_array_add(lines, g_strndup(text, (gsize)(end - text)));
    }
    g_ptr_array_add(lines, NULL);
    return (char **)g_ptr_array_free(lines, FALSE);
}

/* The input with what stands between two `~` so many times, in lines. */
static char **expand(const char *text, bool repeat)
{
    g_auto(GStrv) parts = g_strsplit(text, "~", repeat ? -1 : 1);
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; parts[i]; i++)
        for (guint n = 0; n < (i % 2 ? REPEATED : 1) && all->len + strlen(parts[i]) < REPLY_MAX;
             n++)
            g_string_append(all, parts[i]);
    return split_lines(all->str);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char name;
        void (*check)(Machine *machine);
    } questions[] = {
        {'d', check_disk}, {'t', check_threads}, {'h', check_human}, {'e', check_events}};
    Host host = {0};

    if (size == 0)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    g_auto(GStrv) lines = expand(text, g_ascii_isupper(data[0]));
    Machine *machine = machine_new(&host);

    replies = next_reply = lines;
    commands = 0;
    for (guint i = 0; i < G_N_ELEMENTS(questions); i++)
        if (questions[i].name == g_ascii_tolower((char)data[0]))
            questions[i].check(machine);
    machine_drop(machine);
    failure = (virError){0};
    return 0;
}
