# SPDX-License-Identifier: ISC
"""/trust: true, and of nobody; what it leaves out `hourgate trust` tells the operator."""
import datetime
import json
import re

import kit

PLACE = "Practice Hosting AG, Zürich"


def facts(hourgate):
    """Return what `hourgate trust` says as {fact or (fact, value) of many: value}."""
    return {row["fact"]: row["value"] for row in hourgate.listed("trust")}


def test_it_says_what_is_so(make):
    _, hourgate = make.office(settings={"server.location": PLACE})
    page = hourgate.visitor().get("/trust")
    told = hourgate.visitor().get("/api/v1/trust").json()
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    assert page.status == 200 and PLACE in page.text and "Can be made" in page.text
    for pillar in ("Transparency", "Security", "Privacy", "Availability", "Compliance"):
        assert f"<h2>{pillar}</h2>" in page.text
    assert told["ready"] and told["all_sealed"] and told["location"] == PLACE
    assert told["running_since"] == told["key_since"] == today
    assert told["jailed"] is True
    assert told["keep_bookings_days"] == 365 and "365 days after" in page.text


def test_a_jail_that_is_off_is_said(make):
    _, hourgate = make.office(settings={"server.jail": "off"})
    assert "The jail is turned off" in hourgate.visitor().get("/trust").text
    assert hourgate.visitor().get("/api/v1/trust").json()["jailed"] is False
    assert facts(hourgate)["jail"] == "off"


def test_the_public_page_names_no_server_no_version_and_nobody(make):
    practice, hourgate = make.office()
    hourgate.visitor().book(kit.at(kit.day_after(3), 10))
    said = hourgate.visitor().get("/trust").text + hourgate.visitor().get("/api/v1/trust").text
    for hidden in ("127.0.0.1", "localhost", practice.ews, "acme", "Acme", "anna", "Carla", "libcurl", "OpenSSL",
                   "SQLite", "0.1.0", str(hourgate.data)):
        assert hidden not in said, hidden
    assert not re.search(r"\b[0-9a-f]{16,}\b", re.sub(r"/a/\S+", "", said))


def test_nothing_that_anybody_does_shows(make):
    """P2: the page of an office with bookings is that of one without, to the byte, and stays so."""
    one = make.practice(kit.person("anna@practice.example"))
    two = make.practice(kit.person("zoe@practice.example", [kit.event("Taken", kit.at(kit.day_after(3), 9), 300)]))
    pages = []
    for practice, address, customers in ((one, "anna@practice.example", 0), (two, "zoe@practice.example", 3)):
        hourgate = make.hourgate().serve()
        hourgate.command("account", "add", "first", "--name", "First")  # without a user nothing is served
        hourgate.command("user", "add", "first", address, "--name", "First", "--zone", kit.ZONE)
        before = hourgate.visitor().get("/trust").masked()
        hourgate.host(practice, address).page(address=address)
        for n in range(customers):
            assert hourgate.visitor().book(kit.at(kit.day_after(3), 14 + n)).status == 201
        hourgate.kill_program("edge")  # forgets what it kept for a minute
        kit.wait_until("it serves again", hourgate.ready)
        pages.append(hourgate.visitor().get("/trust").masked())
        assert pages[-1] == before
        api = hourgate.visitor().get("/api/v1/trust").json()
        pages[-1] += json.dumps(api)
    assert pages[0] == pages[1]


def test_a_minute_is_a_minute(make):
    """What the vault said is kept: a visitor cannot watch a fact change, nor make the vault work."""
    _, hourgate = make.office(settings={"server.metrics": "127.0.0.1:0"})
    visitor = hourgate.visitor()
    assert visitor.get("/api/v1/trust").json()["ready"]
    first = visitor.get("/trust").masked()
    for _ in range(20):
        assert visitor.get("/trust").masked() == first


def test_the_operator_reads_the_rest(make):
    practice, hourgate = make.office(settings={"server.location": PLACE})
    assert hourgate.visitor().starts(day=kit.day_after(3))
    told = hourgate.listed("trust")
    outbound = {row["fact"]: row["value"] for row in told if row["pillar"] == "outbound"}
    host = practice.ews.split("/")[2].split(":")[0]
    assert "1 connection," in outbound[host] and outbound["private networks"] and "none" in outbound["mail server"]
    software = {(row["fact"], row["value"].split()[0]) for row in told if row["pillar"] == "software"}
    assert {("hourgate-edge", "libmicrohttpd"), ("hourgate-vault", "SQLite"), ("hourgate-vault", "OpenSSL"),
            ("hourgate-courier", "libcurl")} <= software
    assert facts(hourgate)["location"] == PLACE and "AES-256" in facts(hourgate)["sealing"]
    hourgate.stop()
    assert "cannot be made" in facts(hourgate)["bookings"]  # nothing serves


def test_in_a_browser(make):
    _, hourgate = make.office(settings={"server.location": PLACE})
    assert kit.browser("accessible.mjs", hourgate.base + "/trust") == {"violations": []}


def test_a_verified_audit_is_said(make):
    _, hourgate = make.office()
    assert "audit_verified" not in hourgate.visitor().get("/api/v1/trust").json()
    hourgate.command("audit", "verify")
    hourgate.kill_program("edge")  # forgets what it kept for a minute
    kit.wait_until("it serves again", hourgate.ready)
    told = hourgate.visitor().get("/api/v1/trust").json()
    assert told["audit_holds"] and told["audit_verified"] == told["running_since"]
    assert "Complete when it was verified on" in hourgate.visitor().get("/trust").text
