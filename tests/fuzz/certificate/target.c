/* SPDX-License-Identifier: ISC
 *
 * A server's certificate, as DER: what is shown of it is printable and fits, whatever it says of itself. The
 * first byte picks the verdict that is put into words.
 */
#include <openssl/x509.h>

#include "base/text.h"
#include "fetch/tls.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void check_printable(const char *text, size_t size)
{
    size_t n = strnlen(text, size);
    ENSURE(n < size);
    for (size_t i = 0; i < n; i++)
        ENSURE((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct tls_wanted wanted = {.host = "mail.example.org"};
    struct tls_report report = {.wanted = &wanted};
    if (n == 0)
        return 0;
    const unsigned char *der = at + 1;
    X509 *certificate = d2i_X509(NULL, &der, (long)(n - 1));
    if (!certificate)
        return 0;
    tls_describe(&report, certificate, at[0] % 96);
    check_printable(report.subject, sizeof report.subject);
    check_printable(report.issuer, sizeof report.issuer);
    check_printable(report.until, sizeof report.until);
    check_printable(report.pin, sizeof report.pin);
    check_printable(report.chain, sizeof report.chain);
    check_printable(report.ends_first, sizeof report.ends_first);
    check_printable(report.reason, sizeof report.reason);
    ENSURE(report.refused && report.reason[0] && report.fix[0]);
    X509_free(certificate);
    return 0;
}
