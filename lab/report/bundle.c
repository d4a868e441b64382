/* SPDX-License-Identifier: GPL-2.0-or-later
 * Packing a run folder into a signed archive.
 */
#include "report/bundle.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "report/bundle-sign.h"
#include "util/error.h"
#include "util/file-out.h"
#include "util/files.h"
#include "util/redact.h"

typedef struct {
    char *name; /* relative to the run folder */
    gint64 bytes;
    char *sha256;
} Packed;

typedef struct archive Archive;

static void archive_end(Archive *archive)
{
    archive_write_free(archive);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_end)

static void packed_free(gpointer data)
{
    Packed *packed = data;
    g_free(packed->name);
    g_free(packed->sha256);
    g_free(packed);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Packed *const *)a)->name, (*(const Packed *const *)b)->name);
}

/* --- what is packed --- */

static bool collect_file(const char *path, const char *name, gint64 bytes, GPtrArray *files,
                         GError **error)
{
    g_autofree char *sha256 = NULL;

    if (!g_utf8_validate(name, -1, NULL)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s': its name is not UTF-8", path);
        return false;
    }
    if (!files_sha256(path, &sha256, error))
        return false;
    Packed *packed = g_new0(Packed, 1);
    packed->name = g_strdup(name);
    packed->bytes = bytes;
    packed->sha256 = g_steal_pointer(&sha256);
    g_ptr_array_add(files, packed);
    return true;
}

/* `below` is relative to the run folder, or NULL. */
static bool collect(const char *folder, const char *below, GPtrArray *files, GError **error)
{
    g_autofree char *here = below ? g_build_filename(folder, below, NULL) : g_strdup(folder);
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(here, 0, &cause);
    const char *name;

    if (!dir) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", here,
                    cause->message);
        return false;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *relative = below ? g_build_filename(below, name, NULL) : g_strdup(name);
        g_autofree char *path = g_build_filename(folder, relative, NULL);
        GStatBuf st;
        if (g_lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && !collect(folder, relative, files, error))
            return false;
        if (S_ISREG(st.st_mode) && redact_in_file(path)) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "'%s' holds a secret of lab.xml: remove the file, or what is in it", path);
            return false;
        }
        if (S_ISREG(st.st_mode) && !collect_file(path, relative, st.st_size, files, error))
            return false;
    }
    return true;
}

static bool make_manifest(const BundleOptions *options, const GPtrArray *files, xmlChar **ret_text,
                          int *ret_length, GError **error)
{
    g_autoptr(xmlDoc) manifest = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewDocNode(manifest, NULL, BAD_CAST "bundle", NULL);

    xmlDocSetRootElement(manifest, root);
    xmlSetNs(root, xmlNewNs(root, BAD_CAST "urn:truce:bundle:1", NULL));
    xmlNewProp(root, BAD_CAST "run", BAD_CAST options->run);
    xmlNewProp(root, BAD_CAST "truce", BAD_CAST TRUCE_VERSION);
    for (guint i = 0; i < files->len; i++) {
        const Packed *packed = files->pdata[i];
        g_autofree char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, packed->bytes);
        xmlAddChild(root, xmlNewDocText(manifest, BAD_CAST "\n  "));
        xmlNode *file = xmlNewChild(root, NULL, BAD_CAST "file", NULL);
        xmlNewProp(file, BAD_CAST "name", BAD_CAST packed->name);
        xmlNewProp(file, BAD_CAST "bytes", BAD_CAST bytes);
        xmlNewProp(file, BAD_CAST "sha256", BAD_CAST packed->sha256);
    }
    xmlAddChild(root, xmlNewDocText(manifest, BAD_CAST "\n  "));
    if (!manifest_sign(manifest, options->key, options->certificate, error))
        return false;
    xmlDocDumpMemoryEnc(manifest, ret_text, ret_length, "UTF-8");
    return true;
}

/* --- the archive --- */

static bool archive_fail(Archive *archive, GError **error)
{
    const char *words = archive_error_string(archive);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write the bundle: %s",
                words ? words : "libarchive failed");
    return false;
}

static la_ssize_t write_piece(Archive *archive, void *data, const void *bytes, size_t length)
{
    (void)archive;
    file_out_write(data, bytes, length);
    return (la_ssize_t)length;
}

static bool add_header(Archive *archive, const char *name, gint64 bytes, GError **error)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname_utf8(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, bytes);
    archive_entry_set_mtime(entry, 0, 0); /* the same run gives the same bytes */
    bool done = archive_write_header(archive, entry) == ARCHIVE_OK;
    archive_entry_free(entry);
    return done || archive_fail(archive, error);
}

static bool add_bytes(Archive *archive, const void *bytes, gsize length, GError **error)
{
    return length == 0 || archive_write_data(archive, bytes, length) == (la_ssize_t)length ||
           archive_fail(archive, error);
}

static bool add_file(Archive *archive, const char *folder, const Packed *packed, GError **error)
{
    g_autofree char *path = g_build_filename(folder, packed->name, NULL);
    g_autofree char *piece = g_malloc(1 << 20);
    gint64 left = packed->bytes;
    FILE *file = fopen(path, "re");
    bool done = file && add_header(archive, packed->name, packed->bytes, error);

    while (done && left > 0) {
        gsize n = fread(piece, 1, (gsize)MIN(left, 1 << 20), file);
        done = n > 0 && add_bytes(archive, piece, n, error);
        left -= (gint64)n;
    }
    if (file)
        fclose(file);
    if (!done && error && !*error)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "'%s' changed or went away while it was being packed", path);
    return done;
}

static bool write_archive(const BundleOptions *options, const GPtrArray *files,
                          const xmlChar *manifest, int length, FileOut *out, GError **error)
{
    g_autoptr(Archive) archive = archive_write_new();

    if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
        archive_write_add_filter_xz(archive) != ARCHIVE_OK ||
        archive_write_set_filter_option(archive, "xz", "compression-level", "3") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(archive, 0) != ARCHIVE_OK ||
        archive_write_open(archive, out, NULL, write_piece, NULL) != ARCHIVE_OK)
        return archive_fail(archive, error);
    if (!add_header(archive, "manifest.xml", length, error) ||
        !add_bytes(archive, manifest, (gsize)length, error))
        return false;
    for (guint i = 0; i < files->len; i++)
        if (!add_file(archive, options->run_folder, files->pdata[i], error))
            return false;
    return archive_write_close(archive) == ARCHIVE_OK || archive_fail(archive, error);
}

bool bundle_write(const BundleOptions *options, guint *ret_files, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(packed_free);
    g_autoptr(FileOut) out = NULL;
    xml_str manifest = NULL;
    int length = 0;

    if (!collect(options->run_folder, NULL, files, error))
        return false;
    g_ptr_array_sort(files, by_name);
    if (!make_manifest(options, files, &manifest, &length, error) ||
        !file_out_new(options->output, &out, error) ||
        !write_archive(options, files, manifest, length, out, error) ||
        !file_out_commit(out, error))
        return false;
    if (ret_files)
        *ret_files = files->len;
    return true;
}
