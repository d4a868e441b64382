/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reagentc.exe of the reference guest: what scripts use of Windows' command.
 *
 *   reagentc /boottore   the next start is the recovery environment
 *   reagentc /disable    failed starts do not lead there
 *   reagentc /enable     they do again
 */
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

#include "control.h"

static const struct {
    const wchar_t *option;
    const char *request, *text;
} verbs[] = {
    {L"/boottore", "recovery\n", "The next start is the recovery environment."},
    {L"/disable", "recovery off\n", "Failed starts do not lead to the recovery environment."},
    {L"/enable", "recovery on\n", "Failed starts lead to the recovery environment."},
};

int wmain(int argc, wchar_t **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof verbs / sizeof *verbs; i++) {
        if (_wcsicmp(argv[1], verbs[i].option))
            continue;
        if (!control_send(verbs[i].request)) {
            fputs("REAGENTC.EXE: the machine does not answer.\n", stderr);
            return 1;
        }
        puts(verbs[i].text);
        puts("REAGENTC.EXE: Operation Successful.");
        return 0;
    }
    fputs("usage: reagentc /boottore | /disable | /enable\n", stderr);
    return 2;
}
