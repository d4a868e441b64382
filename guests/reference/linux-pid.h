/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The number by which the guest's first process knows this one. Wine's own process numbers are not
 * Linux', and it has no call for them, so this asks Linux itself (getpid is call 39 on x86-64). */
#ifndef TRUCE_LINUX_PID_H
#define TRUCE_LINUX_PID_H

static inline int linux_pid(void)
{
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(39L) : "rcx", "r11", "memory");
    return (int)result;
}

#endif
