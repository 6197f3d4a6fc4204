/* SPDX-License-Identifier: ISC
 *
 * What the program keeps for its user: files in a folder of its own below %LOCALAPPDATA%, and the pairing token,
 * which Windows enciphers for this user alone (DPAPI).
 */
#ifndef CONNECTOR_WINDOWS_KEEP_H
#define CONNECTOR_WINDOWS_KEEP_H

#include "connector/windows/system.h"

#include "connector/platform.h"

struct keep {
    wchar_t folder[1024]; /* made by keep_init */
    HANDLE log;           /* "log.txt"; INVALID_HANDLE_VALUE: none */
};

/* folder: NULL for the usual one. ERR_IO: it cannot be made. */
enum status keep_init(struct keep *keep, const wchar_t *folder, struct error *err) MUST_CHECK;
void keep_done(struct keep *keep);

struct storage_adapter storage_adapter_of(struct keep *keep);
struct secret_adapter secret_adapter_of(struct keep *keep);

/* Keep another secret besides the token, likewise: the proxy's password. An empty one is forgotten. */
enum status keep_secret(struct keep *keep, const wchar_t *name, const struct secret *secret,
                        struct error *err) MUST_CHECK;
enum status keep_load_secret(struct keep *keep, const wchar_t *name, struct secret *ret_secret,
                             struct error *err) MUST_CHECK;

/* Add a line to the log, with the time; a full one begins anew beside the last. For platform.say. */
void keep_say(struct keep *keep, struct text line);

#endif
