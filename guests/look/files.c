// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: files and folders, where installers leave them.
#include "look.h"

#define DEPTH_MAX 32
#define PATH_CHARACTERS 4096

static const struct {
    const wchar_t *folder;
    bool below; /* its folders too */
} roots[] = {
    {L"C:\\", false},
    {L"C:\\Program Files", true},
    {L"C:\\Program Files (x86)", true},
    {L"C:\\ProgramData", true},
    {L"C:\\Windows", false},
    {L"C:\\Windows\\System32", false},
    {L"C:\\Windows\\System32\\drivers", true},
    {L"C:\\Windows\\SysWOW64", false},
    {L"C:\\Windows\\INF", false},
};

static void look_folder(struct out *out, const wchar_t *folder, bool below, int depth);

static void look_entry(struct out *out, const wchar_t *folder, const WIN32_FIND_DATAW *found,
                       bool below, int depth)
{
    wchar_t path[PATH_CHARACTERS];
    bool is_folder = found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
    size_t length = wcslen(folder);

    if (!wcscmp(found->cFileName, L".") || !wcscmp(found->cFileName, L".."))
        return;
    if (_snwprintf(path, PATH_CHARACTERS - 1, L"%ls%ls%ls", folder,
                   folder[length - 1] == '\\' ? L"" : L"\\", found->cFileName) < 0)
        return;
    path[PATH_CHARACTERS - 1] = L'\0';
    out_item(out, is_folder ? "folder" : "file", path);
    if (is_folder && below && depth < DEPTH_MAX &&
        !(found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        look_folder(out, path, true, depth + 1);
}

static void look_folder(struct out *out, const wchar_t *folder, bool below, int depth)
{
    wchar_t pattern[PATH_CHARACTERS];
    WIN32_FIND_DATAW found;

    if (_snwprintf(pattern, PATH_CHARACTERS - 1, L"%ls\\*", folder) < 0)
        return;
    pattern[PATH_CHARACTERS - 1] = L'\0';
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do
        look_entry(out, folder, &found, below, depth);
    while (FindNextFileW(search, &found));
    FindClose(search);
}

void look_files(struct out *out)
{
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        look_folder(out, roots[i].folder, roots[i].below, 0);
}
