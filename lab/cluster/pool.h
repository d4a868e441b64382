/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run on a pool of libvirt hosts (docs/hosts.md): this process gives shards to hosts, one at a
 * time each, as processes of `truce resume` that talk to that host's libvirt.
 *
 * A host gets shards once a case without vendors has passed on it with each guest: its health
 * check, a run of its own in DIR/hosts/<name>/health-<n>. It is checked again after each shard that
 * did not come to its end there. One that does not pass is out: its shard, with what ended of it,
 * goes to another. Shards whose cases do something to the process of QEMU go to this machine's own
 * libvirt only. Of shards that need licences, one runs at a time, with one guest at once.
 *
 *   DIR/hosts/health.xml      the scenario of the health check
 *   DIR/hosts/<name>/         its health checks, and what its processes printed (log)
 *   DIR/hosts.json            {"format":1,"hosts":[{"name","uri" or null,"state":"checked" or
 * "well" or "out","reason" or null,"shard":N (0: none),"shards":how many ended there},…]} DIR/owner
 * locked (fcntl) by the process that gives shards away
 */
#pragma once

#include "cluster/cluster.h"
#include "util/progress.h"

typedef struct {
    const Lab *lab;    /* its hosts; the first without URI, or whose URI names no other host, is
                          this machine's own */
    const char *truce; /* the program */
    Progress *progress;
    const bool *cancelled; /* set by whoever wants it to end: guests first */
} PoolOptions;

/* Whether this lab's hosts can run every shard. TRUCE_ERROR_INPUT says what cannot be run where. */
bool pool_check(const Cluster *cluster, const Lab *lab, GError **error);

/* Runs every shard that has not ended, merges, and runs the experiments that DIR/command.json asks
 * for, on a host that is well. Nothing to do where DIR/merged is there. true also where hosts
 * failed or cases did not run: DIR/merged tells. TRUCE_ERROR_INPUT where another process does it,
 * TRUCE_ERROR_CANCELLED, TRUCE_ERROR_LAB where nothing could be merged. */
bool pool_run(const Cluster *cluster, const PoolOptions *options, GError **error);

/* Whether the folder was begun for a pool. */
bool pool_is(const Cluster *cluster);

/* A host, as hosts.json has it. */
typedef struct {
    char *name; /* this and the others are fit to print */
    char *uri;  /* NULL: this machine */
    char *state;
    char *reason; /* or NULL */
    guint shard, shards;
} PoolHost;
void pool_host_free(PoolHost *host);

/* Of PoolHost*. TRUCE_ERROR_INPUT where the file is not right. */
bool pool_hosts(const Cluster *cluster, GPtrArray **ret_hosts, GError **error);
bool pool_parse_hosts(const char *text, gsize length, GPtrArray **ret_hosts, GError **error);

/* The process that gives shards away; 0: there is none. */
pid_t pool_owner(const Cluster *cluster);
