/* SPDX-License-Identifier: GPL-2.0-or-later
 * Proof that a clone is the guest that was saved.
 */
#include "run/restore.h"

#include <string.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

/* Every Windows has the first, and Wine too. */
static const char *const files[] = {"C:\\Windows\\win.ini", "C:\\ReactOS\\win.ini"};

/* Within what a file of ext4 may have, which Wine asks for; far beyond any that is there. */
#define POSITION_BITS 43

#define KEPT_MAX 1000u
#define CLOCK_OFF_MS 5000

static char *path_in(const char *folder)
{
    return g_build_filename(folder, "mark.json", NULL);
}

static gint64 random_position(void)
{
    guint64 value = (guint64)g_random_int() << 32 | g_random_int();

    value &= (G_GUINT64_CONSTANT(1) << POSITION_BITS) - 1;
    return (gint64)(value | G_GUINT64_CONSTANT(1) << 32);
}

bool restore_mark(Agent *agent, RestoreMark *ret_mark, GError **error)
{
    RestoreMark mark = {.position = random_position()};
    g_autoptr(GError) cause = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_clear_error(&cause);
        if (agent_file_hold(agent, files[i], mark.position, &mark.handle, &cause)) {
            *ret_mark = mark;
            return true;
        }
        if (!agent_refused(agent))
            break;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "the state cannot be marked: ");
    return false;
}

bool restore_unmark(Agent *agent, const RestoreMark *mark, GError **error)
{
    return agent_file_release(agent, mark->handle, error);
}

bool restore_keep(const RestoreMark *mark, const AgentIdentity *identity, const char *folder,
                  GError **error)
{
    g_autofree char *path = path_in(folder);
    g_autofree char *text =
        g_strdup_printf("{\"handle\": %" G_GINT64_FORMAT ", \"position\": %" G_GINT64_FORMAT
                        ", \"name\": \"%s\", \"mac\": \"%s\"}\n",
                        mark->handle, mark->position, identity->name, identity->mac);

    return files_write_atomic(path, text, strlen(text), error);
}

bool restore_is_kept(const char *folder)
{
    g_autofree char *path = path_in(folder);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

bool restore_prove(Agent *agent, const char *folder, GError **error)
{
    g_autofree char *path = path_in(folder);
    g_autoptr(cJSON) kept = NULL;
    g_autoptr(GError) cause = NULL;
    gint64 position;

    if (!json_read_file(path, KEPT_MAX, &kept, error))
        return false;
    if (!agent_file_position(agent, json_int(kept, "handle", -1), &position, &cause)) {
        if (!agent_refused(agent)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the clone of '%s' is not the guest that was saved: its mark is not in memory "
                    "(%s)",
                    folder, cause->message);
        return false;
    }
    if (position == json_int(kept, "position", -1))
        return agent_file_release(agent, json_int(kept, "handle", -1), error);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the clone of '%s' is not the guest that was saved: it holds another state's mark",
                folder);
    return false;
}

/* Begins anywhere, so that two labs do not give the same names. */
static guint32 next_number(void)
{
    static gsize begun;
    static gint next;

    if (g_once_init_enter(&begun)) {
        g_atomic_int_set(&next, (gint)g_random_int());
        g_once_init_leave(&begun, 1);
    }
    return (guint32)g_atomic_int_add(&next, 1);
}

void restore_choose_identity(const Guest *guest, const char *folder, AgentIdentity *ret_identity)
{
    g_autofree char *path = folder ? path_in(folder) : NULL;
    g_autofree char *boot_id = g_uuid_string_random();
    g_autoptr(cJSON) kept = NULL;

    *ret_identity = (AgentIdentity){0};
    if (guest->kind != GUEST_REFERENCE)
        return;
    g_strlcpy(ret_identity->boot_id, boot_id, sizeof ret_identity->boot_id);
    if (path && json_read_file(path, KEPT_MAX, &kept, NULL) && *json_string(kept, "name", "")) {
        g_strlcpy(ret_identity->name, json_string(kept, "name", ""), sizeof ret_identity->name);
        g_strlcpy(ret_identity->mac, json_string(kept, "mac", ""), sizeof ret_identity->mac);
        return;
    }
    guint32 number = next_number();
    g_snprintf(ret_identity->name, sizeof ret_identity->name, "TRUCE-%08X", number);
    /* The second bit of the first byte: given out by nobody but whoever runs the network (IEEE
     * 802, locally administered). */
    if (guest->network)
        g_snprintf(ret_identity->mac, sizeof ret_identity->mac, "02:54:%02x:%02x:%02x:%02x",
                   number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255);
}

bool restore_identify(Agent *agent, const AgentIdentity *identity, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (!*identity->name || agent_set_identity(agent, identity, &cause))
        return true;
    if (!agent_refused(agent)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the clone takes no name of its own; an image of an older truce must be built anew "
                "(truce guest build): %s",
                cause->message);
    return false;
}

bool restore_check_clock(Agent *agent, gint64 *ret_off_ms, GError **error)
{
    gint64 before = g_get_real_time(), now;

    if (!agent_get_time(agent, &now, error))
        return false;
    gint64 after = g_get_real_time();
    gint64 off_ms = (now - (before + after) / 2) / 1000;
    if (ABS(off_ms) > CLOCK_OFF_MS + (after - before) / 2000) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the clone's clock is %" G_GINT64_FORMAT " ms off after it was set", off_ms);
        return false;
    }
    *ret_off_ms = off_ms;
    return true;
}
