/* SPDX-License-Identifier: ISC
 *
 * A keytab that somebody uploaded: its keys, or a reason.
 */
#include <stdio.h>

#include "fetch/keytab.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static krb5_context context;
    krb5_keytab keytab;
    struct error err = {0};
    if (!context)
        ENSURE(krb5_init_context(&context) == 0);
    ENSURE(krb5_kt_resolve(context, "MEMORY:fuzz", &keytab) == 0);
    struct secret file = secret_new(at, n);
    ENSURE(keytab_read(context, &file, keytab, &err) == OK || err.what[0]);
    secret_free(&file);
    krb5_kt_close(context, keytab);
    return 0;
}
