// SPDX-License-Identifier: GPL-2.0-or-later
// birch-ctl.exe: birch's control tool.
#include "birch.h"

#include "../common/guard.h"

int wmain(int argc, wchar_t **argv)
{
    return guard_control(&birch_vendor, argc, argv);
}
