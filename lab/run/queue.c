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
    QueueWaits waits;
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
    queue->entries = g_ptr_array_new_with_free_func(g_free);
    queue->by_id = g_hash_table_new(g_str_hash, g_str_equal);
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
    g_ptr_array_unref(queue->entries);
    g_hash_table_unref(queue->by_id);
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

static void change_pending(Queue *queue, const Entry *entry, int by)
{
    const PlanCase *plan_case = entry->plan_case;

    if (!is_base_control(plan_case))
        return;
    if (!entry->alone) {
        g_hash_table_add(queue->vouched, plan_case->guest);
        bump(queue, plan_case->guest, NULL, by);
    } else {
        bump(queue, plan_case->guest, "", by);
        bump(queue, plan_case->guest, plan_case->test_name, by);
    }
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
    change_pending(queue, entry, +1);
    g_cond_broadcast(&queue->changed);
    return true;
}

/* Whether the case may begin but for what runs beside it. */
static bool is_due(const Queue *queue, const Entry *entry)
{
    const PlanCase *plan_case = entry->plan_case;
    const char *guest = plan_case->guest;

    if (entry->stage != WAITING || is_base_control(plan_case))
        return entry->stage == WAITING;
    if (count_pending(queue, guest, NULL) > 0)
        return false;
    return entry->alone ? count_pending(queue, guest, plan_case->test_name) == 0
                        : g_hash_table_contains(queue->vouched, guest) ||
                              count_pending(queue, guest, "") == 0;
}

/* Of two cases that run alone, the one of the test that the last one was of. */
static Entry *next_lonely(const Queue *queue, Entry *chosen, Entry *entry)
{
    bool goes_on = g_strcmp0(entry->plan_case->test_name, queue->test) == 0;
    bool went_on = chosen && g_strcmp0(chosen->plan_case->test_name, queue->test) == 0;

    return !chosen || (goes_on && !went_on) ? entry : chosen;
}

static bool fits(const Queue *queue, const Entry *entry)
{
    return queue->running->len == 0 || !queue->admit ||
           queue->admit(queue->data, entry->plan_case, queue->running);
}

static bool would_wait(const Queue *queue, const Entry *entry)
{
    return queue->running->len > 0 && queue->waits &&
           queue->waits(queue->data, entry->plan_case, queue->running);
}

/* The first case that may begin now, or NULL. */
static Entry *choose(Queue *queue)
{
    Entry *patient = NULL, *lonely = NULL;

    while (queue->first < queue->entries->len &&
           ((const Entry *)queue->entries->pdata[queue->first])->stage != WAITING)
        queue->first++;
    if (queue->occupied)
        return NULL;
    for (guint i = queue->first; i < queue->entries->len; i++) {
        Entry *entry = queue->entries->pdata[i];
        if (!is_due(queue, entry))
            continue;
        if (entry->alone) {
            lonely = next_lonely(queue, lonely, entry);
        } else if (fits(queue, entry)) {
            if (!would_wait(queue, entry))
                return entry;
            patient = patient ? patient : entry;
        }
    }
    return queue->running->len == 0 ? lonely : patient;
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
    if (entry->alone)
        queue->test = entry->plan_case->test_name;
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
    change_pending(queue, entry, -1);
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
