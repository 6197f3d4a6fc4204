# SPDX-License-Identifier: ISC
"""What the API says when it refuses: a status, a reason, a message; as the reference prints them."""

import json

from exchange.misbehave import Answer

JSON = "application/json; charset=UTF-8"
# reason: (HTTP status, domain, message)
REASONS = {
    "badRequest": (400, "global", "Bad Request"),
    "invalid": (400, "global", "Invalid Value"),
    "invalidParameter": (400, "global", "Invalid parameter"),
    "required": (400, "global", "Required"),
    "parseError": (400, "global", "Parse Error"),
    "timeRangeEmpty": (400, "calendar", "The specified time range is empty."),
    "timeRangeTooLong": (400, "calendar", "The requested time range is too long."),
    "tooManyCalendarsRequested": (400, "calendar", "Too many calendars were requested."),
    "authError": (401, "global", "Invalid Credentials"),
    "required401": (401, "global", "Login Required."),
    "forbidden": (403, "global", "Forbidden"),
    "insufficientPermissions": (403, "global", "Request had insufficient authentication scopes."),
    "requiredAccessLevel": (403, "calendar", "You need to have writer access to this calendar."),
    "accessNotConfigured": (403, "usageLimits", "Google Calendar API has not been used in this project before."),
    "rateLimitExceeded": (403, "usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": (403, "usageLimits", "User Rate Limit Exceeded"),
    "quotaExceeded": (403, "usageLimits", "Calendar usage limits exceeded."),
    "notFound": (404, "global", "Not Found"),
    "conflict": (409, "global", "Conflict"),
    "duplicate": (409, "global", "The requested identifier already exists."),
    "deleted": (410, "global", "Resource has been deleted"),
    "fullSyncRequired": (410, "calendar", "Sync token is no longer valid, a full sync is required."),
    "updatedMinTooLongAgo": (410, "calendar",
                             "The requested minimum modification time lies too far in the past."),
    "conditionNotMet": (412, "global", "Precondition Failed"),
    "tooManyRequests": (429, "usageLimits", "Rate Limit Exceeded"),
    "backendError": (500, "global", "Backend Error"),
    "backendUnavailable": (503, "global", "Service Unavailable"),
}
# What the reason is called on the wire where our name for it is another.
WIRE = {"required401": "required", "tooManyRequests": "rateLimitExceeded", "backendUnavailable": "backendError"}


class ApiError(Exception):
    """A refusal: one of REASONS, with words of its own where that helps."""

    def __init__(self, reason, message=None, location=None, headers=()):
        super().__init__(reason)
        self.reason, self.location, self.headers = reason, location, list(headers)
        self.status, self.domain, usual = REASONS[reason]
        self.message = message or usual


def refusal(error):
    """Return the Answer for an ApiError."""
    detail = {"domain": error.domain, "reason": WIRE.get(error.reason, error.reason), "message": error.message}
    if error.location:
        kind = "header" if error.location in ("Authorization", "If-Match") else "parameter"
        detail |= {"locationType": kind, "location": error.location}
    body = {"error": {"errors": [detail], "code": error.status, "message": error.message}}
    return Answer(error.status, json.dumps(body, indent=1).encode(), JSON, error.headers)


def said(value, status=200, headers=()):
    return Answer(status, json.dumps(value, indent=1).encode(), JSON, headers)
