/* SPDX-License-Identifier: GPL-2.0-or-later
 * The QEMU guest agent's protocol, from the host's side.
 *
 * One Agent speaks to one guest over a transport that sends one JSON request and brings the reply
 * (libvirt's agent channel, host/machine.h; in tests a scripted peer). Everything that comes back
 * is hostile: replies over AGENT_REPLY_MAX, of another shape, or with sizes that disagree fail with
 * TRUCE_ERROR_AGENT. Calls are made from the one thread that owns the guest.
 *
 * Protocol: https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define AGENT_REPLY_MAX (32u << 20) /* bytes of one reply */
#define AGENT_OUTPUT_MAX (4u << 20) /* bytes kept of a program's stdout or stderr */

typedef struct {
    /* Sends one request, brings one reply (g_free()) within timeout_ms. Fails with
     * TRUCE_ERROR_TIMEOUT, TRUCE_ERROR_GUEST (the guest crashed or was reset) or TRUCE_ERROR_LAB
     * (QEMU or libvirt gone). */
    bool (*call)(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                 GError **error);
    /* Waits up to `ms` before the next poll; returns early, false with TRUCE_ERROR_GUEST or
     * TRUCE_ERROR_CANCELLED, where something happened to the guest or the user interrupted. */
    bool (*wait)(gpointer data, guint ms, GError **error);
    /* Told of each request and reply for the transcript, each one printable line of at most 4 KiB
     * (util/text.h); may be NULL. */
    void (*log)(gpointer data, const char *request, const char *reply_or_error);
    gpointer data;
} AgentTransport;

typedef struct Agent Agent;

Agent *agent_new(const AgentTransport *transport);
void agent_free(Agent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Agent, agent_free)

/* Whether the call that failed last was refused by the agent with an error of its own, for the
 * guest's system or a product in it denied what was asked. False where the failure is another:
 * nonsense, silence, a guest that is gone. */
bool agent_refused(const Agent *agent);

/* guest-ping. */
bool agent_ping(Agent *agent, guint timeout_ms, GError **error);

/* Tries guest-ping until the guest answers or the deadline passes (TRUCE_ERROR_TIMEOUT). */
bool agent_wait_ready(Agent *agent, gint64 deadline, GError **error);

/* guest-set-time to the host's clock: a clone wakes with the template's. */
bool agent_set_time(Agent *agent, GError **error);
/* The same to any time, and guest-get-time: microseconds since 1970, as g_get_real_time(). A time
 * that no 64 bits of nanoseconds hold is nonsense. */
bool agent_set_time_to(Agent *agent, gint64 us, GError **error);
bool agent_get_time(Agent *agent, gint64 *ret_us, GError **error);

/* What tells a clone of the reference guest from others of the same state. */
typedef struct {
    char name[16]; /* the computer's; empty: it has the image's */
    char mac[18];  /* the network card's address; empty: it has no card */
    char boot_id[37];
} AgentIdentity;

/* truce-set-identity, of the reference guest's agent alone (guests/agent/identity.c); its random
 * numbers begin anew too. Fails with TRUCE_ERROR_AGENT also where the guest then tells another
 * identity than it was given. */
bool agent_set_identity(Agent *agent, const AgentIdentity *identity, GError **error);

typedef struct {
    int exit_code;
    char *out; /* text, bounded, made valid UTF-8 */
    char *err;
    bool truncated;
} AgentExecResult;
void agent_exec_result_clear(AgentExecResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AgentExecResult, agent_exec_result_clear)

/* guest-get-osinfo: whether what answers is the guest's recovery environment. An agent that does
 * not know the command is none. */
bool agent_in_recovery(Agent *agent, bool *ret_recovery, GError **error);

/* Runs a command line (split by Windows' rules, as CommandLineToArgvW does) and waits for its end.
 * A program that the agent calls still running at the deadline is TRUCE_ERROR_TIMEOUT; one that
 * cannot be started is TRUCE_ERROR_AGENT, and so is an agent that is silent then: agent_refused()
 * tells these two apart. A reply that is lost on the way is asked for again. Ends at most 75 s
 * after the deadline, where the agent is silent. */
bool agent_exec(Agent *agent, const char *command_line, guint timeout_s,
                AgentExecResult *ret_result, GError **error);

/* Starts a program and leaves it running; agent_exec_finish() waits for it. */
bool agent_exec_start(Agent *agent, const char *command_line, gint64 *ret_pid, GError **error);
bool agent_exec_finish(Agent *agent, gint64 pid, gint64 deadline, AgentExecResult *ret_result,
                       GError **error);

/* Files. Paths are the guest's. agent_file_exists() tells by guest-file-open in mode r: a file that
 * the guest does not let be opened counts as absent (windows_file_exists() looks twice). Reading
 * stops with TRUCE_ERROR_AGENT past `limit` bytes; host_path is replaced whole or not at all. A
 * transfer that is slower than 16 KiB/s for more than a minute is TRUCE_ERROR_TIMEOUT. */
bool agent_file_exists(Agent *agent, const char *path, bool *ret_exists, GError **error);
bool agent_file_write(Agent *agent, const char *path, const char *data, gsize length,
                      GError **error);
bool agent_file_put(Agent *agent, const char *host_path, const char *path, GError **error);
bool agent_file_get(Agent *agent, const char *path, const char *host_path, guint64 limit,
                    GError **error);

/* Opens a file for reading, and leaves it open at a position, which may be beyond its end; asks
 * where an open one is; closes it. What is not closed ends with the agent. While it is open, nobody
 * may write to it where the agent is QEMU's of Windows, which shares no writing (QEMU 7.2,
 * qga/commands-win32.c). */
bool agent_file_hold(Agent *agent, const char *path, gint64 position, gint64 *ret_handle,
                     GError **error);
bool agent_file_position(Agent *agent, gint64 handle, gint64 *ret_position, GError **error);
bool agent_file_release(Agent *agent, gint64 handle, GError **error);

typedef enum { AGENT_REBOOT, AGENT_POWERDOWN } AgentShutdown;
/* guest-shutdown; it has no reply when it works, so a silent agent is success here. */
bool agent_shutdown(Agent *agent, AgentShutdown mode, GError **error);
