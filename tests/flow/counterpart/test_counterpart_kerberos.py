# SPDX-License-Identifier: ISC
"""The Kerberos counterpart works: a ticket of its KDC opens its Apache, and nothing else does."""
import pytest

import kit
from counterpart import kerberos, programs
from counterpart.conftest import REQUEST


@pytest.fixture(scope="module", params=[True, False], ids=["connection", "request"])
def apache(request, realm, exchange, good, authority):
    programs.need(*kerberos.APACHE_NEEDED)
    with kerberos.Apache(realm, exchange, good, authority.certificate, request.param) as server:
        yield server


def ask(apache, authority, env, *options, **more):
    return programs.curl(apache.url, *(options or ("--negotiate", "-u", ":")),
                         roots=authority.certificate, body=REQUEST, env=env, **more)


def test_a_ticket_opens_the_mailbox(apache, authority, realm, journal):
    assert ask(apache, authority, realm.ticket("anna", kit.PASSWORD)) == ["200"]
    entry = journal()[-1]
    assert entry["user"] == "PRACTICE\\anna" and entry["scheme"] == "header"
    assert not entry["credential"]     # Apache keeps the ticket to itself


def test_a_ticket_serves_several_requests(apache, authority, realm):
    assert ask(apache, authority, realm.ticket("anna", kit.PASSWORD), count=3) == ["200"] * 3


def test_without_a_ticket_nobody_comes_in(apache, authority, realm, journal):
    assert ask(apache, authority, realm.environment("FILE:/nonexistent")) == ["401"]
    assert ask(apache, authority, realm.environment(), "-H", f"{kerberos.HEADER}: anna") == ["401"]
    assert journal() == []


def test_a_stranger_has_no_mailbox(apache, authority, realm, journal):
    assert ask(apache, authority, realm.ticket("stranger", kit.PASSWORD)) == ["401"]
    assert journal()[-1]["user"] is None


def test_a_keytab_of_a_person(realm):
    """As a service account would have one: kinit with it needs no password."""
    import subprocess
    realm.admin(f"addprinc -pw {kit.PASSWORD} service")
    path = realm.keytab("service", change=False)
    env = realm.environment(f"FILE:{realm.folder}/cache-service")
    subprocess.run(["kinit", "-k", "-t", path, "service"], env={**programs.BASE, **env}, check=True)
    shown = subprocess.run(["klist"], env={**programs.BASE, **env}, capture_output=True, check=True)
    assert b"service@PRACTICE.EXAMPLE" in shown.stdout


def test_gssapi_of_python_speaks_with_it(apache, realm, authority):
    import base64
    import http.client
    import os

    import gssapi
    env = realm.ticket("anna", kit.PASSWORD)
    os.environ.update(env)
    try:
        name = gssapi.Name("HTTP@localhost", gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(name=name, usage="initiate")
        token = base64.b64encode(context.step()).decode()
    finally:
        for key in env:
            del os.environ[key]
    line = http.client.HTTPSConnection("localhost", apache.port, timeout=10,
                                       context=programs.trusted(authority.certificate))
    line.request("POST", "/EWS/Exchange.asmx", REQUEST.encode(), {
        "Content-Type": "text/xml", "Authorization": f"Negotiate {token}"})
    answer = line.getresponse()
    assert answer.status == 200 and b"NoError" in answer.read()
    line.close()
