// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: what the processes hold, from NtQuerySystemInformation (Microsoft Learn; the
// classes that it leaves out as Wine's winternl.h has them).
#include "look.h"

#include <stdlib.h>

#include <winternl.h>

#define BUFFER_BYTES_MAX (16u << 20)
#define STATUS_LENGTH_MISMATCH ((NTSTATUS)0xC0000004)
#define HANDLES_OF_ALL 64 /* SystemExtendedHandleInformation */

typedef NTSTATUS WINAPI query_function(SYSTEM_INFORMATION_CLASS, void *, ULONG, ULONG *);

/* SYSTEM_PROCESS_INFORMATION with the members that MinGW's header hides under Reserved names. */
struct process {
    ULONG next;
    ULONG threads;
    LARGE_INTEGER reserved[3];
    LARGE_INTEGER created, user, kernel;
    UNICODE_STRING image;
    LONG priority;
    HANDLE pid;
    HANDLE parent;
    ULONG handles;
    ULONG session;
    ULONG_PTR unique_key;
    SIZE_T peak_virtual, virtual_size;
    ULONG faults;
    SIZE_T peak_working_set, working_set;
    SIZE_T quotas[4];
    SIZE_T committed, peak_committed; /* on the page file: what is private to it */
    SIZE_T reserved_last;
};

/* SYSTEM_HANDLE_INFORMATION_EX */
struct handles {
    ULONG_PTR count, reserved;
    struct {
        void *object;
        ULONG_PTR pid, value;
        ULONG access;
        USHORT trace, type;
        ULONG attributes, reserved;
    } list[];
};

static FARPROC ntdll(const char *name)
{
    return GetProcAddress(GetModuleHandleA("ntdll"), name);
}

/* Free with free(); NULL where the system does not tell. */
static void *query(int what)
{
    query_function *get = (query_function *)(void *)ntdll("NtQuerySystemInformation");
    ULONG size = 1u << 16, needed = 0;

    for (; get && size <= BUFFER_BYTES_MAX; size *= 2) {
        void *buffer = malloc(size);
        NTSTATUS status = buffer ? get((SYSTEM_INFORMATION_CLASS)what, buffer, size, &needed) : -1;
        if (status == 0)
            return buffer;
        free(buffer);
        if (status != STATUS_LENGTH_MISMATCH)
            break;
    }
    return NULL;
}

static struct process *next_of(struct process *process)
{
    return process->next ? (struct process *)((char *)process + process->next) : NULL;
}

/* Wine tells how large a process's table of handles is, which grows by doubling, instead of how
 * many are in it. */
static bool count_handles(struct process *first)
{
    struct handles *all = query(HANDLES_OF_ALL);

    if (!all)
        return false;
    for (struct process *process = first; process; process = next_of(process)) {
        process->handles = 0;
        for (ULONG_PTR i = 0; i < all->count; i++)
            process->handles += all->list[i].pid == (ULONG_PTR)process->pid;
    }
    free(all);
    return true;
}

/* The time that no process needs is the idle process' on Windows. */
static unsigned long long cpu_ms(const struct process *process)
{
    return process->pid ? (process->user.QuadPart + process->kernel.QuadPart) / 10000 : 0;
}

static bool is_young(const struct process *process)
{
    ULARGE_INTEGER now;
    FILETIME time;

    GetSystemTimeAsFileTime(&time);
    now.LowPart = time.dwLowDateTime;
    now.HighPart = time.dwHighDateTime;
    return (LONGLONG)now.QuadPart - process->created.QuadPart < YOUNG_S * 10000000LL;
}

static void print_process(FILE *file, const struct process *process)
{
    wchar_t name[MAX_PATH] = L"System Idle Process";
    size_t length = process->image.Length / sizeof(wchar_t);

    if (process->image.Buffer && length < MAX_PATH) {
        memcpy(name, process->image.Buffer, process->image.Length);
        name[length] = L'\0';
    }
    fprintf(file, "{\"name\":");
    out_json(file, name);
    fprintf(file, ",\"pid\":%llu,\"handles\":%lu,\"private_kib\":%llu,\"cpu_ms\":%llu}",
            (unsigned long long)(ULONG_PTR)process->pid, process->handles,
            (unsigned long long)process->committed / 1024, cpu_ms(process));
}

bool look_resources(FILE *file)
{
    struct process *first = query(SystemProcessInformation);
    unsigned long long processes = 0, handles = 0, kib = 0, ms = 0;

    if (!first || (ntdll("wine_get_version") && !count_handles(first))) {
        free(first);
        return false;
    }
    for (struct process *process = first; process; process = next_of(process)) {
        processes++;
        if (is_young(process))
            continue;
        handles += process->handles;
        kib += process->committed / 1024;
        ms += cpu_ms(process);
    }
    fprintf(file,
            "{\"processes\":%llu,\"handles\":%llu,\"private_kib\":%llu,\"cpu_ms\":%llu,\"list\":[",
            processes, handles, kib, ms);
    for (struct process *process = first; process; process = next_of(process)) {
        print_process(file, process);
        if (process->next)
            fputc(',', file);
    }
    fprintf(file, "]}\n");
    free(first);
    return true;
}
