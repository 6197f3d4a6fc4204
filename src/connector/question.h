/* SPDX-License-Identifier: ISC
 *
 * Real-time sync: a question of the server's is fetched, the calendars are read, the answer goes out, and nothing
 * of it stays.
 */
#ifndef CONNECTOR_QUESTION_H
#define CONNECTOR_QUESTION_H

#include "connector/server.h"

struct question_seen {
    bool was_one;    /* a question waited, and was answered */
    bool has_orders; /* pull now */
    bool is_known;   /* the calendars could be read */
};

/* Fetch the question of that number, or with 0 whichever waits, for which the server is given wait_s; answer it.
 *
 * Fails   as server_ask: calendars that cannot be read are no failure, the answer says so; err has the line */
enum status question_answer(const struct server_line *line, int64_t number, int64_t wait_s,
                            struct question_seen *ret_seen, struct error *err) MUST_CHECK;

#endif
