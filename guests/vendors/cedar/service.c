// SPDX-License-Identifier: GPL-2.0-or-later
// cedar-svc.exe: judges files in user mode and takes content updates over a pipe.
#include "cedar.h"

#include "../common/guard.h"

int wmain(void)
{
    const struct guard_service service = {.vendor = &cedar_vendor};

    return guard_service(&service);
}
