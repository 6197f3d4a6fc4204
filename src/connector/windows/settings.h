/* SPDX-License-Identifier: ISC
 *
 * What the user of the PC has set: which calendars count, and the proxy. A file of lines that a person can read;
 * the proxy's password is kept beside it, enciphered.
 */
#ifndef CONNECTOR_WINDOWS_SETTINGS_H
#define CONNECTOR_WINDOWS_SETTINGS_H

#include "connector/windows/keep.h"
#include "connector/windows/outlook.h"
#include "connector/windows/proxy.h"

enum { FOLDER_ID_MAX = 1024 };

/* A calendar that was seen once keeps its number for good: its place here, from 1. */
struct known_calendar {
    char id[FOLDER_ID_MAX]; /* Outlook's; never leaves the PC */
    bool is_read, is_booked;
};

struct settings {
    struct keep *keep; /* borrowed */
    struct known_calendar known[DESK_CALENDARS_MAX];
    size_t n_known;
    struct proxy_settings proxy;
};

/* Read what was kept; nothing kept is the usual: the default calendar, Windows' own proxy. */
enum status settings_load(struct settings *settings, struct keep *keep,
                          struct error *err) MUST_CHECK;
enum status settings_store(const struct settings *settings, struct error *err) MUST_CHECK;
void settings_done(struct settings *settings); /* accepts a zeroed one */

/* Give calendars their numbers; new ones are kept. ERR_FULL: too many were ever seen. */
enum status settings_number(struct settings *settings, struct desk_calendar *calendars,
                            const struct text *ids, size_t n, struct error *err) MUST_CHECK;

/* The chosen ones; borrowed from settings. */
struct chosen settings_chosen(const struct settings *settings);

/* Choose by numbers: all that are to be read, and the one that bookings go into (0: Outlook's default one).
 * ERR_NOT_FOUND: there is none of that number. */
enum status settings_choose(struct settings *settings, const int64_t *read, size_t n_read,
                            int64_t booked, struct error *err) MUST_CHECK;

#endif
