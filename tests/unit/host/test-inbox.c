/* SPDX-License-Identifier: GPL-2.0-or-later
 * What becomes of the things that libvirt tells: each rule with the case where it must stay quiet.
 */
#include "host/inbox.h"

#include <string.h>

#include "host/oom.h"
#include "util/clock.h"
#include "util/error.h"

#define SECOND ((gint64)G_USEC_PER_SEC)

static void set_up(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_init(inbox);
}

static void tear_down(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_clear(inbox);
}

static MachineEvent take(Inbox *inbox)
{
    return inbox_take(inbox, /* deadline */ 0);
}

static void test_order(Inbox *inbox, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
    inbox_tell(inbox, MACHINE_EVENT_PANIC);
    inbox_tell(inbox, MACHINE_EVENT_WAKE);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_PANIC);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_WAKE);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
}

/* A crash that nobody was told of yet goes with the start that it ended, or outlives it. */
static void test_panic_untold(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_tell(inbox, MACHINE_EVENT_PANIC);
    inbox_restart(inbox, true);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
    inbox->keeps_panic = true;
    inbox_tell(inbox, MACHINE_EVENT_RESET);
    inbox_tell(inbox, MACHINE_EVENT_PANIC);
    inbox_restart(inbox, true);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_PANIC);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
}

/* The firmware's resets after one of ours are silent, the guest's later one is not. */
static void test_reset_by_lab(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_tell_reset(inbox, /* by_guest */ false, 100 * SECOND);
    g_assert_cmpuint(inbox->reset_echoes, ==, 1);
    inbox_tell_reset(inbox, true, 100 * SECOND + 150000);
    inbox_tell_reset(inbox, true, 100 * SECOND + 151000);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
    inbox_tell_reset(inbox, true, 104 * SECOND);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_RESET);
    g_assert_cmpuint(inbox->reset_echoes, ==, 1);
}

static void test_reset_loop(Inbox *inbox, gconstpointer data)
{
    (void)data;
    for (int boot = 1; boot <= 5; boot++) {
        inbox_tell_reset(inbox, true, boot * 5 * SECOND);
        inbox_tell_reset(inbox, true, boot * 5 * SECOND + 1000);
        inbox_tell_reset(inbox, true, boot * 5 * SECOND + 200000);
    }
    for (int boot = 1; boot <= 5; boot++)
        g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_RESET);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
}

static void test_reset_without_firmware(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_tell_reset(inbox, true, 100 * SECOND);
    inbox_tell_reset(inbox, true, 130 * SECOND);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_RESET);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_RESET);

    inbox_restart(inbox, /* from_power_off */ true);
    inbox_tell_reset(inbox, true, 131 * SECOND);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_RESET);
}

static void test_stopped(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_tell_stopped(inbox, /* lost_reason */ NULL);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_SHUTDOWN);
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_LOST);

    inbox_restart(inbox, true);
    inbox_tell_shutdown(inbox, /* by_guest */ true);
    inbox_tell_shutdown(inbox, false);
    inbox_tell_stopped(inbox, NULL);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_SHUTDOWN);

    inbox_restart(inbox, true);
    inbox_tell_shutdown(inbox, false);
    inbox_tell_stopped(inbox, NULL);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_LOST);
    g_assert_nonnull(strstr(inbox->lost_reason, "signal"));
}

/* Of a kernel that did kill tells live-detectors.c. */
static void test_out_of_memory(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox->oom_kills = G_MAXUINT64;
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_cmpstr(inbox->lost_reason, ==, "QEMU died");
    g_assert_cmpint(oom_kills_read("nr_free_pages 1\noom_kill 17\nzone_reclaim 0\n"), ==, 17);
    g_assert_cmpint(oom_kills_read("oom"), ==, 0);
}

/* QEMU dies by SIGBUS where a page of its memory file finds no room. */
static void test_disk_full(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox->folder = g_get_tmp_dir();
    inbox->room_min = G_MAXUINT64;
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_true(g_str_has_prefix(inbox->lost_reason, "QEMU died; the host's disk is full: "));
    g_assert_nonnull(strstr(inbox->lost_reason, g_get_tmp_dir()));

    inbox_restart(inbox, true);
    inbox->room_min = 0;
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_cmpstr(inbox->lost_reason, ==, "QEMU died");
}

/* The first reason is the cause; what follows from it is no second event. */
static void test_lost(Inbox *inbox, gconstpointer data)
{
    (void)data;
    g_assert_null(inbox->lost_reason);
    for (int i = 0; i < 3; i++)
        inbox_tell_lost(inbox, "the disk is full");
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_LOST);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
    g_assert_cmpstr(inbox->lost_reason, ==, "the disk is full");

    g_autoptr(GError) error = NULL;
    g_assert_true(inbox_interrupts_locked(inbox, &error)); /* it stays lost */
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "the disk is full"));

    inbox_restart(inbox, true);
    g_assert_null(inbox->lost_reason);
    inbox_tell_lost(inbox, "the connection closed");
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_LOST);
    g_assert_cmpstr(inbox->lost_reason, ==, "the connection closed");
}

static void test_restart(Inbox *inbox, gconstpointer data)
{
    (void)data;
    inbox_tell_agent(inbox, true);
    inbox_tell_panic_info(inbox, "{}");
    inbox_tell(inbox, MACHINE_EVENT_PANIC);
    inbox_tell(inbox, MACHINE_EVENT_WAKE);
    inbox_restart(inbox, false);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_WAKE);
    g_assert_cmpint(take(inbox), ==, MACHINE_EVENT_NONE);
    g_assert_cmpint(inbox->state, ==, GUEST_RUNS);
    g_assert_false(inbox->agent_connected);
    g_assert_null(inbox->panic_info);
}

static void test_interrupts(Inbox *inbox, gconstpointer data)
{
    static const struct {
        MachineEvent event;
        int code;
    } cases[] = {
        {MACHINE_EVENT_PANIC, TRUCE_ERROR_GUEST},    {MACHINE_EVENT_RESET, TRUCE_ERROR_GUEST},
        {MACHINE_EVENT_SHUTDOWN, TRUCE_ERROR_GUEST}, {MACHINE_EVENT_LOST, TRUCE_ERROR_LAB},
        {MACHINE_EVENT_WAKE, TRUCE_ERROR_CANCELLED},
    };

    (void)data;
    g_assert_false(inbox_interrupts_locked(inbox, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        inbox_restart(inbox, false);
        if (cases[i].event == MACHINE_EVENT_LOST)
            inbox_tell_lost(inbox, "QEMU died");
        else
            inbox_tell(inbox, cases[i].event);
        g_assert_true(inbox_interrupts_locked(inbox, &error));
        g_assert_error(error, TRUCE_ERROR, cases[i].code);
        take(inbox);
    }

    g_autoptr(GError) error = NULL;
    inbox_restart(inbox, false);
    inbox_tell(inbox, MACHINE_EVENT_PANIC);
    take(inbox);
    g_assert_true(inbox_interrupts_locked(inbox, &error)); /* it is still crashed */
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

static void test_bounded(Inbox *inbox, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 10 * INBOX_EVENTS_MAX; i++)
        inbox_tell_reset(inbox, true, (100 + 20 * i) * SECOND);
    g_assert_cmpuint(g_queue_get_length(&inbox->events), ==, INBOX_EVENTS_MAX);
}

static gpointer tell_later(gpointer inbox)
{
    inbox_tell(inbox, MACHINE_EVENT_WAKE);
    return NULL;
}

static void test_wait(Inbox *inbox, gconstpointer data)
{
    gint64 began = g_get_monotonic_time();

    (void)data;
    g_assert_cmpint(inbox_take(inbox, clock_deadline_ms(20)), ==, MACHINE_EVENT_NONE);
    g_assert_cmpuint(clock_elapsed_ms(began), >=, 20);

    GThread *thread = g_thread_new("tell", tell_later, inbox);
    g_assert_cmpint(inbox_take(inbox, clock_deadline_s(30)), ==, MACHINE_EVENT_WAKE);
    g_thread_join(thread);
    g_assert_cmpint(inbox_wait_migration(inbox, clock_deadline_ms(1)), ==, MIGRATION_NONE);
    inbox_tell_stopped(inbox, "QEMU died");
    g_assert_cmpint(inbox_wait_migration(inbox, clock_deadline_s(30)), ==, MIGRATION_NONE);
}

static void add(const char *path, void (*test)(Inbox *, gconstpointer))
{
    g_test_add(path, Inbox, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/inbox/order", test_order);
    add("/inbox/panic-untold", test_panic_untold);
    add("/inbox/reset-by-lab", test_reset_by_lab);
    add("/inbox/reset-loop", test_reset_loop);
    add("/inbox/reset-without-firmware", test_reset_without_firmware);
    add("/inbox/stopped", test_stopped);
    add("/inbox/lost", test_lost);
    add("/inbox/out-of-memory", test_out_of_memory);
    add("/inbox/disk-full", test_disk_full);
    add("/inbox/restart", test_restart);
    add("/inbox/interrupts", test_interrupts);
    add("/inbox/bounded", test_bounded);
    add("/inbox/wait", test_wait);
    return g_test_run();
}
