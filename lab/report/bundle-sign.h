/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML Signatures of a bundle's manifest, by libxmlsec1. Private to report/.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"

/* Adds an enveloped signature to the root element. Key and certificate are PEM files.
 * TRUCE_ERROR_INPUT where they cannot be read or do not belong together. */
bool manifest_sign(xmlDoc *manifest, const char *key, const char *certificate, GError **error);

/* Checks the signature with a certificate, or with that of a CA (the other is NULL). ret_fault: why
 * it does not hold, one line (g_free()), or NULL where it does; ret_signer: the subject of the
 * certificate that it was checked with, or NULL. TRUCE_ERROR_INPUT where the PEM file is none.
 *
 * Only what manifest_sign() makes is looked at: one reference to the whole document, enveloped
 * signature and exclusive canonicalisation, SHA-256. A key that the signature brings is used only
 * where it comes in a certificate that the CA issued. */
bool manifest_verify(xmlDoc *manifest, const char *certificate, const char *ca, char **ret_fault,
                     char **ret_signer, GError **error);
