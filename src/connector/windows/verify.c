/* SPDX-License-Identifier: ISC
 *
 * What a certificate must show, each refusal in its own words. Revocation lists come over port 80 and may be out of
 * reach: what is known to be revoked is refused, what cannot be learnt is not.
 */
#include "connector/windows/line.h"

#include "connector/windows/wide.h"

/* Of wininet.h, which does not go together with winhttp.h. */
enum { IGNORE_REVOCATION = 0x80 };

static const struct {
    DWORD bit;
    const char *what;
} faults[] = {
    {CERT_TRUST_IS_NOT_TIME_VALID,
     "has expired, is not valid yet, or this PC's clock is wrong"},
    {CERT_TRUST_IS_REVOKED, "has been revoked"},
    {CERT_TRUST_IS_UNTRUSTED_ROOT, "is signed by nobody whom this PC trusts"},
    {CERT_TRUST_IS_PARTIAL_CHAIN, "lacks the certificate of whoever signed it"},
    {CERT_TRUST_IS_NOT_SIGNATURE_VALID, "has a signature that does not hold"},
    {CERT_TRUST_HAS_WEAK_SIGNATURE, "has a signature that is too weak"},
    {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, "is not meant for servers"},
};

static enum status judge_chain(DWORD found, struct error *err)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (found & faults[i].bit)
            return error_set(err, ERR_TLS, "tls", "the server's certificate %s",
                             faults[i].what);
    found &= ~(DWORD)(CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION);
    return found ? error_set(err, ERR_TLS, "tls", "the server's certificate is refused (0x%lx)",
                             found)
                 : OK;
}

static bool has_names(PCCERT_CONTEXT certificate)
{
    return CertFindExtension(szOID_SUBJECT_ALT_NAME2, certificate->pCertInfo->cExtension,
                             certificate->pCertInfo->rgExtension);
}

/* The name alone: what the chain shows was judged before. */
static enum status check_name(PCCERT_CHAIN_CONTEXT chain, const wchar_t *host,
                              struct error *err)
{
    HTTPSPolicyCallbackData https = {.cbStruct = sizeof https,
                                     .dwAuthType = AUTHTYPE_SERVER,
                                     .fdwChecks = IGNORE_REVOCATION,
                                     .pwszServerName = (wchar_t *)(uintptr_t)host};
    CERT_CHAIN_POLICY_PARA asked = {
        .cbSize = sizeof asked,
        .dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS,
        .pvExtraPolicyPara = &https,
    };
    CERT_CHAIN_POLICY_STATUS found = {.cbSize = sizeof found};
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &asked, &found))
        return error_set(err, ERR_TLS, "tls", "Windows cannot verify a certificate");
    if (found.dwError == (DWORD)CERT_E_CN_NO_MATCH)
        return error_set(err, ERR_TLS, "tls", "the server's certificate is for another name");
    if (found.dwError)
        return error_set(err, ERR_TLS, "tls", "the server's certificate is refused (0x%lx)",
                         found.dwError);
    return OK;
}

enum status certificate_verify(PCCERT_CONTEXT certificate, const char *host, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    static char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
    char *usages[] = {server_auth};
    CERT_CHAIN_PARA wanted = {
        .cbSize = sizeof wanted,
        .RequestedUsage = {USAGE_MATCH_TYPE_OR, {1, usages}},
    };
    PCCERT_CHAIN_CONTEXT chain = NULL;
    if (!has_names(certificate))
        return error_set(
            err, ERR_TLS, "tls",
            "the server's certificate names no server (subjectAltName is missing)");
    if (!CertGetCertificateChain(NULL, certificate, NULL, certificate->hCertStore, &wanted,
                                 CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT, NULL, &chain))
        return error_set(err, ERR_TLS, "tls", "Windows cannot verify a certificate");
    enum status status = judge_chain(chain->TrustStatus.dwErrorStatus, err);
    if (status == OK)
        status = check_name(chain, wide_from(&a, text_from(host)), err);
    CertFreeCertificateChain(chain);
    return status;
}
