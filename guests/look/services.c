// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: services and drivers, as the service control manager and their keys know them.
#include "look.h"

#include <stdlib.h>

#define LIST_BYTES_MAX (4u << 20)
#define VALUE_CHARACTERS 1024
#define INSTANCES_MAX 64
#define SERVICES_KEY L"SYSTEM\\CurrentControlSet\\Services\\"

/* Free with free(); NULL where there is none. */
static ENUM_SERVICE_STATUSW *list_all(SC_HANDLE manager, DWORD *ret_count)
{
    DWORD types = SERVICE_WIN32 | SERVICE_DRIVER, needed = 0, count = 0, resume = 0;
    ENUM_SERVICE_STATUSW *list;

    EnumServicesStatusW(manager, types, SERVICE_STATE_ALL, NULL, 0, &needed, &count, &resume);
    if (needed == 0 || needed > LIST_BYTES_MAX || !(list = malloc(needed)))
        return NULL;
    resume = 0;
    if (!EnumServicesStatusW(manager, types, SERVICE_STATE_ALL, list, needed, &needed, &count,
                             &resume)) {
        free(list);
        return NULL;
    }
    *ret_count = count;
    return list;
}

void look_services(struct out *out)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ENUMERATE_SERVICE);
    DWORD count = 0;

    if (!manager)
        return;
    ENUM_SERVICE_STATUSW *list = list_all(manager, &count);
    for (DWORD i = 0; list && i < count; i++)
        out_item(out, "service", list[i].lpServiceName);
    free(list);
    CloseServiceHandle(manager);
}

/* A string value of a key below HKLM; "" for none. */
static void read_value(const wchar_t *key, const wchar_t *name, wchar_t *ret_text)
{
    DWORD bytes = (VALUE_CHARACTERS - 1) * sizeof *ret_text, type = 0;
    HKEY handle;

    ret_text[0] = 0;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ, &handle) != ERROR_SUCCESS)
        return;
    if (RegQueryValueExW(handle, name, NULL, &type, (BYTE *)ret_text, &bytes) != ERROR_SUCCESS ||
        (type != REG_SZ && type != REG_EXPAND_SZ))
        bytes = 0;
    ret_text[bytes / sizeof *ret_text] = 0;
    RegCloseKey(handle);
}

static const char *start_of(const wchar_t *key)
{
    static const char *const names[] = {"boot", "system", "auto", "demand", "disabled"};
    DWORD start = 0, bytes = sizeof start, type = 0;
    HKEY handle;
    const char *name = "";

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ, &handle) != ERROR_SUCCESS)
        return name;
    if (RegQueryValueExW(handle, L"Start", NULL, &type, (BYTE *)&start, &bytes) == ERROR_SUCCESS &&
        type == REG_DWORD && start < sizeof names / sizeof *names)
        name = names[start];
    RegCloseKey(handle);
    return name;
}

/* The altitudes of a minifilter's instances: `sub` is where this release of Windows keeps them
 * (since 24H2 below Parameters). */
static bool say_altitudes(FILE *file, const wchar_t *key, const wchar_t *sub, bool any)
{
    wchar_t path[VALUE_CHARACTERS], instance[VALUE_CHARACTERS], altitude[VALUE_CHARACTERS];
    wchar_t name[256];
    HKEY handle;

    if (_snwprintf(path, VALUE_CHARACTERS - 1, L"%ls\\%ls", key, sub) < 0 ||
        RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &handle) != ERROR_SUCCESS)
        return any;
    path[VALUE_CHARACTERS - 1] = 0;
    for (DWORD i = 0; i < INSTANCES_MAX; i++) {
        DWORD length = 256;
        if (RegEnumKeyExW(handle, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        if (_snwprintf(instance, VALUE_CHARACTERS - 1, L"%ls\\%ls", path, name) < 0)
            continue;
        instance[VALUE_CHARACTERS - 1] = 0;
        read_value(instance, L"Altitude", altitude);
        if (!altitude[0])
            continue;
        fputs(any ? "," : "", file);
        out_json(file, altitude);
        any = true;
    }
    RegCloseKey(handle);
    return any;
}

static void say_service(FILE *file, const ENUM_SERVICE_STATUSW *service)
{
    wchar_t key[VALUE_CHARACTERS], text[VALUE_CHARACTERS];

    _snwprintf(key, VALUE_CHARACTERS - 1, SERVICES_KEY L"%ls", service->lpServiceName);
    key[VALUE_CHARACTERS - 1] = 0;
    fputs("{\"name\":", file);
    out_json(file, service->lpServiceName);
    fprintf(file, ",\"driver\":%s,\"running\":%s,\"start\":\"%s\",\"path\":",
            service->ServiceStatus.dwServiceType & SERVICE_DRIVER ? "true" : "false",
            service->ServiceStatus.dwCurrentState == SERVICE_RUNNING ? "true" : "false",
            start_of(key));
    read_value(key, L"ImagePath", text);
    out_json(file, text);
    fputs(",\"group\":", file);
    read_value(key, L"Group", text);
    out_json(file, text);
    fputs(",\"altitudes\":[", file);
    bool any = say_altitudes(file, key, L"Instances", false);
    say_altitudes(file, key, L"Parameters\\Instances", any);
    fputs("]}", file);
}

bool look_service_states(FILE *file)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ENUMERATE_SERVICE);
    DWORD count = 0;

    if (!manager)
        return false;
    ENUM_SERVICE_STATUSW *list = list_all(manager, &count);
    fputs("{\"services\":[", file);
    for (DWORD i = 0; list && i < count; i++) {
        fputs(i ? "," : "", file);
        say_service(file, &list[i]);
    }
    fputs("]}\n", file);
    CloseServiceHandle(manager);
    free(list);
    return list != NULL;
}
