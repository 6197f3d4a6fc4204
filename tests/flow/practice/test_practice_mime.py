# SPDX-License-Identifier: ISC
"""MimeContent, and the folders and options that older clients cannot do without."""

import base64

import pytest
import rawews as ews
from rawews import CALENDAR, EVERY_FOLDER, T, codes

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:mime-1\r
DTSTART;TZID="{zone}":20270301T090000\r
DTEND;TZID="{zone}":20270301T100000\r
{more}SUMMARY;LANGUAGE=en:Long\\, \r
 folded\r
BEGIN:VALARM\r
TRIGGER:-PT15M\r
SUMMARY:not this\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""


def put(practice, text):
    return practice.tell(ews.create('<t:MimeContent CharacterSet="UTF-8">'
                                    f"{base64.b64encode(text.encode()).decode()}</t:MimeContent>"))


def content(practice, item):
    root = practice.tell(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true"
        f"</t:IncludeMimeContent></m:ItemShape><m:ItemIds>{item}</m:ItemIds></m:GetItem>")
    return base64.b64decode(next(root.iter(T + "MimeContent")).text).decode()


@pytest.mark.parametrize("zone, begins", [
    ("Europe/Zurich", "08:00"), ("W. Europe Standard Time", "08:00"), ("America/New_York", "14:00")])
def test_an_event_as_mime(practice, zone, begins):
    item = ews.id_of(put(practice, EVENT.format(zone=zone, more="CLASS:PRIVATE\r\n")))
    found = practice.mailbox()["items"][0]
    assert (found["Subject"], found["UID"], found["Start"], found["Sensitivity"]) \
        == ("Long, folded", "mime-1", f"2027-03-01T{begins}:00Z", "Private")
    text = content(practice, item)
    assert "UID:mime-1\r\n" in text and "T090000\r\n" in text and "CLASS:PRIVATE" in text


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY;INTERVAL=2;COUNT=5", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;WKST=SU;COUNT=4",
    "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1;COUNT=3",
    "FREQ=MONTHLY;INTERVAL=1;BYDAY=MO;BYSETPOS=-1;COUNT=3",
    "FREQ=YEARLY;INTERVAL=1;BYMONTHDAY=1;BYMONTH=3;COUNT=2",
    "FREQ=YEARLY;INTERVAL=1;BYDAY=MO;BYSETPOS=1;BYMONTH=3;COUNT=2"])
def test_series_go_in_and_come_out(practice, rule):
    item = ews.id_of(put(practice, EVENT.format(zone="Europe/Zurich", more=f"RRULE:{rule}\r\n")))
    assert f"RRULE:{rule}\r\n" in content(practice, item).replace("\r\n ", "")


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", EVENT.format(
    zone="Europe/Zurich", more="RRULE:FREQ=HOURLY\r\n")])
def test_what_is_no_event_is_refused(practice, text):
    assert codes(put(practice, text)) == ["ErrorMimeContentInvalid"]


def test_a_zone_that_nobody_knows_is_refused(practice):
    assert codes(put(practice, EVENT.format(zone="Nowhere", more=""))) == ["ErrorTimeZone"]


def test_folders_are_made_found_and_deleted(practice):
    make = "<m:CreateFolder><m:ParentFolderId>" + CALENDAR + "</m:ParentFolderId><m:Folders>" \
        "<t:CalendarFolder><t:DisplayName>Temporary</t:DisplayName></t:CalendarFolder></m:Folders>" \
        "</m:CreateFolder>"
    assert practice.codes(make) == ["NoError"]
    assert practice.codes(make) == ["ErrorFolderExists"]
    find = f'<m:FindFolder Traversal="Shallow">{EVERY_FOLDER}<m:Restriction><t:IsEqualTo>' \
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant><t:Constant ' \
        f'Value="Temporary"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>' \
        f"<m:ParentFolderIds>{CALENDAR}</m:ParentFolderIds></m:FindFolder>"
    found = [one.get("Id") for one in practice.tell(find).iter(T + "FolderId")]
    assert len(found) == 1
    remove = '<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{}</m:FolderIds></m:DeleteFolder>'
    assert practice.codes(remove.format(f'<t:FolderId Id="{found[0]}"/>')) == ["NoError"]
    assert not list(practice.tell(find).iter(T + "FolderId"))
    assert practice.codes(remove.format(CALENDAR)) == ["ErrorDeleteDistinguishedFolder"]
