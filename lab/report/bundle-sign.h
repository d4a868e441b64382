/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML Signatures of a bundle's manifest, by libxmlsec1. Private to report/.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "util/cleanup.h"

/* Adds an enveloped signature to the root element. `key` and `certificate` are PEM files; further
 * certificates in the second, those of intermediate CAs, go into the signature too.
 * TRUCE_ERROR_INPUT where they cannot be read, do not belong together, or the certificate is not
 * valid now or not for signatures. */
bool manifest_sign(xmlDoc *manifest, const char *key, const char *certificate, GError **error);

/* When the manifest says that it was signed. */
typedef struct {
    bool known;
    time_t when;
} ManifestTime;

typedef struct {
    char *fault;  /* why the signature does not hold, one line; NULL where it does. g_free() */
    char *signer; /* the subject of the signer's certificate, or NULL. g_free() */
    bool expired; /* the certificate was good then, and is no longer now */
} ManifestCheck;

/* Checks the signature with the certificate of its signer, or with those of CAs of which one must
 * have issued it, directly or through intermediate ones in either place (the other file is NULL).
 * Certificates must be valid when it was signed; now, where that is not known. TRUCE_ERROR_INPUT
 * where the PEM file is none.
 *
 * Only what manifest_sign() makes is looked at: one reference to the whole document, enveloped
 * signature and exclusive canonicalisation, SHA-256. Certificates that the signature brings count
 * only where the CA issued them. */
bool manifest_verify(xmlDoc *manifest, const char *certificate, const char *ca,
                     const ManifestTime *signed_at, ManifestCheck *ret_check, GError **error);
