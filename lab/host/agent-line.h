/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's agent behind a serial port, for guests without a virtio channel.
 *
 * QEMU's end of the port is a UNIX socket that it listens on. Each request has a connection of its
 * own: what an agent sends late goes to nobody. As libvirt does over its channel, a request is
 * preceded by the byte 0xFF and guest-sync-delimited with a number of its own, and everything up to
 * the answer to that is passed over: a debugger's text, half a reply.
 *
 *     > FF {"execute":"guest-sync-delimited","arguments":{"id":N}} LF
 *     < FF {"return":N} LF
 *     > request LF
 *     < reply LF
 *
 * The guest's bytes are hostile: a reply has at most AGENT_LINE_MAX bytes.
 * Protocol: https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define AGENT_LINE_MAX (32u << 20)

/* Sends `request`, one line of JSON, and waits for the reply, another (without its newline; free
 * with g_free()). TRUCE_ERROR_TIMEOUT where none came by the deadline (g_get_monotonic_time()),
 * TRUCE_ERROR_AGENT where it is too long; TRUCE_ERROR_GUEST where QEMU is gone. */
bool agent_line_call(const char *socket_path, const char *request, gint64 deadline,
                     char **ret_reply, GError **error);
