/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the lab asks of a guest's system and does to it, whichever system that is.
 *
 * One table gives the ways of each kind: Windows has PowerShell (CIM, event log), fltmc, bcdedit
 * and verifier; the reference guest has an event log and verifier of its own
 * (docs/reference-guest.md); all have what Win32 tells (truce-look.exe) and the registry. What a
 * kind has no way for is an empty answer where a question has none there (no minifilters), else
 * TRUCE_ERROR_INPUT. Nothing rests on words that a guest says in its own language: exit codes,
 * numbers, registry values, and JSON.
 *
 * Everything that a guest answers is hostile and bounded. Times are the guest's, in UTC.
 */
#pragma once

#include "guest/agent.h"

typedef enum { SYSTEM_REFERENCE, SYSTEM_WINDOWS, SYSTEM_REACTOS } SystemKind;

typedef struct {
    SystemKind kind;
    Agent *agent;
    const char *look; /* path in the guest of truce-look.exe (guests/look), which is there */
    guint patience;   /* deadlines count so many times */
} System;

/* Services and drivers, of SystemService*, by the service control manager and its registry keys. */
typedef struct {
    char *name;
    char *path;  /* as the registry has it; "" where it has none */
    char *start; /* boot, system, auto, demand, disabled; "" for none */
    char *group; /* load-order group, or "" */
    bool driver;
    bool running;
    GPtrArray *altitudes; /* of char*, those of its minifilter instances, valid ones only */
} SystemService;
bool system_services(const System *system, GPtrArray **ret_services, GError **error);
bool system_services_parse(const char *text, gsize length, GPtrArray **ret_services,
                           GError **error);
/* By name, which knows no case; NULL where there is none. */
const SystemService *system_service(const GPtrArray *services, const char *name);

/* Minifilters that are loaded, of SystemFilter*, the highest first. */
typedef struct {
    char *name;
    char *altitude; /* NULL: a legacy filter, without one */
    guint instances;
} SystemFilter;
bool system_filters(const System *system, GPtrArray **ret_filters, GError **error);
/* Rows of `fltmc filters` in any language: a name, numbers; the headings are passed over. */
GPtrArray *system_filters_parse(const char *text);

/* What is wrong with the order of filters, of char*, none where all is well: two of one altitude,
 * one outside its load-order group's range. A guest may name as many as it likes: the first
 * SYSTEM_COMPLAINTS_MAX are told. */
#define SYSTEM_COMPLAINTS_MAX 100u
GPtrArray *system_filters_judge(const GPtrArray *services);

/* Signatures of files in the guest, of SystemSignature*, one for each path in order. */
typedef struct {
    char *path;
    char *status; /* Valid, NotSigned, HashMismatch, NotTrusted, UnknownError … (SignatureStatus) */
    char *signer; /* subject of its certificate, or "" */
} SystemSignature;
bool system_signatures(const System *system, const char *const *paths, GPtrArray **ret_signatures,
                       GError **error);

/* Records of the event log since a time that bear on products and crashes (the list is in
 * event-query.c), oldest first, of SystemEvent*, at most SYSTEM_EVENTS_MAX. */
#define SYSTEM_EVENTS_MAX 1000u
typedef struct {
    char *time; /* 2026-11-22T10:31:07.0000000Z */
    char *log;
    char *provider;
    guint id;
    guint level;     /* 1 critical, 2 error, 3 warning, 4 information */
    GPtrArray *data; /* of char*: the record's values, without the words around them */
} SystemEvent;
bool system_events(const System *system, const char *since_utc, GPtrArray **ret_events,
                   GError **error);

/* Whether the kind keeps an event log that the lab reads. */
bool system_has_events(const System *system);

/* Driver Verifier, as it is set for the next start, and since the last one. */
typedef struct {
    guint32 flags;      /* VerifyDriverLevel; 0: off */
    GPtrArray *drivers; /* of char*, file names; `*` for all */
} SystemVerifier;
void system_verifier_clear(SystemVerifier *verifier);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SystemVerifier, system_verifier_clear)

bool system_verifier_query(const System *system, SystemVerifier *ret_verifier, GError **error);
/* Both take effect with the guest's next start. Standard settings; `drivers`: file names. */
bool system_verifier_on(const System *system, const char *const *drivers, GError **error);
bool system_verifier_off(const System *system, GError **error);
bool system_verifier_covers(const SystemVerifier *verifier, const char *driver);
/* Whether a bug check of that code is one that the verifier itself makes (Microsoft Learn, "Driver
 * Verifier" and the pages of the codes). */
bool system_verifier_stop(guint32 code);

/* The next starts are in safe mode, or normal again. Only where the system itself is told:
 * system_chooses_mode(). */
bool system_chooses_mode(SystemKind kind);
bool system_safe_mode(const System *system, bool on, GError **error);

/* From now on starts that fail repeat: the recovery environment does not come. Windows has it that
 * way otherwise (after two failed starts in a row, Microsoft Learn, "Windows Recovery
 * Environment"). */
bool system_boot_loop(const System *system, GError **error);

/* Memory dumps that lie on the guest's disk, of SystemFile*: small ones, the kernel's, live ones.
 */
typedef struct {
    char *path;
    guint64 bytes;
} SystemFile;
bool system_dumps(const System *system, GPtrArray **ret_files, GError **error);

/* Antivirus products that are registered with Windows, of SystemAntivirus*. Client editions alone
 * keep that list. */
typedef struct {
    char *name;
    bool on;
    bool up_to_date;
} SystemAntivirus;
bool system_antivirus(const System *system, GPtrArray **ret_products, GError **error);

/* What system this is and what protects it, of SystemFact*, in a fixed order: for reports. */
typedef struct {
    char *name;  /* `Secure Boot` */
    char *value; /* `on` */
} SystemFact;
bool system_environment(const System *system, GPtrArray **ret_facts, GError **error);
