/* SPDX-License-Identifier: ISC
 *
 * The file that holds the master key: one line of text, readable by its owner alone. The parent
 * reads it and hands the key to the vault; nothing else of crypt/ is linked into the parent.
 */
#ifndef CRYPT_KEYFILE_H
#define CRYPT_KEYFILE_H

#include "base/error.h"
#include "base/secret.h"

enum { MASTER_KEY_BYTES = 32 };

/* Draw a master key and write it to a new file: mode 0400, on the disk with its directory entry
 * before this returns. An existing file is never touched.
 *
 * Fails   ERR_CONFLICT where path exists, ERR_IO
 */
enum status keyfile_create(const char *path, struct error *err) MUST_CHECK;

/* Read the master key.
 *
 * Owner   ret_key is MASTER_KEY_BYTES on the heap; secret_free
 * Fails   ERR_NOT_FOUND, ERR_IO, ERR_DENIED where others than the owner may read or change the
 * file (a group may read: that is how an ACL of systemd's credentials looks), ERR_INVALID where
 * it holds no key of ours
 */
enum status keyfile_read(const char *path, struct secret *ret_key,
                         struct error *err) MUST_CHECK;

#endif
