/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whole installations from stand-in media: prompt for a key, answer file, restart, first logon,
 * sealed image; and the ways in which they fail. Runs real machines.
 *
 * TRUCE_LIVE_STATE: the state folder. TRUCE_MEDIA: the folder that make-media.sh filled.
 */
#include "install/build.h"

#include <string.h>

#include "host/image.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

static Host *host;
static Guest *guest;
static const char *state;

static bool cancelled;

static bool build(const char *iso, GError **error)
{
    g_autofree char *name = g_strconcat(iso, ".iso", NULL);
    g_autofree char *windows = g_build_filename(g_getenv("TRUCE_MEDIA"), name, NULL);
    g_autofree char *virtio = g_build_filename(g_getenv("TRUCE_MEDIA"), "virtio.iso", NULL);
    const InstallRequest request = {.guest = guest, .iso = windows, .virtio = virtio};
    g_autoptr(Progress) progress = progress_new(/* quiet */ true);

    return install_build(host, state, &request, progress, &cancelled, error);
}

static bool has_image(void)
{
    g_autoptr(Image) image = NULL;
    return image_open(state, guest->name, &image, NULL);
}

/* What a person looks at afterwards; nothing secret, and no disk. */
static void expect_kept(const char *folder)
{
    static const struct {
        const char *name;
        bool kept;
    } files[] = {{"screen-0001.png", true},
                 {"serial.log", true},
                 {"answer.iso", false},
                 {"disk.qcow2", false}};

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        g_assert_cmpint(g_file_test(path, G_FILE_TEST_EXISTS), ==, files[i].kept);
    }
}

static void test_healthy(void)
{
    g_autofree char *manifest =
        g_build_filename(state, "guests", guest->name, "manifest.json", NULL);
    g_autofree char *folder = g_build_filename(state, "builds", guest->name, NULL);
    g_autoptr(cJSON) value = NULL;
    g_autoptr(GError) error = NULL;

    build("healthy", &error);
    g_assert_no_error(error);
    g_assert_true(has_image());
    g_assert_true(json_read_file(manifest, 65536, &value, &error));
    const cJSON *deviations = cJSON_GetObjectItemCaseSensitive(value, "deviations");
    g_assert_cmpint(cJSON_GetArraySize(deviations), ==, 1);
    g_assert_cmpstr(cJSON_GetArrayItem(deviations, 0)->valuestring, ==, "a stand-in, no Windows");
    g_assert_cmpstr(
        json_string(cJSON_GetObjectItemCaseSensitive(value, "protections"), "secureBoot", ""), ==,
        "not supported");
    expect_kept(folder);
}

static char *password_kept(void)
{
    g_autofree char *name = g_strconcat(guest->name, ".administrator", NULL);
    g_autofree char *path = g_build_filename(state, "guests", name, NULL);
    char *password = NULL;
    return g_file_get_contents(path, &password, NULL, NULL) ? password : NULL;
}

/* The image of before stays, and its password; screenshots and log are there, the answer medium is
 * not. */
static void expect_failure(const char *iso, const char *part)
{
    g_autofree char *folder = g_build_filename(state, "builds", guest->name, NULL);
    g_autofree char *screen = g_build_filename(folder, "screen-0001.png", NULL);
    g_autofree char *answer = g_build_filename(folder, "answer.iso", NULL);
    g_autoptr(GError) error = NULL;
    const bool had = has_image();
    g_autofree char *before = password_kept();

    g_assert_false(build(iso, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_true(g_file_test(screen, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(answer, G_FILE_TEST_EXISTS));
    g_assert_cmpint(has_image(), ==, had);
    g_autofree char *after = password_kept();
    g_assert_cmpstr(after, ==, before);
}

static void test_stall(void)
{
    expect_failure("stall", "did not get beyond this stage");
}

static void test_logon_fails(void)
{
    expect_failure("logon-fails", "the first logon's step drivers-and-agent: no medium holds");
}

static void test_early_off(void)
{
    expect_failure("early-off", "powered itself off before the first logon had ended");
}

static void test_wrong_medium(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(build("no-windows", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "no installation medium of Windows"));
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *recipe = g_build_filename(TRUCE_TEST_DATA, "guest.xml", NULL);

    g_test_init(&argc, &argv, NULL);
    state = g_getenv("TRUCE_LIVE_STATE");
    if (!guest_read(recipe, &guest, &error) || !host_open(NULL, state, &host, &error))
        g_error("%s", error->message);
    g_test_add_func("/install/wrong-medium", test_wrong_medium);
    g_test_add_func("/install/healthy", test_healthy);
    g_test_add_func("/install/logon-fails", test_logon_fails);
    g_test_add_func("/install/early-off", test_early_off);
    g_test_add_func("/install/stall", test_stall);
    int status = g_test_run();
    host_close(host);
    guest_free(guest);
    return status;
}
