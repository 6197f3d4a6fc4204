/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hash/hash.h"
#include "vault/request.h"

/* A colour stands in addresses and style sheets: six small figures, nothing else. */
static bool is_colour(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!strchr("0123456789abcdef", t.at[i]))
            return false;
    return t.n == 0 || t.n == MAX_COLOUR;
}

static bool is_picture(const struct account_look_ask *ask)
{
    return ask->logo.n == 0 || (ask->width > 0 && ask->width <= MAX_LOGO_PIXELS &&
                                ask->height > 0 && ask->height <= MAX_LOGO_PIXELS);
}

/* The first bytes of a hash, in figures: a name that is another one when the picture is. */
static struct text mark_of(struct arena *a, struct text logo)
{
    struct hash hash = sha256(logo);
    char *mark = arena_alloc(a, MAX_LOGO_MARK + 1);
    for (int i = 0; i < MAX_LOGO_MARK / 2; i++)
        snprintf(mark + 2 * i, 3, "%02x", hash.at[i]);
    return (struct text){mark, logo.n ? MAX_LOGO_MARK : 0};
}

enum status handle_account_look(struct vault *v, struct request *r,
                                const struct account_look_ask *ask,
                                struct account_look_answer *answer, struct error *err)
{
    (void)answer;
    struct account_look_ask look = *ask;
    if (!is_colour(ask->accent))
        return error_set(err, ERR_INVALID, "account",
                         "a colour is six hexadecimal figures, such as 1f6f5c");
    if (!is_picture(ask))
        return error_set(err, ERR_INVALID, "account", "a logo has 1 to %d pixels each way",
                         MAX_LOGO_PIXELS);
    if (!ask->logo.n)
        look.kind = IMAGE_PNG, look.width = look.height = 0;
    return store_account_look_set(v->store, &look, mark_of(&r->a, ask->logo), err);
}

enum status handle_logo(struct vault *v, struct request *r, const struct logo_ask *ask,
                        struct logo_answer *answer, struct error *err)
{
    return ask->mark.n ? store_logo_find(v->store, &r->a, ask, answer, err) : ERR_NOT_FOUND;
}
