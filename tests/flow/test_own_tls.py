# SPDX-License-Identifier: ISC
"""Own TLS: the certificate is renewed while it serves, a broken one changes nothing, and plain HTTP is sent to HTTPS."""
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import shutil
import signal
import socket
import ssl
import threading
import time

import kit
import pytest


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Door:
    """An hourgate with TLS of its own, and a visitor who verifies it."""

    def __init__(self, make, authority, **more):
        self.folder, self.authority = make.folder, authority
        self.certificate, self.key = make.folder / "chain.pem", make.folder / "key.pem"
        self.put(*authority.issue("good", host="localhost"))
        self.port, self.plain = free_port(), free_port()
        self.gate = make.hourgate(settings={
            "server.listen": f"127.0.0.1:{self.port}", "server.base_url": f"https://localhost:{self.port}",
            "server.tls_certificate": self.certificate, "server.tls_key": self.key,
            "server.redirect": f"127.0.0.1:{self.plain}", "server.metrics": "127.0.0.1:0", **more})
        self.context = ssl.create_default_context(cafile=authority.certificate)

    def put(self, certificate, key):
        """Replace the files as a renewal does: each by a rename, one after the other."""
        for source, target in ((certificate, self.certificate), (key, self.key)):
            fresh = target.with_suffix(".new")
            shutil.copy(source, fresh)
            fresh.chmod(0o600)
            fresh.replace(target)

    def renew(self):
        self.gate.parent.process.send_signal(signal.SIGHUP)

    def connect(self):
        sock = socket.create_connection(("127.0.0.1", self.port), 10)
        return self.context.wrap_socket(sock, server_hostname="localhost")

    def serial(self):
        with contextlib.closing(self.connect()) as tls:
            return tls.getpeercert()["serialNumber"]

    def get(self, path):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer, answer.read()


@pytest.fixture(name="door")
def own_door(make, authority):
    made = Door(make, authority)
    made.gate.serve()
    return made


def test_https_and_nothing_weaker(door):
    assert door.gate.base == f"https://127.0.0.1:{door.port}"
    answer, _ = door.get("/healthz")
    assert answer.status == 200
    answer, body = door.get("/")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000") and len(body) > 500
    with contextlib.closing(door.connect()) as tls:
        assert tls.version() == "TLSv1.3"
    for version, fits in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
        context = ssl.create_default_context(cafile=door.authority.certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        with socket.create_connection(("127.0.0.1", door.port), 10) as sock:
            if fits:
                with context.wrap_socket(sock, server_hostname="localhost") as tls:
                    assert "GCM" in tls.cipher()[0] or "CHACHA" in tls.cipher()[0]
            else:
                with pytest.raises(OSError):
                    context.wrap_socket(sock, server_hostname="localhost")
    assert kit.raw(f"http://127.0.0.1:{door.port}", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[:5] != b"HTTP/"


def test_plain_http_is_sent_to_https(door):
    plain = kit.Visitor(f"http://127.0.0.1:{door.plain}")
    answer = plain.get("/acme/intro?tz=UTC", Host="evil.example")
    assert answer.status == 301 and answer.headers["Location"] == f"https://localhost:{door.port}/acme/intro?tz=UTC"
    assert plain.form("/sign-in", email="a", password="b").status in (403, 413)  # nothing is taken in plain


def test_visitors_wait_for_a_calendar_through_it(make, door):
    """Connections that are suspended, and answered later, sixty at once."""
    practice = make.practice()
    door.gate.host(practice).page()
    practice.misbehave("slow", seconds=1)
    day = kit.day_after(3).isoformat()
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        path = f"/api/v1/pages/acme/intro/slots?from={day}&to={day}&tz=UTC"
        answers = list(pool.map(lambda _: door.get(path), range(60)))
    assert {answer.status for answer, _ in answers} == {200} and len({body for _, body in answers}) == 1
    assert len(json.loads(answers[0][1])["slots"]) > 5


def test_renewed_under_load(door):
    """No visitor is refused while the certificate changes three times."""
    failures, count, stop = [], [0], threading.Event()

    def load():
        while not stop.is_set():
            try:
                answer, _ = door.get("/healthz")
                assert answer.status == 200
                count[0] += 1
            except (OSError, AssertionError, http.client.HTTPException) as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    seen = {door.serial()}
    for n in range(3):
        door.put(*door.authority.issue("good", host="localhost"))
        if n:
            door.renew()  # else: found by itself
        kit.wait_until("another certificate is shown", lambda: door.serial() not in seen, 20)
        seen.add(door.serial())
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert len(seen) == 4 and count[0] > 50, count


def test_a_broken_pair_changes_nothing(door):
    before = door.serial()
    other = door.authority.issue("good", host="localhost")
    for certificate, key in ((other[0], door.key), (__file__, other[1]), (door.authority.issue("expired", host="localhost")[0], door.authority.issue("expired", host="localhost")[1])):
        shutil.copy(door.certificate, door.folder / "kept.pem")
        shutil.copy(door.key, door.folder / "kept-key.pem")
        said = door.gate.log().count("stays in use")
        door.put(certificate, shutil.copy(key, door.folder / "copied.pem"))
        door.renew()
        kit.wait_until("it says so", lambda: door.gate.log().count("stays in use") > said)
        assert door.serial() == before
        door.put(door.folder / "kept.pem", door.folder / "kept-key.pem")
        time.sleep(0.1)
    door.put(*other)
    kit.wait_until("a good one is taken", lambda: door.serial() != before, 20)


def test_the_edge_gets_it_again_when_it_is_started_again(door):
    before = door.serial()
    door.gate.kill_program("edge")
    kit.wait_until("it serves again", lambda: _quiet(door.serial) == before)


def _quiet(call):
    with contextlib.suppress(OSError):
        return call()
    return None


def test_what_makes_no_sense_is_refused(make, authority):
    certificate, key = map(pathlib.Path, authority.issue("good", host="localhost"))
    open_key = make.folder / "open.pem"
    shutil.copy(key, open_key)
    open_key.chmod(0o644)
    for settings, says in (({"server.tls_certificate": certificate}, "go together"),
                           ({"server.redirect": "127.0.0.1:0"}, "redirect goes with"),
                           ({"server.tls_certificate": certificate, "server.tls_key": key}, "base_url is needed"),
                           ({"server.tls_certificate": certificate, "server.tls_key": open_key,
                             "server.base_url": "https://localhost"}, "can be read by everybody")):
        refused = make.hourgate()
        refused.configure(settings)
        done = refused.run("serve")
        assert done.returncode != 0 and says in done.stderr, done.stderr
