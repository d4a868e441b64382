/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes into the address space and goes out of it, and functions that are put in.
 *
 * A function of Wine's kernel is replaced by a jump over its first bytes, so every caller reaches
 * the new one, by import, by MmGetSystemRoutineAddress or inside Wine. One that Wine's kernel lacks
 * is put into the import table of each driver that wants it.
 */
#include "kernel.h"

#include <string.h>

#include "filter.h"
#include "functions.h"

#define UNLOADED_MAX 32
#define FAST_FAILS_MAX 1024
#define JUMP_SIZE 12

typedef struct {
    ULONG flags;
    const UNICODE_STRING *full_name, *base_name;
    void *base;
    ULONG size;
} loader_data;

typedef void CALLBACK loader_function(ULONG reason, const loader_data *data, void *context);
typedef NTSTATUS WINAPI register_function(ULONG flags, loader_function *function, void *context,
                                          void **ret_cookie);

static HMODULE kernel;
static struct image unloaded[UNLOADED_MAX];
static volatile LONG unloaded_count; /* of all; the last ones are kept */
static uint64_t fast_fails[FAST_FAILS_MAX];
static volatile LONG fast_fail_count;

NTSYSAPI PEB *NTAPI RtlGetCurrentPeb(void);

const LIST_ENTRY *image_list(void)
{
    return &RtlGetCurrentPeb()->Ldr->InMemoryOrderModuleList;
}

void *image_kernel_function(const char *name)
{
    return (void *)GetProcAddress(kernel, name);
}

static const IMAGE_NT_HEADERS64 *headers(uint64_t base)
{
    const IMAGE_DOS_HEADER *dos = (const void *)(ULONG_PTR)base;

    return (const void *)((const char *)dos + dos->e_lfanew);
}

/* movabs rax, FUNCTION; jmp rax */
static void put_jump(void *at, const void *function)
{
    uint8_t jump[JUMP_SIZE] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
    DWORD old;

    memcpy(jump + 2, &function, sizeof function);
    if (!VirtualProtect(at, JUMP_SIZE, PAGE_EXECUTE_READWRITE, &old))
        return;
    memcpy(at, jump, sizeof jump);
    VirtualProtect(at, JUMP_SIZE, old, &old);
}

static void describe(const LDR_DATA_TABLE_ENTRY *entry, struct image *ret_image)
{
    const UNICODE_STRING *full = &entry->FullDllName;
    size_t length = full->Length / sizeof(WCHAR), at = length;
    const IMAGE_NT_HEADERS64 *nt = headers((ULONG_PTR)entry->DllBase);

    memset(ret_image, 0, sizeof *ret_image);
    while (at > 0 && full->Buffer[at - 1] != L'\\')
        at--;
    for (size_t i = 0; at + i < length && i < 63; i++)
        ret_image->name[i] = full->Buffer[at + i];
    ret_image->base = (ULONG_PTR)entry->DllBase;
    ret_image->size = nt->OptionalHeader.SizeOfImage;
    ret_image->timestamp = nt->FileHeader.TimeDateStamp;
    ret_image->driver = nt->OptionalHeader.Subsystem == IMAGE_SUBSYSTEM_NATIVE &&
                        wcsicmp(ret_image->name, L"ntoskrnl.exe") &&
                        wcsicmp(ret_image->name, L"hal.dll");
}

bool image_at(uint64_t address, struct image *ret_image, bool *ret_unloaded)
{
    const LIST_ENTRY *head = image_list();

    for (const LIST_ENTRY *e = head->Flink; e != head; e = e->Flink) {
        describe(CONTAINING_RECORD(e, LDR_DATA_TABLE_ENTRY, InMemoryOrderLinks), ret_image);
        if (address >= ret_image->base && address - ret_image->base < ret_image->size) {
            *ret_unloaded = false;
            return true;
        }
    }
    for (size_t i = 0; image_unloaded(i, ret_image); i++) {
        if (address >= ret_image->base && address - ret_image->base < ret_image->size) {
            *ret_unloaded = true;
            return true;
        }
    }
    return false;
}

bool image_unloaded(size_t index, struct image *ret_image)
{
    size_t count = (size_t)unloaded_count;

    if (index >= count || index >= UNLOADED_MAX)
        return false;
    *ret_image = unloaded[(count - 1 - index) % UNLOADED_MAX];
    return true;
}

bool image_is_fast_fail(uint64_t address)
{
    for (LONG i = 0; i < fast_fail_count && i < FAST_FAILS_MAX; i++)
        if (fast_fails[i] == address)
            return true;
    return false;
}

/* mov ecx, NUMBER or mov ecx, REGISTER, which is what stands before every __fastfail. */
static bool loads_ecx(const uint8_t *end)
{
    return (end[-5] == 0xb9 && end[-3] == 0 && end[-2] == 0 && end[-1] == 0) ||
           (end[-2] == 0x89 && (end[-1] & 0xc7) == 0xc1) ||
           (end[-2] == 0x8b && (end[-1] & 0xf8) == 0xc8);
}

/* Wine ends a process at int 29h without telling anybody. An undefined instruction in its place
 * comes to the exception handler, with the registers as they were. */
static void trap_fast_fails(uint64_t base)
{
    const IMAGE_NT_HEADERS64 *nt = headers(base);
    const IMAGE_SECTION_HEADER *section = IMAGE_FIRST_SECTION(nt);

    for (WORD i = 0; i < nt->FileHeader.NumberOfSections; i++, section++) {
        uint8_t *bytes = (uint8_t *)(ULONG_PTR)(base + section->VirtualAddress);
        DWORD old;
        if (!(section->Characteristics & IMAGE_SCN_MEM_EXECUTE) ||
            !VirtualProtect(bytes, section->Misc.VirtualSize, PAGE_EXECUTE_READWRITE, &old))
            continue;
        for (DWORD at = 5; at + 1 < section->Misc.VirtualSize; at++) {
            if (bytes[at] != 0xcd || bytes[at + 1] != 0x29 || !loads_ecx(bytes + at) ||
                fast_fail_count == FAST_FAILS_MAX)
                continue;
            bytes[at] = 0x0f;
            bytes[at + 1] = 0x0b;
            fast_fails[fast_fail_count] = (ULONG_PTR)(bytes + at);
            InterlockedIncrement(&fast_fail_count);
        }
        VirtualProtect(bytes, section->Misc.VirtualSize, old, &old);
    }
}

static void *added_function(const char *name)
{
    for (size_t i = 0; i < functions_count; i++)
        if (functions[i].added && !strcmp(functions[i].name, name))
            return functions[i].function;
    return NULL;
}

/* The functions that Wine's kernel lacks, into a driver's import table. */
static void bind_added(uint64_t base)
{
    const IMAGE_NT_HEADERS64 *nt = headers(base);
    const IMAGE_DATA_DIRECTORY *directory =
        &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *import =
        (const void *)(ULONG_PTR)(base + directory->VirtualAddress);

    if (!directory->Size)
        return;
    for (; import->FirstThunk; import++) {
        const IMAGE_THUNK_DATA64 *name =
            (const void *)(ULONG_PTR)(base + (import->OriginalFirstThunk
                                                  ? import->OriginalFirstThunk
                                                  : import->FirstThunk));
        IMAGE_THUNK_DATA64 *slot = (void *)(ULONG_PTR)(base + import->FirstThunk);
        for (; name->u1.AddressOfData; name++, slot++) {
            const IMAGE_IMPORT_BY_NAME *by_name =
                (const void *)(ULONG_PTR)(base + name->u1.AddressOfData);
            void *function = NULL;
            DWORD old;
            if (!(name->u1.Ordinal & IMAGE_ORDINAL_FLAG64))
                function = added_function(by_name->Name);
            if (function && VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &old)) {
                slot->u1.Function = (ULONG_PTR)function;
                VirtualProtect(slot, sizeof *slot, old, &old);
            }
        }
    }
}

static void CALLBACK on_image(ULONG reason, const loader_data *data, void *context)
{
    struct image image;
    bool gone;

    (void)context;
    if (!image_at((ULONG_PTR)data->base, &image, &gone) || gone || !image.driver)
        return;
    if (reason == 1) {
        bind_added(image.base);
        trap_fast_fails(image.base);
        return;
    }
    pool_check_unload(&image);
    filter_forget(&image);
    unloaded[(size_t)unloaded_count % UNLOADED_MAX] = image;
    InterlockedIncrement(&unloaded_count);
}

bool image_start(void)
{
    register_function *watch = (register_function *)(void *)GetProcAddress(
        GetModuleHandleW(L"ntdll.dll"), "LdrRegisterDllNotification");
    void *cookie;

    kernel = LoadLibraryW(L"ntoskrnl.exe");
    if (!kernel || !watch || watch(0, on_image, NULL, &cookie))
        return false;
    for (size_t i = 0; i < functions_count; i++) {
        void *at = functions[i].added ? NULL : image_kernel_function(functions[i].name);
        if (at)
            put_jump(at, functions[i].function);
    }
    return true;
}
