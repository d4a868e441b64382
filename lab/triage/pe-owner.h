/* SPDX-License-Identifier: GPL-2.0-or-later
 * Who made a Windows program or driver, as the file itself says: the names in its version resource
 * and the subject of the certificate that signed it (Authenticode).
 *
 * Both are claims. The signature is not verified and the certificate not looked up: what is told is
 * whom it names, which is enough to see that two files come from one maker.
 *
 * Read as hostile: every offset is checked against the file, tables are followed a bounded number
 * of steps, texts are cut and printable.
 *
 * Source: Microsoft, "PE Format"; "VS_VERSIONINFO structure"; "Windows Authenticode Portable
 * Executable Signature Format".
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define PE_OWNER_FILE_MAX (32u << 20) /* bytes of a file that is read */

typedef struct {
    char *company; /* CompanyName, or NULL */
    char *product; /* ProductName, or NULL */
    char *signer;  /* common name of the signer's certificate, or NULL */
} PeOwner;
void pe_owner_clear(PeOwner *owner);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PeOwner, pe_owner_clear)

/* false: the bytes are no PE image. Members that the file has not are NULL. */
bool pe_owner_parse(const guint8 *bytes, gsize length, PeOwner *ret_owner);

/* The same of a file. TRUCE_ERROR_INPUT where it is no PE image or too long. */
bool pe_owner_read(const char *path, PeOwner *ret_owner, GError **error);

/* Whether both come from one maker, as far as they say: the same company; where one names none, the
 * same signer, but for Microsoft, who signs the drivers of all. */
bool pe_owner_same(const PeOwner *a, const PeOwner *b);

/* `made by 'Alder', signed by 'Alder Test'`. Free with g_free(). */
char *pe_owner_text(const PeOwner *owner);
