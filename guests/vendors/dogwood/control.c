// SPDX-License-Identifier: GPL-2.0-or-later
// dogwood-ctl.exe: dogwood's control tool.
#include "dogwood.h"

#include "../common/guard.h"

int wmain(int argc, wchar_t **argv)
{
    return guard_control(&dogwood_vendor, argc, argv);
}
