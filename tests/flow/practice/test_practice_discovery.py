# SPDX-License-Identifier: ISC
"""Autodiscover of the practice Exchange: SOAP and POX, their errors, sites and the plain listener."""

import base64
import http.client
import socket
import ssl
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
from rawews import ANNA, BEA

A = "{http://schemas.microsoft.com/exchange/2010/Autodiscover}"
OUTER = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"
INNER = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
BASIC = {"Authorization": "Basic " + base64.b64encode(
    f"{ANNA['address']}:{ANNA['password']}".encode()).decode(), "Content-Type": "text/xml"}
SOAP = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:w="http://www.w3.org/2005/08/addressing"
 xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Header>{version}<w:Action>
http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettings</w:Action>
</s:Header><s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User><a:Mailbox>{address}
</a:Mailbox></a:User></a:Users><a:RequestedSettings>{settings}</a:RequestedSettings></a:Request>
</a:GetUserSettingsRequestMessage></s:Body></s:Envelope>"""
POX = """<Autodiscover
 xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
<EMailAddress>{}</EMailAddress><AcceptableResponseSchema>{}</AcceptableResponseSchema></Request>
</Autodiscover>"""
ADDRESSES = {
    "old@practice.example": {"redirect_address": ANNA["address"]},
    "loop@practice.example": {"redirect_address": "pool@practice.example"},
    "pool@practice.example": {"redirect_address": "loop@practice.example"},
    "far@practice.example": {"redirect_url": "https://other.example/autodiscover/autodiscover.xml"},
    "cloud@practice.example": {"redirect_address": "cloud@practice.mail.onmicrosoft.com"},
    "@practice.mail.onmicrosoft.com": {"online": True},
    "busy@practice.example": {"error": "ServerBusy", "level": "response"},
    "half@practice.example": {"error": "SettingIsNotAvailable", "level": "setting"},
    "inside@practice.example": {"hidden": ["ExternalEwsUrl"],
                                "internal_ews": "https://ex01.lan.example/EWS/Exchange.asmx"},
}


@pytest.fixture(scope="module")
def finder(start, tmp_path_factory):
    secure = "https://autodiscover.practice.example/autodiscover/autodiscover.xml"
    return start({
        "mailboxes": [ANNA, BEA],
        "discovery": {"plain": {"autodiscover.practice.example": secure}, "addresses": ADDRESSES},
        "sites": {"practice.example": {"certificate": "wrong_name", "serves": "website"},
                  "autodiscover.practice.example": {},
                  "moved.example": {"serves": "redirect", "location": secure},
                  "trap.example": {"serves": "trap"}, "www.example": {"serves": "nothing"}}},
                 "--pki", tmp_path_factory.mktemp("discovery-pki"))


def ask(server, path, body, host="localhost", headers=None):
    """Send a request to a site of the server; return (status, header fields, body)."""
    context = ssl.create_default_context(cafile=server.ca)
    line = http.client.HTTPSConnection(host, server.port, timeout=10, context=context)
    line.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10),
                                    server_hostname=host)
    line.request("POST", path, body.encode(), BASIC if headers is None else headers)
    answer = line.getresponse()
    try:
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def settings(server, address, *names, version="<a:RequestedServerVersion>Exchange2013"
             "</a:RequestedServerVersion>", **more):
    """Ask by SOAP; return the Response element."""
    wanted = "".join(f"<a:Setting>{name}</a:Setting>" for name in names or ("ExternalEwsUrl",))
    status, _, body = ask(server, "/autodiscover/autodiscover.svc", SOAP.format(
        version=version, address=address, settings=wanted), **more)
    assert status == 200, body
    return next(ET.fromstring(body).iter(A + "Response"))


def codes(response):
    return [element.text for element in response.iter(A + "ErrorCode")]


def pox(server, address, **more):
    status, _, body = ask(server, "/autodiscover/Autodiscover.xml",
                          POX.format(address, INNER.strip("{}")), **more)
    assert status == 200, body
    return ET.fromstring(body)


def test_settings_by_soap(finder):
    response = settings(finder, ANNA["address"], "ExternalEwsUrl", "InternalEwsUrl",
                        "UserDisplayName", "ActiveDirectoryServer", "Colour")
    found = {one[0].text: one[1].text for one in response.iter(A + "UserSetting")}
    assert found == {"ExternalEwsUrl": finder.ews, "InternalEwsUrl": finder.ews,
                     "UserDisplayName": "Anna Muster"}
    assert codes(response) == ["NoError", "NoError", "SettingIsNotAvailable", "InvalidSetting"]


@pytest.mark.parametrize("address, expected", [
    ("nobody@practice.example", ["NoError", "InvalidUser"]),
    ("busy@practice.example", ["ServerBusy"]),
    ("half@practice.example", ["NoError", "NoError", "SettingIsNotAvailable"]),
    ("inside@practice.example", ["NoError", "NoError", "SettingIsNotAvailable"]),
    ("far@practice.example", ["NoError", "RedirectUrl"])])
def test_errors_on_three_levels(finder, address, expected):
    assert codes(settings(finder, address)) == expected


def test_redirects_and_loops_by_soap(finder):
    def target(address):
        return settings(finder, address).findtext(f".//{A}RedirectTarget")
    assert target("old@practice.example") == ANNA["address"]
    assert target(target("loop@practice.example")) == "loop@practice.example"
    assert target("far@practice.example").startswith("https://other.example/")
    moved = target("cloud@practice.example")
    found = {one[0].text: one[1].text for one in settings(
        finder, moved, "ExternalEwsUrl", "UserMSOnline").iter(A + "UserSetting")}
    assert found == {"ExternalEwsUrl": "https://outlook.office365.com/EWS/Exchange.asmx",
                     "UserMSOnline": "True"}


@pytest.mark.parametrize("wrong, code", [
    (("GetUserSettings</w", "GetEverything</w"), "ActionNotSupported"),
    (("<a:Users>", "<a:Peoples>"), "Client"),
    (("<a:Setting>ExternalEwsUrl</a:Setting>", ""), "DeserializationFailed")])
def test_faults(finder, wrong, code):
    text = SOAP.format(version="", address=ANNA["address"],
                       settings="<a:Setting>ExternalEwsUrl</a:Setting>").replace(*wrong)
    status, _, body = ask(finder, "/autodiscover/autodiscover.svc", text)
    assert status == 500 and f":{code}<".encode() in body


def test_a_request_without_version_fails_as_a_whole(finder):
    assert codes(settings(finder, ANNA["address"], version="")) == ["InvalidRequest"]


def test_settings_by_pox(finder):
    root = pox(finder, ANNA["address"])
    assert [element.tag for element in root] == [INNER + "Response"]
    kinds = {one.findtext(INNER + "Type"): one.findtext(INNER + "EwsUrl")
             for one in root.iterfind(f".//{INNER}Account/{INNER}Protocol")}
    assert len(list(root.iter(INNER + "Protocol"))) == 4    # one stands inside another
    assert kinds == {"EXCH": finder.ews, "EXPR": finder.ews, "WEB": None}
    assert root.findtext(f".//{INNER}Action") == "settings"


def test_pox_redirects_and_errors(finder):
    assert pox(finder, "old@practice.example").findtext(f".//{INNER}RedirectAddr") \
        == ANNA["address"]
    far = pox(finder, "far@practice.example")
    assert far.findtext(f".//{INNER}Action") == "redirectUrl"
    assert pox(finder, "nobody@practice.example").findtext(f".//{OUTER}ErrorCode") == "500"
    online = pox(finder, "x@practice.mail.onmicrosoft.com")
    assert online.findtext(f".//{INNER}MicrosoftOnline") == "True"
    for body, code in (("<nonsense/>", b"600"), (POX.format("a@b.example", "urn:x"), b"601")):
        status, _, answer = ask(finder, "/autodiscover/autodiscover.xml", body)
        assert status == 200 and b"<ErrorCode>" + code in answer


def test_odd_shapes_and_faults_on_demand(finder):
    finder.misbehave(mode="odd_shapes", operation="GetUserSettings", count=1)
    assert codes(settings(finder, ANNA["address"]))[0] == "NoError"
    finder.misbehave(mode="odd_shapes", operation="Autodiscover", count=1)
    assert pox(finder, ANNA["address"]).findtext(f".//{INNER}EwsUrl") == finder.ews
    finder.misbehave(mode="item_busy", operation="GetUserSettings", count=1)
    assert codes(settings(finder, ANNA["address"])) == ["ServerBusy"]


def test_nobody_is_told_without_signing_in(finder):
    finder.control("DELETE", "api/journal")
    status, fields, _ = ask(finder, "/autodiscover/autodiscover.xml", "<x/>", headers={})
    assert status == 401 and "NTLM" in fields.get_all("WWW-Authenticate")
    entry = finder.journal()[-1]
    assert entry["path"] == "/autodiscover/autodiscover.xml" and not entry["credential"]


def test_sites_have_their_own_certificates_and_manners(finder):
    path = "/autodiscover/autodiscover.xml"
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        ask(finder, path, "", host="practice.example")
    assert pox(finder, ANNA["address"], host="autodiscover.practice.example") is not None
    assert ask(finder, path, "", host="moved.example")[0] == 302
    assert ask(finder, path, "", host="www.example")[0] == 404
    finder.control("DELETE", "api/journal")
    assert ask(finder, path, "", host="trap.example")[0] == 401
    entry = finder.journal()[-1]
    assert entry["host"] == "trap.example" and entry["credential"]


def test_the_plain_listener_only_redirects(finder):
    finder.control("DELETE", "api/journal")
    line = http.client.HTTPConnection("127.0.0.1", urllib.parse.urlsplit(finder.plain).port)
    for host, path, status in (
            ("autodiscover.practice.example", "/autodiscover/autodiscover.xml", 302),
            ("autodiscover.practice.example", "/EWS/Exchange.asmx", 404),
            ("practice.example", "/autodiscover/autodiscover.xml", 404)):
        line.request("GET", path, headers={"Host": host})
        answer = line.getresponse()
        answer.read()
        assert answer.status == status
    line.close()
    assert [entry["tls"] for entry in finder.journal()] == [False] * 3
