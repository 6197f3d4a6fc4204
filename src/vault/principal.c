/* SPDX-License-Identifier: ISC */
#include "vault/principal.h"

#include "store/session.h"
#include "wire/bearer.h"

/* A session carries all that its user's role gives. */
static enum status open_session(struct vault *v, struct arena *a, const struct as_ask *as,
                                struct principal_stored *ret_found, struct error *err)
{
    TRY(store_session_open(v->store, a, &as->bearer, v->now(), ret_found, err));
    ret_found->scopes = grant_scopes(ret_found->role);
    return OK;
}

static enum status open_token(struct vault *v, struct arena *a, const struct as_ask *as,
                              struct principal_stored *ret_found, struct error *err)
{
    struct text inner;
    if (!bearer_parse((struct text){(const char *)as->bearer.at, as->bearer.n}, &inner))
        return ERR_NOT_FOUND;
    struct secret token = secret_new(inner.at, inner.n);
    enum status status = store_token_open(v->store, a, &token, v->now(), ret_found, err);
    secret_free(&token);
    return status;
}

enum status principal_find(struct vault *v, struct arena *a, const struct as_ask *as,
                           struct principal *ret_principal, struct error *err)
{
    struct principal_stored found;
    enum status status = as->kind == BEARER_SESSION ? open_session(v, a, as, &found, err)
                                                    : open_token(v, a, as, &found, err);
    if (status == ERR_NOT_FOUND)
        return error_set(err, ERR_AUTH, "bearer", "this opens nothing");
    TRY(status);
    *ret_principal = (struct principal){
        .account = found.account,
        .user = found.user,
        .slug = found.slug,
        .email = found.email,
        .role = found.role,
        .scopes = found.scopes & grant_scopes(found.role),
        .lacks_factor = as->kind == BEARER_SESSION && found.lacks_factor,
        .is_session = as->kind == BEARER_SESSION,
        .is_fresh = as->kind != BEARER_SESSION || v->now().s - found.proved.s < SESSION_FRESH_S,
    };
    return OK;
}

/* ---- what they may ask ---- */

static enum status nothing_there(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "access", "there is no such thing");
}

/* A field of a question by its name and kind. The tables name only what is there: a test asks for all. */
static void *field_at(shape_table *shape, void *value, const char *name, enum field_kind kind)
{
    const struct shape *s = shape();
    for (size_t i = 0; i < s->n_fields; i++)
        if (strcmp(s->fields[i].name, name) == 0 && s->fields[i].kind == kind)
            return (char *)value + s->fields[i].offset;
    ENSURE(false); /* a tie names a field of its question */
    return NULL;
}

static bool binds_all(enum tie_kind kind)
{
    return kind == TIE_SELF || kind == TIE_LESSER || kind == TIE_OWN_PAGE ||
           kind == TIE_OWN_BOOKING || kind == TIE_OWN_CONNECTION;
}

/* Nobody else's: their own, or not there at all, which is for the handler to say. */
static enum status check_owner(struct vault *v, const struct principal *p, enum tie_kind kind,
                               enum store_thing thing, int64_t id, struct text slug,
                               struct error *err)
{
    int64_t user = 0;
    enum status status = store_owner_find(v->store, p->account, thing, id, slug, &user, NULL);
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    if (user == p->user)
        return OK;
    if (p->role == USER_MEMBER)
        return nothing_there(err);
    return binds_all(kind) && user
               ? error_set(err, ERR_DENIED, "access",
                           "this shows what is in a calendar: nobody sees it "
                           "but the user whose it is")
               : OK;
}

/* Is it somebody whom they stand above, or an owner who asks? */
static enum status check_lesser(struct vault *v, struct arena *a, const struct principal *p,
                                struct text email, struct error *err)
{
    struct user_stored user;
    if (p->role == USER_OWNER || text_equal_nocase(email, p->email))
        return OK;
    enum status status = store_user_find(v->store, a, p->slug, email, &user, NULL);
    if (status == ERR_NOT_FOUND)
        return nothing_there(err);
    TRY(status);
    return user.role < p->role
               ? OK
               : error_set(err, ERR_DENIED, "access",
                           "this takes an owner: their role is no less than yours");
}

static enum status check_text(struct vault *v, const struct principal *p, enum tie_kind kind,
                              struct text *field, struct error *err)
{
    int64_t id;
    if (kind == TIE_SELF || (kind == TIE_USERS && !field->n))
        *field = p->email;
    if (kind == TIE_LESSER) {
        struct arena a CLEANUP(arena_wipe) = {0};
        return check_lesser(v, &a, p, *field, err);
    }
    if (kind == TIE_PAGE || kind == TIE_OWN_PAGE)
        return check_owner(v, p, kind, STORE_PAGE, 0, *field, err);
    if (kind == TIE_BOOKING || kind == TIE_OWN_BOOKING)
        return booking_id_parse(*field, &id) == OK
                   ? check_owner(v, p, kind, STORE_BOOKING, id, (struct text){0}, err)
                   : nothing_there(err);
    return text_equal_nocase(*field, p->email) ? OK : nothing_there(err);
}

static enum store_thing thing_of(enum tie_kind kind)
{
    return kind == TIE_TOKEN       ? STORE_TOKEN
           : kind == TIE_ATTENTION ? STORE_ATTENTION
           : kind == TIE_MAIL      ? STORE_MAIL
                                   : STORE_CONNECTION;
}

static enum status check_number(struct vault *v, const struct principal *p, enum tie_kind kind,
                                int64_t number, struct error *err)
{
    if (kind == TIE_UNUSED)
        return number == 0 ? OK
                           : error_set(err, ERR_DENIED, "access",
                                       "members do not go through a service account by "
                                       "themselves: an administrator connects them");
    return check_owner(v, p, kind, thing_of(kind), number, (struct text){0}, err);
}

static enum status check_tie(struct vault *v, const struct principal *p, const struct tie *tie,
                             shape_table *shape, void *ask, struct error *err)
{
    if (tie->kind == TIE_NONE || (p->role != USER_MEMBER && !binds_all(tie->kind)))
        return OK;
    bool is_number = tie_is_number(tie->kind);
    void *field = field_at(shape, ask, tie->field, is_number ? FIELD_I64 : FIELD_TEXT);
    return is_number ? check_number(v, p, tie->kind, *(int64_t *)field, err)
                     : check_text(v, p, tie->kind, field, err);
}

enum status principal_may(struct vault *v, const struct principal *p, enum wire_type type,
                          void *ask, struct error *err)
{
    const struct grant *grant = grant_of(type);
    ENSURE(grant);
    shape_table *shape = wire_message_of(type)->ask;
    const struct text *account = field_at(shape, ask, "account", FIELD_TEXT);
    if (!text_equal(*account, p->slug))
        return nothing_there(err);
    if (p->lacks_factor)
        return error_set(err, ERR_DENIED, "access",
                         "the account asks for a second factor: turn it on first");
    if (p->role < grant->least)
        return error_set(err, ERR_DENIED, "access", "this takes the role %s; yours is %s",
                         user_role_name(grant->least), user_role_name(p->role));
    if (!(p->scopes & grant->scope))
        return error_set(err, ERR_DENIED, "access", "this takes a token with the scope %s",
                         scope_name(__builtin_ctz((unsigned)grant->scope)));
    if (grant->by_session && !p->is_session)
        return error_set(err, ERR_DENIED, "access", "this takes somebody who signed in");
    if (grant->is_grave && !p->is_fresh)
        return error_set(err, ERR_DENIED, "access",
                         "this takes the password again, said a moment ago");
    for (size_t i = 0; i < GRANT_TIES; i++)
        TRY(check_tie(v, p, &grant->ties[i], shape, ask, err));
    return OK;
}
