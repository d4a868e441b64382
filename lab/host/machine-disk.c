/* SPDX-License-Identifier: GPL-2.0-or-later
 * Faults of a machine's disk.
 *
 * libvirt makes, for each image of the disk's chain (the machine's own, the warm state's, the
 * sealed one), a qcow2 node on a file node. QEMU exchanges a node's `file` while the guest runs
 * (blockdev-reopen), but flushes the node first: a qcow2 node with tables that cannot be written,
 * because writes fail, could never be healed. So a raw node, which has nothing of its own to flush,
 * goes in between first, and that one's `file` is exchanged:
 *
 *     qcow2 → raw (the switch) → [blkdebug →] [blklogwrites →] file
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "host/domain-xml.h"
#include "host/machine-fault-private.h"
#include "host/monitor-watch.h"
#include "host/qmp.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define KILL_TIMEOUT_MS 20000
#define NODES_MAX 64
#define GRAPH_MAX 1024 /* members of what QEMU tells of its nodes */
#define LOG_NODE "truce-log"
#define LOG_FILE_NODE "truce-log-file"

static void disk_switch_free(gpointer data)
{
    DiskSwitch *disk_switch = data;

    g_free(disk_switch->node);
    g_free(disk_switch->below);
    g_free(disk_switch);
}

bool machine_limit_disk(Machine *machine, guint iops, guint64 bytes_per_s, GError **error)
{
    const char *target = domain_disk_target(machine->guest);
    virTypedParameterPtr parameters = NULL;
    g_auto(MonitorWatch) watch = {0};
    int count = 0, size = 0;

    if (!machine_need_domain(machine, "limit its disk", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    bool ok = virTypedParamsAddULLong(&parameters, &count, &size,
                                      VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC, iops) == 0 &&
              virTypedParamsAddULLong(&parameters, &count, &size,
                                      VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC, bytes_per_s) == 0 &&
              virDomainSetBlockIoTune(machine->domain, target, parameters, count,
                                      VIR_DOMAIN_AFFECT_LIVE) == 0;
    virTypedParamsFree(parameters, count);
    return ok || host_fail(error, "cannot limit the disk of '%s'", machine->name);
}

/* What every node of ours has like libvirt's: no flush reaches the host's disk. */
static cJSON *node_new(const char *driver, const char *name, bool read_only)
{
    cJSON *node = cJSON_CreateObject();
    cJSON *cache = cJSON_AddObjectToObject(node, "cache");

    cJSON_AddBoolToObject(cache, "direct", false);
    cJSON_AddBoolToObject(cache, "no-flush", true);
    cJSON_AddStringToObject(node, "driver", driver);
    cJSON_AddStringToObject(node, "node-name", name);
    cJSON_AddBoolToObject(node, "read-only", read_only);
    cJSON_AddStringToObject(node, "discard", "unmap");
    return node;
}

static bool node_add(Machine *machine, cJSON *node, GError **error)
{
    return qmp_run(machine->domain, "blockdev-add", node, error);
}

static bool node_reopen(Machine *machine, cJSON *node, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(arguments, "options");

    cJSON_AddItemToArray(list, node);
    return qmp_run(machine->domain, "blockdev-reopen", arguments, error);
}

static bool node_remove(Machine *machine, const char *name, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "node-name", name);
    return qmp_run(machine->domain, "blockdev-del", arguments, error);
}

static bool switch_to(Machine *machine, const DiskSwitch *disk_switch, const char *below,
                      GError **error)
{
    cJSON *node = node_new("raw", disk_switch->node, disk_switch->read_only);
    cJSON_AddStringToObject(node, "file", below);
    return node_reopen(machine, node, error);
}

/* One image of the chain, as QEMU's graph of nodes tells it. */
typedef struct {
    const char *format;
    const char *file;
    const char *backing; /* or NULL */
    bool read_only;
} ImageNodes;

static const char *node_name(const cJSON *graph, gint64 id)
{
    const cJSON *node;

    cJSON_ArrayForEach (node, cJSON_GetObjectItemCaseSensitive(graph, "nodes"))
        if (json_int(node, "id", -1) == id)
            return json_string(node, "name", NULL);
    return NULL;
}

static const char *child_name(const cJSON *graph, gint64 parent, const char *role)
{
    const cJSON *edge;

    cJSON_ArrayForEach (edge, cJSON_GetObjectItemCaseSensitive(graph, "edges"))
        if (json_int(edge, "parent", -1) == parent &&
            g_str_equal(json_string(edge, "name", ""), role))
            return node_name(graph, json_int(edge, "child", -1));
    return NULL;
}

static gint64 node_id(const cJSON *graph, const char *name)
{
    const cJSON *node;

    cJSON_ArrayForEach (node, cJSON_GetObjectItemCaseSensitive(graph, "nodes"))
        if (g_str_equal(json_string(node, "name", ""), name))
            return json_int(node, "id", -1);
    return -1;
}

/* Looking names up takes a look at all of them each time. */
static bool is_too_long(const cJSON *graph, const cJSON *nodes)
{
    return cJSON_GetArraySize(nodes) > GRAPH_MAX ||
           cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(graph, "nodes")) > GRAPH_MAX ||
           cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(graph, "edges")) > GRAPH_MAX;
}

/* The qcow2 images, the machine's own system disk first; names belong to graph and nodes. */
static GArray *find_images(const Machine *machine, const cJSON *graph, const cJSON *nodes)
{
    GArray *images = g_array_new(FALSE, FALSE, sizeof(ImageNodes));
    const cJSON *node;

    cJSON_ArrayForEach (node, nodes) {
        const char *format = json_string(node, "node-name", NULL);
        gint64 id = format ? node_id(graph, format) : -1;
        if (id < 0 || !g_str_equal(json_string(node, "drv", ""), "qcow2"))
            continue;
        ImageNodes image = {.format = format,
                            .file = child_name(graph, id, "file"),
                            .backing = child_name(graph, id, "backing"),
                            .read_only = json_bool(node, "ro", true)};
        if (!image.file)
            continue;
        if (g_str_equal(json_string(node, "file", ""), machine->disk))
            g_array_prepend_val(images, image);
        else
            g_array_append_val(images, image);
    }
    return images;
}

static bool put_switch(Machine *machine, const ImageNodes *image, guint index, GError **error)
{
    DiskSwitch *disk_switch = g_new0(DiskSwitch, 1);

    disk_switch->node = g_strdup_printf("truce-switch-%u", index);
    disk_switch->below = g_strdup(image->file);
    disk_switch->read_only = image->read_only;
    g_ptr_array_add(machine_faults(machine)->switches, disk_switch);

    cJSON *raw = node_new("raw", disk_switch->node, image->read_only);
    cJSON_AddStringToObject(raw, "file", image->file);
    cJSON *format = node_new("qcow2", image->format, image->read_only);
    cJSON_AddStringToObject(format, "file", disk_switch->node);
    if (!image->read_only)
        cJSON_AddStringToObject(format, "detect-zeroes", "unmap");
    if (image->backing)
        cJSON_AddStringToObject(format, "backing", image->backing);
    else
        cJSON_AddNullToObject(format, "backing");
    if (node_add(machine, raw, error))
        return node_reopen(machine, format, error);
    cJSON_Delete(format);
    return false;
}

static bool put_switches(Machine *machine, GError **error)
{
    struct MachineFaults *faults = machine_faults(machine);
    g_autoptr(cJSON) graph = NULL, nodes = NULL;
    cJSON *flat = cJSON_CreateObject();

    if (faults->switches) {
        cJSON_Delete(flat);
        return true;
    }
    cJSON_AddBoolToObject(flat, "flat", true);
    if (!qmp_query(machine->domain, "query-named-block-nodes", flat, &nodes, error) ||
        !qmp_query(machine->domain, "x-debug-query-block-graph", NULL, &graph, error))
        return false;
    if (is_too_long(graph, nodes)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "QEMU tells of more than %d nodes or edges of its disks", GRAPH_MAX);
        return false;
    }
    g_autoptr(GArray) images = find_images(machine, graph, nodes);
    if (images->len == 0 || images->len > NODES_MAX ||
        g_array_index(images, ImageNodes, 0).read_only) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "QEMU has no qcow2 image that '%s' writes to", machine->name);
        return false;
    }
    faults->switches = g_ptr_array_new_with_free_func(disk_switch_free);
    for (guint i = 0; i < images->len; i++)
        if (!put_switch(machine, &g_array_index(images, ImageNodes, i), i, error))
            return false;
    return true;
}

static void add_rule(cJSON *rules, const char *kind, int errno_value)
{
    cJSON *rule = cJSON_CreateObject();

    cJSON_AddStringToObject(rule, "event", "none");
    cJSON_AddStringToObject(rule, "iotype", kind);
    cJSON_AddNumberToObject(rule, "errno", errno_value);
    cJSON_AddItemToArray(rules, rule);
}

static char *debug_name(const DiskSwitch *disk_switch)
{
    return g_strconcat(disk_switch->node, "-debug", NULL);
}

static bool fail_one(Machine *machine, DiskSwitch *disk_switch, MachineDiskErrors errors,
                     GError **error)
{
    g_autofree char *name = debug_name(disk_switch);
    cJSON *node = node_new("blkdebug", name, disk_switch->read_only);
    cJSON *rules = cJSON_AddArrayToObject(node, "inject-error");

    cJSON_AddStringToObject(node, "image", disk_switch->below);
    if (errors.reads)
        add_rule(rules, "read", errors.errno_value);
    if (errors.writes && !disk_switch->read_only) {
        add_rule(rules, "write", errors.errno_value);
        add_rule(rules, "write-zeroes", errors.errno_value);
    }
    if (!node_add(machine, node, error) || !switch_to(machine, disk_switch, name, error))
        return false;
    disk_switch->failing = true;
    return true;
}

static bool heal_one(Machine *machine, DiskSwitch *disk_switch, GError **error)
{
    g_autofree char *name = debug_name(disk_switch);

    if (!disk_switch->failing)
        return true;
    if (!switch_to(machine, disk_switch, disk_switch->below, error) ||
        !node_remove(machine, name, error))
        return false;
    disk_switch->failing = false;
    return true;
}

bool machine_fail_disk(Machine *machine, MachineDiskErrors errors, GError **error)
{
    if (!machine_need_domain(machine, "make its disk fail", error) || !put_switches(machine, error))
        return false;
    GPtrArray *switches = machine->faults->switches;
    if (errors.reads || errors.writes)
        g_atomic_int_set(&machine->inbox.disk_errors_wanted, 1);
    for (guint i = 0; i < switches->len; i++) {
        DiskSwitch *disk_switch = switches->pdata[i];
        if (!heal_one(machine, disk_switch, error))
            return false;
        if ((errors.reads || (errors.writes && !disk_switch->read_only)) &&
            !fail_one(machine, disk_switch, errors, error))
            return false;
    }
    return true;
}

/* An empty file of QEMU's user for the log. */
static bool make_log(Machine *machine, const char *path, GError **error)
{
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return host_fail_errno(error, "make", path);
    return host_give(machine->host, path, error);
}

/* The guest stands still: QEMU has written all tables, so a copy of the image is whole. */
static bool begin_log(Machine *machine, const char *log, const char *before, GError **error)
{
    DiskSwitch *own = machine->faults->switches->pdata[0];
    cJSON *file = node_new("file", LOG_FILE_NODE, false);
    cJSON_AddStringToObject(file, "filename", log);
    cJSON *writes = node_new("blklogwrites", LOG_NODE, false);
    cJSON_AddStringToObject(writes, "file", own->below);
    /* A node with no-flush is not told of flushes, and this one is there to write them down. */
    cJSON *cache = cJSON_GetObjectItemCaseSensitive(writes, "cache");
    cJSON_ReplaceItemInObjectCaseSensitive(cache, "no-flush", cJSON_CreateBool(false));
    cJSON_AddStringToObject(writes, "log", LOG_FILE_NODE);
    cJSON_AddNumberToObject(writes, "log-super-update-interval", 1);

    bool ok = files_copy(machine->disk, before, error) && make_log(machine, log, error);
    if (!ok || !node_add(machine, file, error)) {
        if (!ok)
            cJSON_Delete(file);
        cJSON_Delete(writes);
        return false;
    }
    if (!node_add(machine, writes, error) || !switch_to(machine, own, LOG_NODE, error))
        return false;
    g_free(own->below);
    own->below = g_strdup(LOG_NODE);
    return true;
}

bool machine_record_writes(Machine *machine, GError **error)
{
    g_autofree char *log = g_build_filename(machine->work_folder, "writes.log", NULL);
    g_autofree char *before = g_build_filename(machine->work_folder, "before.qcow2", NULL);

    if (!machine_need_domain(machine, "record what it writes", error) ||
        !machine_need_here(machine, "record what it writes", error))
        return false;
    if (machine_faults(machine)->log)
        return true;
    if (!files_remove_tree(log, error) || !files_remove_tree(before, error) ||
        !put_switches(machine, error))
        return false;
    if (!machine_suspend(machine, error))
        return false;
    if (!begin_log(machine, log, before, error))
        return false;
    if (!machine_resume(machine, error))
        return false;
    machine->faults->log = g_steal_pointer(&log);
    machine->faults->before = g_steal_pointer(&before);
    return true;
}

static bool kill_qemu(Machine *machine, GError **error)
{
    auto_fd pidfd = -1;

    if (!machine_qemu(machine, &pidfd, error))
        return false;
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    events_detach(machine->host, machine->uuid);
    if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) != 0)
        return host_fail_errno(error, "kill the QEMU of", machine->name);
    if (poll(&ended, 1, KILL_TIMEOUT_MS) == 1)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the QEMU of '%s' did not end when killed",
                machine->name);
    return false;
}

bool machine_power_cut(Machine *machine, GError **error)
{
    WriteLogResult result;

    if (!machine_need_domain(machine, "cut its power", error) || !kill_qemu(machine, error))
        return false;
    g_autofree char *log = NULL, *before = NULL;
    if (machine->faults) {
        log = g_steal_pointer(&machine->faults->log);
        before = g_steal_pointer(&machine->faults->before);
    }
    if (!machine_end(machine, error))
        return false;
    if (!log)
        return true;
    return write_log_replay(log, before, &result, error) &&
           files_copy(before, machine->disk, error) &&
           host_give(machine->host, machine->disk, error) && files_remove_tree(log, error) &&
           files_remove_tree(before, error);
}
