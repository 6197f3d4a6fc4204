/* SPDX-License-Identifier: ISC
 *
 * What every job of a connection passes on its way out and back: how sign-ins went, so that a directory never
 * locks anybody out, and until when the server asked us to wait. The state diagram stands in gate.c.
 */
#ifndef VAULT_GATE_H
#define VAULT_GATE_H

#include "vault/calendar.h"

struct gate;

/* One job, on its way through the gate. */
struct pass {
    struct gate *gate;
    uint64_t version;
    bool proves;
    bool seeks_event;   /* its ERR_NOT_FOUND speaks of an event, not of the calendar */
    bool grant_is_over; /* its ERR_AUTH is final: no second try can go better */
};

void gates_init(struct calendar *cal);
void gates_done(struct calendar *cal);

/* Whose gate does a connection's job pass: its own, or its service account's? */
enum status gate_find(struct calendar *cal, int64_t connection, int64_t *ret_sign_in,
                      struct error *err) MUST_CHECK;

/* Which kind of calendar is it? */
enum status gate_kind(struct calendar *cal, int64_t connection, enum calendar_kind *ret_kind,
                      struct error *err) MUST_CHECK;

/* Which version of its password is a sign-in at? It grows when the password is replaced. */
uint64_t gate_version(struct calendar *cal, int64_t sign_in);

/* Enter. While a sign-in is unproved one job goes out, and the others wait for it.
 *
 * Fails   ERR_FULL   too many wait, or the deadline of clock_ms passed
 *         ERR_LIMIT  the server asked us to wait; err->retry_s
 */
enum status gate_enter(struct calendar *cal, int64_t sign_in, bool yields, int64_t deadline_ms,
                       struct pass *ret_pass, struct error *err) MUST_CHECK;

/* May anything be sent with this password now? ERR_PAUSED. */
enum status gate_may_send(struct calendar *cal, const struct connection_stored *c,
                          struct error *err) MUST_CHECK;

/* Leave with a job's result: write down what it means for those that follow. err is the job's; its retry_s
 * is made sensible. */
void gate_leave(struct calendar *cal, const struct pass *pass, const struct budget_hold *hold,
                const struct connection_stored *c, enum status result, struct error *err);

/* Leave although nothing was sent. */
void gate_leave_unsent(struct calendar *cal, const struct pass *pass);

#endif
