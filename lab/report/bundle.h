/* SPDX-License-Identifier: GPL-2.0-or-later
 * The certification bundle: a run folder in one signed archive, and the check of one from
 * elsewhere.
 *
 * An xz-compressed tar, whose first entry is `manifest.xml` and whose other entries are exactly the
 * manifest's files, in its order:
 *
 *   <bundle xmlns="urn:truce:bundle:1" run="…" truce="0.1.0" signed="2026-11-22T10:31:07Z">
 *     <file name="report.json" bytes="1234" sha256="…"/>…
 *     <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">…</Signature>
 *   </bundle>
 *
 * The signature (XML Signature, W3C) is enveloped: exclusive canonicalisation, SHA-256, RSA or
 * ECDSA. It carries the signer's certificate and those of intermediate CAs, which nobody trusts for
 * that: who checks names the certificate or a CA. When it was signed is what the signer says.
 * reports/bundle.rng is its schema.
 *
 * A bundle from elsewhere is hostile: nothing is unpacked, no name is opened, no network, no
 * entities; only plain files that the signed manifest names, each once, at most as long as it says;
 * the archive ends where its last stream ends. xz's own checks cover every byte that tar would pass
 * over, so a change of any one byte is seen.
 */
#pragma once

#include "report/result.h"

#define BUNDLE_MANIFEST_MAX (64u << 20)
#define BUNDLE_FILES_MAX 1000000u
#define BUNDLE_BYTES_MAX (256ull << 30) /* of all files, unpacked */

typedef struct {
    const char *run_folder;
    const char *run;         /* its id */
    const char *key;         /* PEM file of the private key, without a password */
    const char *certificate; /* PEM file of its certificate, and those of intermediate CAs */
    GHashTable *recorded;    /* file → SHA-256 that it must have (bundle_recorded()); or NULL */
    const char *output;
} BundleOptions;

/* What the journal says of evidence that was collected: its file → its SHA-256. Free with
 * g_hash_table_unref(). */
bool bundle_recorded(const Result *result, GHashTable **ret_recorded, GError **error);

/* Packs every file of the run folder: reports, journal, plan, evidence, inputs. Symbolic links are
 * left out. TRUCE_ERROR_INPUT where key and certificate cannot be used, a recorded file is missing
 * or was changed, a file or its name holds a secret, the output lies in the run folder, or
 * bundle_verify() would refuse the bundle for its size. ret_files may be NULL. */
bool bundle_write(const BundleOptions *options, guint *ret_files, GError **error);

typedef struct {
    char *run, *truce; /* NULL where no manifest can be read */
    char *signed_at;   /* UTC, as the signer says; or NULL */
    char *signer;      /* subject of the signer's certificate; NULL where the signature is faulty */
    bool expired;      /* that certificate has expired since */
    guint files;       /* of the manifest */
    guint64 bytes;     /* of them, unpacked */
    GPtrArray *faults; /* of char*: what is not as it was signed, one line each; empty: good */
} BundleCheck;

/* Checks a bundle with the certificate of its signer, or with those of CAs of which one must have
 * issued the signer's; the other one is NULL. Succeeds with faults where something was changed,
 * also where so much was that nothing can be read. TRUCE_ERROR_INPUT where a file is missing, or
 * this was never a bundle: not xz, or an intact archive without manifest.xml. */
bool bundle_verify(const char *path, const char *certificate, const char *ca,
                   BundleCheck **ret_check, GError **error);
void bundle_check_free(BundleCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BundleCheck, bundle_check_free)
