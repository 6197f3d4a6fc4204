# SPDX-License-Identifier: ISC
"""getSchedule: when mailboxes are busy, of organisations only. It shows subjects to who may see them."""

import datetime as dt
import json
import math

from exchange.availability import DIGITS
from exchange.items import is_private

from .events import SHOW
from .odata import GraphError, moment_json, moment_of

MAX_SCHEDULES, MAX_ENTRIES, MAX_DAYS = 100, 1000, 62
KEYS = {"schedules", "startTime", "endTime", "availabilityViewInterval"}


def answer(ask):
    """Return the body."""
    body = {name[:1].lower() + name[1:]: value for name, value in ask.body.items()}
    if body.keys() - KEYS or not KEYS - {"availabilityViewInterval"} <= body.keys():
        raise GraphError("RequestBodyRead", "getSchedule takes schedules, startTime, endTime and an interval.")
    start, end = moment_of(body["startTime"])[0], moment_of(body["endTime"])[0]
    interval = int(body.get("availabilityViewInterval", 30))
    if ask.mailbox.address.lower() in ask.personal:
        raise GraphError("ErrorAccessDenied", "getSchedule is not supported for personal accounts.")
    if end <= start or not 5 <= interval <= 1440 or not body["schedules"]:
        raise GraphError("ErrorInvalidParameter", "The time window is not valid.")
    if end - start > dt.timedelta(days=MAX_DAYS):
        raise GraphError("ErrorTimeIntervalTooBig", f"The allowed limit = {MAX_DAYS} days.")
    if len(body["schedules"]) > MAX_SCHEDULES:
        raise GraphError("ErrorMailboxDataArrayTooBig", "There are too many target users in the request array.")
    found = [_schedule(ask, address, start, end, interval) for address in body["schedules"]]
    return json.dumps({"@odata.context": f"{ask.base}/$metadata#Collection(scheduleInformation)",
                       "value": found}).encode()


def _failed(address, code, text):
    return {"scheduleId": address, "availabilityView": "", "scheduleItems": [],
            "error": {"message": text, "responseCode": code}}


def _schedule(ask, address, start, end, interval):
    mailbox = ask.world.mailbox(address)
    if mailbox is None or address.lower() in ask.personal:
        return _failed(address, "ErrorMailRecipientNotFound", f"Unable to resolve e-mail address {address}.")
    rule = ask.rule if ask.rule and ask.rule["mode"] == "no_data" else None
    if rule and (not rule.get("mailbox") or rule["mailbox"].lower() == address.lower()):
        return _failed(address, rule.get("code", "ErrorFreeBusyGenerationFailed"), "As practised.")
    if mailbox.unavailable:
        return _failed(address, mailbox.unavailable, "As practised.")
    if not ask.may(mailbox, "free-busy"):
        return _failed(address, "ErrorNoFreeBusyAccess", "Access denied.")
    with mailbox.lock:
        found = mailbox.view(start, end)
        if len(found) > MAX_ENTRIES:
            return _failed(address, "5006", "The result set contains too many calendar entries. The allowed size = "
                           f"{MAX_ENTRIES}; the actual size = {len(found)}.")
        detail = ask.may(mailbox, "free-busy-detail") or ask.rule and ask.rule["mode"] == "subjects"
        shown = [_item(ask, mailbox, item, detail) for item in found]
        digits = _digits(found, start, end, interval)
    return {"scheduleId": address, "availabilityView": digits, "scheduleItems": shown,
            "workingHours": {"daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                             "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000",
                             "timeZone": {"name": "UTC"}}}


def _item(ask, mailbox, item, detail):
    made = {"status": SHOW[item.fields.get("LegacyFreeBusyStatus", "Busy")],
            "start": moment_json(item.start, ask.zone), "end": moment_json(item.end, ask.zone)}
    if detail:
        private = is_private(item.fields) and not ask.sees_private(mailbox)
        made |= {"isPrivate": is_private(item.fields), "isMeeting": False, "isException": item.exception,
                 "isRecurring": item.original is not None, "isReminderSet": True,
                 "subject": "" if private else item.fields.get("Subject", ""),
                 "location": "" if private else item.fields.get("Location", "")}
    return made


def _digits(found, start, end, interval):
    digits = [0] * math.ceil((end - start).total_seconds() / 60 / interval)
    for item in found:
        digit = DIGITS[item.fields.get("LegacyFreeBusyStatus", "Busy")]
        first = max(0, math.floor((item.start - start).total_seconds() / 60 / interval))
        last = min(len(digits), math.ceil((item.end - start).total_seconds() / 60 / interval))
        for slot in range(first, last):
            digits[slot] = max(digits[slot], digit)
    return "".join(map(str, digits))
