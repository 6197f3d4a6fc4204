/* SPDX-License-Identifier: ISC
 *
 * All that hourgate remembers. One function is one read or one write; a write is one
 * transaction that has reached the disk when the function returns, and one that failed left
 * nothing behind. Callers see clear text; what the database sees is sealed where its schema
 * says so (store/schema.c and its neighbours, doc/crypto.md).
 *
 * Any thread may call. A write waits for its group's commit, a read for a free connection.
 *
 * Common to all functions
 *   Owner   texts and lists in results live in a; secrets are the caller's: secret_free, wire_wipe
 *   Fails   ERR_IO (disk or database), ERR_SEAL (a value is not authentic), besides what is named
 *   Limits  those of base/limits.h; a field beyond its own is ERR_INVALID
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/error.h"
#include "hash/hash.h"
#include "wire/messages.h"

struct store;

enum {
    STORE_READERS_MAX = 32, /* read connections */
    STORE_GROUP_MAX = 256,  /* writes in one commit */
    STORE_HOLD_S = 120,     /* a hold ends by itself after this */
    STORE_TOKEN_DAYS = 30,  /* a private link opens until this long after the end */
    STORE_OCCUPIED_MAX_S =
        3 * 86400, /* longest occupancy: a day's booking between day-long buffers */
    STORE_TABLES_MAX = 64,
    STORE_UNSETTLED_MAX = 256, /* rows in one answer of store_unsettled_list */
    STORE_USER_TOKENS_MAX = 100,
    STORE_UNVERIFIED_MAX =
        3, /* of one address in an account, which gets so many mails at most */
};

/* How the place of a PostgreSQL database begins; a connection string of libpq's follows (store/postgres.h). */
#define STORE_POSTGRES "postgres:"

/* Is it a database behind a socket? Then it must be opened before a jail that allows none. */
bool store_is_remote(const char *at);

/* Open the database, making or migrating it where needed. at: a path, or STORE_POSTGRES and where.
 * Afterwards no file and no socket is opened any more, so that a jail may close the door, and no thread runs
 * yet. A file belongs to one process at a time; any number may share a PostgreSQL database.
 *
 * password  PostgreSQL's; may be NULL
 * Fails     ERR_SEAL    the database was made with another master key
 *           ERR_DENIED  it is not one of hourgate's, or a newer version wrote it
 *           ERR_FULL    another process has the file open
 *           ERR_INVALID a connection string that does not say what it must
 *           ERR_IO
 */
enum status store_open(const char *at, const struct secret *password,
                       const struct secret *master_key, unsigned n_readers,
                       struct store **ret_store, struct error *err) MUST_CHECK;

/* How many an account may have; 0: no limit. What is there already stays. */
struct store_limits {
    int64_t users, connections, pages;
};

/* Set them, before store_start; without it there are none. */
void store_limit(struct store *st, struct store_limits limits);

/* Start the threads that write: once, before the first write. */
void store_start(struct store *st);

/* Is mail sent? Where it is not, nothing is written into the outbox. Any thread. */
void store_use_mail(struct store *st, bool sends_mail);
bool store_sends_mail(const struct store *st);

/* Did the connection to a remote database break? Then every call fails with ERR_IO for good: what a write that
 * failed so has left is known only once the store was opened again. Any thread. */
bool store_is_lost(struct store *st);

/* A table that store_copy took over. */
struct store_copied {
    struct text table;
    int64_t n_rows;
    int64_t n_opened;   /* sealed values that were opened in their new place */
    struct hash digest; /* over all rows, equal in both databases */
};

/* Copy a file's content into an empty PostgreSQL database, all or nothing, and verify it there: every row is
 * compared, every sealed value opened. Neither store may have been started.
 *
 * Owner   a must outlive both stores; ret_copied has room for STORE_TABLES_MAX
 * Fails   ERR_CONFLICT the target has rows; ERR_SEAL a sealed value does not open
 */
enum status store_copy(struct store *from, struct store *to, struct arena *a,
                       struct store_copied ret_copied[], size_t *ret_n,
                       struct error *err) MUST_CHECK;

/* Open a database only to look at what it keeps, beside a vault that may be serving from it: no key, no lock,
 * nothing is made or changed. Only store_search and store_close go with it. Fails as store_open. */
enum status store_open_beside(const char *at, const struct secret *password,
                              struct store **ret_store, struct error *err) MUST_CHECK;

/* Look for texts in every value of every table; texts of the answer live in a, which must outlive the store. */
enum status store_search(struct store *st, const struct needles *needles, struct arena *a,
                         struct search_answer *ret_searched, struct error *err) MUST_CHECK;

/* Finish the writes that wait, then close. No other thread may be in a call. Accepts NULL. */
void store_close(struct store *st);

/* ---- accounts: slug, name, kind and the wrapped data key ---- */

/* Add an account with a data key of its own. ERR_CONFLICT: the slug is taken. */
enum status store_account_add(struct store *st, const struct account_add_ask *account,
                              struct error *err) MUST_CHECK;

/* Read what account_links, account_sites and account_look have set into those fields of the answer. ERR_NOT_FOUND. */
enum status store_account_links_get(struct store *st, struct arena *a, struct text slug,
                                    struct account_show_answer *ret_account,
                                    struct error *err) MUST_CHECK;

/* Set the addresses of an account's imprint and privacy notice. ERR_NOT_FOUND. */
enum status store_account_links_set(struct store *st, const struct account_links_ask *links,
                                    struct error *err) MUST_CHECK;

/* Say which sites may show an account's pages in a frame. ERR_NOT_FOUND. */
enum status store_account_sites_set(struct store *st, const struct account_sites_ask *ask,
                                    struct error *err) MUST_CHECK;

/* Set an account's colour and its logo, unless they are kept. mark: a name of the logo's content. ERR_NOT_FOUND. */
enum status store_account_look_set(struct store *st, const struct account_look_ask *ask,
                                   struct text mark, struct error *err) MUST_CHECK;

/* Read an account's logo. ERR_NOT_FOUND: it has none of that mark. */
enum status store_logo_find(struct store *st, struct arena *a, const struct logo_ask *ask,
                            struct logo_answer *ret_logo, struct error *err) MUST_CHECK;

/* Find an account by its slug; only slug, name and kind of the row are filled. ERR_NOT_FOUND.
 */
enum status store_account_find(struct store *st, struct arena *a, struct text slug,
                               struct account_row *ret_row, struct error *err) MUST_CHECK;

/* List accounts by slug, behind `after`. */
enum status store_account_list(struct store *st, struct arena *a, struct text after,
                               struct account_list_answer *ret_list,
                               struct error *err) MUST_CHECK;

/* ---- keys and policies (doc/crypto.md); the walk that follows them: store/walk.h ---- */

/* Give an account a new data key. What is written from now on is sealed by it; what is there is sealed anew by
 * the walk. Fails   ERR_NOT_FOUND; ERR_FULL too many of its keys are in use still */
enum status store_key_rotate(struct store *st, struct text account,
                             struct error *err) MUST_CHECK;

/* Let what follows the account's policy stand plain, or be sealed again: another data key says so from now on,
 * and the walk brings to it what is there. OK where it is kept so already.
 * Fails   ERR_DENIED plain, for a corporate account; ERR_NOT_FOUND; ERR_FULL as above */
enum status store_policy_set(struct store *st, struct text account, bool plain,
                             struct error *err) MUST_CHECK;

/* List the master key's id and age, and all data keys in the order in which they were made, behind the one with
 * the number `after`; of each how many values it seals. */
enum status store_key_list(struct store *st, struct arena *a, int64_t after,
                           struct key_list_answer *ret_list, struct error *err) MUST_CHECK;

/* Wrap all keys by another master key, all or none. From then on the database opens with that one alone.
 *
 * Fails   ERR_CONFLICT: it is that one already; ERR_SEAL: a key cannot be unwrapped, and nothing was changed
 */
enum status store_key_rewrap(struct store *st, const struct secret *master_key, struct arena *a,
                             struct key_rewrap_answer *ret_answer,
                             struct error *err) MUST_CHECK;

/* Wipe from memory what rotations have made useless; from time to time. */
void store_tidy(struct store *st);

/* ---- users ---- */

/* Add a user; the first of an account is its owner, others are members. ERR_NOT_FOUND: no such account;
 * ERR_CONFLICT: the address is taken in it. */
enum status store_user_add(struct store *st, const struct user_add_ask *user,
                           struct error *err) MUST_CHECK;

struct user_stored {
    int64_t id;
    int64_t account;    /* row of the account */
    int64_t connection; /* 0: none */
    enum user_role role;
    struct text email;
    struct text name;
    struct text zone;
};

/* Find a user by address, in any case. ERR_NOT_FOUND, of the account as well. */
enum status store_user_find(struct store *st, struct arena *a, struct text account,
                            struct text email, struct user_stored *ret_user,
                            struct error *err) MUST_CHECK;

/* List an account's users in the order of their arrival, behind the user with address `after`.
 */
enum status store_user_list(struct store *st, struct arena *a, const struct user_list_ask *ask,
                            struct user_list_answer *ret_list, struct error *err) MUST_CHECK;

/* Give a user a role. ERR_NOT_FOUND; ERR_CONFLICT: nobody would own the account. */
enum status store_user_role_set(struct store *st, const struct user_role_ask *ask,
                                struct error *err) MUST_CHECK;

/* ---- who asks: by a token now, by a session as well one day. Nothing else of the two is shared ---- */

struct principal_stored {
    int64_t account, user;
    int64_t token;
    struct text slug; /* of the account */
    struct text email;
    enum user_role role;
    int64_t
        scopes; /* bit set of enum scope, as the token was made; the role may give less by now */
    /* Of a session: */
    struct instant proved; /* when its user last said the password */
    enum sign_in_means means;
    bool lacks_factor; /* the account asks for a second one, and there was none */
};

/* Make a token for a user; ret_token opens it and is told to nobody again.
 * Fails   ERR_NOT_FOUND account or user; ERR_FULL the user has STORE_USER_TOKENS_MAX */
enum status store_token_add(struct store *st, const struct token_add_ask *ask,
                            struct instant now, int64_t *ret_id, struct secret *ret_token,
                            struct error *err) MUST_CHECK;

/* List an account's tokens by id, behind `after`. */
enum status store_token_list(struct store *st, struct arena *a,
                             const struct token_list_ask *ask,
                             struct token_list_answer *ret_list, struct error *err) MUST_CHECK;

/* Cut a token off. ERR_NOT_FOUND, of other accounts' tokens as well. */
enum status store_token_revoke(struct store *st, struct text account, int64_t id,
                               struct error *err) MUST_CHECK;

/* Find who asks by a token, and note the hour. ERR_NOT_FOUND: unknown, revoked or past its end. */
enum status store_token_open(struct store *st, struct arena *a, const struct secret *token,
                             struct instant now, struct principal_stored *ret_principal,
                             struct error *err) MUST_CHECK;

/* Whose is it? The user's row, 0 for what is nobody's own. ERR_NOT_FOUND: the account has no such thing. */
enum store_thing {
    STORE_PAGE,
    STORE_BOOKING,
    STORE_CONNECTION,
    STORE_TOKEN,
    STORE_ATTENTION,
    STORE_MAIL, /* in the outbox: of the booking's host, or of the connection's user */
};
enum status store_owner_find(struct store *st, int64_t account, enum store_thing thing,
                             int64_t id, struct text slug, int64_t *ret_user,
                             struct error *err) MUST_CHECK;

/* Let a user in no more, or again. Their sessions end, their pages are not there for visitors until then, their
 * coming bookings stand. ERR_NOT_FOUND; ERR_CONFLICT: the account's last owner stays. */
enum status store_user_disable(struct store *st, const struct user_disable_ask *ask,
                               struct error *err) MUST_CHECK;

/* Hand a user's pages and coming bookings over to another, or with ask->forecast count them. ERR_NOT_FOUND;
 * ERR_CONFLICT: the other's time is taken, or something is being written: nothing was handed over. */
enum status store_user_handover(struct store *st, const struct user_handover_ask *ask,
                                struct instant now, struct user_handover_answer *ret_counts,
                                struct error *err) MUST_CHECK;

/* ---- connections: one per user, and service accounts that several of them sign in through. Everything in
 * struct server but kind, port and method is sealed, and so are the calendars chosen. ---- */

/* Connect a user's calendar, or add a service account (no email); secrets are copied. Of one that goes
 * through a service account server.mailbox alone counts.
 * Fails   ERR_NOT_FOUND account, user, or no such service account; ERR_CONFLICT the user has a connection */
enum status store_connection_add(struct store *st, const struct connection_add_ask *connection,
                                 int64_t *ret_id, struct error *err) MUST_CHECK;

/* Since when nothing comes of a connection, and why. */
struct standing_connection {
    enum outage outage;
    struct instant failing_at; /* 0: it works, as far as known */
    bool told;                 /* people know, and are told when it works again */
};

struct connection_stored {
    int64_t id;
    int64_t account; /* row of the account */
    int64_t user;    /* 0: a service account */
    int64_t sign_in; /* whose credential and state this is: itself, or its service account */
    enum connection_state state;
    struct instant refused_at; /* of the refusal that led to REFUSED_ONCE or PAUSED; else 0 */
    struct text problem;       /* its own last failure, one line; empty after a success */
    struct standing_connection standing; /* its own */
    struct standing_connection service;  /* of what signs in: itself, or its service account */
    bool free_busy_only;
    struct source_list busy; /* what counts as busy; an empty name is the default calendar */
    struct text book;        /* where bookings go; empty: the default calendar */
    struct server server;    /* with its secrets: wire_wipe(server_shape, &c.server) */
};

/* Get a connection by its row, as other functions gave it. ERR_NOT_FOUND: removed meanwhile. */
enum status store_connection_get(struct store *st, struct arena *a, int64_t id,
                                 struct connection_stored *ret_connection,
                                 struct error *err) MUST_CHECK;

/* Is there still a connection in that row? */
enum status store_connection_exists(struct store *st, int64_t id, bool *ret_exists,
                                    struct error *err) MUST_CHECK;

/* The same, only where it is of that account: for ids that a command named. */
enum status store_connection_find(struct store *st, struct arena *a, struct text account,
                                  int64_t id, struct connection_stored *ret_connection,
                                  struct error *err) MUST_CHECK;

/* List an account's connections by id, behind `after`. */
enum status store_connection_list(struct store *st, struct arena *a,
                                  const struct connection_list_ask *ask,
                                  struct connection_list_answer *ret_list,
                                  struct error *err) MUST_CHECK;

/* What a job found of a connection. */
struct connection_report {
    int64_t id;
    enum connection_state state;
    struct instant refused_at;
    enum outage outage;  /* OUTAGE_NONE: it works */
    struct text problem; /* in one line; empty where it works */
    struct instant now;
    int64_t tell_after_s;
};

/* Remember it. People are told once, in the same write, where this is a pause; where nothing has come of the
 * connection for tell_after_s and it is not a refused sign-in; and, having been told that, where it works. Of a
 * connection it is its host; of a service account the account's administrators, and of its pause the hosts too.
 * While they know that a service account fails, hosts who go through it are not told besides. Reporting what stands
 * already writes nothing. ERR_NOT_FOUND. */
enum status store_connection_report(struct store *st, const struct connection_report *report,
                                    struct error *err) MUST_CHECK;

/* Remember what the doctor found: the layers of `found` that are not in order are kept, until the next time.
 * ERR_NOT_FOUND. */
enum status store_connection_checked(struct store *st, int64_t id, struct instant now,
                                     const struct check_answer *found,
                                     struct error *err) MUST_CHECK;

/* Choose the calendars: an empty name is the default one. What was booked stays where it is. ERR_NOT_FOUND. */
enum status store_connection_calendars_set(struct store *st, int64_t id,
                                           const struct source_list *busy, struct text book,
                                           struct error *err) MUST_CHECK;

/* Give a connection another address and sign-in and end a pause. Bookings stay bound, but where their events
 * stand is forgotten: those are found by uid. ERR_NOT_FOUND; ERR_DENIED: it has no sign-in of its own. */
enum status store_connection_move(struct store *st, int64_t id, const struct server *server,
                                  struct error *err) MUST_CHECK;

/* Replace the password and end a pause. ERR_NOT_FOUND; ERR_DENIED: it has no sign-in of its own. */
enum status store_connection_password_set(struct store *st, int64_t id,
                                          const struct secret *password,
                                          struct error *err) MUST_CHECK;

/* Erase a connection: its credential, and the external ids of all bookings that came through it. Their events
 * are plain ones from then on: nothing changes them, and what is done to such a booking later becomes a notice
 * for its host (store_attention_list). What was in flight settles at once, since there is no calendar left to
 * ask, with a notice too: an UNCERTAIN booking counts as CONFIRMED (its slot stays taken), a move as not made,
 * a cancellation as made. ERR_NOT_FOUND; ERR_CONFLICT: others sign in through it.
 */
enum status store_connection_remove(struct store *st, int64_t id, struct instant now,
                                    int64_t *ret_unbound, struct error *err) MUST_CHECK;

/* Count what store_connection_remove would mean, and change nothing. Fails as that. */
enum status store_connection_forecast(struct store *st, int64_t id, struct instant now,
                                      struct connection_remove_answer *ret_forecast,
                                      struct error *err) MUST_CHECK;

/* ---- pages ---- */

/* Everything that a booking needs to know, in one read. */
struct page_stored {
    int64_t id;
    int64_t account;
    int64_t host;              /* the user who takes the appointments */
    int64_t connection;        /* the host's; 0: none, and no busy time but hourgate's own */
    bool free_busy_only;       /* that one reads availability alone */
    enum outage outage;        /* of that one or of its service account */
    struct instant failing_at; /* since when; 0: it works, or there is none */
    bool synchronise; /* write bookings into the calendar; never where it is free_busy_only */
    bool wants_sync;  /* what the page says, whatever the connection can */
    enum cancelled cancelled;
    enum follow follow;     /* what a change of an event there means for its booking */
    struct text calendar;   /* which; empty: the default one */
    struct text room;       /* must be free too and is invited; empty: none */
    enum language language; /* of what it says to those who do not say theirs */
    enum invite invite;
    struct reminder_list reminders;
    struct event_form form;
    bool online_meeting; /* asked for with each event */
    struct policy policy;
    int64_t version;
    bool removed; /* only bookings still know it; never true from store_page_find */
    struct text host_email;
    struct text host_zone;
    struct page_public page; /* what a visitor may see */
    struct rule rule;
    struct question_list questions; /* what a visitor is asked */
};

/* Add a page or replace the one with that slug, which keeps its row and bookings. Its rule and
 * questions have been checked (book/). ERR_NOT_FOUND: no such account, or no such user in it.
 * ERR_CONFLICT: page->version is not the one that is there. */
enum status store_page_put(struct store *st, const struct page_put_ask *page,
                           struct error *err) MUST_CHECK;

/* Find a page by the names in its address. ERR_NOT_FOUND: no such account, no such page,
 * removed. */
enum status store_page_find(struct store *st, struct arena *a, struct text account,
                            struct text page, struct page_stored *ret_page,
                            struct error *err) MUST_CHECK;

/* Get the page of a booking, removed or not. */
enum status store_page_get(struct store *st, struct arena *a, int64_t id,
                           struct page_stored *ret_page, struct error *err) MUST_CHECK;

/* List an account's pages by slug, behind `after`. */
enum status store_page_list(struct store *st, struct arena *a, const struct page_list_ask *ask,
                            struct page_list_answer *ret_list, struct error *err) MUST_CHECK;

/* Read a page as a list shows it. ERR_NOT_FOUND. */
enum status store_page_show(struct store *st, struct arena *a, struct text account,
                            struct text page, struct page_row *ret_row,
                            struct error *err) MUST_CHECK;

/* Remove a page: nothing new is booked on it, its bookings stay. ret_coming: how many of them are still to come.
 * ERR_NOT_FOUND; ERR_CONFLICT: it is of another version. */
enum status store_page_remove(struct store *st, const struct page_remove_ask *ask,
                              struct instant now, int64_t *ret_coming,
                              struct error *err) MUST_CHECK;

/* Count that, and change nothing. ERR_NOT_FOUND. */
enum status store_page_forecast(struct store *st, const struct page_remove_ask *ask,
                                struct instant now, int64_t *ret_coming,
                                struct error *err) MUST_CHECK;

/* ---- bookings ----
 *
 * What is in flight is written down before the calendar is touched, so that a restart knows what to
 * look for. A name on an arrow is a function; state/step are what the row says.
 *
 *       hold               begin                   confirm
 *     --------> HELD/HOLD -------> UNCERTAIN/CREATE -------> CONFIRMED/NONE
 *                 |    \                  |                     ^
 *         release |     `--- confirm -----|--------------------'
 *                 v      (no calendar)    | release
 *                gone <-------------------'
 *
 *     CONFIRMED/NONE -- move_hold -> CONFIRMED/MOVE -- move_confirm, move_release -> CONFIRMED/NONE
 *     CONFIRMED/NONE -- cancel_begin -> CONFIRMED/CANCEL -- cancel_release -> CONFIRMED/NONE
 *     CONFIRMED/CANCEL or CONFIRMED/NONE -- cancel_confirm -> CANCELLED/NONE
 *
 *     HELD/HOLD -- open -> UNVERIFIED/NONE -- open -> REQUESTED/NONE      from HELD also at once
 *     UNVERIFIED/NONE, REQUESTED/NONE -- begin, confirm as above; release leads back there
 *     UNVERIFIED/NONE -- end -> gone          REQUESTED/NONE -- end -> CANCELLED/NONE
 *     all of a series at once: HELD/HOLD -- series_begin --> UNCERTAIN/CREATE; while not all are CONFIRMED yet:
 *     UNCERTAIN/CREATE or CONFIRMED/NONE -- series_undo --> UNCERTAIN/UNDO -- release --> gone
 *
 * A HELD booking was never written to a calendar: when its time is over, whoever wants the slot
 * deletes it. An UNCERTAIN one may have been; it keeps its slot until somebody settles it.
 */
enum booking_step {
    STEP_NONE,   /* nothing in flight: CONFIRMED, CANCELLED */
    STEP_HOLD,   /* HELD: the calendar is being asked; nothing was written */
    STEP_CREATE, /* UNCERTAIN: find by uid tells whether the event stands */
    STEP_MOVE,   /* CONFIRMED, and both times are occupied: find tells at which one the event
                    stands */
    STEP_CANCEL, /* CONFIRMED, to be removed: remove again, then cancel_confirm */
    STEP_UNDO, /* UNCERTAIN, of a series that cannot be booked whole: remove what stands, then release. Its
                    row says STEP_CREATE, and undoing */
    STEP_COUNT
};

struct booking_stored {
    int64_t id;
    int64_t account;
    int64_t page;
    int64_t host;
    int64_t connection; /* through which its event is written; 0: there is and will be none */
    enum booking_state state;
    enum booking_step step;
    struct instant step_at; /* when that step began */
    bool step_is_ours;      /* on this node, in this run or an earlier one */
    int64_t sequence;       /* of its calendar entry */
    bool no_show;
    struct instant open_until; /* REQUESTED, UNVERIFIED, or being written after that; else 0 */
    bool at_desk;   /* REQUESTED: its host's PC is to look and write, and has not said yet */
    bool by_mail;   /* its private link is told by mail alone */
    int64_t series; /* that it belongs to; 0: none */
    enum ended ended;
    struct text reason; /* for that; empty: none was given */
    struct slot slot;
    struct slot move_to; /* STEP_MOVE: where to; else 0 */
    bool
        left_behind; /* its event is a plain one in a calendar that was disconnected: no updates, no
                         reminders */
    bool invited; /* the calendar's server invites the customer and tells them of changes */
    struct customer customer;
    struct text title;       /* of the event */
    struct text description; /* of the event */
    struct text calendar;    /* that its event was written into; empty: the default one */
    struct event_ref ref; /* where the event stands; id empty: none known. start, end: slot */
};

/* Its online meeting as people may see it: while it takes place. Empty: none. */
static inline struct text booking_meeting(const struct booking_stored *booking)
{
    bool stands = booking->state == BOOKING_CONFIRMED && booking->step != STEP_CANCEL;
    return stands ? booking->ref.meeting : (struct text){0};
}

/* A booking's number as customers and commands see it, and in the event's uid: 16 hex digits.
 * It opens nothing and tells at most when the booking was made. */
struct text booking_id_format(struct arena *a, int64_t id);
struct instant booking_made_at(int64_t id);
enum status booking_id_parse(struct text t, int64_t *ret_id) MUST_CHECK; /* ERR_NOT_FOUND */

/* What to hold. account, page, host and connection as store_page_find gave them. */
struct booking_hold {
    const struct page_stored *page;
    struct slot slot;
    struct slot occupied; /* the slot with its buffers */
    struct slot day;      /* the slot's day in the page's zone: [start, end) */
    const struct customer *customer;
    struct text title;
    struct text description;
    struct text key; /* idempotency, scoped to the page; empty: none */
    struct instant now;
    int64_t hold_s; /* usually STORE_HOLD_S */
    const struct booking_series_ask
        *series; /* that it begins: repeats must ask the same; else NULL */
};

/* Take a slot, or find the booking that an earlier call with the same key and content made.
 *
 * Owner   ret_token (of the private link) is a secret, the same one on every repeat
 * Fails   ERR_CONFLICT  overlap with anything that is not over; rule.max_per_day reached; same
 * key with another start or customer; the customer has policy.per_customer coming ones ERR_NOT_FOUND the page was removed meanwhile ERR_INVALID
 * an occupancy that does not contain its slot or exceeds STORE_OCCUPIED_MAX_S ret_fresh false:
 * it existed; look at ret_booking->state and step, another request may be at work on it
 */
enum status store_booking_hold(struct store *st, struct arena *a,
                               const struct booking_hold *hold,
                               struct booking_stored *ret_booking, struct secret *ret_token,
                               bool *ret_fresh, struct error *err) MUST_CHECK;

/* Before the calendar write: HELD, REQUESTED or UNVERIFIED becomes UNCERTAIN. ERR_NOT_FOUND: the hold was over and the
 * slot went to somebody else, write nothing; ERR_DENIED: none of these. */
enum status store_booking_begin(struct store *st, int64_t id, struct instant now,
                                struct error *err) MUST_CHECK;

/* HELD, REQUESTED or UNVERIFIED (no calendar to write) or UNCERTAIN (read back) becomes CONFIRMED; ref NULL: no event.
 * ERR_NOT_FOUND, ERR_DENIED as above. */
enum status store_booking_confirm(struct store *st, int64_t id, const struct event_ref *ref,
                                  struct instant now, struct error *err) MUST_CHECK;

/* Give up a HELD or UNCERTAIN booking and delete it; one that was REQUESTED or UNVERIFIED is so again. Of an UNCERTAIN one the caller knows that
 * no event stands. One that is gone already is OK; ERR_DENIED for any other state. */
enum status store_booking_release(struct store *st, int64_t id, struct error *err) MUST_CHECK;

/* The same when nobody waits for the answer any more: an UNCERTAIN booking is CANCELLED, its customer and its host are
 * told; the host of what is REQUESTED again gets a notice. */
enum status store_booking_give_up(struct store *st, int64_t id, struct instant now,
                                  struct error *err) MUST_CHECK;

struct booking_move {
    int64_t id;
    struct slot slot;
    struct slot occupied;
    struct slot day;
    int64_t max_per_day; /* of the page's rule */
    struct instant now;
};

/* Occupy a second time for a CONFIRMED booking, beside its first; the two may overlap.
 * Fails   ERR_CONFLICT as store_booking_hold; ERR_NOT_FOUND; ERR_DENIED not CONFIRMED, or in
 * flight */
enum status store_booking_move_hold(struct store *st, const struct booking_move *move,
                                    struct error *err) MUST_CHECK;

/* The event stands at the new time: free the old one. ref: as last seen, NULL leaves it as it is (the same
 * below). ERR_NOT_FOUND; ERR_DENIED: no move is in flight. */
enum status store_booking_move_confirm(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err) MUST_CHECK;

/* The event stands at the old time: free the new one. */
enum status store_booking_move_release(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err) MUST_CHECK;

/* The same when nobody waits for the answer any more: its customer and its host are told that it was not moved. */
enum status store_booking_move_give_up(struct store *st, int64_t id,
                                       const struct event_ref *ref, struct instant now,
                                       struct error *err) MUST_CHECK;

/* Who ends a booking, and what they say of it. */
struct booking_end {
    enum ended how;
    struct text reason; /* empty: nothing */
};

/* Write down that a CONFIRMED booking is to go; it keeps its slot until its event is gone. */
enum status store_booking_cancel_begin(struct store *st, int64_t id,
                                       const struct booking_end *ending, struct instant now,
                                       struct error *err) MUST_CHECK;

/* The event is gone, or there never was one: free the slot, forget the external id. From
 * CONFIRMED with or without cancel_begin; ERR_DENIED while a move is in flight. CANCELLED
 * already is OK. ending NULL: cancel_begin has said it. */
enum status store_booking_cancel_confirm(struct store *st, int64_t id,
                                         const struct booking_end *ending, struct instant now,
                                         struct error *err) MUST_CHECK;

/* Take cancel_begin back: nothing was removed. */
enum status store_booking_cancel_release(struct store *st, int64_t id, struct instant now,
                                         struct error *err) MUST_CHECK;

/* Have a HELD or UNVERIFIED booking wait for a word, UNVERIFIED of its customer or REQUESTED of its host, until
 * `until`. Once more is fine. ERR_NOT_FOUND: the hold was over; ERR_DENIED: not from its state. */
enum status store_booking_open(struct store *st, int64_t id, enum booking_state state,
                               struct instant until, struct instant now,
                               struct error *err) MUST_CHECK;

/* Write a REQUESTED or UNVERIFIED booking into the calendar that its page writes to now, whatever it was when the
 * customer asked. ERR_NOT_FOUND; ERR_DENIED any other state. */
enum status store_booking_rebind(struct store *st, int64_t id, const struct page_stored *page,
                                 struct error *err) MUST_CHECK;

/* End a REQUESTED booking, which is CANCELLED then, or an UNVERIFIED one, which goes and is told to nobody. Their
 * time is free. OK where it has ended before; ERR_DENIED any other state, or ENDED_LAPSED before its time. */
enum status store_booking_end(struct store *st, int64_t id, const struct booking_end *ending,
                              struct instant now, struct error *err) MUST_CHECK;

/* List bookings that wait for a word and whose time is over, STORE_UNSETTLED_MAX at most. */
enum status store_booking_lapsing(struct store *st, struct instant now,
                                  int64_t ret_ids[static STORE_UNSETTLED_MAX], size_t *ret_n,
                                  struct error *err) MUST_CHECK;

/* Note that its customer did not come, or take that back; again is fine. ERR_NOT_FOUND; ERR_CONFLICT: it is not
 * CONFIRMED, something is in flight, or it is still to come. */
enum status store_booking_noshow(struct store *st, int64_t id, bool no_show, struct instant now,
                                 struct error *err) MUST_CHECK;

/* Find a booking by the token of its private link. ERR_NOT_FOUND: unknown, or past
 * STORE_TOKEN_DAYS. */
enum status store_booking_find_token(struct store *st, struct arena *a,
                                     const struct secret *token, struct instant now,
                                     struct booking_stored *ret_booking,
                                     struct error *err) MUST_CHECK;

/* Get the token of a booking's private link, as its customer has it. The caller's: secret_free. ERR_NOT_FOUND. */
enum status store_booking_token(struct store *st, int64_t id, struct secret *ret_token,
                                struct error *err) MUST_CHECK;

/* Get a booking by its row. ERR_NOT_FOUND. */
enum status store_booking_get(struct store *st, struct arena *a, int64_t id,
                              struct booking_stored *ret_booking, struct error *err) MUST_CHECK;

/* The same, only where it is of that account: for ids that a command named. */
enum status store_booking_find(struct store *st, struct arena *a, struct text account,
                               int64_t id, struct booking_stored *ret_booking,
                               struct error *err) MUST_CHECK;

/* List an account's bookings that start in [from, to), by start, behind the id `after`. HELD
 * ones are nobody's bookings yet and are left out. ERR_NOT_FOUND: no such account, no such
 * booking `after`. */
enum status store_booking_list(struct store *st, struct arena *a,
                               const struct booking_list_ask *ask,
                               struct booking_list_answer *ret_list,
                               struct error *err) MUST_CHECK;

/* List what is in flight since before an instant, by id, behind `after`. On start-up:
 * everything (before = now); later: what no request can still be at work on. */
struct unsettled_list {
    struct booking_stored *rows;
    size_t n_rows;
};
enum status store_unsettled_list(struct store *st, struct arena *a, struct instant before,
                                 int64_t after, struct unsettled_list *ret_list,
                                 struct error *err) MUST_CHECK;

/* ---- notices: what hosts have to do by hand. The steps of bookings write them. ---- */

/* List an account's notices by number, behind ask->after; without those that are done unless ask->all. */
enum status store_attention_list(struct store *st, struct arena *a,
                                 const struct attention_list_ask *ask,
                                 struct attention_list_answer *ret_list,
                                 struct error *err) MUST_CHECK;

/* A notice about a booking, as the vault answers it. */
struct attention_stored {
    int64_t id, booking;
    enum attention_kind kind;
    struct instant start, moved_to; /* 0: not moved */
    bool is_done;
};

/* Get a notice of an account. ERR_NOT_FOUND. */
enum status store_attention_get(struct store *st, struct text account, int64_t id,
                                struct attention_stored *ret_attention,
                                struct error *err) MUST_CHECK;

/* Note that a notice was seen to; again is fine. ERR_NOT_FOUND. */
enum status store_attention_done(struct store *st, const struct attention_done_ask *ask,
                                 struct instant now, struct error *err) MUST_CHECK;

/* ---- series: bookings that are entered together (store/series.c) ---- */

struct series_held {
    struct booking_stored *bookings; /* by start */
    size_t n_bookings;
    bool is_fresh; /* else an earlier call with the same key and content made it */
};

/* Hold all sessions of a series, or none. The first one carries key and series. Fails as store_booking_hold. */
enum status store_series_hold(struct store *st, struct arena *a,
                              const struct booking_hold *holds, size_t n,
                              struct series_held *ret_held, struct error *err) MUST_CHECK;

/* Give up a series of which nothing was written yet. */
enum status store_series_release(struct store *st, int64_t series,
                                 struct error *err) MUST_CHECK;

/* Before the first calendar write: n HELD sessions become UNCERTAIN, and from then on either all will be
 * CONFIRMED or none. ERR_CONFLICT: a hold was over, and nothing has changed. */
enum status store_series_begin(struct store *st, int64_t series, size_t n, struct instant now,
                               struct error *err) MUST_CHECK;

/* It cannot be booked whole: what stands of it is to be removed, and nobody was told of it yet. ERR_DENIED: all of it
 * was CONFIRMED. */
enum status store_series_undo(struct store *st, int64_t series, struct instant now,
                              struct error *err) MUST_CHECK;

/* List the sessions that are there, by start. */
enum status store_series_list(struct store *st, struct arena *a, int64_t series,
                              struct series_held *ret_list, struct error *err) MUST_CHECK;

/* Cancel what is left of a booking's series from it on, as store_booking_cancel_begin, and tell the customer once.
 * ret_ids: whose events are to be removed now. ERR_CONFLICT: some of it is being written or moved just now. */
enum status store_series_cancel_begin(struct store *st, int64_t booking,
                                      const struct booking_end *ending, struct instant now,
                                      int64_t ret_ids[static MAX_SERIES], size_t *ret_n,
                                      struct error *err) MUST_CHECK;

/* ---- occupancies ---- */

/* What keeps a host from being booked, as the database itself judges it. */
struct occupied {
    struct slot occupied;      /* with buffers */
    struct instant slot_start; /* of the booking: for the limit per day */
    int64_t page;
};
struct occupied_list {
    struct occupied *rows;
    size_t n_rows;
};

/* List a host's occupancies that overlap [from, to), by start, in every state that keeps a
 * slot; holds that are over at `now` do not count. except: a booking to leave out, 0 none.
 * ERR_LIMIT above MAX_BUSY. */
enum status store_occupied_list(struct store *st, struct arena *a, int64_t host,
                                struct instant from, struct instant to, int64_t except,
                                struct instant now, struct occupied_list *ret_list,
                                struct error *err) MUST_CHECK;

/* ---- the outbox ----
 *
 * Confirming, moving and cancelling a booking, pausing a connection and asking a host for attention write
 * what is to be mailed in the same transaction; reminders are written then too, due later. What follows
 * sends it. Any number of vaults may do so at once.
 */
struct outbox_entry {
    int64_t id;
    int64_t account;
    int64_t booking;    /* 0: it is about a connection */
    int64_t connection; /* 0: about a booking */
    int64_t
        user; /* to whom; 0: the customer or host of the booking, or the connection's host */
    enum mail_kind kind;
    int64_t sequence;
    int64_t minutes;     /* of a reminder: before the start */
    struct instant date; /* the mail's: the same in every repeat */
    struct instant until;
    int64_t tries; /* this one included */
    struct outbox_content content;
};

/* Claim what is due first, for lease_s: nobody else is given it until then. ERR_NOT_FOUND: nothing is due. */
enum status store_outbox_claim(struct store *st, struct arena *a, struct instant now,
                               int64_t lease_s, struct outbox_entry *ret_entry,
                               struct error *err) MUST_CHECK;

/* It was sent, or is not wanted any more: the row goes. One that is gone already is OK, also below. */
enum status store_outbox_done(struct store *st, int64_t id, struct error *err) MUST_CHECK;

/* Try again later; problem is why this try failed. */
enum status store_outbox_later(struct store *st, int64_t id, struct instant due,
                               struct text problem, struct error *err) MUST_CHECK;

/* It is refused for good, or its time is over: kept for the host to see. */
enum status store_outbox_refuse(struct store *st, int64_t id, struct instant now,
                                struct text problem, struct error *err) MUST_CHECK;

/* Whom a notice about a connection is for. ERR_NOT_FOUND: it is gone, or nobody's. */
struct connection_host {
    struct text account; /* its slug */
    struct text account_name;
    struct text email;
    struct text name;
    struct text zone;
    struct text mailbox;
    struct text problem;
    enum language language;      /* of the host's first page; English where there is none */
    enum connection_state state; /* of what signs in: itself, or its service account */
    bool is_service;             /* it is one, and the user an administrator */
    struct standing_connection standing; /* its own */
};
/* user: 0 for its host. */
enum status store_connection_host(struct store *st, struct arena *a, int64_t connection,
                                  int64_t user, struct connection_host *ret_host,
                                  struct error *err) MUST_CHECK;

/* List what an account has in it. */
enum status store_outbox_list(struct store *st, struct arena *a,
                              const struct outbox_list_ask *ask,
                              struct outbox_list_answer *ret_list,
                              struct error *err) MUST_CHECK;

/* Try one again now and for another two days. ERR_NOT_FOUND. */
enum status store_outbox_retry(struct store *st, const struct outbox_retry_ask *ask,
                               struct instant now, struct error *err) MUST_CHECK;

/* Change how an account's mails present themselves, where the ask says so; and read it. ERR_NOT_FOUND. */
enum status store_account_mail_set(struct store *st, const struct account_mail_ask *ask,
                                   struct error *err) MUST_CHECK;
enum status store_account_mail_get(struct store *st, struct arena *a, struct text account,
                                   struct account_mail_answer *ret_mail,
                                   struct error *err) MUST_CHECK;

#endif
