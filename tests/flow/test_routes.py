# SPDX-License-Identifier: ISC
"""Every route of src/edge/route.c is tried: without sign-in, by a colleague, by another account's owner, from another site's
page, with a planted cookie, and with addresses of elsewhere. The table itself is read, so that a new route is tried by itself:
either everybody may ask it, and it says so in OPEN below, or it must refuse strangers.
"""
import html.parser
import json
import re
import urllib.parse

import pytest

import kit
from people import ANNA, BERT, World, ZOE

OPEN = {  # and why
    "": "says what runs here", "healthz": "for monitors", "readyz": "for monitors",
    "setup": "says that it is done", "setup/mail": "its session is checked", "setup/done": "its session is checked",
    "setup/*": "a one-time link", "style": "in the demo only", "style/*": "in the demo only", "trust": "for customers",
    ".well-known/security.txt": "for whoever found something", ".well-known/change-password": "for password managers",
    "robots.txt": "for robots", "embed.js": "for other sites", "favicon.ico": "a picture", "a/*/*": "what pages load",
    "api/openapi.json": "describes", "api/v1/trust": "for customers", "api/v1/pages/*/*": "for customers",
    "api/v1/pages/*/*/slots": "for customers", "api/v1/pages/*/*/bookings": "for customers",
    "a/style/*/*": "an account's colours", "a/logo/*/*": "an account's logo",
    "a/connector/*": "programs that everybody may have",
    "oauth/callback": "where a provider sends who was sent to it, with a state that is checked",
    "desk/v1/*": "for connectors, by an id and a token of their own",
    "sign-in/with/*": "sends to an organisation's own provider", "sign-in/callback": "comes back from there, with a state that is checked",
    "sign-in": "signs in", "sign-in/code": "signs in", "invite/*": "a one-time link", "b/*": "a customer's private link",
    "*/*": "for customers", "desk/v1/*": "connectors prove themselves: below",
}
DESKS = ("hello", "ticket", "push", "pull", "done", "question", "answer", "leave")  # who asks proves to be a connector
QUERY = {"settings/user": f"?email={ANNA}", "settings/user/handover": f"?email={ANNA}&to={BERT}",
         "settings/user/remove": f"?email={ANNA}"}
MORE = {"api/v1/accounts/*/connections": {"through": 1}}  # which the description cannot say
FOR_CUSTOMERS = {"b/*", "*/*", "api/v1/pages/*/*/bookings", "desk/v1/*"}  # who have no session that could be ridden on
CARLA = "Carla Planted 81f0"


def read_routes():
    text = (kit.ROOT / "src/edge/route.c").read_text()
    table = text[text.index("static const struct route routes[]"):text.index("static bool matches")]
    rows = re.findall(r'(\.pattern = |PERSON\()"([^"]*)"(.*?)(?:\},\n|\),\n)', table, re.S)
    assert len(rows) == table.count(".pattern =") + table.count("PERSON(")
    for macro, path, rest in rows:
        is_person = macro == "PERSON("
        methods = [verb for verb, member in (("GET", "get"), ("POST", "post"), ("PUT", "put"), ("DELETE", "del"))
                   if re.search(rf"\.{member} =", rest)]
        yield ("api/v1/accounts/*" if is_person else "") + path, methods, is_person


ROUTES = list(read_routes())
CLOSED = [row for row in ROUTES if row[0] not in OPEN]
PLACES = [(pattern, methods) for pattern, methods, is_person in CLOSED if not is_person]


class Fields(dict):
    """What a form sends, and as what."""

    def __init__(self, kind=None, **fields):
        super().__init__(**fields)
        self.kind = kind

    def but(self, **fields):
        return Fields(self.kind, **{**self, **fields})


def post(browser, path, fields, **headers):
    """Send a form as a browser does."""
    if getattr(fields, "kind", None) != "multipart/form-data":
        return browser.ask("POST", path, fields, **headers)
    parts = "".join(f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return browser.ask("POST", path, f"{parts}--edge--\r\n".encode(),
                       **{"Content_Type": "multipart/form-data; boundary=edge", **headers})


class Forms(html.parser.HTMLParser):
    """The forms of a page that are sent by POST: what a browser would send of each, by the first of its buttons."""

    def __init__(self, page):
        super().__init__()
        self.found, self.open, self.choice, self.area = [], None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        name, value = said.get("name"), said.get("value") or ""
        if tag == "form":
            self.open = {} if said.get("method") == "post" else None
            self.open = Fields(said.get("enctype")) if self.open is not None else None
            self.found += [(said.get("action"), self.open)] if self.open is not None else []
        elif self.open is None or (not name and tag != "option"):
            return
        elif tag == "input" and said.get("type") != "file" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.open[name] = value
        elif tag == "button":
            self.open.setdefault(name, value)
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and ("selected" in said or self.choice not in self.open):
            self.open[self.choice] = value
        elif tag == "textarea":
            self.area, self.open[name] = name, ""

    def handle_data(self, data):
        if self.open is not None and self.area:
            self.open[self.area] += data.strip()

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        if tag in ("select", "textarea"):
            self.choice = self.area = None


def sample(document, schema, called=""):
    """A body that an operation of /api/openapi.json takes: what is required, the first choice, the least number."""
    while "$ref" in schema:
        found = document
        for name in schema["$ref"].split("/")[1:]:
            found = found[name]
        schema = found
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        merged = {**schema.get("properties", {}), **{name: part for one in schema.get("allOf", [])
                                                      for name, part in one.get("properties", {}).items()}}
        return {name: sample(document, merged[name], name) for name in schema.get("required", [])}
    if kind == "array":
        return [sample(document, schema["items"])] * max(1, schema.get("minItems", 0))
    if kind == "string":
        words = {"email": "someone@practice.example", "date-time": kit.utc(kit.at(kit.day_after(5), 12)), "date": "2030-01-01"}
        names = {"from": "09:00", "to": "17:00", "time": "11:00", "zone": kit.ZONE}
        return schema.get("example") or words.get(schema.get("format")) or names.get(called, "Something")
    return {"integer": schema.get("minimum", 1), "boolean": True}.get(kind)


class Attacked(World):
    """Anna has one of everything; Bert is her colleague, Zoe owns another account."""

    def __init__(self, make):
        super().__init__(make)
        booked = self.gate.visitor().book(kit.at(kit.day_after(3), 10), page="acme/by-anna", name=CARLA).json()
        words = ("--name", "theirs", "--scopes", "account:read users:read users:write connections:read connections:write "
                 "pages:read pages:write bookings:read bookings:write team:read tokens:read tokens:write events:read")
        self.bearers = {ANNA: self.gate.command("token", "add", "acme", ANNA, *words).strip(),
                        BERT: self.gate.command("token", "add", "acme", BERT, *words[:3], words[3].replace("users:write ", "")).strip(),
                        ZOE: self.gate.command("token", "add", "zeta", ZOE, *words).strip()}
        one = lambda *words: next(row for row in kit.rows(self.gate.listed(*words)) if ANNA in json.dumps(row))
        self.things = {"accounts": "acme", "users": ANNA, "pages": "by-anna", "bookings": booked["id"],
                       "connections": one("connection", "list", "acme")["id"], "tokens": one("token", "list", "acme")["id"],
                       "attentions": 1, "outbox": 1}
        self.document = self.gate.visitor().get("/api/openapi.json").json()
        self.link = kit.path_of(booked["manage_url"])
        self.anna, self.bert, self.zoe = (self.signed_in(who) for who in (ANNA, BERT, ZOE))

    def path(self, pattern):
        """An address of the route, with what is Anna's where it has a star."""
        parts = pattern.split("/")
        for i, part in enumerate(parts):
            if part == "*":
                assert parts[i - 1] in self.things, f"{pattern}: say what stands behind {parts[i - 1]}/, or in OPEN why everybody may ask it"
                parts[i] = urllib.parse.quote(str(self.things[parts[i - 1]]))
        return "/" + "/".join(parts) + QUERY.get(pattern, "")

    def forms(self, pattern):
        """What Anna's own page would send: (address, fields); of a route without a page, nothing but who she is."""
        path = self.path(pattern)
        page = self.anna.ask("GET", path)
        here = [fields for action, fields in Forms(page.text).found
                if urllib.parse.urlsplit(action or path).path == urllib.parse.urlsplit(path).path]
        return [(path, fields.but(name="x") if fields.get("name") == "" else fields) for fields in here] or \
            [(path, Fields(form=self.anna.form()))]

    def api(self, who, method, path, pattern=None):
        """Ask by somebody's token, with a body as the interface describes it."""
        body = None
        if method in ("POST", "PUT"):
            template, = (found for found in self.document["paths"] if re.sub(r"\{\w+\}", "*", found) == "/" + pattern)
            described = self.document["paths"][template][method.lower()].get("requestBody")
            content = next(iter(described["content"].values())) if described else None
            body = json.dumps({**(sample(self.document, content["schema"]) if content else {}), **MORE.get(pattern, {})}).encode()
        return self.gate.visitor().ask(method, path, body, Authorization=f"Bearer {self.bearers[who]}")

    def state(self):
        """All that is Anna's, and the account's settings."""
        seen = [self.api(ANNA, "GET", f"/api/v1/accounts/acme{path}").json()
                for path in ("", "/users", "/connections", "/pages", "/bookings", "/tokens")]
        mine = [row for answer in seen[1:] for row in kit.rows(answer) if ANNA in json.dumps(row) or "by-anna" in json.dumps(row)]
        for row in mine:
            row.pop("used", None)
            row.pop("last_check", None)
        seen[0].pop("user", None)
        texts = re.findall(r"<textarea.*?</textarea>", self.anna.ask("GET", "/settings/mails").text, re.S)
        sessions = re.findall(r'name="id" value="(\d+)"', self.anna.settings().text)
        return seen[0], mine, texts, sorted(sessions)


@pytest.fixture(name="world")
def attacked_world(make):
    return Attacked(make)


def test_who_is_nobody_gets_nowhere(world):
    """What is not for everybody asks who it is, before anything else."""
    assert not set(OPEN) - {pattern for pattern, _, _ in ROUTES}, "of routes that are gone"
    stranger = world.browser()
    before = world.state()
    for pattern, methods, is_person in CLOSED:
        for method in methods:
            answer = stranger.ask(method, world.path(pattern), {"form": "x"} if method in ("POST", "PUT") else None)
            if is_person:
                assert answer.status == 401, (method, pattern)
            else:
                assert answer.status == 303 and answer.headers["Location"].startswith("/sign-in"), \
                    f"{method} {pattern} answers {answer.status} to whoever asks: if that is meant, say why in OPEN"
        for method in {"GET", "POST", "PUT", "DELETE"} - set(methods):
            assert stranger.ask(method, world.path(pattern)).status in (405, 401), (method, pattern)
    for name in DESKS:
        for proof in ({}, {"Authorization": "Hourgate 1." + "A" * 43}, {"Authorization": f"Bearer {world.bearers[ANNA]}"}):
            answer = world.gate.visitor("127.0.0.7").ask("POST", f"/desk/v1/{name}", b"", Content_Type="application/octet-stream", **proof)
            assert answer.status in (400, 401, 429) and answer.body == b"", (name, proof)
    assert world.state() == before


def test_what_is_anothers_is_not_there(world):
    before = world.state()
    for pattern, methods in PLACES:
        is_annas = "*" in pattern or pattern in QUERY
        for browser in (world.bert, world.zoe):
            if "GET" in methods:
                page = browser.ask("GET", world.path(pattern))
                assert CARLA not in page.text and (ANNA not in page.text or browser is world.bert), pattern
                assert page.status in (403, 404) if is_annas else page.status < 500, (pattern, page.status)
            for path, fields in world.forms(pattern) if "POST" in methods and pattern != "sign-out" else []:
                answer = post(browser, path, fields.but(form=browser.form()))
                assert CARLA not in answer.text and answer.status < 500, pattern
                assert not is_annas or answer.status in (403, 404), (pattern, fields.get("action"), answer.status)
                browser.cookie = browser.cookie or world.signed_in(BERT if browser is world.bert else ZOE).cookie
    for pattern, methods, is_person in CLOSED:
        for method in methods if is_person else []:
            path = world.path(pattern)
            answers = [(who, world.api(who, method, path, pattern)) for who in ([ZOE, BERT] if pattern.count("*") > 1 else [ZOE])]
            for who, answer in answers:
                assert CARLA not in answer.text and answer.status in ((404,) if who == ZOE else (403, 404)), \
                    (who, method, pattern, answer.status, answer.text)
    assert world.state() == before


def test_another_sites_page_does_nothing(world):
    """Forms count from our own pages alone, with what the session's own pages put into them."""
    bert, before, elsewhere = world.bert.form(), world.state(), {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"}
    for pattern, methods in PLACES:
        for path, fields in world.forms(pattern) if "POST" in methods else []:
            for headers in (elsewhere, {"Sec_Fetch_Site": "same-site"}, {**elsewhere, "Sec_Fetch_Site": ""}):
                assert post(world.anna, path, fields, **headers).status == 403, (pattern, headers)
            for form in ("", bert, fields["form"][:-1]):
                assert post(world.anna, path, fields.but(form=form)).status == 403, pattern
            assert world.anna.ask("POST", path, fields, Content_Type="text/plain").status in (403, 415), pattern
    for pattern, methods, is_person in ROUTES:
        path = world.path(pattern) if is_person else None
        for method in methods if is_person else []:
            assert world.anna.ask(method, path, {}, Content_Type="application/json").status == 401, f"{pattern}: by a cookie"
        if not is_person and pattern in OPEN and "POST" in methods and pattern not in FOR_CUSTOMERS | {"setup/*"}:
            answer = world.browser().ask("POST", "/" + pattern.replace("*", "x"), {"email": ANNA}, **elsewhere)
            assert answer.status in (401, 403, 404) or answer.headers.get("Location") == "/sign-in", pattern
    assert world.state() == before


def addresses(world):
    """Every route once, as somebody who is not signed in and as Anna."""
    open_paths = {"a/style/*/*": "/a/style/acme/x.css", "a/logo/*/*": "/a/logo/acme/x", "*/*": "/acme/by-anna", "b/*": world.link, "a/*/*": "/a/0/style.css", "style/*": "/style/page",
                  "api/v1/pages/*/*": "/api/v1/pages/acme/by-anna", "api/v1/pages/*/*/slots": "/api/v1/pages/acme/by-anna/slots",
                  "api/v1/pages/*/*/bookings": "/api/v1/pages/acme/by-anna/bookings", "setup/*": "/setup/x"}
    for pattern, methods, _ in ROUTES:
        path = open_paths.get(pattern) or ("/" + pattern.replace("*", "x") if pattern in OPEN else world.path(pattern))
        yield pattern, methods, path


def test_nobody_is_led_elsewhere_or_given_a_cookie_of_anothers_choice(world):
    planted, evil = "A" * 54, "https://evil.example/"
    names = ("next", "return", "return_to", "redirect", "redirect_uri", "url", "to", "back", "continue", "done", "state", "site")
    odd = ("//evil.example", "/\\evil.example", evil, "/%2F%2Fevil.example", "javascript:alert(1)")
    def check(pattern, browser, answer):
        where = answer.headers.get("Location", "/")
        assert re.match(r"/(?![/\\])", where) and "evil" not in urllib.parse.urlsplit(where).path, (pattern, where)
        assert planted not in "".join(answer.cookies), pattern
        assert not re.search(r'(?:href|src|action)="(?:[a-z]+:|[/\\]{2})?[^"?]*evil\.example', answer.text), pattern
        browser.cookie = browser.cookie or world.signed_in().cookie if browser is world.anna else planted

    nobody = world.browser(cookie=planted)
    for pattern, methods, path in addresses(world):
        for browser in (nobody, world.anna):
            browser.step = planted
            for target in odd if "GET" in methods else []:
                query = ("&" if "?" in path else "?") + urllib.parse.urlencode({name: target for name in names})
                check(pattern, browser, browser.ask("GET", path + query, Host="evil.example", X_Forwarded_Host="evil.example"))
            if "POST" in methods:
                fields = world.forms(pattern)[0][1] if browser is world.anna and pattern not in OPEN else Fields(email=ANNA, password="wrong")
                check(pattern, browser, post(browser, path, fields.but(next=odd[0]), Host="evil.example"))


def test_signing_in_changes_the_cookie_whatever_it_was(world):
    for planted in ("A" * 54, world.bert.cookie, world.anna.cookie):
        browser = world.browser(cookie=planted)
        browser.step = "B" * 54
        assert browser.sign_in().status == 303
        assert browser.cookie not in (planted, browser.step) and browser.step is None
