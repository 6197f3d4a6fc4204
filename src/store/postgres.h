/* SPDX-License-Identifier: ISC
 *
 * PostgreSQL, over a Unix socket or over TLS that checks the server's name. Written for 15; the schema needs
 * btree_gist, which comes with the server and which the database's owner may add.
 *
 *     postgres:host=/run/postgresql dbname=hourgate
 *     postgres:host=db.example.org dbname=hourgate user=hourgate sslmode=verify-full sslrootcert=/etc/ca.pem
 *
 * A connection that broke is not made anew: the jail that the vault is in by then makes no socket. store_lose
 * says so, the vault ends, and its parent starts another one, which also settles what was in flight.
 */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include "store/driver.h"

extern const struct driver postgres_driver;

#endif
