/* SPDX-License-Identifier: GPL-2.0-or-later
 * The work queue of a run.
 */
#include "run/queue.h"

typedef enum { WAITING, RUNNING, ENDED } Stage;

/* Cases of which one is as good as the other, but for what it shares with those that run. */
typedef struct {
    const char *guest;
    const char *test; /* of those that run alone, else NULL */
    bool controls;    /* is_base_control() */
    GQueue waiting;   /* of Entry*, by their order */
} Lane;

typedef struct {
    const PlanCase *plan_case;
    Lane *lane;
    guint order;
    GList link; /* in the lane, while it waits */
    Stage stage;
    CaseState state; /* of one that ended */
} Entry;

struct Queue {
    QueueAdmit admit;
    QueueWaits waits;
    gpointer data;
    GMutex mutex; /* guards what follows */
    GCond changed;
    GHashTable *entries; /* by the id of the case */
    GHashTable *lanes;   /* by lane_key() */
    guint waiting;
    guint ended;
    GPtrArray *running; /* of const PlanCase* */
    bool occupied;      /* by a case that runs alone */
    bool closed;
    GHashTable *vouched; /* set of guests with a case without vendors that runs beside others */
    GHashTable *pending; /* pending_key() → how many */
    GHashTable *unfit;   /* set of guests */
    const char *test;    /* of the case that last ran alone, or NULL */
};

Queue *queue_new(QueueAdmit admit, QueueWaits waits, gpointer data)
{
    Queue *queue = g_new0(Queue, 1);
    queue->admit = admit;
    queue->waits = waits;
    queue->data = data;
    queue->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    queue->lanes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    queue->running = g_ptr_array_new();
    queue->vouched = g_hash_table_new(g_str_hash, g_str_equal);
    queue->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    queue->unfit = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_mutex_init(&queue->mutex);
    g_cond_init(&queue->changed);
    return queue;
}

void queue_free(Queue *queue)
{
    if (!queue)
        return;
    g_hash_table_unref(queue->entries);
    g_hash_table_unref(queue->lanes);
    g_ptr_array_unref(queue->running);
    g_hash_table_unref(queue->vouched);
    g_hash_table_unref(queue->pending);
    g_hash_table_unref(queue->unfit);
    g_mutex_clear(&queue->mutex);
    g_cond_clear(&queue->changed);
    g_free(queue);
}

/* An experiment that leaves all vendors out says something of its test, not of the guest. */
static bool is_base_control(const PlanCase *plan_case)
{
    return plan_case->vendors->len == 0 && !plan_case->brief;
}

/* Cases without vendors that have not ended: without a test those that run beside others, with ""
 * all that run alone, else those of that test that run alone. Free with g_free(). */
static char *pending_key(const char *guest, const char *test)
{
    return test ? g_strdup_printf("%s\n%s", guest, test) : g_strdup(guest);
}

static guint count_pending(const Queue *queue, const char *guest, const char *test)
{
    g_autofree char *key = pending_key(guest, test);
    return GPOINTER_TO_UINT(g_hash_table_lookup(queue->pending, key));
}

static void bump(Queue *queue, const char *guest, const char *test, int by)
{
    guint count = (guint)((int)count_pending(queue, guest, test) + by);
    g_hash_table_replace(queue->pending, pending_key(guest, test), GUINT_TO_POINTER(count));
}

static void change_pending(Queue *queue, const Lane *lane, int by)
{
    if (!lane->controls)
        return;
    if (!lane->test) {
        g_hash_table_add(queue->vouched, (gpointer)lane->guest);
        bump(queue, lane->guest, NULL, by);
    } else {
        bump(queue, lane->guest, "", by);
        bump(queue, lane->guest, lane->test, by);
    }
}

static char *lane_key(const Lane *lane)
{
    return g_strdup_printf("%s\n%d\n%s", lane->guest, lane->controls,
                           lane->test ? lane->test : "\n");
}

static Lane *lane_of(Queue *queue, const PlanCase *plan_case, bool alone)
{
    const Lane wanted = {.guest = plan_case->guest,
                         .test = alone ? plan_case->test_name : NULL,
                         .controls = is_base_control(plan_case)};
    g_autofree char *key = lane_key(&wanted);
    Lane *lane = g_hash_table_lookup(queue->lanes, key);

    if (!lane) {
        lane = g_memdup2(&wanted, sizeof wanted);
        g_hash_table_insert(queue->lanes, g_steal_pointer(&key), lane);
    }
    return lane;
}

bool queue_add(Queue *queue, const PlanCase *plan_case, bool alone)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;

    if (g_hash_table_contains(queue->entries, plan_case->id))
        return false;
    Entry *entry = g_new0(Entry, 1);
    *entry = (Entry){.plan_case = plan_case,
                     .lane = lane_of(queue, plan_case, alone),
                     .order = g_hash_table_size(queue->entries),
                     .link = {.data = entry}};
    g_hash_table_insert(queue->entries, plan_case->id, entry);
    g_queue_push_tail_link(&entry->lane->waiting, &entry->link);
    queue->waiting++;
    change_pending(queue, entry->lane, +1);
    g_cond_broadcast(&queue->changed);
    return true;
}

/* Whether the cases of a lane may begin but for what runs beside them. */
static bool is_due(const Queue *queue, const Lane *lane)
{
    if (lane->controls)
        return true;
    if (count_pending(queue, lane->guest, NULL) > 0)
        return false;
    return lane->test ? count_pending(queue, lane->guest, lane->test) == 0
                      : g_hash_table_contains(queue->vouched, lane->guest) ||
                            count_pending(queue, lane->guest, "") == 0;
}

/* Either may be NULL. */
static Entry *earlier(Entry *a, Entry *b)
{
    return !b || (a && a->order < b->order) ? a : b;
}

/* Of two cases that run alone, the one of the test that the last one was of. */
static Entry *next_lonely(const Queue *queue, Entry *chosen, Entry *entry)
{
    bool goes_on = g_strcmp0(entry->lane->test, queue->test) == 0;
    bool went_on = chosen && g_strcmp0(chosen->lane->test, queue->test) == 0;

    return goes_on == went_on ? earlier(chosen, entry) : goes_on ? entry : chosen;
}

static bool fits(const Queue *queue, const char *guest)
{
    return queue->running->len == 0 || !queue->admit ||
           queue->admit(queue->data, guest, queue->running);
}

static bool would_wait(const Queue *queue, const Entry *entry)
{
    return queue->running->len > 0 && queue->waits &&
           queue->waits(queue->data, entry->plan_case, queue->running);
}

/* The first case of the lane that would not wait, where that is earlier than `than`. */
static Entry *first_eager(const Queue *queue, const Lane *lane, Entry *than)
{
    for (const GList *link = lane->waiting.head; link; link = link->next) {
        Entry *entry = link->data;
        if (than && than->order < entry->order)
            break;
        if (!would_wait(queue, entry))
            return entry;
    }
    return than;
}

/* The first case that may begin now, or NULL. */
static Entry *choose(const Queue *queue)
{
    Entry *eager = NULL, *patient = NULL, *lonely = NULL;
    GHashTableIter lanes;
    gpointer value;

    if (queue->occupied)
        return NULL;
    g_hash_table_iter_init(&lanes, queue->lanes);
    while (g_hash_table_iter_next(&lanes, NULL, &value)) {
        Lane *lane = value;
        Entry *first = g_queue_peek_head(&lane->waiting);
        if (!first || !is_due(queue, lane))
            continue;
        if (lane->test) {
            lonely = next_lonely(queue, lonely, first);
        } else if (fits(queue, lane->guest)) {
            patient = earlier(patient, first);
            eager = first_eager(queue, lane, eager);
        }
    }
    return eager ? eager : queue->running->len == 0 ? lonely : patient;
}

static void stop_waiting(Queue *queue, Entry *entry)
{
    g_queue_unlink(&entry->lane->waiting, &entry->link);
    queue->waiting--;
}

const PlanCase *queue_take(Queue *queue)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    Entry *entry = NULL;
    (void)locker;

    while (!queue->closed && !(entry = choose(queue))) {
        if (queue->waiting == 0 && queue->running->len == 0)
            return NULL;
        g_cond_wait(&queue->changed, &queue->mutex);
    }
    if (!entry)
        return NULL;
    stop_waiting(queue, entry);
    entry->stage = RUNNING;
    queue->occupied = entry->lane->test != NULL;
    if (queue->occupied)
        queue->test = entry->lane->test;
    g_ptr_array_add(queue->running, (gpointer)entry->plan_case);
    return entry->plan_case;
}

void queue_end(Queue *queue, const PlanCase *plan_case, CaseState state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    Entry *entry = g_hash_table_lookup(queue->entries, plan_case->id);
    (void)locker;

    if (entry->stage == WAITING)
        stop_waiting(queue, entry);
    else
        g_ptr_array_remove(queue->running, (gpointer)plan_case);
    if (entry->stage == RUNNING && entry->lane->test)
        queue->occupied = false;
    entry->stage = ENDED;
    entry->state = state;
    queue->ended++;
    change_pending(queue, entry->lane, -1);
    if (is_base_control(plan_case) && state != CASE_PASSED)
        g_hash_table_add(queue->unfit, g_strdup(plan_case->guest));
    g_cond_broadcast(&queue->changed);
}

void queue_refuse_guest(Queue *queue, const char *guest)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;
    g_hash_table_add(queue->unfit, g_strdup(guest));
}

void queue_close(Queue *queue)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;
    queue->closed = true;
    g_cond_broadcast(&queue->changed);
}

bool queue_has(Queue *queue, const char *id)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;
    return g_hash_table_contains(queue->entries, id);
}

bool queue_state(Queue *queue, const char *id, CaseState *ret_state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    const Entry *entry = g_hash_table_lookup(queue->entries, id);
    (void)locker;

    if (!entry || entry->stage != ENDED || entry->state == CASE_NOT_RUN)
        return false;
    *ret_state = entry->state;
    return true;
}

bool queue_guest_is_unfit(Queue *queue, const char *guest)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;
    return g_hash_table_contains(queue->unfit, guest);
}

void queue_count(Queue *queue, guint *ret_cases, guint *ret_ended)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;
    *ret_cases = g_hash_table_size(queue->entries);
    *ret_ended = queue->ended;
}
