/* SPDX-License-Identifier: ISC
 *
 * What was not sent yet, and how an account's mails present themselves.
 */
#include "vault/request.h"

enum status handle_outbox_list(struct vault *v, struct request *r,
                               const struct outbox_list_ask *ask,
                               struct outbox_list_answer *answer, struct error *err)
{
    return store_outbox_list(v->store, &r->a, ask, answer, err);
}

enum status handle_outbox_retry(struct vault *v, struct request *r,
                                const struct outbox_retry_ask *ask,
                                struct outbox_retry_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_outbox_retry(v->store, ask, v->now(), err);
}

static enum status check_address(struct text address, struct error *err)
{
    if (!address.n || (text_is_line(address) && memchr(address.at, '@', address.n) &&
                       !memchr(address.at, ' ', address.n)))
        return OK;
    return error_set(err, ERR_INVALID, "mail", TEXT_FMT " is no mail address",
                     TEXT_ARG(address));
}

enum status handle_account_mail(struct vault *v, struct request *r,
                                const struct account_mail_ask *ask,
                                struct account_mail_answer *answer, struct error *err)
{
    TRY(check_address(ask->from, err));
    TRY(check_address(ask->reply_to, err));
    if (ask->sets_text && (ask->kind == MAIL_TEST || mail_is_of_connection(ask->kind)))
        return error_set(err, ERR_INVALID, "mail", "mails of this kind have no text of yours");
    if (ask->sets_from || ask->sets_reply_to || ask->sets_text)
        TRY(store_account_mail_set(v->store, ask, err));
    return store_account_mail_get(v->store, &r->a, ask->account, answer, err);
}
