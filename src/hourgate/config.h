/* SPDX-License-Identifier: ISC
 *
 * The configuration file: sections, names and values, read once (hourgate.conf(5)). A name that is not known,
 * or a value that makes no sense, is refused with its line: a typing error must not run as a default.
 */
#ifndef HOURGATE_CONFIG_H
#define HOURGATE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "wire/messages.h"

#define CONFIG_FILE "/etc/hourgate/hourgate.conf"
#define CONFIG_CREDENTIAL "credential:" /* before the name of one of systemd's credentials */

/* Texts are never NULL; an empty one was not given. Paths are absolute: a relative one is taken from the
 * file's own directory. */
struct config {
    struct arena a; /* owns the texts */
    const char *file;
    /* [server] */
    const char *listen;          /* loopback or Unix */
    const char *metrics;         /* loopback; empty: none */
    const char *tls_certificate; /* a PEM file; empty: plain HTTP */
    const char *tls_key;
    const char *redirect; /* where plain HTTP is sent to base_url; empty: nowhere */
    const char *base_url; /* no slash at the end */
    const char *proxies;
    bool jail;
    bool demo; /* the style page is served */
    int64_t max_waiting;
    int64_t max_per_minute;
    const char *location;   /* where the data is, for /trust; empty: not said */
    const char *installers; /* where the desktop program's lie; empty: they are not offered */
    const char *security_contact; /* an address or an https:// page; empty: not said */
    /* [data] */
    const char *directory;
    const char *key; /* a path, or CONFIG_CREDENTIAL and a name */
    int64_t backup_keep_days;
    const char *store; /* postgres: and a connection string; empty: SQLite in directory */
    const char *store_password; /* the file's path; empty: none */
    const char *commands;       /* the socket's path */
    int64_t keep_bookings_days; /* 0: for good */
    int64_t keep_audit_days;    /* 0: for ever */
    /* [upstream] */
    const char *roots;
    const char *networks;
    int64_t timeout_s;
    int64_t poll_s;
    int64_t tell_after_min;
    int64_t watch;
    const char *proxy;          /* http://[user@]host:port; empty: none */
    const char *proxy_method;   /* basic or digest */
    const char *proxy_password; /* a file */
    const char *krb5;           /* a krb5.conf; empty: the system's */
    /* [accounts]: of each; 0: no limit */
    int64_t max_users;
    int64_t max_connections;
    int64_t max_pages;
    int64_t max_bookings_per_hour;
    /* [xmpp] */
    const char *xmpp_host; /* empty: there is none */
    const char *xmpp_component;
    const char *xmpp_secret; /* a file */
    int64_t xmpp_port, xmpp_port_tls, xmpp_link_port;
    /* [mail] */
    const char *mail_server; /* smtps://host or smtp+starttls://host; empty: no mail is sent */
    const char *mail_user;
    const char *mail_password; /* a file */
    const char *mail_from;
    const char *mail_helo;
    int64_t mail_timeout_s;
    int64_t mail_retry_s;
    /* [users] */
    const char *edge_user;
    const char *vault_user;
    const char *courier_user;
};

/* Fill in what holds where nothing is said; enough for `check exchange`. */
void config_init(struct config *config);
void config_done(struct config *config);

/* Read a file over config_init's values and check everything that needs no other file.
 *
 * Fails   ERR_NOT_FOUND, ERR_DENIED, ERR_IO (the file), ERR_INVALID: file:line: what is wrong
 */
enum status config_read(struct config *config, const char *file, struct error *err) MUST_CHECK;

/* Split a list of networks (CIDR, by spaces) as the courier takes it; the list lives in a. */
enum status config_networks(const char *networks, struct arena *a,
                            struct courier_start_ask *ret_ask, struct error *err) MUST_CHECK;

/* Split the proxy's address; the password is not read. Texts live in a. */
enum status config_proxy(const struct config *config, struct arena *a, struct proxy *ret_proxy,
                         struct error *err) MUST_CHECK;

/* Return where the master key is read: the file, or the credential that systemd put into $CREDENTIALS_DIRECTORY;
 * without that, the file of the credential's name beside the configuration. */
enum status config_key_path(struct config *config, const char **ret_path,
                            struct error *err) MUST_CHECK;
/* Say which XMPP server wakes connectors; no host: none. The secret is not read. */
enum status config_xmpp(const struct config *config, struct arena *a,
                        struct xmpp_server *ret_server, struct error *err) MUST_CHECK;

/* Split the mail server's address; the password is not read. Texts live in a, or in config. */
enum status config_mail(const struct config *config, struct arena *a,
                        struct mail_server *ret_server, struct error *err) MUST_CHECK;

/* Return the path of a file in the data directory. */
const char *config_data_path(struct config *config, const char *name);

#endif
