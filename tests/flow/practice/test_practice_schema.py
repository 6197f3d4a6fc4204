# SPDX-License-Identifier: ISC
"""Extra: the practice Exchange and Microsoft's schema agree, where the schema is at hand."""

import os
import pathlib
import re
import subprocess

import pytest
import rawews as ews
from rawews import ANNA, ROOT

REFERENCE = pathlib.Path(os.environ.get("HOURGATE_REFERENCE") or ROOT.parent / "shared/reference")
SCHEMA = REFERENCE / "schema/ews-envelope.xsd"
OURS = ("CreateItem GetItem FindItem UpdateItem DeleteItem GetFolder FindFolder SyncFolderItems "
        "ResolveNames GetServerTimeZones GetUserAvailability ConvertId").split()
pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="no reference schema here")


def complaints(paths):
    """Return what xmllint says about the files that are not valid."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(SCHEMA),
                           *map(str, paths)], capture_output=True, text=True, check=False)
    # Real servers put xml:lang on faultstring, which the SOAP schema does not know; so do we.
    return [line for line in done.stderr.splitlines() if not line.endswith(" validates")
            and "faultstring" not in line and "-fault.xml fails" not in line]


RULE = "<t:Recurrence>{}<t:NumberedRecurrence><t:StartDate>2027-03-01</t:StartDate>" \
       "<t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
NAMED = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="uid" ' \
        'PropertyType="String"/>'
SHAPE = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'
FOLDERS = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"


def conversations(practice):
    """Yield a name and an answer for every operation, its errors included."""
    def ask(name, body, **more):
        status, _, answer = practice.ask(body, **more)
        assert status == (500 if name.endswith("fault") else 200), answer
        return name, answer

    rich = ews.create(
        "<t:Subject>Everything &amp; more</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
        '<t:Body BodyType="Text">Text</t:Body><t:Categories><t:String>a</t:String></t:Categories>'
        f"<t:ExtendedProperty>{NAMED}<t:Value>1</t:Value></t:ExtendedProperty>"
        + ews.times("2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z")
        + "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Here</t:Location>"
        "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>c@d.example</t:EmailAddress>"
        "</t:Mailbox></t:Attendee></t:RequiredAttendees>"
        + RULE.format("<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>")
        + '<t:StartTimeZone Id="W. Europe Standard Time"/>')
    created = ask("create", rich)
    yield created
    item = re.search(rb"<t:ItemId[^>]*>", created[1])[0].decode()
    master = re.search(' Id="([^"]*)"', item)[1]
    second = f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="2"/>'
    third = second.replace('"2"', '"3"')
    yield ask("update", ews.update(second, ews.set_field(
        "calendar:Start", "<t:Start>2027-03-02T08:00:00Z</t:Start>")))
    yield ask("delete", ews.delete(third))
    yield ask("get", ews.get(item + second + '<t:ItemId Id="nonsense"/>', NAMED))
    yield ask("view", ews.view("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z", NAMED))
    yield ask("find", ews.find(f"<t:Exists>{NAMED}</t:Exists>", shape="AllProperties"))
    yield ask("error", ews.view("2027-03-01T00:00:00Z", "2030-04-01T00:00:00Z"))
    yield ask("sync", f"<m:SyncFolderItems>{SHAPE}<m:SyncFolderId>{CALENDAR}</m:SyncFolderId>"
              "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>")
    yield ask("folder", f"<m:GetFolder>{FOLDERS}<m:FolderIds>{CALENDAR}"
              '<t:DistinguishedFolderId Id="msgfolderroot"/></m:FolderIds></m:GetFolder>')
    yield ask("folders", f'<m:FindFolder Traversal="Deep">{FOLDERS}<m:ParentFolderIds>'
              '<t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>')
    for entry in ("anna", "example", "zzz"):
        yield ask("names", '<m:ResolveNames ReturnFullContactData="false">'
                  f"<m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>")
    yield ask("zones", '<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')
    yield ask("convert", '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId '
              f'Format="EwsId" Id="{master}" Mailbox="a@b.example"/></m:SourceIds></m:ConvertId>')
    for view in ("MergedOnly", "FreeBusy", "DetailedMerged"):
        yield ask("busy", ews.availability([ANNA["address"], "x@y.example"], "2027-03-01T00:00:00",
                                           "2027-03-08T00:00:00", view))
    for rule, name in (("item_busy", "busy"), ("fault_busy", "fault")):
        practice.misbehave(mode=rule, count=1)
        yield ask(name, ews.availability(
            [ANNA["address"]], "2027-03-01T00:00:00", "2027-03-08T00:00:00"))
    yield ask("fault", "<m:GetItem/>")


def test_answers_are_valid(practice, tmp_path):
    paths = []
    for number, (name, answer) in enumerate(conversations(practice)):
        paths.append(tmp_path / f"{number:02}-{name}.xml")
        paths[-1].write_bytes(answer)
    assert len(paths) > 20
    assert complaints(paths) == []


def recorded_requests():
    """Return the recorded calendar requests of real clients that Microsoft's schema accepts."""
    rows = [line.split("\t") for line in (REFERENCE / "INDEX.tsv").read_text().splitlines()]
    names = rows[0]
    rows = [dict(zip(names, row)) for row in rows[1:]]
    return [row["file"] for row in rows
            if row["provider"].startswith("ews") and row["kind"] == "request"
            and row["operation"] in OURS and row["xsd_or_form"].startswith("valid")]


def test_real_requests_fit_our_tables():
    """A request with calendar items only, that the schema accepts, passes our own check."""
    from exchange import soap
    others = re.compile(rb"<(\w+:)?(Message|Contact|Task|Item|PostItem|MeetingRequest|Persona|"
                        rb"DistributionList|ContactsView|AcceptItem|TentativelyAcceptItem|"
                        rb"DeclineItem|CancelCalendarItem|ForwardItem|ReplyToItem|ReplyAllToItem|"
                        rb"FractionalPageItemView|SeekToConditionPageItemView|SuppressReadReceipt|"
                        rb"FractionalPageFolderView|GroupBy|DistinguishedGroupBy|Excludes|"
                        rb"RemoveItem|SharingMessage|AcceptSharingInvitation|PostReplyItem)[ />]")
    refused, passed = [], 0
    for name in recorded_requests():
        body = (REFERENCE / name).read_bytes()
        if others.search(body) or b'/messages\n"' in body:     # a namespace broken by a line end
            continue
        try:
            soap.read(body)
            passed += 1
        except soap.Fault as fault:
            refused.append(f"{name}: {fault.code} {fault.violation or fault.text}")
    assert refused == []
    assert passed > 30


def test_our_response_codes_exist():
    known = set(re.findall(r'value="(Error\w+)"',
                           (REFERENCE / "schema/V2018_01_08/messages.xsd").read_text()))
    used = set()
    for path in (ROOT / "practice/exchange").glob("*.py"):
        used |= set(re.findall(r'"(Error[A-Z]\w+)"', path.read_text(encoding="utf-8")))
    assert used - known == {"ErrorMessage"}     # the name of a value inside a throttling fault
