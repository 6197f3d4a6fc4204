/* SPDX-License-Identifier: ISC
 *
 * Everything a server needs, made once: directory, key, configuration, database. What is there already is
 * never touched: a second key would make the first one's database unreadable.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypt/keyfile.h"
#include "hourgate/commands.h"
#include "os/file.h"

enum { CONFIG_TEXT_MAX = 16 * 1024 };
#define KEY_NAME "hourgate.key"

const struct option init_options[] = {
    {"data", "DIR", "where the database will be"},
    {"store", "postgres:...", "a PostgreSQL database, instead of SQLite in DIR"},
    {"store-password-file", "FILE", "that database's password"},
    {"listen", "ADDRESS", "127.0.0.1:8080 (default), [::1]:8080 or unix:/path"},
    {"base-url", "URL", "the address that visitors see; needed behind a proxy"},
    {"metrics", "ADDRESS", "a loopback address for /metrics; default none"},
    {"roots", "FILE", "further CA roots for calendar servers, PEM"},
    {"networks", "LIST", "private networks that may be called, CIDR, by spaces"},
    {"service", NULL, "for the package's systemd unit: three users, the key as a credential"},
    {0},
};

/* Make a path absolute without asking that it exists. */
static const char *absolute(struct call *call, const char *path)
{
    char here[PATH_MAX];
    if (*path == '/' || !realpath(".", here))
        return path;
    return arena_printf(&call->a, "%s/%s", here, path);
}

static void add_setting(struct buf *out, const char *name, const char *value,
                        const char *otherwise)
{
    if (*value)
        buf_printf(out, "%s = %s\n", name, value);
    else if (*otherwise)
        buf_printf(out, "; %s = %s\n", name, otherwise);
}

/* One network a line: a long line would be cut. */
static void add_networks(struct buf *out, const char *networks)
{
    buf_add_cstr(out, *networks ? "networks =" : "; networks = 10.0.0.0/8");
    for (const char *at = networks; *at; at++)
        if (*at != ' ' && (at == networks || at[-1] == ' '))
            buf_printf(out, "%s%.*s", at == networks ? " " : "\n    ", (int)strcspn(at, " "),
                       at);
    buf_add_cstr(out, "\n");
}

/* How the package's unit has it: pack/hourgate.service, pack/sysusers.d. */
static void add_users(struct buf *out, bool is_service)
{
    const char *mark = is_service ? "" : "; ";
    buf_add_cstr(out, "\n[users]\n");
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"edge", "vault", "courier"};
        buf_printf(out, "%s%s = hourgate-%s\n", mark, names[i], names[i]);
    }
}

static void compose(struct call *call, const char *directory, const char *key, struct buf *out)
{
    buf_add_cstr(out, "; hourgate.conf(5) describes every setting.\n\n[server]\n");
    buf_printf(out, "listen = %s\n", call_cstr(call, "listen", "127.0.0.1:8080"));
    add_setting(out, "base_url", call_cstr(call, "base-url", ""), "https://book.example.ch");
    add_setting(out, "metrics", call_cstr(call, "metrics", ""), "127.0.0.1:9090");
    bool is_service = call_has(call, "service");
    buf_printf(out, "\n[data]\ndirectory = %s\nkey = %s\n", directory,
               is_service ? CONFIG_CREDENTIAL KEY_NAME : key);
    if (is_service)
        buf_add_cstr(out, "commands = /run/hourgate/commands\n");
    const char *password = call_cstr(call, "store-password-file", "");
    add_setting(out, "store", call_cstr(call, "store", ""), "");
    add_setting(out, "store_password_file", *password ? absolute(call, password) : "", "");
    buf_add_cstr(out, "\n[upstream]\n");
    const char *roots = call_cstr(call, "roots", "");
    add_setting(out, "roots", *roots ? absolute(call, roots) : "", "/etc/hourgate/roots.pem");
    add_networks(out, call_cstr(call, "networks", ""));
    add_users(out, is_service);
}

static const char *directory_of(struct call *call, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? "/" : arena_printf(&call->a, "%.*s", (int)(slash - path), path);
}

/* Start a vault once: it makes the database, and proves that the key opens it. */
static enum status make_database(struct call *call, struct error *err)
{
    struct team team;
    team_init(&team, &call->config);
    team.makes_database = true;
    enum status status = team_unlock(&team, err);
    if (status == OK)
        status = team_start(&team, PROGRAM_VAULT, err);
    team_done(&team);
    return status;
}

/* Write the configuration and read it back: what does not hold is refused before anything else is made. */
static enum status write_config(struct call *call, const char *file, const char *directory,
                                const char *key, struct error *err)
{
    CLEANUP(buf_done) struct buf content = BUF(CONFIG_TEXT_MAX);
    compose(call, directory, key, &content);
    TRY(file_create(file, content.at, content.n, 0644, err));
    enum status status = config_read(&call->config, file, err);
    if (status != OK)
        remove(file);
    return status;
}

static enum status init(struct call *call, const char **ret_file, const char **ret_key,
                        struct error *err)
{
    const char *directory = absolute(call, call_cstr(call, "data", ""));
    const char *file = call->config_given
                           ? absolute(call, call->config_file)
                           : arena_printf(&call->a, "%s/hourgate.conf", directory);
    const char *home = directory_of(call, file);
    const char *key = arena_printf(&call->a, "%s/" KEY_NAME, home);
    TRY(file_make_directory(directory, err));
    TRY(file_make_directory(home, err));
    TRY(write_config(call, file, directory, key, err));
    enum status status = keyfile_create(key, err);
    if (status == OK) {
        status = make_database(call, err);
        if (status != OK)
            remove(key); /* it has sealed nothing yet */
    }
    if (status != OK)
        remove(file);
    *ret_file = file;
    *ret_key = key;
    return status;
}

enum exit_code command_init(struct call *call)
{
    struct error err = {0};
    const char *file = "", *key = "";
    if (call_need(call, "data", &err) != OK)
        return call_misused(call, &err);
    enum status status = init(call, &file, &key, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                "configuration  %s\nmaster key     %s   keep a copy of it apart from the "
                "database's backups\n"
                "database       %s\n\nnext:  hourgate --config %s serve",
                file, key,
                *call->config.store ? call->config.store
                                    : config_data_path(&call->config, "hourgate.db"),
                file);
    return EXIT_DONE;
}
