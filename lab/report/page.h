/* SPDX-License-Identifier: GPL-2.0-or-later
 * What report.html says about all cases together: matrices with counts, findings grouped by
 * signature, what was not tested, which cases are listed. Computed here, so that the style sheet
 * sees the size of the matrix and not that of the run. Private to report/.
 *
 * page_write() adds to the root element of report.xml:
 *
 *   <page command="truce run …" listed="10000" cases="100000">
 *     <vendor name="alder"/>…                        every vendor of a case, sorted
 *     <test number="1" name="…" title="…" COUNTS/>…  in the plan's order; COUNTS: cases="3" and a
 *                                                    state with its number: passed="2" failed="1"
 *     <untested state="error" anchor="case-3" id="…" count="2">why</untested>…
 *     <table of="pairs">                             pairs, sets, guests, faults
 *       <column name="…"/>…
 *       <row name="…"><cell column="…" COUNTS/>…</row>…
 *     </table>…
 *     <group number="1" count="3" command="truce run --case …">
 *       <finding …/>                                 the first, as in report.xml
 *       <seen anchor="case-3" id="…" step="3" step-name="…"/>…   at most PAGE_SEEN_MAX, the
 * shortest case first
 *     </group>…                                      the most frequent first
 *   </page>
 *
 * An anchor is absent where the case is not listed.
 */
#pragma once

#include "report/write-xml.h"

#define PAGE_SEEN_MAX 12

typedef struct Page Page;

/* `limit`: how many cases are listed: those that did not pass first, then the others, each in the
 * plan's order. The result must outlive the page. */
Page *page_new(const Result *result, guint limit);
void page_free(Page *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Page, page_free)

/* Its place in the plan, from 1; 0 where it is not listed. */
guint page_number(const Page *page, const ResultCase *result_case);

/* `alder then birch`, or `no vendor`. Free with g_free(). */
char *page_set(const ResultCase *result_case);

/* The number of a finding's group: the same for the same signature, by first sight. */
guint page_group(const Page *page, const ResultFinding *finding);

void page_write(const Page *page, XmlOut *out, const XmlExtras *extras);
