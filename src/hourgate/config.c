/* SPDX-License-Identifier: ISC
 *
 * One table says what can be set. inih tells no line numbers to its handler, but returns the first line that
 * the handler refused; lists may go on in further, indented lines.
 */
#include "hourgate/config.h"

#include <arpa/inet.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/file.h"
#include "os/socket.h"

enum { CONFIG_MAX = 64 * 1024 };

enum setting_kind {
    SETTING_TEXT,
    SETTING_LIST, /* by spaces */
    SETTING_PATH,
    SETTING_KEY,    /* a path, or CONFIG_CREDENTIAL and a name */
    SETTING_SWITCH, /* on or off */
    SETTING_NUMBER,
};

static const struct setting {
    const char *section, *name;
    enum setting_kind kind;
    size_t offset;
    int64_t least, most; /* NUMBER; TEXT: most bytes */
} settings[] = {
#define SETTING(section, name, kind, field, least, most)                                       \
    {                                                                                          \
        section, name, SETTING_##kind, offsetof(struct config, field), least, most             \
    }
    SETTING("server", "listen", TEXT, listen, 0, 120),
    SETTING("server", "metrics", TEXT, metrics, 0, 120),
    SETTING("server", "tls_certificate", PATH, tls_certificate, 0, MAX_FILE_PATH),
    SETTING("server", "tls_key", PATH, tls_key, 0, MAX_FILE_PATH),
    SETTING("server", "redirect", TEXT, redirect, 0, 120),
    SETTING("server", "base_url", TEXT, base_url, 0, 300),
    SETTING("server", "proxies", LIST, proxies, 0, MAX_PATH),
    SETTING("server", "jail", SWITCH, jail, 0, 0),
    SETTING("server", "max_waiting", NUMBER, max_waiting, 1, 100000),
    SETTING("server", "max_per_minute", NUMBER, max_per_minute, 1, 1000000),
    SETTING("server", "demo", SWITCH, demo, 0, 0),
    SETTING("server", "location", TEXT, location, 0, MAX_LOCATION),
    SETTING("server", "security_contact", TEXT, security_contact, 0, MAX_EMAIL),
    SETTING("server", "installers", PATH, installers, 0, MAX_FILE_PATH - 64),
    SETTING("data", "directory", PATH, directory, 0, MAX_FILE_PATH - 32),
    SETTING("data", "key", KEY, key, 0, MAX_FILE_PATH),
    SETTING("data", "backup_keep_days", NUMBER, backup_keep_days, 1, 36500),
    SETTING("data", "keep_bookings_days", NUMBER, keep_bookings_days, 0, 36500),
    SETTING("data", "keep_audit_days", NUMBER, keep_audit_days, 0, 36500),
    SETTING("data", "store", TEXT, store, 0, MAX_FILE_PATH - 32),
    SETTING("data", "store_password_file", PATH, store_password, 0, MAX_FILE_PATH),
    SETTING("data", "commands", PATH, commands, 0, 107), /* sun_path */
    SETTING("upstream", "roots", PATH, roots, 0, MAX_FILE_PATH),
    SETTING("upstream", "networks", LIST, networks, 0, MAX_NETWORKS * 64),
    SETTING("upstream", "timeout", NUMBER, timeout_s, 1, 120),
    SETTING("upstream", "poll", NUMBER, poll_s, 0, 86400),
    SETTING("upstream", "tell_after", NUMBER, tell_after_min, 0, 1440),
    SETTING("upstream", "watch", NUMBER, watch, 0, 32),
    SETTING("upstream", "proxy", TEXT, proxy, 0, MAX_HOST + MAX_USER + 16),
    SETTING("upstream", "proxy_method", TEXT, proxy_method, 0, 16),
    SETTING("upstream", "proxy_password_file", PATH, proxy_password, 0, MAX_FILE_PATH),
    SETTING("upstream", "krb5", PATH, krb5, 0, MAX_FILE_PATH),
    SETTING("accounts", "max_users", NUMBER, max_users, 0, 1000000),
    SETTING("accounts", "max_connections", NUMBER, max_connections, 0, 1000000),
    SETTING("accounts", "max_pages", NUMBER, max_pages, 0, 1000000),
    SETTING("accounts", "max_bookings_per_hour", NUMBER, max_bookings_per_hour, 0, 1000000),
    SETTING("xmpp", "host", TEXT, xmpp_host, 0, MAX_HOST - 16),
    SETTING("xmpp", "component", TEXT, xmpp_component, 0, MAX_HOST),
    SETTING("xmpp", "secret_file", PATH, xmpp_secret, 0, MAX_FILE_PATH),
    SETTING("xmpp", "port", NUMBER, xmpp_port, 1, 65535),
    SETTING("xmpp", "port_tls", NUMBER, xmpp_port_tls, 1, 65535),
    SETTING("xmpp", "link_port", NUMBER, xmpp_link_port, 1, 65535),
    SETTING("mail", "server", TEXT, mail_server, 0, MAX_HOST + 32),
    SETTING("mail", "user", TEXT, mail_user, 0, MAX_USER),
    SETTING("mail", "password_file", PATH, mail_password, 0, MAX_FILE_PATH),
    SETTING("mail", "from", TEXT, mail_from, 0, MAX_EMAIL),
    SETTING("mail", "helo", TEXT, mail_helo, 0, MAX_HOST),
    SETTING("mail", "timeout", NUMBER, mail_timeout_s, 1, 110),
    SETTING("mail", "retry", NUMBER, mail_retry_s, 1, 3600),
    SETTING("users", "edge", TEXT, edge_user, 0, 64),
    SETTING("users", "vault", TEXT, vault_user, 0, 64),
    SETTING("users", "courier", TEXT, courier_user, 0, 64),
#undef SETTING
};

enum { N_SETTINGS = sizeof settings / sizeof *settings };

struct reading {
    struct config *config;
    struct error *err; /* of the first wrong line */
    bool failed;
    bool seen[N_SETTINGS];
};

void config_init(struct config *config)
{
    *config = (struct config){
        .file = "",
        .listen = "127.0.0.1:8080",
        .metrics = "",
        .tls_certificate = "",
        .tls_key = "",
        .redirect = "",
        .base_url = "",
        .proxies = "",
        .jail = true,
        .max_waiting = 5000,
        .max_per_minute = 120,
        .location = "",
        .security_contact = "",
        .installers = "",
        .directory = "",
        .key = "",
        .backup_keep_days = 30,
        .store = "",
        .store_password = "",
        .commands = "",
        .roots = "",
        .networks = "",
        .timeout_s = 20,
        .poll_s = 180,
        .tell_after_min = 10,
        .watch = 32,
        .keep_bookings_days = 365,
        .keep_audit_days = 400,
        .max_users = 10000,
        .max_connections = 10000,
        .max_pages = 10000,
        .max_bookings_per_hour = 3600,
        .proxy = "",
        .proxy_method = "basic",
        .proxy_password = "",
        .krb5 = "",
        .xmpp_host = "",
        .xmpp_component = "",
        .xmpp_secret = "",
        .xmpp_port = 5222,
        .xmpp_port_tls = 5223,
        .xmpp_link_port = 5347,
        .mail_server = "",
        .mail_user = "",
        .mail_password = "",
        .mail_from = "",
        .mail_helo = "",
        .mail_timeout_s = 60,
        .mail_retry_s = 30,
        .edge_user = "",
        .vault_user = "",
        .courier_user = "",
    };
}

void config_done(struct config *config)
{
    arena_done(&config->a);
    config_init(config);
}

static const char **text_of(struct config *config, const struct setting *setting)
{
    return (const char **)((char *)config + setting->offset);
}

static int64_t *number_of(struct config *config, const struct setting *setting)
{
    return (int64_t *)((char *)config + setting->offset);
}

/* Take a path from where the configuration file is. */
static const char *absolute(struct config *config, const char *path)
{
    const char *slash = strrchr(config->file, '/');
    if (*path == '/' || !*path || !slash)
        return arena_cstr(&config->a, text_from(path));
    return arena_printf(&config->a, "%.*s/%s", (int)(slash - config->file), config->file, path);
}

static enum status set_text(struct config *config, const struct setting *setting,
                            const char *value, bool goes_on, struct error *err)
{
    const char **text = text_of(config, setting);
    bool is_credential =
        setting->kind == SETTING_KEY && text_starts(text_from(value), TEXT(CONFIG_CREDENTIAL));
    if (setting->kind == SETTING_PATH || (setting->kind == SETTING_KEY && !is_credential))
        *text = absolute(config, value);
    else if (goes_on)
        *text = arena_printf(&config->a, "%s %s", *text, value);
    else
        *text = arena_cstr(&config->a, text_from(value));
    if (!text_is_clean(text_from(*text)))
        return error_set(err, ERR_INVALID, "", "%s is not clean UTF-8", setting->name);
    if ((int64_t)strlen(*text) > setting->most)
        return error_set(err, ERR_INVALID, "", "%s may have %lld bytes", setting->name,
                         (long long)setting->most);
    return OK;
}

static enum status set_number(struct config *config, const struct setting *setting,
                              const char *value, struct error *err)
{
    int64_t number;
    if (!text_to_i64(text_from(value), &number) || number < setting->least ||
        number > setting->most)
        return error_set(err, ERR_INVALID, "", "%s must be a number from %lld to %lld",
                         setting->name, (long long)setting->least, (long long)setting->most);
    *number_of(config, setting) = number;
    return OK;
}

static enum status set(struct reading *r, size_t i, const char *value, struct error *err)
{
    const struct setting *setting = &settings[i];
    bool goes_on = r->seen[i];
    if (goes_on && setting->kind != SETTING_LIST)
        return error_set(err, ERR_INVALID, "", "%s is given twice", setting->name);
    r->seen[i] = true;
    switch (setting->kind) {
    case SETTING_TEXT:
    case SETTING_LIST:
    case SETTING_PATH:
    case SETTING_KEY:
        return set_text(r->config, setting, value, goes_on, err);
    case SETTING_NUMBER:
        return set_number(r->config, setting, value, err);
    case SETTING_SWITCH:
        break;
    }
    bool *is_on = (bool *)((char *)r->config + setting->offset);
    *is_on = strcmp(value, "on") == 0;
    return *is_on || strcmp(value, "off") == 0
               ? OK
               : error_set(err, ERR_INVALID, "", "%s is on or off", setting->name);
}

/* inih's handler: 1 is good. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    if (r->failed)
        return 0;
    enum status status = ERR_NOT_FOUND;
    for (size_t i = 0; i < N_SETTINGS && status == ERR_NOT_FOUND; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            status = set(r, i, value, r->err);
    if (status == ERR_NOT_FOUND)
        error_set(r->err, status, "", "[%s] %s is not a setting; hourgate.conf(5) lists them",
                  section, name);
    r->failed = status != OK;
    return !r->failed;
}

static enum status check_loopback(const char *name, const char *value, bool may_be_unix,
                                  struct error *err)
{
    struct address address;
    TRY(address_parse(text_from(value), &address, err));
    if (address_is_loopback(&address) || (may_be_unix && address_is_unix(&address)))
        return OK;
    return error_set(
        err, ERR_INVALID, "",
        "%s = %s: plain HTTP is served on a loopback address%s only; put a TLS server such "
        "as nginx in front",
        name, value, may_be_unix ? " or a Unix socket" : "");
}

/* Is it http:// and a loopback name, alone or before a port or path? */
static bool is_plain_loopback(struct text url)
{
    static const char *const starts[] = {"http://127.0.0.1", "http://[::1]",
                                         "http://localhost"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct text start = text_from(starts[i]);
        if (text_starts(url, start) && (url.n == start.n || strchr(":/", url.at[start.n])))
            return true;
    }
    return false;
}

static enum status check_base_url(struct config *config, struct error *err)
{
    struct text url = text_from(config->base_url);
    while (text_ends(url, TEXT("/")))
        url.n--;
    config->base_url = arena_cstr(&config->a, url);
    if (!url.n)
        return strncmp(config->listen, "unix:", 5) != 0
                   ? OK
                   : error_set(err, ERR_INVALID, "",
                               "base_url is needed with a Unix socket: the address that "
                               "visitors see");
    bool good = text_starts(url, TEXT("https://")) || is_plain_loopback(url);
    for (size_t i = 0; i < url.n; i++)
        good = good && url.at[i] > ' ' && url.at[i] < 0x7f && !strchr("\"'<>\\?#@", url.at[i]);
    return good
               ? OK
               : error_set(
                     err, ERR_INVALID, "",
                     "base_url = %s: an https:// address (http:// on loopback only), no ? or #",
                     config->base_url);
}

/* With a certificate of its own it may face the world; then it is HTTPS that visitors are told of. */
/* Whom to write to about a weakness: an address, or a page that says so. */
static enum status check_contact(const struct config *config, struct error *err)
{
    struct text contact = text_from(config->security_contact);
    bool is_page = text_starts(contact, TEXT("https://")) && contact.n > 8;
    for (size_t i = 0; i < contact.n; i++)
        is_page = is_page && contact.at[i] > ' ' && contact.at[i] < 0x7f;
    return !contact.n || is_page || text_is_address(contact)
               ? OK
               : error_set(err, ERR_INVALID, "",
                           "security_contact = %s: an e-mail address or an https:// address",
                           config->security_contact);
}

static enum status check_tls(const struct config *config, struct error *err)
{
    struct address address;
    bool has_tls = *config->tls_certificate;
    if (has_tls != (*config->tls_key != 0))
        return error_set(err, ERR_INVALID, "", "tls_certificate and tls_key go together");
    if (!has_tls)
        return *config->redirect
                   ? error_set(err, ERR_INVALID, "", "redirect goes with tls_certificate")
                   : OK;
    TRY(address_parse(text_from(config->listen), &address, err));
    if (address_is_unix(&address))
        return error_set(err, ERR_INVALID, "",
                         "with tls_certificate listen is an address such as 0.0.0.0:443");
    if (!text_starts(text_from(config->base_url), TEXT("https://")))
        return error_set(err, ERR_INVALID, "",
                         "with tls_certificate base_url is needed: the https:// address that "
                         "the certificate is for");
    return *config->redirect ? address_parse(text_from(config->redirect), &address, err) : OK;
}

static enum status check(struct config *config, struct error *err)
{
    struct courier_start_ask networks = {0};
    struct mail_server mail;
    struct xmpp_server xmpp;
    TRY(check_tls(config, err));
    if (!*config->tls_certificate)
        TRY(check_loopback("listen", config->listen, true, err));
    if (*config->metrics)
        TRY(check_loopback("metrics", config->metrics, false, err));
    TRY(check_base_url(config, err));
    TRY(check_contact(config, err));
    TRY(config_networks(config->networks, &config->a, &networks, err));
    TRY(config_proxy(config, &config->a, &networks.proxy, err));
    TRY(config_mail(config, &config->a, &mail, err));
    TRY(config_xmpp(config, &config->a, &xmpp, err));
    if (!*config->directory)
        return error_set(err, ERR_INVALID, "", "[data] directory is missing");
    if (!*config->key)
        return error_set(err, ERR_INVALID, "", "[data] key is missing");
    if (*config->store && !text_starts(text_from(config->store), TEXT("postgres:")))
        return error_set(err, ERR_INVALID, "",
                         "store = %s: postgres:host=... dbname=..., or no such line for SQLite",
                         config->store);
    if (!*config->commands)
        config->commands = config_data_path(config, "commands");
    return OK;
}

/* inih cuts what is too long for its buffer, and would read the rest as a line of its own. */
static enum status check_lines(struct text content, const char *file, struct error *err)
{
    struct text line, rest = content;
    for (int number = 1; text_cut(rest, '\n', &line, &rest); number++)
        if ((int)line.n > ini_max_line - 3)
            return error_set(err, ERR_INVALID, "configuration", "%s:%d: longer than %d bytes",
                             file, number, ini_max_line - 3);
    if ((int)rest.n > ini_max_line - 3 || (content.n && memchr(content.at, 0, content.n)))
        return error_set(err, ERR_INVALID, "configuration", "%s: not a configuration", file);
    return OK;
}

enum status config_read(struct config *config, const char *file, struct error *err)
{
    CLEANUP(buf_done) struct buf content = BUF(CONFIG_MAX);
    TRY(file_read(file, &content, err));
    TRY(check_lines(buf_text(&content), file, err));
    config->file = arena_cstr(&config->a, text_from(file));

    struct error wrong = {.what = "not of the form name = value, or outside a [section]"};
    struct reading reading = {.config = config, .err = &wrong};
    int line = ini_parse_string(buf_cstr(&content), take_line, &reading);
    if (line > 0)
        return error_set(err, ERR_INVALID, "configuration", "%s:%d: %s", file, line,
                         wrong.what);
    enum status status = line == 0 ? check(config, &wrong) : ERR_IO;
    return status == OK ? OK
                        : error_set(err, status, "configuration", "%s: %s", file, wrong.what);
}

static bool is_network(struct text t)
{
    struct text address, bits;
    int64_t n_bits;
    char name[INET6_ADDRSTRLEN], binary[sizeof(struct in6_addr)];
    if (!text_cut(t, '/', &address, &bits) || address.n >= sizeof name ||
        !text_to_i64(bits, &n_bits))
        return false;
    snprintf(name, sizeof name, TEXT_FMT, TEXT_ARG(address));
    if (inet_pton(AF_INET, name, binary) == 1)
        return n_bits >= 0 && n_bits <= 32;
    return inet_pton(AF_INET6, name, binary) == 1 && n_bits >= 0 && n_bits <= 128;
}

enum status config_networks(const char *networks, struct arena *a,
                            struct courier_start_ask *ret_ask, struct error *err)
{
    struct network *list = ARENA_ARRAY(a, MAX_NETWORKS, struct network);
    size_t n = 0;
    struct text one, rest = text_trim(text_from(networks));
    while (rest.n) {
        if (!text_cut(rest, ' ', &one, &rest)) {
            one = rest;
            rest = (struct text){0};
        }
        rest = text_trim(rest);
        if (n == MAX_NETWORKS)
            return error_set(err, ERR_INVALID, "networks", "at most %d", MAX_NETWORKS);
        if (!is_network(one))
            return error_set(err, ERR_INVALID, "networks",
                             TEXT_FMT " is no network; one looks like 192.168.1.0/24",
                             TEXT_ARG(one));
        list[n++].cidr = arena_text(a, one);
    }
    ret_ask->networks = list;
    ret_ask->n_networks = n;
    return OK;
}

enum status config_proxy(const struct config *config, struct arena *a, struct proxy *ret_proxy,
                         struct error *err)
{
    struct text rest = text_from(config->proxy), user = {0}, host = {0}, port = {0};
    bool is_digest = strcmp(config->proxy_method, "digest") == 0;
    *ret_proxy = (struct proxy){0};
    if (!rest.n)
        return OK;
    bool good = text_starts(rest, TEXT("http://")) && text_is_clean(rest);
    if (good)
        rest = (struct text){rest.at + 7, rest.n - 7};
    if (text_ends(rest, TEXT("/")))
        rest.n--;
    text_cut(rest, '@', &user, &rest);
    if (memchr(user.at ? user.at : "", ':', user.n))
        return error_set(
            err, ERR_INVALID, "",
            "proxy: a password does not stand here; put it into a file that nobody "
            "else reads and name it as proxy_password_file");
    if (!good || !text_cut(rest, ':', &host, &port) || !host.n || host.n > MAX_HOST ||
        user.n > MAX_USER || memchr(host.at, '/', host.n) ||
        !text_to_i64(port, &ret_proxy->port) || ret_proxy->port < 1 || ret_proxy->port > 65535)
        return error_set(err, ERR_INVALID, "",
                         "proxy = %s: an address looks like http://user@proxy.example.ch:3128",
                         config->proxy);
    if (!is_digest && strcmp(config->proxy_method, "basic") != 0)
        return error_set(err, ERR_INVALID, "", "proxy_method is basic or digest");
    if (user.n && !*config->proxy_password)
        return error_set(err, ERR_INVALID, "",
                         "proxy names a user: proxy_password_file is needed");
    ret_proxy->host = arena_text(a, host);
    ret_proxy->user = arena_text(a, user);
    ret_proxy->method = !user.n ? PROXY_ANONYMOUS : is_digest ? PROXY_DIGEST : PROXY_BASIC;
    return OK;
}

enum status config_key_path(struct config *config, const char **ret_path, struct error *err)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    struct text key = text_from(config->key);
    if (!text_starts(key, TEXT(CONFIG_CREDENTIAL))) {
        *ret_path = config->key;
        return OK;
    }
    const char *name = config->key + strlen(CONFIG_CREDENTIAL);
    if (!*name || strchr(name, '/') || *name == '.')
        return error_set(err, ERR_INVALID, "key", "%s is no name of a credential", name);
    if (directory && *directory)
        *ret_path = arena_printf(&config->a, "%s/%s", directory, name);
    else /* systemd gives credentials to the service alone; who starts a command by hand may read the file */
        *ret_path = absolute(config, name);
    return OK;
}

const char *config_data_path(struct config *config, const char *name)
{
    return arena_printf(&config->a, "%s/%s", config->directory, name);
}
