/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shutdown.exe of the reference guest, in place of Wine's, which does nothing: the forms of
 * Windows' command that scripts use, carried out by the guest's first process.
 *
 *   shutdown /r|/s|/p [/f] [/t SECONDS] [/c TEXT] [/d REASON]
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define CONTROL L"\\\\?\\unix\\run\\truce\\control"

static BOOL request(const char *line)
{
    HANDLE pipe = CreateFileW(CONTROL, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD written;
    BOOL ok;

    if (pipe == INVALID_HANDLE_VALUE)
        return FALSE;
    ok = WriteFile(pipe, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(pipe);
    return ok;
}

int wmain(int argc, wchar_t **argv)
{
    const char *what = NULL;
    DWORD seconds = 0;

    for (int i = 1; i < argc; i++) {
        const wchar_t *option = argv[i];
        wchar_t letter = (option[0] == L'/' || option[0] == L'-') && !option[2] ? option[1] : 0;
        if (letter == L'r')
            what = "reboot\n";
        else if (letter == L's' || letter == L'p')
            what = "poweroff\n";
        else if (letter == L't' && i + 1 < argc)
            seconds = wcstoul(argv[++i], NULL, 10);
        else if ((letter == L'c' || letter == L'd') && i + 1 < argc)
            i++;
        else if (letter != L'f')
            what = NULL, i = argc;
    }
    if (!what) {
        fputs("usage: shutdown /r|/s|/p [/f] [/t SECONDS] [/c TEXT] [/d REASON]\n", stderr);
        return 87;
    }
    Sleep(seconds * 1000);
    return request(what) ? 0 : 1;
}
