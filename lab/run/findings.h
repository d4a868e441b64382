/* SPDX-License-Identifier: GPL-2.0-or-later
 * From what the engine saw to a finding in the journal: numbered, blamed, with its evidence.
 */
#pragma once

#include "run/attempt.h"
#include "triage/blame.h"
#include "triage/dump.h"
#include "triage/screen.h"
#include "triage/stop.h"

/* A crash as its evidence tells it; the dump is believed before the serial line. */
typedef struct {
    bool known; /* false: no STOP line and no dump */
    guint32 code;
    bool detailed; /* the parameters are known: a screen has none */
    guint64 parameters[4];
    char *module;     /* or NULL */
    char *owner;      /* vendor whose module that is, where no vendor.xml lists it; or NULL */
    char *owner_text; /* why (triage/blame.h) */
    bool placed;      /* the offset in the module is known: a screen does not tell it */
    guint64 offset;
    const char *source; /* minidump, hypervisor, serial, screen */
} Crash;

void crash_clear(Crash *crash);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Crash, crash_clear)
/* The same stop code in the same module; a module that one does not know is no difference. */
bool crash_same(const Crash *a, const Crash *b);
/* Takes another account of a crash, the better one or a lesser one: the better one's word counts,
 * and what it does not know (module, parameters) stays or becomes the other's. false, with nothing
 * changed, where it tells of another crash. */
bool crash_take(Crash *crash, const Crash *account, bool better);
void crash_from_stop(Crash *crash, const Stop *stop, const char *source);
void crash_from_screen(Crash *crash, const Screen *screen);
void crash_from_dump(Crash *crash, const Dump *dump);
/* `bugcheck 0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED in alder.sys+0x1234`. Free with g_free(). */
char *crash_text(const Crash *crash);

typedef struct {
    const char *grade; /* self, remote, hands, lost */
    guint duration_ms;
    guint reboots;
    char *text;
    char *vendor; /* whose recovery procedure helped, or NULL */
} Recovery;

void recovery_clear(Recovery *recovery);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recovery, recovery_clear)

/* A probe that does not hold on a guest that is up. */
typedef struct {
    const char *kind; /* of finding */
    const Vendor *vendor;
    const char *about; /* its name */
    char *summary;     /* NULL: all hold */
} Unwell;

void unwell_clear(Unwell *unwell);

/* Two such times beside a limit: what finding_step_failed() is told that it is about. */
#define FINDING_BOOT_TIME "boot time"
#define FINDING_DETECTION_TIME "detection time"

/* Whether findings of this kind come from measurements beside a control (run/measure.h). */
bool finding_is_measured(const char *kind);

/* The vendor command or probe of the step under way failed: its own words say so. `vendor` NULL:
 * what the step was to leave behind is not there, and nothing says whose fault that is. `about`:
 * which of the things that a step looks at, the same in every run: a probe's name, a service's, a
 * quantity; or NULL. */
void finding_step_failed(Attempt *attempt, const char *kind, const Vendor *vendor,
                         const char *about, const char *summary);

/* The System log tells of a service, `about`, that failed although every step held. `owner` NULL: a
 * service of no vendor of the case, and nobody is named. */
void finding_logged(Attempt *attempt, const char *kind, const Vendor *owner, const char *about,
                    const char *summary);

/* A crash: one bugcheck, or a boot loop where it came back at every one of `boots` boots.
 * `recovery` NULL: none was tried. `evidence`: of char*, paths relative to the run folder. */
void finding_crash(Attempt *attempt, const char *kind, const char *summary, const Crash *crash,
                   guint boots, const Recovery *recovery, const GPtrArray *evidence);
