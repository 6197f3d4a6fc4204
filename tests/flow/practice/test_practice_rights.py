# SPDX-License-Identifier: ISC
"""Rooms, delegates, shared and private: what one person may see of another's calendars."""

import re

import pytest
import rawews as ews
from rawews import ANNA, BEA, SERVICE, M, T, codes

CARL = {"address": "carl@practice.example", "name": "Carl", "user": "PRACTICE\\carl",
        "password": "carl's own", "zone": "UTC"}
DORA = {**CARL, "address": "dora@practice.example", "user": "PRACTICE\\dora", "name": "Dora"}
DAY = ("2027-03-01T00:00:00", "2027-03-02T00:00:00")


@pytest.fixture(scope="module")
def office(start):
    event = {"subject": "Doctor", "start": "2027-03-01T09:00Z", "end": "2027-03-01T10:00Z",
             "location": "Clinic", "sensitivity": "Private", "body": "knee",
             "attendees": ["doc@clinic.example"], "extended": {"uid": "1"}}
    project = {"subject": "Project", "start": "2027-03-01T11:00Z", "end": "2027-03-01T12:00Z",
               "calendar": "Projects"}
    hidden = {**project, "calendar": "Hidden", "subject": "Hidden"}
    anna = {**ANNA, "events": [event, project, hidden],
            "rights": {"default": "free-busy", CARL["address"]: "reviewer"},
            "delegates": {BEA["address"]: {"calendar": "editor", "private": True},
                          DORA["address"]: {"calendar": "editor"}},
            "calendars": [{"name": "Projects", "rights": {BEA["address"]: "reviewer"}},
                          {"name": "Hidden"}]}
    rooms = [{"address": f"room{n}@practice.example", "name": f"Room {n}", "kind": "room",
              "rights": {"default": "free-busy-detail"}} for n in range(1, 100)]
    rooms[1]["unavailable"] = "ErrorMailboxFailover"
    rooms[2]["rights"] = {"default": "none"}
    return start({"mailboxes": [anna, BEA, CARL, DORA, *rooms], "accounts": [SERVICE],
                  "impersonators": [SERVICE["address"]],
                  "room_lists": {"rooms@practice.example": {
                      "name": "All rooms", "rooms": [room["address"] for room in rooms[:3]]}}})


OF_ANNA = f"<t:Mailbox><t:EmailAddress>{ANNA['address']}</t:EmailAddress></t:Mailbox>"
CALENDAR = f'<t:DistinguishedFolderId Id="calendar">{OF_ANNA}</t:DistinguishedFolderId>'


def seen(office, who):
    """Return (subject, location) of what somebody sees in Anna's calendar."""
    root = office.tell(ews.view(*(moment + "Z" for moment in DAY), mailbox=OF_ANNA), who=who)
    return [(item.findtext(T + "Subject"), item.findtext(T + "Location"))
            for item in root.iter(T + "CalendarItem")], codes(root)


def test_what_is_seen_of_a_private_item(office):
    full, blank = [("Doctor", "Clinic")], [("Private Appointment", None)]
    assert seen(office, ANNA)[0] == seen(office, BEA)[0] == full
    assert seen(office, CARL)[0] == seen(office, DORA)[0] == blank
    assert seen(office, SERVICE) == ([], ["ErrorAccessDenied"])


def test_a_private_item_gives_nothing_away(office):
    item = ews.id_of(office.tell(ews.view(*(moment + "Z" for moment in DAY), mailbox=OF_ANNA),
                                 who=CARL))
    body = office.ask(ews.get(item, ews.EXAMPLE_PROPERTY), who=CARL)[2]
    for word in (b"Doctor", b"Clinic", b"knee", b"doc@", b"<t:Value>"):
        assert word not in body
    assert b"<t:LegacyFreeBusyStatus>Busy" in body
    assert office.codes(ews.update(item, ews.set_field(
        "item:Subject", "<t:Subject>x</t:Subject>")), who=DORA) == ["ErrorAccessDenied"]
    assert office.codes(ews.delete(item), who=DORA) == ["ErrorAccessDenied"]


def folders(office, who, where=CALENDAR):
    root = office.tell(f'<m:FindFolder Traversal="Deep">{ews.EVERY_FOLDER}<m:ParentFolderIds>'
                       f"{where}</m:ParentFolderIds></m:FindFolder>", who=who)
    return [element.text for element in root.iter(T + "DisplayName")], root


def test_several_calendars_each_with_its_own_rights(office):
    assert folders(office, ANNA)[0] == ["Projects", "Hidden"]
    names, root = folders(office, BEA)
    assert names == ["Projects"] and folders(office, CARL)[0] == []
    assert next(root.iter(T + "CreateContents")).text == "false"
    number = next(root.iter(T + "FolderId")).get("Id")
    ask = re.sub("<t:DistinguishedFolderId.*</t:DistinguishedFolderId>|<t:Disting[^>]*/>",
                 f'<t:FolderId Id="{number}"/>', ews.view(*(moment + "Z" for moment in DAY)),
                 flags=re.S)
    assert next(office.tell(ask, who=BEA).iter(T + "Subject")).text == "Project"
    assert office.codes(ask, who=CARL) == ["ErrorAccessDenied"]


def folder(office, who, properties):
    return office.tell(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f"{properties}</t:AdditionalProperties></m:FolderShape><m:FolderIds>{CALENDAR}"
        "</m:FolderIds></m:GetFolder>", who=who)


@pytest.mark.parametrize("who, write, private", [
    (ANNA, "true", "true"), (BEA, "true", "true"), (CARL, "false", "false"),
    (DORA, "true", "false")])
def test_effective_rights(office, who, write, private):
    rights = next(folder(office, who, '<t:FieldURI FieldURI="folder:EffectiveRights"/>')
                  .iter(T + "EffectiveRights"))
    assert rights.findtext(T + "CreateContents") == rights.findtext(T + "Delete") == write
    assert rights.findtext(T + "ViewPrivateItems") == private


def test_permissions_are_shown_to_the_owner(office):
    wanted = '<t:FieldURI FieldURI="folder:PermissionSet"/>'
    root = folder(office, ANNA, wanted)
    levels = {one.findtext(f".//{T}PrimarySmtpAddress") or "default":
              one.findtext(T + "CalendarPermissionLevel")
              for one in root.iter(T + "CalendarPermission")}
    assert levels == {"default": "FreeBusyTimeOnly", CARL["address"]: "Reviewer",
                      BEA["address"]: "Editor", DORA["address"]: "Editor"}
    assert not list(folder(office, BEA, wanted).iter(T + "PermissionSet"))


def test_delegates(office):
    ask = '<m:GetDelegate IncludePermissions="true"><m:Mailbox><t:EmailAddress>' \
          f"{ANNA['address']}</t:EmailAddress></m:Mailbox>{{}}</m:GetDelegate>"
    root = office.tell(ask.format(""))
    assert [element.text for element in root.iter(T + "PrimarySmtpAddress")] \
        == [BEA["address"], DORA["address"]]
    assert [element.text for element in root.iter(T + "CalendarFolderPermissionLevel")] \
        == ["Editor", "Editor"]
    assert [element.text for element in root.iter(T + "ViewPrivateItems")] == ["true", "false"]
    one = f"<m:UserIds><t:UserId><t:PrimarySmtpAddress>{CARL['address']}</t:PrimarySmtpAddress>" \
          "</t:UserId></m:UserIds>"
    assert office.codes(ask.format(one)) == ["NoError", "ErrorNotDelegate"]
    assert office.codes(ask.format(""), who=BEA) == ["ErrorAccessDenied"]


def test_rooms(office):
    lists = office.tell("<m:GetRoomLists/>")
    assert [element.text for element in lists.iter(T + "EmailAddress")] \
        == ["rooms@practice.example"]
    ask = "<m:GetRooms><m:RoomList><t:EmailAddress>{}</t:EmailAddress></m:RoomList></m:GetRooms>"
    rooms = office.tell(ask.format("rooms@practice.example"))
    assert [element.text for element in rooms.iter(T + "Name")] == ["Room 1", "Room 2", "Room 3"]
    assert office.codes(ask.format("none@practice.example")) == ["ErrorNameResolutionNoResults"]


def test_a_hundred_mailboxes_and_their_own_errors(office):
    people = [ANNA["address"], *(f"room{n}@practice.example" for n in range(1, 100))]
    root = office.tell(ews.availability(people, *DAY), who=SERVICE)
    found = codes(root)
    assert len(found) == 100 and found[0] == "NoError"
    assert found[2:4] == ["ErrorMailboxFailover", "ErrorNoFreeBusyAccess"]
    assert found.count("NoError") == 98
    assert office.codes(ews.availability([*people, BEA["address"]], *DAY)) \
        == ["fault:ErrorMailboxDataArrayTooBig"]
    office.misbehave(mode="no_data", mailbox=ANNA["address"], code="ErrorServerBusy", count=1)
    assert office.codes(ews.availability(people[:2], *DAY)) == ["ErrorServerBusy", "NoError"]


def test_private_in_free_busy(office):
    def shown(who):
        body = office.ask(ews.availability([ANNA["address"]], *DAY, "Detailed"), who=who)[2]
        return b"Doctor" in body, b"<BusyType>Busy" in body
    assert shown(BEA) == (True, True)
    assert shown(CARL) == shown(SERVICE) == (False, True)


def test_after_a_move_every_id_is_new(office):
    item = office.tell(ews.create(
        f"<t:ExtendedProperty>{ews.EXAMPLE_PROPERTY}<t:Value>7</t:Value></t:ExtendedProperty>"
        + ews.times("2027-04-01T09:00:00Z", "2027-04-01T10:00:00Z")), who=BEA)
    old = ews.id_of(item)
    calendar = next(office.tell(f"<m:GetFolder>{ews.EVERY_FOLDER}<m:FolderIds>{ews.CALENDAR}"
                                "</m:FolderIds></m:GetFolder>", who=BEA).iter(T + "FolderId"))
    sync = f"<m:SyncFolderItems>{ews.EVERYTHING}<m:SyncFolderId>{ews.CALENDAR}</m:SyncFolderId>" \
           "{}<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    state = next(office.tell(sync.format(""), who=BEA).iter(M + "SyncState")).text
    before = office.mailbox(BEA["address"])["items"][0]
    office.control("POST", f"api/mailbox/{BEA['address']}/move")
    assert office.codes(ews.get(old), who=BEA) == ["ErrorItemNotFound"]
    assert office.codes(ews.delete(old), who=BEA) == ["ErrorItemNotFound"]
    assert office.codes(f"<m:GetFolder>{ews.EVERY_FOLDER}<m:FolderIds><t:FolderId "
                        f'Id="{calendar.get("Id")}"/></m:FolderIds></m:GetFolder>', who=BEA) \
        == ["ErrorItemNotFound"]
    assert office.codes(sync.format(f"<m:SyncState>{state}</m:SyncState>"), who=BEA) \
        == ["ErrorInvalidSyncStateData"]
    found = office.tell(ews.find(f"<t:IsEqualTo>{ews.EXAMPLE_PROPERTY}<t:FieldURIOrConstant>"
                                 '<t:Constant Value="7"/></t:FieldURIOrConstant></t:IsEqualTo>'),
                        who=BEA)
    assert ews.id_of(found) != old
    after = office.mailbox(BEA["address"])["items"][0]
    assert after["UID"] == before["UID"] and after["Id"] != before["Id"]
    assert after["ExtendedProperties"] == before["ExtendedProperties"]
