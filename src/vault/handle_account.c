/* SPDX-License-Identifier: ISC */
#include "vault/request.h"
#include "wire/reserved.h"

enum status handle_account_add(struct vault *v, struct request *r,
                               const struct account_add_ask *ask,
                               struct account_add_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    if (!text_is_slug(ask->slug, MAX_SLUG))
        return error_set(err, ERR_INVALID, "account",
                         "an account's name is 1 to %d of a-z, 0-9 and '-'", MAX_SLUG);
    if (reserved_segment(ask->slug))
        return error_set(err, ERR_INVALID, "account",
                         "this name is part of an address of hourgate's own");
    if (!text_is_line(ask->name))
        return error_set(err, ERR_INVALID, "account",
                         "an account needs a name to show, on one line");
    return store_account_add(v->store, ask, err);
}

/* An address that may stand in a link: https, and nothing that could end it. */
static bool is_link(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] <= ' ' || t.at[i] >= 0x7f || strchr("\"'<>\\`", t.at[i]))
            return false;
    return t.n == 0 || (t.n > 8 && text_starts(t, TEXT("https://")));
}

enum status handle_account_links(struct vault *v, struct request *r,
                                 const struct account_links_ask *ask,
                                 struct account_links_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    if (!is_link(ask->imprint) || !is_link(ask->privacy))
        return error_set(err, ERR_INVALID, "account",
                         "an address begins with https:// and has neither spaces nor quotes");
    return store_account_links_set(v->store, ask, err);
}

/* An origin as browsers write it: https, or this machine for trying out; a host, perhaps a port, nothing behind. */
static bool is_site(struct text t)
{
    static const char *const begins[] = {"https://", "http://localhost:", "http://127.0.0.1:"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        struct text begin = text_from(begins[i]);
        if (t.n <= begin.n || !text_starts(t, begin))
            continue;
        for (size_t at = begin.n; at < t.n; at++)
            if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-:", t.at[at]))
                return false;
        return true;
    }
    return false;
}

enum status handle_account_sites(struct vault *v, struct request *r,
                                 const struct account_sites_ask *ask,
                                 struct account_sites_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    for (struct text rest = ask->sites; rest.n > 0;) {
        struct text site = rest, after = {0};
        (void)text_cut(rest, ' ', &site, &after);
        rest = after;
        if (!is_site(site))
            return error_set(err, ERR_INVALID, "account",
                             "a site is written like https://www.example.org, with one space "
                             "between two");
    }
    return store_account_sites_set(v->store, ask, err);
}

enum status handle_account_list(struct vault *v, struct request *r,
                                const struct account_list_ask *ask,
                                struct account_list_answer *answer, struct error *err)
{
    return store_account_list(v->store, &r->a, ask->after, answer, err);
}

enum status handle_account_show(struct vault *v, struct request *r,
                                const struct account_show_ask *ask,
                                struct account_show_answer *answer, struct error *err)
{
    struct account_row account;
    struct user_list_ask who = {.account = ask->account, .email = ask->email};
    struct user_list_answer users;
    TRY(store_account_find(v->store, &r->a, ask->account, &account, err));
    TRY(store_user_list(v->store, &r->a, &who, &users, err));
    if (users.n_rows != 1)
        return ERR_NOT_FOUND;
    *answer = (struct account_show_answer){.slug = account.slug,
                                           .name = account.name,
                                           .kind = account.kind,
                                           .user = users.rows[0]};
    return store_account_links_get(v->store, &r->a, ask->account, answer, err);
}
