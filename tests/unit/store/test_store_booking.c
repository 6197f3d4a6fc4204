/* SPDX-License-Identifier: ISC */
#include "fixture.h"

#include "crypt/token.h"
#include "wire/frame.h"

static const int64_t slot_start = NOW - NOW % DAY + DAY + 10 * HOUR;
static const struct instant now = {NOW};

static size_t count_occupied(struct fixture *f, int64_t except, int64_t when)
{
    struct occupied_list list = {0};
    assert_int_equal(store_occupied_list(f->st, &f->a, f->page.host,
                                         (struct instant){slot_start - DAY},
                                         (struct instant){slot_start + DAY}, except,
                                         (struct instant){when}, &list, &f->err),
                     OK);
    return list.n_rows;
}

static void a_hold_keeps_everything_it_was_given(void **state)
{
    struct fixture *f = *state;
    struct held held = hold_at(f, slot_start);
    assert_int_equal(held.status, OK);
    assert_true(held.fresh);
    struct booking_stored stored = booking_get(f, held.booking.id);
    const struct booking_stored *both[] = {&held.booking, &stored};
    for (int i = 0; i < 2; i++) {
        const struct booking_stored *b = both[i];
        assert_int_equal(b->state, BOOKING_HELD);
        assert_int_equal(b->step, STEP_HOLD);
        assert_true(b->step_at.s == NOW && b->page == f->page.id && b->host == f->page.host);
        assert_true(b->connection == f->connection);
        assert_true(b->slot.start.s == slot_start && b->slot.end.s == slot_start + 30 * 60);
        assert_true(text_equal(b->customer.name, TEXT("Grace Marker")));
        assert_true(text_equal(b->customer.email, TEXT("grace@marker.example")));
        assert_true(text_equal(b->customer.zone, TEXT("America/New_York")));
        assert_int_equal(b->customer.n_answers, 2);
        assert_true(text_equal(b->customer.answers[0].answer, TEXT("Marked answer")));
        assert_true(text_equal(b->title, TEXT("Marked title")));
        assert_true(text_equal(b->description, TEXT("Marked description")));
        assert_int_equal(b->ref.id.n, 0);
    }
}

static void overlaps_are_refused_and_neighbours_are_not(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(hold_at(f, slot_start).status, OK);
    static const int minutes[] = {0, 15, 39, -39, -15};
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++)
        assert_int_equal(hold_at(f, slot_start + 60 * minutes[i]).status, ERR_CONFLICT);
    assert_int_equal(hold_at(f, slot_start + 60 * 40).status, OK);
    assert_int_equal(hold_at(f, slot_start - 60 * 40).status, OK);
    assert_int_equal(count_occupied(f, 0, NOW), 3);
}

static void a_hold_that_is_over_is_in_nobodys_way(void **state)
{
    struct fixture *f = *state;
    struct held first = hold_at(f, slot_start);
    int64_t over = NOW + STORE_HOLD_S;
    assert_int_equal(count_occupied(f, 0, over - 1), 1);
    assert_int_equal(count_occupied(f, 0, over), 0);
    assert_int_equal(hold_with(f, slot_start, TEXT(""), over - 1).status, ERR_CONFLICT);
    assert_int_equal(hold_with(f, slot_start, TEXT(""), over).status, OK);
    assert_int_equal(store_booking_begin(f->st, first.booking.id, now, &f->err), ERR_NOT_FOUND);
    assert_int_equal(store_booking_confirm(f->st, first.booking.id, NULL, now, &f->err),
                     ERR_NOT_FOUND);
}

static void an_uncertain_booking_never_expires(void **state)
{
    struct fixture *f = *state;
    struct held held = hold_at(f, slot_start);
    assert_int_equal(store_booking_begin(f->st, held.booking.id, now, &f->err), OK);
    assert_int_equal(hold_with(f, slot_start, TEXT(""), NOW + DAY / 2).status, ERR_CONFLICT);
    assert_int_equal(count_occupied(f, 0, NOW + DAY / 2), 1);
    assert_int_equal(store_booking_release(f->st, held.booking.id, &f->err), OK);
    assert_int_equal(store_booking_release(f->st, held.booking.id, &f->err), OK);
    assert_int_equal(count_occupied(f, 0, NOW), 0);
    assert_int_equal(hold_at(f, slot_start).status, OK);
}

static void the_day_limit_holds_inside_the_transaction(void **state)
{
    struct fixture *f = *state;
    f->page.rule.max_per_day = 2;
    assert_int_equal(hold_at(f, slot_start).status, OK);
    int64_t second = confirmed_at(f, slot_start + HOUR);
    assert_int_equal(hold_at(f, slot_start + 2 * HOUR).status, ERR_CONFLICT);
    assert_int_equal(hold_at(f, slot_start + DAY).status, OK);
    /* A hold that is over and a cancelled booking do not count. */
    assert_int_equal(store_booking_cancel_confirm(f->st, second, NULL, now, &f->err), OK);
    assert_int_equal(hold_at(f, slot_start + 2 * HOUR).status, OK);
    assert_int_equal(hold_with(f, slot_start + 3 * HOUR, TEXT(""), NOW + STORE_HOLD_S).status,
                     OK);
}

static void a_key_gives_the_same_booking_and_token_again(void **state)
{
    struct fixture *f = *state;
    struct customer customer = fixture_customer();
    struct booking_hold hold = {.page = &f->page,
                                .slot = slot_at(slot_start, 30),
                                .occupied = slot_at(slot_start, 40),
                                .day = day_of(slot_start),
                                .customer = &customer,
                                .key = TEXT("key-1"),
                                .now = now,
                                .hold_s = STORE_HOLD_S};
    struct booking_stored one, two;
    struct secret token_one, token_two;
    bool fresh;
    assert_int_equal(store_booking_hold(f->st, &f->a, &hold, &one, &token_one, &fresh, &f->err),
                     OK);
    assert_true(fresh);
    assert_int_equal(store_booking_hold(f->st, &f->a, &hold, &two, &token_two, &fresh, &f->err),
                     OK);
    assert_false(fresh);
    assert_true(one.id == two.id && secret_equal(&token_one, &token_two));
    assert_true(text_equal(two.customer.email, customer.email));
    secret_free(&token_one);
    secret_free(&token_two);

    customer.name = TEXT("Somebody Else");
    assert_int_equal(store_booking_hold(f->st, &f->a, &hold, &two, &token_two, &fresh, &f->err),
                     ERR_CONFLICT);
    assert_int_equal(hold_with(f, slot_start + HOUR, TEXT("key-1"), NOW).status, ERR_CONFLICT);
    /* Once released, the key is free. */
    assert_int_equal(store_booking_release(f->st, one.id, &f->err), OK);
    assert_int_equal(hold_with(f, slot_start + HOUR, TEXT("key-1"), NOW).status, OK);
    /* And once the hold is over, wherever it was. */
    assert_int_equal(hold_with(f, slot_start + DAY, TEXT("key-1"), NOW + STORE_HOLD_S).status,
                     OK);
    /* Keys belong to a page. */
    struct page_put_ask other = fixture_page();
    other.page = TEXT("other");
    assert_int_equal(store_page_put(f->st, &other, &f->err), OK);
    struct page_stored first = f->page;
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("other"), &f->page, &f->err), OK);
    struct held held = hold_with(f, slot_start + 5 * HOUR, TEXT("key-1"), NOW);
    assert_int_equal(held.status, OK);
    assert_true(held.fresh);
    f->page = first;
}

static void a_token_opens_its_booking_until_it_is_old(void **state)
{
    struct fixture *f = *state;
    struct customer customer = fixture_customer();
    struct booking_hold hold = {.page = &f->page,
                                .slot = slot_at(slot_start, 30),
                                .occupied = slot_at(slot_start, 40),
                                .day = day_of(slot_start),
                                .customer = &customer,
                                .now = now,
                                .hold_s = STORE_HOLD_S};
    struct booking_stored made, found;
    struct secret token;
    bool fresh;
    assert_int_equal(store_booking_hold(f->st, &f->a, &hold, &made, &token, &fresh, &f->err),
                     OK);
    assert_int_equal(store_booking_find_token(f->st, &f->a, &token, now, &found, &f->err), OK);
    assert_true(found.id == made.id);
    struct instant last = {slot_start + 30 * 60 + STORE_TOKEN_DAYS * DAY};
    assert_int_equal(store_booking_find_token(f->st, &f->a, &token, last, &found, &f->err), OK);
    last.s++;
    assert_int_equal(store_booking_find_token(f->st, &f->a, &token, last, &found, &f->err),
                     ERR_NOT_FOUND);
    /* Another token that names the same row opens nothing. */
    struct secret forged = token_new(made.id);
    assert_int_equal(store_booking_find_token(f->st, &f->a, &forged, now, &found, &f->err),
                     ERR_NOT_FOUND);
    secret_free(&forged);
    secret_free(&token);
}

static void a_confirmed_booking_knows_its_event(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, slot_start);
    struct booking_stored b = booking_get(f, id);
    assert_int_equal(b.state, BOOKING_CONFIRMED);
    assert_int_equal(b.step, STEP_NONE);
    assert_true(text_equal(b.ref.id, TEXT("marked-id")));
    assert_true(text_equal(b.ref.change_key, TEXT("marked-change")));
    assert_true(text_equal(booking_meeting(&b), TEXT("https://meet.example/marked-meeting")));
    b.state = BOOKING_CANCELLED;
    assert_int_equal(booking_meeting(&b).n, 0);
    assert_int_equal(store_booking_confirm(f->st, id, NULL, now, &f->err), ERR_DENIED);
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), ERR_DENIED);
    assert_int_equal(store_booking_release(f->st, id, &f->err), ERR_DENIED);
    assert_int_equal(hold_with(f, slot_start, TEXT(""), NOW + DAY / 2).status, ERR_CONFLICT);
}

static struct booking_move move_to(int64_t id, int64_t start)
{
    return (struct booking_move){.id = id,
                                 .slot = slot_at(start, 30),
                                 .occupied = slot_at(start, 40),
                                 .day = day_of(start),
                                 .now = now};
}

static void a_move_keeps_both_times_until_it_is_settled(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, slot_start);
    struct booking_move move =
        move_to(id, slot_start + 15 * 60); /* overlaps its own old time */
    struct event_ref ref = {.id = TEXT("marked-id"), .change_key = TEXT("newer")};
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), ERR_DENIED);
    assert_int_equal(store_booking_cancel_begin(
                         f->st, id, &(struct booking_end){ENDED_BY_HOST, {0}}, now, &f->err),
                     ERR_DENIED);
    assert_int_equal(store_booking_cancel_confirm(f->st, id, NULL, now, &f->err), ERR_DENIED);
    assert_int_equal(count_occupied(f, 0, NOW), 2);
    assert_int_equal(count_occupied(f, id, NOW), 0);
    struct booking_stored b = booking_get(f, id);
    assert_int_equal(b.step, STEP_MOVE);
    assert_true(b.slot.start.s == slot_start && b.move_to.start.s == slot_start + 15 * 60);
    assert_int_equal(hold_at(f, slot_start - 15 * 60).status, ERR_CONFLICT);
    assert_int_equal(hold_at(f, slot_start + 50 * 60).status, ERR_CONFLICT);

    assert_int_equal(store_booking_move_confirm(f->st, id, &ref, now, &f->err), OK);
    assert_int_equal(store_booking_move_confirm(f->st, id, &ref, now, &f->err), ERR_DENIED);
    b = booking_get(f, id);
    assert_int_equal(b.step, STEP_NONE);
    assert_true(b.slot.start.s == slot_start + 15 * 60 && b.move_to.start.s == 0);
    assert_true(text_equal(b.ref.change_key, TEXT("newer")));
    assert_true(booking_meeting(&b).n > 0); /* the server did not say it again */
    assert_int_equal(count_occupied(f, 0, NOW), 1);
    assert_int_equal(hold_at(f, slot_start - 25 * 60).status, OK);
}

static void a_move_that_failed_frees_the_new_time(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, slot_start);
    int64_t other = confirmed_at(f, slot_start + 2 * HOUR);
    struct booking_move move = move_to(id, slot_start + 2 * HOUR - 60);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), ERR_CONFLICT);
    assert_int_equal(booking_get(f, id).step, STEP_NONE);
    move = move_to(id, slot_start + HOUR);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_move_release(f->st, id, NULL, now, &f->err), OK);
    assert_true(booking_get(f, id).slot.start.s == slot_start);
    assert_true(text_equal(booking_get(f, id).ref.change_key, TEXT("marked-change")));
    assert_int_equal(hold_at(f, slot_start + HOUR).status, OK);
    assert_true(booking_get(f, other).slot.start.s == slot_start + 2 * HOUR);
    /* Moving within a full day is no second booking of that day. */
    move = move_to(id, slot_start + 4 * HOUR);
    move.max_per_day = 3;
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    move = move_to(other, slot_start + 6 * HOUR);
    move.max_per_day = 2;
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), ERR_CONFLICT);
}

static void a_cancelled_booking_frees_its_time_and_forgets_its_event(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, slot_start);
    assert_int_equal(store_booking_cancel_begin(
                         f->st, id, &(struct booking_end){ENDED_BY_HOST, {0}}, now, &f->err),
                     OK);
    assert_int_equal(booking_get(f, id).step, STEP_CANCEL);
    assert_int_equal(hold_at(f, slot_start).status, ERR_CONFLICT);
    assert_int_equal(store_booking_cancel_release(f->st, id, now, &f->err), OK);
    assert_int_equal(booking_get(f, id).step, STEP_NONE);
    assert_int_equal(store_booking_cancel_begin(
                         f->st, id, &(struct booking_end){ENDED_BY_HOST, {0}}, now, &f->err),
                     OK);
    assert_int_equal(store_booking_cancel_confirm(f->st, id, NULL, now, &f->err), OK);
    assert_int_equal(store_booking_cancel_confirm(f->st, id, NULL, now, &f->err), OK);
    struct booking_stored b = booking_get(f, id);
    assert_int_equal(b.state, BOOKING_CANCELLED);
    assert_int_equal(b.ref.id.n, 0);
    assert_int_equal(hold_at(f, slot_start).status, OK);
}

static void who_ended_it_and_why_is_kept_once(void **state)
{
    struct fixture *f = *state;
    const struct booking_end first = {ENDED_BY_CUSTOMER, TEXT("Marked reason")};
    const struct booking_end second = {ENDED_BY_HOST, TEXT("Another one")};
    int64_t id = confirmed_at(f, slot_start);
    assert_int_equal(booking_get(f, id).ended, ENDED_NOT);
    assert_int_equal(store_booking_cancel_begin(f->st, id, &first, now, &f->err), OK);
    assert_int_equal(store_booking_cancel_release(f->st, id, now, &f->err), OK);
    struct booking_stored b = booking_get(f, id);
    assert_true(b.ended == ENDED_NOT && b.reason.n == 0);
    assert_int_equal(store_booking_cancel_confirm(f->st, id, &first, now, &f->err), OK);
    assert_int_equal(store_booking_cancel_confirm(f->st, id, &second, now, &f->err), OK);
    b = booking_get(f, id);
    assert_true(b.ended == ENDED_BY_CUSTOMER && text_equal(b.reason, first.reason));
}

/* Put what was held into waiting for a word. */
static int64_t open_at(struct fixture *f, int64_t start, enum booking_state state,
                       int64_t until)
{
    struct held held = hold_at(f, start);
    assert_int_equal(held.status, OK);
    for (int i = 0; i < 2; i++) /* the second time changes nothing */
        assert_int_equal(store_booking_open(f->st, held.booking.id, state,
                                            (struct instant){until}, now, &f->err),
                         OK);
    struct booking_stored b = booking_get(f, held.booking.id);
    assert_true(b.state == state && b.step == STEP_NONE && b.open_until.s == until);
    return held.booking.id;
}

static void a_request_waits_and_goes_back_to_waiting(void **state)
{
    struct fixture *f = *state;
    int64_t id = open_at(f, slot_start, BOOKING_REQUESTED, NOW + HOUR);
    const struct event_ref ref = {.id = TEXT("marked-id")};
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(booking_get(f, id).state, BOOKING_UNCERTAIN);
    assert_int_equal(store_booking_release(f->st, id, &f->err), OK);
    assert_int_equal(booking_get(f, id).state, BOOKING_REQUESTED);
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(store_booking_give_up(f->st, id, now, &f->err), OK);
    assert_int_equal(booking_get(f, id).state, BOOKING_REQUESTED);
    assert_int_equal(hold_at(f, slot_start).status, ERR_CONFLICT);
    fixture_reopen(f);
    struct unsettled_list list;
    assert_int_equal(
        store_unsettled_list(f->st, &f->a, (struct instant){NOW + DAY}, 0, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 0);
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(store_booking_confirm(f->st, id, &ref, now, &f->err), OK);
    struct booking_stored b = booking_get(f, id);
    assert_true(b.state == BOOKING_CONFIRMED && b.open_until.s == 0 && !b.by_mail);
    const struct booking_end no = {.how = ENDED_DECLINED};
    assert_int_equal(store_booking_end(f->st, id, &no, now, &f->err), ERR_DENIED);
}

static void a_request_ends_once_and_lapses_in_its_time(void **state)
{
    struct fixture *f = *state;
    const struct booking_end lapsed = {.how = ENDED_LAPSED};
    const struct booking_end no = {ENDED_DECLINED, TEXT("Marked reason")};
    int64_t first = open_at(f, slot_start, BOOKING_REQUESTED, NOW + HOUR);
    int64_t second = open_at(f, slot_start + HOUR, BOOKING_REQUESTED, NOW + 2 * HOUR);
    int64_t due[STORE_UNSETTLED_MAX];
    size_t n;
    assert_int_equal(store_booking_end(f->st, first, &lapsed, now, &f->err), ERR_DENIED);
    assert_int_equal(
        store_booking_lapsing(f->st, (struct instant){NOW + HOUR}, due, &n, &f->err), OK);
    assert_true(n == 1 && due[0] == first);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            store_booking_end(f->st, first, &lapsed, (struct instant){NOW + HOUR}, &f->err),
            OK);
    assert_int_equal(booking_get(f, first).ended, ENDED_LAPSED);
    assert_int_equal(hold_at(f, slot_start).status, OK);
    assert_int_equal(store_booking_end(f->st, second, &no, now, &f->err), OK);
    assert_int_equal(
        store_booking_end(f->st, second, &lapsed, (struct instant){NOW + DAY}, &f->err), OK);
    struct booking_stored b = booking_get(f, second);
    assert_true(b.state == BOOKING_CANCELLED && b.ended == ENDED_DECLINED &&
                text_equal(b.reason, no.reason));
}

static void an_unverified_booking_goes_by_itself(void **state)
{
    struct fixture *f = *state;
    const struct booking_end lapsed = {.how = ENDED_LAPSED};
    struct booking_stored b;
    int64_t id = open_at(f, slot_start, BOOKING_UNVERIFIED, NOW + 60);
    assert_true(booking_get(f, id).by_mail);
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(store_booking_release(f->st, id, &f->err), OK);
    assert_int_equal(booking_get(f, id).state, BOOKING_UNVERIFIED);
    assert_int_equal(hold_at(f, slot_start).status, ERR_CONFLICT);
    int64_t other = open_at(f, slot_start + HOUR, BOOKING_UNVERIFIED, NOW + 60);
    assert_int_equal(store_booking_open(f->st, other, BOOKING_REQUESTED,
                                        (struct instant){NOW + HOUR}, now, &f->err),
                     OK);
    b = booking_get(f, other);
    assert_true(b.state == BOOKING_REQUESTED && b.by_mail);
    assert_int_equal(store_booking_end(f->st, id, &lapsed, (struct instant){NOW + 60}, &f->err),
                     OK);
    assert_int_equal(store_booking_get(f->st, &f->a, id, &b, &f->err), ERR_NOT_FOUND);
    assert_int_equal(hold_at(f, slot_start).status, OK);
}

static void the_unsettled_are_listed_with_their_step(void **state)
{
    struct fixture *f = *state;
    int64_t settled = confirmed_at(f, slot_start);
    int64_t moving = confirmed_at(f, slot_start + HOUR);
    int64_t leaving = confirmed_at(f, slot_start + 2 * HOUR);
    int64_t held = hold_at(f, slot_start + 3 * HOUR).booking.id;
    int64_t uncertain = hold_at(f, slot_start + 4 * HOUR).booking.id;
    struct booking_move move = move_to(moving, slot_start + 5 * HOUR);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_cancel_begin(f->st, leaving,
                                                &(struct booking_end){ENDED_BY_HOST, {0}}, now,
                                                &f->err),
                     OK);
    assert_int_equal(store_booking_begin(f->st, uncertain, (struct instant){NOW + 5}, &f->err),
                     OK);

    fixture_reopen(f);
    struct unsettled_list list;
    assert_int_equal(
        store_unsettled_list(f->st, &f->a, (struct instant){NOW + 5}, 0, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 4);
    for (size_t i = 0; i < list.n_rows; i++) {
        const struct booking_stored *b = &list.rows[i];
        assert_true(b->id != settled && (i == 0 || list.rows[i - 1].id < b->id));
        enum booking_step expected = b->id == moving    ? STEP_MOVE
                                     : b->id == leaving ? STEP_CANCEL
                                     : b->id == held    ? STEP_HOLD
                                                        : STEP_CREATE;
        assert_int_equal(b->step, expected);
    }
    assert_int_equal(store_unsettled_list(f->st, &f->a, (struct instant){NOW + 5},
                                          list.rows[1].id, &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 2);
    assert_int_equal(store_unsettled_list(f->st, &f->a, now, 0, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 3);
}

static void bookings_are_listed_by_start_and_paged(void **state)
{
    struct fixture *f = *state;
    int64_t ids[3];
    for (int i = 2; i >= 0; i--)
        ids[i] = confirmed_at(f, slot_start + i * HOUR);
    (void)hold_at(f, slot_start + 5 * HOUR); /* nobody's booking yet */
    struct booking_list_ask ask = {
        .account = TEXT("acme"), .from = {slot_start}, .to = {slot_start + DAY}};
    struct booking_list_answer list;
    assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 3);
    for (int i = 0; i < 3; i++) {
        int64_t id;
        assert_int_equal(booking_id_parse(list.rows[i].id, &id), OK);
        assert_true(id == ids[i]);
        assert_true(text_equal(list.rows[i].page.page, TEXT("intro")));
        assert_true(text_equal(list.rows[i].page.host_name, TEXT("Ada Marker")));
    }
    ask.after = list.rows[0].id;
    assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 2);
    ask.to.s = slot_start + 2 * HOUR;
    assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 1);
    ask.after = TEXT("0000000000000001");
    assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), ERR_NOT_FOUND);
    ask.account = TEXT("nobody");
    assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), ERR_NOT_FOUND);
}

static void a_page_that_does_not_synchronise_binds_no_connection(void **state)
{
    struct fixture *f = *state;
    f->page.synchronise = false;
    struct held held = hold_at(f, slot_start);
    assert_int_equal(held.status, OK);
    assert_true(held.booking.connection == 0);
    assert_true(booking_get(f, held.booking.id).connection == 0);
    assert_int_equal(store_booking_confirm(f->st, held.booking.id, NULL, now, &f->err), OK);
    assert_int_equal(booking_get(f, held.booking.id).state, BOOKING_CONFIRMED);
}

static void a_list_stops_before_it_outgrows_a_frame(void **state)
{
    struct fixture *f = *state;
    enum { BOOKINGS = 150 };
    static char long_text[MAX_DESCRIPTION];
    static struct answer answers[MAX_ANSWERS];
    memset(long_text, 'x', sizeof long_text);
    for (int i = 0; i < MAX_ANSWERS; i++)
        answers[i] = (struct answer){{long_text, MAX_QUESTION}, {long_text, MAX_ANSWER}};
    struct page_put_ask put = fixture_page();
    put.description = (struct text){long_text, MAX_DESCRIPTION};
    assert_int_equal(store_page_put(f->st, &put, &f->err), OK);
    struct customer customer = fixture_customer();
    customer.answers = answers;
    customer.n_answers = MAX_ANSWERS;
    for (int i = 0; i < BOOKINGS; i++) {
        int64_t start = slot_start + i * HOUR;
        struct booking_hold hold = {.page = &f->page,
                                    .slot = slot_at(start, 30),
                                    .occupied = slot_at(start, 40),
                                    .day = day_of(start),
                                    .customer = &customer,
                                    .now = now,
                                    .hold_s = STORE_HOLD_S};
        struct booking_stored b;
        struct secret token = {0};
        bool fresh;
        assert_int_equal(store_booking_hold(f->st, &f->a, &hold, &b, &token, &fresh, &f->err),
                         OK);
        assert_int_equal(store_booking_begin(f->st, b.id, now, &f->err), OK);
        secret_free(&token);
    }
    struct booking_list_ask ask = {.account = TEXT("acme"), .to = {slot_start + 30 * DAY}};
    struct booking_list_answer list = {0};
    size_t n = 0, parts = 0;
    do {
        struct buf body CLEANUP(buf_done) = BUF(FRAME_BODY_MAX);
        assert_int_equal(store_booking_list(f->st, &f->a, &ask, &list, &f->err), OK);
        assert_int_equal(wire_encode(&body, booking_list_answer_shape, &list), OK);
        n += list.n_rows;
        parts++;
        if (list.n_rows)
            ask.after = list.rows[list.n_rows - 1].id;
    } while (list.n_rows);
    assert_int_equal(n, BOOKINGS);
    assert_true(parts > 2);
}

static void ids_are_hexadecimal_and_strict(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"",
                                      "1",
                                      "000000000000000G",
                                      "ffffffffffffffff",
                                      "00000000000000001",
                                      "000000000000000A"};
    int64_t id = 5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(booking_id_parse(text_from(bad[i]), &id), ERR_NOT_FOUND);
    assert_true(id == 5);
    struct text t = booking_id_format(&f->a, 0x123456789abcdef0);
    assert_true(text_equal(t, TEXT("123456789abcdef0")));
    assert_int_equal(booking_id_parse(t, &id), OK);
    assert_true(id == 0x123456789abcdef0);
}

static void values_beyond_their_limits_write_nothing(void **state)
{
    struct fixture *f = *state;
    static char longer[MAX_DESCRIPTION + 1];
    memset(longer, 'x', sizeof longer);
    struct customer customer = fixture_customer();
    struct booking_hold good = {.page = &f->page,
                                .slot = slot_at(slot_start, 30),
                                .occupied = slot_at(slot_start, 40),
                                .day = day_of(slot_start),
                                .customer = &customer,
                                .now = now,
                                .hold_s = STORE_HOLD_S};
    struct booking_hold bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = good;
    struct customer nameless = customer;
    nameless.name = (struct text){longer, MAX_NAME + 1};
    bad[0].customer = &nameless;
    bad[1].title = (struct text){longer, MAX_TITLE + 1};
    bad[2].key = (struct text){longer, MAX_KEY + 1};
    bad[3].occupied = (struct slot){{slot_start}, {slot_start + STORE_OCCUPIED_MAX_S + 1}};
    bad[4].occupied = slot_at(slot_start, 29);
    bad[5].day = day_of(slot_start + DAY);
    for (int i = 0; i < 6; i++) {
        struct booking_stored booking;
        struct secret token;
        bool fresh;
        assert_int_equal(
            store_booking_hold(f->st, &f->a, &bad[i], &booking, &token, &fresh, &f->err),
            ERR_INVALID);
    }
    assert_int_equal(count_occupied(f, 0, NOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_hold_keeps_everything_it_was_given),
        FIXTURE_TEST(overlaps_are_refused_and_neighbours_are_not),
        FIXTURE_TEST(a_hold_that_is_over_is_in_nobodys_way),
        FIXTURE_TEST(an_uncertain_booking_never_expires),
        FIXTURE_TEST(the_day_limit_holds_inside_the_transaction),
        FIXTURE_TEST(a_key_gives_the_same_booking_and_token_again),
        FIXTURE_TEST(a_token_opens_its_booking_until_it_is_old),
        FIXTURE_TEST(a_confirmed_booking_knows_its_event),
        FIXTURE_TEST(a_move_keeps_both_times_until_it_is_settled),
        FIXTURE_TEST(a_move_that_failed_frees_the_new_time),
        FIXTURE_TEST(a_cancelled_booking_frees_its_time_and_forgets_its_event),
        FIXTURE_TEST(who_ended_it_and_why_is_kept_once),
        FIXTURE_TEST(a_request_waits_and_goes_back_to_waiting),
        FIXTURE_TEST(a_request_ends_once_and_lapses_in_its_time),
        FIXTURE_TEST(an_unverified_booking_goes_by_itself),
        FIXTURE_TEST(the_unsettled_are_listed_with_their_step),
        FIXTURE_TEST(bookings_are_listed_by_start_and_paged),
        FIXTURE_TEST(a_page_that_does_not_synchronise_binds_no_connection),
        FIXTURE_TEST(a_list_stops_before_it_outgrows_a_frame),
        FIXTURE_TEST(ids_are_hexadecimal_and_strict),
        FIXTURE_TEST(values_beyond_their_limits_write_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
