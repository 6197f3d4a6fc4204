# SPDX-License-Identifier: ISC
"""SOAP in and out: the envelope, its header blocks, faults, and response messages."""

import re
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from . import schema, zones
from .schema import M, SOAP, T

E = "http://schemas.microsoft.com/exchange/services/2006/errors"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' \
      'xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
MAX_DEPTH = 64
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What servers say beside a response code; a client should go by the code.
TEXTS = {
    "ErrorAccessDenied": "Access is denied. Check credentials and try again.",
    "ErrorBatchProcessingStopped": "Batch processing stopped at an earlier item.",
    "ErrorCalendarDurationIsTooLong": "The duration of a calendar item may not exceed five years.",
    "ErrorCalendarEndDateIsEarlierThanStartDate": "EndDate is earlier than StartDate",
    "ErrorCalendarInvalidPropertyValue": "Invalid value for property.",
    "ErrorCalendarInvalidRecurrence": "The recurrence pattern or its range is invalid.",
    "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange":
        "Occurrence index is out of recurrence range.",
    "ErrorCalendarOutOfRange": "The date is outside the range that a calendar can hold.",
    "ErrorCalendarViewRangeTooBig": "The requested time range is too long for a calendar view.",
    "ErrorChangeKeyRequiredForWriteOperations": "The change key is required for this operation.",
    "ErrorFolderNotFound": "The specified folder could not be found in the store.",
    "ErrorFreeBusyGenerationFailed": "Unable to generate free/busy data for this mailbox.",
    "ErrorImpersonateUserDenied":
        "The account does not have permission to impersonate the requested user.",
    "ErrorInvalidChangeKey": "The change key is invalid.",
    "ErrorInvalidExtendedProperty": "The extended property attribute combination is invalid.",
    "ErrorInvalidFreeBusyViewType": "The requested free/busy view type is invalid.",
    "ErrorInvalidIdMalformed": "Id is malformed.",
    "ErrorInvalidMergedFreeBusyInterval": "The merged interval must be between 5 and 1440 minutes.",
    "ErrorInvalidPropertyDelete": "The property cannot be deleted.",
    "ErrorInvalidPropertyRequest": "Property is not valid for this operation.",
    "ErrorInvalidPropertySet": "Set action is invalid for property.",
    "ErrorInvalidRequest": "The request is invalid.",
    "ErrorInvalidServerVersion": "The specified server version is invalid.",
    "ErrorInvalidSyncStateData": "Synchronization state data is corrupt or otherwise invalid.",
    "ErrorInvalidTimeInterval": "The start of the time window must be earlier than its end.",
    "ErrorIrresolvableConflict":
        "The send or update operation could not be performed because the change key passed in the "
        "request does not match the current change key for the item.",
    "ErrorItemNotFound": "The specified object was not found in the store.",
    "ErrorMailRecipientNotFound": "Unable to resolve e-mail address to an Active Directory object.",
    "ErrorMailboxDataArrayTooBig": "There are too many target mailboxes in the request.",
    "ErrorNameResolutionNoResults": "No results were found.",
    "ErrorNoFreeBusyAccess": "Caller has no access to the free/busy information of this mailbox.",
    "ErrorNotDelegate": "The user is not a delegate for the mailbox.",
    "ErrorImpersonationRequired":
        "ExchangeImpersonation SOAP header must be present for this type of OAuth token.",
    "ErrorNonExistentMailbox": "The SMTP address has no mailbox associated with it.",
    "ErrorRestrictionTooComplex": "The restriction is too complex.",
    "ErrorSchemaValidation": "The request failed schema validation.",
    "ErrorSendMeetingCancellationsRequired":
        "SendMeetingCancellations attribute is required for Calendar items.",
    "ErrorSendMeetingInvitationsOrCancellationsRequired":
        "SendMeetingInvitationsOrCancellations attribute is required for Calendar items.",
    "ErrorSendMeetingInvitationsRequired":
        "SendMeetingInvitations attribute is required for Calendar items.",
    "ErrorServerBusy": "The server cannot service this request right now. Try again later.",
    "ErrorTimeIntervalTooBig":
        "The requested time interval is longer than the allowed maximum of 42 days.",
    "ErrorTimeZone": "The specified time zone isn't valid.",
    "ErrorUnsupportedPathForQuery":
        "The property can not be used with this type of restriction.",
    "ErrorUpdatePropertyMismatch":
        "The property path does not fit the property in the item that comes with it.",
    "ErrorExceededConnectionCount":
        "You have exceeded the available concurrent connections for your account.  Try again once "
        "your other requests have completed.",
    "ErrorInternalServerError": "An internal server error occurred. The operation failed.",
}


def text_for(code):
    return TEXTS.get(code, "The operation failed.")


class Fault(Exception):
    """A request that fails as a whole: a SOAP fault in HTTP 500."""

    def __init__(self, code, text=None, violation=None, values=()):
        super().__init__(code)
        self.code, self.text = code, text or text_for(code)
        self.violation, self.values = violation, dict(values)


class ItemError(Exception):
    """One part of a request that fails: a response message with this code."""

    def __init__(self, code, text=None, values=(), kind="Error"):
        super().__init__(code)
        self.code, self.text = code, text or text_for(code)
        self.values, self.kind = dict(values), kind


class Request:
    """A request that fits the schema: operation, its element, and what the header asked for."""

    def __init__(self, element, header):
        self.element = element
        self.operation = schema.split(element.tag)[1].removesuffix("Request")
        self.zone = self.impersonate = None
        for block in header:
            space, name = schema.split(block.tag)
            if space != T or name not in schema.HEADERS:
                continue
            schema.check(block, name)
            if name == "RequestServerVersion":
                if not schema.LEAVES["version"].fullmatch(block.get("Version")):
                    raise Fault("ErrorInvalidServerVersion")
            elif name == "TimeZoneContext":
                self.zone = zone_of(block[0])
            elif name == "ExchangeImpersonation":
                kind = schema.split(block[0][0].tag)[1]
                self.impersonate = (kind, block[0][0].text.strip())


def zone_of(definition):
    """Return the ZoneInfo that a TimeZoneDefinition names."""
    zone = zones.windows_zone(definition.get("Id") or "")
    if zone is None:
        raise Fault("ErrorTimeZone")
    return zone


def read(body):
    """Return the Request in these bytes, or raise Fault."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Fault("ErrorInvalidRequest", "A document type declaration is not allowed.")
    try:
        envelope = ET.fromstring(body)
    except (ET.ParseError, LookupError, ValueError):   # also an encoding that nobody knows
        raise Fault("ErrorInvalidRequest", "The request is not well-formed XML.") from None
    try:
        return _unpack(envelope)
    except schema.SchemaError as error:
        raise Fault("ErrorSchemaValidation", violation=str(error)) from None


def _unpack(envelope):
    parts = [child.tag for child in envelope]
    body_tag, header_tag = f"{{{SOAP}}}Body", f"{{{SOAP}}}Header"
    if envelope.tag != f"{{{SOAP}}}Envelope" or parts not in ([body_tag], [header_tag, body_tag]):
        raise Fault("ErrorInvalidRequest", "The request is not a SOAP 1.1 envelope.")
    if len(envelope[-1]) != 1:
        raise Fault("ErrorInvalidRequest", "The SOAP body must hold one request.")
    element = envelope[-1][0]
    space, name = schema.split(element.tag)
    if space != M or name not in schema.OPERATIONS:
        raise Fault("ErrorInvalidRequest", f"The request element '{name}' is not supported.")
    if _depth(element) > MAX_DEPTH:
        raise Fault("ErrorInvalidRequest", "The request is nested too deeply.")
    schema.check(element, name)
    return Request(element, envelope[0] if len(parts) == 2 else ())


def _depth(element):
    depth, level = 0, [element]
    while level and depth <= MAX_DEPTH:
        depth, level = depth + 1, [child for parent in level for child in parent]
    return depth


def clean(text):
    """Return text escaped for XML content, without the characters that XML 1.0 forbids."""
    return escape(NOT_XML.sub("", text))


def attribute(text):
    """Return text escaped for an attribute value in double quotes."""
    return escape(NOT_XML.sub("", str(text)), {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def tag(name, content="", **attributes):
    """Return an element; content is markup already."""
    pairs = "".join(f' {key}="{attribute(value)}"'
                    for key, value in attributes.items() if value is not None)
    return f"<{name}{pairs}>{content}</{name}>" if content else f"<{name}{pairs}/>"


def values_xml(values):
    return "".join(tag("t:FieldURI", FieldURI=value) if key == "FieldURI"
                   else tag("t:Value", clean(str(value)), Name=key)
                   for key, value in dict(values).items())


def message(name, content="", error=None):
    """Return one response message, of success or for an ItemError."""
    if error is None:
        return f'<m:{name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' \
               f"{content}</m:{name}>"
    extra = f"<m:MessageXml>{values_xml(error.values)}</m:MessageXml>" if error.values else ""
    return f'<m:{name} ResponseClass="{error.kind}"><m:MessageText>{clean(error.text)}' \
           f"</m:MessageText><m:ResponseCode>{error.code}</m:ResponseCode>" \
           f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{extra}{content}</m:{name}>"


def response(operation, messages):
    """Return the usual response body: response messages, one per item of the request."""
    return f'<m:{operation}Response xmlns:m="{M}" xmlns:t="{T}"><m:ResponseMessages>' \
           f'{"".join(messages)}</m:ResponseMessages></m:{operation}Response>'


def alone(operation, content="", error=None):
    """Return the response body of an operation that is itself its only response message."""
    name = operation + "Response"
    return message(name, content, error).replace(
        f"<m:{name}", f'<m:{name} xmlns:m="{M}" xmlns:t="{T}"', 1)


def envelope(body):
    """Return a whole answer as bytes."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header><h:ServerVersionInfo MajorVersion="15" '
        'MinorVersion="2" MajorBuildNumber="2562" MinorBuildNumber="17" Version="V2017_07_11" '
        f'xmlns:h="{T}" xmlns="{T}" {XSI}/></s:Header><s:Body {XSI}>{body}</s:Body></s:Envelope>'
    ).encode()


def fault(error):
    """Return a Fault as a whole answer; faults carry no ServerVersionInfo."""
    text = error.text
    extra = values_xml(error.values)
    if error.violation:
        text = f"The request failed schema validation: {error.violation}"
        extra = "<t:LineNumber>1</t:LineNumber><t:LinePosition>1</t:LinePosition>" \
                f"<t:Violation>{clean(error.violation)}</t:Violation>"
    if extra:
        extra = f'<t:MessageXml xmlns:t="{T}">{extra}</t:MessageXml>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>'
        f'<faultcode xmlns:a="{T}">a:{error.code}</faultcode>'
        f'<faultstring xml:lang="en-US">{clean(text)}</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{E}">{error.code}</e:ResponseCode>'
        f'<e:Message xmlns:e="{E}">{clean(error.text)}</e:Message>{extra}'
        "</detail></s:Fault></s:Body></s:Envelope>"
    ).encode()
