/* SPDX-License-Identifier: GPL-2.0-or-later
 * One guest machine: a transient libvirt domain with its own disk overlay, serial log, agent
 * channel and event queue.
 *
 * A machine is used by one thread. libvirt's event thread only adds to its queue. Nothing here
 * sleeps: every wait is on the queue, with a deadline.
 *
 * Where libvirt is on another host, a machine has its files there (remote.h), boots from power off
 * only, and is refused what needs its QEMU to be a process of this one.
 *
 * A machine's overlay and sockets lie in a folder of its own below the state folder, which ends
 * with it; what a killed run left there, the next host_open() removes.
 *
 * Warm states: machine_save_warm() turns a running, ready machine into a template (its memory in a
 * file that clones map privately, its device state in another, its disk overlay); machine_clone()
 * starts a machine from it in well under a second. See docs/warm-states.md for how.
 */
#pragma once

#include "host/host.h"
#include "host/image.h"
#include "model/guest.h"

typedef struct Machine Machine;

/* RECOVERY: the guest's recovery environment, as its installation medium would start it; a guest
 * whose recipe has none boots normally. */
typedef enum { BOOT_NORMAL, BOOT_SAFE, BOOT_RECOVERY } BootMode;

typedef struct {
    const Guest *guest;       /* must outlive the machine */
    const char *image_folder; /* holds the sealed disk, kernel, initrd */
    const char *serial_log; /* host file that gets the serial port's output, appended across boots,
                               at most MACHINE_SERIAL_MAX bytes a machine */
    const char *name;       /* of the domain; the lab appends what makes it unique */
    const char *computer_name; /* told to the guest's kernel at each start; NULL: the image's own */
    const char *mac;           /* of the network card; NULL: one that all have */
    const char *const *media;  /* CD images, NULL-terminated, booted before the disk; or NULL */
    bool for_warm_state; /* its memory goes to a file of its own, so that machine_save_warm() and
                            machine_copy_warm() work */
    bool disk_errors;    /* QEMU hands errors of the disk to the guest, for machine_fail_disk();
                            else the guest stops and the machine is LOST */
} MachineConfig;

#define MACHINE_SERIAL_MAX (32u << 20)

/* Boots from power off, with a fresh overlay on the sealed image. */
bool machine_boot(Host *host, const MachineConfig *config, BootMode mode, Machine **ret_machine,
                  GError **error);

/* The name of the warm state that fits this guest, image and host: another image, recipe or QEMU
 * gives another name, so a state that is there is never stale. Free with g_free(). */
char *machine_warm_key(Host *host, const Guest *guest, const Image *image);

/* Saves a ready machine as a warm state in `folder` (whole or not at all) and ends the machine,
 * which is then only good for machine_free(). */
bool machine_save_warm(Machine *machine, const char *folder, GError **error);

/* Copies the state of a running machine into `folder`, a warm state as machine_save_warm() makes
 * one, whose disk is an overlay on what this machine was started from. The machine stands still
 * meanwhile and goes on, also where the copy fails; where it cannot go on it is LOST. The copy is
 * for this process: it is not flushed to the disk. */
bool machine_copy_warm(Machine *machine, const char *folder, GError **error);

/* Starts a machine from a warm state, with an overlay of its own on the template's disk. Returns
 * when it runs; the agent may need some more time. With `for_warm_state` the memory is copied
 * first, which takes as long as copying its used pages takes. */
bool machine_clone(Host *host, const MachineConfig *config, const char *warm_folder,
                   Machine **ret_machine, GError **error);

/* Destroys the domain if it runs, removes the overlay and sockets. May return before the end of
 * that, which host_close() waits for. NULL-safe. */
void machine_free(Machine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)

typedef enum {
    MACHINE_EVENT_NONE,     /* the deadline passed */
    MACHINE_EVENT_PANIC,    /* the guest's panic device told of a crash; the CPUs stand still */
    MACHINE_EVENT_RESET,    /* the guest restarted by itself */
    MACHINE_EVENT_SHUTDOWN, /* the guest powered off */
    MACHINE_EVENT_LOST,     /* QEMU ended, was killed or had to pause: the lab's fault */
    MACHINE_EVENT_WAKE,     /* machine_wake() */
} MachineEvent;

const char *machine_event_name(MachineEvent event);

/* Takes the next event, waiting until the deadline (g_get_monotonic_time()). All that the guest
 * wrote to its serial port before a PANIC, RESET or SHUTDOWN is in the serial log then. */
MachineEvent machine_next_event(Machine *machine, gint64 deadline);

/* What QEMU told of the last panic since the last reset, as JSON text (a Windows guest's hyperv
 * device gives the stop code and its parameters), or NULL. Free with g_free(). */
char *machine_panic_info(Machine *machine);

/* Why MACHINE_EVENT_LOST came, in words for the user ("the host's disk is full: QEMU paused the
 * guest (enospc)", "the connection to libvirt closed"), or NULL where nothing was lost since the
 * last reset. Belongs to the machine, until its next reset. */
const char *machine_lost_reason(Machine *machine);

/* Adds MACHINE_EVENT_WAKE to the queue; any thread and the interrupt watcher may call it. */
void machine_wake(Machine *machine);

/* Sends one request over the agent channel, as soon as the guest has opened it. Fails with
 * TRUCE_ERROR_TIMEOUT (it did not open it, or did not answer), TRUCE_ERROR_AGENT (it answered
 * nonsense or an error), TRUCE_ERROR_GUEST (a PANIC, RESET or SHUTDOWN event is in the queue, or
 * the guest is crashed or off; returns as soon as it comes, also while the request is under way),
 * TRUCE_ERROR_CANCELLED (WAKE) or TRUCE_ERROR_LAB (LOST). The event stays in the queue. */
bool machine_agent_call(Machine *machine, const char *request, guint timeout_ms, char **ret_reply,
                        GError **error);

/* Restarts the machine as its reset button would, also after a panic or power-off, in the given
 * mode. Drops the guest's events of before (WAKE stays). The disk is kept. A change of mode is a
 * new domain on the same overlay. */
bool machine_reset(Machine *machine, BootMode mode, GError **error);

/* machine_reset() in normal mode of a guest that is not known to have crashed: a PANIC of before,
 * that nobody has taken yet, stays in the queue. */
bool machine_restart(Machine *machine, GError **error);

/* Ends the guest as pulling the plug would and keeps the disk; machine_reset() starts it again. */
bool machine_power_off(Machine *machine, GError **error);

/* Keeps the state of a running machine, memory and disk, under a name; and puts it back there, with
 * the agent channel as it was then: a revert closes and opens that, and calls wait for it. The
 * snapshot ends with the machine. TRUCE_ERROR_LAB with QEMU's words. */
bool machine_snapshot(Machine *machine, const char *name, GError **error);
bool machine_revert(Machine *machine, const char *name, GError **error);

/* Writes what the screen shows, as PNG. */
bool machine_screenshot(Machine *machine, const char *png_path, GError **error);

/* Writes a memory-only core dump (ELF) of the guest. */
bool machine_core_dump(Machine *machine, const char *path, GError **error);

/* The same as a Windows memory dump. Only where the guest's kernel has told QEMU about itself: a
 * Windows guest with virtio's fw_cfg driver (QEMU docs, vmcoreinfo). */
bool machine_windows_dump(Machine *machine, const char *path, GError **error);

/* A non-maskable interrupt to all processors: Windows then bugchecks with 0x80, Linux does what
 * `unknown_nmi_panic` says. */
bool machine_nmi(Machine *machine, GError **error);

/* Lets a guest run on that a panic stopped, so that it writes its own dump; no error where it
 * runs. */
bool machine_resume(Machine *machine, GError **error);

/* What one virtual processor does at this instant. */
typedef struct {
    guint64 pc;  /* program counter */
    bool halted; /* waits for an interrupt */
    bool user;   /* runs user code */
    bool masked; /* takes no interrupts: one that is halted as well only an NMI wakes */
} MachineCpu;

/* All processors of a running guest, of MachineCpu; at most MACHINE_CPUS_MAX. Free with
 * g_array_unref(). */
#define MACHINE_CPUS_MAX 64
bool machine_cpus(Machine *machine, GArray **ret_cpus, GError **error);

/* In microseconds since they are there: for how long the guest's processors have waited for one of
 * this host's, the mean of them; and for how long those worked for others, the mean of them. false
 * where that is not known, with QEMU on another host. Source: Linux,
 * Documentation/scheduler/sched-stats.rst, /proc/<pid>/schedstat; proc(5), /proc/stat. */
bool machine_waited(Machine *machine, guint64 *ret_us, guint64 *ret_others_us);

/* Whether a program in the guest has the agent's port open now. A guest that hangs keeps it open;
 * an agent that ended does not. Nobody tells of a serial port: there it is always true. */
bool machine_agent_open(Machine *machine);

/* The overlay's path on the host that QEMU runs on. Belongs to the machine. */
const char *machine_disk(Machine *machine);

/* The disk of a machine that is off as a file of this host, with its backing files: brought here
 * where it is elsewhere, and with `writable` taken back when the machine starts again. ret_path
 * belongs to the machine. */
bool machine_disk_here(Machine *machine, bool writable, const char **ret_path, GError **error);
