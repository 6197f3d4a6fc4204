# SPDX-License-Identifier: ISC
"""hourgate-connector on Linux: pairing, times that come from a folder of .ics files, bookings that are written into it."""
import concurrent.futures
import shutil

import pytest

import desk
import kit
import pc
from counterpart import programs, proxies

DAY = kit.day_after(3)
needs_khal = pytest.mark.skipif(not shutil.which("khal"), reason="khal is not installed")


@pytest.fixture(name="at_desk")
def person_at_a_desk(make, tmp_path):
    """An hourgate with a host whose PC is paired: (hourgate, PC, visitor)."""
    hourgate = make.hourgate()
    number, token = desk.pair(hourgate)
    hourgate.page()
    hourgate.serve()
    machine = pc.PC(tmp_path)
    machine.pair(hourgate.base, number, token)
    yield hourgate, machine, hourgate.visitor()
    machine.stop()


def starts_become(visitor, condition, seconds=15):
    return kit.wait_until("the page shows what stands in the folder", lambda: condition(visitor.starts(day=DAY)),
                          seconds)


def test_the_page_follows_the_folder(at_desk):
    _, machine, visitor = at_desk
    assert visitor.starts(day=DAY) == []  # nothing before the first sync
    machine.add("one", kit.at(DAY, 9), 60)
    machine.start()
    starts = starts_become(visitor, list)
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts and kit.at(DAY, 9, 30) not in starts
    path = machine.add("two", kit.at(DAY, 14), 60, calendar=machine.home)
    starts_become(visitor, lambda starts: kit.at(DAY, 14) not in starts)
    path.unlink()
    starts_become(visitor, lambda starts: kit.at(DAY, 14) in starts)
    said = machine.status()
    assert said["Program"] == "runs" and said["State"] == "works" and "Auto-sync" in said["Mode"]
    assert machine.stop() == 0
    assert "Canary" not in machine.program.log_path.read_text()


def test_a_series_counts_to_its_end_and_transparent_events_do_not(at_desk):
    _, machine, visitor = at_desk
    machine.add("weekly", kit.at(DAY, 9), 60, more="RRULE:FREQ=DAILY\r\n")
    machine.add("free", kit.at(DAY, 11), 60, more="TRANSP:TRANSPARENT\r\n")
    machine.once()
    later = kit.day_after(10)
    assert kit.at(DAY, 9) not in visitor.starts(day=DAY) and kit.at(DAY, 11) in visitor.starts(day=DAY)
    if later.weekday() < 5:
        assert kit.at(later, 9) not in visitor.starts(day=later)


def state_of(hourgate):
    row, = hourgate.bookings()
    return row["state"]


def nudge(machine, number):
    """Change something, so that the program speaks with the server now and not at its next interval."""
    machine.add("nudge", kit.at(kit.day_after(20 + number), 3), calendar=machine.home)


def ours(machine):
    return [path for path in machine.work.glob("*.ics") if "X-HOURGATE-BOOKING" in path.read_text()]


@needs_khal
def test_a_booking_is_written_read_by_khal_moved_and_removed(at_desk):
    hourgate, machine, visitor = at_desk
    machine.start()
    starts_become(visitor, list)
    booked = visitor.book(kit.at(DAY, 10))
    assert booked.status in (201, 202)
    link = kit.path_of(booked.json()["manage_url"])
    assert state_of(hourgate) == "requested"  # until this PC has written it
    nudge(machine, 1)
    kit.wait_until("the booking is confirmed", lambda: state_of(hourgate) == "confirmed")
    line, = machine.khal(DAY)
    assert line.startswith("10:00-10:30") and "Carla" in line
    file, = ours(machine)
    assert "X-HOURGATE-BOOKING:1" in file.read_text() and file.stat().st_mode & 0o777 == 0o600
    assert kit.at(DAY, 10) not in visitor.starts(day=DAY)
    assert kit.move(visitor, link, kit.at(DAY, 10, 30)).status in (200, 202, 303)
    nudge(machine, 2)
    kit.wait_until("khal shows the new time", lambda: machine.khal(DAY)[0].startswith("10:30-11:00"))
    assert len(ours(machine)) == 1
    hourgate.command("booking", "cancel", "acme", str(hourgate.bookings()[0]["id"]), "--yes")
    nudge(machine, 3)
    kit.wait_until("the event is removed", lambda: not ours(machine))
    assert machine.khal(DAY) == []


def test_a_time_that_was_taken_meanwhile_is_not_booked(at_desk):
    hourgate, machine, visitor = at_desk
    machine.once()
    machine.add("meanwhile", kit.at(DAY, 10), 30)  # nobody has told the server
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    machine.once()
    assert state_of(hourgate) != "confirmed"
    assert [path.name for path in machine.work.glob("*.ics")] == ["meanwhile.ics"]
    assert kit.at(DAY, 10) not in visitor.starts(day=DAY)


def test_killed_in_the_middle_it_goes_on(at_desk):
    hourgate, machine, visitor = at_desk
    machine.once()
    assert visitor.book(kit.at(DAY, 10)).status in (201, 202)
    for _ in range(8):  # at whatever it is doing just then
        machine.start()
        kit.time.sleep(0.05)
        machine.kill()
    machine.start()
    kit.wait_until("the booking is confirmed", lambda: state_of(hourgate) == "confirmed", 60)
    assert len(list(machine.work.glob("*.ics"))) == 1
    starts_become(visitor, lambda starts: kit.at(DAY, 11) in starts and kit.at(DAY, 10) not in starts)


def test_a_folder_that_is_gone_makes_nobody_free(at_desk):
    _, machine, visitor = at_desk
    machine.add("one", kit.at(DAY, 9), 60)
    machine.once()
    machine.calendars.rename(machine.folder / "elsewhere")
    _, said = machine.command("run", "--once", code=1)
    assert "calendar" in said
    assert kit.at(DAY, 9) not in visitor.starts(day=DAY)


def test_a_wrong_token_is_not_kept(at_desk, tmp_path):
    hourgate, machine, _ = at_desk
    other = pc.PC(tmp_path / "other")
    token = (machine.state / "token").read_text()
    wrong = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    _, said = other.pair(hourgate.base, 1, wrong, code=1)
    assert "401" in said and wrong not in said
    assert not (other.state / "token").exists()
    assert other.status()["State"] == "never ran"
    _, said = other.pair("http://hourgate.example", 1, token, code=1)
    assert "https://" in said and token not in said


def test_disconnected_at_the_server_it_stops_and_says_so(at_desk):
    hourgate, machine, _ = at_desk
    machine.start()
    kit.wait_until("it works", lambda: machine.status().get("State") == "works")
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    hourgate.command("connection", "remove", "acme", str(row["id"]), "--yes")
    machine.add("one", kit.at(DAY, 9), 60)  # something to tell
    kit.wait_until("it stops", lambda: machine.status()["State"].startswith("disconnected at the server"), 60)
    assert machine.program.running()
    assert not (machine.state / "token").exists() and not (machine.state / "journal").exists()


def test_unpairing_erases_both_ends(at_desk):
    hourgate, machine, visitor = at_desk
    machine.add("one", kit.at(DAY, 9), 60)
    machine.once()
    assert visitor.starts(day=DAY)
    said, _ = machine.command("unpair")
    assert "erased at the server" in said
    assert visitor.starts(day=DAY) == []
    assert not (machine.state / "token").exists()
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    assert row["intervals"] == 0


# ---- TLS and proxies ----

class Far:
    """An hourgate behind HTTPS of its own at localhost, and PCs that reach it or not."""

    def __init__(self, make, authority, folder):
        self.authority, self.folder, self.pcs = authority, folder, []
        chain, key = self.put(*authority.issue("good", host="localhost"))
        self.port = programs.free_port()
        self.address = f"https://localhost:{self.port}"
        self.hourgate = make.hourgate(settings={
            "server.listen": f"127.0.0.1:{self.port}", "server.base_url": self.address,
            "server.tls_certificate": chain, "server.tls_key": key})
        self.number, self.token = desk.pair(self.hourgate)
        self.hourgate.serve()

    def put(self, *files):
        """The edge's user need not read where the authority keeps them."""
        copies = [self.folder / f"own-{index}.pem" for index in range(len(files))]
        for source, target in zip(files, copies):
            shutil.copy(source, target)
            target.chmod(0o600)
        return copies

    def pair(self, network="", environment=None, address=None, code=0):
        """A new PC tries to pair; return (it, what it complained of)."""
        network = network or "proxy = none"
        machine = pc.PC(self.folder / str(len(self.pcs)), network, environment)
        self.pcs.append(machine)
        return machine, machine.pair(address or self.address, self.number, self.token, code)[1]

    def roots(self, *more):
        return "\n".join([f"roots = {self.authority.certificate}", *more])


@pytest.fixture(name="far")
def far_server(make, authority, tmp_path):
    return Far(make, authority, tmp_path)


def test_only_a_certificate_of_a_known_ca_for_the_right_name_is_trusted(far):
    machine, _ = far.pair(far.roots("proxy = none"))
    machine.once()
    _, said = far.pair(code=1)  # the authority is unknown there
    assert "tls" in said.lower() or "certificate" in said.lower()
    _, said = far.pair(far.roots("proxy = none"), address=f"https://127.0.0.1:{far.port}", code=1)
    assert "for another name" in said and far.token not in said


def secret_file(folder, text):
    path = folder / "proxy-password"
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def through(make_proxy, needed):
    return pytest.param(make_proxy, marks=pytest.mark.skipif(
        any(not shutil.which(program) for program in needed[:1]), reason="the proxy is not installed"))


@pytest.mark.parametrize("make_proxy", [
    through(lambda: proxies.Squid("basic"), proxies.SQUID_NEEDED),
    through(lambda: proxies.Squid("digest"), proxies.SQUID_NEEDED),
    through(lambda: proxies.Tinyproxy(sign_in=True), proxies.TINYPROXY_NEEDED)], ids=["squid", "digest", "tinyproxy"])
def test_through_a_proxy_that_wants_a_sign_in(far, make_proxy, tmp_path):
    proxy = make_proxy()
    try:
        named = far.roots(f"proxy = {proxy.url}")
        _, said = far.pair(named, code=1)
        assert "the proxy wants a sign-in" in said
        wrong = f"proxy_user = {proxies.USER}\nproxy_password_file = {secret_file(tmp_path, 'not-this')}"
        _, said = far.pair(f"{named}\n{wrong}", code=1)
        assert f"the proxy refuses the sign-in as {proxies.USER}" in said and "not-this" not in said
        secret_file(tmp_path, proxies.PASSWORD)
        machine, _ = far.pair(f"{named}\n{wrong}")
        machine.once()
        assert any(f"localhost:{far.port}" in line for line in proxy.seen())
    finally:
        proxy.stop()


def test_through_the_proxy_of_the_environment(far):
    with proxies.Switchboard({f"localhost:{far.port}": far.port}) as proxy:
        machine, _ = far.pair(far.roots("proxy = environment"), {"https_proxy": proxy.url, "no_proxy": ""})
        machine.once()
        assert set(proxy.seen) == {f"localhost:{far.port}"}
    _, said = far.pair(far.roots("proxy = environment"), {"https_proxy": proxy.url, "no_proxy": ""}, code=1)
    assert "https" in said


# ---- Real-time ----

def test_real_time_answers_live_and_keeps_nothing(at_desk):
    hourgate, machine, visitor = at_desk
    machine.add("one", kit.at(DAY, 9), 60)
    machine.command("mode", "realtime")
    machine.start()
    kit.wait_until("it waits for questions", lambda: "Real-time" in machine.status().get("Mode", ""))
    starts = starts_become(visitor, list)
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts
    machine.add("two", kit.at(DAY, 14), 60)  # asked now, known now
    assert kit.at(DAY, 14) not in visitor.starts(day=DAY)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        booked = pool.submit(visitor.book, kit.at(DAY, 15)).result(60)
    assert booked.status in (201, 202)
    kit.wait_until("the booking is confirmed", lambda: state_of(hourgate) == "confirmed")
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    assert row["intervals"] == 0
    machine.stop()
    assert visitor.starts(day=DAY) == []  # unknown is never free
