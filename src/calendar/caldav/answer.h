/* SPDX-License-Identifier: ISC
 *
 * What CalDAV servers answer (RFC 4918 multistatus, RFC 4791, RFC 6578, RFC 6638), read as bytes arrive: one
 * response at a time, so that memory does not grow with a calendar.
 */
#ifndef CALENDAR_CALDAV_ANSWER_H
#define CALENDAR_CALDAV_ANSWER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum {
    DAV_ANSWER_MAX = 64 * 1024 * 1024, /* bytes */
    DAV_OBJECT_MAX = 2 * 1024 * 1024,  /* of one calendar object */
    DAV_RESPONSES_MAX = 60000,
};

/* One response of a multistatus; of its properties those that came with a good status. Texts live until the next
 * one. */
struct dav_response {
    struct text href;
    int status; /* of the whole response; 0: none said, its properties tell */
    struct text etag, data, name, ctag, sync_token, zone;
    struct text principal, home, outbox, inbox, default_calendar;
    struct text recipient_status; /* RFC 6638 3.5.1: "2.0;Success" */
    bool has_data;                /* calendar-data was there, if empty */
    bool is_collection, is_calendar;
    bool lists_components, takes_events;
    bool lists_rights, can_read, can_write;
};

struct dav_sink {
    void *owner;
    /* NULL: nobody looks. What it returns other than OK stops the reading and becomes its failure. */
    enum status (*response)(void *owner, const struct dav_response *response,
                            struct error *err);
};

/* What stands beside the responses. */
struct dav_answer {
    bool is_multistatus;
    size_t n_responses;
    char sync_token[2048]; /* RFC 6578; empty: none */
    bool is_cut;           /* 507, or number-of-matches-within-limits */
    bool token_is_wrong;   /* valid-sync-token */
    bool uid_is_taken;     /* no-uid-conflict */
    char precondition[64]; /* local name of what a DAV:error holds first; empty: none */
};

struct dav_reader;

struct dav_reader *dav_reader_new(const struct dav_sink *sink, struct dav_answer *answer);
enum status dav_reader_read(struct dav_reader *reader, struct text bytes,
                            struct error *err) MUST_CHECK;
enum status dav_reader_end(struct dav_reader *reader, struct error *err) MUST_CHECK;
void dav_reader_free(struct dav_reader *reader); /* accepts NULL */

#endif
