// SPDX-License-Identifier: GPL-2.0-or-later
// truce-stress.exe: the command line; see stress.h.
#include "stress.h"

#include <errno.h>
#include <stdio.h>

bool stress_number(const wchar_t *text, uint32_t lowest, uint32_t highest, uint32_t *ret_number)
{
    wchar_t *end;

    errno = 0;
    unsigned long long number = wcstoull(text, &end, 10);
    if (*text < L'0' || *text > L'9' || *end != L'\0' || errno != 0 || number < lowest ||
        number > highest)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static int run(int argc, wchar_t **argv)
{
    if (argc < 2)
        return STRESS_USAGE;
    if (wcscmp(argv[1], L"mix") == 0)
        return stress_mix(argc - 2, argv + 2, NULL);
    if (wcscmp(argv[1], L"fill") == 0)
        return stress_fill(argc - 2, argv + 2);
    if (wcscmp(argv[1], L"hold") == 0)
        return stress_hold(argc - 2, argv + 2);
    if (wcscmp(argv[1], L"bugcheck") == 0 && argc == 2)
        return stress_bugcheck();
    if (wcscmp(argv[1], L"nothing") == 0) /* what the load 'process' starts */
        return STRESS_OK;
    return stress_mix(argc - 2, argv + 2, argv[1]);
}

int wmain(int argc, wchar_t **argv)
{
    int status = run(argc, argv);

    if (status == STRESS_USAGE)
        fprintf(stderr,
                "usage: truce-stress mix --dir DIR --seconds S [--seed K] [--stop-file PATH] "
                "KIND=RATE[xTHREADS]...\n"
                "       truce-stress KIND --rate RATE --dir DIR --seconds S ...\n"
                "       truce-stress fill --file PATH --leave-kib N\n"
                "       truce-stress hold --leave-mib N --ready-file PATH --stop-file PATH\n"
                "       truce-stress bugcheck\n"
                "kinds: process thread image file mapped directory registry memory handle pipe "
                "loopback device\n");
    return status;
}
