# SPDX-License-Identifier: ISC
"""A practice server of one's own, and the requests to ask it: raw EWS without a client library."""

import base64
import http.client
import json
import pathlib
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
