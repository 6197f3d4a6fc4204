/* SPDX-License-Identifier: ISC */
#include "store/trail.h"

/* ---- writing ---- */

static struct seal_place room_of(int64_t page)
{
    return (struct seal_place){.table = "pages", .column = "room", .row = page};
}

static enum status write_page(struct db *db, const char *sql, int64_t id, int64_t account,
                              int64_t host, const struct page_put_ask *page)
{
    const struct account_keys *keys;
    TRY(account_key(db, account, &keys));
    const struct reminder_list reminders = {page->reminders, page->n_reminders};
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, host);
    bind_text(&q, page->title);
    bind_text(&q, page->description);
    bind_text(&q, page->location);
    bind_i64(&q, page->synchronise);
    bind_wire(&q, rule_shape, &page->rule);
    struct question_list questions = {page->questions, page->n_questions};
    bind_wire(&q, question_list_shape, &questions);
    if (page->room.n)
        bind_sealed(&q, keys, room_of(id), page->room);
    else
        bind_null(&q);
    bind_i64(&q, page->language);
    bind_i64(&q, page->cancelled);
    bind_i64(&q, page->follow);
    bind_i64(&q, page->invite);
    bind_wire(&q, reminder_list_shape, &reminders);
    bind_wire(&q, event_form_shape, &page->form);
    bind_i64(&q, page->online_meeting);
    bind_i64(&q, page->policy.per_customer);
    bind_i64(&q, page->policy.cancel_hours);
    bind_i64(&q, page->policy.ask_reason);
    bind_i64(&q, page->policy.approve_hours);
    bind_i64(&q, page->policy.confirm_min);
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_text(&q, page->page);
    return query_run(&q, NULL);
}

static enum status row_find(struct db *db, int64_t account, struct text slug, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM pages WHERE account_id = ? AND slug = ? AND removed = 0");
    bind_i64(&q, account);
    bind_text(&q, slug);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "page", "the account has no page " TEXT_FMT,
                         TEXT_ARG(slug));
    TRY(status);
    *ret_id = column_i64(&q);
    return OK;
}

static enum status audit_page(struct db *db, enum audit_kind kind, int64_t account, int64_t id,
                              struct text slug)
{
    return audit_add(db, &(struct audit_event){
                             .kind = kind, .account = account, .subject = id, .what = slug});
}

/* Is it the version that whoever changes it has seen? */
static enum status check_version(struct db *db, int64_t id, int64_t seen)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT version FROM pages WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, id);
    TRY(query_step(&q));
    int64_t version = column_i64(&q);
    TRY(q.status);
    return seen == 0 || seen == version
               ? OK
               : error_set(db->err, ERR_CONFLICT, "page",
                           seen < 0 ? "there is a page of that name already"
                                    : "the page was changed by somebody else meanwhile");
}

static enum status put_page(struct db *db, void *arg)
{
    const struct page_put_ask *page = *(const struct page_put_ask **)arg;
    int64_t account = 0, host = 0, id = 0;
    TRY(account_row_find(db, page->account, &account));
    TRY(user_row_find(db, account, page->email, &host));
    enum status status = row_find(db, account, page->page, &id);
    if (status == OK) {
        TRY(check_version(db, id, page->version));
        status =
            write_page(db,
                       "UPDATE pages SET host_id = ?, title = ?, description = ?, location = ?,"
                       " synchronise = ?, rule = ?, questions = ?, room = ?, language = ?,"
                       " cancelled = ?, follow = ?, invite = ?, reminders = ?, event_form = ?,"
                       " online_meeting = ?, per_customer = ?, cancel_hours = ?, ask_reason = "
                       "?, approve_hours = ?,"
                       " confirm_min = ?, version = version + 1"
                       " WHERE id = ?"
                       " AND account_id = ? AND slug = ?",
                       id, account, host, page);
    } else if (status == ERR_NOT_FOUND) {
        TRY(account_room(db, account,
                         "SELECT count(*) FROM pages WHERE account_id = ? AND removed = 0",
                         store_limits_of(db->st)->pages, "pages"));
        TRY(next_id(db, "pages", &id));
        status = write_page(
            db,
            "INSERT INTO pages (host_id, title, description, location, synchronise, rule,"
            " questions, room, language, cancelled, follow, invite, reminders, event_form, "
            "online_meeting, per_customer,"
            " cancel_hours, ask_reason, approve_hours, confirm_min, id, account_id, slug)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id, account, host, page);
    }
    TRY(status);
    return audit_page(db, AUDIT_PAGE_PUT, account, id, page->page);
}

enum status store_page_put(struct store *st, const struct page_put_ask *page, struct error *err)
{
    TRY(value_check(page_put_ask_shape, page, err));
    return store_write(st, put_page, &page, err);
}

struct removal {
    const struct page_remove_ask *ask;
    struct instant now;
    int64_t coming;
};

static enum status count_coming(struct db *db, int64_t page, struct instant now,
                                int64_t *ret_coming)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT count(*) FROM bookings WHERE page_id = ? AND state <> 3 AND end_at > ?");
    bind_i64(&q, page);
    bind_instant(&q, now);
    TRY(query_step(&q));
    *ret_coming = column_i64(&q);
    return q.status;
}

static enum status remove_page(struct db *db, void *arg)
{
    struct removal *removal = arg;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, removal->ask->account, &account));
    TRY(row_find(db, account, removal->ask->page, &id));
    TRY(check_version(db, id, removal->ask->version));
    TRY(count_coming(db, id, removal->now, &removal->coming));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE pages SET removed = 1 WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_run(&q, NULL));
    return audit_page(db, AUDIT_PAGE_REMOVED, account, id, removal->ask->page);
}

enum status store_page_remove(struct store *st, const struct page_remove_ask *ask,
                              struct instant now, int64_t *ret_coming, struct error *err)
{
    struct removal removal = {.ask = ask, .now = now};
    TRY(store_write(st, remove_page, &removal, err));
    *ret_coming = removal.coming;
    return OK;
}

enum status store_page_forecast(struct store *st, const struct page_remove_ask *ask,
                                struct instant now, int64_t *ret_coming, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(row_find(db, account, ask->page, &id));
    return count_coming(db, id, now, ret_coming);
}

/* ---- reading ---- */

#define PAGE_COLUMNS                                                                           \
    "p.id, p.account_id, p.host_id, p.synchronise, p.removed, c.id, c.free_busy_only,"         \
    " c.book_calendar, CASE WHEN c.outage = 0 THEN s.outage ELSE c.outage END,"                \
    " CASE WHEN c.outage = 0 THEN s.failing_at ELSE c.failing_at END,"                         \
    " a.slug, a.name, a.imprint, a.privacy, a.sites, a.accent, a.logo_mark, "                  \
    "a.logo_width, a.logo_height, p.slug, p.title, p.description, "                            \
    "p.location, "                                                                             \
    "u.name, u.email, u.zone, "                                                                \
    "p.rule, p.room, p.questions, p.language, p.cancelled, p.follow, p.invite, p.reminders, "  \
    "p.event_form, p.online_meeting, "                                                         \
    "p.per_customer, p.cancel_hours, p.ask_reason, p.approve_hours, p.confirm_min, p.version"  \
    " FROM pages AS p JOIN accounts AS a ON a.id = p.account_id JOIN users AS u ON u.id = "    \
    "p.host_id LEFT JOIN connections AS c ON c.user_id = p.host_id"                            \
    " LEFT JOIN connections AS s ON s.id = COALESCE(c.service_id, c.id)"

/* Pages from before these were known have NULL: as they were. */
static void read_optional(struct query *q, struct arena *a, shape_table *shape, void *value)
{
    if (column_is_null(q))
        column_skip(q);
    else
        column_wire(q, a, shape, value);
}

static void read_look(struct query *q, struct arena *a, struct page_look *look)
{
    look->accent = column_text(q, a);
    look->logo = column_text(q, a);
    look->width = column_i64(q);
    look->height = column_i64(q);
}

static enum status read_page(struct query *q, struct arena *a, struct page_stored *ret_page)
{
    const struct account_keys *key;
    struct page_stored page = {.id = column_i64(q)};
    page.account = column_i64(q);
    TRY(account_key(q->db, page.account, &key));
    page.host = column_i64(q);
    page.wants_sync = column_i64(q) != 0;
    page.removed = column_i64(q) != 0;
    page.connection = column_i64(q);
    page.free_busy_only = column_i64(q) != 0;
    page.synchronise = page.wants_sync && !page.free_busy_only;
    struct seal_place book = {
        .table = "connections", .column = "book_calendar", .row = page.connection};
    page.calendar = column_sealed(q, a, key, book);
    page.outage = column_code(q, OUTAGE_COUNT);
    page.failing_at = column_instant(q);
    page.page.account = column_text(q, a);
    page.page.account_name = column_text(q, a);
    page.page.imprint = column_text(q, a);
    page.page.privacy = column_text(q, a);
    page.page.sites = column_text(q, a);
    read_look(q, a, &page.page.look);
    page.page.page = column_text(q, a);
    page.page.title = column_text(q, a);
    page.page.description = column_text(q, a);
    page.page.location = column_text(q, a);
    struct seal_place place = {.table = "users", .column = "name", .row = page.host};
    page.page.host_name = column_sealed(q, a, key, place);
    place.column = "email";
    page.host_email = column_sealed(q, a, key, place);
    page.host_zone = column_text(q, a);
    column_wire(q, a, rule_shape, &page.rule);
    page.room = column_sealed(q, a, key, room_of(page.id));
    read_optional(q, a, question_list_shape, &page.questions);
    page.language = column_code(q, LANGUAGE_COUNT);
    page.cancelled = column_code(q, CANCELLED_COUNT);
    page.follow = column_code(q, FOLLOW_COUNT);
    page.invite = column_code(q, INVITE_COUNT);
    read_optional(q, a, reminder_list_shape, &page.reminders);
    read_optional(q, a, event_form_shape, &page.form);
    page.online_meeting = column_i64(q) != 0;
    page.policy.per_customer = column_i64(q);
    page.policy.cancel_hours = column_i64(q);
    page.policy.ask_reason = column_code(q, ASK_REASON_COUNT);
    page.policy.approve_hours = column_i64(q);
    page.policy.confirm_min = column_i64(q);
    page.version = column_i64(q);
    page.page.ask_reason = page.policy.ask_reason;
    page.page.language = page.language;
    page.page.approves = page.policy.approve_hours > 0;
    page.page.by_mail = page.policy.confirm_min > 0;
    page.page.zone = page.rule.zone;
    page.page.duration_min = page.rule.duration_min;
    TRY(q->status);
    *ret_page = page;
    return OK;
}

enum status store_page_find(struct store *st, struct arena *a, struct text account,
                            struct text page, struct page_stored *ret_page, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT " PAGE_COLUMNS " WHERE a.slug = ? AND p.slug = ? AND p.removed = 0"
            " AND u.disabled = 0");
    bind_text(&q, account);
    bind_text(&q, page);
    TRY(query_step(&q));
    return read_page(&q, a, ret_page);
}

enum status page_load(struct db *db, struct arena *a, int64_t id, struct page_stored *ret_page)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT " PAGE_COLUMNS " WHERE p.id = ?");
    bind_i64(&q, id);
    TRY(query_step(&q));
    return read_page(&q, a, ret_page);
}

enum status store_page_get(struct store *st, struct arena *a, int64_t id,
                           struct page_stored *ret_page, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    return db ? page_load(db, a, id, ret_page) : ERR_IO;
}

static enum status read_row(struct query *q, struct arena *a, struct page_row *row)
{
    struct page_stored page;
    TRY(read_page(q, a, &page));
    *row = (struct page_row){
        .account = page.page.account,
        .email = page.host_email,
        .page = page.page.page,
        .version = page.version,
        .title = page.page.title,
        .description = page.page.description,
        .location = page.page.location,
        .synchronise = page.wants_sync,
        .cancelled = page.cancelled,
        .follow = page.follow,
        .room = page.room,
        .rule = page.rule,
        .language = page.language,
        .reminders = page.reminders.reminders,
        .n_reminders = page.reminders.n_reminders,
        .invite = page.invite,
        .form = page.form,
        .online_meeting = page.online_meeting,
        .policy = page.policy,
        .connected = page.connection != 0,
        .free_busy_only = page.free_busy_only,
        .outage = page.outage,
        .failing_at = page.failing_at,
        .questions = page.questions.questions,
        .n_questions = page.questions.n_questions,
    };
    return OK;
}

enum status store_page_show(struct store *st, struct arena *a, struct text account,
                            struct text page, struct page_row *ret_row, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account_id = 0, id = 0;
    TRY(account_row_find(db, account, &account_id));
    TRY(row_find(db, account_id, page, &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT " PAGE_COLUMNS " WHERE p.id = ? AND p.removed = 0");
    bind_i64(&q, id);
    TRY(query_step(&q));
    return read_row(&q, a, ret_row);
}

enum status store_page_list(struct store *st, struct arena *a, const struct page_list_ask *ask,
                            struct page_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    int64_t account_id = 0;
    struct user_range range;
    TRY(account_row_find(db, ask->account, &account_id));
    TRY(user_range_find(db, account_id, ask->email, &range));
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT " PAGE_COLUMNS " WHERE p.account_id = ? AND p.slug > ? AND p.removed = 0"
            " AND p.host_id >= ? AND p.host_id <= ? ORDER BY p.slug LIMIT ?");
    bind_i64(&q, account_id);
    bind_text(&q, ask->after);
    bind_i64(&q, range.least);
    bind_i64(&q, range.most);
    bind_i64(&q, MAX_PAGE_ROWS);
    struct page_list_answer list = {.rows = ARENA_ARRAY(a, MAX_PAGE_ROWS, struct page_row)};
    size_t start = a->used;
    enum status status;
    while ((status = query_step(&q)) == OK && a->used - start < LIST_BYTES_MAX)
        TRY(read_row(&q, a, &list.rows[list.n_rows++]));
    if (status != ERR_NOT_FOUND && status != OK)
        return status;
    *ret_list = list;
    return OK;
}
