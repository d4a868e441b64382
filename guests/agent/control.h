/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the reference guest's first process (see guests/reference/init.c). */
#ifndef TRUCE_CONTROL_H
#define TRUCE_CONTROL_H

#include <stdbool.h>

#define CONTROL_PATH L"\\\\?\\unix\\run\\truce\\control"

/* Sends REQUEST, whole lines with their newlines. False where nobody listens. */
bool control_send(const char *request);

#endif
