# SPDX-License-Identifier: ISC
"""What the practice Exchange accepts, refuses and answers, request by request."""

import datetime as dt
import re

import pytest
import rawews as ews
from rawews import ANNA, BEA, SERVICE, M, T, codes

NAMED = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" ' \
        'PropertyName="hourgate-uid" PropertyType="String"/>'
MARCH = ("2027-03-01T00:00:00Z", "2027-03-31T00:00:00Z")


def add(practice, subject="Talk", start="2027-03-01T09:00:00Z", end="2027-03-01T10:00:00Z",
        more="", before=""):
    """Create an event; return its ItemId as markup."""
    root = practice.tell(ews.create(f"<t:Subject>{subject}</t:Subject>{before}"
                                    + ews.times(start, end) + more))
    assert codes(root) == ["NoError"]
    return ews.id_of(root)


def text(root, name):
    found = next(root.iter(T + name), None)
    return None if found is None else found.text


# The schema

@pytest.mark.parametrize("body", [
    ews.create("<t:Start>2027-03-01T09:00:00Z</t:Start><t:Subject>Order</t:Subject>"),
    ews.create("<t:Subjekt>Unknown</t:Subjekt>"),
    ews.create("<t:Subject>Twice</t:Subject><t:Subject>Twice</t:Subject>"),
    ews.create("<t:LegacyFreeBusyStatus>Bsy</t:LegacyFreeBusyStatus>"),
    ews.create("<t:Start>2027-03-01 09:00</t:Start>"),
    ews.create("<t:Subject>x</t:Subject>", 'SendMeetingInvitations="Nobody"'),
    ews.create("<t:Subject>x</t:Subject>", 'Unknown="1"'),
    "<m:CreateItem><m:Items/></m:CreateItem>",
    "<m:GetItem><m:ItemIds/></m:GetItem>",
    ews.get('<t:ItemId ChangeKey="AAAA"/>'),
    ews.delete('<t:ItemId Id="A"/>', disposal="Burn"),
    ews.availability([ANNA["address"]], "2027-03-01T00:00:00", "2027-03-02T00:00:00", "All"),
])
def test_breaking_the_schema_is_a_fault(practice, body):
    status, _, answer = practice.ask(body)
    assert status == 500
    assert b"ServerVersionInfo" not in answer
    assert b"<faultcode" in answer and b"a:ErrorSchemaValidation" in answer
    assert practice.mailbox()["items"] == []


@pytest.mark.parametrize("body", ["<m:Frobnicate/>", "<m:GetItem>", "<a/>", ""])
def test_what_is_no_request_is_a_fault(practice, body):
    assert practice.codes(body) == ["fault:ErrorInvalidRequest"]


def test_document_types_and_wrong_actions_are_refused(practice):
    body = ews.find("")
    assert practice.codes(body, SOAPAction='"http://x/messages/GetItem"') \
        == ["fault:ErrorInvalidRequest"]
    assert practice.codes(body, SOAPAction='"http://x/messages/FindItem"') == ["NoError"]
    assert practice.ask(body, **{"Content-Type": "application/json"})[0] == 415


def test_versions_and_zones_of_the_header(practice):
    zone = '<t:TimeZoneContext><t:TimeZoneDefinition Id="{}"/></t:TimeZoneContext>'
    assert practice.codes(ews.find(""), header=zone.format("Nowhere")) == ["fault:ErrorTimeZone"]
    naive = ews.create(ews.times("2027-03-01T09:00:00", "2027-03-01T10:00:00"))
    practice.tell(naive, header=zone.format("W. Europe Standard Time"))
    practice.tell(naive)
    starts = sorted(item["Start"] for item in practice.mailbox()["items"])
    assert starts == ["2027-03-01T08:00:00Z", "2027-03-01T09:00:00Z"]


# Items

def test_named_property_round_trip_and_search(practice):
    first = add(practice, before=f"<t:ExtendedProperty>{NAMED}<t:Value>b-1</t:Value>"
                "</t:ExtendedProperty>")
    add(practice, "Other")
    root = practice.tell(ews.get(first, NAMED, "IdOnly"))
    assert text(root, "Value") == "b-1"
    equal = f'<t:IsEqualTo>{NAMED}<t:FieldURIOrConstant><t:Constant Value="{{}}"/>' \
            "</t:FieldURIOrConstant></t:IsEqualTo>"
    for restriction, count in (
            (equal.format("b-1"), 1), (equal.format("b-2"), 0),
            (f"<t:Exists>{NAMED}</t:Exists>", 1),
            (f"<t:Not><t:Exists>{NAMED}</t:Exists></t:Not>", 1),
            (f"<t:Or>{equal.format('b-1')}{equal.format('b-2')}</t:Or>", 1),
            (f"<t:And>{equal.format('b-1')}{equal.format('b-2')}</t:And>", 0)):
        root = practice.tell(ews.find(restriction))
        assert len(list(root.iter(T + "ItemId"))) == count, restriction


def test_uid_cannot_be_searched(practice):
    assert practice.codes(ews.find(
        '<t:IsEqualTo><t:FieldURI FieldURI="calendar:UID"/><t:FieldURIOrConstant>'
        '<t:Constant Value="x"/></t:FieldURIOrConstant></t:IsEqualTo>')) \
        == ["ErrorUnsupportedPathForQuery"]


def test_invitations_must_be_decided(practice):
    assert practice.codes(ews.create("", send="")) == ["ErrorSendMeetingInvitationsRequired"]
    item = add(practice)
    change = ews.set_field("item:Subject", "<t:Subject>New</t:Subject>")
    assert practice.codes(ews.update(item, change, send="")) \
        == ["ErrorSendMeetingInvitationsOrCancellationsRequired"]
    assert practice.codes(ews.delete(item, send="")) == ["ErrorSendMeetingCancellationsRequired"]


def test_who_would_have_been_invited(practice):
    people = "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>c@d.example" \
             "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>"
    before = len(practice.mailbox()["sent"])
    practice.tell(ews.create(ews.times(*MARCH) + people))
    practice.tell(ews.create(ews.times(*MARCH) + people,
                             'SendMeetingInvitations="SendOnlyToAll"'))
    assert [one["to"] for one in practice.mailbox()["sent"][before:]] == [["c@d.example"]]


def test_change_keys(practice):
    old = add(practice)
    subject = ews.set_field("item:Subject", "<t:Subject>New</t:Subject>")
    place = ews.set_field("calendar:Location", "<t:Location>Here</t:Location>")
    assert practice.codes(ews.update(old, subject, "NeverOverwrite")) == ["NoError"]
    assert practice.codes(ews.update(old, place, "NeverOverwrite")) == ["ErrorIrresolvableConflict"]
    assert practice.codes(ews.update(old, subject, "AutoResolve")) == ["ErrorIrresolvableConflict"]
    assert practice.codes(ews.update(old, place, "AutoResolve")) == ["NoError"]
    assert practice.codes(ews.update(old, subject, "AlwaysOverwrite")) == ["NoError"]
    keyless = re.sub(' ChangeKey="[^"]*"', "", old)
    assert practice.codes(ews.update(keyless, place, "AutoResolve")) \
        == ["ErrorChangeKeyRequiredForWriteOperations"]
    broken = re.sub('ChangeKey="[^"]*"', 'ChangeKey="AAAA"', old)
    assert practice.codes(ews.get(broken)) == ["ErrorInvalidChangeKey"]


def test_updates(practice):
    item = add(practice)
    both = ews.set_field("calendar:Start", "<t:Start>2027-03-01T09:15:00Z</t:Start>") \
        + '<t:DeleteItemField><t:FieldURI FieldURI="item:Subject"/></t:DeleteItemField>'
    assert practice.codes(ews.update(item, both)) == ["NoError"]
    assert practice.mailbox()["items"][0]["Start"] == "2027-03-01T09:15:00Z"
    for change, code in (
            (ews.set_field("calendar:Start", "<t:End>2027-03-01T09:15:00Z</t:End>"),
             "ErrorUpdatePropertyMismatch"),
            (ews.set_field("calendar:End", "<t:End>2027-02-01T09:15:00Z</t:End>"),
             "ErrorCalendarEndDateIsEarlierThanStartDate"),
            (ews.set_field("calendar:IsMeeting", "<t:IsMeeting>true</t:IsMeeting>"),
             "ErrorInvalidPropertySet"),
            ('<t:DeleteItemField><t:FieldURI FieldURI="calendar:Start"/></t:DeleteItemField>',
             "ErrorInvalidPropertyDelete")):
        assert practice.codes(ews.update(item, change)) == [code]
    assert practice.mailbox()["items"][0]["Start"] == "2027-03-01T09:15:00Z"


def test_deleting(practice):
    first, second = add(practice), add(practice)
    assert practice.codes(ews.delete(first)) == ["NoError"]
    assert practice.codes(ews.delete(first)) == ["ErrorItemNotFound"]
    assert practice.codes(ews.delete(second, disposal="MoveToDeletedItems")) == ["NoError"]
    assert practice.codes(ews.get(second)) == ["ErrorItemNotFound"]
    assert [item["Folder"] for item in practice.mailbox()["items"]] == ["deleteditems"]
    assert practice.codes(ews.get('<t:ItemId Id="nonsense"/>')) == ["ErrorInvalidIdMalformed"]


def test_part_success_part_error(practice):
    good = add(practice)
    assert practice.codes(ews.get(good + '<t:ItemId Id="nonsense"/>' + good)) \
        == ["NoError", "ErrorInvalidIdMalformed", "NoError"]


def test_occurrence_indices_shift_after_a_deletion(practice):
    rule = "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>" \
           "<t:NumberedRecurrence><t:StartDate>2027-03-01</t:StartDate><t:NumberOfOccurrences>3" \
           "</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
    master = add(practice, more=rule)
    number = re.search('Id="([^"]*)"', master)[1]

    def index(n):
        return f'<t:OccurrenceItemId RecurringMasterId="{number}" InstanceIndex="{n}"/>'

    assert text(practice.tell(ews.get(index(2))), "Start") == "2027-03-02T09:00:00Z"
    assert practice.codes(ews.delete(index(2))) == ["NoError"]
    assert text(practice.tell(ews.get(index(2))), "Start") == "2027-03-03T09:00:00Z"
    assert practice.codes(ews.get(index(3))) \
        == ["ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"]
    crossing = ews.set_field("calendar:Start", "<t:Start>2027-02-01T09:00:00Z</t:Start>")
    assert practice.codes(ews.update(index(2), crossing)) == ["ErrorOccurrenceCrossingBoundary"]


# Lists and their limits

def test_calendar_view_limits(practice):
    for hour in range(5):
        add(practice, f"Talk {hour}", f"2027-03-01T1{hour}:00:00Z", f"2027-03-01T1{hour}:30:00Z")
    root = practice.tell(ews.view(*MARCH, most='MaxEntriesReturned="3"'))
    folder = next(root.iter(M + "RootFolder"))
    assert (folder.get("IncludesLastItemInRange"), len(list(root.iter(T + "CalendarItem")))) \
        == ("false", 3)
    root = practice.tell(ews.view(*MARCH))
    assert next(root.iter(M + "RootFolder")).get("IncludesLastItemInRange") == "true"
    assert practice.codes(ews.view("2027-01-01T00:00:00Z", "2029-02-01T00:00:00Z")) \
        == ["ErrorCalendarViewRangeTooBig"]
    assert practice.codes(ews.view(*MARCH, '<t:FieldURI FieldURI="item:Body"/>')) \
        == ["ErrorInvalidPropertyRequest"]


def test_paging(practice):
    for number in range(5):
        add(practice, f"Talk {number}")
    seen, offset, last = [], 0, "false"
    while last == "false":
        root = practice.tell(ews.find("", f'MaxEntriesReturned="2" Offset="{offset}" '
                                      'BasePoint="Beginning"', "Default"))
        folder = next(root.iter(M + "RootFolder"))
        offset, last = folder.get("IndexedPagingOffset"), folder.get("IncludesLastItemInRange")
        seen += [element.text for element in root.iter(T + "Subject")]
    assert seen == [f"Talk {number}" for number in range(5)]


# Availability

def test_availability_speaks_the_zone_of_the_request(practice):
    add(practice, start="2027-03-27T09:00:00Z", end="2027-03-27T10:00:00Z")
    add(practice, start="2027-03-29T09:00:00Z", end="2027-03-29T10:00:00Z")
    change = "<t:Bias>{}</t:Bias><t:Time>{}</t:Time><t:DayOrder>5</t:DayOrder>" \
             "<t:Month>{}</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    zone = "<t:Bias>-60</t:Bias><t:StandardTime>" + change.format(0, "03:00:00", 10) \
        + "</t:StandardTime><t:DaylightTime>" + change.format(-60, "02:00:00", 3) \
        + "</t:DaylightTime>"
    root = practice.tell(ews.availability([ANNA["address"]], "2027-03-27T00:00:00",
                                          "2027-03-30T00:00:00", zone=zone))
    assert [element.text for element in root.iter(T + "StartTime") if "T" in element.text] \
        == ["2027-03-27T10:00:00", "2027-03-29T11:00:00"]


@pytest.mark.parametrize("view, merged, events, details", [
    ("MergedOnly", True, 0, 0), ("FreeBusy", False, 1, 0), ("FreeBusyMerged", True, 1, 0),
    ("Detailed", False, 1, 1), ("DetailedMerged", True, 1, 1)])
def test_views(practice, view, merged, events, details):
    add(practice)
    root = practice.tell(ews.availability([ANNA["address"]], "2027-03-01T08:00:00",
                                          "2027-03-01T12:00:00", view))
    assert (text(root, "FreeBusyViewType"), text(root, "MergedFreeBusy")) \
        == (view, "00220000" if merged else None)
    assert len(list(root.iter(T + "CalendarEvent"))) == events
    assert len(list(root.iter(T + "CalendarEventDetails"))) == details
    assert root.find(f".//{M}ResponseMessages") is None


def test_each_status_has_its_digit(practice):
    names = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")
    for hour, status in enumerate(names):
        add(practice, start=f"2027-03-01T0{hour}:00:00Z", end=f"2027-03-01T0{hour}:30:00Z",
            more=f"<t:LegacyFreeBusyStatus>{status}</t:LegacyFreeBusyStatus>")
    root = practice.tell(ews.availability([ANNA["address"]], "2027-03-01T00:00:00",
                                          "2027-03-01T06:00:00", interval=60))
    assert text(root, "MergedFreeBusy") == "012304"
    assert [element.text for element in root.iter(T + "BusyType")] == list(names)


def test_availability_limits(practice):
    anna = [ANNA["address"]]
    for body, code in (
            (ews.availability(anna, "2027-03-01T00:00:00", "2027-04-13T00:00:00"),
             "ErrorTimeIntervalTooBig"),
            (ews.availability(anna * 101, "2027-03-01T00:00:00", "2027-03-02T00:00:00"),
             "ErrorMailboxDataArrayTooBig"),
            (ews.availability(anna, "2027-03-02T00:00:00", "2027-03-01T00:00:00"),
             "ErrorInvalidTimeInterval"),
            (ews.availability(anna, "2027-03-01T00:00:00", "2027-03-02T00:00:00", interval=4),
             "ErrorInvalidMergedFreeBusyInterval")):
        assert practice.codes(body) == ["fault:" + code]
    assert practice.codes(ews.availability(anna * 100, "2027-03-01T00:00:00",
                                           "2027-04-12T00:00:00")) == ["NoError"] * 100


def test_a_failing_mailbox_among_others(practice):
    root = practice.tell(ews.availability(
        [ANNA["address"], "nobody@practice.example", BEA["address"]],
        "2027-03-01T00:00:00", "2027-03-02T00:00:00"))
    assert codes(root) == ["NoError", "ErrorMailRecipientNotFound", "NoError"]
    assert [element.text for element in root.iter(T + "FreeBusyViewType")] \
        == ["FreeBusyMerged", "None", "FreeBusyMerged"]


# Rights and impersonation

def test_rights_of_colleagues(start):
    def about(right):
        return {**ANNA, "rights": {"default": "none", BEA["address"]: right}, "events": [
            {"subject": "Secret", "start": "2027-03-01T09:00:00Z", "end": "2027-03-01T10:00:00Z"}]}

    whose = f"<t:Mailbox><t:EmailAddress>{ANNA['address']}</t:EmailAddress></t:Mailbox>"
    shown = {"none": ("None", False, "ErrorAccessDenied"),
             "free-busy": ("FreeBusy", False, "ErrorAccessDenied"),
             "free-busy-detail": ("Detailed", True, "ErrorAccessDenied"),
             "reviewer": ("Detailed", True, "NoError"), "editor": ("Detailed", True, "NoError")}
    for right, (level, subject, code) in shown.items():
        practice = start({"mailboxes": [about(right), BEA]})
        root = practice.tell(ews.availability([ANNA["address"]], *(
            moment[:19] for moment in MARCH), "Detailed"), who=BEA)
        assert (text(root, "FreeBusyViewType"), text(root, "Subject") == "Secret") \
            == (level, subject)
        assert practice.codes(ews.view(*MARCH, mailbox=whose), who=BEA) == [code]
        folder = f'<m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar">{whose}' \
                 "</t:DistinguishedFolderId></m:SavedItemFolderId>"
        assert practice.codes(ews.create("", folder=folder), who=BEA) \
            == ["NoError" if right == "editor" else "ErrorAccessDenied"]
        practice.stop()


@pytest.mark.parametrize("who, whom, code", [
    (SERVICE, ANNA["address"], "NoError"),
    (BEA, ANNA["address"], "fault:ErrorImpersonateUserDenied"),
    (SERVICE, "nobody@practice.example", "fault:ErrorNonExistentMailbox")])
def test_impersonation(practice, who, whom, code):
    header = "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>" + whom \
        + "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
    assert practice.codes(ews.view(*MARCH), who=who, header=header,
                          **{"X-AnchorMailbox": whom}) == [code]
    assert practice.journal()[-1]["anchor"] == whom


# Folders and the rest

def test_folders_and_further_calendars(start):
    practice = start({"mailboxes": [{**ANNA, "calendars": ["Projects"], "events": [
        {"subject": "Elsewhere", "start": "2027-03-01T09:00:00Z", "calendar": "Projects"}]}]})
    shape = "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    root = practice.tell(f'<m:FindFolder Traversal="Deep">{shape}<m:ParentFolderIds>'
                         '<t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds>'
                         "</m:FindFolder>")
    calendars = [text(element, "DisplayName") for element in root.iter(T + "CalendarFolder")]
    assert calendars == ["Calendar", "Projects"]
    root = practice.tell(f"<m:GetFolder>{shape}<m:FolderIds>"
                         '<t:DistinguishedFolderId Id="calendar"/>'
                         '<t:DistinguishedFolderId Id="voicemail"/></m:FolderIds></m:GetFolder>')
    assert codes(root) == ["NoError", "ErrorFolderNotFound"]
    root = practice.tell(ews.view(*MARCH))
    assert list(root.iter(T + "CalendarItem")) == []
    practice.stop()


def test_world_file_series_and_relative_times(start):
    practice = start({"now": "2027-03-10T12:00:00Z", "mailboxes": [{**ANNA, "events": [
        {"subject": "Series", "start": "mon 09:00", "end": "mon 10:00",
         "recurrence": {"kind": "Weekly", "days": ["Monday", "Tuesday"], "count": 4,
                        "deleted": ["2027-03-09T09:00:00"],
                        "modified": [{"original": "2027-03-15T09:00:00", "subject": "Moved",
                                      "start": "2027-03-15T14:00:00",
                                      "end": "2027-03-15T15:00:00"}]}},
        {"subject": "Soon", "start": "+1 08:30"}]}]})
    seen = practice.mailbox(query="?from=2027-03-01T00:00:00Z&to=2027-04-01T00:00:00Z")["items"]
    assert [(item["Subject"], item["Start"], item["CalendarItemType"]) for item in seen] == [
        ("Series", "2027-03-08T08:00:00Z", "Occurrence"),
        ("Soon", "2027-03-11T07:30:00Z", "Single"),
        ("Moved", "2027-03-15T13:00:00Z", "Exception"),
        ("Series", "2027-03-16T08:00:00Z", "Occurrence")]
    practice.stop()


def test_recurrence_dates():
    from exchange.recur import Recurrence
    first = dt.date(2027, 1, 31)

    def dates(kind, count, **rule):
        return [str(day) for day in Recurrence(kind, first, count=count, **rule).dates()]

    assert dates("AbsoluteMonthly", 3, day_of_month=31) \
        == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert dates("RelativeMonthly", 2, days="Weekday", order="Last") == ["2027-02-26", "2027-03-31"]
    assert dates("RelativeMonthly", 2, days="Friday", order="Second") \
        == ["2027-02-12", "2027-03-12"]
    assert dates("AbsoluteYearly", 2, month="February", day_of_month=29) \
        == ["2027-02-28", "2028-02-29"]
    assert dates("RelativeYearly", 1, month="November", days="Thursday", order="Fourth") \
        == ["2027-11-25"]
    assert dates("Weekly", 4, days="Sunday Monday", interval=2, first_day="Monday") \
        == ["2027-01-31", "2027-02-08", "2027-02-14", "2027-02-22"]
    assert dates("Daily", 2, interval=30) == ["2027-01-31", "2027-03-02"]
