/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The minifilters that drivers registered: see filter.h. */
#include "filter.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "../../agent/event-log.h"

#define FILTERS_MAX 64
#define SERVICES L"System\\CurrentControlSet\\Services\\"
#define STATUS_ALTITUDE_COLLISION                                                                  \
    ((NTSTATUS)0xc01c0011) /* STATUS_FLT_INSTANCE_ALTITUDE_COLLISION */
#define STATUS_OBJECT_NAME_NOT_FOUND_CODE ((NTSTATUS)0xc0000034)
#define STATUS_INSUFFICIENT_RESOURCES_CODE ((NTSTATUS)0xc000009a)

/* Where a DRIVER_OBJECT of 64-bit Windows has its image's address and its name. */
#define DRIVER_START_OFFSET 0x18
#define DRIVER_NAME_OFFSET 0x38

struct filter {
    uint64_t start; /* of the driver's image; 0: the entry is free */
    WCHAR name[64]; /* of the driver's service */
    double altitude;
    bool started;
};

static struct filter filters[FILTERS_MAX];
static SRWLOCK lock = SRWLOCK_INIT;

/* The service is called as the driver object is: \Driver\NAME or \FileSystem\NAME. */
static void read_name(const void *driver, WCHAR *ret_name, size_t units)
{
    UNICODE_STRING name;
    size_t length, at;

    memcpy(&name, (const char *)driver + DRIVER_NAME_OFFSET, sizeof name);
    length = at = name.Length / sizeof(WCHAR);
    while (at > 0 && name.Buffer[at - 1] != L'\\')
        at--;
    _snwprintf(ret_name, units - 1, L"%.*ls", (int)(length - at), name.Buffer + at);
    ret_name[units - 1] = 0;
}

static bool read_value(const WCHAR *key, const WCHAR *value, WCHAR *ret_text, DWORD bytes)
{
    return !RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_SZ, NULL, ret_text, &bytes);
}

/* Of the default instance. The filter manager starts no filter that has none. */
static bool read_altitude(const WCHAR *service, double *ret_altitude)
{
    WCHAR key[256], instance[100], text[32];

    _snwprintf(key, 255, SERVICES L"%ls\\Instances", service);
    if (!read_value(key, L"DefaultInstance", instance, sizeof instance))
        return false;
    _snwprintf(key, 255, SERVICES L"%ls\\Instances\\%ls", service, instance);
    key[255] = 0;
    if (!read_value(key, L"Altitude", text, sizeof text))
        return false;
    *ret_altitude = wcstod(text, NULL);
    return true;
}

NTSTATUS NTAPI filter_register(const void *driver, const void *registration, void **ret_filter)
{
    struct filter new = {0}, *entry = filters;

    (void)registration;
    memcpy(&new.start, (const char *)driver + DRIVER_START_OFFSET, sizeof new.start);
    read_name(driver, new.name, 64);
    if (!read_altitude(new.name, &new.altitude))
        return STATUS_OBJECT_NAME_NOT_FOUND_CODE;
    AcquireSRWLockExclusive(&lock);
    while (entry < filters + FILTERS_MAX && entry->start)
        entry++;
    if (entry < filters + FILTERS_MAX)
        *entry = new;
    ReleaseSRWLockExclusive(&lock);
    if (entry == filters + FILTERS_MAX)
        return STATUS_INSUFFICIENT_RESOURCES_CODE;
    *ret_filter = entry;
    return 0;
}

static void tell_collision(const struct filter *f, const struct filter *other)
{
    static const char *const names[] = {"FinalStatus", "FilterName", "VolumeName"};
    const WCHAR *values[] = {L"0xc01c0011", f->name, L"C:"};
    char message[300];

    snprintf(message, sizeof message,
             "Filter Manager failed to attach the filter %ls to the volume C:, status 0xc01c0011: "
             "%ls is at its altitude. The volume is not filtered by it until the next restart.",
             f->name, other->name);
    event_log_add("Microsoft-Windows-FilterManager", 3, "Error", names, values, 3, message);
}

NTSTATUS NTAPI filter_start(void *filter)
{
    struct filter *f = filter, other = {0};

    AcquireSRWLockExclusive(&lock);
    for (struct filter *g = filters; g < filters + FILTERS_MAX; g++)
        if (g != f && g->start && g->started && !(g->altitude < f->altitude) &&
            !(g->altitude > f->altitude))
            other = *g;
    f->started = !other.start;
    ReleaseSRWLockExclusive(&lock);
    if (!other.start)
        return 0;
    tell_collision(f, &other);
    return STATUS_ALTITUDE_COLLISION;
}

void NTAPI filter_unregister(void *filter)
{
    AcquireSRWLockExclusive(&lock);
    ((struct filter *)filter)->start = 0;
    ReleaseSRWLockExclusive(&lock);
}

void filter_forget(const struct image *image)
{
    AcquireSRWLockExclusive(&lock);
    for (struct filter *f = filters; f < filters + FILTERS_MAX; f++)
        if (f->start == image->base)
            f->start = 0;
    ReleaseSRWLockExclusive(&lock);
}
