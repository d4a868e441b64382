/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whether the machines of guests that are installed from media start: each, with a blank disk and
 * no medium, comes to the place where its firmware finds nothing to boot and says so. The
 * screenshots are kept.
 *
 *     live-firmware FOLDER GUEST...
 *
 * TRUCE_STATE: the state folder. A guest takes about a minute where KVM does not run.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "host/image.h"
#include "host/machine.h"
#include "triage/ocr.h"
#include "util/clock.h"
#include "util/files.h"

#define PROMPT_S 300
#define LOOK_MS 3000

/* What OVMF and SeaBIOS say when nothing boots. */
static bool is_prompt(const char *text)
{
    static const char *const words[] = {"BdsDxe",        "Shell>",         "No bootable",
                                        "Boot failed",   "No mapping",     "boot device",
                                        "Press any key", "failed to load", "PXE"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

static bool wait_for_prompt(Machine *machine, const char *png)
{
    gint64 deadline = clock_deadline_s(PROMPT_S);

    while (clock_left_ms(deadline) > 0) {
        g_autofree char *text = NULL;
        machine_next_event(machine, clock_deadline_ms(LOOK_MS));
        if (machine_screenshot(machine, png, NULL) && ocr_read(png, &text, NULL) &&
            is_prompt(text)) {
            g_autofree char *line = g_strdelimit(g_strstrip(g_strdup(text)), "\n", ' ');
            g_print("# %.120s\n", line);
            return true;
        }
    }
    return false;
}

static bool try_guest(Host *host, const char *state, const char *folder, const char *name)
{
    g_autofree char *sub = g_strdup_printf("guests/%s/guest.xml", name);
    g_autofree char *recipe = files_share_path(sub);
    g_autofree char *images = g_build_filename(state, "builds", "firmware", name, NULL);
    g_autofree char *serial = g_build_filename(images, "serial.log", NULL);
    g_autofree char *png_name = g_strconcat(name, ".png", NULL);
    g_autofree char *png = g_build_filename(folder, png_name, NULL);
    g_autoptr(Guest) guest = NULL;
    g_autoptr(Machine) machine = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest_read(recipe, &guest, &error) || !files_make_folder(images, &error) ||
        !files_make_folder(folder, &error)) {
        g_printerr("# %s\n", error->message);
        return false;
    }
    g_autofree char *disk = g_build_filename(images, guest->disk, NULL);
    const MachineConfig config = {
        .guest = guest, .image_folder = images, .serial_log = serial, .name = "truce-firmware"};
    if (!image_create(disk, 1, &error) ||
        !machine_boot(host, &config, BOOT_NORMAL, &machine, &error)) {
        g_printerr("# %s\n", error->message);
        return false;
    }
    bool ok = wait_for_prompt(machine, png);
    g_clear_pointer(&machine, machine_free);
    files_remove_tree(images, NULL);
    return ok;
}

int main(int argc, char **argv)
{
    g_autofree char *state = files_state_folder();
    g_autoptr(GError) error = NULL;
    Host *host = NULL;
    int failures = 0;

    if (argc < 3 || !host_open(NULL, state, &host, &error)) {
        g_printerr("%s\n", error ? error->message : "usage: live-firmware FOLDER GUEST...");
        return 2;
    }
    g_print("1..%d\n", argc - 2);
    for (int i = 2; i < argc; i++) {
        bool ok = try_guest(host, state, argv[1], argv[i]);
        g_print("%sok %d - %s comes to its firmware's prompt\n", ok ? "" : "not ", i - 1, argv[i]);
        failures += !ok;
    }
    host_close(host);
    return failures > 0;
}
