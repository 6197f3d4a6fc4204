/* SPDX-License-Identifier: ISC
 *
 * hourgate-vault: started by hourgate with its control channel as descriptor 3. It loads what it needs,
 * drops its rights, enters the jail, opens the database and says that it serves. Everything
 * else (edge, courier, commands) comes over the control channel.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/versions.h"
#include "os/clock.h"
#include "os/jail.h"
#include "os/log.h"
#include "os/process.h"
#include "store/audit.h"
#include "store/setup.h"
#include "vault/audit.h"
#include "vault/follow.h"
#include "vault/keeper.h"
#include "vault/mail_server.h"
#include "vault/mailer.h"
#include "vault/node.h"
#include "vault/reader.h"
#include "vault/restore.h"
#include "vault/search.h"
#include "vault/settle.h"
#include "vault/watch.h"
#include "vault/worker.h"
#include "wire/codec.h"

enum { START_MS = 30000, STOP_MS = 3000, WORKERS_DEFAULT = 16 };
#define ZONES_DIR "/usr/share/zoneinfo"

/* What start made, for stop to end in reverse. */
struct program {
    struct vault v;
    struct zones *zones;
    struct store *store;
    struct reader reader;
    struct workers workers;
    struct settler settler;
    struct follower follower;
    struct watcher watcher;
    struct keeper keeper;
    struct mailer mailer;
    struct arena mail_texts; /* of v.mail */
};

/* Cut a file's path at its last '/': the directory that holds the database. */
static const char *directory_of(struct arena *a, struct text path)
{
    size_t n = path.n;
    while (n > 0 && path.at[n - 1] != '/')
        n--;
    return n ? arena_cstr(a, (struct text){path.at, n}) : ".";
}

/* database: the file whose directory stays open, or a remote one's place. */
static enum status enter_jail(struct arena *a, struct text database, bool jail,
                              struct error *err)
{
    if (!jail)
        return OK;
    bool is_file = !store_is_remote(arena_cstr(a, database));
    const char *const writable[] = {is_file ? directory_of(a, database) : NULL, NULL};
    const struct jail_paths paths = {.write = writable};
    return jail_enter(JAIL_VAULT, &paths, err);
}

/* A file is opened inside the jail, which is thereby seen to let it work; a socket before, since the jail
 * makes none. The threads that write begin inside in either case. */
static enum status open_store(struct program *p, struct arena *a,
                              const struct vault_start_ask *ask, unsigned n_readers,
                              struct error *err)
{
    const char *at = arena_cstr(a, ask->database);
    const struct secret *password = ask->store_password.n ? &ask->store_password : NULL;
    bool is_remote = store_is_remote(at);
    struct text node = {0};
    if (ask->directory.n)
        TRY(node_name(a, arena_cstr(a, ask->directory), &node, err));
    if (is_remote)
        TRY(store_open(at, password, &ask->master_key, n_readers, &p->store, err));
    TRY(enter_jail(a, ask->database, ask->jail, err));
    if (!is_remote)
        TRY(store_open(at, NULL, &ask->master_key, n_readers, &p->store, err));
    TRY(store_node_take(p->store, node, err));
    store_limit(p->store, (struct store_limits){.users = ask->max_users,
                                                .connections = ask->max_connections,
                                                .pages = ask->max_pages});
    store_start(p->store);
    return OK;
}

static size_t count_workers(const struct vault_start_ask *ask)
{
    if (ask->workers < 1)
        return WORKERS_DEFAULT;
    return ask->workers > VAULT_WORKERS_MAX ? VAULT_WORKERS_MAX : (size_t)ask->workers;
}

/* Keep for life what the start message said of mail. */
static void keep_mail(struct program *p, const struct vault_start_ask *ask)
{
    struct arena *a = &p->mail_texts;
    const struct mail_server *server = &ask->mail;
    p->v.mail = (struct vault_mail){
        .server = {.security = server->security,
                   .host = arena_text(a, server->host),
                   .port = server->port,
                   .user = arena_text(a, server->user),
                   .password = secret_copy(&server->password),
                   .from = arena_text(a, server->from),
                   .helo = arena_text(a, server->helo)},
        .base_url = arena_text(a, ask->base_url),
        .timeout_ms = ask->mail_timeout_s * 1000,
        .retry_s = ask->mail_retry_s,
    };
    store_use_mail(p->store, server->host.n > 0);
}

/* The same of XMPP. */
static void keep_xmpp(struct program *p, const struct xmpp_server *server)
{
    struct arena *a = &p->mail_texts;
    const struct xmpp_server kept = {.host = arena_text(a, server->host),
                                     .port = server->port,
                                     .port_tls = server->port_tls,
                                     .component = arena_text(a, server->component),
                                     .link_port = server->link_port,
                                     .secret = secret_copy(&server->secret)};
    messenger_use(&p->v.messenger, &kept);
}

/* Say where the data is: a file, or another program's. */
static void keep_place(struct program *p, const struct vault_start_ask *ask)
{
    struct arena a CLEANUP(arena_done) = {0};
    bool is_remote = store_is_remote(arena_cstr(&a, ask->database));
    p->v.place = is_remote
                     ? TEXT("PostgreSQL")
                     : arena_text(&p->mail_texts,
                                  (struct text){ask->database.at, ask->database.n < MAX_PLACE
                                                                      ? ask->database.n
                                                                      : MAX_PLACE});
}

/* Is there no user yet? */
static enum status waits_for_setup(struct program *p, bool *ret_waits, struct error *err)
{
    enum setup_stage stage;
    bool is_good;
    struct secret none = {0};
    TRY(store_setup_show(p->store, &none, &none, clock_now(), &stage, &is_good, err));
    *ret_waits = stage == SETUP_WAITS;
    return OK;
}

static enum status start(struct program *p, const struct vault_start_ask *ask,
                         struct vault_start_answer *answer, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    size_t n_workers = count_workers(ask);
    if (ask->upstream_timeout_s < 1 || ask->upstream_timeout_s > 120)
        return error_set(err, ERR_INVALID, "vault",
                         "upstream timeout must be 1 to 120 seconds");
    if (ask->poll_s < 0 || ask->poll_s > 86400)
        return error_set(err, ERR_INVALID, "vault", "poll must be 0 to 86400 seconds");
    if (ask->tell_after_min < 0 || ask->tell_after_min > 1440)
        return error_set(err, ERR_INVALID, "vault", "tell_after must be 0 to 1440 minutes");
    if (ask->watch < 0 || ask->watch > WATCH_STREAMS)
        return error_set(err, ERR_INVALID, "vault", "watch must be 0 to 32");
    if (ask->mail.host.n && (ask->mail_timeout_s < 1 || ask->mail_timeout_s > 110 ||
                             ask->mail_retry_s < 1 || ask->mail_retry_s > 3600))
        return error_set(err, ERR_INVALID, "vault", "mail's timeout or retry is out of range");
    p->zones = zones_load(ZONES_DIR, err);
    if (!p->zones)
        return ERR_IO;
    unsigned n_readers =
        n_workers < STORE_READERS_MAX ? (unsigned)n_workers : STORE_READERS_MAX;
    TRY(process_become(ask->uid, ask->gid, err));
    TRY(open_store(p, &a, ask, n_readers, err));
    vault_init(&p->v, n_workers, ask->upstream_timeout_s * 1000);
    vault_use(&p->v, p->store, p->zones, clock_now);
    p->v.quotas.per_hour = ask->max_bookings_per_hour;
    p->v.calendar.tell_after_s = ask->tell_after_min * 60;
    p->v.jailed = ask->jail;
    p->v.follows = ask->poll_s > 0;
    p->v.keep_bookings_days = ask->keep_bookings_days;
    p->v.audit.keep_days = ask->keep_audit_days;
    keep_mail(p, ask);
    keep_xmpp(p, &ask->xmpp);
    keep_place(p, ask);
    TRY(waits_for_setup(p, &answer->waits_for_setup, err));
    TRY(workers_start(&p->workers, &p->v, n_workers, err));
    p->v.backup_keep_days = ask->backup_keep_days;
    TRY(walker_start(&p->v.walker, p->store, err));
    TRY(mailer_start(&p->mailer, &p->v, err));
    TRY(settler_start(&p->settler, &p->v, err));
    TRY(follower_start(&p->follower, &p->v, ask->poll_s, err));
    TRY(watcher_start(&p->watcher, &p->follower, (size_t)ask->watch, err));
    return keeper_start(&p->keeper, &p->v, err);
}

/* ---- another database ---- */

/* Copy one database into the other. Texts of the answer live in a. */
static enum status migrate_between(struct store *from, struct store *to, struct arena *a,
                                   struct migrate_answer *answer, struct error *err)
{
    struct store_copied copied[STORE_TABLES_MAX];
    size_t n = 0;
    TRY(store_copy(from, to, a, copied, &n, err));
    answer->tables = ARENA_ARRAY(a, n, struct migrated);
    answer->n_tables = n;
    for (size_t i = 0; i < n; i++) {
        struct buf digest CLEANUP(buf_done) = BUF(2 * HASH_BYTES);
        for (size_t j = 0; j < HASH_BYTES; j++)
            buf_printf(&digest, "%02x", copied[i].digest.at[j]);
        answer->tables[i] = (struct migrated){.table = copied[i].table,
                                              .rows = copied[i].n_rows,
                                              .opened = copied[i].n_opened,
                                              .digest = arena_text(a, buf_text(&digest))};
    }
    return OK;
}

static enum status migrate(struct arena *a, const struct migrate_ask *ask,
                           struct migrate_answer *answer, struct error *err)
{
    struct store *from = NULL, *to = NULL;
    const struct secret *password = ask->store_password.n ? &ask->store_password : NULL;
    if (store_is_remote(arena_cstr(a, ask->from)) || !store_is_remote(arena_cstr(a, ask->to)))
        return error_set(err, ERR_INVALID, "migrate", "from a file to postgres: only");
    TRY(process_become(ask->uid, ask->gid, err));
    enum status status =
        store_open(arena_cstr(a, ask->to), password, &ask->master_key, 1, &to, err);
    if (status == OK)
        status = enter_jail(a, ask->from, ask->jail, err);
    if (status == OK)
        status = store_open(arena_cstr(a, ask->from), NULL, &ask->master_key, 1, &from, err);
    if (status == OK)
        status = migrate_between(from, to, a, answer, err);
    store_close(from);
    store_close(to);
    return status;
}

/* Migrate and answer; there is nothing to serve then. */
static enum status take_migrate(struct link *control, const struct frame *frame,
                                struct arena *a)
{
    struct error err = {0};
    struct migrate_ask ask;
    struct migrate_answer answer = {0};
    TRY(frame_read_ask(a, frame, &ask));
    enum status status = migrate(a, &ask, &answer, &err);
    wire_wipe(migrate_ask_shape, &ask);
    struct reply reply = reply_from(status, &err);
    TRY(link_answer(control, frame, &reply, status == OK ? &answer : NULL, -1,
                    clock_ms() + START_MS));
    return ERR_NOT_FOUND;
}

/* Wait for the parent's start, do it, and answer. */
static enum status take_start(struct program *p, struct link *control)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct error err = {0};
    struct frame frame;
    struct vault_start_ask ask;
    struct vault_start_answer answer = {0};
    TRY(link_next(control, clock_ms() + START_MS, &frame));
    if (frame.type == WIRE_migrate && wire_may_ask(frame.type, ROLE_PARENT) && !frame.n_fds)
        return take_migrate(control, &frame, &a);
    if (frame.type == WIRE_search && wire_may_ask(frame.type, ROLE_PARENT) && !frame.n_fds)
        return search_take(control, &frame, &a);
    if (frame.type == WIRE_restore && wire_may_ask(frame.type, ROLE_PARENT))
        return restore_take(control, &frame, &a);
    if (frame.type != WIRE_vault_start || !wire_may_ask(frame.type, ROLE_PARENT) || frame.n_fds)
        return ERR_INVALID;
    TRY(frame_read_ask(&a, &frame, &ask));
    enum status status = start(p, &ask, &answer, &err);
    wire_wipe(vault_start_ask_shape, &ask);
    if (status != OK)
        log_error(LOG_ERROR, "the vault cannot start", status, &err);
    struct reply reply = reply_from(status, &err);
    TRY(link_answer(control, &frame, &reply, status == OK ? &answer : NULL, -1,
                    clock_ms() + START_MS));
    return status;
}

/* Let what is at work come to an end. What does not in time is what a restart settles. */
static enum status stop(struct program *p)
{
    int64_t deadline_ms = clock_ms() + STOP_MS;
    TRY(workers_stop(&p->workers, deadline_ms));
    TRY(settler_stop(&p->settler, deadline_ms));
    TRY(watcher_stop(&p->watcher, deadline_ms));
    TRY(follower_stop(&p->follower, deadline_ms));
    TRY(keeper_stop(&p->keeper, deadline_ms));
    TRY(walker_stop(&p->v.walker, deadline_ms));
    TRY(mailer_stop(&p->mailer, deadline_ms));
    reader_done(&p->reader);
    audit_stop(&p->v);
    vault_done(&p->v);
    store_close(p->store);
    zones_free(p->zones);
    mail_server_done(&p->v);
    wire_wipe(mail_server_shape, &p->v.mail.server);
    wire_wipe(xmpp_server_shape, &p->v.messenger.server);
    arena_done(&p->mail_texts);
    return OK;
}

int main(int argc, char **argv)
{
    if (versions_wanted(argc, argv))
        return versions_print();
    if (jail_probe_wanted(argc, argv))
        return jail_probe(JAIL_VAULT, NULL);
    static struct program program;
    struct link control;
    struct error err = {0};
    log_init("vault", LOG_NOTE);
    process_prepare();
    link_init(&control, PROCESS_CONTROL_FD);
    enum status status = take_start(&program, &control);
    if (status != OK)
        _exit(status == ERR_NOT_FOUND ? 0 : 1); /* done, or could not start */
    status = reader_init(&program.reader, &program.v, &control, &err);
    if (status != OK) {
        log_error(LOG_ERROR, "the vault cannot serve", status, &err);
        _exit(1);
    }
    reader_run(&program.reader);
    if (stop(&program) != OK)
        _exit(0); /* threads are still at work: leave everything to them until the very end */
    return 0;
}
