/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shutdown.exe of the reference guest, in place of Wine's, which does nothing: the forms of
 * Windows' command that scripts use, carried out by the guest's first process.
 *
 *   shutdown /r|/s|/p [/o] [/f] [/t SECONDS] [/c TEXT] [/d REASON]
 *
 * /o with /r leads to the recovery environment.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "control.h"

int wmain(int argc, wchar_t **argv)
{
    const char *what = NULL;
    BOOL recovery = FALSE;
    DWORD seconds = 0;

    for (int i = 1; i < argc; i++) {
        const wchar_t *option = argv[i];
        wchar_t letter = (option[0] == L'/' || option[0] == L'-') && !option[2] ? option[1] : 0;
        if (letter == L'r')
            what = "reboot\n";
        else if (letter == L's' || letter == L'p')
            what = "poweroff\n";
        else if (letter == L'o')
            recovery = TRUE;
        else if (letter == L't' && i + 1 < argc)
            seconds = wcstoul(argv[++i], NULL, 10);
        else if ((letter == L'c' || letter == L'd') && i + 1 < argc)
            i++;
        else if (letter != L'f')
            what = NULL, i = argc;
    }
    if (!what) {
        fputs("usage: shutdown /r|/s|/p [/o] [/f] [/t SECONDS] [/c TEXT] [/d REASON]\n", stderr);
        return 87;
    }
    Sleep(seconds * 1000);
    return (!recovery || control_send("recovery\n")) && control_send(what) ? 0 : 1;
}
