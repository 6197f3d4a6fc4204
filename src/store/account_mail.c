/* SPDX-License-Identifier: ISC
 *
 * How an account's mails present themselves: who they come from, where answers go, its own words in them.
 */
#include "store/db.h"

static struct seal_place sender_place(const char *column, int64_t account)
{
    return (struct seal_place){.table = "account_mails", .column = column, .row = account};
}

static struct seal_place text_place(int64_t id)
{
    return (struct seal_place){.table = "mail_texts", .column = "paragraph", .row = id};
}

static enum status set_address(struct db *db, const char *sql, int64_t account,
                               const char *column, struct text address)
{
    const struct account_keys *key;
    TRY(account_key(db, account, &key));
    struct query q CLEANUP(query_done) = query_new(db, sql);
    if (address.n)
        bind_sealed(&q, key, sender_place(column, account), address);
    else
        bind_null(&q);
    bind_i64(&q, account);
    return query_run(&q, NULL);
}

static enum status make_sender(struct db *db, int64_t account)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO account_mails (id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING");
    bind_i64(&q, account);
    bind_i64(&q, account);
    enum status status = query_insert(&q);
    return status == ERR_CONFLICT ? OK : status;
}

static enum status put_text(struct db *db, int64_t account, const struct account_mail_ask *ask)
{
    const struct account_keys *key;
    int64_t id = 0;
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "DELETE FROM mail_texts WHERE account_id = ? AND kind = ?"
                          " AND language = ?");
        bind_i64(&q, account);
        bind_i64(&q, ask->kind);
        bind_i64(&q, ask->language);
        TRY(query_run(&q, NULL));
    }
    if (!ask->text.n)
        return OK;
    TRY(account_key(db, account, &key));
    TRY(next_id(db, "mail_texts", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO mail_texts (id, account_id, kind, language, paragraph)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, ask->kind);
    bind_i64(&q, ask->language);
    bind_sealed(&q, key, text_place(id), ask->text);
    return query_run(&q, NULL);
}

static enum status write_account_mail(struct db *db, void *arg)
{
    const struct account_mail_ask *ask = *(const struct account_mail_ask **)arg;
    int64_t account = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(make_sender(db, account));
    if (ask->sets_from)
        TRY(set_address(db, "UPDATE account_mails SET sender = ? WHERE id = ?", account,
                        "sender", ask->from));
    if (ask->sets_reply_to)
        TRY(set_address(db, "UPDATE account_mails SET reply_to = ? WHERE id = ?", account,
                        "reply_to", ask->reply_to));
    return ask->sets_text ? put_text(db, account, ask) : OK;
}

enum status store_account_mail_set(struct store *st, const struct account_mail_ask *ask,
                                   struct error *err)
{
    TRY(value_check(account_mail_ask_shape, ask, err));
    return store_write(st, write_account_mail, &ask, err);
}

static enum status read_addresses(struct db *db, struct arena *a, int64_t account,
                                  const struct account_keys *key,
                                  struct account_mail_answer *mail)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT sender, reply_to FROM account_mails WHERE id = ?");
    bind_i64(&q, account);
    enum status status = query_step(&q);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    mail->from = column_sealed(&q, a, key, sender_place("sender", account));
    mail->reply_to = column_sealed(&q, a, key, sender_place("reply_to", account));
    return q.status;
}

static enum status read_texts(struct db *db, struct arena *a, int64_t account,
                              const struct account_keys *key, struct account_mail_answer *mail)
{
    enum { MOST = MAIL_KIND_COUNT * LANGUAGE_COUNT };
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, kind, language, paragraph FROM mail_texts"
                      " WHERE account_id = ? ORDER BY kind, language LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, MOST);
    mail->texts = ARENA_ARRAY(a, MOST, struct mail_text);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct mail_text *text = &mail->texts[mail->n_texts++];
        int64_t id = column_i64(&q);
        text->kind = column_code(&q, MAIL_KIND_COUNT);
        text->language = column_code(&q, LANGUAGE_COUNT);
        text->text = column_sealed(&q, a, key, text_place(id));
        TRY(q.status);
    }
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_account_mail_get(struct store *st, struct arena *a, struct text account,
                                   struct account_mail_answer *ret_mail, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t id = 0;
    struct account_mail_answer mail = {0};
    TRY(account_row_find(db, account, &id));
    TRY(account_key(db, id, &key));
    TRY(read_addresses(db, a, id, key, &mail));
    TRY(read_texts(db, a, id, key, &mail));
    *ret_mail = mail;
    return OK;
}
