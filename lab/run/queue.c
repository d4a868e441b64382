/* SPDX-License-Identifier: GPL-2.0-or-later
 * The work queue of a run.
 */
#include "run/queue.h"

typedef enum { WAITING, RUNNING, ENDED } Stage;

typedef struct {
    const PlanCase *plan_case;
    bool alone;
    Stage stage;
    CaseState state; /* of one that ended */
} Entry;

struct Queue {
    QueueAdmit admit;
    gpointer data;
    GMutex mutex; /* guards what follows */
    GCond changed;
    GPtrArray *entries; /* of Entry*, in the order of queue_add() */
    GHashTable *by_id;
    guint first; /* no entry before this one waits */
    guint waiting;
    guint ended;
    GPtrArray *running; /* of const PlanCase* */
    bool occupied;      /* by a case that runs alone */
    bool closed;
    GHashTable *pending; /* guest → how many cases without vendors have not ended */
    GHashTable *unfit;   /* set of guests */
};

Queue *queue_new(QueueAdmit admit, gpointer data)
{
    Queue *queue = g_new0(Queue, 1);
    queue->admit = admit;
    queue->data = data;
    queue->entries = g_ptr_array_new_with_free_func(g_free);
    queue->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    queue->running = g_ptr_array_new();
    queue->pending = g_hash_table_new(g_str_hash, g_str_equal);
    queue->unfit = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_mutex_init(&queue->mutex);
    g_cond_init(&queue->changed);
    return queue;
}

void queue_free(Queue *queue)
{
    if (!queue)
        return;
    g_ptr_array_unref(queue->entries);
    g_hash_table_unref(queue->by_id);
    g_ptr_array_unref(queue->running);
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

static guint count_pending(const Queue *queue, const char *guest)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(queue->pending, guest));
}

static void change_pending(Queue *queue, const PlanCase *plan_case, int by)
{
    if (is_base_control(plan_case))
        g_hash_table_insert(
            queue->pending, plan_case->guest,
            GUINT_TO_POINTER((guint)((int)count_pending(queue, plan_case->guest) + by)));
}

bool queue_add(Queue *queue, const PlanCase *plan_case, bool alone)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    (void)locker;

    if (g_hash_table_contains(queue->by_id, plan_case->id))
        return false;
    Entry *entry = g_new0(Entry, 1);
    *entry = (Entry){.plan_case = plan_case, .alone = alone};
    g_ptr_array_add(queue->entries, entry);
    g_hash_table_insert(queue->by_id, plan_case->id, entry);
    queue->waiting++;
    change_pending(queue, plan_case, +1);
    g_cond_broadcast(&queue->changed);
    return true;
}

/* Whether the case may begin but for what runs beside it. */
static bool is_due(const Queue *queue, const Entry *entry)
{
    return entry->stage == WAITING && (is_base_control(entry->plan_case) ||
                                       count_pending(queue, entry->plan_case->guest) == 0);
}

static bool fits(const Queue *queue, const Entry *entry)
{
    return queue->running->len == 0 || !queue->admit ||
           queue->admit(queue->data, entry->plan_case, queue->running);
}

/* The first case that may begin now, or NULL. */
static Entry *choose(Queue *queue)
{
    Entry *lonely = NULL;

    while (queue->first < queue->entries->len &&
           ((const Entry *)queue->entries->pdata[queue->first])->stage != WAITING)
        queue->first++;
    if (queue->occupied)
        return NULL;
    for (guint i = queue->first; i < queue->entries->len; i++) {
        Entry *entry = queue->entries->pdata[i];
        if (!is_due(queue, entry))
            continue;
        if (!entry->alone && fits(queue, entry))
            return entry;
        if (entry->alone && !lonely)
            lonely = entry;
    }
    return queue->running->len == 0 ? lonely : NULL;
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
    entry->stage = RUNNING;
    queue->waiting--;
    queue->occupied = entry->alone;
    g_ptr_array_add(queue->running, (gpointer)entry->plan_case);
    return entry->plan_case;
}

void queue_end(Queue *queue, const PlanCase *plan_case, CaseState state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    Entry *entry = g_hash_table_lookup(queue->by_id, plan_case->id);
    (void)locker;

    if (entry->stage == WAITING)
        queue->waiting--;
    else
        g_ptr_array_remove(queue->running, (gpointer)plan_case);
    if (entry->stage == RUNNING && entry->alone)
        queue->occupied = false;
    entry->stage = ENDED;
    entry->state = state;
    queue->ended++;
    change_pending(queue, plan_case, -1);
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
    return g_hash_table_contains(queue->by_id, id);
}

bool queue_state(Queue *queue, const char *id, CaseState *ret_state)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&queue->mutex);
    const Entry *entry = g_hash_table_lookup(queue->by_id, id);
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
    *ret_cases = queue->entries->len;
    *ret_ended = queue->ended;
}
