/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lab as a user sets it up, `lab.xml` (optional): where libvirt is, where guests are kept and
 * vendor packs lie.
 *
 *   <lab format="1">
 *     <libvirt uri="qemu:///system"/>                 default: the embedded driver
 *     <state folder="/srv/truce"/>                    default: files_state_folder()
 *     <secret file="/etc/truce/licence"/>             reaches no report, log, journal or bundle
 *     <secret name="token" environment="LICENCE_TOKEN"/>   {secret:token} in a vendor pack
 *     <proprietary name="Contoso" as="vendor-a"/>     left out by truce report --public
 *     <tools folder="/srv/tools"/>                    programs for guests (docs/stress.md)
 *     <vendors folder="/srv/packs"/>                  searched before the packs that ship with
 * truce
 *     <known file="known-issues.xml"/>                default: none
 *     <licence guest="windows-11-24h2" name="windows"/>   Slurm's, for each such guest
 *     <licence vendor="contoso" name="seat" count="2"/>
 *     <hosts>                                         for truce submit --hosts (docs/hosts.md)
 *       <host name="here" jobs="2"/>
 *       <host name="rack1" uri="qemu+ssh://rack1/system" jobs="8" memory-mib="32768"/>
 *     </hosts>
 *     <experiments at-most="20"/>                     default: 8; a scenario's own counts first
 *   </lab>
 *
 * And the look-up of what files name: guests and vendor packs by name.
 */
#pragma once

#include "model/guest.h"
#include "model/requirements.h"
#include "model/scenario.h"
#include "model/vendor.h"

typedef struct {
    char *uri;          /* NULL: libvirt's embedded QEMU driver below the state folder */
    char *file;         /* absolute: lab.xml; NULL where there is none */
    char *state_folder; /* absolute, never NULL */
    GPtrArray
        *vendor_folders; /* of char*, absolute, searched in order; each holds <name>/vendor.xml */
    char *known_file;    /* absolute, of known issues (model/known.h), or NULL */
    int experiments;     /* cases that a run may add for blame; -1: not said */
    char *tools_folder;  /* absolute: programs that the user provides (diskspd.exe); or NULL */
    char *guest_recipes; /* folder of <name>/guest.xml */
    GPtrArray *secrets;  /* of LabSecret* */
    GHashTable *values;  /* `secret:name` → the secret, once lab_hide() has read them; or NULL */
    GPtrArray *names;    /* of LabName* */
    GPtrArray *licences; /* of LabLicence* */
    GPtrArray *hosts;    /* of LabHost* */
} Lab;

/* A libvirt that can be given cases. */
typedef struct {
    char *name;
    char *uri;        /* NULL: the embedded driver of this host */
    guint jobs;       /* guests at once, at most */
    guint memory_mib; /* for all of them, at most; 0: no limit */
} LabHost;

/* What a case on the guest, or with the vendor, takes of a licence of the cluster's scheduler. */
typedef struct {
    char *guest, *vendor; /* one is NULL */
    char *name;
    guint count;
} LabLicence;

typedef struct {
    char *name;        /* by which vendor packs ask for it, or NULL */
    char *file;        /* absolute, or NULL … */
    char *environment; /* … the variable */
} LabSecret;

typedef struct {
    char *name, *as;
} LabName;

/* Reads the secrets and sees to it that they are redacted (util/redact.h); with `public` the
 * proprietary names too. TRUCE_ERROR_INPUT where one cannot be had; its words never hold it. */
bool lab_hide(Lab *lab, bool public, GError **error);

/* Whether the lab has every secret that a pack asks for. TRUCE_ERROR_INPUT with the place in the
 * pack and the names that the lab has. */
bool lab_has_secrets(const Lab *lab, const Vendor *vendor, GError **error);

/* `path` NULL: ./lab.xml where it exists, else the defaults. Folders in the file are relative to
 * the file. */
bool lab_read(const char *path, Lab **ret_lab, GError **error);
/* The same for bytes in memory; `path` is what messages name and what folders are relative to. */
bool lab_parse(const char *text, gsize length, const char *path, Lab **ret_lab, GError **error);
void lab_free(Lab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lab, lab_free)

/* Reads a guest's recipe by name. TRUCE_ERROR_INPUT lists the names that exist. */
bool lab_guest(const Lab *lab, const char *name, Guest **ret_guest, GError **error);
/* The names of all recipes, sorted. Free with g_ptr_array_unref(). */
GPtrArray *lab_guest_names(const Lab *lab);

/* The same for vendor packs; the first folder that holds one of that name counts. Secrets that it
 * asks for must be the lab's. */
bool lab_vendor(const Lab *lab, const char *name, Vendor **ret_vendor, GError **error);
GPtrArray *lab_vendor_names(const Lab *lab);
/* Only of the packs that ship. */
bool lab_vendor_shipped(const Lab *lab, const char *name, Vendor **ret_vendor, GError **error);
/* Whether a pack hides one that ships, by its name. */
bool lab_vendor_hides(const Vendor *vendor);
/* Whether a pack of this name ships. */
bool lab_ships(const char *name);

/* Everything that a scenario names, read and checked against each other: guests exist, vendors
 * exist, the versions that steps name exist, vendors installed together do not collide.
 * TRUCE_ERROR_INPUT with the scenario's file:line:column where a name is unknown. */
typedef struct {
    Scenario *scenario;
    GHashTable *guests;         /* name → Guest* */
    GHashTable *vendors;        /* name → Vendor* */
    Requirements *requirements; /* the catalogue; NULL where no test names one */
} Inputs;

bool inputs_read(const Lab *lab, const char *scenario_path, Inputs **ret_inputs, GError **error);
void inputs_free(Inputs *inputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inputs, inputs_free)
