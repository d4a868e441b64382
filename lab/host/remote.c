/* SPDX-License-Identifier: GPL-2.0-or-later
 * Volumes of a storage pool on another host.
 */
#include "host/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libvirt/virterror.h>

#include "util/error.h"
#include "util/files.h"

#define LAB_DIGITS 12
#define MACHINE_ID_MAX 256
#define IMAGE_MODE "0444"
#define OWN_MODE "0600"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStoragePool, virStoragePoolFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStorageVol, virStorageVolFree)

struct Remote {
    char *prefix; /* `truce-<lab>-` */
    GMutex carrying;
    GHashTable *carried; /* file of this machine → path there; under the lock */
};

bool host_uri_is_remote(const char *uri)
{
    g_autoptr(GUri) parsed =
        uri ? g_uri_parse(uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD, NULL) : NULL;
    const char *host = parsed ? g_uri_get_host(parsed) : NULL;

    return host && *host;
}

static char *make_prefix(const char *state_folder)
{
    g_autofree char *id = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize length = 0;

    if (!files_read("/etc/machine-id", MACHINE_ID_MAX, &id, &length, NULL))
        id = g_strdup(g_get_host_name());
    g_checksum_update(sum, (const guchar *)id, -1);
    g_checksum_update(sum, (const guchar *)"\n", 1);
    g_checksum_update(sum, (const guchar *)state_folder, -1);
    return g_strdup_printf("truce-%.*s-", LAB_DIGITS, g_checksum_get_string(sum));
}

static char *full_name(const Host *host, const char *name)
{
    return g_strconcat(host->remote->prefix, "run-", name, NULL);
}

/* The pool */

static virStoragePoolPtr make_pool(virConnectPtr connection)
{
    static const char xml[] =
        "<pool type='dir'><name>" REMOTE_POOL "</name><target><path>" REMOTE_POOL_FOLDER
        "</path><permissions><mode>0711</mode></permissions></target></pool>";

    return virStoragePoolCreateXML(connection, xml, VIR_STORAGE_POOL_CREATE_WITH_BUILD);
}

/* Another thread may make it at the same moment. */
static virStoragePoolPtr take_pool(Host *host, GError **error)
{
    g_autoptr(virConnect) connection = connection_take(host, error);
    g_autoptr(virStoragePool) pool = NULL;

    if (!connection)
        return NULL;
    pool = virStoragePoolLookupByName(connection, REMOTE_POOL);
    if (!pool)
        pool = make_pool(connection);
    if (!pool) {
        host_fail(error,
                  "'%s' has no storage pool '" REMOTE_POOL "', and none can be made in "
                  "'" REMOTE_POOL_FOLDER "'; define one of that name there",
                  host->info.uri);
        return NULL;
    }
    if (virStoragePoolIsActive(pool) != 1 && virStoragePoolCreate(pool, 0) != 0) {
        host_fail(error, "the storage pool '" REMOTE_POOL "' of '%s' does not start",
                  host->info.uri);
        return NULL;
    }
    return g_steal_pointer(&pool);
}

static virStorageVolPtr find_volume(Host *host, const char *name, GError **error)
{
    g_autoptr(virStoragePool) pool = take_pool(host, error);
    virStorageVolPtr volume = pool ? virStorageVolLookupByName(pool, name) : NULL;

    if (pool && !volume)
        host_fail(error, "'%s' has no volume '%s'", host->info.uri, name);
    return volume;
}

static bool take_path(virStorageVolPtr volume, char **ret_path, GError **error)
{
    char *path = virStorageVolGetPath(volume);

    if (!path)
        return host_fail(error, "a volume has no path");
    g_free(*ret_path);
    *ret_path = g_strdup(path);
    free(path);
    return true;
}

void remote_remove(Host *host, const char *prefix)
{
    g_autoptr(virStoragePool) pool = take_pool(host, NULL);
    g_autofree char *begin = full_name(host, prefix);
    virStorageVolPtr *volumes = NULL;
    int count = pool ? virStoragePoolListAllVolumes(pool, &volumes, 0) : 0;

    for (int i = 0; i < count; i++) {
        if (g_str_has_prefix(virStorageVolGetName(volumes[i]), begin))
            virStorageVolDelete(volumes[i], 0);
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    virResetLastError();
}

bool remote_open(Host *host, GError **error)
{
    Remote *remote = g_new0(Remote, 1);

    g_mutex_init(&remote->carrying);
    remote->carried = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    remote->prefix = make_prefix(host->state_folder);
    host->remote = remote;
    g_autoptr(virStoragePool) pool = take_pool(host, error);
    if (!pool)
        return false;
    remote_remove(host, "");
    return true;
}

void remote_close(Remote *remote)
{
    if (!remote)
        return;
    g_mutex_clear(&remote->carrying);
    g_hash_table_unref(remote->carried);
    g_free(remote->prefix);
    g_free(remote);
}

/* Volumes */

typedef struct {
    const char *name;
    const char *format;
    const char *mode;
    const char *backing; /* or NULL */
    guint64 bytes;
} Volume;

/* Takes no space before it is written to. */
static char *volume_xml(const Volume *volume)
{
    GString *xml = g_string_new("<volume>");
    g_autofree char *head = g_markup_printf_escaped(
        "<name>%s</name><capacity>%" G_GUINT64_FORMAT "</capacity><allocation>0</allocation>"
        "<target><format type='%s'/><permissions><mode>%s</mode></permissions></target>",
        volume->name, volume->bytes, volume->format, volume->mode);

    g_string_append(xml, head);
    if (volume->backing) {
        g_autofree char *backing = g_markup_printf_escaped(
            "<backingStore><path>%s</path><format type='qcow2'/></backingStore>", volume->backing);
        g_string_append(xml, backing);
    }
    return g_string_free(g_string_append(xml, "</volume>"), FALSE);
}

static virStorageVolPtr make_volume(Host *host, const Volume *wanted, GError **error)
{
    g_autoptr(virStoragePool) pool = take_pool(host, error);
    g_autoptr(virStorageVol) old = pool ? virStorageVolLookupByName(pool, wanted->name) : NULL;
    g_autofree char *xml = volume_xml(wanted);

    if (!pool)
        return NULL;
    if (old && virStorageVolDelete(old, 0) != 0) {
        host_fail(error, "cannot replace the volume '%s'", wanted->name);
        return NULL;
    }
    virStorageVolPtr volume = virStorageVolCreateXML(pool, xml, 0);
    if (!volume)
        host_fail(error, "cannot make the volume '%s' on '%s'", wanted->name, host->info.uri);
    return volume;
}

static bool make_and_tell(Host *host, const Volume *wanted, char **ret_path, GError **error)
{
    g_autoptr(virStorageVol) volume = make_volume(host, wanted, error);
    return volume && take_path(volume, ret_path, error);
}

bool remote_make_disk(Host *host, const char *name, guint64 bytes, const char *backing,
                      char **ret_path, GError **error)
{
    g_autofree char *full = full_name(host, name);
    const Volume wanted = {full, "qcow2", OWN_MODE, backing, bytes};
    return make_and_tell(host, &wanted, ret_path, error);
}

bool remote_make_file(Host *host, const char *name, char **ret_path, GError **error)
{
    g_autofree char *full = full_name(host, name);
    const Volume wanted = {full, "raw", OWN_MODE, NULL, 0};
    return make_and_tell(host, &wanted, ret_path, error);
}

/* Streams */

static virStreamPtr new_stream(virStorageVolPtr volume)
{
    return virStreamNew(virStorageVolGetConnect(volume), 0);
}

static int read_fd(virStreamPtr stream, char *data, size_t length, void *fd)
{
    (void)stream;
    return (int)read(*(int *)fd, data, length);
}

static bool upload(virStorageVolPtr volume, const char *file, GError **error)
{
    g_autoptr(virStream) stream = new_stream(volume);
    auto_fd fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return host_fail_errno(error, "read", file);
    if (!stream || virStorageVolUpload(volume, stream, 0, (unsigned long long)st.st_size, 0) != 0 ||
        virStreamSendAll(stream, read_fd, &fd) != 0 || virStreamFinish(stream) != 0)
        return host_fail(error, "cannot carry '%s' to the host", file);
    return true;
}

static bool download(virStorageVolPtr volume, guint64 offset, virStreamSinkFunc sink, gpointer data,
                     GError **error)
{
    g_autoptr(virStream) stream = new_stream(volume);

    if (!stream || virStorageVolDownload(volume, stream, offset, 0, 0) != 0 ||
        virStreamRecvAll(stream, sink, data) != 0 || virStreamFinish(stream) != 0)
        return host_fail(error, "cannot read the volume '%s'", virStorageVolGetName(volume));
    return true;
}

bool remote_read(Host *host, const char *name, guint64 offset, virStreamSinkFunc sink,
                 gpointer data, GError **error)
{
    g_autofree char *full = full_name(host, name);
    g_autoptr(virStorageVol) volume = find_volume(host, full, error);
    return volume && download(volume, offset, sink, data, error);
}

static int write_fd(virStreamPtr stream, const char *data, size_t length, void *fd)
{
    (void)stream;
    return (int)write(*(int *)fd, data, length);
}

bool remote_get(Host *host, const char *name, const char *file, GError **error)
{
    auto_fd fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return host_fail_errno(error, "make", file);
    return remote_read(host, name, 0, write_fd, &fd, error);
}

static bool make_of(Host *host, const Volume *like, const char *file, virStorageVolPtr *ret_volume,
                    GError **error)
{
    Volume wanted = *like;
    struct stat st;

    if (stat(file, &st) != 0)
        return host_fail_errno(error, "look at", file);
    wanted.bytes = (guint64)st.st_size;
    g_autoptr(virStorageVol) volume = make_volume(host, &wanted, error);
    if (!volume || !upload(volume, file, error))
        return false;
    *ret_volume = g_steal_pointer(&volume);
    return true;
}

bool remote_put(Host *host, const char *name, const char *file, char **ret_path, GError **error)
{
    g_autofree char *full = full_name(host, name);
    const Volume like = {.name = full, .format = "raw", .mode = OWN_MODE};
    g_autoptr(virStorageVol) volume = NULL;

    return make_of(host, &like, file, &volume, error) && take_path(volume, ret_path, error);
}

void remote_empty(Host *host, const char *name)
{
    g_autofree char *full = full_name(host, name);
    g_autoptr(virStorageVol) volume = find_volume(host, full, NULL);

    if (volume)
        virStorageVolResize(volume, 0, VIR_STORAGE_VOL_RESIZE_SHRINK);
    virResetLastError();
}

/* Carrying images */

static int add_to_sum(virStreamPtr stream, const char *data, size_t length, void *sum)
{
    (void)stream;
    g_checksum_update(sum, (const guchar *)data, (gssize)length);
    return (int)length;
}

static bool verify(Host *host, virStorageVolPtr volume, const char *sha256, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    if (!download(volume, 0, add_to_sum, sum, error))
        return false;
    if (g_str_equal(g_checksum_get_string(sum), sha256))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "what '%s' keeps of an image is not what was carried there: its SHA-256 is %s",
                host->info.uri, g_checksum_get_string(sum));
    return false;
}

/* The mark comes last: what a killed run left half done has none, and is made anew. */
static bool carry(Host *host, const char *file, char **ret_path, GError **error)
{
    g_autofree char *sha256 = NULL;

    if (!files_sha256(file, &sha256, error))
        return false;
    g_autofree char *name = g_strconcat(host->remote->prefix, sha256, NULL);
    g_autofree char *mark = g_strconcat(name, ".whole", NULL);
    g_autoptr(virStorageVol) marked = find_volume(host, mark, NULL);
    g_autoptr(virStorageVol) volume = marked ? find_volume(host, name, NULL) : NULL;
    const Volume like = {.name = name, .format = "raw", .mode = IMAGE_MODE};
    const Volume whole = {mark, "raw", IMAGE_MODE, NULL, 0};

    if (!volume) {
        if (!make_of(host, &like, file, &volume, error) || !verify(host, volume, sha256, error))
            return false;
        g_clear_pointer(&marked, virStorageVolFree);
        marked = make_volume(host, &whole, error);
    }
    return marked && take_path(volume, ret_path, error);
}

bool remote_carry(Host *host, const char *file, char **ret_path, GError **error)
{
    Remote *remote = host->remote;
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&remote->carrying);
    char *path = g_strdup(g_hash_table_lookup(remote->carried, file));
    (void)locker;

    if (!path) {
        if (!carry(host, file, &path, error))
            return false;
        g_hash_table_insert(remote->carried, g_strdup(file), g_strdup(path));
    }
    g_free(*ret_path);
    *ret_path = path;
    return true;
}
