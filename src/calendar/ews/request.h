/* SPDX-License-Identifier: ISC
 *
 * Write the requests of Exchange Web Services: whole SOAP envelopes, valid against Microsoft's schema.
 * Everything that may vary is an argument; times always say UTC.
 */
#ifndef EWS_REQUEST_H
#define EWS_REQUEST_H

#include "base/buf.h"
#include "base/instant.h"
#include "wire/messages.h"

enum {
    EWS_REQUEST_MAX = MAX_SYNC_STATE + 64 * 1024,
    EWS_VIEW_ENTRIES = 1000,
    EWS_MERGED_MINUTES = 15
};

/* On whose behalf, and where. */
struct ews_target {
    struct text impersonate; /* empty: nobody */
    struct text mailbox;     /* whose calendar; empty: the caller's own */
    struct text calendar;    /* a folder's id; empty: the default calendar */
};

/* Free/busy of up to MAX_MAILBOXES mailboxes, in the view that shows nothing else. */
void ews_write_availability(struct buf *out, const struct ews_target *target,
                            const struct mailbox *mailboxes, size_t n, struct instant from,
                            struct instant to);

/* All events, recurrences expanded, that touch the window: start, end, status, id and our property. */
void ews_write_view(struct buf *out, const struct ews_target *target, struct instant from,
                    struct instant to);

/* The same events as their owner sees them: titles, places, whether they are private; then the texts of some. */
void ews_write_sights(struct buf *out, const struct ews_target *target, struct instant from,
                      struct instant to);
void ews_write_texts(struct buf *out, const struct ews_target *target, const struct text *ids,
                     size_t n);

/* Events whose named property is uid, and whether they are meetings: only those have a room. */
void ews_write_find(struct buf *out, const struct ews_target *target, struct text uid);

/* An event's id, change key, times and our property, and what its rooms have answered. */
void ews_write_get(struct buf *out, const struct ews_target *target, struct text id);

/* Whom Exchange tells of a write. A room must hear to be booked; a customer hears only where Exchange invites. */
enum ews_tells { EWS_TELLS_NOBODY, EWS_TELLS_ROOM, EWS_TELLS_CUSTOMER, EWS_TELLS_COUNT };

/* windows_zone: the Windows name of event->zone. The event's room and its invitee are invited. */
void ews_write_create(struct buf *out, const struct ews_target *target,
                      const struct event *event, const char *windows_zone);
void ews_write_update(struct buf *out, const struct ews_target *target, struct text id,
                      struct text change_key, const struct event *event,
                      const char *windows_zone, enum ews_tells tells);

/* Move to the deleted items, as Outlook does: the host can see what went away. */
void ews_write_delete(struct buf *out, const struct ews_target *target, struct text id,
                      enum ews_tells tells);

/* What changed in the calendar since a state: ids, times and our property. */
void ews_write_sync(struct buf *out, const struct ews_target *target, struct text state);

/* Be told of changes in calendars (of the target; an empty name is its default one), by a stream. */
void ews_write_subscribe(struct buf *out, const struct ews_target *target,
                         const struct source *calendars, size_t n);
void ews_write_unsubscribe(struct buf *out, const struct ews_target *target, struct text id);

/* Open the stream of these subscriptions, for so many minutes at most (1 to 30). */
void ews_write_stream(struct buf *out, const struct ews_target *target, const struct text *ids,
                      size_t n, int minutes);

/* The calendar's id, name and our rights in it; then the same of all calendars of the mailbox. */
void ews_write_get_folder(struct buf *out, const struct ews_target *target);
void ews_write_find_folders(struct buf *out, const struct ews_target *target);

#endif
