# SPDX-License-Identifier: ISC
"""A host whose calendar is at Google: let in by themselves on Google's page, or by their organisation for all."""
import html
import re
import urllib.parse

import kit
import post
import pytest
from people import ANNA, BERT, RIGHT, Browser
from test_oauth import Provider, free_port
from workspace import CALENDAR, LEAST, Service

CLIENT, SECRET = "4711-practice.apps.example", "Registration-Secret-4711"
SUBJECT = "Planted-Subject-3e"


class Accounts(Provider):
    """A person's way through the practice Google's consent page."""

    def __init__(self, practice):  # pylint: disable=super-init-not-called
        self.place, self.trusted = urllib.parse.urlsplit(practice.accounts), practice.trusted

    def agree(self, address, user=ANNA, scopes=None):
        """Sign in there and grant what is asked, or less; return the path that the browser is sent back to."""
        status, text, _ = self.ask("GET", address)
        assert status == 200, text
        offered = [html.unescape(one) for one in re.findall(r'name=scope value="([^"]+)"', text)]
        fields = [("user", user), ("password", kit.PASSWORD)]
        fields += [("scope", one) for one in (offered if scopes is None else scopes)]
        status, text, back = self.ask("POST", address, fields)
        assert status == 302, text
        return kit.path_of(back)


class World:
    """Acme with Anna, who owns it, and Bert; a practice Google where hourgate is registered."""

    def __init__(self, make, *people, mail=None, settings=None, **google):
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        google = {"clients": {CLIENT: {"secret": SECRET, "redirect_uris": [f"{base}/oauth/callback"]}}, **google}
        self.practice = make.practice(*(people or [kit.person(ANNA), kit.person(BERT)]),
                                      program=kit.PracticeGoogle, google=google)
        self.gate = make.hourgate(settings={"server.listen": f"127.0.0.1:{port}", "server.base_url": base,
                                            **(settings or {})})
        if mail:
            self.gate.configure(mail.settings(self.gate.folder))
        self.accounts = Accounts(self.practice)
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.serve()

    def register(self):
        secret = self.gate.folder / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        place = self.practice.accounts
        self.gate.command("oauth", "put", "google", "--client-id", CLIENT, "--secret-file", secret,
                          "--authorize", f"{place}/o/oauth2/v2/auth", "--token", f"{place}/token",
                          "--revoke", f"{place}/revoke", "--userinfo", f"{place}/v1/userinfo",
                          "--server", self.practice.google)
        return self

    def browser(self, email=ANNA):
        link = "/invite/" + self.gate.command("user", "invite", "acme", email).strip().rpartition("/")[2]
        assert Browser(self.gate).ask("POST", link, {"password": RIGHT}).status == 303
        browser = Browser(self.gate)
        assert browser.sign_in(email).status == 303
        return browser

    def begin(self, browser, **fields):
        page = browser.post("/connections/authorise", name="google", **fields)
        assert page.status == 200, page.text
        return html.unescape(re.search(r'class="button primary" href="([^"]+)"', page.text).group(1))

    def connect(self, browser, **how):
        return browser.ask("GET", self.accounts.agree(self.begin(browser), **how))

    def state(self):
        row, = kit.rows(self.gate.listed("connection", "list", "acme"))
        return row["state"]

    def refreshed(self):
        return [entry for entry in self.practice.asked("Token") if entry["status"] == 200]


@pytest.fixture(name="world")
def fixture_world(make):
    day = kit.day_after(3)
    return World(make, kit.person(ANNA, [kit.event(SUBJECT, kit.at(day, 9), 60)]), kit.person(BERT)).register()


def test_let_in_by_their_owner(world):
    day, anna = kit.day_after(3), world.browser()
    address = world.begin(anna)
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
    assert asked["access_type"] == ["offline"] and asked["code_challenge_method"] == ["S256"]
    assert sorted(asked["scope"][0].split()) == sorted(["openid", "email", *LEAST])
    answer = anna.ask("GET", world.accounts.agree(address))
    assert answer.status == 303 and "done=connected" in answer.headers["Location"], answer.text
    world.gate.page()
    visitor = world.gate.visitor()
    starts = visitor.starts(day=day)
    assert kit.at(day, 9) not in starts and kit.at(day, 10) in starts
    assert visitor.book(kit.at(day, 10)).status == 201
    booked, = world.practice.bookings(ANNA)
    assert kit.instant(booked["Start"]) == kit.at(day, 10)
    assert booked["ExtendedProperties"][0]["name"] == "hourgateUid"
    assert kit.at(day, 10) not in visitor.starts(day=day)
    row, = kit.rows(world.gate.listed("booking", "list", "acme"))
    world.gate.command("booking", "cancel", "acme", row["id"], "--yes")
    kit.wait_until("the event is removed", lambda: not world.practice.bookings(ANNA))
    log = world.gate.log()
    assert SUBJECT not in log and SECRET not in log and "ya29" not in log and "1//" not in log


def test_an_access_token_that_ends_is_replaced_unseen(world):
    day, anna = kit.day_after(3), world.browser()
    world.connect(anna)
    world.gate.page()
    visitor = world.gate.visitor()
    assert visitor.starts(day=day)
    before = len(world.refreshed())
    world.practice.api("POST", "/api/expire")
    kit.wait_until("slots again", lambda: visitor.slots(day=day).status == 200)
    assert len(world.refreshed()) > before and world.state() == "ok"
    assert visitor.book(kit.at(day, 11)).status == 201  # the refresh token is the old one: Google keeps it


@pytest.fixture(name="mail")
def fixture_mail(good):
    made = post.Post(good)
    yield made
    made.stop()


def test_a_grant_that_was_taken_back_pauses_and_tells(make, mail):
    world = World(make, kit.person(ANNA), kit.person(BERT), mail=mail).register()
    day, anna = kit.day_after(3), world.browser()
    assert world.connect(anna).status == 303
    world.gate.page()
    visitor = world.gate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    world.practice.api("POST", "/api/revoke", {"address": ANNA})
    kit.wait_until("it is paused", lambda: visitor.slots(day=day).status != 0 and world.state() == "paused")
    assert not visitor.slots(day=day).json().get("slots")  # withheld, never free
    kit.wait_until("Anna is told", lambda: any("paused" in one.text for one in mail.of(ANNA)))
    row, = kit.rows(world.gate.listed("connection", "list", "acme"))
    place = f"/connections/{row['id']}"
    assert "Let hourgate in again" in anna.ask("GET", place).text
    again = anna.ask("GET", world.accounts.agree(world.begin(anna, connection=row["id"])))
    assert again.status == 303, again.text
    assert world.state() == "ok" and kit.at(day, 11) in visitor.starts(day=day)


def test_an_online_meeting_reaches_both_sides(make, mail):
    world = World(make, kit.person(ANNA), kit.person(BERT), mail=mail).register()
    day, anna = kit.day_after(3), world.browser()
    assert world.connect(anna).status == 303
    world.gate.page(online_meeting=True, location="By video")
    page, = kit.rows(world.gate.listed("page", "list", "acme"))
    assert page["online_meeting"]
    visitor = world.gate.visitor()
    booked = visitor.book(kit.at(day, 10)).json()
    own = kit.path_of(booked["manage_url"])
    link, = set(re.findall(r"https://meet\.practice\.example/\w+", visitor.get(own).text))
    assert f'href="{link}"' in visitor.get(own).text
    assert link in visitor.get(own + ".ics").text.replace("\r\n ", "")
    kit.wait_until("mails", lambda: mail.of("carla@customer.example") and mail.of(ANNA))
    ours, theirs = mail.of("carla@customer.example")[0], mail.of(ANNA)[0]
    assert link in ours.text and link in ours.html and link in theirs.text
    assert link in str(ours.event["DESCRIPTION"]) and str(ours.event["CONFERENCE"]) == link
    assert link in anna.ask("GET", f"/bookings/{booked['id']}").text
    row, = world.gate.bookings()
    world.gate.command("booking", "cancel", "acme", row["id"], "--yes")
    assert link not in visitor.get(own).text  # it takes place no more
    assert link not in world.gate.log()


def test_boxes_that_were_not_ticked_are_noticed(world):
    anna = world.browser()
    answer = world.connect(anna, scopes=[f"{CALENDAR}.freebusy"])
    assert answer.status != 500
    text = answer.text if answer.status != 303 else anna.ask("GET", answer.headers["Location"].partition("?")[0]).text
    assert "ticked" in html.unescape(text), text


# ---- an organisation's service account ----

def test_many_hosts_go_through_one_service_account(make):
    day, service = kit.day_after(3), Service(make.folder)
    world = World(make, kit.person(ANNA, [kit.event(SUBJECT, kit.at(day, 9), 60)]),
                  kit.person(BERT, [kit.event(SUBJECT, kit.at(day, 11), 60)]), service_accounts=service.accounts)
    gate = world.gate
    gate.command("connection", "add", "acme", "--service", "--mailbox", ANNA, *service.words(world.practice))
    row, = kit.rows(gate.listed("connection", "list", "acme"))
    for name, address in (("anna", ANNA), ("bert", BERT)):
        gate.command("connection", "add", "acme", address, "--through", row["id"], "--mailbox", address)
        gate.page(name, address=address)
    visitor = gate.visitor()
    assert kit.at(day, 9) not in visitor.starts("acme/anna", day=day)
    assert kit.at(day, 9) in visitor.starts("acme/bert", day=day)
    assert kit.at(day, 11) not in visitor.starts("acme/bert", day=day)
    assert visitor.book(kit.at(day, 14), page="acme/bert").status == 201
    assert len(world.practice.bookings(BERT)) == 1 and not world.practice.bookings(ANNA)
    acted = {entry["impersonated"] for entry in world.practice.asked("Token")}
    assert acted == {ANNA, BERT} and "PRIVATE KEY" not in gate.log()


def test_what_the_host_does_to_the_event_is_followed(make):
    """No notifications without a public address: the calendar is asked for what changed, by sync tokens."""
    day, service = kit.day_after(3), Service(make.folder)
    world = World(make, service_accounts=service.accounts, settings={"upstream.poll": 1})
    world.gate.command("connection", "add", "acme", ANNA, *service.words(world.practice))
    world.gate.page()
    visitor = world.gate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    booked, = world.practice.bookings(ANNA)
    kit.wait_until("the calendar was asked twice",
                   lambda: [1 for entry in world.practice.asked("events.list") if "syncToken" in entry["query"]])
    world.practice.remove(ANNA, booked)
    kit.wait_until("the booking is cancelled as its event is",
                   lambda: world.gate.bookings()[0]["state"] == "cancelled", seconds=30)
    assert visitor.book(kit.at(day, 10), email="other@customer.example").status == 201  # its time is free again


def test_what_was_not_delegated_is_refused_and_said_so(make):
    service = Service(make.folder, scopes=())
    world = World(make, service_accounts=service.accounts)
    done = world.gate.run("connection", "add", "acme", ANNA, *service.words(world.practice))
    assert done.returncode and "Domain-wide delegation" in done.stdout + done.stderr, done.stdout + done.stderr
    other = Service(make.folder, name="stranger")
    done = world.gate.run("connection", "add", "acme", ANNA, *other.words(world.practice))
    assert done.returncode and kit.rows(world.gate.listed("connection", "list", "acme")) == []
