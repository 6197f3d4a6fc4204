/* SPDX-License-Identifier: ISC */
#include "wire/reserved.h"

/* Ours today, and those that later parts will need. */
static const char *const reserved[] = {
    "a",        "about",       "again", "account", "accounts", "admin",    "api",
    "assets",   "auth",        "b",     "book",    "booking",  "bookings", "calendar",
    "connect",  "connections", "desk",  "doc",     "docs",     "favicon",  "health",
    "healthz",  "help",        "host",  "invite",  "login",    "logout",   "me",
    "metrics",  "oauth",       "oidc",  "pages",   "problems", "readyz",   "robots",
    "saml",     "settings",    "setup", "sign-in", "sign-out", "static",   "status",
    "style",    "support",     "team",  "trust",   "user",     "users",    "webhook",
    "webhooks", "www",
};

bool reserved_segment(struct text segment)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (text_equal(segment, text_from(reserved[i])))
            return true;
    return false;
}
