/* SPDX-License-Identifier: ISC */
#include "calendar/ews/code.h"

#include <stdio.h>
#include <string.h>

enum { BACK_OFF_UNSAID_S = 5, BACK_OFF_MAX_S = 3600 };

struct meaning {
    const char *code;
    enum status status;
    const char *words;
};

static const struct meaning meanings[] = {
    {"ErrorServerBusy", ERR_LIMIT, "the server is busy and asks to come back later"},
    {"ErrorExceededConnectionCount", ERR_LIMIT, "too many calls at once for this user"},
    {"ErrorInsufficientResources", ERR_LIMIT, "the server is short of resources"},
    {"ErrorTooManyObjectsOpened", ERR_LIMIT, "too many objects are open for this user"},
    {"ErrorTimeoutExpired", ERR_LIMIT, "the server ran out of time"},
    {"ErrorInternalServerTransientError", ERR_LIMIT, "the server had a passing failure"},
    {"ErrorMailboxMoveInProgress", ERR_LIMIT, "the mailbox is being moved"},
    {"ErrorMailboxStoreUnavailable", ERR_LIMIT, "the mailbox database is not available now"},
    {"ErrorMailboxFailover", ERR_LIMIT, "the mailbox is moving to another server"},

    {"ErrorAccessDenied", ERR_DENIED, "the user has no right to do this in that mailbox"},
    {"ErrorImpersonateUserDenied", ERR_DENIED,
     "the user may not impersonate that mailbox: give it the role ApplicationImpersonation"},
    {"ErrorImpersonationDenied", ERR_DENIED,
     "the user may not impersonate anybody: give it the role ApplicationImpersonation"},
    {"ErrorImpersonationFailed", ERR_DENIED, "the user may not impersonate that mailbox"},
    {"ErrorAccountDisabled", ERR_DENIED, "the account is disabled"},
    {"ErrorCreateItemAccessDenied", ERR_DENIED,
     "the user may not create events in that calendar"},
    {"ErrorCannotDeleteObject", ERR_DENIED, "the server does not let the event be deleted"},
    {"ErrorNoFreeBusyAccess", ERR_DENIED, "the user may not see when that mailbox is busy"},
    {"ErrorQuotaExceeded", ERR_DENIED, "the mailbox is full"},

    {"ErrorNonExistentMailbox", ERR_NOT_FOUND, "there is no mailbox with that address"},
    {"ErrorMissingEmailAddress", ERR_NOT_FOUND,
     "the user has no mailbox: name one with --mailbox or --impersonate"},
    {"ErrorInvalidSmtpAddress", ERR_NOT_FOUND, "the mailbox's address is not an SMTP address"},
    {"ErrorMailRecipientNotFound", ERR_NOT_FOUND,
     "there is no mailbox with that address: name its primary address with --mailbox"},
    {"ErrorItemNotFound", ERR_NOT_FOUND, "the event is not there"},
    {"ErrorFolderNotFound", ERR_NOT_FOUND, "the calendar is not there"},
    {"ErrorParentFolderNotFound", ERR_NOT_FOUND, "the calendar is not there"},
    {"ErrorInvalidId", ERR_NOT_FOUND, "the id is not one of this mailbox"},
    {"ErrorInvalidIdMalformed", ERR_NOT_FOUND, "the id is not one of this server"},
    {"ErrorInvalidIdEmpty", ERR_NOT_FOUND, "the id is empty"},
    {"ErrorInvalidIdXml", ERR_NOT_FOUND, "the id is not one of this server"},
    {"ErrorInvalidIdNotAnItemAttachmentId", ERR_NOT_FOUND, "the id is not one of an event"},
    {"ErrorInvalidIdStoreObjectIdTooLong", ERR_NOT_FOUND, "the id is not one of this server"},
    {"ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", ERR_NOT_FOUND,
     "the occurrence is not there"},
    {"ErrorCalendarOccurrenceIsDeletedFromRecurrence", ERR_NOT_FOUND,
     "the occurrence is not there"},

    {"ErrorInvalidChangeKey", ERR_CONFLICT, "the event was changed meanwhile"},
    {"ErrorChangeKeyRequired", ERR_CONFLICT, "the event was changed meanwhile"},
    {"ErrorChangeKeyRequiredForWriteOperations", ERR_CONFLICT,
     "the event was changed meanwhile"},
    {"ErrorStaleObject", ERR_CONFLICT, "the event was changed meanwhile"},
    {"ErrorIrresolvableConflict", ERR_CONFLICT,
     "the event was changed by somebody else at the same time"},

    {"ErrorFreeBusyGenerationFailed", ERR_NO_DATA,
     "the server could not find out when the mailbox is busy"},
    {"ErrorFreeBusyDLLimitReached", ERR_NO_DATA, "the address is a list with too many members"},
    {"ErrorMailboxLogonFailed", ERR_NO_DATA, "the server could not open the mailbox"},
    {"ErrorMailboxNotFound", ERR_NOT_FOUND, "there is no mailbox with that address"},
    {"ErrorProxyRequestProcessingFailed", ERR_NO_DATA,
     "the mailbox's own server did not answer"},
    {"ErrorProxyRequestNotAllowed", ERR_NO_DATA,
     "the mailbox lies on another server that may not be asked"},
    {"ErrorAutoDiscoverFailed", ERR_NO_DATA,
     "the server could not find the mailbox's own server"},
    {"ErrorServiceDiscoveryFailed", ERR_NO_DATA,
     "the server could not find the mailbox's own server"},
    {"ErrorPublicFolderRequestProcessingFailed", ERR_NO_DATA,
     "the server could not read the mailbox's free/busy folder"},
    {"ErrorRequestStreamTooBig", ERR_NO_DATA, "the mailbox's own server refused the question"},

    {"ErrorExceededSubscriptionCount", ERR_FULL,
     "the server lets this user hold no further subscription"},
    {"ErrorSubscriptionNotFound", ERR_NOT_FOUND, "the subscription is not there"},
    {"ErrorSubscriptionUnsubscribed", ERR_NOT_FOUND, "the subscription was given up"},
    {"ErrorExpiredSubscription", ERR_NOT_FOUND, "the subscription has expired"},
    {"ErrorInvalidSubscription", ERR_NOT_FOUND, "the subscription is not one of this server"},
    {"ErrorReadEventsFailed", ERR_NOT_FOUND, "the server lost what it was to tell"},
    {"ErrorSubscriptionAccessDenied", ERR_DENIED, "the subscription is somebody else's"},
    {"ErrorSubscriptionDelegateAccessNotSupported", ERR_DENIED,
     "the server tells delegates of no changes"},

    {"ErrorInvalidServerVersion", ERR_UNSUPPORTED, "the server is older than Exchange 2013"},
    {"ErrorSchemaValidation", ERR_UPSTREAM, "the server does not understand our request"},
    {"ErrorInvalidRequest", ERR_UPSTREAM, "the server does not understand our request"},
    {"ErrorTimeIntervalTooBig", ERR_UPSTREAM, "the server allows shorter windows only"},
    {"ErrorCalendarViewRangeTooBig", ERR_UPSTREAM, "the server allows shorter windows only"},
    {"ErrorInternalServerError", ERR_UPSTREAM, "the server failed inside"},
};

static const struct meaning *meaning_of(const char *code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].code, code) == 0)
            return &meanings[i];
    return NULL;
}

static int64_t retry_s(int64_t back_off_ms)
{
    if (back_off_ms < 0)
        return BACK_OFF_UNSAID_S;
    int64_t s = back_off_ms / 1000 + (back_off_ms % 1000 != 0);
    return s < 1 ? 1 : s > BACK_OFF_MAX_S ? BACK_OFF_MAX_S : s;
}

enum status ews_code_judge(const struct ews_answer *answer, struct error *err)
{
    if (!answer->is_fault && (answer->n_errors == 0 || answer->max_mailboxes))
        return OK;
    char where[64];
    snprintf(where, sizeof where, "ews %s", ews_operation_name(answer->operation));
    const struct meaning *meaning = meaning_of(answer->code);
    enum status status = meaning ? meaning->status : ERR_UPSTREAM;
    if (meaning)
        error_set(err, status, where, "%s (%s)", meaning->words, answer->code);
    else if (strcmp(answer->code, "NoError") == 0)
        error_set(err, status, where, "the server answered with a fault and no code");
    else
        error_set(err, status, where, "the server answered with %s", answer->code);
    if (status == ERR_LIMIT && err)
        err->retry_s = retry_s(answer->back_off_ms);
    return status;
}

enum status ews_code_status(const char *code)
{
    const struct meaning *meaning = meaning_of(code);
    return strcmp(code, "NoError") == 0 ? OK : meaning ? meaning->status : ERR_UPSTREAM;
}

bool ews_code_is_doubtful(const char *code)
{
    static const char *const doubtful[] = {
        "ErrorTimeoutExpired",
        "ErrorInternalServerTransientError",
        "ErrorInternalServerError",
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorMailboxFailover",
        "NoError", /* a fault that does not say what it is */
    };
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++)
        if (strcmp(doubtful[i], code) == 0)
            return true;
    return false;
}
