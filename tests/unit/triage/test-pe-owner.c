/* SPDX-License-Identifier: GPL-2.0-or-later
 * Who made a driver: a signed one of the project's own reference vendors, and spoilt copies of it.
 */
#include "triage/pe-owner.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"

#define DRIVER TRUCE_SOURCE_DIR "/tests/fuzz/corpus/pe-owner/signed.sys"

static char *driver;
static gsize driver_length;

static PeOwner parse(const char *bytes, gsize length)
{
    PeOwner owner = {0};
    g_assert_true(pe_owner_parse((const guint8 *)bytes, length, &owner));
    return owner;
}

static void test_signed(void)
{
    g_auto(PeOwner) owner = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(pe_owner_read(DRIVER, &owner, &error));
    g_assert_cmpstr(owner.company, ==, "Truce reference vendors");
    g_assert_nonnull(strstr(owner.product, "Birch"));
    g_assert_cmpstr(owner.signer, ==, "Truce test certificate");
    g_autofree char *text = pe_owner_text(&owner);
    g_assert_nonnull(strstr(text, "signed by '"));
}

/* The certificate is the file's last part: a copy without it says the rest all the same. */
static void test_unsigned(void)
{
    guint32 pe, certificates;
    memcpy(&pe, driver + 0x3C, 4);
    memcpy(&certificates, driver + pe + 24 + 112 + 4 * 8, 4);
    g_assert_cmpuint(certificates, <, driver_length);
    g_auto(PeOwner) whole = parse(driver, driver_length);
    g_auto(PeOwner) owner = parse(driver, certificates);

    g_assert_null(owner.signer);
    g_assert_cmpstr(owner.company, ==, whole.company);
    g_assert_true(pe_owner_same(&owner, &whole));
}

static void test_same(void)
{
    PeOwner alder = {.company = (char *)"Alder", .signer = (char *)"Test"};
    PeOwner birch = {.company = (char *)"Birch", .signer = (char *)"Test"};
    PeOwner helper = {.signer = (char *)"Test"};
    PeOwner windows = {.signer = (char *)"Microsoft Windows Hardware Compatibility Publisher"};
    PeOwner nobody = {0};

    g_assert_true(pe_owner_same(&alder, &alder));
    g_assert_false(pe_owner_same(&alder, &birch)); /* the signer signs for both */
    g_assert_true(pe_owner_same(&alder, &helper));
    g_assert_false(pe_owner_same(&windows, &windows));
    g_assert_false(pe_owner_same(&nobody, &alder));
}

/* Cut anywhere, or with any byte of its headers another one: it says less, and no more. */
static void test_spoilt(void)
{
    for (gsize length = 0; length < driver_length; length += 13) {
        g_autofree char *cut = g_memdup2(driver, length);
        g_auto(PeOwner) owner = {0};
        pe_owner_parse((const guint8 *)cut, length, &owner);
    }
    for (gsize at = 0; at < MIN(driver_length, 0x400); at++) {
        g_autofree char *copy = g_memdup2(driver, driver_length);
        g_auto(PeOwner) owner = {0};
        copy[at] = (char)~copy[at];
        pe_owner_parse((const guint8 *)copy, driver_length, &owner);
    }
}

static void test_other_file(void)
{
    g_auto(PeOwner) owner = {0};
    g_autoptr(GError) error = NULL;

    g_assert_false(pe_owner_read(__FILE__, &owner, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GError) error = NULL;
    files_read(DRIVER, PE_OWNER_FILE_MAX, &driver, &driver_length, &error);
    g_assert_no_error(error);
    g_test_add_func("/pe-owner/signed", test_signed);
    g_test_add_func("/pe-owner/unsigned", test_unsigned);
    g_test_add_func("/pe-owner/same", test_same);
    g_test_add_func("/pe-owner/spoilt", test_spoilt);
    g_test_add_func("/pe-owner/other-file", test_other_file);
    int status = g_test_run();
    g_free(driver);
    return status;
}
