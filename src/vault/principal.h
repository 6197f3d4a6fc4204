/* SPDX-License-Identifier: ISC
 *
 * A person who asks through the edge: who they are, and what they may ask. Both are decided here and nowhere
 * else, before any handler runs.
 */
#ifndef VAULT_PRINCIPAL_H
#define VAULT_PRINCIPAL_H

#include "vault/vault.h"
#include "wire/grant.h"

struct principal {
    int64_t account, user; /* rows */
    struct text slug;      /* of the account */
    struct text email;
    enum user_role role;
    int64_t scopes;    /* bit set of enum scope: what the bearer carries and the role gives */
    bool lacks_factor; /* which the account asks for: nothing is granted before */
    bool is_session;   /* of somebody who signed in; else a program's token */
    bool is_fresh;     /* a token, or a session whose password was just said */
};

/* Find whom a bearer proves. Every kind of bearer ends in the same struct; what follows does not ask which.
 * ERR_AUTH: it proves nobody. */
enum status principal_find(struct vault *v, struct arena *a, const struct as_ask *as,
                           struct principal *ret_principal, struct error *err) MUST_CHECK;

/* May they ask this? Ties that fill a field in fill it into ask.
 * Fails   ERR_DENIED     scope or role does not give it, or the password has to be said again
 *         ERR_NOT_FOUND  it is about another account, or another's: as if it were not there */
enum status principal_may(struct vault *v, const struct principal *p, enum wire_type type,
                          void *ask, struct error *err) MUST_CHECK;

#endif
