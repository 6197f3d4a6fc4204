/* SPDX-License-Identifier: ISC
 *
 * Setting up (wire/setup.h). The link proves the operator while nobody has an account; then the owner's session does.
 */
#include "crypt/password.h"
#include "os/clock.h"
#include "store/setup.h"
#include "vault/mail_server.h"
#include "vault/request.h"
#include "wire/reserved.h"

enum { MAIL_TRY_MS = 40 * 1000 }; /* below what the edge waits for */

enum status handle_setup_link(struct vault *v, struct request *r,
                              const struct setup_link_ask *ask,
                              struct setup_link_answer *answer, struct error *err)
{
    (void)r, (void)ask;
    return store_setup_link(v->store, v->now(), &answer->token, &answer->expires, err);
}

enum status handle_setup_show(struct vault *v, struct request *r,
                              const struct setup_show_ask *ask,
                              struct setup_show_answer *answer, struct error *err)
{
    bool is_good = false;
    enum setup_stage stage;
    TRY(store_setup_show(v->store, &ask->link, &ask->session, v->now(), &stage, &is_good, err));
    *answer = (struct setup_show_answer){.stage = stage, .is_good = is_good};
    if (!is_good)
        return OK;
    const struct mail_server *server = mail_server_of(v);
    answer->place = v->place;
    answer->jailed = v->jailed;
    answer->keep_bookings_days = v->keep_bookings_days;
    answer->mail_is_configured = mail_server_is_configured(v);
    answer->mail_host = server ? server->host : (struct text){0};
    answer->mail_from = server ? server->from : (struct text){0};
    return store_location_get(v->store, &r->a, &answer->location, err);
}

/* ---- the first account ---- */

static enum setup_wrong find_wrong(struct vault *v, const struct setup_begin_ask *ask)
{
    const struct account_add_ask *account = &ask->account;
    struct text password = {(const char *)ask->password.at, ask->password.n};
    if (!text_is_slug(account->slug, MAX_SLUG) || reserved_segment(account->slug) ||
        !text_is_line(account->name))
        return SETUP_WRONG_ACCOUNT;
    if (!text_is_address(ask->user.email) || !text_is_line(ask->user.name))
        return SETUP_WRONG_EMAIL;
    if (!zone_find(v->zones, ask->user.zone))
        return SETUP_WRONG_ZONE;
    if (password.n < PASSWORD_LEAST || text_equal_nocase(password, ask->user.email))
        return SETUP_WRONG_PASSWORD;
    return SETUP_WRONG_NONE;
}

enum status handle_setup_begin(struct vault *v, struct request *r,
                               const struct setup_begin_ask *ask,
                               struct setup_begin_answer *answer, struct error *err)
{
    enum setup_stage stage;
    bool is_good = false;
    struct secret stored = {0}, none = {0};
    TRY(store_setup_show(v->store, &ask->link, &none, v->now(), &stage, &is_good, err));
    if (!is_good)
        return error_set(err, ERR_NOT_FOUND, "setup", "the link leads nowhere any more");
    answer->wrong = find_wrong(v, ask);
    if (answer->wrong != SETUP_WRONG_NONE) {
        r->tells_anyway = true;
        return error_set(err, ERR_INVALID, "setup", "something does not fit");
    }
    TRY(password_hash(&ask->password, &stored));
    enum status status =
        store_setup_begin(v->store, ask, &stored, v->now(), &answer->token, err);
    secret_free(&stored);
    return status;
}

/* ---- mail ---- */

static bool is_sound(const struct check_answer *found)
{
    for (size_t i = 0; i < found->n_layers; i++)
        if (found->layers[i].state == LAYER_REFUSED)
            return false;
    return found->n_layers > 0;
}

/* Send a mail by that server. How it went stands in the layers. */
static enum status try_mail(struct vault *v, struct request *r,
                            const struct mail_server *server, struct text to,
                            struct check_answer *ret_found, struct error *err)
{
    struct mail_check_ask ask = {.to = to};
    struct mail_check_answer answer = {0};
    int64_t latest_ms = clock_ms() + MAIL_TRY_MS;
    struct courier_job job = {
        .mail_server = server,
        .type = WIRE_mail_check,
        .ask = &ask,
        .deadline_ms = r->deadline_ms < latest_ms ? r->deadline_ms : latest_ms,
    };
    TRY(courier_do(&v->couriers, &job, &r->a, &answer, err));
    *ret_found = (struct check_answer){.layers = answer.layers, .n_layers = answer.n_layers};
    return OK;
}

enum status handle_setup_mail(struct vault *v, struct request *r,
                              const struct setup_mail_ask *ask,
                              struct setup_mail_answer *answer, struct error *err)
{
    struct check_answer found = {0};
    struct text email;
    TRY(store_setup_owner(v->store, &r->a, &ask->session, v->now(), &email, err));
    if (mail_server_is_configured(v))
        return error_set(err, ERR_CONFLICT, "mail", "the configuration names a mail server");
    if (!ask->server.host.n || ask->server.port < 1 || ask->server.port > 65535 ||
        !text_is_address(ask->server.from))
        return error_set(err, ERR_INVALID, "mail", "a server, a port and a sender are needed");
    struct mail_server server = ask->server; /* borrows its password */
    server.helo = v->mail.server.helo;
    TRY(try_mail(v, r, &server, email, &found, err));
    answer->to = email;
    answer->layers = found.layers;
    answer->n_layers = found.n_layers;
    answer->is_used = is_sound(&found);
    if (!answer->is_used)
        return OK;
    TRY(store_mail_server_set(v->store, &server, err));
    return mail_server_load(v, err);
}

enum status handle_setup_end(struct vault *v, struct request *r,
                             const struct setup_end_ask *ask, struct setup_end_answer *answer,
                             struct error *err)
{
    (void)r, (void)answer;
    return store_setup_end(v->store, ask, v->now(), err);
}
