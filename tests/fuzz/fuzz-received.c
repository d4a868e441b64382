/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: reports and bundles from elsewhere. Reading them ends with text that can be shown,
 * or with one line; a bundle that nobody signed is never good.
 *
 * The input's first byte picks: 'd' a report.json beside an empty one for `truce diff`, 'm' a
 * bundle's manifest, 't' a bundle's tar, 'b' a bundle as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "report/bundle.h"
#include "report/diff.h"
#include "util/error.h"
#include "util/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of a key that is no more. */
static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBejCCAR+gAwIBAgIUPuMB59naIuTCKdSK/QioqWuQgGEwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGTm9ib2R5MCAXDTI2MTEyMzAwNTIyMFoYDzIxMjYxMDMwMDA1\n"
    "MjIwWjARMQ8wDQYDVQQDDAZOb2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AATH1SFzSoq+wkeneM16UEu+RHektVE4W6OENlYwN4z5w3sjZscMix3PsRpa5J5U\n"
    "n9n23R9ohHnue6st194p6pJ+o1MwUTAdBgNVHQ4EFgQU+1HozOZ1ZmxIx1/5F1dD\n"
    "+C8dBCcwHwYDVR0jBBgwFoAU+1HozOZ1ZmxIx1/5F1dD+C8dBCcwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA3EXhz1p2aVhBS0TimLQrBIXDkyMJ\n"
    "k5tfT/zw+wRj90wCIQCi41aaula9MF2Vy3nle8kcti2eu+ADTriQZQKKY2kLQw==\n"
    "-----END CERTIFICATE-----\n";

static char *folder, *empty_path, *input_path, *certificate_path;

static void clean_up(void)
{
    files_remove_tree(folder, NULL);
}

static void set_up(void)
{
    static const char empty[] = "{\"format\":1,\"cases\":[]}";

    folder = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
    empty_path = g_build_filename(folder, "empty.json", NULL);
    input_path = g_build_filename(folder, "input", NULL);
    certificate_path = g_build_filename(folder, "signer.crt", NULL);
    g_assert_true(g_file_set_contents(empty_path, empty, -1, NULL));
    g_assert_true(g_file_set_contents(certificate_path, certificate, -1, NULL));
    atexit(clean_up);
}

/* Text of lines without control characters. */
static void check_text(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_assert_true(*c == '\n' || !g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void check_error(const GError *error)
{
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(strchr(error->message, '\n'));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void diff_both(const char *base, const char *new)
{
    g_autoptr(Diff) diff = NULL;
    g_autoptr(GError) error = NULL;

    if (!diff_read(base, new, &diff, &error)) {
        check_error(error);
        return;
    }
    g_autofree char *text = diff_text(diff);
    g_autoptr(cJSON) json = diff_json(diff);
    check_text(text);
    g_assert_nonnull(json);
}

static void check_reports(const char *text, size_t size)
{
    g_assert_true(g_file_set_contents(input_path, text, (gssize)size, NULL));
    diff_both(empty_path, input_path);
    diff_both(input_path, empty_path);
    diff_both(input_path, input_path);
}

/* The bytes by xz; where they are a manifest's, in a tar with nothing else. */
static void pack(const char *bytes, size_t size, bool manifest)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_add_filter_xz(archive);
    archive_write_set_filter_option(archive, "xz", "compression-level", "0");
    if (manifest)
        archive_write_set_format_pax_restricted(archive);
    else
        archive_write_set_format_raw(archive);
    g_assert_cmpint(archive_write_open_filename(archive, input_path), ==, ARCHIVE_OK);
    archive_entry_set_pathname(entry, "manifest.xml");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)size);
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_data(archive, bytes, size), ==, (la_ssize_t)size);
    archive_entry_free(entry);
    g_assert_cmpint(archive_write_free(archive), ==, ARCHIVE_OK);
}

static void check_bundle(void)
{
    g_autoptr(BundleCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    if (!bundle_verify(input_path, certificate_path, NULL, &check, &error)) {
        check_error(error);
        return;
    }
    g_assert_cmpuint(check->faults->len, >, 0);
    for (guint i = 0; i < check->faults->len; i++)
        check_text(check->faults->pdata[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (size < 2)
        return 0;
    if (!folder)
        set_up();
    switch (data[0]) {
    case 'd':
        check_reports(text, size - 1);
        break;
    case 'm':
    case 't':
        pack(text, size - 1, data[0] == 'm');
        check_bundle();
        break;
    case 'b':
        g_assert_true(g_file_set_contents(input_path, text, (gssize)size - 1, NULL));
        check_bundle();
        break;
    default:
        break;
    }
    return 0;
}
