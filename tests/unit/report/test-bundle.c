/* SPDX-License-Identifier: GPL-2.0-or-later
 * Certification bundles: what was packed is found unchanged, with the signer's certificate and with
 * the CA's; what was changed, by one byte or by a hostile archive, is refused and named. Keys are
 * made here, with OpenSSL.
 */
#include "report/bundle.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "util/error.h"
#include "util/files.h"

static char *scratch, *run;
static char *ca_key, *ca, *key, *certificate, *other_key, *other;

/* --- keys --- */

static char *in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

static X509 *make_certificate(EVP_PKEY *of, const char *name, X509 *issuer, EVP_PKEY *by)
{
    X509 *made = X509_new();
    X509_NAME *subject = X509_get_subject_name(made);

    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600 * 24);
    X509_set_pubkey(made, of);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0);
    X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : subject);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer ? issuer : made, made, NULL, NULL, 0);
    X509_EXTENSION *constraint = X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints,
                                                     issuer ? "CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(made, constraint, -1);
    X509_EXTENSION_free(constraint);
    g_assert_cmpint(X509_sign(made, by, EVP_sha256()), >, 0);
    return made;
}

static void write_pem(const char *path, EVP_PKEY *private, X509 *made)
{
    FILE *file = fopen(path, "we");
    g_assert_nonnull(file);
    if (private)
        g_assert_cmpint(PEM_write_PrivateKey(file, private, NULL, NULL, 0, NULL, NULL), ==, 1);
    else
        g_assert_cmpint(PEM_write_X509(file, made), ==, 1);
    fclose(file);
}

static void make_keys(void)
{
    EVP_PKEY *root = EVP_RSA_gen(2048), *signer = EVP_EC_gen("P-256"),
             *stranger = EVP_RSA_gen(2048);
    X509 *root_made = make_certificate(root, "Root", NULL, root);
    X509 *signer_made = make_certificate(signer, "Signer", root_made, root);
    X509 *stranger_made = make_certificate(stranger, "Stranger", NULL, stranger);

    write_pem(ca = in_scratch("ca.crt"), NULL, root_made);
    write_pem(ca_key = in_scratch("ca.key"), root, NULL);
    write_pem(key = in_scratch("signer.key"), signer, NULL);
    write_pem(certificate = in_scratch("signer.crt"), NULL, signer_made);
    write_pem(other_key = in_scratch("stranger.key"), stranger, NULL);
    write_pem(other = in_scratch("stranger.crt"), NULL, stranger_made);
    EVP_PKEY_free(root);
    EVP_PKEY_free(signer);
    EVP_PKEY_free(stranger);
    X509_free(root_made);
    X509_free(signer_made);
    X509_free(stranger_made);
}

/* --- a bundle --- */

static void put(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(run, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_true(files_make_folder(folder, NULL));
    g_assert_true(files_write_atomic(path, text, strlen(text), NULL));
}

static char *make_bundle(const char *name, const char *with_key, const char *with_certificate)
{
    g_autofree char *path = in_scratch(name);
    const BundleOptions options = {.run_folder = run,
                                   .run = "r",
                                   .key = with_key,
                                   .certificate = with_certificate,
                                   .output = path};
    g_autoptr(GError) error = NULL;
    guint files = 0;

    bundle_write(&options, &files, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(files, ==, 4);
    return g_steal_pointer(&path);
}

/* How many faults; -1 where it is no bundle at all. `said` must stand in one of them. */
static int faults(const char *path, const char *by, const char *issued, const char *said)
{
    g_autoptr(BundleCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    if (!bundle_verify(path, by, issued, &check, &error)) {
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (said && !strstr(error->message, said))
            g_error("'%s' does not hold '%s'", error->message, said);
        return -1;
    }
    bool found = !said;
    for (guint i = 0; i < check->faults->len; i++)
        found = found || strstr(check->faults->pdata[i], said);
    if (!found)
        g_error("no fault holds '%s'", said);
    return (int)check->faults->len;
}

static void test_good(void)
{
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);
    g_autofree char *again = make_bundle("good-rsa.tar.xz", other_key, other);
    g_autoptr(BundleCheck) check = NULL;

    g_assert_true(bundle_verify(path, certificate, NULL, &check, NULL));
    g_assert_cmpuint(check->faults->len, ==, 0);
    g_assert_cmpuint(check->files, ==, 4);
    g_assert_cmpstr(check->run, ==, "r");
    g_assert_cmpstr(check->signer, ==, "CN=Signer");
    g_assert_cmpint(faults(path, NULL, ca, NULL), ==, 0);
    g_assert_cmpint(faults(again, other, NULL, NULL), ==, 0);
}

/* A signature that holds is worth nothing where it is not by whom the user trusts. */
static void test_stranger(void)
{
    g_autofree char *path = make_bundle("stranger.tar.xz", other_key, other);

    g_assert_cmpint(faults(path, certificate, NULL, "its signature is not"), ==, 1);
    g_assert_cmpint(faults(path, NULL, ca, "its signature is not"), ==, 1);
    g_autofree char *issued = make_bundle("issued.tar.xz", key, certificate);
    g_assert_cmpint(faults(issued, NULL, other, "its signature is not"), ==, 1);
}

static void test_wrong_keys(void)
{
    g_autofree char *path = in_scratch("none.tar.xz");
    BundleOptions options = {.run_folder = run,
                             .run = "r",
                             .key = other_key,
                             .certificate = certificate,
                             .output = path};
    g_autoptr(GError) mismatch = NULL, missing = NULL;

    g_assert_false(bundle_write(&options, NULL, &mismatch));
    g_assert_error(mismatch, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(mismatch->message, "is not that of the key"));
    options.key = "/nowhere";
    g_assert_false(bundle_write(&options, NULL, &missing));
    g_assert_error(missing, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Every byte of the beginning and the end, and many between. */
static void test_one_byte(void)
{
    g_autofree char *path = make_bundle("whole.tar.xz", key, certificate);
    g_autofree char *altered = in_scratch("altered.tar.xz");
    g_autofree char *bytes = NULL;
    gsize length;
    guint tried = 0;

    g_assert_true(files_read(path, 16 << 20, &bytes, &length, NULL));
    for (gsize at = 0; at < length; at += at < 64 || at + 65 > length ? 1 : 13) {
        bytes[at] ^= (char)(1 << at % 8);
        g_assert_true(g_file_set_contents(altered, bytes, (gssize)length, NULL));
        bytes[at] ^= (char)(1 << at % 8);
        if (faults(altered, certificate, NULL, NULL) == 0)
            g_error("byte %" G_GSIZE_FORMAT " was changed and nobody saw it", at);
        tried++;
    }
    g_assert_cmpuint(tried, >, 150);
}

static void test_length(void)
{
    g_autofree char *path = make_bundle("whole.tar.xz", key, certificate);
    g_autofree char *altered = in_scratch("altered.tar.xz");
    g_autofree char *bytes = NULL;
    gsize length;

    g_assert_true(files_read(path, 16 << 20, &bytes, &length, NULL));
    g_autofree char *twice = g_malloc0(2 * length);
    memcpy(twice, bytes, length);
    for (gsize more = 1; more <= 8; more++) { /* zeros behind a stream are padding to xz */
        g_assert_true(g_file_set_contents(altered, twice, (gssize)(length + more), NULL));
        g_assert_cmpint(faults(altered, certificate, NULL, NULL), !=, 0);
    }
    memcpy(twice + length, bytes, length);
    g_assert_true(g_file_set_contents(altered, twice, (gssize)(2 * length), NULL));
    g_assert_cmpint(faults(altered, certificate, NULL, "behind its end"), >, 0);
    for (gsize less = 1; less < length; less += 31) {
        g_assert_true(g_file_set_contents(altered, bytes, (gssize)(length - less), NULL));
        g_assert_cmpint(faults(altered, certificate, NULL, NULL), !=, 0);
    }
}

/* --- archives that somebody else packed --- */

typedef struct {
    const char *name, *text; /* NULL text: as it was packed */
    int type;                /* AE_IFREG, AE_IFLNK (text is the target); 0: left out */
} Change;

static void add_entry(struct archive *to, const char *name, int type, const char *bytes,
                      gsize length)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, (unsigned)type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, type == AE_IFREG ? (la_int64_t)length : 0);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, bytes);
    g_assert_cmpint(archive_write_header(to, entry), ==, ARCHIVE_OK);
    if (type == AE_IFREG)
        archive_write_data(to, bytes, length);
    archive_entry_free(entry);
}

/* Packs a good bundle's entries again, with one of them changed, or with one more. */
static char *repack(const char *path, const Change *change)
{
    char *output = in_scratch("repacked.tar.xz");
    struct archive *from = archive_read_new(), *to = archive_write_new();
    struct archive_entry *entry;
    bool found = false;

    archive_read_support_filter_xz(from);
    archive_read_support_format_tar(from);
    archive_write_set_format_pax_restricted(to);
    archive_write_add_filter_xz(to);
    g_assert_cmpint(archive_read_open_filename(from, path, 4096), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_open_filename(to, output), ==, ARCHIVE_OK);
    while (archive_read_next_header(from, &entry) == ARCHIVE_OK) {
        gsize length = (gsize)archive_entry_size(entry);
        g_autofree char *name = g_strdup(archive_entry_pathname(entry));
        g_autofree char *bytes = g_malloc(length + 1);
        g_assert_cmpint(archive_read_data(from, bytes, length), ==, (gssize)length);
        bool this = g_str_equal(name, change->name);
        found = found || this;
        if (!this)
            add_entry(to, name, AE_IFREG, bytes, length);
        else if (change->type != 0)
            add_entry(to, name, change->type, change->text, strlen(change->text));
    }
    if (!found)
        add_entry(to, change->name, change->type, change->text, strlen(change->text));
    archive_read_free(from);
    archive_write_close(to);
    archive_write_free(to);
    return output;
}

static void test_repacked(void)
{
    static const struct {
        Change change;
        const char *said;
    } changes[] = {
        {{"report.json", "{\"tampered\":1}", AE_IFREG}, "report.json: it was changed"},
        {{"plan.json", "{\"Plan\":1}\n", AE_IFREG}, "plan.json: it was changed: its SHA-256"},
        {{"journal.ndjson", NULL, 0}, "journal.ndjson: it is missing"},
        {{"cases/a/serial.log", "/etc/shadow", AE_IFLNK},
         "cases/a/serial.log: it is no plain file"},
        {{"../../etc/cron.d/x", "* * * * *", AE_IFREG}, "../../etc/cron.d/x: it was added"},
        {{"/etc/passwd", "x", AE_IFREG}, "/etc/passwd: it was added"},
        {{"added\x1b[2J.txt", "x", AE_IFREG}, "it was added"},
        {{"manifest.xml", NULL, 0}, "does not begin with manifest.xml"},
        {{"manifest.xml", "<bundle xmlns='urn:truce:bundle:1' run='r'/>", AE_IFREG}, "not signed"},
        {{"manifest.xml", "<!DOCTYPE b [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><b>&x;</b>",
          AE_IFREG},
         "not well-formed"},
        {{"manifest.xml", "<bundle", AE_IFREG}, "not well-formed"},
    };
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *repacked = repack(path, &changes[i].change);
        g_assert_cmpint(faults(repacked, certificate, NULL, changes[i].said), !=, 0);
    }
    /* The twin: packed again without a change, it is as it was signed. */
    const Change none = {"plan.json", "{\"plan\":1}\n", AE_IFREG};
    g_autofree char *twin = repack(path, &none);
    g_assert_cmpint(faults(twin, certificate, NULL, NULL), ==, 0);
}

/* A manifest that is changed and keeps its signature. */
static void test_manifest(void)
{
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);
    struct archive *from = archive_read_new();
    struct archive_entry *entry;
    char manifest[16384] = "";

    archive_read_support_filter_xz(from);
    archive_read_support_format_tar(from);
    g_assert_cmpint(archive_read_open_filename(from, path, 4096), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_read_next_header(from, &entry), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_read_data(from, manifest, sizeof manifest - 1), >, 0);
    archive_read_free(from);
    g_autofree char *renamed = g_strdup(manifest);
    strstr(renamed, "run=\"r\"")[5] = 's';
    const Change change = {"manifest.xml", renamed, AE_IFREG};
    g_autofree char *repacked = repack(path, &change);
    g_assert_cmpint(faults(repacked, certificate, NULL, "what it signed was changed"), ==, 1);
    g_assert_cmpint(faults(repacked, NULL, ca, "what it signed was changed"), ==, 1);
}

static void test_no_bundle(void)
{
    g_autofree char *text = in_scratch("text");

    g_assert_true(files_write_atomic(text, "hello\n", 6, NULL));
    g_assert_cmpint(faults(text, certificate, NULL, "no bundle"), ==, -1);
    g_assert_cmpint(faults(scratch, certificate, NULL, "no such file"), ==, -1);
    g_assert_cmpint(faults("/nowhere", certificate, NULL, "no such file"), ==, -1);
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);
    g_assert_cmpint(faults(path, text, NULL, "no certificate"), ==, -1);
    g_assert_cmpint(faults(path, NULL, text, "no certificate"), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    scratch = g_dir_make_tmp("truce-test-XXXXXX", NULL);
    run = in_scratch("run");
    put("plan.json", "{\"plan\":1}\n");
    put("journal.ndjson", "");
    put("report.json", "{}");
    put("cases/a/serial.log", "boot\r\n");
    make_keys();
    g_test_add_func("/bundle/good", test_good);
    g_test_add_func("/bundle/stranger", test_stranger);
    g_test_add_func("/bundle/wrong-keys", test_wrong_keys);
    g_test_add_func("/bundle/one-byte", test_one_byte);
    g_test_add_func("/bundle/length", test_length);
    g_test_add_func("/bundle/repacked", test_repacked);
    g_test_add_func("/bundle/manifest", test_manifest);
    g_test_add_func("/bundle/no-bundle", test_no_bundle);
    int status = g_test_run();
    files_remove_tree(scratch, NULL);
    char **const paths[] = {&scratch, &run, &ca_key, &ca, &key, &certificate, &other_key, &other};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
        g_free(*paths[i]);
    return status;
}
