// SPDX-License-Identifier: GPL-2.0-or-later
// The control tool's verbs; see control.h.
#include "control.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <windows.h>

#include "file.h"

#define STOP_TIMEOUT_MS 15000
#define STOP_STEP_MS 50

static int fail(const char *what)
{
    fprintf(stderr, "%s failed: error %lu\n", what, GetLastError());
    return CONTROL_FAILED;
}

/* RegSetKeyValue() and RegDeleteTree() came after NT 5.2. */
static bool text_write(const wchar_t *path, const wchar_t *name, const wchar_t *text)
{
    HKEY key;

    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL) !=
        ERROR_SUCCESS)
        return false;
    DWORD size = (DWORD)((wcslen(text) + 1) * sizeof(wchar_t));
    bool done = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, size) == ERROR_SUCCESS;
    RegCloseKey(key);
    return done;
}

/* What the driver's registry key declares for the filter manager. */
static bool altitude_write(const struct vendor *vendor)
{
    wchar_t path[MAX_PATH], instance[64];

    _snwprintf(instance, 64, L"%ls Instance", vendor->title);
    _snwprintf(path, MAX_PATH, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Instances",
               vendor->driver);
    if (!text_write(path, L"DefaultInstance", instance))
        return false;
    _snwprintf(path, MAX_PATH, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Instances\\%ls",
               vendor->driver, instance);
    return text_write(path, L"Altitude", vendor->altitude);
}

static void altitude_remove(const struct vendor *vendor)
{
    wchar_t path[MAX_PATH];

    _snwprintf(path, MAX_PATH, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Instances\\%ls Instance",
               vendor->driver, vendor->title);
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
    _snwprintf(path, MAX_PATH, L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Instances",
               vendor->driver);
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, path);
}

static SC_HANDLE driver_create(SC_HANDLE manager, const struct vendor *vendor)
{
    SC_HANDLE driver =
        CreateServiceW(manager, vendor->driver, vendor->title, SERVICE_ALL_ACCESS,
                       SERVICE_KERNEL_DRIVER, SERVICE_SYSTEM_START, SERVICE_ERROR_NORMAL,
                       vendor->driver_path, vendor->group, NULL, NULL, NULL, NULL);

    if (!driver && GetLastError() == ERROR_SERVICE_EXISTS)
        driver = OpenServiceW(manager, vendor->driver, SERVICE_ALL_ACCESS);
    return driver;
}

static int driver_install(const struct vendor *vendor)
{
    int result = CONTROL_OK;

    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (!manager)
        return fail("opening the service manager");
    SC_HANDLE driver = driver_create(manager, vendor);
    if (!driver)
        result = fail("registering the driver");
    else if (!altitude_write(vendor))
        result = fail("writing the altitude");
    else if (!StartServiceW(driver, 0, NULL) && GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
        result = fail("starting the driver");
    if (driver)
        CloseServiceHandle(driver);
    CloseServiceHandle(manager);
    return result;
}

static int install(const struct control *control)
{
    const struct vendor *vendor = control->vendor;

    if (!folder_make(vendor->data_folder) || !folder_make(vendor->quarantine) ||
        !folder_make(VENDOR_WATCHED))
        return fail("making folders");
    return vendor->driver ? driver_install(vendor) : CONTROL_OK;
}

static bool driver_stop(SC_HANDLE driver)
{
    SERVICE_STATUS status;
    ULONGLONG deadline = GetTickCount64() + STOP_TIMEOUT_MS;

    if (!ControlService(driver, SERVICE_CONTROL_STOP, &status) &&
        GetLastError() != ERROR_SERVICE_NOT_ACTIVE)
        return false;
    while (QueryServiceStatus(driver, &status) && status.dwCurrentState != SERVICE_STOPPED) {
        if (GetTickCount64() > deadline) {
            SetLastError(ERROR_TIMEOUT);
            return false;
        }
        Sleep(STOP_STEP_MS);
    }
    return true;
}

static int driver_remove(const struct control *control)
{
    const struct vendor *vendor = control->vendor;
    int result = CONTROL_OK;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);

    if (!manager)
        return fail("opening the service manager");
    SC_HANDLE driver = OpenServiceW(manager, vendor->driver, SERVICE_ALL_ACCESS);
    if (driver) {
        /* One that must stay is gone after the next start of the machine. */
        bool stays = control->may_unload && !control->may_unload();
        if (!stays && !driver_stop(driver))
            result = fail("stopping the driver");
        altitude_remove(vendor);
        if (!DeleteService(driver))
            result = fail("removing the driver");
        CloseServiceHandle(driver);
    } else if (GetLastError() != ERROR_SERVICE_DOES_NOT_EXIST) {
        result = fail("opening the driver's service");
    }
    CloseServiceHandle(manager);
    return result;
}

/* The policy's key and the one above it, which is the product's own. */
static bool policy_remove(const struct vendor *vendor)
{
    wchar_t key[MAX_PATH] = L"";

    if (!vendor->policy)
        return true;
    wcsncpy(key, vendor->policy, MAX_PATH - 1);
    wchar_t *end = wcsrchr(key, L'\\');
    if (!end)
        return false;
    *end = L'\0';
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, vendor->policy);
    LSTATUS status = RegDeleteKeyW(HKEY_LOCAL_MACHINE, key);
    return status == ERROR_SUCCESS || status == ERROR_FILE_NOT_FOUND;
}

static int remove_all(const struct control *control)
{
    const struct vendor *vendor = control->vendor;
    int result = vendor->driver ? driver_remove(control) : CONTROL_OK;

    if (!folder_remove(vendor->content_folder))
        result = fail("removing the content folder");
    if (!folder_remove(vendor->data_folder))
        result = fail("removing the data folder");
    if (!policy_remove(vendor))
        result = fail("removing the policy");
    return result;
}

static const char *service_state(SC_HANDLE manager, const wchar_t *name)
{
    SERVICE_STATUS status = {0};
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);

    if (!service)
        return "missing";
    bool known = QueryServiceStatus(service, &status);
    CloseServiceHandle(service);
    if (!known)
        return "unknown";
    switch (status.dwCurrentState) {
    case SERVICE_RUNNING:
        return "running";
    case SERVICE_STOPPED:
        return "stopped";
    default:
        return "changing";
    }
}

static int show_status(const struct control *control)
{
    struct control_state state = {0};
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);

    if (!manager)
        return fail("opening the service manager");
    const char *service = service_state(manager, control->vendor->service);
    const char *driver =
        control->vendor->driver ? service_state(manager, control->vendor->driver) : "none";
    CloseServiceHandle(manager);
    bool answers = control->query(&state);
    printf("{\"service\":\"%s\",\"driver\":\"%s\",\"device\":\"%s\",\"product\":\"%u.%u\","
           "\"content\":%u,\"refused\":%u,\"events\":%u,\"detections\":%u}\n",
           service, driver,
           !answers        ? "silent"
           : state.damaged ? "damaged"
                           : "ok",
           state.product / 10, state.product % 10, state.content, state.refused, state.events,
           state.detections);
    return answers && !state.damaged && strcmp(service, "running") == 0 &&
                   (!control->vendor->driver || strcmp(driver, "running") == 0)
               ? CONTROL_OK
               : CONTROL_FAILED;
}

static int update(const struct control *control, const wchar_t *path)
{
    uint32_t version = 0;
    enum control_exit result = control->update(path, &version);

    if (result == CONTROL_FAILED)
        return fail("updating content");
    printf("{\"update\":\"%s\",\"content\":%u}\n", result == CONTROL_OK ? "applied" : "refused",
           version);
    return result;
}

int control_main(const struct control *control, int argc, wchar_t **argv)
{
    if (argc == 2 && wcscmp(argv[1], L"install") == 0)
        return install(control);
    if (argc == 2 && wcscmp(argv[1], L"remove") == 0)
        return remove_all(control);
    if (argc == 2 && wcscmp(argv[1], L"status") == 0)
        return show_status(control);
    if (argc == 3 && wcscmp(argv[1], L"update") == 0)
        return update(control, argv[2]);
    fprintf(stderr, "usage: %ls install | remove | status | update FILE\n", argv[0]);
    return CONTROL_USAGE;
}
