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

/* The audit. Its rows name an account by `account`, not account_id, and refer to nothing: they stay when what they
 * tell of is gone, and no rotation seals them anew, since their chain covers their bytes. */
static const char audit[] =
    "CREATE TABLE nodes (\n"
    "    -- its number, which begins the numbers of its rows in audit\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- its name, drawn by chance and kept in its data directory; empty: it was given "
    "none\n"
    "    name TEXT NOT NULL UNIQUE,\n"
    "    -- the key of its chain in audit, sealed by the master key\n"
    "    chain_key BLOB NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO counters VALUES ('nodes', 0);\n"

    "CREATE TABLE audit_keys (\n"
    "    -- the account's number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- the account, with which its audit key is destroyed\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,\n"
    "    -- the key that seals the account's rows in audit, sealed by the master key\n"
    "    audit_key BLOB NOT NULL\n"
    ") STRICT;\n"

    "CREATE TABLE audit (\n"
    "    -- the node's number times 2^40, plus the row's place in the node's chain, from 1 on\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- when it happened\n"
    "    at INTEGER NOT NULL,\n"
    "    -- enum audit_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- enum audit_actor: who made it happen\n"
    "    actor INTEGER NOT NULL,\n"
    "    -- the account that it is about, which may be gone; 0: all of the installation\n"
    "    account INTEGER NOT NULL,\n"
    "    -- the number of what it is about, by its kind; 0: nothing that has one\n"
    "    subject INTEGER NOT NULL,\n"
    "    -- enum audit_result: how it went\n"
    "    result INTEGER NOT NULL,\n"
    "    -- struct audit_details in the wire encoding under the account's audit key, empty "
    "where\n"
    "    -- there are none; of a checkpoint the hash of the last row that ended\n"
    "    details BLOB NOT NULL,\n"
    "    -- SHA-256 over the hash of the row before and all of this one\n"
    "    hash BLOB NOT NULL,\n"
    "    -- HMAC by the node's chain key over the hash\n"
    "    code BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX audit_by_account ON audit (account, at, id);\n"
    "CREATE INDEX audit_checkpoints ON audit (subject) WHERE kind = 0;\n";

/* Several keys of an account at one time, when each was made, and which backups hold them. The one that an account had becomes the first
 * of them, its number the account's; its look-up key is derived from it until the first rotation. accounts.data_key
 * stays empty: SQLite cannot drop a column whose comment has a comma. */
static const char many_keys[] =
    "CREATE TABLE account_keys (\n"
    "    -- its number; the newest data key of an account seals what is written\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- enum key_purpose: 0 data key, 1 data key beside which values may stand plain, 2 "
    "look-up key.\n"
    "    -- The wrapping covers it\n"
    "    purpose INTEGER NOT NULL,\n"
    "    -- when it was drawn; 0: before that was written down\n"
    "    made_at INTEGER NOT NULL,\n"
    "    -- the key, sealed by the master key in the account's place (crypt/keyring.h)\n"
    "    wrapped BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX account_keys_by_account ON account_keys (account_id, id);\n"
    "INSERT INTO account_keys SELECT id, id, 0, 0, data_key FROM accounts;\n"
    "INSERT INTO counters SELECT 'account_keys', last FROM counters WHERE name = 'accounts';\n"
    "UPDATE accounts SET data_key = x'';\n"

    "CREATE TABLE master_keys (\n"
    "    -- its number; the greatest is the one that wraps all keys now\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- its id (crypt/keyring.h)\n"
    "    key_id BLOB NOT NULL,\n"
    "    -- since when it wraps them; 0: before that was written down\n"
    "    since INTEGER NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO master_keys SELECT 1, master_key_id, 0 FROM hourgate;\n"

    "CREATE TABLE backups (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- what it holds stood in the database at this time\n"
    "    made_at INTEGER NOT NULL,\n"
    "    -- when it is to be gone: made_at and the backup_keep_days of that day\n"
    "    expires_at INTEGER NOT NULL,\n"
    "    -- id of the master key that wraps the keys in it\n"
    "    master_key_id BLOB NOT NULL,\n"
    "    -- the greatest number in account_keys: of the keys up to it, it holds all that were "
    "not\n"
    "    -- destroyed before\n"
    "    last_key INTEGER NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO counters VALUES ('backups', 0);\n";

/* Roles, and tokens by which programs ask as a user. Who was an account's first user is its owner. */
static const char roles_and_tokens[] =
    "ALTER TABLE users ADD COLUMN\n"
    "    -- enum user_role\n"
    "    role INTEGER NOT NULL DEFAULT 0 CHECK (role IN (0, 1, 2));\n"
    "UPDATE users SET role = 2 WHERE id IN (SELECT min(id) FROM users GROUP BY account_id);\n"

    "CREATE TABLE tokens (\n"
    "    -- its number; the token names it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- as whom it asks\n"
    "    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- sealed: what its user calls it\n"
    "    name BLOB NOT NULL,\n"
    "    -- SHA-256 of the token: what opens\n"
    "    token_hash BLOB NOT NULL,\n"
    "    -- bit set of enum scope (wire/grant.h)\n"
    "    scopes INTEGER NOT NULL,\n"
    "    -- when it was made\n"
    "    made_at INTEGER NOT NULL,\n"
    "    -- the hour in which it was used last; 0: never\n"
    "    used_at INTEGER NOT NULL,\n"
    "    -- when it ends; 0: never\n"
    "    expires_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX tokens_by_user ON tokens (user_id, id);\n"
    "CREATE INDEX tokens_by_account ON tokens (account_id, id);\n"
    "INSERT INTO counters VALUES ('tokens', 0);\n";
static const char page_questions[] = "ALTER TABLE pages ADD COLUMN\n"
                                     "    -- struct question_list in the wire encoding; "
                                     "public. NULL: none\n"
                                     "    questions BLOB;\n";

/* What is erased, and the records of it. */
static const char erasures[] =
    "ALTER TABLE hourgate ADD COLUMN\n"
    "    -- the key that signs certificates, sealed by the master key; NULL: none was signed "
    "yet\n"
    "    certificate_key BLOB;\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- 1: being erased, and found by nobody any more\n"
    "    erasing INTEGER NOT NULL DEFAULT 0 CHECK (erasing IN (0, 1));\n"
    "INSERT INTO counters VALUES ('erasures', 0);\n"
    "CREATE TABLE erasures (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- enum erasure_kind\n"
    "    kind INTEGER NOT NULL,\n"
    "    -- the account's number; it refers to nothing, since the account goes\n"
    "    account INTEGER NOT NULL,\n"
    "    -- the account's name in addresses, by which the certificate names it\n"
    "    slug TEXT NOT NULL,\n"
    "    -- of a person a keyed hash of their address, in figures; empty: the whole account\n"
    "    subject TEXT NOT NULL,\n"
    "    -- when it began\n"
    "    begun_at INTEGER NOT NULL,\n"
    "    -- when it was finished; NULL: it is not\n"
    "    done_at INTEGER,\n"
    "    -- struct erasure_facts in the wire encoding: how much, which keys, until when "
    "backups\n"
    "    facts BLOB NOT NULL,\n"
    "    -- the certificate's text; empty: not finished\n"
    "    certificate TEXT NOT NULL DEFAULT '',\n"
    "    -- HMAC over it by certificate_key; NULL with it\n"
    "    signature BLOB\n"
    ") STRICT;\n"
    "CREATE INDEX erasures_open ON erasures (id) WHERE done_at IS NULL;\n";
static const char step_nodes[] = "ALTER TABLE bookings ADD COLUMN\n"
                                 "    -- name of the node that began its step; others "
                                 "leave a young step alone\n"
                                 "    step_node TEXT NOT NULL DEFAULT '';\n";

static const char rooms[] =
    "ALTER TABLE pages ADD COLUMN\n"
    "    -- sealed: the mailbox of the room that is booked with it; NULL: none\n"
    "    room BLOB;\n";

/* Who booked is found by a hash, and forgotten in time. */
static const char forgetting[] =
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- how many days past bookings keep their customer, 0 for good; NULL: as configured\n"
    "    keep_days INTEGER;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- keyed hash of the customer's address in small letters; NULL: anonymous, or of an "
    "older "
    "version\n"
    "    customer_hash BLOB;\n"
    "ALTER TABLE bookings ADD COLUMN\n"
    "    -- 1: made anonymous: its time and its page are all that it says\n"
    "    anonymous INTEGER NOT NULL DEFAULT 0 CHECK (anonymous IN (0, 1));\n"
    "CREATE INDEX bookings_by_customer ON bookings (account_id, customer_hash, id);\n"
    "CREATE INDEX bookings_named ON bookings (account_id, end_at) WHERE anonymous = 0;\n"
    "CREATE INDEX bookings_unhashed ON bookings (id)\n"
    "    WHERE customer_hash IS NULL AND anonymous = 0;\n";
static const char account_links[] = "ALTER TABLE accounts ADD COLUMN\n"
                                    "    -- address of its imprint; public\n"
                                    "    imprint TEXT NOT NULL DEFAULT '';\n"
                                    "ALTER TABLE accounts ADD COLUMN\n"
                                    "    -- address of its privacy notice; public\n"
                                    "    privacy TEXT NOT NULL DEFAULT '';\n";

static const char removed_users[] =
    "ALTER TABLE users ADD COLUMN\n"
    "    -- 1: removed; the row says nothing any more and is kept for past bookings alone\n"
    "    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));\n";

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

/* People who sign in. */
static const char sign_in[] =
    "INSERT INTO counters VALUES ('sessions', 0), ('invites', 0);\n"
    "CREATE TABLE passwords (\n"
    "    -- the user\n"
    "    id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- sealed: the password as Argon2id keeps it\n"
    "    stored BLOB NOT NULL,\n"
    "    -- grows with every new password: sessions of an older one are over\n"
    "    version INTEGER NOT NULL,\n"
    "    -- wrong tries since the last right one\n"
    "    wrong INTEGER NOT NULL,\n"
    "    -- when the last try was counted; 0: none was\n"
    "    tried_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX passwords_by_account ON passwords (account_id, id);\n"
    "CREATE TABLE sessions (\n"
    "    -- its number; the cookie names it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- who signed in\n"
    "    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- SHA-256 of the cookie: what opens\n"
    "    token_hash BLOB NOT NULL,\n"
    "    -- version of the password that it began with\n"
    "    version INTEGER NOT NULL,\n"
    "    -- when it began\n"
    "    made_at INTEGER NOT NULL,\n"
    "    -- the ten minutes in which it was used last\n"
    "    seen_at INTEGER NOT NULL,\n"
    "    -- when it ends, however much it is used\n"
    "    expires_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX sessions_by_user ON sessions (user_id, id);\n"
    "CREATE INDEX sessions_by_account ON sessions (account_id, id);\n"
    "CREATE TABLE invites (\n"
    "    -- its number; the link names it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- who may set a password with it\n"
    "    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- SHA-256 of the link's token: what opens\n"
    "    token_hash BLOB NOT NULL,\n"
    "    -- when it ends\n"
    "    expires_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX invites_by_user ON invites (user_id);\n"
    "CREATE INDEX invites_by_account ON invites (account_id, id);\n";

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

static const char proving[] = "ALTER TABLE sessions ADD COLUMN\n"
                              "    -- when its user last said the password\n"
                              "    proved_at INTEGER NOT NULL DEFAULT 0;\n";

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
static const char second_factors[] =
    "INSERT INTO counters VALUES ('recovery_codes', 0), ('sign_in_steps', 0);\n"
    "CREATE TABLE second_factors (\n"
    "    -- the user\n"
    "    id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- sealed: the secret of the user's one-time codes\n"
    "    secret BLOB NOT NULL,\n"
    "    -- since when codes are asked for; 0: none of them was seen yet\n"
    "    on_at INTEGER NOT NULL,\n"
    "    -- the 30 seconds of the code that was used last\n"
    "    used INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX second_factors_by_account ON second_factors (account_id, id);\n"
    "CREATE TABLE recovery_codes (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- who may use it once\n"
    "    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- keyed hash of the user and the code\n"
    "    code_hash BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id, id);\n"
    "CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id, id);\n"
    "CREATE TABLE sign_in_steps (\n"
    "    -- its number; the cookie names it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- who said the password and has yet to say a code\n"
    "    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- SHA-256 of the cookie: what opens\n"
    "    token_hash BLOB NOT NULL,\n"
    "    -- version of the password\n"
    "    version INTEGER NOT NULL,\n"
    "    -- when it ends\n"
    "    expires_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX sign_in_steps_by_user ON sign_in_steps (user_id, id);\n"
    "CREATE INDEX sign_in_steps_by_account ON sign_in_steps (account_id, id);\n"
    "ALTER TABLE sessions ADD COLUMN\n"
    "    -- enum sign_in_means: how its user proved who they are\n"
    "    means INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE accounts ADD COLUMN\n"
    "    -- 1: who signs in by password must have a second factor\n"
    "    require_totp INTEGER NOT NULL DEFAULT 0 CHECK (require_totp IN (0, 1));\n";
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

static const char setting_up[] =
    "CREATE TABLE setups (\n"
    "    -- always 1\n"
    "    id INTEGER PRIMARY KEY CHECK (id = 1),\n"
    "    -- SHA-256 of the link's token: what opens; NULL: it was used\n"
    "    token_hash BLOB,\n"
    "    -- when the link ends; once it was used, until when its user may go on\n"
    "    expires_at INTEGER NOT NULL,\n"
    "    -- number of the user whom the link made; 0: none yet\n"
    "    owner INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE TABLE settings (\n"
    "    -- always 1\n"
    "    id INTEGER PRIMARY KEY CHECK (id = 1),\n"
    "    -- wrapped by the master key: what seals here; NULL: nothing is sealed\n"
    "    settings_key BLOB,\n"
    "    -- struct mail_server in the wire encoding, sealed by settings_key; NULL: none\n"
    "    mail BLOB,\n"
    "    -- where the data stands, in the operator's words\n"
    "    location TEXT NOT NULL\n"
    ") STRICT;\n";

static const char disabled_users[] =
    "ALTER TABLE users ADD COLUMN\n"
    "    -- 1: lets nobody in, and their pages are not there\n"
    "    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));\n";

/* What became of one booking is looked up by its number. */
static const char audit_subjects[] =
    "CREATE INDEX audit_by_subject ON audit (account, subject, at);\n";

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

const struct schema_step schema_steps[] = {
    {schema_first, schema_first_sqlite, schema_first_postgres},
    {schema_second, NULL, NULL},
    {left_behind, NULL, NULL},
    {audit, NULL, NULL},
    {many_keys, NULL, NULL},
    {roles_and_tokens, NULL, NULL},
    {page_questions, NULL, NULL},
    {erasures, NULL, NULL},
    {step_nodes, NULL, NULL},
    {rooms, NULL, NULL},
    {forgetting, NULL, NULL},
    {account_links, NULL, NULL},
    {removed_users, NULL, NULL},
    {outbox, NULL, NULL},
    {following, NULL, NULL},
    {last_checks, NULL, NULL},
    {sign_in, NULL, NULL},
    {invitations, NULL, NULL},
    {policies, NULL, NULL},
    {cancelled_events, NULL, NULL},
    {proving, NULL, NULL},
    {endings, NULL, NULL},
    {outages, NULL, NULL},
    {customers_language, NULL, NULL},
    {second_factors, NULL, NULL},
    {framing_sites, NULL, NULL},
    {setting_up, NULL, NULL},
    {disabled_users, NULL, NULL},
    {page_versions, NULL, NULL},
    {requests, NULL, NULL},
    {audit_subjects, NULL, NULL},
    {series, NULL, NULL},
};
const int schema_version = sizeof schema_steps / sizeof *schema_steps;
_Static_assert(USER_MEMBER == 0 && USER_ADMINISTRATOR == 1 && USER_OWNER == 2,
               "the schema says it in figures");

_Static_assert(OUTBOX_WAITING == 0 && OUTBOX_REFUSED == 1 && MAIL_REMINDER == 3,
               "the schema and store/outbox.c say it in figures");
_Static_assert(STEP_NONE == 0 && STEP_HOLD == 1 && STEP_CREATE == 2 && STEP_MOVE == 3 &&
                   STEP_CANCEL == 4 && STEP_UNDO == 5,
               "the schema says it in figures");
