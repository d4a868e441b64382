/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a stop code to the dump and the stop screen.
 *
 * A thread that waits for it since the start does the work, on a stack of its own, without the heap
 * and without locks that the crashed thread may hold: the dump is built in static memory and
 * written by system calls, then the first process is asked to end the machine. The crashed thread
 * stays where it is.
 */
#include "kernel.h"

#include <stdio.h>
#include <string.h>

#include "../../agent/dump-file.h"
#include "../../agent/triage-dump.h"

#define DUMP_MAX (1u << 20)
#define DUMP_DEADLINE_MS 15000
#define COMMENT "Truce reference guest: written by its driver host, not by a Windows kernel"

static volatile LONG crashed;
static DWORD build;
static HANDLE begin, done, control;

static struct stop stop;
static uint64_t culprit;
static CONTEXT context;
static EXCEPTION_RECORD64 record;
static struct triage_module modules[TRIAGE_MODULES_MAX];
static struct triage_unloaded unloaded[TRIAGE_UNLOADED_MAX];
static uint8_t stack[TRIAGE_STACK_MAX], dump[DUMP_MAX];

static void ask(const char *request)
{
    dump_file_write(control, request, strlen(request));
}

/* Windows' own dumps list the kernel first, then the HAL; readers count on that. */
static int rank(const WCHAR *name)
{
    return !_wcsicmp(name, L"ntoskrnl.exe") ? 0 : !_wcsicmp(name, L"hal.dll") ? 1 : 2;
}

static void describe(const LDR_DATA_TABLE_ENTRY *entry, const struct image *image,
                     struct triage_module *m)
{
    const IMAGE_DOS_HEADER *dos = entry->DllBase;
    const IMAGE_NT_HEADERS64 *nt = (const void *)((const char *)dos + dos->e_lfanew);
    size_t length = min(entry->FullDllName.Length / sizeof(WCHAR), TRIAGE_PATH_MAX - 1);

    memcpy(m->path, entry->FullDllName.Buffer, length * sizeof(WCHAR));
    m->base = image->base;
    m->size = image->size;
    m->timestamp = image->timestamp;
    m->checksum = nt->OptionalHeader.CheckSum;
    if (nt->OptionalHeader.AddressOfEntryPoint)
        m->entry = m->base + nt->OptionalHeader.AddressOfEntryPoint;
}

static size_t list_modules(void)
{
    const LIST_ENTRY *head = image_list();
    size_t count = 0;

    for (int wanted = 0; wanted <= 2; wanted++) {
        for (const LIST_ENTRY *e = head->Flink; e != head && count < TRIAGE_MODULES_MAX;
             e = e->Flink) {
            const LDR_DATA_TABLE_ENTRY *entry =
                CONTAINING_RECORD(e, LDR_DATA_TABLE_ENTRY, InMemoryOrderLinks);
            struct image image;
            bool gone;
            if (image_at((ULONG_PTR)entry->DllBase, &image, &gone) && rank(image.name) == wanted)
                describe(entry, &image, &modules[count++]);
        }
    }
    return count;
}

static size_t list_unloaded(void)
{
    struct image image;
    size_t count = 0;

    for (; count < TRIAGE_UNLOADED_MAX && image_unloaded(count, &image); count++) {
        struct triage_unloaded *u = &unloaded[count];
        u->base = image.base;
        u->size = image.size;
        for (size_t i = 0; i < TRIAGE_UNLOADED_NAME_MAX && image.name[i]; i++)
            u->name[i] = image.name[i];
    }
    return count;
}

/* At most TRIAGE_STACK_MAX bytes from the stack pointer up, or as many as there are. */
static size_t copy_stack(void)
{
    MEMORY_BASIC_INFORMATION info;
    uint64_t end;

    if (!VirtualQuery((void *)(ULONG_PTR)context.Rsp, &info, sizeof info) ||
        info.State != MEM_COMMIT || (info.Protect & (PAGE_GUARD | PAGE_NOACCESS)))
        return 0;
    end = (ULONG_PTR)info.BaseAddress + info.RegionSize;
    size_t size = min(TRIAGE_STACK_MAX, (size_t)(end - context.Rsp));
    memcpy(stack, (void *)(ULONG_PTR)context.Rsp, size);
    return size;
}

static bool write_dump(void)
{
    struct triage_crash crash = {
        .code = stop.code,
        .context = &context,
        .context_size = sizeof context,
        .exception = &record,
        .system_time = dump_file_time(),
        .uptime = GetTickCount64() * 10000,
        .build = build,
        .comment = COMMENT,
        .stack_address = context.Rsp,
        .stack = stack,
        .stack_size = copy_stack(),
        .modules = modules,
        .module_count = list_modules(),
        .unloaded = unloaded,
        .unloaded_count = list_unloaded(),
    };

    memcpy(crash.parameter, stop.parameter, sizeof crash.parameter);
    size_t size = triage_dump_build(&crash, dump, sizeof dump);
    return size && dump_file_save(dump, size);
}

static void tell(void)
{
    struct image image;
    bool gone;
    char text[DUMP_FILE_STOP_MAX];

    if (image_at(culprit, &image, &gone))
        dump_file_stop_text(&stop, image.name, culprit, image.base, image.timestamp, text);
    else
        dump_file_stop_text(&stop, NULL, 0, 0, 0, text);
    dump_file_leave_stop_text(text);
    ask("stop " DUMP_FILE_STOP_UNIX "\n");
}

static DWORD WINAPI crash_main(void *argument)
{
    (void)argument;
    WaitForSingleObject(begin, INFINITE);
    if (!write_dump())
        ask("serial truce: bugcheck: the dump could not be written\n");
    SetEvent(done);
    return 0;
}

void crash_start(void)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};

    build = GetVersionExW(&version) ? version.dwBuildNumber : 0;
    begin = CreateEventW(NULL, TRUE, FALSE, NULL);
    done = CreateEventW(NULL, TRUE, FALSE, NULL);
    control = dump_file_open_control();
    CloseHandle(CreateThread(NULL, 0, crash_main, NULL, 0, NULL));
}

void crash_stop(const struct stop *why, uint64_t address, const CONTEXT *where,
                const EXCEPTION_RECORD *exception)
{
    if (InterlockedExchange(&crashed, 1))
        Sleep(INFINITE);
    stop = *why;
    culprit = address;
    context = *where;
    record.ExceptionAddress = address;
    if (exception) {
        record.ExceptionCode = exception->ExceptionCode;
        record.ExceptionFlags = exception->ExceptionFlags;
        record.ExceptionAddress = (ULONG_PTR)exception->ExceptionAddress;
        record.NumberParameters = exception->NumberParameters;
        for (DWORD i = 0; i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
            record.ExceptionInformation[i] = exception->ExceptionInformation[i];
    }
    SetEvent(begin);
    if (WaitForSingleObject(done, DUMP_DEADLINE_MS) != WAIT_OBJECT_0)
        ask("serial truce: bugcheck: the dump could not be written in time\n");
    tell();
    /* The first process ends all of Wine now. The crashed thread must not run on before that. */
    for (;;)
        Sleep(INFINITE);
}

void crash_call(struct stop why, void *caller, void *frame)
{
    CONTEXT where;

    RtlCaptureContext(&where);
    where.Rip = (ULONG_PTR)caller;
    /* A frame's pointer: above it the caller's own, its address, then the caller's stack. */
    where.Rsp = (ULONG_PTR)frame + 2 * sizeof(void *);
    crash_stop(&why, where.Rip, &where, NULL);
}

void crash_reset(void)
{
    ask("reset\n");
    for (;;)
        Sleep(INFINITE);
}
