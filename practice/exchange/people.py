# SPDX-License-Identifier: ISC
"""Operations about people and rooms: ResolveNames, GetDelegate, GetRoomLists, GetRooms,
GetUserConfiguration."""

import uuid

from . import zones
from .items import mailbox_xml
from .schema import M, T
from .soap import ItemError, alone, clean, message, response, tag

ALONE = frozenset(("GetDelegate", "GetRoomLists", "GetRooms"))
LEVELS = {"none": "None", "free-busy": "None", "free-busy-detail": "None", "reviewer": "Reviewer",
          "editor": "Editor", "owner": "Editor"}


def resolve_names(context, request):
    entry = request.element.findtext(f"{{{M}}}UnresolvedEntry").strip().casefold()
    found = [mailbox for mailbox in context.world.mailboxes.values()
             if mailbox.address.casefold().startswith(entry.removeprefix("smtp:"))
             or entry in mailbox.name.casefold()]
    content = "".join(tag("t:Resolution", mailbox_xml(mailbox.name, mailbox.address))
                      for mailbox in found[:100])
    content = tag("m:ResolutionSet", content, TotalItemsInView=len(found),
                  IncludesLastItemInRange="true")
    error = None
    if not found:
        error = ItemError("ErrorNameResolutionNoResults")
        content = ""
    elif len(found) > 1:
        error = ItemError("ErrorNameResolutionMultipleResults",
                          "Multiple results were found.", kind="Warning")
    return response("ResolveNames", [message("ResolveNamesResponseMessage", content, error)])


def user_id(world, address):
    """Return the content of a UserId: the person's SID, address and name."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, address).int % 100_000
    known = world.mailbox(address)
    return tag("t:SID", f"S-1-5-21-1333220396-2200287332-232816053-{number}") + tag(
        "t:PrimarySmtpAddress", clean(address)) + tag(
            "t:DisplayName", clean(known.name if known else address))


def get_delegate(context, request):
    """Say who are a mailbox's delegates, to its owner or to somebody with full access."""
    address = request.element[0].findtext(f"{{{T}}}EmailAddress")
    mailbox = context.world.mailbox(address or "")
    if mailbox is None:
        return alone("GetDelegate", error=ItemError("ErrorNonExistentMailbox"))
    if not mailbox.allows(context.user.address, "owner"):
        return alone("GetDelegate", error=ItemError("ErrorAccessDenied"))
    wanted = [part.text.strip().lower() for part in
              request.element.iter(f"{{{T}}}PrimarySmtpAddress") if part.text]
    levels = request.element.get("IncludePermissions") in ("true", "1")
    found = "".join(_delegate(context.world, mailbox, one, levels)
                    for one in wanted or mailbox.delegates)
    return alone("GetDelegate", tag("m:ResponseMessages", found)
                 + tag("m:DeliverMeetingRequests", "DelegatesAndSendInformationToMe"))


def _delegate(world, mailbox, address, levels):
    name = "DelegateUserResponseMessageType"
    delegate = mailbox.delegates.get(address)
    if delegate is None:
        return message(name, "", ItemError("ErrorNotDelegate"))
    permissions = tag("t:DelegatePermissions", "".join(
        tag(f"t:{folder}FolderPermissionLevel", level) for folder, level in (
            ("Calendar", LEVELS[delegate["calendar"]]), ("Tasks", "None"), ("Inbox", "None"),
            ("Contacts", "None"), ("Notes", "None"), ("Journal", "None")))) if levels else ""
    return message(name, tag("m:DelegateUser", tag("t:UserId", user_id(world, address))
                             + permissions + tag("t:ReceiveCopiesOfMeetingMessages", "false")
                             + tag("t:ViewPrivateItems", str(delegate["private"]).lower())))


def get_user_configuration(context, request):
    """Return the options of the web client, of which there is one: the person's time zone."""
    name = request.element[0].get("Name")
    mailbox = context.own_mailbox()
    if name != "OWA.UserOptions":
        return response("GetUserConfiguration", [message(
            "GetUserConfigurationResponseMessage", error=ItemError("ErrorItemNotFound"))])

    def word(kind, value):
        return tag("t:" + kind, "<t:Type>String</t:Type>" + tag("t:Value", clean(value)))
    entry = tag("t:DictionaryEntry", word("DictionaryKey", "timezone")
                + word("DictionaryValue", zones.windows_name(mailbox.zone)))
    return response("GetUserConfiguration", [message(
        "GetUserConfigurationResponseMessage", tag(
            "m:UserConfiguration", tag("t:UserConfigurationName",
                                       '<t:DistinguishedFolderId Id="root"/>', Name=name)
            + tag("t:Dictionary", entry)))])


def get_room_lists(context, _):
    lists = "".join(tag("t:Address", _address(entry["name"], address, "PublicDL"))
                    for address, entry in context.world.options["room_lists"].items())
    return alone("GetRoomLists", tag("m:RoomLists", lists))


def get_rooms(context, request):
    wanted = (request.element[0].findtext(f"{{{T}}}EmailAddress") or "").lower()
    for address, entry in context.world.options["room_lists"].items():
        if address.lower() == wanted:
            rooms = [context.world.mailbox(room) for room in entry["rooms"]]
            return alone("GetRooms", tag("m:Rooms", "".join(
                tag("t:Room", tag("t:Id", _address(room.name, room.address, "Mailbox")))
                for room in rooms)))
    return alone("GetRooms", error=ItemError("ErrorNameResolutionNoResults"))


def _address(name, address, kind):
    return tag("t:Name", clean(name)) + tag("t:EmailAddress", clean(address)) + \
        f"<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>{kind}</t:MailboxType>"
