/* SPDX-License-Identifier: GPL-2.0-or-later
 * Saving a machine as a warm state, and starting machines from it.
 *
 * A warm state is a folder:
 *   memory      the template's memory; clones map it privately, so they share its pages
 *   device      QEMU's migration stream without the memory (x-ignore-shared)
 *   disk.qcow2  the template's overlay on the sealed image
 * The engine adds what it knows of the guest (run/restore.h, run/environment.h).
 */
#include "host/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/domain-xml.h"
#include "host/machine-files.h"
#include "host/qmp.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define MEMORY_NAME "memory"
#define DEVICE_NAME "device"
#define DISK_NAME "disk.qcow2"
#define FD_NAME "truce-device"
#define MIGRATION_TIMEOUT_MS 30000

/* The domain that a guest is run as, without what differs from machine to machine. */
static char *layout(Host *host, const Guest *guest)
{
    const DomainSpec spec = {
        .guest = guest,
        .accelerator = host->info.accelerator,
        .disk = guest->disk,
        .kernel = guest->kernel,
        .initrd = guest->initrd,
        .cmdline = guest->cmdline,
        .data_disk = guest->data_disk_gib ? DISK_NAME : NULL,
    };
    char *xml = NULL;

    domain_xml_build(&spec, &xml, NULL); /* where it cannot be, no machine starts either */
    return xml;
}

char *machine_warm_key(Host *host, const Guest *guest, const Image *image)
{
    g_autofree char *xml = layout(host, guest);
    g_autofree char *data = g_strdup_printf("%u GiB", guest->data_disk_gib);
    g_autofree char *text =
        g_strjoin("\n", image->sha256, host->info.qemu, host->info.libvirt, data, xml, NULL);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_autofree char *name = files_safe_name(guest->name);

    return g_strdup_printf("%s-%.16s", name, sum);
}

bool warm_make_memory(Machine *machine, GError **error)
{
    g_autofree char *path = g_build_filename(machine->work_folder, MEMORY_NAME, NULL);
    auto_fd fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, (off_t)machine->guest->memory_mib << 20) != 0)
        return host_fail_errno(error, "make", path);
    if (!host_give(machine->host, path, error))
        return false;
    machine->memory = g_steal_pointer(&path);
    return true;
}

/* A machine of its own memory file, which holds what the template's holds. */
static bool copy_memory(Machine *machine, const char *from, GError **error)
{
    g_autofree char *path = g_build_filename(machine->work_folder, MEMORY_NAME, NULL);

    if (!files_copy(from, path, error) || !host_give(machine->host, path, error))
        return false;
    machine->memory = g_steal_pointer(&path);
    return true;
}

static bool ignore_shared(Machine *machine, bool ignore, GError **error)
{
    cJSON *capability = cJSON_CreateObject();
    cJSON_AddStringToObject(capability, "capability", "x-ignore-shared");
    cJSON_AddBoolToObject(capability, "state", ignore);
    cJSON *list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, capability);
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddItemToObject(arguments, "capabilities", list);
    return qmp_run(machine->domain, "migrate-set-capabilities", arguments, error);
}

/* Runs `migrate` or `migrate-incoming` with the device state's file and waits for its end. */
static bool move_device_state(Machine *machine, const char *command, int fd, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "uri", "fd:" FD_NAME);

    inbox_tell_migration(&machine->inbox, MIGRATION_NONE);
    if (!qmp_give_fd(machine->domain, FD_NAME, fd, error)) {
        cJSON_Delete(arguments);
        return false;
    }
    if (!qmp_run(machine->domain, command, arguments, error))
        return false;
    if (inbox_wait_migration(&machine->inbox, clock_deadline_ms(MIGRATION_TIMEOUT_MS)) ==
        MIGRATION_COMPLETED)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "QEMU's '%s' of the warm state of '%s' did not complete", command, machine->name);
    return false;
}

static bool save_device_state(Machine *machine, const char *path, GError **error)
{
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return host_fail_errno(error, "make", path);
    return machine_suspend(machine, error) && ignore_shared(machine, true, error) &&
           move_device_state(machine, "migrate", fd, error);
}

/* Brings a file of the machine into the warm state and to the disk. */
static bool keep(Machine *machine, const char *from, const char *folder, const char *name,
                 GError **error)
{
    g_autofree char *to = g_build_filename(folder, name, NULL);

    if (rename(from, to) != 0) {
        if (errno != EXDEV)
            return host_fail_errno(error, "move to the warm state", from);
        if (!files_copy(from, to, error))
            return false;
    }
    auto_fd fd = open(to, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return host_fail_errno(error, "flush", to);
    /* Also the clones' QEMU opens the memory for writing, though its mapping is private: before
     * QEMU 8.2 (rom=off) a file that is opened read-only makes read-only memory. */
    return host_give(machine->host, to, error);
}

static bool save_to(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *device = g_build_filename(machine->work_folder, DEVICE_NAME, NULL);

    return files_make_folder(folder, error) && host_let_reach(machine->host, folder, error) &&
           save_device_state(machine, device, error) && machine_end(machine, error) &&
           keep(machine, machine->memory, folder, MEMORY_NAME, error) &&
           keep(machine, machine->disk, folder, DISK_NAME, error) &&
           machine_files_keep(machine, folder, error) &&
           keep(machine, device, folder, DEVICE_NAME, error);
}

static bool not_for_warm_state(const Machine *machine, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the machine '%s' was not started to become a warm state", machine->name);
    return false;
}

bool machine_save_warm(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *temporary = g_strconcat(folder, WARM_HALF, NULL);

    if (!machine->memory || !machine->domain)
        return not_for_warm_state(machine, error);
    if (!files_remove_tree(temporary, error))
        return false;
    if (!save_to(machine, temporary, error) || !files_remove_tree(folder, error)) {
        files_remove_tree(temporary, NULL);
        return false;
    }
    if (rename(temporary, folder) != 0)
        return host_fail_errno(error, "name the warm state", folder);
    return true;
}

/* What an overlay and the machine's other files are, QEMU has written when its state is out. */
static bool copy_to(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *device = g_build_filename(folder, DEVICE_NAME, NULL);
    g_autofree char *memory = g_build_filename(folder, MEMORY_NAME, NULL);
    g_autofree char *disk = g_build_filename(folder, DISK_NAME, NULL);

    return files_make_folder(folder, error) && host_let_reach(machine->host, folder, error) &&
           save_device_state(machine, device, error) &&
           files_copy(machine->memory, memory, error) && host_give(machine->host, memory, error) &&
           files_copy(machine->disk, disk, error) && host_give(machine->host, disk, error) &&
           machine_files_keep(machine, folder, error);
}

bool machine_copy_warm(Machine *machine, const char *folder, GError **error)
{
    if (!machine->memory)
        return not_for_warm_state(machine, error);
    if (!machine_need_domain(machine, "copy its state", error))
        return false;
    bool copied = copy_to(machine, folder, error);
    if (!copied)
        files_remove_tree(folder, NULL);
    /* With it, a snapshot of the guest would leave its memory out. */
    if (ignore_shared(machine, false, copied ? error : NULL) &&
        machine_resume(machine, copied ? error : NULL))
        return copied;
    inbox_tell_lost(&machine->inbox, "it does not go on after its state was copied");
    return false;
}

static bool load_device_state(Machine *machine, const char *path, GError **error)
{
    auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return host_fail_errno(error, "read", path);
    if (!ignore_shared(machine, true, error) ||
        !move_device_state(machine, "migrate-incoming", fd, error) ||
        (machine->memory && !ignore_shared(machine, false, error)))
        return false;
    return machine_resume(machine, error);
}

bool machine_clone(Host *host, const MachineConfig *config, const char *warm_folder,
                   Machine **ret_machine, GError **error)
{
    g_autoptr(Machine) machine = NULL;
    g_autofree char *memory = g_build_filename(warm_folder, MEMORY_NAME, NULL);
    g_autofree char *disk = g_build_filename(warm_folder, DISK_NAME, NULL);
    g_autofree char *device = g_build_filename(warm_folder, DEVICE_NAME, NULL);

    if (machine_prepare(host, config, disk, &machine, error) &&
        (!config->for_warm_state || copy_memory(machine, memory, error))) {
        const MachineStart start = {.memory_file = machine->memory ? machine->memory : memory,
                                    .memory_shared = machine->memory != NULL,
                                    .incoming = true};
        if (machine_start(machine, BOOT_NORMAL, &start, error) &&
            load_device_state(machine, device, error)) {
            *ret_machine = g_steal_pointer(&machine);
            return true;
        }
    }
    g_prefix_error(
        error, "no clone of the warm state '%s' (remove it to have it made anew): ", warm_folder);
    return false;
}
