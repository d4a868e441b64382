/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing a guest from the user's media.
 */
#include "install/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "host/image.h"
#include "host/machine-install.h"
#include "install/answer-medium.h"
#include "install/media.h"
#include "install/seal.h"
#include "install/watch.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define LOOK_EVERY_MS 2000
#define SCREENSHOT_EVERY_S 60
#define POWER_OFF_TIMEOUT_S 300
/* Setup's own RAM disk alone is several hundred MiB: once this much was read from the medium, the
 * boot has moved on, and a key would answer something else. */
#define MEDIUM_MOVED_ON (32u << 20)

typedef struct {
    Host *host;
    const InstallRequest *request;
    Progress *progress;
    const bool *cancelled;
    const char *state_folder;
    char *folder; /* the build's own */
    char *serial_log;
    char *answer;
    char *password;

    Machine *machine;
    InstallWatch *watch;
    gint64 began;
    gint64 next_screenshot;
    guint screenshots;
    gsize serial_read;
    bool keys_done;
} Build;

static bool check_tools_and_media(Build *build, const InstallEdition **ret_edition,
                                  guint *ret_index, GError **error)
{
    const InstallRequest *request = build->request;
    g_autoptr(Media) media = NULL;
    g_autofree char *driver =
        g_strdup_printf("vioserial/%s/amd64/vioser.inf", request->guest->install->drivers);

    if (!request->iso || !request->virtio) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "guest '%s' is installed from media: give --iso and --virtio (--dry-run DIR "
                    "says which)",
                    request->guest->name);
        return false;
    }
    progress_status(build->progress, "looking at the media");
    return media_read(request->iso, build->folder, build->cancelled, &media, error) &&
           media_choose(media, request->guest, request->edition, ret_edition, ret_index, error) &&
           media_holds(request->virtio, "virtio-win-guest-tools.exe", error) &&
           media_holds(request->virtio, driver, error);
}

/* Beside the image, for its owner only: the lab itself works through the agent. */
static bool keep_password(Build *build, GError **error)
{
    g_autofree char *name = g_strconcat(build->request->guest->name, ".administrator", NULL);
    g_autofree char *folder = g_build_filename(build->state_folder, "guests", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) failure = NULL;

    if (!files_make_folder(folder, error))
        return false;
    if (g_file_set_contents_full(path, build->password, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &failure))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s", failure->message);
    return false;
}

static bool make_answers(Build *build, GError **error)
{
    g_autofree char *password = answer_password();
    AnswerOptions options = {.guest = build->request->guest,
                             .product_key = build->request->product_key,
                             .password = password};

    if (!check_tools_and_media(build, &options.edition, &options.index, error))
        return false;
    progress_line(build->progress, "installing %s: image %u, %s", build->request->guest->title,
                  options.index, options.edition->name);
    build->password = g_steal_pointer(&password);
    return answer_medium_make(&options, build->answer, error);
}

static bool start(Build *build, GError **error)
{
    const Guest *guest = build->request->guest;
    g_autofree char *blank = g_build_filename(build->folder, guest->disk, NULL);
    const char *const media[] = {build->request->iso, build->request->virtio, build->answer, NULL};
    const MachineConfig config = {.guest = guest,
                                  .image_folder = build->folder,
                                  .serial_log = build->serial_log,
                                  .name = "truce-install",
                                  .media = media};

    if (!image_create(blank, guest->install->disk_gib, error) ||
        !machine_boot(build->host, &config, BOOT_NORMAL, &build->machine, error))
        return false;
    build->began = g_get_monotonic_time();
    build->watch = install_watch_new(guest->install->stage_s, build->began);
    return true;
}

/* 'Press any key to boot from CD or DVD' stands there for five seconds, some time after the start;
 * a key that comes too early is lost, one that comes after a restart would start Setup anew. */
static void answer_key_prompt(Build *build)
{
    guint64 read = 0, written = 0;

    if (build->keys_done)
        return;
    if (machine_medium_traffic(build->machine, 0, &read, &written) && read >= MEDIUM_MOVED_ON)
        build->keys_done = true;
    else
        machine_press_enter(build->machine, NULL);
}

static void take_screenshot(Build *build)
{
    if (g_get_monotonic_time() < build->next_screenshot)
        return;
    build->next_screenshot = clock_deadline_s(SCREENSHOT_EVERY_S);
    g_autofree char *name = g_strdup_printf("screen-%04u.png", ++build->screenshots);
    g_autofree char *path = g_build_filename(build->folder, name, NULL);
    machine_screenshot(build->machine, path, NULL);
}

static void read_serial(Build *build)
{
    char bytes[4096];
    int fd = open(build->serial_log, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return;
    while ((length = pread(fd, bytes, sizeof bytes, (off_t)build->serial_read)) > 0) {
        install_watch_serial(build->watch, bytes, (gsize)length, g_get_monotonic_time());
        build->serial_read += (gsize)length;
    }
    close(fd);
}

static void look(Build *build)
{
    guint64 read = 0, written = 0;
    g_autofree char *stage = install_watch_stage(build->watch);
    guint minutes = clock_elapsed_ms(build->began) / 60000;

    answer_key_prompt(build);
    take_screenshot(build);
    machine_disk_traffic(build->machine, &read, &written);
    install_watch_written(build->watch, written);
    progress_status(build->progress, "%s, %u min, %" G_GUINT64_FORMAT " MiB written", stage,
                    minutes, written >> 20);
}

static bool fail(Build *build, GError **error, const char *what)
{
    g_autofree char *stage = install_watch_stage(build->watch);

    build->next_screenshot = 0;
    take_screenshot(build);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the installation of guest '%s' failed after %u s (%s): %s; screenshots and logs "
                "are in '%s'",
                build->request->guest->name, clock_elapsed_ms(build->began) / 1000, stage, what,
                build->folder);
    return false;
}

/* Only after 'done' is a power-off the end. */
static bool powered_off(Build *build, GError **error)
{
    read_serial(build);
    if (install_watch_state(build->watch, g_get_monotonic_time()) == INSTALL_DONE)
        return true;
    return fail(build, error, "the guest powered itself off before the first logon had ended");
}

static bool handle_event(Build *build, MachineEvent event, bool *ret_ended, GError **error)
{
    switch (event) {
    case MACHINE_EVENT_SHUTDOWN:
        *ret_ended = true;
        return powered_off(build, error);
    case MACHINE_EVENT_RESET:
        build->keys_done = true;
        install_watch_restart(build->watch, g_get_monotonic_time());
        return true;
    case MACHINE_EVENT_PANIC:
        return fail(build, error, "Windows crashed");
    case MACHINE_EVENT_LOST:
        return fail(build, error, machine_lost_reason(build->machine));
    case MACHINE_EVENT_NONE:
    case MACHINE_EVENT_WAKE:
        break;
    }
    return true;
}

static bool check_watch(Build *build, gint64 end, GError **error)
{
    const gint64 now = g_get_monotonic_time();
    const InstallState state = install_watch_state(build->watch, now);

    if (*build->cancelled) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "interrupted");
        return false;
    }
    if (state == INSTALL_FAILED || state == INSTALL_STALLED) {
        g_autofree char *reason = install_watch_reason(build->watch, now);
        return fail(build, error, reason);
    }
    return now < end || fail(build, error, "it took longer than the recipe allows");
}

static bool watch(Build *build, GError **error)
{
    const gint64 end = clock_deadline_s(build->request->guest->build_timeout_s);
    bool ended = false;

    while (!ended) {
        MachineEvent event = machine_next_event(build->machine, clock_deadline_ms(LOOK_EVERY_MS));
        if (!handle_event(build, event, &ended, error))
            return false;
        read_serial(build);
        if (!ended) {
            look(build);
            if (!check_watch(build, end, error))
                return false;
        }
    }
    return true;
}

static void build_clear(Build *build)
{
    g_clear_pointer(&build->machine, machine_free);
    g_clear_pointer(&build->watch, install_watch_free);
    g_free(build->folder);
    g_free(build->serial_log);
    g_free(build->answer);
    g_free(build->password);
}

static bool go(Build *build, GError **error)
{
    if (!make_answers(build, error) || !start(build, error) || !watch(build, error))
        return false;
    progress_status(build->progress, "sealing the image");
    /* Only now: the password of an image that is there stays where a new build fails. */
    return seal_image(build->machine, build->request->guest, build->watch, build->state_folder,
                      error) &&
           keep_password(build, error);
}

bool install_build(Host *host, const char *state_folder, const InstallRequest *request,
                   Progress *progress, const bool *cancelled, GError **error)
{
    Build build = {.host = host,
                   .request = request,
                   .progress = progress,
                   .cancelled = cancelled,
                   .state_folder = state_folder};

    build.folder = g_build_filename(state_folder, "builds", request->guest->name, NULL);
    build.serial_log = g_build_filename(build.folder, "serial.log", NULL);
    build.answer = g_build_filename(build.folder, "answer.iso", NULL);
    bool ok = files_remove_tree(build.folder, error) && files_make_folder(build.folder, error) &&
              go(&build, error);
    /* It holds the password and, where there is one, the product key. */
    unlink(build.answer);
    if (ok)
        files_remove_tree(build.folder, NULL);
    build_clear(&build);
    return ok;
}
