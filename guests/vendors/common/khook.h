// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel side: an inline hook of a routine that the kernel exports.
/*
 * A hook is a jump written over the routine's first bytes. The routine itself is called by putting
 * the bytes back that were found there, calling it, and writing the jump again; so a second
 * product's hook, found there by the first, is called like the routine. PatchGuard makes a 64-bit
 * Windows stop with bug check 0x109 sooner or later; older Windows and Wine let it be.
 */
#pragma once

#include <ntddk.h>

#ifdef __x86_64__
#define KHOOK_BYTES 16 /* mov rax, imm64; jmp rax; and what follows as it was */
#else
#define KHOOK_BYTES 8 /* jmp rel32; and what follows as it was */
#endif

struct khook {
    UCHAR *routine;
    _Alignas(16) UCHAR found[KHOOK_BYTES]; /* what stood there before */
    _Alignas(16) UCHAR jump[KHOOK_BYTES];
};

/* Hooks the exported routine NAME so that REPLACEMENT is called in its place. Its bytes change all
 * at once, so the routine must begin at a multiple of KHOOK_BYTES. */
NTSTATUS khook_set(struct khook *hook, const WCHAR *name, void *replacement);

/* Around a call of the routine from within the replacement. */
void khook_suspend(struct khook *hook);
void khook_resume(struct khook *hook);

/* Is it this hook that stands there, and none that came after it? */
BOOLEAN khook_is_outermost(const struct khook *hook);

/* Puts back what was found. */
void khook_remove(struct khook *hook);
