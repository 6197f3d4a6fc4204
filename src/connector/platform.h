/* SPDX-License-Identifier: ISC
 *
 * What the connector needs from the machine it runs on, as structs of functions: the core has no system call of
 * its own. `self` is the implementation's. Every call that waits has a deadline in milliseconds of clock.ms; a
 * deadline that has passed is ERR_TIMEOUT. Texts handed out live in the arena that was handed in.
 */
#ifndef CONNECTOR_PLATFORM_H
#define CONNECTOR_PLATFORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "wire/desk.h"

/* A stretch of time that a calendar holds, recurrences expanded. */
struct stretch {
    struct busy busy;
    struct text id; /* the calendar's own name of its event; never leaves the PC */
};

/* The calendars of this PC. Only events that carry our mark may be changed or removed, and the implementation
 * looks for it before it does either: the core's memory of what it wrote is not enough. */
struct calendar_adapter {
    void *self;
    /* Return the calendars that there are, at most DESK_CALENDARS_MAX. */
    enum status (*list)(void *self, struct arena *a, struct desk_calendar **ret_list,
                        size_t *ret_n, struct error *err);

    /* Read what stands in [from, to) of the chosen calendars now, live: in any order, unclipped, BUSY_FREE included.
     * Fails   ERR_NO_DATA and the like where any of it is not known for certain: never a part
     * Limits  MAX_BUSY stretches; more is ERR_LIMIT */
    enum status (*read)(void *self, struct instant from, struct instant to, struct arena *a,
                        struct stretch **ret_list, size_t *ret_n, struct error *err);

    /* Return when the event that carries the mark begins and ends, and its id; ERR_NOT_FOUND. */
    enum status (*find)(void *self, struct text mark, struct arena *a,
                        struct stretch *ret_event, struct error *err);

    /* Write an event that carries the mark and is seen by find and read afterwards. */
    enum status (*create)(void *self, struct text mark, const struct event *event,
                          struct error *err);

    /* Change the event that carries the mark into this one; ERR_NOT_FOUND. */
    enum status (*update)(void *self, struct text mark, const struct event *event,
                          struct error *err);

    /* Remove the event that carries the mark; ERR_NOT_FOUND. */
    enum status (*remove)(void *self, struct text mark, struct error *err);
};

struct http_answer {
    int code;        /* of HTTP */
    int64_t retry_s; /* of Retry-After; 0: none */
};

/* One POST over verified TLS, redirects not followed. */
struct http_adapter {
    void *self;

    /* Send body to the address and append the answer to `answer`, whose maximum is the answer's.
     *
     * Fails   where no answer came: ERR_NETWORK, ERR_TIMEOUT, ERR_TLS, ERR_AUTH (the proxy's sign-in);
     *         the line names what to do. An answer of any code is OK. */
    enum status (*post)(void *self, const char *url, const struct secret *authorization,
                        struct text body, int64_t deadline_ms, struct buf *answer,
                        struct http_answer *ret_answer, struct error *err);
};

/* One connection to an XMPP server, through the proxy where there is one. */
struct stream_adapter {
    void *self;
    /* ERR_NETWORK: nobody answers there, or the port is blocked. tls: at once, verified for `host`. */
    enum status (*open)(void *self, const char *host, int64_t port, bool tls,
                        int64_t deadline_ms, struct error *err);
    /* Go on in TLS, verified for `host`. */
    enum status (*secure)(void *self, const char *host, int64_t deadline_ms, struct error *err);
    enum status (*send)(void *self, struct text bytes, int64_t deadline_ms, struct error *err);
    /* Append what arrives, once something has. ERR_TIMEOUT: nothing until deadline_ms, which may be past: then
     * nothing is waited for. ERR_CLOSED. */
    enum status (*receive)(void *self, struct buf *in, int64_t deadline_ms, struct error *err);
    void (*close)(void *self); /* also one that is not open */
};

struct clock_adapter {
    void *self;
    struct instant (*now)(void *self);
    int64_t (*ms)(void *self); /* only goes forward; may or may not count while the PC sleeps */
};

/* Small files of the program's own, each written whole or not at all. */
struct storage_adapter {
    void *self;
    enum status (*load)(void *self, const char *name, struct buf *out,
                        struct error *err); /* ERR_NOT_FOUND */
    enum status (*store)(void *self, const char *name, struct text bytes, struct error *err);
    enum status (*erase)(void *self, const char *name,
                         struct error *err); /* OK where there is none */
};

/* The pairing token, kept as the platform keeps secrets. */
struct secret_adapter {
    void *self;
    enum status (*load)(void *self, struct secret *ret_token, struct error *err);
    enum status (*keep)(void *self, const struct secret *token, struct error *err);
    enum status (*forget)(void *self, struct error *err);
};

enum signal_bit {
    SIGNAL_CALENDAR = 1, /* something changed in the calendars, perhaps */
    SIGNAL_STREAM = 2,   /* the stream has something to receive */
    SIGNAL_SETTINGS = 4, /* read again what was stored: another program changed it */
};

struct platform {
    const char *program; /* texts that hello says; static */
    const char *version;
    const char *system; /* "Linux, a folder of .ics files" */
    struct calendar_adapter calendar;
    struct http_adapter http;
    struct stream_adapter stream;
    struct clock_adapter clock;
    struct storage_adapter storage;
    struct secret_adapter secret;
    void (*random)(void *self, void *at, size_t n);
    void (*say)(void *self,
                struct text line); /* to the log; no title, name or secret is in it */
    void *self;                    /* of random and say */
};

#endif
