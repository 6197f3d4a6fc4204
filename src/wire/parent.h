/* SPDX-License-Identifier: ISC
 *
 * What the parent asks of the other programs; descriptors ride on the frame.
 * Each pair x_ask, x_answer is a row of the permission table in messages.h.
 */
#ifndef WIRE_PARENT_H
#define WIRE_PARENT_H

#include "base/needle.h"
#include "wire/types.h"
#include "wire/xmpp.h"

#define EDGE_START_ASK_FIELDS(F)                                                               \
    F(TEXT, base_url, MAX_PATH, ) /* https://book.example.ch, no slash at the end */           \
    F(TEXT, proxies, MAX_PATH, )  /* addresses whose X-Forwarded-For is believed, by spaces */ \
    F(FLAG, loopback, 0, )        /* the listener is TCP on loopback: plain HTTP is fine */    \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, ) /* to become; -1 stays */                                                 \
    F(I64, gid, 0, )                                                                           \
    F(I64, max_waiting, 0, )    /* suspended requests at most */                               \
    F(I64, max_per_minute, 0, ) /* requests of one address, beyond its burst */                \
    F(TEXT, location,                                                                          \
      MAX_LOCATION, ) /* where the data is, in the operator's words; may be empty */           \
    F(TEXT, security_contact, MAX_EMAIL, ) /* an address or an https:// page; may be empty */  \
    F(TEXT, installers, MAX_FILE_PATH, )   /* where the desktop program's lie; may be empty */ \
    F(FLAG, has_tls, 0, )                  /* a certificate comes before the listener */       \
    F(FLAG, redirects, 0, )          /* a listener comes whose visitors are sent to HTTPS */   \
    F(FLAG, demo, 0, )               /* serves the style page */                               \
    F(FLAG, may_wait_for_setup, 0, ) /* there was no user when the vault started */
SHAPE_STRUCT(edge_start_ask, EDGE_START_ASK_FIELDS)
SHAPE_STRUCT(edge_start_answer, NO_FIELDS)

#define VAULT_START_ASK_FIELDS(F)                                                              \
    F(TEXT, database, MAX_FILE_PATH, ) /* a path, or postgres: and a connection string */      \
    F(SECRET, store_password, MAX_PASSWORD, ) /* of PostgreSQL; empty: none */                 \
    F(SECRET, master_key, 64, )                                                                \
    F(TEXT, base_url, MAX_PATH, )                                                              \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )                                                                           \
    F(I64, workers, 0, )                                                                       \
    F(I64, upstream_timeout_s, 0, )                                                            \
    F(I64, poll_s, 0, )         /* between two looks for changes in a calendar; 0: none */     \
    F(I64, tell_after_min, 0, ) /* a connection that fails for so long is told of */           \
    F(I64, watch, 0, ) /* streams of notifications at most; 0: calendars are polled alone */   \
    F(TEXT, directory, MAX_FILE_PATH, ) /* where this node keeps its name */                   \
    F(I64, keep_bookings_days, 0, )     /* then past ones are made anonymous; 0: never */      \
    F(I64, keep_audit_days, 0, )                                                               \
    F(I64, backup_keep_days, 0, )                                                              \
    F(I64, max_users, 0, ) /* of an account each; 0: no limit */                               \
    F(I64, max_connections, 0, )                                                               \
    F(I64, max_pages, 0, )                                                                     \
    F(I64, max_bookings_per_hour, 0, )                                                         \
    F(ONE, xmpp, 0, xmpp_server)                                                               \
    F(ONE, mail, 0, mail_server)                                                               \
    F(I64, mail_timeout_s, 0, )                                                                \
    F(I64, mail_retry_s, 0, ) /* until the first repeat; doubled for each further one */
SHAPE_STRUCT(vault_start_ask, VAULT_START_ASK_FIELDS)
#define VAULT_START_ANSWER_FIELDS(F) F(FLAG, waits_for_setup, 0, ) /* there is no user */
SHAPE_STRUCT(vault_start_answer, VAULT_START_ANSWER_FIELDS)

/* Instead of a start: copy all of one database into another, then end. */
#define MIGRATE_ASK_FIELDS(F)                                                                  \
    F(TEXT, from, MAX_FILE_PATH, ) /* a path */                                                \
    F(TEXT, to, MAX_FILE_PATH, )   /* postgres: and a connection string */                     \
    F(SECRET, store_password, MAX_PASSWORD, )                                                  \
    F(SECRET, master_key, 64, )                                                                \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(migrate_ask, MIGRATE_ASK_FIELDS)
#define MIGRATED_FIELDS(F)                                                                     \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )                                                                          \
    F(I64, opened, 0, )   /* sealed values, in their new place */                              \
    F(TEXT, digest, 64, ) /* hexadecimal: of all rows, the same in both databases */
SHAPE_STRUCT(migrated, MIGRATED_FIELDS)
#define MIGRATE_ANSWER_FIELDS(F) F(LIST, tables, 64, migrated)
SHAPE_STRUCT(migrate_answer, MIGRATE_ANSWER_FIELDS)

/* Instead of a start: look for texts in every value of the database, as they are kept there; then end. It needs
 * no key, and may be asked while another vault serves. */
enum { SEARCH_FOUND_MAX = 1000, SEARCH_TABLES_MAX = 64 };
#define NEEDLE_FIELDS(F) F(BYTES, bytes, NEEDLE_MAX, )
SHAPE_STRUCT(needle, NEEDLE_FIELDS)
#define SEARCH_ASK_FIELDS(F)                                                                   \
    F(TEXT, database, MAX_FILE_PATH, )                                                         \
    F(SECRET, store_password, MAX_PASSWORD, )                                                  \
    F(LIST, needles, NEEDLES_MAX, needle)                                                      \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(search_ask, SEARCH_ASK_FIELDS)
#define SEARCH_FOUND_FIELDS(F)                                                                 \
    F(I64, needle, 0, ) /* its place in the question */                                        \
    F(TEXT, table, 64, )                                                                       \
    F(TEXT, column, 64, )                                                                      \
    F(I64, row, 0, )
SHAPE_STRUCT(search_found, SEARCH_FOUND_FIELDS)
#define SEARCH_TABLE_FIELDS(F)                                                                 \
    F(TEXT, table, 64, )                                                                       \
    F(I64, rows, 0, )                                                                          \
    F(I64, bytes, 0, )
SHAPE_STRUCT(search_table, SEARCH_TABLE_FIELDS)
#define SEARCH_ANSWER_FIELDS(F)                                                                \
    F(LIST, tables, SEARCH_TABLES_MAX, search_table)                                           \
    F(LIST, found, SEARCH_FOUND_MAX, search_found)                                             \
    F(I64, more, 0, )                   /* found besides those */                              \
    F(TEXT, directory, MAX_FILE_PATH, ) /* the database server's files; empty: not told */
SHAPE_STRUCT(search_answer, SEARCH_ANSWER_FIELDS)

/* Instead of a start: put a backup into the database's place, verified, then end. The file's descriptor rides on the
 * frame. */
#define RESTORE_ASK_FIELDS(F)                                                                  \
    F(TEXT, database, MAX_FILE_PATH, ) /* a path */                                            \
    F(FLAG, replaces, 0, )             /* a database that is there */                          \
    F(SECRET, master_key, 64, )                                                                \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(restore_ask, RESTORE_ASK_FIELDS)
#define RESTORE_ANSWER_FIELDS(F)                                                               \
    F(I64, accounts, 0, )                                                                      \
    F(I64, opened, 0, ) /* sealed values: all */
SHAPE_STRUCT(restore_answer, RESTORE_ANSWER_FIELDS)

/* Show this certificate from now on. ERR_INVALID: it does not hold, and the one before stays in use. */
enum { MAX_OWN_CHAIN = 128 * 1024, MAX_OWN_KEY = 16 * 1024 };
#define CERTIFICATE_ASK_FIELDS(F)                                                              \
    F(BYTES, chain, MAX_OWN_CHAIN, ) /* PEM, the server's own first */                         \
    F(SECRET, key, MAX_OWN_KEY, )
#define CERTIFICATE_ANSWER_FIELDS(F) F(INSTANT, expires, 0, )
SHAPE_STRUCT(certificate_ask, CERTIFICATE_ASK_FIELDS)
SHAPE_STRUCT(certificate_answer, CERTIFICATE_ANSWER_FIELDS)

/* Give a program a channel to a peer; the descriptor rides on the frame. */
enum attach_role {
    ATTACH_EDGE,     /* to the vault: a (new) edge */
    ATTACH_VAULT,    /* to the edge and the courier: the vault */
    ATTACH_COURIER,  /* to the vault: a (new) courier */
    ATTACH_COMMANDS, /* to the vault: the listening socket for commands */
    ATTACH_LISTEN,   /* to the edge: a listening socket for visitors */
    ATTACH_METRICS,  /* to the edge: the loopback listener for /metrics */
    ATTACH_REDIRECT, /* to the edge: the plain listener from which visitors are sent to HTTPS */
    ATTACH_COMMAND,  /* to the vault: one connected command (no server runs) */
    ATTACH_ROLE_COUNT
};
#define ATTACH_ASK_FIELDS(F) F(CODE, role, ATTACH_ROLE_COUNT, attach_role)
SHAPE_STRUCT(attach_ask, ATTACH_ASK_FIELDS)
SHAPE_STRUCT(attach_answer, NO_FIELDS)

#define NETWORK_FIELDS(F) F(TEXT, cidr, 64, )
SHAPE_STRUCT(network, NETWORK_FIELDS)
#define COURIER_START_ASK_FIELDS(F)                                                            \
    F(TEXT, roots, MAX_FILE_PATH, )          /* further CA roots, a PEM file; empty: none */   \
    F(LIST, networks, MAX_NETWORKS, network) /* private networks that may be called */         \
    F(ONE, proxy, 0, proxy)                                                                    \
    F(TEXT, krb5, MAX_FILE_PATH, ) /* a krb5.conf; empty: /etc/krb5.conf */                    \
    F(FLAG, jail, 0, )                                                                         \
    F(I64, uid, 0, )                                                                           \
    F(I64, gid, 0, )
SHAPE_STRUCT(courier_start_ask, COURIER_START_ASK_FIELDS)
SHAPE_STRUCT(courier_start_answer, NO_FIELDS)

#endif
