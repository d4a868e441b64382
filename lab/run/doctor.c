/* SPDX-License-Identifier: GPL-2.0-or-later
 * The checks of `truce doctor`.
 */
#include "run/doctor.h"

#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/image.h"
#include "host/offline-disk.h"
#include "run/guest-inputs.h"
#include "triage/ocr.h"
#include "util/files.h"
#include "util/json.h"
#include "util/proc.h"

#define MEMORY_MIB_MIN 1024
#define DISK_MIB_MIN 4096

/* Helper programs, and what is lost without each. */
static const struct {
    const char *program;
    const char *package;
    bool needed; /* by the main job */
    const char *lost;
} tools[] = {
    {"qemu-img", "qemu-utils", true, "no case can have a disk of its own"},
    {"mmdebstrap", "mmdebstrap", false, "the reference guest cannot be built"},
    {"mke2fs", "e2fsprogs", false, "the reference guest cannot be built"},
    {"ntfs-3g", "ntfs-3g", false, "the disk of a stopped Windows guest cannot be read"},
    {"newuidmap", "uidmap", false, "only root can build the reference guest"},
    {"swtpm", "swtpm", false, "no Windows guest can have a TPM"},
    {"7z", "p7zip-full", false, "no Windows guest can be installed"},
    {"wimlib-imagex", "wimtools", false, "no Windows guest can be installed"},
    {"xorriso", "xorriso", false, "no Windows guest can be installed"},
};

static void check_free(gpointer data)
{
    DoctorCheck *check = data;
    g_free(check->text);
    g_free(check->advice);
    g_free(check);
}

static void add(GPtrArray *checks, const char *name, CheckState state, char *text,
                const char *advice)
{
    DoctorCheck *check = g_new0(DoctorCheck, 1);
    check->name = name;
    check->state = state;
    check->text = text;
    check->advice = g_strdup(advice);
    g_ptr_array_add(checks, check);
}

const char *check_state_name(CheckState state)
{
    static const char *const names[] = {"ok", "note", "missing"};
    return names[state];
}

static void check_host(GPtrArray *checks, const Lab *lab)
{
    g_autoptr(Host) host = NULL;
    g_autoptr(GError) failure = NULL;

    if (!host_open(lab->uri, lab->state_folder, &host, &failure)) {
        add(checks, "libvirt", CHECK_MISSING, g_strdup(failure->message),
            host_in_use(lab->state_folder)
                ? "no guest can run now: wait for the other truce, or choose another folder: "
                  "TRUCE_STATE, or <state folder=…> in lab.xml"
                : "no guest can run; on Debian: apt-get install libvirt-daemon-driver-qemu "
                  "libvirt-daemon-system qemu-system-x86");
        return;
    }
    const HostInfo *info = host_info(host);
    add(checks, "libvirt", CHECK_OK, g_strdup_printf("%s at %s", info->libvirt, info->uri), NULL);
    add(checks, "qemu", CHECK_OK, g_strdup(info->qemu), NULL);
}

static void check_kvm(GPtrArray *checks, const Lab *lab)
{
    const char *reason = NULL;

    if (kvm_probe(lab->state_folder, &reason))
        add(checks, "kvm", CHECK_OK, g_strdup("runs guest code"), NULL);
    else
        add(checks, "kvm", CHECK_NOTE, g_strdup(reason),
            "guests are emulated: the reference guest runs, Windows would be too slow to be of "
            "use");
}

static void check_memory(GPtrArray *checks)
{
    guint64 mib = (guint64)sysconf(_SC_AVPHYS_PAGES) * (guint64)sysconf(_SC_PAGESIZE) >> 20;
    add(checks, "memory", mib >= MEMORY_MIB_MIN ? CHECK_OK : CHECK_MISSING,
        g_strdup_printf("%" G_GUINT64_FORMAT " MiB free", mib),
        mib >= MEMORY_MIB_MIN ? NULL : "one guest needs about 1 GiB");
}

static void check_disk(GPtrArray *checks, const Lab *lab)
{
    g_autoptr(GError) failure = NULL;
    guint64 bytes;

    if (!files_make_folder(lab->state_folder, &failure) ||
        !files_free_bytes(lab->state_folder, &bytes, &failure)) {
        add(checks, "disk", CHECK_MISSING, g_strdup(failure->message),
            "choose another folder: TRUCE_STATE, or <state folder=…> in lab.xml");
        return;
    }
    bool enough = bytes >> 20 >= DISK_MIB_MIN;
    add(checks, "disk", enough ? CHECK_OK : CHECK_MISSING,
        g_strdup_printf("%" G_GUINT64_FORMAT " MiB free in %s", bytes >> 20, lab->state_folder),
        enough ? NULL : "a guest, its warm state and a run's overlays need about 4 GiB");
}

static void check_guests(GPtrArray *checks, const Lab *lab)
{
    g_autoptr(GPtrArray) names = lab_guest_names(lab);
    guint built = 0;

    for (guint i = 0; i < names->len; i++) {
        g_autoptr(Image) image = NULL;
        g_autoptr(Guest) guest = NULL;
        g_autoptr(GError) failure = NULL;
        if (image_open(lab->state_folder, names->pdata[i], &image, &failure)) {
            bool outdated =
                lab_guest(lab, image->name, &guest, NULL) && guest_is_outdated(guest, image);
            built++;
            add(checks, "guest", outdated ? CHECK_NOTE : CHECK_OK,
                g_strdup_printf("%s, built %s, %" G_GUINT64_FORMAT " MiB", image->name,
                                image->built, image->bytes >> 20),
                outdated ? "its recipe has changed since: `truce guest build` builds it again"
                         : NULL);
        } else {
            add(checks, "guest", CHECK_NOTE, g_strdup(failure->message), "no case runs on it");
        }
    }
    if (built == 0)
        add(checks, "guests", CHECK_MISSING, g_strdup("no guest is built"),
            "run: truce guest build reference");
}

static void check_tools(GPtrArray *checks)
{
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *path = proc_find(tools[i].program);
        g_autofree char *advice =
            g_strdup_printf("%s; on Debian: apt-get install %s", tools[i].lost, tools[i].package);
        if (path)
            add(checks, "tool", CHECK_OK, g_strdup(path), NULL);
        else
            add(checks, "tool", tools[i].needed ? CHECK_MISSING : CHECK_NOTE,
                g_strdup_printf("%s is not installed", tools[i].program), advice);
    }
}

static void check_ocr(GPtrArray *checks)
{
    const char *reason;

    if (ocr_available(&reason))
        add(checks, "ocr", CHECK_OK, g_strdup("tesseract reads screens"), NULL);
    else
        add(checks, "ocr", CHECK_NOTE, g_strdup(reason),
            "a bugcheck that only the screen shows is not read; on Debian: apt-get install "
            "tesseract-ocr");
}

static void check_offline_disk(GPtrArray *checks)
{
    const char *reason;

    if (offline_disk_available(&reason))
        add(checks, "offline", CHECK_OK, g_strdup("libguestfs reads the disks of stopped guests"),
            NULL);
    else
        add(checks, "offline", CHECK_NOTE, g_strdup(reason),
            "crash dumps and logs of a guest that does not come back are lost, and it is not "
            "mended from outside; on Debian: apt-get install libguestfs0 linux-image-amd64");
}

GPtrArray *doctor_examine(const Lab *lab)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func(check_free);

    check_disk(checks, lab);
    check_memory(checks);
    check_host(checks, lab);
    check_kvm(checks, lab);
    check_guests(checks, lab);
    check_tools(checks);
    check_ocr(checks);
    check_offline_disk(checks);
    return checks;
}

bool doctor_ready(const GPtrArray *checks)
{
    for (guint i = 0; i < checks->len; i++)
        if (((const DoctorCheck *)checks->pdata[i])->state == CHECK_MISSING)
            return false;
    return true;
}

cJSON *doctor_json(const GPtrArray *checks)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "format", 1);
    cJSON_AddBoolToObject(object, "ready", doctor_ready(checks));
    cJSON *list = cJSON_AddArrayToObject(object, "checks");
    for (guint i = 0; i < checks->len; i++) {
        const DoctorCheck *check = checks->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", check->name);
        cJSON_AddStringToObject(item, "state", check_state_name(check->state));
        cJSON_AddStringToObject(item, "text", check->text);
        json_add_text(item, "advice", check->advice);
        cJSON_AddItemToArray(list, item);
    }
    return object;
}
