# SPDX-License-Identifier: ISC
"""What a page asks: shown, checked by the vault, written into the appointment; by form and by API."""
import html
import json

import kit

QUESTIONS = ("line: Company", "text!: What is it about?", "choice!: How? = By telephone / On site",
             "consent!: I have read the \"notice\" <b>.")
CONSENT = "I have read the \"notice\" <b>."


def office(make):
    practice, hourgate = make.office(kit.person("anna@practice.example", []))
    words = [word for question in QUESTIONS for word in ("--question", question)]
    hourgate.command("page", "put", "acme", "asks", "--host", "anna@practice.example", "--title", "Asks",
                     "--duration", 30, "--hours", "mon-sun 09:00-17:00", *words)
    return practice, hourgate


def answers(**more):
    given = {"What is it about?": "The roof", "How?": "On site", CONSENT: "yes", **more}
    return [{"question": question, "answer": answer} for question, answer in given.items() if answer]


def book(visitor, start, given):
    return visitor.ask("POST", "/api/v1/pages/acme/asks/bookings", json.dumps(
        {"start": kit.utc(start), "name": "Carla", "email": "c@customer.example", "answers": given}).encode(),
        **{"Content-Type": "application/json"})


def test_a_program_learns_what_is_asked_and_what_it_got_wrong(make):
    practice, hourgate = office(make)
    visitor = hourgate.visitor()
    start = visitor.starts("acme/asks", day=kit.day_after(2))[0]
    asked = visitor.get("/api/v1/pages/acme/asks").json()["questions"]
    assert [one["kind"] for one in asked] == ["line", "text", "choice", "consent"]
    assert asked[2] == {"question": "How?", "kind": "choice", "required": True, "choices": ["By telephone", "On site"]}

    refused = book(visitor, start, answers(**{"How?": "By pigeon", CONSENT: "", "Shoe size": "42"}))
    assert refused.status == 422
    assert refused.json()["mistakes"] == [{"question": "How?", "mistake": "unfit"},
                                          {"question": CONSENT, "mistake": "missing"},
                                          {"question": "Shoe size", "mistake": "unasked"}]
    # Wrong answers are told before the start is looked at: they say nothing of it.
    taken = book(visitor, kit.at(kit.day_after(2), 3), answers(**{"How?": ""}))
    assert taken.status == 422 and "slots" not in taken.json()

    assert book(visitor, start, answers()).status == 201
    body = str(practice.bookings("anna@practice.example")[0])
    assert "What is it about?" in body and "The roof" in body and "On site" in body


def test_the_form_asks_marks_and_keeps_what_was_typed(make):
    _, hourgate = office(make)
    visitor = hourgate.visitor()
    start = kit.utc(visitor.starts("acme/asks", day=kit.day_after(2))[0])
    page = visitor.get(f"/acme/asks?start={start}").text
    assert "What is it about?" in page and html.escape(CONSENT) in page and "<b>." not in page
    assert 'name="note"' not in page

    fields = {"start": start, "name": "Carla", "email": "c@customer.example", "key": "one", "tz": kit.ZONE,
              "answer:Company": "Roofs & Co", "answer:How?": "On site"}
    refused = visitor.form("/acme/asks", **fields)
    assert refused.status == 422
    assert refused.text.count("Please answer this.") == 1
    assert "Without this the booking cannot be made." in refused.text
    assert 'value="Roofs &amp; Co"' in refused.text and 'value="On site" checked' in refused.text

    booked = visitor.form("/acme/asks", **fields, **{"answer:What is it about?": "The roof", f"answer:{CONSENT}": "yes"})
    assert booked.status == 303
    own = visitor.get(kit.path_of(booked.headers["Location"])).text
    assert "The roof" in own and html.escape(CONSENT) in own
    said = kit.browser("accessible.mjs", f"{hourgate.base}/acme/asks?start={start}",
                       hourgate.base + kit.path_of(booked.headers["Location"]))
    assert said == {"violations": []}


def test_a_question_that_cannot_be_asked_is_refused(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    for question, words in [("choice: One = Only", "two choices"), ("text:", "a line of text"),
                            ("colour: Red?", "begins with")]:
        done = hourgate.run("page", "put", "acme", "intro", "--host", "anna@practice.example", "--title", "T",
                            "--duration", 30, "--question", question)
        assert done.returncode and words in done.stderr, done.stderr
    hourgate.command("page", "put", "acme", "intro", "--host", "anna@practice.example", "--title", "T",
                     "--duration", 30, "--question", QUESTIONS[2])
    assert hourgate.listed("page", "list", "acme")[0]["questions"] == QUESTIONS[2]
