/* SPDX-License-Identifier: ISC
 *
 * One way to a server, as client.c (what libcurl is told), stream.c (the same, for long) and facts.c (what is learnt from
 * it) share it.
 */
#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

#include <curl/curl.h>

#include "base/arena.h"
#include "fetch/client.h"

struct fetch {
    CURL *curl;
    struct fetch_options options;
    struct tls_wanted wanted;
    struct arena life;
    const char *base; /* scheme, name and port, before a target */
    const char *path; /* the target of a request that names none */
    const char *default_verb;
    struct kerberos *kerberos; /* AUTH_NEGOTIATE; else NULL */
    struct token *token;       /* AUTH_BEARER; else NULL */
    char host[MAX_HOST + 1];
    struct fetch_facts facts;
    struct tls_report tls; /* of the connection that is kept */
    char curl_says[CURL_ERROR_SIZE];

    /* of the running request */
    struct curl_slist *headers;
    const struct fetch_request *request;
    const struct fetch_sink *sink;
    size_t n_given; /* bytes of the body */
    size_t n_answer, max_answer;
    enum status stopped; /* by the sink or a limit */
    struct error why;
};

/* Get a ticket or a token first, where the method needs one. Forgets the facts of the last transfer. */
enum status transfer_ready(struct fetch *fetch, int64_t deadline_ms,
                           struct error *err) MUST_CHECK;

/* Set libcurl up for a request that may take left_ms in all (0: as long as it likes), and tidy up behind it. */
void transfer_begin(struct fetch *fetch, const struct fetch_request *request,
                    const struct fetch_sink *sink, int64_t left_ms);
void transfer_end(struct fetch *fetch);

/* Does it go through the operator's proxy? */
bool transfer_has_proxy(const struct fetch *fetch);

/* Keep what a header of the answer says, cleaned of control characters. */
void transfer_note_header(struct fetch_facts *facts, struct text name, struct text value);

/* Fill the facts once a transfer is over. */
void transfer_collect(struct fetch *fetch, CURLcode code);

/* Say why it failed, in words and before anything else; OK where it did not. */
enum status transfer_explain(struct fetch *fetch, CURLcode code, struct error *err) MUST_CHECK;

#endif
