# SPDX-License-Identifier: ISC
"""GetFolder and FindFolder, and small answers that belong to no other file."""

from . import schema, zones
from .schema import M, T
from .soap import Fault, ItemError, clean, message, response, tag
from .people import user_id
from .store import RIGHTS, make_id

ELEMENTS = {"IPF.Appointment": "CalendarFolder", "IPF.Contact": "ContactsFolder",
            "IPF.Task": "TasksFolder"}
ORDER = ("FolderId", "ParentFolderId", "FolderClass", "DisplayName", "TotalCount",
         "ChildFolderCount", "ExtendedProperty", "EffectiveRights", "DistinguishedFolderId",
         "PermissionSet", "UnreadCount")
SHAPES = {"IdOnly": {"FolderId"},
          "Default": {"FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"},
          "AllProperties": set(ORDER) - {"ExtendedProperty", "PermissionSet"}}
LEVELS = {"none": "None", "free-busy": "FreeBusyTimeOnly", "reviewer": "Reviewer",
          "free-busy-detail": "FreeBusyTimeAndSubjectAndLocation", "editor": "Editor",
          "owner": "Owner"}
READ = {"none": "None", "free-busy": "TimeOnly", "free-busy-detail": "TimeAndSubjectAndLocation"}


def folder_id(name, mailbox, folder):
    return tag("t:" + name, Id=make_id(mailbox, "F", folder.number), ChangeKey="AQAAAA==")


def bare_item_id(mailbox, number):
    return tag("t:ItemId", Id=make_id(mailbox, "I", number), ChangeKey="AQAAAA==")


def wanted_names(shape):
    """Return the properties that a FolderShape asks for: names, or ints for MAPI tags."""
    names = set(SHAPES[shape.findtext(f"{{{T}}}BaseShape")])
    paths = shape.find(f"{{{T}}}AdditionalProperties")
    for path in paths if paths is not None else ():
        space, _, name = path.get("FieldURI", "").partition(":")
        if schema.split(path.tag)[1] == "FieldURI" and space != "folder":
            raise ItemError("ErrorInvalidPropertyRequest")
        names.add(name or "ExtendedProperty")
        if path.get("PropertyTag"):
            names.add(int(path.get("PropertyTag"), 0))
    return names


def folder_xml(world, mailbox, folder, names, user):
    """Return one folder element."""
    items = [event for event in mailbox.events.values() if event.folder is folder]
    element = ELEMENTS.get(folder.kind, "Folder")
    parts = {
        "FolderId": folder_id("FolderId", mailbox, folder),
        "ParentFolderId": folder_id("ParentFolderId", mailbox, folder.parent)
        if folder.parent else "",
        "FolderClass": tag("t:FolderClass", folder.kind) if folder.kind else "",
        "DisplayName": tag("t:DisplayName", clean(folder.display)),
        "TotalCount": tag("t:TotalCount", str(len(items))),
        "ChildFolderCount": tag("t:ChildFolderCount", str(len(children(mailbox, folder)))),
        "ExtendedProperty": _extended(folder, len(items), names),
        "EffectiveRights": _effective_rights(mailbox, folder, user),
        "DistinguishedFolderId": tag("t:DistinguishedFolderId", folder.name)
        if folder.name else "",
        "PermissionSet": _permissions(world, mailbox, folder, user)
        if element == "CalendarFolder" else "",
        "UnreadCount": tag("t:UnreadCount", "0") if element in ("Folder", "TasksFolder") else "",
    }
    return tag("t:" + element, "".join(parts[name] for name in ORDER if name in names))


def _extended(folder, count, names):
    """Return the MAPI properties that clients ask for by tag: name, class and count."""
    known = {0x3001: ("String", folder.display), 0x3613: ("String", folder.kind),
             0x3602: ("Integer", count)}
    return "".join(
        tag("t:ExtendedProperty", tag("t:ExtendedFieldURI", PropertyTag=f"0x{number:x}",
                                      PropertyType=kind) + tag("t:Value", clean(str(value))))
        for number, (kind, value) in known.items() if number in names and value is not None)


def _effective_rights(mailbox, folder, user):
    write = str(mailbox.allows(user.address, "editor", folder)).lower()
    private = tag("t:ViewPrivateItems", str(mailbox.sees_private(user.address)).lower()) \
        if folder.kind == "IPF.Appointment" else ""
    return tag("t:EffectiveRights", "<t:CreateAssociated>false</t:CreateAssociated>"
               f"<t:CreateContents>{write}</t:CreateContents>"
               f"<t:CreateHierarchy>{write}</t:CreateHierarchy>"
               f"<t:Delete>{write}</t:Delete><t:Modify>{write}</t:Modify>"
               f"<t:Read>true</t:Read>{private}")


def _permissions(world, mailbox, folder, user):
    """Return the PermissionSet of a calendar, which only its owner may read."""
    if not mailbox.allows(user.address, "owner", folder):
        return ""
    rights = mailbox.rights if folder.rights is None else folder.rights
    people = {"default": "none", **rights,
              **{who: mailbox.right_of(who, folder) for who in mailbox.delegates}}
    found = "".join(_permission(world, who, right) for who, right in people.items())
    return tag("t:PermissionSet", tag("t:CalendarPermissions", found))


def _permission(world, who, right):
    name = "<t:DistinguishedUser>Default</t:DistinguishedUser>" if who == "default" \
        else user_id(world, who)
    write = RIGHTS.index(right) >= RIGHTS.index("editor")
    owner, seen = right == "owner", RIGHTS.index(right) >= RIGHTS.index("reviewer")
    flags = (("CanCreateItems", write), ("CanCreateSubFolders", owner), ("IsFolderOwner", owner),
             ("IsFolderVisible", seen), ("IsFolderContact", owner))
    return tag("t:CalendarPermission", tag("t:UserId", name) + "".join(
        tag("t:" + flag, str(value).lower()) for flag, value in flags)
        + tag("t:EditItems", "All" if write else "None")
        + tag("t:DeleteItems", "All" if write else "None")
        + tag("t:ReadItems", READ.get(right, "FullDetails"))
        + tag("t:CalendarPermissionLevel", LEVELS[right]))


def children(mailbox, folder, deep=False):
    """Return the folders below one, in order; deep: all the way down."""
    found = []
    for child in mailbox.folders:
        if child.parent is folder:
            found.append(child)
            if deep:
                found += children(mailbox, child, True)
    return found


def get_folder(context, request):
    shape, parents = request.element
    messages = []
    for parent in parents:
        try:
            mailbox, folder = context.folder(parent, "reviewer")
            with mailbox.lock:
                content = folder_xml(context.world, mailbox, folder, wanted_names(shape),
                                     context.user)
            messages.append(message("GetFolderResponseMessage", tag("m:Folders", content)))
        except ItemError as error:
            messages.append(message("GetFolderResponseMessage", "<m:Folders/>", error))
    return response("GetFolder", messages)


def find_folder(context, request):
    element = request.element
    page, fits = element.find(f"{{{M}}}IndexedPageFolderView"), _restriction(element)
    offset = int(page.get("Offset")) if page is not None else 0
    most = int(page.get("MaxEntriesReturned", 1000)) if page is not None else 1000
    messages = []
    for parent in element.find(f"{{{M}}}ParentFolderIds"):
        try:
            mailbox, folder = context.folder(parent, "reviewer")
            with mailbox.lock:
                found = [one for one in children(mailbox, folder,
                                                 element.get("Traversal") == "Deep")
                         if mailbox.allows(context.user.address, "reviewer", one)
                         and fits(one)]
                shown = found[offset:offset + most]
                names = wanted_names(element[0])
                content = "".join(folder_xml(context.world, mailbox, one, names, context.user)
                                  for one in shown)
            after = offset + len(shown)
            messages.append(message("FindFolderResponseMessage", tag(
                "m:RootFolder", tag("t:Folders", content), IndexedPagingOffset=after,
                TotalItemsInView=len(found),
                IncludesLastItemInRange=str(after >= len(found)).lower())))
        except ItemError as error:
            messages.append(message("FindFolderResponseMessage", "", error))
    return response("FindFolder", messages)


def _restriction(element):
    """Return a predicate over folders; of restrictions there is only: a name or class is equal."""
    limits = element.find(f"{{{M}}}Restriction")
    if limits is None:
        return lambda folder: True
    term = limits[0]
    if schema.split(term.tag)[1] != "IsEqualTo" or schema.split(term[1][0].tag)[1] != "Constant":
        raise Fault("ErrorInvalidRequest", "This restriction of folders is not supported.")
    name = (term[0].get("FieldURI") or "").removeprefix("folder:") \
        or {0x3001: "DisplayName", 0x3613: "FolderClass"}.get(
            int(term[0].get("PropertyTag") or "0", 0))
    values = {"DisplayName": lambda folder: folder.display,
              "FolderClass": lambda folder: folder.kind}
    if name not in values:
        raise Fault("ErrorUnsupportedPathForQuery")
    return lambda folder: values[name](folder) == term[1][0].get("Value")


def create_folder(context, request):
    parent, wanted = request.element
    messages = []
    for element in wanted:
        try:
            mailbox, above = context.folder(parent[0], "owner")
            name, kind = (element.findtext(f"{{{T}}}{field}")
                          for field in ("DisplayName", "FolderClass"))
            calendar = schema.split(element.tag)[1] == "CalendarFolder"
            with mailbox.lock:
                if any(one.display == name for one in children(mailbox, above)):
                    raise ItemError("ErrorFolderExists")
                folder = mailbox.new_folder(name or "", kind or (
                    "IPF.Appointment" if calendar else "IPF.Note"), above)
            content = tag("t:" + ELEMENTS.get(folder.kind, "Folder"),
                          folder_id("FolderId", mailbox, folder))
            messages.append(message("CreateFolderResponseMessage", tag("m:Folders", content)))
        except ItemError as error:
            messages.append(message("CreateFolderResponseMessage", "<m:Folders/>", error))
    return response("CreateFolder", messages)


def delete_folder(context, request):
    messages = []
    for element in request.element[0]:
        try:
            mailbox, folder = context.folder(element, "owner")
            if folder.name:
                raise ItemError("ErrorDeleteDistinguishedFolder")
            with mailbox.lock:
                mailbox.remove_folder(folder)
            messages.append(message("DeleteFolderResponseMessage"))
        except ItemError as error:
            messages.append(message("DeleteFolderResponseMessage", "", error))
    return response("DeleteFolder", messages)


def duration(delta):
    """Return a bias as xs:duration: UTC+1 is -PT1H."""
    minutes = int(-delta.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return ("-" if minutes < 0 else "") + "PT" + f"{hours}H" + (f"{rest}M" if rest else "")


def zone_definition(name, year, full):
    """Return a TimeZoneDefinition with the rules of one year."""
    zone = zones.windows_zone(name)
    standard, daylight, changes = zones.year_rules(zone, year)
    display = f"(UTC) {name}" if not standard else f"({duration(-standard)}) {name}"
    if not full:
        return tag("t:TimeZoneDefinition", Id=name, Name=display)
    base = f"trule:Microsoft/Registry/{name}/{year}-"
    periods = tag("t:Period", Bias=duration(standard), Name="Standard", Id=base + "Standard")
    if changes:
        periods += tag("t:Period", Bias=duration(daylight), Name="Daylight", Id=base + "Daylight")
        rules = "".join(_day_transition(at, base + (
            "Daylight" if after == daylight else "Standard")) for at, after in changes)
    else:
        rules = tag("t:Transition", tag("t:To", base + "Standard", Kind="Period"))
    return tag("t:TimeZoneDefinition", tag("t:Periods", periods) + tag(
        "t:TransitionsGroups", tag("t:TransitionsGroup", rules, Id="0")) + tag(
        "t:Transitions", tag("t:Transition", tag("t:To", "0", Kind="Group"))),
        Id=name, Name=display)


def _day_transition(at, period):
    nth = zones.nth_weekday(at)
    return tag("t:RecurringDayTransition", tag("t:To", period, Kind="Period")
               + tag("t:TimeOffset", f"PT{at.hour}H" + (f"{at.minute}M" if at.minute else ""))
               + tag("t:Month", str(at.month)) + tag("t:DayOfWeek", zones.DAYS[at.weekday()])
               + tag("t:Occurrence", str(-1 if nth == 5 else nth)))
