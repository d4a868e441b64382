/* SPDX-License-Identifier: GPL-2.0-or-later
 * Warm states by prefix.
 */
#include "run/reuse.h"

#include <sys/stat.h>
#include <unistd.h>

#include "run/carry.h"
#include "run/prefix.h"
#include "run/restore.h"
#include "util/clock.h"
#include "util/files.h"

#define SAVE_MS_GUESS 2000      /* before the first was saved */
#define DISK_SHARE 4            /* states take this part of what is free, at most … */
#define BYTES_MAX (32ull << 30) /* … this */
#define DISK_RESERVE (1024ull << 20)
#define NAME_DIGITS 12
#define SERIAL_NAME "serial.log"

/* What a guest is after certain steps: a point in the tree of all cases' prefixes. */
typedef struct Node Node;
struct Node {
    char *key;
    char name[NAME_DIGITS + 1];
    guint cases;       /* paths that go through it */
    guint waiting;     /* … of cases that have no lease yet */
    ReuseLease *claim; /* of the attempt that is to save it, or NULL */
    bool barren;       /* its last step did not hold just now: no attempt is to save it */
    char *folder;      /* NULL: not saved */
    bool useless;      /* somebody could not begin with it: it stays for those who have it now */
    Carry *carry;
    Node *base;    /* the state that its disk lies on, or NULL */
    guint users;   /* attempts whose guests lie on it */
    guint bases;   /* states that lie on it */
    guint64 bytes; /* on the disk */
    gint64 spares_ms;
    char *by; /* the case that saved it, in … */
    guint by_attempt;
};

typedef struct {
    GPtrArray *nodes; /* of Node*, one a unit */
    bool waiting;
} Path;

struct Reuse {
    char *state_folder, *folder;
    ReusePolicy policy;
    guint64 bytes_max;
    guint wait_ms;
    GMutex mutex; /* guards what follows, and all nodes */
    GCond changed;
    GHashTable *nodes; /* key → Node* */
    GHashTable *paths; /* case id → Path* */
    guint64 bytes;
    guint64 reserved; /* for those that are just being saved */
    guint64 largest;
    gint64 saving_ms; /* of all that were saved */
    ReuseCounts counts;
};

struct ReuseLease {
    Reuse *reuse;
    GPtrArray *nodes;
    Node *state; /* NULL: none */
    guint covered;
    bool saves;
    gint64 began;     /* since when units are carried out that no state covers */
    gint64 spares_ms; /* what the last state on the way spares */
};

static void path_free(gpointer data)
{
    Path *path = data;
    g_ptr_array_unref(path->nodes);
    g_free(path);
}

static void node_free(gpointer data)
{
    Node *node = data;
    g_free(node->key);
    g_free(node->folder);
    carry_free(node->carry);
    g_free(node->by);
    g_free(node);
}

Reuse *reuse_new(const char *state_folder, ReusePolicy policy, guint64 bytes_max, guint wait_ms)
{
    if (policy == REUSE_NEVER)
        return NULL;
    Reuse *reuse = g_new0(Reuse, 1);
    reuse->state_folder = g_strdup(state_folder);
    reuse->folder = g_strdup_printf("%s/work/shared-%d", state_folder, getpid());
    reuse->policy = policy;
    reuse->bytes_max = bytes_max;
    reuse->wait_ms = wait_ms;
    reuse->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, node_free);
    reuse->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, path_free);
    g_mutex_init(&reuse->mutex);
    g_cond_init(&reuse->changed);
    return reuse;
}

void reuse_free(Reuse *reuse)
{
    if (!reuse)
        return;
    files_remove_tree(reuse->folder, NULL);
    g_hash_table_unref(reuse->paths);
    g_hash_table_unref(reuse->nodes);
    g_mutex_clear(&reuse->mutex);
    g_cond_clear(&reuse->changed);
    g_free(reuse->state_folder);
    g_free(reuse->folder);
    g_free(reuse);
}

guint64 reuse_bytes(const char *state_folder)
{
    guint64 bytes;
    return files_free_bytes(state_folder, &bytes, NULL) ? MIN(bytes / DISK_SHARE, BYTES_MAX) : 0;
}

ReuseCounts reuse_counts(Reuse *reuse)
{
    if (!reuse)
        return (ReuseCounts){0};
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reuse->mutex);
    (void)locker;
    return reuse->counts;
}

void reuse_wake(Reuse *reuse)
{
    if (!reuse)
        return;
    g_mutex_lock(&reuse->mutex);
    g_cond_broadcast(&reuse->changed);
    g_mutex_unlock(&reuse->mutex);
}

/* Cases to come */

static Node *find_node(Reuse *reuse, const char *key)
{
    Node *node = g_hash_table_lookup(reuse->nodes, key);

    if (!node) {
        node = g_new0(Node, 1);
        node->key = g_strdup(key);
        g_strlcpy(node->name, key, sizeof node->name);
        g_hash_table_insert(reuse->nodes, node->key, node);
    }
    return node;
}

/* A node that nothing needs any more is not kept, so that a long run's memory does not grow. */
static void drop_if_unused(Reuse *reuse, Node *node)
{
    if (node->cases == 0 && !node->folder && !node->claim && node->users == 0 && node->bases == 0)
        g_hash_table_remove(reuse->nodes, node->key);
}

void reuse_expect(Reuse *reuse, const PlanCase *plan_case)
{
    if (!reuse)
        return;
    g_autoptr(GPtrArray) keys = prefix_keys(plan_case);
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reuse->mutex);
    (void)locker;

    if (keys->len == 0 || g_hash_table_contains(reuse->paths, plan_case->id))
        return;
    Path *path = g_new0(Path, 1);
    path->nodes = g_ptr_array_sized_new(keys->len);
    path->waiting = true;
    for (guint i = 0; i < keys->len; i++) {
        Node *node = find_node(reuse, keys->pdata[i]);
        node->cases++;
        node->waiting++;
        g_ptr_array_add(path->nodes, node);
    }
    g_hash_table_insert(reuse->paths, g_strdup(plan_case->id), path);
}

static void stop_waiting(Path *path)
{
    for (guint i = 0; path->waiting && i < path->nodes->len; i++)
        ((Node *)path->nodes->pdata[i])->waiting--;
    path->waiting = false;
}

void reuse_forget(Reuse *reuse, const PlanCase *plan_case)
{
    if (!reuse)
        return;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reuse->mutex);
    Path *path = g_hash_table_lookup(reuse->paths, plan_case->id);
    (void)locker;

    if (!path)
        return;
    stop_waiting(path);
    for (guint i = 0; i < path->nodes->len; i++) {
        Node *node = path->nodes->pdata[i];
        node->cases--;
        drop_if_unused(reuse, node);
    }
    g_hash_table_remove(reuse->paths, plan_case->id);
}

/* Removing */

static bool is_to_go(const Node *node)
{
    return node->useless && node->users == 0 && node->bases == 0;
}

/* And what it lay on, where that only waited for it to go. */
static void forget_state(Reuse *reuse, Node *node)
{
    do {
        Node *base = node->base;
        files_remove_tree(node->folder, NULL);
        g_clear_pointer(&node->folder, g_free);
        g_clear_pointer(&node->carry, carry_free);
        g_clear_pointer(&node->by, g_free);
        reuse->bytes -= node->bytes;
        if (base)
            base->bases--;
        node->base = NULL;
        node->useless = false;
        node = base;
    } while (node && is_to_go(node));
}

static void retire_state(Reuse *reuse, Node *node)
{
    node->useless = true;
    if (is_to_go(node))
        forget_state(reuse, node);
}

/* Leases */

/* Of states that were saved before the host's clock was set back, nobody could tell what their
 * guests log from now on (run/event-look.h). */
static void retire_outdated(Reuse *reuse, const Path *path)
{
    for (guint i = path->nodes->len; i > 0; i--) {
        Node *node = path->nodes->pdata[i - 1];
        if (node->folder && !node->useless && !carry_is_current(node->carry))
            retire_state(reuse, node);
    }
}

/* How many units of the path a state covers, and whether another attempt is to save one that
 * covers more. */
static guint find_state(const Path *path, bool *ret_better_comes)
{
    guint covered = 0;

    *ret_better_comes = false;
    for (guint i = path->nodes->len; i > 0 && covered == 0; i--) {
        const Node *node = path->nodes->pdata[i - 1];
        if (node->folder && !node->useless)
            covered = i;
        else
            *ret_better_comes |= node->claim != NULL;
    }
    return covered;
}

/* Whether a case that has no lease yet begins with the same steps, and nobody has saved them. */
static bool shares_first(const Path *path, const Path *other)
{
    return other && other->waiting && path->nodes->pdata[0] == other->nodes->pdata[0] &&
           !((const Node *)path->nodes->pdata[0])->folder;
}

bool reuse_waits(Reuse *reuse, const PlanCase *plan_case, const GPtrArray *running)
{
    if (!reuse)
        return false;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reuse->mutex);
    const Path *path = g_hash_table_lookup(reuse->paths, plan_case->id);
    bool waits;
    (void)locker;

    if (!path || !path->waiting)
        return false;
    find_state(path, &waits);
    for (guint i = 0; i < running->len && !waits; i++) {
        const PlanCase *other = running->pdata[i];
        waits = shares_first(path, g_hash_table_lookup(reuse->paths, other->id));
    }
    return waits;
}

/* What a state may take, before it is saved. */
static guint64 bytes_expected(const Reuse *reuse, const Guest *guest)
{
    return MAX(reuse->largest, (guint64)guest->memory_mib << 20);
}

/* A guest that a state can be saved of has its memory in a file, beside which the state needs room,
 * and is lost where it writes to memory that the disk has no room for. */
static bool has_room(const Reuse *reuse, const Guest *guest)
{
    guint64 memory = (guint64)guest->memory_mib << 20, free_bytes;

    return files_free_bytes(reuse->state_folder, &free_bytes, NULL) &&
           free_bytes > reuse->reserved + memory + bytes_expected(reuse, guest) + DISK_RESERVE;
}

/* Claims the states after which other cases go another way, or come no further: what lies beyond
 * would spare fewer of them. */
static void claim_states(ReuseLease *lease, const Guest *guest)
{
    if (!has_room(lease->reuse, guest))
        return;
    for (guint i = lease->covered; i < lease->nodes->len; i++) {
        Node *node = lease->nodes->pdata[i];
        const Node *next = i + 1 < lease->nodes->len ? lease->nodes->pdata[i + 1] : NULL;
        if (node->barren)
            break;
        guint beyond = next && !next->barren ? next->waiting : 0;
        if (node->claim || node->folder || node->waiting <= beyond)
            continue;
        node->claim = lease;
        lease->saves = true;
    }
}

ReuseLease *reuse_lease(Reuse *reuse, const PlanCase *plan_case, const Guest *guest,
                        const volatile gint *cancelled)
{
    if (!reuse)
        return NULL;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&reuse->mutex);
    Path *path = g_hash_table_lookup(reuse->paths, plan_case->id);
    gint64 deadline = clock_deadline_ms(reuse->wait_ms);
    bool better_comes, in_time = true;
    guint covered;
    (void)locker;

    if (!path || !path->waiting)
        return NULL;
    while (retire_outdated(reuse, path), covered = find_state(path, &better_comes),
           better_comes && in_time && !g_atomic_int_get(cancelled))
        in_time = g_cond_wait_until(&reuse->changed, &reuse->mutex, deadline);
    stop_waiting(path);
    ReuseLease *lease = g_new0(ReuseLease, 1);
    *lease =
        (ReuseLease){.reuse = reuse, .nodes = g_ptr_array_ref(path->nodes), .covered = covered};
    if (covered > 0) {
        lease->state = path->nodes->pdata[covered - 1];
        lease->state->users++;
    }
    claim_states(lease, guest);
    return lease;
}

static void drop_claims(ReuseLease *lease)
{
    for (guint i = 0; i < lease->nodes->len; i++) {
        Node *node = lease->nodes->pdata[i];
        if (node->claim == lease)
            node->claim = NULL;
    }
    g_cond_broadcast(&lease->reuse->changed);
}

static void leave_state(ReuseLease *lease)
{
    Node *node = lease->state;

    lease->state = NULL;
    lease->covered = 0;
    if (!node)
        return;
    node->users--;
    if (is_to_go(node))
        forget_state(lease->reuse, node);
}

void reuse_release(ReuseLease *lease)
{
    if (!lease)
        return;
    g_mutex_lock(&lease->reuse->mutex);
    drop_claims(lease);
    leave_state(lease);
    g_mutex_unlock(&lease->reuse->mutex);
    g_ptr_array_unref(lease->nodes);
    g_free(lease);
}

const char *reuse_folder(const ReuseLease *lease)
{
    return lease && lease->state ? lease->state->folder : NULL;
}

const char *reuse_state(const ReuseLease *lease)
{
    return lease && lease->state ? lease->state->name : NULL;
}

bool reuse_saves(const ReuseLease *lease)
{
    return lease && lease->saves;
}

bool reuse_prepare(const ReuseLease *lease, Attempt *attempt, GError **error)
{
    if (!lease || !lease->state)
        return true;
    g_autofree char *from = g_build_filename(lease->state->folder, SERIAL_NAME, NULL);
    return files_copy(from, attempt->serial_log, error);
}

static void record_shared(Attempt *attempt, const Node *state)
{
    cJSON *record = attempt_event_record(
        attempt, "shared", "state %s, saved by attempt %u of %s: %.1f s not repeated", state->name,
        state->by_attempt, state->by, (double)state->spares_ms / 1000);

    cJSON_AddStringToObject(record, "state", state->name);
    cJSON_AddStringToObject(record, "by", state->by);
    cJSON_AddNumberToObject(record, "spared_ms", (double)state->spares_ms);
    attempt_write(attempt, record);
}

void reuse_begin(ReuseLease *lease, Attempt *attempt)
{
    if (!lease)
        return;
    attempt->lease = lease;
    lease->began = g_get_monotonic_time();
    if (!lease->state)
        return;
    lease->spares_ms = lease->state->spares_ms;
    Reuse *reuse = lease->reuse;
    const Node *state = lease->state;
    carry_give(state->carry, attempt);
    record_shared(attempt, state);
    g_mutex_lock(&reuse->mutex);
    reuse->counts.used++;
    reuse->counts.spared_ms += state->spares_ms;
    g_mutex_unlock(&reuse->mutex);
}

void reuse_give_up(ReuseLease *lease)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&lease->reuse->mutex);
    (void)locker;

    if (lease->state)
        lease->state->useless = true;
    drop_claims(lease);
    leave_state(lease);
    lease->saves = false;
}

/* What those who wait would save by it. */
static gint64 value_of(const Node *node)
{
    return node->useless ? 0 : (gint64)node->waiting * node->spares_ms;
}

/* The state that is worth least, of those that nothing lies on. */
static Node *least_valuable(Reuse *reuse)
{
    GHashTableIter iter;
    gpointer value;
    Node *least = NULL;

    g_hash_table_iter_init(&iter, reuse->nodes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Node *node = value;
        if (node->folder && node->users == 0 && node->bases == 0 &&
            (!least || value_of(node) < value_of(least)))
            least = node;
    }
    return least;
}

/* Room for one more state that is worth so much; states are of much the same size. The names of
 * those that went for it are added to `gone`. */
static bool make_room(Reuse *reuse, guint64 bytes, gint64 worth, GString *gone)
{
    while (reuse->bytes + reuse->reserved + bytes > reuse->bytes_max) {
        Node *node = least_valuable(reuse);
        if (!node || value_of(node) > worth)
            return false;
        g_string_append_printf(gone, "%s%s, for %u more cases", gone->len > 0 ? "; " : "",
                               node->name, node->waiting);
        forget_state(reuse, node);
        drop_if_unused(reuse, node);
    }
    return true;
}

/* Saving */

static guint64 bytes_below(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint64 bytes = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat st;
        if (lstat(path, &st) == 0)
            bytes += (guint64)st.st_blocks * 512;
    }
    return bytes;
}

static bool is_worthwhile(Reuse *reuse, const ReuseLease *lease, const Node *node,
                          const Attempt *attempt, guint64 bytes, GString *gone)
{
    gint64 elapsed_ms = (g_get_monotonic_time() - lease->began) / 1000;
    gint64 cost_ms =
        reuse->counts.saved > 0 ? reuse->saving_ms / reuse->counts.saved : SAVE_MS_GUESS;
    gint64 gain_ms = (gint64)node->waiting * elapsed_ms;
    guint64 free_bytes;

    if (attempt->findings > 0 || node->waiting == 0 || node->folder ||
        (reuse->policy == REUSE_WORTHWHILE && gain_ms <= cost_ms))
        return false;
    return files_make_folder(reuse->folder, NULL) &&
           files_free_bytes(reuse->folder, &free_bytes, NULL) &&
           free_bytes > reuse->reserved + bytes + DISK_RESERVE &&
           make_room(reuse, bytes, gain_ms, gone);
}

static bool save_files(Attempt *attempt, const char *folder, GError **error)
{
    g_autofree char *serial = g_build_filename(folder, SERIAL_NAME, NULL);
    RestoreMark mark;

    if (!restore_mark(attempt->agent, &mark, error))
        return false;
    bool copied = machine_copy_warm(attempt->machine, folder, error);
    /* A guest that went away just then is none that others can go on from. */
    bool answers = restore_unmark(attempt->agent, &mark, copied ? error : NULL);
    if (!copied)
        return false;
    /* It stood still meanwhile. */
    if (!attempt->clock_jumped)
        agent_set_time(attempt->agent, NULL);
    if (answers && files_copy(attempt->serial_log, serial, error) &&
        restore_keep(&mark, &attempt->identity, folder, error))
        return true;
    files_remove_tree(folder, NULL);
    return false;
}

static void enter_state(ReuseLease *lease, Node *node, Attempt *attempt, char *folder,
                        guint took_ms)
{
    Reuse *reuse = lease->reuse;
    gint64 now = g_get_monotonic_time();

    lease->spares_ms += (now - lease->began) / 1000 - took_ms;
    lease->began = now;
    node->folder = folder;
    node->carry = carry_take(attempt);
    node->base = lease->state;
    if (node->base)
        node->base->bases++;
    node->bytes = bytes_below(folder);
    node->spares_ms = lease->spares_ms;
    node->by = g_strdup(attempt->plan_case->id);
    node->by_attempt = attempt->number;
    reuse->bytes += node->bytes;
    reuse->largest = MAX(reuse->largest, node->bytes);
    reuse->saving_ms += took_ms;
    reuse->counts.saved++;
}

/* A state that cannot be saved is no loss to this attempt. */
static void save(ReuseLease *lease, Node *node, Attempt *attempt)
{
    g_autofree char *folder = g_build_filename(lease->reuse->folder, node->name, NULL);
    g_autoptr(GError) failure = NULL;
    gint64 began = g_get_monotonic_time();

    if (!save_files(attempt, folder, &failure)) {
        attempt_event(attempt, "note", "no state is saved for other cases: %s", failure->message);
        return;
    }
    guint took_ms = clock_elapsed_ms(began);
    g_mutex_lock(&lease->reuse->mutex);
    enter_state(lease, node, attempt, g_steal_pointer(&folder), took_ms);
    guint waiting = node->waiting;
    guint64 bytes = node->bytes;
    g_mutex_unlock(&lease->reuse->mutex);
    cJSON *record = attempt_event_record(
        attempt, "saved", "state %s, for %u more cases: %" G_GUINT64_FORMAT " MiB in %u ms",
        node->name, waiting, bytes >> 20, took_ms);
    cJSON_AddStringToObject(record, "state", node->name);
    attempt_write(attempt, record);
}

bool reuse_covers(Attempt *attempt)
{
    if (!attempt->lease || attempt->units >= attempt->lease->covered)
        return false;
    attempt->units++;
    return true;
}

void reuse_unit_held(Attempt *attempt)
{
    ReuseLease *lease = attempt->lease;
    guint unit = attempt->units++;

    if (!lease || unit >= lease->nodes->len)
        return;
    Reuse *reuse = lease->reuse;
    Node *node = lease->nodes->pdata[unit];
    g_autoptr(GString) gone = g_string_new(NULL);
    g_mutex_lock(&reuse->mutex);
    node->barren = false;
    guint64 bytes = bytes_expected(reuse, attempt->guest);
    bool wanted = node->claim == lease && is_worthwhile(reuse, lease, node, attempt, bytes, gone);
    reuse->reserved += wanted ? bytes : 0;
    g_mutex_unlock(&reuse->mutex);
    if (gone->len > 0)
        attempt_event(attempt, "note", "removed to make room for state %s: %s", node->name,
                      gone->str);
    if (wanted)
        save(lease, node, attempt);
    g_mutex_lock(&reuse->mutex);
    reuse->reserved -= wanted ? bytes : 0;
    if (node->claim == lease)
        node->claim = NULL;
    g_cond_broadcast(&reuse->changed);
    g_mutex_unlock(&reuse->mutex);
}

void reuse_unit_failed(Attempt *attempt, bool by_guest)
{
    ReuseLease *lease = attempt->lease;

    if (!lease)
        return;
    g_mutex_lock(&lease->reuse->mutex);
    if (by_guest && attempt->units < lease->nodes->len)
        ((Node *)lease->nodes->pdata[attempt->units])->barren = true;
    drop_claims(lease);
    g_mutex_unlock(&lease->reuse->mutex);
}
