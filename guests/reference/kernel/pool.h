/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pool memory, for the functions that drivers call: see pool.c. */
#ifndef TRUCE_POOL_H
#define TRUCE_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Whose request it is: an address in its code, and the frame of the function that it called. */
struct pool_caller {
    void *address, *frame;
};

#define POOL_CALLER                                                                                \
    &(struct pool_caller)                                                                          \
    {                                                                                              \
        __builtin_return_address(0), __builtin_frame_address(0)                                    \
    }

/* SIZE bytes; NULL without memory. */
void *pool_take(uint32_t type, size_t size, uint32_t tag, const struct pool_caller *caller);

/* A block that is none, was freed, or was written beyond its end is a bugcheck. */
void pool_give(void *bytes, uint32_t tag, const struct pool_caller *caller);

#endif
