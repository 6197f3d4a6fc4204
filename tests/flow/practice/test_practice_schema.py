# SPDX-License-Identifier: ISC
"""Extra: the practice Exchange and Microsoft's schema agree, where the schema is at hand."""

import os
import pathlib
import re
import subprocess

import pytest
import rawews as ews
from rawews import ROOT

REFERENCE = pathlib.Path(os.environ.get("HOURGATE_REFERENCE") or ROOT.parent / "shared/reference")
SCHEMA = REFERENCE / "schema/ews-envelope.xsd"
OURS = ("CreateItem GetItem FindItem UpdateItem DeleteItem GetFolder FindFolder SyncFolderItems "
        "ResolveNames GetServerTimeZones GetUserAvailability ConvertId GetDelegate GetRooms "
        "GetRoomLists GetUserConfiguration DeleteFolder Subscribe Unsubscribe GetStreamingEvents").split()
pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="no reference schema here")


def complaints(paths):
    """Return what xmllint says about the files that are not valid."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(SCHEMA),
                           *map(str, paths)], capture_output=True, text=True, check=False)
    # Real servers put xml:lang on faultstring, which the SOAP schema does not know; so do we.
    return [line for line in done.stderr.splitlines() if not line.endswith(" validates")
            and "faultstring" not in line and "-fault.xml fails" not in line]


def test_answers_are_valid(practice, tmp_path):
    paths = []
    for number, (name, answer) in enumerate(ews.conversations(practice)):
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
        if re.search(rb"<Subscribe(?! xmlns=)", body):     # the documentation's own: in no namespace
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
    # ErrorMessage is the name of a value inside a throttling fault, ErrorCode one of Autodiscover's
    # elements; the third code is younger than this schema.
    assert used - known == {"ErrorMessage", "ErrorCode", "ErrorImpersonationRequired"}
