# SPDX-License-Identifier: ISC
"""A host makes and changes booking pages: part by part, without touching the rest; two at once; nobody else's."""
import os
import re

import kit
import pytest
from people import ANNA, BERT, RIGHT, Browser

EVERYTHING = {"title": "Talk", "description": "Lines\nof text", "location": "Room 1", "duration": "45", "increment": "15",
              "buffer-before": "5", "buffer-after": "10", "notice": "120", "horizon": "30", "per-day": "4",
              "hours": "mon-fri 09:00-12:00 13:00-17:00; sat 10:00-12:00", "override": "2027-12-24 closed; 2027-12-31 09:00-12:00",
              "blocks": "tentative,busy", "per-customer": "2", "cancel-until": "24", "cancelled": "keep", "follow": "ask",
              "remind": "1d,2h", "language": "de", "event-title": "{customer}", "event-text": "{answers}", "private": True,
              "show-as": "tentative", "reminder": "30", "keep-out": "answers", "online-meeting": True,
              "question": "choice!: How shall we meet? = Here / By telephone"}


class World:
    """Acme with Anna, who owns it, and Bert, a member; each has a page."""

    def __init__(self, make):
        self.gate = make.hourgate()
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.page("whole", ANNA, **EVERYTHING)
        self.gate.page("by-bert", BERT)
        self.gate.serve()
        for address in (ANNA, BERT):
            link = "/invite/" + self.gate.command("user", "invite", "acme", address).strip().rpartition("/")[2]
            assert Browser(self.gate).ask("POST", link, {"password": RIGHT}).status == 303

    def signed_in(self, email=ANNA):
        browser = Browser(self.gate)
        assert browser.sign_in(email).status == 303
        return browser

    def stored(self, page="whole"):
        return next(row for row in kit.rows(self.gate.listed("page", "list", "acme")) if row["page"] == page)


@pytest.fixture(name="world")
def fixture_world(make):
    return World(make)


def fields_of(html):
    """The fields of the editor's form as a browser would send them."""
    fields = {}
    form = re.search(r'<form method="post" action="/pages/.*?</form>', html, re.S).group(0)
    for tag in re.findall(r"<input[^>]+>", form):
        value = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if value.get("type") == "checkbox" and " checked" not in tag:
            continue
        fields[value["name"]] = value.get("value", "")
    for name, value in re.findall(r'<textarea id="[\w-]+" name="([\w-]+)"[^>]*>\n(.*?)</textarea>', form, re.S):
        fields[name] = value
    for name, options in re.findall(r'<select id="[\w-]+" name="([\w-]+)"[^>]*>(.*?)</select>', form, re.S):
        fields[name] = re.search(r'value="(\d+)" selected', options).group(1)
    return fields


PARTS = ("what", "hours", "rules", "questions", "event", "mails")


def test_saving_a_part_as_it_is_changes_nothing(world):
    anna, before = world.signed_in(), world.stored()
    for part in PARTS:
        html = anna.ask("GET", f"/pages/whole?part={part}").text
        answer = anna.ask("POST", "/pages/whole", fields_of(html))
        assert answer.headers["Location"] == f"/pages/whole?part={part}&done=saved", answer.text
        assert world.stored() == before, part


def test_a_part_changes_what_it_shows_and_nothing_else(world):
    anna, before = world.signed_in(), world.stored()
    fields = fields_of(anna.ask("GET", "/pages/whole?part=rules").text)
    assert anna.ask("POST", "/pages/whole", {**fields, "after": "25", "per-day": "7"}).status == 303
    assert world.stored() == {**before, "buffers": "5+25", "per_day": 7}


def test_two_at_once_are_told(world):
    one, two = world.signed_in(), world.signed_in()
    mine, theirs = (fields_of(each.ask("GET", "/pages/whole?part=what").text) for each in (one, two))
    theirs["form"] = two.form()
    assert one.ask("POST", "/pages/whole", {**mine, "title": "Mine"}).status == 303
    refused = two.ask("POST", "/pages/whole", {**theirs, "title": "Theirs"})
    assert refused.status == 409 and "Somebody else" in refused.text and 'value="Theirs"' in refused.text
    assert world.stored()["title"] == "Mine"
    again = fields_of(refused.text)
    assert two.ask("POST", "/pages/whole", again).status == 303 and world.stored()["title"] == "Theirs"
    taken = two.post("/pages/new", title="Other", page="whole", duration="30", hours="9-12")
    assert taken.status == 422 and "of that name already" in taken.text and world.stored()["title"] == "Theirs"


def test_what_is_mistyped_is_kept_and_said(world):
    anna = world.signed_in()
    fields = fields_of(anna.ask("GET", "/pages/whole?part=hours").text)
    page = anna.ask("POST", "/pages/whole", {**fields, "mon": "9 to 5", "dates": "2026-12-24 closed\n24.12.2027"})
    assert page.status == 422 and 'value="9 to 5"' in page.text and "24.12.2027" in page.text
    assert set(re.findall(r'id="(\w+)-error"', page.text)) == {"mon", "dates"}
    overlap = anna.ask("POST", "/pages/whole", {**fields, "mon": "9-12, 11-14"})
    assert overlap.status == 422 and "overlap" in overlap.text.lower()


def test_a_member_touches_nobody_elses(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    before, fields = world.stored(), fields_of(anna.ask("GET", "/pages/whole").text)
    assert "/pages/whole" not in bert.ask("GET", "/pages").text and "/pages/by-bert" in bert.ask("GET", "/pages").text
    assert bert.ask("GET", "/pages/whole").status == bert.ask("GET", "/pages/whole/remove").status == 404
    assert bert.ask("POST", "/pages/whole", {**fields, "form": bert.form(), "title": "Mine"}).status == 404
    assert bert.post("/pages/whole/remove").status == 404
    assert bert.ask("POST", "/pages/by-bert", fields).status == 403, "another's proof"
    for name in ("..", "new-page-that-is-not-there", "x" * 60):
        assert anna.ask("GET", f"/pages/{name}").status == 404
    assert Browser(world.gate).ask("GET", "/pages/whole").headers["Location"] == "/sign-in?next=/pages/whole"
    assert world.stored() == before


def test_mail_texts_are_the_administrators(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    fields = {"of": "de", "from": "", "reply-to": "desk@acme.example", "text0": "Bitte kommen Sie\nrechtzeitig.", "text1": "",
              "text2": "", "text3": ""}
    assert bert.ask("GET", "/settings/mails").status == 403 and bert.post("/settings/mails", **fields).status == 403
    assert anna.post("/settings/mails", **fields).headers["Location"] == "/settings/mails?of=de&done=saved"
    german, english = (anna.ask("GET", f"/settings/mails?of={of}").text for of in ("de", "en"))
    assert "Bitte kommen Sie" in german and "Bitte" not in english and "desk@acme.example" in english
    assert anna.post("/settings/mails", **{**fields, "reply-to": "nobody"}).status in (400, 422)


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    for page in ("whole", "by-bert"):
        world.gate.command("page", "remove", "acme", page, "--yes")
    said = kit.browser("pages.mjs", world.gate.base, ANNA, RIGHT, javascript, folder)
    assert said["friday"] == "09:00-12:00, 13:30-17:00"
    assert said["kept"] == ["ten", "2026-12-24 closed\n2026-12-31 09:00-12:00"] and said["after"] == ["1 d, 2 h"]
    assert said["asCustomer"] == "First consultation" and len(said["problems"]) == 1
    assert said["violations"] == []


def test_a_preview_shows_what_is_not_saved(world):
    anna, before = world.signed_in(), world.stored()
    fields = fields_of(anna.ask("GET", "/pages/whole?part=what").text)
    shown = anna.ask("POST", "/pages/whole", {**fields, "title": "Another <b>", "duration": "many", "action": "preview"})
    assert shown.status == 200 and "Another &lt;b&gt;" in shown.text and "A preview." in shown.text and "Anna" in shown.text
    assert "45 Minuten" in shown.text or "45 minutes" in shown.text, "what is mistyped is as it was"
    assert shown.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert set(re.findall(r'<a class="(?:day|slot)[^>]*href="([^"?]*)', shown.text)) == {"#"}
    fields = fields_of(anna.ask("GET", "/pages/whole?part=questions").text)
    shown = anna.ask("POST", "/pages/whole", {**fields, "question1": "What is it about?", "kind1": "0", "action": "preview"})
    assert "What is it about?" in shown.text and 'method="post"' not in shown.text
    assert re.search(r'<button class="primary" type="submit" disabled>', shown.text)
    fields = fields_of(anna.ask("GET", "/pages/whole?part=hours").text)
    closed = {day: "" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "dates")}
    shown = anna.ask("POST", "/pages/whole", {**fields, **closed, "action": "preview"})
    assert "No times available right now" in shown.text
    assert world.stored() == before


def test_a_preview_is_its_hosts(world):
    anna, bert = world.signed_in(), world.signed_in(BERT)
    fields = {**fields_of(anna.ask("GET", "/pages/whole").text), "action": "preview"}
    assert bert.ask("POST", "/pages/whole", {**fields, "form": bert.form()}).status == 404
    assert anna.ask("POST", "/pages/whole", {**fields, "form": "x" * 43}).status == 403
    theirs = fields_of(anna.ask("GET", "/pages/by-bert").text)
    assert "<bdi>Bert</bdi>" in anna.ask("POST", "/pages/by-bert", {**theirs, "action": "preview"}).text


@pytest.mark.parametrize("javascript", ["on", "off"])
def test_a_preview_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    said = kit.browser("preview.mjs", world.gate.base, ANNA, RIGHT, "whole", javascript, folder)
    assert said["titles"] == ["Quite another title", "A third one"][:len(said["titles"])] and said["times"] > 3
    assert said["saves"] and said["complaints"] == []
    assert said["chosen"] is (True if javascript == "on" else None)
