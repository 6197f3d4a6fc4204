/* SPDX-License-Identifier: ISC
 *
 * The schema's steps about what is kept, under which keys, and what is told of it: the audit, data keys, erasure and
 * forgetting. schema.c puts all steps into their order and says how a column is described.
 */
#include "store/schema.h"

/* The audit. Its rows name an account by `account`, not account_id, and refer to nothing: they stay when what they
 * tell of is gone, and no rotation seals them anew, since their chain covers their bytes. */
const char schema_audit[] =
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

/* What became of one booking is looked up by its number. */
const char schema_audit_subjects[] =
    "CREATE INDEX audit_by_subject ON audit (account, subject, at);\n";

/* Several keys of an account at one time, when each was made, and which backups hold them. The one that an account had becomes the first
 * of them, its number the account's; its look-up key is derived from it until the first rotation. accounts.data_key
 * stays empty: SQLite cannot drop a column whose comment has a comma. */
const char schema_many_keys[] =
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

/* What is erased, and the records of it. */
const char schema_erasures[] =
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

/* Who booked is found by a hash, and forgotten in time. */
const char schema_forgetting[] =
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
