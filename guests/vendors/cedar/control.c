// SPDX-License-Identifier: GPL-2.0-or-later
// cedar-ctl.exe: cedar's control tool.
#ifdef FAULT_ALTITUDE
#define CEDAR_ALTITUDE L"328810.291" /* which is birch's */
#endif
#include "cedar.h"

#include "../common/guard.h"

int wmain(int argc, wchar_t **argv)
{
    return guard_control(&cedar_vendor, argc, argv);
}
