/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checking a bundle from elsewhere: twice through the archive, without unpacking it. The first time
 * xz's checks to the last byte, the second the entries.
 */
#include "report/bundle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <lzma.h>

#include "report/bundle-sign.h"
#include "report/clean.h"
#include "util/error.h"

#define PIECE_BYTES (1 << 20)
#define INDEX_BYTES_MAX (64u << 20)            /* memory for xz's index */
#define FAULTS_MAX 100                         /* more are only counted */
#define TAGS_MAX (2 * BUNDLE_FILES_MAX + 1000) /* of a manifest … */
#define TAG_BYTES_MAX (64 << 10)
#define DEPTH_MAX 20

typedef struct archive Archive;

static void archive_end(Archive *archive)
{
    archive_read_free(archive);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_end)

typedef struct {
    guint64 bytes;
    char *sha256;
    bool seen;
} Listed;

typedef struct {
    BundleCheck *check;
    GHashTable *listed; /* name → Listed* */
    guint faults;
} Verify;

static void listed_free(gpointer data)
{
    Listed *listed = data;
    g_free(listed->sha256);
    g_free(listed);
}

void bundle_check_free(BundleCheck *check)
{
    if (!check)
        return;
    g_free(check->run);
    g_free(check->truce);
    g_free(check->signed_at);
    g_free(check->signer);
    g_ptr_array_unref(check->faults);
    g_free(check);
}

static void G_GNUC_PRINTF(2, 3) fault(Verify *verify, const char *format, ...)
{
    va_list arguments;

    if (++verify->faults > FAULTS_MAX)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *clean = clean_text(text);
    g_ptr_array_add(verify->check->faults, clean_line(clean));
}

static bool no_bundle(const char *path, const char *why, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' is no bundle of truce: %s", path, why);
    return false;
}

/* --- the compressed stream --- */

/* Whether the file is one xz stream and nothing else: its index, found from its end, says how long
 * the stream is. (Decoders take several streams, and zeros behind them, for one.) */
static bool is_one_stream(const char *path)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    const uint8_t *bytes = file ? (const uint8_t *)g_mapped_file_get_contents(file) : NULL;
    gsize size = bytes ? g_mapped_file_get_length(file) : 0, at = 0;
    uint64_t memory = INDEX_BYTES_MAX;
    lzma_stream_flags footer;
    lzma_index *index = NULL;

    if (size < 2 * LZMA_STREAM_HEADER_SIZE ||
        lzma_stream_footer_decode(&footer, bytes + size - LZMA_STREAM_HEADER_SIZE) != LZMA_OK ||
        footer.backward_size > size - 2 * LZMA_STREAM_HEADER_SIZE)
        return false;
    const uint8_t *from = bytes + size - LZMA_STREAM_HEADER_SIZE - footer.backward_size;
    if (lzma_index_buffer_decode(&index, &memory, NULL, from, &at, footer.backward_size) != LZMA_OK)
        return false;
    bool one = lzma_index_stream_size(index) == size;
    lzma_index_end(index, NULL);
    return one;
}

typedef enum { FILE_NONE, FILE_OTHER, FILE_XZ } FileKind;

/* A file that begins or ends as xz does, or is cut within its first bytes, is one. */
static FileKind kind_of(const char *path)
{
    static const char begin[6] = "\xFD"
                                 "7zXZ",
                      end[2] = {'Y', 'Z'};
    GStatBuf st;
    char first[6] = "", last[2] = "";

    if (g_stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return FILE_NONE;
    FILE *file = fopen(path, "re");
    gsize length = file ? fread(first, 1, sizeof first, file) : 0;
    if (file && fseeko(file, -(off_t)sizeof last, SEEK_END) == 0 &&
        fread(last, 1, sizeof last, file) < sizeof last)
        last[0] = '\0';
    if (file)
        fclose(file);
    bool begins = length > 0 && memcmp(first, begin, length) == 0;
    return begins || memcmp(last, end, sizeof end) == 0 ? FILE_XZ : FILE_OTHER;
}

/* Whether xz holds from the first byte to the last of the file. */
static bool check_stream(const char *path, Verify *verify, GError **error)
{
    g_autoptr(Archive) archive = archive_read_new();
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    struct archive_entry *entry;
    guint64 total = 0;
    la_ssize_t n = -1;

    archive_read_support_filter_xz(archive);
    archive_read_support_format_raw(archive);
    FileKind kind = kind_of(path);
    if (kind != FILE_XZ)
        return no_bundle(path,
                         kind == FILE_NONE ? "there is no such file" : "it is not compressed by xz",
                         error);
    if (archive_read_open_filename(archive, path, PIECE_BYTES) == ARCHIVE_OK &&
        archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
        archive_filter_code(archive, 0) == ARCHIVE_FILTER_XZ)
        while ((n = archive_read_data(archive, piece, PIECE_BYTES)) > 0) {
            total += (guint64)n;
            if (total > 2 * BUNDLE_BYTES_MAX)
                return no_bundle(path, "it is too large", error);
        }
    if (n < 0)
        fault(verify, "the archive: its compressed bytes were changed or cut");
    else if (!is_one_stream(path))
        fault(verify, "the archive: bytes were added behind its end");
    return true;
}

/* --- the manifest --- */

static bool read_file_element(Verify *verify, const xmlNode *node)
{
    xml_str name = xmlGetNoNsProp(node, BAD_CAST "name");
    xml_str bytes = xmlGetNoNsProp(node, BAD_CAST "bytes");
    xml_str sha256 = xmlGetNoNsProp(node, BAD_CAST "sha256");
    guint64 size;

    if (!name || !bytes || !sha256 || strlen((const char *)sha256) != 64 ||
        !g_ascii_string_to_unsigned((const char *)bytes, 10, 0, BUNDLE_BYTES_MAX, &size, NULL) ||
        g_hash_table_contains(verify->listed, name) ||
        g_hash_table_size(verify->listed) >= BUNDLE_FILES_MAX)
        return false;
    Listed *listed = g_new0(Listed, 1);
    listed->bytes = size;
    listed->sha256 = g_strdup((const char *)sha256);
    g_hash_table_insert(verify->listed, g_strdup((const char *)name), listed);
    verify->check->files++;
    verify->check->bytes += size;
    return verify->check->bytes <= BUNDLE_BYTES_MAX;
}

static bool read_manifest(Verify *verify, const xmlDoc *manifest)
{
    const xmlNode *root = xmlDocGetRootElement((xmlDoc *)manifest);

    if (!root || !g_str_equal((const char *)root->name, "bundle") || !root->ns ||
        !g_str_equal((const char *)root->ns->href, "urn:truce:bundle:1"))
        return false;
    xml_str run = xmlGetNoNsProp(root, BAD_CAST "run");
    xml_str truce = xmlGetNoNsProp(root, BAD_CAST "truce");
    xml_str signed_at = xmlGetNoNsProp(root, BAD_CAST "signed");
    verify->check->run = clean_text(run ? (const char *)run : "");
    verify->check->truce = clean_text(truce ? (const char *)truce : "");
    verify->check->signed_at = signed_at ? clean_text((const char *)signed_at) : NULL;
    for (const xmlNode *node = root->children; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && g_str_equal((const char *)node->name, "file") &&
            !read_file_element(verify, node))
            return false;
    return true;
}

/* Behind an XML declaration: the one place of a manifest where quotes need not come in pairs. */
static const char *after_declaration(const char *text, const char *end)
{
    const char *close =
        g_str_has_prefix(text, "<?xml ") ? memmem(text, (gsize)(end - text), "?>", 2) : NULL;

    return close ? close + 2 : text;
}

/* Whether the text is what a manifest can be as far as its size goes: libxml2's own limits are for
 * documents of at most 10 MB. One pass from tag to tag; nothing that a manifest does not have:
 * document types, comments, CDATA, processing instructions, whose quotes would hide the others. */
static bool is_bounded(const char *text, gsize length)
{
    guint tags = 0, depth = 0;
    const char *end = text + length, *at = after_declaration(text, end), *from;

    for (; (from = memchr(at, '<', (gsize)(end - at))); at++) {
        char quote = '\0';
        for (at = from; at < end && (quote || *at != '>'); at++)
            if (*at == quote)
                quote = '\0';
            else if (!quote && (*at == '"' || *at == '\''))
                quote = *at;
        if (at >= end || at - from > TAG_BYTES_MAX || strchr("!?", from[1]) || ++tags > TAGS_MAX)
            return false;
        if (from[1] == '/')
            depth -= depth > 0;
        else if (at[-1] != '/' && ++depth > DEPTH_MAX)
            return false;
    }
    return true;
}

static xmlDoc *parse_manifest(const char *text, gsize length)
{
    if (length > BUNDLE_MANIFEST_MAX || memchr(text, '\0', length) || !is_bounded(text, length))
        return NULL;
    return xmlReadMemory(text, (int)length, "manifest.xml", "UTF-8",
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                             XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE);
}

/* --- the entries --- */

static bool is_plain(struct archive_entry *entry)
{
    return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
           !archive_entry_symlink(entry) && archive_entry_size_is_set(entry) &&
           archive_entry_pathname_utf8(entry);
}

static bool is_manifest(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    return name && g_str_equal(name, "manifest.xml");
}

/* The archive's first entry, which must be the manifest. *ret_text is NULL where it was changed. */
static bool read_first(Verify *verify, Archive *archive, const char *path, char **ret_text,
                       gsize *ret_length, GError **error)
{
    struct archive_entry *entry;
    int result = archive_read_next_header(archive, &entry);

    *ret_text = NULL;
    if (result != ARCHIVE_OK || !is_plain(entry) || !is_manifest(entry)) {
        while (result == ARCHIVE_OK && !is_manifest(entry))
            result = archive_read_next_header(archive, &entry);
        if (result != ARCHIVE_OK && verify->faults == 0)
            return no_bundle(path, "it has no manifest.xml", error);
        fault(verify, "the archive: it does not begin with manifest.xml");
        return true;
    }
    if (archive_entry_size(entry) > BUNDLE_MANIFEST_MAX) {
        fault(verify, "manifest.xml: it is too long");
        return true;
    }
    gsize length = (gsize)archive_entry_size(entry), done = 0;
    g_autofree char *text = g_malloc(length + 1);
    while (done < length) {
        la_ssize_t n = archive_read_data(archive, text + done, length - done);
        if (n <= 0) {
            fault(verify, "manifest.xml: it cannot be read to its end");
            return true;
        }
        done += (gsize)n;
    }
    text[length] = '\0';
    *ret_text = g_steal_pointer(&text);
    *ret_length = length;
    return true;
}

/* The SHA-256 of an entry that is no longer than `bytes`; NULL where it is, or cannot be read. */
static char *sum_entry(Archive *archive, guint64 bytes)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *piece = g_malloc(PIECE_BYTES);
    guint64 total = 0;
    la_ssize_t n;

    while ((n = archive_read_data(archive, piece, PIECE_BYTES)) > 0) {
        total += (guint64)n;
        if (total > bytes)
            return NULL;
        g_checksum_update(checksum, piece, n);
    }
    return n < 0 || total != bytes ? NULL : g_strdup(g_checksum_get_string(checksum));
}

static void check_entry(Verify *verify, Archive *archive, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    Listed *listed = name ? g_hash_table_lookup(verify->listed, name) : NULL;

    if (!is_plain(entry)) {
        fault(verify, "%s: it is no plain file", name ? name : "an entry without a name");
        return;
    }
    if (!listed || listed->seen) {
        fault(verify, listed ? "%s: it is there twice" : "%s: it was added", name);
        return;
    }
    listed->seen = true;
    if ((guint64)archive_entry_size(entry) != listed->bytes) {
        fault(verify, "%s: it was changed: %" G_GINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT,
              name, (gint64)archive_entry_size(entry), listed->bytes);
        return;
    }
    g_autofree char *sha256 = sum_entry(archive, listed->bytes);
    if (!sha256 || !g_str_equal(sha256, listed->sha256))
        fault(verify, "%s: it was changed: its SHA-256 is another", name);
}

static void check_entries(Verify *verify, Archive *archive)
{
    struct archive_entry *entry;
    int result;
    guint count = 0;

    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        if (++count > BUNDLE_FILES_MAX) {
            fault(verify, "the archive: more than %u entries", BUNDLE_FILES_MAX);
            return;
        }
        check_entry(verify, archive, entry);
    }
    if (result != ARCHIVE_EOF)
        fault(verify, "the archive: it cannot be read to its end");
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void check_missing(Verify *verify)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(verify->listed), by_text);

    for (const GList *at = names; at; at = at->next)
        if (!((const Listed *)g_hash_table_lookup(verify->listed, at->data))->seen)
            fault(verify, "%s: it is missing", (const char *)at->data);
}

static bool check_signature(Verify *verify, xmlDoc *manifest, const char *certificate,
                            const char *ca, GError **error)
{
    const char *said = verify->check->signed_at;
    g_autoptr(GDateTime) time = said ? g_date_time_new_from_iso8601(said, NULL) : NULL;
    const ManifestTime signed_at = {.known = time != NULL,
                                    .when = time ? (time_t)g_date_time_to_unix(time) : 0};
    ManifestCheck check;

    if (!manifest_verify(manifest, certificate, ca, &signed_at, &check, error))
        return false;
    if (check.fault)
        fault(verify, "%s", check.fault);
    verify->check->signer = check.signer ? clean_text(check.signer) : NULL;
    verify->check->expired = check.expired;
    g_free(check.signer);
    g_free(check.fault);
    return true;
}

static bool check_archive(Verify *verify, const char *path, const char *certificate, const char *ca,
                          GError **error)
{
    g_autoptr(Archive) archive = archive_read_new();
    g_autofree char *text = NULL;
    gsize length;

    archive_read_support_filter_xz(archive);
    archive_read_support_format_tar(archive);
    if (archive_read_open_filename(archive, path, PIECE_BYTES) != ARCHIVE_OK) {
        if (verify->faults == 0)
            return no_bundle(path, "it is no archive", error);
        return true;
    }
    if (!read_first(verify, archive, path, &text, &length, error))
        return false;
    g_autoptr(xmlDoc) manifest = text ? parse_manifest(text, length) : NULL;
    if (!manifest || !read_manifest(verify, manifest)) {
        if (text)
            fault(verify, "manifest.xml: it is no manifest of a bundle");
        return true;
    }
    if (!check_signature(verify, manifest, certificate, ca, error))
        return false;
    check_entries(verify, archive);
    check_missing(verify);
    return true;
}

bool bundle_verify(const char *path, const char *certificate, const char *ca,
                   BundleCheck **ret_check, GError **error)
{
    g_autoptr(BundleCheck) check = g_new0(BundleCheck, 1);
    g_autoptr(GHashTable) listed =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, listed_free);
    Verify verify = {.check = check, .listed = listed};

    check->faults = g_ptr_array_new_with_free_func(g_free);
    if (!check_stream(path, &verify, error) ||
        !check_archive(&verify, path, certificate, ca, error))
        return false;
    if (verify.faults > FAULTS_MAX)
        g_ptr_array_add(check->faults, g_strdup_printf("and %u more", verify.faults - FAULTS_MAX));
    *ret_check = g_steal_pointer(&check);
    return true;
}
