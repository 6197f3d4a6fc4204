# SPDX-License-Identifier: ISC
"""A host connects a calendar on the pages: the doctor's layers, calendars, the password, the end; nobody else's."""
import json
import os
import re

import kit
import pytest
from counterpart import proxies
from people import ANNA, BERT, RIGHT, Browser, layers

USER = "PRACTICE\\anna"


class World:
    """Acme with Anna, who owns it and has no calendar connected, and Bert, a member who has one."""

    def __init__(self, make):
        self.practice = make.practice(kit.person(ANNA), kit.person(BERT))
        self.gate = make.hourgate()
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.connect(self.practice, BERT)
        self.gate.page("by-bert", BERT)
        self.gate.serve()
        for address in (ANNA, BERT):
            link = "/invite/" + self.gate.command("user", "invite", "acme", address).strip().rpartition("/")[2]
            assert Browser(self.gate).ask("POST", link, {"password": RIGHT}).status == 303

    def signed_in(self, email=ANNA):
        browser = Browser(self.gate)
        assert browser.sign_in(email).status == 303
        return browser

    def connect(self, browser, **changed):
        fields = {"email": ANNA, "password": kit.PASSWORD, "server": self.practice.ews, "user": USER, "method": "ntlm",
                  "impersonate": "", **changed}
        return browser.post("/connections/new", **fields)


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def test_connected_checked_and_disconnected(world):
    anna = world.signed_in()
    assert "No calendar is connected yet" not in anna.ask("GET", "/connections").text, "an owner sees Bert's"
    refused = world.connect(anna, password="mistyped")
    assert refused.status == 200 and "Nothing was stored" in refused.text and "sign-in" in refused.text
    assert "mistyped" not in refused.text
    answer = world.connect(anna)
    assert answer.status == 200 and "All layers hold" in answer.text and "free/busy" in answer.text and kit.PASSWORD not in answer.text
    place = re.search(r'href="(/connections/\d+)/calendars"', answer.text).group(1)
    assert world.connect(anna).status == 409, "one is enough"
    assert "is-good" in anna.ask("GET", place).text
    checked = anna.post(place, action="check")
    assert checked.status == 200 and "What was found just now" in checked.text
    calendars = anna.ask("GET", place + "/calendars").text
    book = re.search(r'name="book" value="([^"]+)"', calendars).group(1)
    assert anna.post(place + "/calendars", busy1=book, book=book).headers["Location"] == place + "/calendars?done=saved"
    again = anna.post(place, action="password", password=kit.PASSWORD)
    assert again.status == 200 and "What was found just now" in again.text
    assert anna.post(place, action="password", password="").status == 422
    assert "hourgate forgets the password" in anna.ask("GET", place + "/remove").text
    assert anna.post(place + "/remove", action="remove").headers["Location"] == "/connections?done=removed"
    assert anna.ask("GET", place).status == 404


def test_layers_appear_as_they_are_found(world):
    anna = world.signed_in()
    world.practice.misbehave("slow", operation="GetUserAvailability", seconds=2)
    came = list(anna.pieces("/connections/new", email=ANNA, password=kit.PASSWORD, server=world.practice.ews, user=USER,
                            method="ntlm", impersonate=""))
    times = {name: at for at, piece in came for tone, name in layers(piece) if tone == "good"}
    assert list(times)[:4] == ["dns", "tcp", "tls", "certificate"]
    assert times["mailbox"] < times["free/busy"] - 1, "what waits keeps nothing back that is known"
    whole = "".join(piece for _, piece in came)
    assert len(layers(whole)) == len(set(layers(whole))), "none stands there twice"
    assert whole.lstrip().startswith("<!doctype html>") and whole.rstrip().endswith("</html>") and "All layers hold" in whole
    world.practice.behave()
    place = re.search(r'href="(/connections/\d+)/calendars"', whole)[1]
    found = "".join(piece for _, piece in anna.pieces(place, action="check"))
    assert [name for tone, name in layers(found) if tone == "good"][-1] in ("clock", "calendars") and found.count("Look at it now") == 1


def test_who_leaves_while_layers_appear_leaves_nothing_behind(world):
    anna = world.signed_in()
    world.practice.misbehave("slow", operation="GetUserAvailability", seconds=2)
    coming = anna.pieces("/connections/new", email=ANNA, password=kit.PASSWORD, server=world.practice.ews, user=USER,
                         method="ntlm", impersonate="")
    assert "dns" in next(coming)[1]
    coming.close()
    kit.wait_until("the connection", lambda: "anna" in anna.ask("GET", "/connections").text.split("<main")[1])
    assert anna.ask("GET", "/me").status == 200


def test_what_is_mistyped_is_said_beside_the_field_and_kept(world):
    page = world.connect(world.signed_in(), email="anna", password="", server="http://x", impersonate="nobody")
    assert page.status == 422 and 'value="http://x"' in page.text
    assert set(re.findall(r'id="(\w+)-error"', page.text)) == {"email", "password", "server", "impersonate"}
    assert set(re.findall(r'<li><a href="#(\w+)"', page.text)) == {"email", "password", "server", "impersonate"}


def test_a_member_touches_nobody_elses(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    place = re.search(r'href="(/connections/\d+)/calendars"', world.connect(anna).text).group(1)
    assert ANNA not in bert.ask("GET", "/connections").text
    for path in (place, place + "/calendars", place + "/remove"):
        assert bert.ask("GET", path).status == 404
    for path, fields in ((place, {"action": "check"}), (place, {"action": "password", "password": "x"}),
                         (place + "/calendars", {"book": "x"}), (place + "/remove", {"action": "remove"})):
        assert bert.post(path, **fields).status == 404
    assert anna.ask("GET", place).status == 200
    form = bert.form()
    for path in ("/connections/new", place, place + "/calendars", place + "/remove"):
        assert anna.ask("POST", path, {"form": form, "action": "check"}).status == 403, "another's proof"
        assert anna.ask("POST", path, {"form": anna.form(), "action": "check"}, Sec_Fetch_Site="cross-site").status == 403
        assert Browser(world.gate).ask("GET", path).headers["Location"].startswith("/sign-in")
    assert anna.ask("GET", "/connections/1/calendars").status == 403, "what is in Bert's calendar, Bert alone sees"


def test_the_password_reaches_no_log_and_no_page(world):
    anna = world.signed_in()
    texts = [world.connect(anna, password="Mistyped-Secret").text, world.connect(anna).text, anna.ask("GET", "/connections").text]
    for secret in ("Mistyped-Secret", kit.PASSWORD):
        assert all(secret not in text for text in [*texts, world.gate.log()])


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    said = kit.browser("connect.mjs", world.gate.base, ANNA, RIGHT, world.practice.ews, USER, kit.PASSWORD, javascript, folder)
    assert said["summary"] == ["This is no https address of a server, such as https://mail.example.ch."]
    assert said["refused"] == ["sign-in"] and not said["echoed"]
    assert "dns" in said["layers"] and "free/busy" in said["layers"] and said["removed"] == "Removed."
    assert said["violations"] == []


def test_the_address_alone_finds_the_server(make, authority):
    """Autodiscover, from the page: the domain's own site says where the server is; a password that is wrong stores nothing."""
    mail, ews = "mail.practice.example", "https://mail.practice.example/EWS/Exchange.asmx"
    practice = make.practice(kit.person(ANNA), certificate=authority.issue("good"), pki=authority.folder,
                             sites={"practice.example": {"serves": "exchange"}, mail: {"serves": "exchange"}},
                             discovery={"ews": ews})
    board = proxies.Switchboard({f"{host}:443": practice.port for host in ("practice.example", mail)})
    try:
        gate = make.hourgate(settings={"upstream.proxy": board.url, "upstream.networks": None})
        gate.command("account", "add", "acme", "--name", "Acme")
        gate.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
        gate.serve()
        link = "/invite/" + gate.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
        anna = Browser(gate)
        assert anna.ask("POST", link, {"password": RIGHT}).status == 303
        fields = {"email": ANNA, "server": "", "user": USER, "method": "ntlm", "impersonate": ""}
        refused = anna.post("/connections/new", password="mistyped", **fields)
        assert refused.status == 422 and "No server was found" in refused.text and "mistyped" not in refused.text
        assert kit.rows(gate.listed("connection", "list", "acme")) == []
        found = anna.post("/connections/new", password=kit.PASSWORD, **fields)
        row, = kit.rows(gate.listed("connection", "list", "acme"))
        assert found.status in (200, 201), found.text
        assert mail in json.dumps(row) and kit.PASSWORD not in found.text and "free/busy" in found.text
        gate.page("intro", ANNA)
        assert gate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201 and len(practice.bookings(ANNA)) == 1
    finally:
        board.stop()
