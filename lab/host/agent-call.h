/* SPDX-License-Identifier: GPL-2.0-or-later
 * Agent requests that can be given up.
 *
 * libvirt's agent call blocks until the reply or its own timeout, also when the guest has crashed
 * meanwhile. So it runs in a thread, one for each machine; the machine's thread waits for the reply
 * or an event. A call that was given up ends by libvirt's timeout at the latest; its reply is
 * thrown away, and the next call waits for that end (libvirt itself then syncs with guest-sync, so
 * a late reply belongs to no later request).
 *
 * An agent on a serial port is spoken to by host/agent-line.h, in the same thread. Nobody tells
 * whether it has its port open, so it counts as open always.
 */
#pragma once

#include "host/cleanup.h"
#include "host/inbox.h"

typedef struct AgentCaller AgentCaller;

/* `serial_socket`: QEMU's end of the agent's serial port; NULL: libvirt's agent channel. */
AgentCaller *agent_caller_new(Inbox *inbox, const char *serial_socket);

/* Waits for a call that is under way: end the domain first, that ends the call. NULL-safe. */
void agent_caller_free(AgentCaller *caller);

/* As machine_agent_call(). */
bool agent_caller_call(AgentCaller *caller, virDomainPtr domain, const char *request,
                       guint timeout_ms, char **ret_reply, GError **error);
