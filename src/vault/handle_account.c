/* SPDX-License-Identifier: ISC */
#include "vault/request.h"

/* First path segments that are not accounts. */
static bool is_reserved(struct text slug)
{
    static const char *const reserved[] = {"api",    "assets",  "b",       "docs",   "favicon",
                                           "health", "healthz", "metrics", "readyz", "robots",
                                           "setup",  "static",  "trust"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (text_equal(slug, text_from(reserved[i])))
            return true;
    return false;
}

enum status handle_account_add(struct vault *v, struct request *r,
                               const struct account_add_ask *ask,
                               struct account_add_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    if (!text_is_slug(ask->slug, MAX_SLUG))
        return error_set(err, ERR_INVALID, "account",
                         "an account's name is 1 to %d of a-z, 0-9 and '-'", MAX_SLUG);
    if (is_reserved(ask->slug))
        return error_set(err, ERR_INVALID, "account",
                         "this name is part of an address of hourgate's own");
    if (ask->name.n == 0)
        return error_set(err, ERR_INVALID, "account", "an account needs a name to show");
    return store_account_add(v->store, ask, err);
}

enum status handle_account_list(struct vault *v, struct request *r,
                                const struct account_list_ask *ask,
                                struct account_list_answer *answer, struct error *err)
{
    return store_account_list(v->store, &r->a, ask->after, answer, err);
}
