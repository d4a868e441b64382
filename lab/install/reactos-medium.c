/* SPDX-License-Identifier: GPL-2.0-or-later
 * ReactOS' boot medium, re-mastered.
 */
#include "install/reactos-medium.h"

#include <string.h>

#include "install/media.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define XORRISO_TIMEOUT_S 600
#define SCRIPT_MAX 65536

static const struct {
    const char *section, *name, *value, *why;
} settings[] = {
    {"Unattend", "Signature", "\"$ReactOS$\"", "Setup reads no other file"},
    {"Unattend", "UnattendSetupEnabled", "yes", "no questions"},
    {"Unattend", "DestinationDiskNumber", "0", "the only disk"},
    {"Unattend", "DestinationPartitionNumber", "1", "made by AutoPartition"},
    {"Unattend", "InstallationDirectory", "Windows",
     "the packs' paths are the same as on a Windows"},
    {"Unattend", "BootLoaderLocation", "2", "boot sectors of disk and partition"},
    {"Unattend", "FormatPartition", "1", "the disk is blank"},
    {"Unattend", "AutoPartition", "1", "one partition over the whole disk"},
    {"Unattend", "FsType", "0", "FAT: mtools read and mend it while the machine is off"},
    {"Unattend", "DisableGeckoInst", "yes", "it would ask for a download"},
    {"Unattend", "FullName", "\"Truce\"", "the second stage asks otherwise"},
    {"Unattend", "ComputerName", "\"TRUCE\"", "the same in every clone; there is no network"},
    {"Unattend", "TimeZoneIndex", "85", "GMT: logs of guest and lab agree"},
    {"Unattend", "LocaleID", "409", "en-US"},
    {"Unattend", "ProductOption", "0", "the server variant"},
};
#define RUN_ONCE "%SystemRoot%\\system32\\cmd.exe /c D:\\lab\\first.cmd"

char *reactos_unattend(void)
{
    GString *text = g_string_new(NULL);
    const char *section = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (g_strcmp0(section, settings[i].section) != 0)
            g_string_append_printf(text, "[%s]\r\n", settings[i].section);
        section = settings[i].section;
        g_string_append_printf(text, "%s = %s\r\n", settings[i].name, settings[i].value);
    }
    g_string_append(text, "\r\n[GuiRunOnce]\r\n" RUN_ONCE "\r\n");
    return g_string_free(text, FALSE);
}

char *reactos_settings_table(void)
{
    GString *text =
        g_string_new("| section | setting | value | why |\n| --- | --- | --- | --- |\n");

    for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
        g_string_append_printf(text, "| %s | %s | `%s` | %s |\n", settings[i].section,
                               settings[i].name, settings[i].value, settings[i].why);
    g_string_append(text,
                    "| GuiRunOnce | | `" RUN_ONCE "` | leaves the agent, at the first desktop; "
                    "the CD drive is D: because there is one partition |\n");
    return g_string_free(text, FALSE);
}

/* What the build put into the share folder; free with g_free(). */
static bool find_shared(const char *name, char **ret_path, GError **error)
{
    g_autofree char *sub = g_build_filename("guests/reactos", name, NULL);
    g_autofree char *path = files_share_path(sub);

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "'%s' is missing: build the target 'reactos' (ninja reactos), which needs "
                    "i686-w64-mingw32-gcc",
                    path);
        return false;
    }
    *ret_path = g_steal_pointer(&path);
    return true;
}

/* cmd.exe's own line ends, as in unattend.inf. */
static bool write_script(const char *folder, GError **error)
{
    g_autofree char *to = g_build_filename(folder, "first.cmd", NULL);
    g_autofree char *from = NULL, *text = NULL;
    gsize length;

    if (!find_shared("first.cmd", &from, error) ||
        !files_read(from, SCRIPT_MAX, &text, &length, error))
        return false;
    g_autoptr(GString) script = g_string_new_len(text, (gssize)length);
    g_string_replace(script, "\n", "\r\n", 0);
    return files_write_atomic(to, script->str, script->len, error);
}

/* Under a name of plain ISO 9660, which is all that ReactOS reads: xorriso writes `-` as `_`. */
static bool copy_agent(const char *folder, GError **error)
{
    g_autofree char *to = g_build_filename(folder, "agent.exe", NULL);
    g_autofree char *from = NULL;

    return find_shared("truce-agent.exe", &from, error) && files_copy(from, to, error);
}

static bool write_files(const char *folder, const char *unattend, GError **error)
{
    g_autofree char *text = reactos_unattend();

    return files_make_folder(folder, error) && write_script(folder, error) &&
           copy_agent(folder, error) && files_write_atomic(unattend, text, strlen(text), error);
}

bool reactos_medium_make(const char *iso, const char *to, GError **error)
{
    g_autofree char *folder = g_strconcat(to, ".files", NULL);
    g_autofree char *unattend = g_strconcat(to, ".inf", NULL);
    const char *const argv[] = {"xorriso",
                                "-indev",
                                iso,
                                "-outdev",
                                to,
                                "-boot_image",
                                "any",
                                "replay",
                                "-map",
                                unattend,
                                "/reactos/unattend.inf",
                                "-map",
                                folder,
                                "/lab",
                                "-commit",
                                NULL};
    const ProcOptions tool = {.timeout_s = XORRISO_TIMEOUT_S};

    if (!media_holds(iso, "reactos/unattend.inf", error)) {
        g_prefix_error(error, "'%s' is no boot medium of ReactOS: ", iso);
        return false;
    }
    bool ok = write_files(folder, unattend, error) && proc_run(argv, &tool, error);
    files_remove_tree(folder, NULL);
    files_remove_tree(unattend, NULL);
    return ok;
}
