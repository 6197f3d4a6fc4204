# SPDX-License-Identifier: ISC
"""One-time codes as the second step of signing in: RFC 6238 as another implementation has it, the picture as a reader
reads it, and what others try."""
import base64
import os
import re
import subprocess
import time

import kit
import pytest
from people import ANNA, BERT, OTHER, RIGHT, STEP_S, World, code_of

PAGE = "/settings/second-factor"


class Phone:
    """It has the secret and never says a code twice: after one it looks a step ahead, which a clock that is off would too."""

    def __init__(self, secret):
        self.secret, self.said = secret, 0

    def code(self):
        step = max(int(time.time()) // STEP_S, self.said + 1)
        if step > int(time.time()) // STEP_S + 1:
            time.sleep((step - 1) * STEP_S - time.time() + .2)
        self.said = step
        return code_of(self.secret, step * STEP_S)


def turn_on(browser):
    """Return the phone and the recovery codes."""
    assert browser.post(PAGE, action="begin").headers["Location"] == PAGE
    page = browser.ask("GET", PAGE).text
    phone = Phone(re.search(r'class="secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", ""))
    answer = browser.post(PAGE, action="confirm", code=phone.code())
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", answer.text)
    assert answer.status == 200 and len(set(codes)) == 10, answer.text
    return phone, codes


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def test_signing_in_takes_the_code(world):
    browser = world.signed_in()
    old = browser.cookie
    phone, codes = turn_on(browser)
    assert browser.cookie != old and browser.me().status == 200
    assert world.browser(cookie=old).me().status == 303, "the session goes on under another token"
    late = world.browser()
    answer = late.sign_in()
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in/code") and not late.cookie and late.step
    assert late.me().headers["Location"] == "/sign-in", "between the two there is no session"
    assert world.browser(cookie=late.step).me().status == 303, "and what there is opens none"
    wrong = late.ask("POST", "/sign-in/code", {"code": "000000", "next": "/me"})
    assert wrong.status == 403 and not late.cookie
    code, step = phone.code(), late.step
    answer = late.ask("POST", "/sign-in/code", {"code": code, "next": "/me"})
    assert (answer.status, answer.headers["Location"]) == (303, "/me") and late.cookie and not late.step
    assert late.me().status == 200
    again = world.browser()
    again.step = step
    assert again.ask("POST", "/sign-in/code", {"code": "123456"}).headers["Location"] == "/sign-in?late=1"
    again.sign_in()
    assert again.ask("POST", "/sign-in/code", {"code": code}).status == 403, "a code works once"
    assert again.ask("POST", "/sign-in/code", {"code": codes[0].upper()}).status == 303 and again.me().status == 200
    third = world.browser()
    third.sign_in()
    assert third.ask("POST", "/sign-in/code", {"code": codes[0]}).status == 403, "and so does a recovery code"
    assert "9 recovery codes are left" in again.ask("GET", PAGE).text
    assert "Signed in by your password and a code" in again.settings().text
    assert world.browser().ask("GET", "/sign-in/code").headers["Location"] == "/sign-in"


def test_the_picture_is_the_secret(world, tmp_path):
    browser = world.signed_in()
    browser.post(PAGE, action="begin")
    page = browser.ask("GET", PAGE)
    assert "style=" not in page.text and "data:" not in page.text, "the page's policy allows neither"
    box, path = re.search(r'<svg class="qr" viewBox="([^"]+)"[^>]*><path d="([^"]+)"', page.text).groups()
    assert box.startswith("-4 -4 ")
    side, scale = int(box.split()[2]), 6
    rows = [bytearray(b"\xff" * side * scale) for _ in range(side * scale)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+", path):
        for row in rows[(int(y) + 4) * scale:(int(y) + 5) * scale]:
            row[(int(x) + 4) * scale:(int(x) + 4 + int(run)) * scale] = bytes(int(run) * scale)
    picture = tmp_path / "code.pgm"
    picture.write_bytes(b"P5 %d %d 255\n" % (side * scale, side * scale) + b"".join(rows))
    read = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True).stdout.strip()
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text).group(1).replace(" ", "")
    assert read == f"otpauth://totp/Acme:anna%40practice.example?secret={secret}&issuer=Acme"


def test_turning_it_off_takes_both(world):
    browser = world.signed_in()
    phone, codes = turn_on(browser)
    for fields in ({"password": OTHER, "code": codes[1]}, {"password": RIGHT, "code": "000000"}, {"password": RIGHT, "code": ""}):
        assert browser.post(PAGE, action="off", **fields).status == 403
    assert browser.post(PAGE, action="off", password=RIGHT, code=phone.code()).headers["Location"] == PAGE + "?done=factor-off"
    assert browser.me().status == 200 and world.signed_in().me().status == 200


def test_an_operator_helps_who_lost_it(world):
    browser = world.signed_in()
    turn_on(browser)
    assert world.gate.run("user", "totp", "off", "acme", ANNA).returncode == 1, "not without --yes"
    assert world.browser().sign_in().headers["Location"] == "/sign-in/code"
    world.gate.command("user", "totp", "off", "acme", ANNA, "--yes")
    assert browser.me().status == 303, "their sessions have ended"
    assert world.signed_in().me().status == 200
    assert world.gate.run("user", "totp", "off", "acme", ANNA, "--yes").returncode == 1, "there is none any more"
    assert "second factor off" in world.gate.command("audit", "show", "acme")


def test_an_account_asks_everybody_for_it(world):
    before = world.signed_in(BERT)
    world.gate.command("account", "require-totp", "acme", "on")
    for browser in (before, world.signed_in(BERT)):
        assert browser.me().headers["Location"] == PAGE, "nothing else is to be had"
        assert "asks for a second factor" in browser.ask("GET", PAGE).text
    form = re.search(r'name="form" value="([\w-]{43})"', before.ask("GET", PAGE).text).group(1)
    before.form = lambda: form
    phone, _ = turn_on(before)
    assert before.me().status == 200
    fresh = world.browser()
    assert fresh.sign_in(BERT).headers["Location"] == "/sign-in/code"
    assert fresh.ask("POST", "/sign-in/code", {"code": phone.code()}).headers["Location"] == "/me"
    world.gate.command("account", "require-totp", "acme", "off")
    assert world.signed_in().me().status == 200


def test_forms_of_others_change_nothing(world):
    browser, other = world.signed_in(), world.signed_in(BERT)
    for fields in ({"action": "begin"}, {"action": "begin", "form": other.form()}):
        assert browser.ask("POST", PAGE, fields).status == 403
    assert browser.ask("POST", PAGE, {"action": "begin", "form": browser.form()}, Sec_Fetch_Site="cross-site").status == 403
    assert "Set it up" in browser.ask("GET", PAGE).text
    step = world.browser()
    turn_on(browser)
    step.sign_in()
    assert step.ask("POST", "/sign-in/code", {"code": "1"}, Sec_Fetch_Site="cross-site").status == 403


def test_nothing_secret_is_written_down(world):
    browser = world.signed_in()
    phone, codes = turn_on(browser)
    late = world.browser()
    late.sign_in()
    step, code = late.step, phone.code()
    late.ask("POST", "/sign-in/code", {"code": code})
    text = world.gate.log() + world.gate.command("audit", "show", "acme", "--json")
    assert "second factor on" in text
    for secret in (phone.secret, step, late.cookie, *codes):
        assert secret not in text
    raw = base64.b32decode(phone.secret)
    for file in world.gate.files():
        data = file.read_bytes()
        for secret in (phone.secret.encode(), raw, *(code.encode() for code in codes)):
            assert secret not in data, file


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    said = kit.browser("second-factor.mjs", world.gate.base, ANNA, RIGHT, javascript, folder)
    assert said["codes"] == 10 and "wrong" in said["refused"] and said["name"] == "Anna"
    assert said["violations"] == []
