# SPDX-License-Identifier: ISC
"""GetUserAvailability: the one operation whose answer looks like no other (reference of its shape:
no ResponseMessages, default namespaces that switch per element, times without offset in the zone
of the request, results in the order of the request and without addresses)."""

import datetime as dt
import math

from . import zones
from .items import instant, is_meeting, is_private
from .schema import M, T
from .soap import XSI, Fault, clean, tag, text_for, values_xml

MAX_DAYS = 42
MAX_MAILBOXES = 100
DIGITS = {"Free": 0, "Tentative": 1, "Busy": 2, "OOF": 3, "WorkingElsewhere": 0, "NoData": 4}
LOWERED = {"Detailed": "FreeBusy", "DetailedMerged": "FreeBusyMerged"}
IN_T = f' xmlns="{T}"'


def request_zone(request):
    """Return the tzinfo of the request: its TimeZone element, or else its TimeZoneContext."""
    element = request.element.find(f"{{{T}}}TimeZone")
    if element is None:
        if request.zone is None:
            raise Fault("ErrorTimeZone")
        return request.zone

    def rule(child):
        values = [part.text.strip() for part in child]
        bias, time, order, month, weekday = values[:5]
        return int(bias), time.partition(".")[0], int(order), int(month), weekday

    bias, standard, daylight = int(element[0].text), rule(element[1]), rule(element[2])
    for change in (standard, daylight):
        if not 0 <= change[3] <= 12 or abs(bias + change[0]) >= 24 * 60 or change[3] and not (
                1 <= change[2] <= 5 and change[4] in zones.DAYS):
            raise Fault("ErrorTimeZone")
    return zones.rule_zone(bias, standard, daylight)


class Query:
    """What one request asks, checked."""

    def __init__(self, request):
        element = request.element
        self.zone = request_zone(request)
        self.addresses = [data.findtext(f"{{{T}}}Email/{{{T}}}Address").strip()
                          for data in element.find(f"{{{M}}}MailboxDataArray")]
        options = element.find(f"{{{T}}}FreeBusyViewOptions")
        if options is None or not self.addresses:
            raise Fault("ErrorInvalidRequest")
        if len(self.addresses) > MAX_MAILBOXES:
            raise Fault("ErrorMailboxDataArrayTooBig")
        window = options[0]
        self.start, self.end = (instant(moment.text, self.zone) for moment in window)
        if self.start >= self.end:
            raise Fault("ErrorInvalidTimeInterval")
        if self.end - self.start > dt.timedelta(days=MAX_DAYS):
            raise Fault("ErrorTimeIntervalTooBig")
        self.view = options.findtext(f"{{{T}}}RequestedView") or "FreeBusy"
        if self.view == "None":
            raise Fault("ErrorInvalidFreeBusyViewType")
        merged = options.findtext(f"{{{T}}}MergedFreeBusyIntervalInMinutes")
        self.interval = int(merged) if merged else 30
        if not 5 <= self.interval <= 1440:
            raise Fault("ErrorInvalidMergedFreeBusyInterval")


def answer(context, request):
    """Return the response body."""
    query = Query(request)
    results = "".join(_mailbox_result(context, query, address) for address in query.addresses)
    return f'<GetUserAvailabilityResponse xmlns="{M}"><FreeBusyResponseArray>{results}' \
           "</FreeBusyResponseArray></GetUserAvailabilityResponse>"


def refused(request, error):
    """Return a response body in which every mailbox fails with an ItemError."""
    count = len(request.element.find(f"{{{M}}}MailboxDataArray"))
    return f'<GetUserAvailabilityResponse xmlns="{M}"><FreeBusyResponseArray>' \
           f"{_failed(error.code, error.text, error.values) * count}" \
           "</FreeBusyResponseArray></GetUserAvailabilityResponse>"


def _mailbox_result(context, query, address):
    mailbox = context.world.mailbox(address)
    if mailbox is None or mailbox.home == "online":
        return _failed("ErrorMailRecipientNotFound",
                       f"Unable to resolve e-mail address {address} to an Active Directory object.")
    rule = context.misbehave_here("no_data", mailbox.address)
    lowered = rule.get("view") if rule else None
    if lowered == "NoData":
        return _succeeded("FreeBusyMerged", "4" * _slots(query), "")
    if lowered == "None":
        return _succeeded("None", None, "")
    if rule and lowered != "MergedOnly":
        code = rule.get("code", "ErrorFreeBusyGenerationFailed")
        return _failed(code, text_for(code))
    if mailbox.unavailable:
        return _failed(mailbox.unavailable, text_for(mailbox.unavailable))
    if not mailbox.allows(context.user.address, "free-busy"):
        return _failed("ErrorNoFreeBusyAccess", text_for("ErrorNoFreeBusyAccess"))
    view = query.view
    if not mailbox.allows(context.user.address, "free-busy-detail"):
        view = LOWERED.get(view, view)
    view = lowered or view
    with mailbox.lock:
        found = mailbox.view(query.start, query.end)
        events = "".join(_event(query, mailbox, item, view, context) for item in found) \
            if view != "MergedOnly" else ""
        merged = _merged(query, found) if "Merged" in view else None
    return _succeeded(view, merged, events, _working_hours(mailbox, query))


def _failed(code, text, values=()):
    extra = f'<MessageXml xmlns:t="{T}">{values_xml(values)}</MessageXml>' if values else ""
    name = code.removeprefix("Error") + "Exception"
    return '<FreeBusyResponse><ResponseMessage ResponseClass="Error">' \
        f"<MessageText>Microsoft.Exchange.InfoWorker.Common.Availability.{name}: {clean(text)}" \
        "&#xD;\n. Name of the server where exception originated: PRACTICE01. LID: 57660" \
        f"</MessageText><ResponseCode>{code}</ResponseCode>" \
        f"<DescriptiveLinkKey>0</DescriptiveLinkKey>{extra}</ResponseMessage><FreeBusyView>" \
        f"<FreeBusyViewType{IN_T}>None</FreeBusyViewType></FreeBusyView></FreeBusyResponse>"


def _succeeded(view, merged, events, hours=""):
    parts = f"<FreeBusyViewType{IN_T}>{view}</FreeBusyViewType>"
    if merged is not None:
        parts += f"<MergedFreeBusy{IN_T}>{merged}</MergedFreeBusy>"
    if events:
        parts += f"<CalendarEventArray{IN_T} {XSI}>{events}</CalendarEventArray>"
    return '<FreeBusyResponse><ResponseMessage ResponseClass="Success"><ResponseCode>NoError' \
        f"</ResponseCode></ResponseMessage><FreeBusyView>{parts}{hours}</FreeBusyView>" \
        "</FreeBusyResponse>"


def _local(query, moment, context):
    if context.odd:     # an offset without colon, as some servers sent
        return (moment + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+0100")
    return moment.astimezone(query.zone).isoformat()[:19]


def _event(query, mailbox, item, view, context):
    fields = item.fields
    parts = f"<StartTime>{_local(query, item.start, context)}</StartTime>" \
            f"<EndTime>{_local(query, item.end, context)}</EndTime>" \
            f"<BusyType>{fields.get('LegacyFreeBusyStatus', 'Busy')}</BusyType>"
    if view.startswith("Detailed"):
        private = is_private(fields) and not mailbox.sees_private(context.user.address)
        words = {
            "ID": f"{item.event.number:032X}", "Subject": fields.get("Subject", ""),
            "Location": fields.get("Location", ""), "IsMeeting": is_meeting(fields),
            "IsRecurring": item.original is not None, "IsException": item.exception,
            "IsReminderSet": fields.get("ReminderIsSet", True),
            "IsPrivate": is_private(fields)}
        if private:
            del words["ID"], words["Subject"], words["Location"]
        parts += tag("CalendarEventDetails", "".join(
            tag(name, str(value).lower() if isinstance(value, bool) else clean(value))
            for name, value in words.items()))
    return f"<CalendarEvent>{parts}</CalendarEvent>"


def _slots(query):
    return math.ceil((query.end - query.start).total_seconds() / 60 / query.interval)


def _merged(query, found):
    """Return one digit per interval: the weightiest status of any event in it."""
    digits = [0] * _slots(query)
    step = query.interval * 60
    for item in found:
        digit = DIGITS[item.fields.get("LegacyFreeBusyStatus", "Busy")]
        first = max(0, math.floor((item.start - query.start).total_seconds() / step))
        last = min(len(digits), math.ceil((item.end - query.start).total_seconds() / step))
        for slot in range(first, last):
            digits[slot] = max(digits[slot], digit)
    return "".join(map(str, digits))


def _working_hours(mailbox, query):
    """Return Monday to Friday, eight to five, with the zone rules of the mailbox."""
    standard, daylight, changes = zones.year_rules(mailbox.zone, query.start.year)
    bias = int(-standard.total_seconds() // 60)
    both = {standard: None, daylight: None}
    for at, after in changes:
        both[after] = at
    rules = ""
    for name, offset in (("StandardTime", standard), ("DaylightTime", daylight)):
        at = both[offset]
        rules += f"<{name}><Bias>{-int((offset - standard).total_seconds() // 60)}</Bias>" + (
            f"<Time>{at:%H:%M:%S}</Time><DayOrder>{zones.nth_weekday(at)}</DayOrder>"
            f"<Month>{at.month}</Month><DayOfWeek>{zones.DAYS[at.weekday()]}</DayOfWeek>"
            if at else "<Time>00:00:00</Time><DayOrder>0</DayOrder><Month>0</Month>"
                       "<DayOfWeek>Sunday</DayOfWeek>") + f"</{name}>"
    return f"<WorkingHours{IN_T}><TimeZone><Bias>{bias}</Bias>{rules}</TimeZone>" \
        "<WorkingPeriodArray><WorkingPeriod><DayOfWeek>Monday Tuesday Wednesday Thursday Friday" \
        "</DayOfWeek><StartTimeInMinutes>480</StartTimeInMinutes><EndTimeInMinutes>1020" \
        "</EndTimeInMinutes></WorkingPeriod></WorkingPeriodArray></WorkingHours>"
