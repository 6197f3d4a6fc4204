/* SPDX-License-Identifier: ISC
 *
 * What the core keeps, as files of the state folder, 0600; the token too, unless systemd hands it in as the credential
 * "token". The status is not worth a wait for the disk.
 */
#ifndef CONNECTOR_LINUX_FILES_H
#define CONNECTOR_LINUX_FILES_H

#include "connector/linux/settings.h"
#include "connector/platform.h"

/* Make the state folder where it is missing. Only one program at a time may run over it: *ret_lock is closed by its end.
 * ERR_CONFLICT: another one does. to_run false: no lock is asked for. */
enum status files_open(const struct settings *settings, bool to_run, int *ret_lock,
                       struct error *err) MUST_CHECK;

/* Does a program run over it? */
bool files_is_locked(const struct settings *settings);

struct storage_adapter files_storage(const struct settings *settings);
struct secret_adapter files_secret(const struct settings *settings);

#endif
