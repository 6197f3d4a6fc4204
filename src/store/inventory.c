/* SPDX-License-Identifier: ISC */
#include "store/inventory.h"

#include <string.h>

/* When something goes: said once, so that all of its kind goes together. */
#define WITH_DATABASE "with the installation"
#define WITH_ACCOUNT "until the account is removed"
#define WITH_USER "until the user is removed"
#define WITH_SESSION "until its user signs in after it ended, or is removed"
#define WITH_FACTOR "until the second factor is turned off or its user removed"
#define WITH_RECOVERY                                                                          \
    "until it is used or replaced, the second factor turned off or its user removed"
#define WITH_STEP "until its code is said, the next sign-in of its user, or their removal"
#define WITH_REGISTRATION "until the registration is removed"
#define WITH_FLOW                                                                              \
    "until they are back from the provider, or ten minutes later; then until the next one is " \
    "begun"
#define WITH_PROVIDER "until the account signs in by it no more"
#define WITH_INVITE "until it is used, replaced or its user removed"
#define WITH_SETUP "until the installation is set up, or its link is replaced"
#define WITH_TOKEN "until the token is revoked or its user removed"
#define WITH_CONNECTION "until the calendar is disconnected"
#define WITH_DESK                                                                              \
    "until the connector is disconnected, its token or mode changed, or the PC says so"
#define WITH_ORDER "until the PC has done it and its booking is settled, or it is disconnected"
#define WITH_PAGE "until the account is removed; a removed page stays for its bookings"
#define WITH_BOOKING "until the account is removed"
#define WITH_CUSTOMER "until the customer is erased, or the booking is keep_bookings_days past"
#define WITH_EVENT "until the calendar is disconnected, or the booking made anonymous"
#define WITH_TIME "until the booking is cancelled or moved away, or the account removed"
#define WITH_NOTICE "until the booking is made anonymous, or the account removed"
#define WITH_MAIL "until it was sent; 30 days where it was refused"
#define WITH_AUDIT "until it is as old as keep_audit_days says"

/* clang-format off */
const struct column_entry inventory[] = {
    {"hourgate", "id", KEEP_CLEAR, "always 1", WITH_DATABASE},
    {"hourgate", "master_key_id", KEEP_HASH, "which master key wraps the data keys", WITH_DATABASE},
    {"hourgate", "certificate_key", KEEP_WRAPPED, "the key that signs certificates of erasure", WITH_DATABASE},

    {"counters", "name", KEEP_CLEAR, "a table whose rows are numbered", WITH_DATABASE},
    {"counters", "last", KEEP_CLEAR, "the number given last", WITH_DATABASE},

    {"accounts", "id", KEEP_CLEAR, "the account's number", WITH_ACCOUNT},
    {"accounts", "slug", KEEP_CLEAR, "its name in public addresses", WITH_ACCOUNT},
    {"accounts", "name", KEEP_CLEAR, "its name as visitors read it", WITH_ACCOUNT},
    {"accounts", "kind", KEEP_CLEAR, "corporate or personal", WITH_ACCOUNT},
    {"accounts", "data_key", KEEP_WRAPPED, "nothing any more: an account's keys are in account_keys", WITH_ACCOUNT},
    {"accounts", "keep_days", KEEP_CLEAR, "how long past bookings keep their customer", WITH_ACCOUNT},
    {"accounts", "require_totp", KEEP_CLEAR, "whether its users must have a second factor", WITH_ACCOUNT},
    {"accounts", "erasing", KEEP_CLEAR, "whether it is being erased", WITH_ACCOUNT},

    {"account_keys", "id", KEEP_CLEAR, "the key's number; the account's newest one seals", WITH_ACCOUNT},
    {"account_keys", "account_id", KEEP_CLEAR, "whose key it is", WITH_ACCOUNT},
    {"account_keys", "purpose", KEEP_CLEAR, "sealing, sealing where plain values are allowed, or look-up hashes", WITH_ACCOUNT},
    {"account_keys", "made_at", KEEP_CLEAR, "when it was drawn", WITH_ACCOUNT},
    {"account_keys", "wrapped", KEEP_WRAPPED, "the key itself", "until nothing is sealed by it any more"},

    {"master_keys", "id", KEEP_CLEAR, "the master key's number; the greatest wraps all other keys now", WITH_DATABASE},
    {"master_keys", "key_id", KEEP_HASH, "which master key it is", WITH_DATABASE},
    {"master_keys", "since", KEEP_CLEAR, "since when it wraps them", WITH_DATABASE},

    {"backups", "id", KEEP_CLEAR, "the backup's number", WITH_DATABASE},
    {"backups", "made_at", KEEP_CLEAR, "when it was made", WITH_DATABASE},
    {"backups", "expires_at", KEEP_CLEAR, "when it is to be gone", WITH_DATABASE},
    {"backups", "master_key_id", KEEP_HASH, "which master key wraps the keys in it", WITH_DATABASE},
    {"backups", "last_key", KEEP_CLEAR, "up to which number it holds the accounts' keys", WITH_DATABASE},
    {"accounts", "sites", KEEP_CLEAR, "which sites may show its pages in a frame, told to visitors", WITH_ACCOUNT},
    {"accounts", "accent", KEEP_CLEAR, "the colour of its pages, shown to visitors", WITH_ACCOUNT},
    {"accounts", "logo", KEEP_CLEAR, "its logo, shown to visitors", WITH_ACCOUNT},
    {"accounts", "logo_mark", KEEP_HASH, "a name of the logo's content, shown to visitors", WITH_ACCOUNT},
    {"accounts", "logo_kind", KEEP_CLEAR, "what kind of picture the logo is", WITH_ACCOUNT},
    {"accounts", "logo_width", KEEP_CLEAR, "how wide the logo is", WITH_ACCOUNT},
    {"accounts", "logo_height", KEEP_CLEAR, "how high the logo is", WITH_ACCOUNT},
    {"accounts", "imprint", KEEP_CLEAR, "address of its imprint, shown to visitors", WITH_ACCOUNT},
    {"accounts", "privacy", KEEP_CLEAR, "address of its privacy notice, shown to visitors", WITH_ACCOUNT},

    {"users", "id", KEEP_CLEAR, "the user's number", WITH_USER},
    {"users", "account_id", KEEP_CLEAR, "whose user it is", WITH_USER},
    {"users", "email_hash", KEEP_HASH, "the e-mail address as a keyed hash, to find the user", WITH_USER},
    {"users", "email", KEEP_SEALED, "the e-mail address", WITH_USER},
    {"users", "name", KEEP_SEALED, "the name as visitors read it", WITH_USER},
    {"users", "zone", KEEP_CLEAR, "the user's time zone", WITH_USER},
    {"users", "disabled", KEEP_CLEAR, "whether they are let in", WITH_USER},
    {"users", "removed", KEEP_CLEAR, "whether they were removed", WITH_USER},
    {"users", "role", KEEP_CLEAR, "owner, administrator or member", WITH_USER},

    {"tokens", "id", KEEP_CLEAR, "the token's number", WITH_TOKEN},
    {"tokens", "account_id", KEEP_CLEAR, "whose it is", WITH_TOKEN},
    {"tokens", "user_id", KEEP_CLEAR, "as which user it asks", WITH_TOKEN},
    {"tokens", "name", KEEP_SEALED, "what its user calls it", WITH_TOKEN},
    {"tokens", "token_hash", KEEP_HASH, "the token as a hash, to know it again", WITH_TOKEN},
    {"tokens", "scopes", KEEP_CLEAR, "what it is good for", WITH_TOKEN},
    {"tokens", "made_at", KEEP_CLEAR, "when it was made", WITH_TOKEN},
    {"tokens", "used_at", KEEP_CLEAR, "the hour in which it was used last", WITH_TOKEN},
    {"tokens", "expires_at", KEEP_CLEAR, "when it ends", WITH_TOKEN},

    {"passwords", "id", KEEP_CLEAR, "the user", WITH_USER},
    {"passwords", "account_id", KEEP_CLEAR, "whose it is", WITH_USER},
    {"passwords", "stored", KEEP_SEALED, "the password's Argon2id hash", WITH_USER},
    {"passwords", "version", KEEP_CLEAR, "how often it was set", WITH_USER},
    {"passwords", "wrong", KEEP_CLEAR, "how many wrong tries there were since the last right one", WITH_USER},
    {"passwords", "tried_at", KEEP_CLEAR, "when the last try was", WITH_USER},

    {"sessions", "id", KEEP_CLEAR, "the session's number", WITH_SESSION},
    {"sessions", "account_id", KEEP_CLEAR, "whose it is", WITH_SESSION},
    {"sessions", "user_id", KEEP_CLEAR, "who signed in", WITH_SESSION},
    {"sessions", "token_hash", KEEP_HASH, "the cookie as a hash, to know it again", WITH_SESSION},
    {"sessions", "version", KEEP_CLEAR, "with which of their passwords", WITH_SESSION},
    {"sessions", "made_at", KEEP_CLEAR, "when it began", WITH_SESSION},
    {"sessions", "seen_at", KEEP_CLEAR, "the ten minutes in which it was used last", WITH_SESSION},
    {"sessions", "expires_at", KEEP_CLEAR, "when it ends", WITH_SESSION},
    {"sessions", "proved_at", KEEP_CLEAR, "when its user last said the password", WITH_SESSION},
    {"sessions", "means", KEEP_CLEAR, "how its user proved who they are", WITH_SESSION},

    {"second_factors", "id", KEEP_CLEAR, "the user", WITH_FACTOR},
    {"second_factors", "account_id", KEEP_CLEAR, "whose it is", WITH_FACTOR},
    {"second_factors", "secret", KEEP_SEALED, "the secret of their one-time codes", WITH_FACTOR},
    {"second_factors", "on_at", KEEP_CLEAR, "since when codes are asked for", WITH_FACTOR},
    {"second_factors", "used", KEEP_CLEAR, "the 30 seconds of the code that was used last", WITH_FACTOR},

    {"recovery_codes", "id", KEEP_CLEAR, "the code's number", WITH_RECOVERY},
    {"recovery_codes", "account_id", KEEP_CLEAR, "whose it is", WITH_RECOVERY},
    {"recovery_codes", "user_id", KEEP_CLEAR, "who may use it", WITH_RECOVERY},
    {"recovery_codes", "code_hash", KEEP_HASH, "the code as a keyed hash, to know it again", WITH_RECOVERY},

    {"sign_in_steps", "id", KEEP_CLEAR, "the number of a sign-in that waits for its code", WITH_STEP},
    {"sign_in_steps", "account_id", KEEP_CLEAR, "whose it is", WITH_STEP},
    {"sign_in_steps", "user_id", KEEP_CLEAR, "who said the password", WITH_STEP},
    {"sign_in_steps", "token_hash", KEEP_HASH, "its cookie as a hash, to know it again", WITH_STEP},
    {"sign_in_steps", "version", KEEP_CLEAR, "with which of their passwords", WITH_STEP},
    {"sign_in_steps", "expires_at", KEEP_CLEAR, "when it ends", WITH_STEP},

    {"invites", "id", KEEP_CLEAR, "the invitation's number", WITH_INVITE},
    {"invites", "account_id", KEEP_CLEAR, "whose it is", WITH_INVITE},
    {"invites", "user_id", KEEP_CLEAR, "who may set a password with it", WITH_INVITE},
    {"invites", "token_hash", KEEP_HASH, "its link as a hash, to know it again", WITH_INVITE},
    {"invites", "expires_at", KEEP_CLEAR, "when it ends", WITH_INVITE},

    {"oauth_flows", "id", KEEP_CLEAR, "the number of somebody's way to a provider", WITH_FLOW},
    {"oauth_flows", "account_id", KEEP_CLEAR, "whose it is", WITH_FLOW},
    {"oauth_flows", "user_id", KEEP_CLEAR, "who was sent there", WITH_FLOW},
    {"oauth_flows", "session", KEEP_CLEAR, "from which session", WITH_FLOW},
    {"oauth_flows", "state_hash", KEEP_HASH, "what comes back with them as a hash, to know it again", WITH_FLOW},
    {"oauth_flows", "cookie_hash", KEEP_HASH, "their browser's cookie as a hash, to know it again", WITH_FLOW},
    {"oauth_flows", "content", KEEP_SEALED, "what was begun, and the secret that proves it", WITH_FLOW},
    {"oauth_flows", "expires_at", KEEP_CLEAR, "when it ends", WITH_FLOW},

    {"identity_providers", "id", KEEP_CLEAR, "the number of a provider by which an account's people sign in", WITH_PROVIDER},
    {"identity_providers", "account_id", KEEP_CLEAR, "whose it is", WITH_PROVIDER},
    {"identity_providers", "content", KEEP_SEALED, "its address, hourgate's client id and secret there, who may join", WITH_PROVIDER},

    {"identities", "id", KEEP_CLEAR, "the number of what a user is known by", WITH_USER},
    {"identities", "account_id", KEEP_CLEAR, "whose it is", WITH_USER},
    {"identities", "user_id", KEEP_CLEAR, "who is known by it", WITH_USER},
    {"identities", "subject_hash", KEEP_HASH, "what the provider calls them as a keyed hash, to know them again", WITH_USER},

    {"registrations", "id", KEEP_CLEAR, "the number of a registration with a provider", WITH_REGISTRATION},
    {"registrations", "name", KEEP_CLEAR, "what commands call it", WITH_REGISTRATION},
    {"registrations", "stored", KEEP_SETTING, "the provider's addresses, hourgate's client id and secret there", WITH_REGISTRATION},

    {"setups", "id", KEEP_CLEAR, "always 1", WITH_SETUP},
    {"setups", "token_hash", KEEP_HASH, "the link to set up with, as a hash, to know it again", WITH_SETUP},
    {"setups", "expires_at", KEEP_CLEAR, "when it ends", WITH_SETUP},
    {"setups", "owner", KEEP_CLEAR, "which user goes on setting up", WITH_SETUP},

    {"settings", "id", KEEP_CLEAR, "always 1", WITH_DATABASE},
    {"settings", "settings_key", KEEP_WRAPPED, "the key that seals what is set here", WITH_DATABASE},
    {"settings", "mail", KEEP_SETTING, "the mail server and the sign-in there, as given at set-up", WITH_DATABASE},
    {"settings", "location", KEEP_CLEAR, "where the data stands, as the operator says", WITH_DATABASE},

    {"connections", "id", KEEP_CLEAR, "the connection's number", WITH_CONNECTION},
    {"connections", "account_id", KEEP_CLEAR, "whose it is", WITH_CONNECTION},
    {"connections", "user_id", KEEP_CLEAR, "whose calendar it is", WITH_CONNECTION},
    {"connections", "service_id", KEEP_CLEAR, "the service account that signs in for it", WITH_CONNECTION},
    {"connections", "kind", KEEP_CLEAR, "which protocol the calendar speaks", WITH_CONNECTION},
    {"connections", "host", KEEP_SEALED, "the calendar server's name", WITH_CONNECTION},
    {"connections", "port", KEEP_CLEAR, "the calendar server's port", WITH_CONNECTION},
    {"connections", "path", KEEP_SEALED, "the path on the calendar server", WITH_CONNECTION},
    {"connections", "method", KEEP_CLEAR, "how it signs in", WITH_CONNECTION},
    {"connections", "username", KEEP_SEALED, "the user name that signs in", WITH_CONNECTION},
    {"connections", "password", KEEP_SEALED, "the password that signs in", WITH_CONNECTION},
    {"connections", "impersonate", KEEP_SEALED, "the address that it acts for", WITH_CONNECTION},
    {"connections", "mailbox", KEEP_SEALED, "the mailbox whose calendar it is", WITH_CONNECTION},
    {"connections", "keytab", KEEP_SEALED, "the Kerberos keytab that signs in", WITH_CONNECTION},
    {"connections", "refreshing_until", KEEP_CLEAR, "until when one node has its refresh token in use", WITH_CONNECTION},
    {"connections", "token_server", KEEP_SEALED, "where it gets OAuth tokens, and as which client", WITH_CONNECTION},
    {"connections", "pins", KEEP_SEALED, "hashes of the server keys that are accepted", WITH_CONNECTION},
    {"connections", "free_busy_only", KEEP_CLEAR, "whether only free and busy is asked", WITH_CONNECTION},
    {"connections", "busy_calendars", KEEP_SEALED, "which calendars count as busy", WITH_CONNECTION},
    {"connections", "book_calendar", KEEP_SEALED, "which calendar bookings are written into", WITH_CONNECTION},
    {"connections", "state", KEEP_CLEAR, "whether it works, was refused once, or is paused", WITH_CONNECTION},
    {"connections", "checked_at", KEEP_CLEAR, "when the doctor last looked at it", WITH_CONNECTION},
    {"connections", "findings", KEEP_SEALED, "what the doctor found wrong then", WITH_CONNECTION},
    {"connections", "refused_at", KEEP_CLEAR, "when its sign-in was refused last", WITH_CONNECTION},
    {"connections", "follow_at", KEEP_CLEAR, "when changes of its appointments are asked for next", WITH_CONNECTION},
    {"connections", "outage", KEEP_CLEAR, "why it does not work now, if it does not", WITH_CONNECTION},
    {"connections", "failing_at", KEEP_CLEAR, "since when it does not work", WITH_CONNECTION},
    {"connections", "failing_told", KEEP_CLEAR, "whether people were told of that", WITH_CONNECTION},
    {"connections", "problem", KEEP_SEALED, "its last failure, in one line", WITH_CONNECTION},

    {"pages", "id", KEEP_CLEAR, "the page's number", WITH_PAGE},
    {"pages", "account_id", KEEP_CLEAR, "whose it is", WITH_PAGE},
    {"pages", "slug", KEEP_CLEAR, "its name in public addresses", WITH_PAGE},
    {"pages", "host_id", KEEP_CLEAR, "who takes the appointments", WITH_PAGE},
    {"pages", "title", KEEP_CLEAR, "its title as visitors read it", WITH_PAGE},
    {"pages", "description", KEEP_CLEAR, "its description as visitors read it", WITH_PAGE},
    {"pages", "location", KEEP_CLEAR, "where to meet, as visitors read it", WITH_PAGE},
    {"pages", "synchronise", KEEP_CLEAR, "whether bookings are written into the calendar", WITH_PAGE},
    {"pages", "questions", KEEP_CLEAR, "what the page asks its customers", WITH_PAGE},
    {"pages", "rule", KEEP_CLEAR, "hours, buffers and limits", WITH_PAGE},
    {"pages", "room", KEEP_SEALED, "the mailbox of the room that is booked with it", WITH_PAGE},
    {"pages", "removed", KEEP_CLEAR, "whether it is kept for its bookings alone", WITH_PAGE},
    {"pages", "language", KEEP_CLEAR, "the language of its mails", WITH_PAGE},
    {"pages", "cancelled", KEEP_CLEAR, "what becomes of a cancelled booking's appointment", WITH_PAGE},
    {"pages", "follow", KEEP_CLEAR, "what a change in the host's calendar means for a booking", WITH_PAGE},
    {"pages", "invite", KEEP_CLEAR, "who gives the customer a calendar entry", WITH_PAGE},
    {"pages", "reminders", KEEP_CLEAR, "how long before the start customers are reminded", WITH_PAGE},
    {"pages", "per_customer", KEEP_CLEAR, "how many coming bookings one customer may have", WITH_PAGE},
    {"pages", "cancel_hours", KEEP_CLEAR, "until when customers may move and cancel", WITH_PAGE},
    {"pages", "version", KEEP_CLEAR, "how often its host changed it", WITH_PAGE},
    {"pages", "ask_reason", KEEP_CLEAR, "whether customers who cancel are asked why", WITH_PAGE},
    {"pages", "approve_hours", KEEP_CLEAR, "how long a request waits for its host", WITH_PAGE},
    {"pages", "confirm_min", KEEP_CLEAR, "how long customers have to confirm by mail", WITH_PAGE},
    {"pages", "event_form", KEEP_CLEAR, "what its appointments say in the host's calendar", WITH_PAGE},
    {"pages", "online_meeting", KEEP_CLEAR, "whether the calendar's server is asked for online meetings", WITH_PAGE},

    {"bookings", "id", KEEP_CLEAR, "the booking's number; it tells at most when it was made", WITH_BOOKING},
    {"bookings", "account_id", KEEP_CLEAR, "whose it is", WITH_BOOKING},
    {"bookings", "page_id", KEEP_CLEAR, "on which page it was made", WITH_BOOKING},
    {"bookings", "host_id", KEEP_CLEAR, "who takes the appointment", WITH_BOOKING},
    {"bookings", "connection_id", KEEP_CLEAR, "through which connection its event was written", WITH_EVENT},
    {"bookings", "state", KEEP_CLEAR, "held, uncertain, confirmed, cancelled, requested or not confirmed by mail yet", WITH_BOOKING},
    {"bookings", "step", KEEP_CLEAR, "what is in flight", WITH_BOOKING},
    {"bookings", "step_at", KEEP_CLEAR, "when that step began", WITH_BOOKING},
    {"bookings", "step_node", KEEP_CLEAR, "which node began it", WITH_BOOKING},
    {"bookings", "start_at", KEEP_CLEAR, "when the appointment starts", WITH_BOOKING},
    {"bookings", "end_at", KEEP_CLEAR, "when it ends", WITH_BOOKING},
    {"bookings", "move_start_at", KEEP_CLEAR, "where it is being moved to", WITH_BOOKING},
    {"bookings", "move_end_at", KEEP_CLEAR, "the end of that", WITH_BOOKING},
    {"bookings", "customer_name", KEEP_BY_POLICY, "the customer's name", WITH_CUSTOMER},
    {"bookings", "customer_email", KEEP_BY_POLICY, "the customer's e-mail address", WITH_CUSTOMER},
    {"bookings", "customer_zone", KEEP_BY_POLICY, "the customer's time zone", WITH_CUSTOMER},
    {"bookings", "customer_language", KEEP_CLEAR, "in which language the customer reads", WITH_CUSTOMER},
    {"bookings", "customer_answers", KEEP_BY_POLICY, "the customer's answers to the page's questions", WITH_CUSTOMER},
    {"bookings", "event_title", KEEP_BY_POLICY, "the title of the appointment", WITH_CUSTOMER},
    {"bookings", "event_description", KEEP_BY_POLICY, "the description of the appointment", WITH_CUSTOMER},
    {"bookings", "external_id", KEEP_SEALED, "the calendar server's id of the appointment", WITH_EVENT},
    {"bookings", "change_key", KEEP_SEALED, "the calendar server's name for its version", WITH_EVENT},
    {"bookings", "meeting", KEEP_SEALED, "the link of its online meeting", WITH_CUSTOMER},
    {"bookings", "token", KEEP_SEALED, "the token of the customer's private link", WITH_CUSTOMER},
    {"bookings", "token_hash", KEEP_HASH, "the same as a hash, to find the booking", WITH_CUSTOMER},
    {"bookings", "key_hash", KEEP_HASH, "the request's idempotency key as a keyed hash", WITH_CUSTOMER},
    {"bookings", "content_hash", KEEP_HASH, "what was asked for under that key, as a keyed hash", WITH_CUSTOMER},
    {"bookings", "customer_hash", KEEP_HASH, "the customer's e-mail address as a keyed hash, to find their bookings", WITH_CUSTOMER},
    {"bookings", "anonymous", KEEP_CLEAR, "whether it was made anonymous", WITH_BOOKING},
    {"bookings", "left_behind", KEEP_CLEAR, "whether its appointment stands in a calendar that was disconnected", WITH_BOOKING},
    {"bookings", "invited", KEEP_CLEAR, "whether the calendar's server invites its customer", WITH_BOOKING},
    {"bookings", "no_show", KEEP_CLEAR, "whether the customer did not come", WITH_BOOKING},
    {"bookings", "ended", KEEP_CLEAR, "how it came to its end", WITH_BOOKING},
    {"bookings", "reason", KEEP_BY_POLICY, "the reason that was given for cancelling", WITH_CUSTOMER},
    {"bookings", "open_until", KEEP_CLEAR, "until when it waits for its host, or for its customer", WITH_BOOKING},
    {"bookings", "waits", KEEP_CLEAR, "for whose word it waits", WITH_BOOKING},
    {"bookings", "by_mail", KEEP_CLEAR, "whether its customer confirmed it by mail", WITH_BOOKING},
    {"bookings", "series_id", KEEP_CLEAR, "the series that it belongs to", WITH_BOOKING},
    {"bookings", "undoing", KEEP_CLEAR, "whether its series is being undone", WITH_BOOKING},
    {"bookings", "sequence", KEEP_CLEAR, "how often it was changed", WITH_BOOKING},

    {"occupancies", "booking_id", KEEP_CLEAR, "for which booking", WITH_TIME},
    {"occupancies", "target", KEEP_CLEAR, "where it stands, or where it is being moved to", WITH_TIME},
    {"occupancies", "host_id", KEEP_CLEAR, "whose time it is", WITH_TIME},
    {"occupancies", "page_id", KEEP_CLEAR, "the booking's page", WITH_TIME},
    {"occupancies", "start_at", KEEP_CLEAR, "when the time is taken, with buffers", WITH_TIME},
    {"occupancies", "end_at", KEEP_CLEAR, "until when", WITH_TIME},
    {"occupancies", "slot_at", KEEP_CLEAR, "on which day it counts", WITH_TIME},
    {"occupancies", "expires_at", KEEP_CLEAR, "when a hold is over", WITH_TIME},

    {"booking_calendars", "id", KEEP_CLEAR, "the booking", WITH_EVENT},
    {"booking_calendars", "account_id", KEEP_CLEAR, "whose it is", WITH_EVENT},
    {"booking_calendars", "calendar", KEEP_SEALED, "the calendar that its appointment was written into", WITH_EVENT},

    {"desks", "id", KEEP_CLEAR, "the number of a connector's connection", WITH_ACCOUNT},
    {"desks", "account_id", KEEP_CLEAR, "whose it is", WITH_ACCOUNT},
    {"desks", "token_hash", KEEP_HASH, "the connector's token as a hash, to know it again", WITH_ACCOUNT},
    {"desks", "removed", KEEP_CLEAR, "whether it was disconnected, to tell the program so", WITH_ACCOUNT},
    {"desks", "mode", KEEP_CLEAR, "Auto-sync or Real-time", WITH_ACCOUNT},
    {"desks", "may_fall_back", KEEP_CLEAR, "whether what was pushed counts where the PC is silent", WITH_ACCOUNT},
    {"desks", "only_here", KEEP_CLEAR, "whether this PC alone changes the calendar", WITH_ACCOUNT},
    {"desks", "wrong", KEEP_CLEAR, "how many wrong tokens came lately", WITH_ACCOUNT},
    {"desks", "wrong_at", KEEP_CLEAR, "when the first of them came", WITH_ACCOUNT},
    {"desks", "blocked_until", KEEP_CLEAR, "before when no token is looked at", WITH_ACCOUNT},
    {"desks", "heard_at", KEEP_CLEAR, "the minute of its last contact", WITH_CONNECTION},
    {"desks", "hello", KEEP_SEALED, "the program's name and version, and the names of the calendars it sees", WITH_CONNECTION},
    {"desks", "epoch", KEEP_CLEAR, "which journal of intervals it is", WITH_ACCOUNT},
    {"desks", "sequence", KEEP_CLEAR, "how far the journal came", WITH_DESK},
    {"desks", "synced", KEEP_CLEAR, "whether a full sync is complete", WITH_DESK},
    {"desks", "from_at", KEEP_CLEAR, "from when the calendar was pushed", WITH_DESK},
    {"desks", "to_at", KEEP_CLEAR, "until when", WITH_DESK},
    {"desks", "lease_until", KEEP_CLEAR, "until when what was pushed counts", WITH_DESK},

    {"desk_intervals", "id", KEEP_CLEAR, "its number", WITH_DESK},
    {"desk_intervals", "account_id", KEEP_CLEAR, "whose it is", WITH_DESK},
    {"desk_intervals", "desk_id", KEEP_CLEAR, "which connector pushed it", WITH_DESK},
    {"desk_intervals", "journal_key", KEEP_CLEAR, "a random number by which the program knows it", WITH_DESK},
    {"desk_intervals", "busy", KEEP_SEALED, "start, end and status of a busy interval: Auto-sync, which its host chose", WITH_DESK},

    {"desk_orders", "id", KEEP_CLEAR, "its number", WITH_ORDER},
    {"desk_orders", "account_id", KEEP_CLEAR, "whose it is", WITH_ORDER},
    {"desk_orders", "desk_id", KEEP_CLEAR, "which connector is to do it", WITH_ORDER},
    {"desk_orders", "booking_id", KEEP_CLEAR, "for which booking", WITH_ORDER},
    {"desk_orders", "kind", KEEP_CLEAR, "to write, change or remove its event", WITH_ORDER},
    {"desk_orders", "state", KEEP_CLEAR, "what became of it", WITH_ORDER},
    {"desk_orders", "start_at", KEEP_CLEAR, "when the booking's event is to begin", WITH_ORDER},
    {"desk_orders", "end_at", KEEP_CLEAR, "and to end", WITH_ORDER},
    {"desk_orders", "until_at", KEEP_CLEAR, "until when it is to be done", WITH_ORDER},
    {"desk_orders", "event_id", KEEP_SEALED, "the program's random number for the event", WITH_ORDER},

    {"sync_states", "id", KEEP_CLEAR, "its number", WITH_CONNECTION},
    {"sync_states", "account_id", KEEP_CLEAR, "whose it is", WITH_CONNECTION},
    {"sync_states", "connection_id", KEEP_CLEAR, "through which connection", WITH_CONNECTION},
    {"sync_states", "calendar", KEEP_SEALED, "in which calendar changes are looked for", WITH_CONNECTION},
    {"sync_states", "state", KEEP_SEALED, "the server's word for how far they are known", WITH_CONNECTION},
    {"sync_states", "read_at", KEEP_CLEAR, "when that was", WITH_CONNECTION},

    {"erasures", "id", KEEP_CLEAR, "the number of an erasure's record", WITH_DATABASE},
    {"erasures", "kind", KEEP_CLEAR, "whether an account, a user or a customer was erased", WITH_DATABASE},
    {"erasures", "account", KEEP_CLEAR, "the account's number", WITH_DATABASE},
    {"erasures", "slug", KEEP_CLEAR, "the account's name in addresses", WITH_DATABASE},
    {"erasures", "subject", KEEP_CLEAR, "a keyed hash of the person's address", WITH_DATABASE},
    {"erasures", "begun_at", KEEP_CLEAR, "when it began", WITH_DATABASE},
    {"erasures", "done_at", KEEP_CLEAR, "when it was finished", WITH_DATABASE},
    {"erasures", "facts", KEEP_CLEAR, "how many rows of which tables, which keys, until when backups last", WITH_DATABASE},
    {"erasures", "certificate", KEEP_CLEAR, "the certificate's text", WITH_DATABASE},
    {"erasures", "signature", KEEP_HASH, "its signature", WITH_DATABASE},

    {"attentions", "id", KEEP_CLEAR, "the notice's number", WITH_NOTICE},
    {"attentions", "account_id", KEEP_CLEAR, "whose it is", WITH_NOTICE},
    {"attentions", "host_id", KEEP_CLEAR, "who has something to do by hand", WITH_NOTICE},
    {"attentions", "booking_id", KEEP_CLEAR, "about which booking", WITH_NOTICE},
    {"attentions", "kind", KEEP_CLEAR, "what happened", WITH_NOTICE},
    {"attentions", "at", KEEP_CLEAR, "when it came up", WITH_NOTICE},
    {"attentions", "start_at", KEEP_CLEAR, "where the appointment stands in the calendar", WITH_NOTICE},
    {"attentions", "end_at", KEEP_CLEAR, "its end there", WITH_NOTICE},
    {"attentions", "moved_to", KEEP_CLEAR, "where the booking was moved to", WITH_NOTICE},
    {"attentions", "done_at", KEEP_CLEAR, "when somebody said that it is done", WITH_NOTICE},

    {"nodes", "id", KEEP_CLEAR, "the node's number", WITH_DATABASE},
    {"nodes", "name", KEEP_CLEAR, "its name, drawn by chance", WITH_DATABASE},
    {"nodes", "chain_key", KEEP_WRAPPED, "the key of its chain in the audit", WITH_DATABASE},

    {"audit_keys", "id", KEEP_CLEAR, "the account's number", WITH_ACCOUNT},
    {"audit_keys", "account_id", KEEP_CLEAR, "the account", WITH_ACCOUNT},
    {"audit_keys", "audit_key", KEEP_WRAPPED, "the key that seals what the audit says of the account", WITH_ACCOUNT},

    {"audit", "id", KEEP_CLEAR, "the node and the row's place in its chain", WITH_AUDIT},
    {"audit", "at", KEEP_CLEAR, "when it happened", WITH_AUDIT},
    {"audit", "kind", KEEP_CLEAR, "what happened", WITH_AUDIT},
    {"audit", "actor", KEEP_CLEAR, "who made it happen: a visitor, a customer, a command, hourgate itself", WITH_AUDIT},
    {"audit", "account", KEEP_CLEAR, "the number of the account", WITH_AUDIT},
    {"audit", "subject", KEEP_CLEAR, "the number of the connection, booking or page", WITH_AUDIT},
    {"audit", "result", KEEP_CLEAR, "how it went", WITH_AUDIT},
    {"audit", "details", KEEP_AUDIT, "whose mailbox, who by name, which page; nobody can open it once the account is removed", WITH_AUDIT},
    {"audit", "hash", KEEP_HASH, "a hash over this row and the one before", WITH_AUDIT},
    {"audit", "code", KEEP_HASH, "that hash, signed with the key of the chain", WITH_AUDIT},

    {"outbox", "id", KEEP_CLEAR, "the number of a mail to be sent", WITH_MAIL},
    {"outbox", "account_id", KEEP_CLEAR, "whose it is", WITH_MAIL},
    {"outbox", "booking_id", KEEP_CLEAR, "about which booking", WITH_MAIL},
    {"outbox", "connection_id", KEEP_CLEAR, "about which connection", WITH_MAIL},
    {"outbox", "user_id", KEEP_CLEAR, "to whom, where it is neither the booking's nor the connection's host", WITH_MAIL},
    {"outbox", "kind", KEEP_CLEAR, "what it is about, and whether to the customer or the host", WITH_MAIL},
    {"outbox", "sequence", KEEP_CLEAR, "which version of the booking", WITH_MAIL},
    {"outbox", "minutes", KEEP_CLEAR, "how long before the start it reminds", WITH_MAIL},
    {"outbox", "content", KEEP_SEALED, "the times that it tells of", WITH_MAIL},
    {"outbox", "state", KEEP_CLEAR, "waiting, or refused for good", WITH_MAIL},
    {"outbox", "dated_at", KEEP_CLEAR, "when it was first due", WITH_MAIL},
    {"outbox", "due_at", KEEP_CLEAR, "when it is tried next", WITH_MAIL},
    {"outbox", "until_at", KEEP_CLEAR, "when it is given up", WITH_MAIL},
    {"outbox", "leased_until", KEEP_CLEAR, "until when somebody is at work on it", WITH_MAIL},
    {"outbox", "tries", KEEP_CLEAR, "how often it was tried", WITH_MAIL},
    {"outbox", "problem", KEEP_SEALED, "what the mail server said last", WITH_MAIL},

    {"account_mails", "id", KEEP_CLEAR, "the account", WITH_ACCOUNT},
    {"account_mails", "account_id", KEEP_CLEAR, "the same", WITH_ACCOUNT},
    {"account_mails", "sender", KEEP_SEALED, "the address that its mails come from", WITH_ACCOUNT},
    {"account_mails", "reply_to", KEEP_SEALED, "the address that answers go to", WITH_ACCOUNT},

    {"mail_texts", "id", KEEP_CLEAR, "its number", WITH_ACCOUNT},
    {"mail_texts", "account_id", KEEP_CLEAR, "whose it is", WITH_ACCOUNT},
    {"mail_texts", "kind", KEEP_CLEAR, "in which mails it stands", WITH_ACCOUNT},
    {"mail_texts", "language", KEEP_CLEAR, "in which language", WITH_ACCOUNT},
    {"mail_texts", "paragraph", KEEP_SEALED, "the account's own words in its mails", WITH_ACCOUNT},
};
/* clang-format on */
const size_t inventory_n = sizeof inventory / sizeof *inventory;

const struct column_entry *inventory_find(const char *table, const char *column)
{
    for (size_t i = 0; i < inventory_n; i++)
        if (strcmp(table, inventory[i].table) == 0 && strcmp(column, inventory[i].column) == 0)
            return &inventory[i];
    return NULL;
}

bool inventory_is_by_policy(const char *table, const char *column)
{
    const struct column_entry *entry = inventory_find(table, column);
    return entry && entry->keeping == KEEP_BY_POLICY;
}

const char *keeping_name(enum keeping keeping)
{
    static const char *const names[KEEPING_COUNT] = {
        [KEEP_CLEAR] = "clear",     [KEEP_SEALED] = "sealed",  [KEEP_BY_POLICY] = "by policy",
        [KEEP_AUDIT] = "sealed",    [KEEP_SETTING] = "sealed", [KEEP_HASH] = "hash",
        [KEEP_WRAPPED] = "wrapped",
    };
    return names[keeping];
}
