/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's agent behind a serial port: a peer that says what a script says, good or hostile.
 */
#include "host/agent-line.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "util/clock.h"
#include "util/error.h"

#define WAIT_MS 20000u
#define SHORT_MS 200u

typedef struct {
    const char *noise;  /* before the answer to the sync */
    const char *answer; /* to the request; NULL: the peer closes instead */
    bool deaf;          /* the peer answers nothing */
    bool babbles;       /* the peer talks without end, and answers nothing */
    bool endless;       /* the answer has no end */
    char *folder, *path;
    int listener;
    char *request; /* that came */
} Peer;

static char *read_line(int fd)
{
    GString *line = g_string_new(NULL);
    char byte;

    while (read(fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c(line, byte);
    return g_string_free(line, FALSE);
}

static void say(int fd, const char *text)
{
    if (text)
        g_assert_cmpint(write(fd, text, strlen(text)), ==, strlen(text));
}

static const char block[65536];

static gpointer serve(gpointer data)
{
    Peer *peer = data;
    int fd = accept(peer->listener, NULL, NULL);

    g_autofree char *sync = read_line(fd);
    while (peer->babbles && send(fd, block, sizeof block, MSG_NOSIGNAL) > 0)
        continue;
    if (!peer->deaf && !peer->babbles) {
        g_assert_cmpint((guchar)sync[0], ==, 0xFF);
        const char *id = strstr(sync, "\"id\":");
        g_assert_nonnull(id);
        g_autofree char *reply = g_strdup_printf("\xFF{\"return\": %" G_GUINT64_FORMAT "}\n",
                                                 g_ascii_strtoull(id + 5, NULL, 10));
        say(fd, peer->noise);
        say(fd, reply);
        peer->request = read_line(fd);
        say(fd, peer->answer);
        for (gsize sent = 0; peer->endless && sent <= AGENT_LINE_MAX; sent += sizeof block)
            if (send(fd, block, sizeof block, MSG_NOSIGNAL) < 0)
                break;
    }
    if (peer->deaf) {
        char byte;
        while (read(fd, &byte, 1) == 1)
            continue;
    }
    close(fd);
    return NULL;
}

static void peer_open(Peer *peer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    peer->folder = g_dir_make_tmp("truce-line-XXXXXX", NULL);
    peer->path = g_build_filename(peer->folder, "agent", NULL);
    g_strlcpy(address.sun_path, peer->path, sizeof address.sun_path);
    peer->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(bind(peer->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(peer->listener, 1), ==, 0);
}

static bool call(Peer *peer, guint ms, char **ret_reply, GError **error)
{
    peer_open(peer);
    GThread *thread = g_thread_new("peer", serve, peer);
    bool ok = agent_line_call(peer->path, "{\"execute\":\"guest-ping\"}", clock_deadline_ms(ms),
                              ret_reply, error);
    g_thread_join(thread);
    close(peer->listener);
    g_unlink(peer->path);
    g_rmdir(peer->folder);
    g_free(peer->folder);
    g_free(peer->path);
    return ok;
}

static void expect_answer(const char *noise)
{
    Peer peer = {.noise = noise, .answer = "{\"return\": {}}\n"};
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(call(&peer, WAIT_MS, &reply, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(reply, ==, "{\"return\": {}}");
    g_assert_cmpstr(peer.request, ==, "{\"execute\":\"guest-ping\"}");
    g_free(peer.request);
}

static void test_answer(void)
{
    expect_answer(NULL);
}

/* A debugger's text, a late reply, the answer to another sync, and one that is too long for one. */
static void test_noise(void)
{
    g_autofree char *zeros = g_strnfill(400, '0');
    g_autofree char *endless = g_strdup_printf("\xFF%s\n", zeros);

    expect_answer("Loading: \\??\\C:\\lab\\drv1.sys at F65B5000 with 7 pages\r\n");
    expect_answer("{\"return\": {\"pid\": 7}}\n");
    expect_answer("\xFF{\"return\": 0}\n");
    expect_answer("\xFF\xFF{\"ret");
    expect_answer(endless);
}

static void expect_failure(Peer *peer, guint ms, int code)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(call(peer, ms, &reply, &error));
    g_assert_error(error, TRUCE_ERROR, code);
    g_assert_null(reply);
    g_free(peer->request);
}

static void test_silence(void)
{
    Peer peer = {.deaf = true};
    expect_failure(&peer, SHORT_MS, TRUCE_ERROR_TIMEOUT);
}

static void test_babble(void)
{
    Peer peer = {.babbles = true};
    expect_failure(&peer, SHORT_MS, TRUCE_ERROR_TIMEOUT);
}

static void on_signal(int number)
{
    (void)number;
}

typedef struct {
    pthread_t target;
    gint stop; /* atomic */
} Poker;

static gpointer poke(gpointer data)
{
    Poker *poker = data;

    while (!g_atomic_int_get(&poker->stop)) {
        pthread_kill(poker->target, SIGUSR2);
        g_thread_yield();
    }
    return NULL;
}

/* Signals put nothing off, and are no end of the port. */
static void test_signals(void)
{
    Peer peer = {.deaf = true};
    Poker poker = {.target = pthread_self()};
    const struct sigaction handler = {.sa_handler = on_signal};

    g_assert_cmpint(sigaction(SIGUSR2, &handler, NULL), ==, 0);
    GThread *thread = g_thread_new("poke", poke, &poker);
    expect_failure(&peer, SHORT_MS, TRUCE_ERROR_TIMEOUT);
    g_atomic_int_set(&poker.stop, 1);
    g_thread_join(thread);
}

static void test_end(void)
{
    Peer peer = {0}, half = {.answer = "{\"return\": "};
    expect_failure(&peer, WAIT_MS, TRUCE_ERROR_GUEST);
    expect_failure(&half, WAIT_MS, TRUCE_ERROR_GUEST);
}

static void test_too_long(void)
{
    Peer peer = {.endless = true};
    expect_failure(&peer, WAIT_MS, TRUCE_ERROR_AGENT);
}

static void test_nobody(void)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(
        agent_line_call("/nonexistent/agent", "{}", clock_deadline_ms(WAIT_MS), &reply, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-line/answer", test_answer);
    g_test_add_func("/agent-line/noise", test_noise);
    g_test_add_func("/agent-line/silence", test_silence);
    g_test_add_func("/agent-line/babble", test_babble);
    g_test_add_func("/agent-line/signals", test_signals);
    g_test_add_func("/agent-line/end", test_end);
    g_test_add_func("/agent-line/too-long", test_too_long);
    g_test_add_func("/agent-line/nobody", test_nobody);
    return g_test_run();
}
