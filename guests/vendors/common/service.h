// SPDX-License-Identifier: GPL-2.0-or-later
// The skeleton of a reference vendor's service: from the service manager to one start and one run.
#pragma once

#include <stdbool.h>

#include <windows.h>

struct service {
    const wchar_t *name;
    bool (*start)(HANDLE stop); /* ready to work when it returns true; then 'running' is reported */
    void (*run)(HANDLE stop);   /* returns soon after STOP, an event, is set */
};

/* Hands the process to the service manager; returns the process's exit code. */
int service_main(const struct service *service);
