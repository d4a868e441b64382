/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool: ordinary blocks that notice a second free and a write beyond their end when they are
 * freed, as Windows' pool does by chance and by checks, and special pool for the drivers that
 * Driver Verifier watches: each block at the end of pages of its own, a page without access behind
 * it, and all of it without access once it is freed (MS docs, "Special Pool").
 *
 * An ordinary block:  struct block | the caller's bytes | BLOCK_END
 */
#include "pool.h"

#include "kernel.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define BLOCK_LIVE 0x6576696c6c6f6f70u
#define BLOCK_FREED 0x6465657266706f6fu
#define BLOCK_END 0x21646e656b6c6f62u
#define QUARANTINE 128
#define QUARANTINE_BLOCK_MAX 65536
#define SPECIAL_MAX 4096
#define SPECIAL_FREED_MAX 1024
#define PAGE 0x1000u
#define FILL 0x5a
#define PAGED_POOL 1
#define PROTECTED_TAG 0x80000000u
#define MEMORY_MANAGEMENT L"System\\CurrentControlSet\\Control\\Session Manager\\Memory Management"
#define FLAGS_STANDARD 0x209bb

struct block {
    uint64_t state;
    uint32_t tag, type;
    uint64_t size;
    uint64_t caller;
};

struct special {
    uint8_t *pages; /* NULL: the entry is free */
    size_t page_bytes;
    uint8_t *bytes;
    size_t size;
    uint32_t tag, type;
    uint64_t caller;
    bool freed;
};

static CRITICAL_SECTION lock;
static HANDLE heap;
static struct block *quarantine[QUARANTINE];
static size_t quarantine_next;
static struct special specials[SPECIAL_MAX];
static size_t freed_order[SPECIAL_FREED_MAX], freed_next;
static WCHAR verified[512]; /* names between blanks, lower case; "*": all */
static DWORD verifier_flags;

static void read_settings(void)
{
    WCHAR names[500] = L"";
    DWORD size = sizeof names - sizeof *names, flags_size = sizeof verifier_flags;

    if (RegGetValueW(HKEY_LOCAL_MACHINE, MEMORY_MANAGEMENT, L"VerifyDrivers", RRF_RT_REG_SZ, NULL,
                     names, &size) ||
        !*names)
        return;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, MEMORY_MANAGEMENT, L"VerifyDriverLevel", RRF_RT_REG_DWORD,
                     NULL, &verifier_flags, &flags_size))
        verifier_flags = FLAGS_STANDARD;
    _snwprintf(verified, 511, L" %ls ", names);
    _wcslwr(verified);
}

void pool_start(void)
{
    InitializeCriticalSection(&lock);
    heap = HeapCreate(HEAP_CREATE_ENABLE_EXECUTE, 0, 0);
    read_settings();
}

DWORD pool_verifier_flags(void)
{
    return verifier_flags;
}

bool pool_is_verified(uint64_t address)
{
    struct image image;
    WCHAR name[70];
    bool gone;

    if (!verifier_flags || !image_at(address, &image, &gone) || gone || !image.driver)
        return false;
    if (wcsstr(verified, L" * "))
        return true;
    _snwprintf(name, 69, L" %ls ", image.name);
    name[69] = 0;
    _wcslwr(name);
    return wcsstr(verified, name) != NULL;
}

static struct special *find_special(uint64_t address)
{
    for (size_t i = 0; i < SPECIAL_MAX; i++) {
        uint64_t first = (ULONG_PTR)specials[i].pages;
        if (first && address >= first && address - first < specials[i].page_bytes + PAGE)
            return &specials[i];
    }
    return NULL;
}

enum pool_place pool_at(uint64_t address)
{
    const struct special *s = find_special(address);

    return !s                                               ? POOL_ELSEWHERE
           : s->freed                                       ? POOL_FREED
           : address >= (ULONG_PTR)s->pages + s->page_bytes ? POOL_BEYOND_END
                                                            : POOL_ELSEWHERE;
}

/* NULL where there is no room in the table; ordinary pool serves then, as on Windows. */
static void *take_special(uint32_t type, size_t size, uint32_t tag, uint64_t caller)
{
    size_t bytes = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
    struct special *s = specials;

    while (s < specials + SPECIAL_MAX && s->pages)
        s++;
    if (s == specials + SPECIAL_MAX)
        return NULL;
    uint8_t *pages = VirtualAlloc(NULL, bytes + PAGE, MEM_RESERVE, PAGE_NOACCESS);
    if (!pages || !VirtualAlloc(pages, bytes, MEM_COMMIT, PAGE_EXECUTE_READWRITE))
        return NULL;
    memset(pages, FILL, bytes);
    *s = (struct special){.page_bytes = bytes,
                          .bytes = pages + bytes - ((size + 15) & ~(size_t)15),
                          .size = size,
                          .tag = tag,
                          .type = type,
                          .caller = caller};
    s->pages = pages;
    return s->bytes;
}

static void give_special(struct special *s)
{
    size_t *slot = &freed_order[freed_next++ % SPECIAL_FREED_MAX];
    DWORD old;

    if (freed_next > SPECIAL_FREED_MAX) {
        VirtualFree(specials[*slot].pages, 0, MEM_RELEASE);
        specials[*slot].pages = NULL;
    }
    *slot = (size_t)(s - specials);
    s->freed = true;
    VirtualProtect(s->pages, s->page_bytes, PAGE_NOACCESS, &old);
}

/* The first byte around the block that is no longer as it was; NULL where all are. */
static uint8_t *find_damage(const struct special *s)
{
    for (uint8_t *at = s->pages; at < s->bytes; at++)
        if (*at != FILL)
            return at;
    for (uint8_t *at = s->bytes + s->size; at < s->pages + s->page_bytes; at++)
        if (*at != FILL)
            return at;
    return NULL;
}

static void check_request(uint32_t type, size_t size, const struct pool_caller *caller)
{
    bool paged = (type & 1) == PAGED_POOL;
    unsigned irql = trap_irql();

    if (size == 0)
        crash_call((struct stop){STOP_DRIVER_VERIFIER_DETECTED_VIOLATION, {0, irql, type, 0}},
                   caller->address, caller->frame);
    if (irql > (paged ? 1 : IRQL_DISPATCH))
        crash_call((struct stop){STOP_DRIVER_VERIFIER_DETECTED_VIOLATION,
                                 {paged ? 1 : 2, irql, type, size}},
                   caller->address, caller->frame);
}

void *pool_take(uint32_t type, size_t size, uint32_t tag, const struct pool_caller *caller)
{
    void *bytes = NULL;
    uint64_t end = BLOCK_END;

    if (pool_is_verified((ULONG_PTR)caller->address)) {
        check_request(type, size, caller);
        EnterCriticalSection(&lock);
        bytes = take_special(type, size, tag, (ULONG_PTR)caller->address);
        LeaveCriticalSection(&lock);
    }
    if (bytes || size > SIZE_MAX / 2)
        return bytes;
    struct block *b = HeapAlloc(heap, 0, sizeof *b + size + sizeof end);
    if (!b)
        return NULL;
    *b = (struct block){BLOCK_LIVE, tag, type, size, (ULONG_PTR)caller->address};
    memcpy((uint8_t *)(b + 1) + size, &end, sizeof end);
    return b + 1;
}

static bool is_readable(const void *address, size_t size)
{
    MEMORY_BASIC_INFORMATION info;

    return VirtualQuery(address, &info, sizeof info) && info.State == MEM_COMMIT &&
           !(info.Protect & (PAGE_NOACCESS | PAGE_GUARD)) &&
           (const uint8_t *)info.BaseAddress + info.RegionSize >= (const uint8_t *)address + size;
}

/* What Wine itself allocates for a driver comes from heaps that this pool does not know. */
static bool free_foreign(void *bytes)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(64, heaps);

    for (DWORD i = 0; i < count && i < 64; i++)
        if (heaps[i] != heap && is_readable((uint8_t *)bytes - 16, 16) &&
            HeapValidate(heaps[i], 0, bytes))
            return HeapFree(heaps[i], 0, bytes);
    return false;
}

static void free_special(struct special *s, void *bytes, const struct pool_caller *caller)
{
    struct stop stop = {STOP_DRIVER_VERIFIER_DETECTED_VIOLATION, {0x10, (ULONG_PTR)bytes, 0, 0}};
    uint8_t *damage = NULL;

    if (s->freed)
        stop.parameter[0] = 0x13, stop.parameter[1] = 0, stop.parameter[2] = (ULONG_PTR)bytes,
        stop.parameter[3] = s->tag;
    else if (s->bytes == bytes && (damage = find_damage(s)))
        stop = (struct stop){
            STOP_SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION,
            {(ULONG_PTR)bytes, (ULONG_PTR)damage, 0, damage < s->bytes ? 0x23 : 0x24}};
    else if (s->bytes == bytes) {
        give_special(s);
        return;
    }
    crash_call(stop, caller->address, caller->frame);
}

static void put_in_quarantine(struct block *b)
{
    struct block **slot = &quarantine[quarantine_next++ % QUARANTINE];

    b->state = BLOCK_FREED;
    if (b->size > QUARANTINE_BLOCK_MAX) {
        HeapFree(heap, 0, b);
        return;
    }
    if (*slot)
        HeapFree(heap, 0, *slot);
    *slot = b;
}

static void free_block(struct block *b, uint32_t tag, const struct pool_caller *caller)
{
    uint64_t end = 0;

    if (b->state == BLOCK_FREED)
        crash_call((struct stop){STOP_BAD_POOL_CALLER, {7, b->tag, b->state, (ULONG_PTR)(b + 1)}},
                   caller->address, caller->frame);
    if ((tag & PROTECTED_TAG) && tag != b->tag)
        crash_call((struct stop){STOP_BAD_POOL_CALLER, {0xa, (ULONG_PTR)(b + 1), b->tag, tag}},
                   caller->address, caller->frame);
    memcpy(&end, (uint8_t *)(b + 1) + b->size, sizeof end);
    if (end != BLOCK_END)
        crash_call((struct stop){STOP_BAD_POOL_HEADER,
                                 {0x20, (ULONG_PTR)b, (ULONG_PTR)(b + 1) + b->size, 0}},
                   caller->address, caller->frame);
    put_in_quarantine(b);
}

static bool is_driver(const struct pool_caller *caller)
{
    struct image image;
    bool gone;

    return image_at((ULONG_PTR)caller->address, &image, &gone) && image.driver;
}

void pool_give(void *bytes, uint32_t tag, const struct pool_caller *caller)
{
    struct block *b = (struct block *)bytes - 1;
    struct special *s;

    /* Wine's own kernel frees nothing now and then; Windows' does not forgive a driver that. */
    if (!bytes && !is_driver(caller))
        return;
    EnterCriticalSection(&lock);
    if ((s = find_special((ULONG_PTR)bytes)))
        free_special(s, bytes, caller);
    else if (is_readable(b, sizeof *b) && (b->state == BLOCK_LIVE || b->state == BLOCK_FREED))
        free_block(b, tag, caller);
    else if (!free_foreign(bytes))
        crash_call((struct stop){STOP_BAD_POOL_CALLER, {0x46, (ULONG_PTR)bytes, 0, 0}},
                   caller->address, caller->frame);
    LeaveCriticalSection(&lock);
}

void pool_check_unload(const struct image *image)
{
    CONTEXT context;
    size_t count = 0;

    if (!pool_is_verified(image->base))
        return;
    for (size_t i = 0; i < SPECIAL_MAX; i++)
        count += specials[i].pages && !specials[i].freed && specials[i].caller >= image->base &&
                 specials[i].caller - image->base < image->size;
    if (count == 0)
        return;
    RtlCaptureContext(&context);
    struct stop stop = {STOP_DRIVER_VERIFIER_DETECTED_VIOLATION,
                        {0x62, (ULONG_PTR)image->name, 0, count}};
    crash_stop(&stop, image->base, &context, NULL);
}
