/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel functions that this process puts in: see image.c. */
#ifndef TRUCE_FUNCTIONS_H
#define TRUCE_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct function {
    const char *name;
    void *function;
    bool added; /* into drivers' import tables; else in place of Wine's */
};

extern const struct function functions[];
extern const size_t functions_count;

#endif
