/* SPDX-License-Identifier: ISC
 *
 * The schema, as numbered steps that are never changed once released. The comment above a column says what
 * it holds, and `sealed` where the database sees only ciphertext (crypt/seal.h, under the account's data
 * key, bound to table, column and row). What has no such word is clear. inventory.c says the same for people.
 * Codes are the enums of wire/types.h and store.h. Times are seconds since 1970 in UTC.
 */
#include "store/schema.h"

#include "store/store.h"

/* What a disconnected calendar leaves behind: bookings whose event is a plain one now, and what their hosts
 * have to do by hand. */
static const char left_behind[] =
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: its event was left in a calendar that was disconnected, and is hourgate's no "
    "more\n"
    "    left_behind INTEGER NOT NULL DEFAULT 0 CHECK (left_behind IN (0, 1));\n"

    "INSERT INTO counters VALUES ('attentions', 0);\n"
    "CREATE TABLE attentions (\n"
    "    -- its number; commands name it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- which user has something to do by hand\n"
    "    host_id INTEGER NOT NULL REFERENCES users (id),\n"
    "    -- about which booking\n"
    "    booking_id INTEGER NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,\n"
    "    -- enum attention_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- when it came up\n"
    "    at INTEGER NOT NULL,\n"
    "    -- where the event stands as far as hourgate knows\n"
    "    start_at INTEGER NOT NULL,\n"
    "    -- its end\n"
    "    end_at INTEGER NOT NULL,\n"
    "    -- where the booking was moved to; NULL: it was not\n"
    "    moved_to INTEGER,\n"
    "    -- when somebody said that it is done; NULL: it is not\n"
    "    done_at INTEGER\n"
    ") STRICT;\n"
    "CREATE INDEX attentions_by_account ON attentions (account_id, id);\n"
    "CREATE INDEX attentions_by_booking ON attentions (booking_id);\n";

static const char page_questions[] = "ALTER TABLE pages ADD COLUMN\n"
                                     "    -- struct question_list in the wire encoding; "
                                     "public. NULL: none\n"
                                     "    questions BLOB;\n";

static const char step_nodes[] = "ALTER TABLE bookings ADD COLUMN\n"
                                 "    -- name of the node that began its step; others "
                                 "leave a young step alone\n"
                                 "    step_node TEXT NOT NULL DEFAULT '';\n";

static const char rooms[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- sealed: the mailbox of the room that is booked with it; NULL: none\n"
    "    room BLOB;\n";

static const char account_links[] = "ALTER TABLE accounts ADD COLUMN\n"
                                    "    -- address of its imprint; public\n"
                                    "    imprint TEXT NOT NULL DEFAULT '';\n"
                                    "ALTER TABLE accounts ADD COLUMN\n"
                                    "    -- address of its privacy notice; public\n"
                                    "    privacy TEXT NOT NULL DEFAULT '';\n";

/* Mail: what is to be sent, and how it presents itself. */
static const char outbox[] =
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- of its calendar entry: grows with every change that its customer hears of\n"
    "    sequence INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- enum language: of its mails\n"
    "    language INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- enum invite: who gives the customer a calendar entry\n"
    "    invite INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- struct reminder_list in the wire encoding; NULL: none\n"
    "    reminders BLOB;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- struct event_form in the wire encoding; NULL: the usual texts\n"
    "    event_form BLOB;\n"

    "INSERT INTO counters VALUES ('outbox', 0), ('mail_texts', 0);\n"
    "CREATE TABLE outbox (\n"
    "    -- its number; commands name it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- about which booking; NULL: about a connection\n"
    "    booking_id INTEGER REFERENCES bookings (id) ON DELETE CASCADE,\n"
    "    -- about which connection; NULL: about a booking\n"
    "    connection_id INTEGER REFERENCES connections (id) ON DELETE CASCADE,\n"
    "    -- enum mail_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- the booking's when it was written: part of the Message-ID\n"
    "    sequence INTEGER NOT NULL,\n"
    "    -- of a reminder: minutes before the start; else 0\n"
    "    minutes INTEGER NOT NULL,\n"
    "    -- sealed: struct outbox_content in the wire encoding\n"
    "    content BLOB NOT NULL,\n"
    "    -- enum outbox_state\n"
    "    state INTEGER NOT NULL,\n"
    "    -- when it was first due: the mail's date, the same in every repeat\n"
    "    dated_at INTEGER NOT NULL,\n"
    "    -- when it is to be tried next\n"
    "    due_at INTEGER NOT NULL,\n"
    "    -- no try after this\n"
    "    until_at INTEGER NOT NULL,\n"
    "    -- whoever claimed it has it until then; 0: nobody\n"
    "    leased_until INTEGER NOT NULL,\n"
    "    -- how often it was claimed\n"
    "    tries INTEGER NOT NULL,\n"
    "    -- sealed, since it may name people: why the last try failed; NULL: none did\n"
    "    problem BLOB\n"
    ") STRICT;\n"
    "CREATE INDEX outbox_by_due ON outbox (due_at, id) WHERE state = 0;\n"
    "CREATE INDEX outbox_by_account ON outbox (account_id, id);\n"
    "CREATE INDEX outbox_by_booking ON outbox (booking_id);\n"
    "CREATE INDEX outbox_by_connection ON outbox (connection_id);\n"

    "CREATE TABLE account_mails (\n"
    "    -- the account\n"
    "    id INTEGER PRIMARY KEY REFERENCES accounts (id),\n"
    "    -- the same: whose it is\n"
    "    account_id INTEGER NOT NULL,\n"
    "    -- sealed: the address that its mails come from; NULL: the operator's\n"
    "    sender BLOB,\n"
    "    -- sealed: the address that answers go to; NULL: none is named\n"
    "    reply_to BLOB\n"
    ") STRICT;\n"
    "CREATE TABLE mail_texts (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- enum mail_kind: in which mails it stands\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- enum language\n"
    "    language INTEGER NOT NULL,\n"
    "    -- sealed: the account's own paragraph\n"
    "    paragraph BLOB NOT NULL,\n"
    "    UNIQUE (account_id, kind, language)\n"
    ") STRICT;\n";
static const char last_checks[] =
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- when the doctor last looked; 0: never\n"
    "    checked_at INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- sealed: the layers that were not in order then, struct check_answer in the wire "
    "encoding; NULL: none\n"
    "    findings BLOB;\n";

/* What hosts do to events in their own calendars. */
static const char following[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- enum follow: what a change of an event means for its booking\n"
    "    follow INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- its changes are not asked for before this; whoever does so puts it off first\n"
    "    follow_at INTEGER NOT NULL DEFAULT 0;\n"
    "INSERT INTO counters VALUES ('sync_states', 0);\n"
    "CREATE TABLE sync_states (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- through which connection\n"
    "    connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,\n"
    "    -- sealed: which calendar; empty: the default one\n"
    "    calendar BLOB NOT NULL,\n"
    "    -- sealed: the server's word for how far its changes are known\n"
    "    state BLOB NOT NULL,\n"
    "    -- when that was\n"
    "    read_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX sync_states_by_connection ON sync_states (connection_id);\n"
    "CREATE INDEX bookings_by_connection ON bookings (connection_id, end_at)\n"
    "    WHERE connection_id IS NOT NULL;\n";

static const char invitations[] =
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: the calendar's server invites its customer, and hourgate's mails have no .ics\n"
    "    invited INTEGER NOT NULL DEFAULT 0 CHECK (invited IN (0, 1));\n";

/* How often one customer may book a page, until when they may change their mind, and who did not come. */
static const char policies[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- coming bookings of one address at most; 0: no limit\n"
    "    per_customer INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- hours before the start until which customers may move and cancel; 0: until the "
    "end\n"
    "    cancel_hours INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: the host said that the customer did not come\n"
    "    no_show INTEGER NOT NULL DEFAULT 0 CHECK (no_show IN (0, 1));\n";

static const char cancelled_events[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- enum cancelled: what becomes of the event of a cancelled booking\n"
    "    cancelled INTEGER NOT NULL DEFAULT 0;\n";

/* Why a booking was cancelled, and whether customers are asked. */
static const char endings[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- enum ask_reason: whether customers who cancel are asked why\n"
    "    ask_reason INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- enum ended: how it came to its end\n"
    "    ended INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- sealed: the reason that was given for that; NULL: none was\n"
    "    reason BLOB;\n";

/* Connections of which nothing comes, and who is told. */
static const char outages[] =
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- enum outage: why nothing comes of it\n"
    "    outage INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- since when; 0: it works\n"
    "    failing_at INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- 1: people were told of it\n"
    "    failing_told INTEGER NOT NULL DEFAULT 0 CHECK (failing_told IN (0, 1));\n"
    "ALTER TABLE outbox ADD COLUMN\n"
    "    -- to which user; NULL: the host of the booking or of the connection\n"
    "    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE;\n"
    "CREATE INDEX outbox_by_user ON outbox (user_id) WHERE user_id IS NOT NULL;\n";
/* Bookings that wait for a word: of their host, or of their customer by mail. */
static const char requests[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- so many hours a request waits for its host; 0: bookings need no word of theirs\n"
    "    approve_hours INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- so many minutes customers have to confirm by mail; 0: they need not\n"
    "    confirm_min INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- while it waits for a word: when it ends by itself; NULL: it waits for none\n"
    "    open_until INTEGER;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- for whose word it waits, with state 0, or waits again when its event cannot be "
    "written:\n"
    "    -- 0 nobody's, 1 its host's, 2 its customer's\n"
    "    waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1, 2));\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: its private link is told by mail alone\n"
    "    by_mail INTEGER NOT NULL DEFAULT 0 CHECK (by_mail IN (0, 1));\n"
    "CREATE INDEX bookings_open ON bookings (open_until) WHERE open_until IS NOT NULL;\n";

/* In which language customers read, where they said so. */
static const char customers_language[] =
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- enum language: in which the customer reads; NULL: the page's\n"
    "    customer_language INTEGER;\n";

static const char framing_sites[] =
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- origins that may show its pages in a frame; public\n"
    "    sites TEXT NOT NULL DEFAULT '';\n";

/* Two who change one page at the same time. */
static const char page_versions[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- grows with each change; who changes an older one is told so\n"
    "    version INTEGER NOT NULL DEFAULT 1;\n";

/* Bookings that were entered together. */
static const char series[] =
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- the series that it belongs to, by the number of a booking of it; NULL: none\n"
    "    series_id INTEGER;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: its series could not be booked whole, and its event is to be removed\n"
    "    undoing INTEGER NOT NULL DEFAULT 0 CHECK (undoing IN (0, 1));\n"
    "CREATE INDEX bookings_by_series ON bookings (series_id) WHERE series_id IS NOT NULL;\n";

/* An account's colour and logo, both shown to whoever looks at its pages. */
static const char looks[] =
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- the colour of its pages, six hexadecimal figures; empty: none of its own\n"
    "    accent TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- its logo, a whole picture; NULL: none\n"
    "    logo BLOB;\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- a name of the logo's content, a part of its hash; empty: none\n"
    "    logo_mark TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- 0: PNG, 1: WebP\n"
    "    logo_kind INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- the logo's width in pixels; 0: none\n"
    "    logo_width INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- the logo's height in pixels; 0: none\n"
    "    logo_height INTEGER NOT NULL DEFAULT 0;\n";

/* Meetings that a calendar's server makes with the events. */
static const char online_meetings[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- 1: the calendar's server is asked for an online meeting with each event\n"
    "    online_meeting INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- sealed: the link of its online meeting; NULL: none\n"
    "    meeting BLOB;\n";

const struct schema_step schema_steps[] = {
    {schema_first, schema_first_sqlite, schema_first_postgres},
    {schema_second, NULL, NULL},
    {left_behind, NULL, NULL},
    {schema_audit, NULL, NULL},
    {schema_many_keys, NULL, NULL},
    {schema_roles_and_tokens, NULL, NULL},
    {page_questions, NULL, NULL},
    {schema_erasures, NULL, NULL},
    {step_nodes, NULL, NULL},
    {rooms, NULL, NULL},
    {schema_forgetting, NULL, NULL},
    {account_links, NULL, NULL},
    {schema_removed_users, NULL, NULL},
    {outbox, NULL, NULL},
    {following, NULL, NULL},
    {last_checks, NULL, NULL},
    {schema_sign_in, NULL, NULL},
    {invitations, NULL, NULL},
    {policies, NULL, NULL},
    {cancelled_events, NULL, NULL},
    {schema_proving, NULL, NULL},
    {endings, NULL, NULL},
    {outages, NULL, NULL},
    {customers_language, NULL, NULL},
    {schema_second_factors, NULL, NULL},
    {framing_sites, NULL, NULL},
    {schema_setting_up, NULL, NULL},
    {schema_disabled_users, NULL, NULL},
    {page_versions, NULL, NULL},
    {requests, NULL, NULL},
    {schema_audit_subjects, NULL, NULL},
    {series, NULL, NULL},
    {looks, NULL, NULL},
    {schema_oauth, NULL, NULL},
    {schema_desks, NULL, NULL},
    {schema_single_sign_on, NULL, NULL},
    {online_meetings, NULL, NULL},
};
const int schema_version = sizeof schema_steps / sizeof *schema_steps;
_Static_assert(IMAGE_PNG == 0 && IMAGE_WEBP == 1, "the schema says it in figures");
_Static_assert(USER_MEMBER == 0 && USER_ADMINISTRATOR == 1 && USER_OWNER == 2,
               "the schema says it in figures");

_Static_assert(OUTBOX_WAITING == 0 && OUTBOX_REFUSED == 1 && MAIL_REMINDER == 3,
               "the schema and store/outbox.c say it in figures");
_Static_assert(STEP_NONE == 0 && STEP_HOLD == 1 && STEP_CREATE == 2 && STEP_MOVE == 3 &&
                   STEP_CANCEL == 4 && STEP_UNDO == 5,
               "the schema says it in figures");
