/* SPDX-License-Identifier: ISC */
#include "base/versions.h"

#include <curl/curl.h>
#include <libxml/xmlversion.h>
#include <openssl/crypto.h>
#include <stdio.h>

int versions_print(void)
{
    printf("libcurl\t%s\nOpenSSL\t%s\nlibxml2\t%s\n",
           curl_version_info(CURLVERSION_NOW)->version, OpenSSL_version(OPENSSL_VERSION_STRING),
           LIBXML_DOTTED_VERSION);
    return 0;
}
