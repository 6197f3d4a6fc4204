/* SPDX-License-Identifier: ISC
 *
 * One call to a CalDAV server: where it goes, and what HTTP says becomes one status.
 *
 * A server may spread over hosts (iCloud's partitions). The sign-in goes to the host that was configured and to
 * hosts of the same owner, by the public suffix list, over HTTPS with the same checks; never to any other, whatever a
 * redirect or an href says: who trusts that one connects to it by its own address.
 */
#ifndef CALENDAR_CALDAV_DAV_H
#define CALENDAR_CALDAV_DAV_H

#include "base/buf.h"
#include "calendar/caldav/answer.h"
#include "calendar/calendar.h"

enum {
    DAV_HOSTS_MAX = 4,
    DAV_REQUEST_MAX = 256 * 1024,
    DAV_REDIRECTS_MAX = 5,
    DAV_SHORT_MAX = 4 * 1024 * 1024, /* bytes of an answer that is no list */
};

/* Where a thing is: absolute, percent-encoded. */
struct dav_place {
    struct text host;
    int64_t port;
    struct text target;
};

struct dav_host {
    char name[MAX_HOST + 1];
    struct server server;
    struct fetch *fetch;
};

struct dav {
    const struct server *server;
    const struct fetch_options *options;
    struct dav_host hosts[DAV_HOSTS_MAX];
    size_t n_hosts;
};

void dav_open(struct dav *dav, const struct server *server,
              const struct fetch_options *options);
void dav_close(struct dav *dav);

/* The address that was configured. */
struct dav_place dav_start(const struct dav *dav);

/* Read an href, which may be a whole address, a path, or relative to where it was said. The result lives in a.
 * ERR_UPSTREAM: it is none, or leads to somebody else's host. */
enum status dav_resolve(const struct dav *dav, struct arena *a, const struct dav_place *base,
                        struct text href, struct dav_place *ret_place,
                        struct error *err) MUST_CHECK;

/* Write a place as an id, short where it is on the configured host, and read it again. */
struct text dav_id(const struct dav *dav, struct arena *a, const struct dav_place *place);
enum status dav_of_id(const struct dav *dav, struct arena *a, struct text id,
                      struct dav_place *ret_place, struct error *err) MUST_CHECK;

bool dav_is_same(const struct dav_place *one, const struct dav_place *other);

/* May the sign-in for one host be sent to the other? */
bool dav_is_same_owner(struct text host, struct text other);

struct dav_request {
    const char *verb;
    const char *depth; /* NULL: none */
    struct text body;
    const char *type;     /* NULL: XML */
    const char *if_match; /* NULL: none */
    bool if_none_match;
    bool once;         /* as fetch_request says */
    size_t max_answer; /* 0: DAV_SHORT_MAX */
};

/* What came of a call. */
struct dav_reply {
    int http_status;
    bool doubt; /* the request may have had its effect */
    char etag[256];
    struct dav_answer answer; /* where XML came */
    struct dav_place
        place; /* where it was answered, behind redirects; lives in the arena of the call */
};

/* Send a request, following redirects; the XML of an answer goes to sink, any other body to body (NULL: is dropped).
 *
 * Fails   ERR_AUTH, ERR_DENIED, ERR_NOT_FOUND (404, 410), ERR_CONFLICT (412), ERR_LIMIT, ERR_UPSTREAM, or as
 *         fetch_send does. ret_reply is filled in any case.
 */
enum status dav_call(struct dav *dav, struct arena *a, const struct dav_place *place,
                     const struct dav_request *request, const struct dav_sink *sink,
                     struct buf *body, int64_t deadline_ms, struct dav_reply *ret_reply,
                     struct error *err) MUST_CHECK;

/* The same for a multistatus: ERR_UPSTREAM where it is none. */
enum status dav_ask(struct dav *dav, struct arena *a, const struct dav_place *place,
                    const struct dav_request *request, const struct dav_sink *sink,
                    int64_t deadline_ms, struct dav_reply *ret_reply,
                    struct error *err) MUST_CHECK;

/* What an HTTP status means; OK for a good one. */
enum status dav_judge(const struct server *server, const struct fetch_facts *facts,
                      struct error *err) MUST_CHECK;

#endif
