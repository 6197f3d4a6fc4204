/* SPDX-License-Identifier: ISC
 *
 * The audit as it is read: gone through by its chains, handed out row by row, shown to people. Always a piece at a
 * time, in a snapshot of its own, so that years of it hold up nobody.
 */
#include "store/driver.h"
#include "store/trail.h"
#include "wire/codec.h"

enum { SHOW_LOOKED_AT = 4000 }; /* rows that one call of show opens at most */

static int64_t node_of(int64_t row)
{
    return row >> TRAIL_PLACE_BITS;
}

/* Find the node behind one. ERR_NOT_FOUND: there is none. */
static enum status next_node(struct db *db, struct arena *a, int64_t behind, int64_t *ret_node,
                             struct text *ret_name)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, name FROM nodes WHERE id > ? ORDER BY id LIMIT 1");
    bind_i64(&q, behind);
    TRY(query_step(&q));
    *ret_node = column_i64(&q);
    *ret_name = column_text(&q, a);
    return OK;
}

static enum status hash_of(struct db *db, int64_t row, struct hash *ret_hash)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT hash FROM audit WHERE id = ?");
    bind_i64(&q, row);
    TRY(query_step(&q));
    struct text hash = column_blob(&q);
    if (hash.n != HASH_BYTES)
        return ERR_NOT_FOUND;
    memcpy(ret_hash->at, hash.at, HASH_BYTES);
    return OK;
}

/* Where reading goes on: behind a row, or at the beginning of a node's chain. */
struct place {
    int64_t node;
    struct text name;
    int64_t last; /* the row before the next */
    struct hash hash;
};

/* Come to the place behind `after`; ERR_NOT_FOUND: there are no more chains. ret_is_lost: the row `after` is gone. */
static enum status come_to(struct db *db, struct arena *a, int64_t after, struct place *at,
                           bool *ret_is_lost)
{
    int64_t node = node_of(after);
    *ret_is_lost = false;
    TRY(next_node(db, a, node - 1, &at->node, &at->name));
    if (at->node != node || after == trail_first(node))
        return audit_beginning(db, at->node, &at->last, &at->hash);
    at->last = after;
    enum status status = hash_of(db, after, &at->hash);
    *ret_is_lost = status == ERR_NOT_FOUND;
    return *ret_is_lost ? OK : status;
}

static void read_row(struct query *q, struct chain_row *row)
{
    row->id = column_i64(q);
    row->at = column_i64(q);
    row->kind = column_i64(q);
    row->actor = column_i64(q);
    row->account = column_i64(q);
    row->subject = column_i64(q);
    row->result = column_i64(q);
    row->details = column_blob(q);
}

#define ROW_COLUMNS "id, at, kind, actor, account, subject, result, details, hash, code"

/* Rows of a node behind a place, at most n. */
static struct query rows_behind(struct db *db, const struct place *at, int64_t n)
{
    struct query q = query_new(db, "SELECT " ROW_COLUMNS " FROM audit WHERE id > ? AND id < ?"
                                   " ORDER BY id LIMIT ?");
    bind_i64(&q, at->last);
    bind_i64(&q, trail_first(at->node + 1));
    bind_i64(&q, n);
    return q;
}

/* ---- going through the chains ---- */

static enum status find(struct audit_verify_answer *found, int64_t row, const char *what)
{
    found->row = row & (trail_first(1) - 1);
    found->what = text_from(what);
    return OK;
}

/* Go through a piece of one chain. */
static enum status walk(struct db *db, const unsigned char key[KEY_BYTES], struct place *at,
                        struct audit_verify_answer *found)
{
    struct query q CLEANUP(query_done) = rows_behind(db, at, AUDIT_PIECE);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct chain_row row;
        read_row(&q, &row);
        struct text hash = column_blob(&q), code = column_blob(&q);
        if (row.id != at->last + 1)
            return find(found, at->last + 1, "this row is missing");
        if (row.details.n > CHAIN_DETAILS_MAX)
            return find(found, row.id, "this row was changed");
        at->hash = chain_hash(&at->hash, &row);
        struct hash signed_hash = chain_code(key, &at->hash);
        if (!text_equal(hash, hash_text(&at->hash)) ||
            !text_equal(code, hash_text(&signed_hash)))
            return find(found, row.id, "this row was changed, or another stood before it");
        at->last = row.id;
        found->rows++;
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Find a row between the chains of two nodes that follow each other; next 0: behind the last. */
static enum status find_stray(struct db *db, int64_t node, int64_t next,
                              struct audit_verify_answer *found)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM audit WHERE id >= ? AND id < ? ORDER BY id LIMIT 1");
    bind_i64(&q, trail_first(node + 1));
    bind_i64(&q, next ? trail_first(next) : INT64_MAX);
    enum status status = query_step(&q);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    found->node = TEXT("?");
    return find(found, column_i64(&q), "this row is of a node that is not known");
}

/* A chain's end was reached: say where it is, and where the next chain begins. */
static enum status end_chain(struct db *db, struct arena *a, const struct place *at,
                             struct audit_verify_answer *found)
{
    int64_t next = 0;
    struct text name;
    found->end.node = at->name;
    found->end.row = at->last - trail_first(at->node);
    found->end.hash = arena_text(a, hash_text(&at->hash));
    enum status status = next_node(db, a, at->node, &next, &name);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    found->next = next ? trail_first(next) : 0;
    return find_stray(db, at->node, next, found);
}

static enum status verify(struct db *db, struct arena *a, int64_t after,
                          struct audit_verify_answer *found)
{
    struct place at;
    unsigned char key[KEY_BYTES];
    bool is_lost;
    enum status status = come_to(db, a, after, &at, &is_lost);
    if (status == ERR_NOT_FOUND)
        return find_stray(db, -1, 0, found);
    TRY(status);
    if (!after)
        TRY(find_stray(db, -1, at.node, found));
    if (found->what.n)
        return OK;
    found->node = at.name;
    if (is_lost)
        return find(found, after, "this row is missing");
    status = audit_chain_key(db, at.node, key);
    if (status == ERR_SEAL)
        return find(found, 0, "the chain's key is not authentic");
    TRY(status);
    status = walk(db, key, &at, found);
    wipe_bytes(key, sizeof key);
    TRY(status);
    if (found->what.n)
        return OK;
    found->next = at.last;
    return found->rows < AUDIT_PIECE ? end_chain(db, a, &at, found) : OK;
}

enum status store_audit_verify(struct store *st, struct arena *a, int64_t after,
                               struct audit_verify_answer *ret_found, struct error *err)
{
    struct audit_verify_answer found = {0};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(verify(db, a, after, &found));
    *ret_found = found;
    return OK;
}

/* Does a row that the log names stand in its chain? */
static enum status compare(struct db *db, const struct audit_head *head, bool *ret_stands,
                           struct audit_verify_answer *found)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT id FROM nodes WHERE name = ?");
    struct hash hash;
    int64_t last = 0;
    bind_text(&q, head->node);
    *ret_stands = false;
    found->node = head->node;
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return find(found, head->row, "the log names a node that is not known here");
    TRY(status);
    int64_t row = trail_first(column_i64(&q)) + head->row;
    status = hash_of(db, row, &hash);
    if (status == OK && !text_equal(head->hash, hash_text(&hash)))
        return find(found, head->row, "the log gives this row another hash");
    *ret_stands = status == OK;
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(audit_beginning(db, node_of(row), &last, &hash));
    *ret_stands = row <= last; /* it ended since */
    return *ret_stands ? OK : find(found, head->row, "the log names this row, and it is gone");
}

enum status store_audit_compare(struct store *st, const struct audit_head *heads, size_t n,
                                struct audit_verify_answer *ret_found, struct error *err)
{
    struct audit_verify_answer found = {0};
    bool stands = true;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    for (size_t i = 0; i < n && stands; i++)
        TRY(compare(db, &heads[i], &stands, &found));
    if (!stands)
        *ret_found = found;
    return OK;
}

/* ---- handing rows out ---- */

/* Go to the first row at or after an instant; to the chain's end where there is none. */
static enum status skip_to(struct db *db, struct instant from, struct place *at)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT COALESCE(min(id) - 1, (SELECT max(id) FROM audit WHERE id > ?"
                      " AND id < ?), ?) FROM audit WHERE id > ? AND id < ? AND at >= ?");
    bind_i64(&q, at->last);
    bind_i64(&q, trail_first(at->node + 1));
    bind_i64(&q, at->last);
    bind_i64(&q, at->last);
    bind_i64(&q, trail_first(at->node + 1));
    bind_instant(&q, from);
    TRY(query_step(&q));
    int64_t last = column_i64(&q);
    if (last == at->last)
        return OK;
    at->last = last;
    return hash_of(db, last, &at->hash);
}

static void add_row(struct query *q, struct arena *a, struct audit_export_answer *out)
{
    struct audit_row *row = &out->rows[out->n_rows++];
    struct chain_row read;
    read_row(q, &read);
    *row = (struct audit_row){
        .row = read.id & (trail_first(1) - 1),
        .at = {read.at},
        .kind = read.kind,
        .actor = read.actor,
        .account = read.account,
        .subject = read.subject,
        .result = read.result,
        .details = arena_text(a, read.details),
        .hash = arena_text(a, column_blob(q)),
        .code = arena_text(a, column_blob(q)),
    };
}

static enum status hand_out(struct db *db, struct arena *a, const struct audit_export_ask *ask,
                            struct audit_export_answer *out)
{
    struct place at;
    struct text name;
    bool is_lost;
    int64_t next = 0;
    enum status status = come_to(db, a, ask->after, &at, &is_lost);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (is_lost)
        return error_set(db->err, ERR_NOT_FOUND, "audit", "a row ended meanwhile; try again");
    if (at.last != ask->after || at.last == trail_first(at.node)) /* its chain begins here */
        TRY(skip_to(db, ask->from, &at));
    out->node = at.name;
    out->number = at.node;
    out->previous = arena_text(a, hash_text(&at.hash));
    struct query q CLEANUP(query_done) = rows_behind(db, &at, MAX_ROWS);
    out->rows = ARENA_ARRAY(a, MAX_ROWS, struct audit_row);
    while ((status = query_step(&q)) == OK)
        add_row(&q, a, out);
    if (status != ERR_NOT_FOUND)
        return status;
    if (out->n_rows == MAX_ROWS) {
        out->next = trail_first(at.node) + out->rows[MAX_ROWS - 1].row;
        return OK;
    }
    status = next_node(db, a, at.node, &next, &name);
    out->next = status == OK ? trail_first(next) : 0;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_audit_export(struct store *st, struct arena *a,
                               const struct audit_export_ask *ask,
                               struct audit_export_answer *ret_rows, struct error *err)
{
    struct audit_export_answer out = {0};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(hand_out(db, a, ask, &out));
    *ret_rows = out;
    return OK;
}

/* ---- showing them to people ---- */

enum status audit_details_open(struct query *q, struct arena *a, const struct seal_key *key,
                               int64_t row, struct audit_details *details)
{
    struct seal_place place = {.table = "audit", .column = "details", .row = row};
    struct text blob = column_blob(q), clear;
    *details = (struct audit_details){0};
    if (blob.n < SEAL_EXTRA || !key || memcmp(blob.at + 1, key->id.at, KEY_ID_BYTES) != 0)
        return OK;
    enum status status = unseal_text(a, key, place, blob, &clear);
    if (status == OK)
        status = wire_decode(a, audit_details_shape, clear, details);
    return status == OK ? OK
                        : error_set(q->db->err, ERR_SEAL, "audit",
                                    "a row of the audit is not authentic: verify it");
}

static enum status show_row(struct query *q, struct arena *a, const struct seal_key *key,
                            struct text mailbox, struct audit_show_answer *out)
{
    struct audit_shown *row = &out->rows[out->n_rows];
    struct audit_details details;
    out->next = column_i64(q);
    row->at = out->next_at = column_instant(q);
    row->kind = column_code(q, AUDIT_KIND_COUNT);
    row->actor = column_code(q, AUDIT_ACTOR_COUNT);
    row->subject = column_i64(q);
    row->result = column_code(q, AUDIT_RESULT_COUNT);
    TRY(audit_details_open(q, a, key, out->next, &details));
    TRY(q->status);
    row->mailbox = details.mailbox;
    row->name = details.actor;
    row->what = details.what;
    if (!mailbox.n || text_equal_nocase(mailbox, details.mailbox))
        out->n_rows++;
    return OK;
}

static enum status read_history(struct db *db, struct arena *a, int64_t account,
                                int64_t booking, struct booking_history_answer *out)
{
    struct seal_key key;
    TRY(audit_key_get(db, account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, at, kind, actor, result, details FROM audit"
                      " WHERE account = ? AND subject = ? AND kind >= ?"
                      " ORDER BY at, id LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, booking); /* drawn by chance: no other thing has its number */
    bind_i64(&q, AUDIT_BOOKING_MADE);
    bind_i64(&q, BOOKING_HISTORY_MAX);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct audit_details details;
        int64_t id = column_i64(&q);
        struct booking_event event = {.at = column_instant(&q)};
        event.kind = column_code(&q, AUDIT_KIND_COUNT);
        event.actor = column_code(&q, AUDIT_ACTOR_COUNT);
        event.result = column_code(&q, AUDIT_RESULT_COUNT);
        if ((status = audit_details_open(&q, a, &key, id, &details)) != OK ||
            (status = q.status) != OK)
            break;
        event.name = details.actor;
        out->events[out->n_events++] = event;
    }
    wipe_bytes(&key, sizeof key);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_booking_history(struct store *st, struct arena *a,
                                  const struct booking_history_ask *ask,
                                  struct booking_history_answer *ret_history, struct error *err)
{
    struct booking_history_answer out = {
        .events = ARENA_ARRAY(a, BOOKING_HISTORY_MAX, struct booking_event)};
    int64_t account = 0, booking = 0;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    if (booking_id_parse(ask->id, &booking) != OK)
        return error_set(err, ERR_NOT_FOUND, "store", "there is no such booking");
    TRY(account_row_find(db, ask->account, &account));
    TRY(read_history(db, a, account, booking, &out));
    *ret_history = out;
    return OK;
}

static enum status show(struct db *db, struct arena *a, const struct audit_show_ask *ask,
                        struct audit_show_answer *out)
{
    struct seal_key key;
    int64_t account = 0, n_seen = 0;
    TRY(account_row_find(db, ask->account, &account));
    enum status status = audit_key_get(db, account, &key);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    bool has_key = status == OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, at, kind, actor, subject, result, details FROM audit"
                      " WHERE account = ? AND at >= ? AND at < ? AND (at, id) > (?, ?)"
                      " ORDER BY at, id LIMIT ?");
    bind_i64(&q, account);
    bind_instant(&q, ask->from);
    bind_instant(&q, ask->to);
    bind_instant(&q, ask->after_at);
    bind_i64(&q, ask->after);
    bind_i64(&q, SHOW_LOOKED_AT);
    out->rows = ARENA_ARRAY(a, MAX_ROWS, struct audit_shown);
    while (out->n_rows < MAX_ROWS && (status = query_step(&q)) == OK && ++n_seen)
        if ((status = show_row(&q, a, has_key ? &key : NULL, ask->mailbox, out)) != OK)
            break;
    wipe_bytes(&key, sizeof key);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    out->goes_on = out->n_rows == MAX_ROWS || n_seen == SHOW_LOOKED_AT;
    return OK;
}

enum status store_audit_show(struct store *st, struct arena *a,
                             const struct audit_show_ask *ask,
                             struct audit_show_answer *ret_rows, struct error *err)
{
    struct audit_show_answer out = {0};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(show(db, a, ask, &out));
    *ret_rows = out;
    return OK;
}
