/* SPDX-License-Identifier: ISC
 *
 * What an answer's HTTP status and its error's code mean. Graph gives many of Exchange's codes on, besides its own.
 */
#ifndef GRAPH_CODE_H
#define GRAPH_CODE_H

#include "base/error.h"
#include "fetch/client.h"

/* Judge an answer; code: of its error, empty where it has none. ERR_LIMIT: err->retry_s is at least 1. */
enum status graph_code_judge(const struct fetch_facts *facts, struct text code,
                             const char *where, struct error *err) MUST_CHECK;

/* The meaning of a code alone, as it stands in a part of an answer; ERR_UPSTREAM where it is not known. */
enum status graph_code_status(struct text code);

/* Does an answer leave open whether the request was carried out? */
bool graph_code_is_doubtful(int http_status);

#endif
