/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: what comes from outside while a guest is installed. The input's first byte picks:
 * 'm' the account of an installation medium's images, 's' the machine's serial port and the
 * script's own log, 'p' one of Setup's logs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "install/media.h"
#include "install/trouble.h"
#include "install/watch.h"

#define LINE_MAX_BYTES 2048u

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void demand_text(const char *text)
{
    demand(strlen(text) <= LINE_MAX_BYTES && g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        demand(!g_unichar_iscntrl(g_utf8_get_char(c)));
}

static Guest *recipe(void)
{
    static Guest *guest;

    g_setenv("TRUCE_SHARE", TRUCE_SHARE_FOLDER, TRUE);
    if (!guest &&
        !guest_read(TRUCE_SHARE_FOLDER "/guests/windows-server-2022/guest.xml", &guest, NULL))
        abort();
    return guest;
}

/* What is chosen is on the medium; a refusal is one line that can be shown. */
static void check_media(const char *bytes, gsize size)
{
    g_autoptr(Media) media = NULL;
    g_autoptr(GError) error = NULL;
    const InstallEdition *edition;
    const MediaImage *chosen;

    if (!media_parse(bytes, size, "W.iso", &media, NULL))
        return;
    if (!media_choose(media, recipe(), NULL, &edition, &chosen, &error)) {
        demand(g_utf8_validate(error->message, -1, NULL) && !strchr(error->message, '\n'));
        return;
    }
    demand(g_ptr_array_find(media->images, chosen, NULL));
    demand_text(chosen->language);
}

static void check_serial(const char *bytes, gsize size)
{
    g_autoptr(InstallWatch) watch = install_watch_new(recipe(), 0);

    for (gsize at = 0; at < size; at += 7)
        install_watch_serial(watch, bytes + at, MIN((gsize)7, size - at), (gint64)at);
    install_watch_log(watch, bytes, size / 2, 1);
    install_watch_log(watch, bytes, size, 2);
    g_autofree char *stage = install_watch_stage(watch);
    g_autofree char *reason = install_watch_reason(watch, 7200 * (gint64)G_USEC_PER_SEC);
    const GPtrArray *deviations = install_watch_deviations(watch);

    demand_text(stage);
    if (reason)
        demand_text(reason);
    demand(deviations->len <= 64);
    for (guint i = 0; i < deviations->len; i++)
        demand_text(deviations->pdata[i]);
}

static void check_log(const char *bytes, gsize size)
{
    g_autofree char *said = trouble_last_error(bytes, size);

    if (said)
        demand_text(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data + 1;

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'm':
        check_media(bytes, size - 1);
        break;
    case 's':
        check_serial(bytes, size - 1);
        break;
    case 'p':
        check_log(bytes, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
