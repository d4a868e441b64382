/* SPDX-License-Identifier: GPL-2.0-or-later
 * A clone has to know what was in the memory of its state, and the time.
 */
#include "run/restore.h"

#include <string.h>

#include "fake-agent.h"
#include "util/files.h"

#define OPEN                                                                                       \
    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\Windows\\\\win.ini\"}}"
#define OPEN_REACTOS                                                                               \
    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"C:\\\\ReactOS\\\\win.ini\"}}"
#define SEEK "{\"execute\": \"guest-file-seek\", \"arguments\": {\"handle\": 7}}"
#define ASK                                                                                        \
    "{\"execute\": \"guest-file-seek\", \"arguments\": {\"handle\": 7, \"offset\": 0, "            \
    "\"whence\": "                                                                                 \
    "1}}"
#define CLOSE "{\"execute\": \"guest-file-close\", \"arguments\": {\"handle\": 7}}"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"handle not found\"}}"

static const AgentIdentity nobody;

typedef struct {
    char *folder;
} Scratch;

static void set_up(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    scratch->folder = g_dir_make_tmp("truce-restore-XXXXXX", NULL);
}

static void tear_down(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(scratch->folder, NULL));
    g_free(scratch->folder);
}

/* The place is far behind the file's end, and another one each time. */
static void test_mark(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN, "{\"return\": 7}"),
        FAKE_ANSWERS(SEEK, "{\"return\": {\"position\": 5, \"eof\": false}}"),
        FAKE_ANSWERS(OPEN, "{\"return\": 7}"),
        FAKE_ANSWERS(SEEK, "{\"return\": {\"position\": 5, \"eof\": false}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    RestoreMark one = {0}, other = {0};

    g_assert_true(restore_mark(agent, &one, NULL));
    g_assert_true(restore_mark(agent, &other, NULL));
    g_assert_cmpint(one.handle, ==, 7);
    g_assert_cmpint(one.position, >=, G_GINT64_CONSTANT(1) << 32);
    g_assert_cmpint(one.position, <, G_GINT64_CONSTANT(1) << 43);
    g_assert_cmpint(one.position, !=, other.position);
}

/* Where Windows' folder has another name. */
static void test_mark_reactos(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(OPEN_REACTOS, "{\"return\": 7}"),
        FAKE_ANSWERS(SEEK, "{\"return\": {\"position\": 5, \"eof\": false}}"),
        FAKE_ANSWERS(CLOSE, "{\"return\": {}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    RestoreMark mark = {0};

    g_assert_true(restore_mark(agent, &mark, NULL));
    g_assert_cmpint(mark.handle, ==, 7);
    g_assert_true(restore_unmark(agent, &mark, NULL));
}

static void test_cannot_mark(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(OPEN, REFUSED),
        FAKE_ANSWERS(OPEN_REACTOS, REFUSED),
        FAKE_ANSWERS(OPEN, "{\"return\": 7}"),
        FAKE_ANSWERS(SEEK, "{\"return\": {\"position\": -7}}"),
        FAKE_ANSWERS("{\"execute\": \"guest-file-close\"}", "{\"return\": {}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);

    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        RestoreMark mark;
        g_assert_false(restore_mark(agent, &mark, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_nonnull(strstr(error->message, "cannot be marked"));
    }
}

static void test_prove(Scratch *scratch, gconstpointer unused)
{
    static const struct {
        const char *reply;
        int code; /* -1: proven */
        const char *says;
    } cases[] = {
        {"{\"return\": {\"position\": 5000000000, \"eof\": false}}", -1, NULL},
        {"{\"return\": {\"position\": 5000000001, \"eof\": false}}", TRUCE_ERROR_LAB, "another"},
        {"{\"return\": {\"position\": 0, \"eof\": true}}", TRUCE_ERROR_LAB, "another"},
        {REFUSED, TRUCE_ERROR_LAB, "handle not found"},
        {"{\"return\": {\"position\": -1}}", TRUCE_ERROR_AGENT, "position"},
        {"{\"return\": {\"position\": \"5000000000\"}}", TRUCE_ERROR_AGENT, "position"},
        {"{\"return\": {}}", TRUCE_ERROR_AGENT, "position"},
        {"nonsense", TRUCE_ERROR_AGENT, NULL},
    };
    const RestoreMark mark = {.handle = 7, .position = G_GINT64_CONSTANT(5000000000)};
    (void)unused;

    g_assert_false(restore_is_kept(scratch->folder));
    g_assert_true(restore_keep(&mark, &nobody, scratch->folder, NULL));
    g_assert_true(restore_is_kept(scratch->folder));
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const FakeAgentStep script[] = {FAKE_ANSWERS(ASK, cases[i].reply),
                                        FAKE_ANSWERS(CLOSE, "{\"return\": {}}")};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, cases[i].code < 0 ? 2 : 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        bool proven = restore_prove(agent, scratch->folder, &error);
        g_assert_cmpint(proven, ==, cases[i].code < 0);
        if (proven)
            continue;
        g_assert_error(error, TRUCE_ERROR, cases[i].code);
        g_assert_true(!cases[i].says || strstr(error->message, cases[i].says));
    }
}

/* A crash while it is asked is the guest's, and no lab's error. */
static void test_guest_gone(Scratch *scratch, gconstpointer unused)
{
    static const FakeAgentStep script[] = {FAKE_FAILS(ASK, TRUCE_ERROR_GUEST)};
    const RestoreMark mark = {.handle = 7, .position = 1};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    (void)unused;

    g_assert_true(restore_keep(&mark, &nobody, scratch->folder, NULL));
    g_assert_false(restore_prove(agent, scratch->folder, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

static void test_no_mark(Scratch *scratch, gconstpointer unused)
{
    g_autoptr(FakeAgent) fake = fake_agent_new(NULL, 0);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    (void)unused;

    g_assert_false(restore_prove(agent, scratch->folder, &error));
    g_assert_nonnull(error);
}

static void test_clock(void)
{
    static const struct {
        gint64 off_s;
        bool good;
    } cases[] = {{0, true}, {4, true}, {-4, true}, {7, false}, {-7, false}, {-86400, false}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint64 time_us = g_get_real_time() + cases[i].off_s * G_USEC_PER_SEC;
        g_autofree char *reply = g_strdup_printf("{\"return\": %" G_GINT64_FORMAT "000}", time_us);
        const FakeAgentStep script[] = {FAKE_ANSWERS("{\"execute\": \"guest-get-time\"}", reply)};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        gint64 off_ms = 0;
        g_assert_cmpint(restore_check_clock(agent, &off_ms, &error), ==, cases[i].good);
        if (cases[i].good)
            g_assert_cmpint(ABS(off_ms - cases[i].off_s * 1000), <, 500);
        else
            g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    }
}

/* Times that no clock shows. */
static void test_clock_of_liar(void)
{
    static const char *const times[] = {"1e300", "-1e300", "9.3e21", "-9.2e21", "\"now\""};

    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *reply = g_strdup_printf("{\"return\": %s}", times[i]);
        const FakeAgentStep script[] = {FAKE_ANSWERS("{\"execute\": \"guest-get-time\"}", reply)};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        gint64 off_ms = 0;
        g_assert_false(restore_check_clock(agent, &off_ms, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    }
}

/* Each machine is another one, but what goes on from a saved machine is that machine. */
static void test_choose_identity(Scratch *scratch, gconstpointer unused)
{
    static const Guest reference = {.kind = GUEST_REFERENCE, .network = (char *)"virtio"};
    static const Guest alone = {.kind = GUEST_REFERENCE};
    static const Guest windows = {.kind = GUEST_WINDOWS, .network = (char *)"e1000e"};
    const RestoreMark mark = {.handle = 7, .position = 1};
    AgentIdentity one, other, again;
    unsigned number, mac[4];
    (void)unused;

    restore_choose_identity(&reference, NULL, &one);
    g_assert_true(restore_keep(&mark, &nobody, scratch->folder, NULL));
    restore_choose_identity(&reference, scratch->folder, &other);
    g_assert_cmpint(sscanf(one.name, "TRUCE-%8X", &number), ==, 1);
    g_assert_cmpint(sscanf(one.mac, "02:54:%2x:%2x:%2x:%2x", &mac[0], &mac[1], &mac[2], &mac[3]),
                    ==, 4);
    g_assert_cmphex(number, ==, mac[0] << 24 | mac[1] << 16 | mac[2] << 8 | mac[3]);
    g_assert_true(g_uuid_string_is_valid(one.boot_id));
    g_assert_cmpstr(one.name, !=, other.name);
    g_assert_cmpstr(one.mac, !=, other.mac);
    g_assert_cmpstr(one.boot_id, !=, other.boot_id);

    g_assert_true(restore_keep(&mark, &one, scratch->folder, NULL));
    restore_choose_identity(&reference, scratch->folder, &again);
    g_assert_cmpstr(again.name, ==, one.name);
    g_assert_cmpstr(again.mac, ==, one.mac);
    g_assert_cmpstr(again.boot_id, !=, one.boot_id);

    restore_choose_identity(&alone, NULL, &one);
    g_assert_cmpstr(one.mac, ==, "");
    restore_choose_identity(&windows, NULL, &one);
    g_assert_cmpstr(one.name, ==, "");
}

static void test_identify(void)
{
#define SET "{\"execute\": \"truce-set-identity\"}"
    static const struct {
        const char *reply;
        int code; /* -1: it is told */
        const char *says;
    } cases[] = {
        {"{\"return\": {\"boot-id\": \"b\", \"mac\": \"02:54\", \"name\": \"ONE\"}}", -1, NULL},
        {"{\"return\": {\"boot-id\": \"b\", \"mac\": \"02:54\", \"name\": \"TWO\\u001b\"}}",
         TRUCE_ERROR_AGENT, "the name 'ONE' and tells 'TWO?'"},
        {"{\"return\": {\"boot-id\": \"b\", \"mac\": \"52:54\", \"name\": \"ONE\"}}",
         TRUCE_ERROR_AGENT, "mac"},
        {"{\"return\": {\"boot-id\": \"a\", \"mac\": \"02:54\", \"name\": \"ONE\"}}",
         TRUCE_ERROR_AGENT, "boot-id"},
        {"{\"return\": {}}", TRUCE_ERROR_AGENT, "tells ''"},
        {"{\"return\": [[]]}", TRUCE_ERROR_AGENT, "tells ''"},
        {"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"it is unknown\"}}",
         TRUCE_ERROR_LAB, "it is unknown"},
    };
    const AgentIdentity one = {.name = "ONE", .mac = "02:54", .boot_id = "b"};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const FakeAgentStep script[] = {FAKE_ANSWERS(SET, cases[i].reply)};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_assert_cmpint(restore_identify(agent, &one, &error), ==, cases[i].code < 0);
        if (cases[i].code < 0)
            continue;
        g_assert_error(error, TRUCE_ERROR, cases[i].code);
        g_assert_nonnull(strstr(error->message, cases[i].says));
    }
    /* Nobody is asked. */
    g_autoptr(FakeAgent) fake = fake_agent_new(NULL, 0);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_assert_true(restore_identify(agent, &nobody, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/restore/mark", test_mark);
    g_test_add_func("/restore/mark-reactos", test_mark_reactos);
    g_test_add_func("/restore/cannot-mark", test_cannot_mark);
    g_test_add("/restore/prove", Scratch, NULL, set_up, test_prove, tear_down);
    g_test_add("/restore/guest-gone", Scratch, NULL, set_up, test_guest_gone, tear_down);
    g_test_add("/restore/no-mark", Scratch, NULL, set_up, test_no_mark, tear_down);
    g_test_add("/restore/choose-identity", Scratch, NULL, set_up, test_choose_identity, tear_down);
    g_test_add_func("/restore/identify", test_identify);
    g_test_add_func("/restore/clock", test_clock);
    g_test_add_func("/restore/clock-of-liar", test_clock_of_liar);
    return g_test_run();
}
