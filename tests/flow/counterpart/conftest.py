# SPDX-License-Identifier: ISC
"""One practice Exchange for all counterparts, and each counterpart started once."""
import pathlib
import tempfile

import pytest

import kit
from counterpart import kerberos, programs

ANNA = kit.person("anna@practice.example")
REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
<s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body><m:GetFolder>
<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>
<t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>"""


@pytest.fixture(scope="session")
def place():
    """A folder of the session whose name is short and which others may enter."""
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        pathlib.Path(folder).chmod(0o755)
        yield pathlib.Path(folder)


@pytest.fixture(scope="session")
def exchange(place, authority, good):
    """A practice Exchange that believes its proxies about who somebody is.

    It does not offer Negotiate itself: behind Apache that would look as if Apache asked again.
    """
    server = kit.Practice(place / "practice", [ANNA], good, trusted_header=kerberos.HEADER,
                          methods=["NTLM", "Basic"])
    server.roots = authority.certificate
    yield server
    server.stop()


@pytest.fixture
def journal(exchange):
    """A function that returns what the practice Exchange was asked during this test."""
    exchange.api("DELETE", "/api/journal")
    return lambda: exchange.api("GET", "/api/journal")


@pytest.fixture(scope="session")
def realm():
    programs.need(*kerberos.NEEDED)
    with kerberos.Kdc({"anna": kit.PASSWORD, "stranger": kit.PASSWORD}) as kdc:
        yield kdc
