# SPDX-License-Identifier: ISC
"""What a request may look like: a table of types, each with its attributes and its children.

One line is one type: attributes (`@Name=type`, `!` required), then children in the order in
which they must come (`name=Type`, the type defaults to the name; `?` `*` `+` as usual; `|`
between alternatives; `m:` for the messages namespace, `a:` and `p:` for Autodiscover's two, types
otherwise). Leaves are Python checks.
"""

import re

M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
P = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
SPACES = {"": T, "m": M, "a": A, "p": P}

ENUMS = {
    "shape": "IdOnly Default AllProperties",
    "bodyType": "Best HTML Text",
    "itemBody": "HTML Text",
    "disposition": "SaveOnly SendOnly SendAndSaveCopy",
    "send": "SendToNone SendOnlyToAll SendToAllAndSaveCopy",
    "sendUpdate": "SendToNone SendOnlyToAll SendOnlyToChanged SendToAllAndSaveCopy "
                  "SendToChangedAndSaveCopy",
    "conflict": "NeverOverwrite AutoResolve AlwaysOverwrite",
    "disposal": "HardDelete SoftDelete MoveToDeletedItems",
    "tasks": "AllOccurrences SpecifiedOccurrenceOnly",
    "traversal": "Shallow SoftDeleted Associated",
    "folderTraversal": "Shallow Deep SoftDeleted",
    "basePoint": "Beginning End",
    "busy": "Free Tentative Busy OOF WorkingElsewhere NoData",
    "sensitivity": "Normal Personal Private Confidential",
    "importance": "Low Normal High",
    "attendeeKind": "Organizer Required Optional Room Resource",
    "view": "None MergedOnly FreeBusy FreeBusyMerged Detailed DetailedMerged",
    "day": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Day Weekday WeekendDay",
    "dayIndex": "First Second Third Fourth Last",
    "month": "January February March April May June July August September October November "
             "December",
    "mapi": "ApplicationTime ApplicationTimeArray Binary BinaryArray Boolean CLSID CLSIDArray "
            "Currency CurrencyArray Double DoubleArray Error Float FloatArray Integer "
            "IntegerArray Long LongArray Null Object ObjectArray Short ShortArray SystemTime "
            "SystemTimeArray String StringArray",
    "propertySet": "Meeting Appointment Common PublicStrings Address InternetHeaders "
                   "CalendarAssistant UnifiedMessaging Task Sharing",
    "mailboxType": "Unknown OneOff Mailbox PublicDL PrivateDL Contact PublicFolder GroupMailbox "
                   "ImplicitContact User",
    "folderName": "calendar contacts deleteditems drafts inbox journal notes outbox sentitems "
                  "tasks msgfolderroot publicfoldersroot root junkemail searchfolders voicemail "
                  "recoverableitemsroot recoverableitemsdeletions recoverableitemsversions "
                  "recoverableitemspurges archiveroot archivemsgfolderroot archivedeleteditems "
                  "archiveinbox syncissues conflicts localfailures serverfailures recipientcache "
                  "quickcontacts conversationhistory adminauditlogs todosearch mycontacts "
                  "directory imcontactlist peopleconnect favorites",
    "idFormat": "EwsLegacyId EwsId EntryId HexEntryId StoreId OwaId",
    "version": "Exchange2007 Exchange2007_SP1 Exchange2009 Exchange2010 Exchange2010_SP1 "
               "Exchange2010_SP2 Exchange2012 Exchange2013 Exchange2013_SP1 Exchange2015 "
               "Exchange2016 V2015_10_05 V2016_01_06 V2016_04_13 V2016_07_13 V2016_10_10 "
               "V2017_01_07 V2017_04_14 V2017_07_11 V2017_10_09 V2018_01_08",
    "direction": "Ascending Descending",
    "containment": "FullString Prefixed Substring PrefixOnWords ExactPhrase",
    "comparison": "Exact IgnoreCase IgnoreNonSpacingCharacters Loose IgnoreCaseAndNonSpacing"
                  "Characters LooseAndIgnoreCase LooseAndIgnoreNonSpace LooseAndIgnoreCaseAnd"
                  "IgnoreNonSpace",
    "scope": "NormalItems NormalAndAssociatedItems",
    "searchScope": "ActiveDirectory ActiveDirectoryContacts Contacts ContactsActiveDirectory",
    "transition": "Period Group",
    "event": "CopiedEvent CreatedEvent DeletedEvent ModifiedEvent MovedEvent NewMailEvent "
             "FreeBusyChangedEvent",
}

PATTERNS = {
    "string": r"(?s).*",
    "nonEmpty": r"(?s).+",
    "int": r"\s*[+-]?[0-9]{1,10}\s*",
    "streamMinutes": r"\s*([1-9]|[12][0-9]|30)\s*",
    "bool": r"\s*(true|false|0|1)\s*",
    "dateTime": r"\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\s*",
    "date": r"\s*\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?\s*",
    "time": r"\s*\d\d:\d\d:\d\d(\.\d+)?\s*",
    "duration": r"\s*-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?\s*",
    "settingName": r"[A-Z]\w{1,63}",
    "guid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "tag": r"0[xX][0-9A-Fa-f]{1,4}|[0-9]{1,5}",
    "base64": r"[A-Za-z0-9+/=\s]*",
    "uri": r"(item|calendar|message|folder|task|contacts|meeting|meetingRequest|conversation|"
           r"postitem|distributionlist|sharingMessage|sharing|abch|persona):[A-Z]\w+",
}

PATH = "FieldURI|IndexedFieldURI|ExtendedFieldURI"
COMPARE = "IsEqualTo=Compare|IsNotEqualTo=Compare|IsGreaterThan=Compare|" \
          "IsGreaterThanOrEqualTo=Compare|IsLessThan=Compare|IsLessThanOrEqualTo=Compare"
SEARCH = f"{COMPARE}|Exists|Contains|And=Terms|Or=Terms|Not"
ITEM_ID = "ItemId|OccurrenceItemId|RecurringMasterItemId"
FOLDER = "FolderId|DistinguishedFolderId"
PATTERN = "RelativeYearlyRecurrence|AbsoluteYearlyRecurrence|RelativeMonthlyRecurrence|" \
          "AbsoluteMonthlyRecurrence|WeeklyRecurrence|DailyRecurrence"

# The elements of ItemType and CalendarItemType, in their order; `-` marks those that are read only.
ITEM_FIELDS = """
MimeContent=Mime? ItemId? ParentFolderId=FolderId? ItemClass=string? Subject=string?
Sensitivity=sensitivity? Body? Attachments=Any? -DateTimeReceived=dateTime? -Size=int?
Categories=Strings? Importance=importance? InReplyTo=string? -IsSubmitted=bool? -IsDraft=bool?
-IsFromMe=bool? -IsResend=bool? -IsUnmodified=bool? -InternetMessageHeaders=Any?
-DateTimeSent=dateTime? -DateTimeCreated=dateTime? -ResponseObjects=Any? ReminderDueBy=dateTime?
ReminderIsSet=bool? -ReminderNextTime=dateTime? ReminderMinutesBeforeStart=int?
-DisplayCc=string? -DisplayTo=string? -DisplayBcc=string? -HasAttachments=bool?
ExtendedProperty* Culture=string? -EffectiveRights=Any? -LastModifiedName=string?
-LastModifiedTime=dateTime? -IsAssociated=bool? -WebClientReadFormQueryString=string?
-WebClientEditFormQueryString=string? -ConversationId=ItemId? -UniqueBody=Body? Flag=Any?
-StoreEntryId=base64? -InstanceKey=base64? -NormalizedBody=Body? -EntityExtractionResult=Any?
-PolicyTag=Any? -ArchiveTag=Any? -RetentionDate=dateTime? -Preview=string?
-RightsManagementLicenseData=Any? -PredictedActionReasons=Any? -IsClutter=bool?
-BlockStatus=bool? -HasBlockedImages=bool? -TextBody=Body? -IconIndex=string? -SearchKey=base64?
-SortKey=int? -Hashtags=Any? -Mentions=Any? -MentionedMe=bool?
"""
CALENDAR_FIELDS = """
UID=string? -RecurrenceId=dateTime? -DateTimeStamp=dateTime? Start=dateTime? End=dateTime?
-OriginalStart=dateTime? IsAllDayEvent=bool? LegacyFreeBusyStatus=busy? Location=string?
When=string? -IsMeeting=bool? -IsCancelled=bool? -IsRecurring=bool?
-MeetingRequestWasSent=bool? IsResponseRequested=bool? -CalendarItemType=string?
-MyResponseType=string? -Organizer=Any? RequiredAttendees=Attendees?
OptionalAttendees=Attendees? Resources=Attendees? -InboxReminders=Any?
-ConflictingMeetingCount=int? -AdjacentMeetingCount=int? -ConflictingMeetings=Any?
-AdjacentMeetings=Any? -Duration=string? -TimeZone=string? -AppointmentReplyTime=dateTime?
-AppointmentSequenceNumber=int? -AppointmentState=int? Recurrence? -FirstOccurrence=Any?
-LastOccurrence=Any? -ModifiedOccurrences=Any? -DeletedOccurrences=Any? MeetingTimeZone=Any?
StartTimeZone=ZoneDefinition? EndTimeZone=ZoneDefinition? ConferenceType=int?
AllowNewTimeProposal=bool? IsOnlineMeeting=bool? MeetingWorkspaceUrl=string?
NetShowUrl=string? -EnhancedLocation=Any? -StartWallClock=dateTime? -EndWallClock=dateTime?
-StartTimeZoneId=string? -EndTimeZoneId=string? -IntendedFreeBusyStatus=busy?
-JoinOnlineMeetingUrl=string? -OnlineMeetingSettings=Any? -IsOrganizer=bool?
-CalendarActivityData=Any? -DoNotForwardMeeting=bool?
"""

TYPES = f"""
CreateItem: @MessageDisposition=disposition @SendMeetingInvitations=send
    m:SavedItemFolderId=Target? m:Items=NewItems
GetItem: m:ItemShape m:ItemIds
FindItem: @Traversal!=traversal m:ItemShape (m:IndexedPageItemView=PageView|m:CalendarView)?
    m:Restriction? m:SortOrder? m:ParentFolderIds=Folders m:QueryString=string?
UpdateItem: @ConflictResolution!=conflict @MessageDisposition=disposition
    @SendMeetingInvitationsOrCancellations=sendUpdate @SuppressReadReceipts=bool
    m:SavedItemFolderId=Target? m:ItemChanges
DeleteItem: @DeleteType!=disposal @SendMeetingCancellations=send @AffectedTaskOccurrences=tasks
    @SuppressReadReceipts=bool m:ItemIds
GetFolder: m:FolderShape m:FolderIds=Folders
FindFolder: @Traversal!=folderTraversal m:FolderShape m:IndexedPageFolderView=PageView?
    m:Restriction? m:ParentFolderIds=Folders
SyncFolderItems: m:ItemShape m:SyncFolderId=Target m:SyncState=base64? m:Ignore=Ignored?
    m:MaxChangesReturned=int m:SyncScope=scope?
Subscribe:
    (m:PullSubscriptionRequest=Any|m:PushSubscriptionRequest=Any|m:StreamingSubscriptionRequest=StreamingRequest)
StreamingRequest: @SubscribeToAllFolders=bool FolderIds=Folders? EventTypes
EventTypes: EventType=event+
Unsubscribe: m:SubscriptionId=nonEmpty
GetStreamingEvents: m:SubscriptionIds m:ConnectionTimeout=streamMinutes
SubscriptionIds: SubscriptionId=nonEmpty+
ResolveNames: @ReturnFullContactData!=bool @SearchScope=searchScope @ContactDataShape=shape
    m:ParentFolderIds=Folders? m:UnresolvedEntry=nonEmpty
GetServerTimeZones: @ReturnFullTimeZoneData=bool m:Ids=ZoneIds?
ConvertId: @DestinationFormat!=idFormat m:SourceIds
CreateFolder: m:ParentFolderId=Target m:Folders=NewFolders
NewFolders: (Folder=NewFolder|CalendarFolder=NewFolder)+
NewFolder: FolderClass=string? DisplayName=nonEmpty? ExtendedProperty*
DeleteFolder: @DeleteType!=disposal m:FolderIds=Folders
GetUserConfiguration: m:UserConfigurationName m:UserConfigurationProperties=string
UserConfigurationName: @Name!=nonEmpty ({FOLDER})
GetDelegate: @IncludePermissions!=bool m:Mailbox m:UserIds?
UserIds: UserId+
UserId: SID=string? PrimarySmtpAddress=string? DisplayName=string? DistinguishedUser=string?
    ExternalUserIdentity=string?
GetRoomLists:
GetRooms: m:RoomList=Mailbox
SourceIds: AlternateId+
AlternateId: @Format!=idFormat @Id!=string @Mailbox!=nonEmpty @IsArchive=bool
GetUserAvailabilityRequest: TimeZone=SerialZone? m:MailboxDataArray FreeBusyViewOptions?
    SuggestionsViewOptions=Any?
Target: ({FOLDER})
Folders: ({FOLDER})+
FolderId: @Id!=string @ChangeKey=string
DistinguishedFolderId: @Id!=folderName @ChangeKey=string Mailbox?
Mailbox: Name=string? EmailAddress=nonEmpty? RoutingType=nonEmpty? MailboxType=mailboxType? ItemId?
NewItems: CalendarItem+
ItemShape: BaseShape=shape IncludeMimeContent=bool? BodyType=bodyType? UniqueBodyType=bodyType?
    NormalizedBodyType=bodyType? FilterHtmlContent=bool? ConvertHtmlCodePageToUTF8=bool?
    InlineImageUrlTemplate=string? BlockExternalImages=bool? AddBlankTargetToLinks=bool?
    MaximumBodySize=int? AdditionalProperties=Paths?
FolderShape: BaseShape=shape AdditionalProperties=Paths?
Paths: ({PATH})+
FieldURI: @FieldURI!=uri
IndexedFieldURI: @FieldURI!=nonEmpty @FieldIndex!=nonEmpty
ExtendedFieldURI: @DistinguishedPropertySetId=propertySet @PropertySetId=guid @PropertyTag=tag
    @PropertyName=string @PropertyId=int @PropertyType!=mapi
ItemIds: ({ITEM_ID})+
ItemId: @Id!=string @ChangeKey=string
OccurrenceItemId: @RecurringMasterId!=string @ChangeKey=string @InstanceIndex!=int
RecurringMasterItemId: @OccurrenceId!=string @ChangeKey=string
Ignored: ItemId*
PageView: @MaxEntriesReturned=int @Offset!=int @BasePoint!=basePoint
CalendarView: @MaxEntriesReturned=int @StartDate!=dateTime @EndDate!=dateTime
Restriction: ({SEARCH})
Compare: ({PATH}) FieldURIOrConstant
FieldURIOrConstant: ({PATH}|Constant)
Constant: @Value!=string
Exists: ({PATH})
Contains: @ContainmentMode=containment @ContainmentComparison=comparison ({PATH}) Constant
Terms: ({SEARCH})+
Not: ({SEARCH})
SortOrder: FieldOrder+
FieldOrder: @Order!=direction ({PATH})
ItemChanges: ItemChange+
ItemChange: ({ITEM_ID}) Updates
Updates: (AppendToItemField|SetItemField|DeleteItemField)+
AppendToItemField: ({PATH}) CalendarItem
SetItemField: ({PATH}) (CalendarItem|Item)
DeleteItemField: ({PATH})
CalendarItem: {ITEM_FIELDS} {CALENDAR_FIELDS}
Item: {ITEM_FIELDS}
Body: @BodyType!=itemBody @IsTruncated=bool #string
Mime: @CharacterSet=string #base64
Strings: String=string*
ExtendedProperty: ExtendedFieldURI (Value=string|Values)
Values: Value=string+
Attendees: Attendee+
Attendee: Mailbox ResponseType=string? LastResponseTime=dateTime? ProposedStart=dateTime?
    ProposedEnd=dateTime?
Recurrence: ({PATTERN}) (NoEndRecurrence|EndDateRecurrence|NumberedRecurrence)
RelativeYearlyRecurrence: DaysOfWeek=day DayOfWeekIndex=dayIndex Month=month
AbsoluteYearlyRecurrence: DayOfMonth=int Month=month
RelativeMonthlyRecurrence: Interval=int DaysOfWeek=day DayOfWeekIndex=dayIndex
AbsoluteMonthlyRecurrence: Interval=int DayOfMonth=int
WeeklyRecurrence: Interval=int DaysOfWeek=days FirstDayOfWeek=day?
DailyRecurrence: Interval=int
NoEndRecurrence: StartDate=date
EndDateRecurrence: StartDate=date EndDate=date
NumberedRecurrence: StartDate=date NumberOfOccurrences=int
ZoneDefinition: @Id=string @Name=string Periods? TransitionsGroups=Any? Transitions=Any?
Periods: Period+
Period: @Bias!=duration @Name!=string @Id!=string
ZoneIds: Id=string+
SerialZone: Bias=int StandardTime=ZoneChange DaylightTime=ZoneChange
ZoneChange: Bias=int Time=time DayOrder=int Month=int DayOfWeek=day Year=string?
MailboxDataArray: MailboxData*
MailboxData: Email=AddressedTo AttendeeType=attendeeKind ExcludeConflicts=bool?
AddressedTo: Name=string? Address=string RoutingType=string?
FreeBusyViewOptions: TimeWindow MergedFreeBusyIntervalInMinutes=int? RequestedView=view?
TimeWindow: StartTime=dateTime EndTime=dateTime
RequestServerVersion: @Version!=string
TimeZoneContext: TimeZoneDefinition=ZoneDefinition
ExchangeImpersonation: ConnectingSID
ConnectingSID:
    (PrincipalName=nonEmpty|SID=nonEmpty|PrimarySmtpAddress=nonEmpty|SmtpAddress=nonEmpty)
MailboxCulture: #string
ManagementRole: Any=Any?
DateTimePrecision: #string
GetUserSettingsRequestMessage: a:Request=SettingsRequest
SettingsRequest: a:Users=SettingsUsers a:RequestedSettings a:RequestedVersion=string?
SettingsUsers: a:User=SettingsUser+
SettingsUser: a:Mailbox=nonEmpty
RequestedSettings: a:Setting=settingName+
Autodiscover: p:Request=PoxRequest
PoxRequest: (p:EMailAddress=nonEmpty|p:LegacyDN=nonEmpty) p:AcceptableResponseSchema=nonEmpty
"""

OPERATIONS = frozenset(
    "CreateItem GetItem FindItem UpdateItem DeleteItem GetFolder FindFolder SyncFolderItems "
    "ResolveNames GetServerTimeZones ConvertId GetUserAvailabilityRequest GetDelegate "
    "GetRoomLists GetRooms CreateFolder DeleteFolder GetUserConfiguration Subscribe Unsubscribe "
    "GetStreamingEvents".split())
HEADERS = frozenset(
    "RequestServerVersion TimeZoneContext ExchangeImpersonation MailboxCulture ManagementRole "
    "DateTimePrecision".split())


class SchemaError(Exception):
    """A request that breaks the schema; the text is the violation as a server words it."""


def leaf(kind):
    """Return the compiled check for a simple type."""
    if kind == "days":
        words = ENUMS["day"].replace(" ", "|")
        return re.compile(rf"\s*(({words})\s*)+")
    if kind in ENUMS:
        return re.compile("|".join(map(re.escape, ENUMS[kind].split())))
    return re.compile(PATTERNS[kind])


LEAVES = {kind: leaf(kind) for kind in [*ENUMS, *PATTERNS, "days"]}


class Type:
    """One line of the table: attributes {name: (type, required)}, particles, leaf type or None."""

    def __init__(self, words):
        self.attributes, self.particles, self.text = {}, [], None
        for word in words:
            if word.startswith("@"):
                name, kind = word[1:].split("=")
                self.attributes[name.rstrip("!")] = (kind, name.endswith("!"))
            elif word.startswith("#"):
                self.text = word[1:]
            else:
                self.particles.append(self._particle(word))

    @staticmethod
    def _particle(word):
        """Return ({tag: type}, least, most) for one word such as (a=A|b)+ or m:Name=Type?"""
        quantifier = word[-1] if word[-1] in "?*+" else ""
        choices = {}
        for choice in word.rstrip("?*+").strip("()").split("|"):
            name, _, kind = choice.lstrip("-").partition("=")
            prefix, _, name = name.rpartition(":")
            choices[f"{{{SPACES[prefix]}}}{name}"] = kind or name
        return choices, 0 if quantifier in ("?", "*") else 1, 1 if quantifier in ("", "?") else None


TABLE = {}


def _load():
    """Fill TABLE; a line without a leading `Name:` continues the one before."""
    name = None
    rows = {}
    for line in TYPES.splitlines():
        start = re.match(r"([A-Z]\w+):\s(.*)|([A-Z]\w+):$", line)
        if start:
            name = start[1] or start[3]
            rows[name] = (start[2] or "").split()
        elif line.strip():
            rows[name] += line.split()
    TABLE.update((name, Type(words)) for name, words in rows.items())


_load()
FIELD_ORDER = [re.sub(r"^-|[=?*].*$", "", word)
               for word in (ITEM_FIELDS + CALENDAR_FIELDS).split()]
ITEM_NAMES = [re.sub(r"^-|[=?*].*$", "", word) for word in ITEM_FIELDS.split()]
READ_ONLY = {re.sub(r"^-|[=?*].*$", "", word)
             for word in (ITEM_FIELDS + CALENDAR_FIELDS).split() if word.startswith("-")} \
    | {"ItemId", "ParentFolderId"}


def split(tag):
    """Return (namespace, local name) of an ElementTree tag."""
    space, _, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return space, name


def check(element, kind):
    """Raise SchemaError unless element fits the named type."""
    if kind == "Any":
        return
    rule = TABLE.get(kind)
    if rule is None:
        return _check_leaf(element, kind)
    _check_attributes(element, rule)
    if rule.text:
        if not LEAVES[rule.text].fullmatch(element.text or ""):
            _bad_value(element, rule.text, element.text)
        return None
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise SchemaError(f"The element {name(element)} cannot contain text. "
                          f"List of possible elements expected: {expected(rule.particles)}.")
    return _check_children(element, rule.particles)


def _check_leaf(element, kind):
    if len(element):
        raise SchemaError(f"The element {name(element)} cannot contain child element "
                          f"{name(element[0])} because its content model is text only.")
    if element.attrib:
        raise SchemaError(f"The '{next(iter(element.attrib))}' attribute is not declared.")
    if not LEAVES[kind].fullmatch(element.text or ""):
        _bad_value(element, kind, element.text)


def _bad_value(element, kind, value):
    raise SchemaError(f"The '{split(element.tag)[1]}' element is invalid - The value "
                      f"'{value or ''}' is invalid according to its datatype '{kind}'.")


def _check_attributes(element, rule):
    for key, value in element.attrib.items():
        if key.startswith("{"):
            continue
        if key not in rule.attributes:
            raise SchemaError(f"The '{key}' attribute is not declared.")
        kind = rule.attributes[key][0]
        if not LEAVES[kind].fullmatch(value):
            reason = "The Enumeration constraint failed." if kind in ENUMS else \
                "The Pattern constraint failed."
            raise SchemaError(f"The '{key}' attribute is invalid - The value '{value}' is invalid "
                              f"according to its datatype '{kind}' - {reason}")
    for key, (_, required) in rule.attributes.items():
        if required and key not in element.attrib:
            raise SchemaError(f"The required attribute '{key}' is missing.")


def _check_children(element, particles):
    position, seen = 0, 0
    for child in element:
        while position < len(particles):
            choices, least, most = particles[position]
            if child.tag in choices and (most is None or seen < most):
                break
            if seen < least:
                position = len(particles)
                break
            position, seen = position + 1, 0
        if position == len(particles):
            raise SchemaError(f"The element {name(element)} has invalid child element "
                              f"{name(child)}.")
        check(child, particles[position][0][child.tag])
        seen += 1
    while position < len(particles):
        if seen < particles[position][1]:
            raise SchemaError(f"The element {name(element)} has incomplete content. List of "
                              f"possible elements expected: {expected(particles[position:])}.")
        position, seen = position + 1, 0


def name(element):
    space, local = split(element.tag)
    return f"'{local}' in namespace '{space}'"


def expected(particles):
    """Return the names that may come next, as the error text lists them."""
    names = []
    for choices, least, _ in particles:
        names += [f"'{split(tag)[1]}'" for tag in choices]
        if least:
            break
    return ", ".join(names)
