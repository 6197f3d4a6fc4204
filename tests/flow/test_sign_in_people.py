# SPDX-License-Identifier: ISC
"""People sign in: invited, by password, with a cookie; and what others try with it. Everything works without a script."""
import os
import re
import urllib.parse

import kit
import pytest
from people import ANNA, BERT, OTHER, RIGHT, World, ZOE

@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def test_from_the_link_to_the_own_place(world):
    link, browser = world.invite(BERT), world.browser()
    assert browser.ask("GET", link).status == 200
    assert browser.ask("POST", link, {"password": "short"}).status == 422 and not browser.cookie
    answer = browser.ask("POST", link, {"password": OTHER})
    assert (answer.status, answer.headers["Location"]) == (303, "/me")
    assert "Bert" in browser.me().text
    assert BERT in browser.settings().text and "this one" in browser.settings().text
    assert world.browser().ask("POST", link, {"password": RIGHT}).status == 404, "the link is used up"
    day = kit.day_after(3)
    assert world.gate.visitor().book(kit.at(day, 10), page="acme/by-bert").status == 201
    assert "Carla Customer" in browser.me().text
    assert browser.post("/sign-out").headers["Location"] == "/sign-in" and not browser.cookie
    assert browser.me().headers["Location"] == "/sign-in"


def test_nobody_sees_anothers_place(world):
    day = kit.day_after(3)
    assert world.gate.visitor().book(kit.at(day, 10), page="acme/by-bert").status == 201
    for address in (ANNA, ZOE):
        text = world.signed_in(address).me().text
        assert "Carla" not in text and BERT not in text
    bert, anna = world.signed_in(BERT), world.signed_in()
    foreign = re.search(r'name="id" value="(\d+)"', bert.settings().text).group(1)
    anna.post(action="end", id=foreign)
    assert len(re.findall(r'name="id"', bert.settings().text)) == 1, "another's session stays"


def test_wrong_tries_are_all_alike_and_make_wait(world):
    unknown, wrong = world.browser().sign_in("nobody@practice.example"), world.browser().sign_in(password=OTHER)
    assert unknown.status == wrong.status == 403
    assert unknown.masked().replace("nobody@", "anna@") == wrong.masked()
    for _ in range(4):
        world.browser().sign_in(password=OTHER)
    assert world.browser().sign_in().status == 403, "the right one is too soon"
    assert world.browser().sign_in(BERT).status == 303, "that is nobody else's matter"
    link = world.invite(ANNA)
    assert world.browser().ask("POST", link, {"password": OTHER}).status == 303
    assert world.browser().sign_in(password=OTHER).status == 303


def test_an_address_that_is_often_wrong_is_turned_away(world):
    codes = {world.browser().sign_in(f"nobody{n}@practice.example").status for n in range(60)}
    assert codes == {403, 429}


def test_sessions_are_cut_at_once(world):
    one, two, three = (world.signed_in() for _ in range(3))
    cut = re.findall(r'name="id" value="(\d+)"', one.settings().text)
    assert len(cut) == 3  # and that of the invitation
    assert one.post(action="end", id=cut[0]).headers["Location"] == "/settings?done=ended"
    assert [each.me().status for each in (one, two, three)].count(303) == 1
    one.post(action="end-others")
    assert one.me().status == 200
    assert two.me().status == three.me().status == 303
    four, old = world.signed_in(), one.cookie
    assert one.post(action="password", old=OTHER, password=OTHER).status == 403
    assert one.post(action="password", old=RIGHT, password=OTHER).headers["Location"] == "/settings?done=password"
    assert one.cookie != old and one.me().status == 200
    assert four.me().status == world.browser(cookie=old).me().status == 303
    assert world.browser().sign_in().status == 403


def test_forms_of_other_sites_do_nothing(world):
    browser, fields = world.signed_in(), {"action": "end-others"}
    form, other = browser.form(), world.signed_in(BERT).form()
    for sent in (fields, {**fields, "form": other}, {**fields, "form": form[:-1]}, {**fields, "form": ""}):
        assert browser.ask("POST", "/settings", sent).status == 403
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
                    {"Sec_Fetch_Site": "", "Origin": "https://evil.example"}):
        assert browser.ask("POST", "/settings", {**fields, "form": form}, **headers).status == 403
        assert browser.ask("POST", "/sign-out", {"form": form}, **headers).status == 403
        assert world.browser().ask("POST", "/sign-in", {"email": ANNA, "password": RIGHT}, **headers).status == 403
    assert browser.ask("GET", "/sign-out").status == 405 and browser.me().status == 200


def test_a_cookie_that_was_planted_signs_nobody_in(world):
    planted = "A" * 54
    browser = world.browser(cookie=planted)
    assert browser.me().status == 303
    browser.cookie = planted
    assert browser.sign_in().status == 303 and browser.cookie != planted
    assert world.browser(cookie=planted).me().status == 303
    first = browser.cookie
    browser.sign_in()
    assert browser.cookie != first


def test_who_has_to_sign_in_comes_back(world):
    browser = world.browser()
    answer = browser.ask("GET", "/settings")
    assert answer.headers["Location"] == "/sign-in?next=/settings"
    assert 'name="next" value="/settings"' in browser.ask("GET", "/sign-in?next=/settings").text
    assert browser.sign_in(next="/settings").headers["Location"] == "/settings"


def test_it_leads_nowhere_else(world):
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "/b/x", "/me/../b", "", "/me\r\nX: y", "/meet", "/settings?x=//evil.example"):
        assert world.browser().sign_in(next=target).headers.get("Location") == "/me"
        page = world.browser().ask("GET", "/sign-in?" + urllib.parse.urlencode({"next": target}))
        assert "evil" not in page.text


def test_the_password_is_asked_again_and_leads_back(world):
    browser = world.signed_in()
    assert "Password of " + ANNA in browser.ask("GET", "/again?next=/me").text
    old = browser.cookie
    wrong = browser.post("/again", password=OTHER, next="/me")
    assert wrong.status == 403 and "not your password" in wrong.text and browser.cookie == old
    answer = browser.post("/again", password=RIGHT, next="/me")
    assert (answer.status, answer.headers["Location"]) == (303, "/me") and browser.cookie != old
    assert browser.me().status == 200 and world.browser(cookie=old).me().status == 303, "the token before is over"
    for target in ("https://evil.example/", "//evil.example", "/me/../b", "/b/x", "/acme/by-anna", "/api/v1/trust", ""):
        assert browser.post("/again", password=RIGHT, next=target).headers["Location"] == "/me"
    assert world.browser().ask("GET", "/again").headers["Location"] == "/sign-in"
    assert browser.ask("POST", "/again", {"password": RIGHT}).status == 403, "the form is not this session's"


def test_nothing_secret_is_written_down(world):
    browser = world.signed_in()
    browser.sign_in(password=OTHER)
    cookie = world.signed_in(BERT).cookie
    text = world.gate.log() + world.gate.command("audit", "show", "acme", "--json")
    assert "person signed in" in text and "sign-in refused" in text and "invited" in text
    for secret in (RIGHT, OTHER, cookie, *(link.rpartition("/")[2] for link in world.links)):
        assert secret not in text


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    assert world.gate.visitor().book(kit.at(kit.day_after(3), 10), page="acme/by-anna").status == 201
    world.signed_in()
    said = kit.browser("sign-in.mjs", world.gate.base, world.invite(ANNA), ANNA, OTHER, javascript, folder)
    assert said["invited"] == "Acme" and said["kept"] == ANNA
    assert "do not fit" in said["refused"] and "changed" in said["changed"]
    assert said["violations"] == []
