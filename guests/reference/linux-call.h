/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux' own calls, for programs of Wine's that are part of the reference guest: what Wine has no
 * call for (syscall(2); the numbers are those of x86-64, asm/unistd_64.h). */
#ifndef TRUCE_LINUX_CALL_H
#define TRUCE_LINUX_CALL_H

#include <stdint.h>

#define LINUX_GETPID 39

/* The result, or -errno; -ENOSYS in a program for another processor. A fifth argument is zero. */
static inline int64_t linux_call(int64_t number, intptr_t a, intptr_t b, intptr_t c, intptr_t d)
{
#ifdef __x86_64__
    register intptr_t fourth __asm__("r10") = d;
    register intptr_t fifth __asm__("r8") = 0;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d;
    return -38;
#endif
}

/* The number by which the guest's first process knows this one; Wine's own are not Linux'. */
static inline int linux_pid(void)
{
    return (int)linux_call(LINUX_GETPID, 0, 0, 0, 0);
}

#endif
