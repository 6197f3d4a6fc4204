/* SPDX-License-Identifier: ISC
 *
 * The connector's configuration, ~/.config/hourgate-connector/connector.conf, and the folder where it keeps what
 * it keeps:
 *
 *     [connector]  state = DIR          default ~/.local/state/hourgate-connector, $STATE_DIRECTORY under systemd
 *     [calendars]  directory = DIR      holds a folder for each calendar, or is one itself
 *                  read = NAME ...      that make busy; default: all of them
 *                  book = NAME          that bookings go into; default: the only one
 *                  zone = NAME          of times that say none; default: this machine's
 *     [network]    proxy = environment | none | http://HOST:PORT
 *                  proxy_user = NAME    proxy_password_file = FILE
 *                  roots = FILE         further CA certificates, PEM
 */
#ifndef CONNECTOR_LINUX_SETTINGS_H
#define CONNECTOR_LINUX_SETTINGS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "wire/desk.h"

enum proxy_choice { PROXY_OF_ENVIRONMENT, PROXY_NONE, PROXY_NAMED };

struct settings {
    const char *path; /* of the file */
    const char *state, *directory, *zone, *book, *roots;
    const char *read[DESK_CALENDARS_MAX]; /* n_read 0: all */
    size_t n_read;
    enum proxy_choice proxy;
    const char *proxy_url, *proxy_user;
    struct secret proxy_password;
    bool is_there; /* the file */
    struct arena a;
};

/* Read the file; path NULL: the usual one. One that is not there is no failure: its defaults hold.
 *
 * Fails   ERR_INVALID: the line says which line, and what it should be; ERR_DENIED: others can read the password */
enum status settings_read(struct settings *settings, const char *path,
                          struct error *err) MUST_CHECK;
void settings_done(struct settings *settings);

/* Write a file that says these calendars, where there is none yet: ERR_CONFLICT. */
enum status settings_write(const struct settings *settings, struct error *err) MUST_CHECK;

/* Read the first line of a file that nobody but its owner can read. ERR_DENIED: others can. */
enum status settings_secret(const char *path, struct secret *ret_secret,
                            struct error *err) MUST_CHECK;

#endif
