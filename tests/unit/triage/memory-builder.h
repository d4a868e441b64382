/* SPDX-License-Identifier: GPL-2.0-or-later
 * Makes memory dumps for tests: a small machine with page tables, a kernel's module list, its
 * debugger's data and a stack, written as any type of dump that holds physical memory.
 */
#pragma once

#include "dump-builder.h"

/* Where the machine has what. */
#define MEMORY_STACK 0xFFFFA00000010F00u
#define MEMORY_LIST 0xFFFFF80000200000u  /* PsLoadedModuleList */
#define MEMORY_ENTRY 0xFFFFF80000201000u /* its first entry; the next 0x200 further */
#define MEMORY_KDBG 0xFFFFF80000700000u
#define MEMORY_EXCEPTION 0xFFFFA00000020100u /* free for records that parameters point at */

typedef struct Memory Memory;

/* The modules, the parameters and so on come from `what`; `stack` ends with 0. */
Memory *memory_new(const BuilderDump *what, const guint64 *stack);
void memory_free(Memory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Memory, memory_free)

/* Writes virtual memory, mapping pages as they are needed. */
void memory_write(Memory *memory, guint64 address, const void *bytes, gsize size);
void memory_write64(Memory *memory, guint64 address, guint64 value);

/* Writes within one page of a large page (2 MiB), which is mapped for it. */
void memory_write_large(Memory *memory, guint64 address, const void *bytes, gsize size);

/* Takes a page out of use as Windows does with one that still has its contents. */
void memory_make_transition(Memory *memory, guint64 address);

/* The dump file: types 1, 5, 6, 8, 9, 10. */
GByteArray *memory_dump(const Memory *memory, guint32 type);

/* The same as a sparse file of a machine that has `frames` frames, all of them in the dump. */
void memory_dump_sparse(const Memory *memory, guint32 type, guint64 frames, const char *path);

/* How a user minidump holds the stack: in its thread, as a normal one does; in the list of memory;
 * in the list of all memory, as one with full memory does. */
typedef enum { USER_STACK_THREAD, USER_STACK_LIST, USER_STACK_LIST_64, USER_STACKS } UserStack;

/* A user minidump; `stack` ends with 0 and lies at 0x200000. */
GByteArray *user_dump(const BuilderDump *what, const guint64 *stack, UserStack where);
