/* SPDX-License-Identifier: GPL-2.0-or-later
 * Runs of the shards of one plan, made one run.
 *
 * Shards belong together where scenario, truce and the checksums of guests and vendors' files are
 * the same; two that disagree are a conflict, and so is a case that two of them ran or planned
 * differently. Nothing is chosen: TRUCE_ERROR_INPUT names the case and both folders.
 *
 * The merged plan has every case of any shard, in the order of the plan that was shared out; the
 * merged journal their records, those of one shard after those of another, with one `run-begin`
 * and, where every shard ended, one `run-end` with the worst of their outcomes: `stopped`, so no
 * pass, where a shard is missing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *name; /* the folder, for messages */
    const char *plan;
    gsize plan_length;
    const char *journal;
    gsize journal_length;
} MergeShard;

typedef void (*MergeWrite)(const char *text, gpointer data);

/* Merges texts in memory: each shard must be right by itself (report/result.h). `run` is the id of
 * the merged run. Text is handed over piece by piece; what was handed over is of no use where it
 * fails. */
bool merge_texts(const MergeShard *shards, guint count, const char *run, MergeWrite write_plan,
                 MergeWrite write_journal, gpointer data, GError **error);

/* Merges run folders into a new one: plan, journal, evidence, inputs. `output` must not exist; it
 * is removed again where this fails. */
bool merge_runs(char *const *folders, guint count, const char *output, GError **error);
