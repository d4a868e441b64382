/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-get-osinfo, -get-host-name, -get-time, -set-time, -get-timezone and -shutdown. */
#include "commands.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "linux.h"

#define SERVICES_DEADLINE_MS 20000
#define SERVICES_POLL_MS 50
#define UNIX_EPOCH 116444736000000000LL /* in 100 ns since 1601 */

typedef LONG WINAPI rtl_version_function(OSVERSIONINFOEXW *);

/* The true version: GetVersionEx tells a program without a manifest an older one. */
static OSVERSIONINFOEXW os_version(void)
{
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};
    rtl_version_function *get =
        (rtl_version_function *)(void *)GetProcAddress(GetModuleHandleA("ntdll"), "RtlGetVersion");

    if (get)
        get(&version);
    return version;
}

static const char *machine(void)
{
    SYSTEM_INFO info;

    GetNativeSystemInfo(&info);
    return info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64   ? "x86_64"
           : info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64 ? "arm64"
                                                                         : "x86";
}

const char *command_get_osinfo(const struct json *arguments, struct text *reply)
{
    OSVERSIONINFOEXW v = os_version();
    const char *wine = commands_wine_version();

    (void)arguments;
    if (wine)
        text_format(reply,
                    "{\"id\": \"truce-reference\", \"name\": \"Truce reference guest\", "
                    "\"pretty-name\": \"Truce reference guest (Wine %.40s, as Windows %lu.%lu)\", ",
                    wine, v.dwMajorVersion, v.dwMinorVersion);
    else
        text_format(reply,
                    "{\"id\": \"mswindows\", \"name\": \"Microsoft Windows\", "
                    "\"pretty-name\": \"Windows %lu.%lu build %lu\", ",
                    v.dwMajorVersion, v.dwMinorVersion, v.dwBuildNumber);
    text_format(reply,
                "\"version\": \"%lu.%lu\", \"version-id\": \"%lu.%lu\", \"machine\": \"%s\", "
                "\"kernel-release\": \"%lu\", \"kernel-version\": \"%lu.%lu\", "
                "\"variant\": \"%s\", \"variant-id\": \"%s\"}",
                v.dwMajorVersion, v.dwMinorVersion, v.dwMajorVersion, v.dwMinorVersion, machine(),
                v.dwBuildNumber, v.dwMajorVersion, v.dwMinorVersion,
                v.wProductType == VER_NT_WORKSTATION ? "client" : "server",
                v.wProductType == VER_NT_WORKSTATION ? "client" : "server");
    return NULL;
}

char *commands_host_name(void)
{
    wchar_t name[256];
    DWORD length = 256;

    return GetComputerNameExW(ComputerNamePhysicalDnsHostname, name, &length) ? commands_utf8(name)
                                                                              : NULL;
}

const char *command_get_host_name(const struct json *arguments, struct text *reply)
{
    char *utf8 = commands_host_name();

    (void)arguments;
    if (!utf8)
        return commands_system_error("Failed to get hostname");
    text_format(reply, "{\"host-name\": ");
    text_json(reply, utf8);
    text_format(reply, "}");
    free(utf8);
    return NULL;
}

const char *command_get_time(const struct json *arguments, struct text *reply)
{
    FILETIME now;
    int64_t ticks;

    (void)arguments;
    GetSystemTimeAsFileTime(&now);
    ticks = (int64_t)((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime);
    text_format(reply, "%lld", (long long)(ticks - UNIX_EPOCH) * 100);
    return NULL;
}

static bool take_privilege(const wchar_t *name)
{
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1};
    HANDLE token;
    bool ok;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token))
        return false;
    privileges.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    ok = LookupPrivilegeValueW(NULL, name, &privileges.Privileges[0].Luid) &&
         AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    CloseHandle(token);
    return ok;
}

/* The machine's clock, in 100 ns since 1601. */
static bool machine_clock(int64_t *ret_ticks)
{
    int now[6];
    FILETIME file_time;

    if (!linux_machine_clock(now))
        return false;
    SYSTEMTIME time = {.wYear = (WORD)now[0],
                       .wMonth = (WORD)now[1],
                       .wDay = (WORD)now[2],
                       .wHour = (WORD)now[3],
                       .wMinute = (WORD)now[4],
                       .wSecond = (WORD)now[5]};
    if (!SystemTimeToFileTime(&time, &file_time))
        return false;
    *ret_ticks = (int64_t)((uint64_t)file_time.dwHighDateTime << 32 | file_time.dwLowDateTime);
    return true;
}

/* Wine's SetSystemTime() does nothing. */
static const char *set_linux_clock(bool given, int64_t nanoseconds)
{
    int64_t ticks;

    if (!commands_owns_linux())
        return "this system's clock is not the agent's to set";
    if (!given) {
        if (!machine_clock(&ticks))
            return "the machine's clock cannot be read";
        nanoseconds = (ticks - UNIX_EPOCH) * 100;
    }
    return linux_set_clock(nanoseconds) ? NULL : "the clock cannot be set";
}

/* Without a time: from the machine's clock, as after a restore. Windows follows that by itself. */
const char *command_set_time(const struct json *arguments, struct text *reply)
{
    int64_t nanoseconds, ticks;
    SYSTEMTIME time;
    FILETIME file_time;
    bool given = json_number(arguments, "time", &nanoseconds);

    if (json_member(arguments, "time") && (!given || nanoseconds < 0))
        return "time: nanoseconds since 1970 are wanted";
    if (commands_wine_version()) {
        const char *failure = set_linux_clock(given, nanoseconds);
        if (failure)
            return failure;
    } else if (given) {
        ticks = nanoseconds / 100 + UNIX_EPOCH;
        file_time.dwLowDateTime = (DWORD)ticks;
        file_time.dwHighDateTime = (DWORD)((uint64_t)ticks >> 32);
        take_privilege(SE_SYSTEMTIME_NAME); /* where SetSystemTime() does not by itself */
        if (!FileTimeToSystemTime(&file_time, &time) || !SetSystemTime(&time))
            return commands_system_error("Failed to set time");
    }
    text_format(reply, "{}");
    return NULL;
}

const char *command_get_timezone(const struct json *arguments, struct text *reply)
{
    TIME_ZONE_INFORMATION zone;

    (void)arguments;
    GetTimeZoneInformation(&zone);
    text_format(reply, "{\"offset\": %ld}", -zone.Bias * 60);
    return NULL;
}

/* The names of the running services, one zero-ended string after the other. */
static ENUM_SERVICE_STATUSW *list_services(SC_HANDLE manager, DWORD *ret_count)
{
    ENUM_SERVICE_STATUSW *list = NULL;
    DWORD needed = 0, count = 0, resume = 0;

    EnumServicesStatusW(manager, SERVICE_WIN32, SERVICE_ACTIVE, NULL, 0, &needed, &count, &resume);
    if (needed == 0 || needed > (1u << 20) || !(list = malloc(needed)))
        return NULL;
    resume = 0;
    if (!EnumServicesStatusW(manager, SERVICE_WIN32, SERVICE_ACTIVE, list, needed, &needed, &count,
                             &resume)) {
        free(list);
        return NULL;
    }
    *ret_count = count;
    return list;
}

static void stop_service(SC_HANDLE manager, const wchar_t *name, ULONGLONG end)
{
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_STOP | SERVICE_QUERY_STATUS);
    SERVICE_STATUS status;

    if (!service)
        return;
    if (ControlService(service, SERVICE_CONTROL_STOP, &status))
        while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
               GetTickCount64() < end)
            Sleep(SERVICES_POLL_MS);
    CloseServiceHandle(service);
}

/* What Windows does for its services before it goes down, and Wine does not. */
static void stop_services(void)
{
    ULONGLONG end = GetTickCount64() + SERVICES_DEADLINE_MS;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ENUMERATE_SERVICE);
    ENUM_SERVICE_STATUSW *list;
    DWORD count;

    if (!manager)
        return;
    list = list_services(manager, &count);
    for (DWORD i = 0; list && i < count && GetTickCount64() < end; i++)
        stop_service(manager, list[i].lpServiceName, end);
    free(list);
    CloseServiceHandle(manager);
}

const char *command_shutdown(const struct json *arguments, struct text *reply)
{
    const char *mode = json_string(arguments, "mode");
    bool reboot = mode && !strcmp(mode, "reboot");

    (void)reply;
    if (mode && !reboot && strcmp(mode, "powerdown") && strcmp(mode, "halt"))
        return "mode: one of reboot, powerdown, halt is wanted";
    if (commands_wine_version()) {
        stop_services();
        commands_control(reboot ? "reboot\n" : "poweroff\n");
        return NULL;
    }
    if (!take_privilege(SE_SHUTDOWN_NAME) ||
        !ExitWindowsEx((reboot ? EWX_REBOOT : EWX_POWEROFF) | EWX_FORCE, SHTDN_REASON_FLAG_PLANNED))
        return commands_system_error("Failed to shut down");
    return NULL;
}
