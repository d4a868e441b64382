/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the four parameters of a stop code mean, as Microsoft's bug check code reference documents
 * them, for the codes that security products are met with.
 */
#pragma once

#include <glib.h>

/* What kind of trouble a stop code reports, so how much the code that ran says about who did it. */
typedef enum {
    STOP_KIND_OTHER,
    STOP_KIND_FAULT,      /* the code that ran did it: a bad access or instruction */
    STOP_KIND_CORRUPTION, /* damage that was found later, perhaps by somebody else */
    STOP_KIND_VERIFIER,   /* caught in the act by Driver Verifier or the kernel's own checks */
    STOP_KIND_WATCHDOG,   /* something took too long */
    STOP_KIND_PROCESS,    /* a process that Windows needs ended */
    STOP_KIND_HARDWARE,
    STOP_KIND_ASKED, /* somebody asked for the crash */
} StopKind;

StopKind stop_kind(guint32 code);

/* Which parameter (0 to 3) holds the address of the instruction that faulted, of an exception
 * record, of a CONTEXT; -1: none does. */
int stop_address_parameter(guint32 code);
int stop_exception_parameter(guint32 code);
int stop_context_parameter(guint32 code);

/* `operation: write`: what a parameter means, with the meaning of its value where that is
 * documented. NULL where the code or the parameter is not in the table. Free with g_free(). */
char *stop_parameter_text(guint32 code, guint parameter, guint64 value);

/* Pool tags that the parameters name, of the block's owner first, then of who frees it: at most
 * two, of one to four printable characters. Returns how many. Of 0xC2 (MS docs; of a block that was
 * freed before, parameter 2 is reserved there, but a Windows 10 has the tag in it, and WinDbg reads
 * FREED_POOL_TAG from it: https://github.com/matt-wu/Ext3Fsd/issues/8); no other stop code has any.
 */
#define STOP_POOL_TAGS_MAX 2
typedef char StopPoolTag[5];
guint stop_pool_tags(guint32 code, const guint64 parameters[4],
                     StopPoolTag ret_tags[STOP_POOL_TAGS_MAX]);

/* `STATUS_ACCESS_VIOLATION`, or NULL. */
const char *stop_status_name(guint32 status);
