# SPDX-License-Identifier: ISC
"""The connector's Windows program, under Wine, with a double of Outlook that is as strict as its reference."""
import datetime
import http.server
import socket
import ssl
import threading

import pytest

import desk
import kit
import wake
import wine
from counterpart import programs, prosody, proxies

pytestmark = pytest.mark.long
DAY = kit.day_after(3)
TOKEN = "A" * 43


@pytest.fixture(name="pc")
def windows(tmp_path):
    assert wine.is_there(), "build/windows and Debian's wine64 are needed: ./test --only windows"
    machine = wine.PC(tmp_path)
    machine.outlook.start()
    yield machine
    machine.end()


# ---- whom it speaks to ----

class Refuser(http.server.BaseHTTPRequestHandler):
    """A server that knows nobody; what it was asked stays in `seen`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(name="refuser")
def tls_server():
    """refuser(certificate) -> server, at port server.server_port."""
    servers = []

    def start(certificate, key):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
        server.seen = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()


REFUSED = {
    "unknown_ca": "nobody whom this PC trusts|lacks the certificate",
    "self_signed": "nobody whom this PC trusts",
    "wrong_name": "for another name",
    "no_san": "names no server",
    "expired": "has expired",
    "not_yet_valid": "not valid yet",
    "wrong_purpose": "not meant for servers",
}


def test_only_a_certificate_that_holds_gets_the_token(pc, authority, refuser):
    pc.trust(authority.certificate)
    for kind, words in REFUSED.items():
        server = refuser(*authority.issue(kind))
        _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
        assert any(word in said for word in words.split("|")), f"{kind}: {said}"
        assert server.seen == [], kind
    server = refuser(*authority.issue("good"))
    _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
    assert "pair again" in said and TOKEN not in said
    assert server.seen == [("/desk/v1/hello", f"Hourgate 1.{TOKEN}")]


@pytest.mark.parametrize("kind", ["squid", "tinyproxy"])
def test_it_goes_through_the_proxy_and_names_a_wrong_password(pc, authority, refuser, kind):
    server = refuser(*authority.issue("good"))
    pc.trust(authority.certificate)
    proxy = proxies.Squid("basic") if kind == "squid" else proxies.Tinyproxy(sign_in=True)
    secret = pc.folder / "proxy-password"
    try:
        for password, words in (("wrong", "refuses the user or the password"), (proxies.PASSWORD, "pair again")):
            secret.write_text(password)
            pc.command("proxy", proxy.url.split("//")[1], "--user", proxies.USER, "--password-file", wine.path(secret))
            before = len(server.seen)
            _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
            assert words in said and password not in said
            assert len(server.seen) - before == (password == proxies.PASSWORD)
        pc.command("proxy", proxy.url.split("//")[1])
        _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
        assert "wants a user and a password" in said
        assert f"localhost:{server.server_port}" in "\n".join(proxy.seen())
    finally:
        proxy.stop()
    assert proxies.PASSWORD.encode() not in (pc.home / "proxy-password").read_bytes() if (
        pc.home / "proxy-password").exists() else True


# ---- what it does ----

@pytest.fixture(name="at_desk")
def person_at_a_desk(make, pc):
    """An hourgate with a host whose PC is paired: (hourgate, PC, visitor)."""
    hourgate = make.hourgate()
    number, token = desk.pair(hourgate)
    hourgate.page()
    hourgate.serve()
    pc.pair(hourgate.base, number, token)
    return hourgate, pc, hourgate.visitor()


def state_of(hourgate):
    row, = hourgate.bookings()
    return row["state"]


def test_the_page_follows_outlook(at_desk):
    _, pc, visitor = at_desk
    assert visitor.starts(day=DAY) == []  # nothing before the first sync
    pc.outlook.add("one", kit.at(DAY, 9), 60)
    pc.outlook.add("daily", kit.at(DAY, 13) - datetime.timedelta(days=2), 30, every=1)  # a series without an end
    pc.outlook.add("free", kit.at(DAY, 11), 60, busy=0)
    pc.once()
    starts = visitor.starts(day=DAY)
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 11) in starts
    assert kit.at(DAY, 9) not in starts and kit.at(DAY, 13) not in starts
    pc.outlook.remove("one")
    pc.once()
    assert kit.at(DAY, 9) in visitor.starts(day=DAY)
    assert pc.outlook.faults() == []
    assert "Canary" not in pc.log()


def test_a_booking_is_written_into_outlook_moved_and_removed(at_desk):
    hourgate, pc, visitor = at_desk
    pc.once()
    booked = visitor.book(kit.at(DAY, 10))
    assert booked.status in (201, 202)
    link = kit.path_of(booked.json()["manage_url"])
    assert state_of(hourgate) == "requested"  # until Outlook has it
    pc.once()
    assert state_of(hourgate) == "confirmed"
    event, = pc.outlook.ours()
    assert int(event["start"]) == int(kit.at(DAY, 10).timestamp()) and "Carla" in event["subject"]
    assert kit.move(visitor, link, kit.at(DAY, 10, 30)).status in (200, 202, 303)
    pc.once()
    event, = pc.outlook.ours()
    assert int(event["start"]) == int(kit.at(DAY, 10, 30).timestamp())
    assert int(event["end"]) - int(event["start"]) == 1800
    hourgate.command("booking", "cancel", "acme", str(hourgate.bookings()[0]["id"]), "--yes")
    pc.once()
    assert pc.outlook.events() == []
    assert pc.outlook.faults() == []


def test_a_time_that_was_taken_meanwhile_is_not_booked(at_desk):
    hourgate, pc, visitor = at_desk
    pc.once()
    pc.outlook.add("meanwhile", kit.at(DAY, 10))
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    pc.once()
    assert state_of(hourgate) != "confirmed"
    assert [event["id"] for event in pc.outlook.events()] == ["meanwhile"]


def test_without_outlook_nobody_is_free_and_it_goes_on_when_outlook_is_back(at_desk):
    hourgate, pc, visitor = at_desk
    pc.outlook.add("one", kit.at(DAY, 9), 60)
    pc.once()
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    pc.outlook.kill()
    pc.once(code=1)
    assert "Outlook" in pc.status()["Problem with the calendar"]
    assert state_of(hourgate) == "requested"
    pc.outlook.start()
    pc.once()
    assert state_of(hourgate) == "confirmed"
    assert len(pc.outlook.ours()) == 1


def test_an_open_dialogue_is_waited_for_and_named(at_desk):
    _, pc, visitor = at_desk
    (pc.outlook.folder / "reject.txt").touch()
    pc.once(code=1)
    assert "busy" in pc.log()
    assert visitor.starts(day=DAY) == []
    (pc.outlook.folder / "reject.txt").unlink()
    pc.once()
    assert visitor.starts(day=DAY)


def test_killed_in_the_middle_it_writes_once(at_desk):
    hourgate, pc, visitor = at_desk
    pc.once()
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    for _ in range(3):
        pc.start()
        pc.kill()
    pc.once()
    assert state_of(hourgate) == "confirmed"
    assert len(pc.outlook.ours()) == 1


def test_disconnected_at_the_server_it_stops_and_forgets(at_desk):
    hourgate, pc, _ = at_desk
    pc.once()
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    hourgate.command("connection", "remove", "acme", str(row["id"]), "--yes")
    pc.once(code=1)
    assert pc.status()["State"].startswith("disconnected at the server")
    assert not (pc.home / "token").exists()


def test_the_token_is_not_in_the_clear_on_the_disk(at_desk):
    _, pc, _ = at_desk
    pc.once()
    said = pc.status()
    assert said["State"] == "works" and "Auto-sync" in said["Mode"]
    token = (pc.home / "token").read_bytes()
    assert len(token) > 100  # DPAPI's blob


# ---- Real-time ----

@pytest.fixture(name="server")
def xmpp_server(authority):
    programs.need(*prosody.NEEDED)
    with prosody.Prosody(*authority.issue("good", host=prosody.DOMAIN)) as server:
        server.register("pc1", "ticket-1")
        yield server


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def realtime(pc, port, port_tls, host=prosody.DOMAIN):
    """Pair with a server's stand-in that names these ports, and run."""
    stand_in = wake.StandIn({"host": host, "port": port, "port_tls": port_tls, "jid": f"pc1@{prosody.DOMAIN}",
                             "component": prosody.COMPONENT, "ticket": "ticket-1"})
    pc.pair(stand_in.address, 1, wake.TOKEN)
    pc.outlook.add("one", kit.at(DAY, 9), 60)
    pc.start()
    return stand_in


@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "direct"])
def test_woken_it_answers_live(pc, server, authority, tls):
    pc.trust(authority.certificate)
    ports = (closed_port(), server.tls_port) if tls else (server.client_port, closed_port())
    stand_in = realtime(pc, *ports)
    try:
        kit.wait_until("it is connected", lambda: "woken by XMPP" in pc.status().get("Mode", ""), 60)
        stand_in.ask(7, kit.at(DAY, 0), kit.at(DAY, 23))
        component = server.component()
        component.say("pc1", 7)
        kit.wait_until("it answers", lambda: stand_in.answers, 30)
        component.close()
        said = stand_in.answers[-1]
        assert said["number"] == 7 and said["is_known"]
        assert [(busy["start"], busy["end"]) for busy in said["busy"]] == [(kit.at(DAY, 9), kit.at(DAY, 10))]
        assert not (pc.home / "journal").exists()
    finally:
        stand_in.stop()


def test_an_untrusted_xmpp_server_hears_no_ticket(pc, server):
    stand_in = realtime(pc, server.client_port, server.tls_port)
    try:
        kit.wait_until("it says so", lambda: "Problem with Real-time" in pc.status(), 60)
        assert "certificate" in pc.status()["Problem with Real-time"]
        assert "authenticated" not in server.log().lower()
    finally:
        stand_in.stop()


def test_blocked_ports_are_named(pc):
    port, port_tls = closed_port(), closed_port()
    stand_in = realtime(pc, port, port_tls)
    try:
        kit.wait_until("it says so", lambda: "Problem with Real-time" in pc.status(), 60)
        said = pc.status()["Problem with Real-time"]
        assert f"ports {port} and {port_tls}" in said and "Auto-sync" in said
    finally:
        stand_in.stop()
