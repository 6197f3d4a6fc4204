# SPDX-License-Identifier: ISC
"""Real-time on Linux: woken over XMPP by Debian's Prosody, STARTTLS or TLS at once, verified, through a proxy too."""
import socket

import pytest

import desk
import kit
import pc
import test_xmpp
import wake
from counterpart import programs, prosody, proxies

DAY = kit.day_after(3)


@pytest.fixture(name="server")
def xmpp_server(authority):
    programs.need(*prosody.NEEDED)
    with prosody.Prosody(*authority.issue("good", host=prosody.DOMAIN)) as server:
        server.register("pc1", "ticket-1")
        yield server


@pytest.fixture(name="paired")
def paired_pc(authority, tmp_path):
    """Give a function that pairs a PC with a stand-in that names these ports: (stand-in, PC)."""
    made = []

    def pair(port, port_tls, network="proxy = none", host=prosody.DOMAIN, ticket="ticket-1"):
        stand_in = wake.StandIn({"host": host, "port": port, "port_tls": port_tls, "jid": f"pc1@{prosody.DOMAIN}",
                                 "component": prosody.COMPONENT, "ticket": ticket})
        machine = pc.PC(tmp_path, f"roots = {authority.certificate}\n{network}")
        made.extend([machine, stand_in])
        machine.pair(stand_in.address, 1, wake.TOKEN)
        machine.add("one", kit.at(DAY, 9), 60)
        machine.start()
        return stand_in, machine

    yield pair
    for one in made:
        one.stop()


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def is_woken(machine):
    kit.wait_until("it is connected", lambda: "woken by XMPP" in machine.status().get("Mode", ""))


def answered(stand_in, server, number):
    stand_in.ask(number, kit.at(DAY, 0), kit.at(DAY, 23))
    before = len(stand_in.answers)
    component = server.component()
    component.say("pc1", number)
    kit.wait_until("it answers", lambda: len(stand_in.answers) > before, 5)
    component.close()
    return stand_in.answers[-1]


@pytest.mark.parametrize("tls", [False, True], ids=["starttls", "direct"])
def test_woken_it_answers_live(server, paired, tls):
    ports = (closed_port(), server.tls_port) if tls else (server.client_port, closed_port())
    stand_in, machine = paired(*ports)
    is_woken(machine)
    said = answered(stand_in, server, 7)
    assert said["number"] == 7 and said["is_known"]
    assert [(busy["start"], busy["end"]) for busy in said["busy"]] == [(kit.at(DAY, 9), kit.at(DAY, 10))]
    machine.add("two", kit.at(DAY, 14), 30)
    assert len(answered(stand_in, server, 8)["busy"]) == 2
    assert not (machine.state / "journal").exists()


def test_a_message_of_nought_means_pull(server, paired):
    stand_in, machine = paired(server.client_port, server.tls_port)
    is_woken(machine)
    before = stand_in.pulls
    component = server.component()
    component.say("pc1", 0)
    kit.wait_until("it pulls", lambda: stand_in.pulls > before, 5)
    component.close()


def test_blocked_ports_are_named_and_https_does_it(paired):
    port, port_tls = closed_port(), closed_port()
    stand_in, machine = paired(port, port_tls)
    kit.wait_until("it says so", lambda: "Problem with Real-time" in machine.status())
    said = machine.status()["Problem with Real-time"]
    assert f"ports {port} and {port_tls}" in said and "Auto-sync" in said
    kit.wait_until("the server hears of it", lambda: stand_in.hellos[-1]["xmpp_blocked"])
    stand_in.ask(5, kit.at(DAY, 0), kit.at(DAY, 23))
    kit.wait_until("it fetches and answers by itself", lambda: stand_in.answers)
    assert stand_in.answers[0]["number"] == 5 and stand_in.answers[0]["is_known"]


def test_an_untrusted_server_hears_no_ticket(server, paired):
    _, machine = paired(server.client_port, server.tls_port, host="127.0.0.1")  # not in its certificate
    kit.wait_until("it says so", lambda: "Problem with Real-time" in machine.status())
    assert "for another name" in machine.status()["Problem with Real-time"]
    assert "authenticated" not in server.log().lower()


def test_a_refused_ticket_is_said(server, paired):
    _, machine = paired(server.client_port, server.tls_port, ticket="old")
    kit.wait_until("it says so", lambda: "Problem with Real-time" in machine.status())
    assert "refuses the ticket" in machine.status()["Problem with Real-time"]


def test_through_a_proxy(server, paired, tmp_path):
    programs.need(*proxies.SQUID_NEEDED)
    password = tmp_path / "proxy-password"
    password.write_text(proxies.PASSWORD)
    password.chmod(0o600)
    with proxies.Squid("basic") as proxy:
        stand_in, machine = paired(server.client_port, closed_port(), "\n".join([
            f"proxy = {proxy.url}", f"proxy_user = {proxies.USER}", f"proxy_password_file = {password}"]))
        is_woken(machine)
        assert answered(stand_in, server, 3)["is_known"]
        machine.stop()
        kit.wait_until("squid has seen the tunnel", lambda: any(
            f"CONNECT localhost:{server.client_port}" in line for line in proxy.seen()))


def test_a_server_that_restarts_is_found_again(authority, paired):
    files = authority.issue("good", host=prosody.DOMAIN)
    first = prosody.Prosody(*files)
    first.register("pc1", "ticket-1")
    _, machine = paired(first.client_port, first.tls_port)
    is_woken(machine)
    first.stop()
    kit.wait_until("it notices", lambda: "woken by XMPP" not in machine.status().get("Mode", ""))
    assert machine.program.running()


# ---- the whole way: hourgate, Prosody as hourgate sets it up, the program ----

@pytest.fixture(name="world")
def hourgate_and_prosody(make, good, tmp_path):
    yield from test_xmpp.make_world(make, good, tmp_path)


def test_the_page_asks_the_desk(world, tmp_path):
    hourgate, number, token, roots = world
    machine = pc.PC(tmp_path, f"roots = {roots}\nproxy = none")
    machine.pair(hourgate.base, number, token)
    machine.add("one", kit.at(DAY, 9), 60)
    machine.start()
    is_woken(machine)
    visitor = hourgate.visitor()
    starts = visitor.starts(day=DAY)
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    kit.wait_until("the booking is confirmed", lambda: hourgate.bookings()[0]["state"] == "confirmed")
    assert any("X-HOURGATE-BOOKING" in path.read_text() for path in machine.work.glob("*.ics"))
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    assert row["intervals"] == 0
    hourgate.command("connector", "remove", "acme", str(number), "--yes")
    kit.wait_until("it stops at once", lambda: machine.status()["State"].startswith("disconnected at the server"))
    machine.stop()
