/* SPDX-License-Identifier: ISC
 *
 * A keytab out of memory: MIT's file format, version 2, read without a file.
 */
#ifndef FETCH_KEYTAB_H
#define FETCH_KEYTAB_H

#include <krb5.h>

#include "base/error.h"
#include "base/secret.h"

/* Add every key of `file` to a keytab that takes them, one of type MEMORY. ERR_INVALID where it is cut short,
 * of another format or empty. */
enum status keytab_read(krb5_context context, const struct secret *file, krb5_keytab into,
                        struct error *err) MUST_CHECK;

#endif
