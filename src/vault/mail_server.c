/* SPDX-License-Identifier: ISC */
#include "vault/mail_server.h"

#include <stdlib.h>

#include "store/setup.h"
#include "wire/codec.h"

/* One that was given. Older ones stay: somebody may be sending by them. */
struct given_server {
    struct mail_server server;
    struct arena texts;
    struct given_server *older;
};

const struct mail_server *mail_server_of(struct vault *v)
{
    struct given_server *given = atomic_load(&v->mail.given);
    if (mail_server_is_configured(v))
        return &v->mail.server;
    return given ? &given->server : NULL;
}

bool mail_server_is_configured(const struct vault *v)
{
    return v->mail.server.host.n > 0;
}

enum status mail_server_load(struct vault *v, struct error *err)
{
    if (mail_server_is_configured(v))
        return OK;
    struct given_server *given = calloc(1, sizeof *given);
    ENSURE(given);
    enum status status = store_mail_server_get(v->store, &given->texts, &given->server, err);
    if (status != OK) {
        arena_done(&given->texts);
        free(given);
        return status == ERR_NOT_FOUND ? OK : status;
    }
    given->older = atomic_load(&v->mail.given);
    while (!atomic_compare_exchange_weak(&v->mail.given, &given->older, given))
        continue;
    store_use_mail(v->store, true);
    return OK;
}

void mail_server_done(struct vault *v)
{
    struct given_server *given = atomic_exchange(&v->mail.given, NULL);
    while (given) {
        struct given_server *older = given->older;
        wire_wipe(mail_server_shape, &given->server);
        arena_wipe(&given->texts);
        free(given);
        given = older;
    }
}
