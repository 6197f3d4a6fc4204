# SPDX-License-Identifier: ISC
"""Real-time by XMPP: Debian's Prosody as `hourgate xmpp setup` configures it, woken PCs, tickets, and the end of a session."""
import base64
import concurrent.futures
import contextlib
import re
import socket
import ssl
import subprocess

import pytest

import desk
import kit

DAY = kit.day_after(3)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Prosody(kit.Program):
    """Debian's Prosody, with what the test's machine needs besides hourgate's own configuration."""

    def __init__(self, folder, sample, good, ports):
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "prosody.cfg.lua"
        config.write_text(f'''run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_interfaces = {{ "127.0.0.1" }}
log = {{ info = "*console" }}
ssl = {{ certificate = "{good[0]}", key = "{good[1]}" }}
c2s_direct_tls_ssl = {{ certificate = "{good[0]}", key = "{good[1]}" }}
{sample.read_text()}''')
        (folder / "data").mkdir()
        super().__init__(["prosody", "-F", "--config", config], folder / "prosody.log")
        kit.wait_until("Prosody listens", lambda: all(listens(port) for port in ports))


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Woken:
    """The client's side of XMPP, as little as it takes."""

    def __init__(self, xmpp, roots, direct):
        self.buffer, self.xmpp = "", xmpp
        port = xmpp["port_tls"] if direct else xmpp["port"]
        self.sock = socket.create_connection(("127.0.0.1", port), 10)
        self.context = ssl.create_default_context(cafile=roots)
        if not direct:
            self.open()
            self.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
        self.sock = self.context.wrap_socket(self.sock, server_hostname=xmpp["host"])
        self.open()
        user = xmpp["jid"].split("@")[0]
        said = base64.b64encode(f"\0{user}\0{xmpp['ticket']}".encode()).decode()
        answer = self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{said}</auth>", "<(success|failure)")
        self.is_in = "<success" in answer
        if self.is_in:
            self.open()
            self.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "id='b'")
            self.send("<presence/>")
            self.say("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>", "id='p'")  # it is known by now

    def send(self, text):
        self.sock.sendall(text.encode())

    def read(self, pattern, seconds=10):
        self.sock.settimeout(seconds)
        while not re.search(pattern, self.buffer):
            data = self.sock.recv(4096)
            if not data:
                raise EOFError(self.buffer)
            self.buffer += data.decode()
        taken, self.buffer = self.buffer, ""
        return taken

    def say(self, text, pattern):
        self.send(text)
        return self.read(pattern)

    def open(self):
        self.buffer = ""
        self.say(f"<?xml version='1.0'?><stream:stream to='{self.xmpp['host']}' version='1.0' xmlns='jabber:client' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>", "</stream:features>")

    def number(self):
        """Wait for a message of the component's; return the number in it."""
        said = self.read("</message>")
        assert f"from='{self.xmpp['component']}'" in said, said
        return int(re.search(r"<body>(\d+)</body>", said)[1])


def make_world(make, good, folder):
    """Give an hourgate and a Prosody that know each other, and the pairing of a host's PC in Real-time."""
    hourgate = make.hourgate()
    ports = [free_port() for _ in range(3)]
    hourgate.configure(dict(zip(("xmpp.port", "xmpp.port_tls", "xmpp.link_port"), ports)))
    sample = hourgate.folder / "sample.cfg.lua"
    lines = hourgate.command("xmpp", "setup", "localhost", "--secret-file", hourgate.folder / "xmpp-secret",
                             "--prosody", sample)
    assert oct((hourgate.folder / "xmpp-secret").stat().st_mode)[-3:] == "400"
    hourgate.configure({f"xmpp.{name}": value for name, value in re.findall(r"^(\w+) = (.*)$", lines, re.M)})
    server = Prosody(folder / "prosody", sample, good, ports)
    number, token = desk.pair(hourgate, "--mode", "realtime")
    hourgate.page()
    hourgate.serve()
    yield hourgate, number, token, make.authority.certificate
    print(server.log()[-3000:])
    server.stop()


@pytest.fixture(name="world")
def fixture_world(make, good):
    for hourgate, number, token, roots in make_world(make, good, make.folder):
        yield hourgate, desk.Desk(hourgate, number, token), roots


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "tls"])
def test_a_pc_is_woken_with_a_number_and_nothing_else(world, direct):
    hourgate, pc, roots = world
    xmpp = pc.hello()["xmpp"]
    assert xmpp["host"] == "localhost" and xmpp["component"] == "hourgate.localhost" and len(xmpp["ticket"]) >= 40
    pc.add(kit.at(DAY, 9), 60)
    woken = Woken(xmpp, roots, direct)
    assert woken.is_in
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(hourgate.visitor().starts, day=DAY)
        number = woken.number()
        question = pc.say("question", number=number)
        assert question["number"] == number
        pc.say("answer", number=number, is_known=True, busy=list(pc.events.values()))
        starts = asked.result()
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts


def test_tickets_are_renewed_and_end_with_the_pairing(world):
    hourgate, pc, roots = world
    first = pc.hello()["xmpp"]
    woken = Woken(first, roots, False)
    second = pc.say("ticket")["xmpp"]
    assert second["ticket"] != first["ticket"] and second["jid"] == first["jid"]
    assert not Woken(first, roots, True).is_in and Woken(second, roots, True).is_in
    hourgate.command("connector", "remove", "acme", pc.number, "--yes")
    with pytest.raises((EOFError, OSError)):  # the live session is cut
        woken.read("never", 5)
        raise AssertionError("it goes on")
    assert not Woken(second, roots, True).is_in
    assert second["ticket"] not in hourgate.log()


def test_a_prosody_that_was_away_is_found_again(world):
    hourgate, pc, _ = world
    assert pc.hello()["xmpp"]["host"]
    assert subprocess.run(["true"], check=True) and hourgate.kill_program("courier")
    kit.wait_until("XMPP is back", lambda: pc.hello()["xmpp"]["host"], 30)
