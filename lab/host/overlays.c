/* SPDX-License-Identifier: GPL-2.0-or-later
 * Empty qcow2 overlays, and what they lie on.
 */
#include "host/overlays.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host-private.h"
#include "host/image.h"
#include "util/cleanup.h"
#include "util/files.h"

#define OVERLAY_MAX (4u << 20) /* bytes of an empty one */
#define KEPT 32

typedef struct {
    GBytes *bytes;
    char **layers;
} Overlay;

struct Overlays {
    GMutex lock;
    GHashTable *kept; /* what an overlay depends on → Overlay */
};

static void overlay_free(Overlay *overlay)
{
    g_bytes_unref(overlay->bytes);
    g_strfreev(overlay->layers);
    g_free(overlay);
}

Overlays *overlays_new(void)
{
    Overlays *overlays = g_new0(Overlays, 1);

    g_mutex_init(&overlays->lock);
    overlays->kept =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)overlay_free);
    return overlays;
}

void overlays_free(Overlays *overlays)
{
    if (!overlays)
        return;
    g_hash_table_unref(overlays->kept);
    g_mutex_clear(&overlays->lock);
    g_free(overlays);
}

/* The path of what it lies on, and that this is the same file still. */
static char *overlay_key(const char *backing)
{
    struct stat st = {0};

    stat(backing, &st);
    return g_strdup_printf("%s %ju %jd.%09ld %jd", backing, (uintmax_t)st.st_ino,
                           (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_size);
}

static void keep(Overlays *overlays, const char *key, const char *path, char **layers)
{
    g_autofree char *bytes = NULL;
    gsize length;

    if (!files_read(path, OVERLAY_MAX, &bytes, &length, NULL))
        return;
    Overlay *overlay = g_new0(Overlay, 1);
    overlay->bytes = g_bytes_new_take(g_steal_pointer(&bytes), length);
    overlay->layers = g_strdupv(layers);
    g_mutex_lock(&overlays->lock);
    if (g_hash_table_size(overlays->kept) >= KEPT)
        g_hash_table_remove_all(overlays->kept);
    g_hash_table_replace(overlays->kept, g_strdup(key), overlay);
    g_mutex_unlock(&overlays->lock);
}

static GBytes *look_up(Overlays *overlays, const char *key, char ***ret_layers)
{
    GBytes *bytes = NULL;

    g_mutex_lock(&overlays->lock);
    const Overlay *overlay = g_hash_table_lookup(overlays->kept, key);
    if (overlay) {
        bytes = g_bytes_ref(overlay->bytes);
        *ret_layers = g_strdupv(overlay->layers);
    }
    g_mutex_unlock(&overlays->lock);
    return bytes;
}

static bool write_overlay(const char *path, GBytes *bytes, GError **error)
{
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0)
        return host_fail_errno(error, "make", path);
    ssize_t written = write(fd, data, length);
    if (written == (ssize_t)length)
        return true;
    if (written >= 0)
        errno = ENOSPC; /* it took a part */
    return host_fail_errno(error, "write", path);
}

bool overlays_make(Overlays *overlays, const char *backing, const char *overlay, char ***ret_layers,
                   GError **error)
{
    g_autofree char *key = overlay_key(backing);
    g_auto(GStrv) layers = NULL;
    g_autoptr(GBytes) bytes = look_up(overlays, key, &layers);

    if (bytes) {
        if (!write_overlay(overlay, bytes, error))
            return false;
    } else {
        if (!image_overlay(backing, overlay, error))
            return false;
        layers = image_layers(overlay);
        keep(overlays, key, overlay, layers);
    }
    *ret_layers = g_steal_pointer(&layers);
    return true;
}
