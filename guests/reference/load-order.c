/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load order: see load-order.h. */
#include "load-order.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define SERVICES L"System\\CurrentControlSet\\Services"
#define SERVICES_MAX 512
#define NAME_MAX_UNITS 128

struct service {
    WCHAR name[NAME_MAX_UNITS];
    DWORD start, group, tag;
    double altitude;
};

/* As a Windows 10 has them in ServiceGroupOrder. */
static const WCHAR *const groups[] = {
    L"System Reserved",
    L"EMS",
    L"WdfLoadGroup",
    L"Early-Launch",
    L"Core",
    L"Core Security Extensions",
    L"Boot Bus Extender",
    L"System Bus Extender",
    L"SCSI miniport",
    L"Port",
    L"Primary Disk",
    L"SCSI Class",
    L"SCSI CDROM Class",
    L"FSFilter Infrastructure",
    L"FSFilter System",
    L"FSFilter Bottom",
    L"FSFilter Copy Protection",
    L"FSFilter Security Enhancer",
    L"FSFilter Open File",
    L"FSFilter Physical Quota Management",
    L"FSFilter Virtualization",
    L"FSFilter Encryption",
    L"FSFilter Compression",
    L"FSFilter Imaging",
    L"FSFilter HSM",
    L"FSFilter Cluster File System",
    L"FSFilter System Recovery",
    L"FSFilter Quota Management",
    L"FSFilter Content Screener",
    L"FSFilter Continuous Backup",
    L"FSFilter Replication",
    L"FSFilter Anti-Virus",
    L"FSFilter Undelete",
    L"FSFilter Activity Monitor",
    L"FSFilter Top",
    L"Filter",
    L"Boot File System",
    L"Base",
    L"Pointer Port",
    L"Keyboard Port",
    L"Pointer Class",
    L"Keyboard Class",
    L"Video Init",
    L"Video",
    L"Video Save",
    L"File System",
    L"Streams Drivers",
    L"NDIS Wrapper",
    L"COM Infrastructure",
    L"Event Log",
};

#define GROUPS (sizeof groups / sizeof *groups)

static struct service services[SERVICES_MAX];
static size_t service_count;

static DWORD find_group(const WCHAR *name)
{
    for (DWORD i = 0; i < GROUPS; i++)
        if (!_wcsicmp(groups[i], name))
            return i;
    /* A group that the list does not know comes after it, no group after that. */
    return *name ? GROUPS : GROUPS + 1;
}

static void read_text(HKEY key, const WCHAR *subkey, const WCHAR *value, WCHAR *ret_text,
                      DWORD units)
{
    DWORD size = units * sizeof *ret_text;

    if (RegGetValueW(key, subkey, value, RRF_RT_REG_SZ, NULL, ret_text, &size))
        *ret_text = 0;
}

static DWORD read_number(HKEY key, const WCHAR *value, DWORD otherwise)
{
    DWORD number, size = sizeof number;

    return RegGetValueW(key, NULL, value, RRF_RT_REG_DWORD, NULL, &number, &size) ? otherwise
                                                                                  : number;
}

/* Instances\DefaultInstance names the key below Instances that has the Altitude. */
static double read_altitude(HKEY key)
{
    WCHAR name[NAME_MAX_UNITS], path[NAME_MAX_UNITS + 16], altitude[32];

    read_text(key, L"Instances", L"DefaultInstance", name, NAME_MAX_UNITS);
    if (!*name)
        return 0;
    _snwprintf(path, NAME_MAX_UNITS + 16, L"Instances\\%ls", name);
    read_text(key, path, L"Altitude", altitude, 32);
    return wcstod(altitude, NULL);
}

static int compare(const void *a, const void *b)
{
    const struct service *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->altitude < y->altitude || x->altitude > y->altitude)
        return x->altitude < y->altitude ? -1 : 1;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return _wcsicmp(x->name, y->name);
}

void load_order_read(void)
{
    HKEY root, key;

    if (RegOpenKeyW(HKEY_LOCAL_MACHINE, SERVICES, &root))
        return;
    for (DWORD i = 0; service_count < SERVICES_MAX; i++) {
        struct service *s = &services[service_count];
        WCHAR group[NAME_MAX_UNITS];
        if (RegEnumKeyW(root, i, s->name, NAME_MAX_UNITS))
            break;
        if (RegOpenKeyExW(root, s->name, 0, KEY_READ, &key))
            continue;
        read_text(key, NULL, L"Group", group, NAME_MAX_UNITS);
        s->start = read_number(key, L"Start", 3);
        s->group = find_group(group);
        s->tag = read_number(key, L"Tag", 0);
        s->altitude = read_altitude(key);
        RegCloseKey(key);
        service_count++;
    }
    RegCloseKey(root);
    qsort(services, service_count, sizeof *services, compare);
}

DWORD load_order_of(const WCHAR *service)
{
    for (size_t i = 0; i < service_count; i++)
        if (!_wcsicmp(services[i].name, service))
            return (DWORD)i + 1;
    return 0;
}
