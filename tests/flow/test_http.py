# SPDX-License-Identifier: ISC
"""What strangers send: each malformed request ends in one clear refusal, nothing half done."""
import datetime
import json
import socket

import pytest

import kit

GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /api/v1/pages/acme/intro/bookings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

MALFORMED = {
    "no Host": GET + b"\r\n",
    "two Hosts": GET + b"Host: a\r\nHost: b\r\n\r\n",
    "length and transfer coding": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a list as length": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "an unknown transfer coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a hidden transfer coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an obsolete folded line": GET + b"Host: a\r\nX-One: b\r\n c\r\n\r\n",
    "a NUL in a header": GET + b"X-One: b\x00c\r\nHost: a\r\n\r\n",
    "a control character in a header": GET + b"Host: a\r\nX-One: b\x01c\r\n\r\n",
    "a space before the colon": GET + b"Host: a\r\nContent-Length : 0\r\n\r\n",
    "a bare line feed behind the last header": GET + b"Host: a\n\r\n",
    "a bare line feed as the empty line": GET + b"Host: a\r\n\n",
    "a NUL behind the last header": GET + b"Host: a\x00\r\n\r\n",
    "a bare line feed": b"GET /healthz HTTP/1.1\nHost: a\n\n",
}

BAD_BODIES = {
    "no JSON": b"{nothing",
    "an array": b"[]",
    "nothing": b"",
    "a start that is no text": json.dumps({"start": 5, "name": "a", "email": "a@b.example"}).encode(),
    "a start without a zone": json.dumps({"start": "2030-01-01T10:00:00", "name": "a",
                                          "email": "a@b.example"}).encode(),
    "no name": json.dumps({"start": "2030-01-01T10:00:00Z", "email": "a@b.example"}).encode(),
    "an empty name": json.dumps({"start": "2030-01-01T10:00:00Z", "name": " ",
                                 "email": "a@b.example"}).encode(),
    "no address": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a", "email": "nobody"}).encode(),
    "a line break in the address": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a",
                                               "email": "a@b.example\r\nBcc: c@d.example"}).encode(),
    "a control character in the name": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a\u0000b",
                                                   "email": "a@b.example"}).encode(),
    "an override of direction in the name": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "gpj.\u202eexe",
                                                        "email": "a@b.example"}).encode(),
    "an isolate in an answer": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a", "email": "a@b.example",
                                           "answers": [{"question": "q", "answer": "\u2067x"}]}).encode(),
    "broken UTF-8": b'{"start":"2030-01-01T10:00:00Z","name":"\xff\xfe","email":"a@b.example"}',
    "too long a name": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "n" * 5000,
                                   "email": "a@b.example"}).encode(),
    "too long an address": json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a",
                                       "email": "e" * 300 + "@b.example"}).encode(),
    "too deep": b'{"answers":' + b"[" * 2000 + b"]" * 2000 + b"}",
}


def still_there(standing):
    practice, hourgate = standing
    assert hourgate.visitor().get("/healthz").status == 200
    assert practice.bookings("anna@practice.example") == []


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_request_gets_400_and_a_closed_connection(standing, what):
    got = kit.raw(standing[1].base, MALFORMED[what] + GET + b"Host: smuggled\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400"), got[:200]
    # Where libmicrohttpd 0.9.75 itself refuses (a length that is no number), it sends its head twice.
    assert b"HTTP/1.1 200" not in got, "the rest was read as a second request"
    assert b"\r\nconnection: close" in got.lower()
    still_there(standing)


def test_too_long_a_header_or_target_is_refused(standing):
    for data in (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                 GET + b"Host: a\r\nX-Long: " + b"b" * 20000 + b"\r\n\r\n",
                 GET + b"Host: a\r\n" + b"X-Many: c\r\n" * 3000 + b"\r\n"):
        got = kit.raw(standing[1].base, data)
        assert not got or got[9:10] == b"4", got[:100]
    still_there(standing)


@pytest.mark.parametrize("what", BAD_BODIES)
def test_a_bad_body_gets_a_problem(standing, what):
    visitor = standing[1].visitor()
    answer = visitor.ask("POST", "/api/v1/pages/acme/intro/bookings", BAD_BODIES[what])
    assert answer.status in (400, 413, 422), answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == answer.status and problem["title"]
    still_there(standing)


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 101, "\u00e9"])
def test_a_bad_idempotency_key_is_refused(standing, key):
    body = json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a", "email": "a@b.example"}).encode()
    answer = standing[1].visitor().ask("POST", "/api/v1/pages/acme/intro/bookings", body, Idempotency_Key=key)
    assert answer.status == 400 and "Idempotency-Key" in answer.json()["detail"]
    still_there(standing)


def test_too_large_a_body_is_refused(standing):
    visitor = standing[1].visitor()
    body = json.dumps({"start": "2030-01-01T10:00:00Z", "name": "a", "email": "a@b.example",
                       "answers": "x" * 2_000_000}).encode()
    try:
        assert visitor.ask("POST", "/api/v1/pages/acme/intro/bookings", body).status == 413
    except OSError:
        pass  # refused so early that the rest could not be sent
    still_there(standing)


@pytest.mark.parametrize("query", ["from=x&to=y&tz=UTC", "from=2030-01-01&to=2029-01-01&tz=UTC",
                                   "from=2030-01-01&to=2040-01-01&tz=UTC", "from=2030-02-30&to=2030-03-01",
                                   "from=2030-01-01&to=2030-01-02&tz=No/Where",
                                   "from=2030-01-01&to=2030-01-02&tz=../../etc/passwd"])
def test_a_bad_question_for_slots_gets_400(standing, query):
    answer = standing[1].visitor().get(f"/api/v1/pages/acme/intro/slots?{query}")
    assert answer.status == 400, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_wrong_methods_and_paths(standing):
    visitor = standing[1].visitor()
    answer = visitor.ask("DELETE", "/acme/intro")
    assert answer.status == 405 and "GET" in answer.headers["Allow"]
    for path in ("/", "/acme", "/a/b/c/d", "/%00", "/acme/../acme/intro", "/acme/%2e%2e/x", "//", "/acme//"):
        assert visitor.get(path).status in (400, 404, 301, 302, 200), path
    assert visitor.get("/acme/..%2f..%2fetc%2fpasswd").status in (400, 404)


def test_security_headers_on_every_answer(standing):
    visitor = standing[1].visitor()
    for path in ("/acme/intro", "/acme/nothing", "/b/" + "A" * 43):
        headers = {name.lower(): value for name, value in visitor.get(path).headers.items()}
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in ("no-referrer", "same-origin", "strict-origin")
        assert "frame-ancestors" in policy or headers.get("x-frame-options")
    private = {n.lower(): v for n, v in visitor.get("/b/" + "A" * 43).headers.items()}
    assert private["referrer-policy"] == "no-referrer" and "no-store" in private["cache-control"]


def test_what_is_shown_is_escaped(make):
    practice = make.practice()
    hourgate = make.hourgate().serve()
    hourgate.host(practice, name='<b>"Anna" & co</b>').page(title="<script>alert(1)</script>")
    text = hourgate.visitor().get("/acme/intro").text
    assert "<script>alert" not in text and "&lt;script&gt;" in text
    assert "<b>" not in text


def test_slow_and_idle_visitors_do_not_keep_others_away(standing):
    place = kit.urllib.parse.urlsplit(standing[1].base)
    idle = [socket.create_connection((place.hostname, place.port), 5) for _ in range(200)]
    try:
        for sock in idle[:100]:
            sock.sendall(b"GET /healthz HT")
        assert standing[1].visitor().get("/healthz").status == 200
    finally:
        for sock in idle:
            sock.close()
    still_there(standing)


def test_a_form_from_another_site_is_refused(standing):
    """No cookies, so nothing to abuse; a form still has to say the right content type."""
    visitor = standing[1].visitor()
    answer = visitor.ask("POST", "/api/v1/pages/acme/intro/bookings", b"start=x",
                         Content_Type="text/plain")
    assert answer.status in (400, 415)


def test_health(standing):
    visitor = standing[1].visitor()
    for path in ("/healthz", "/readyz"):
        answer = visitor.get(path)
        assert answer.status == 200 and len(answer.body) < 100
    assert visitor.get("/metrics").status in (400, 404)  # on its own listener only


def test_whom_to_write_to_is_said_where_the_operator_says_it(make):
    gate = make.hourgate(settings={"server.security_contact": "security@acme.example"})
    gate.command("account", "add", "acme", "--name", "Acme")
    gate.command("user", "add", "acme", "anna@practice.example", "--name", "Anna", "--zone", kit.ZONE)
    visitor = gate.serve().visitor()
    said = visitor.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in said.text.splitlines())
    assert said.headers["Content-Type"].startswith("text/plain") and fields["Contact"] == "mailto:security@acme.example"
    assert fields["Canonical"] == f"{gate.base}/.well-known/security.txt"
    assert 170 < (kit.instant(fields["Expires"]) - datetime.datetime.now(datetime.timezone.utc)).days <= 180
    change = visitor.get("/.well-known/change-password")
    assert (change.status, change.headers["Location"]) == (303, "/settings#change")
    gate.stop()
    for contact, status in (("https://acme.example/security", 200), (None, 404)):
        gate.configure({"server.security_contact": contact})
        said = gate.serve().visitor().get("/.well-known/security.txt")
        assert said.status == status and (contact or "") in said.text
        gate.stop()
    for wrong in ("http://acme.example", "nobody", "https://a b", "javascript:alert(1)"):
        gate.configure({"server.security_contact": wrong})
        assert "security_contact" in gate.run("account", "list").stderr
