# SPDX-License-Identifier: ISC
"""Autodiscover: GetUserSettings over SOAP, and POX ("plain old XML").

Errors come on three levels in SOAP: of the request, of a user, of a setting. In POX they come in
HTTP 200 and in the outer namespace, while a right answer is in the inner one. What is said about an
address is in the world file (`discovery`); a mailbox that is not named there lives here.
"""

import xml.etree.ElementTree as ET

from . import odd, schema
from .misbehave import REPLACE, Answer, replacement, spoil
from .schema import A, P, SOAP
from .soap import clean, tag

ADDRESSING = "http://www.w3.org/2005/08/addressing"
ACTION = A + "/Autodiscover/GetUserSettings"
OUTER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
INNER = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
ONLINE = "https://outlook.office365.com/EWS/Exchange.asmx"
MAX_USERS = 90
VERSION = "15.02.2562.017"
LEGACY = "/o=Practice/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn="
TEXTS = {"NoError": "No error.", "InvalidUser": "The user '{0}' is invalid.",
         "RedirectAddress": "Redirection address.", "RedirectUrl": "Redirection url.",
         "InvalidDomain": "The domain is invalid.", "InvalidRequest": "The request is invalid.",
         "ServerBusy": "The server is too busy to process the request.",
         "InternalServerError": "An internal error occurred on the server."}
# Every setting name that servers know; those that we have are in _settings.
KNOWN = frozenset("""UserDisplayName UserDN UserDeploymentId InternalMailboxServer
InternalRpcClientServer InternalMailboxServerDN InternalEcpUrl InternalEwsUrl InternalOABUrl
InternalUMUrl InternalWebClientUrls MailboxDN PublicFolderServer ActiveDirectoryServer
ExternalMailboxServer ExternalMailboxServerRequiresSSL ExternalMailboxServerAuthenticationMethods
ExternalEcpUrl ExternalEwsUrl ExternalOABUrl ExternalUMUrl ExternalWebClientUrls
CrossOrganizationSharingEnabled AlternateMailboxes CasVersion EwsSupportedSchemas
InternalPop3Connections ExternalPop3Connections InternalImap4Connections ExternalImap4Connections
InternalSmtpConnections ExternalSmtpConnections InternalServerExclusiveConnect
ExternalServerExclusiveConnect ExchangeRpcUrl ShowGalAsDefaultView AutoDiscoverSMTPAddress
InteropExternalEwsUrl InteropExternalEwsVersion MobileMailboxPolicyInterval GroupingInformation
UserMSOnline MapiHttpEnabled RedirectUrl MobileMailboxPolicy MailboxVersion ExternalEcpPhotoUrl
SPMySiteHostURL""".split())


class Found:
    """What Autodiscover says about one address."""

    def __init__(self, world, address):
        self.address = address
        told, mailbox = world.settings_of(address), world.mailbox(address)
        self.told = told or {}
        self.online = bool(self.told.get("online")) or mailbox is not None and mailbox.home == "online"
        self.redirect = self.told.get("redirect_address") or self.told.get("redirect_url")
        self.error = None
        if "redirect_address" in self.told:
            self.error = "RedirectAddress"
        elif "redirect_url" in self.told:
            self.error = "RedirectUrl"
        elif self.told.get("level", "user") == "user" and "error" in self.told:
            self.error = self.told["error"]
        elif mailbox is None and told is None:
            self.error = "InvalidUser"
        self.name = mailbox.name if mailbox else address.partition("@")[0].title()
        own = f"{world.base}/EWS/Exchange.asmx"
        self.ews = ONLINE if self.online else \
            self.told.get("ews", world.discovery["ews"] or own)
        self.internal = ONLINE if self.online else \
            self.told.get("internal_ews", world.discovery["internal_ews"] or self.ews)


# SOAP

class AutodiscoverFault(Exception):
    """A SOAP fault in HTTP 500: the name of its code, and a text."""

    def __init__(self, code, text):
        super().__init__(code)
        self.code, self.text = code, text


def answer_soap(connection, http, entry, _):
    """Return the Answer of autodiscover.svc."""
    if http.method != "POST":
        return Answer(400 if http.method == "GET" else 405)
    if not http.headers.get("content-type", "").lower().startswith("text/xml"):
        return Answer(415)
    entry["operation"] = "GetUserSettings"
    try:
        version, request = _read_soap(http.body)
    except AutodiscoverFault as error:
        return Answer(500, _fault(error))
    users = [user[0].text.strip() for user in request[0]]
    names = [name.text.strip() for name in request[1]]
    entry["mailbox"] = ", ".join(users)

    def carry_out():
        return _envelope(_response(connection.world, version, users, names))
    return _with_faults(connection, entry, users, carry_out, lambda error: _envelope(
        _failed("ServerBusy" if error.code == "ErrorServerBusy" else "InternalServerError")))


def _with_faults(connection, entry, users, carry_out, refuse):
    """Return the Answer of one operation, spoilt as the rule in force says."""
    rule = connection.misbehaviour.take(entry["operation"], [user.lower() for user in users])
    mode = rule["mode"] if rule else None
    entry["misbehaved"] = mode
    if mode == "sign_out":
        return connection.sign_in.sign_out()
    if mode in REPLACE:
        return replacement(rule, refuse)
    done = Answer(body=carry_out())
    if mode == "odd_shapes":
        done.body = odd.reshape(done.body)
    return spoil(done, rule)


def _read_soap(body):
    """Return (requested version or None, the Request element), or raise AutodiscoverFault."""
    envelope = _parsed(body)
    if envelope is None or envelope.tag != f"{{{SOAP}}}Envelope" or [
            child.tag for child in envelope] != [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]:
        raise AutodiscoverFault("Client", "The request is not a SOAP 1.1 envelope with a header.")
    header, content = envelope
    action = (header.findtext(f"{{{ADDRESSING}}}Action") or "").strip()
    if action != ACTION or len(content) != 1 \
            or content[0].tag != f"{{{A}}}GetUserSettingsRequestMessage":
        raise AutodiscoverFault("ActionNotSupported", f"The message with Action '{action}' cannot "
                                "be processed at the receiver.")
    try:
        schema.check(content[0], "GetUserSettingsRequestMessage")
    except schema.SchemaError as error:
        raise AutodiscoverFault("DeserializationFailed", str(error)) from None
    return header.findtext(f"{{{A}}}RequestedServerVersion"), content[0][0]


def _parsed(body):
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    try:
        return ET.fromstring(body)
    except (ET.ParseError, LookupError, ValueError):
        return None


def _response(world, version, users, names):
    """Return the Response: an error of the whole request, or one UserResponse per user."""
    if not (version or "").strip() or not schema.LEAVES["version"].fullmatch(version.strip()):
        return _failed("InvalidRequest",
                       "The required header 'RequestedServerVersion' is missing or invalid.")
    if len(users) > MAX_USERS:
        return _failed("InvalidRequest", f"The request exceeds {MAX_USERS} users.")
    found = [Found(world, user) for user in users]
    for one in found:
        if one.told.get("level") == "response":
            return _failed(one.told["error"])
    return '<ErrorCode>NoError</ErrorCode><ErrorMessage/>' + tag(
        "UserResponses", "".join(_user(one, names) for one in found))


def _failed(code, text=None):
    return tag("ErrorCode", code) + tag("ErrorMessage", clean(
        text or TEXTS.get(code, "The request failed.").format("")))


def _user(found, names):
    code = found.error or "NoError"
    target = tag("RedirectTarget", clean(found.redirect)) if found.redirect \
        else '<RedirectTarget i:nil="true"/>'
    errors = settings = ""
    for name in names if found.error is None else ():
        value = _settings(found).get(name)
        if name not in found.told.get("hidden", ()) and value is not None:
            settings += _setting(name, value)
        else:
            errors += _setting_error(found, name)
    text = TEXTS.get(code, "The user's settings could not be read.").format(found.address)
    return tag("UserResponse", tag("ErrorCode", code) + tag("ErrorMessage", clean(text)) + target
               + tag("UserSettingErrors", errors) + tag("UserSettings", settings))


def _setting(name, value):
    if isinstance(value, list):     # the only kind of list that we have
        urls = "".join(tag("WebClientUrl", "<AuthenticationMethods>Ntlm, WindowsIntegrated"
                           "</AuthenticationMethods>" + tag("Url", clean(url))) for url in value)
        return tag("UserSetting", tag("Name", name) + tag("WebClientUrls", urls),
                   **{"i:type": "WebClientUrlCollectionSetting"})
    return tag("UserSetting", tag("Name", name) + tag("Value", clean(value)),
               **{"i:type": "StringSetting"})


def _setting_error(found, name):
    code = "SettingIsNotAvailable" if name in KNOWN else "InvalidSetting"
    text = f"User setting '{name}' is not available." if name in KNOWN else \
        f"The setting '{name}' is invalid."
    if found.told.get("level") == "setting" and name in KNOWN:
        code = found.told["error"]
    return tag("UserSettingError", tag("ErrorCode", code) + tag("ErrorMessage", text)
               + tag("SettingName", name))


def _settings(found):
    """Return every setting that we have for an address."""
    if found.told.get("level") == "setting":
        return {}
    server = found.internal.split("/")[2]
    return {
        "UserDisplayName": found.name, "UserDN": f"{LEGACY}Recipients/cn={found.name}",
        "AutoDiscoverSMTPAddress": found.address, "UserMSOnline": str(found.online),
        "UserDeploymentId": "6f1e0d9a-0000-4000-8000-000000000001",
        "InternalEwsUrl": found.internal, "ExternalEwsUrl": found.ews, "CasVersion": VERSION,
        "MailboxVersion": VERSION, "InternalMailboxServer": server,
        "EwsSupportedSchemas": "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, "
                               "Exchange2010_SP2, Exchange2013, Exchange2013_SP1, Exchange2015",
        "GroupingInformation": "practice", "MapiHttpEnabled": "True",
        "InternalWebClientUrls": [f"https://{server}/owa/"],
        "ExternalWebClientUrls": [f"https://{found.ews.split('/')[2]}/owa/"],
    }


def _envelope(response):
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"><s:Header>'
        f'<a:Action s:mustUnderstand="1">{ACTION}Response</a:Action><h:ServerVersionInfo '
        f'xmlns:h="{A}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        "<h:MajorVersion>15</h:MajorVersion><h:MinorVersion>2</h:MinorVersion>"
        "<h:MajorBuildNumber>2562</h:MajorBuildNumber><h:MinorBuildNumber>17</h:MinorBuildNumber>"
        "<h:Version>Exchange2015</h:Version></h:ServerVersionInfo></s:Header><s:Body>"
        f'<GetUserSettingsResponseMessage xmlns="{A}"><Response '
        f'xmlns:i="http://www.w3.org/2001/XMLSchema-instance">{response}</Response>'
        "</GetUserSettingsResponseMessage></s:Body></s:Envelope>").encode()


def _fault(error):
    """Return a fault: WCF's own, so its code is not in a namespace of Exchange."""
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"><s:Header><a:Action '
        f's:mustUnderstand="1">{ADDRESSING}/soap/fault</a:Action></s:Header><s:Body><s:Fault>'
        f'<faultcode>{"s" if error.code == "Client" else "a"}:{error.code}</faultcode>'
        f'<faultstring xml:lang="en-US">{clean(error.text)}</faultstring></s:Fault></s:Body>'
        "</s:Envelope>").encode()


# POX

def answer_pox(connection, http, entry, _):
    """Return the Answer of autodiscover.xml: HTTP 200 for every error of the request."""
    if http.method not in ("POST", "GET"):
        return Answer(405)
    entry["operation"] = "Autodiscover"
    element = _parsed(http.body)
    try:
        if element is None or element.tag != f"{{{P}}}Autodiscover":
            raise schema.SchemaError("not a request")
        schema.check(element, "Autodiscover")
        named = element.find(f"{{{P}}}Request/{{{P}}}EMailAddress")
    except schema.SchemaError:
        return Answer(body=_pox_error(600, "Invalid Request"))
    if element[0][1].text.strip() != INNER:
        return Answer(body=_pox_error(601, "Provider is not available"))
    address = named.text.strip() if named is not None else ""
    entry["mailbox"] = address

    def carry_out():
        return _pox(Found(connection.world, address))
    return _with_faults(connection, entry, [address], carry_out, lambda error: _pox_error(
        603, "The Active Directory is temporarily unavailable"))


def _pox_error(code, text):
    return (f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{OUTER}"><Response>'
            f'<Error Time="11:04:42.6511863" Id="2477272013"><ErrorCode>{code}</ErrorCode>'
            f"<Message>{clean(text)}</Message><DebugData /></Error></Response></Autodiscover>"
            ).encode()


def _pox(found):
    if found.error == "RedirectAddress":
        account = "<Action>redirectAddr</Action>" + tag("RedirectAddr", clean(found.redirect))
    elif found.error == "RedirectUrl":
        account = "<Action>redirectUrl</Action>" + tag("RedirectUrl", clean(found.redirect))
    elif found.error or "error" in found.told:
        return _pox_error(500, "The email address can't be found.")
    else:
        return _inner(_pox_user(found) + tag("Account", _pox_account(found)))
    return _inner(tag("Account", account))


def _inner(content):
    return (f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{OUTER}">'
            f'<Response xmlns="{INNER}">{content}</Response></Autodiscover>').encode()


def _pox_user(found):
    return tag("User", tag("DisplayName", clean(found.name))
               + tag("LegacyDN", clean(f"{LEGACY}Recipients/cn={found.name}"))
               + tag("AutoDiscoverSMTPAddress", clean(found.address))
               + "<DeploymentId>6f1e0d9a-0000-4000-8000-000000000001</DeploymentId>")


def _pox_account(found):
    """Return the Account: EXCH says what holds inside, EXPR what holds outside, WEB neither."""
    def protocol(kind, url, more=""):
        where = url.split("/")[2]
        urls = "" if "EwsUrl" in found.told.get("hidden", ()) else tag("EwsUrl", clean(url))
        return tag("Protocol", tag("Type", kind) + tag("Server", clean(where)) + more
                   + tag("ASUrl", clean(url)) + urls + tag("EcpUrl", f"https://{clean(where)}/ecp/"))

    web = tag("Protocol", "<Type>WEB</Type><Internal>" + tag(
        "OWAUrl", f"https://{clean(found.internal.split('/')[2])}/owa/",
        AuthenticationMethod="Ntlm, WindowsIntegrated") + "<Protocol><Type>EXCH</Type>"
        + tag("ASUrl", clean(found.internal)) + "</Protocol></Internal>")
    return "<AccountType>email</AccountType><Action>settings</Action>" + tag(
        "MicrosoftOnline", str(found.online)) + protocol(
            "EXCH", found.internal, "<ServerVersion>73D58A02</ServerVersion>") + protocol(
            "EXPR", found.ews, "<SSL>On</SSL><AuthPackage>Ntlm</AuthPackage>") + web
