// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of load on the kernel's objects: process, thread, image, handle, memory, registry; see
// stress.h.
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>

#define PROCESS_DEADLINE_MS 60000
#define MEMORY_STEP 65536
#define MEMORY_STEPS 16
#define PAGE 4096

static bool process_once(struct work *work)
{
    wchar_t self[MAX_PATH], line[] = L"truce-stress nothing";
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = STRESS_ERRORS;

    (void)work;
    if (GetModuleFileNameW(NULL, self, MAX_PATH) == 0 ||
        !CreateProcessW(self, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &startup,
                        &process))
        return false;
    DWORD waited = WaitForSingleObject(process.hProcess, PROCESS_DEADLINE_MS);
    if (waited != WAIT_OBJECT_0)
        TerminateProcess(process.hProcess, STRESS_ERRORS);
    else
        GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    SetLastError(waited != WAIT_OBJECT_0 ? ERROR_TIMEOUT : ERROR_PROCESS_ABORTED);
    return code == STRESS_OK;
}

const struct kind kind_process = {"process", NULL, process_once, NULL};

static DWORD WINAPI nothing(void *parameter)
{
    (void)parameter;
    return 0;
}

static bool thread_once(struct work *work)
{
    HANDLE thread = CreateThread(NULL, 0, nothing, NULL, 0, NULL);

    (void)work;
    if (!thread)
        return false;
    bool done = WaitForSingleObject(thread, PROCESS_DEADLINE_MS) == WAIT_OBJECT_0;
    CloseHandle(thread);
    return done;
}

const struct kind kind_thread = {"thread", NULL, thread_once, NULL};

/* An image of its own for each thread: one that is loaded already is only counted. */
static bool image_begin(struct work *work)
{
    wchar_t self[MAX_PATH], *path = calloc(MAX_PATH, sizeof *path);

    work->state = path;
    if (!path || GetModuleFileNameW(NULL, self, MAX_PATH) == 0)
        return false;
    work_path(work, 0, L"dll", path);
    return CopyFileW(self, path, FALSE);
}

static bool image_once(struct work *work)
{
    HMODULE module = LoadLibraryExW(work->state, NULL, DONT_RESOLVE_DLL_REFERENCES);
    return module && FreeLibrary(module);
}

static void image_end(struct work *work)
{
    if (work->state)
        DeleteFileW(work->state);
}

const struct kind kind_image = {"image", image_begin, image_once, image_end};

static bool handle_once(struct work *work)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), copy;

    (void)work;
    if (!event)
        return false;
    bool done = DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE,
                                DUPLICATE_SAME_ACCESS);
    if (done)
        done =
            SetEvent(copy) && WaitForSingleObject(event, 0) == WAIT_OBJECT_0 && CloseHandle(copy);
    return CloseHandle(event) && done;
}

const struct kind kind_handle = {"handle", NULL, handle_once, NULL};

static bool memory_once(struct work *work)
{
    size_t size = (size_t)MEMORY_STEP * (1 + work_random(work) % MEMORY_STEPS);
    char *memory = VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
    DWORD old;

    if (!memory)
        return false;
    bool done = VirtualAlloc(memory, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
    for (size_t at = 0; done && at < size; at += PAGE)
        ((volatile char *)memory)[at] = (char)at;
    done = done && VirtualProtect(memory, size, PAGE_READONLY, &old);
    DWORD error = GetLastError();
    done = VirtualFree(memory, 0, MEM_RELEASE) && done;
    SetLastError(error);
    return done;
}

const struct kind kind_memory = {"memory", NULL, memory_once, NULL};

static bool registry_value(HKEY key, DWORD value)
{
    DWORD read = 0, size = sizeof read, type;
    LONG error = RegSetValueExW(key, L"Value", 0, REG_DWORD, (const BYTE *)&value, sizeof value);

    if (error == ERROR_SUCCESS)
        error = RegQueryValueExW(key, L"Value", NULL, &type, (BYTE *)&read, &size);
    if (error == ERROR_SUCCESS && (type != REG_DWORD || read != value))
        error = ERROR_INVALID_DATA;
    if (error == ERROR_SUCCESS)
        error = RegDeleteValueW(key, L"Value");
    SetLastError((DWORD)error);
    return error == ERROR_SUCCESS;
}

static bool registry_once(struct work *work)
{
    wchar_t name[64];
    HKEY key;

    _snwprintf(name, 64, L"Software\\TruceStress-%08lx-%lu", (unsigned long)work->seed,
               (unsigned long)work->number);
    LONG error = RegCreateKeyExW(HKEY_CURRENT_USER, name, 0, NULL, REG_OPTION_VOLATILE,
                                 KEY_ALL_ACCESS, NULL, &key, NULL);
    if (error != ERROR_SUCCESS) {
        SetLastError((DWORD)error);
        return false;
    }
    bool done = registry_value(key, work_random(work));
    DWORD failure = GetLastError();
    RegCloseKey(key);
    error = RegDeleteKeyW(HKEY_CURRENT_USER, name);
    SetLastError(done ? (DWORD)error : failure);
    return done && error == ERROR_SUCCESS;
}

const struct kind kind_registry = {"registry", NULL, registry_once, NULL};
