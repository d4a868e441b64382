/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whether KVM runs guests.
 *
 * A child makes a virtual machine with 64 KiB of memory and one virtual CPU in 64-bit mode, which
 * counts down LOOPS and halts, and reports by its exit status. It is killed at the deadline. The
 * loop takes a CPU some 30 ms; where KVM opens but never returns from KVM_RUN, or interprets each
 * instruction in software (seen: a microsecond each, a minute for this loop), QEMU's
 * own emulation is the faster choice.
 *
 *     page 0  the code      pages 1, 2, 3  page tables: one 2 MiB page, identity-mapped
 *
 * Source: Linux Documentation/virt/kvm/api.rst; AMD64 Architecture Programmer's Manual, volume 2,
 * chapter 14.8 (long mode).
 */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "util/clock.h"
#include "util/files.h"

#define PROBE_TIMEOUT_MS 2000
#define KILL_TIMEOUT_MS 1000
#define CACHE_NAME "kvm-probe"
#define PAGE 4096
#define MEMORY (16 * PAGE)
#define LOOPS 32000000u

/* The child's exit status; `reasons` has the words, in this order. */
enum { RUNS, NO_DEVICE, NO_MACHINE, NO_MEMORY, NO_CPU, NO_RUN, OTHER_EXIT, HANGS, NO_CHILD };

static const char *const reasons[] = {
    [RUNS] = "KVM runs guests",
    [NO_DEVICE] = "/dev/kvm cannot be opened",
    [NO_MACHINE] = "KVM makes no virtual machine",
    [NO_MEMORY] = "KVM takes no memory",
    [NO_CPU] = "KVM makes no virtual CPU",
    [NO_RUN] = "KVM does not run a virtual CPU",
    [OTHER_EXIT] = "KVM runs a virtual CPU but does not execute its instruction",
    [HANGS] = "KVM opens, but does not run guest code at a CPU's speed (probe ended after 2 s)",
    [NO_CHILD] = "the probe could not be started",
};

/* mov ecx, LOOPS; 1: dec ecx; jnz 1b; hlt */
static void write_code(guint8 *memory)
{
    const guint8 code[] = {
        0xB9, LOOPS & 0xFF, LOOPS >> 8 & 0xFF, LOOPS >> 16 & 0xFF, LOOPS >> 24, 0xFF, 0xC9, 0x75,
        0xFC, 0xF4};
    guint64 *tables = (guint64 *)(memory + PAGE);

    memcpy(memory, code, sizeof code);
    tables[0] = (2 * PAGE) | 3; /* present, writable */
    tables[PAGE / sizeof(guint64)] = (3 * PAGE) | 3;
    tables[2 * PAGE / sizeof(guint64)] = 0x80 | 3; /* 2 MiB page at 0 */
}

static bool set_long_mode(int cpu)
{
    struct kvm_sregs sregs;
    struct kvm_segment segment = {
        .limit = 0xFFFFFFFF, .selector = 8, .type = 11, .present = 1, .l = 1, .s = 1, .g = 1};
    struct kvm_regs regs = {.rip = 0, .rflags = 2};

    if (ioctl(cpu, KVM_GET_SREGS, &sregs) != 0)
        return false;
    sregs.cs = segment;
    segment.type = 3;
    segment.selector = 16;
    segment.l = 0;
    segment.db = 1;
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment;
    sregs.cr0 = 0x80050033; /* PG AM WP NE ET MP PE */
    sregs.cr3 = PAGE;
    sregs.cr4 = 0x20;   /* PAE */
    sregs.efer = 0x500; /* LMA LME */
    return ioctl(cpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(cpu, KVM_SET_REGS, &regs) == 0;
}

static int run_cpu(int kvm, int cpu)
{
    int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    union {
        struct kvm_cpuid2 head;
        guint8 room[sizeof(struct kvm_cpuid2) + 256 * sizeof(struct kvm_cpuid_entry2)];
    } cpuid = {.head.nent = 256};

    /* Without a CPUID that has it, long mode is refused. */
    if (size < (int)sizeof(struct kvm_run) || ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) != 0 ||
        ioctl(cpu, KVM_SET_CPUID2, &cpuid) != 0)
        return NO_CPU;
    struct kvm_run *run = mmap(NULL, (gsize)size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    if (run == MAP_FAILED || !set_long_mode(cpu))
        return NO_CPU;
    if (ioctl(cpu, KVM_RUN, 0) != 0)
        return NO_RUN;
    return run->exit_reason == KVM_EXIT_HLT ? RUNS : OTHER_EXIT;
}

/* Only system calls: the parent has threads, whose locks a forked child must not need. */
static int probe(void)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        return NO_DEVICE;
    int machine = ioctl(kvm, KVM_CREATE_VM, 0);
    if (machine < 0)
        return NO_MACHINE;

    guint8 *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NO_MEMORY;
    write_code(memory);
    struct kvm_userspace_memory_region region = {
        .memory_size = MEMORY,
        .userspace_addr = (guint64)(gsize)memory,
    };
    if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) != 0)
        return NO_MEMORY;
    int cpu = ioctl(machine, KVM_CREATE_VCPU, 0);
    return cpu < 0 ? NO_CPU : run_cpu(kvm, cpu);
}

static bool wait_child(int pidfd, guint timeout_ms)
{
    gint64 deadline = clock_deadline_ms(timeout_ms);
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    int ready;

    do
        ready = poll(&poll_fd, 1, (int)clock_left_ms(deadline));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static int probe_in_child(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(probe());
    if (child < 0)
        return NO_CHILD;
    auto_fd pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    bool ended = pidfd >= 0 && wait_child(pidfd, PROBE_TIMEOUT_MS);
    if (!ended)
        kill(child, SIGKILL);
    /* A child that the kernel does not let die is left behind rather than waited for. */
    if (!ended && pidfd >= 0 && !wait_child(pidfd, KILL_TIMEOUT_MS))
        return HANGS;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!ended)
        return HANGS;
    return WIFEXITED(status) && WEXITSTATUS(status) < HANGS ? WEXITSTATUS(status) : NO_RUN;
}

/* What an answer holds for: this kernel, this boot, this user's access to /dev/kvm. */
static char *cache_key(void)
{
    struct utsname system;
    g_autofree char *boot = NULL;

    uname(&system);
    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
        return NULL;
    return g_strdup_printf("%s %s access=%d", system.release, g_strstrip(boot),
                           access("/dev/kvm", R_OK | W_OK));
}

static bool cache_read(const char *path, const char *key, int *ret_result)
{
    g_autofree char *text = NULL;
    guint64 result;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    if (g_strv_length(lines) < 2 || !g_str_equal(lines[0], key) ||
        !g_ascii_string_to_unsigned(lines[1], 10, 0, NO_CHILD, &result, NULL))
        return false;
    *ret_result = (int)result;
    return true;
}

bool kvm_probe(const char *state_folder, const char **ret_reason)
{
    g_autofree char *path = g_build_filename(state_folder, CACHE_NAME, NULL);
    g_autofree char *key = cache_key();
    int result;

    if (!key || !cache_read(path, key, &result)) {
        result = probe_in_child();
        g_autofree char *text = g_strdup_printf("%s\n%d\n", key ? key : "", result);
        /* Without the cache the next probe asks again; the folder may not exist yet. */
        if (key && result != NO_CHILD)
            files_write_atomic(path, text, strlen(text), NULL);
    }
    *ret_reason = reasons[result];
    return result == RUNS;
}
