/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an unattended installation would use, as files.
 */
#include "install/dry-run.h"

#include <string.h>

#include "host/domain-xml.h"
#include "install/answer-file.h"
#include "install/reactos-medium.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

/* Stands where the user's product key would: what is written is for looking at, and for others. */
#define KEY_SHOWN "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX"

bool install_choose_edition(const Guest *guest, const char *id, const InstallEdition **ret_edition,
                            GError **error)
{
    const InstallEdition *edition = install_edition(guest->install, id);

    if (edition) {
        *ret_edition = edition;
        return true;
    }
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint i = 0; i < guest->install->editions->len; i++) {
        const InstallEdition *one = guest->install->editions->pdata[i];
        g_string_append_printf(known, "%s%s", i ? ", " : "", one->id);
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "guest '%s' has no edition '%s' (known: %s)",
                guest->name, id, known->str);
    return false;
}

char *install_settings_json(const Guest *guest)
{
    g_autoptr(cJSON) settings = cJSON_CreateObject();

    cJSON_AddStringToObject(settings, "defender", guest->install->no_defender ? "removed" : "kept");
    cJSON_AddStringToObject(settings, "release", guest->title);
    cJSON_AddNumberToObject(settings, "build", guest->install->build);
    return json_line(settings);
}

static bool write_text(const char *folder, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return files_write_atomic(path, text, strlen(text), error);
}

static bool write_domain(const InstallRequest *request, const char *folder, const char *name,
                         Accelerator accelerator, GError **error)
{
    const char *const windows[] = {request->iso ? request->iso : "/media/windows.iso",
                                   request->virtio ? request->virtio : "/media/virtio-win.iso",
                                   "/media/answer.iso", NULL};
    const char *const reactos[] = {"/media/reactos-lab.iso", NULL};
    const char *const *media = request->guest->install->reactos ? reactos : windows;
    const DomainSpec spec = {.guest = request->guest,
                             .accelerator = accelerator,
                             .owner = "/state",
                             .name = request->guest->name,
                             .uuid = "00000000-0000-4000-8000-000000000000",
                             .disk = "/state/work/disk.qcow2",
                             .nvram = "/state/work/nvram.fd",
                             .data_disk =
                                 request->guest->data_disk_gib ? "/state/work/data.qcow2" : NULL,
                             .media = media,
                             .serial_pipe = "/state/work/serial",
                             .agent_socket = "/state/work/agent"};
    g_autofree char *xml = NULL;

    return domain_xml_build(&spec, &xml, error) && write_text(folder, name, xml, error);
}

static bool write_answers(const InstallRequest *request, const char *folder, GError **error)
{
    g_autofree char *password = answer_password();
    AnswerOptions options = {.guest = request->guest,
                             .product_key = request->product_key ? KEY_SHOWN : NULL,
                             .password = password};
    g_autofree char *xml = NULL;

    if (!install_choose_edition(request->guest, request->edition, &options.edition, error))
        return false;
    options.setup_key = options.edition->setup_key;
    if (!answer_file_build(&options, &xml, error))
        return false;
    g_autofree char *table = answer_file_table(&options);
    return write_text(folder, "autounattend.xml", xml, error) &&
           write_text(folder, "answer-settings.md", table, error);
}

static bool write_script(const InstallRequest *request, const char *folder, GError **error)
{
    g_autofree char *from = files_share_path("guests/windows/first-logon.ps1");
    g_autofree char *to = g_build_filename(folder, "first-logon.ps1", NULL);
    g_autofree char *settings = install_settings_json(request->guest);

    return files_copy(from, to, error) && write_text(folder, "settings.json", settings, error);
}

static bool write_media(const InstallRequest *request, const char *folder, GError **error)
{
    const Install *install = request->guest->install;
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "# Media for %s\n\n", request->guest->title);
    g_string_append_printf(text,
                           "`--iso` %s: an x64 installation medium in %s whose install image "
                           "has the build number",
                           request->iso ? request->iso : "(not given)",
                           install->locale ? install->locale
                                           : "any language (`autounattend.xml` here is for en-US)");
    for (guint i = 0; i < install->builds->len; i++)
        g_string_append_printf(text, "%s %u", i ? " or" : "",
                               g_array_index(install->builds, guint, i));
    g_string_append_printf(text, " (that what it installs is %u, the first logon checks)",
                           install->build);
    g_string_append(text, " and holds one of these images:\n\n");
    for (guint i = 0; i < install->editions->len; i++) {
        const InstallEdition *edition = install->editions->pdata[i];
        g_string_append_printf(text, "- `--edition %s`: %s\n", edition->id, edition->name);
    }
    g_string_append_printf(text,
                           "\n`--virtio` %s: a virtio-win medium with `virtio-win-guest-tools.exe` "
                           "and the drivers of the folder `%s`.\n",
                           request->virtio ? request->virtio : "(not given)", install->drivers);
    return write_text(folder, "media.md", text->str, error);
}

static bool write_reactos(const InstallRequest *request, const char *folder, GError **error)
{
    g_autofree char *from = files_share_path("guests/reactos/first.cmd");
    g_autofree char *to = g_build_filename(folder, "first.cmd", NULL);
    g_autofree char *unattend = reactos_unattend();
    g_autofree char *table = reactos_settings_table();

    return write_text(folder, "unattend.inf", unattend, error) &&
           write_text(folder, "answer-settings.md", table, error) && files_copy(from, to, error) &&
           write_domain(request, folder, "domain.xml", ACCELERATOR_TCG, error) &&
           write_domain(request, folder, "domain-kvm.xml", ACCELERATOR_KVM, error) &&
           write_text(
               folder, "media.md",
               "# Media for ReactOS\n\n`--iso`: ReactOS' boot medium (bootcd), 32 bits. It is "
               "re-mastered with `unattend.inf` and `lab/`; it stays as it is.\n",
               error);
}

bool install_dry_run(const InstallRequest *request, const char *folder, GError **error)
{
    if (g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' exists already", folder);
        return false;
    }
    if (request->guest->install->reactos)
        return files_make_folder(folder, error) && write_reactos(request, folder, error);
    return files_make_folder(folder, error) && write_answers(request, folder, error) &&
           write_domain(request, folder, "domain.xml", ACCELERATOR_TCG, error) &&
           write_domain(request, folder, "domain-kvm.xml", ACCELERATOR_KVM, error) &&
           write_script(request, folder, error) && write_media(request, folder, error);
}
