/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML Signatures of a bundle's manifest.
 */
#include "report/bundle-sign.h"

#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "util/error.h"

#define CERTIFICATES_MAX 10 /* of a file or a signature */
#define CERTIFICATE_BYTES_MAX (64 << 10)

typedef STACK_OF(X509) Certificates;

static void certificates_free(Certificates *certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Certificates, certificates_free)

static void be_silent(const char *file, int line, const char *function, const char *object,
                      const char *subject, int reason, const char *words)
{
    (void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason, (void)words;
}

static bool start_xmlsec(GError **error)
{
    static gsize started;

    if (g_once_init_enter(&started)) {
        bool works = xmlSecInit() == 0 && xmlSecCryptoAppInit(NULL) == 0 && xmlSecCryptoInit() == 0;
        xmlSecErrorsSetCallback(be_silent);
        g_once_init_leave(&started, works ? 1 : 2);
    }
    if (started != 1)
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "libxmlsec1 does not start");
    return started == 1;
}

/* The certificates of a PEM file, in its order; at least one. */
static Certificates *read_certificates(const char *path, GError **error)
{
    FILE *file = fopen(path, "re");
    Certificates *certificates = sk_X509_new_null();
    X509 *certificate;

    while (file && sk_X509_num(certificates) < CERTIFICATES_MAX &&
           (certificate = PEM_read_X509(file, NULL, NULL, (void *)"")))
        sk_X509_push(certificates, certificate);
    if (file)
        fclose(file);
    if (sk_X509_num(certificates) > 0)
        return certificates;
    certificates_free(certificates);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is no certificate in PEM that can be read", path);
    return NULL;
}

static char *subject_of(X509 *certificate)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    long length = BIO_get_mem_data(memory, &bytes);
    char *subject = g_strndup(bytes, (gsize)MAX(length, 0));
    BIO_free(memory);
    return subject;
}

static char *time_text(const ASN1_TIME *time)
{
    struct tm parts;

    if (!ASN1_TIME_to_tm(time, &parts))
        return g_strdup("an unknown time");
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                           parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/* Why the certificate may not have signed at that time, or NULL. Free with g_free(). */
static char *why_not(X509 *certificate, time_t when)
{
    g_autofree char *from = time_text(X509_get0_notBefore(certificate));
    g_autofree char *to = time_text(X509_get0_notAfter(certificate));
    guint32 usage = X509_get_key_usage(certificate); /* all ones where it does not say */

    if (!(usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        return g_strdup("its keyUsage excludes digital signatures");
    if (X509_cmp_time(X509_get0_notBefore(certificate), &when) > 0)
        return g_strdup_printf("it is valid only from %s", from);
    if (X509_cmp_time(X509_get0_notAfter(certificate), &when) < 0)
        return g_strdup_printf("it expired at %s", to);
    return NULL;
}

/* --- signing --- */

static bool add_template(xmlDoc *manifest, xmlSecTransformId method, xmlNode **ret_signature)
{
    xmlNode *signature =
        xmlSecTmplSignatureCreate(manifest, xmlSecTransformExclC14NId, method, NULL);
    xmlNode *reference = signature
                             ? xmlSecTmplSignatureAddReference(signature, xmlSecTransformSha256Id,
                                                               NULL, BAD_CAST "", NULL)
                             : NULL;
    xmlNode *info = signature ? xmlSecTmplSignatureEnsureKeyInfo(signature, NULL) : NULL;

    if (!reference || !info ||
        !xmlSecTmplReferenceAddTransform(reference, xmlSecTransformEnvelopedId) ||
        !xmlSecTmplReferenceAddTransform(reference, xmlSecTransformExclC14NId) ||
        !xmlSecTmplKeyInfoAddX509Data(info)) {
        xmlFreeNode(signature);
        return false;
    }
    xmlAddChild(xmlDocGetRootElement(manifest), signature);
    *ret_signature = signature;
    return true;
}

static bool sign(xmlDoc *manifest, xmlSecKey *key)
{
    bool is_rsa = xmlSecKeyGetValue(key)->id == xmlSecOpenSSLKeyDataRsaGetKlass();
    xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
    xmlNode *signature;
    bool done =
        context &&
        add_template(manifest, is_rsa ? xmlSecTransformRsaSha256Id : xmlSecTransformEcdsaSha256Id,
                     &signature);

    if (done) {
        context->signKey = key; /* the context frees it */
        done = xmlSecDSigCtxSign(context, signature) == 0;
    } else {
        xmlSecKeyDestroy(key);
    }
    if (context)
        xmlSecDSigCtxDestroy(context);
    return done;
}

static bool belong_together(const char *key, const char *path, X509 *certificate, GError **error)
{
    FILE *file = fopen(key, "re");
    EVP_PKEY *private = file ? PEM_read_PrivateKey(file, NULL, NULL, (void *)"") : NULL;
    bool fit = private && X509_check_private_key(certificate, private) == 1;
    g_autofree char *why = why_not(certificate, time(NULL));

    if (!private)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no private key in PEM without a password", key);
    else if (!fit)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the certificate '%s' is not that of the key '%s'", path, key);
    else if (why)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot sign with '%s': %s", path, why);
    if (file)
        fclose(file);
    EVP_PKEY_free(private);
    return fit && !why;
}

/* The first is the key's own, which goes into the signature first; the others follow. */
static bool adopt_certificates(xmlSecKey *key, const Certificates *certificates)
{
    xmlSecKeyData *data = xmlSecKeyEnsureData(key, xmlSecKeyDataX509Id);

    for (int i = 0; data && i < sk_X509_num(certificates); i++) {
        X509 *copy = X509_dup(sk_X509_value(certificates, i));
        if (copy && xmlSecOpenSSLKeyDataX509AdoptCert(data, copy) == 0)
            continue;
        X509_free(copy);
        return false;
    }
    return data != NULL;
}

bool manifest_sign(xmlDoc *manifest, const char *key, const char *certificate, GError **error)
{
    if (!start_xmlsec(error))
        return false;
    g_autoptr(Certificates) certificates = read_certificates(certificate, error);
    if (!certificates || !belong_together(key, certificate, sk_X509_value(certificates, 0), error))
        return false;
    xmlSecKey *loaded = xmlSecCryptoAppKeyLoad(key, xmlSecKeyDataFormatPem, "", NULL, NULL);
    if (loaded && !adopt_certificates(loaded, certificates)) {
        xmlSecKeyDestroy(loaded);
        loaded = NULL;
    }
    if (loaded && sign(manifest, loaded))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "cannot sign with the key '%s': it must be RSA or EC", key);
    return false;
}

/* --- checking --- */

/* Ids and not names: what is not in this list is refused while the signature is read. */
static bool limit_transforms(xmlSecDSigCtx *context)
{
    const xmlSecTransformId of_signature[] = {xmlSecTransformExclC14NId, xmlSecTransformRsaSha256Id,
                                              xmlSecTransformEcdsaSha256Id};
    const xmlSecTransformId of_reference[] = {xmlSecTransformExclC14NId, xmlSecTransformEnvelopedId,
                                              xmlSecTransformSha256Id};

    for (guint i = 0; i < G_N_ELEMENTS(of_signature); i++)
        if (xmlSecDSigCtxEnableSignatureTransform(context, of_signature[i]) < 0)
            return false;
    for (guint i = 0; i < G_N_ELEMENTS(of_reference); i++)
        if (xmlSecDSigCtxEnableReferenceTransform(context, of_reference[i]) < 0)
            return false;
    context->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
    return true;
}

static bool covers_whole(const xmlSecDSigCtx *context)
{
    xmlSecDSigReferenceCtx *reference;

    if (xmlSecPtrListGetSize((xmlSecPtrList *)&context->signedInfoReferences) != 1 ||
        xmlSecPtrListGetSize((xmlSecPtrList *)&context->manifestReferences) != 0)
        return false;
    reference = xmlSecPtrListGetItem((xmlSecPtrList *)&context->signedInfoReferences, 0);
    return reference && reference->status == xmlSecDSigStatusSucceeded && reference->uri &&
           *reference->uri == '\0';
}

/* Whether the signature is one by the certificate's key. */
static bool holds(xmlNode *signature, X509 *certificate)
{
    g_autofree guchar *der = NULL;
    guchar *end = NULL;
    int length = i2d_X509(certificate, NULL);

    if (length <= 0)
        return false;
    end = der = g_malloc((gsize)length);
    i2d_X509(certificate, &end);
    xmlSecKey *key = xmlSecCryptoAppKeyLoadMemory(der, (xmlSecSize)length,
                                                  xmlSecKeyDataFormatCertDer, NULL, NULL, NULL);
    xmlSecDSigCtx *context = key ? xmlSecDSigCtxCreate(NULL) : NULL;
    if (!context) {
        xmlSecKeyDestroy(key);
        return false;
    }
    context->signKey = key; /* the only one, whatever the signature brings; the context frees it */
    bool held = limit_transforms(context) && xmlSecDSigCtxVerify(context, signature) == 0 &&
                context->status == xmlSecDSigStatusSucceeded && covers_whole(context);
    xmlSecDSigCtxDestroy(context);
    return held;
}

static void add_certificate(Certificates *certificates, const xmlNode *node)
{
    xml_str text = xmlNodeGetContent(node);
    gsize length = 0;
    g_autofree guchar *der = NULL;

    if (!text || xmlStrlen(text) > CERTIFICATE_BYTES_MAX)
        return;
    der = g_base64_decode((const char *)text, &length);
    const guchar *at = der;
    X509 *certificate = der ? d2i_X509(NULL, &at, (long)length) : NULL;
    if (certificate)
        sk_X509_push(certificates, certificate);
}

/* Those that the signature brings, in its order; nobody trusts them for that. */
static Certificates *brought_certificates(xmlNode *signature)
{
    Certificates *certificates = sk_X509_new_null();
    xmlNode *info = xmlSecFindChild(signature, xmlSecNodeKeyInfo, xmlSecDSigNs);
    const xmlNode *data = info ? xmlSecFindChild(info, xmlSecNodeX509Data, xmlSecDSigNs) : NULL;

    for (const xmlNode *node = data ? data->children : NULL;
         node && sk_X509_num(certificates) < CERTIFICATES_MAX; node = node->next)
        if (xmlSecCheckNodeName((xmlNode *)node, xmlSecNodeX509Certificate, xmlSecDSigNs))
            add_certificate(certificates, node);
    return certificates;
}

/* Why the first of `brought` was not issued by one of `trusted`, maybe through others of `brought`,
 * all of them valid at that time; NULL where it was. Free with g_free(). */
static char *why_not_issued(Certificates *brought, Certificates *trusted, time_t when)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    char *why = NULL;

    for (int i = 0; i < sk_X509_num(trusted); i++)
        X509_STORE_add_cert(store, sk_X509_value(trusted, i));
    if (X509_STORE_CTX_init(context, store, sk_X509_value(brought, 0), brought) != 1) {
        why = g_strdup("it cannot be checked");
    } else {
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
        X509_STORE_CTX_set_time(context, 0, when);
        if (X509_verify_cert(context) != 1)
            why = g_strdup(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return why;
}

static void judge_signer(X509 *certificate, const ManifestTime *signed_at, ManifestCheck *check)
{
    time_t now = time(NULL), when = signed_at->known ? signed_at->when : now;
    g_autofree char *why = why_not(certificate, when);

    check->signer = subject_of(certificate);
    check->expired = X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0;
    if (why)
        check->fault =
            g_strdup_printf("manifest.xml: its signer's certificate (%s) was not good %s: %s",
                            check->signer, signed_at->known ? "when it was signed" : "now", why);
}

static void verify_pinned(xmlNode *signature, X509 *certificate, const ManifestTime *signed_at,
                          ManifestCheck *check)
{
    if (holds(signature, certificate))
        judge_signer(certificate, signed_at, check);
    else
        check->fault = g_strdup("manifest.xml: its signature is not that of the certificate's "
                                "owner, or what it signed was changed");
}

static void verify_issued(xmlNode *signature, Certificates *trusted, const ManifestTime *signed_at,
                          ManifestCheck *check)
{
    g_autoptr(Certificates) brought = brought_certificates(signature);

    if (sk_X509_num(brought) == 0 || !holds(signature, sk_X509_value(brought, 0))) {
        check->fault = g_strdup("manifest.xml: its signature does not hold: what it signed was "
                                "changed, or the signature");
        return;
    }
    judge_signer(sk_X509_value(brought, 0), signed_at, check);
    g_autofree char *why =
        why_not_issued(brought, trusted, signed_at->known ? signed_at->when : time(NULL));
    if (why && !check->fault)
        check->fault = g_strdup_printf("manifest.xml: its signature is not that of anyone with a "
                                       "certificate of this CA: %s: %s",
                                       check->signer, why);
}

bool manifest_verify(xmlDoc *manifest, const char *certificate, const char *ca,
                     const ManifestTime *signed_at, ManifestCheck *ret_check, GError **error)
{
    xmlNode *signature = xmlGetLastChild(xmlDocGetRootElement(manifest));
    ManifestCheck check = {0};

    if (!start_xmlsec(error))
        return false;
    g_autoptr(Certificates) named = read_certificates(certificate ? certificate : ca, error);
    if (!named)
        return false;
    while (signature && signature->type == XML_TEXT_NODE)
        signature = signature->prev;
    if (!signature || !xmlSecCheckNodeName(signature, xmlSecNodeSignature, xmlSecDSigNs))
        check.fault = g_strdup("manifest.xml: it is not signed");
    else if (certificate)
        verify_pinned(signature, sk_X509_value(named, 0), signed_at, &check);
    else
        verify_issued(signature, named, signed_at, &check);
    if (check.fault)
        g_clear_pointer(&check.signer, g_free);
    *ret_check = check;
    return true;
}
