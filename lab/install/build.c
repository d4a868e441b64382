/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing a guest from the user's media.
 */
#include "install/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest/agent.h"
#include "host/image.h"
#include "host/machine-install.h"
#include "install/answer-medium.h"
#include "install/boot-keys.h"
#include "install/media.h"
#include "install/product-key.h"
#include "install/reactos-medium.h"
#include "install/seal.h"
#include "install/trouble.h"
#include "install/watch.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define LOOK_EVERY_MS 2000
#define SCREENSHOT_EVERY_S 60
#define AGENT_EVERY_S 10
#define AGENT_CALL_MS 3000
#define POWER_OFF_TIMEOUT_S 120
#define BEACON_LOG "C:\\Windows\\Temp\\truce-build.log"
#define BEACON_LOG_MAX (64u << 10)
/* So long without a byte written, a second stage of ReactOS' setup waits for an answer. */
#define QUIET_S 120
#define DIALOGS_MAX 3
/* Setup's own RAM disk alone is several hundred MiB: once this much was read from the medium, the
 * boot has moved on, and a key would answer something else. */
#define MEDIUM_MOVED_ON (32u << 20)

typedef struct Build Build;

/* What differs between systems. */
typedef struct {
    bool (*prepare)(Build *build, GError **error); /* looks at the media and makes ours */
    const char *likely_log; /* of the stopped disk, for the message of a failure; or NULL */
    bool presses_keys;      /* 'Press any key to boot from CD or DVD' is to be answered */
    void (*on_agent)(Build *build, Agent *agent); /* its agent answers */
} Way;

struct Build {
    const Way *way;
    Host *host;
    const InstallRequest *request;
    Progress *progress;
    const bool *cancelled;
    const char *state_folder;
    char *folder; /* the build's own */
    char *serial_log;
    char *answer;   /* the answer medium, or the re-mastered one */
    char *password; /* NULL: the system has none */
    const char *media[4];

    Machine *machine;
    InstallWatch *watch;
    gint64 began;
    gint64 next_screenshot;
    guint screenshots;
    gsize serial_read;
    bool keys_done;
    guint64 written;
    gint64 written_at;
    guint dialogs; /* that Enter was sent to */
    gint64 next_ask;
    bool agent_answered;
    gint64 power_off_by; /* after the agent was asked for it */
};

static bool check_virtio(const InstallRequest *request, GError **error)
{
    g_autofree char *driver =
        g_strdup_printf("vioserial/%s/amd64/vioser.inf", request->guest->install->drivers);

    return media_holds(request->virtio, "virtio-win-guest-tools.exe", error) &&
           media_holds(request->virtio, driver, error);
}

/* The firmware is this host's. */
static bool check_loader(Build *build, GError **error)
{
    return !build->request->guest->secure_boot || host_is_remote(build->host) ||
           boot_keys_check(build->request->iso, build->folder, BOOT_KEYS_FIRMWARE, error);
}

static bool check_media(Build *build, Media **ret_media, const InstallEdition **ret_edition,
                        const MediaImage **ret_image, GError **error)
{
    const InstallRequest *request = build->request;
    g_autoptr(Media) media = NULL;

    if (!request->iso || !request->virtio) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "guest '%s' is installed from media: give --iso and --virtio (--dry-run DIR "
                    "says which)",
                    request->guest->name);
        return false;
    }
    progress_status(build->progress, "looking at the media");
    if (!media_read(request->iso, build->folder, build->cancelled, &media, error) ||
        !media_choose(media, request->guest, request->edition, ret_edition, ret_image, error) ||
        !check_virtio(request, error) || !check_loader(build, error))
        return false;
    *ret_media = g_steal_pointer(&media);
    return true;
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

static void tell_image(Build *build, const InstallEdition *edition, const MediaImage *image)
{
    const Guest *guest = build->request->guest;

    progress_line(build->progress,
                  "installing %s: image %u, %s, %s, build %u; the first logon "
                  "checks that it is %u",
                  guest->title, image->index, edition->name, image->language, image->build,
                  guest->install->build);
}

static bool prepare_windows(Build *build, GError **error)
{
    g_autoptr(Media) media = NULL;
    const InstallEdition *edition;
    const MediaImage *image;
    const char *setup_key;

    if (!check_media(build, &media, &edition, &image, error) ||
        !install_choose_setup_key(image, edition, build->request->product_key, &setup_key, error))
        return false;
    tell_image(build, edition, image);
    build->password = answer_password();
    build->media[0] = build->request->iso;
    build->media[1] = build->request->virtio;
    build->media[2] = build->answer;
    const AnswerOptions options = {.guest = build->request->guest,
                                   .edition = edition,
                                   .index = image->index,
                                   .language = image->language,
                                   .setup_key = setup_key,
                                   .product_key = build->request->product_key,
                                   .password = build->password};
    return answer_medium_make(&options, build->answer, error);
}

static bool prepare_reactos(Build *build, GError **error)
{
    const InstallRequest *request = build->request;

    if (!request->iso || request->virtio || request->edition || request->product_key) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "guest '%s' is installed from its boot medium: give --iso, and nothing else",
                    request->guest->name);
        return false;
    }
    progress_line(build->progress, "installing %s", request->guest->title);
    build->media[0] = build->answer;
    return reactos_medium_make(request->iso, build->answer, error);
}

static bool start(Build *build, GError **error)
{
    const Guest *guest = build->request->guest;
    g_autofree char *blank = g_build_filename(build->folder, guest->disk, NULL);
    const MachineConfig config = {.guest = guest,
                                  .image_folder = build->folder,
                                  .serial_log = build->serial_log,
                                  .name = "truce-install",
                                  .media = build->media};

    if (!image_create(blank, guest->install->disk_gib, error) ||
        !machine_boot(build->host, &config, BOOT_NORMAL, &build->machine, error))
        return false;
    build->began = build->written_at = g_get_monotonic_time();
    build->keys_done = !build->way->presses_keys;
    build->watch = install_watch_new(guest, build->began);
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

/* A line as the guest's script would have told it. */
static void tell(Build *build, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void tell(Build *build, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = g_strconcat("TRUCE-BUILD ", text, "\n", NULL);

    install_watch_serial(build->watch, line, strlen(line), g_get_monotonic_time());
}

/* A message box stops a setup for ever that nobody sits at: where nothing was written for a while
 * after a restart, Enter is pressed, and that is told. */
static void dismiss_dialog(Build *build, guint64 written)
{
    const gint64 now = g_get_monotonic_time();

    if (written > build->written) {
        build->written = written;
        build->written_at = now;
    }
    if (build->way->presses_keys || build->agent_answered || build->dialogs == DIALOGS_MAX ||
        install_watch_restarts(build->watch) == 0 ||
        now - build->written_at < QUIET_S * G_USEC_PER_SEC)
        return;
    build->dialogs++;
    build->written_at = now;
    build->next_screenshot = 0;
    take_screenshot(build);
    machine_press_enter(build->machine, NULL);
    tell(build, "deviation Enter was pressed where the setup stood still (see the screenshots)");
}

static bool agent_call_machine(gpointer data, const char *request, guint timeout_ms,
                               char **ret_reply, GError **error)
{
    return machine_agent_call(data, request, timeout_ms, ret_reply, error);
}

static bool agent_no_wait(gpointer data, guint ms, GError **error)
{
    (void)data;
    (void)ms;
    (void)error;
    return true;
}

/* The script tells through the agent too, where the serial port fails it. */
static void read_beacon(Build *build, Agent *agent)
{
    g_autofree char *path = g_build_filename(build->folder, "beacon.log", NULL);
    g_autofree char *text = NULL;
    gsize length;

    if (agent_file_get(agent, BEACON_LOG, path, BEACON_LOG_MAX, NULL) &&
        files_read(path, BEACON_LOG_MAX, &text, &length, NULL))
        install_watch_log(build->watch, text, length, g_get_monotonic_time());
}

/* There is no script, so the first answer of the agent that setup has left is the sign of success:
 * the guest is asked to power itself off. */
static void ask_power_off(Build *build, Agent *agent)
{
    build->agent_answered = true;
    tell(build, "step power-off");
    tell(build, "done");
    agent_shutdown(agent, AGENT_POWERDOWN, NULL);
    build->power_off_by = clock_deadline_s(POWER_OFF_TIMEOUT_S);
}

static void ask_agent(Build *build)
{
    const AgentTransport transport = {
        .call = agent_call_machine, .wait = agent_no_wait, .data = build->machine};

    if (build->agent_answered || g_get_monotonic_time() < build->next_ask ||
        install_watch_restarts(build->watch) == 0)
        return;
    build->next_ask = clock_deadline_s(AGENT_EVERY_S);
    g_autoptr(Agent) agent = agent_new(&transport);
    if (agent_ping(agent, AGENT_CALL_MS, NULL))
        build->way->on_agent(build, agent);
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
    dismiss_dialog(build, written);
    ask_agent(build);
    progress_status(build->progress, "%s, %u min, %" G_GUINT64_FORMAT " MiB written", stage,
                    minutes, written >> 20);
}

static bool fail(Build *build, GError **error, const char *what)
{
    g_autofree char *stage = install_watch_stage(build->watch);

    g_autofree char *cause = NULL;

    build->next_screenshot = 0;
    take_screenshot(build);
    guint seconds = clock_elapsed_ms(build->began) / 1000;
    if (build->way->likely_log) {
        progress_status(build->progress, "reading Setup's logs from the stopped disk");
        cause = trouble_collect(build->machine, build->host, build->folder);
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the installation of guest '%s' failed after %u s (%s): %s%s%s; screenshots and "
                "logs are in '%s'",
                build->request->guest->name, seconds, stage, what, cause ? "; " : "",
                cause ? cause : "", build->folder);
    return false;
}

/* Only after 'done' is a power-off the end. */
static bool powered_off(Build *build, GError **error)
{
    read_serial(build);
    if (install_watch_is_done(build->watch))
        return true;
    return fail(build, error, "the guest powered itself off before the first logon had ended");
}

static bool crashed(Build *build, GError **error)
{
    g_autofree char *what = g_strconcat(build->request->guest->title, " crashed", NULL);
    return fail(build, error, what);
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
        return crashed(build, error);
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

/* A system that shuts down without turning the machine off shows 'It is now safe to turn off your
 * computer' for ever: by then everything is on the disk. */
static bool is_safe_to_turn_off(Build *build)
{
    if (!build->agent_answered || clock_left_ms(build->power_off_by) > 0)
        return false;
    tell(build, "deviation the guest does not turn its machine off: the lab did");
    return true;
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
            ended = is_safe_to_turn_off(build);
        }
        if (!ended && !check_watch(build, end, error))
            return false;
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
    if (!build->way->prepare(build, error) || !start(build, error) || !watch(build, error))
        return false;
    progress_status(build->progress, "sealing the image");
    /* Only now: the password of an image that is there stays where a new build fails. */
    return seal_image(build->machine, build->request->guest, build->watch, build->state_folder,
                      error) &&
           (!build->password || keep_password(build, error));
}

static const Way way_windows = {.prepare = prepare_windows,
                                .likely_log = "Panther",
                                .presses_keys = true,
                                .on_agent = read_beacon};
static const Way way_reactos = {.prepare = prepare_reactos, .on_agent = ask_power_off};

bool install_build(Host *host, const char *state_folder, const InstallRequest *request,
                   Progress *progress, const bool *cancelled, GError **error)
{
    Build build = {.way = request->guest->install->reactos ? &way_reactos : &way_windows,
                   .host = host,
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
    g_autofree char *blank = g_build_filename(build.folder, request->guest->disk, NULL);
    build_clear(&build);
    unlink(blank); /* what the machine's overlay lay on */
    return ok;
}
