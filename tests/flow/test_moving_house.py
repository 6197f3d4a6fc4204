# SPDX-License-Identifier: ISC
"""A mailbox moves from the organisation's Exchange to Microsoft 365: that is found, explained, and put right, and no booking
is lost on the way. One practice server plays both houses over one world, under the names that they have."""
import cloud
import kit
import pytest
from counterpart import proxies

ANNA = cloud.ANNA
MAIL, GRAPH, LOGIN = "mail.practice.example", "graph.microsoft.com", "login.microsoftonline.com"
SUBJECT = "Planted-Subject-9f"


class Town:
    """Both houses behind a switchboard, and an hourgate that goes through it."""

    def __init__(self, make, authority, *mailboxes, settings=None, **options):
        self.application = cloud.Application(make.folder)
        world = self.application.world()
        self.practice = make.practice(
            *(mailboxes or [kit.person(ANNA)]), pki=authority.folder,
            sites={name: {} for name in (MAIL, GRAPH, LOGIN, "practice.example")},
            discovery={"ews": f"https://{MAIL}/EWS/Exchange.asmx"}, **{**world, **options})
        self.board = proxies.Switchboard({f"{name}:443": self.practice.port
                                          for name in (MAIL, GRAPH, LOGIN, "practice.example")})
        self.hourgate = make.hourgate(settings={"upstream.proxy": self.board.url, "upstream.poll": 1,
                                                **(settings or {})}).serve()
        self.hourgate.command("account", "add", "acme", "--name", "Acme AG")
        self.hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
        self.hourgate.command("connection", "add", "acme", ANNA, "--server", f"https://{MAIL}", "--user",
                              "PRACTICE\\anna", "--mailbox", ANNA, "--password-stdin", stdin=kit.PASSWORD + "\n")
        self.hourgate.page()

    @property
    def connection(self):
        row, = kit.rows(self.hourgate.listed("connection", "list", "acme"))
        return row

    def move_mailbox(self):
        self.practice.api("POST", f"/api/mailbox/{ANNA}/move", {"home": "online"})

    def let_in(self):
        """What an administrator types; the addresses are the usual ones."""
        return self.hourgate.run("connection", "move", "acme", self.connection["id"], "--kind", "graph", "--method",
                                 "assertion", "--tenant", "practice.example", "--client-id", cloud.CLIENT,
                                 "--mailbox", ANNA, "--key-file", self.application.file)


@pytest.fixture(name="town")
def fixture_town(make, authority):
    made = []

    def start(*mailboxes, **more):
        made.append(Town(make, authority, *mailboxes, **more))
        return made[-1]
    yield start
    for one in made:
        one.board.stop()


def test_a_mailbox_that_moved_is_found_explained_and_let_in_anew(town):
    day = kit.day_after(3)
    here = town(kit.person(ANNA, [kit.event(SUBJECT, kit.at(day, 9), 60)]))
    visitor = here.hourgate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    assert visitor.book(kit.at(day, 14), name="Dora", email="dora@customer.example").status == 201
    before = here.connection
    assert (before["kind"], before["state"]) == ("ews", "ok")

    here.move_mailbox()
    assert visitor.starts(day=day) == []  # unknown is never free
    found = kit.wait_until("it is found", lambda: here.connection["outage"] == "moved to Microsoft 365" and here.connection,
                           seconds=30)
    assert "Microsoft 365" in found["problem"]
    assert f"/connections/{found['id']}" in found["next_step"] and "--kind graph" in found["next_step"]
    assert visitor.starts(day=day) == []

    done = here.let_in()
    assert done.returncode == 0, done.stdout + done.stderr
    after = here.connection
    assert (after["id"], after["kind"], after["outage"]) == (before["id"], "graph", "")
    assert after["server"] == GRAPH

    starts = visitor.starts(day=day)
    assert kit.at(day, 9) not in starts and kit.at(day, 10) not in starts and kit.at(day, 14) not in starts
    assert visitor.book(kit.at(day, 15), name="Eva", email="eva@customer.example").status == 201
    rows = {row["start"]: row for row in here.hourgate.bookings()}
    assert len(rows) == 3 and {row["state"] for row in rows.values()} == {"confirmed"}
    for row in rows.values():  # each finds its event by its uid, whichever house wrote it
        here.hourgate.command("booking", "cancel", "acme", row["id"], "--yes")
    kit.wait_until("the events are removed", lambda: not here.practice.bookings(ANNA))
    assert SUBJECT not in here.hourgate.log()


def test_an_event_that_the_old_house_wrote_is_followed_in_the_new_one(town):
    day = kit.day_after(3)
    here = town()
    visitor = here.hourgate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    here.move_mailbox()
    assert here.let_in().returncode == 0
    kit.wait_until("it is asked what changed", lambda: here.practice.asked("Delta"), seconds=30)
    booked, = here.practice.bookings(ANNA)
    here.practice.remove(ANNA, booked)
    kit.wait_until("the booking is cancelled as its event is",
                   lambda: here.hourgate.bookings()[0]["state"] == "cancelled", seconds=30)


def test_a_mailbox_that_is_gone_has_not_moved(town):
    here = town()
    here.practice.misbehave("error", code="ErrorNonExistentMailbox")
    kit.wait_until("it is seen", lambda: here.connection["outage"] == "mailbox", seconds=30)
    kit.wait_until("autodiscover was asked", lambda: [entry for entry in here.practice.journal()
                                                      if entry["path"].lower().startswith("/autodiscover")], seconds=30)
    assert here.connection["outage"] == "mailbox" and here.connection["kind"] == "ews"
    here.practice.behave()
    kit.wait_until("it works again", lambda: here.connection["outage"] == "", seconds=60)
