/* SPDX-License-Identifier: GPL-2.0-or-later
 * A machine whose QEMU runs on another host.
 */
#include <fcntl.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "host/image.h"
#include "host/machine-private.h"
#include "host/remote.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define REBASE_TIMEOUT_S 60
#define QCOW2_SIZE_AT 24 /* the virtual size, 8 bytes, big-endian (QEMU docs, interop/qcow2) */

/* What a volume of the machine is called: its work folder's own name is in use by no other. */
static char *volume_name(const Machine *machine, const char *what)
{
    return g_strdup_printf("%s-%s", strrchr(machine->work_folder, '/') + 1, what);
}

static bool refuse(const Machine *machine, const char *what, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "guest '%s' %s, which this lab cannot give it on another host (%s)",
                machine->guest->name, what, machine->host->info.uri);
    return false;
}

static bool check(const Machine *machine, GError **error)
{
    if (machine->guest->tpm)
        return refuse(machine, "has a TPM", error);
    if (machine->guest->channel == GUEST_CHANNEL_SERIAL)
        return refuse(machine, "has its agent on a serial port", error);
    if (machine->media)
        return refuse(machine, "boots from a medium", error);
    return true;
}

static bool virtual_size(const char *image, guint64 *ret_bytes, GError **error)
{
    auto_fd fd = open(image, O_RDONLY | O_CLOEXEC);
    guint64 bytes;

    if (fd < 0 || pread(fd, &bytes, sizeof bytes, QCOW2_SIZE_AT) != (ssize_t)sizeof bytes)
        return host_fail_errno(error, "read", image);
    *ret_bytes = GUINT64_FROM_BE(bytes);
    return true;
}

static bool overlay(Machine *machine, const char *on, const char *what, char **ret_path,
                    GError **error)
{
    g_autofree char *there = NULL, *name = volume_name(machine, what);
    guint64 bytes = 0;

    return virtual_size(on, &bytes, error) && remote_carry(machine->host, on, &there, error) &&
           remote_make_disk(machine->host, name, bytes, there, ret_path, error);
}

static bool carry_from(Machine *machine, const char *file, char **ret_path, GError **error)
{
    g_autofree char *path = file ? g_build_filename(machine->image_folder, file, NULL) : NULL;
    return !path || remote_carry(machine->host, path, ret_path, error);
}

static bool take_data(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *from = g_build_filename(folder, "data.qcow2", NULL);
    g_autofree char *name = volume_name(machine, "data");

    if (g_file_test(from, G_FILE_TEST_IS_REGULAR))
        return overlay(machine, from, "data", &machine->paths.data, error);
    return remote_make_disk(machine->host, name, (guint64)machine->guest->data_disk_gib << 30, NULL,
                            &machine->paths.data, error);
}

/* libvirt makes a file that is not there of its own template. */
static bool take_nvram(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *from = g_build_filename(folder, "nvram.fd", NULL);
    g_autofree char *name = volume_name(machine, "nvram");

    if (!g_file_test(from, G_FILE_TEST_IS_REGULAR))
        return refuse(machine, "has a firmware whose variables are in no file", error);
    return remote_put(machine->host, name, from, &machine->paths.nvram, error);
}

bool machine_remote_take(Machine *machine, const char *folder, const char *serial_log,
                         GError **error)
{
    const Guest *guest = machine->guest;
    g_autofree char *serial = volume_name(machine, "serial");

    return check(machine, error) &&
           overlay(machine, machine->backing, "disk", &machine->disk, error) &&
           carry_from(machine, guest->kernel, &machine->paths.kernel, error) &&
           carry_from(machine, guest->initrd, &machine->paths.initrd, error) &&
           (!guest->data_disk_gib || take_data(machine, folder, error)) &&
           (!guest->secure_boot || take_nvram(machine, folder, error)) &&
           remote_make_file(machine->host, serial, &machine->paths.serial, error) &&
           serial_pump_new_remote(machine->host, serial, serial_log, MACHINE_SERIAL_MAX,
                                  &machine->serial, error);
}

/* Only the name of what the overlay is on: the contents are the same. */
static bool rebase(const char *image, const char *backing, GError **error)
{
    const char *const argv[] = {"qemu-img", "rebase", "-u", "-q",    "-f",  "qcow2",
                                "-F",       "qcow2",  "-b", backing, image, NULL};
    const ProcOptions options = {.timeout_s = REBASE_TIMEOUT_S};
    return proc_run(argv, &options, error);
}

bool machine_remote_bring_disk(Machine *machine, GError **error)
{
    g_autofree char *name = volume_name(machine, "disk");
    g_autofree char *here = g_build_filename(machine->work_folder, "disk.qcow2", NULL);
    g_autofree char *backing = g_canonicalize_filename(machine->backing, NULL);

    if (!remote_get(machine->host, name, here, error) || !rebase(here, backing, error))
        return false;
    machine->brought = g_steal_pointer(&here);
    return true;
}

bool machine_remote_before_start(Machine *machine, GError **error)
{
    g_autofree char *brought = g_steal_pointer(&machine->brought);
    g_autofree char *name = volume_name(machine, "disk");
    g_autofree char *there = NULL;

    if (!machine->changed)
        return true;
    machine->changed = false;
    return remote_carry(machine->host, machine->backing, &there, error) &&
           rebase(brought, there, error) &&
           remote_put(machine->host, name, brought, &machine->disk, error);
}

bool machine_remote_dump(Machine *machine, const char *path, unsigned int format, GError **error)
{
    g_autofree char *name = volume_name(machine, "memory");
    g_autofree char *there = NULL;

    if (!remote_make_file(machine->host, name, &there, error))
        return false;
    bool done =
        virDomainCoreDumpWithFormat(machine->domain, there, format, VIR_DUMP_MEMORY_ONLY) == 0 ||
        host_fail(error, "cannot dump the memory of '%s'", machine->name);
    done = done && remote_get(machine->host, name, path, error);
    remote_remove(machine->host, name);
    return done;
}

void machine_remote_free(Machine *machine)
{
    if (!machine->host->remote || !machine->work_folder)
        return;
    g_autofree char *all = volume_name(machine, "");
    remote_remove(machine->host, all);
}
