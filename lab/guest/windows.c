/* SPDX-License-Identifier: GPL-2.0-or-later
 * Windows operations on top of the agent, by cmd.exe where the agent has no command of its own.
 *
 * Decisions rest on exit statuses and on a second look, never on what cmd.exe says: its words are
 * in the guest's language.
 */
#include "guest/windows.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

#define COMMAND_S 60
#define NAME_MAX_BYTES 255

/* One argument from *at, whose blanks were skipped. Quotes are counted so: the first opens; inside,
 * a lone one closes, and of two in a row the second is a character of the argument and closes. */
static void split_argument(const char **at, GString *argument)
{
    const char *c = *at;
    bool quoted = false;

    while (*c && (quoted || !strchr(" \t", *c))) {
        gsize backslashes = strspn(c, "\\");
        c += backslashes;
        if (*c != '"') {
            for (; backslashes > 0; backslashes--)
                g_string_append_c(argument, '\\');
            if (*c && (quoted || !strchr(" \t", *c)))
                g_string_append_c(argument, *c++);
            continue;
        }
        for (gsize i = 0; i < backslashes / 2; i++)
            g_string_append_c(argument, '\\');
        c++;
        if (backslashes % 2 == 1) {
            g_string_append_c(argument, '"');
        } else if (quoted && *c == '"') {
            g_string_append_c(argument, *c++);
            quoted = false;
        } else {
            quoted = !quoted;
        }
    }
    *at = c;
}

char **windows_split(const char *command_line)
{
    GPtrArray *argv = g_ptr_array_new();
    const char *c = command_line;

    /* The program's name knows no backslash escapes and ends at its quote, or at a blank. */
    if (*c == '"') {
        const char *end = strchrnul(++c, '"');
        g_ptr_array_add(argv, g_strndup(c, (gsize)(end - c)));
        c = *end ? end + 1 : end;
    } else if (*c) {
        gsize length = strcspn(c, " \t");
        g_ptr_array_add(argv, g_strndup(c, length));
        c += length;
    }
    while (*(c += strspn(c, " \t"))) {
        GString *argument = g_string_new(NULL);
        split_argument(&c, argument);
        g_ptr_array_add(argv, g_string_free(argument, FALSE));
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

const char *windows_base_name(const char *path)
{
    const char *name = path;
    for (const char *c = path; *c; c++)
        if (*c == '\\' || *c == '/')
            name = c + 1;
    return name;
}

/* A path as cmd.exe takes it: backslashes only, because it reads slashes as options, and none at
 * the end. NULL where it holds what cmd.exe would not take for a part of a path: the agent in the
 * guest puts quotes only around what has blanks, and %NAME% is replaced even inside them. */
static char *command_path(const char *path, const char *refused, GError **error)
{
    bool control = false;
    for (const char *c = path; *c; c++)
        control |= g_ascii_iscntrl(*c);
    if (!*path || control || strpbrk(path, refused)) {
        g_autofree char *shown = text_printable(path, strlen(path), NAME_MAX_BYTES);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the guest path '%s' is empty or holds one of %s or a control character", shown,
                    refused);
        return NULL;
    }
    char *copy = g_strdelimit(g_strdup(path), "/", '\\');
    for (gsize end = strlen(copy); end > 0 && copy[end - 1] == '\\'; end--)
        copy[end - 1] = '\0';
    return copy;
}

#define NOT_IN_PATTERN "\"%^&|<>,;="
#define NOT_IN_PATH NOT_IN_PATTERN "*?"

/* Runs `cmd.exe /c <command> "<path>"`. */
static bool run_on(Agent *agent, const char *command, const char *path, AgentExecResult *ret_result,
                   GError **error)
{
    g_autofree char *line = g_strdup_printf("cmd.exe /c %s \"%s\"", command, path);
    return agent_exec(agent, line, COMMAND_S, ret_result, error);
}

bool windows_make_folder(Agent *agent, const char *path, GError **error)
{
    g_autofree char *folder = command_path(path, NOT_IN_PATH, error);
    g_auto(AgentExecResult) made = {0};
    g_auto(AgentExecResult) looked = {0};

    if (!folder || !run_on(agent, "mkdir", folder, &made, error))
        return false;
    if (made.exit_code == 0)
        return true;
    /* mkdir fails alike for a folder that exists and for one that cannot be made. */
    if (!run_on(agent, "cd /d", folder, &looked, error))
        return false;
    if (looked.exit_code == 0)
        return true;
    g_autofree char *said = text_printable(made.err, strlen(made.err), 300);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                "cannot make the folder '%s' in the guest: %s", path, said);
    return false;
}

static bool safe_name(const char *name)
{
    for (const char *c = name; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)) || *c == '/' || *c == '\\')
            return false;
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX_BYTES;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Takes the names, one a line, out of what `dir /b` printed. It lists by short names too: `*.sys`
 * gives `C-1.sysold` (Microsoft Learn, "Naming Files, Paths, and Namespaces"). */
static bool take_names(const AgentExecResult *result, const char *pattern, GPtrArray *names,
                       GError **error)
{
    g_auto(GStrv) lines = g_strsplit(result->out, "\n", -1);
    g_autofree char *lower = g_utf8_strdown(pattern, -1);
    g_autoptr(GPatternSpec) spec = g_pattern_spec_new(lower);
    guint count = g_strv_length(lines);

    /* What follows the last line end is empty, or a name that was cut. */
    for (guint i = 0; i + 1 < count; i++) {
        gsize length = strcspn(lines[i], "\r");
        if (lines[i][length] == '\r' && lines[i][length + 1] == '\0')
            lines[i][length] = '\0';
        if (!*lines[i])
            continue;
        if (!safe_name(lines[i])) {
            g_autofree char *shown = text_printable(lines[i], strlen(lines[i]), NAME_MAX_BYTES);
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                        "the guest lists a file by the name '%s', which is none", shown);
            return false;
        }
        g_autofree char *name = g_utf8_strdown(lines[i], -1);
        if (g_pattern_spec_match_string(spec, name))
            g_ptr_array_add(names, g_strdup(lines[i]));
    }
    return true;
}

bool windows_list_files(Agent *agent, const char *folder, const char *pattern, guint limit,
                        GPtrArray **ret_names, GError **error)
{
    g_autofree char *parent = command_path(folder, NOT_IN_PATH, error);
    g_autofree char *what = parent ? command_path(pattern, NOT_IN_PATTERN "\\/", error) : NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_auto(AgentExecResult) result = {0};

    if (!what)
        return false;
    g_autofree char *path = g_strdup_printf("%s\\%s", parent, what);
    if (!run_on(agent, "dir /b /a-d", path, &result, error))
        return false;
    /* dir fails where nothing matches. */
    if (result.exit_code == 0 && !take_names(&result, what, names, error))
        return false;
    g_ptr_array_sort(names, compare_names);
    if (names->len > limit)
        g_ptr_array_set_size(names, (int)limit);
    *ret_names = g_steal_pointer(&names);
    return true;
}

/* Whether a file is there, also one that its user keeps others from opening. */
static bool is_listed(Agent *agent, const char *path, bool *ret_listed, GError **error)
{
    const char *base = windows_base_name(path);
    g_autofree char *folder = g_strndup(path, (gsize)(base - path));
    g_autoptr(GPtrArray) names = NULL;

    if (!windows_list_files(agent, *folder ? folder : ".", base, G_MAXINT, &names, error))
        return false;
    *ret_listed = false;
    for (guint i = 0; i < names->len; i++)
        *ret_listed |= g_ascii_strcasecmp(g_ptr_array_index(names, i), base) == 0;
    return true;
}

/* As windows_file_exists(), for a path of command_path(). */
static bool is_there(Agent *agent, const char *file, bool *ret_there, GError **error)
{
    return agent_file_exists(agent, file, ret_there, error) &&
           (*ret_there || is_listed(agent, file, ret_there, error));
}

bool windows_file_exists(Agent *agent, const char *path, bool *ret_exists, GError **error)
{
    g_autofree char *file = command_path(path, NOT_IN_PATH, error);
    bool there;

    if (!file || !is_there(agent, file, &there, error))
        return false;
    *ret_exists = there;
    return true;
}

bool windows_delete_file(Agent *agent, const char *path, bool *ret_existed, GError **error)
{
    /* Without /a Windows leaves hidden files; ReactOS refuses it, and takes them without. */
    static const char *const ways[] = {"del /f /q /a", "del /f /q"};
    g_autofree char *file = command_path(path, NOT_IN_PATH, error);
    g_auto(AgentExecResult) result = {0};
    bool there;

    if (!file || !is_there(agent, file, &there, error))
        return false;
    *ret_existed = there;
    for (guint i = 0; i < G_N_ELEMENTS(ways) && there; i++) {
        agent_exec_result_clear(&result);
        if (!run_on(agent, ways[i], file, &result, error) || !is_listed(agent, file, &there, error))
            return false;
    }
    if (there) {
        g_autofree char *said = text_printable(result.err, strlen(result.err), 300);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "cannot delete '%s' in the guest: %s",
                    path, said);
        return false;
    }
    return true;
}
