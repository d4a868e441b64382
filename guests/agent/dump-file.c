/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a bugcheck leaves: see dump-file.h. */
#include "dump-file.h"

#include <winternl.h>

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define CONTROL L"\\??\\unix\\run\\truce\\control"
#define STOP_TEXT L"\\??\\unix\\run\\truce\\stop"
#define FOLDER L"\\??\\C:\\Windows\\Minidump"
#define STATUS_COLLISION ((NTSTATUS)0xc0000035)
#define NAMES_MAX 100

typedef struct {
    SHORT year, month, day, hour, minute, second, milliseconds, weekday;
} time_fields;

NTSYSAPI NTSTATUS NTAPI NtWriteFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, void *context,
                                    IO_STATUS_BLOCK *status, const void *bytes, ULONG size,
                                    LARGE_INTEGER *offset, ULONG *key);
NTSYSAPI NTSTATUS NTAPI NtFlushBuffersFile(HANDLE file, IO_STATUS_BLOCK *status);
NTSYSAPI void NTAPI RtlTimeToTimeFields(const LARGE_INTEGER *time, time_fields *ret_fields);

static NTSTATUS open_file(const WCHAR *path, ULONG disposition, ULONG options, HANDLE *ret_file)
{
    UNICODE_STRING name = {.Length = (USHORT)(wcslen(path) * sizeof *path),
                           .MaximumLength = (USHORT)(wcslen(path) * sizeof *path),
                           .Buffer = (WCHAR *)(ULONG_PTR)path};
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    IO_STATUS_BLOCK status;

    return NtCreateFile(ret_file, FILE_GENERIC_WRITE, &attributes, &status, NULL,
                        FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_WRITE, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

HANDLE dump_file_open_control(void)
{
    HANDLE file;

    return open_file(CONTROL, FILE_OPEN, 0, &file) ? NULL : file;
}

bool dump_file_write(HANDLE file, const void *bytes, size_t size)
{
    IO_STATUS_BLOCK status = {0};

    return !NtWriteFile(file, NULL, NULL, NULL, &status, bytes, (ULONG)size, NULL, NULL) &&
           status.Information == size;
}

static bool write_and_close(HANDLE file, const void *bytes, size_t size)
{
    IO_STATUS_BLOCK status;
    bool ok = dump_file_write(file, bytes, size) && !NtFlushBuffersFile(file, &status);

    NtClose(file);
    return ok;
}

uint64_t dump_file_time(void)
{
    LARGE_INTEGER now;

    NtQuerySystemTime(&now);
    return (uint64_t)now.QuadPart;
}

/* Windows' names: month, day and year, a number that differs between crashes, and -01. */
bool dump_file_save(const uint8_t *dump, size_t size)
{
    LARGE_INTEGER now;
    time_fields t;
    HANDLE file;

    if (!open_file(FOLDER, FILE_OPEN_IF, FILE_DIRECTORY_FILE, &file))
        NtClose(file);
    NtQuerySystemTime(&now);
    RtlTimeToTimeFields(&now, &t);
    for (DWORD i = 0; i < NAMES_MAX; i++) {
        WCHAR path[80];
        _snwprintf(path, 80, L"%ls\\%02d%02d%02d-%05lu-01.dmp", FOLDER, t.month, t.day,
                   t.year % 100, (GetTickCount() + i) % 100000);
        NTSTATUS status = open_file(path, FILE_CREATE, 0, &file);
        if (!status)
            return write_and_close(file, dump, size);
        if (status != STATUS_COLLISION)
            return false;
    }
    return false;
}

void dump_file_stop_text(const struct stop *stop, const WCHAR *name, uint64_t address,
                         uint64_t base, uint32_t timestamp, char *ret_text)
{
    char plain[64] = "";
    int used =
        snprintf(ret_text, DUMP_FILE_STOP_MAX,
                 "*** STOP: 0x%08X (0x%016llX,0x%016llX,0x%016llX,0x%016llX)\n", stop->code,
                 (unsigned long long)stop->parameter[0], (unsigned long long)stop->parameter[1],
                 (unsigned long long)stop->parameter[2], (unsigned long long)stop->parameter[3]);

    if (!name)
        return;
    for (size_t i = 0; i < sizeof plain - 1 && name[i]; i++)
        plain[i] = name[i] < 0x7f ? (char)name[i] : '?';
    snprintf(ret_text + used, DUMP_FILE_STOP_MAX - (size_t)used,
             "***  %s - Address %016llX base at %016llX, DateStamp %08x\n", plain,
             (unsigned long long)address, (unsigned long long)base, timestamp);
}

bool dump_file_leave_stop_text(const char *text)
{
    HANDLE file;

    return !open_file(STOP_TEXT, FILE_OVERWRITE_IF, 0, &file) &&
           write_and_close(file, text, strlen(text));
}
