// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: registry keys, and the values that start programs.
#include "look.h"

#define NAME_CHARACTERS 16384
#define KEY_CHARACTERS 260
#define NAMES_MAX 20000 /* of one key */

static const struct {
    const wchar_t *key;
    int depth;
} roots[] = {
    {L"SOFTWARE", KEY_DEPTH},
    {L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall", 1},
    {L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer\\UserData", KEY_DEPTH},
    {L"SYSTEM\\CurrentControlSet\\Services", 1},
};

static const wchar_t *const starters[] = {
    L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run",
    L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
    L"SYSTEM\\CurrentControlSet\\Control\\Session Manager",
};

static void look_key(struct out *out, const wchar_t *path, int depth)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; i < NAMES_MAX; i++) {
        wchar_t name[KEY_CHARACTERS], below[NAME_CHARACTERS / 8], shown[NAME_CHARACTERS / 8];
        DWORD length = KEY_CHARACTERS;
        if (RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        if (_snwprintf(below, NAME_CHARACTERS / 8 - 1, L"%ls\\%ls", path, name) < 0 ||
            _snwprintf(shown, NAME_CHARACTERS / 8 - 1, L"HKLM\\%ls", below) < 0)
            continue;
        out_item(out, "key", shown);
        if (depth > 1)
            look_key(out, below, depth - 1);
    }
    RegCloseKey(key);
}

static void look_values(struct out *out, const wchar_t *path)
{
    static wchar_t name[NAME_CHARACTERS], shown[NAME_CHARACTERS + KEY_CHARACTERS];
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; i < NAMES_MAX; i++) {
        DWORD length = NAME_CHARACTERS;
        if (RegEnumValueW(key, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        if (_snwprintf(shown, NAME_CHARACTERS + KEY_CHARACTERS - 1, L"HKLM\\%ls\\%ls", path,
                       name) >= 0)
            out_item(out, "value", shown);
    }
    RegCloseKey(key);
}

void look_registry(struct out *out)
{
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        look_key(out, roots[i].key, roots[i].depth);
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++)
        look_values(out, starters[i]);
}
