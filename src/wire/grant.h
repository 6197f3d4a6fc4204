/* SPDX-License-Identifier: ISC
 *
 * What people may ask, through `as`: for each question the scope that their token must carry, the least role
 * that may ask it, and how it is tied to whoever asks. A question without a row is asked by nobody. Which
 * messages have a row, the permission table says too: ROLE_PERSON (wire/messages.h).
 */
#ifndef WIRE_GRANT_H
#define WIRE_GRANT_H

#include "wire/messages.h"

/* What a token may be good for: bit, name, word, and the least role whose token can carry it. The bits stand
 * in databases. */
#define WIRE_SCOPES(S)                                                                         \
    S(0, ACCOUNT_READ, "account:read", USER_MEMBER)                                            \
    S(1, USERS_READ, "users:read", USER_MEMBER)                                                \
    S(2, USERS_WRITE, "users:write", USER_ADMINISTRATOR)                                       \
    S(3, CONNECTIONS_READ, "connections:read", USER_MEMBER)                                    \
    S(4, CONNECTIONS_WRITE, "connections:write", USER_MEMBER)                                  \
    S(5, PAGES_READ, "pages:read", USER_MEMBER)                                                \
    S(6, PAGES_WRITE, "pages:write", USER_MEMBER)                                              \
    S(7, BOOKINGS_READ, "bookings:read", USER_MEMBER)                                          \
    S(8, BOOKINGS_WRITE, "bookings:write", USER_MEMBER)                                        \
    S(9, TEAM_READ, "team:read", USER_MEMBER)                                                  \
    S(10, TOKENS_READ, "tokens:read", USER_MEMBER)                                             \
    S(11, TOKENS_WRITE, "tokens:write", USER_MEMBER)                                           \
    S(12, EVENTS_READ, "events:read", USER_MEMBER)

#define SCOPE_BIT(bit, name, word, least) SCOPE_##name = 1 << bit,
enum scope { WIRE_SCOPES(SCOPE_BIT) SCOPE_ALL = (1 << 13) - 1 };
#undef SCOPE_BIT
enum { SCOPE_COUNT = 13 };

/* How a field of a question belongs to whoever asks. What a tie keeps from a member looks like what is not
 * there. TIE_SELF, TIE_LESSER and TIE_OWN_* bind everybody, since a calendar is shown to nobody but its owner, whatever
 * their role (ERR_DENIED); the others bind members alone. */
enum tie_kind {
    TIE_NONE,
    TIE_SELF,    /* TEXT: it is their own address, whatever was said */
    TIE_USER,    /* TEXT: an address, which is their own */
    TIE_USERS,   /* the same, in a list; empty becomes their own */
    TIE_LESSER,  /* TEXT: an address of theirs, or whose role is below; an owner's: anybody's */
    TIE_PAGE,    /* TEXT: a page of theirs, or one that is not there */
    TIE_BOOKING, /* TEXT: a booking with them */
    TIE_CONNECTION,  /* I64: their connection */
    TIE_TOKEN,       /* I64: their token */
    TIE_UNUSED,      /* I64: 0, which says nothing; ERR_DENIED */
    TIE_ATTENTION,   /* I64: a notice for them */
    TIE_MAIL,        /* I64: a mail in the outbox about a booking or a connection of theirs */
    TIE_OWN_PAGE,    /* TEXT: as TIE_PAGE */
    TIE_OWN_BOOKING, /* TEXT: as TIE_BOOKING */
    TIE_OWN_CONNECTION, /* I64: as TIE_CONNECTION; or a service account, for who is no member */
};

struct tie {
    enum tie_kind kind;
    const char *field;
};

enum { GRANT_TIES = 2 };

struct grant {
    enum scope scope; /* exactly one */
    enum user_role least;
    struct tie ties[GRANT_TIES];
    bool
        is_grave; /* a session must be fresh (SESSION_FRESH_S); a token's scope is leave enough */
    bool by_session; /* no token asks it, whatever its scopes */
};

/* Does a tie of this kind bind a field of numbers? Else one of text. */
bool tie_is_number(enum tie_kind kind);

/* Return the row of a question, NULL where no person may ask it. */
const struct grant *grant_of(unsigned type);

/* Return all scopes that a role can carry. */
int64_t grant_scopes(enum user_role role);

/* Name one scope, by its bit's place below SCOPE_COUNT. */
const char *scope_name(int bit);

/* Find a scope by its name. False: there is none. */
bool scope_find(struct text name, int64_t *ret_scope);

const char *user_role_name(enum user_role role);
bool user_role_find(struct text name, enum user_role *ret_role);

#endif
