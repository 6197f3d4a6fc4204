# SPDX-License-Identifier: ISC
"""Somebody else's NTLMv2 works: curl and requests-ntlm sign in at impacket's verifier."""
import pytest

import kit
from counterpart import kerberos, programs, verifier
from counterpart.conftest import REQUEST


@pytest.fixture(scope="module", params=[False, True], ids=["any", "mic"])
def server(request, place, exchange, good, authority):
    programs.need(*verifier.NEEDED)
    with verifier.NtlmServer(place / f"ntlm-{request.param}", exchange, good, authority.certificate,
                             kerberos.HEADER, {"anna": kit.PASSWORD}, mic=request.param) as running:
        running.mic = request.param
        yield running


@pytest.mark.parametrize("name, status", [
    ("PRACTICE\\anna", "200"), ("practice\\ANNA", "200"), ("PRACTICE\\bea", "401")])
def test_names(server, authority, name, status):
    # libcurl sends no message integrity code.
    seen = programs.curl(server.url, "--ntlm", roots=authority.certificate, body=REQUEST,
                         secret=f"{name}:{kit.PASSWORD}")
    assert seen == ["401" if server.mic else status]


def test_a_wrong_password_is_refused(server, authority, journal):
    assert programs.curl(server.url, "--ntlm", roots=authority.certificate, body=REQUEST,
                         secret="PRACTICE\\anna:wrong") == ["401"]
    assert journal() == []


def test_a_connection_stays_signed_in(server, authority, journal):
    seen = programs.curl(server.url, "--ntlm", roots=authority.certificate, body=REQUEST,
                         secret=f"PRACTICE\\anna:{kit.PASSWORD}", count=3)
    assert seen == (["401"] if server.mic else ["200"]) * 3
    assert [entry["user"] for entry in journal()] == ([] if server.mic else ["PRACTICE\\anna"] * 3)


def test_a_client_with_integrity_code(server, authority):
    import requests
    import requests_ntlm
    for password, status in ((kit.PASSWORD, 200), ("wrong", 401)):
        answer = requests.post(
            server.url, REQUEST, verify=str(authority.certificate), timeout=10,
            headers={"Content-Type": "text/xml"},
            auth=requests_ntlm.HttpNtlmAuth("PRACTICE\\anna", password))
        assert answer.status_code == status
