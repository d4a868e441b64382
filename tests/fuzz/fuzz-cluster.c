/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: the files of a run on a cluster or on hosts, and what squeue says. What is read
 * holds together, and reads back as itself where it is written.
 *
 * The input's first byte picks: `c` cluster.json, `h` hosts.json, `q` lines of squeue.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/pool.h"
#include "cluster/slurm.h"

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* The shards of the lots are 1, 2, 3 … with no gap. */
static void check_cluster(const char *text, gsize length)
{
    g_autoptr(Cluster) cluster = NULL;
    guint next = 1;

    if (!cluster_parse("/runs/nightly", text, length, &cluster, NULL))
        return;
    demand(cluster->lots->len > 0 && cluster->shards <= LOT_SHARDS_MAX);
    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        demand(lot->first == next && lot->last >= lot->first && lot->guest);
        next = lot->last + 1;
    }
    demand(cluster->shards == next - 1);
}

static void demand_printable(const char *text)
{
    demand(!text || g_utf8_validate(text, -1, NULL));
    for (const char *c = text; c && *c; c = g_utf8_next_char(c))
        demand(!g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void check_hosts(const char *text, gsize length)
{
    g_autoptr(GPtrArray) hosts = NULL;

    if (!pool_parse_hosts(text, length, &hosts, NULL))
        return;
    for (guint i = 0; i < hosts->len; i++) {
        const PoolHost *host = hosts->pdata[i];
        demand(host->name && host->state && host->shard <= LOT_SHARDS_MAX);
        demand_printable(host->name);
        demand_printable(host->uri);
        demand_printable(host->state);
        demand_printable(host->reason);
    }
}

static void check_queue(const char *text)
{
    static const char json[] =
        "{\"format\":1,\"scenario\":\"/s.xml\",\"lots\":[{\"stage\":\"controls\","
        "\"guest\":\"reference\",\"first\":1,\"last\":2,\"job\":\"17\"},{\"stage\":\"cases\","
        "\"guest\":\"reference\",\"first\":3,\"last\":9,\"job\":\"18\"}],\"merge\":\"21\"}";
    g_autoptr(Cluster) cluster = NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    demand(cluster_parse("/runs/nightly", json, sizeof json - 1, &cluster, NULL));
    for (char **line = lines; *line; line++) {
        g_autoptr(SlurmTask) task = NULL;
        if (!slurm_parse_task(cluster, *line, &task))
            continue;
        demand(task->shard <= 9 && task->state && task->node && task->reason);
        demand(task->shard > 0 || g_str_has_prefix(*line, "21|"));
        demand_printable(task->state);
        demand_printable(task->node);
        demand_printable(task->reason);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    if (data[0] == 'c')
        check_cluster((const char *)data + 1, size - 1);
    else if (data[0] == 'h')
        check_hosts((const char *)data + 1, size - 1);
    else if (data[0] == 'q')
        check_queue(text);
    return 0;
}
