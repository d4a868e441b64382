/* SPDX-License-Identifier: GPL-2.0-or-later
 * Packing a run folder into a signed archive.
 */
#include "report/bundle.h"

#include <fcntl.h>
#include <stdlib.h>
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

#define TOLD_MAX 5 /* files that a message names */

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

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
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

static bool hides_secret(const char *path, const char *name, bool is_file, GError **error)
{
    g_autofree char *said = redact_text(name);

    if (!g_str_equal(said, name)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the name of '%s' holds a secret of lab.xml: rename it", path);
        return true;
    }
    if (is_file && redact_in_file(path)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' holds a secret of lab.xml: remove the file, or what is in it", path);
        return true;
    }
    return false;
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
        if (hides_secret(path, relative, S_ISREG(st.st_mode), error) ||
            (S_ISDIR(st.st_mode) && !collect(folder, relative, files, error)))
            return false;
        if (S_ISREG(st.st_mode) && !collect_file(path, relative, st.st_size, files, error))
            return false;
    }
    return true;
}

/* --- whether it may be packed --- */

/* What bundle_verify() would refuse. */
static bool check_size(const GPtrArray *files, GError **error)
{
    guint64 total = 0;

    for (guint i = 0; i < files->len; i++)
        total += (guint64)((const Packed *)files->pdata[i])->bytes;
    if (files->len <= BUNDLE_FILES_MAX && total <= BUNDLE_BYTES_MAX)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "a bundle holds at most %u files and %u GiB; these are %u and %u", BUNDLE_FILES_MAX,
                (guint)(BUNDLE_BYTES_MAX >> 30), files->len, (guint)(total >> 30));
    return false;
}

/* An output in the run folder would be packed the next time. */
static bool lies_outside(const BundleOptions *options, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(options->output);
    char *folder = realpath(options->run_folder, NULL), *target = realpath(parent, NULL);
    gsize length = folder ? strlen(folder) : 0;
    bool inside = folder && target && strncmp(folder, target, length) == 0 &&
                  (target[length] == '\0' || target[length] == G_DIR_SEPARATOR);

    free(folder);
    free(target);
    if (inside)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' lies in the run folder that it is to hold: give another --output",
                    options->output);
    return !inside;
}

bool bundle_recorded(const Result *result, GHashTable **ret_recorded, GError **error)
{
    g_autoptr(GHashTable) recorded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        if (!result_load(result, result_case, error))
            return false;
        for (guint j = 0; j < result_case->attempts->len; j++) {
            const ResultAttempt *attempt = result_case->attempts->pdata[j];
            for (guint k = 0; k < attempt->evidence->len; k++) {
                const ResultEvidence *item = attempt->evidence->pdata[k];
                if (item->file && item->sha256 && g_str_equal(item->outcome, "collected"))
                    g_hash_table_insert(recorded, g_strdup(item->file), g_strdup(item->sha256));
            }
        }
        result_unload(result_case);
    }
    *ret_recorded = g_steal_pointer(&recorded);
    return true;
}

/* Whether every recorded file is there as it was collected; names the first that is not. */
static bool check_recorded(GHashTable *recorded, const GPtrArray *files, GError **error)
{
    g_autoptr(GHashTable) there = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GList) names =
        recorded ? g_list_sort(g_hash_table_get_keys(recorded), by_text) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    guint told = 0, wrong = 0;

    for (guint i = 0; i < files->len; i++)
        g_hash_table_insert(there, ((Packed *)files->pdata[i])->name, files->pdata[i]);
    for (const GList *at = names; at; at = at->next) {
        const Packed *packed = g_hash_table_lookup(there, at->data);
        const char *sha256 = g_hash_table_lookup(recorded, at->data);
        if (packed && g_str_equal(packed->sha256, sha256))
            continue;
        if (++wrong > TOLD_MAX)
            continue;
        g_string_append_printf(text, "%s'%s' %s", told++ > 0 ? ", " : "", (const char *)at->data,
                               packed ? "was changed since it was collected" : "is missing");
    }
    if (wrong > TOLD_MAX)
        g_string_append_printf(text, ", and %u more", wrong - TOLD_MAX);
    if (wrong > 0)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the evidence is not what the journal says: %s", text->str);
    return wrong == 0;
}

/* --- the manifest --- */

static bool make_manifest(const BundleOptions *options, const GPtrArray *files, xmlChar **ret_text,
                          int *ret_length, GError **error)
{
    g_autoptr(xmlDoc) manifest = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewDocNode(manifest, NULL, BAD_CAST "bundle", NULL);

    xmlDocSetRootElement(manifest, root);
    xmlSetNs(root, xmlNewNs(root, BAD_CAST "urn:truce:bundle:1", NULL));
    xmlNewProp(root, BAD_CAST "run", BAD_CAST options->run);
    xmlNewProp(root, BAD_CAST "truce", BAD_CAST TRUCE_VERSION);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    xmlNewProp(root, BAD_CAST "signed", BAD_CAST time);
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
    if ((guint)*ret_length <= BUNDLE_MANIFEST_MAX)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "the names of %u files are more than a manifest of %u MiB can hold", files->len,
                BUNDLE_MANIFEST_MAX >> 20);
    return false;
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
    archive_entry_set_mtime(entry, 0, 0); /* of no meaning: the manifest has its own */
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
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    gint64 left = packed->bytes;
    FILE *file = fopen(path, "re");
    bool done = file && add_header(archive, packed->name, packed->bytes, error);

    while (done && left > 0) {
        gsize n = fread(piece, 1, (gsize)MIN(left, 1 << 20), file);
        g_checksum_update(checksum, (const guchar *)piece, (gssize)n);
        done = n > 0 && add_bytes(archive, piece, n, error);
        left -= (gint64)n;
    }
    done = done && g_str_equal(g_checksum_get_string(checksum), packed->sha256);
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

    if (!lies_outside(options, error) || !collect(options->run_folder, NULL, files, error))
        return false;
    g_ptr_array_sort(files, by_name);
    if (!check_size(files, error) || !check_recorded(options->recorded, files, error) ||
        !make_manifest(options, files, &manifest, &length, error) ||
        !file_out_new(options->output, &out, error) ||
        !write_archive(options, files, manifest, length, out, error) ||
        !file_out_commit(out, error))
        return false;
    if (ret_files)
        *ret_files = files->len;
    return true;
}
