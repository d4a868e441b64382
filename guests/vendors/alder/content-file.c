// SPDX-License-Identifier: GPL-2.0-or-later
// Finding and reading alder's content files in kernel mode; see content-file.h.
#include "content-file.h"

#include "../common/content.h"

#define PREFIX L"C-00000291-"
#define PREFIX_CHARS 11
#define VERSION_DIGITS 8
#define SUFFIX L".bin"
#define NAME_CHARS (PREFIX_CHARS + VERSION_DIGITS + 4)
#define PATH_CHARS 96

/* Where C: is not linked yet, early in a Windows boot, \SystemRoot is; Wine knows only C:. */
static const WCHAR *const folders[] = {
    L"\\SystemRoot\\System32\\drivers\\Alder\\",
    L"\\??\\C:\\Windows\\System32\\drivers\\Alder\\",
};

static NTSTATUS open(const WCHAR *folder, const WCHAR *name, ULONG options, HANDLE *ret_file)
{
    WCHAR buffer[PATH_CHARS];
    UNICODE_STRING path = {.Buffer = buffer, .MaximumLength = sizeof buffer};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;

    RtlAppendUnicodeToString(&path, folder);
    RtlAppendUnicodeToString(&path, name);
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    return ZwCreateFile(ret_file, FILE_GENERIC_READ, &attributes, &io, NULL, FILE_ATTRIBUTE_NORMAL,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

static bool open_in_any_folder(const WCHAR *name, ULONG options, HANDLE *ret_file)
{
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (NT_SUCCESS(open(folders[i], name, options, ret_file)))
            return true;
    }
    return false;
}

static bool name_version(const WCHAR *name, ULONG chars, uint32_t *ret_version)
{
    uint32_t version = 0;

    if (chars != NAME_CHARS || RtlCompareMemory(name, PREFIX, PREFIX_CHARS * sizeof(WCHAR)) !=
                                   PREFIX_CHARS * sizeof(WCHAR))
        return false;
    for (int i = 0; i < VERSION_DIGITS; i++) {
        WCHAR digit = name[PREFIX_CHARS + i];
        if (digit < L'0' || digit > L'9')
            return false;
        version = version * 10 + (uint32_t)(digit - L'0');
    }
    *ret_version = version;
    return true;
}

bool content_file_newest(uint32_t below, uint32_t *ret_version)
{
    UNICODE_STRING pattern = RTL_CONSTANT_STRING(PREFIX L"*" SUFFIX);
    union {
        FILE_DIRECTORY_INFORMATION entry;
        UCHAR bytes[sizeof(FILE_DIRECTORY_INFORMATION) + 260 * sizeof(WCHAR)];
    } found;
    IO_STATUS_BLOCK io;
    HANDLE folder;
    uint32_t newest = 0, version;

    if (!open_in_any_folder(L"", FILE_DIRECTORY_FILE, &folder))
        return false;
    for (BOOLEAN restart = TRUE;
         NT_SUCCESS(ZwQueryDirectoryFile(folder, NULL, NULL, NULL, &io, &found, sizeof found,
                                         FileDirectoryInformation, TRUE, &pattern, restart));
         restart = FALSE) {
        if (name_version(found.entry.FileName, found.entry.FileNameLength / sizeof(WCHAR),
                         &version) &&
            version < below && version > newest)
            newest = version;
    }
    ZwClose(folder);
    if (newest == 0)
        return false;
    *ret_version = newest;
    return true;
}

uint8_t *content_file_read(uint32_t version, ULONG tag, size_t *ret_size)
{
    WCHAR name[NAME_CHARS + 1] = PREFIX L"00000000" SUFFIX;
    FILE_STANDARD_INFORMATION info;
    LARGE_INTEGER start = {.QuadPart = 0};
    IO_STATUS_BLOCK io;
    HANDLE file;
    uint8_t *bytes = NULL;

    for (int i = VERSION_DIGITS - 1; i >= 0; i--, version /= 10)
        name[PREFIX_CHARS + i] = (WCHAR)(L'0' + version % 10);
    if (!open_in_any_folder(name, FILE_NON_DIRECTORY_FILE, &file))
        return NULL;
    if (NT_SUCCESS(
            ZwQueryInformationFile(file, &io, &info, sizeof info, FileStandardInformation)) &&
        info.EndOfFile.QuadPart > 0 && info.EndOfFile.QuadPart <= (LONGLONG)CONTENT_MAX_SIZE)
        bytes = ExAllocatePoolWithTag(PagedPool, (SIZE_T)info.EndOfFile.QuadPart, tag);
    if (bytes) {
        if (NT_SUCCESS(ZwReadFile(file, NULL, NULL, NULL, &io, bytes,
                                  (ULONG)info.EndOfFile.QuadPart, &start, NULL))) {
            *ret_size = io.Information;
        } else {
            ExFreePoolWithTag(bytes, tag);
            bytes = NULL;
        }
    }
    ZwClose(file);
    return bytes;
}
