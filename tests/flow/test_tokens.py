# SPDX-License-Identifier: ISC
"""People make tokens for their programs in the browser: shown once, good for what was chosen, revoked at once."""
import os
import re

import pytest

import kit
from people import ANNA, BERT, RIGHT, World

SECRET = re.compile(r"hg_[\w-]{20,}")


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def form_of(page):
    return re.search(r'name="form" value="([\w-]{43})"', page.text).group(1)


def make_token(browser, **fields):
    page = browser.ask("GET", "/settings/tokens/new")
    assert page.status == 200, page.text
    return browser.ask("POST", "/settings/tokens/new", {"form": form_of(page), "name": "My script", "days": "30", **fields})


def api(world, token, path=""):
    return world.gate.visitor().ask("GET", f"/api/v1/accounts/acme{path}", Authorization=f"Bearer {token}")


def test_made_shown_once_good_for_its_scopes_and_revoked(world):
    bert = world.signed_in(BERT)
    assert "No program asks as you" in bert.ask("GET", "/settings/tokens").text
    answer = make_token(bert, **{"pages:read": "yes", "bookings:read": "yes"})
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    token, = SECRET.findall(answer.text)
    listed = bert.ask("GET", "/settings/tokens").text
    assert "My script" in listed and "pages:read bookings:read" in listed and not SECRET.search(listed)
    assert api(world, token, "/pages").status == 200 and api(world, token, "/users").status == 403
    assert [row["page"] for row in api(world, token, "/pages").json()["pages"]] == ["by-bert"]
    revoke, = re.findall(r'href="(/settings/tokens/\d+/revoke)"', listed)
    asked = bert.ask("GET", revoke)
    assert "My script" in asked.text and api(world, token, "/pages").status == 200, "nothing is done by looking"
    assert bert.ask("POST", revoke, {"form": form_of(asked), "action": "revoke"}).status == 303
    assert api(world, token, "/pages").status == 401
    assert bert.ask("GET", revoke).status == 404
    assert world.gate.command("audit", "show", "acme").count("token made") == 1


def test_what_is_missing_is_said(world):
    bert = world.signed_in(BERT)
    for fields in ({"name": "", "pages:read": "yes"}, {"name": " ", "pages:read": "yes"}, {}):
        answer = make_token(bert, **fields)
        assert answer.status == 422 and not SECRET.search(answer.text)
    assert 'value="yes" checked' in make_token(bert, name="", **{"pages:read": "yes"}).text, "what was chosen stays"
    assert make_token(bert, days="7", **{"pages:read": "yes"}).status == 400
    assert make_token(bert, **{"users:write": "yes"}).status == 403, "no member's token does that"
    assert "users:write" not in bert.ask("GET", "/settings/tokens/new").text


def test_members_see_their_own_and_administrators_all(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    tokens = [SECRET.findall(make_token(one, name=name, **{"account:read": "yes"}).text)[0]
              for one, name in ((anna, "Anna's"), (bert, "Bert's"))]
    seen_by_anna, seen_by_bert = (one.ask("GET", "/settings/tokens").text for one in (anna, bert))
    assert "Anna&#39;s" in seen_by_anna and "Bert&#39;s" in seen_by_anna and BERT in seen_by_anna
    assert "Anna&#39;s" not in seen_by_bert and ANNA not in seen_by_bert
    annas, berts = re.findall(r"/settings/tokens/\d+/revoke", seen_by_anna)
    assert bert.ask("GET", annas).status == 404
    assert bert.ask("POST", annas, {"form": bert.form(), "action": "revoke"}).status == 404
    assert api(world, tokens[0]).status == 200
    assert anna.ask("POST", berts, {"form": anna.form(), "action": "revoke"}).status == 303
    assert api(world, tokens[1]).status == 401
    zoe = world.signed_in("zoe@practice.example")
    assert zoe.ask("POST", annas, {"form": zoe.form(), "action": "revoke"}).status == 404
    assert "Anna&#39;s" not in zoe.ask("GET", "/settings/tokens").text



@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    said = kit.browser("tokens.mjs", world.gate.base, ANNA, RIGHT, javascript, folder)
    assert SECRET.fullmatch(said["token"]) and "Reporting" in said["listed"] and said["token"] not in said["listed"]
    assert said["copied"] == (said["token"] if javascript == "on" else None)
    assert "Revoked." in said["revoked"] and api(world, said["token"]).status == 401
    assert said["violations"] == []
