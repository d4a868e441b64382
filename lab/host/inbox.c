/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the event thread tells one machine.
 */
#include "host/inbox.h"

#include "host/oom.h"
#include "util/error.h"
#include "util/files.h"

#define ROOM_MIN (4u << 20)

void inbox_init(Inbox *inbox)
{
    *inbox = (Inbox){.state = GUEST_RUNS, .oom_kills = oom_kills(), .room_min = ROOM_MIN};
    g_mutex_init(&inbox->lock);
    g_cond_init(&inbox->changed);
    g_queue_init(&inbox->events);
}

void inbox_clear(Inbox *inbox)
{
    g_queue_clear(&inbox->events);
    g_cond_clear(&inbox->changed);
    g_mutex_clear(&inbox->lock);
    g_clear_pointer(&inbox->panic_info, g_free);
    g_clear_pointer(&inbox->lost_reason, g_free);
}

static void push_locked(Inbox *inbox, MachineEvent event)
{
    if (g_queue_get_length(&inbox->events) < INBOX_EVENTS_MAX)
        g_queue_push_tail(&inbox->events, GINT_TO_POINTER(event));
    g_cond_broadcast(&inbox->changed);
}

void inbox_tell(Inbox *inbox, MachineEvent event)
{
    g_mutex_lock(&inbox->lock);
    if (event == MACHINE_EVENT_PANIC)
        inbox->state = GUEST_CRASHED;
    push_locked(inbox, event);
    g_mutex_unlock(&inbox->lock);
}

/* One disk's trouble gives an event for each request under way, and the connection may close too:
 * the first reason is the cause, and one event is enough. */
static void lose_locked(Inbox *inbox, const char *reason)
{
    if (inbox->lost_reason)
        return;
    inbox->lost_reason = g_strdup(reason);
    inbox->state = GUEST_OFF;
    push_locked(inbox, MACHINE_EVENT_LOST);
}

void inbox_tell_lost(Inbox *inbox, const char *reason)
{
    g_mutex_lock(&inbox->lock);
    lose_locked(inbox, reason);
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_agent(Inbox *inbox, bool connected)
{
    g_mutex_lock(&inbox->lock);
    inbox->agent_connected = connected;
    g_cond_broadcast(&inbox->changed);
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_resumed(Inbox *inbox)
{
    g_mutex_lock(&inbox->lock);
    if (inbox->state == GUEST_CRASHED &&
        !g_queue_find(&inbox->events, GINT_TO_POINTER(MACHINE_EVENT_PANIC)))
        inbox->state = GUEST_RUNS;
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_shutdown(Inbox *inbox, bool by_guest)
{
    g_mutex_lock(&inbox->lock);
    if (inbox->shutdown == SHUTDOWN_NONE)
        inbox->shutdown = by_guest ? SHUTDOWN_BY_GUEST : SHUTDOWN_BY_SIGNAL;
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_migration(Inbox *inbox, MigrationState state)
{
    g_mutex_lock(&inbox->lock);
    inbox->migration = state;
    g_cond_broadcast(&inbox->changed);
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_panic_info(Inbox *inbox, const char *json)
{
    g_mutex_lock(&inbox->lock);
    g_free(inbox->panic_info);
    inbox->panic_info = g_strdup(json);
    g_mutex_unlock(&inbox->lock);
}

void inbox_tell_reset(Inbox *inbox, bool by_guest, gint64 at)
{
    g_mutex_lock(&inbox->lock);
    inbox->agent_connected = false;
    if (by_guest && at < inbox->firmware_until) {
        if (!inbox->firmware_came)
            inbox->firmware_until = at + INBOX_FIRMWARE_MORE_US;
        inbox->firmware_came = true;
    } else {
        inbox->firmware_until = at + INBOX_FIRMWARE_FIRST_US;
        inbox->firmware_came = false;
        if (by_guest)
            push_locked(inbox, MACHINE_EVENT_RESET);
        else
            inbox->reset_echoes++;
        g_cond_broadcast(&inbox->changed);
    }
    g_mutex_unlock(&inbox->lock);
}

/* Where a page of its memory file finds no room on the disk, QEMU gets a SIGBUS. */
static void append_disk(const Inbox *inbox, GString *text)
{
    guint64 bytes;

    if (inbox->folder && files_free_bytes(inbox->folder, &bytes, NULL) && bytes < inbox->room_min)
        g_string_append_printf(
            text, "; the host's disk is full: %" G_GUINT64_FORMAT " KiB are free below '%s'",
            bytes >> 10, inbox->folder);
}

static void append_memory(const Inbox *inbox, GString *text)
{
    guint64 now = oom_kills(), kills = now > inbox->oom_kills ? now - inbox->oom_kills : 0;

    if (kills > 0)
        g_string_append_printf(text,
                               "; the host ran out of memory: its kernel ended %" G_GUINT64_FORMAT
                               " %s for that since the guest started",
                               kills, kills == 1 ? "process" : "processes");
}

static void lose_process_locked(Inbox *inbox, const char *reason)
{
    g_autoptr(GString) text = g_string_new(reason);

    append_disk(inbox, text);
    append_memory(inbox, text);
    lose_locked(inbox, text->str);
}

void inbox_tell_stopped(Inbox *inbox, const char *lost_reason)
{
    g_mutex_lock(&inbox->lock);
    inbox->state = GUEST_OFF;
    inbox->agent_connected = false;
    if (inbox->shutdown == SHUTDOWN_BY_SIGNAL)
        lose_locked(inbox, "QEMU was told to end by a signal");
    else if (lost_reason)
        lose_process_locked(inbox, lost_reason);
    else
        push_locked(inbox, MACHINE_EVENT_SHUTDOWN);
    g_mutex_unlock(&inbox->lock);
}

void inbox_restart(Inbox *inbox, bool from_power_off)
{
    g_mutex_lock(&inbox->lock);
    bool woken = g_queue_find(&inbox->events, GINT_TO_POINTER(MACHINE_EVENT_WAKE));
    bool panicked =
        inbox->keeps_panic && g_queue_find(&inbox->events, GINT_TO_POINTER(MACHINE_EVENT_PANIC));
    g_queue_clear(&inbox->events);
    if (woken)
        push_locked(inbox, MACHINE_EVENT_WAKE);
    if (panicked)
        push_locked(inbox, MACHINE_EVENT_PANIC);
    inbox->state = GUEST_RUNS;
    inbox->agent_connected = false;
    inbox->shutdown = SHUTDOWN_NONE;
    if (from_power_off)
        inbox->firmware_until = 0;
    inbox->migration = MIGRATION_NONE;
    inbox->oom_kills = oom_kills();
    g_clear_pointer(&inbox->panic_info, g_free);
    g_clear_pointer(&inbox->lost_reason, g_free);
    g_mutex_unlock(&inbox->lock);
}

MachineEvent inbox_take(Inbox *inbox, gint64 deadline)
{
    MachineEvent event = MACHINE_EVENT_NONE;

    g_mutex_lock(&inbox->lock);
    while (g_queue_is_empty(&inbox->events))
        if (!g_cond_wait_until(&inbox->changed, &inbox->lock, deadline))
            break;
    if (!g_queue_is_empty(&inbox->events))
        event = GPOINTER_TO_INT(g_queue_pop_head(&inbox->events));
    g_mutex_unlock(&inbox->lock);
    return event;
}

bool inbox_wait_reset_echo(Inbox *inbox, guint echoes, gint64 deadline)
{
    g_mutex_lock(&inbox->lock);
    while (inbox->reset_echoes == echoes)
        if (!g_cond_wait_until(&inbox->changed, &inbox->lock, deadline))
            break;
    bool came = inbox->reset_echoes != echoes;
    g_mutex_unlock(&inbox->lock);
    return came;
}

MigrationState inbox_wait_migration(Inbox *inbox, gint64 deadline)
{
    g_mutex_lock(&inbox->lock);
    while (inbox->migration == MIGRATION_NONE && inbox->state != GUEST_OFF)
        if (!g_cond_wait_until(&inbox->changed, &inbox->lock, deadline))
            break;
    MigrationState state = inbox->migration;
    g_mutex_unlock(&inbox->lock);
    return state;
}

bool inbox_interrupts_locked(Inbox *inbox, GError **error)
{
    if (!g_queue_is_empty(&inbox->events)) {
        MachineEvent event = GPOINTER_TO_INT(g_queue_peek_head(&inbox->events));
        int code = event == MACHINE_EVENT_LOST   ? TRUCE_ERROR_LAB
                   : event == MACHINE_EVENT_WAKE ? TRUCE_ERROR_CANCELLED
                                                 : TRUCE_ERROR_GUEST;
        const char *why = event == MACHINE_EVENT_LOST ? inbox->lost_reason : NULL;
        g_set_error(error, TRUCE_ERROR, code, "the guest agent was not reached: %s",
                    why ? why : machine_event_name(event));
        return true;
    }
    if (inbox->state == GUEST_RUNS)
        return false;
    if (inbox->lost_reason)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the guest agent was not reached: %s",
                    inbox->lost_reason);
    else
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "the guest agent was not reached: %s",
                    inbox->state == GUEST_CRASHED ? "the guest has crashed" : "the guest is off");
    return true;
}
