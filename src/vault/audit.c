/* SPDX-License-Identifier: ISC */
#include "vault/audit.h"

#include <stdio.h>

#include "os/clock.h"
#include "os/log.h"
#include "store/audit.h"

enum {
    TELL_MS = 60000,     /* between two lines in the log that say how far the chain goes */
    EXPIRE_MS = 3600000, /* between two looks for old rows */
    DAY_S = 86400,
};

static enum audit_actor actor_of(const struct request *r)
{
    if (r->peer->role != ROLE_EDGE)
        return AUDIT_BY_COMMAND;
    switch (r->type) {
    case WIRE_session_begin:
    case WIRE_session_code:
    case WIRE_session_prove:
    case WIRE_session_end:
    case WIRE_password_set:
    case WIRE_invite_use:
    case WIRE_factor_confirm:
    case WIRE_factor_codes:
    case WIRE_factor_off:
    case WIRE_setup_begin:
    case WIRE_setup_mail:
    case WIRE_setup_end:
        return AUDIT_BY_HOST;
    case WIRE_page:
    case WIRE_slots:
        return AUDIT_BY_VISITOR;
    default:
        return AUDIT_BY_CUSTOMER;
    }
}

void audit_ask(const struct request *r)
{
    store_act_as(actor_of(r), (struct text){0});
}

/* ---- couriers ---- */

static enum audit_kind kind_of(const struct courier_job *job)
{
    switch (job->type) {
    case WIRE_busy:
        return AUDIT_BUSY;
    case WIRE_find:
        return AUDIT_FIND;
    case WIRE_view:
        return AUDIT_VIEW;
    case WIRE_calendars:
        return AUDIT_CALENDARS;
    case WIRE_check:
        return ((const struct check_ask *)job->ask)->probe ? AUDIT_PROBE : AUDIT_CHECK;
    case WIRE_create:
        return AUDIT_CREATE;
    case WIRE_update:
        return AUDIT_UPDATE;
    case WIRE_remove:
        return AUDIT_REMOVE;
    case WIRE_discover:
        return AUDIT_DISCOVER;
    case WIRE_changes:
    case WIRE_watch:
        return AUDIT_WATCH;
    case WIRE_events:
    default:
        return AUDIT_DETAILS; /* what is not known here may be the most that there is */
    }
}

static enum audit_result result_of(const struct courier_job *job, const void *answer,
                                   enum status status)
{
    if (job->type == WIRE_check && status == OK && !calendar_is_sound(answer))
        return AUDIT_WENT_FAILED;
    return audit_result_of(status);
}

/* One question may be about many mailboxes: a row for each, so that each is found. */
static void note_views(struct store *st, struct audit_event event, const struct view_ask *ask,
                       const struct view_answer *answer)
{
    for (size_t i = 0; i < ask->n_mailboxes; i++) {
        event.mailbox = ask->mailboxes[i].address;
        if (answer && i < answer->n_views)
            event.result = audit_result_of(answer->views[i].status);
        store_audit_note(st, &event);
    }
}

/* Nothing but a new child signs in, or one that is refused later. */
static void note_sign_in(struct store *st, struct audit_event event,
                         const struct connection_stored *c, enum status status)
{
    bool is_refused = status == ERR_AUTH;
    event.kind = AUDIT_SIGN_IN;
    event.subject = c->sign_in;
    event.what = c->server.user;
    event.result = is_refused ? AUDIT_WENT_REFUSED : event.result;
    store_audit_note(st, &event);
}

void audit_job(struct calendar *cal, const struct connection_stored *c,
               const struct courier_job *job, const void *answer, enum status status)
{
    if (status == ERR_FULL || status == ERR_CLOSED) /* nobody was sent */
        return;
    struct audit_event event = {.kind = kind_of(job), .result = result_of(job, answer, status)};
    if (c) {
        event.account = c->account;
        event.subject = c->id;
        event.mailbox = c->server.mailbox;
        if (job->is_new || status == ERR_AUTH)
            note_sign_in(cal->store, event, c, status);
    }
    if (job->type == WIRE_view)
        note_views(cal->store, event, job->ask, status == OK ? answer : NULL);
    else
        store_audit_note(cal->store, &event);
}

/* ---- chores ---- */

void audit_start(struct vault *v)
{
    if (!atomic_exchange(&v->audit.serves, true))
        store_audit_note(v->store, &(struct audit_event){.kind = AUDIT_STARTED});
}

static void tell(struct vault *v)
{
    struct audit_end end;
    char hash[2 * HASH_BYTES + 1];
    store_audit_end(v->store, &end);
    if (end.stuck != OK)
        log_error(LOG_ERROR, "what the audit noted is not written yet", end.stuck, &end.why);
    if (end.row == v->audit.told)
        return;
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(hash + 2 * i, 3, "%02x", end.hash.at[i]);
    log_line(LOG_NOTE, "audit: node %s row %lld hash %s", end.node, (long long)end.row, hash);
    v->audit.told = end.row;
}

static void expire(struct vault *v)
{
    struct error err = {0};
    struct instant before = instant_add_s(v->now(), -v->audit.keep_days * DAY_S);
    enum status status = store_audit_expire(v->store, before, &err);
    if (status != OK)
        log_error(LOG_ERROR, "old rows of the audit did not end", status, &err);
}

void audit_tend(struct vault *v)
{
    int64_t now_ms = clock_ms();
    if (v->audit.keep_days && now_ms >= v->audit.expire_ms) {
        v->audit.expire_ms = now_ms + EXPIRE_MS;
        expire(v);
    }
    if (v->audit.serves && now_ms >= v->audit.tell_ms) {
        v->audit.tell_ms = now_ms + TELL_MS;
        tell(v);
    }
}

void audit_stop(struct vault *v)
{
    struct error err = {0};
    struct audit_event event = {.kind = AUDIT_STOPPED};
    if (!v->audit.serves)
        return;
    enum status status = store_audit_add(v->store, &event, &err);
    if (status != OK)
        log_error(LOG_ERROR, "the audit is not complete", status, &err);
    tell(v);
}
