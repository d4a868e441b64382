/* SPDX-License-Identifier: GPL-2.0-or-later
 * Windows operations: how command lines are split, and files and folders by cmd.exe.
 */
#include "guest/windows.h"

#include <string.h>

#include "fake-agent.h"

#define EXEC_OF(command)                                                                           \
    "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"cmd.exe\", \"arg\": "               \
    "[\"/c\", " command "]}}"
#define STARTED "{\"return\": {\"pid\": 7}}"
#define STATUS "{\"execute\": \"guest-exec-status\"}"
#define ENDED_0 "{\"return\": {\"exited\": true, \"exitcode\": 0}}"
/* "Datei existiert.\r\n": what cmd.exe says is in the guest's language. */
#define ENDED_1                                                                                    \
    "{\"return\": {\"exited\": true, \"exitcode\": 1, \"err-data\": "                              \
    "\"RGF0ZWkgZXhpc3RpZXJ0Lg0K\"}}"
#define OPEN "{\"execute\": \"guest-file-open\"}"
#define CLOSE "{\"execute\": \"guest-file-close\"}"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"nein\"}}"

/* The first block: Microsoft, "Parsing C command-line arguments" and CommandLineToArgvW. The rest
 * was seen from shell32's own CommandLineToArgvW as Wine 8.0 has it, whose behaviour Wine's tests
 * compare with Windows'. */
static const struct {
    const char *line;
    const char *argv[8];
} splits[] = {
    {"p \"a b c\" d e", {"p", "a b c", "d", "e"}},
    {"p \"ab\\\"c\" \"\\\\\" d", {"p", "ab\"c", "\\", "d"}},
    {"p a\\\\\\b d\"e f\"g h", {"p", "a\\\\\\b", "de fg", "h"}},
    {"p a\\\\\\\"b c d", {"p", "a\\\"b", "c", "d"}},
    {"p a\\\\\\\\\"b c\" d e", {"p", "a\\\\b c", "d", "e"}},
    /* The C runtime since 2008 keeps reading inside the quotes here: ab" c d. This function ends
     * them. */
    {"p a\"b\"\" c d", {"p", "ab\"", "c", "d"}},

    {"", {NULL}},
    {" ", {""}},
    {" p a", {"", "p", "a"}},
    {"p", {"p"}},
    {"p  \t a \t", {"p", "a"}},
    {"p \"\"", {"p", ""}},
    {"p \"\" a", {"p", "", "a"}},
    {"p \"", {"p", ""}},
    {"p \"a", {"p", "a"}},
    {"p \"a b\\", {"p", "a b\\"}},
    {"p \\", {"p", "\\"}},
    {"p \\\\ a", {"p", "\\\\", "a"}},
    {"p \\\"", {"p", "\""}},
    {"p \\\\\"", {"p", "\\"}},
    {"p \\\\\"a b\" c", {"p", "\\a b", "c"}},
    {"p \"a\\ b\"", {"p", "a\\ b"}},
    {"p \"\"\"", {"p", "\""}},
    {"p \"\"\"a b", {"p", "\"a", "b"}},
    {"p \"\"\"\"a b", {"p", "\"a b"}},
    {"p \"\"\"\"\" a", {"p", "\"", "a"}},
    {"p \"\"\"\"\"\" a", {"p", "\"\"", "a"}},
    {"p \"a\"\"b c\"d", {"p", "a\"b", "cd"}},
    {"p \"a\"b\"c d\"e", {"p", "abc de"}},
    {"p \"a\\\"\" b", {"p", "a\"", "b"}},
    {"p a\"\"b", {"p", "ab"}},
    /* The program's name: no escapes, quotes only at its start. */
    {"\"C:\\a b\\p.exe\" x", {"C:\\a b\\p.exe", "x"}},
    {"\"C:\\a b\\\" x", {"C:\\a b\\", "x"}},
    {"\"p\"x y", {"p", "x", "y"}},
    {"\"p\"\"x y\"", {"p", "x y"}},
    {"\"p q", {"p q"}},
    {"\"", {""}},
    {"p\"q r\" s", {"p\"q", "r s"}},
    {"p\\\"q r", {"p\\\"q", "r"}},
    {"p\ta\tb", {"p", "a", "b"}},
    {"p a\nb", {"p", "a\nb"}},
    {"p \"\xC3\xA4 \xC3\xB6\"", {"p", "\xC3\xA4 \xC3\xB6"}},
};

static void test_split(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(splits); i++) {
        g_auto(GStrv) argv = windows_split(splits[i].line);
        g_test_message("%s", splits[i].line);
        for (guint j = 0; splits[i].argv[j]; j++)
            g_assert_cmpstr(argv[j], ==, splits[i].argv[j]);
        g_assert_true(g_strv_equal((const char *const *)argv, splits[i].argv));
    }
}

static void test_base_name(void)
{
    g_assert_cmpstr(windows_base_name("C:\\a\\b.sys"), ==, "b.sys");
    g_assert_cmpstr(windows_base_name("C:\\a/b.sys"), ==, "b.sys");
    g_assert_cmpstr(windows_base_name("\\SystemRoot\\system32\\DRIVERS\\x.sys"), ==, "x.sys");
    g_assert_cmpstr(windows_base_name("b.sys"), ==, "b.sys");
    g_assert_cmpstr(windows_base_name("C:\\a\\"), ==, "");
    g_assert_cmpstr(windows_base_name(""), ==, "");
}

static void test_make_folder(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC_OF("\"mkdir\", \"C:\\\\Program Files\\\\x\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"mkdir\", \"C:\\\\x\""), STARTED), /* is there already */
        FAKE_ANSWERS(STATUS, ENDED_1),
        FAKE_ANSWERS(EXEC_OF("\"cd\", \"/d\", \"C:\\\\x\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"mkdir\", \"C:\\\\x\""), STARTED), /* a file is in the way */
        FAKE_ANSWERS(STATUS, ENDED_1),
        FAKE_ANSWERS(EXEC_OF("\"cd\", \"/d\", \"C:\\\\x\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_1),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(windows_make_folder(agent, "C:\\Program Files/x\\", &error));
    g_assert_true(windows_make_folder(agent, "C:\\x", &error));
    g_assert_no_error(error);
    g_assert_false(windows_make_folder(agent, "C:\\x", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "Datei existiert."));
    g_assert_null(strchr(error->message, '\r'));
}

/* None of these may reach cmd.exe. */
static void test_refused_paths(void)
{
    static const char *const paths[] = {
        "",        "C:\\a\" & del \"", "C:\\a&b", "C:\\%TEMP%", "C:\\a|b", "C:\\a>b",  "C:\\a<b",
        "C:\\a^b", "C:\\a*",           "C:\\a?",  "C:\\a;b",    "C:\\a,b", "C:\\a\nb", "C:\\a\x7F",
    };
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(FakeAgent) fake = fake_agent_new(NULL, 0);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) names = NULL;
        bool existed;
        g_assert_false(windows_make_folder(agent, paths[i], &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_clear_error(&error);
        g_assert_false(windows_delete_file(agent, paths[i], &existed, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_clear_error(&error);
        g_assert_false(windows_file_exists(agent, paths[i], &existed, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_clear_error(&error);
        g_assert_false(windows_list_files(agent, paths[i], "*", 10, &names, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_clear_error(&error);
    }
    static const char *const patterns[] = {"", "..\\*", "a/b", "*.dmp & x", "%x%"};
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(FakeAgent) fake = fake_agent_new(NULL, 0);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) names = NULL;
        g_assert_false(windows_list_files(agent, "C:\\x", patterns[i], 10, &names, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

/* What a program printed, as the agent brings it. */
static char *ended_with(const char *out, int exit_code)
{
    g_autofree char *data = g_base64_encode((const guchar *)out, strlen(out));
    return g_strdup_printf(
        "{\"return\": {\"exited\": true, \"exitcode\": %d, \"out-data\": \"%s\"}}", exit_code,
        data);
}

static GPtrArray *list(const char *printed, int exit_code, guint limit, GError **error)
{
    g_autofree char *reply = ended_with(printed, exit_code);
    const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\*.dmp\""), STARTED),
        FAKE_ANSWERS(STATUS, reply),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 2);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    GPtrArray *names = NULL;
    bool listed = windows_list_files(agent, "C:\\a b\\", "*.dmp", limit, &names, error);
    g_assert_true(listed == (names != NULL));
    return names;
}

static void assert_list(const char *printed, int exit_code, guint limit, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = list(printed, exit_code, limit, &error);
    g_assert_no_error(error);
    g_ptr_array_add(names, NULL);
    g_autofree char *joined = g_strjoinv("|", (char **)names->pdata);
    g_assert_cmpstr(joined, ==, wanted);
}

static void test_list_files(void)
{
    assert_list("b 2.dmp\r\na.dmp\r\nC.dmp\r\n", 0, 10, "C.dmp|a.dmp|b 2.dmp");
    assert_list("b.dmp\na.dmp\n\n", 0, 10, "a.dmp|b.dmp");
    assert_list("c.dmp\r\nb.dmp\r\na.dmp\r\n", 0, 2, "a.dmp|b.dmp");
    /* found by its short name, ABCDEF~1.DMP */
    assert_list("abcdefgh.dmpold\r\nA.DMP\r\n", 0, 10, "A.DMP");
    assert_list("", 0, 10, "");
    assert_list("Datei nicht gefunden\r\n", 1, 10, "");
    assert_list("whole.dmp\r\ncut.d", 0, 10, "whole.dmp");
    assert_list("M\xC3\xA4rz.dmp\r\n", 0, 10, "M\xC3\xA4rz.dmp");
}

static void test_list_files_hostile(void)
{
    g_autofree char *long_name = g_strnfill(256, 'x');
    g_autofree char *long_line = g_strconcat(long_name, "\n", NULL);
    const char *const prints[] = {
        "..\r\n",
        ".\r\n",
        "../../etc/passwd\r\n",
        "..\\x\r\n",
        "C:\\x.dmp\r\n",
        "a\x1B[2Jb\r\n",
        "a\rb\r\n",
        "a\r\r\n",
        "a\xC2\x9B"
        "b\n",
        "\xE2\x80\xA8/\n",
        long_line,
    };
    for (guint i = 0; i < G_N_ELEMENTS(prints); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(list(prints[i], 0, 10, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_true(g_str_is_ascii(error->message) || g_utf8_validate(error->message, -1, NULL));
    }
}

static void test_file_exists(void)
{
    g_autofree char *held = ended_with("F\r\n", 0);
    g_autofree char *other_name = ended_with("f.old\r\n", 0);
    const FakeAgentStep script[] = {
        /* can be opened */
        FAKE_ANSWERS(OPEN, "{\"return\": 1}"),
        FAKE_ANSWERS(CLOSE, "{\"return\": {}}"),
        /* cannot be opened, and is not there */
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_1),
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, other_name),
        /* cannot be opened, because something holds it */
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, held),
        /* nonsense is no absence */
        FAKE_ANSWERS(OPEN, "garbage"),
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_FAILS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), TRUCE_ERROR_GUEST),
    };
    static const bool wanted[] = {true, false, false, true};
    static const TruceError failures[] = {TRUCE_ERROR_AGENT, TRUCE_ERROR_GUEST};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);

    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autoptr(GError) error = NULL;
        bool exists = !wanted[i];
        g_assert_true(windows_file_exists(agent, "C:/a b\\f", &exists, &error));
        g_assert_no_error(error);
        g_assert_cmpint(exists, ==, wanted[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autoptr(GError) error = NULL;
        bool exists = false;
        g_assert_false(windows_file_exists(agent, "C:\\a b\\f", &exists, &error));
        g_assert_error(error, TRUCE_ERROR, (int)failures[i]);
    }
}

static void test_delete_file(void)
{
    g_autofree char *other_name = ended_with("F.old\r\n", 0);
    g_autofree char *still_there = ended_with("F\r\n", 0);
    const FakeAgentStep script[] = {
        /* is there, goes */
        FAKE_ANSWERS(OPEN, "{\"return\": 1}"),
        FAKE_ANSWERS(CLOSE, "{\"return\": {}}"),
        FAKE_ANSWERS(EXEC_OF("\"del\", \"/f\", \"/q\", \"/a\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_1),
        /* was not there */
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_1),
        /* is a folder, whose files are listed: nothing is deleted */
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, other_name),
        /* cannot be opened, because its driver holds it, and cannot be deleted */
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, still_there),
        FAKE_ANSWERS(EXEC_OF("\"del\", \"/f\", \"/q\", \"/a\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, still_there),
        FAKE_ANSWERS(EXEC_OF("\"del\", \"/f\", \"/q\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, still_there),
        /* ReactOS refuses /a, and deletes without it */
        FAKE_ANSWERS(OPEN, "{\"return\": 1}"),
        FAKE_ANSWERS(CLOSE, "{\"return\": {}}"),
        FAKE_ANSWERS(EXEC_OF("\"del\", \"/f\", \"/q\", \"/a\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, still_there),
        FAKE_ANSWERS(EXEC_OF("\"del\", \"/f\", \"/q\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_0),
        FAKE_ANSWERS(EXEC_OF("\"dir\", \"/b\", \"/a-d\", \"C:\\\\a b\\\\f\""), STARTED),
        FAKE_ANSWERS(STATUS, ENDED_1),
        /* the guest crashes under it */
        FAKE_FAILS(OPEN, TRUCE_ERROR_GUEST),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    bool existed = false;

    g_assert_true(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_no_error(error);
    g_assert_true(existed);
    g_assert_true(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_false(existed);
    existed = true;
    g_assert_true(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_no_error(error);
    g_assert_false(existed);
    g_assert_false(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_clear_error(&error);
    g_assert_true(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_true(existed);
    g_assert_false(windows_delete_file(agent, "C:\\a b\\f", &existed, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/windows/split", test_split);
    g_test_add_func("/windows/base-name", test_base_name);
    g_test_add_func("/windows/make-folder", test_make_folder);
    g_test_add_func("/windows/refused-paths", test_refused_paths);
    g_test_add_func("/windows/list-files", test_list_files);
    g_test_add_func("/windows/list-files/hostile", test_list_files_hostile);
    g_test_add_func("/windows/file-exists", test_file_exists);
    g_test_add_func("/windows/delete-file", test_delete_file);
    return g_test_run();
}
