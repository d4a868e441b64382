/* SPDX-License-Identifier: GPL-2.0-or-later
 * A vendor pack, `vendor.xml` and the files beside it: one maker's product as the lab sees it.
 *
 * All strings and arrays belong to the Vendor. Read-only after parsing, so threads may share it.
 * `{package}` (install, uninstall) and `{file}` (content-update) in a command stand for the path in
 * the guest to which the lab copied the host's file. `{secret:name}` in any command, and in a text
 * that says so, stands for a secret of lab.xml; only the guest is given it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A command line for the guest and what its exit codes mean. */
typedef struct {
    char *run; /* NULL where the vendor gives no such command */
    guint timeout_s;
    GArray *ok;      /* of int: exit codes that mean success */
    GArray *reboot;  /* of int: success, and a reboot is wanted (3010, 1641) */
    GArray *refused; /* of int: the product declined the update and goes on as it was */
} VendorCommand;

typedef enum { COMMAND_OK, COMMAND_REBOOT, COMMAND_REFUSED, COMMAND_FAILED } CommandOutcome;

/* What an exit code of this command means. */
CommandOutcome vendor_command_outcome(const VendorCommand *command, int exit_code);

/* A binary that the product ships; drivers and services are modules too. */
typedef enum { MODULE_DRIVER, MODULE_SERVICE, MODULE_OTHER } ModuleKind;
typedef struct {
    ModuleKind kind;
    char *name;           /* the service or driver key; NULL for MODULE_OTHER */
    char *file;           /* base name, as it appears in a crash dump: `alder.sys` */
    char *path;           /* full path in the guest */
    char *start;          /* boot, system, auto, demand; NULL for MODULE_OTHER */
    char *group;          /* load-order group, or NULL */
    char *altitude;       /* minifilter altitude as decimal text, or NULL */
    GPtrArray *pool_tags; /* of char*: what a driver tags its pool with; empty: not said */
    guint line;           /* in vendor.xml */
    guint column;
} VendorModule;

typedef struct {
    char *version;
    char *package; /* absolute path on the host */
    bool missing;  /* it is the user's to supply, and is not there: vendor_is_whole() */
    bool secrets;  /* the package is a text with secrets to fill in */
    VendorCommand install;
    VendorCommand uninstall;
} VendorProduct;

typedef struct {
    char *version;
    char *file;      /* absolute path on the host */
    bool secrets;    /* it is a text with secrets to fill in */
    bool is_default; /* the version that installing the product brings */
} VendorContent;

typedef enum { PROBE_ALIVE, PROBE_DETECTION } ProbeKind;
typedef struct {
    char *name;
    ProbeKind kind;
    guint timeout_s;       /* alive: of the command; detection: within which both hold */
    VendorCommand command; /* alive */
    char *drop_path;       /* detection: the lab writes drop_text there … */
    char *drop_text;
    char *gone_path;    /* … and this path must vanish (NULL: not asked) … */
    char *present_path; /* … and this one appear (NULL: not asked) */
} VendorProbe;

/* A fault that this pack documents: what the lab must find, and on whom. */
typedef struct {
    char *id;
    char *product;   /* version, or NULL for any */
    char *content;   /* version, or NULL for any */
    char *kind;      /* of finding: `bugcheck` … */
    GPtrArray *with; /* of char*: the other vendors that it takes; empty: it needs none */
    char *module;    /* file name in the finding's bugcheck, or NULL */
    char *trigger;
    char *text;
} VendorFault;

/* A text with secrets to fill in: so small that the guest is given it in one piece. */
#define VENDOR_TEXT_BYTES_MAX (32u << 10)
#define VENDOR_TEXT_SECRETS_MAX 16

/* A secret of lab.xml that the pack asks for, and where. */
typedef struct {
    char *name;
    guint line;
    guint column;
} VendorSecret;

/* Files that one path of a recovery procedure may match. */
#define VENDOR_RECOVERY_FILES_MAX 100u

/* Where a content file has what a mutation changes (plan/mutate.h), in bytes. */
typedef struct {
    bool known; /* the pack says it */
    guint version_at;
    guint count_at;
    char *seal; /* `fnv1a32`, `crc32`; NULL: the format has no checksum */
    guint seal_at;
} VendorContentFormat;

typedef struct {
    char *name;
    char *title;
    char *description;
    GPtrArray *modules;         /* of VendorModule */
    GPtrArray *content_folders; /* of char*, paths in the guest */
    GPtrArray *products;        /* of VendorProduct, oldest first; the first is the default */
    GPtrArray *contents;        /* of VendorContent, oldest first */
    VendorCommand content_update;
    VendorContentFormat content_format;
    GPtrArray *probes;          /* of VendorProbe */
    GPtrArray *recovery_delete; /* of char*, paths that the vendor's recovery procedure deletes; the
                                   last name may hold * and ? */
    GPtrArray *faults;          /* of VendorFault */
    GPtrArray *secrets;         /* of VendorSecret */
    char *file;                 /* where this was read from */
} Vendor;

/* Reads and validates a pack, and checks that its files exist, but for those that the user
 * supplies. TRUCE_ERROR_INPUT with file:line:column. */
bool vendor_read(const char *path, Vendor **ret_vendor, GError **error);
/* The same for bytes in memory; `path` is what messages name and what packages and content lie
 * beside. */
bool vendor_parse(const char *text, gsize length, const char *path, Vendor **ret_vendor,
                  GError **error);
void vendor_free(Vendor *vendor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vendor, vendor_free)

/* Whether all packages are there. TRUCE_ERROR_INPUT says which is to be put where. */
bool vendor_is_whole(const Vendor *vendor, GError **error);

/* NULL where there is none. `version` NULL: the default. */
const VendorProduct *vendor_product(const Vendor *vendor, const char *version);
/* The version that the pack lists before this one; NULL where there is none. */
const VendorProduct *vendor_product_before(const Vendor *vendor, const char *version);
const VendorContent *vendor_content(const Vendor *vendor, const char *version);
/* Case-insensitive, by the base name in a crash dump. */
const VendorModule *vendor_module(const Vendor *vendor, const char *file);

/* Whether packs can be installed together: no two name the same driver, service or module path.
 * TRUCE_ERROR_INPUT naming both places. `vendors`: of Vendor*. */
bool vendors_check_together(const GPtrArray *vendors, GError **error);
