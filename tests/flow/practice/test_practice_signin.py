# SPDX-License-Identifier: ISC
"""Sign-in, HTTP and TLS of the practice Exchange."""

import base64
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

import pytest
import rawews as ews
from rawews import ANNA, BEA, ROOT

BUSY = ews.ENVELOPE.format(header="", body=ews.availability(
    [ANNA["address"]], "2027-03-01T00:00:00", "2027-03-02T00:00:00"))


def curl(practice, *options, body=BUSY, ca=None, count=1):
    """Send requests with curl on one connection; return the list of statuses."""
    done = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "--cacert", ca or practice.ca, "-w", "%{http_code} ",
         "-H", "Content-Type: text/xml; charset=utf-8", "-H", "Expect:",
         "--data-binary", "@-", *options, *["-o", "/dev/null", practice.ews] * count],
        input=body, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout.split() if done.returncode == 0 else done.returncode


@pytest.mark.parametrize("name, password, status", [
    ("PRACTICE\\anna", ANNA["password"], "200"), ("practice\\ANNA", ANNA["password"], "200"),
    ("anna@practice.example", ANNA["password"], "200"),
    ("practice.example\\anna", ANNA["password"], "200"),
    ("anna", ANNA["password"], "401"), ("ELSEWHERE\\anna", ANNA["password"], "401"),
    ("PRACTICE\\anna", BEA["password"], "401"), ("PRACTICE\\nobody", "x", "401")])
@pytest.mark.parametrize("method", ["--ntlm", "--basic"])
def test_names_and_passwords(practice, method, name, password, status):
    assert curl(practice, method, "-u", f"{name}:{password}") == [status]


def test_ntlm_signs_in_a_connection(practice):
    assert curl(practice, "--ntlm", "-u", f"PRACTICE\\anna:{ANNA['password']}", count=3) \
        == ["200"] * 3
    entries = practice.journal()
    assert [entry["status"] for entry in entries] == [401, 200, 200, 200]
    assert [entry["credential"] for entry in entries] == [False, True, False, False]
    assert len({entry["connection"] for entry in entries}) == 1
    assert curl(practice) == ["401"]


def test_methods_are_offered_as_the_world_says(start, practice):
    def offered(server):
        line = server.connect()
        line.request("POST", "/EWS/Exchange.asmx", "", {"Content-Type": "text/xml"})
        answer = line.getresponse()
        line.close()
        return answer.status, answer.headers.get_all("WWW-Authenticate")

    assert offered(practice) == (401, ["NTLM", "Negotiate", 'Basic realm="practice.example"'])
    only = start({"mailboxes": [ANNA], "methods": ["NTLM"]})
    assert offered(only) == (401, ["NTLM"])
    assert curl(only, "--basic", "-u", f"PRACTICE\\anna:{ANNA['password']}") == ["401"]
    only.stop()


@pytest.mark.parametrize("method", ["--ntlm", "--basic"])
def test_too_many_wrong_passwords_lock_the_user_out(start, method):
    practice = start({"mailboxes": [ANNA, BEA], "lockout": 2})
    right, wrong = (f"PRACTICE\\anna:{password}" for password in (ANNA["password"], "wrong"))
    assert curl(practice, method, "-u", wrong) == ["401"]
    assert curl(practice, method, "-u", right) == ["200"]
    assert curl(practice, method, "-u", wrong) + curl(practice, method, "-u", wrong) == ["401"] * 2
    assert curl(practice, method, "-u", right) == ["401"]
    assert curl(practice, method, "-u", f"PRACTICE\\bea:{BEA['password']}") == ["200"]
    practice.stop()


def test_extended_protection(start):
    # libcurl sends no channel binding, requests-ntlm does.
    practice = start({"mailboxes": [ANNA], "extended_protection": "require"})
    assert curl(practice, "--ntlm", "-u", f"PRACTICE\\anna:{ANNA['password']}") == ["401"]
    requests_ntlm = pytest.importorskip("requests_ntlm")
    import requests
    answer = requests.post(
        practice.ews, BUSY, verify=practice.ca, headers={"Content-Type": "text/xml"}, timeout=10,
        auth=requests_ntlm.HttpNtlmAuth("PRACTICE\\anna", ANNA["password"]))
    assert answer.status_code == 200
    practice.stop()


def test_the_journal_holds_no_credential(practice):
    practice.ask(ews.find(""))
    shown = urllib.request.urlopen(practice.page + "api/journal", timeout=5).read()
    assert b"correct" not in shown and b"horse" not in shown
    assert base64.b64encode(b"correct horse")[:12] not in shown


# HTTP

def raw(practice, text, seconds=5):
    """Send bytes over TLS; return what comes back until the server closes or time is up."""
    context = ssl.create_default_context(cafile=practice.ca)
    with socket.create_connection(("127.0.0.1", practice.port), timeout=seconds) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as line:
        line.sendall(text)
        found = b""
        try:
            while data := line.recv(65536):
                found += data
        except (TimeoutError, OSError):
            pass
        return found


@pytest.mark.parametrize("head", [
    b"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    b"POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /EWS/Exchange.asmx HTTP/1.0\r\n\r\n", b"nonsense\r\n\r\n",
    b"POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /EWS/Exchange.asmx HTTP/1.1\r\n folded: x\r\n\r\n"])
def test_malformed_http(practice, head):
    assert raw(practice, head).startswith(b"HTTP/1.1 400 ")


def test_chunked_bodies_and_their_refusal(start, practice):
    options = ("--basic", "-u", f"PRACTICE\\anna:{ANNA['password']}", "-H",
               "Transfer-Encoding: chunked")
    assert curl(practice, *options) == ["200"]
    strict = start({"mailboxes": [ANNA], "refuse_chunked": True})
    assert curl(strict, *options) == ["411"]
    strict.stop()


def test_expect_is_never_answered(practice):
    answer = raw(practice, b"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\n"
                 b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", seconds=0.3)
    assert answer == b""


def test_two_hundred_connections(start):
    """Two hundred clients keep their connection and ask five times each."""
    practice = start({"mailboxes": [ANNA, BEA], "max_concurrency": 200})
    answers, lock = [], threading.Lock()
    secret = {"Content-Type": "text/xml", "Authorization": "Basic " + base64.b64encode(
        b"bea@practice.example:battery").decode()}
    ready = threading.Barrier(200)

    def client():
        line = practice.connect()
        line.connect()
        ready.wait(20)
        mine = []
        for _ in range(5):
            line.request("POST", "/EWS/Exchange.asmx", BUSY.encode(), secret)
            answer = line.getresponse()
            answer.read()
            mine.append(answer.status)
        line.close()
        with lock:
            answers.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(200)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 1000
    assert time.monotonic() - begun < 20
    assert len({entry["connection"] for entry in practice.journal()}) == 200
    practice.stop()


# TLS

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    import pki
    return pki.Authority(tmp_path_factory.mktemp("pki"))


@pytest.mark.parametrize("kind, reason", [
    ("good", None), ("intermediate", None), ("self_signed", "self-signed certificate"),
    ("expired", "certificate has expired"), ("not_yet_valid", "certificate is not yet valid"),
    ("wrong_name", "Hostname mismatch"), ("no_san", "Hostname mismatch"),
    ("missing_intermediate", "unable to get local issuer certificate"),
    ("weak_key", "EE certificate key too weak"),
    ("weak_signature", "CA signature digest algorithm too weak"),
    ("wrong_purpose", "unsuitable certificate purpose"),
    ("not_a_ca", "invalid CA certificate"),
    ("unknown_ca", "unable to get local issuer certificate"),
    ("unknown_ca_sent", "self-signed certificate in certificate chain")])
def test_every_bad_certificate_is_bad_in_its_own_way(start, authority, kind, reason):
    certificate, key = authority.issue(kind)
    practice = start({"mailboxes": [ANNA]}, "--cert", certificate, "--key", key)
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.set_ciphers("DEFAULT:@SECLEVEL=2")
    context.hostname_checks_common_name = False
    try:
        with socket.create_connection(("127.0.0.1", practice.port), timeout=5) as plain, \
                context.wrap_socket(plain, server_hostname="localhost"):
            seen = None
    except ssl.SSLCertVerificationError as error:
        seen = error.verify_message
    except ssl.SSLError as error:
        seen = str(error)
    assert seen == reason or reason and reason in seen
    assert practice.journal() == []
    practice.stop()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("newest, works", [("1.0", False), ("1.1", False), ("1.2", True)])
def test_old_tls_versions(start, authority, newest, works):
    certificate, key = authority.issue("good")
    practice = start({"mailboxes": [ANNA]}, "--cert", certificate, "--key", key,
                     "--tls-max", newest)
    seen = curl(practice, "--basic", "-u", f"PRACTICE\\anna:{ANNA['password']}",
                ca=str(authority.certificate))
    assert seen == (["200"] if works else 35)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.load_verify_locations(authority.certificate)
    with socket.create_connection(("127.0.0.1", practice.port), timeout=5) as plain, \
            old.wrap_socket(plain, server_hostname="localhost") as line:
        assert line.version() == {"1.0": "TLSv1"}.get(newest, "TLSv" + newest)
    practice.stop()


# The process

def test_it_ends_by_itself(start):
    practice = start({"mailboxes": [ANNA]})
    assert practice.stop() == 0


def test_a_world_that_makes_no_sense(tmp_path):
    path = tmp_path / "world.json"
    path.write_text('{"mailboxes": [{"address": "a@b.example", "colour": "blue"}]}')
    done = subprocess.run(["/usr/bin/python3", str(ROOT / "practice/exchange"), "--world",
                           str(path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "colour" in done.stderr and done.stdout == ""


def test_pages(practice):
    practice.control("POST", f"api/mailbox/{ANNA['address']}/events", {
        "subject": "Visit <b>", "start": "2027-03-01T09:00", "end": "2027-03-01T09:45",
        "body": "Carla Rossi\nknee", "categories": ["Booked"], "status": "Tentative"})
    with urllib.request.urlopen(practice.page, timeout=5) as answer:
        assert "/mailbox/anna@practice.example" in answer.read().decode()
    address = practice.page + "mailbox/anna@practice.example?week=2027-03-03"
    with urllib.request.urlopen(address, timeout=5) as answer:
        text = answer.read().decode()
    for word in ("Visit &lt;b&gt;", "09:00 to 09:45", "Carla Rossi\nknee", "Booked", "tentative",
                 "1 to 7 March 2027", 'http-equiv="refresh"'):
        assert word in text
    assert "<script" not in text
