/* SPDX-License-Identifier: ISC
 *
 * The steps about providers that let hourgate in by OAuth 2.
 */
#include "store/schema.h"

const char schema_oauth[] =
    "INSERT INTO counters VALUES ('registrations', 0), ('oauth_flows', 0);\n"
    "CREATE TABLE registrations (\n"
    "    -- its number\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- what commands call it\n"
    "    name TEXT NOT NULL UNIQUE,\n"
    "    -- struct registration in the wire encoding, sealed by settings_key\n"
    "    stored BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE TABLE oauth_flows (\n"
    "    -- its number; the state names it\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    -- whose it is\n"
    "    account_id INTEGER NOT NULL REFERENCES accounts (id),\n"
    "    -- who was sent to the provider; NULL: somebody who is to be known by it\n"
    "    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,\n"
    "    -- number of the session that they came from; 0: none\n"
    "    session INTEGER NOT NULL,\n"
    "    -- SHA-256 of the state: what opens\n"
    "    state_hash BLOB NOT NULL,\n"
    "    -- SHA-256 of the cookie that must come with it; NULL: the session's does\n"
    "    cookie_hash BLOB,\n"
    "    -- sealed: what was begun, in the wire encoding\n"
    "    content BLOB NOT NULL,\n"
    "    -- when it ends\n"
    "    expires_at INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX oauth_flows_by_user ON oauth_flows (user_id) WHERE user_id IS NOT NULL;\n"
    "CREATE INDEX oauth_flows_by_account ON oauth_flows (account_id, id);\n"
    "ALTER TABLE connections ADD COLUMN\n"
    "    -- until when one node has its refresh token in use; 0: none has\n"
    "    refreshing_until INTEGER NOT NULL DEFAULT 0;\n";
