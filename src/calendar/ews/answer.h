/* SPDX-License-Identifier: ISC
 *
 * Read the answers of Exchange Web Services as their bytes arrive. One table of elements serves all
 * operations that we use; what it does not name is passed over, so an answer may hold anything besides.
 * Times are instants already, texts are limited. Subjects and bodies are kept for nothing but a person's own view of
 * their calendar (into_sights), whatever a server sends.
 *
 * Strict about meaning: an answer to another operation, an event without times or a message without a
 * ResponseClass makes the whole answer unreadable, never a part of it missing.
 */
#ifndef EWS_ANSWER_H
#define EWS_ANSWER_H

#include "base/error.h"
#include "base/text.h"
#include "calendar/busylist.h"
#include "wire/messages.h"

enum {
    EWS_ANSWER_MAX = 64 << 20,     /* bytes of one answer */
    EWS_TEXT_MAX = MAX_SYNC_STATE, /* of one element that we read */
    EWS_BODY_MAX = 1 << 20,        /* of one element where bodies are read */
    EWS_CODE_MAX = 80,
    EWS_DOCUMENT_MAX = 1 << 20, /* bytes of one document of a stream */
    EWS_ITEMS_MAX = 50,         /* kept of a FindItem or GetItem; busy ones are not kept */
};

enum ews_operation {
    EWS_GET_USER_AVAILABILITY,
    EWS_FIND_ITEM,
    EWS_GET_ITEM,
    EWS_CREATE_ITEM,
    EWS_UPDATE_ITEM,
    EWS_DELETE_ITEM,
    EWS_GET_FOLDER,
    EWS_FIND_FOLDER,
    EWS_SYNC_FOLDER_ITEMS,
    EWS_SUBSCRIBE,
    EWS_UNSUBSCRIBE,
    EWS_GET_STREAMING_EVENTS,
    EWS_OPERATION_COUNT
};

/* "FindItem" */
const char *ews_operation_name(enum ews_operation operation);

enum ews_view {
    EWS_VIEW_UNSAID,
    EWS_VIEW_NONE,
    EWS_VIEW_MERGED,
    EWS_VIEW_EVENTS, /* FreeBusy, FreeBusyMerged, Detailed, DetailedMerged */
};

/* An item as far as we look at it. Texts live in the answer's arena. */
struct ews_item {
    struct text id;
    struct text change_key;
    struct text uid; /* our named property; empty where it has none */
    struct instant start, end;
    bool has_start, has_end;
    enum busy_status status; /* NO_DATA where it was not said or is not known */
    bool is_meeting;
    enum room_answer
        room; /* of all resources together: one that declines counts, then one that is silent */
};

/* An item as its owner sees it. Texts live in the answer's arena, cut to what a seen_event holds. */
struct ews_sight {
    struct ews_item item;
    struct text title, place, text;
    bool all_day, is_private;
};

/* A calendar's folder. Texts live in the answer's arena. */
struct ews_folder {
    struct text id;
    struct text name;
    bool can_read, can_create; /* its EffectiveRights */
};

/* What GetUserAvailability says of one of several mailboxes. */
struct ews_mailbox {
    char code[EWS_CODE_MAX + 1]; /* "NoError", or why nothing is known of it */
    enum ews_view view;
    char *merged; /* in the arena; NULL: none */
    struct busylist busy;
};

/* A subscription that an answer names. */
struct ews_subscription {
    struct text id;
    bool is_lost; /* among ErrorSubscriptionIds; else it is new, or something happened */
};

/* What an answer said. */
struct ews_answer {
    /* set before reading */
    enum ews_operation operation;
    bool into_busy;     /* items go to `busy` instead of `items` */
    bool into_sights;   /* items go to `sights`, with what they say */
    struct text own_id; /* left out of busy */
    struct text own_uid;
    struct ews_mailbox
        *mailboxes; /* room for max_mailboxes, zeroed; NULL: one mailbox is asked */
    size_t max_mailboxes;

    struct arena arena; /* freed by ews_answer_done */
    char version[64];   /* "15.2.1748.10 (V2017_07_11)"; empty: not said */

    bool is_fault; /* the whole request was refused */
    unsigned n_messages, n_errors;
    char code[EWS_CODE_MAX + 1]; /* of the fault or the first failing message; else "NoError" */
    int64_t back_off_ms;         /* -1: not said */

    /* GetUserAvailability */
    enum ews_view view;
    char *merged; /* in the arena; NULL: none */

    size_t n_mailboxes; /* that were answered, also beyond max_mailboxes */

    /* folders of calendars */
    struct ews_folder folders[MAX_CALENDARS];
    size_t n_folders; /* all that came, also beyond MAX_CALENDARS */

    /* SyncFolderItems, in the arena: events of ours, and all that are gone */
    struct event_change *changes;
    size_t n_changes;
    char *sync_state; /* NULL: none */

    /* Subscribe, and one document of GetStreamingEvents, in the arena: which subscriptions it speaks of. Nothing
     * of the events themselves is kept. */
    struct ews_subscription *subscriptions;
    size_t n_subscriptions; /* beyond MAX_WATCHED they are dropped */
    bool is_closed;         /* ConnectionStatus: the stream ends here */

    /* items and busy time */
    struct busylist busy;
    bool has_root; /* a FindItem said its RootFolder */
    bool is_cut;   /* IncludesLastItemInRange is there and not true: there are more */
    struct ews_item items[EWS_ITEMS_MAX];
    size_t n_items; /* all that came, also beyond EWS_ITEMS_MAX and those in busy or sights */
    struct ews_sight *sights; /* in the arena: the first MAX_EVENTS */
};

void ews_answer_init(struct ews_answer *answer, enum ews_operation operation);
void ews_answer_done(struct ews_answer *answer);

struct ews_reader;

/* Read an answer's bytes into `answer`, which is borrowed until the reader is freed. ews_reader_end tells
 * whether it was a whole and sensible answer to that operation (or a fault).
 *
 * Fails   ERR_UPSTREAM; how Exchange itself answered stands in the answer: ews_code_status
 */
struct ews_reader *ews_reader_new(struct ews_answer *answer);
enum status ews_reader_read(struct ews_reader *reader, struct text bytes,
                            struct error *err) MUST_CHECK;
enum status ews_reader_end(struct ews_reader *reader, struct error *err) MUST_CHECK;
void ews_reader_free(struct ews_reader *reader); /* accepts NULL */

/* Has its envelope ended? Of GetStreamingEvents, another document may follow (stream.h). */
bool ews_reader_is_whole(const struct ews_reader *reader);

#endif
