/* SPDX-License-Identifier: ISC
 *
 * What becomes of bookings whose events their host moves or deletes in the calendar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "rig.h"
#include "store/audit.h"
#include "store/follow.h"
#include "vault/follow.h"
#include "wire/codec.h"

enum { POLL_S = 180, ROUND_S = 300 };

struct scene {
    struct rig rig;
    struct follower follower;
    int64_t clock_s;
    struct book_answer booked;
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    rig_start_with(&s->rig, (struct rig_options){.mail.server.host = TEXT("mail.host.test")});
    follower_init(&s->follower, &s->rig.v, POLL_S);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    secret_free(&s->booked.token);
    follower_done(&s->follower);
    rig_stop(&s->rig);
    free(s);
    return 0;
}

/* Let a time pass that is longer than the interval, and look once. */
static void go_round(struct scene *s)
{
    s->clock_s += ROUND_S;
    rig_clock_set(s->clock_s);
    follow_due(&s->follower);
}

/* The same a moment later: only what is held back is due then. */
static void go_again(struct scene *s)
{
    s->clock_s += FOLLOW_LOOK_S;
    rig_clock_set(s->clock_s);
    follow_due(&s->follower);
}

static void book(struct scene *s, int hour)
{
    secret_free(&s->booked.token);
    assert_int_equal(
        rig_book(&s->rig, &s->rig.edge, &s->rig.a, rig_tomorrow(hour), "Cleo", "", &s->booked),
        OK);
    assert_int_equal(s->booked.booking.state, BOOKING_CONFIRMED);
}

static struct booking_public now_of(struct scene *s)
{
    struct booking_ask ask = {.token = s->booked.token};
    struct booking_answer answer;
    assert_int_equal(rig_ask(&s->rig, WIRE_booking, &ask, &answer), OK);
    return answer.booking;
}

static void move_event(struct scene *s, int hour)
{
    script_move(&s->rig.script, 0, rig_tomorrow(hour),
                instant_add_s(rig_tomorrow(hour), 30 * 60));
}

static void set_page(struct scene *s, enum follow follow, enum cancelled cancelled)
{
    struct page_show_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
    struct page_show_answer page;
    struct page_put_answer done;
    assert_int_equal(rig_command(&s->rig, WIRE_page_show, &ask, &page), OK);
    struct page_put_ask put = {.account = ask.account,
                               .page = ask.page,
                               .email = page.page.email,
                               .title = page.page.title,
                               .synchronise = true,
                               .rule = page.page.rule,
                               .follow = follow,
                               .cancelled = cancelled};
    assert_int_equal(rig_command(&s->rig, WIRE_page_put, &put, &done), OK);
}

static void set_follow(struct scene *s, enum follow follow)
{
    set_page(s, follow, CANCELLED_REMOVE);
}

static struct attention_list_answer notices(struct scene *s)
{
    struct attention_list_ask ask = {.account = TEXT("acme"), .all = true};
    struct attention_list_answer answer;
    assert_int_equal(rig_command(&s->rig, WIRE_attention_list, &ask, &answer), OK);
    return answer;
}

static int64_t sql(struct scene *s, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = 0;
    assert_int_equal(sqlite3_open(s->rig.database, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static int64_t mails(struct scene *s, enum mail_kind kind)
{
    char text[80];
    snprintf(text, sizeof text, "SELECT count(*) FROM outbox WHERE kind = %d", (int)kind);
    return sql(s, text);
}

static int finds(struct scene *s)
{
    return script_calls(&s->rig.script, WIRE_find);
}

static bool is_offered(struct scene *s, int hour)
{
    struct slots_answer slots;
    rig_slots(&s->rig, rig_tomorrow(0), &slots);
    return rig_has_slot(slots.slots, slots.n_slots, rig_tomorrow(hour));
}

/* ---- follow ---- */

static void a_moved_event_takes_its_booking_along(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    go_round(s);
    struct booking_public b = now_of(s);
    assert_int_equal(b.start.s, rig_tomorrow(14).s);
    assert_int_equal(b.sequence, 1);
    assert_true(is_offered(s, 10) && !is_offered(s, 14));
    assert_int_equal(mails(s, MAIL_MOVED), 1);
    assert_int_equal(mails(s, MAIL_HOST_MOVED), 0);
    assert_int_equal(notices(s).n_rows, 0);
}

static void it_is_told_once(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    for (int i = 0; i < 4; i++)
        go_round(s);
    assert_int_equal(now_of(s).sequence, 1);
    assert_int_equal(mails(s, MAIL_MOVED), 1);
    assert_int_equal(script_calls(&s->rig.script, WIRE_update), 0);
}

static void a_longer_event_makes_a_longer_booking(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    script_move(&s->rig.script, 0, rig_tomorrow(10), rig_tomorrow(12));
    go_round(s);
    assert_int_equal(now_of(s).end.s, rig_tomorrow(12).s);
    assert_false(is_offered(s, 11));
}

static void the_hosts_hand_breaks_the_pages_hours(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 20);
    go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(20).s);
}

static void a_deleted_event_cancels_its_booking_after_two_looks(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    script_delete(&s->rig.script, 0);
    go_round(s);
    assert_int_equal(now_of(s).state, BOOKING_CONFIRMED);
    go_again(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
    assert_true(is_offered(s, 10));
    assert_int_equal(mails(s, MAIL_CANCELLED), 1);
    assert_int_equal(mails(s, MAIL_HOST_CANCELLED), 0);
    go_round(s);
    assert_int_equal(mails(s, MAIL_CANCELLED), 1);
}

static void an_event_that_was_only_out_of_sight_stays_booked(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    struct script_event event = script_event(&s->rig.script, 0);
    script_delete(&s->rig.script, 0);
    go_round(s);
    SCRIPT_SET(&s->rig.script, event.changed = ++s->rig.script.n_changes;
               s->rig.script.events[s->rig.script.n_events++] = event);
    go_again(s);
    go_round(s);
    assert_int_equal(now_of(s).state, BOOKING_CONFIRMED);
    assert_int_equal(mails(s, MAIL_CANCELLED), 0);
}

static void the_audit_says_that_the_host_did_it(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    go_round(s);
    char text[120];
    snprintf(text, sizeof text, "SELECT count(*) FROM audit WHERE kind = %d AND actor = %d",
             AUDIT_BOOKING_MOVED, AUDIT_BY_HOST);
    assert_int_equal(sql(s, text), 1);
}

/* ---- where it cannot follow ---- */

static void an_event_upon_another_booking_is_put_to_the_host(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    struct book_answer other;
    assert_int_equal(
        rig_book(&s->rig, &s->rig.edge, &s->rig.a, rig_tomorrow(14), "Dora", "", &other), OK);
    go_round(s);
    move_event(s, 14);
    for (int i = 0; i < 3; i++)
        go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(10).s);
    assert_int_equal(notices(s).n_rows, 1);
    assert_int_equal(notices(s).rows[0].kind, ATTENTION_EVENT_UNFIT);
    assert_int_equal(notices(s).rows[0].moved_to.s, rig_tomorrow(14).s);
    assert_int_equal(mails(s, MAIL_MOVED), 0);
    secret_free(&other.token);
}

static void an_event_moved_into_the_past_or_made_endless_is_put_to_the_host(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, -30);
    go_round(s);
    assert_int_equal(notices(s).n_rows, 1);
    script_move(&s->rig.script, 0, rig_tomorrow(9), rig_tomorrow(9 + 24 * 9));
    go_round(s);
    assert_int_equal(notices(s).n_rows, 2);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(10).s);
}

/* ---- ask, ignore ---- */

static void ask_puts_a_move_to_the_host_once(void **state)
{
    struct scene *s = *state;
    set_follow(s, FOLLOW_ASK);
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    for (int i = 0; i < 3; i++)
        go_round(s);
    struct attention_list_answer list = notices(s);
    assert_int_equal(list.n_rows, 1);
    assert_int_equal(list.rows[0].kind, ATTENTION_EVENT_MOVED);
    assert_int_equal(list.rows[0].start.s, rig_tomorrow(10).s);
    assert_int_equal(list.rows[0].moved_to.s, rig_tomorrow(14).s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(10).s);
    assert_int_equal(mails(s, MAIL_MOVED), 0);
    assert_int_equal(mails(s, MAIL_HOST_ATTENTION), 1);
}

static void ask_puts_a_deletion_to_the_host(void **state)
{
    struct scene *s = *state;
    set_follow(s, FOLLOW_ASK);
    book(s, 10);
    go_round(s);
    script_delete(&s->rig.script, 0);
    go_round(s);
    go_again(s);
    assert_int_equal(notices(s).n_rows, 1);
    assert_int_equal(notices(s).rows[0].kind, ATTENTION_EVENT_GONE);
    assert_int_equal(now_of(s).state, BOOKING_CONFIRMED);
}

static enum status answer(struct scene *s, enum wire_type type, struct booking_public *ret)
{
    struct attention_restore_ask restore = {.account = TEXT("acme"),
                                            .id = notices(s).rows[0].id};
    struct attention_accept_ask accept = {restore.account, restore.id};
    struct booking_answer answer;
    enum status status = rig_command(
        &s->rig, type, type == WIRE_attention_accept ? (void *)&accept : (void *)&restore,
        &answer);
    if (status == OK)
        *ret = answer.booking;
    return status;
}

/* With a notice that the event of 10 o'clock is at `hour`, or gone. */
static void be_asked(struct scene *s, int hour)
{
    set_follow(s, FOLLOW_ASK);
    book(s, 10);
    go_round(s);
    if (hour)
        move_event(s, hour);
    else
        script_delete(&s->rig.script, 0);
    go_round(s);
    go_again(s);
    assert_int_equal(notices(s).n_rows, 1);
}

static void an_accepted_move_is_followed_and_told_once(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 14);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(answer(s, WIRE_attention_accept, &seen), OK);
        assert_int_equal(seen.start.s, rig_tomorrow(14).s);
    }
    go_round(s);
    assert_true(notices(s).n_rows == 1 && notices(s).rows[0].done_at.s);
    assert_int_equal(mails(s, MAIL_MOVED), 1);
    assert_int_equal(mails(s, MAIL_HOST_MOVED), 0);
    assert_int_equal(answer(s, WIRE_attention_restore, &seen), OK); /* too late: done is done */
    assert_int_equal(seen.start.s, rig_tomorrow(14).s);
}

static void an_accepted_deletion_cancels_and_is_told_once(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(answer(s, WIRE_attention_accept, &seen), OK);
        assert_int_equal(seen.state, BOOKING_CANCELLED);
    }
    assert_int_equal(mails(s, MAIL_CANCELLED), 1);
}

static void what_is_accepted_is_what_was_told(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 14);
    script_delete(&s->rig.script, 0);
    assert_int_equal(answer(s, WIRE_attention_accept, &seen), ERR_CONFLICT);
    assert_true(now_of(s).state == BOOKING_CONFIRMED && !notices(s).rows[0].done_at.s);
}

static void what_is_restored_stands_where_it_was_booked(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 14);
    for (int i = 0; i < 2; i++)
        assert_int_equal(answer(s, WIRE_attention_restore, &seen), OK);
    assert_int_equal(script_events(&s->rig.script), 1);
    assert_int_equal(script_event(&s->rig.script, 0).start.s, rig_tomorrow(10).s);
    go_round(s);
    assert_int_equal(notices(s).n_rows, 1);
    assert_true(notices(s).rows[0].done_at.s && now_of(s).start.s == rig_tomorrow(10).s);
    assert_int_equal(mails(s, MAIL_MOVED) + mails(s, MAIL_CANCELLED), 0);
}

static void what_was_deleted_is_written_anew(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(answer(s, WIRE_attention_restore, &seen), OK);
    assert_int_equal(script_events(&s->rig.script), 1);
    go_round(s);
    go_again(s);
    assert_true(notices(s).n_rows == 1 && now_of(s).state == BOOKING_CONFIRMED);
}

static void nothing_is_restored_over_what_took_its_time(void **state)
{
    struct scene *s = *state;
    struct booking_public seen = {0};
    be_asked(s, 14);
    SCRIPT_SET(&s->rig.script, {
        s->rig.script.busy[0].start = rig_tomorrow(9);
        s->rig.script.busy[0].end = rig_tomorrow(12);
        s->rig.script.busy[0].status = BUSY_BUSY;
        s->rig.script.n_busy = 1;
    });
    assert_int_equal(answer(s, WIRE_attention_restore, &seen), ERR_CONFLICT);
    assert_false(notices(s).rows[0].done_at.s);
    assert_int_equal(script_event(&s->rig.script, 0).start.s, rig_tomorrow(14).s);
}

static void ignore_asks_for_nothing_at_all(void **state)
{
    struct scene *s = *state;
    set_follow(s, FOLLOW_IGNORE);
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(10).s);
    assert_int_equal(notices(s).n_rows, 0);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 0);
}

/* ---- our own writes ---- */

static void own_writes_are_no_changes(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    int before = finds(s);
    struct move_ask move = {.token = s->booked.token, .start = rig_tomorrow(15)};
    struct move_answer moved;
    assert_int_equal(rig_ask(&s->rig, WIRE_move, &move, &moved), OK);
    go_round(s);
    assert_int_equal(now_of(s).sequence, 1);
    struct cancel_ask cancel = {.token = s->booked.token};
    struct cancel_answer cancelled;
    assert_int_equal(rig_ask(&s->rig, WIRE_cancel, &cancel, &cancelled), OK);
    book(s, 11);
    go_round(s);
    assert_int_equal(finds(s), before);
    assert_int_equal(notices(s).n_rows, 0);
    assert_int_equal(mails(s, MAIL_MOVED), 1);
    assert_int_equal(mails(s, MAIL_CANCELLED), 1);
}

static void what_is_in_flight_is_left_alone_and_not_forgotten(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    struct error err;
    int64_t id = 0;
    assert_int_equal(booking_id_parse(s->booked.booking.id, &id), OK);
    assert_int_equal(store_booking_cancel_begin(s->rig.store, id,
                                                &(struct booking_end){ENDED_BY_HOST, {0}},
                                                rig_now(), &err),
                     OK);
    go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(10).s);
    assert_int_equal(store_booking_cancel_release(s->rig.store, id, rig_now(), &err), OK);
    go_again(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(14).s);
}

/* ---- states ---- */

static void what_happened_before_the_first_look_is_found(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    move_event(s, 14);
    go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(14).s);
    script_delete(&s->rig.script, 0);
    assert_int_equal(sql(s, "DELETE FROM sync_states"), 0);
    go_round(s);
    go_again(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
}

static void what_stands_in_its_place_needs_no_look(void **state)
{
    struct scene *s = *state;
    for (int hour = 9; hour < 16; hour++)
        book(s, hour);
    go_round(s);
    assert_int_equal(finds(s), 0);
    assert_int_equal(sql(s, "SELECT count(*) FROM sync_states"), 1);
}

static void a_lost_state_loses_nothing(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    script_delete(&s->rig.script, 0);
    SCRIPT_SET(&s->rig.script, s->rig.script.forgets = true);
    go_round(s);
    SCRIPT_SET(&s->rig.script, s->rig.script.forgets = false);
    go_again(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
}

static void changes_in_many_answers_are_all_read(void **state)
{
    struct scene *s = *state;
    SCRIPT_SET(&s->rig.script, s->rig.script.changes_at_once = 1);
    for (int hour = 9; hour < 14; hour++)
        book(s, hour);
    go_round(s);
    for (size_t i = 0; i < 4; i++)
        script_move(&s->rig.script, i, rig_tomorrow(14 + (int)i / 2),
                    instant_add_s(rig_tomorrow(14 + (int)i / 2), 600));
    move_event(s, 16);
    go_round(s);
    assert_int_equal(mails(s, MAIL_MOVED), 3); /* 0 and 2 and, after 1 was refused, no other */
    assert_int_equal(notices(s).n_rows, 1);
}

static void a_restart_goes_on_where_it_was(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    move_event(s, 14);
    follower_done(&s->follower);
    rig_restart(&s->rig);
    follower_init(&s->follower, &s->rig.v, POLL_S);
    go_round(s);
    assert_int_equal(now_of(s).start.s, rig_tomorrow(14).s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1);
}

static void killed_before_the_state_is_written_it_is_told_again_and_means_nothing(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    (void)sql(s, "CREATE TABLE kept AS SELECT id, state FROM sync_states");
    move_event(s, 14);
    go_round(s);
    (void)sql(s, "UPDATE sync_states SET state = (SELECT state FROM kept)");
    (void)sql(s, "DROP TABLE kept");
    go_round(s);
    assert_int_equal(now_of(s).sequence, 1);
    assert_int_equal(mails(s, MAIL_MOVED), 1);
}

/* ---- several nodes, servers that fail, connections that go ---- */

static void of_two_nodes_one_asks(void **state)
{
    struct scene *s = *state;
    struct follower other;
    follower_init(&other, &s->rig.v, POLL_S);
    book(s, 10);
    go_round(s);
    follow_due(&other);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1);
    follower_done(&other);
}

static void a_node_that_died_in_its_turn_is_followed_by_another(void **state)
{
    struct scene *s = *state;
    struct error err;
    int64_t ids[STORE_FOLLOW_DUE_MAX];
    size_t n = 0;
    book(s, 10);
    assert_int_equal(store_follow_due(s->rig.store, rig_now(), ids, &n, &err), OK);
    assert_int_equal(n, 1);
    assert_int_equal(
        store_follow_take(s->rig.store, ids[0], rig_now(), instant_add_s(rig_now(), 20), &err),
        OK);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 0);
    rig_clock_set(s->clock_s = 25);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1);
}

static void two_that_follow_the_same_change_are_one(void **state)
{
    struct scene *s = *state;
    struct error err;
    book(s, 10);
    int64_t id = 0;
    assert_int_equal(booking_id_parse(s->booked.booking.id, &id), OK);
    struct found_event found = {
        .booking = id,
        .slot = {s->booked.booking.start, s->booked.booking.end},
        .ref = {TEXT("id"), TEXT("1"), rig_tomorrow(14), rig_tomorrow(15), ROOM_NONE},
        .occupied = {rig_tomorrow(14), rig_tomorrow(15)},
        .now = rig_now()};
    assert_int_equal(store_event_follow(s->rig.store, &found, &err), OK);
    assert_int_equal(store_event_follow(s->rig.store, &found, &err), ERR_DENIED);
    assert_int_equal(mails(s, MAIL_MOVED), 1);
}

static void a_server_that_does_not_answer_takes_nothing_away(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    script_delete(&s->rig.script, 0);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_find] = ERR_NETWORK);
    go_round(s);
    go_round(s);
    assert_int_equal(now_of(s).state, BOOKING_CONFIRMED);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_find] = OK);
    go_round(s);
    go_again(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
}

static void without_coming_bookings_nothing_is_asked(void **state)
{
    struct scene *s = *state;
    go_round(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 0);
    book(s, 10);
    s->clock_s += 3 * 86400;
    go_round(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 0);
}

static void a_disconnected_calendar_leaves_no_state(void **state)
{
    struct scene *s = *state;
    book(s, 10);
    go_round(s);
    int64_t id = sql(s, "SELECT id FROM connections"), unbound = 0;
    struct error err;
    assert_int_equal(store_connection_remove(s->rig.store, id, rig_now(), &unbound, &err), OK);
    assert_int_equal(sql(s, "SELECT count(*) FROM sync_states"), 0);
    go_round(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_changes), 1);
}

/* ---- what stays of a cancelled booking ---- */

static void cancel(struct scene *s)
{
    struct cancel_ask ask = {.token = s->booked.token};
    struct cancel_answer answer;
    assert_int_equal(rig_ask(&s->rig, WIRE_cancel, &ask, &answer), OK);
}

static void a_kept_event_says_that_it_is_cancelled_and_is_free(void **state)
{
    struct scene *s = *state;
    set_page(s, FOLLOW_FOLLOW, CANCELLED_KEEP);
    book(s, 10);
    go_round(s);
    cancel(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
    assert_int_equal(script_events(&s->rig.script), 1);
    struct script_event event = script_event(&s->rig.script, 0);
    assert_string_equal(event.title, "Cancelled: Intro - Cleo");
    assert_int_equal(event.show_as, SHOW_FREE);
    script_delete(&s->rig.script, 0); /* later the host is done with it */
    go_round(s);
    go_again(s);
    assert_int_equal(mails(s, MAIL_CANCELLED), 1);
}

static void a_kept_event_that_is_gone_cancels_all_the_same(void **state)
{
    struct scene *s = *state;
    set_page(s, FOLLOW_FOLLOW, CANCELLED_KEEP);
    book(s, 10);
    script_delete(&s->rig.script, 0);
    cancel(s);
    assert_int_equal(now_of(s).state, BOOKING_CANCELLED);
    assert_int_equal(sql(s, "SELECT count(*) FROM bookings WHERE step <> 0"), 0);
}

static void a_kept_event_is_marked_by_settling_where_the_server_was_away(void **state)
{
    struct scene *s = *state;
    set_page(s, FOLLOW_FOLLOW, CANCELLED_KEEP);
    book(s, 10);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_update] = ERR_NETWORK);
    cancel(s);
    assert_int_equal(sql(s, "SELECT count(*) FROM bookings WHERE step = 4"), 1);
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_update] = OK);
    settle_all(&s->rig.v, rig_now());
    assert_int_equal(sql(s, "SELECT count(*) FROM bookings WHERE state = 3"), 1);
    assert_int_equal(script_event(&s->rig.script, 0).show_as, SHOW_FREE);
}

/* ---- what fails ---- */

static void fail_with(struct scene *s, enum status status)
{
    SCRIPT_SET(&s->rig.script, s->rig.script.result[WIRE_busy] = status);
}

static struct connection_row connection_of(struct scene *s)
{
    struct connection_list_ask ask = {.account = TEXT("acme")};
    struct connection_list_answer answer;
    assert_int_equal(rig_command(&s->rig, WIRE_connection_list, &ask, &answer), OK);
    assert_int_equal(answer.n_rows, 1);
    return answer.rows[0];
}

/* Which kind of mail is due next; MAIL_TEST: none. It counts as sent. */
static enum mail_kind next_mail(struct scene *s)
{
    struct outbox_entry entry;
    struct error err = {0};
    enum status status =
        store_outbox_claim(s->rig.store, &s->rig.a, rig_now(), 60, &entry, &err);
    if (status == ERR_NOT_FOUND)
        return MAIL_TEST;
    assert_int_equal(status, OK);
    assert_int_equal(store_outbox_done(s->rig.store, entry.id, &err), OK);
    return entry.kind;
}

static void a_calendar_that_nobody_reads_is_asked_whether_it_is_there(void **state)
{
    struct scene *s = *state;
    struct slots_answer slots;
    go_round(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_busy), 1);
    s->clock_s += POLL_S; /* somebody did not long ago */
    go_again(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_busy), 1);
    go_round(s);
    assert_int_equal(script_calls(&s->rig.script, WIRE_busy), 2);
    s->clock_s += ROUND_S;
    rig_clock_set(s->clock_s);
    assert_true(rig_slots(&s->rig, rig_tomorrow(0), &slots) > 0);
    follow_due(&s->follower);
    assert_int_equal(script_calls(&s->rig.script, WIRE_busy), 3);
}

static void a_calendar_that_fails_is_told_and_so_is_its_end(void **state)
{
    static const enum status failures[] = {ERR_NETWORK, ERR_TLS, ERR_UPSTREAM, ERR_NO_DATA,
                                           ERR_TIMEOUT};
    struct scene *s = *state;
    s->rig.v.calendar.tell_after_s = 600;
    fail_with(s, ERR_TIMEOUT);
    go_round(s);
    assert_int_equal(connection_of(s).outage, OUTAGE_SILENT);
    assert_int_equal(connection_of(s).failing_at.s, rig_now().s);
    go_round(s);
    assert_int_equal(next_mail(s), MAIL_TEST);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        fail_with(s, failures[i]);
        go_round(s);
        go_round(s);
        assert_int_equal(next_mail(s), i ? MAIL_TEST : MAIL_HOST_FAILING);
    }
    assert_int_equal(connection_of(s).state, CONNECTION_OK);
    fail_with(s, OK);
    go_round(s);
    go_round(s);
    assert_int_equal(connection_of(s).outage, OUTAGE_NONE);
    assert_int_equal(next_mail(s), MAIL_HOST_WORKS);
    assert_int_equal(next_mail(s), MAIL_TEST);
}

static void a_hiccup_of_a_calendar_tells_nobody(void **state)
{
    struct scene *s = *state;
    s->rig.v.calendar.tell_after_s = 600;
    for (int i = 0; i < 8; i++) {
        fail_with(s, i % 2 ? OK : ERR_NETWORK);
        go_round(s);
        go_round(s);
    }
    assert_int_equal(next_mail(s), MAIL_TEST);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_moved_event_takes_its_booking_along),
        CASE(it_is_told_once),
        CASE(a_longer_event_makes_a_longer_booking),
        CASE(the_hosts_hand_breaks_the_pages_hours),
        CASE(a_deleted_event_cancels_its_booking_after_two_looks),
        CASE(an_event_that_was_only_out_of_sight_stays_booked),
        CASE(the_audit_says_that_the_host_did_it),
        CASE(an_event_upon_another_booking_is_put_to_the_host),
        CASE(an_event_moved_into_the_past_or_made_endless_is_put_to_the_host),
        CASE(ask_puts_a_move_to_the_host_once),
        CASE(ask_puts_a_deletion_to_the_host),
        CASE(an_accepted_move_is_followed_and_told_once),
        CASE(an_accepted_deletion_cancels_and_is_told_once),
        CASE(what_is_accepted_is_what_was_told),
        CASE(what_is_restored_stands_where_it_was_booked),
        CASE(what_was_deleted_is_written_anew),
        CASE(nothing_is_restored_over_what_took_its_time),
        CASE(ignore_asks_for_nothing_at_all),
        CASE(own_writes_are_no_changes),
        CASE(what_is_in_flight_is_left_alone_and_not_forgotten),
        CASE(what_happened_before_the_first_look_is_found),
        CASE(what_stands_in_its_place_needs_no_look),
        CASE(a_lost_state_loses_nothing),
        CASE(changes_in_many_answers_are_all_read),
        CASE(a_restart_goes_on_where_it_was),
        CASE(killed_before_the_state_is_written_it_is_told_again_and_means_nothing),
        CASE(of_two_nodes_one_asks),
        CASE(a_node_that_died_in_its_turn_is_followed_by_another),
        CASE(two_that_follow_the_same_change_are_one),
        CASE(a_server_that_does_not_answer_takes_nothing_away),
        CASE(without_coming_bookings_nothing_is_asked),
        CASE(a_disconnected_calendar_leaves_no_state),
        CASE(a_kept_event_says_that_it_is_cancelled_and_is_free),
        CASE(a_kept_event_that_is_gone_cancels_all_the_same),
        CASE(a_kept_event_is_marked_by_settling_where_the_server_was_away),
        CASE(a_calendar_that_nobody_reads_is_asked_whether_it_is_there),
        CASE(a_calendar_that_fails_is_told_and_so_is_its_end),
        CASE(a_hiccup_of_a_calendar_tells_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
