/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an attempt knows of its guest.
 */
#include "run/carry.h"

#include "run/event-look.h"

struct Carry {
    gint64 began, began_us; /* with the first step that is not repeated … */
    char *began_utc;        /* … for what the guest logged since */
    GHashTable *products;
    GHashTable *step_times;
    GHashTable *inventory; /* or NULL */
    bool look_is_there;
    ExpectRecovery recovery_asked;
    guint boots, ready_ms;
    gsize serial_mark;
    char *last_change, *last_change_text;
};

static void copy_texts(GHashTable *to, GHashTable *from)
{
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(to, g_strdup(name), g_strdup(value));
}

static void copy_numbers(GHashTable *to, GHashTable *from)
{
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(to, g_strdup(name), value);
}

Carry *carry_take(const Attempt *attempt)
{
    Carry *carry = g_new0(Carry, 1);
    *carry = (Carry){
        .began = attempt->began,
        .began_us = attempt->began_us,
        .began_utc = g_strdup(attempt->began_utc),
        .products = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .step_times = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        /* Nobody changes an inventory once it is taken. */
        .inventory = attempt->inventory ? g_hash_table_ref(attempt->inventory) : NULL,
        .look_is_there = attempt->look_is_there,
        .recovery_asked = attempt->recovery_asked,
        .boots = attempt->boots,
        .ready_ms = attempt->ready_ms,
        .serial_mark = attempt->serial_mark,
        .last_change = g_strdup(attempt->last_change),
        .last_change_text = g_strdup(attempt->last_change_text),
    };
    copy_texts(carry->products, attempt->products);
    copy_numbers(carry->step_times, attempt->step_times);
    return carry;
}

void carry_free(Carry *carry)
{
    if (!carry)
        return;
    g_hash_table_unref(carry->products);
    g_hash_table_unref(carry->step_times);
    g_clear_pointer(&carry->inventory, g_hash_table_unref);
    g_free(carry->began_utc);
    g_free(carry->last_change);
    g_free(carry->last_change_text);
    g_free(carry);
}

bool carry_is_current(const Carry *carry)
{
    return event_look_tells_since(carry->began, carry->began_us);
}

void carry_give(const Carry *carry, Attempt *attempt)
{
    attempt->began = carry->began;
    attempt->began_us = carry->began_us;
    g_free(attempt->began_utc);
    attempt->began_utc = g_strdup(carry->began_utc);
    copy_texts(attempt->products, carry->products);
    copy_numbers(attempt->step_times, carry->step_times);
    attempt->inventory = carry->inventory ? g_hash_table_ref(carry->inventory) : NULL;
    attempt->look_is_there = carry->look_is_there;
    attempt->recovery_asked = carry->recovery_asked;
    attempt->boots = carry->boots;
    attempt->ready_ms = carry->ready_ms;
    attempt->serial_mark = carry->serial_mark;
    attempt_changed(attempt, carry->last_change, carry->last_change_text);
}
