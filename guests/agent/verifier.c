/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verifier.exe of the reference guest: Driver Verifier's settings, as Windows' command keeps them
 * in the registry. They count from the next start on; what is checked then is in
 * docs/reference-guest.md.
 *
 *   verifier /standard | /flags NUMBER   /driver NAME... | /all
 *   verifier /querysettings
 *   verifier /reset
 */
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

#define KEY L"System\\CurrentControlSet\\Control\\Session Manager\\Memory Management"
#define STANDARD 0x209bb
#define NAMES_MAX 400

static int query(void)
{
    WCHAR names[NAMES_MAX] = L"";
    DWORD flags = 0, size = sizeof names, flags_size = sizeof flags;

    RegGetValueW(HKEY_LOCAL_MACHINE, KEY, L"VerifyDrivers", RRF_RT_REG_SZ, NULL, names, &size);
    RegGetValueW(HKEY_LOCAL_MACHINE, KEY, L"VerifyDriverLevel", RRF_RT_REG_DWORD, NULL, &flags,
                 &flags_size);
    printf("Verifier Flags: 0x%08lx\n\nVerified Drivers:\n%ls\n", flags, *names ? names : L"None");
    return 0;
}

static int reset(void)
{
    HKEY key;

    if (RegOpenKeyW(HKEY_LOCAL_MACHINE, KEY, &key))
        return 1;
    RegDeleteValueW(key, L"VerifyDrivers");
    RegDeleteValueW(key, L"VerifyDriverLevel");
    RegCloseKey(key);
    puts("The system reboot is required for the changes to take effect.");
    return 0;
}

static int set(const WCHAR *names, DWORD flags)
{
    if (RegSetKeyValueW(HKEY_LOCAL_MACHINE, KEY, L"VerifyDrivers", REG_SZ, names,
                        (DWORD)((wcslen(names) + 1) * sizeof *names)) ||
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, KEY, L"VerifyDriverLevel", REG_DWORD, &flags,
                        sizeof flags))
        return 1;
    puts("The system reboot is required for the changes to take effect.");
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    WCHAR names[NAMES_MAX] = L"";
    DWORD flags = 0;

    if (argc == 2 && !_wcsicmp(argv[1], L"/querysettings"))
        return query();
    if (argc == 2 && !_wcsicmp(argv[1], L"/reset"))
        return reset();
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/standard"))
            flags = STANDARD;
        else if (!_wcsicmp(argv[i], L"/flags") && i + 1 < argc)
            flags = wcstoul(argv[++i], NULL, 0);
        else if (!_wcsicmp(argv[i], L"/all"))
            wcscpy(names, L"*");
        else if (!_wcsicmp(argv[i], L"/driver"))
            while (i + 1 < argc && wcslen(names) + wcslen(argv[i + 1]) < NAMES_MAX - 2)
                wcscat(wcscat(names, *names ? L" " : L""), argv[++i]);
        else
            flags = 0, i = argc;
    }
    if (flags && *names)
        return set(names, flags);
    fputs("usage: verifier /standard | /flags NUMBER /driver NAME... | /all\n"
          "       verifier /querysettings | /reset\n",
          stderr);
    return 2;
}
