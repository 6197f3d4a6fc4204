/* SPDX-License-Identifier: ISC */
#include "store/backup.h"
#include "vault/request.h"

enum status handle_backup(struct vault *v, struct request *r, const struct backup_ask *ask,
                          struct backup_answer *answer, struct error *err)
{
    struct store_backed_up made;
    (void)ask;
    pthread_mutex_lock(&v->backing_up);
    enum status status = store_backup(v->store, r->fd, v->backup_keep_days, &r->a, &made, err);
    pthread_mutex_unlock(&v->backing_up);
    TRY(status);
    *answer = (struct backup_answer){.bytes = made.n_bytes,
                                     .keys = made.n_keys,
                                     .master = made.master,
                                     .made_at = made.made_at,
                                     .expires_at = made.expires_at};
    return OK;
}
