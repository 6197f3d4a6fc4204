# SPDX-License-Identifier: ISC
"""The first run: a one-time link makes the first account; before that nothing is served, afterwards the link is nothing."""
import os
import re

import kit
import post
import pytest
from people import Browser

OWNER, WORDS = "anna@practice.example", "correct horse battery"
FIRST = {"account_name": "Praxis Müller & Co.", "account": "", "kind": "corporate", "name": "Anna Muster", "email": OWNER,
         "zone": kit.ZONE, "password": WORDS}


def link_of(gate):
    """Return the path of a new link."""
    found = re.fullmatch(r"http://[^/]+(/setup/[\w-]{54})\n", gate.command("setup", "link"))
    return found.group(1)


def form_of(answer):
    return re.search(r'name="form" value="([\w-]{43})"', answer.text).group(1)


def begin(gate, **fields):
    """Go through the first screen; return whose browser it is."""
    owner, link = Browser(gate), link_of(gate)
    done = owner.ask("POST", link, {**FIRST, **fields})
    assert done.status == 303 and done.headers["Location"] == "/setup/mail"
    return owner, link


def test_before_it_is_set_up_nothing_is_served(make):
    gate = make.hourgate().serve()
    visitor = gate.visitor()
    for path in ("/", "/sign-in", "/acme/intro", "/trust", "/b/x", "/invite/x", "/me", "/setup", "/setup/mail"):
        answer = visitor.get(path)
        assert answer.status == 503 and "Not set up yet" in answer.text, path
        assert "hourgate setup link" in answer.text
    api = visitor.get("/api/v1/pages/acme/intro")
    assert api.status == 503 and api.headers["Content-Type"] == "application/problem+json"
    assert visitor.get("/healthz").status == 200 and visitor.get("/readyz").status == 200
    assert visitor.get(re.search(r'href="(/a/[^"]+)"', visitor.get("/").text).group(1)).status == 200
    gate.command("account", "add", "acme", "--name", "Acme")  # the way by commands opens it too
    gate.command("user", "add", "acme", OWNER, "--name", "Anna", "--zone", kit.ZONE)
    assert visitor.get("/").status == 200 and visitor.get("/setup").status == 404
    assert "it has users" in gate.run("setup", "link").stderr


def test_three_screens_without_a_script(make):
    gate = make.hourgate().serve()
    owner, link = begin(gate)
    assert gate.listed("account", "list")[0]["account"] == "praxis-m-ller-co"
    mail = owner.ask("GET", "/setup/mail")
    assert mail.status == 200 and OWNER in mail.text and "Without mail for now" in mail.text
    data = owner.ask("GET", "/setup/done")
    assert data.status == 200 and ("PostgreSQL" if kit.POSTGRES else "hourgate.db") in data.text
    assert "only this machine reaches it" in data.text
    done = owner.ask("POST", "/setup/done", {"form": form_of(data), "location": "Bern, Switzerland"})
    assert done.status == 303
    place = owner.ask("GET", done.headers["Location"])
    assert place.status == 200 and "Anna Muster" in place.text
    assert owner.visitor.get("/api/v1/trust").json()["location"] == "Bern, Switzerland"
    # and all doors behind it are shut
    assert owner.ask("GET", "/setup/done").status == owner.ask("GET", "/setup/mail").status == 404
    assert gate.visitor().get(link).status == 404
    assert Browser(gate).ask("POST", link, FIRST).status == 404
    rows = gate.listed("user", "list", "praxis-m-ller-co")
    assert [(row["email"], row["role"]) for row in rows] == [(OWNER, "owner")]
    assert "set up" in [row["what"] for row in gate.listed("audit", "show", "praxis-m-ller-co")]


def test_a_link_is_good_once_and_the_latest_counts(make):
    gate = make.hourgate().serve()
    older, newer = link_of(gate), link_of(gate)
    dead = gate.visitor().get(older)
    assert dead.status == 404 and "used already, replaced by another" in dead.text
    assert gate.visitor().get(newer).status == 200
    assert gate.visitor().get(newer).status == 200  # to look is not to use it
    assert Browser(gate).ask("POST", older, FIRST).status == 404
    assert Browser(gate).ask("POST", newer, FIRST).status == 303
    assert Browser(gate).ask("POST", newer, {**FIRST, "account": "second", "email": "eve@evil.example"}).status == 404
    assert len(gate.listed("account", "list")) == 1


def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(make):
    gate = make.hourgate().serve()
    browser, link = Browser(gate), link_of(gate)
    for wrong, says in (({"account": "api"}, "word for its addresses"), ({"account_name": " "}, "word for its addresses"),
                        ({"email": "no address"}, "e-mail address"), ({"zone": "Mars/North"}, "time zone is not known"),
                        ({"password": "short"}, "at least 10"), ({"password": OWNER}, "at least 10"),
                        ({"name": "x" * 300}, "longer than it can be")):
        answer = browser.ask("POST", link, {**FIRST, **wrong})
        assert answer.status == 422 and says in answer.text, wrong
        assert f'value="{FIRST["email"] if "email" not in wrong else wrong["email"]}"' in answer.text
        assert WORDS not in answer.text
    assert not gate.listed("account", "list")
    assert browser.ask("POST", link, FIRST, Sec_Fetch_Site="cross-site").status == 403
    assert browser.ask("POST", link, FIRST).status == 303


def test_guessing_links_is_slowed(make):
    gate = make.hourgate().serve()
    guess = "/setup/" + "A" * 54
    codes = [gate.visitor("127.0.0.7").get(guess).status for _ in range(14)]
    assert codes[0] == 404 and codes[-1] == 429
    assert gate.visitor("127.0.0.8").get(link_of(gate)).status == 200


def test_only_who_began_goes_on(make):
    gate = make.hourgate().serve()
    owner, _ = begin(gate, account="acme")
    gate.command("user", "add", "acme", "bert@practice.example", "--name", "Bert", "--zone", kit.ZONE)
    invited = gate.command("user", "invite", "acme", "bert@practice.example")
    bert = Browser(gate)
    assert bert.ask("POST", re.search(r"/invite/[\w-]+", invited).group(0), {"password": "another horse battery"}).status == 303
    assert bert.ask("GET", "/setup/mail").status == bert.ask("GET", "/setup/done").status == 404
    theirs = bert.form()
    fields = {"form": theirs, "host": "mail.evil.example", "security": "tls", "from": "eve@evil.example", "user": "", "password": ""}
    assert bert.ask("POST", "/setup/mail", fields).status == 404
    bert.ask("POST", "/setup/done", {"form": theirs, "location": "Elsewhere"})
    assert owner.ask("GET", "/setup/done").status == 200
    assert "location" not in owner.visitor.get("/api/v1/trust").json()
    assert Browser(gate).ask("GET", "/setup/mail").headers["Location"].startswith("/sign-in")


# ---- mail ----

@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def mail_fields(server, page, **more):
    return {"form": form_of(page), "host": f"localhost:{server.port}", "security": "starttls", "user": post.USER,
            "password": post.PASSWORD, "from": post.SENDER, **more}


def test_mail_is_tried_at_once_and_kept_sealed(make, server):
    practice = make.practice()
    gate = make.hourgate().serve()
    owner, _ = begin(gate, account="acme")
    page = owner.ask("GET", "/setup/mail")
    refused = owner.ask("POST", "/setup/mail", mail_fields(server, page, password="mistyped-88"))
    assert refused.status == 422 and "Nothing was kept" in refused.text and "refused" in refused.text
    assert post.PASSWORD not in refused.text and "mistyped-88" not in refused.text
    assert "Goes out by" not in owner.ask("GET", "/setup/done").text
    good = owner.ask("POST", "/setup/mail", mail_fields(server, page))
    assert good.status == 200 and f"A mail was sent to {OWNER}" in good.text
    assert len(server.of(OWNER)) == 1
    assert "Goes out by localhost" in owner.ask("GET", "/setup/done").text
    # bookings are mailed by it, now and after a restart
    gate.connect(practice, OWNER, "acme")
    gate.page("intro", OWNER, "acme")
    day = kit.day_after(3)
    assert gate.visitor().book(kit.at(day, 10)).status == 201
    kit.wait_until("the customer hears of it", lambda: server.of("carla@customer.example"))
    gate.stop()
    gate.command("key", "rewrap", "--new-key", gate.folder / "new.key")
    (gate.folder / "new.key").replace(gate.setting("data", "key"))
    gate.serve()
    assert gate.visitor().book(kit.at(day, 14)).status == 201
    kit.wait_until("mail goes out under another master key", lambda: len(server.of("carla@customer.example")) == 2)
    code, found, _ = gate.scan(post.PASSWORD)
    assert code == 1 and {one["kind"].split()[0] for one in found} == {"memory"}  # of who sends, and nothing on the disk
    assert not any("edge" in one["place"] for one in found)


def test_the_configurations_mail_server_counts_alone(make, server):
    gate = make.hourgate(settings=server.settings(make.folder)).serve()
    owner, _ = begin(gate)
    page = owner.ask("GET", "/setup/mail")
    assert "changed there" in page.text and "<form" not in page.text
    form = form_of(owner.ask("GET", "/setup/done"))
    assert owner.ask("POST", "/setup/mail", {"form": form, "host": "localhost", "from": OWNER, "security": "tls"}).status == 404


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(make, server, javascript):
    gate = make.hourgate().serve()
    folder = os.environ.get("HOURGATE_SCREENSHOTS", "")
    said = kit.browser("setup.mjs", gate.base, link_of(gate), f"localhost:{server.port}", post.USER, post.PASSWORD, post.SENDER,
                       javascript, folder)
    assert said["violations"] == []
    assert said["waiting"] == "Not set up yet" and said["zone"]
    assert said["problem"].startswith("Mail cannot be sent")
    assert said["sent"].startswith("A mail was sent to anna@practice.example")
    assert said["place"]
