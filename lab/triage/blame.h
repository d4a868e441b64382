/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whose a finding is: candidates with reasons, and how sure the lab is.
 *
 * The module on the stack is a lead, not a verdict. It becomes more where the lab saw the fault
 * come with a change and go with its removal. Unknown is a fair answer.
 *
 * Four signs can point at a vendor: the bugcheck names a module of its, or the pool tag of a driver
 * of its (which is the same sign: one crash does not count twice); it was changed last; its own
 * exit code or probe reports the failure, or the System log names a service of its, or its
 * processes took most of what grew; the fault ended when its content was taken away. The vendor
 * with most signs is named, all of them where several have as many. Confidence is
 *
 *   low      one sign, or as many signs for one vendor as for another
 *   medium   two signs or more, or the vendor's own report, or the removal alone
 *   high     the removal and another sign
 *
 * and one step less, never below low, where a sign points at another vendor; the reasons then name
 * that one too. It stays low where the case has several vendors and neither a module nor the
 * removal points at the one that is named: who suffers a failure is not who makes it. The step
 * under way is no sign; it is a low lead where there is no sign at all.
 */
#pragma once

#include "model/vendor.h"
#include "triage/stop-parameters.h"

typedef enum { CONFIDENCE_UNKNOWN, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH } Confidence;

const char *confidence_name(Confidence confidence);

/* What is known when a finding is judged. Members may be NULL. */
typedef struct {
    const GPtrArray *vendors; /* of const Vendor*: those of the case; empty: it has none */
    const char *module;       /* file name that the bugcheck names */
    const char *module_owner; /* whose that is where no vendor.xml lists it … */
    const char *module_text;  /* … and why: `made by 'Cedar', as is cedar.sys of cedar` */
    StopPoolTag pool_tags[STOP_POOL_TAGS_MAX]; /* that the stop's parameters name; "": none */
    const char *step_vendor;                   /* vendor of the step under way */
    const char *last_change;      /* vendor that was changed (installed, updated) last … */
    const char *last_change_text; /* … and how: `content 3` */
    const char *recovered_by;     /* vendor whose recovery procedure ended the fault */
    bool self_reported; /* the exit code or probe of step_vendor says that it failed, … */
    bool measured;      /* … or its processes took most of what grew, … */
    bool logged;        /* … or the System log names a service of it: the same sign, each */
} BlameFacts;

typedef struct {
    GPtrArray *vendors; /* of char*: names, in the case's order; empty: unknown */
    Confidence confidence;
    GPtrArray *reasons; /* of char*: sentences, at least one */
} Blame;

Blame *blame_judge(const BlameFacts *facts);
void blame_free(Blame *blame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blame, blame_free)
