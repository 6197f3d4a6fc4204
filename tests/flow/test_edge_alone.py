# SPDX-License-Identifier: ISC
"""The edge before a made-up vault (tests/tool/edge-drive): every page and answer, limits, and what fails."""
import json
import re
import subprocess

import pytest

import kit

START = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$")


class Drive:
    """A running edge-drive; a visitor to it."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [kit.BUILD / "tests/tool/edge-drive", kit.BUILD / "src/edge/hourgate-edge", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        _, self.base, self.metrics, _ = self.process.stdout.readline().split()
        self.visitor = kit.Visitor(self.base)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def starts(self, page="intro"):
        day = kit.day_after(0)
        answer = self.visitor.slots(f"acme/{page}", day=day, days=40)
        return [slot["start"] for slot in answer.json()["slots"]]

    def fill_in(self, start, page="intro", **fields):
        return self.visitor.form(f"/acme/{page}", **{"start": start, "name": "Max Muster", "email": "max@example.org",
                                                     "note": "Line one", "key": "abc", "tz": "Europe/London", **fields})

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def edge():
    drive = Drive()
    yield drive
    drive.stop()


def test_the_page_is_small_and_asks_nobody_else(edge):
    answer = edge.visitor.get("/acme/intro")
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    linked = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert all(link.startswith("/") for link in linked)
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", answer.text)
    assets = {link for link in linked if link.startswith("/a/")}
    sizes = [len(edge.visitor.get(link).body) for link in assets | {"/favicon.ico"}]
    assert len(assets) == 2 and len(answer.body) + sum(sizes) <= 50 * 1024
    for link in assets:
        assert "immutable" in edge.visitor.get(link).headers["Cache-Control"]
        assert edge.visitor.get(link.replace("/a/", "/a/0")).status == 404


def test_a_booking_by_form_then_moved_then_cancelled(edge):
    one, other = edge.starts()[5:7]
    booked = edge.fill_in(one)
    assert booked.status == 303
    link = kit.path_of(booked.headers["Location"])
    own = edge.visitor.get(link).text
    assert "Your booking is confirmed" in own and "Max Muster" in own and "Line one" in own
    assert "London" in own and "Zurich" in own  # both clocks
    assert edge.fill_in(one).headers["Location"] == booked.headers["Location"]  # sent twice
    assert kit.move(edge.visitor, link, kit.instant(other)).status == 303
    assert other in edge.visitor.get(link).text
    assert "Cancel this booking?" in edge.visitor.get(f"{link.split('?')[0]}?cancel=1").text
    assert kit.cancel(edge.visitor, link).status == 303
    assert "This booking is cancelled" in edge.visitor.get(link).text
    assert other in edge.starts()


def test_a_lost_slot_offers_neighbours_and_keeps_what_was_typed(edge):
    start = edge.starts()[8]
    assert edge.fill_in(start, key="first").status == 303
    lost = edge.fill_in(start, key="second", name="Mona & Co", note="two\r\nlines")
    assert lost.status == 409 and "no longer available" in lost.text
    assert 'value="Mona &amp; Co"' in lost.text and "two\nlines</textarea>" in lost.text
    offered = re.findall(r'name="start" value="([^"]+)"', lost.text)
    assert 1 <= len(offered) <= 6 and all(START.match(each) for each in offered) and start not in offered
    assert edge.fill_in(offered[0], key=re.search(r'name="key" value="([^"]+)"', lost.text)[1]).status == 303


def test_wrong_fields_are_marked_and_nothing_is_booked(edge):
    start = edge.starts()[3]
    wrong = edge.fill_in(start, email="nobody", name="")
    assert wrong.status == 422 and wrong.text.count('aria-invalid="true"') == 2
    assert 'value="nobody"' in wrong.text and start in edge.starts()
    assert edge.fill_in("tomorrow").status == 400


def test_every_refusal_of_a_start_is_the_same(edge):
    day = kit.day_after(3)
    starts = {"past": "2020-01-01T09:00:00Z", "off the grid": kit.utc(kit.at(day, 10, 7)),
              "at night": kit.utc(kit.at(day, 3)), "far away": "2090-01-01T09:00:00Z"}
    said = {why: edge.visitor.book(start) for why, start in starts.items()}
    for why, answer in said.items():
        assert answer.status == 409, why
        problem = answer.json()
        problem.pop("slots")
        assert problem == {"type": "/problems/not-available", "title": "This time is no longer available",
                           "status": 409, "detail": "Please choose another one."}
    assert edge.visitor.book(edge.starts("busy")[0], page="acme/busy").status == 409


def test_full_and_unreachable_look_the_same(edge):
    day = kit.day_after(0)
    for path in ("/acme/{}", "/acme/{}?tz=Asia/Tokyo", f"/api/v1/pages/acme/{{}}/slots?from={day}&to={day}"):
        full, down = (edge.visitor.get(path.format(page)).masked().replace(page, "PAGE")
                      for page in ("full", "down"))
        assert full == down, path
    assert "No times available right now" in edge.visitor.get("/acme/full").text


def test_an_unsettled_booking_says_so(edge):
    start = edge.starts("unsure")[0]
    answer = edge.visitor.book(start, page="acme/unsure")
    assert answer.status == 202 and answer.json()["state"] == "uncertain"
    assert "is being checked" in edge.visitor.get(kit.path_of(answer.json()["manage_url"])).text


def test_a_form_from_another_site_is_refused(edge):
    start, body = edge.starts()[0], b"start={}&key=k&name=a&email=a%40b.ch"
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = edge.visitor.ask("POST", "/acme/intro", body.replace(b"{}", start.encode()),
                                  Content_Type="application/x-www-form-urlencoded", **headers)
        assert answer.status == 403
    assert start in edge.starts()
    assert edge.visitor.ask("POST", "/acme/intro", b"{}", Content_Type="application/json").status == 415


def test_texts_cannot_become_markup(edge):
    text = edge.visitor.get("/acme/markup").text
    assert "<script>alert" not in text and "<img" not in text and "&lt;script&gt;" in text


def test_methods_heads_and_unknown_addresses(edge):
    assert edge.visitor.ask("PUT", "/acme/intro").headers["Allow"] == "GET, HEAD, POST"
    head = edge.visitor.ask("HEAD", "/acme/intro")
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 1000
    missing = edge.visitor.get("/api/v1/nothing")
    assert missing.status == 404 and missing.headers["Content-Type"] == "application/problem+json"
    for path in ("/acme/none", "/none/intro", "/b/none", "/acme/intro/", "/setup/intro"):
        answer = edge.visitor.get(path)
        assert answer.status == 404 and "There is nothing here" in answer.text, path


def test_the_interface_is_described(edge):
    described = json.loads(edge.visitor.get("/api/openapi.json").body)
    assert described["openapi"].startswith("3.1")
    for path in described["paths"]:
        if "/accounts/" in path:  # for people: tests/flow/test_api_host.py
            continue
        assert edge.visitor.ask("DELETE", path.format(account="acme", page="intro")).status == 405, path


def test_metrics_have_their_own_door(edge):
    assert edge.visitor.get("/metrics").status == 404
    text = kit.Visitor(edge.metrics).get("/metrics").text
    assert "hourgate_edge_jailed 1" in text and "hourgate_vault_ready 1" in text
    assert kit.Visitor(edge.metrics).get("/acme/intro").status == 404
    assert "acme" not in text


def test_while_the_vault_is_away_and_when_it_is_back():
    drive = Drive()
    try:
        drive.tell("leave")
        for path in ("/acme/intro", "/b/token-0"):
            answer = drive.visitor.get(path)
            assert answer.status == 503 and answer.headers["Retry-After"] and "right now" in answer.text
        assert drive.visitor.get("/readyz").status == 503 and drive.visitor.get("/healthz").status == 200
        drive.tell("vault")
        assert drive.visitor.get("/acme/intro").status == 200 and drive.visitor.get("/readyz").status == 200
    finally:
        drive.stop()


def test_too_many_from_one_address_but_not_from_another():
    drive = Drive("--per-minute", "30")
    try:
        codes = [drive.visitor.get("/acme/intro").status for _ in range(40)]
        assert codes.count(200) == 30 and codes[-1] == 429
        other = kit.Visitor(drive.base, "127.0.0.2")
        assert other.get("/acme/intro").status == 200
        codes = [other.book("2020-01-01T09:00:00Z").status for _ in range(15)]
        assert codes.count(409) == 10 and codes[-1] == 429  # bookings weigh more
        assert int(drive.visitor.get("/acme/intro").headers["Retry-After"]) >= 1
    finally:
        drive.stop()


def test_too_many_that_wait_are_told_to_come_back():
    drive = Drive("--waiting", "3", "--delay", "1500")
    try:
        import concurrent.futures  # pylint: disable=import-outside-toplevel
        with concurrent.futures.ThreadPoolExecutor(7) as pool:
            codes = [pool.submit(lambda: kit.Visitor(drive.base).get("/acme/brief").status) for _ in range(6)]
            kit.wait_until("three are turned away", lambda: sum(code.done() for code in codes) >= 3)
            other = pool.submit(lambda: kit.Visitor(drive.base).get("/other/brief").status)
        assert sorted(code.result() for code in codes) == [200, 200, 200, 503, 503, 503]
        assert other.result() != 503  # a place is kept for the visitors of other accounts
    finally:
        drive.stop()


@pytest.mark.long
def test_the_pages_in_a_browser(edge):
    start = edge.starts()[10]
    booked = kit.path_of(edge.fill_in(start, key="axe").headers["Location"])
    pages = ["/acme/intro", f"/acme/intro?start={edge.starts()[11]}", f"/acme/intro?start={start}", "/acme/full",
             booked, f"{booked.split('?')[0]}?cancel=1", f"{booked.split('?')[0]}?move=1", "/nothing/here", "/",
             "/trust"]
    assert kit.browser("accessible.mjs", *[edge.base + page for page in pages]) == {"violations": []}
    said = kit.browser("first-view.mjs", f"{edge.base}/acme/intro")
    assert said["requests"] <= 4 and said["bytes"] <= 50 * 1024
    assert said["shift"] == 0 and said["foreign"] == [] and said["complaints"] == []
    assert said["zoned"] == "Asia/Tokyo"  # guessed
    assert said["typed"] == "Max"  # back and forth
    assert said["booked"].startswith("/b/")
