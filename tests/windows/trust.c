/* SPDX-License-Identifier: ISC
 *
 * trust.exe FILE: have this Windows trust a CA, as an administrator's policy would. FILE: the certificate as DER.
 */
#include <stdio.h>
#include <windows.h>

#include <wincrypt.h>

int main(int argc, char **argv)
{
    static unsigned char der[64 * 1024];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file)
        return 2;
    size_t n = fread(der, 1, sizeof der, file);
    fclose(file);
    HCERTSTORE store =
        CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, "ROOT");
    if (!store || !CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)n,
                                                    CERT_STORE_ADD_REPLACE_EXISTING, NULL)) {
        fprintf(stderr, "not trusted: 0x%lx\n", GetLastError());
        return 1;
    }
    CertCloseStore(store, 0);
    return 0;
}
