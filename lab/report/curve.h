/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an attempt measured over time beside its control's, as polylines for report.html. Private
 * to report/.
 *
 * A case's control is the case without vendors of the same test, guest and parameters, else the
 * first one without vendors on the same guest that passed; a case without vendors has none.
 *
 *   <curve name="private bytes" unit="MiB" least="0" most="97.5" last="31" seconds="600"
 *          control-last="12" control="boot/reference/none">
 *     <own points="0,100 12.5,40 …"/>
 *     <other points="…"/>                       where there is a control with that series
 *   </curve>
 *
 * Points are percentages: across, of the longer of both attempts; down, from `most` to `least`,
 * which are those of both curves. At most CURVE_POINTS of each: of more samples every n-th is
 * taken.
 */
#pragma once

#include "report/result.h"
#include "report/xml-out.h"

#define CURVE_POINTS 200
#define CURVES_MAX 8 /* of one attempt */

typedef struct Controls Controls;

Controls *controls_new(const Result *result);
void controls_free(Controls *controls);

/* The control of a case with its details loaded, or NULL. It stays loaded until the next call. */
const ResultCase *controls_of(Controls *controls, const ResultCase *result_case);

/* Writes a <curve> for each series of the attempt. `control` may be NULL. */
void curves_write(XmlOut *out, const ResultAttempt *attempt, const ResultCase *control);
