/* SPDX-License-Identifier: ISC
 *
 * Small files, whole. Larger ones are the database's business.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/status.h"

/* Append a regular file's content to out; its maximum is out's. Follows links.
 *
 * Fails   ERR_NOT_FOUND, ERR_DENIED, ERR_LIMIT (larger than out may be), ERR_INVALID (not a file), ERR_IO
 */
enum status file_read(const char *path, struct buf *out, struct error *err) MUST_CHECK;

/* Write a file so that a reader sees the old or the new one, whole, also after a power cut.
 *
 * Units   mode as chmod's: 0400, 0600, 0644
 * Fails   ERR_IO, ERR_DENIED, ERR_NOT_FOUND (no such directory)
 */
enum status file_write(const char *path, const void *at, size_t n, mode_t mode,
                       struct error *err) MUST_CHECK;

/* As file_write, but never over a file that is there: ERR_CONFLICT. */
enum status file_create(const char *path, const void *at, size_t n, mode_t mode,
                        struct error *err) MUST_CHECK;

/* Make a directory, 0700, and those above it that are missing; one that is there is OK. */
enum status file_make_directory(const char *path, struct error *err) MUST_CHECK;

#endif
