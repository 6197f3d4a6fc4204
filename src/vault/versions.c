/* SPDX-License-Identifier: ISC */
#include "base/versions.h"

#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>

int versions_print(void)
{
    printf("SQLite\t%s\nlibpq\t%d.%d\nOpenSSL\t%s\nlibsodium\t%s\n", sqlite3_libversion(),
           PQlibVersion() / 10000, PQlibVersion() % 10000,
           OpenSSL_version(OPENSSL_VERSION_STRING), sodium_version_string());
    return 0;
}
