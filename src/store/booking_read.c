/* SPDX-License-Identifier: ISC */
#include "store/booking.h"

#include "crypt/token.h"

#define BOOKING_COLUMNS                                                                        \
    "id, account_id, page_id, host_id, connection_id, state,"                                  \
    " CASE WHEN undoing = 1 THEN 5 ELSE step END, step_at, step_node, "                        \
    "sequence, no_show, series_id, ended, reason, open_until, by_mail, waits, "                \
    "start_at, end_at,"                                                                        \
    " move_start_at, move_end_at, left_behind, invited,"                                       \
    " CASE WHEN customer_language IS NULL THEN 0 ELSE 1 END,"                                  \
    " COALESCE(customer_language,"                                                             \
    " (SELECT language FROM pages WHERE pages.id = bookings.page_id)),"                        \
    " customer_name, customer_email, customer_zone,"                                           \
    " customer_answers,"                                                                       \
    " event_title, event_description, external_id, change_key, meeting,"                       \
    " (SELECT calendar FROM booking_calendars AS k WHERE k.id = bookings.id),"                 \
    " (SELECT 1 FROM desk_orders AS o WHERE o.booking_id = bookings.id AND o.kind = 0)"        \
    " FROM bookings"

static void read_customer(struct query *q, struct arena *a, const struct account_keys *key,
                          int64_t id, struct customer *customer)
{
    struct answer_list list = {0};
    customer->has_language = column_i64(q) != 0;
    customer->language = column_code(q, LANGUAGE_COUNT);
    customer->name = column_sealed(q, a, key, booking_place("customer_name", id));
    customer->email = column_sealed(q, a, key, booking_place("customer_email", id));
    customer->zone = column_sealed(q, a, key, booking_place("customer_zone", id));
    column_sealed_wire(q, a, key, booking_place("customer_answers", id), answer_list_shape,
                       &list);
    customer->answers = list.answers;
    customer->n_answers = list.n_answers;
}

static enum status read_booking(struct query *q, struct arena *a,
                                struct booking_stored *ret_booking)
{
    const struct account_keys *key;
    struct booking_stored b = {.id = column_i64(q)};
    b.account = column_i64(q);
    TRY(account_key(q->db, b.account, &key));
    b.page = column_i64(q);
    b.host = column_i64(q);
    b.connection = column_i64(q);
    b.state = column_code(q, BOOKING_STATE_COUNT);
    b.step = column_code(q, STEP_COUNT);
    b.step_at = column_instant(q);
    b.step_is_ours = text_equal(column_text(q, a), db_node(q->db));
    b.sequence = column_i64(q);
    b.no_show = column_i64(q) != 0;
    b.series = column_i64(q);
    b.ended = column_code(q, ENDED_COUNT);
    b.reason = column_sealed(q, a, key, booking_place("reason", b.id));
    b.open_until = column_instant(q);
    b.by_mail = column_i64(q) != 0;
    b.state = booking_state_of(b.state, column_code(q, WAITS_COUNT));
    if (b.state == BOOKING_REQUESTED || b.state == BOOKING_UNVERIFIED)
        b.step = STEP_NONE;
    b.slot.start = column_instant(q);
    b.slot.end = column_instant(q);
    b.move_to.start = column_instant(q);
    b.move_to.end = column_instant(q);
    b.left_behind = column_i64(q) != 0;
    b.invited = column_i64(q) != 0;
    read_customer(q, a, key, b.id, &b.customer);
    b.title = column_sealed(q, a, key, booking_place("event_title", b.id));
    b.description = column_sealed(q, a, key, booking_place("event_description", b.id));
    b.ref.id = column_sealed(q, a, key, booking_place("external_id", b.id));
    b.ref.change_key = column_sealed(q, a, key, booking_place("change_key", b.id));
    b.ref.meeting = column_sealed(q, a, key, booking_place("meeting", b.id));
    b.calendar = column_sealed(q, a, key, booking_calendar_place(b.id));
    b.at_desk = column_i64(q) != 0 && b.state == BOOKING_REQUESTED;
    b.ref.start = b.slot.start;
    b.ref.end = b.slot.end;
    TRY(q->status);
    *ret_booking = b;
    return OK;
}

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "booking", "there is no such booking");
}

enum status booking_load(struct db *db, struct arena *a, int64_t id,
                         struct booking_stored *ret_booking)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT " BOOKING_COLUMNS " WHERE id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    return read_booking(&q, a, ret_booking);
}

enum status store_booking_get(struct store *st, struct arena *a, int64_t id,
                              struct booking_stored *ret_booking, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    return db ? booking_load(db, a, id, ret_booking) : ERR_IO;
}

enum status store_booking_find(struct store *st, struct arena *a, struct text account,
                               int64_t id, struct booking_stored *ret_booking,
                               struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account_id = 0;
    struct booking_stored booking;
    TRY(account_row_find(db, account, &account_id));
    TRY(booking_load(db, a, id, &booking));
    if (booking.account != account_id)
        return not_found(db);
    *ret_booking = booking;
    return OK;
}

/* Does the token open the row it names, and still? */
static enum status check_token(struct db *db, int64_t id, const struct secret *token,
                               struct instant now)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT token_hash, CASE WHEN move_end_at > end_at THEN move_end_at"
                      " ELSE end_at END FROM bookings WHERE id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    struct text stored = column_blob(&q);
    struct hash hash = token_hash(token), kept = {0};
    if (stored.n != HASH_BYTES)
        return not_found(db);
    memcpy(kept.at, stored.at, HASH_BYTES);
    struct instant end = column_instant(&q);
    bool opens = hash_equal(&hash, &kept) && now.s <= end.s + STORE_TOKEN_DAYS * (int64_t)86400;
    return opens ? OK : not_found(db);
}

enum status store_booking_find_token(struct store *st, struct arena *a,
                                     const struct secret *token, struct instant now,
                                     struct booking_stored *ret_booking, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t id = 0;
    if (token_row(token, &id) != OK)
        return not_found(db);
    TRY(check_token(db, id, token, now));
    return booking_load(db, a, id, ret_booking);
}

/* ---- lists ---- */

/* Bookings of one page mostly come together: keep the page loaded last. */
static enum status public_row(struct query *q, struct arena *a, struct page_stored *page,
                              struct booking_public *row)
{
    struct booking_stored booking;
    TRY(read_booking(q, a, &booking));
    if (page->id != booking.page)
        TRY(page_load(q->db, a, booking.page, page));
    *row = (struct booking_public){
        .id = booking_id_format(a, booking.id),
        .state = booking.state,
        .start = booking.slot.start,
        .end = booking.slot.end,
        .sequence = booking.sequence,
        .open_until = booking.open_until,
        .no_show = booking.no_show,
        .series = booking.series ? booking_id_format(a, booking.series) : (struct text){0},
        .ended = booking.ended,
        .reason = booking.reason,
        .meeting = booking_meeting(&booking),
        .customer = booking.customer,
        .page = page->page,
    };
    return OK;
}

/* Every row of the answer carries its page's texts, though they stand in a once. */
static size_t page_bytes(const struct page_public *page)
{
    return page->account.n + page->page.n + page->account_name.n + page->imprint.n +
           page->privacy.n + page->sites.n + page->look.accent.n + page->look.logo.n +
           page->title.n + page->description.n + page->host_name.n + page->location.n +
           page->zone.n;
}

/* Find where a list goes on: behind the start and number of a booking. */
static enum status start_after(struct db *db, const struct booking_list_ask *ask,
                               int64_t account, int64_t *ret_start, int64_t *ret_id)
{
    struct text after = ask->after;
    *ret_start = ask->latest_first ? INT64_MAX : INT64_MIN;
    if (!after.n)
        return OK;
    if (booking_id_parse(after, ret_id) != OK)
        return not_found(db);
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT start_at FROM bookings WHERE id = ? AND account_id = ?");
    bind_i64(&q, *ret_id);
    bind_i64(&q, account);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    *ret_start = column_i64(&q);
    return OK;
}

#define LIST_OF                                                                                \
    "SELECT " BOOKING_COLUMNS " WHERE account_id = ? AND start_at >= ? AND start_at < ?"       \
    " AND (state <> 0 OR waits <> 0)"
#define LIST_HOSTS " AND host_id >= ? AND host_id <= ?"
#define LIST_CUSTOMER " AND customer_hash = ?"
#define LIST_UP " AND (start_at, id) > (?, ?)"
#define LIST_DOWN " AND (start_at, id) < (?, ?)"
#define LIST_END " ORDER BY start_at, id LIMIT ?"
#define LIST_END_DOWN " ORDER BY start_at DESC, id DESC LIMIT ?"

static const char *list_query(const struct booking_list_ask *ask)
{
    if (ask->latest_first)
        return ask->customer.n ? LIST_OF LIST_DOWN LIST_HOSTS LIST_CUSTOMER LIST_END_DOWN
                               : LIST_OF LIST_DOWN LIST_HOSTS LIST_END_DOWN;
    return ask->customer.n ? LIST_OF LIST_UP LIST_HOSTS LIST_CUSTOMER LIST_END
                           : LIST_OF LIST_UP LIST_HOSTS LIST_END;
}

enum status store_booking_list(struct store *st, struct arena *a,
                               const struct booking_list_ask *ask,
                               struct booking_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account = 0, after_start = 0, after_id = 0;
    struct user_range range;
    TRY(account_row_find(db, ask->account, &account));
    TRY(user_range_find(db, account, ask->email, &range));
    TRY(start_after(db, ask, account, &after_start, &after_id));
    struct query q CLEANUP(query_done) = query_new(db, list_query(ask));
    bind_i64(&q, account);
    bind_instant(&q, ask->from);
    bind_instant(&q, ask->to);
    bind_i64(&q, after_start);
    bind_i64(&q, after_id);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    struct hash customer;
    if (ask->customer.n) {
        const struct account_keys *keys;
        TRY(account_key(db, account, &keys));
        customer = customer_hash(keys, ask->customer);
        bind_hash(&q, &customer);
    }
    bind_i64(&q, MAX_ROWS);
    struct booking_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct booking_public)};
    struct page_stored page = {0};
    size_t start = a->used, repeated = 0;
    enum status status;
    while ((status = query_step(&q)) == OK && a->used - start + repeated < LIST_BYTES_MAX) {
        TRY(public_row(&q, a, &page, &list.rows[list.n_rows++]));
        repeated += page_bytes(&page.page);
    }
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}

enum status store_unsettled_list(struct store *st, struct arena *a, struct instant before,
                                 int64_t after, struct unsettled_list *ret_list,
                                 struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT " BOOKING_COLUMNS
            " WHERE step <> 0 AND (state <> 0 OR waits = 0) AND id > ? AND step_at <= ?"
            " ORDER BY id LIMIT ?");
    bind_i64(&q, after);
    bind_instant(&q, before);
    bind_i64(&q, STORE_UNSETTLED_MAX);
    struct unsettled_list list = {
        .rows = ARENA_ARRAY(a, STORE_UNSETTLED_MAX, struct booking_stored)};
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(read_booking(&q, a, &list.rows[list.n_rows++]));
    if (status != ERR_NOT_FOUND)
        return status;
    *ret_list = list;
    return OK;
}
