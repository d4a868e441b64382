/* SPDX-License-Identifier: GPL-2.0-or-later
 * Windows crash dumps: what they hold, read without symbols and without a debugger.
 *
 *   kernel, 64 bits   full (type 1), bitmap (5 'FDMP', 6 'SDMP'), live and kernel memory as ranges
 *                     (8, 9, 10 'RDMP'), triage (4, the minidump); any other: its header alone
 *   user              minidumps ('MDMP') of x86-64 processes
 *
 * Dumps come from a guest and are hostile: every offset and count is checked against the file,
 * lists are followed a bounded number of steps, nothing is allocated by a size that the file
 * states. A memory dump of many GiB is mapped, and only the pages that matter are touched.
 *
 * Of an ARM64 kernel dump the header, the exception record and, in a triage dump, modules and
 * stack are read; its registers and its page tables are not, and a note says so.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint64 base;
    guint32 size;
    guint32 timestamp; /* of the link, seconds since 1970 or a hash; 0: not known */
    guint32 checksum;  /* 0: not known */
    guint64 version;   /* four times 16 bits, the major number on top; 0: not known */
    char *name;        /* base name, valid UTF-8, control characters replaced, at most 255 bytes */
} DumpModule;

/* A module that values on the stack point into. */
typedef struct {
    const DumpModule *module;
    guint64 stack_address; /* where the first such value lies */
    guint64 offset;        /* of the first such value in the module */
    guint count;           /* of such values */
} DumpStackModule;

typedef struct {
    bool known;
    guint32 code;
    guint32 flags;
    guint64 address;
    guint count; /* of information[] */
    guint64 information[15];
} DumpException;

/* In the order of the x86-64 CONTEXT. */
enum { DUMP_RSP = 4, DUMP_RIP = 16, DUMP_REGISTERS = 17 };
extern const char *const dump_register_names[DUMP_REGISTERS];

typedef struct {
    bool known;
    guint64 registers[DUMP_REGISTERS];
    guint32 flags; /* EFLAGS */
} DumpContext;

typedef struct {
    bool user; /* a process's minidump: no stop code, no parameters */
    guint32 code;
    guint64 parameters[4];
    guint32 type;               /* DumpType of the header: 4 is triage */
    guint32 machine;            /* IMAGE_FILE_MACHINE_…: 0x8664, 0xAA64 */
    guint32 os_major, os_minor; /* 0: not known (kernel dumps do not say) */
    guint32 os_build;
    char *os_lab;       /* build string of the kernel, or NULL */
    guint32 processors; /* 0: not known */
    guint32 product;    /* 1 workstation, 2 domain controller, 3 server; 0: not known */
    gint64 time;        /* of the crash, microseconds since 1970; 0: not known */
    guint64 uptime_ms;  /* of the machine, or of the process of a user dump; 0: not known */
    guint32 process_id, thread_id; /* of a user dump */
    char *comment;                 /* of the header, or NULL */
    DumpException exception;
    DumpContext context;
    guint64 address;            /* where it faulted (see dump_read()); 0: not known */
    GPtrArray *modules;         /* of DumpModule*: at most 4096 */
    GPtrArray *unloaded;        /* of DumpModule*, no time stamps: at most 64 */
    const DumpModule *faulting; /* the module that holds `address`, or NULL */
    guint64 offset;             /* of `address` in it */
    GPtrArray *stack; /* of DumpStackModule*: modules on the raw stack, from its top, each once */
    guint64 stack_bytes; /* how much of it was scanned */
    GPtrArray *notes;    /* of char*: what could not be read, and why */
} Dump;

/* Reads a kernel dump file by mapping it. TRUCE_ERROR_INPUT with the path and the byte offset where
 * it is no 64-bit kernel dump, is cut short or contradicts itself.
 *
 * The faulting address is the parameter that the stop code documents as the instruction's address
 * (the context of such a dump may be that of the code that raised the bugcheck), else that of the
 * exception record, else on x86-64 the context's instruction pointer. Exception record and context
 * are those that the stop code's parameters point at, where the dump holds them, else the
 * header's. */
bool dump_read(const char *path, Dump **ret_dump, GError **error);
/* The same from memory; `what` names it in messages. */
bool dump_parse(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                GError **error);

/* The same for kernel dumps and user minidumps. */
bool dump_read_any(const char *path, Dump **ret_dump, GError **error);
bool dump_parse_any(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                    GError **error);

/* `triage`, `full`, `bitmap-kernel`, …; `unknown` for a type that is not known. */
const char *dump_type_name(const Dump *dump);

/* The loaded module that holds an address, or NULL. */
const DumpModule *dump_module_at(const Dump *dump, guint64 address);
/* The unloaded one, or NULL. */
const DumpModule *dump_unloaded_at(const Dump *dump, guint64 address);

void dump_free(Dump *dump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dump, dump_free)
