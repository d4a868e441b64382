/* SPDX-License-Identifier: GPL-2.0-or-later
 * Version resources and signers of PE images.
 *
 *   0x3C              offset of "PE\0\0", then the file header (20 bytes) and the optional header
 *   optional header   magic 0x10B (32 bit: directories at +96) or 0x20B (+112); directories of
 *                     {u32 address, u32 size}: 2 resources, 4 certificates (a file offset)
 *   section           40 bytes: +8 virtual size, +12 address, +16 size and +20 offset in the file
 *   resource folder   16 bytes, +12 u16 named and +14 u16 numbered entries of {u32 id, u32 offset};
 *                     the offset's top bit: another folder, else {u32 address, u32 size, …}
 *   certificate       {u32 length, u16 revision, u16 type: 2 is PKCS#7}, then DER
 */
#include "triage/pe-owner.h"

#include <string.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define SECTIONS_MAX 96u /* what Windows' loader takes */
#define ENTRIES_MAX 4096u
#define VERSION_RESOURCE 16u
#define TEXT_MAX 128u
#define LEVELS 3

typedef struct {
    const guint8 *bytes;
    gsize length;
    gsize sections, section_count;
    guint32 resources, resources_size;
    guint32 certificates, certificates_size;
} Image;

static bool get16(const Image *image, gsize at, guint *ret_value)
{
    if (at > image->length || image->length - at < 2)
        return false;
    *ret_value = image->bytes[at] | (guint)image->bytes[at + 1] << 8;
    return true;
}

static bool get32(const Image *image, gsize at, guint32 *ret_value)
{
    guint low, high;

    if (!get16(image, at, &low) || !get16(image, at + 2, &high))
        return false;
    *ret_value = low | (guint32)high << 16;
    return true;
}

static void read_directory(const Image *image, gsize at, guint index, guint32 count,
                           guint32 *ret_address, guint32 *ret_size)
{
    if (index >= count || !get32(image, at + index * 8, ret_address) ||
        !get32(image, at + index * 8 + 4, ret_size))
        *ret_address = *ret_size = 0;
}

static bool read_headers(Image *image)
{
    guint32 pe, signature, count;
    guint sections, optional_size, magic;

    if (image->length < 2 || memcmp(image->bytes, "MZ", 2) != 0 || !get32(image, 0x3C, &pe) ||
        !get32(image, pe, &signature) || signature != 0x4550 ||
        !get16(image, (gsize)pe + 6, &sections) || !get16(image, (gsize)pe + 20, &optional_size) ||
        !get16(image, (gsize)pe + 24, &magic) || (magic != 0x10B && magic != 0x20B))
        return false;
    gsize optional = (gsize)pe + 24, directories = optional + (magic == 0x20B ? 112 : 96);
    if (!get32(image, directories - 4, &count))
        return false;
    image->sections = optional + optional_size;
    image->section_count = MIN(sections, SECTIONS_MAX);
    read_directory(image, directories, 2, count, &image->resources, &image->resources_size);
    read_directory(image, directories, 4, count, &image->certificates, &image->certificates_size);
    return true;
}

/* Where `size` bytes at an address of the loaded image lie in the file. */
static bool in_file(const Image *image, guint32 address, guint32 size, gsize *ret_at)
{
    for (gsize i = 0; i < image->section_count; i++) {
        gsize section = image->sections + i * 40;
        guint32 start, raw_size, raw;
        if (!get32(image, section + 12, &start) || !get32(image, section + 16, &raw_size) ||
            !get32(image, section + 20, &raw))
            return false;
        if (address < start || address - start > raw_size || size > raw_size - (address - start))
            continue;
        gsize at = (gsize)raw + (address - start);
        if (at > image->length || size > image->length - at)
            return false;
        *ret_at = at;
        return true;
    }
    return false;
}

/* The offset of an entry of a resource folder: the one of that id, or the first for 0. */
static bool find_entry(const Image *image, gsize folder, guint32 id, guint32 *ret_offset)
{
    guint named, numbered;

    if (!get16(image, folder + 12, &named) || !get16(image, folder + 14, &numbered))
        return false;
    for (guint i = 0; i < MIN(named + numbered, ENTRIES_MAX); i++) {
        guint32 its;
        gsize at = folder + 16 + (gsize)i * 8;
        if (!get32(image, at, &its) || !get32(image, at + 4, ret_offset))
            return false;
        if (id == 0 || its == id)
            return true;
    }
    return false;
}

/* Type, name, language: three folders deep lies the version resource. */
static bool find_version(const Image *image, gsize *ret_at, guint32 *ret_size)
{
    gsize top;
    guint32 offset = 0, address;

    if (image->resources == 0 || !in_file(image, image->resources, 16, &top))
        return false;
    for (guint level = 0; level < LEVELS; level++) {
        if (!find_entry(image, top + offset, level == 0 ? VERSION_RESOURCE : 0, &offset))
            return false;
        bool folder = offset >> 31;
        offset &= 0x7FFFFFFF;
        if (folder != (level + 1 < LEVELS))
            return false;
    }
    return get32(image, top + offset, &address) && get32(image, top + offset + 4, ret_size) &&
           in_file(image, address, *ret_size, ret_at);
}

/* A String of the resource: its key in UTF-16, padded to 32 bits, then its value. */
static char *find_string(const Image *image, gsize at, guint32 size, const char *key)
{
    glong units;
    g_autofree gunichar2 *wanted = g_utf8_to_utf16(key, -1, NULL, &units, NULL);
    gsize key_size = ((gsize)units + 1) * sizeof *wanted;
    const guint8 *start = image->bytes + at, *end = start + size;
    const guint8 *found = memmem(start, size, wanted, key_size);
    gunichar2 text[TEXT_MAX + 1] = {0};

    if (!found)
        return NULL;
    /* The structure's own header, 6 bytes before the key, is aligned. */
    gsize value = ((gsize)(found - start) + key_size + 3) & ~(gsize)3;
    for (guint i = 0; i < TEXT_MAX && start + value + 2 <= end; i++, value += 2)
        if ((text[i] = (gunichar2)(start[value] | start[value + 1] << 8)) == 0)
            break;
    g_autofree char *utf8 = g_utf16_to_utf8(text, -1, NULL, NULL, NULL);
    return utf8 && *utf8 ? text_printable(utf8, strlen(utf8), TEXT_MAX) : NULL;
}

static char *common_name(X509 *certificate)
{
    char name[TEXT_MAX] = "";
    int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                           sizeof name);

    return length > 0 ? text_printable(name, strlen(name), TEXT_MAX) : NULL;
}

static char *find_signer(const Image *image)
{
    guint32 size;
    guint type;
    gsize at = image->certificates;
    char *signer = NULL;

    if (at == 0 || !get32(image, at, &size) || !get16(image, at + 6, &type) || type != 2 ||
        size <= 8 || at > image->length || size > image->length - at)
        return NULL;
    const unsigned char *der = image->bytes + at + 8;
    PKCS7 *signature = d2i_PKCS7(NULL, &der, (long)size - 8);
    STACK_OF(X509) *signers = signature && PKCS7_type_is_signed(signature)
                                  ? PKCS7_get0_signers(signature, NULL, 0)
                                  : NULL;
    if (signers && sk_X509_num(signers) > 0)
        signer = common_name(sk_X509_value(signers, 0));
    sk_X509_free(signers);
    PKCS7_free(signature);
    return signer;
}

void pe_owner_clear(PeOwner *owner)
{
    g_clear_pointer(&owner->company, g_free);
    g_clear_pointer(&owner->product, g_free);
    g_clear_pointer(&owner->signer, g_free);
}

bool pe_owner_parse(const guint8 *bytes, gsize length, PeOwner *ret_owner)
{
    Image image = {.bytes = bytes, .length = length};
    PeOwner owner = {0};
    gsize at;
    guint32 size;

    if (!read_headers(&image))
        return false;
    if (find_version(&image, &at, &size)) {
        owner.company = find_string(&image, at, size, "CompanyName");
        owner.product = find_string(&image, at, size, "ProductName");
    }
    owner.signer = find_signer(&image);
    *ret_owner = owner;
    return true;
}

bool pe_owner_read(const char *path, PeOwner *ret_owner, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize length;

    if (!files_read(path, PE_OWNER_FILE_MAX, &bytes, &length, error))
        return false;
    if (pe_owner_parse((const guint8 *)bytes, length, ret_owner))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' is no program or driver of Windows",
                path);
    return false;
}

bool pe_owner_same(const PeOwner *a, const PeOwner *b)
{
    if (a->company && b->company)
        return g_ascii_strcasecmp(a->company, b->company) == 0;
    return a->signer && b->signer && g_str_equal(a->signer, b->signer) &&
           !g_str_has_prefix(a->signer, "Microsoft ");
}

char *pe_owner_text(const PeOwner *owner)
{
    if (!owner->company && !owner->signer)
        return g_strdup("it does not say who made it");
    return g_strdup_printf("%s%s%s%s%s%s%s", owner->company ? "made by '" : "",
                           owner->company ? owner->company : "", owner->company ? "'" : "",
                           owner->company && owner->signer ? ", " : "",
                           owner->signer ? "signed by '" : "", owner->signer ? owner->signer : "",
                           owner->signer ? "'" : "");
}
