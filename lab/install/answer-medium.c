/* SPDX-License-Identifier: GPL-2.0-or-later
 * The answer medium.
 */
#include "install/answer-medium.h"

#include <string.h>

#include "install/dry-run.h"
#include "util/files.h"
#include "util/proc.h"

#define XORRISO_TIMEOUT_S 60

static bool write_files(const AnswerOptions *options, const char *folder, GError **error)
{
    g_autofree char *ours = g_build_filename(folder, "truce", NULL);
    g_autofree char *answers = g_build_filename(folder, "autounattend.xml", NULL);
    g_autofree char *script = g_build_filename(ours, "first-logon.ps1", NULL);
    g_autofree char *settings = g_build_filename(ours, "settings.json", NULL);
    g_autofree char *from = files_share_path("guests/windows/first-logon.ps1");
    g_autofree char *json = install_settings_json(options->guest);
    g_autofree char *xml = NULL;

    return answer_file_build(options, &xml, error) && files_make_folder(ours, error) &&
           files_write_atomic(answers, xml, strlen(xml), error) &&
           files_copy(from, script, error) &&
           files_write_atomic(settings, json, strlen(json), error);
}

bool answer_medium_make(const AnswerOptions *options, const char *path, GError **error)
{
    g_autofree char *folder = g_strconcat(path, ".files", NULL);
    const char *const argv[] = {"xorriso", "-as",   "mkisofs", "-quiet", "-J",   "-R",
                                "-V",      "TRUCE", "-o",      path,     folder, NULL};
    const ProcOptions tool = {.timeout_s = XORRISO_TIMEOUT_S};

    bool ok = write_files(options, folder, error) && proc_run(argv, &tool, error);
    files_remove_tree(folder, NULL);
    return ok;
}
