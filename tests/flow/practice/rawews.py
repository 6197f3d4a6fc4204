# SPDX-License-Identifier: ISC
"""A practice server of one's own, and the requests to ask it: raw EWS without a client library."""

import base64
import http.client
import json
import pathlib
import re
import ssl
import subprocess
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[3]
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
ANNA = {"address": "anna@practice.example", "name": "Anna Muster", "user": "PRACTICE\\anna",
        "password": "correct horse", "zone": "Europe/Zurich"}
BEA = {"address": "bea@practice.example", "name": "Bea Beispiel", "user": "PRACTICE\\bea",
       "password": "battery", "zone": "America/New_York"}
SERVICE = {"address": "svc@practice.example", "user": "PRACTICE\\svc", "password": "staple"}
ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
<s:Header><t:RequestServerVersion Version="Exchange2013"/>{header}</s:Header>
<s:Body>{body}</s:Body></s:Envelope>"""


class Practice:
    """One running server, and ways to talk to it."""

    def __init__(self, folder, world, *options):
        path = folder / "world.json"
        path.write_text(json.dumps(world), encoding="utf-8")
        self._process = subprocess.Popen(
            ["/usr/bin/python3", str(ROOT / "practice/exchange"), "--world", str(path),
             "--stdin-eof", *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self._process.stdout.readline())
        self.ews, self.page, self.ca = ready["ews"], ready["page"], ready.get("ca")
        self.plain, self.token = ready.get("plain"), ready.get("token")
        self.port = urllib.parse.urlsplit(self.ews).port

    def stop(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        return self._process.returncode

    def control(self, method, path, value=None):
        request = urllib.request.Request(
            self.page + path, method=method, data=None if value is None
            else json.dumps(value).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def misbehave(self, **rule):
        self.control("POST", "api/misbehave", rule)

    def journal(self):
        return self.control("GET", "api/journal")

    def mailbox(self, address=ANNA["address"], query=""):
        return self.control("GET", f"api/mailbox/{address}{query}")

    def connect(self, timeout=20):
        context = ssl.create_default_context(cafile=self.ca)
        return http.client.HTTPSConnection("localhost", self.port, timeout=timeout,
                                           context=context)

    def ask(self, body, who=ANNA, header="", connection=None, **fields):
        """Send one request with Basic; return (status, header fields, body bytes)."""
        secret = base64.b64encode(f"{who['address']}:{who['password']}".encode()).decode()
        headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {secret}",
                   **fields}
        own = connection or self.connect()
        try:
            own.request("POST", "/EWS/Exchange.asmx",
                        ENVELOPE.format(header=header, body=body).encode(), headers)
            answer = own.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            if connection is None:
                own.close()

    def tell(self, body, **more):
        """Send one request; return the answer's root element."""
        return ET.fromstring(self.ask(body, **more)[2])

    def codes(self, body, **more):
        """Send one request; return the response codes in the answer."""
        return codes(self.tell(body, **more))


def codes(root):
    """Return every response code, with "fault:" before that of a SOAP fault."""
    return [("fault:" if element.tag.startswith(E) else "") + element.text
            for element in root.iter() if element.tag in (M + "ResponseCode", E + "ResponseCode")]


def availability(addresses, start, end, view="FreeBusyMerged", interval=30, zone=None):
    """Return a GetUserAvailability request, in UTC unless zone is given."""
    still = "<t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder>" \
            "<t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    zone = zone or f"<t:Bias>0</t:Bias><t:StandardTime>{still}</t:StandardTime>" \
                   f"<t:DaylightTime>{still}</t:DaylightTime>"
    people = "".join(f"<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email>"
                     "<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>"
                     for address in addresses)
    return f"""<m:GetUserAvailabilityRequest><t:TimeZone>{zone}</t:TimeZone>
<m:MailboxDataArray>{people}</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>
<t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:TimeWindow>
<t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>
<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"""


def create(content, send='SendMeetingInvitations="SendToNone"', folder=""):
    return f"<m:CreateItem {send}>{folder}<m:Items><t:CalendarItem>{content}</t:CalendarItem>" \
           "</m:Items></m:CreateItem>"


def get(item_id, properties="", shape="AllProperties"):
    more = f"<t:AdditionalProperties>{properties}</t:AdditionalProperties>" if properties else ""
    return f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>{more}</m:ItemShape>" \
           f"<m:ItemIds>{item_id}</m:ItemIds></m:GetItem>"


def view(start, end, properties="", most="", mailbox=""):
    more = f"<t:AdditionalProperties>{properties}</t:AdditionalProperties>" if properties else ""
    return f"""<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape>{more}
</m:ItemShape><m:CalendarView {most} StartDate="{start}" EndDate="{end}"/><m:ParentFolderIds>
<t:DistinguishedFolderId Id="calendar">{mailbox}</t:DistinguishedFolderId></m:ParentFolderIds>
</m:FindItem>"""


def find(restriction, page='Offset="0" BasePoint="Beginning"', shape="IdOnly"):
    limits = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    return f"""<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>
</m:ItemShape><m:IndexedPageItemView {page}/>{limits}<m:ParentFolderIds>
<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>"""


def update(item_id, changes, conflict="AlwaysOverwrite",
           send='SendMeetingInvitationsOrCancellations="SendToNone"'):
    return f"""<m:UpdateItem ConflictResolution="{conflict}" {send}><m:ItemChanges><t:ItemChange>
{item_id}<t:Updates>{changes}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"""


def set_field(uri, content):
    return f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:CalendarItem>{content}' \
           "</t:CalendarItem></t:SetItemField>"


def delete(item_id, send='SendMeetingCancellations="SendToNone"', disposal="HardDelete"):
    return f'<m:DeleteItem DeleteType="{disposal}" {send}><m:ItemIds>{item_id}</m:ItemIds>' \
           "</m:DeleteItem>"


def id_of(root):
    """Return the first ItemId of an answer as markup for the next request."""
    element = next(root.iter(T + "ItemId"))
    return f'<t:ItemId Id="{element.get("Id")}" ChangeKey="{element.get("ChangeKey")}"/>'


def times(start, end):
    return f"<t:Start>{start}</t:Start><t:End>{end}</t:End>"


EXAMPLE_RULE = "<t:Recurrence>{}<t:NumberedRecurrence><t:StartDate>2027-03-01</t:StartDate>" \
       "<t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
EXAMPLE_PROPERTY = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" ' \
        'PropertyName="uid" PropertyType="String"/>'
EVERYTHING = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'
EVERY_FOLDER = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"


SUBSCRIBE = "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>" + CALENDAR + "</t:FolderIds><t:EventTypes>" \
            "<t:EventType>CreatedEvent</t:EventType><t:EventType>DeletedEvent</t:EventType>" \
            "<t:EventType>ModifiedEvent</t:EventType><t:EventType>MovedEvent</t:EventType>" \
            "</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"


def stream(*subscriptions, minutes=1):
    names = "".join(f"<t:SubscriptionId>{name}</t:SubscriptionId>" for name in subscriptions)
    return f"<m:GetStreamingEvents><m:SubscriptionIds>{names}</m:SubscriptionIds>" \
           f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"


def conversations(practice):
    """Yield a name and an answer for every operation, its errors included."""
    def ask(name, body, **more):
        status, _, answer = practice.ask(body, **more)
        assert status == (500 if name.endswith("fault") else 200), answer
        return name, answer

    rich = create(
        "<t:Subject>Everything &amp; more</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
        '<t:Body BodyType="Text">Text</t:Body><t:Categories><t:String>a</t:String></t:Categories>'
        f"<t:ExtendedProperty>{EXAMPLE_PROPERTY}<t:Value>1</t:Value></t:ExtendedProperty>"
        + times("2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z")
        + "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Here</t:Location>"
        "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>c@d.example</t:EmailAddress>"
        "</t:Mailbox></t:Attendee></t:RequiredAttendees>"
        + EXAMPLE_RULE.format("<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>")
        + '<t:StartTimeZone Id="W. Europe Standard Time"/>')
    created = ask("create", rich)
    yield created
    item = re.search(rb"<t:ItemId[^>]*>", created[1])[0].decode()
    master = re.search(' Id="([^"]*)"', item)[1]
    second = f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="2"/>'
    third = second.replace('"2"', '"3"')
    yield ask("update", update(second, set_field(
        "calendar:Start", "<t:Start>2027-03-02T08:00:00Z</t:Start>")))
    yield ask("delete", delete(third))
    yield ask("get", get(item + second + '<t:ItemId Id="nonsense"/>', EXAMPLE_PROPERTY))
    yield ask("view", view("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z", EXAMPLE_PROPERTY))
    yield ask("find", find(f"<t:Exists>{EXAMPLE_PROPERTY}</t:Exists>", shape="AllProperties"))
    yield ask("error", view("2027-03-01T00:00:00Z", "2030-04-01T00:00:00Z"))
    yield ask("sync", f"<m:SyncFolderItems>{EVERYTHING}<m:SyncFolderId>{CALENDAR}</m:SyncFolderId>"
              "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>")
    yield ask("folder", f"<m:GetFolder>{EVERY_FOLDER}<m:FolderIds>{CALENDAR}"
              '<t:DistinguishedFolderId Id="msgfolderroot"/></m:FolderIds></m:GetFolder>')
    yield ask("folders", f'<m:FindFolder Traversal="Deep">{EVERY_FOLDER}<m:ParentFolderIds>'
              '<t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>')
    yield ask("permissions", "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape>"
              '<t:AdditionalProperties><t:FieldURI FieldURI="folder:PermissionSet"/>'
              '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>'
              f"</t:AdditionalProperties></m:FolderShape><m:FolderIds>{CALENDAR}</m:FolderIds>"
              "</m:GetFolder>")
    for person in (ANNA, BEA):
        yield ask("delegates", '<m:GetDelegate IncludePermissions="true"><m:Mailbox>'
                  f"<t:EmailAddress>{person['address']}</t:EmailAddress></m:Mailbox></m:GetDelegate>")
    yield ask("new folder", "<m:CreateFolder><m:ParentFolderId>" + CALENDAR + "</m:ParentFolderId>"
              "<m:Folders><t:CalendarFolder><t:DisplayName>Extra</t:DisplayName></t:CalendarFolder>"
              "</m:Folders></m:CreateFolder>")
    yield ask("no folder", f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{CALENDAR}'
              "</m:FolderIds></m:DeleteFolder>")
    yield ask("options", '<m:GetUserConfiguration><m:UserConfigurationName Name="OWA.UserOptions">'
              '<t:DistinguishedFolderId Id="root"/></m:UserConfigurationName>'
              "<m:UserConfigurationProperties>All</m:UserConfigurationProperties>"
              "</m:GetUserConfiguration>")
    yield ask("mime", "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
              "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:ItemIds>"
              f"{item}</m:ItemIds></m:GetItem>")
    subscribed = ask("subscribe", SUBSCRIBE)
    yield subscribed
    name = re.search(rb"<m:SubscriptionId>(.*?)<", subscribed[1])[1].decode()
    yield ask("unsubscribe", f"<m:Unsubscribe><m:SubscriptionId>{name}</m:SubscriptionId></m:Unsubscribe>")
    yield ask("unsubscribe again", f"<m:Unsubscribe><m:SubscriptionId>{name}</m:SubscriptionId></m:Unsubscribe>")
    yield ask("no stream", stream(name))
    yield ask("room lists", "<m:GetRoomLists/>")
    yield ask("rooms", "<m:GetRooms><m:RoomList><t:EmailAddress>rooms@practice.example"
              "</t:EmailAddress></m:RoomList></m:GetRooms>")
    for entry in ("anna", "example", "zzz"):
        yield ask("names", '<m:ResolveNames ReturnFullContactData="false">'
                  f"<m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>")
    yield ask("zones", '<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>')
    yield ask("convert", '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId '
              f'Format="EwsId" Id="{master}" Mailbox="a@b.example"/></m:SourceIds></m:ConvertId>')
    for level in ("MergedOnly", "FreeBusy", "DetailedMerged"):
        yield ask("busy", availability([ANNA["address"], "x@y.example"], "2027-03-01T00:00:00",
                                       "2027-03-08T00:00:00", level))
    for rule, name in (("item_busy", "busy"), ("fault_busy", "fault")):
        practice.misbehave(mode=rule, count=1)
        yield ask(name, availability(
            [ANNA["address"]], "2027-03-01T00:00:00", "2027-03-08T00:00:00"))
    yield ask("fault", "<m:GetItem/>")
