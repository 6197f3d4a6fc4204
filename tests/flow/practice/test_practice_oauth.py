# SPDX-License-Identifier: ISC
"""OAuth 2 of the practice Exchange: the challenge, tokens it takes and refuses, the endpoints."""

import base64
import hashlib
import http.client
import json
import time
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
import rawews as ews
from rawews import ANNA, BEA, codes

BACK = "http://127.0.0.1:9/callback"
CLIENTS = {"app": {"secret": "s3cret", "roles": ["full_access_as_app"]},
           "weak": {"secret": "s3cret", "roles": ["Mail.Read"]},
           "person": {"redirect_uris": [BACK]}}
IMPERSONATE = "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>" + ANNA["address"] \
    + "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()) \
    .rstrip(b"=").decode()


@pytest.fixture(scope="module")
def issuer(start):
    return start({"mailboxes": [ANNA, BEA], "oauth": {"clients": CLIENTS}})


@pytest.fixture
def server(issuer):
    issuer.control("DELETE", "api/misbehave")
    issuer.control("DELETE", "api/journal")
    issuer.control("POST", "api/clock", {"skew": 0})
    return issuer


def forge(server, client="app", **more):
    return server.control("POST", "api/token", {"client": client, **more})["token"]


def ask(server, token, header=""):
    """Send one request with a token; return (status, header fields, body)."""
    return server.ask(ews.find(""), header=header, Authorization=f"Bearer {token}")


def form(server, path, fields, **headers):
    line = server.connect()
    line.request("POST", path, urllib.parse.urlencode(fields),
                 {"Content-Type": "application/x-www-form-urlencoded", **headers})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, answer.headers, body


def tokens(server, **fields):
    status, _, body = form(server, "/adfs/oauth2/token", fields)
    return status, json.loads(body)


def test_the_challenge_says_where_tokens_come_from(server):
    for fields in ({"Authorization": ""}, {"Authorization": "Bearer"}):
        status, headers, _ = server.ask(ews.find(""), **fields)
        offers = headers.get_all("WWW-Authenticate")
        assert status == 401 and [offer.split()[0] for offer in offers] \
            == ["NTLM", "Negotiate", "Basic", "Bearer"]
        assert "authorization_uri=" in offers[3] and "trusted_issuers=" in offers[3]
    assert not server.journal()[-1]["credential"]


def test_an_application_acts_for_others(server):
    status, answer = tokens(server, grant_type="client_credentials", client_id="app",
                            client_secret="s3cret", scope="https://localhost/.default")
    assert status == 200 and answer["expires_in"] == 3600 and "refresh_token" not in answer
    status, _, body = ask(server, answer["access_token"], IMPERSONATE)
    assert status == 200 and codes(ET.fromstring(body)) == ["NoError"]
    status, _, body = ask(server, answer["access_token"])
    assert codes(ET.fromstring(body)) == ["fault:ErrorImpersonationRequired"]
    entry = server.journal()[-1]
    assert entry["user"] == "app:app" and entry["credential"] and entry["scheme"] == "Bearer"
    assert answer["access_token"] not in json.dumps(server.journal())


@pytest.mark.parametrize("how, status, reason", [
    ({}, 200, None), ({"claims": {"aud": "https://other.example/"}}, 401, "audience"),
    ({"claims": {"iss": "https://other.example"}}, 401, "issuer"),
    ({"claims": {"exp": 1000}}, 401, "expired"), ({"claims": {"exp": None}}, 401, "expired"),
    ({"claims": {"nbf": 4000000000}}, 401, "not yet"),
    ({"claims": {"roles": ["Mail.Read"]}}, 403, "scope"),
    ({"claims": {"appid": "stranger"}}, 401, "application"),
    ({"algorithm": "none"}, 401, "signature"), ({"algorithm": "HS256"}, 401, "signature"),
    ({"broken": True}, 401, "signature"),
    ({"address": ANNA["address"]}, 200, None),
    ({"address": ANNA["address"], "claims": {"scp": "Mail.Read"}}, 403, "scope"),
    ({"address": ANNA["address"], "claims": {"upn": "x@y.example"}}, 401, "user")])
def test_tokens_are_checked(server, how, status, reason):
    header = "" if "address" in how else IMPERSONATE
    seen, headers, _ = ask(server, forge(server, **how), header)
    assert seen == status
    if reason:
        assert reason in headers["x-ms-diagnostics"]


def test_a_shared_key(start):
    server = start({"mailboxes": [ANNA], "methods": ["Bearer"], "oauth": {
        "clients": CLIENTS, "secret": "between us", "issuer": "https://sts.example",
        "audience": "https://mail.practice.example"}})
    token = forge(server)
    assert ask(server, token, IMPERSONATE)[0] == 200
    assert server.ask(ews.find(""))[0] == 401
    server.stop()


def sign_in(server, password=ANNA["password"], scope="offline_access"):
    query = urllib.parse.urlencode({
        "response_type": "code", "client_id": "person", "redirect_uri": BACK, "state": "xyz",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        "scope": scope + " https://localhost/EWS.AccessAsUser.All"})
    return form(server, f"/adfs/oauth2/authorize?{query}",
                {"user": ANNA["address"], "password": password})


def code_of(server, **more):
    status, headers, _ = sign_in(server, **more)
    assert status == 302
    found = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).query))
    assert found["state"] == "xyz"
    return found["code"]


def redeem(server, code, **more):
    return tokens(server, **{"grant_type": "authorization_code", "client_id": "person",
                             "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **more})


def test_a_person_signs_in_and_tokens_rotate(server):
    assert sign_in(server, password="wrong")[0] == 401
    status, first = redeem(server, code_of(server))
    assert status == 200 and ask(server, first["access_token"])[0] == 200

    def refresh(token):
        return tokens(server, grant_type="refresh_token", client_id="person", refresh_token=token)
    status, second = refresh(first["refresh_token"])
    assert status == 200 and second["refresh_token"] != first["refresh_token"]
    status, refused = refresh(first["refresh_token"])
    assert status == 400 and refused["error"] == "invalid_grant"
    assert refresh(second["refresh_token"])[1]["error"] == "invalid_grant"   # the whole family


def test_codes_are_bound_and_used_once(server):
    code = code_of(server)
    assert redeem(server, code, code_verifier="w" * 43)[1]["error"] == "invalid_grant"
    assert redeem(server, code)[1]["error"] == "invalid_grant"
    assert "refresh_token" not in redeem(server, code_of(server, scope="openid"))[1]
    status, late = redeem(server, code_of(server))
    assert status == 200
    server.control("POST", "api/clock", {"skew": 91 * 86400})
    assert tokens(server, grant_type="refresh_token", client_id="person",
                  refresh_token=late["refresh_token"])[1]["error"] == "invalid_grant"
    assert ask(server, late["access_token"])[0] == 401


def test_revoked(server):
    _, answer = redeem(server, code_of(server))
    server.control("POST", "api/revoke", {"address": ANNA["address"]})
    assert tokens(server, grant_type="refresh_token", client_id="person",
                  refresh_token=answer["refresh_token"])[0] == 400


@pytest.mark.parametrize("fields, status, error", [
    ({"client_secret": "wrong"}, 401, "invalid_client"),
    ({"client_id": "nobody"}, 400, "unauthorized_client"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_resource"),
    ({"scope": "everything"}, 400, "invalid_scope"),
    ({"client_id": "person"}, 400, "unauthorized_client")])
def test_errors_of_the_token_endpoint(server, fields, status, error):
    asked = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cret"}
    seen, answer = tokens(server, **(asked | fields))
    assert (seen, answer["error"]) == (status, error) and answer["error_codes"]


def test_faults_of_the_token_endpoint(server):
    asked = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cret"}
    server.misbehave(mode="oauth_error", code="interaction_required", operation="Token", count=1)
    assert tokens(server, **asked)[1]["error"] == "interaction_required"
    for mode in ("token_expired", "token_wrong_audience"):
        server.misbehave(mode=mode, operation="Token", count=1)
        assert ask(server, tokens(server, **asked)[1]["access_token"], IMPERSONATE)[0] == 401
    server.misbehave(mode="http_503", operation="Token", count=1, retry_after=7)
    status, headers, _ = form(server, "/adfs/oauth2/token", asked)
    assert (status, headers["Retry-After"]) == (503, "7")
    server.misbehave(mode="stall", operation="Token", count=1, seconds=0)
    with pytest.raises(http.client.IncompleteRead):
        form(server, "/adfs/oauth2/token", asked)


def test_clock_skew_is_in_the_date_and_in_the_tokens(server):
    server.control("POST", "api/clock", {"skew": 3600})
    token = tokens(server, grant_type="client_credentials", client_id="app",
                   client_secret="s3cret")[1]["access_token"]
    status, headers, _ = ask(server, token, IMPERSONATE)
    assert status == 200
    from email.utils import parsedate_to_datetime
    assert 3590 < parsedate_to_datetime(headers["Date"]).timestamp() - time.time() < 3610
    server.control("POST", "api/clock", {"skew": 0})
    assert "not yet" in ask(server, token, IMPERSONATE)[1]["x-ms-diagnostics"]


def test_what_a_client_can_look_up(server):
    line = server.connect()
    line.request("GET", "/adfs/.well-known/openid-configuration")
    known = json.load(line.getresponse())
    assert known["token_endpoint"] == server.token
    line.request("GET", urllib.parse.urlsplit(known["jwks_uri"]).path)
    assert json.load(line.getresponse())["keys"][0]["alg"] == "RS256"
    line.close()


def test_a_name_that_a_proxy_vouches_for(start):
    server = start({"mailboxes": [ANNA], "methods": ["NTLM"], "trusted_header": "X-Remote-User"})
    for name, status in (("anna@PRACTICE.EXAMPLE", 200), ("PRACTICE\\anna", 200),
                         ("nobody@PRACTICE.EXAMPLE", 401), ("", 401)):
        assert server.ask(ews.find(""), Authorization="", **{"X-Remote-User": name})[0] == status
    assert server.ask(ews.find(""), Authorization="")[0] == 401
    server.stop()
    plain = start({"mailboxes": [ANNA], "methods": ["NTLM"]})
    assert plain.ask(ews.find(""), Authorization="", **{"X-Remote-User": "anna@PRACTICE.EXAMPLE"}
                     )[0] == 401
    plain.stop()
