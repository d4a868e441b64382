/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of faults: the table.
 */
#include "model/fault-catalogue.h"

#include <string.h>

#include "util/error.h"

#define REFERENCE (1u << GUEST_REFERENCE)
#define WINDOWS (1u << GUEST_WINDOWS)
#define REACTOS (1u << GUEST_REACTOS)
#define ALL (REFERENCE | WINDOWS | REACTOS)

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define PARAMETERS(...)                                                                            \
    (const FaultParameter[])                                                                       \
    {                                                                                              \
        __VA_ARGS__, END                                                                           \
    }
#define CHOICES(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static const FaultInfo faults[] = {
    [FAULT_BUGCHECK] =
        {
            .name = "bugcheck",
            .summary = "a kernel crash that is nobody's product's fault",
            .how = "On Windows a program makes itself critical and ends: bug check 0xEF, "
                   "CRITICAL_PROCESS_DIED. On the reference guest a driver of the lab's own is "
                   "loaded and calls KeBugCheckEx with 0xE2: STOP line, crash dump and panic as "
                   "after a product's fault.",
            .undo = "The driver's service entry is deleted once the guest is up again.",
            .limits = "The stop code cannot be chosen.",
            .guests = REFERENCE | WINDOWS,
            .aftermath = FAULT_GUEST_CRASHES,
            .parameters = PARAMETERS(END),
        },
    [FAULT_CLOCK_JUMP] =
        {
            .name = "clock-jump",
            .summary = "the guest's clock jumps",
            .how = "by=agent: guest-set-time, while everything runs. by=machine: the power is cut "
                   "and the machine starts again with its battery-backed clock off by so much, "
                   "which the guest believes from its boot on.",
            .undo = "The guest's clock is set to the host's; the machine's own clock is right "
                    "again from the next start on.",
            .limits = "The jump counts from the host's time, not from a jump before.",
            .guests = ALL,
            .parameters = PARAMETERS(
                {
                    .name = "seconds",
                    .type = FAULT_VALUE_NUMBER,
                    .min = -315360000,
                    .max = 315360000,
                    .text = "how far, back where it is negative; at most ten years",
                },
                {
                    .name = "by",
                    .type = FAULT_VALUE_CHOICE,
                    .choices = CHOICES("agent", "machine"),
                    .fallback = "agent",
                    .text = "who does it",
                }),
        },
    [FAULT_CONTENT_CORRUPT] =
        {
            .name = "content-corrupt",
            .summary = "a file of the guest is damaged in one of several ways",
            .how = "The file is read through the agent, mutated on the host (the same seed gives "
                   "the same bytes) and written back. truncate cuts it, zero-fill and bit-flip "
                   "change a range and single bits, wrong-field-count and stale-version change a "
                   "number in it, oversize makes it longer.",
            .undo = "The bytes of before are written back, where the file still exists.",
            .limits = "A file that a product holds open without sharing cannot be reached.",
            .guests = ALL,
            .parameters = PARAMETERS(
                {
                    .name = "path",
                    .type = FAULT_VALUE_PATH,
                    .text = "the file",
                },
                {
                    .name = "mutation",
                    .type = FAULT_VALUE_CHOICE,
                    .choices = CHOICES("truncate", "zero-fill", "bit-flip", "wrong-field-count",
                                       "oversize", "stale-version"),
                    .text = "in which way",
                },
                {
                    .name = "seed",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = G_MAXUINT32,
                    .fallback = "1",
                    .text = "decides where and how much",
                },
                {
                    .name = "count-offset",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1 << 20,
                    .fallback = "16",
                    .text = "where the 32-bit little-endian field count is, for wrong-field-count",
                },
                {
                    .name = "version-offset",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1 << 20,
                    .fallback = "8",
                    .text = "where the 32-bit little-endian version is, for stale-version",
                },
                {
                    .name = "seal",
                    .type = FAULT_VALUE_CHOICE,
                    .choices = CHOICES("none", "fnv1a32", "crc32"),
                    .fallback = "none",
                    .text = "a checksum to put right afterwards, so that only a reader that looks "
                            "further than that refuses the file",
                },
                {
                    .name = "seal-offset",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1 << 20,
                    .fallback = "4",
                    .text = "where the 32-bit little-endian checksum is; it is over all that "
                            "follows it",
                }),
        },
    [FAULT_DISK_ERROR] =
        {
            .name = "disk-error",
            .summary = "the disk fails reads or writes",
            .how = "QEMU's blkdebug filter is put below the machine's disk image, and every "
                   "request of that kind fails from then on; the guest's disk driver sees the "
                   "error. Flushes of what was written before still work.",
            .undo = "The filter is taken out; what QEMU could not write of the image's own tables "
                    "is written then.",
            .limits = "A file system may stay read-only after errors until the guest starts again. "
                      "What the guest has in its memory is not read again, so reads of it go on "
                      "working. Failing reads also fail writes into parts of the disk that are new "
                      "since the warm state, because QEMU reads the rest of their cluster first. "
                      "Zeros that are written where the disk's image holds zeros already do not "
                      "fail: QEMU changes the image's tables, which it writes later.",
            .guests = ALL,
            .parameters = PARAMETERS(
                {
                    .name = "on",
                    .type = FAULT_VALUE_CHOICE,
                    .choices = CHOICES("read", "write", "both"),
                    .fallback = "write",
                    .text = "which requests fail",
                },
                {
                    .name = "reason",
                    .type = FAULT_VALUE_CHOICE,
                    .choices = CHOICES("io", "no-space"),
                    .fallback = "io",
                    .text = "what the disk reports",
                }),
        },
    [FAULT_DISK_FULL] =
        {
            .name = "disk-full",
            .summary = "the volume with a folder of the guest fills up",
            .how = "A file is made in the folder that takes the volume's free space, up to what is "
                   "to be left.",
            .undo = "The file is deleted.",
            .limits = NULL,
            .guests = ALL,
            .parameters = PARAMETERS(
                {
                    .name = "folder",
                    .type = FAULT_VALUE_PATH,
                    .fallback = "C:\\Truce",
                    .text = "a folder on the volume",
                },
                {
                    .name = "leave-kib",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1 << 30,
                    .fallback = "0",
                    .text = "how much stays free",
                }),
        },
    [FAULT_DISK_SLOW] =
        {
            .name = "disk-slow",
            .summary = "the disk becomes slow",
            .how = "QEMU's block layer delays requests above the limits (libvirt's "
                   "virDomainSetBlockIoTune).",
            .undo = "The limits are taken away.",
            .limits = "It limits the rate; a single request on an idle disk is as fast as before.",
            .guests = ALL,
            .parameters = PARAMETERS(
                {
                    .name = "iops",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1000000,
                    .fallback = "20",
                    .text = "requests a second, 0 for no limit",
                },
                {
                    .name = "kib-per-s",
                    .type = FAULT_VALUE_NUMBER,
                    .min = 0,
                    .max = 1 << 24,
                    .fallback = "0",
                    .text = "KiB a second, 0 for no limit",
                }),
        },
    [FAULT_DRIVER_VERIFIER] =
        {
            .name = "driver-verifier",
            .summary = "Windows checks a driver's every step",
            .how = "verifier.exe /standard /driver, then a restart: from then on Windows stops "
                   "(bug check 0xC4 and its kin) where the driver breaks a rule.",
            .undo = "verifier.exe /reset, then a restart.",
            .limits =
                "It slows the guest down. The reference guest's kernel checks some of the rules "
                "(docs/reference-guest.md).",
            .guests = REFERENCE | WINDOWS,
            .parameters = PARAMETERS({
                .name = "driver",
                .type = FAULT_VALUE_FILE,
                .text = "the driver's file, such as acme.sys",
            }),
        },
    [FAULT_LINK_DOWN] =
        {
            .name = "link-down",
            .summary = "the network cable is pulled",
            .how = "QEMU takes the link of the guest's network card down (set_link).",
            .undo = "The link comes up again.",
            .limits =
                "The lab's machines have a network card on no network, where their recipe "
                "has a <network/>: nothing answers there, with the link up either. Connections "
                "within the guest go on.",
            .guests = ALL,
            .parameters = PARAMETERS(END),
        },
    [FAULT_MEMORY_PRESSURE] =
        {
            .name = "memory-pressure",
            .summary = "the guest runs short of memory",
            .how = "truce-stress.exe takes memory and keeps using all of it, until so much is "
                   "left.",
            .undo = "It ends, and its memory is free.",
            .limits = "On Windows the page file gives way first. No balloon: warm states exclude "
                      "one (docs/warm-states.md).",
            .guests = ALL,
            .parameters = PARAMETERS({
                .name = "leave-mib",
                .type = FAULT_VALUE_NUMBER,
                .min = 8,
                .max = 1 << 20,
                .fallback = "32",
                .text = "how much physical memory stays available",
            }),
        },
    [FAULT_NMI] =
        {
            .name = "nmi",
            .summary = "a non-maskable interrupt, as a failing machine's hardware sends it",
            .how = "virDomainInjectNMI. Windows stops with 0x80, NMI_HARDWARE_FAILURE.",
            .undo = NULL,
            .limits = "The reference guest's Linux takes note of it and goes on.",
            .guests = WINDOWS | REACTOS,
            .aftermath = FAULT_GUEST_CRASHES,
            .parameters = PARAMETERS(END),
        },
    [FAULT_POWER_CUT] =
        {
            .name = "power-cut",
            .summary = "the power fails, and comes back",
            .how = "QEMU is killed (SIGKILL), then started again. Lost are the guest's memory, "
                   "every request under way, and what QEMU had not written of the image's own "
                   "tables: a write that the guest had not flushed, into a part of the disk that "
                   "was new, may be gone. With unflushed=lost every write since the guest's last "
                   "flush is gone, which is what a disk with a volatile write cache may do at "
                   "worst: QEMU's blklogwrites filter records writes and flushes, and the disk is "
                   "rebuilt from them up to the last flush.",
            .undo = NULL,
            .limits = "What the guest has flushed is kept. With unflushed=kept, most of the rest "
                      "is kept too, because it is in the host's page cache, which does not lose "
                      "its power. No sector is torn: QEMU's writes are whole.",
            .guests = ALL,
            .aftermath = FAULT_GUEST_RESTARTS,
            .parameters = PARAMETERS({
                .name = "unflushed",
                .type = FAULT_VALUE_CHOICE,
                .choices = CHOICES("kept", "lost"),
                .fallback = "kept",
                .text = "what becomes of writes that the guest did not flush",
            }),
        },
    [FAULT_PROCESS_KILL] =
        {
            .name = "process-kill",
            .summary = "a process ends without warning",
            .how = "taskkill.exe /f /im: every process of that program.",
            .undo = NULL,
            .limits = "A protected process cannot be killed so; the fault then fails, and says "
                      "so.",
            .guests = ALL,
            .parameters = PARAMETERS({
                .name = "image",
                .type = FAULT_VALUE_FILE,
                .text = "the program's file name, such as acme-svc.exe",
            }),
        },
    [FAULT_RESET] =
        {
            .name = "reset",
            .summary = "the reset button",
            .how = "virDomainReset: the processors start again at once. Lost is the guest's "
                   "memory; QEMU and the disk's caches live on.",
            .undo = NULL,
            .limits = NULL,
            .guests = ALL,
            .aftermath = FAULT_GUEST_RESTARTS,
            .parameters = PARAMETERS(END),
        },
    [FAULT_SERVICE_STOP] =
        {
            .name = "service-stop",
            .summary = "a service is stopped",
            .how = "sc.exe stop, and it waits until the service says that it stopped.",
            .undo = "sc.exe start, where it does not run again by then.",
            .limits = "A service that cannot be stopped makes the fault fail, and says so.",
            .guests = ALL,
            .parameters = PARAMETERS({
                .name = "service",
                .type = FAULT_VALUE_SERVICE,
                .text = "the service's key, such as AcmeSvc",
            }),
        },
    [FAULT_VCPU_STEAL] =
        {
            .name = "vcpu-steal",
            .summary = "the host takes the guest's processors away for a part of the time",
            .how = "QEMU is stopped and let go on (SIGSTOP, SIGCONT), twenty times a second, "
                   "while the clocks run on.",
            .undo = "QEMU runs all of the time.",
            .limits = "Only where QEMU runs on this host. The guest's devices stand still as well.",
            .guests = ALL,
            .parameters = PARAMETERS({
                .name = "percent",
                .type = FAULT_VALUE_NUMBER,
                .min = 1,
                .max = 95,
                .fallback = "50",
                .text = "how much of the time is taken",
            }),
        },
};
G_STATIC_ASSERT(G_N_ELEMENTS(faults) == FAULT_KINDS);

static const FaultParameter triggers[] = {
    {
        .name = "after-s",
        .type = FAULT_VALUE_NUMBER,
        .min = 1,
        .max = 86400,
        .text = "so many seconds later",
    },
    {
        .name = "at-percent",
        .type = FAULT_VALUE_NUMBER,
        .min = 1,
        .max = 99,
        .text = "at so many percent of the time that the step usually takes",
    },
    {
        .name = "on-file",
        .type = FAULT_VALUE_PATH,
        .text = "as soon as this file of the guest is there",
    },
    {
        .name = "on-serial",
        .type = FAULT_VALUE_TEXT,
        .text = "as soon as the guest's serial port says this",
    },
    {
        .name = "within-s",
        .type = FAULT_VALUE_NUMBER,
        .min = 1,
        .max = 86400,
        .fallback = "300",
        .text = "by when that must have come; only with on-file and on-serial",
    },
    END,
};

const FaultInfo *fault_info(FaultKind kind)
{
    return &faults[kind];
}

const FaultParameter *fault_trigger_parameters(void)
{
    return triggers;
}

bool fault_kind_parse(const char *name, FaultKind *ret_kind, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < FAULT_KINDS; i++) {
        if (g_str_equal(faults[i].name, name)) {
            *ret_kind = i;
            return true;
        }
        g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", faults[i].name);
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "there is no fault '%s'; there are: %s",
                name, names->str);
    return false;
}

bool fault_works_on(FaultKind kind, GuestKind guest, GError **error)
{
    g_autoptr(GString) kinds = g_string_new(NULL);

    if (faults[kind].guests & 1u << guest)
        return true;
    for (guint i = 0; i <= GUEST_REACTOS; i++)
        if (faults[kind].guests & 1u << i)
            g_string_append_printf(kinds, "%s%s", kinds->len == 0 ? "" : ", ", guest_kind_name(i));
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "the fault '%s' does not work on a guest of kind '%s', only on: %s",
                faults[kind].name, guest_kind_name(guest), kinds->str);
    return false;
}

static const FaultParameter *find(const FaultParameter *parameters, const char *name)
{
    for (; parameters->name; parameters++)
        if (g_str_equal(parameters->name, name))
            return parameters;
    return NULL;
}

const FaultParameter *fault_parameter(FaultKind kind, const char *name)
{
    const FaultParameter *parameter = find(faults[kind].parameters, name);
    return parameter ? parameter : find(triggers, name);
}
