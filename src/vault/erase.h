/* SPDX-License-Identifier: ISC
 *
 * Erasing an account or a person, step by step (store/erasure.h). The keeper (vault/keeper.h) takes up what was
 * interrupted.
 */
#ifndef VAULT_ERASE_H
#define VAULT_ERASE_H

#include "store/erasure.h"
#include "vault/vault.h"

/* Take an erasure that has begun to its end. One at a time goes on in a process.
 *
 * Fails   ERR_TIMEOUT  by deadline_ms, of clock_ms, it was not done; whoever calls next goes on
 *         ERR_FULL     the database's log could not be emptied yet; as above
 */
enum status erase_run(struct vault *v, const struct erasure_open *open, int64_t deadline_ms,
                      struct error *err) MUST_CHECK;

/* Compose the text of a certificate, as it is signed. Lives in a. */
struct text certificate_text(struct arena *a, const struct erasure *erasure);

#endif
