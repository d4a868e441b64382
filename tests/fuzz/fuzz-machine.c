/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: what comes out of a machine beside its agent's replies and its serial port. Reading
 * each ends within its bounds, and what is kept can be shown.
 *
 * The input's first byte picks: 'i' the inventory and 'r' the resources that truce-look.exe tells,
 * 'l' an agent's serial port, 's' an image of the screen, 'c' processors' registers, 'w' the log of
 * a disk's writes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "host/agent-line.h"
#include "host/machine.h"
#include "host/registers.h"
#include "host/screenshot.h"
#include "host/write-log.h"
#include "run/look.h"
#include "util/clock.h"
#include "util/files.h"

#define DISK_MAX (1u << 20) /* bytes that a played back log may leave on this host */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder, *input_path, *output_path, *socket_path;
static int listener;

static void clean_up(void)
{
    files_remove_tree(folder, NULL);
}

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    folder = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
    input_path = g_build_filename(folder, "input", NULL);
    output_path = g_build_filename(folder, "output", NULL);
    socket_path = g_build_filename(folder, "agent", NULL);
    g_strlcpy(address.sun_path, socket_path, sizeof address.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    atexit(clean_up);
}

static void check_text(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_assert_true(*c == '\t' || !g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void check_inventory(const char *text, size_t size)
{
    g_autoptr(GHashTable) items = NULL;
    GHashTableIter iter;
    gpointer item;

    if (!look_inventory_parse(text, size, &items, NULL))
        return;
    g_hash_table_iter_init(&iter, items);
    while (g_hash_table_iter_next(&iter, &item, NULL))
        check_text(item);
}

static void check_resources(const char *text)
{
    g_auto(LookResources) resources = {0};

    if (look_resources_parse(text, &resources, NULL))
        g_assert_cmpfloat(resources.all.processes, >=, 1);
}

typedef struct {
    const char *bytes;
    size_t size;
} Said;

/* Says all of it, with the number of the sync in the place of a `%`, and ends. */
static gpointer speak(gpointer data)
{
    const Said *said = data;
    char request[256] = "";
    int fd = accept(listener, NULL, NULL);
    gsize got = 0;

    while (got < sizeof request - 1 && !memchr(request, '\n', got)) {
        ssize_t n = read(fd, request + got, sizeof request - 1 - got);
        if (n <= 0)
            break;
        got += (gsize)n;
    }
    const char *id = strstr(request, "\"id\":");
    gsize digits = id ? strspn(id + 5, "0123456789") : 0;
    for (size_t i = 0; i < said->size; i++) {
        bool number = said->bytes[i] == '%';
        if (send(fd, number ? id + 5 : said->bytes + i, number ? digits : 1, MSG_NOSIGNAL) < 0)
            break;
    }
    shutdown(fd, SHUT_WR);
    while (read(fd, request, sizeof request) > 0)
        continue;
    close(fd);
    return NULL;
}

static void check_line(const char *bytes, size_t size)
{
    Said said = {bytes, MIN(size, 4096)};
    g_autofree char *reply = NULL;
    GThread *thread = g_thread_new("agent", speak, &said);

    if (agent_line_call(socket_path, "{\"execute\":\"guest-ping\"}", clock_deadline_s(20), &reply,
                        NULL))
        g_assert_null(strchr(reply, '\n'));
    g_thread_join(thread);
}

static void check_screen(const uint8_t *bytes, size_t size)
{
    screenshot_write(bytes, size, output_path, NULL);
}

static void check_registers(const char *text)
{
    g_autoptr(GArray) cpus = registers_parse(text);

    g_assert_cmpuint(cpus->len, <=, MACHINE_CPUS_MAX);
}

static void check_write_log(const char *bytes, size_t size)
{
    WriteLogResult result = {0};
    GStatBuf st = {0};

    g_assert_true(g_file_set_contents(input_path, bytes, (gssize)size, NULL));
    g_assert_true(g_file_set_contents(output_path, "", 0, NULL));
    if (write_log_replay(input_path, output_path, &result, NULL)) {
        g_assert_cmpint(g_stat(output_path, &st), ==, 0);
        g_assert_cmpuint((guint64)st.st_blocks * 512, <=, DISK_MAX + 16 * size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (!folder)
        set_up();
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'i':
        check_inventory(text, strlen(text));
        break;
    case 'r':
        check_resources(text);
        break;
    case 'l':
        check_line((const char *)data + 1, size - 1);
        break;
    case 's':
        check_screen(data + 1, size - 1);
        break;
    case 'c':
        check_registers(text);
        break;
    case 'w':
        check_write_log((const char *)data + 1, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
