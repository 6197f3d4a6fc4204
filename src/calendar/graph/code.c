/* SPDX-License-Identifier: ISC */
#include "calendar/graph/code.h"

#include <stdio.h>

enum { RETRY_UNSAID_S = 5, RETRY_MAX_S = 3600 };

struct meaning {
    const char *code;
    enum status status;
    const char *words;
};

static const struct meaning meanings[] = {
    {"ErrorItemNotFound", ERR_NOT_FOUND, "the event is not there"},
    {"ErrorFolderNotFound", ERR_NOT_FOUND, "the calendar is not there"},
    {"ErrorInvalidIdMalformed", ERR_NOT_FOUND, "the id is not one of this service"},
    {"ErrorInvalidId", ERR_NOT_FOUND, "the id is not one of this mailbox"},
    {"ErrorInvalidUser", ERR_NOT_FOUND, "there is no mailbox with that address"},
    {"ErrorNonExistentMailbox", ERR_NOT_FOUND, "there is no mailbox with that address"},
    {"ErrorMailRecipientNotFound", ERR_NOT_FOUND, "there is no mailbox with that address"},
    {"Request_ResourceNotFound", ERR_NOT_FOUND, "there is nobody with that address"},
    {"ResourceNotFound", ERR_NOT_FOUND, "the mailbox or calendar is not there"},
    {"MailboxNotEnabledForRESTAPI", ERR_NOT_FOUND,
     "the mailbox is not in Microsoft 365: it lies on the organisation's own Exchange"},
    {"MailboxNotSupportedForRESTAPI", ERR_NOT_FOUND,
     "the mailbox is not one that Microsoft Graph serves"},

    {"ErrorAccessDenied", ERR_DENIED, "the user has no right to do this in that mailbox"},
    {"Authorization_RequestDenied", ERR_DENIED, "the permission for this was not granted"},
    {"AccessDenied", ERR_DENIED, "the permission for this was not granted"},
    {"ErrorNoFreeBusyAccess", ERR_DENIED, "the user may not see when that mailbox is busy"},
    {"ErrorQuotaExceeded", ERR_DENIED, "the mailbox is full"},
    {"ErrorCreateItemAccessDenied", ERR_DENIED,
     "the user may not create events in that calendar"},

    {"InvalidAuthenticationToken", ERR_AUTH, "the access token is refused"},

    {"TooManyRequests", ERR_LIMIT, "too many requests for this mailbox"},
    {"ErrorTooManyRequests", ERR_LIMIT, "too many requests for this mailbox"},
    {"ApplicationThrottled", ERR_LIMIT, "too many requests at once for this mailbox"},
    {"ErrorServerBusy", ERR_LIMIT, "the service is busy and asks to come back later"},
    {"ErrorMailboxMoveInProgress", ERR_LIMIT, "the mailbox is being moved"},
    {"MailboxStoreUnavailable", ERR_LIMIT, "the mailbox database is not available now"},
    {"ErrorMailboxStoreUnavailable", ERR_LIMIT, "the mailbox database is not available now"},
    {"ErrorMailboxFailover", ERR_LIMIT, "the mailbox is moving to another server"},

    {"ErrorIrresolvableConflict", ERR_CONFLICT,
     "the event was changed by somebody else at the same time"},
    {"ErrorChangeKeyRequired", ERR_CONFLICT, "the event was changed meanwhile"},
    {"ErrorStaleObject", ERR_CONFLICT, "the event was changed meanwhile"},

    {"ErrorFreeBusyGenerationFailed", ERR_NO_DATA,
     "the service could not find out when the mailbox is busy"},
    {"ErrorMailboxLogonFailed", ERR_NO_DATA, "the service could not open the mailbox"},
    {"ErrorProxyRequestProcessingFailed", ERR_NO_DATA,
     "the mailbox's own server did not answer"},
    {"ErrorProxyRequestNotAllowed", ERR_NO_DATA,
     "the mailbox lies on another server that may not be asked"},
    {"ErrorAutoDiscoverFailed", ERR_NO_DATA,
     "the service could not find the mailbox's own server"},
    {"ErrorFreeBusyDLLimitReached", ERR_NO_DATA, "the address is a list with too many members"},

    {"SyncStateNotFound", ERR_NOT_FOUND, "the service knows that state no more"},
    {"SyncStateInvalid", ERR_NOT_FOUND, "the service knows that state no more"},
    {"resyncRequired", ERR_NOT_FOUND, "the service knows that state no more"},

    {"NotImplemented", ERR_UNSUPPORTED, "the service cannot do this"},
    {"ErrorInternalServerError", ERR_UPSTREAM, "the service failed inside"},
};

static const struct meaning *meaning_of(struct text code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (text_equal_nocase(text_from(meanings[i].code), code))
            return &meanings[i];
    return NULL;
}

enum status graph_code_status(struct text code)
{
    const struct meaning *meaning = meaning_of(code);
    return meaning ? meaning->status : ERR_UPSTREAM;
}

static enum status throttled(const struct fetch_facts *facts, const char *words,
                             const char *where, struct error *err)
{
    int64_t retry_s = facts->retry_after_s < 0 ? RETRY_UNSAID_S : facts->retry_after_s;
    error_set(err, ERR_LIMIT, where, "%s (HTTP %d)", words, facts->http_status);
    if (err)
        err->retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
    return ERR_LIMIT;
}

/* What a status means whose answer holds no code that we know. */
static enum status judge_http(const struct fetch_facts *facts, const char *where,
                              struct error *err)
{
    int http = facts->http_status;
    switch (http) {
    case 401:
        return error_set(
            err, ERR_AUTH, "sign-in",
            "the access token is refused (HTTP 401): it has ended, was revoked, or "
            "is for another service");
    case 403:
        return error_set(err, ERR_DENIED, where, "this is not allowed (HTTP 403)");
    case 412:
        return error_set(err, ERR_CONFLICT, where,
                         "the event was changed meanwhile (HTTP 412)");
    case 429:
    case 503:
    case 509:
        return throttled(facts, "the service asks to come back later", where, err);
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return error_set(err, ERR_UPSTREAM, where,
                         "the server sends us elsewhere (HTTP %d, %s): this is not Microsoft "
                         "Graph",
                         http, *facts->location ? facts->location : "not saying where");
    case 405:
    case 501:
        return error_set(err, ERR_UNSUPPORTED, where, "the service cannot do this (HTTP %d)",
                         http);
    default:
        return error_set(err, ERR_UPSTREAM, where, "the server answered HTTP %d", http);
    }
}

enum status graph_code_judge(const struct fetch_facts *facts, struct text code,
                             const char *where, struct error *err)
{
    int http = facts->http_status;
    const struct meaning *meaning = meaning_of(code);
    char shown[64];
    if (http / 100 == 2)
        return OK;
    if (meaning && meaning->status == ERR_LIMIT)
        return throttled(facts, meaning->words, where, err);
    if (meaning && http != 429 && http != 503)
        return error_set(err, meaning->status, meaning->status == ERR_AUTH ? "sign-in" : where,
                         "%s (%s)", meaning->words, meaning->code);
    if (code.n && http == 400) {
        text_print(code, "", shown, sizeof shown);
        return error_set(err, ERR_UPSTREAM, where,
                         "the service does not understand our request (%s)", shown);
    }
    return judge_http(facts, where, err);
}

bool graph_code_is_doubtful(int http_status)
{
    return http_status / 100 == 2 || http_status == 408 ||
           (http_status >= 500 && http_status != 501 && http_status != 503 &&
            http_status != 509);
}
