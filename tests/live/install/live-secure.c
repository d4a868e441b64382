/* SPDX-License-Identifier: GPL-2.0-or-later
 * A whole installation on a machine with Secure Boot and a TPM, from a medium whose boot loader and
 * kernel are signed: key prompt, restart, first logon, sealed image with the firmware's variables
 * and the TPM's state.
 *
 * TRUCE_LIVE_STATE: the state folder. TRUCE_MEDIA: the folder that make-media.sh and
 * secure/make-medium.sh filled.
 */
#include <string.h>

#include "install/build.h"
#include "util/clock.h"
#include "util/json.h"

#define WORD "word " /* what the first logon left in firmware and TPM */

static Host *host;
static Guest *guest;
static const char *state;

static void test_build(void)
{
    g_autofree char *iso = g_build_filename(g_getenv("TRUCE_MEDIA"), "secure.iso", NULL);
    g_autofree char *virtio = g_build_filename(g_getenv("TRUCE_MEDIA"), "virtio.iso", NULL);
    g_autofree char *manifest =
        g_build_filename(state, "guests", guest->name, "manifest.json", NULL);
    const InstallRequest request = {.guest = guest, .iso = iso, .virtio = virtio};
    g_autoptr(Progress) progress = progress_new(/* quiet */ true);
    const gint64 began = g_get_monotonic_time();
    g_autoptr(cJSON) value = NULL;
    g_autoptr(GError) error = NULL;
    bool cancelled = false;

    install_build(host, state, &request, progress, &cancelled, &error);
    g_assert_no_error(error);
    g_test_message("built and sealed after %u s", clock_elapsed_ms(began) / 1000);
    g_assert_true(json_read_file(manifest, 65536, &value, &error));
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(value, "files");
    g_assert_nonnull(cJSON_GetObjectItemCaseSensitive(files, "nvram.fd"));
    g_assert_nonnull(cJSON_GetObjectItemCaseSensitive(files, "tpm2-00.permall"));
    g_assert_cmpstr(
        json_string(cJSON_GetObjectItemCaseSensitive(value, "protections"), "secureBoot", ""), ==,
        "True");
    const char *told = cJSON_GetStringValue(
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(value, "deviations"), 0));
    g_assert_true(told && g_str_has_prefix(told, WORD));
    g_assert_cmpuint(strlen(told + strlen(WORD)), ==, 32);
}

int main(int argc, char **argv)
{
    g_autofree char *recipe = g_build_filename(TRUCE_TEST_DATA, "secure", "guest.xml", NULL);
    g_autofree char *iso = g_build_filename(g_getenv("TRUCE_MEDIA"), "secure.iso", NULL);
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    if (!g_file_test(iso, G_FILE_TEST_EXISTS)) {
        g_print("1..0 # SKIP no signed boot loader: shim-signed, grub-efi-amd64-signed\n");
        return 77;
    }
    state = g_getenv("TRUCE_LIVE_STATE");
    if (!guest_read(recipe, &guest, &error) || !host_open(NULL, state, &host, &error))
        g_error("%s", error->message);
    g_test_add_func("/secure/build", test_build);
    int status = g_test_run();
    host_close(host);
    guest_free(guest);
    return status;
}
