/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files of the guest: pieces, short writes, limits, hostile counts, and nothing left behind.
 */
#include "fake-agent.h"

#include <string.h>

#include <glib/gstdio.h>

#include "util/files.h"

#define OPEN_R                                                                                     \
    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\f\", \"mode\": \"r\"}}"
#define OPEN_RB                                                                                    \
    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\f\", \"mode\": \"rb\"}}"
#define OPEN_WB                                                                                    \
    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\f\", \"mode\": \"wb\"}}"
#define HANDLE "{\"return\": 1000}"
#define READ "{\"execute\": \"guest-file-read\", \"arguments\": {\"handle\": 1000}}"
#define WRITE "{\"execute\": \"guest-file-write\", \"arguments\": {\"handle\": 1000}}"
#define CLOSE "{\"execute\": \"guest-file-close\", \"arguments\": {\"handle\": 1000}}"
#define CLOSED "{\"return\": {}}"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"cannot find the file\"}}"

typedef struct {
    char *folder;
    char *path; /* a file in it, not made */
} Scratch;

static void set_up(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    scratch->folder = g_dir_make_tmp("truce-agent-XXXXXX", NULL);
    scratch->path = g_build_filename(scratch->folder, "kept", NULL);
}

static void tear_down(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(scratch->folder, NULL));
    g_free(scratch->folder);
    g_free(scratch->path);
}

static guint entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void assert_kept(const Scratch *scratch, const char *wanted)
{
    g_autofree char *data = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(scratch->path, &data, &length, NULL));
    g_assert_cmpmem(data, length, wanted, strlen(wanted));
    g_assert_cmpuint(entries(scratch->folder), ==, 1);
}

static void test_exists(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_R, HANDLE),
        FAKE_ANSWERS(CLOSE, CLOSED),
        FAKE_ANSWERS(OPEN_R, REFUSED),
        FAKE_ANSWERS(OPEN_R, "garbage"),
        FAKE_ANSWERS(OPEN_R, "{\"return\": {}}"),
        FAKE_FAILS(OPEN_R, TRUCE_ERROR_GUEST),
        FAKE_ANSWERS(OPEN_R, HANDLE),
        FAKE_FAILS(CLOSE, TRUCE_ERROR_TIMEOUT),
    };
    static const TruceError failures[] = {TRUCE_ERROR_AGENT, TRUCE_ERROR_AGENT, TRUCE_ERROR_GUEST,
                                          TRUCE_ERROR_TIMEOUT};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    bool exists = false;

    g_assert_true(agent_file_exists(agent, "C:\\f", &exists, NULL));
    g_assert_true(exists);
    g_assert_true(agent_file_exists(agent, "C:\\f", &exists, NULL));
    g_assert_false(exists);
    for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_file_exists(agent, "C:\\f", &exists, &error));
        g_assert_error(error, TRUCE_ERROR, (int)failures[i]);
    }
}

static void test_hostile_handles(void)
{
    static const char *const replies[] = {
        "{\"return\": -1}",   "{\"return\": \"1000\"}", "{\"return\": 1.5}",
        "{\"return\": 1e30}", "{\"return\": [1000]}",   "{\"return\": {\"handle\": 1000}}",
        "{\"return\": true}", "{\"return\": null}",     REFUSED,
    };
    for (guint i = 0; i < G_N_ELEMENTS(replies); i++) {
        const FakeAgentStep script[] = {FAKE_ANSWERS(OPEN_WB, replies[i])};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_file_write(agent, "C:\\f", "x", 1, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_true(g_str_has_prefix(error->message, "cannot write 'C:\\f' in the guest: "));
    }
}

static void test_write(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_WB, HANDLE),
        FAKE_ANSWERS("{\"execute\": \"guest-file-write\", \"arguments\": {\"handle\": 1000,"
                     " \"buf-b64\": \"aGVsbG8=\"}}",
                     "{\"return\": {\"count\": 2, \"eof\": false}}"),
        FAKE_ANSWERS("{\"execute\": \"guest-file-write\", \"arguments\": {\"buf-b64\": \"bGxv\"}}",
                     "{\"return\": {\"count\": 3, \"eof\": false}}"),
        FAKE_ANSWERS(CLOSE, CLOSED),
        FAKE_ANSWERS(OPEN_WB, HANDLE), /* an empty file is opened and closed */
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(agent_file_write(agent, "C:\\f", "hello", 5, &error));
    g_assert_no_error(error);
    g_assert_true(agent_file_write(agent, "C:\\f", "", 0, &error));
    g_assert_no_error(error);
}

static void test_write_fails(void)
{
    static const struct {
        FakeAgentStep answer;
        TruceError code;
        bool refused; /* by the agent; what it says of the close afterwards is not meant */
    } cases[] = {
        {FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": 0, \"eof\": false}}"), TRUCE_ERROR_AGENT,
         false},
        {FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": -5, \"eof\": false}}"), TRUCE_ERROR_AGENT,
         false},
        {FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": 6, \"eof\": false}}"), TRUCE_ERROR_AGENT,
         false},
        {FAKE_ANSWERS(WRITE, "{\"return\": {}}"), TRUCE_ERROR_AGENT, false},
        {FAKE_ANSWERS(WRITE, REFUSED), TRUCE_ERROR_AGENT, true},
        {FAKE_ANSWERS(WRITE, "{\"ret"), TRUCE_ERROR_AGENT, false},
        {FAKE_FAILS(WRITE, TRUCE_ERROR_GUEST), TRUCE_ERROR_GUEST, false},
        {FAKE_FAILS(WRITE, TRUCE_ERROR_TIMEOUT), TRUCE_ERROR_TIMEOUT, false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        /* The file is closed all the same, and what close says does not hide the first failure. */
        const FakeAgentStep script[] = {FAKE_ANSWERS(OPEN_WB, HANDLE), cases[i].answer,
                                        FAKE_ANSWERS(CLOSE, REFUSED)};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_file_write(agent, "C:\\f", "hello", 5, &error));
        g_assert_error(error, TRUCE_ERROR, (int)cases[i].code);
        g_assert_cmpint(agent_refused(agent), ==, cases[i].refused);
        g_assert_cmpuint(fake_agent_last_timeout_ms(fake), <=, 5000);
    }

    /* What close alone says, counts: data may be lost there. */
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_WB, HANDLE),
        FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": 5, \"eof\": false}}"),
        FAKE_ANSWERS(CLOSE, REFUSED),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    g_assert_false(agent_file_write(agent, "C:\\f", "hello", 5, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
}

/* The agent refuses to open the file, or answers nonsense, or a refused write is closed well. */
static void test_refused(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_WB, REFUSED), FAKE_ANSWERS(OPEN_WB, "garbage"),
        FAKE_ANSWERS(OPEN_WB, HANDLE),  FAKE_ANSWERS(WRITE, REFUSED),
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    static const bool refused[] = {true, false, true};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);

    g_assert_false(agent_refused(agent));
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_file_write(agent, "C:\\f", "hello", 5, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_cmpint(agent_refused(agent), ==, refused[i]);
    }
}

static void test_put(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_WB, HANDLE),
        FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": 49152, \"eof\": false}}"),
        FAKE_ANSWERS(WRITE, "{\"return\": {\"count\": 49152, \"eof\": false}}"),
        FAKE_ANSWERS(
            "{\"execute\": \"guest-file-write\", \"arguments\": {\"buf-b64\": \"dGFpbA==\"}}",
            "{\"return\": {\"count\": 4, \"eof\": false}}"),
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    (void)unused;
    g_autofree char *data = g_strnfill(2 * 49152 + 4, 'x');
    memcpy(data + 2 * 49152, "tail", 4);
    g_assert_true(g_file_set_contents(scratch->path, data, 2 * 49152 + 4, NULL));

    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    g_assert_true(agent_file_put(agent, scratch->path, "C:\\f", &error));
    g_assert_no_error(error);
}

static void test_put_unreadable(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep script[] = {FAKE_ANSWERS(OPEN_WB, HANDLE),
                                           FAKE_ANSWERS(CLOSE, CLOSED)};
    (void)unused;
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_false(agent_file_put(agent, scratch->path, "C:\\f", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(agent_file_put(agent, scratch->folder, "C:\\f", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_get(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_RB, HANDLE),
        FAKE_ANSWERS(READ, "{\"return\": {\"count\": 3, \"buf-b64\": \"aGVs\", \"eof\": false}}"),
        FAKE_ANSWERS(READ, "{\"return\": {\"count\": 2, \"buf-b64\": \"bG8=\", \"eof\": false}}"),
        FAKE_ANSWERS(READ, "{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": true}}"),
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    (void)unused;
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(agent_file_get(agent, "C:\\f", scratch->path, 5, &error));
    g_assert_no_error(error);
    assert_kept(scratch, "hello");
}

static void test_get_replaces_only_whole(Scratch *scratch, gconstpointer unused)
{
    static const struct {
        FakeAgentStep answer;
        TruceError code;
    } cases[] = {
        {FAKE_ANSWERS(READ,
                      "{\"return\": {\"count\": 3, \"buf-b64\": \"QUFBQQ==\", \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ,
                      "{\"return\": {\"count\": 5, \"buf-b64\": \"QUFBQQ==\", \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ,
                      "{\"return\": {\"count\": -4, \"buf-b64\": \"QUFBQQ==\", \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(
             READ, "{\"return\": {\"count\": 99999999, \"buf-b64\": \"QUFBQQ==\", \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ,
                      "{\"return\": {\"count\": 4, \"buf-b64\": \"QUFB-Q==\", \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ, "{\"return\": {\"count\": 4, \"buf-b64\": 7, \"eof\": true}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ, "{\"return\": {\"count\": 4, \"buf-b64\": \"QUFBQQ==\"}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ, "{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": false}}"),
         TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ, "{\"return\": 4}"), TRUCE_ERROR_AGENT},
        {FAKE_ANSWERS(READ, REFUSED), TRUCE_ERROR_AGENT},
        {FAKE_FAILS(READ, TRUCE_ERROR_GUEST), TRUCE_ERROR_GUEST},
        {FAKE_FAILS(READ, TRUCE_ERROR_LAB), TRUCE_ERROR_LAB},
    };
    (void)unused;
    g_assert_true(g_file_set_contents(scratch->path, "before", -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const FakeAgentStep script[] = {
            FAKE_ANSWERS(OPEN_RB, HANDLE),
            FAKE_ANSWERS(READ,
                         "{\"return\": {\"count\": 3, \"buf-b64\": \"aGVs\", \"eof\": false}}"),
            cases[i].answer,
            FAKE_ANSWERS(CLOSE, CLOSED),
        };
        g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_file_get(agent, "C:\\f", scratch->path, 1000, &error));
        g_assert_error(error, TRUCE_ERROR, (int)cases[i].code);
        assert_kept(scratch, "before");
    }
}

static void test_get_endless(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN_RB, HANDLE),
        FAKE_ANSWERS_ALWAYS(
            READ, "{\"return\": {\"count\": 4, \"buf-b64\": \"QUFBQQ==\", \"eof\": false}}"),
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    (void)unused;
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_false(agent_file_get(agent, "C:\\f", scratch->path, 40, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "limit of 40 bytes"));
    g_assert_cmpuint(fake_agent_requests(fake)->len, ==, 1 + 11 + 1);
    g_assert_cmpuint(entries(scratch->folder), ==, 0);
}

static void test_get_nowhere(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep no_folder[] = {FAKE_ANSWERS(OPEN_RB, HANDLE),
                                              FAKE_ANSWERS(CLOSE, CLOSED)};
    static const FakeAgentStep a_folder[] = {
        FAKE_ANSWERS(OPEN_RB, HANDLE),
        FAKE_ANSWERS(READ, "{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": true}}"),
        FAKE_ANSWERS(CLOSE, CLOSED),
    };
    (void)unused;
    g_autofree char *nowhere = g_build_filename(scratch->folder, "none", "kept", NULL);
    g_autoptr(GError) error = NULL;
    {
        g_autoptr(FakeAgent) fake = fake_agent_new(no_folder, G_N_ELEMENTS(no_folder));
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_assert_false(agent_file_get(agent, "C:\\f", nowhere, 10, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_clear_error(&error);
    }
    g_assert_cmpint(g_mkdir(scratch->path, 0700), ==, 0);
    g_autoptr(FakeAgent) fake = fake_agent_new(a_folder, G_N_ELEMENTS(a_folder));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_assert_false(agent_file_get(agent, "C:\\f", scratch->path, 10, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_cmpuint(entries(scratch->folder), ==, 1);
}

#define ADD(path, function)                                                                        \
    g_test_add("/agent-file/" path, Scratch, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-file/exists", test_exists);
    g_test_add_func("/agent-file/hostile-handles", test_hostile_handles);
    g_test_add_func("/agent-file/write", test_write);
    g_test_add_func("/agent-file/write/fails", test_write_fails);
    g_test_add_func("/agent-file/write/refused", test_refused);
    ADD("put", test_put);
    ADD("put/unreadable", test_put_unreadable);
    ADD("get", test_get);
    ADD("get/replaces-only-whole", test_get_replaces_only_whole);
    ADD("get/endless", test_get_endless);
    ADD("get/nowhere", test_get_nowhere);
    return g_test_run();
}
