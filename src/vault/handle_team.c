/* SPDX-License-Identifier: ISC
 *
 * What a viewer sees of colleagues: their free/busy pattern, read through the viewer's own connection and so
 * with no more right than the viewer has. Nothing of it is kept.
 */
#include "time/civil.h"
#include "vault/request.h"

/* What one question for availability may span; a span of local days may hold an hour more. */
enum { TEAM_DAYS_MAX = 42, TEAM_MAX_S = TEAM_DAYS_MAX * CIVIL_DAY_S + 2 * 3600 };

/* Whose address does a colleague's calendar have? That of their connection, else their own. */
static enum status name_mailboxes(struct vault *v, struct request *r,
                                  const struct team_ask *ask, struct team_answer *answer,
                                  struct mailbox *mailboxes, struct error *err)
{
    struct connection_list_ask connections = {.account = ask->account};
    struct connection_list_answer list;
    for (size_t i = 0; i < answer->n_rows; i++)
        mailboxes[i].address = answer->rows[i].email;
    do {
        TRY(store_connection_list(v->store, &r->a, &connections, &list, err));
        for (size_t i = 0; i < list.n_rows; i++) {
            const struct connection_row *row = &list.rows[i];
            connections.after = row->id;
            for (size_t j = 0; j < answer->n_rows && row->email.n && row->mailbox.n; j++)
                if (text_equal_nocase(row->email, answer->rows[j].email))
                    mailboxes[j].address = row->mailbox;
        }
    } while (list.n_rows > 0);
    return OK;
}

static enum status list_colleagues(struct vault *v, struct request *r,
                                   const struct team_ask *ask, struct team_answer *answer,
                                   struct error *err)
{
    struct user_list_ask list = {.account = ask->account, .after = ask->after};
    struct user_list_answer users;
    TRY(store_user_list(v->store, &r->a, &list, &users, err));
    answer->rows = ARENA_ARRAY(&r->a, MAX_MAILBOXES, struct team_row);
    for (size_t i = 0; i < users.n_rows && answer->n_rows < MAX_MAILBOXES; i++)
        answer->rows[answer->n_rows++] =
            (struct team_row){.email = users.rows[i].email, .name = users.rows[i].name};
    return OK;
}

enum status handle_team(struct vault *v, struct request *r, const struct team_ask *ask,
                        struct team_answer *answer, struct error *err)
{
    struct user_stored viewer;
    struct view_answer seen = {0};
    if (!instant_before(ask->from, ask->to) || instant_until_s(ask->from, ask->to) > TEAM_MAX_S)
        return error_set(err, ERR_INVALID, "team", "a view spans 1 to %d days", TEAM_DAYS_MAX);
    TRY(store_user_find(v->store, &r->a, ask->account, ask->viewer, &viewer, err));
    if (!viewer.connection)
        return error_set(err, ERR_NOT_FOUND, "team",
                         "the viewer has no connection, and nobody else's right is used");
    TRY(list_colleagues(v, r, ask, answer, err));
    if (!answer->n_rows)
        return OK;
    struct view_ask view = {.mailboxes = ARENA_ARRAY(&r->a, answer->n_rows, struct mailbox),
                            .n_mailboxes = answer->n_rows,
                            .from = ask->from,
                            .to = ask->to};
    TRY(name_mailboxes(v, r, ask, answer, view.mailboxes, err));
    TRY(calendar_view(&v->calendar, viewer.connection, &view, r->deadline_ms, &r->a, &seen,
                      err));
    if (seen.n_views != answer->n_rows)
        return error_set(err, ERR_UPSTREAM, "team",
                         "the server answered for other mailboxes than were asked");
    for (size_t i = 0; i < answer->n_rows; i++)
        answer->rows[i].view = seen.views[i];
    return OK;
}
