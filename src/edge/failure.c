/* SPDX-License-Identifier: ISC */
#include "edge/failure.h"

#include <stddef.h>

static const struct failure failures[] = {
    {400, "malformed", MESSAGE("This request cannot be read"),
     MESSAGE("Something in it is not as it should be. Please go back and try again."), false},
    {401, "unauthorised", MESSAGE("This takes a token that is good"),
     MESSAGE("Send one as Authorization: Bearer TOKEN. It may be mistyped, revoked or past its "
             "end."),
     false},
    {403, "not-allowed", MESSAGE("This did not come from our page"),
     MESSAGE("The form was sent from another place. Please open the page again and send it "
             "from there."),
     false},
    {404, "not-found", MESSAGE("There is nothing here"),
     MESSAGE("The address may be mistyped, or the link may have ended. The person who sent it "
             "to you can send a new one."),
     false},
    {405, "method", MESSAGE("This address does not take that"),
     MESSAGE("The kind of request does not fit the address."), false},
    {409, "not-available", MESSAGE("This time is no longer available"),
     MESSAGE("Please choose another one."), false},
    {412, "changed", MESSAGE("This was changed by somebody else meanwhile"),
     MESSAGE("Look at what is there now, and send the change for that."), false},
    {413, "too-large", MESSAGE("This is too much at once"),
     MESSAGE("Please shorten what you wrote and try again."), false},
    {414, "too-long", MESSAGE("This address is too long"), MESSAGE("Please check the link."),
     false},
    {415, "media-type", MESSAGE("This kind of content is not understood here"),
     MESSAGE("The content type does not fit the address."), false},
    {422, "invalid", MESSAGE("Something is missing or not right"),
     MESSAGE("Please check what was entered."), false},
    {429, "too-many", MESSAGE("That was a lot of requests"),
     MESSAGE("Please wait a moment, then try again."), true},
    {431, "too-many-headers", MESSAGE("This request carries too much"),
     MESSAGE("Please try again."), false},
    {500, "internal", MESSAGE("Something went wrong here"),
     MESSAGE("It is not your doing. Please try again later."), false},
    {501, "unsupported", MESSAGE("This is not offered here"),
     MESSAGE("Please ask the person who invited you."), false},
    {502, "upstream", MESSAGE("The calendar server did not do it"),
     MESSAGE("Please see what the doctor finds."), false},
    {503, "unavailable", MESSAGE("This cannot be reached right now"),
     MESSAGE("Nothing was booked or changed. Please try again in a moment."), true},
    {504, "uncertain", MESSAGE("We do not know yet whether this worked"),
     MESSAGE("The calendar has not answered in time. It is being checked; please look again in "
             "a few minutes before you try once more."),
     true},
};

const struct failure *failure_of_http(unsigned http)
{
    const struct failure *internal = NULL;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].http == http)
            return &failures[i];
        if (failures[i].http == 500)
            internal = &failures[i];
    }
    return internal;
}

bool failure_is_upstream(enum status status)
{
    switch (status) {
    case ERR_AUTH:
    case ERR_PAUSED:
    case ERR_TIMEOUT:
    case ERR_NETWORK:
    case ERR_TLS:
    case ERR_UPSTREAM:
    case ERR_NO_DATA:
    case ERR_LIMIT:
        return true;
    default:
        return false;
    }
}

const struct failure *failure_of(enum status status)
{
    switch (status) {
    case ERR_INVALID:
        return failure_of_http(422);
    case ERR_NOT_FOUND:
        return failure_of_http(404);
    case ERR_CONFLICT:
        return failure_of_http(409);
    case ERR_DENIED:
        return failure_of_http(403);
    case ERR_UNCERTAIN:
        return failure_of_http(504);
    case ERR_FULL:
    case ERR_CLOSED:
        return failure_of_http(503);
    case ERR_UNSUPPORTED:
        return failure_of_http(501);
    default:
        return failure_of_http(failure_is_upstream(status) ? 503 : 500);
    }
}
