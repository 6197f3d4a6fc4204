/* SPDX-License-Identifier: ISC
 *
 * Customers are found by their address, given out, erased; past bookings forget them in time.
 */
#include "fixture.h"

#include <pthread.h>

#include "store/audit.h"
#include "store/person.h"

static const struct instant now = {NOW};

static struct customer_export_answer kept(struct fixture *f, const char *email)
{
    struct customer_export_ask ask = {.account = TEXT("acme"), .email = text_from(email)};
    struct customer_export_answer answer;
    assert_int_equal(store_customer_bookings(f->st, &f->a, &ask, &answer, &f->err), OK);
    return answer;
}

/* A booking with an online meeting, at any time. */
static int64_t booked_at(struct fixture *f, int64_t start)
{
    const struct event_ref ref = {.id = TEXT("marked-id"),
                                  .meeting = TEXT("https://meet.example/marked-meeting")};
    struct held held = hold_at(f, start);
    assert_int_equal(held.status, OK);
    assert_int_equal(store_booking_confirm(f->st, held.booking.id, &ref, now, &f->err), OK);
    return held.booking.id;
}

static void assert_anonymous(struct fixture *f, int64_t id)
{
    struct booking_stored b = booking_get(f, id);
    assert_true(b.customer.name.n == 0 && b.customer.email.n == 0 && b.customer.zone.n == 0);
    assert_int_equal(b.ref.meeting.n, 0);
    assert_true(b.customer.n_answers == 0 && b.title.n == 0 && b.description.n == 0);
    assert_true(b.ref.id.n == 0 && b.calendar.n == 0 && b.connection == 0);
    assert_true(b.slot.end.s > b.slot.start.s && b.page == f->page.id);
}

static void finish(struct fixture *f, const struct erasure_open *open)
{
    bool more = true;
    while (more)
        assert_int_equal(store_erasure_rows(f->st, open->id, &more, &f->err), OK);
    assert_int_equal(store_erasure_finish(f->st, open->id, TEXT("so\n"), now, &f->err), OK);
}

static void a_customer_is_found_by_address_in_any_case(void **state)
{
    struct fixture *f = *state;
    struct customer_count count;
    int64_t id = booked_at(f, NOW + DAY);
    (void)booked_at(f, NOW - 2 * DAY);
    struct customer_export_answer all = kept(f, "GRACE@marker.example");
    assert_int_equal(all.n_rows, 2);
    const struct customer_row *row = &all.rows[0];
    for (size_t i = 0; i < 2; i++)
        if (text_equal(all.rows[i].booking.id, booking_id_format(&f->a, id)))
            row = &all.rows[i];
    assert_true(text_equal(row->booking.customer.name, TEXT("Grace Marker")));
    assert_true(text_equal(row->title, TEXT("Marked title")) && row->made_at.s == NOW);
    assert_int_equal(row->booking.customer.n_answers, 2);
    assert_int_equal(kept(f, "nobody@marker.example").n_rows, 0);
    assert_int_equal(store_customer_count(f->st, TEXT("acme"), TEXT("grace@marker.example"),
                                          now, &count, &f->err),
                     OK);
    assert_true(count.bookings == 2 && count.coming == 1 && count.in_flight == 0);
}

static void more_bookings_than_one_answer_holds(void **state)
{
    struct fixture *f = *state;
    struct customer_export_ask ask = {.account = TEXT("acme"),
                                      .email = TEXT("grace@marker.example")};
    struct customer_export_answer answer;
    size_t n = 0;
    for (int i = 0; i < 2 * MAX_CUSTOMER_ROWS + 5; i++)
        (void)booked_at(f, NOW + DAY + i * HOUR);
    do {
        assert_int_equal(store_customer_bookings(f->st, &f->a, &ask, &answer, &f->err), OK);
        n += answer.n_rows;
        if (answer.n_rows)
            ask.after = answer.rows[answer.n_rows - 1].booking.id;
    } while (answer.n_rows == MAX_CUSTOMER_ROWS);
    assert_int_equal(n, 2 * MAX_CUSTOMER_ROWS + 5);
}

static void an_erased_customer_leaves_times_and_pages(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open;
    struct erasure e;
    int64_t ids[40];
    for (int i = 0; i < 40; i++)
        ids[i] = booked_at(f, NOW - 30 * DAY + i * HOUR);
    int64_t event = confirmed_at(f, NOW - 2 * DAY);
    assert_int_equal(store_customer_erase(f->st, TEXT("acme"), TEXT("Grace@Marker.example"),
                                          now, &open, &f->err),
                     OK);
    fixture_reopen(f); /* whoever goes on knows no address */
    assert_int_equal(store_erasure_next(f->st, 0, &open, &f->err), OK);
    assert_int_equal(open.kind, ERASURE_CUSTOMER);
    finish(f, &open);
    for (int i = 0; i < 40; i++)
        assert_anonymous(f, ids[i]);
    assert_anonymous(f, event);
    assert_int_equal(kept(f, "grace@marker.example").n_rows, 0);
    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_true(e.facts.n_tables == 1 && e.facts.tables[0].rows == 41 && e.subject.n == 64);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM booking_calendars"), 0);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox"), 0);
}

static void past_bookings_forget_their_customer_in_time(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;
    int64_t old = booked_at(f, NOW - 40 * DAY), young = booked_at(f, NOW - 20 * DAY);
    int64_t comes = booked_at(f, NOW + DAY);
    assert_int_equal(store_bookings_forget(f->st, now, 0, &n, &f->err), OK);
    assert_int_equal(n, 0); /* for good */
    assert_int_equal(store_bookings_forget(f->st, now, 30, &n, &f->err), OK);
    assert_int_equal(n, 1);
    assert_anonymous(f, old);
    assert_int_equal(store_bookings_forget(f->st, now, 30, &n, &f->err), OK);
    assert_int_equal(n, 0);
    assert_int_equal(store_account_keep(f->st, TEXT("acme"), 10, &f->err), OK);
    assert_int_equal(store_bookings_forget(f->st, now, 30, &n, &f->err), OK);
    assert_int_equal(n, 1);
    assert_anonymous(f, young);
    assert_true(booking_get(f, comes).customer.name.n > 0);
    assert_int_equal(store_account_keep(f->st, TEXT("acme"), -1, &f->err), OK);
    assert_int_equal(store_account_keep(f->st, TEXT("nobody"), 1, &f->err), ERR_NOT_FOUND);
}

static void what_is_in_flight_is_not_forgotten(void **state)
{
    struct fixture *f = *state;
    size_t n = 9;
    int64_t id = hold_at(f, NOW - 40 * DAY).booking.id;
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(store_bookings_forget(f->st, now, 30, &n, &f->err), OK);
    assert_int_equal(n, 0);
}

static void bookings_of_an_older_version_are_found(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 70; i++)
        (void)booked_at(f, NOW + DAY + i * HOUR);
    assert_true(raw_run(f, "UPDATE bookings SET customer_hash = NULL"));
    assert_int_equal(kept(f, "grace@marker.example").n_rows, 0);
    assert_int_equal(store_customers_hash(f->st, &f->err), OK);
    assert_int_equal(kept(f, "grace@marker.example").n_rows, MAX_CUSTOMER_ROWS);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings WHERE customer_hash IS NULL"),
                     0);
}

struct node {
    struct store *st;
    size_t n_done;
};

static void *forget_all(void *arg)
{
    struct node *node = arg;
    struct error err = {0};
    size_t n = 1;
    while (n) {
        if (store_bookings_forget(node->st, now, 30, &n, &err) != OK)
            break;
        node->n_done += n;
    }
    return NULL;
}

/* Each booking is done once, whoever does it. */
static void two_nodes_do_no_work_twice(void **state)
{
    struct fixture *f = *state;
    struct node nodes[2] = {{.st = f->st}};
    pthread_t threads[2];
    if (!f->server)
        skip(); /* a file has one node */
    for (int i = 0; i < 200; i++)
        (void)booked_at(f, NOW - 60 * DAY + i * HOUR);
    int64_t audited = raw_number(f, "SELECT count(*) FROM audit WHERE kind = 48");
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 2, &nodes[1].st, &f->err), OK);
    assert_int_equal(store_node_take(nodes[1].st, TEXT("other"), &f->err), OK);
    store_start(nodes[1].st);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, forget_all, &nodes[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    struct node last = {.st = f->st}; /* what one left because the other had it just then */
    (void)forget_all(&last);
    store_close(nodes[1].st);
    assert_int_equal(nodes[0].n_done + nodes[1].n_done + last.n_done, 200);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings WHERE anonymous = 1"), 200);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM audit WHERE kind = 48") - audited,
                     200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_customer_is_found_by_address_in_any_case),
        FIXTURE_TEST(more_bookings_than_one_answer_holds),
        FIXTURE_TEST(an_erased_customer_leaves_times_and_pages),
        FIXTURE_TEST(past_bookings_forget_their_customer_in_time),
        FIXTURE_TEST(what_is_in_flight_is_not_forgotten),
        FIXTURE_TEST(bookings_of_an_older_version_are_found),
        FIXTURE_TEST(two_nodes_do_no_work_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
