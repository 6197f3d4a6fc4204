/* SPDX-License-Identifier: ISC
 *
 * Take a slot. All that costs time - sealing, hashing, drawing the token - happens in the caller's thread;
 * the writer's thread, which all bookings share, only runs the statements.
 *
 * A booking's id is drawn before the row exists, because the row's number is sealed with its values:
 *
 *     33 bits seconds since 1970 | 30 random bits
 *
 * Rows made together lie together in the database, and an id tells nothing of how many there are. Where two
 * bookings of one second draw the same id, the second one draws again.
 */
#include "store/booking.h"

#include <string.h>

#include "crypt/token.h"
#include "os/random.h"
#include "wire/codec.h"

enum { ID_RANDOM_BITS = 30, ATTEMPTS = 8, ID_DIGITS = 16, SEALED_COLUMNS = 7 };

struct text booking_id_format(struct arena *a, int64_t id)
{
    return (struct text){arena_printf(a, "%016llx", (unsigned long long)id), ID_DIGITS};
}

struct instant booking_made_at(int64_t id)
{
    return (struct instant){id >> ID_RANDOM_BITS};
}

enum status booking_id_parse(struct text t, int64_t *ret_id)
{
    uint64_t id = 0;
    if (t.n != ID_DIGITS)
        return ERR_NOT_FOUND;
    for (size_t i = 0; i < t.n; i++) {
        const char *digit = memchr("0123456789abcdef", t.at[i], 16);
        if (!digit)
            return ERR_NOT_FOUND;
        id = id << 4 | (uint64_t)(digit - "0123456789abcdef");
    }
    if (id > INT64_MAX)
        return ERR_NOT_FOUND;
    *ret_id = (int64_t)id;
    return OK;
}

static int64_t draw_id(struct instant now)
{
    uint64_t chance = random_u64() & ((1u << ID_RANDOM_BITS) - 1);
    return (int64_t)(((uint64_t)now.s << ID_RANDOM_BITS | chance) & INT64_MAX);
}

/* ---- prepare, in the caller's thread ---- */

/* A hold, ready to be written. */
struct holding {
    const struct booking_hold *hold;
    const struct account_keys *key;
    struct occupancy occupancy;
    struct secret token;
    int64_t series; /* that it belongs to; 0: none */
    struct hash token_hash, key_hash, content_hash, customer_hash;
    struct buf sealed; /* the columns of sealed_columns, one behind the other */
    struct text columns[SEALED_COLUMNS];
    int64_t
        earlier; /* set by the write: the booking that has the key already; 0: this is a new one */
    bool is_taken; /* the id, or by another vault the key: see again */
    bool is_stale; /* the keys that sealed it: see again */
};

/* Through which the event is to be written; 0 where none is. */
static int64_t connection_of(const struct page_stored *page)
{
    return page->synchronise ? page->connection : 0;
}

/* Does the calendar's server invite the customer? Whatever becomes of the page, it stays so for this booking. */
static bool is_invited(const struct page_stored *page)
{
    return page->invite == INVITE_EXCHANGE && connection_of(page) != 0;
}

static void holding_done(struct holding *h)
{
    secret_free(&h->token);
    buf_done(&h->sealed);
}

/* Hash what must be equal for two requests with one key to be the same request. */
static enum status hash_content(struct holding *h, struct error *err)
{
    const struct booking_series_ask *series = h->hold->series;
    shape_table *shape = series ? booking_series_ask_shape : customer_shape;
    struct buf bytes CLEANUP(buf_wipe) = BUF(wire_max(shape) + 8);
    if (!series)
        buf_add_u64(&bytes, (uint64_t)h->hold->slot.start.s);
    enum status status = series ? wire_encode(&bytes, shape, series)
                                : wire_encode(&bytes, shape, h->hold->customer);
    if (status != OK)
        return error_set(err, status, "booking", "the customer's fields break their limits");
    h->content_hash = keys_lookup(h->key, "content", buf_text(&bytes));
    h->customer_hash = customer_hash(h->key, h->hold->customer->email);
    h->key_hash = keys_lookup(h->key, "idempotency", h->hold->key);
    return OK;
}

static enum status check_texts(const struct booking_hold *hold, struct error *err)
{
    if (hold->title.n > MAX_TITLE || hold->description.n > MAX_DESCRIPTION ||
        hold->key.n > MAX_KEY || !text_is_clean(hold->title) ||
        !text_is_clean(hold->description))
        return error_set(err, ERR_INVALID, "booking", "its texts break their limits");
    return OK;
}

/* Seal all columns of the row into one buffer. */
static void seal_columns(struct holding *h)
{
    const struct customer *customer = h->hold->customer;
    struct answer_list list = {customer->answers, customer->n_answers};
    struct buf answers CLEANUP(buf_wipe) = BUF(wire_max(answer_list_shape));
    ENSURE(wire_encode(&answers, answer_list_shape, &list) ==
           OK); /* hash_content checked them */
    const struct {
        const char *column;
        struct text clear;
    } columns[SEALED_COLUMNS] = {
        {"customer_name", customer->name},
        {"customer_email", customer->email},
        {"customer_zone", customer->zone},
        {"customer_answers", buf_text(&answers)},
        {"event_title", h->hold->title},
        {"event_description", h->hold->description},
        {"token", {(const char *)h->token.at, h->token.n}},
    };
    size_t ends[SEALED_COLUMNS];
    size_t room = 0;
    for (int i = 0; i < SEALED_COLUMNS; i++)
        room += columns[i].clear.n + SEAL_EXTRA;
    buf_done(&h->sealed);
    h->sealed = BUF(room);
    (void)buf_room(&h->sealed, room);
    for (int i = 0; i < SEALED_COLUMNS; i++) {
        struct seal_place place = booking_place(columns[i].column, h->occupancy.booking);
        ENSURE(value_seal(&h->sealed, h->key, place, columns[i].clear) == OK);
        ends[i] = h->sealed.n;
    }
    for (int i = 0; i < SEALED_COLUMNS; i++) {
        size_t start = i ? ends[i - 1] : 0;
        h->columns[i] = (struct text){(const char *)h->sealed.at + start, ends[i] - start};
    }
}

/* Give the booking its number and everything that depends on it. */
static void number(struct holding *h)
{
    h->occupancy.booking = draw_id(h->hold->now);
    h->is_taken = false;
    secret_free(&h->token);
    h->token = token_new(h->occupancy.booking);
    h->token_hash = token_hash(&h->token);
    seal_columns(h);
}

/* ---- write, in the writer's thread ---- */

static enum status check_page(struct db *db, const struct page_stored *page)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM pages WHERE id = ? AND host_id = ? AND removed = 0");
    bind_i64(&q, page->id);
    bind_i64(&q, page->host);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "page", "the page was removed or changed its host");
    return status;
}

static enum status delete_booking(struct db *db, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM bookings WHERE id = ?");
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

/* Look for an earlier booking with the same key. A hold that is over is as if it had never been. */
static enum status find_earlier(struct db *db, struct holding *h)
{
    if (!h->hold->key.n)
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, content_hash, (SELECT expires_at FROM occupancies"
                      " WHERE booking_id = bookings.id AND target = 0)"
                      " FROM bookings WHERE page_id = ? AND key_hash = ?");
    bind_i64(&q, h->hold->page->id);
    bind_hash(&q, &h->key_hash);
    enum status status = query_step(&q);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    int64_t id = column_i64(&q);
    bool same = text_equal(column_blob(&q), hash_text(&h->content_hash));
    int64_t expires = column_i64(&q);
    if (expires && expires <= h->hold->now.s)
        return delete_booking(db, id);
    if (!same)
        return error_set(db->err, ERR_CONFLICT, "booking",
                         "the key was used for another booking");
    h->earlier = id;
    return OK;
}

static enum status insert_booking(struct db *db, struct holding *h)
{
    const struct booking_hold *hold = h->hold;
    struct query q CLEANUP(query_done) = query_new(
        db,
        "INSERT INTO bookings (id, account_id, page_id, host_id, connection_id, "
        "state, step, step_at, step_node, series_id,"
        " invited, start_at, end_at, token_hash, key_hash, content_hash, customer_hash,"
        " customer_language, customer_name, customer_email, customer_zone, customer_answers,"
        " event_title, event_description, token)"
        " VALUES (?, ?, ?, ?, (SELECT id FROM connections WHERE id = ?" FOR_SHARE "), 0, 1, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    bind_i64(&q, h->occupancy.booking);
    bind_i64(&q, hold->page->account);
    bind_i64(&q, hold->page->id);
    bind_i64(&q, hold->page->host);
    bind_id(&q, connection_of(hold->page));
    bind_instant(&q, hold->now);
    bind_text(&q, db_node(db));
    bind_id(&q, h->series);
    bind_i64(&q, is_invited(hold->page));
    bind_instant(&q, hold->slot.start);
    bind_instant(&q, hold->slot.end);
    bind_hash(&q, &h->token_hash);
    if (hold->key.n)
        bind_hash(&q, &h->key_hash);
    else
        bind_null(&q);
    bind_hash(&q, &h->content_hash);
    bind_hash(&q, &h->customer_hash);
    if (hold->customer->has_language)
        bind_i64(&q, hold->customer->language);
    else
        bind_null(&q);
    for (int i = 0; i < SEALED_COLUMNS; i++)
        bind_bytes(&q, h->columns[i]);
    enum status status = query_insert(&q);
    if (status == ERR_CONFLICT)
        h->is_taken = true;
    return status;
}

/* Remember before anything is written into which calendar it will be. */
static enum status insert_calendar(struct db *db, const struct holding *h)
{
    const struct page_stored *page = h->hold->page;
    int64_t id = h->occupancy.booking;
    if (!page->calendar.n || !connection_of(page))
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO booking_calendars (id, account_id, calendar)"
                      " VALUES (?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, page->account);
    bind_sealed(&q, h->key, booking_calendar_place(id), page->calendar);
    return query_run(&q, NULL);
}

/* Were the values sealed before a rotation? Nothing may be written under a key that is on its way out. */
static enum status check_keys(struct db *db, struct holding *h)
{
    const struct account_keys *keys;
    TRY(account_key(db, h->hold->page->account, &keys));
    h->is_stale = keys != h->key;
    return h->is_stale ? ERR_CONFLICT : OK;
}

/* ERR_CONFLICT where the customer has as many coming bookings as one may: on the page by its policy, and where
 * customers confirm by mail, unconfirmed ones in the account. Holds that are over are none. */
static enum status check_count(struct db *db, const struct holding *h, const char *sql,
                               int64_t page_id, int64_t most)
{
    const struct page_stored *page = h->hold->page;
    if (most == 0)
        return OK;
    TRY(page_lock(db, page->id));
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, page->account);
    bind_hash(&q, &h->customer_hash);
    bind_instant(&q, h->hold->now);
    bind_instant(&q, h->hold->now);
    if (page_id)
        bind_i64(&q, page_id);
    TRY(query_step(&q));
    if (column_i64(&q) < most)
        return OK;
    return error_set(db->err, ERR_CONFLICT, "booking",
                     "the customer has their %lld coming bookings on this page",
                     (long long)most);
}

#define COMING_OF_CUSTOMER                                                                     \
    "SELECT count(*) FROM bookings WHERE account_id = ? AND customer_hash = ?"                 \
    " AND end_at > ? AND state IN (0, 1, 2) AND NOT EXISTS (SELECT 1"                          \
    " FROM occupancies AS o WHERE o.booking_id = bookings.id AND o.expires_at <= ?)"

static enum status check_customer(struct db *db, const struct holding *h)
{
    const struct page_stored *page = h->hold->page;
    TRY(check_count(db, h, COMING_OF_CUSTOMER " AND page_id = ?", page->id,
                    page->policy.per_customer));
    return check_count(db, h, COMING_OF_CUSTOMER " AND state = 0 AND waits = 2", 0,
                       page->policy.confirm_min ? STORE_UNVERIFIED_MAX : 0);
}

static enum status write_hold(struct db *db, void *arg)
{
    struct holding *h = arg;
    TRY(check_page(db, h->hold->page));
    TRY(find_earlier(db, h));
    if (h->earlier)
        return OK;
    TRY(check_keys(db, h));
    TRY(check_customer(db, h));
    TRY(insert_booking(db, h));
    TRY(insert_calendar(db, h));
    return occupancy_take(db, &h->occupancy);
}

/* ---- answer ---- */

/* Describe the booking just made without asking the database for it. */
static void answer_fresh(struct arena *a, const struct holding *h,
                         struct booking_stored *ret_booking)
{
    const struct booking_hold *hold = h->hold;
    const struct customer *customer = hold->customer;
    struct booking_stored booking = {
        .id = h->occupancy.booking,
        .account = hold->page->account,
        .page = hold->page->id,
        .host = hold->page->host,
        .connection = connection_of(hold->page),
        .calendar =
            connection_of(hold->page) ? arena_text(a, hold->page->calendar) : (struct text){0},
        .state = BOOKING_HELD,
        .step = STEP_HOLD,
        .step_at = hold->now,
        .step_is_ours = true,
        .series = h->series,
        .invited = is_invited(hold->page),
        .slot = hold->slot,
        .title = arena_text(a, hold->title),
        .description = arena_text(a, hold->description),
        .customer = {.name = arena_text(a, customer->name),
                     .email = arena_text(a, customer->email),
                     .zone = arena_text(a, customer->zone),
                     .has_language = customer->has_language,
                     .language =
                         customer->has_language ? customer->language : hold->page->language,
                     .answers = ARENA_ARRAY(a, customer->n_answers, struct answer),
                     .n_answers = customer->n_answers},
    };
    for (size_t i = 0; i < customer->n_answers; i++)
        booking.customer.answers[i] = (struct answer){
            .question = arena_text(a, customer->answers[i].question),
            .answer = arena_text(a, customer->answers[i].answer),
        };
    *ret_booking = booking;
}

static enum status read_token(struct db *db, const struct account_keys *key, int64_t id,
                              struct secret *ret_token)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT token FROM bookings WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    struct secret token = column_secret(&q, key, booking_place("token", id));
    TRY(q.status);
    *ret_token = token;
    return OK;
}

enum status store_booking_token(struct store *st, int64_t id, struct secret *ret_token,
                                struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct booking_stored booking;
    const struct account_keys *key;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(booking_load(db, &a, id, &booking));
    TRY(account_key(db, booking.account, &key));
    return read_token(db, key, id, ret_token);
}

/* Read the booking that an earlier request made, with the token it was given. */
static enum status answer_earlier(struct store *st, struct arena *a, const struct holding *h,
                                  struct booking_stored *ret_booking, struct secret *ret_token,
                                  struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(booking_load(db, a, h->earlier, ret_booking));
    return read_token(db, h->key, h->earlier, ret_token);
}

static enum status refresh_keys(struct store *st, struct holding *h, struct error *err)
{
    h->is_stale = false;
    return store_account_key(st, h->hold->page->account, &h->key, err);
}

static enum status prepare(struct store *st, struct holding *h, struct error *err)
{
    TRY(check_texts(h->hold, err));
    TRY(occupancy_check(&h->occupancy, err));
    TRY(refresh_keys(st, h, err));
    return hash_content(h, err);
}

static struct occupancy occupancy_of(const struct booking_hold *hold)
{
    return (struct occupancy){
        .host = hold->page->host,
        .page = hold->page->id,
        .slot = hold->slot,
        .occupied = hold->occupied,
        .day = hold->day,
        .max_per_day = hold->page->rule.max_per_day,
        .now = hold->now,
        .expires = instant_add_s(hold->now, hold->hold_s),
    };
}

/* Write it, and answer. Four things begin again: an id that was taken, a key that another vault wrote at the
 * same time, a rotation of the account's keys, and an earlier booking that was released between the write that found it and the read. */
static enum status hold_once(struct store *st, struct arena *a, struct holding *h,
                             struct booking_stored *ret_booking, struct secret *ret_token,
                             bool *ret_again, struct error *err)
{
    *ret_again = false;
    if (h->is_stale)
        TRY(refresh_keys(st, h, err));
    number(h);
    h->earlier = 0;
    enum status status = store_write(st, write_hold, h, err);
    *ret_again = h->is_taken || h->is_stale;
    TRY(status);
    if (h->earlier) {
        status = answer_earlier(st, a, h, ret_booking, ret_token, err);
        *ret_again = status == ERR_NOT_FOUND;
        return status;
    }
    answer_fresh(a, h, ret_booking);
    *ret_token = h->token;
    h->token = (struct secret){0};
    return OK;
}

enum status store_booking_hold(struct store *st, struct arena *a,
                               const struct booking_hold *hold,
                               struct booking_stored *ret_booking, struct secret *ret_token,
                               bool *ret_fresh, struct error *err)
{
    struct holding h CLEANUP(holding_done) = {.hold = hold, .occupancy = occupancy_of(hold)};
    TRY(prepare(st, &h, err));
    enum status status = ERR_IO;
    bool again = true;
    for (int i = 0; i < ATTEMPTS && again; i++)
        status = hold_once(st, a, &h, ret_booking, ret_token, &again, err);
    TRY(status);
    *ret_fresh = h.earlier == 0;
    return OK;
}

/* ---- a series ---- */

struct holdings {
    struct holding *all;
    size_t n;
};

static void holdings_done(struct holdings *h)
{
    for (size_t i = 0; i < h->n; i++)
        holding_done(&h->all[i]);
}

static enum status write_series(struct db *db, void *arg)
{
    const struct holdings *h = *(struct holdings **)arg;
    for (size_t i = 0; i < h->n; i++) {
        TRY(write_hold(db, &h->all[i]));
        if (h->all[i].earlier)
            return OK;
    }
    return OK;
}

/* As hold_once, for all of them. */
static enum status hold_series_once(struct store *st, struct holdings *h, bool *ret_again,
                                    struct error *err)
{
    for (size_t i = 0; i < h->n; i++) {
        TRY(refresh_keys(st, &h->all[i], err));
        number(&h->all[i]);
        h->all[i].earlier = 0;
        h->all[i].series = h->all[0].occupancy.booking;
    }
    enum status status = store_write(st, write_series, &h, err);
    *ret_again = false;
    for (size_t i = 0; i < h->n; i++)
        *ret_again = *ret_again || h->all[i].is_taken || h->all[i].is_stale;
    return status;
}

enum status store_series_hold(struct store *st, struct arena *a,
                              const struct booking_hold *holds, size_t n,
                              struct series_held *ret_held, struct error *err)
{
    struct holdings h CLEANUP(holdings_done) = {ARENA_ARRAY(a, n, struct holding), 0};
    ENSURE(n > 0 && n <= MAX_SERIES);
    for (; h.n < n; h.n++) {
        h.all[h.n] =
            (struct holding){.hold = &holds[h.n], .occupancy = occupancy_of(&holds[h.n])};
        TRY(prepare(st, &h.all[h.n], err));
    }
    enum status status = ERR_IO;
    bool again = true;
    for (int i = 0; i < ATTEMPTS && again; i++)
        status = hold_series_once(st, &h, &again, err);
    TRY(status);
    if (h.all[0].earlier) {
        ret_held->is_fresh = false;
        return store_series_list(st, a, h.all[0].earlier, ret_held, err);
    }
    *ret_held = (struct series_held){ARENA_ARRAY(a, n, struct booking_stored), n, true};
    for (size_t i = 0; i < n; i++)
        answer_fresh(a, &h.all[i], &ret_held->bookings[i]);
    return OK;
}
