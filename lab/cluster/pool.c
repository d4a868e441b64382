/* SPDX-License-Identifier: GPL-2.0-or-later
 * Giving shards to hosts.
 */
#include "cluster/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cluster/merge.h"
#include "host/host.h"
#include "report/result.h"
#include "run/budget.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/proc.h"
#include "util/redact.h"
#include "util/text.h"

#define HOSTS_BYTES_MAX (1u << 20)
#define TASK_S (30u * 24 * 3600) /* proc_run() wants a limit; a case has its own deadlines */
#define CHECK_S 3600u
#define TRIES 5 /* at a shard that does not come to its end on hosts that are well */
#define LOOK_MS 500
#define TEXT_MAX 2000 /* bytes of a text in hosts.json */

typedef enum { SHARD_WAITS, SHARD_RUNS, SHARD_ENDED, SHARD_GIVEN_UP } ShardStage;

typedef struct {
    const Lot *lot;
    ShardStage stage;
    guint tries;
} Shard;

typedef struct Pool Pool;

typedef struct {
    Pool *pool;
    const LabHost *host;
    guint checks; /* so far */
    PoolHost told;
} Member;

struct Pool {
    const Cluster *cluster;
    const PoolOptions *options;
    Shard *shards;
    Member *members;
    guint count;  /* of members */
    GMutex mutex; /* guards the shards and what members tell */
    GCond changed;
};

static bool cancelled(const Pool *pool)
{
    return *(const volatile bool *)pool->options->cancelled;
}

/* What may run where */

static bool is_here(const LabHost *host)
{
    return !host_uri_is_remote(host->uri);
}

static guint guests_at_once(const LabHost *host, const Lot *lot)
{
    guint room =
        host->memory_mib ? host->memory_mib / (lot->memory_mib + BUDGET_QEMU_MIB) : host->jobs;
    return lot->licences ? MIN(room, 1) : MIN(room, host->jobs);
}

static bool can_run(const LabHost *host, const Lot *lot)
{
    return (!lot->here || is_here(host)) && guests_at_once(host, lot) > 0;
}

static bool check_lot(const Lot *lot, const Lab *lab, GError **error)
{
    for (guint i = 0; i < lab->hosts->len; i++)
        if (can_run(lab->hosts->pdata[i], lot))
            return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                lot->here ? "guest '%s' has cases with faults of QEMU's process (power-cut, "
                            "vcpu-steal, a clock-jump by the machine): lab.xml's hosts need one "
                            "of this machine, without uri"
                          : "guest '%s' fits into the memory of none of lab.xml's hosts",
                lot->guest);
    return false;
}

bool pool_check(const Cluster *cluster, const Lab *lab, GError **error)
{
    guint here = 0;

    if (lab->hosts->len == 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s has no <hosts>: docs/hosts.md tells how to name them",
                    lab->file ? lab->file : "the lab");
        return false;
    }
    for (guint i = 0; i < lab->hosts->len; i++)
        here += is_here(lab->hosts->pdata[i]);
    if (here > 1) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s: %u of the hosts are this machine, which can be in the pool once",
                    lab->file, here);
        return false;
    }
    for (guint i = 0; i < cluster->lots->len; i++)
        if (!check_lot(cluster->lots->pdata[i], lab, error))
            return false;
    return true;
}

/* hosts.json */

static char *hosts_path(const Cluster *cluster)
{
    return g_build_filename(cluster->folder, "hosts.json", NULL);
}

bool pool_is(const Cluster *cluster)
{
    g_autofree char *path = hosts_path(cluster);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* With the mutex held. It only informs: where it cannot be written, the run goes on. */
static void tell(const Pool *pool)
{
    g_autofree char *path = hosts_path(pool->cluster);
    g_autoptr(cJSON) object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", 1);
    cJSON *list = cJSON_AddArrayToObject(object, "hosts");
    for (guint i = 0; i < pool->count; i++) {
        const PoolHost *told = &pool->members[i].told;
        cJSON *item = cJSON_CreateObject();
        json_add_text(item, "name", told->name);
        json_add_text(item, "uri", told->uri);
        json_add_text(item, "state", told->state);
        json_add_text(item, "reason", told->reason);
        cJSON_AddNumberToObject(item, "shard", told->shard);
        cJSON_AddNumberToObject(item, "shards", told->shards);
        cJSON_AddItemToArray(list, item);
    }
    g_autofree char *line = json_line(object);
    g_autofree char *said = redact_text(line);
    g_autofree char *text = g_strconcat(said, "\n", NULL);
    files_write_atomic(path, text, strlen(text), NULL);
}

void pool_host_free(PoolHost *host)
{
    g_free(host->name);
    g_free(host->uri);
    g_free(host->state);
    g_free(host->reason);
    g_free(host);
}

/* NULL where there is none. */
static char *read_text(const cJSON *item, const char *name)
{
    const char *text = json_string(item, name, NULL);
    return text ? text_printable(text, strlen(text), TEXT_MAX) : NULL;
}

static PoolHost *read_host(const cJSON *item)
{
    PoolHost *host = g_new0(PoolHost, 1);

    host->name = read_text(item, "name");
    host->uri = read_text(item, "uri");
    host->state = read_text(item, "state");
    host->reason = read_text(item, "reason");
    host->shard = (guint)CLAMP(json_int(item, "shard", 0), 0, LOT_SHARDS_MAX);
    host->shards = (guint)CLAMP(json_int(item, "shards", 0), 0, LOT_SHARDS_MAX);
    return host;
}

bool pool_parse_hosts(const char *text, gsize length, GPtrArray **ret_hosts, GError **error)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func((GDestroyNotify)pool_host_free);
    g_autoptr(cJSON) object = NULL;
    const cJSON *item;

    if (!json_parse(text, length, HOSTS_BYTES_MAX, "hosts.json", &object, error))
        return false;
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "hosts")) {
        g_ptr_array_add(hosts, read_host(item));
        const PoolHost *host = hosts->pdata[hosts->len - 1];
        if (host->name && host->state)
            continue;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "hosts.json: a host has no name, or no state");
        return false;
    }
    *ret_hosts = g_steal_pointer(&hosts);
    return true;
}

bool pool_hosts(const Cluster *cluster, GPtrArray **ret_hosts, GError **error)
{
    g_autofree char *path = hosts_path(cluster);
    g_autofree char *text = NULL;
    gsize length;

    return files_read(path, HOSTS_BYTES_MAX, &text, &length, error) &&
           pool_parse_hosts(text, length, ret_hosts, error);
}

/* One owner */

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

pid_t pool_owner(const Cluster *cluster)
{
    g_autofree char *path = g_build_filename(cluster->folder, "owner", NULL);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = whole_file();
    bool held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

    if (fd >= 0)
        close(fd);
    return held ? lock.l_pid : 0;
}

static bool own(const Cluster *cluster, int *ret_fd, GError **error)
{
    g_autofree char *path = g_build_filename(cluster->folder, "owner", NULL);
    struct flock lock = whole_file();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0) {
        *ret_fd = fd;
        return true;
    }
    if (fd >= 0 && (errno == EACCES || errno == EAGAIN))
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the run '%s' goes on in another process", cluster->folder);
    else
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot lock '%s': %s", path,
                    g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

/* Processes of truce */

typedef struct {
    int fd;
    char *last; /* line, or NULL */
} Log;

static void append_line(const char *line, gpointer data)
{
    Log *log = data;
    char *said = redact_text(line);
    g_autofree char *text = g_strconcat(said, "\n", NULL);

    g_free(log->last);
    log->last = said;
    if (write(log->fd, text, strlen(text)) < 0)
        return; /* it only helps to understand what is in the journal too */
}

/* A state folder is one process's: this machine's own, or one for each other host, which has the
 * same images. */
static char *member_state(const Member *member, GError **error)
{
    const char *state = member->pool->options->lab->state_folder;
    g_autofree char *folder = g_build_filename(state, "hosts", member->host->name, NULL);
    g_autofree char *link = g_build_filename(folder, "guests", NULL);
    g_autofree char *images = g_build_filename(state, "guests", NULL);

    if (is_here(member->host))
        return g_strdup(state);
    if (!files_make_folder(folder, error))
        return NULL;
    if (symlink(images, link) == 0 || errno == EEXIST)
        return g_steal_pointer(&folder);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot make '%s': %s", link,
                g_strerror(errno));
    return NULL;
}

/* Runs `truce ARGUMENT…` for a host. It ends with this process. */
static bool run_truce(Member *member, const char *const *arguments, guint timeout_s, GError **error)
{
    const PoolOptions *options = member->pool->options;
    g_autofree char *state = member_state(member, error);
    g_autofree char *variable = g_strconcat("TRUCE_NODE_STATE=", state, NULL);
    g_autofree char *node = g_strconcat("TRUCE_NODE=", member->host->name, NULL);
    g_autofree char *log =
        g_build_filename(member->pool->cluster->folder, "hosts", member->host->name, "log", NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *const before[] = {"env", variable, node, options->truce};

    if (!state)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
        g_ptr_array_add(argv, (gpointer)before[i]);
    for (; *arguments; arguments++)
        g_ptr_array_add(argv, (gpointer)*arguments);
    if (options->lab->file) {
        g_ptr_array_add(argv, "--lab");
        g_ptr_array_add(argv, options->lab->file);
    }
    if (member->host->uri) {
        g_ptr_array_add(argv, "--connect");
        g_ptr_array_add(argv, member->host->uri);
    }
    g_ptr_array_add(argv, NULL);
    Log out = {.fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    const ProcOptions proc = {.timeout_s = timeout_s,
                              .on_line = append_line,
                              .on_line_data = &out,
                              .cancelled = options->cancelled};
    bool done = proc_run((const char *const *)argv->pdata, &proc, error);
    g_autofree char *last = out.last;
    if (!done && last && error) { /* truce's own words, without those of how it was run */
        g_clear_error(error);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, last);
    }
    if (out.fd >= 0)
        close(out.fd);
    return done;
}

/* The health check */

static bool write_health(const Pool *pool, GError **error)
{
    g_autofree char *folder = g_build_filename(pool->cluster->folder, "hosts", NULL);
    g_autofree char *path = g_build_filename(folder, "health.xml", NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) text = g_string_new(
        "<scenario name=\"health\" format=\"1\">\n"
        "  <title>Is the host well?</title>\n"
        "  <description>A guest without any vendor starts and runs a program.</description>\n");

    for (guint i = 0; i < pool->cluster->lots->len; i++) {
        const Lot *lot = pool->cluster->lots->pdata[i];
        if (g_hash_table_add(seen, lot->guest))
            g_string_append_printf(text, "  <guest name=\"%s\"/>\n", lot->guest);
    }
    g_string_append(text,
                    "  <test name=\"control\">\n"
                    "    <title>No vendor</title>\n"
                    "    <matrix><vendors install=\"\"/></matrix>\n"
                    "    <steps><run timeout-s=\"60\" exit=\"0\">cmd.exe /c ver</run></steps>\n"
                    "  </test>\n"
                    "</scenario>\n");
    return files_make_folder(folder, error) &&
           files_write_atomic(path, text->str, text->len, error);
}

/* The first case that did not pass, in its own words; NULL: all passed. */
static char *complaint(const char *run)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(Result) result = NULL;

    if (!result_read(run, &result, &failure))
        return g_strdup(failure->message);
    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        if (one->state != CASE_PASSED)
            return g_strdup_printf("the control '%s' is '%s': %s", one->id,
                                   case_state_name(one->state), one->reason ? one->reason : "");
    }
    return NULL;
}

static char *check_path(Member *member)
{
    for (;;) {
        g_autofree char *name = g_strdup_printf("health-%u", ++member->checks);
        g_autofree char *path = g_build_filename(member->pool->cluster->folder, "hosts",
                                                 member->host->name, name, NULL);
        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
}

/* NULL: the host is well; else why it is not. */
static char *check_health(Member *member)
{
    g_autofree char *folder = g_build_filename(member->pool->cluster->folder, "hosts", NULL);
    g_autofree char *scenario = g_build_filename(folder, "health.xml", NULL);
    g_autofree char *own_folder = g_build_filename(folder, member->host->name, NULL);
    g_autofree char *run = check_path(member);
    const char *const arguments[] = {"run", "--quiet",  "--jobs", "1",      "--experiments",
                                     "0",   "--output", run,      scenario, NULL};
    g_autoptr(GError) failure = NULL;

    if (!files_make_folder(own_folder, &failure) ||
        !run_truce(member, arguments, CHECK_S, &failure)) {
        char *why = g_file_test(run, G_FILE_TEST_IS_DIR) ? complaint(run) : NULL;
        return why ? why : g_strdup(failure->message);
    }
    return complaint(run);
}

/* Shards */

static bool has_ended(const Cluster *cluster, guint number)
{
    g_autofree char *folder = cluster_shard_folder(cluster, number);
    g_autoptr(Result) result = NULL;

    return result_read(folder, &result, NULL) && g_strcmp0(result->outcome, "finished") == 0 &&
           result->counts[CASE_NOT_RUN] == 0;
}

static bool any(const Pool *pool, ShardStage stage)
{
    for (guint i = 0; i < pool->cluster->shards; i++)
        if (pool->shards[i].stage == stage)
            return true;
    return false;
}

/* With the mutex held: controls until all have ended, then in the lots' order; licences one shard
 * at a time. 0: none now. */
static guint choose(const Pool *pool, const LabHost *host)
{
    bool controls = false, licensed = false;

    for (guint i = 0; i < pool->cluster->shards; i++) {
        const Shard *shard = &pool->shards[i];
        bool open = shard->stage == SHARD_WAITS || shard->stage == SHARD_RUNS;
        controls = controls || (open && shard->lot->stage == LOT_CONTROLS);
        licensed = licensed || (shard->stage == SHARD_RUNS && shard->lot->licences);
    }
    for (guint i = 0; i < pool->cluster->shards; i++) {
        const Shard *shard = &pool->shards[i];
        if (shard->stage == SHARD_WAITS && can_run(host, shard->lot) &&
            (!controls || shard->lot->stage == LOT_CONTROLS) &&
            (!licensed || !shard->lot->licences))
            return i + 1;
    }
    return 0;
}

/* The next shard for a host, from 1; 0: there will be none. */
static guint take(Member *member)
{
    Pool *pool = member->pool;
    guint number = 0;

    g_mutex_lock(&pool->mutex);
    while (!cancelled(pool) && (any(pool, SHARD_WAITS) || any(pool, SHARD_RUNS)) &&
           !(number = choose(pool, member->host)))
        g_cond_wait_until(&pool->changed, &pool->mutex, g_get_monotonic_time() + LOOK_MS * 1000);
    if (cancelled(pool))
        number = 0;
    if (number)
        pool->shards[number - 1].stage = SHARD_RUNS;
    member->told.shard = number;
    tell(pool);
    g_mutex_unlock(&pool->mutex);
    return number;
}

static void give_back(Member *member, guint number, bool ended)
{
    Pool *pool = member->pool;
    Shard *shard = &pool->shards[number - 1];

    g_mutex_lock(&pool->mutex);
    if (ended)
        shard->stage = SHARD_ENDED;
    else
        shard->stage = ++shard->tries < TRIES ? SHARD_WAITS : SHARD_GIVEN_UP;
    member->told.shards += ended;
    member->told.shard = 0;
    tell(pool);
    g_cond_broadcast(&pool->changed);
    g_mutex_unlock(&pool->mutex);
}

static bool is_out(const Member *member)
{
    return g_str_equal(member->told.state, "out");
}

/* With the mutex held: what no host is left for waits for nobody. */
static void drop_orphans(Pool *pool)
{
    for (guint i = 0; i < pool->cluster->shards; i++) {
        bool hope = false;
        for (guint j = 0; j < pool->count; j++)
            hope = hope || (!is_out(&pool->members[j]) &&
                            can_run(pool->members[j].host, pool->shards[i].lot));
        if (!hope && pool->shards[i].stage == SHARD_WAITS)
            pool->shards[i].stage = SHARD_GIVEN_UP;
    }
}

static void set_state(Member *member, const char *state, const char *reason)
{
    Pool *pool = member->pool;

    g_mutex_lock(&pool->mutex);
    g_free(member->told.state);
    g_free(member->told.reason);
    member->told.state = g_strdup(state);
    member->told.reason = g_strdup(reason);
    drop_orphans(pool);
    tell(pool);
    g_cond_broadcast(&pool->changed);
    g_mutex_unlock(&pool->mutex);
}

/* Whether the host may have shards, from now on or still. */
static bool pass_check(Member *member)
{
    Progress *progress = member->pool->options->progress;
    const char *name = member->host->name;

    progress_status(progress, "%s: health check", name);
    g_autofree char *why = check_health(member);
    if (cancelled(member->pool))
        return false;
    set_state(member, why ? "out" : "well", why);
    if (why)
        progress_verdict(progress, TONE_BAD, "out", "%s: %s", name, why);
    else
        progress_verdict(progress, TONE_GOOD, "well", "%s", name);
    return !why;
}

static void do_shard(Member *member, guint number)
{
    const Shard *shard = &member->pool->shards[number - 1];
    g_autofree char *folder = cluster_shard_folder(member->pool->cluster, number);
    g_autofree char *jobs = g_strdup_printf("%u", guests_at_once(member->host, shard->lot));
    const char *const arguments[] = {"resume", "--quiet", "--jobs", jobs, folder, NULL};
    Progress *progress = member->pool->options->progress;

    progress_status(progress, "%s: shard %u", member->host->name, number);
    run_truce(member, arguments, TASK_S, NULL); /* its verdicts stand in the journal */
    bool ended = has_ended(member->pool->cluster, number);
    if (ended)
        progress_line(progress, "%s: shard %u has ended", member->host->name, number);
    else
        progress_line(progress, "%s: shard %u has not ended: see '%s/hosts/%s/log'",
                      member->host->name, number, member->pool->cluster->folder,
                      member->host->name);
    give_back(member, number, ended);
}

static gpointer serve(gpointer data)
{
    Member *member = data;
    guint number;

    bool well = pass_check(member);
    while (well && (number = take(member))) {
        do_shard(member, number);
        if (member->pool->shards[number - 1].stage != SHARD_ENDED && !cancelled(member->pool))
            well = pass_check(member);
    }
    return NULL;
}

/* The whole */

static void begin(Pool *pool)
{
    for (guint i = 0; i < pool->cluster->lots->len; i++) {
        const Lot *lot = pool->cluster->lots->pdata[i];
        for (guint s = lot->first; s <= lot->last; s++)
            pool->shards[s - 1] = (Shard){
                .lot = lot, .stage = has_ended(pool->cluster, s) ? SHARD_ENDED : SHARD_WAITS};
    }
    for (guint i = 0; i < pool->count; i++) {
        const LabHost *host = pool->options->lab->hosts->pdata[i];
        pool->members[i] = (Member){.pool = pool, .host = host};
        pool->members[i].told = (PoolHost){
            .name = g_strdup(host->name), .uri = g_strdup(host->uri), .state = g_strdup("checked")};
    }
    tell(pool);
}

static void run_shards(Pool *pool)
{
    g_autofree GThread **threads = g_new0(GThread *, pool->count);

    for (guint i = 0; i < pool->count; i++)
        threads[i] = g_thread_new("host", serve, &pool->members[i]);
    for (guint i = 0; i < pool->count; i++)
        g_thread_join(threads[i]);
}

/* On a host that is well, this machine where it is. Also without any: a shard that a host left
 * `stopped` makes the merged run one, until somebody goes on with it to its end. */
static void run_experiments(Pool *pool)
{
    g_autofree char *merged = cluster_merged_folder(pool->cluster);
    g_autoptr(RunCommand) command = NULL;
    Member *on = NULL;

    if (!run_command_read(pool->cluster->folder, &command, NULL))
        return;
    g_autofree char *most = g_strdup_printf("%u", command->experiments);
    const char *const arguments[] = {"resume",        "--quiet", "--jobs", "1",
                                     "--experiments", most,      merged,   NULL};

    for (guint i = 0; i < pool->count; i++) {
        Member *member = &pool->members[i];
        if (g_str_equal(member->told.state, "well") && (!on || is_here(member->host)))
            on = member;
    }
    if (!on)
        return;
    progress_status(pool->options->progress, "%s: experiments", on->host->name);
    run_truce(on, arguments, TASK_S, NULL);
}

static void end(Pool *pool)
{
    for (guint i = 0; i < pool->count; i++) {
        g_free(pool->members[i].told.name);
        g_free(pool->members[i].told.uri);
        g_free(pool->members[i].told.state);
        g_free(pool->members[i].told.reason);
    }
    g_free(pool->members);
    g_free(pool->shards);
    g_mutex_clear(&pool->mutex);
    g_cond_clear(&pool->changed);
}

static bool merge_all(Pool *pool, GError **error)
{
    if (cancelled(pool)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED,
                    "interrupted: 'truce resume %s' goes on, 'truce cancel %s' ends it",
                    pool->cluster->folder, pool->cluster->folder);
        return false;
    }
    if (!cluster_merge(pool->cluster, error))
        return false;
    run_experiments(pool);
    return true;
}

bool pool_run(const Cluster *cluster, const PoolOptions *options, GError **error)
{
    g_autofree char *merged = cluster_merged_folder(cluster);
    Pool pool = {.cluster = cluster, .options = options, .count = options->lab->hosts->len};
    int owner;

    if (g_file_test(merged, G_FILE_TEST_IS_DIR))
        return true;
    if (!own(cluster, &owner, error))
        return false;
    g_mutex_init(&pool.mutex);
    g_cond_init(&pool.changed);
    pool.shards = g_new0(Shard, cluster->shards);
    pool.members = g_new0(Member, pool.count);
    begin(&pool);
    bool done = write_health(&pool, error);
    if (done && any(&pool, SHARD_WAITS))
        run_shards(&pool);
    done = done && merge_all(&pool, error);
    end(&pool);
    close(owner);
    return done;
}
