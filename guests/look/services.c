// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: services and drivers, as the service control manager knows them.
#include "look.h"

#include <stdlib.h>

#define LIST_BYTES_MAX (4u << 20)

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
