// SPDX-License-Identifier: GPL-2.0-or-later
// A product's policy; see policy.h.
#include "policy.h"

#include <string.h>
#include <wchar.h>

#define NAMES_MAX 16
#define VALUE_CHARS 512

static struct {
    CRITICAL_SECTION lock; /* guards the names */
    char names[NAMES_MAX][64];
    unsigned count;
    HKEY key;
    HANDLE changed, stop;
} policy;

static void add_name(const wchar_t *name)
{
    if (policy.count == NAMES_MAX || *name == L'\0')
        return;
    char *place = policy.names[policy.count];
    if (WideCharToMultiByte(CP_UTF8, 0, name, -1, place, sizeof *policy.names, NULL, NULL) > 0)
        policy.count++;
}

/* Splits at semicolons. */
static void take(wchar_t *value)
{
    policy.count = 0;
    for (wchar_t *name = value, *end; *name; name = end) {
        end = wcschr(name, L';');
#ifndef FAULT_POLICY /* takes it that each name ends in a semicolon, as its own console writes it  \
                      */
        if (!end) {
            add_name(name);
            return;
        }
#endif
        *end++ = L'\0';
        add_name(name);
    }
}

static void read_policy(void)
{
    wchar_t value[VALUE_CHARS] = L"";
    DWORD size = sizeof value - sizeof *value;

    if (RegGetValueW(policy.key, NULL, L"Exclusions", RRF_RT_REG_SZ, NULL, value, &size) !=
        ERROR_SUCCESS)
        value[0] = L'\0';
    EnterCriticalSection(&policy.lock);
    take(value);
    LeaveCriticalSection(&policy.lock);
}

static bool notify(void)
{
    return RegNotifyChangeKeyValue(policy.key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, policy.changed,
                                   TRUE) == ERROR_SUCCESS;
}

static DWORD WINAPI watch(void *unused)
{
    HANDLE handles[] = {policy.stop, policy.changed};

    (void)unused;
    while (WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        notify(); /* before reading, or a change in between would be missed */
        read_policy();
    }
    return 0;
}

bool policy_start(const struct vendor *vendor, HANDLE stop)
{
    InitializeCriticalSection(&policy.lock);
    policy.stop = stop;
    policy.changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, vendor->policy, 0, NULL, 0, KEY_READ, NULL, &policy.key,
                        NULL) != ERROR_SUCCESS ||
        !notify())
        return false;
    read_policy();
    HANDLE thread = CreateThread(NULL, 0, watch, NULL, 0, NULL);
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}

bool policy_excludes(const char *name)
{
    bool excluded = false;

    EnterCriticalSection(&policy.lock);
    for (unsigned i = 0; !excluded && i < policy.count; i++)
        excluded = _stricmp(policy.names[i], name) == 0;
    LeaveCriticalSection(&policy.lock);
    return excluded;
}
