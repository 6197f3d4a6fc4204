/* SPDX-License-Identifier: ISC
 *
 *              attach VAULT, LISTEN, METRICS        attach EDGE, COURIER, COMMANDS
 *      edge  ◀──────────────────────────  parent  ──────────────────────────▶  vault
 *                                           │
 *                                           └──── attach VAULT ────▶ courier
 */
#include "hourgate/team.h"

#include "hourgate/certificate.h"
#include "hourgate/password.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/keyfile.h"
#include "hourgate/password.h"
#include "os/clock.h"
#include "os/log.h"

enum {
    VAULT_WORKERS = 16
}; /* twice CALENDAR_INSIDE: one dead server holds half of them at most */

enum {
    SEARCH_MS = 3600000,
    MIGRATE_MS = 4 * 3600 * 1000
}; /* a database of millions of bookings */

void team_init(struct team *team, struct config *config)
{
    *team = (struct team){.config = config,
                          .listen_fd = -1,
                          .metrics_fd = -1,
                          .redirect_fd = -1,
                          .commands_fd = -1};
    for (int i = 0; i < PROGRAM_COUNT; i++)
        team->programs[i] = (struct program){.name = (enum program_name)i,
                                             .process = PROCESS_NONE,
                                             .control = {.ch = {.fd = -1}}};
}

static void close_listener(int *fd, const char *path)
{
    if (*fd < 0)
        return;
    close(*fd);
    *fd = -1;
    if (path)
        unlink(path);
}

void team_done(struct team *team)
{
    bool is_unix = team->listen_fd >= 0 && address_is_unix(&team->listen);
    team_stop(team);
    close_listener(&team->listen_fd, is_unix ? team->listen.un.sun_path : NULL);
    close_listener(&team->metrics_fd, NULL);
    close_listener(&team->redirect_fd, NULL);
    close_listener(&team->commands_fd, team->config->commands);
    secret_free(&team->key);
}

enum status team_unlock(struct team *team, struct error *err)
{
    const char *path;
    TRY(config_key_path(team->config, &path, err));
    secret_free(&team->key);
    enum status status = keyfile_read(path, &team->key, err);
    const char *key = team->config->key;
    if (status == ERR_NOT_FOUND && text_starts(text_from(key), TEXT(CONFIG_CREDENTIAL)))
        return error_set(
            err, status, "key",
            "%s is not there: systemd passes credentials to the service alone "
            "(LoadCredential=%s:FILE in its unit); start that, or bring back a copy "
            "of the master key (mode 0400)",
            path, key + strlen(CONFIG_CREDENTIAL));
    if (status == ERR_NOT_FOUND)
        return error_set(
            err, status, "key",
            "%s is not there: bring back a copy of the master key (mode 0400), or "
            "name its place by key = in the configuration; nothing else opens this "
            "database",
            path);
    return status;
}

const char *team_url(struct team *team, const struct address *address)
{
    char name[ADDRESS_TEXT_MAX];
    address_format(address, name);
    bool is_https = address == &team->listen && *team->config->tls_certificate;
    return arena_printf(&team->config->a, "%s%s",
                        address_is_unix(address) ? ""
                        : is_https               ? "https://"
                                                 : "http://",
                        name);
}

enum status team_listen(struct team *team, struct error *err)
{
    struct config *config = team->config;
    struct address for_commands;
    char *name = arena_printf(&config->a, "unix:%s", config->commands);
    TRY(address_parse(text_from(name), &for_commands, err));
    TRY(socket_listen(&for_commands, 0600, &team->commands_fd, err));
    TRY(address_parse(text_from(config->listen), &team->listen, err));
    TRY(socket_listen(&team->listen, 0666, &team->listen_fd,
                      err)); /* the directory says who may */
    if (!*config->base_url)
        config->base_url = team_url(team, &team->listen);
    if (*config->redirect) {
        struct address plain;
        TRY(address_parse(text_from(config->redirect), &plain, err));
        TRY(socket_listen(&plain, 0600, &team->redirect_fd, err));
    }
    if (!*config->metrics)
        return OK;
    TRY(address_parse(text_from(config->metrics), &team->metrics, err));
    return socket_listen(&team->metrics, 0600, &team->metrics_fd, err);
}

/* Look up whom a program becomes: nobody else where we are not root or none is named. */
static enum status find_user(const char *user, int64_t *ret_uid, int64_t *ret_gid,
                             struct error *err)
{
    *ret_uid = *ret_gid = -1;
    if (geteuid() != 0 || !*user)
        return OK;
    const struct passwd *found = getpwnam(user);
    if (!found)
        return error_set(err, ERR_NOT_FOUND, "users", "there is no user %s", user);
    if (found->pw_uid == 0)
        return error_set(err, ERR_DENIED, "users", "%s is root", user);
    *ret_uid = found->pw_uid;
    *ret_gid = found->pw_gid;
    return OK;
}

/* Give the data directory and what is in it of ours to the vault's user, once: when it is that user's, root
 * touches nothing in it any more, since whoever owns a directory decides what its names mean. */
static enum status give_data(struct config *config, int64_t uid, int64_t gid, struct error *err)
{
    static const char *const files[] = {
        "hourgate.db", "hourgate.db-wal", "hourgate.db-shm", "hourgate.db.lock", "node", "."};
    struct stat is;
    if (uid < 0 || (stat(config->directory, &is) == 0 && is.st_uid == (uid_t)uid))
        return OK;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = config_data_path(config, files[i]);
        if (lchown(path, (uid_t)uid, (gid_t)gid) != 0 && errno != ENOENT)
            return error_set(err, ERR_DENIED, "data", "%s: %s", path, strerror(errno));
    }
    return OK;
}

static const char *database_of(struct config *config)
{
    return *config->store ? config->store : config_data_path(config, "hourgate.db");
}

/* Say where the key came from that the vault refused. */
static enum status name_key(const struct config *config, struct error *err)
{
    struct error refused = *err;
    return error_set(err, ERR_SEAL, "key", "%s: %s", config->key, refused.what);
}

static enum status start_vault(struct team *team, struct error *err)
{
    struct config *config = team->config;
    CLEANUP(secret_free) struct secret password = {0};
    TRY(team_unlock(team, err)); /* again at every start: it may have been replaced */
    if (*config->store_password)
        TRY(password_read_file(config->store_password, &password, err));
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(secret_free) struct secret mail_password = {0};
    struct mail_server mail;
    TRY(config_mail(config, &a, &mail, err));
    if (mail.user.n)
        TRY(password_read_file(config->mail_password, &mail_password, err));
    mail.password = mail_password; /* borrowed */
    CLEANUP(secret_free) struct secret xmpp_secret = {0};
    struct xmpp_server xmpp;
    TRY(config_xmpp(config, &a, &xmpp, err));
    if (xmpp.host.n)
        TRY(password_read_file(config->xmpp_secret, &xmpp_secret, err));
    xmpp.secret = xmpp_secret; /* borrowed */
    struct vault_start_ask ask = {
        .mail = mail,
        .xmpp = xmpp,
        .mail_timeout_s = config->mail_timeout_s,
        .mail_retry_s = config->mail_retry_s,
        .database = text_from(database_of(config)),
        .store_password = password, /* borrowed */
        .master_key = team->key,    /* borrowed */
        .base_url = text_from(config->base_url),
        .jail = config->jail,
        .workers = VAULT_WORKERS,
        .upstream_timeout_s = config->timeout_s,
        .poll_s = config->poll_s,
        .tell_after_min = config->tell_after_min,
        .watch = config->watch,
        .directory = text_from(config->directory),
        .keep_bookings_days = config->keep_bookings_days,
        .keep_audit_days = config->keep_audit_days,
        .backup_keep_days = config->backup_keep_days,
        .max_users = config->max_users,
        .max_connections = config->max_connections,
        .max_pages = config->max_pages,
        .max_bookings_per_hour = config->max_bookings_per_hour,
    };
    TRY(find_user(config->vault_user, &ask.uid, &ask.gid, err));
    TRY(give_data(config, ask.uid, ask.gid, err));
    struct vault_start_answer answer = {0};
    enum status status = program_ask_for(&team->programs[PROGRAM_VAULT], WIRE_vault_start, &ask,
                                         -1, &answer, err);
    secret_free(&team->key);
    team->waits_for_setup = answer.waits_for_setup;
    return status == ERR_SEAL ? name_key(config, err) : status;
}

static enum status start_courier(struct team *team, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct config *config = team->config;
    struct courier_start_ask ask = {.roots = text_from(config->roots),
                                    .krb5 = text_from(config->krb5),
                                    .jail = config->jail};
    TRY(config_networks(config->networks, &a, &ask, err));
    TRY(find_user(config->courier_user, &ask.uid, &ask.gid, err));
    TRY(config_proxy(config, &a, &ask.proxy, err));
    if (ask.proxy.method != PROXY_ANONYMOUS)
        TRY(password_read_file(config->proxy_password, &ask.proxy.password, err));
    enum status status =
        program_ask(&team->programs[PROGRAM_COURIER], WIRE_courier_start, &ask, -1, err);
    secret_free(&ask.proxy.password);
    return status;
}

static enum status start_edge(struct team *team, struct error *err)
{
    struct config *config = team->config;
    struct edge_start_ask ask = {
        .base_url = text_from(config->base_url),
        .proxies = text_from(config->proxies),
        .loopback = !address_is_unix(&team->listen),
        .jail = config->jail,
        .max_waiting = config->max_waiting,
        .max_per_minute = config->max_per_minute,
        .location = text_from(config->location),
        .security_contact = text_from(config->security_contact),
        .installers = text_from(config->installers),
        .has_tls = *config->tls_certificate,
        .redirects = team->redirect_fd >= 0,
        .demo = config->demo,
        .may_wait_for_setup = team->waits_for_setup,
    };
    TRY(find_user(config->edge_user, &ask.uid, &ask.gid, err));
    return program_ask(&team->programs[PROGRAM_EDGE], WIRE_edge_start, &ask, -1, err);
}

/* Give a program a listener that stays open here as well. */
static enum status lend(struct program *program, enum attach_role role, int fd,
                        struct error *err)
{
    if (fd < 0)
        return OK;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    ENSURE(copy >= 0);
    return program_attach(program, role, copy, err);
}

/* Join a program to the vault by a fresh channel. */
static enum status join(struct team *team, struct program *program,
                        enum attach_role role_at_vault, struct error *err)
{
    int ours, theirs;
    if (!team_runs(team, PROGRAM_VAULT))
        return OK;
    ENSURE(channel_pair(&ours, &theirs) == OK);
    struct program *vault = &team->programs[PROGRAM_VAULT];
    enum status status = program_attach(vault, role_at_vault, ours, err);
    if (status == OK)
        return program_attach(program, ATTACH_VAULT, theirs, err);
    close(theirs);
    program_stop(vault, clock_ms()); /* it does not listen to us any more */
    return status;
}

static enum status join_all(struct team *team, enum program_name name, struct error *err)
{
    struct program *program = &team->programs[name];
    switch (name) {
    case PROGRAM_VAULT:
        TRY(start_vault(team, err));
        return lend(program, ATTACH_COMMANDS, team->commands_fd, err);
    case PROGRAM_COURIER:
        TRY(start_courier(team, err));
        return join(team, program, ATTACH_COURIER, err);
    case PROGRAM_EDGE:
        TRY(start_edge(team, err));
        TRY(join(team, program, ATTACH_EDGE, err));
        TRY(lend(program, ATTACH_METRICS, team->metrics_fd, err));
        TRY(certificate_give(team, err));
        TRY(lend(program, ATTACH_REDIRECT, team->redirect_fd, err));
        return lend(program, ATTACH_LISTEN, team->listen_fd, err);
    case PROGRAM_COUNT:
        break;
    }
    return ERR_INVALID;
}

/* A vault makes the database that it does not find. For a server or a command that would hide a lost file or a
 * mistyped directory: only init may. */
static enum status need_database(struct team *team, struct error *err)
{
    struct config *config = team->config;
    const char *path = config_data_path(config, "hourgate.db");
    struct stat is;
    if (team->makes_database || *config->store)
        return OK;
    if (stat(path, &is) == 0 && is.st_size > 0)
        return OK;
    return error_set(
        err, ERR_NOT_FOUND, "data",
        "there is no database at %s: look at directory = in the configuration, bring the "
        "file back from a backup, or begin anew with hourgate init",
        path);
}

enum status team_start(struct team *team, enum program_name name, struct error *err)
{
    struct program *program = &team->programs[name];
    if (name == PROGRAM_VAULT)
        TRY(need_database(team, err));
    TRY(program_start(program, name, err));
    enum status status = join_all(team, name, err);
    if (status != OK)
        program_stop(program, clock_ms() + PROGRAM_STOP_MS);
    return status;
}

enum status team_migrate(struct team *team, const char *to, const struct secret *password,
                         struct arena *a, struct migrate_answer *ret_answer, struct error *err)
{
    struct config *config = team->config;
    struct program *vault = &team->programs[PROGRAM_VAULT];
    struct reply reply = {0};
    struct migrate_ask ask = {
        .from = text_from(config_data_path(config, "hourgate.db")),
        .to = text_from(to),
        .store_password = *password, /* borrowed, as the key */
        .master_key = team->key,
        .jail = config->jail,
    };
    TRY(find_user(config->vault_user, &ask.uid, &ask.gid, err));
    TRY(give_data(config, ask.uid, ask.gid, err));
    TRY(program_start(vault, PROGRAM_VAULT, err));
    enum status status = link_ask(&vault->control, WIRE_migrate, &ask, -1,
                                  clock_ms() + MIGRATE_MS, a, &reply, ret_answer, NULL);
    program_stop(vault, clock_ms() + PROGRAM_STOP_MS);
    if (status != OK && reply.status == status)
        reply_to_error(&reply, err);
    else if (status != OK)
        error_set(err, status, "migrate", "the vault gave no answer: %s", status_name(status));
    return status;
}

enum status team_search(struct team *team, struct search_ask *ask, struct arena *a,
                        struct search_answer *ret_answer, struct error *err)
{
    struct config *config = team->config;
    struct program *vault = &team->programs[PROGRAM_VAULT];
    CLEANUP(secret_free) struct secret password = {0};
    struct reply reply = {0};
    if (*config->store_password)
        TRY(password_read_file(config->store_password, &password, err));
    ask->database = text_from(database_of(config));
    ask->store_password = password; /* borrowed */
    ask->jail = config->jail;
    TRY(need_database(team, err));
    TRY(find_user(config->vault_user, &ask->uid, &ask->gid, err));
    TRY(program_start(vault, PROGRAM_VAULT, err));
    enum status status = link_ask(&vault->control, WIRE_search, ask, -1, clock_ms() + SEARCH_MS,
                                  a, &reply, ret_answer, NULL);
    ask->store_password = (struct secret){0};
    program_stop(vault, clock_ms() + PROGRAM_STOP_MS);
    if (status != OK && reply.status == status)
        reply_to_error(&reply, err);
    else if (status != OK)
        error_set(err, status, "search", "the vault gave no answer: %s", status_name(status));
    return status;
}

enum status team_restore(struct team *team, int fd, bool replaces, struct arena *a,
                         struct restore_answer *ret_answer, struct error *err)
{
    struct config *config = team->config;
    struct program *vault = &team->programs[PROGRAM_VAULT];
    struct reply reply = {0};
    struct restore_ask ask = {
        .database = text_from(config_data_path(config, "hourgate.db")),
        .replaces = replaces,
        .master_key = team->key, /* borrowed */
        .jail = config->jail,
    };
    enum status status = find_user(config->vault_user, &ask.uid, &ask.gid, err);
    if (status == OK)
        status = give_data(config, ask.uid, ask.gid, err);
    if (status == OK)
        status = program_start(vault, PROGRAM_VAULT, err);
    if (status != OK) {
        close(fd);
        return status;
    }
    status = link_ask(&vault->control, WIRE_restore, &ask, fd, clock_ms() + MIGRATE_MS, a,
                      &reply, ret_answer, NULL);
    program_stop(vault, clock_ms() + PROGRAM_STOP_MS);
    if (status != OK && reply.status == status)
        reply_to_error(&reply, err);
    else if (status != OK)
        error_set(
            err, status, "restore",
            "the vault gave no answer (%s): the database is the one that was there, or the "
            "backup, whole",
            status_name(status));
    return status == ERR_SEAL ? name_key(config, err) : status;
}

bool team_runs(const struct team *team, enum program_name name)
{
    return team->programs[name].process.pid != 0;
}

void team_stop(struct team *team)
{
    static const enum program_name order[] = {PROGRAM_EDGE, PROGRAM_VAULT, PROGRAM_COURIER};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        program_stop(&team->programs[order[i]], clock_ms() + PROGRAM_STOP_MS);
}
