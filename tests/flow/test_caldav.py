# SPDX-License-Identifier: ISC
"""A calendar at a real CalDAV server: connected by an app password, booked, and moved by a client that is not ours; what
servers do badly, and where a password must never go."""
import datetime
import json
import os
import subprocess
import threading

import dav
import driver
import kit
import pytest
from people import RIGHT, Browser, layers

ANNA = dav.ADDRESS
BACKENDS = pytest.mark.parametrize("backend", [dav.Radicale, dav.Xandikos], ids=["radicale", "xandikos"])
LATER_S = 60


def add(hourgate, server, password=kit.PASSWORD, **more):
    words = ["connection", "add", "acme", ANNA, "--kind", "caldav", "--server", more.pop("url", server.url), "--user",
             dav.USER, "--password-stdin", *more.pop("words", ())]
    return hourgate.run(*words, stdin=password + "\n")


@pytest.fixture(name="office")
def fixture_office(make):
    """A CalDAV server and an hourgate that serves anna's page from it."""
    def furnish(backend=dav.Radicale, events=(), **settings):
        server = dav.Server(make, backend, events)
        hourgate = make.hourgate(settings={"upstream.poll": 1, "upstream.watch": 0, **settings}).serve()
        hourgate.command("account", "add", "acme", "--name", "Acme AG")
        hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
        done = add(hourgate, server)
        assert done.returncode == 0, done.stdout + done.stderr
        hourgate.page()
        return server, hourgate
    return furnish


def client(server, code):
    """Run Python with `calendar`, python3-caldav's view of the calendar of bookings; return what it sets as out."""
    script = f"""
import datetime, json, caldav
from icalendar import Calendar
way = caldav.DAVClient({server.url!r} + "/", username={dav.USER!r}, password={kit.PASSWORD!r},
                       ssl_verify_cert={str(server.trusted)!r})
home = way.principal()
calendar, = [one for one in home.calendars() if str(one.url).endswith({server.backend.calendar!r})]
{code}
print(json.dumps(out))
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


SEE = """
out = []
for one in calendar.events():
    for event in Calendar.from_ical(one.data).walk("VEVENT"):
        out.append([str(event["SUMMARY"]), event.decoded("DTSTART").isoformat(), str(event["UID"]),
                    "ATTENDEE" in event or "ORGANIZER" in event])
"""


def move(server, hours):
    return client(server, f"""
one, = [one for one in calendar.events() if "@hourgate" in one.data]
object = Calendar.from_ical(one.data)
for event in object.walk("VEVENT"):
    length = event.decoded("DTEND") - event.decoded("DTSTART")
    start = event.decoded("DTSTART") + datetime.timedelta(hours={hours})
    for name, value in (("DTSTART", start), ("DTEND", start + length)):
        del event[name]
        event.add(name, value)
one.data = object.to_ical().decode()
one.save()
out = start.isoformat()
""")


def booked(hourgate):
    booking, = hourgate.bookings()
    return booking["state"], booking["start"]


@BACKENDS
def test_a_booking_stands_there_and_follows_what_another_client_does(office, backend):
    day = kit.day_after(3)
    server, hourgate = office(backend, [kit.event("Planted", kit.at(day, 9), 60)])
    visitor = hourgate.visitor()
    assert kit.at(day, 9) not in visitor.starts(day=day)
    assert visitor.book(kit.at(day, 10)).status == 201
    seen, = [row for row in client(server, SEE) if row[2].endswith("@hourgate")]
    assert "Carla" in seen[0] and kit.instant(seen[1]) == kit.at(day, 10)
    assert not seen[3], "nobody is named whom a server could mail"
    assert kit.at(day, 10) not in visitor.starts(day=day)
    moved = kit.instant(move(server, 2))
    assert moved == kit.at(day, 12)
    kit.wait_until("the booking follows", lambda: kit.instant(booked(hourgate)[1]) == moved, LATER_S)
    client(server, """
one, = [one for one in calendar.events() if "@hourgate" in one.data]
one.delete()
out = "gone"
""")
    kit.wait_until("the booking ends", lambda: booked(hourgate)[0] == "cancelled", LATER_S)


@BACKENDS
def test_a_customer_moves_and_cancels_and_the_calendar_follows(office, backend):
    day = kit.day_after(3)
    server, hourgate = office(backend)
    visitor = hourgate.visitor()
    answer = visitor.book(kit.at(day, 10))
    link = kit.path_of(answer.json()["manage_url"])
    kit.move(visitor, link, kit.at(day, 14))
    item, = server.items()
    assert dav.moment(item["Start"]) == kit.at(day, 14)
    kit.cancel(visitor, link)
    kit.wait_until("the event goes", lambda: server.items() == [])


def test_what_the_host_added_to_an_event_stays_when_it_moves(office):
    day = kit.day_after(3)
    server, hourgate = office()
    visitor = hourgate.visitor()
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    (href, (_, text)), = server.objects().items()
    mine = text.replace("END:VEVENT", "X-MINE:kept\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\n"
                                      "DESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT", 1)
    assert server.ask("PUT", href, mine.encode(), Content_Type="text/calendar")[0] in (201, 204)
    kit.move(visitor, link, kit.at(day, 14))
    (_, (_, text)), = server.objects().items()
    assert "X-MINE:kept" in text and "TRIGGER:-PT5M" in text
    assert dav.moment(server.items()[0]["Start"]) == kit.at(day, 14)


# ---- signing in ----

def test_a_wrong_password_is_sent_once_and_nothing_is_stored(make):
    server = dav.Server(make, dav.Radicale)
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    done = add(hourgate, server, "wrong-Wr0ng-77")
    assert done.returncode and "wrong-Wr0ng-77" not in done.stdout + done.stderr
    assert "app password" in done.stdout + done.stderr
    assert len([entry for entry in server.journal() if entry["credential"]]) == 1
    assert kit.rows(hourgate.listed("connection", "list", "acme")) == []


def opened(make, couriers, server, **more):
    del make
    return couriers(roots=server.trusted).connect({
        "kind": 3, "host": "localhost", "port": server.port, "path": "/", "method": 1, "user": dav.USER,
        "password": kit.PASSWORD, "mailbox": ANNA, "zone": kit.ZONE, **more})


@pytest.mark.parametrize("operation", ["Propfind", "Query"])
def test_no_password_goes_to_another_owner(make, couriers, operation):
    """127.0.0.1 is another owner than localhost: a redirect there is refused before anything is sent."""
    server, other = dav.Server(make, dav.Radicale), dav.Server(make, dav.Radicale)
    server.misbehave("http", operation=operation, status=302, location=f"https://127.0.0.1:{other.port}/")
    day = kit.day_after(3)
    with pytest.raises(driver.Refused) as caught:
        opened(make, couriers, server).busy(kit.at(day, 0), kit.at(day, 23))
    assert caught.value.status == "upstream-error" and "own domain" in caught.value.what
    assert other.journal() == []


def test_a_redirect_of_the_same_owner_is_followed(make, couriers):
    day = kit.day_after(3)
    server = dav.Server(make, dav.Radicale)
    other = dav.Server(make, dav.Radicale, [kit.event("Planted", kit.at(day, 9), 30)])
    server.misbehave("http", status=301, location=other.url + other.backend.calendar)
    connection = opened(make, couriers, server)
    assert connection.busy(kit.at(day, 0), kit.at(day, 23)) == [(kit.at(day, 9), kit.at(day, 9, 30), "busy")]


# ---- what servers do badly ----

def test_the_doctor_names_each_layer(make, couriers):
    server = dav.Server(make, dav.Radicale)
    layers = opened(make, couriers, server).check(probe=True)
    assert list(layers) == ["dns", "tcp", "tls", "certificate", "methods", "sign-in", "calendars", "rights",
                            "free/busy", "changes", "throttling", "clock", "probe"]
    assert {layer["state"] for layer in layers.values()} == {"ok"}, layers
    assert server.objects() == {}
    refused = opened(make, couriers, server, password="wrong").check()
    assert refused["sign-in"]["state"] == "refused" and refused["calendars"]["state"] == "skipped"


@pytest.mark.parametrize("fault", [{"mode": "without_data"}, {"mode": "cut_by_number", "most": 20}],
                         ids=["without data", "cut by number"])
def test_what_a_server_leaves_out_is_asked_for(make, couriers, fault):
    day = kit.day_after(3)
    events = [kit.event(f"E{n}", kit.at(day + datetime.timedelta(days=n), 9), 30) for n in range(60)]
    server = dav.Server(make, dav.Radicale, events)
    server.misbehave(**fault, operation="Query")
    busy = opened(make, couriers, server).busy(kit.at(day, 0), kit.at(day + datetime.timedelta(days=61), 0))
    assert len(busy) == 60


def test_calendars_are_listed_with_our_rights(make, couriers):
    server = dav.Server(make, dav.Radicale, calendars=True)
    rows = opened(make, couriers, server).ask("calendars")["calendars"]
    assert [(row["id"], row["is_default"], row["can_read"], row["can_write"]) for row in rows] == [
        ("/anna/projects/", True, True, True), ("/anna/work/", False, True, True)]


@BACKENDS
def test_changes_tell_of_ours_alone_and_begin_anew_when_the_state_is_lost(make, couriers, backend):
    day = kit.day_after(3)
    server = dav.Server(make, backend, [kit.event("theirs", kit.at(day, 8))])
    connection = opened(make, couriers, server)
    ref = connection.create("one@hourgate", kit.at(day, 9), kit.at(day, 10))
    first = connection.ask("changes")
    assert [change["uid"] for change in first["changes"]] == ["one@hourgate"] and not first["more"]
    assert connection.ask("changes", state=first["state"])["changes"] == []
    connection.update(ref["id"], "one@hourgate", kit.at(day, 11), kit.at(day, 12))
    server.put("planted-late", kit.event("theirs", kit.at(day, 15)))
    second = connection.ask("changes", state=first["state"])
    assert [(change["uid"], driver.moment(change["ref"]["start"])) for change in second["changes"]] == [
        ("one@hourgate", kit.at(day, 11))]
    connection.remove(ref["id"], "one@hourgate")
    third = connection.ask("changes", state=second["state"])
    assert [(change["removed"], change["ref"]["id"]) for change in third["changes"]] == [(True, ref["id"])]
    for lost in ("s http://nobody.example/ns/sync/0000", "nonsense"):
        assert connection.ask("changes", state=lost)["lost"]


def test_without_sync_tokens_etags_are_compared(make, couriers):
    day = kit.day_after(3)
    server = dav.Server(make, dav.Radicale)
    server.misbehave("http", operation="Sync", status=501)
    connection = opened(make, couriers, server)
    refs = [connection.create(f"b{n}@hourgate", kit.at(day, 8 + n), kit.at(day, 9 + n)) for n in range(3)]
    first = connection.ask("changes")
    assert first["state"].startswith("e") and len(first["changes"]) == 3
    assert connection.ask("changes", state=first["state"])["changes"] == []
    connection.update(refs[0]["id"], "b0@hourgate", kit.at(day, 18), kit.at(day, 19))
    connection.remove(refs[1]["id"], "b1@hourgate")
    second = connection.ask("changes", state=first["state"])
    assert sorted((change["removed"], change["ref"]["id"]) for change in second["changes"]) == [
        (False, refs[0]["id"]), (True, refs[1]["id"])]
    assert connection.ask("changes", state=second["state"])["changes"] == []


def test_the_same_create_twice_is_one_event(make, couriers):
    day = kit.day_after(3)
    server = dav.Server(make, dav.Radicale)
    connection = opened(make, couriers, server)
    refs = [connection.create("one@hourgate", kit.at(day, 9), kit.at(day, 10)) for _ in range(2)]
    assert refs[0]["id"] == refs[1]["id"] and len(server.objects()) == 1
    with pytest.raises(driver.Refused) as caught:
        connection.create("one@hourgate", kit.at(day, 11), kit.at(day, 12))
    assert caught.value.status == "conflict"


def test_colleagues_are_not_told_by_a_server_without_scheduling(make, couriers):
    server = dav.Server(make, dav.Radicale)
    now = datetime.datetime.now(dav.UTC)
    with pytest.raises(driver.Refused) as caught:
        opened(make, couriers, server).ask("view", mailboxes=[{"address": "bea@practice.example"}],
                                           **{"from": driver.seconds(now), "to": driver.seconds(now) + 86400})
    assert caught.value.status == "unsupported"


@pytest.mark.long
@pytest.mark.limit(600)
def test_a_calendar_of_twenty_thousand_events(make, couriers):
    start = kit.at(kit.day_after(1), 0)
    minute = datetime.timedelta(minutes=1)
    events = [kit.event("x", start + 3 * n * minute, 1) for n in range(20000)]
    server = dav.Server(make, dav.Radicale, events)
    connection = opened(make, couriers, server)
    end = start + 60000 * minute
    assert len(connection.busy(start, end, timeout_ms=110000)) == 20000
    server.put("one-more", kit.event("x", end - minute, 1))
    with pytest.raises(driver.Refused) as caught:
        connection.busy(start, end, timeout_ms=110000)
    assert caught.value.status == "throttled" and "20000" in caught.value.what


# ---- feeds ----

def add_feed(hourgate, feed, url=None):
    return hourgate.run("connection", "add", "acme", ANNA, "--kind", "ics", "--password-stdin",
                        stdin=(url or feed.url) + "\n")


def test_a_feed_makes_busy_and_its_address_is_a_secret(make):
    day = kit.day_after(3)
    feed = dav.Feed(make, [kit.event("Planted-Subject", kit.at(day, 9), 60)])
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    assert hourgate.run("connection", "add", "acme", ANNA, "--kind", "ics", "--server", feed.url,
                        "--password-stdin", stdin="x\n").returncode
    assert add_feed(hourgate, feed, "http://localhost/x.ics").returncode
    done = add_feed(hourgate, feed)
    assert done.returncode == 0, done.stdout + done.stderr
    hourgate.page()
    visitor = hourgate.visitor()
    slots = visitor.starts(day=day)
    assert kit.at(day, 9) not in slots and kit.at(day, 9, 30) not in slots and kit.at(day, 10) in slots
    assert visitor.book(kit.at(day, 10)).status == 201
    assert kit.at(day, 10) not in visitor.starts(day=day)
    said = done.stdout + done.stderr + hourgate.log() + hourgate.command("connection", "list", "acme", "--json")
    assert "localhost" in said and "5eC4eT" not in said and "Canary-Of-A-Feed" not in said
    for path in hourgate.files():
        content = path.read_bytes()
        assert b"5eC4eT" not in content and b"Canary-Of-A-Feed" not in content, path


def test_a_feed_is_fetched_where_it_has_changed(make, couriers):
    day = kit.day_after(3)
    feed = dav.Feed(make, [kit.event("A", kit.at(day, 9))])
    connection = couriers(roots=feed.trusted).connect({
        "kind": 4, "host": "localhost", "port": feed.port, "path": "/", "method": 6, "password": feed.secret,
        "zone": kit.ZONE})
    window = (kit.at(day, 0), kit.at(day, 23))
    assert connection.busy(*window) == connection.busy(*window) != []
    kit.wait_until("both are answered", lambda: [entry["status"] for entry in feed.journal()] == [200, 304])
    feed.set([])
    assert connection.busy(*window) == []
    feed.misbehave("http", status=404)
    with pytest.raises(driver.Refused) as caught:
        connection.busy(*window)
    assert caught.value.status == "not-found" and "5eC4eT" not in str(caught.value)
    for job in ("calendars", "changes"):
        with pytest.raises(driver.Refused) as caught:
            connection.ask(job)
        assert caught.value.status == "unsupported"


def test_many_ask_one_server_at_once(office):
    """Eight visitors for one slot: one gets it."""
    day = kit.day_after(3)
    server, hourgate = office()
    answers = []

    def book(n):
        answers.append(hourgate.visitor(f"127.0.0.{n + 2}").book(kit.at(day, 10)).status)
    threads = [threading.Thread(target=book, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 201 and answers.count(201) == 1
    assert len(server.objects()) == 1


# ---- the pages ----

@pytest.fixture(name="anna")
def fixture_anna(make):
    """Anna, signed in, with no calendar connected."""
    hourgate = make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    hourgate.serve()
    link = "/invite/" + hourgate.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
    assert Browser(hourgate).ask("POST", link, {"password": RIGHT}).status == 303
    browser = Browser(hourgate)
    assert browser.sign_in(ANNA).status == 303
    return browser


def test_a_host_connects_by_an_app_password(make, anna):
    server = dav.Server(make, dav.Radicale)
    assert all(f"/connections/new/{way}" in anna.ask("GET", "/connections/new").text
               for way in ("icloud", "caldav", "feed"))
    fields = {"server": server.url, "user": dav.USER, "password": kit.PASSWORD}
    page = "/connections/new/caldav"
    refused = anna.post(page, **{**fields, "password": "mistyped"})
    assert refused.status == 200 and "Nothing was stored" in refused.text and "mistyped" not in refused.text
    assert ("bad", "sign-in") in layers(refused.text) and 'name="server"' in refused.text, "the form again, below what was found"
    wrong = anna.post(page, server="http://x", user="", password="")
    assert wrong.status == 422 and wrong.text.count('class="error"') == 3
    answer = anna.post(page, **fields)
    assert answer.status == 200 and "All layers hold" in answer.text and kit.PASSWORD not in answer.text
    assert "/calendars" in answer.text
    assert anna.post(page, **fields).status == 409, "one is enough"


def test_layers_appear_as_they_are_found(make, anna):
    server = dav.Server(make, dav.Radicale)
    server.misbehave("late", operation="Query", count=1, seconds=2)
    came = list(anna.pieces("/connections/new/caldav", server=server.url, user=dav.USER, password=kit.PASSWORD))
    times = {name: at for at, piece in came for tone, name in layers(piece) if tone == "good"}
    assert list(times)[:4] == ["dns", "tcp", "tls", "certificate"] and times["sign-in"] < times["free/busy"] - 1
    whole = "".join(piece for _, piece in came)
    assert len(layers(whole)) == len(set(layers(whole))) and whole.count("<h1>") == 1
    assert whole.lstrip().startswith("<!doctype html>") and whole.rstrip().endswith("</html>")


@pytest.mark.long
@pytest.mark.parametrize("javascript, language", [("on", "en-GB"), ("on", "de-CH"), ("off", "de-CH")])
def test_in_a_browser(make, anna, javascript, language, tmp_path):
    server, feed = dav.Server(make, dav.Radicale), dav.Feed(make, [])
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    said = kit.browser("ways.mjs", f"http://127.0.0.1:{anna.visitor.port}", ANNA, RIGHT, server.url, dav.USER, kit.PASSWORD, feed.url,
                       javascript, language, folder)
    assert said["violations"] == [] and said["complaints"] == [] and not said["echoed"]
    assert said["refused"] == [["feed"], ["sign-in"]], "the layer that says what is wrong, of the feed and of the server"
    assert "free/busy" in said["layers"]


def test_apples_steps_stand_before_the_form(anna):
    page = anna.ask("GET", "/connections/new/icloud").text
    assert "account.apple.com" in page and "App-Specific Passwords" in page and 'name="server"' not in page
    assert anna.ask("GET", "/connections/new/elsewhere").status == 404


def test_a_host_connects_a_feed_and_its_address_is_never_shown(make, anna):
    feed = dav.Feed(make, [])
    page = "/connections/new/feed"
    assert anna.post(page, password="https://localhost/").status == 422
    answer = anna.post(page, password=feed.url)
    assert answer.status == 200 and "All layers hold" in answer.text and "5eC4eT" not in answer.text
    for place in ("/connections", "/me"):
        assert "5eC4eT" not in anna.ask("GET", place).text


def test_the_interface_for_programs_connects_them_too(make):
    server, feed = dav.Server(make, dav.Radicale), dav.Feed(make, [])
    hourgate = make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    for address in (ANNA, "bea@practice.example"):
        hourgate.command("user", "add", "acme", address, "--name", "Host", "--zone", kit.ZONE)
    hourgate.serve()

    def post(email, body):
        token = hourgate.command("token", "add", "acme", email, "--name", "flow", "--scopes",
                                 "connections:read connections:write").strip()
        return hourgate.visitor().ask("POST", "/api/v1/accounts/acme/connections",
                                      json.dumps({"email": email, **body}).encode(), Authorization=f"Bearer {token}")
    by_password = {"kind": "caldav", "server": server.url, "user": dav.USER}
    assert post(ANNA, {**by_password, "password": "wrong"}).status == 422
    assert post(ANNA, {**by_password, "password": kit.PASSWORD}).status == 201
    assert post("bea@practice.example", {"kind": "ics", "server": feed.url, "password": feed.url}).status == 422
    answer = post("bea@practice.example", {"kind": "ics", "password": feed.url})
    assert answer.status == 201 and "5eC4eT" not in answer.text
    rows = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert [(row["kind"], row["method"]) for row in rows] == [("caldav", "basic"), ("ics", "none")]
