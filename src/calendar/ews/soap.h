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
};

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
