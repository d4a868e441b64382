/* SPDX-License-Identifier: GPL-2.0-or-later
 * An overview of many runs: `index.html` of a folder that holds run folders.
 *
 * Looked at are the report.json of its subfolders; those that are no report are passed over and
 * counted. At most INDEX_RUNS_MAX, the latest. Runs of one scenario are a series, by the time they
 * began: each is compared with the one before it. reports/index.xsl makes the page of
 *
 *   <index truce="0.1.0" runs="12" other="1">
 *     <scenario name="…" title="…">
 *       <run id="…" href="…" began="…" outcome="…" exit-status="1" cases="9" passed="8" failed="1"
 * …> <verdict>…</verdict> <new kind="…" signature="…" cases="2">summary</new>…     not in the run
 * before <gone …>…</gone>…                                        only in it; its cases ran again
 *       </run>…                                                    the latest first
 *       <flaky case="…" changes="3" runs="7">passed failed passed</flaky>…   the latest first
 *     </scenario>…
 *   </index>
 *
 * A case is flaky where a run says so, or where it changed between passed and failed at least
 * twice.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define INDEX_RUNS_MAX 500u

/* TRUCE_ERROR_INPUT where the folder has no run. ret_runs may be NULL. */
bool index_write(const char *folder, const char *output, guint *ret_runs, GError **error);
