# SPDX-License-Identifier: ISC
"""People sign in by their organisation's own provider: known by issuer and subject, and nobody else comes in by it."""
import hashlib
import hmac
import json
import re
import time
import urllib.parse

import kit
import pytest
from counterpart.openid import CLIENT, SECRET, Hostile, Person, Provider
from counterpart.programs import free_port
from exchange import jwt
from people import ANNA, BERT, Browser, code_of

PEOPLE = {"anna": {"email": ANNA, "email_verified": True, "name": "Anna There"},
          "cleo": {"email": "cleo@practice.example", "email_verified": True, "name": "Cleo Colleague"},
          "dora": {"email": "dora@elsewhere.example", "email_verified": True},
          "emil": {"email": "emil@practice.example", "email_verified": False},
          "anna2": {"email": ANNA, "email_verified": True}, "silent": {}}


class World:
    """Acme with Anna and Bert; a provider of theirs."""

    def __init__(self, make):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.make, self.trusted = make, make.authority.certificate
        self.gate = make.hourgate(settings={"server.listen": f"127.0.0.1:{self.port}", "server.base_url": self.base})
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.serve()

    def use(self, issuer, *more, secret=SECRET):
        file = self.gate.folder / "secret"
        file.write_text(secret)
        file.chmod(0o600)
        return self.gate.command("sso", "put", "acme", "--issuer", issuer, "--client-id", CLIENT, "--secret-file", file,
                                 "--label", "Acme ID", "--domain", "practice.example", *more)

    def provider(self, **client):
        made = Provider(self.make.folder, self.make.good, self.trusted, [f"{self.base}/sign-in/callback"], PEOPLE, **client)
        return self.make.keep(made)

    def address(self, browser, path="/sign-in/with/acme?next=/bookings"):
        answer = browser.ask("GET", path)
        assert answer.status == 303, answer.text
        return answer.headers["Location"]

    def back(self, browser, name, path="/sign-in/with/acme?next=/bookings", person=None):
        """Sign in at the provider; return the path that it sends the browser to."""
        return (person or Person(self.trusted)).sign_in(self.address(browser, path), name, self.base)

    def sign_in(self, name, browser=None, **more):
        browser = browser or Browser(self.gate)
        return browser, browser.ask("GET", self.back(browser, name, **more))

    def users(self):
        return {row["email"]: row for row in kit.rows(self.gate.listed("user", "list", "acme"))}


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def test_by_a_real_provider(world):
    provider = world.provider()
    said = world.use(provider.issuer, "--join", "member", "--zone", kit.ZONE)
    assert "/sign-in/callback" in said
    page = Browser(world.gate).ask("GET", "/sign-in?next=/bookings").text
    assert "Sign in with Acme ID" in page and "/sign-in/with/acme?next=/bookings" in page.replace("&amp;", "&")
    anna, answer = world.sign_in("anna")
    assert answer.status == 303 and answer.headers["Location"] == "/bookings" and not anna.way, answer.text
    settings = anna.settings().text
    assert ANNA in settings and "Signed in through your organisation" in settings and "You are linked with" in settings
    cleo, answer = world.sign_in("cleo")
    assert answer.status == 303, answer.text
    joined = world.users()["cleo@practice.example"]
    assert joined["role"] == "member" and joined["name"] == "Cleo Colleague" and joined["zone"] == kit.ZONE
    assert cleo.me().status == 200 and cleo.ask("GET", "/settings/users").status != 200
    for stranger in ("dora", "emil", "silent", "anna2"):
        refused, answer = world.sign_in(stranger)
        assert answer.status == 403 and "You are not let in here" in answer.text and not refused.cookie, stranger
    assert len(world.users()) == 3
    row = kit.rows(world.gate.listed("sso", "list"))[0]
    assert row["linked"] == 2 and row["joins"] and SECRET not in json.dumps(row)
    for secret in (SECRET, anna.cookie):
        assert secret not in world.gate.log()


def test_known_by_subject_and_not_by_address(world):
    provider = world.provider()
    world.use(provider.issuer, "--join", "member")
    world.sign_in("anna")
    assert world.sign_in("anna2")[1].status == 403, "her address, at the same provider, is another subject's"
    world.gate.command("user", "role", "acme", BERT, "owner")
    world.gate.command("user", "disable", "acme", ANNA)
    browser, answer = world.sign_in("anna")
    assert answer.status == 403 and not browser.cookie, "a leaver"
    world.gate.command("user", "enable", "acme", ANNA)
    anna, answer = world.sign_in("anna")
    assert answer.status == 303
    assert anna.ask("GET", "/again?next=/me").text.count("again=1") == 1
    before = anna.cookie
    again, answer = world.sign_in("anna", anna, path="/sign-in/with/acme?again=1&next=/me")
    assert answer.status == 303 and again.cookie != before
    world.gate.command("sso", "remove", "acme", "--yes")
    assert anna.me().headers["Location"].startswith("/sign-in")
    assert Browser(world.gate).ask("GET", "/sign-in/with/acme").status == 404
    assert "Acme ID" not in Browser(world.gate).ask("GET", "/sign-in").text


def test_a_second_factor_is_the_providers_matter(world):
    world.use(world.provider().issuer)
    world.gate.command("account", "require-totp", "acme", "on")
    anna, answer = world.sign_in("anna")
    assert answer.status == 303 and anna.ask("GET", "/connections").status == 200, "no code of ours is asked for"
    anna.post("/settings/second-factor", action="begin")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', anna.ask("GET", "/settings/second-factor").text)[1].replace(" ", "")
    assert anna.post("/settings/second-factor", action="confirm", code=code_of(secret)).status == 200
    settings = world.sign_in("anna")[0].settings().text
    assert "Signed in through your organisation" in settings and "On: signing in asks" in settings, "it is on, though nobody asked"


def test_only_the_browser_that_was_sent_there_comes_back(world):
    world.use(world.provider().issuer)
    anna, thief = Browser(world.gate), Browser(world.gate)
    back = world.back(anna, "anna")
    assert thief.ask("GET", back).status == 403, "without a cookie"
    world.address(thief)
    assert thief.ask("GET", back).status == 403, "with another's cookie"
    answer = anna.ask("GET", back)
    assert answer.status == 303 and anna.cookie
    way = anna.way
    assert anna.ask("GET", back).status == 403 and way is None, "a second time"
    fields = dict(urllib.parse.parse_qsl(back.partition("?")[2]))
    other = Browser(world.gate)
    mine = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(world.address(other)).query))
    replayed = urllib.parse.urlencode({"state": mine["state"], "code": fields["code"]})
    assert other.ask("GET", f"/sign-in/callback?{replayed}").status == 403, "a code that was used"
    third = Browser(world.gate)
    mine = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(world.address(third)).query))
    stolen = urllib.parse.urlencode({"state": mine["state"], "code": "x", "iss": "https://elsewhere.example"})
    assert third.ask("GET", f"/sign-in/callback?{stolen}").status == 403, "another issuer's answer"
    for bad in ("", "?state=x", "?code=x", "?state=x&code=x&error=y"):
        assert Browser(world.gate, address="127.0.0.2").ask("GET", "/sign-in/callback" + bad).status == 400


def test_it_leads_nowhere_else(world):
    world.use(world.provider().issuer)
    for n, bad in enumerate(("https://evil.example", "//evil.example", "/\\evil.example", "/api/v1/trust", "/sign-in/with/acme", "javascript:1")):
        browser = Browser(world.gate, address=f"127.0.0.{n + 3}")
        answer = browser.ask("GET", world.back(browser, "anna", path="/sign-in/with/acme?next=" + urllib.parse.quote(bad)))
        assert answer.status == 303 and answer.headers["Location"] == "/me", bad


@pytest.fixture(name="hostile")
def fixture_hostile(world):
    made = Hostile(world.make.good, world.trusted)
    world.use(made.issuer)
    yield made
    made.stop()


def come_back(world, hostile, nth, **claims):
    """Begin, and be sent back at once; nonce=True stands for the right one."""
    browser = Browser(world.gate, address=f"127.0.1.{nth}")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(world.address(browser)).query))
    assert asked["redirect_uri"] == f"{world.base}/sign-in/callback" and asked["code_challenge_method"] == "S256"
    hostile.claims = {"nonce": asked["nonce"], **claims}
    return browser, browser.ask("GET", f"/sign-in/callback?state={asked['state']}&code=x")


def test_tokens_that_are_not_what_they_must_be(world, hostile):
    now = int(time.time())
    cases = [{"nonce": "another"}, {"nonce": None}, {"aud": "somebody-else"}, {"aud": [CLIENT, "other"]}, {"aud": None},
             {"iss": "https://elsewhere.example"}, {"iss": hostile.issuer + "/"}, {"exp": now - 120}, {"exp": None},
             {"iat": now + 600, "exp": now + 900}, {"iat": now - 3600}, {"nbf": now + 600}, {"sub": None}, {"sub": ""}]
    for nth, case in enumerate(cases):
        browser, answer = come_back(world, hostile, nth + 1, **case)
        assert answer.status == 403 and not browser.cookie, case
    browser, answer = come_back(world, hostile, 90)
    assert answer.status == 303, "and the right one is let in"


def test_signatures_that_prove_nothing(world, hostile):
    def with_token(nth, make):
        browser = Browser(world.gate, address=f"127.0.2.{nth}")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(world.address(browser)).query))
        hostile.claims = {"nonce": asked["nonce"]}
        hostile.token = None
        hostile.token = make(hostile.id_token())
        answer = browser.ask("GET", f"/sign-in/callback?state={asked['state']}&code=x")
        assert answer.status == 403 and not browser.cookie

    def signed_by_the_public_key(token):
        head = jwt.encode(json.dumps({"alg": "HS256", "kid": "practice"}).encode())
        data = f"{head}.{token.split('.')[1]}"
        return f"{data}.{jwt.encode(hmac.new(hostile.key.public()[0]['n'].encode(), data.encode(), hashlib.sha256).digest())}"

    def unsigned(token):
        return f"{jwt.encode(json.dumps({'alg': 'none'}).encode())}.{token.split('.')[1]}."

    def by_another(token):
        return jwt.make(jwt.RsaKey(), json.loads(jwt.decode(token.split(".")[1])))
    for nth, make in enumerate((signed_by_the_public_key, unsigned, by_another, lambda token: token[:-8] + token[-8:].swapcase(),
                                lambda token: "x", lambda token: token.rpartition(".")[0])):
        with_token(nth + 1, make)


def test_providers_that_lead_astray(world, hostile):
    """No redirect is followed, no plain address taken, no other issuer's word; where it is away, that is said."""
    path = "/sign-in/with/acme"
    for nth, configuration in enumerate(({"issuer": "https://elsewhere.example"}, {"authorization_endpoint": "http://localhost/x"},
                                         {"token_endpoint": None}, {"jwks_uri": "javascript:1"}, {"issuer": None})):
        hostile.configuration = configuration
        answer = Browser(world.gate, address=f"127.0.3.{nth + 1}").ask("GET", path)
        assert answer.status == 502 and "cannot be reached" in answer.text, configuration
    hostile.configuration = {}
    hostile.status, hostile.location = 302, "https://evil.example/"
    assert Browser(world.gate, address="127.0.3.20").ask("GET", path).status == 502
    hostile.status, hostile.location = 200, None
    hostile.stop()
    answer = Browser(world.gate, address="127.0.3.21").ask("GET", path)
    assert answer.status == 502 and "password" in answer.text, "with a password one comes in still"


def test_what_cannot_be_set(world):
    for words in (("--issuer", "http://plain.example"), ("--issuer", "https://x.example", "--join", "owner"),
                  ("--issuer", "https://x.example", "--join", "king"), ("--issuer", "https://x.example", "--zone", "Nowhere")):
        with pytest.raises(kit.CommandFailed):
            world.use(*words[1:])
    assert world.gate.run("sso", "remove", "acme", "--yes").returncode == 1
    assert kit.rows(world.gate.listed("sso", "list")) == []
