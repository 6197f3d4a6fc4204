# SPDX-License-Identifier: ISC
"""P7 A calendar is connected by OAuth 2: nobody types a password here, tokens are sealed, rotated and taken back."""
import html
import http.client
import os
import re
import ssl
import time
import urllib.parse

import kit
import post
import pytest
from counterpart import openid
from counterpart.openid import Hostile
from counterpart.programs import free_port
from people import ANNA, BERT, RIGHT, Browser

CLIENT, SECRET = "hourgate-practice", "Registration-Secret-4711"
SCOPES = "https://localhost/EWS.AccessAsUser.All offline_access"


class Provider:
    """A person's way through the practice server's sign-in page, over TLS."""

    def __init__(self, practice):
        self.place, self.trusted = urllib.parse.urlsplit(practice.ews), practice.trusted

    def ask(self, method, address, fields=None):
        context = ssl.create_default_context(cafile=self.trusted)
        connection = http.client.HTTPSConnection(self.place.hostname, self.place.port, context=context, timeout=20)
        place = urllib.parse.urlsplit(address)
        body = urllib.parse.urlencode(fields) if fields is not None else None
        connection.request(method, f"{place.path}?{place.query}", body,
                           {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        answer = connection.getresponse()
        text, back = answer.read().decode(), answer.headers.get("Location")
        connection.close()
        return answer.status, text, back

    def sign_in(self, address, user="anna", password=kit.PASSWORD):
        """Sign in there and agree; return the path that the provider sends the browser back to."""
        status, text, back = self.ask("POST", address, {"user": f"PRACTICE\\{user}", "password": password})
        assert status == 302, text
        return kit.path_of(back)


class World:
    """Acme with Anna, who owns it, and Bert; a provider where hourgate is registered."""

    def __init__(self, make, settings=None, world=None, client=None, build=kit.BUILD, **oauth):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        clients = {CLIENT: {"secret": SECRET, "redirect_uris": [f"{self.base}/oauth/callback"], **(client or {})}}
        self.practice = make.practice(kit.person(ANNA), kit.person(BERT), methods=["NTLM", "Bearer"],
                                      oauth={"clients": clients, **oauth}, **(world or {}))
        self.gate = make.hourgate(build=build, settings={"server.listen": f"127.0.0.1:{self.port}", "server.base_url": self.base,
                                            **(settings or {})})
        self.provider = Provider(self.practice)
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.serve()
        for address in (ANNA, BERT):
            link = "/invite/" + self.gate.command("user", "invite", "acme", address).strip().rpartition("/")[2]
            assert Browser(self.gate).ask("POST", link, {"password": RIGHT}).status == 303

    def register(self, **changed):
        place = self.practice.ews.partition("/EWS")[0]
        secret = self.gate.folder / "secret"
        secret.write_text(changed.pop("secret", SECRET))
        secret.chmod(0o600)
        options = {"client-id": CLIENT, "secret-file": secret, "kind": "ews", "label": "Practice 365", "scope": SCOPES,
                   "authorize": f"{place}/adfs/oauth2/authorize", "token": f"{place}/adfs/oauth2/token",
                   "server": self.practice.ews, **changed}
        return self.gate.command("oauth", "put", "practice", *[word for name, value in options.items()
                                                               for word in (f"--{name}", value)])

    def signed_in(self, email=ANNA):
        browser = Browser(self.gate)
        assert browser.sign_in(email).status == 303
        return browser

    def begin(self, browser, **fields):
        """Press the button; return the address that the browser is sent to."""
        page = browser.post("/connections/authorise", **{"name": "practice", **fields})
        assert page.status == 200, page.text
        address = html.unescape(re.search(r'class="button primary" href="([^"]+)"', page.text).group(1))
        assert page.headers["Refresh"] == f"0;url={address}"
        return address

    def connect(self, browser, user="anna", **fields):
        return browser.ask("GET", self.provider.sign_in(self.begin(browser, **fields), user))

    def connected(self, browser):
        answer = self.connect(browser)
        assert answer.status == 303, answer.text
        return re.fullmatch(r"(/connections/\d+)\?done=connected", answer.headers["Location"]).group(1)


@pytest.fixture(name="mails")
def fixture_mails(good):
    server = post.Post(good)
    yield server
    server.stop()


@pytest.fixture(name="world")
def fixture_world(make):
    made = World(make)
    made.register()
    return made


def test_connected_without_a_password(world):
    anna = world.signed_in()
    page = anna.ask("GET", "/connections/new").text
    assert "Connect Practice 365" in page and "EWS.AccessAsUser.All" in page and "oauth put google" in page
    address = urllib.parse.parse_qs(urllib.parse.urlsplit(world.begin(anna)).query)
    assert address["response_type"] == ["code"] and address["code_challenge_method"] == ["S256"]
    assert address["login_hint"] == [ANNA] and len(address["code_challenge"][0]) == 43
    place = world.connected(anna)
    shown = anna.ask("GET", place).text
    assert "Let hourgate in again" in shown and "New password" not in shown and "is-good" in shown
    world.gate.page("by-anna", ANNA)
    visitor = world.gate.visitor()
    start = visitor.starts("acme/by-anna", day=kit.day_after(2))[0]
    assert visitor.book(start, "acme/by-anna").status == 201
    assert len(world.practice.bookings(ANNA)) == 1
    assert not [entry for entry in world.practice.journal() if "NTLM" in str(entry.get("user", ""))]


def grants_used(world):
    """Return how often the token endpoint was asked."""
    return len([entry for entry in world.practice.journal() if entry["operation"] == "Token"])


def look(world, browser, place):
    """Have the doctor look at a connection; return the page."""
    return browser.post(place, action="check").text


def test_tokens_are_replaced_ahead_of_their_end_and_rotate(make):
    world = World(make, lifetime=4)
    world.register()
    anna = world.signed_in()
    place = world.connected(anna)
    world.gate.page("by-anna", ANNA)
    visitor, day = world.gate.visitor(), kit.day_after(2)
    assert visitor.starts("acme/by-anna", day=day)
    before = grants_used(world)
    for _ in range(3):  # each refresh token is good once: a second use would end them all
        time.sleep(4.2)
        assert visitor.starts("acme/by-anna", day=day)
    assert grants_used(world) == before + 3
    world.gate.restart()
    assert world.gate.visitor().starts("acme/by-anna", day=day), "the last refresh token was kept"
    assert "is-good" in world.signed_in().ask("GET", place).text


def test_a_token_that_a_server_refuses_is_replaced_once(world):
    anna = world.signed_in()
    world.connected(anna)
    world.gate.page("by-anna", ANNA)
    world.gate.restart()  # with it the access token is gone
    world.practice.misbehave("token_expired", operation="Token", count=1)
    assert world.gate.visitor().starts("acme/by-anna", day=kit.day_after(2))
    assert grants_used(world) == 3, "the code, one that was no good, and another"


def test_a_grant_that_was_taken_back_pauses_at_once_and_is_given_again(world):
    anna = world.signed_in()
    place = world.connected(anna)
    world.gate.page("by-anna", ANNA)
    visitor, day = world.gate.visitor(), kit.day_after(2)
    start = visitor.starts("acme/by-anna", day=day)[0]
    assert visitor.book(start, "acme/by-anna").status == 201
    world.practice.api("POST", "/api/revoke", {})
    world.gate.restart()
    visitor = world.gate.visitor()
    assert visitor.starts("acme/by-anna", day=day) == []
    anna = world.signed_in()
    page = anna.ask("GET", place).text
    assert "is-bad" in page and "permission has ended or was taken back" in page
    assert rows_of(world)[0]["state"] == "paused" and rows_of(world)[0]["outage"] == "permission ended"
    page = look(world, anna, place)
    assert "grant" in page and "let hourgate in again" in page, "the doctor says it too"
    before = grants_used(world)
    assert visitor.starts("acme/by-anna", day=day) == [] and grants_used(world) == before, "paused is paused"
    other = world.connect(anna, "bert", connection=place.rpartition("/")[2])
    assert other.status == 422 or other.headers["Location"].startswith(place)
    answer = world.connect(anna, connection=place.rpartition("/")[2])
    assert answer.status == 303 and answer.headers["Location"].startswith(place + "?")
    assert visitor.starts("acme/by-anna", day=day), "and works again, with its bookings"
    assert [booking["state"] for booking in world.gate.bookings()] == ["confirmed"]


def strike(world):
    """Have the vault kill itself when it has got a token and not kept it."""
    world.gate.stop()
    world.gate.env["HOURGATE_FAULT"] = "oauth_before_keep"
    world.gate.serve()
    try:
        assert world.gate.visitor().starts("acme/by-anna", day=kit.day_after(2)) == []
    except (OSError, http.client.HTTPException, AssertionError):
        pass
    kit.wait_until("the fault strikes", lambda: "exit code 99" in world.gate.log())
    world.gate.kill()
    world.gate.env.pop("HOURGATE_FAULT")
    world.gate.serve()


@pytest.mark.long
@pytest.mark.limit(240)
def test_killed_between_getting_and_keeping_it_is_let_in_anew(make, mails):
    """The provider gave another refresh token, and the vault died before it was kept. The one it has was used: its provider takes
    a second use for theft and ends the permission. That is told, nothing more is asked, and the host mends it."""
    world = World(make, build=kit.FAULTS)
    world.gate.configure(mails.settings(world.gate.folder))
    world.register()
    place = world.connected(world.signed_in())
    world.gate.page("by-anna", ANNA)
    before = len(world.practice.journal())
    strike(world)
    visitor, day = world.gate.visitor(), kit.day_after(2)
    kit.wait_until("it is paused", lambda: visitor.starts("acme/by-anna", day=day) == [] and rows_of(world)[0]["state"] == "paused", 120)
    assert [entry["operation"] for entry in world.practice.journal()[before:]] == ["Token", "Token"], "used, used again, sent nowhere else"
    kit.wait_until("its host is told", lambda: mails.of(ANNA), 30)
    mail, = mails.of(ANNA)
    assert mail.subject == "Please let hourgate into your calendar again"
    assert "The provider of your calendar has ended hourgate's access, or it was taken back there." in " ".join(mail.text.split())
    assert "password" not in mail.text
    anna = world.signed_in()
    assert "permission has ended or was taken back" in anna.ask("GET", place).text
    assert visitor.starts("acme/by-anna", day=day) == [] and len(world.practice.journal()) == before + 2, "paused is paused"
    answer = world.connect(anna, connection=place.rpartition("/")[2])
    assert answer.status == 303 and answer.headers["Location"].startswith(place + "?")
    assert visitor.starts("acme/by-anna", day=day) and rows_of(world)[0]["state"] == "ok"


def rows_of(world):
    return kit.rows(world.gate.listed("connection", "list", "acme"))


def test_a_state_is_good_for_one_session_once(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    back = world.provider.sign_in(world.begin(anna))
    stranger = Browser(world.gate)
    assert stranger.ask("GET", back).headers["Location"].startswith("/sign-in")
    for thief in (bert, world.signed_in()):
        page = thief.ask("GET", back)
        assert page.status == 403 and "another browser" in page.text
    assert anna.ask("GET", back).status == 303
    assert anna.ask("GET", back).status == 403, "a code that is replayed"
    assert len(rows_of(world)) == 1
    state = urllib.parse.parse_qs(back.partition("?")[2])["state"][0]
    for bad in ("", "?state=" + state, "?code=x", "?state=&code=x", f"?state={state}&code=x&error=y", "?state=" + "A" * 65 + "&code=x"):
        assert anna.ask("GET", "/oauth/callback" + bad).status == 400
    assert anna.ask("GET", f"/oauth/callback?state={state}&code=" + "A" * 4097).status in (400, 414)
    forged = state[:-1] + ("A" if state[-1] != "A" else "B")
    assert anna.ask("GET", f"/oauth/callback?state={forged}&code=x").status == 403
    assert anna.ask("POST", "/connections/authorise", {"name": "practice", "form": "x"}).status == 403
    assert anna.post("/connections/authorise", name="nowhere").status in (404, 409)


def test_what_a_provider_refuses_is_said_and_nothing_is_stored(world):
    anna = world.signed_in()
    address = world.begin(anna)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["state"][0]
    page = anna.ask("GET", f"/oauth/callback?state={state}&error=access_denied&error_description=Marked")
    assert page.status == 422 and "it was not allowed" in page.text and "Marked" not in page.text
    for mode, rule, words in (("oauth_error", {"code": "invalid_grant"}, "not given hourgate access"),
                              ("oauth_error", {"code": "invalid_client"}, "not given hourgate access"),
                              ("no_refresh_token", {}, "for an hour only")):
        world.practice.misbehave(mode, operation="Token", count=1, **rule)
        page = world.connect(anna)
        assert page.status == 422 and words in page.text
    assert rows_of(world) == []
    log = world.gate.log()
    assert "a code was not traded" in log and SECRET not in log and state not in log


def test_disconnecting_takes_the_grant_back_and_forgets_it_anyhow(world):
    place = world.practice.ews.partition("/EWS")[0]
    world.register(revoke=f"{place}/adfs/oauth2/revoke")  # the practice server has no such thing: 404
    anna = world.signed_in()
    connection = world.connected(anna)
    assert anna.post(connection + "/remove", action="remove").headers["Location"] == "/connections?done=removed"
    assert [entry for entry in world.practice.journal() if entry["path"].endswith("/oauth2/revoke")]
    assert "was not taken back at its provider" in world.gate.log() and rows_of(world) == []


def revoked(world):
    return len([entry for entry in world.practice.journal() if entry["path"].endswith("/oauth2/revoke")])


def test_who_is_removed_is_let_go_at_the_provider(world):
    place = world.practice.ews.partition("/EWS")[0]
    world.register(revoke=f"{place}/adfs/oauth2/revoke")
    for address, name in ((ANNA, "anna"), (BERT, "bert")):
        assert world.connect(world.signed_in(address), name).status == 303
    world.gate.command("user", "remove", "acme", BERT, "--yes")
    assert revoked(world) == 1 and len(rows_of(world)) == 1
    world.gate.command("account", "remove", "acme", "--yes")
    assert revoked(world) == 2 and world.gate.run("connection", "list", "acme").returncode == 1


def test_a_provider_that_is_away_keeps_nobody_from_being_erased(world):
    """The registration is gone, as when the provider is no more: what cannot be taken back is erased all the same."""
    for address, name in ((ANNA, "anna"), (BERT, "bert")):
        assert world.connect(world.signed_in(address), name).status == 303
    world.gate.command("oauth", "remove", "practice", "--yes")
    world.gate.command("user", "remove", "acme", BERT, "--yes")
    world.gate.command("account", "remove", "acme", "--yes")
    assert world.gate.log().count("a grant was not taken back at its provider") == 2
    assert world.gate.run("connection", "list", "acme").returncode == 1


def test_registrations(world):
    listed = kit.rows(world.gate.listed("oauth", "list"))
    assert [(row["name"], row["kind"], row["client_id"]) for row in listed] == [("practice", "ews", CLIENT)]
    assert SECRET not in world.gate.command("oauth", "list")
    for words in (("put", "microsoft"), ("put", "Other", "--client-id", "x", "--kind", "ews"), ("put", "other", "--client-id", "x"),
                  ("put", "google", "--client-id", "x", "--token", "http://plain.example/token")):
        assert world.gate.run("oauth", *words).returncode != 0
    world.gate.command("oauth", "put", "microsoft", "--client-id", "m", "--tenant", "contoso.example")
    world.gate.command("oauth", "put", "google", "--client-id", "g")
    page = world.signed_in().ask("GET", "/connections/new").text
    assert "Connect Microsoft 365" in page and "Connect Google Calendar" in page and "is not set up here yet" not in page
    assert "Microsoft knows no narrower permission" in page and "without what for" in page
    world.gate.command("oauth", "remove", "google", "--yes")
    assert world.gate.run("oauth", "remove", "google", "--yes").returncode == 1


def test_against_another_provider(make):
    """npm's oidc-provider: it gives tokens and says whose they are; the calendar does not know them, so they go back."""
    world = World(make)
    people = {"anna": {"email": "anna@elsewhere.example", "email_verified": True}}
    provider = make.keep(openid.Provider(make.folder, make.good, make.authority.certificate, [f"{world.base}/oauth/callback"], people,
                                         token_endpoint_auth_method="client_secret_post"))
    at = provider.issuer
    world.register(secret=openid.SECRET, scope="openid email offline_access", authorize=f"{at}/auth", token=f"{at}/token",
                   userinfo=f"{at}/me", revoke=f"{at}/token/revocation", **{"client-id": openid.CLIENT})
    anna = world.signed_in()
    back = openid.Person(make.authority.certificate).sign_in(world.begin(anna), "anna", world.base)
    page = anna.ask("GET", back)
    assert page.status == 422 and "the calendar cannot be used like this" in page.text
    assert "anna@elsewhere.example" in page.text and "sign-in" in page.text
    assert rows_of(world) == [] and "not taken back" not in world.gate.log() and "not traded" not in world.gate.log()


PLANTED = "Planted-Refresh-Token-5d1e77"


def test_tokens_reach_no_file_no_log_and_no_page(make):
    """What passes on the way is not left behind: the code in the edge, a refresh token anywhere, the secret outside the vault."""
    assert os.geteuid() == 0, "reading the memory of another process needs root"
    world = World(make)
    access = world.practice.api("POST", "/api/token", {"client": CLIENT, "address": ANNA})["token"]
    provider = Hostile(make.good, make.authority.certificate)
    provider.answer = {"access_token": access, "refresh_token": PLANTED, "token_type": "Bearer", "expires_in": 3600}
    world.register(token=f"{provider.issuer}/token")
    try:
        anna = world.signed_in()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(world.begin(anna)).query)["state"][0]
        code = "Planted-Code-93af10"
        answer = anna.ask("GET", f"/oauth/callback?state={state}&code={code}")
        assert answer.status == 303, answer.text
        place = answer.headers["Location"].partition("?")[0]
        pages = [anna.ask("GET", path).text for path in (place, "/connections", "/connections/new", "/settings")]
        pages.append(look(world, anna, place))
        world.gate.page("by-anna", ANNA)
        assert world.gate.visitor().starts("acme/by-anna", day=kit.day_after(2))
        access = access[-100:]  # of the signature
        secrets = [PLANTED, access, code, state, SECRET, kit.PASSWORD]
        assert not [secret for secret in secrets for text in (*pages, world.gate.log()) if secret in text]
        _, found, unseen = world.gate.scan(*secrets)
        (world.gate.folder / "secret").unlink(missing_ok=True)
        assert unseen == []
        left = [(secrets[row["canary"] - 1], row["kind"], row["place"]) for row in found
                if not row["place"].endswith("/secret")]  # the operator's own file
        couriers = {f"hourgate-courier, process {pid}" for pid in kit.children(world.gate.pid("courier"))}
        # A state and a code are spent by then; the HTTP library's buffers have them until others take their place.
        allowed = [(access, "vault"), (access, "courier"), (code, "edge"), (state, "edge")]
        assert not [row for row in left if not row[1].startswith("memory")], left
        assert not [row for row in left if not any(row[0] == what and f"hourgate-{who}" in row[2] for what, who in allowed)], left
        assert any(row[2] in couriers for row in left), "what was looked for is where it must be"
    finally:
        provider.stop()


@pytest.mark.long
@pytest.mark.parametrize("javascript, language", [("on", "en-GB"), ("off", "de-CH")])
def test_pages_in_a_browser(world, javascript, language, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    for name in ("microsoft", "google"):
        world.gate.command("oauth", "put", name, "--client-id", "x")
    secret = world.gate.folder / "secret"
    world.gate.command("sso", "put", "acme", "--issuer", "https://localhost:1", "--client-id", "x", "--secret-file", secret,
                       "--label", "Acme ID", "--domain", "practice.example")
    place = world.connected(world.signed_in())
    said = kit.browser("places.mjs", world.gate.base, ANNA, RIGHT, javascript, language, folder,
                       *[f"oauth-{name}-{language}={path}" for name, path in (("connect", "/connections/new"), ("connection", place),
                                                                              ("sign-in", "/sign-in"))])
    assert said["violations"] == [] and said["complaints"] == []
