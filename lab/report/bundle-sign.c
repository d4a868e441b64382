/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML Signatures of a bundle's manifest.
 */
#include "report/bundle-sign.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "util/error.h"

#define PEM_BYTES_MAX (1 << 20)

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

static X509 *read_certificate(const char *path, GError **error)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, (void *)"") : NULL;

    if (!certificate)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no certificate in PEM that can be read", path);
    if (file)
        fclose(file);
    return certificate;
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

static bool belong_together(const char *key, const char *certificate, GError **error)
{
    X509 *parsed = read_certificate(certificate, error);
    FILE *file = fopen(key, "re");
    EVP_PKEY *private = file ? PEM_read_PrivateKey(file, NULL, NULL, (void *)"") : NULL;
    bool fit = parsed && private && X509_check_private_key(parsed, private) == 1;

    if (parsed && !private)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no private key in PEM without a password", key);
    else if (parsed && !fit)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the certificate '%s' is not that of the key '%s'", certificate, key);
    if (file)
        fclose(file);
    EVP_PKEY_free(private);
    X509_free(parsed);
    return fit;
}

bool manifest_sign(xmlDoc *manifest, const char *key, const char *certificate, GError **error)
{
    if (!start_xmlsec(error) || !belong_together(key, certificate, error))
        return false;
    xmlSecKey *loaded = xmlSecCryptoAppKeyLoad(key, xmlSecKeyDataFormatPem, "", NULL, NULL);
    if (loaded && xmlSecCryptoAppKeyCertLoad(loaded, certificate, xmlSecKeyDataFormatPem) != 0) {
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

/* `manager` NULL: `key`, which the context then owns, is the only key. */
static bool holds(xmlNode *signature, xmlSecKeysMngr *manager, xmlSecKey *key, char **ret_signer)
{
    xmlSecDSigCtx *context = xmlSecDSigCtxCreate(manager);

    if (!context) {
        xmlSecKeyDestroy(key);
        return false;
    }
    context->signKey = key;
    context->keyInfoReadCtx.retrievalMethodCtx.enabledUris = xmlSecTransformUriTypeNone;
    xmlSecPtrListAdd(&context->keyInfoReadCtx.enabledKeyData, (xmlSecPtr)xmlSecKeyDataX509Id);
    bool held = limit_transforms(context) && xmlSecDSigCtxVerify(context, signature) == 0 &&
                context->status == xmlSecDSigStatusSucceeded && covers_whole(context);
    if (held && manager) {
        xmlSecKeyData *data = xmlSecKeyGetData(context->signKey, xmlSecKeyDataX509Id);
        X509 *certificate = data ? xmlSecOpenSSLKeyDataX509GetKeyCert(data) : NULL;
        *ret_signer = certificate ? subject_of(certificate) : NULL;
        held = certificate != NULL;
    }
    xmlSecDSigCtxDestroy(context);
    return held;
}

static bool verify_pinned(xmlNode *signature, const char *path, bool *ret_held, char **ret_signer,
                          GError **error)
{
    X509 *certificate = read_certificate(path, error);
    if (!certificate)
        return false;
    xmlSecKey *key = xmlSecCryptoAppKeyLoad(path, xmlSecKeyDataFormatCertPem, "", NULL, NULL);
    if (key) {
        *ret_held = holds(signature, NULL, key, NULL);
        *ret_signer = subject_of(certificate);
    } else {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s': its key is of no use", path);
    }
    X509_free(certificate);
    return key != NULL;
}

static bool verify_issued(xmlNode *signature, const char *path, bool *ret_held, char **ret_signer,
                          GError **error)
{
    X509 *certificate = read_certificate(path, error);
    xmlSecKeysMngr *manager = certificate ? xmlSecKeysMngrCreate() : NULL;
    bool ready = manager && xmlSecCryptoAppDefaultKeysMngrInit(manager) == 0 &&
                 xmlSecCryptoAppKeysMngrCertLoad(manager, path, xmlSecKeyDataFormatPem,
                                                 xmlSecKeyDataTypeTrusted) == 0;

    if (ready)
        *ret_held = holds(signature, manager, NULL, ret_signer);
    else if (certificate)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' cannot be used as a CA", path);
    if (manager)
        xmlSecKeysMngrDestroy(manager);
    X509_free(certificate);
    return ready;
}

bool manifest_verify(xmlDoc *manifest, const char *certificate, const char *ca, char **ret_fault,
                     char **ret_signer, GError **error)
{
    xmlNode *root = xmlDocGetRootElement(manifest);
    xmlNode *signature = xmlGetLastChild(root);
    bool held = false;

    *ret_fault = NULL;
    *ret_signer = NULL;
    if (!start_xmlsec(error))
        return false;
    while (signature && signature->type == XML_TEXT_NODE)
        signature = signature->prev;
    if (!signature || !xmlSecCheckNodeName(signature, xmlSecNodeSignature, xmlSecDSigNs)) {
        *ret_fault = g_strdup("manifest.xml: it is not signed");
        return true;
    }
    if (!(certificate ? verify_pinned(signature, certificate, &held, ret_signer, error)
                      : verify_issued(signature, ca, &held, ret_signer, error)))
        return false;
    if (!held) {
        g_clear_pointer(ret_signer, g_free);
        *ret_fault = g_strdup_printf("manifest.xml: its signature is not that of %s, or what it "
                                     "signed was changed",
                                     certificate ? "the certificate's owner"
                                                 : "anyone with a certificate of this CA");
    }
    return true;
}
