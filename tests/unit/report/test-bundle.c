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
#include "util/redact.h"

static char *scratch, *run;
static char *ca_key, *ca, *key, *certificate, *other_key, *other;

/* --- keys --- */

static char *in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

typedef struct {
    const char *name;
    EVP_PKEY *key;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *by;
    bool is_ca;
    const char *usage; /* keyUsage, or NULL */
    long from_s, to_s; /* of its validity, from now */
} Wanted;

static void add_extension(X509 *made, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, made, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    g_assert_nonnull(extension);
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const Wanted *wanted)
{
    static long serial = 1;
    X509 *made = X509_new(), *issuer = wanted->issuer ? wanted->issuer : made;
    X509_NAME *subject = X509_get_subject_name(made);

    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made), wanted->from_s ? wanted->from_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), wanted->to_s ? wanted->to_s : 3600 * 24);
    X509_set_pubkey(made, wanted->key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const guchar *)wanted->name, -1, -1,
                               0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    add_extension(made, issuer, NID_basic_constraints,
                  wanted->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (wanted->usage)
        add_extension(made, issuer, NID_key_usage, wanted->usage);
    g_assert_cmpint(X509_sign(made, wanted->by, EVP_sha256()), >, 0);
    return made;
}

static void write_pem(const char *path, EVP_PKEY *private, X509 *made)
{
    FILE *file = fopen(path, "we");
    g_assert_nonnull(file);
    if (private)
        g_assert_cmpint(PEM_write_PrivateKey(file, private, NULL, NULL, 0, NULL, NULL), ==, 1);
    if (made)
        g_assert_cmpint(PEM_write_X509(file, made), ==, 1);
    fclose(file);
}

static void join_files(const char *path, const char *first, const char *second)
{
    g_autofree char *a = NULL, *b = NULL;

    g_assert_true(g_file_get_contents(first, &a, NULL, NULL));
    g_assert_true(g_file_get_contents(second, &b, NULL, NULL));
    g_autofree char *both = g_strconcat(a, b, NULL);
    g_assert_true(g_file_set_contents(path, both, -1, NULL));
}

static void make_keys(void)
{
    EVP_PKEY *root = EVP_RSA_gen(2048), *signer = EVP_EC_gen("P-256"),
             *stranger = EVP_RSA_gen(2048);
    X509 *root_made = make_certificate(&(Wanted){"Root", root, NULL, root, .is_ca = true});
    X509 *signer_made =
        make_certificate(&(Wanted){"Signer", signer, root_made, root, .is_ca = false});
    X509 *stranger_made =
        make_certificate(&(Wanted){"Stranger", stranger, NULL, stranger, .is_ca = true});

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

static void make_parent(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_true(files_make_folder(folder, NULL));
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(run, name, NULL);

    make_parent(path);
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
        if (faults(altered, certificate, NULL, NULL) <= 0)
            g_error("byte %" G_GSIZE_FORMAT " was changed and it is not said", at);
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
        g_assert_cmpint(faults(altered, certificate, NULL, NULL), >, 0);
    }
    memcpy(twice + length, bytes, length);
    g_assert_true(g_file_set_contents(altered, twice, (gssize)(2 * length), NULL));
    g_assert_cmpint(faults(altered, certificate, NULL, "behind its end"), >, 0);
    for (gsize less = 1; less < length; less += 31) {
        g_assert_true(g_file_set_contents(altered, bytes, (gssize)(length - less), NULL));
        g_assert_cmpint(faults(altered, certificate, NULL, NULL), >, 0);
    }
    g_assert_true(g_file_set_contents(altered, bytes, 3, NULL)); /* of its magic */
    g_assert_cmpint(faults(altered, certificate, NULL, "changed or cut"), >, 0);
    g_assert_true(g_file_set_contents(altered, bytes, 0, NULL));
    g_assert_cmpint(faults(altered, certificate, NULL, "not compressed by xz"), ==, -1);
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
        {{"manifest.xml", NULL, 0}, "it has no manifest.xml"},
        {{"manifest.xml", "<bundle xmlns='urn:truce:bundle:1' run='r'/>", AE_IFREG}, "not signed"},
        {{"manifest.xml", "<!DOCTYPE b [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><b>&x;</b>",
          AE_IFREG},
         "no manifest of a bundle"},
        {{"manifest.xml", "<bundle", AE_IFREG}, "no manifest of a bundle"},
        {{"manifest.xml", "", AE_IFREG}, "no manifest of a bundle"},
        {{"manifest.xml", "/etc/passwd", AE_IFLNK}, "does not begin with manifest.xml"},
    };
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *repacked = repack(path, &changes[i].change);
        int count = faults(repacked, certificate, NULL, changes[i].said);
        g_assert_true(strstr(changes[i].said, "has no manifest") ? count == -1 : count > 0);
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

/* A manifest that would take a parser long, or deep: refused before one looks at it. */
static void test_hostile_manifest(void)
{
    static const struct {
        const char *begin, *piece;
        guint count;
    } hostile[] = {{"<bundle xmlns='urn:truce:bundle:1'>", "<a>", 1000000},
                   {"<bundle xmlns='urn:truce:bundle:1' ", "a1=\"\" ", 1000000},
                   {"<bundle xmlns='urn:truce:bundle:1'>", "<a/>", 2100000},
                   {"<bundle xmlns='urn:truce:bundle:1'>", "<!-- -->", 1},
                   /* A quote that closes nothing must not hide a document type. */
                   {"<?x \" ?><!DOCTYPE bundle [<!ENTITY e \"e\">]>",
                    "<bundle xmlns=\"urn:truce:bundle:1\" truce=\">\" run=\"&e;\"></bundle>", 1},
                   {"<?xml version='1.0'?><?x ' ?><!DOCTYPE bundle [<!ENTITY e 'e'>]>",
                    "<bundle xmlns='urn:truce:bundle:1' truce='>' run='&e;'></bundle>", 1}};
    g_autofree char *path = make_bundle("good.tar.xz", key, certificate);

    for (guint i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_autoptr(GString) text = g_string_new(hostile[i].begin);
        for (guint k = 0; k < hostile[i].count; k++)
            g_string_append(text, hostile[i].piece);
        const Change change = {"manifest.xml", text->str, AE_IFREG};
        g_autofree char *repacked = repack(path, &change);
        g_assert_cmpint(faults(repacked, certificate, NULL, "no manifest of a bundle"), ==, 1);
    }
}

/* --- who signed, and when --- */

static char *sign_with(const char *name, const Wanted *wanted, const char *chain, GError **error)
{
    g_autofree char *key_path = in_scratch("wanted.key"), *path = in_scratch("wanted.crt");
    char *output = in_scratch(name);
    X509 *made = make_certificate(wanted);

    write_pem(key_path, wanted->key, NULL);
    write_pem(path, NULL, made);
    X509_free(made);
    if (chain)
        join_files(path, path, chain);
    const BundleOptions options = {
        .run_folder = run, .run = "r", .key = key_path, .certificate = path, .output = output};
    bundle_write(&options, NULL, error);
    return output;
}

static void test_intermediate(void)
{
    EVP_PKEY *root = EVP_EC_gen("P-256"), *middle = EVP_EC_gen("P-256"),
             *leaf = EVP_EC_gen("P-256");
    X509 *root_made = make_certificate(&(Wanted){"Top", root, NULL, root, .is_ca = true});
    X509 *middle_made =
        make_certificate(&(Wanted){"Middle", middle, root_made, root, .is_ca = true});
    g_autofree char *root_path = in_scratch("top.crt"), *middle_path = in_scratch("middle.crt");
    g_autofree char *both = in_scratch("both.crt");
    const Wanted wanted = {"Leaf", leaf, middle_made, middle, .usage = "digitalSignature"};
    g_autoptr(GError) error = NULL;

    write_pem(root_path, NULL, root_made);
    write_pem(middle_path, NULL, middle_made);
    join_files(both, middle_path, root_path);
    g_autofree char *alone = sign_with("alone.tar.xz", &wanted, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(faults(alone, NULL, root_path, "its signature is not that of"), ==, 1);
    g_assert_cmpint(faults(alone, NULL, middle_path, NULL), ==, 0);
    g_assert_cmpint(faults(alone, NULL, both, NULL), ==, 0);
    g_autofree char *chained = sign_with("chained.tar.xz", &wanted, middle_path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(faults(chained, NULL, root_path, NULL), ==, 0);
    g_assert_cmpint(faults(chained, NULL, ca, "its signature is not that of"), ==, 1);
    /* A signer is no CA, whatever is signed with its key. */
    EVP_PKEY *below = EVP_EC_gen("P-256");
    X509 *leaf_made = make_certificate(&wanted);
    g_autofree char *leaf_path = in_scratch("leaf.crt");
    write_pem(leaf_path, NULL, leaf_made);
    join_files(leaf_path, leaf_path, middle_path);
    g_autofree char *forged =
        sign_with("forged.tar.xz", &(Wanted){"Below", below, leaf_made, leaf, .is_ca = false},
                  leaf_path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(faults(forged, NULL, root_path, "its signature is not that of"), ==, 1);
    X509_free(leaf_made);
    X509_free(middle_made);
    X509_free(root_made);
    EVP_PKEY *const keys[] = {root, middle, leaf, below};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        EVP_PKEY_free(keys[i]);
}

static void check_no_signing(const Wanted *wanted, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = sign_with("refused.tar.xz", wanted, NULL, &error);

    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, said));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A good key with a certificate that says nothing good of it. */
static void test_unfit(void)
{
    EVP_PKEY *leaf = EVP_EC_gen("P-256");
    const Wanted good = {"Leaf", leaf, NULL, leaf, .is_ca = false};
    const Wanted expired = {"Leaf", leaf, NULL, leaf, .from_s = -7200, .to_s = -3600};
    const Wanted early = {"Leaf", leaf, NULL, leaf, .from_s = 3600};
    const Wanted other_use = {"Leaf", leaf, NULL, leaf, .usage = "keyEncipherment"};
    const struct {
        const Wanted *wanted;
        const char *said;
    } unfit[] = {{&expired, "it expired at 2"},
                 {&early, "it is valid only from 2"},
                 {&other_use, "its keyUsage excludes digital signatures"}};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = sign_with("leaf.tar.xz", &good, NULL, &error);
    g_autofree char *named = in_scratch("named.crt");

    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(unfit); i++) {
        X509 *made = make_certificate(unfit[i].wanted);
        check_no_signing(unfit[i].wanted, unfit[i].said);
        write_pem(named, NULL, made);
        X509_free(made);
        g_assert_cmpint(faults(path, named, NULL, unfit[i].said), ==, 1);
    }
    EVP_PKEY_free(leaf);
}

/* What was signed in time stays good when the certificate has expired. */
static void test_signed_at(void)
{
    EVP_PKEY *leaf = EVP_EC_gen("P-256");
    const Wanted wanted = {"Leaf", leaf, NULL, leaf, .to_s = 2};
    g_autofree char *named = in_scratch("brief.crt"), *key_path = in_scratch("brief.key");
    g_autofree char *path = in_scratch("brief.tar.xz");
    g_autoptr(BundleCheck) check = NULL;
    g_autoptr(GError) error = NULL;
    X509 *made = make_certificate(&wanted);

    write_pem(named, NULL, made);
    write_pem(key_path, leaf, NULL);
    const BundleOptions options = {
        .run_folder = run, .run = "r", .key = key_path, .certificate = named, .output = path};
    bundle_write(&options, NULL, &error);
    g_assert_no_error(error);
    while (X509_cmp_current_time(X509_get0_notAfter(made)) >= 0)
        g_usleep(50000);
    g_assert_true(bundle_verify(path, named, NULL, &check, NULL));
    g_assert_cmpuint(check->faults->len, ==, 0);
    g_assert_true(check->expired);
    g_assert_true(g_str_has_prefix(check->signed_at, "2") && strlen(check->signed_at) == 20);
    g_assert_cmpint(faults(path, NULL, named, NULL), ==, 0);
    X509_free(made);
    EVP_PKEY_free(leaf);
}

/* --- what may not be packed --- */

static void check_refused(GHashTable *recorded, const char *to, const char *said)
{
    g_autofree char *path = to ? g_strdup(to) : in_scratch("refused.tar.xz");
    const BundleOptions options = {.run_folder = run,
                                   .run = "r",
                                   .key = key,
                                   .certificate = certificate,
                                   .recorded = recorded,
                                   .output = path};
    g_autoptr(GError) error = NULL;

    g_assert_false(bundle_write(&options, NULL, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    if (!strstr(error->message, said))
        g_error("'%s' does not hold '%s'", error->message, said);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void remove_from_run(const char *name)
{
    g_autofree char *path = g_build_filename(run, name, NULL);
    files_remove_tree(path, NULL);
}

static void test_secret(void)
{
    g_assert_true(redact_add("srv-lab-07", NULL));
    put("cases/a/srv-lab-07.log", "nothing");
    check_refused(NULL, NULL, "the name of");
    remove_from_run("cases/a/srv-lab-07.log");
    put("cases/on SRV-LAB-07/x.log", "nothing");
    check_refused(NULL, NULL, "the name of");
    remove_from_run("cases/on SRV-LAB-07");
    put("cases/a/x.log", "on srv-lab-07");
    check_refused(NULL, NULL, "x.log' holds a secret");
    remove_from_run("cases/a/x.log");
    redact_clear();
    g_autofree char *twin = make_bundle("twin.tar.xz", key, certificate);
}

static void test_recorded(void)
{
    g_autoptr(GHashTable) recorded = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "boot\r\n", -1);
    g_autofree char *empty = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "", -1);

    g_hash_table_insert(recorded, (char *)"cases/a/serial.log", empty);
    check_refused(recorded, NULL, "'cases/a/serial.log' was changed since it was collected");
    g_hash_table_insert(recorded, (char *)"cases/a/1.dmp", sha256);
    check_refused(recorded, NULL, "'cases/a/1.dmp' is missing, 'cases/a/serial.log' was changed");
    g_hash_table_remove(recorded, "cases/a/1.dmp");
    g_hash_table_insert(recorded, (char *)"cases/a/serial.log", sha256);
    g_autofree char *path = in_scratch("recorded.tar.xz");
    const BundleOptions options = {.run_folder = run,
                                   .run = "r",
                                   .key = key,
                                   .certificate = certificate,
                                   .recorded = recorded,
                                   .output = path};
    g_assert_true(bundle_write(&options, NULL, NULL));
    g_assert_cmpint(faults(path, certificate, NULL, NULL), ==, 0);
}

static void test_output_inside(void)
{
    g_autofree char *inside = g_build_filename(run, "b.tar.xz", NULL);
    g_autofree char *deeper = g_build_filename(run, "cases", "a", "b.tar.xz", NULL);

    check_refused(NULL, inside, "lies in the run folder");
    check_refused(NULL, deeper, "lies in the run folder");
    g_autofree char *twin = make_bundle("run-2.tar.xz", key, certificate); /* beside it */
}

/* As many files as make a manifest longer than libxml2's own limit of 10 MB. */
static void test_many_files(void)
{
    g_autoptr(GString) folder = g_string_new("cases/many");

    for (guint i = 0; i < 13; i++)
        g_string_append_printf(folder, "/%0240u", i);
    for (guint i = 0; i < 3400; i++) {
        g_autofree char *name = g_strdup_printf("%s/%s/%u", run, folder->str, i);
        if (i == 0)
            make_parent(name);
        g_assert_true(g_file_set_contents_full(name, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    }
    g_autofree char *path = in_scratch("many.tar.xz");
    BundleOptions options = {
        .run_folder = run, .run = "r", .key = key, .certificate = certificate, .output = path};
    g_autoptr(GError) error = NULL;
    bundle_write(&options, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(faults(path, certificate, NULL, NULL), ==, 0);
    g_assert_cmpint(faults(path, NULL, ca, NULL), ==, 0);
    remove_from_run("cases/many");
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
    g_test_add_func("/bundle/hostile-manifest", test_hostile_manifest);
    g_test_add_func("/bundle/intermediate", test_intermediate);
    g_test_add_func("/bundle/unfit", test_unfit);
    g_test_add_func("/bundle/signed-at", test_signed_at);
    g_test_add_func("/bundle/secret", test_secret);
    g_test_add_func("/bundle/recorded", test_recorded);
    g_test_add_func("/bundle/output-inside", test_output_inside);
    g_test_add_func("/bundle/many-files", test_many_files);
    g_test_add_func("/bundle/no-bundle", test_no_bundle);
    int status = g_test_run();
    files_remove_tree(scratch, NULL);
    char **const paths[] = {&scratch, &run, &ca_key, &ca, &key, &certificate, &other_key, &other};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
        g_free(*paths[i]);
    return status;
}
