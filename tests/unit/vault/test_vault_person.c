/* SPDX-License-Identifier: ISC
 *
 * What people may ask through the edge: every question, by every role, with every scope, about their own
 * things, a colleague's and another account's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"
#include "store/follow.h"
#include "vault/principal.h"
#include "wire/bearer.h"
#include "wire/codec.h"

enum { DAY_S = 86400 };

#define ANN TEXT("ann@acme.test")
#define BOB TEXT("bob@acme.test")

/* ---- a world: Ann owns the account, Bob is a member of it; each has one of everything ---- */

struct things {
    struct text email, page;
    struct text booking;
    int64_t connection, token, notice, mail;
    struct secret bearer;
};

struct world {
    struct rig rig;
    struct things ann, bob;
};

static int64_t connect(struct rig *rig, struct text email)
{
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .email = email,
                                     .unchecked = true,
                                     .server = {.host = TEXT("mail.acme.test"),
                                                .port = 443,
                                                .path = TEXT("/EWS/Exchange.asmx"),
                                                .user = TEXT("bob"),
                                                .password = secret_new("secret", 6)}};
    struct connection_add_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), OK);
    wire_wipe(connection_add_ask_shape, &ask);
    return answer.id;
}

static void publish(struct rig *rig, struct text email, struct text slug)
{
    static struct hours hours = {0, 9 * 60, 17 * 60};
    struct page_put_ask ask = {.account = TEXT("acme"),
                               .email = email,
                               .page = slug,
                               .title = TEXT("Talk"),
                               .synchronise = true,
                               .rule = {.zone = TEXT("UTC"),
                                        .duration_min = 30,
                                        .increment_min = 30,
                                        .horizon_days = 30,
                                        .hours = &hours,
                                        .n_hours = 1}};
    struct page_put_answer answer;
    assert_int_equal(rig_command(rig, WIRE_page_put, &ask, &answer), OK);
}

static void give_token(struct rig *rig, struct things *things, int64_t scopes, int64_t days)
{
    struct token_add_ask ask = {.account = TEXT("acme"),
                                .email = things->email,
                                .name = TEXT("test"),
                                .scopes = scopes,
                                .days = days};
    struct token_add_answer answer = {0};
    secret_free(&things->bearer);
    assert_int_equal(rig_command(rig, WIRE_token_add, &ask, &answer), OK);
    things->token = answer.id;
    things->bearer = answer.token;
}

static enum status set_role(struct rig *rig, struct text email, enum user_role role)
{
    struct user_role_ask ask = {TEXT("acme"), email, role};
    struct user_role_answer answer;
    return rig_command(rig, WIRE_user_role, &ask, &answer);
}

static struct text book(struct rig *rig, const char *page, int hour)
{
    struct book_ask ask = {.account = TEXT("acme"),
                           .page = text_from(page),
                           .start = rig_tomorrow(hour),
                           .customer = {.name = TEXT("Cy"), .email = TEXT("cy@else.test")}};
    struct book_answer answer;
    ask.start.s += 6 * DAY_S; /* a Monday */
    assert_int_equal(rig_ask(rig, WIRE_book, &ask, &answer), OK);
    secret_free(&answer.token);
    return answer.booking.id;
}

/* Their host moved the event of a booking, on a page that asks first. */
static void move_event(struct rig *rig, struct things *things)
{
    struct booking_stored b;
    struct found_event found = {.now = rig->v.now()};
    struct attention_list_ask ask = {.account = TEXT("acme"), .email = things->email};
    struct attention_list_answer notices;
    assert_int_equal(booking_id_parse(things->booking, &found.booking), OK);
    assert_int_equal(store_booking_get(rig->store, &rig->a, found.booking, &b, NULL), OK);
    found.sequence = b.sequence;
    found.slot = b.slot;
    found.ref = (struct event_ref){
        .id = TEXT("AAMk"), .start = {b.slot.start.s + 3600}, .end = {b.slot.end.s + 3600}};
    assert_int_equal(store_event_ask(rig->store, &found, NULL), OK);
    assert_int_equal(rig_command(rig, WIRE_attention_list, &ask, &notices), OK);
    assert_int_equal(notices.n_rows, 1);
    things->notice = notices.rows[0].id;
}

static void find_mail(struct rig *rig, struct things *things)
{
    struct outbox_list_ask ask = {.account = TEXT("acme"), .email = things->email};
    struct outbox_list_answer mails;
    assert_int_equal(rig_command(rig, WIRE_outbox_list, &ask, &mails), OK);
    assert_true(mails.n_rows >= 2);
    things->mail = mails.rows[0].id;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct user_add_ask bob = {TEXT("acme"), BOB, TEXT("Bob"), TEXT("UTC")};
    struct user_add_answer added;
    rig_start_with(&w->rig,
                   (struct rig_options){.mail = {.server = {.host = TEXT("mail.host.test")}}});
    assert_int_equal(rig_command(&w->rig, WIRE_user_add, &bob, &added), OK);
    w->ann = (struct things){.email = ANN, .page = TEXT("intro"), .connection = 1};
    w->bob = (struct things){.email = BOB, .page = TEXT("bobs")};
    w->bob.connection = connect(&w->rig, BOB);
    publish(&w->rig, BOB, TEXT("bobs"));
    w->ann.booking = book(&w->rig, "intro", 10);
    w->bob.booking = book(&w->rig, "bobs", 11);
    move_event(&w->rig, &w->ann);
    move_event(&w->rig, &w->bob);
    find_mail(&w->rig, &w->ann);
    find_mail(&w->rig, &w->bob);
    give_token(&w->rig, &w->ann, SCOPE_ALL, 0);
    give_token(&w->rig, &w->bob, grant_scopes(USER_MEMBER), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    secret_free(&w->ann.bearer);
    secret_free(&w->bob.bearer);
    rig_stop(&w->rig);
    free(w);
    return 0;
}

/* ---- asking ---- */

static struct text as_text(const struct secret *secret)
{
    return (struct text){(const char *)secret->at, secret->n};
}

/* Ask as the edge does for whoever has the bearer; *ret_within is how the question itself went. */
static enum status ask_as(struct rig *rig, struct text bearer, enum wire_type type,
                          const void *ask, void *ret_answer, enum status *ret_within)
{
    struct buf question CLEANUP(buf_wipe) = BUF(AS_QUESTION_MAX);
    struct as_answer answer;
    assert_int_equal(wire_encode(&question, wire_message_of(type)->ask, ask), OK);
    struct as_ask as = {.bearer = secret_new(bearer.at, bearer.n),
                        .type = type,
                        .question = secret_new(question.at, question.n)};
    enum status status = rig_ask(rig, WIRE_as, &as, &answer);
    wire_wipe(as_ask_shape, &as);
    if (status == OK) {
        *ret_within = answer.reply.status;
        assert_int_equal(answer.reply.has_body, answer.answer.n > 0);
        if (answer.reply.has_body && ret_answer)
            assert_int_equal(
                wire_decode(&rig->a, wire_message_of(type)->answer, answer.answer, ret_answer),
                OK);
    }
    return status;
}

static enum status show_account(struct rig *rig, struct text bearer,
                                struct account_show_answer *ret_answer, enum status *ret_within)
{
    struct account_show_ask ask = {.account = TEXT("acme")};
    return ask_as(rig, bearer, WIRE_account_show, &ask, ret_answer, ret_within);
}

static void a_token_speaks_for_its_user_and_nobody_else(void **state)
{
    struct world *w = *state;
    struct account_show_answer seen;
    enum status within;
    assert_int_equal(show_account(&w->rig, as_text(&w->bob.bearer), &seen, &within), OK);
    assert_int_equal(within, OK);
    assert_true(text_equal(seen.user.email, BOB) && seen.user.role == USER_MEMBER);
    assert_int_equal(show_account(&w->rig, as_text(&w->ann.bearer), &seen, &within), OK);
    assert_true(text_equal(seen.user.email, ANN) && seen.user.role == USER_OWNER);
}

static void what_is_no_token_proves_nobody(void **state)
{
    struct world *w = *state;
    struct account_show_answer seen;
    enum status within;
    char other[BEARER_TEXT];
    static const char *const wrong[] = {"", "hg_", "Bearer", "hg_AAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(show_account(&w->rig, text_from(wrong[i]), &seen, &within), ERR_AUTH);
    /* Whole, of the same row, and not the one. */
    struct text inner;
    assert_true(bearer_parse(as_text(&w->bob.bearer), &inner));
    memcpy(other, inner.at, inner.n);
    other[40] = other[40] == 'A' ? 'B' : 'A';
    struct secret forged_inner = secret_new(other, inner.n);
    struct secret forged = bearer_format(&forged_inner);
    assert_int_equal(show_account(&w->rig, as_text(&forged), &seen, &within), ERR_AUTH);
    secret_free(&forged_inner);
    secret_free(&forged);
}

static void a_revoked_token_opens_nothing_at_once(void **state)
{
    struct world *w = *state;
    struct account_show_answer seen;
    enum status within;
    struct token_revoke_ask ask = {TEXT("acme"), w->bob.token};
    assert_int_equal(show_account(&w->rig, as_text(&w->bob.bearer), &seen, &within), OK);
    /* Through itself: the last thing that it does. */
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->bob.bearer), WIRE_token_revoke, &ask, NULL, &within), OK);
    assert_int_equal(within, OK);
    assert_int_equal(show_account(&w->rig, as_text(&w->bob.bearer), &seen, &within), ERR_AUTH);
}

static void a_token_ends_on_its_day(void **state)
{
    struct world *w = *state;
    struct account_show_answer seen;
    enum status within;
    give_token(&w->rig, &w->bob, SCOPE_ACCOUNT_READ, 2);
    rig_clock_set(2 * DAY_S - 1);
    assert_int_equal(show_account(&w->rig, as_text(&w->bob.bearer), &seen, &within), OK);
    rig_clock_set(2 * DAY_S);
    assert_int_equal(show_account(&w->rig, as_text(&w->bob.bearer), &seen, &within), ERR_AUTH);
    rig_clock_set(0);
}

static void a_role_counts_from_the_moment_it_changes(void **state)
{
    struct world *w = *state;
    struct user_add_ask ask = {TEXT("acme"), TEXT("dan@acme.test"), TEXT("Dan"), TEXT("UTC")};
    struct text bearer = as_text(&w->bob.bearer);
    enum status within;
    struct token_add_ask too_much = {TEXT("acme"), BOB, TEXT("more"), SCOPE_ALL, 0};
    struct token_add_answer answer;
    assert_int_equal(rig_command(&w->rig, WIRE_token_add, &too_much, &answer), ERR_DENIED);
    assert_int_equal(set_role(&w->rig, BOB, USER_ADMINISTRATOR), OK);
    give_token(&w->rig, &w->bob, SCOPE_ALL, 0);
    bearer = as_text(&w->bob.bearer);
    assert_int_equal(ask_as(&w->rig, bearer, WIRE_user_add, &ask, NULL, &within), OK);
    assert_int_equal(within, OK);
    assert_int_equal(set_role(&w->rig, BOB, USER_MEMBER), OK);
    ask.email = TEXT("eve@acme.test");
    assert_int_equal(ask_as(&w->rig, bearer, WIRE_user_add, &ask, NULL, &within), OK);
    assert_int_equal(within, ERR_DENIED);
}

static void an_account_keeps_an_owner(void **state)
{
    struct world *w = *state;
    assert_int_equal(set_role(&w->rig, ANN, USER_MEMBER), ERR_CONFLICT);
    assert_int_equal(set_role(&w->rig, BOB, USER_OWNER), OK);
    assert_int_equal(set_role(&w->rig, ANN, USER_MEMBER), OK);
    assert_int_equal(set_role(&w->rig, BOB, USER_ADMINISTRATOR), ERR_CONFLICT);
}

/* ---- the table ---- */

/* Written a second time by hand: a question, its scope, the least role. */
static const struct {
    const char *name, *scope;
    enum user_role least;
} rows[] = {
    {"account_mail", "users:write", USER_ADMINISTRATOR},
    {"account_links", "users:write", USER_ADMINISTRATOR},
    {"account_sites", "users:write", USER_ADMINISTRATOR},
    {"account_look", "users:write", USER_ADMINISTRATOR},
    {"account_show", "account:read", USER_MEMBER},
    {"user_list", "users:read", USER_MEMBER},
    {"user_add", "users:write", USER_ADMINISTRATOR},
    {"user_role", "users:write", USER_OWNER},
    {"user_remove", "account:read", USER_MEMBER},
    {"account_remove", "users:write", USER_OWNER},
    {"account_require", "users:write", USER_OWNER},
    {"invite_begin", "users:write", USER_ADMINISTRATOR},
    {"user_disable", "users:write", USER_ADMINISTRATOR},
    {"user_handover", "users:write", USER_ADMINISTRATOR},
    {"connection_list", "connections:read", USER_MEMBER},
    {"connection_add", "connections:write", USER_MEMBER},
    {"connection_check", "connections:write", USER_MEMBER},
    {"connection_password", "connections:write", USER_MEMBER},
    {"connection_move", "connections:write", USER_MEMBER},
    {"connection_calendars", "connections:write", USER_MEMBER},
    {"connection_remove", "connections:write", USER_MEMBER},
    {"connection_discover", "connections:write", USER_MEMBER},
    {"connector_list", "connections:read", USER_MEMBER},
    {"connector_add", "connections:write", USER_MEMBER},
    {"connector_token", "connections:write", USER_MEMBER},
    {"connector_switch", "connections:write", USER_MEMBER},
    {"page_list", "pages:read", USER_MEMBER},
    {"page_show", "pages:read", USER_MEMBER},
    {"agenda", "events:read", USER_MEMBER},
    {"agenda_mark", "events:read", USER_MEMBER},
    {"readings", "account:read", USER_MEMBER},
    {"holdings", "account:read", USER_MEMBER},
    {"condition", "account:read", USER_ADMINISTRATOR},
    {"why", "pages:read", USER_MEMBER},
    {"page_put", "pages:write", USER_MEMBER},
    {"page_remove", "pages:write", USER_MEMBER},
    {"booking_list", "bookings:read", USER_MEMBER},
    {"booking_show", "bookings:read", USER_MEMBER},
    {"booking_history", "bookings:read", USER_MEMBER},
    {"booking_cancel", "bookings:write", USER_MEMBER},
    {"booking_add", "bookings:write", USER_MEMBER},
    {"booking_series", "bookings:write", USER_MEMBER},
    {"booking_move", "bookings:write", USER_MEMBER},
    {"booking_approve", "bookings:write", USER_MEMBER},
    {"booking_decline", "bookings:write", USER_MEMBER},
    {"booking_noshow", "bookings:write", USER_MEMBER},
    {"attention_list", "bookings:read", USER_MEMBER},
    {"attention_done", "bookings:write", USER_MEMBER},
    {"attention_accept", "bookings:write", USER_MEMBER},
    {"attention_restore", "bookings:write", USER_MEMBER},
    {"outbox_list", "bookings:read", USER_MEMBER},
    {"outbox_retry", "bookings:write", USER_MEMBER},
    {"team", "team:read", USER_MEMBER},
    {"token_add", "tokens:write", USER_MEMBER},
    {"oauth_offers", "connections:read", USER_MEMBER},
    {"token_list", "tokens:read", USER_MEMBER},
    {"token_revoke", "tokens:write", USER_MEMBER},
};

static int row_of(unsigned type)
{
    for (size_t i = 0; wire_message_of(type) && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, wire_message_of(type)->name) == 0)
            return (int)i;
    return -1;
}

static void *field_of(unsigned type, void *ask, const char *name, enum field_kind kind)
{
    const struct shape *shape = wire_message_of(type)->ask();
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0 && shape->fields[i].kind == kind)
            return (char *)ask + shape->fields[i].offset;
    return NULL;
}

static void set_text(unsigned type, void *ask, const char *name, struct text value)
{
    struct text *field = field_of(type, ask, name, FIELD_TEXT);
    if (field)
        *field = value;
}

/* Make a question about somebody's things; false where its fields name none. */
static bool make_ask(unsigned type, const struct things *things, void *ask)
{
    int64_t *id = field_of(type, ask, "id", FIELD_I64);
    const char *name = wire_message_of(type)->name;
    if (id)
        *id = strncmp(name, "token", 5) == 0       ? things->token
              : strncmp(name, "attention", 9) == 0 ? things->notice
              : strncmp(name, "outbox", 6) == 0    ? things->mail
                                                   : things->connection;
    set_text(type, ask, "account", TEXT("acme"));
    set_text(type, ask, "email", things->email);
    set_text(type, ask, "viewer", things->email);
    set_text(type, ask, "page", things->page);
    set_text(type, ask, "id", things->booking);
    return id || field_of(type, ask, "email", FIELD_TEXT) ||
           field_of(type, ask, "page", FIELD_TEXT) || field_of(type, ask, "id", FIELD_TEXT);
}

static struct principal bob_as(struct world *w, enum user_role role, int64_t scopes)
{
    struct user_stored user;
    assert_int_equal(store_user_find(w->rig.store, &w->rig.a, TEXT("acme"), BOB, &user, NULL),
                     OK);
    return (struct principal){user.account, user.id, TEXT("acme"), user.email, role,
                              scopes,       false,   true,         true};
}

typedef void check_row(struct world *w, unsigned type, int row, enum user_role role);

static void for_each_row_and_role(struct world *w, check_row *check)
{
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        int row = row_of(type);
        assert_int_equal(row >= 0, grant_of(type) != NULL);
        for (int role = 0; row >= 0 && role < USER_ROLE_COUNT; role++)
            check(w, type, row, (enum user_role)role);
    }
}

static enum status may(struct world *w, const struct principal *p, unsigned type, void *ask)
{
    return principal_may(&w->rig.v, p, (enum wire_type)type, ask, NULL);
}

static void check_scopes(struct world *w, unsigned type, int row, enum user_role role)
{
    for (int bit = 0; bit < SCOPE_COUNT; bit++) {
        char ask[1024] = {0};
        struct principal p = bob_as(w, role, INT64_C(1) << bit);
        make_ask(type, &w->bob, ask);
        bool expected =
            role >= rows[row].least && strcmp(scope_name(bit), rows[row].scope) == 0;
        assert_int_equal(may(w, &p, type, ask), expected ? OK : ERR_DENIED);
        p.is_fresh = false;
        expected &= !grant_of(type)->is_grave;
        assert_int_equal(may(w, &p, type, ask), expected ? OK : ERR_DENIED);
        p.is_fresh = true;
        p.is_session = false;
        expected = role >= rows[row].least && strcmp(scope_name(bit), rows[row].scope) == 0 &&
                   type != WIRE_token_add && type != WIRE_user_remove &&
                   type != WIRE_account_remove;
        assert_int_equal(may(w, &p, type, ask), expected ? OK : ERR_DENIED);
    }
}

static void each_question_takes_its_scope_and_its_role(void **state)
{
    for_each_row_and_role(*state, check_scopes);
}

static void check_other_account(struct world *w, unsigned type, int row, enum user_role role)
{
    (void)row;
    char ask[1024] = {0};
    struct principal p = bob_as(w, role, SCOPE_ALL);
    make_ask(type, &w->bob, ask);
    set_text(type, ask, "account", TEXT("other"));
    assert_int_equal(may(w, &p, type, ask), ERR_NOT_FOUND);
    set_text(type, ask, "account", (struct text){0});
    assert_int_equal(may(w, &p, type, ask), ERR_NOT_FOUND);
}

static void another_account_is_not_there(void **state)
{
    for_each_row_and_role(*state, check_other_account);
}

static void check_colleague(struct world *w, unsigned type, int row, enum user_role role)
{
    char ask[1024] = {0};
    struct principal p = bob_as(w, role, SCOPE_ALL);
    bool names = make_ask(type, &w->ann, ask);
    enum status status = may(w, &p, type, ask);
    const char *self =
        grant_of(type)->ties[0].kind == TIE_SELF ? grant_of(type)->ties[0].field : NULL;
    static const char *const showing[] = {"why",
                                          "connection_calendars",
                                          "booking_add",
                                          "booking_move",
                                          "booking_approve",
                                          "booking_series",
                                          "connector_token"};
    bool shows_calendar = false;
    for (size_t i = 0; i < sizeof showing / sizeof *showing; i++)
        shows_calendar |= strcmp(rows[row].name, showing[i]) == 0;
    bool is_above =
        grant_of(type)->ties[0].kind == TIE_LESSER && role < USER_OWNER; /* Ann owns it */
    if (role < rows[row].least || is_above || (shows_calendar && role != USER_MEMBER))
        assert_int_equal(status, ERR_DENIED);
    else if (self)
        assert_true(status == OK &&
                    text_equal(*(struct text *)field_of(type, ask, self, FIELD_TEXT), BOB));
    else
        assert_int_equal(status, role == USER_MEMBER && names ? ERR_NOT_FOUND : OK);
}

static void a_members_colleague_is_not_there(void **state)
{
    for_each_row_and_role(*state, check_colleague);
}

static void a_list_that_names_nobody_is_a_members_own(void **state)
{
    struct world *w = *state;
    struct booking_list_ask bookings = {.account = TEXT("acme"), .to = {INT64_C(1) << 40}};
    struct booking_list_answer seen;
    enum status within;
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->bob.bearer), WIRE_booking_list, &bookings, &seen, &within),
        OK);
    assert_true(within == OK && seen.n_rows == 1 &&
                text_equal(seen.rows[0].id, w->bob.booking));
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->ann.bearer), WIRE_booking_list, &bookings, &seen, &within),
        OK);
    assert_true(within == OK && seen.n_rows == 2);
    bookings.email = BOB;
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->ann.bearer), WIRE_booking_list, &bookings, &seen, &within),
        OK);
    assert_true(within == OK && seen.n_rows == 1 &&
                text_equal(seen.rows[0].id, w->bob.booking));
}

static void a_member_goes_through_no_service_account(void **state)
{
    struct world *w = *state;
    struct principal p = bob_as(w, USER_MEMBER, SCOPE_ALL);
    struct connection_add_ask ask = {.account = TEXT("acme"), .email = BOB, .through = 7};
    assert_int_equal(may(w, &p, WIRE_connection_add, &ask), ERR_DENIED);
    ask.through = 0;
    assert_int_equal(may(w, &p, WIRE_connection_add, &ask), OK);
    ask.email = (struct text){0}; /* a service account of one's own would act for anybody */
    assert_int_equal(may(w, &p, WIRE_connection_add, &ask), ERR_NOT_FOUND);
}

/* What the edge may not ask for a person ends its channel, whoever's bearer it holds. */
static void what_no_person_may_ask_closes_the_channel(void **state)
{
    struct world *w = *state;
    struct key_rotate_ask ask = {TEXT("acme")};
    enum status within;
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->ann.bearer), WIRE_key_rotate, &ask, NULL, &within),
        ERR_CLOSED);
}

/* One with few scopes could have itself given all, and one that ends tomorrow never end. */
static void a_token_makes_no_token(void **state)
{
    struct world *w = *state;
    struct token_add_ask ask = {TEXT("acme"), ANN, TEXT("more"), 1, 0};
    enum status within;
    assert_int_equal(
        ask_as(&w->rig, as_text(&w->ann.bearer), WIRE_token_add, &ask, NULL, &within), OK);
    assert_int_equal(within, ERR_DENIED);
}

static void a_question_that_cannot_be_decoded_closes_the_channel(void **state)
{
    struct world *w = *state;
    struct as_ask as = {.bearer = secret_copy(&w->ann.bearer),
                        .type = WIRE_page_list,
                        .question = secret_new("nonsense", 8)};
    struct as_answer answer;
    assert_int_equal(rig_ask(&w->rig, WIRE_as, &as, &answer), ERR_CLOSED);
    wire_wipe(as_ask_shape, &as);
}

#define IN_WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_token_speaks_for_its_user_and_nobody_else),
        IN_WORLD(what_is_no_token_proves_nobody),
        IN_WORLD(a_revoked_token_opens_nothing_at_once),
        IN_WORLD(a_token_ends_on_its_day),
        IN_WORLD(a_role_counts_from_the_moment_it_changes),
        IN_WORLD(an_account_keeps_an_owner),
        IN_WORLD(each_question_takes_its_scope_and_its_role),
        IN_WORLD(another_account_is_not_there),
        IN_WORLD(a_members_colleague_is_not_there),
        IN_WORLD(a_list_that_names_nobody_is_a_members_own),
        IN_WORLD(a_member_goes_through_no_service_account),
        IN_WORLD(a_token_makes_no_token),
        IN_WORLD(what_no_person_may_ask_closes_the_channel),
        IN_WORLD(a_question_that_cannot_be_decoded_closes_the_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
