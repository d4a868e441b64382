/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of host/ share about a machine.
 */
#pragma once

#include "host/agent-call.h"
#include "host/host-private.h"
#include "host/machine.h"
#include "host/serial.h"

/* The files of a machine as QEMU sees them: of this host, or of libvirt's. */
typedef struct {
    char *kernel, *initrd; /* or NULL */
    char *serial;          /* the pipe, or the file on another host */
    char *agent;           /* the socket; NULL: where libvirt puts it */
    char *nvram, *data;
    char **disk_layers, **data_layers; /* what both disks lie on; NULL: libvirt looks for itself */
} MachinePaths;

struct Machine {
    Host *host;
    const Guest *guest;
    char *name;
    char *image_folder;
    char *work_folder;
    char *disk;    /* of the MachinePaths, but that everybody asks for it */
    char *backing; /* what it is an overlay on, here */
    MachinePaths paths;
    char *brought; /* the disk as it was brought here, to be taken back before the next start … */
    bool changed;  /* … where it may have been written to; NULL and false: it was not */
    char *computer_name, *mac;
    char **media;
    char *memory; /* the template's memory file, or NULL */
    BootMode mode;
    guint starts; /* domains so far */
    bool disk_errors;
    gint64 clock_offset_s;
    struct MachineFaults *faults; /* of the domain that runs, or NULL; machine-fault-private.h */

    virDomainPtr domain; /* NULL: never started, or powered off */
    char uuid[VIR_UUID_STRING_BUFLEN];
    Inbox inbox;
    SerialPump *serial;
    AgentCaller *agent;
};

typedef struct {
    const char *memory_file; /* or NULL */
    bool memory_shared;
    bool incoming; /* the domain is left paused, waiting for a device state */
} MachineStart;

/* Makes the work folder with an overlay on `backing`, the serial pump and the agent caller. */
bool machine_prepare(Host *host, const MachineConfig *config, const char *backing,
                     Machine **ret_machine, GError **error);

/* Starts a new domain on the machine's overlay; the old one has ended. */
bool machine_start(Machine *machine, BootMode mode, const MachineStart *start, GError **error);

/* Ends the domain where there is one; its events are for nobody any more. */
bool machine_end(Machine *machine, GError **error);

/* Stops its processors; machine_resume() lets them go on. */
bool machine_suspend(Machine *machine, GError **error);

/* The same for a machine on another host (machine-remote.c): makes its volumes there, from the
 * image or state in `folder`; brings its disk here, and back before a start; removes all of it. */
bool machine_remote_take(Machine *machine, const char *folder, const char *serial_log,
                         GError **error);
bool machine_remote_bring_disk(Machine *machine, GError **error);
bool machine_remote_before_start(Machine *machine, GError **error);
void machine_remote_free(Machine *machine);
/* A memory dump by way of a volume. */
bool machine_remote_dump(Machine *machine, const char *path, unsigned int format, GError **error);

/* TRUCE_ERROR_LAB where QEMU runs on another host: "cannot <doing>: …". */
bool machine_need_here(const Machine *machine, const char *doing, GError **error);

/* TRUCE_ERROR_GUEST "cannot <doing>: …" where no domain runs. */
bool machine_need_domain(const Machine *machine, const char *doing, GError **error);
