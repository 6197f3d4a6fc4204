/* SPDX-License-Identifier: ISC
 *
 * One call: a request goes out, its answer is read as it arrives, and what HTTP, SOAP and Exchange say of
 * how it went becomes one status.
 */
#ifndef EWS_SOAP_H
#define EWS_SOAP_H

#include "base/buf.h"
#include "calendar/ews/answer.h"
#include "fetch/client.h"

struct soap {
    struct fetch *fetch;
    enum auth_method method;
    struct text anchor; /* X-AnchorMailbox; empty: not sent */
    bool keeps_server;  /* all calls go to the server behind that holds our subscriptions */
    char back_end[512]; /* which one it is, as the cookie says; empty: not known */
};

/* The headers of a call, ending in NULL; they point into the struct. */
struct soap_headers {
    char action[160], anchor[MAX_EMAIL + 32], cookie[600];
    const char *list[5];
};
void soap_headers_make(const struct soap *soap, enum ews_operation operation,
                       struct soap_headers *ret_headers);

/* Can the answer be SOAP, so far? And what does one mean that cannot, or that is no HTTP 200 or 500? */
bool soap_is_likely(const struct fetch_facts *facts);
enum status soap_judge_http(enum auth_method method, const struct fetch_facts *facts,
                            struct error *err) MUST_CHECK;

/* Call. `answer` was initialised for the operation.
 *
 * once    the operation must not happen twice
 * doubt   set where it failed and the server may have done it nevertheless
 * Fails   as calendar/calendar.h says
 */
enum status soap_call(struct soap *soap, const struct buf *request, bool once,
                      struct ews_answer *answer, int64_t deadline_ms, bool *ret_doubt,
                      struct error *err) MUST_CHECK;

#endif
