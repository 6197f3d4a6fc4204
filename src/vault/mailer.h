/* SPDX-License-Identifier: ISC
 *
 * Sends what stands in the outbox. A mail is claimed with a lease, made of what the database says now, given to
 * a courier, and its row goes once the server has taken it. Killed anywhere in between, it is sent again by
 * whoever claims it next, under the same Message-ID. Any number of vaults may do so at once.
 */
#ifndef VAULT_MAILER_H
#define VAULT_MAILER_H

#include "vault/booking.h"

enum {
    MAILER_THREADS = 2,         /* so that one slow recipient's server does not hold up all */
    MAILER_LEASE_EXTRA_S = 15,  /* beyond what one try may take */
    MAILER_WAIT_MAX_S = 7200,   /* between two tries of one mail */
    MAILER_PAUSE_MAX_MS = 60000 /* while the server cannot be reached at all */
};

/* Send at most one mail that is due. ret_status: how that went.
 *
 * Fails   ERR_NOT_FOUND  nothing is due
 *         OK             it was sent, dropped, refused for good or put off
 */
enum status mailer_send_one(struct vault *v, enum status *ret_status,
                            struct error *err) MUST_CHECK;

/* Fill the mail of a claimed row: who, which words, which times. ERR_NOT_FOUND: nobody wants it any more. */
enum status mailer_compose(struct vault *v, struct arena *a, const struct outbox_entry *entry,
                           struct mail_ask *ret_mail, struct error *err) MUST_CHECK;

/* The threads that do so, as long as the vault serves. Without a mail server they look for one now and then. */
struct mailer {
    struct vault *v;
    pthread_t threads[MAILER_THREADS];
    size_t n_threads;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ends;
};
enum status mailer_start(struct mailer *mailer, struct vault *v, struct error *err) MUST_CHECK;

/* Ask them to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where one is still at work. */
enum status mailer_stop(struct mailer *mailer, int64_t deadline_ms) MUST_CHECK;

#endif
