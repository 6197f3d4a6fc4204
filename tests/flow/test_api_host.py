# SPDX-License-Identifier: ISC
"""The interface for people: what the commands do for one account, by token, and nothing of anybody else's.

Two accounts stand beside each other, one of them with an owner, an administrator and two members. Every answer
is held against /api/openapi.json, and every path of it is asked for.
"""
import json
import re
import urllib.parse

import jsonschema
import pytest

import kit

ALL = ("account:read users:read users:write connections:read connections:write pages:read pages:write "
       "bookings:read bookings:write team:read tokens:read tokens:write events:read")
MEMBER = ALL.replace("users:write ", "")
TOKEN = re.compile(r"hg_[A-Za-z0-9_-]{60}\Z")
RULE = {"zone": "Europe/Zurich", "duration_min": 30, "hours": [{"day": "mon", "from": "09:00", "to": "17:00"}]}


class Interface:
    """/api/openapi.json, as a judge of answers."""

    def __init__(self, visitor):
        self.document = visitor.get("/api/openapi.json").json()
        self.asked = set()

    def operation(self, method, path):
        """Find what describes a request: (template, operation)."""
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in item and ("{" not in template or
               path not in self.document["paths"]):
                return template, item[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    def resolve(self, part):
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].split("/")[1:]:
                found = found[name]
            part = found
        return part

    def judge(self, method, path, answer):
        template, operation = self.operation(method, path)
        self.asked.add((method, template))
        described = operation["responses"].get(str(answer.status))
        assert described, f"{method} {template}: {answer.status} is not described: {answer.text}"
        content = self.resolve(described).get("content")
        if not content:
            assert answer.body == b"" or answer.status >= 400, answer.text
            return
        kind = answer.headers["Content-Type"]
        assert kind in content, f"{method} {template}: {kind}"
        schema = {**content[kind]["schema"], "components": self.document["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(answer.json())


class Person:
    """A user with a token."""

    def __init__(self, gate, interface, account, email, scopes):
        self.gate, self.interface, self.account, self.email = gate, interface, account, email
        self.token = gate.command("token", "add", account, email, "--name", "flow", "--scopes", scopes).strip()
        assert TOKEN.match(self.token)

    def ask(self, method, path, body=None, account=None, token=None, **headers):
        """Ask; every answer must be one that is described."""
        whole = f"/api/v1/accounts/{account or self.account}{path}"
        data = json.dumps(body).encode() if body is not None else None
        headers.setdefault("Authorization", f"Bearer {token or self.token}")
        answer = self.gate.visitor().ask(method, whole, data, **headers)
        self.interface.judge(method, whole.split("?")[0], answer)
        return answer

    def get(self, path, **more):
        answer = self.ask("GET", path, **more)
        assert answer.status == 200, f"{path}: {answer.status} {answer.text}"
        return answer.json()


class World:
    """Acme: Anna owns it, Adam administers it, Bert and Mia are members; Zeta: Zoe's own."""

    def __init__(self, make):
        people = ["anna", "adam", "bert", "mia", "zoe"]
        self.practice = make.practice(*(kit.person(f"{name}@practice.example") for name in people))
        self.gate = make.hourgate()
        self.gate.command("account", "add", "acme", "--name", "Acme AG")
        self.gate.command("account", "add", "zeta", "--name", "Zeta")
        for name in people:
            account = "zeta" if name == "zoe" else "acme"
            address = f"{name}@practice.example"
            self.gate.command("user", "add", account, address, "--name", name.title(), "--zone", kit.ZONE)
            self.gate.connect(self.practice, address, account)
            self.gate.page(f"by-{name}", address, account)
        self.gate.command("user", "role", "acme", "adam@practice.example", "administrator")
        self.gate.serve()
        self.interface = Interface(self.gate.visitor())
        for name, scopes in (("anna", ALL), ("adam", ALL), ("bert", MEMBER), ("mia", MEMBER), ("zoe", ALL)):
            account = "zeta" if name == "zoe" else "acme"
            setattr(self, name, Person(self.gate, self.interface, account, f"{name}@practice.example", scopes))

    def connection(self, person):
        return next(row["id"] for row in kit.rows(self.gate.listed("connection", "list", person.account))
                    if row["user"] == person.email)

    def token_id(self, person):
        return next(row["id"] for row in kit.rows(self.gate.listed("token", "list", person.account))
                    if row["user"] == person.email)

    def page(self, person):
        return "by-" + person.email.split("@")[0]

    def book(self, person, hour=10, day=7):
        made = self.gate.visitor().book(kit.at(kit.day_after(day), hour),
                                        page=f"{person.account}/{self.page(person)}")
        assert made.status == 201, made.text
        return made.json()["id"]


@pytest.fixture
def world(make):
    return World(make)


def names(rows, key="email"):
    return sorted(row[key].split("@")[0] for row in rows)


# ---- what one may ----

def test_an_account_its_users_and_roles(world):
    seen = world.bert.get("")
    assert seen["account"] == "acme" and seen["kind"] == "corporate" and seen["user"]["role"] == "member"
    assert names(world.anna.get("/users")["users"]) == ["adam", "anna", "bert", "mia"]
    assert names(world.bert.get("/users")["users"]) == ["bert"]
    first = world.adam.get("/users?after=anna@practice.example")["users"]
    assert names(first) == ["adam", "bert", "mia"]
    new = {"email": "eve@practice.example", "name": "Eve", "zone": "Europe/Zurich"}
    assert world.adam.ask("POST", "/users", new).status == 204
    assert world.adam.ask("POST", "/users", new).status == 409
    assert world.adam.ask("POST", "/users", {**new, "zone": "Mars/Olympus"}).status == 422
    assert world.bert.ask("POST", "/users", new).status == 403
    role = "/users/eve%40practice.example/role"
    assert world.adam.ask("PUT", role, {"role": "owner"}).status == 403  # nobody raises themselves
    assert world.anna.ask("PUT", role, {"role": "owner"}).status == 204
    assert world.anna.ask("PUT", role, {"role": "emperor"}).status == 422
    assert world.anna.ask("PUT", "/users/nobody@practice.example/role", {"role": "member"}).status == 404
    assert world.anna.ask("PUT", role, {"role": "member"}).status == 204
    assert world.anna.ask("PUT", "/users/anna@practice.example/role", {"role": "member"}).status == 409
    eve = "/users/eve%40practice.example"
    assert world.adam.ask("POST", "/users/anna%40practice.example/invite").status == 403  # who could become the owner
    assert world.adam.ask("PUT", "/users/anna%40practice.example/disabled", {"disabled": True}).status == 403
    assert world.adam.ask("POST", eve + "/invite").json()["path"].startswith("/invite/")
    assert world.adam.ask("PUT", eve + "/disabled", {"disabled": True}).status == 204
    assert world.adam.ask("POST", eve + "/invite").status == 409
    counted = world.adam.ask("POST", eve + "/handover", {"to": "adam@practice.example", "forecast": True})
    assert counted.json() == {"pages": 0, "coming": 0, "events": 0, "in_flight": 0}
    assert world.adam.ask("PUT", eve + "/disabled", {"disabled": False}).status == 204
    assert world.adam.ask("PUT", "/require-totp", {"required": True}).status == 403
    for required in (True, False):
        assert world.anna.ask("PUT", "/require-totp", {"required": required}).status == 204


def test_pages(world):
    body = {"host": "bert@practice.example", "title": "Talk", "rule": RULE}
    assert world.bert.ask("PUT", "/pages/talk", body).json() == {"version": 1, "connected": True, "free_busy_only": False}
    page = world.bert.get("/pages/talk")
    assert page["rule"]["increment_min"] == 30 and page["rule"]["blocking"] == ["tentative", "busy", "oof"]
    overrides = [{"date": "2027-12-24"}, {"date": "2027-12-31", "from": "09:00", "to": "12:00"}]
    full = {**body, "description": "What\nfor", "location": "Room <1>", "room": "", "synchronise": False,
            "questions": [{"question": "Which?", "kind": "choice", "required": True, "choices": ["One", "Two"]},
                          {"question": "More?", "kind": "text", "required": False}],
            "rule": {**page["rule"], "overrides": overrides, "blocking": ["busy"], "max_per_day": 3}}
    assert world.bert.ask("PUT", "/pages/talk", full).status == 200
    page = world.bert.get("/pages/talk")
    assert {name: page[name] for name in full} == full
    assert world.gate.visitor().get("/acme/talk").status == 200
    assert names(world.bert.get("/pages")["pages"], "page") == ["by-bert", "talk"]
    listed = world.anna.get("/pages")
    assert len(listed["pages"]) == 5 and world.anna.get("/pages?after=" + listed["next"])["pages"] == []
    assert world.bert.ask("DELETE", "/pages/talk").status == 204
    assert world.bert.ask("GET", "/pages/talk").status == 404


@pytest.mark.parametrize("change,place", [
    ({"title": ""}, "title"), ({"host": None}, "host"), ({"colour": "red"}, "not known"),
    ({"rule": {**RULE, "duration_min": 0}}, "duration"), ({"rule": {**RULE, "duration_min": "30"}}, "rule.duration_min"),
    ({"rule": {**RULE, "hours": [{"day": "mon", "from": "9", "to": "17:00"}]}}, "rule.hours[0].from"),
    ({"rule": {**RULE, "hours": [{"day": "someday", "from": "09:00", "to": "17:00"}]}}, "mon, tue"),
    ({"rule": {**RULE, "hours": [{"day": "mon", "from": "17:00", "to": "09:00"}]}}, "hours"),
    ({"rule": {**RULE, "zone": "Mars/Olympus"}}, "time zone"), ({"rule": 7}, "rule must be an object"),
    ({"rule": {**RULE, "blocking": ["free"]}}, "rule.blocking"), ({"synchronise": "yes"}, "synchronise"),
    ({"title": "T" * 201}, "title"), ({"title": "a\u0007b"}, "title"),
    ({"rule": {**RULE, "overrides": [{"date": "2027-02-30"}]}}, "rule.overrides[0].date"),
    ({"questions": [{"kind": "line"}]}, "questions[0].question is missing"),
    ({"questions": [{"question": "Q", "kind": "choice", "choices": ["a\nb"]}]}, "one line"),
    ({"questions": [{"question": "Q", "kind": "choice", "choices": ["a", 7]}]}, "questions[0].choices[1]"),
])
def test_a_body_that_is_wrong_is_told_by_its_place(standing_world, change, place):
    body = {"host": "bert@practice.example", "title": "Talk", "rule": RULE, **change}
    refused = standing_world.bert.ask("PUT", "/pages/talk", {k: v for k, v in body.items() if v is not None})
    assert refused.status == 422 and place in refused.json()["detail"], refused.text


def test_why_is_told_to_the_host_alone(world):
    """What keeps a start from being offered is in the host's calendar: not an administrator's to see either."""
    day = kit.day_after(3)
    world.practice.add("bert@practice.example", kit.event("Marked: bank", kit.at(day, 11), 60))
    told_why = world.bert.ask("GET", f"/pages/by-bert/why?day={day.isoformat()}")
    spells = told_why.json()["spells"]
    busy = next(spell for spell in spells if spell["first"] == kit.utc(kit.at(day, 11)))
    assert busy["reasons"][0]["why"] == "busy" and not busy["offered"] and "Marked" not in told_why.text
    assert any(spell["offered"] for spell in spells)
    assert world.anna.ask("GET", "/pages/by-bert/why").status == 403
    assert world.mia.ask("GET", "/pages/by-bert/why").status == 404
    assert world.anna.ask("GET", f"/connections/{world.connection(world.bert)}/calendars").status == 403
    assert world.bert.ask("GET", "/pages/by-bert/why?day=tomorrow").status == 400


def test_connections_and_the_doctor(world):
    rows = world.bert.get("/connections")["connections"]
    assert names(rows) == ["bert"] and rows[0]["state"] == "ok" and rows[0]["method"] == "ntlm"
    assert names(world.anna.get("/connections")["connections"]) == ["adam", "anna", "bert", "mia"]
    ours = f"/connections/{rows[0]['id']}"
    checked = world.bert.ask("POST", ours + "/check", {"probe": True}).json()
    assert checked["ok"] and {"dns", "tls"} <= {layer["layer"] for layer in checked["layers"]}
    assert world.bert.ask("POST", ours + "/check").json()["ok"]
    calendars = world.bert.get(ours + "/calendars")
    default = next(row for row in calendars["calendars"] if row["is_default"])
    assert default["is_busy"] and default["is_book"]
    chosen = world.bert.ask("PUT", ours + "/calendars", {"busy": [default["id"]], "book": default["id"]})
    assert chosen.status == 200, chosen.text
    assert world.bert.ask("PUT", ours + "/calendars", {"busy": ["nothing-like-that"]}).status == 404
    assert world.bert.ask("PUT", ours + "/password", {"password": kit.PASSWORD}).status == 204
    assert world.bert.ask("PUT", ours + "/password", {"password": ""}).status == 422
    server = {"server": world.practice.ews, "user": "PRACTICE\\bert", "password": kit.PASSWORD}
    assert world.bert.ask("PUT", ours + "/server", server).json()["ok"]
    assert world.bert.get(ours + "/removal") == {"unbound_bookings": 0, "coming": 0, "in_flight": 0, "pages": 1}
    assert world.bert.ask("DELETE", ours).status == 200
    assert world.bert.get("/connections")["connections"] == []
    wrong = {**server, "email": "bert@practice.example", "password": "Not-The-One-55"}
    refused = world.bert.ask("POST", "/connections", wrong)
    assert refused.status == 422 and refused.json()["type"] == "/problems/connection-refused"
    assert [layer for layer in refused.json()["layers"] if layer["state"] == "refused" and layer["fix"]]
    assert "Not-The-One-55" not in refused.text + world.gate.log()
    added = world.bert.ask("POST", "/connections", {**wrong, "password": kit.PASSWORD})
    assert added.status == 201, added.text
    assert world.bert.ask("POST", "/connections", {**wrong, "password": kit.PASSWORD}).status == 409
    assert world.bert.ask("POST", "/connections", {**wrong, "server": "http://x"}).status == 422
    assert world.bert.ask("POST", "/connections", {"email": "bert@practice.example"}).status == 422


def test_a_service_account_is_the_accounts_own(world):
    service = {"server": world.practice.ews, "user": "PRACTICE\\anna", "password": kit.PASSWORD,
               "mailbox": "anna@practice.example", "unchecked": True}
    assert world.bert.ask("POST", "/connections", service).status == 404  # nobody's: not a member's to add
    made = world.adam.ask("POST", "/connections", service)
    assert made.status == 201, made.text
    through = {"email": "bert@practice.example", "through": made.json()["id"], "mailbox": "anna@practice.example"}
    assert world.bert.ask("POST", "/connections", through).status == 403


def test_discover_asks_before_it_goes_elsewhere(world):
    found = world.bert.ask("POST", "/connections/discover",
                           {"mailbox": "bert@nowhere.invalid", "user": "bert", "password": kit.PASSWORD})
    assert found.status == 200 and found.json()["server"] == "" and found.json()["layers"]


def test_bookings_are_listed_shown_and_cancelled(world):
    mine, hers = world.book(world.bert, 10), world.book(world.mia, 11)
    listed = world.bert.get("/bookings")["bookings"]
    assert [row["id"] for row in listed] == [mine] and listed[0]["customer"]["name"] == "Carla Customer"
    assert {row["id"] for row in world.adam.get("/bookings")["bookings"]} == {mine, hers}
    only = world.adam.get("/bookings?email=mia@practice.example")["bookings"]
    assert [row["id"] for row in only] == [hers]
    day = kit.day_after(8).isoformat()
    assert world.bert.get(f"/bookings?from={day}T00:00:00Z")["bookings"] == []
    assert world.bert.ask("GET", "/bookings?from=yesterday").status == 400
    assert world.bert.get("/bookings?after=" + world.bert.get("/bookings")["next"])["bookings"] == []
    assert world.bert.get(f"/bookings/{mine}")["state"] == "confirmed"
    assert len(world.practice.bookings("bert@practice.example")) == 1
    assert world.bert.ask("POST", f"/bookings/{mine}/cancel").json()["state"] == "cancelled"
    assert world.practice.bookings("bert@practice.example") == []
    assert world.bert.ask("POST", f"/bookings/{mine}/cancel").json()["state"] == "cancelled"


CARLA = {"name": "Carla Customer", "email": "carla@example.com"}


def at(start):
    """date and time by the page's clock, which kit.at speaks of."""
    return {"date": start.date().isoformat(), "time": start.strftime("%H:%M")}


def test_a_host_enters_moves_and_marks_bookings(world):
    day, page = kit.day_after(4), "/pages/by-bert/bookings"
    world.practice.add("bert@practice.example", kit.event("Marked: bank", kit.at(day, 11), 60))
    busy = world.bert.ask("POST", page, {**CARLA, **at(kit.at(day, 11))})
    assert busy.status == 409 and [r["why"] for r in busy.json()["reasons"]] == ["busy"] and "Marked" not in busy.text
    outside = {**CARLA, **at(kit.at(day, 20))}
    assert [r["why"] for r in world.bert.ask("POST", page, outside).json()["reasons"]] == ["hours"]
    made = world.bert.ask("POST", page, {**outside, "beyond_rules": True}, Idempotency_Key="phone-7")
    assert made.status == 201 and [r["why"] for r in made.json()["set_aside"]] == ["hours"], made.text
    again = world.bert.ask("POST", page, {**outside, "beyond_rules": True}, Idempotency_Key="phone-7")
    assert again.json()["booking"]["id"] == made.json()["booking"]["id"]
    assert world.bert.ask("POST", page, outside, Idempotency_Key="two words").status == 400
    assert world.bert.ask("POST", page, {**outside, "date": "tomorrow"}).status == 422
    assert world.gate.visitor().get("/b/" + made.json()["manage_url"].split("/b/")[1]).status == 200
    ours = f"/bookings/{made.json()['booking']['id']}"
    assert world.bert.ask("POST", ours + "/move", at(kit.at(day, 11))).json()["reasons"][0]["why"] == "busy"
    moved = world.bert.ask("POST", ours + "/move", {**at(kit.at(day, 11)), "over_busy": True})
    assert moved.status == 200 and moved.json()["booking"]["start"] == kit.utc(kit.at(day, 11))
    assert moved.json()["set_aside"][0]["why"] == "busy"
    assert len(world.practice.bookings("bert@practice.example")) == 1
    assert world.bert.ask("PUT", ours + "/no-show", {"no_show": True}).status == 409  # still to come
    # What is in the way is in the host's calendar: neither a member's nor an administrator's to hear.
    assert world.anna.ask("POST", page, outside).status == 403
    assert world.anna.ask("POST", ours + "/move", at(kit.at(day, 9))).status == 403
    assert world.mia.ask("POST", page, outside).status == 404


def test_a_host_enters_a_series(world):
    day, page = kit.day_after(4), "/pages/by-bert/series"
    series = {**CARLA, **at(kit.at(day, 10)), "weekly": 4, "beyond_rules": True}
    made = world.bert.ask("POST", page, series, Idempotency_Key="phone-8")
    assert made.status == 201 and len(made.json()["bookings"]) == 4 and made.json()["clashes"] == [], made.text
    assert world.bert.ask("POST", page, series, Idempotency_Key="phone-8").json()["series"] == made.json()["series"]
    clashes = world.bert.ask("POST", page, {**series, "weekly": 5})
    assert clashes.status == 409 and ["taken" in {r["why"] for r in row["reasons"]} for row in clashes.json()["clashes"]] == [True] * 4
    skipped = world.bert.ask("POST", page, {**series, "weekly": 5, "skip_clashes": True})
    assert skipped.status == 201 and len(skipped.json()["bookings"]) == 1 and len(skipped.json()["clashes"]) == 4
    assert world.bert.ask("POST", page, {**series, "weekly": 26, "also": [at(kit.at(day, 12))]}).status == 422
    first = made.json()["bookings"][0]["id"]
    assert world.bert.get(f"/bookings/{first}")["series"] == made.json()["series"]
    assert world.bert.ask("POST", f"/bookings/{first}/cancel", {"rest": True}).json()["state"] == "cancelled"
    assert len(world.practice.bookings("bert@practice.example")) == 1
    assert world.anna.ask("POST", page, series).status == 403 and world.mia.ask("POST", page, series).status == 404


def test_what_has_to_be_seen_to_by_hand(world):
    for person, hour in ((world.bert, 10), (world.mia, 11)):
        booking = world.book(person, hour)
        world.gate.command("connection", "remove", "acme", world.connection(person), "--yes")
        assert world.anna.ask("POST", f"/bookings/{booking}/cancel").status == 200
    notices = world.bert.get("/attentions")
    assert names(notices["notices"], "host") == ["bert"] and notices["notices"][0]["kind"] == "cancelled"
    assert names(world.anna.get("/attentions")["notices"], "host") == ["bert", "mia"]
    assert world.bert.get(f"/attentions?after={notices['next']}")["notices"] == []
    assert world.bert.ask("POST", f"/attentions/{notices['next']}/done").status == 204
    assert world.bert.ask("POST", f"/attentions/{notices['next']}/done").status == 204
    assert world.bert.get("/attentions")["notices"] == []
    assert world.bert.get("/attentions?all=true")["notices"][0]["done"]
    assert world.bert.ask("GET", "/attentions?all=perhaps").status == 400
    hers = world.mia.get("/attentions")["next"]
    assert world.bert.ask("POST", f"/attentions/{hers}/done").status == 404


def test_colleagues_are_seen_with_ones_own_right_and_only_when_they_are_busy(world):
    """P3: neither subjects nor anything else of an event; where Exchange refuses the viewer, nothing."""
    start = kit.at(kit.day_after(3), 13)
    world.practice.add("mia@practice.example", kit.event("Marked: surgery", start, 60, location="Marked clinic"))
    query = f"/team?from={kit.utc(start)}&to={kit.utc(start + kit.datetime.timedelta(hours=4))}"
    answer = world.bert.ask("GET", query)
    assert answer.status == 200 and "Marked" not in answer.text
    mia = next(row for row in answer.json()["colleagues"] if row["email"].startswith("mia"))
    assert mia["known"] and [set(span) for span in mia["busy"]] == [{"start", "end", "status"}]
    assert mia["busy"][0]["status"] == "busy" and mia["busy"][0]["start"] == kit.utc(start)
    world.gate.command("connection", "remove", "acme", world.connection(world.bert), "--yes")
    assert world.bert.ask("GET", query).status == 404  # no right of one's own, and nobody else's
    assert world.adam.ask("GET", query + "&viewer=mia@practice.example").status == 400


def test_tokens_are_listed_and_cut_off_at_once(world):
    rows = world.bert.get("/tokens")["tokens"]
    assert names(rows) == ["bert"] and rows[0]["name"] == "flow" and rows[0]["expires"] is None
    assert rows[0]["used"].endswith(":00:00Z") and "users:write" not in rows[0]["scopes"]
    assert names(world.adam.get("/tokens")["tokens"]) == ["adam", "anna", "bert", "mia"]
    assert world.adam.ask("DELETE", f"/tokens/{rows[0]['id']}").status == 204
    assert world.bert.ask("GET", "").status == 401
    assert world.mia.get("")["user"]["email"] == "mia@practice.example"
    world.gate.command("token", "revoke", "acme", world.token_id(world.mia))
    assert world.mia.ask("GET", "").status == 401


def test_a_token_gives_no_more_than_its_scopes_and_its_users_role(world):
    narrow = Person(world.gate, world.interface, "acme", "anna@practice.example", "pages:read")
    assert narrow.ask("GET", "/pages").status == 200
    for method, path in (("GET", ""), ("GET", "/users"), ("GET", "/bookings"), ("DELETE", "/pages/by-anna")):
        refused = narrow.ask(method, path)
        assert refused.status == 403 and "scope" in refused.json()["detail"], refused.text
    world.gate.command("user", "role", "acme", "adam@practice.example", "member")
    assert names(world.adam.get("/users")["users"]) == ["adam"]
    assert world.adam.ask("POST", "/users", {"email": "x@y.example", "name": "X", "zone": "UTC"}).status == 403
    refused = world.gate.run("token", "add", "acme", "adam@practice.example", "--name", "n", "--scopes", "users:write")
    assert refused.returncode == 1 and "users:write" in refused.stderr


# ---- what is somebody else's ----

def everything_of(world, person):
    """Every request that names something of a person's, as (method, path, body)."""
    connection, page = f"/connections/{world.connection(person)}", f"/pages/{world.page(person)}"
    booking = f"/bookings/{world.book(person, 14)}"
    server = {"server": world.practice.ews, "user": "PRACTICE\\zoe", "password": "Wrong-77", "unchecked": True}
    return [
        ("GET", page, None), ("PUT", page, {"host": person.email, "title": "Mine", "rule": RULE}),
        ("GET", page + "/why", None), ("POST", page + "/bookings", {**CARLA, "date": "2027-01-04", "time": "09:00"}),
        ("POST", page + "/series", {**CARLA, "date": "2027-01-04", "time": "09:00", "weekly": 3}),
        ("POST", booking + "/move", {"date": "2027-01-04", "time": "09:00"}), ("PUT", booking + "/no-show", {"no_show": True}),
        ("GET", f"/attentions?email={person.email}", None), ("GET", f"/outbox?email={person.email}", None),
        ("POST", "/attentions/987654/done", None), ("POST", "/attentions/987654/accept", None),
        ("POST", "/attentions/987654/restore", {}), ("POST", "/outbox/987654/retry", None),
        ("DELETE", page, None), ("GET", booking, None), ("POST", booking + "/cancel", None),
        ("POST", connection + "/check", {}), ("PUT", connection + "/password", {"password": "Wrong-77"}),
        ("PUT", connection + "/server", server), ("GET", connection + "/calendars", None),
        ("PUT", connection + "/calendars", {"busy": ["x"]}), ("GET", connection + "/removal", None),
        ("DELETE", connection, None), ("DELETE", f"/tokens/{world.token_id(person)}", None),
        ("GET", f"/users?email={person.email}", None), ("GET", f"/users?after={person.email}", None),
        ("GET", f"/bookings?email={person.email}", None), ("GET", f"/pages?email={person.email}", None),
        ("GET", f"/connections?email={person.email}", None), ("GET", f"/tokens?email={person.email}", None),
        ("POST", "/connections", {**server, "email": person.email}),
    ]


def unknown(method, path, person):
    """The same request about something that is nowhere."""
    path = re.sub(r"^(/connections|/tokens)/\d+", r"\1/987654", path)
    path = re.sub(r"^/bookings/[^/?]+", "/bookings/ZZZZZZZZZZZ", path)
    path = re.sub(r"^/pages/[^/?]+", "/pages/nowhere", path)
    return method, path.replace(person.email, "nobody@practice.example")


def told(answer):
    kept = {name: value for name, value in answer.headers.items() if name not in ("Date", "Content-Length")}
    return answer.status, kept, answer.body


@pytest.mark.limit(240)
@pytest.mark.parametrize("who,whose", [("zoe", "anna"), ("anna", "zoe"), ("bert", "mia"), ("mia", "anna")])
def test_what_is_anothers_is_not_there(world, who, whose):
    """By account and, for members, by user: byte for byte what is said of things that are nowhere."""
    asker, other = getattr(world, who), getattr(world, whose)
    before = json.dumps([world.gate.listed(*words, other.account) for words in
                         (("page", "list"), ("connection", "list"), ("user", "list"), ("booking", "list"))])
    requests = everything_of(world, other)
    kept = json.dumps([world.gate.listed(*words, other.account) for words in
                       (("page", "list"), ("connection", "list"), ("user", "list"))])
    for method, path, body in requests:
        nowhere, where = unknown(method, path, other)
        same = asker.ask(nowhere, where, {**body, "email": "nobody@practice.example"} if body and "email" in body
                         else body) if (method, path.split("/")[1]) != ("PUT", "pages") else None
        answer = asker.ask(method, path, body)
        if path.startswith("/users?after=") and asker.account == other.account:
            continue  # a place in a list, of which only one's own rows are shown
        assert answer.status == 404, f"{method} {path}: {answer.status} {answer.text}"
        assert same is None or told(answer) == told(same), f"{method} {path}"
        if asker.account != other.account:
            assert asker.ask(method, path, body, account=other.account).status == 404, f"{method} {path}"
            nowhere = asker.ask(method, path, body, account="nowhere")
            assert told(nowhere) == told(asker.ask(method, path, body, account=other.account))
    after = json.dumps([world.gate.listed(*words, other.account) for words in
                        (("page", "list"), ("connection", "list"), ("user", "list"))])
    assert after == kept and before


# ---- tokens that are none ----

def test_wrong_tokens_get_one_answer_and_then_none(world):
    """401 in the same words whatever is wrong; after ten an address waits."""
    flipped = world.bert.token[:20] + ("A" if world.bert.token[20] != "A" else "B") + world.bert.token[21:]
    path = "/api/v1/accounts/acme"
    visitor = world.gate.visitor("127.0.0.2")
    missing = visitor.get(path)
    assert missing.status == 401 and missing.headers["WWW-Authenticate"] == 'Bearer realm="hourgate"'
    answers = [visitor.get(path, Authorization=value) for value in
               (f"Bearer {flipped}", "Bearer x", f"bearer {flipped[:-1]}", f"Bearer {flipped} ", "Basic eDp5")]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in [missing, *answers]}) == 1
    refused = [visitor.get(path, Authorization="Bearer hg_" + "A" * 60) for _ in range(10)]
    assert refused[-1].status == 429 and int(refused[-1].headers["Retry-After"]) > 0
    assert visitor.get(path, Authorization=f"Bearer {world.bert.token}").status == 429
    assert world.gate.visitor("127.0.0.3").get(path, Authorization=f"Bearer {world.bert.token}").status == 200
    assert world.bert.token not in world.gate.log() and flipped not in world.gate.log()


def test_a_token_in_an_address_is_refused(world):
    query = urllib.parse.urlencode({"access_token": world.bert.token})
    answer = world.bert.ask("GET", f"/pages?{query}")
    assert answer.status == 400 and "revoke" in answer.json()["detail"] and world.bert.token not in answer.text
    assert world.gate.visitor().get(f"/api/v1/accounts/acme/pages?{query}").status in (400, 401)


def test_other_origins_and_cookies_get_nothing(world):
    path = "/api/v1/accounts/acme/pages"
    preflight = world.gate.visitor().ask("OPTIONS", path, Origin="https://elsewhere.example",
                                         Access_Control_Request_Method="PUT")
    assert preflight.status == 405
    by_cookie = world.gate.visitor().get(path, Cookie=f"token={world.bert.token}; session={world.bert.token}")
    assert by_cookie.status == 401
    answers = [preflight, by_cookie, world.bert.ask("GET", "/pages", Origin="https://elsewhere.example")]
    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith(("access-control", "set-cookie"))]
        assert answer.headers["Cache-Control"] == "no-store"


def test_commands_and_interface_say_the_same(world):
    """Whatever the interface lists, the commands list."""
    pages = kit.rows(world.gate.listed("page", "list", "acme"))
    assert [row["page"] for row in world.anna.get("/pages")["pages"]] == [row["page"] for row in pages]
    users = kit.rows(world.gate.listed("user", "list", "acme"))
    assert [(row["email"], row["role"]) for row in world.anna.get("/users")["users"]] == \
        [(row["email"], row["role"]) for row in users]


@pytest.fixture(scope="module")
def standing_world(authority, good):
    import tempfile  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        maker = kit.Maker(kit.pathlib.Path(folder), authority, good)
        try:
            yield World(maker)
        finally:
            maker.end()


# What each operation needs to be read at all; {0} stands for what is not there.
BODIES = {
    "cancelBooking": {"reason": "It cannot be."}, "declineBooking": {"reason": "No."},
    "approveBooking": {"over_busy": True},
    "addUser": {"email": "x@y.example", "name": "X", "zone": "UTC"}, "setRole": {"role": "member"},
    "disableUser": {"disabled": True}, "handOver": {"to": "x@y.example"}, "requireSecondFactor": {"required": True},
    "addConnection": {"server": "https://x.example", "user": "x", "password": "x"},
    "discover": {"user": "x", "password": "x", "mailbox": "x@y.example"}, "checkConnection": {},
    "setPassword": {"password": "x"}, "moveConnection": {"server": "x.example", "user": "x", "password": "x"},
    "addBooking": {**CARLA, "date": "2027-01-04", "time": "09:00"}, "moveBooking": {"date": "2027-01-04", "time": "09:00"},
    "addSeries": {**CARLA, "date": "2027-01-04", "time": "09:00"}, "setNoShow": {"no_show": True}, "restoreNotice": {}, "chooseCalendars": {"busy": []}, "putPage": {"host": "x@y.example", "title": "X", "rule": RULE},
}


def test_every_operation_takes_a_token_and_is_its_accounts_alone(standing_world):
    """Walked from openapi.json, so that a new one is not forgotten."""
    anywhere = {"id": "7", "page": "by-anna", "booking": "x", "email": "anna@practice.example"}
    n = 0
    for template, item in standing_world.interface.document["paths"].items():
        for method in (item.keys() & {"get", "post", "put", "delete"} if "/accounts/" in template else ()):
            path = template.split("{account}")[1].format(**anywhere)
            body = BODIES.get(item[method]["operationId"])
            assert ("requestBody" in item[method]) == (body is not None), f"{method} {template}"
            for headers in ({"Authorization": ""}, {"Authorization": "Basic eDp5"}):
                assert standing_world.zoe.ask(method.upper(), path, body, account="acme", **headers).status == 401
            foreign = standing_world.zoe.ask(method.upper(), path, body, account="acme")
            assert foreign.status == 404 and foreign.json()["title"] == "There is no such thing", foreign.text
            assert told(foreign) == told(standing_world.zoe.ask(method.upper(), path, body, account="nowhere"))
            n += 1
    assert n >= 24


def test_what_passes_through_the_edge_does_not_stay_there(world):
    """Neither a password nor a token, once the answer is out and the connection closed."""
    password = "Marked-Once-" + "Passing-31"
    body = {"server": world.practice.ews, "user": "PRACTICE\\bert", "password": password, "unchecked": True}
    own = f"/connections/{world.connection(world.bert)}"
    assert world.bert.ask("PUT", own + "/server", body).status == 200
    assert world.bert.ask("PUT", own + "/password", {"password": password}).status == 204
    for hour in range(9, 12):
        assert world.mia.get(f"/bookings?after=&from={kit.utc(kit.at(kit.day_after(1), hour))}")["bookings"] == []
    found = kit.remembers(world.gate.pid("edge"), password.encode(), world.bert.token.encode(), world.mia.token.encode())
    assert not found
    assert not kit.remembers(world.gate.pid("vault"), world.bert.token.encode())


def test_what_somebody_else_changed_is_not_overwritten(world):
    body = {"host": world.bert.email, "title": "Talk", "rule": RULE}
    made = world.bert.ask("PUT", "/pages/talk", body, If_None_Match="*")
    assert made.status == 200 and made.headers["ETag"] == '"1"' and made.json()["version"] == 1
    assert world.bert.ask("PUT", "/pages/talk", body, If_None_Match="*").status == 412
    seen = world.bert.ask("GET", "/pages/talk").headers["ETag"]
    other = world.anna.ask("PUT", "/pages/talk", {**body, "title": "Theirs"}, If_Match=seen)
    assert other.status == 200 and other.headers["ETag"] == '"2"'
    for stale in (seen, '"x"', "2", '""', 'W/"2"'):
        refused = world.bert.ask("PUT", "/pages/talk", {**body, "title": "Mine"}, If_Match=stale)
        assert refused.status == 412 and refused.json()["type"] == "/problems/changed", stale
        assert world.bert.ask("DELETE", "/pages/talk", If_Match=stale).status == 412
    assert world.bert.get("/pages/talk")["title"] == "Theirs"
    assert world.bert.ask("PUT", "/pages/talk", {**body, "version": 1}).status == 409
    assert world.bert.ask("PUT", "/pages/talk", {**body, "title": "Mine"}, If_Match="*").status == 200
    assert world.bert.ask("DELETE", "/pages/talk", If_Match='"3"').status == 204
    assert world.bert.ask("GET", "/pages/talk").status == 404
