// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs that faults are made of: fill, hold, bugcheck; see stress.h.
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>

#define PIECE (1u << 20)
#define PIECES_MAX 65536u
#define PAGE 4096
#define HOLD_MAX_MS 3600000
#define LOOK_MS 250
#define KIB 1024ull

/* Free bytes of the volume that holds a file. */
static bool free_bytes(const wchar_t *file, uint64_t *ret_bytes)
{
    wchar_t folder[MAX_PATH];
    ULARGE_INTEGER available;

    if (wcslen(file) >= MAX_PATH)
        return false;
    wcscpy(folder, file);
    wchar_t *end = wcsrchr(folder, L'\\');
    if (!end)
        return false;
    end[1] = L'\0';
    if (!GetDiskFreeSpaceExW(folder, &available, NULL, NULL))
        return false;
    *ret_bytes = available.QuadPart;
    return true;
}

/* Takes SIZE bytes more behind POSITION by writing. False with the system's reason. */
static bool grow(HANDLE file, uint64_t position, uint64_t size, const char *bytes)
{
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)(position)};
    DWORD written;

    if (!SetFilePointerEx(file, end, NULL, FILE_BEGIN))
        return false;
    for (uint64_t done = 0; done < size; done += written) {
        DWORD piece = size - done < PIECE ? (DWORD)(size - done) : PIECE;
        if (!WriteFile(file, bytes, piece, &written, NULL) || written == 0)
            return false;
    }
    return FlushFileBuffers(file);
}

/* A program of Wine's runs on Linux' own kernel, so it may ask that itself (syscall(2): x86-64). */
static int64_t linux_call(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d)
{
#ifdef __x86_64__
    register int64_t fourth __asm__("r10") = d;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d;
    return -1; /* a 32-bit build runs on NT alone */
#endif
}

/* Under Wine the file system is Linux's, and only fallocate() gives space without writing. */
static bool reserve_linux(const wchar_t *path, uint64_t size)
{
    enum { LINUX_OPEN = 2, LINUX_CLOSE = 3, LINUX_FALLOCATE = 285, LINUX_WRONLY = 1 };
    HMODULE kernel = GetModuleHandleA("kernel32.dll");
    char *(__cdecl * unix_name)(const wchar_t *) = (char *(__cdecl *)(const wchar_t *))(
        void *)GetProcAddress(kernel, "wine_get_unix_file_name");
    char *name = unix_name ? unix_name(path) : NULL;

    if (!name)
        return false;
    int64_t file = linux_call(LINUX_OPEN, (int64_t)(intptr_t)name, LINUX_WRONLY, 0, 0);
    bool done = file >= 0 && linux_call(LINUX_FALLOCATE, file, 0, 0, (int64_t)size) == 0;
    if (file >= 0)
        linux_call(LINUX_CLOSE, file, 0, 0, 0);
    HeapFree(GetProcessHeap(), 0, name);
    return done;
}

/* Takes SIZE bytes at once, where the file system gives space to a file that is made longer. */
static bool reserve(const wchar_t *path, HANDLE file, uint64_t size)
{
    uint64_t before, after;
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)size}, start = {.QuadPart = 0};

    if (!free_bytes(path, &before) || !SetFilePointerEx(file, end, NULL, FILE_BEGIN) ||
        !SetEndOfFile(file) || !free_bytes(path, &after))
        return false;
    if (before - after >= size / 2 && before > after)
        return true;
    /* Only the length was set: give it back. */
    SetFilePointerEx(file, start, NULL, FILE_BEGIN);
    SetEndOfFile(file);
    return reserve_linux(path, size);
}

/* Other writers may take or give back some meanwhile, and the file system keeps a little for
 * itself: what cannot be taken for want of space is taken. */
static bool fill(const wchar_t *path, HANDLE file, uint64_t leave)
{
    char *bytes = calloc(1, PIECE);
    uint64_t available, position = 0;
    bool done = bytes && free_bytes(path, &available);

    if (done && available > leave && reserve(path, file, available - leave))
        position = available - leave;
    while (done && free_bytes(path, &available) && available > leave) {
        uint64_t size = available - leave < 64ull * PIECE ? available - leave : 64ull * PIECE;
        if (!grow(file, position, size, bytes)) {
            done = GetLastError() == ERROR_DISK_FULL || GetLastError() == ERROR_HANDLE_DISK_FULL;
            break;
        }
        position += size;
    }
    free(bytes);
    return done;
}

int stress_fill(int argc, wchar_t **argv)
{
    uint32_t leave_kib;
    uint64_t left = 0;

    if (argc != 4 || wcscmp(argv[0], L"--file") != 0 || wcscmp(argv[2], L"--leave-kib") != 0 ||
        !stress_number(argv[3], 0, UINT32_MAX, &leave_kib))
        return STRESS_USAGE;
    HANDLE file = CreateFileW(argv[1], GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              CREATE_ALWAYS, 0, NULL);
    bool done = file != INVALID_HANDLE_VALUE && fill(argv[1], file, leave_kib * KIB);
    DWORD error = GetLastError();
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (!done) {
        fprintf(stderr, "truce-stress: cannot fill the volume of %ls: error %lu\n", argv[1], error);
        return STRESS_ERRORS;
    }
    free_bytes(argv[1], &left);
    printf("{\"left_kib\":%llu}\n", (unsigned long long)(left / KIB));
    return STRESS_OK;
}

static uint64_t memory_available(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    return GlobalMemoryStatusEx(&status) ? status.ullAvailPhys : 0;
}

/* Writes to every page, so that none can be left to the page file in peace. */
static void touch(char **pieces, uint32_t count, char value)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t at = 0; at < PIECE; at += PAGE)
            ((volatile char *)pieces[i])[at] = value;
}

static uint32_t take(char **pieces, uint64_t leave)
{
    uint32_t count = 0;

    while (count < PIECES_MAX && memory_available() > leave + PIECE) {
        pieces[count] = VirtualAlloc(NULL, PIECE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
        if (!pieces[count])
            break;
        touch(&pieces[count], 1, 1);
        count++;
    }
    return count;
}

static bool make_file(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              CREATE_ALWAYS, 0, NULL);
    return file != INVALID_HANDLE_VALUE && CloseHandle(file);
}

int stress_hold(int argc, wchar_t **argv)
{
    static char *pieces[PIECES_MAX];
    uint32_t leave_mib;

    if (argc != 6 || wcscmp(argv[0], L"--leave-mib") != 0 ||
        wcscmp(argv[2], L"--ready-file") != 0 || wcscmp(argv[4], L"--stop-file") != 0 ||
        !stress_number(argv[1], 1, UINT32_MAX / 1024, &leave_mib))
        return STRESS_USAGE;
    uint32_t count = take(pieces, (uint64_t)leave_mib * KIB * KIB);
    printf("{\"held_mib\":%lu,\"left_mib\":%llu}\n", (unsigned long)count,
           (unsigned long long)(memory_available() / KIB / KIB));
    fflush(stdout);
    if (!make_file(argv[3]))
        return STRESS_ERRORS;
    for (DWORD waited = 0; waited < HOLD_MAX_MS; waited += LOOK_MS) {
        if (GetFileAttributesW(argv[5]) != INVALID_FILE_ATTRIBUTES)
            return STRESS_OK;
        touch(pieces, count, (char)waited);
        Sleep(LOOK_MS);
    }
    return STRESS_ERRORS;
}

typedef LONG NTAPI set_critical_function(BOOLEAN set, BOOLEAN *was, BOOLEAN need_policy);
typedef LONG NTAPI adjust_privilege_function(ULONG privilege, BOOLEAN enable, BOOLEAN thread,
                                             BOOLEAN *was);
#define SE_DEBUG 20 /* SeDebugPrivilege, wdm.h */

int stress_bugcheck(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    adjust_privilege_function *adjust =
        (adjust_privilege_function *)(void *)GetProcAddress(ntdll, "RtlAdjustPrivilege");
    set_critical_function *set_critical =
        (set_critical_function *)(void *)GetProcAddress(ntdll, "RtlSetProcessIsCritical");
    BOOLEAN was;

    if (GetProcAddress(ntdll, "wine_get_version") || !adjust || !set_critical ||
        adjust(SE_DEBUG, TRUE, FALSE, &was) < 0 || set_critical(TRUE, NULL, FALSE) < 0) {
        fprintf(stderr, "truce-stress: this system cannot be stopped so\n");
        return STRESS_ERRORS;
    }
    ExitProcess(STRESS_OK);
}
