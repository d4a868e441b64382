/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files of the guest, moved in pieces.
 *
 *     guest-file-open   {"path", "mode": "rb" or "wb"}  -> handle (an integer)
 *     guest-file-read   {"handle", "count"}             -> {"count", "buf-b64", "eof"}
 *     guest-file-write  {"handle", "buf-b64"}           -> {"count", "eof"}; may be less than sent
 *     guest-file-seek   {"handle", "offset", "whence"}  -> {"position", "eof"}; whence 0 is from
 *                                                          the start, 1 from the position
 *     guest-file-close  {"handle"}                      -> {}
 */
#include "guest/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "guest/agent-private.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/file-out.h"

/* 48 KiB are exactly 64 KiB of base64: few round trips, and small enough that an emulated guest,
 * which takes a request byte by byte, answers other calls in between. */
#define PIECE (48u << 10)
G_STATIC_ASSERT(PIECE % 3 == 0);

/* A transfer may take one call's time, and on average no less than this a second: a guest that
 * hands out single bytes cannot hold the lab for ever. */
#define SLOWEST_BYTES_S (16u << 10)

/* What follows a failure is only politeness to a guest that may be gone. */
#define CLOSE_AFTER_FAILURE_MS 5000u

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)

typedef struct {
    Agent *agent;
    const char *path;
    gint64 handle;
    gint64 started; /* g_get_monotonic_time() */
    guint64 done;   /* bytes moved */
} Transfer;

static guint time_left_ms(const Transfer *transfer)
{
    gint64 earned = (gint64)(transfer->done / SLOWEST_BYTES_S) * G_USEC_PER_SEC;
    return clock_left_ms(transfer->started + (gint64)AGENT_CALL_MS * 1000 + earned);
}

static cJSON *with_handle(const Transfer *transfer)
{
    cJSON *arguments = cJSON_CreateObject();
    agent_add_int(arguments, "handle", transfer->handle);
    return arguments;
}

static bool open_file(Agent *agent, const char *path, const char *mode, Transfer *ret_transfer,
                      GError **error)
{
    g_autoptr(cJSON) value = NULL;
    cJSON *arguments = cJSON_CreateObject();
    gint64 handle;

    cJSON_AddStringToObject(arguments, "path", path);
    cJSON_AddStringToObject(arguments, "mode", mode);
    if (!agent_call(agent, "guest-file-open", arguments, AGENT_CALL_MS, &value, error))
        return false;

    /* The handle is the whole value, not a member of it. */
    g_autoptr(cJSON) holder = cJSON_CreateObject();
    cJSON_AddItemToObject(holder, "handle", g_steal_pointer(&value));
    if (!agent_get_int(holder, "handle", 0, G_MAXINT64, &handle))
        return agent_nonsense("guest-file-open", "the handle is not usable", error);
    *ret_transfer = (Transfer){
        .agent = agent, .path = path, .handle = handle, .started = g_get_monotonic_time()};
    return true;
}

/* Closes the file whatever happened; `moved` says whether the transfer worked until here. */
static bool close_file(const Transfer *transfer, bool moved, GError **error)
{
    Agent *agent = transfer->agent;
    bool refused = agent->refused;

    if (moved)
        return agent_call(agent, "guest-file-close", with_handle(transfer), AGENT_CALL_MS, NULL,
                          error);
    agent_call(agent, "guest-file-close", with_handle(transfer), CLOSE_AFTER_FAILURE_MS, NULL,
               NULL);
    agent->refused = refused; /* of the failure that is told */
    return false;
}

static bool out_of_time(const Transfer *transfer, GError **error)
{
    if (time_left_ms(transfer) > 0)
        return false;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                "the transfer of '%s' is too slow: %" G_GUINT64_FORMAT " bytes so far",
                transfer->path, transfer->done);
    return true;
}

static bool write_bytes(Transfer *transfer, const char *data, gsize length, GError **error)
{
    while (length > 0) {
        gsize size = MIN(length, PIECE);
        g_autofree char *base64 = g_base64_encode((const guchar *)data, size);
        g_autoptr(cJSON) value = NULL;
        gint64 count;

        if (out_of_time(transfer, error))
            return false;
        cJSON *arguments = with_handle(transfer);
        cJSON_AddStringToObject(arguments, "buf-b64", base64);
        if (!agent_call(transfer->agent, "guest-file-write", arguments, time_left_ms(transfer),
                        &value, error))
            return false;
        if (!agent_get_int(value, "count", 1, (gint64)size, &count))
            return agent_nonsense("guest-file-write", "the count is not of what was sent", error);
        data += count;
        length -= (gsize)count;
        transfer->done += (guint64)count;
    }
    return true;
}

/* Brings the next piece; ret_length is 0 only at the file's end. */
static bool read_piece(Transfer *transfer, guchar **ret_data, gsize *ret_length, bool *ret_eof,
                       GError **error)
{
    g_autoptr(cJSON) value = NULL;
    g_autofree guchar *data = NULL;
    gsize length, whole;
    gint64 count;

    if (out_of_time(transfer, error))
        return false;
    cJSON *arguments = with_handle(transfer);
    agent_add_int(arguments, "count", PIECE);
    if (!agent_call(transfer->agent, "guest-file-read", arguments, time_left_ms(transfer), &value,
                    error))
        return false;

    const cJSON *eof = cJSON_GetObjectItemCaseSensitive(value, "eof");
    if (!agent_get_int(value, "count", 0, PIECE, &count) || !cJSON_IsBool(eof))
        return agent_nonsense("guest-file-read", "count or eof is not usable", error);
    if (!agent_decode(json_string(value, "buf-b64", ""), PIECE, &data, &length, &whole) ||
        whole != (gsize)count)
        return agent_nonsense("guest-file-read", "the data are not what count says", error);
    if (count == 0 && !cJSON_IsTrue(eof))
        return agent_nonsense("guest-file-read", "nothing came, and yet not the end", error);

    transfer->done += length;
    *ret_data = g_steal_pointer(&data);
    *ret_length = length;
    *ret_eof = cJSON_IsTrue(eof);
    return true;
}

bool agent_file_exists(Agent *agent, const char *path, bool *ret_exists, GError **error)
{
    g_autoptr(GError) cause = NULL;
    Transfer transfer;

    if (open_file(agent, path, "r", &transfer, &cause)) {
        if (!close_file(&transfer, true, error))
            return false;
        *ret_exists = true;
        return true;
    }
    if (!agent->refused) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    *ret_exists = false;
    return true;
}

/* Says which file failed, in which direction. */
static bool explain(GError **error, const char *doing, const char *path)
{
    g_prefix_error(error, "cannot %s '%s' in the guest: ", doing, path);
    return false;
}

bool agent_file_write(Agent *agent, const char *path, const char *data, gsize length,
                      GError **error)
{
    Transfer transfer;

    if (!open_file(agent, path, "wb", &transfer, error))
        return explain(error, "write", path);
    bool moved = write_bytes(&transfer, data, length, error);
    return close_file(&transfer, moved, error) || explain(error, "write", path);
}

static bool send_file(Transfer *transfer, FILE *in, const char *host_path, GError **error)
{
    g_autofree char *piece = g_malloc(PIECE);
    gsize length;

    while ((length = fread(piece, 1, PIECE, in)) > 0)
        if (!write_bytes(transfer, piece, length, error))
            return false;
    if (ferror(in)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", host_path,
                    g_strerror(errno));
        return false;
    }
    return true;
}

bool agent_file_put(Agent *agent, const char *host_path, const char *path, GError **error)
{
    g_autoptr(FILE) in = fopen(host_path, "rbe");
    Transfer transfer;

    if (!in) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", host_path,
                    g_strerror(errno));
        return false;
    }
    if (!open_file(agent, path, "wb", &transfer, error))
        return explain(error, "write", path);
    bool moved = send_file(&transfer, in, host_path, error);
    return close_file(&transfer, moved, error) || explain(error, "write", path);
}

/* The host's own trouble, not the guest's. */
static bool cannot_keep(GError **error)
{
    int saved = errno;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot keep what came: %s",
                g_strerror(saved));
    return false;
}

static bool receive_file(Transfer *transfer, FILE *out, guint64 limit, GError **error)
{
    bool eof = false;

    while (!eof) {
        g_autofree guchar *data = NULL;
        gsize length = 0;
        if (!read_piece(transfer, &data, &length, &eof, error))
            return false;
        if (transfer->done > limit) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                        "it is longer than the limit of %" G_GUINT64_FORMAT " bytes", limit);
            return false;
        }
        if (fwrite(data, 1, length, out) != length)
            return cannot_keep(error);
    }
    return fflush(out) == 0 || cannot_keep(error);
}

bool agent_file_get(Agent *agent, const char *path, const char *host_path, guint64 limit,
                    GError **error)
{
    g_autofree char *temporary = g_strconcat(host_path, FILE_OUT_TEMPORARY, NULL);
    Transfer transfer;

    if (!open_file(agent, path, "rb", &transfer, error))
        return explain(error, "read", path);
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0644);
    g_autoptr(FILE) out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    bool moved = out ? receive_file(&transfer, out, limit, error) : cannot_keep(error);
    if (!close_file(&transfer, moved, error)) {
        unlink(temporary);
        return explain(error, "read", path);
    }
    if (rename(temporary, host_path) != 0) {
        cannot_keep(error);
        unlink(temporary);
        return explain(error, "read", path);
    }
    return true;
}

static bool seek(const Transfer *transfer, gint64 offset, int whence, gint64 *ret_position,
                 GError **error)
{
    g_autoptr(cJSON) value = NULL;
    cJSON *arguments = with_handle(transfer);

    agent_add_int(arguments, "offset", offset);
    agent_add_int(arguments, "whence", whence);
    if (!agent_call(transfer->agent, "guest-file-seek", arguments, AGENT_CALL_MS, &value, error))
        return false;
    if (!agent_get_int(value, "position", 0, G_MAXINT64, ret_position))
        return agent_nonsense("guest-file-seek", "the position is not usable", error);
    return true;
}

bool agent_file_hold(Agent *agent, const char *path, gint64 position, gint64 *ret_handle,
                     GError **error)
{
    Transfer held;
    gint64 reached;

    if (!open_file(agent, path, "rb", &held, error))
        return explain(error, "read", path);
    if (!seek(&held, position, 0, &reached, error)) {
        close_file(&held, false, NULL);
        return explain(error, "read", path);
    }
    *ret_handle = held.handle;
    return true;
}

bool agent_file_position(Agent *agent, gint64 handle, gint64 *ret_position, GError **error)
{
    const Transfer held = {.agent = agent, .handle = handle};
    return seek(&held, 0, 1, ret_position, error);
}

bool agent_file_release(Agent *agent, gint64 handle, GError **error)
{
    const Transfer held = {.agent = agent, .handle = handle};
    return close_file(&held, /* moved */ true, error);
}
