# SPDX-License-Identifier: ISC
"""People take what is held of them along, leave, and owners erase the account: said first, certified afterwards."""
import csv
import io
import json
import os
import re

import pytest

import kit
from people import ANNA, BERT, RIGHT, World, ZOE

CUSTOMER = "Planted Customer 77aa"


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def book(world, page, hour=10, name=CUSTOMER):
    answer = world.gate.visitor().book(kit.at(kit.day_after(3), hour), page=f"acme/{page}", name=name)
    assert answer.status == 201, answer.text
    return answer.json()


def certificate(world, page):
    """The certificate that a page shows, judged by the command that knows the key."""
    text = re.search(r'<pre class="certificate"[^>]*>\n(.*?)</pre>', page.text, re.S).group(1).replace("&#39;", "'")
    file = world.gate.folder / "certificate"
    file.write_text(text.rstrip("\n") + "\n")
    assert world.gate.run("erasure", "verify", file).returncode == 0
    file.write_text(text.rstrip("\n").replace("acme", "other") + "\n")
    assert world.gate.run("erasure", "verify", file).returncode != 0
    return text


def test_what_is_held_is_taken_along_and_nothing_of_others(world):
    mine, others = book(world, "by-bert"), book(world, "by-anna", name="Of Anna 1c3d")
    bert = world.signed_in(BERT)
    answer = bert.ask("GET", "/settings/data/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hourgate-me.json"'
    said = answer.json()
    assert said["of"] == "person" and said["complete"] is True and said["account"]["account"] == "acme"
    assert [row["email"] for row in said["people"]] == [BERT]
    assert [row["id"] for row in said["bookings"]] == [mine["id"]]
    assert said["bookings"][0]["customer"]["name"] == CUSTOMER
    assert [row["page"] for row in said["pages"]] == ["by-bert"] and len(said["connections"]) == 1 and said["sessions"]
    assert "mail_texts" not in said and kit.PASSWORD not in answer.text and RIGHT not in answer.text
    assert ANNA not in answer.text and others["id"] not in answer.text and "Of Anna" not in answer.text
    kit.wait_until("the readings are written down",
                   lambda: bert.ask("GET", "/settings/data/export").json()["readings"], 20)
    assert bert.ask("GET", "/settings/account/export").status == 403
    anna = world.signed_in()
    own, whole = (anna.ask("GET", f"/settings/{path}/export") for path in ("data", "account"))
    assert CUSTOMER not in own.text and BERT not in own.text
    assert {row["email"] for row in whole.json()["people"]} == {ANNA, BERT} and whole.json()["of"] == "account"
    assert {row["id"] for row in whole.json()["bookings"]} == {mine["id"], others["id"]}
    assert ZOE not in whole.text and "readings" not in whole.json(), "whose calendar was read is their own to know"


def test_a_long_list_is_exported_whole(world):
    world.gate.page("many", BERT, duration=5, increment=5)
    day = kit.day_after(4)
    starts = world.gate.visitor().starts(page="acme/many", day=day, days=3)
    world.gate.command("connection", "remove", "acme", "2", "--yes")
    for n, start in enumerate(starts[:150]):
        assert world.gate.visitor().book(start, page="acme/many", name=f"{'=' * (n == 7)}Guest {n}").status == 201
    bert = world.signed_in(BERT)
    rows = list(csv.DictReader(io.StringIO(bert.ask("GET", "/bookings/export").text)))
    assert len(rows) == len({row["id"] for row in rows}) == 150 and rows[7]["name"] == "'=Guest 7"
    assert len(bert.ask("GET", "/settings/data/export").json()["bookings"]) == 150


def test_who_leaves_hands_over_and_is_gone(world):
    booked = book(world, "by-bert")
    bert = world.signed_in(BERT)
    page = bert.ask("GET", "/settings/data/leave")
    assert "coming bookings" in page.text and "booking pages" in page.text and 'name="to"' in page.text
    wrong = ({"sure": "x", "to": ANNA}, {"sure": BERT, "to": "nobody@practice.example"}, {"sure": BERT, "to": BERT}, {"sure": BERT})
    for fields in wrong:
        answer = bert.ask("POST", "/settings/data/leave", {"form": bert.form(), **fields})
        assert answer.status == 422 and bert.me().status == 200, fields
    answer = bert.ask("POST", "/settings/data/leave", {"form": bert.form(), "sure": BERT, "to": ANNA})
    assert answer.status == 200 and not bert.cookie
    assert BERT not in certificate(world, answer)
    assert world.browser().sign_in(BERT).status == 403
    assert BERT not in world.gate.command("user", "list", "acme")
    assert "Anna" in world.gate.visitor().get(kit.path_of(booked["manage_url"])).text
    assert "Anna" in world.gate.visitor().get("/acme/by-bert").text
    assert [row["host"] for row in kit.rows(world.gate.listed("attention", "list", "acme"))] == [ANNA]
    anna = world.signed_in()
    last = anna.ask("GET", "/settings/data/leave")
    assert "last owner" in last.text and 'name="sure"' not in last.text
    assert anna.ask("POST", "/settings/data/leave", {"form": anna.form(), "sure": ANNA}).status == 422
    assert anna.me().status == 200


def test_administrators_remove_who_stands_below(world):
    anna, bert, zoe = world.signed_in(), world.signed_in(BERT), world.signed_in(ZOE)
    assert "/settings/user/remove?email=" in anna.ask("GET", f"/settings/user?email={BERT}").text
    for browser, status in ((bert, 403), (zoe, 404)):
        path = f"/settings/user/remove?email={ANNA}"
        assert browser.ask("GET", path).status == status
        assert browser.ask("POST", path, {"form": browser.form(), "sure": ANNA, "to": BERT}).status in (status, 422)
    answer = anna.ask("POST", f"/settings/user/remove?email={BERT}", {"form": anna.form(), "sure": BERT.upper(), "to": ANNA})
    assert answer.status == 200 and anna.me().status == 200 and bert.me().status == 303
    assert BERT not in certificate(world, answer) and BERT not in anna.ask("GET", "/settings/users").text


def test_owners_erase_the_account(world):
    book(world, "by-bert")
    anna, bert = world.signed_in(), world.signed_in(BERT)
    assert "/settings/account/remove" in anna.ask("GET", "/settings/account").text
    asked = anna.ask("GET", "/settings/account/remove")
    assert "coming bookings" in asked.text and "people" in asked.text
    assert bert.ask("GET", "/settings/account/remove").status == 403
    world.gate.command("user", "role", "acme", BERT, "administrator")
    bert = world.signed_in(BERT)
    assert bert.ask("POST", "/settings/account/remove", {"form": bert.form(), "sure": "acme"}).status == 403
    assert "/settings/account/remove" not in bert.ask("GET", "/settings/account").text
    assert anna.ask("POST", "/settings/account/remove", {"form": anna.form(), "sure": "zeta"}).status == 422
    answer = anna.ask("POST", "/settings/account/remove", {"form": anna.form(), "sure": "acme"})
    assert answer.status == 200 and not anna.cookie and "acme" in certificate(world, answer)
    assert [row["account"] for row in kit.rows(world.gate.listed("account", "list"))] == ["zeta"]
    assert world.browser().sign_in(BERT).status == 403 and world.browser().sign_in(ZOE).status == 303
    assert world.gate.visitor().get("/acme/by-bert").status == 404
    assert json.loads(world.gate.command("erasure", "list", "--json"))


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    book(world, "by-bert")
    said = kit.browser("leave.mjs", world.gate.base, BERT, ANNA, RIGHT, javascript, folder)
    assert said["export"]["of"] == "person" and "signature" in said["certificate"]
    assert said["copied"] == (said["certificate"] if javascript == "on" else None)
    assert said["violations"] == []
