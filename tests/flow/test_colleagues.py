# SPDX-License-Identifier: ISC
"""P3 as a property: over random org charts and rights, a viewer sees of a colleague what the server grants to the
viewer's own credentials, and of that nothing but the pattern.

HOURGATE_ROUNDS says how many worlds (2), HOURGATE_SEED which; a failing world says its seed.
"""
import json
import os
import random

import pytest

import kit

PEOPLE = [f"{name}@practice.example" for name in ("anna", "ben", "carla", "dario", "eva", "finn")]
RIGHTS = ["none", "none", "free-busy", "free-busy-detail", "reviewer", "editor", "owner"]
MARKS = {"Free": ".", "WorkingElsewhere": "e", "Tentative": "t", "Busy": "B", "OOF": "O"}
HEAVIER = ".etBO"
SUBJECT, BODY, PLACE = "PLANTED-SUBJECT-p3", "PLANTED-BODY-p3", "PLANTED-PLACE-p3"
SEED = int(os.environ.get("HOURGATE_SEED", "20270301"))
WORLDS = [SEED + i for i in range(int(os.environ.get("HOURGATE_ROUNDS", "2")))]


def draw_event(chance, day):
    start = kit.at(day, 0) + kit.datetime.timedelta(minutes=15 * chance.randrange(4, 84))
    return kit.event(SUBJECT, start, 15 * chance.randrange(1, 12), body=BODY, location=PLACE,
                     status=chance.choice(list(MARKS)), sensitivity=chance.choice(["Normal", "Private"]))


def draw_world(chance, day):
    """Return the mailboxes of a world: who may see whom is drawn person by person."""
    people = []
    for address in PEOPLE:
        rights = {"default": chance.choice(RIGHTS[:4])}
        for other in PEOPLE:
            if other != address and chance.random() < 0.6:
                rights[other] = chance.choice(RIGHTS)
        more = {"unavailable": "ErrorMailRecipientNotFound"} if chance.random() < 0.1 else {}
        people.append(kit.person(address, [draw_event(chance, day) for _ in range(chance.randrange(6))],
                                 rights=rights, **more))
    return people


def granted(person, viewer, day):
    """Return the pattern that the server's own rules grant the viewer: a mark for each half hour."""
    right = person["rights"].get(viewer, person["rights"]["default"])
    if "unavailable" in person or (viewer != person["address"] and right == "none"):
        return "?" * 48
    marks, midnight = ["."] * 48, kit.at(day, 0)
    for event in person["events"]:
        from_s, to_s = ((kit.instant(event[key]) - midnight).total_seconds() for key in ("start", "end"))
        for at in range(48):
            if from_s < (at + 1) * 1800 and to_s > at * 1800:
                marks[at] = max(marks[at], MARKS[event["status"]], key=HEAVIER.index)
    return "".join(marks)


@pytest.mark.limit(60 * len(WORLDS) + 60)
@pytest.mark.parametrize("seed", WORLDS)
def test_a_viewer_sees_what_the_server_grants_and_nothing_else(make, seed):
    chance, day = random.Random(seed), kit.day_after(3)
    print(f"HOURGATE_SEED={seed}")
    people = draw_world(chance, day)
    practice, hourgate = make.practice(*people), make.hourgate().serve()
    for person in people:
        hourgate.host(practice, person["address"], unchecked=True)
    practice.forget()
    said = ""
    for viewer in PEOPLE:
        done = hourgate.run("team", "acme", "--viewer", viewer, "--from", str(day), "--json")
        rows = {row["user"]: row["pattern"] for row in json.loads(done.stdout)}
        expected = {person["address"]: granted(person, viewer, day) for person in people}
        assert rows == expected, f"{viewer} (HOURGATE_SEED={seed})"
        said += done.stdout + done.stderr + hourgate.command("team", "acme", "--viewer", viewer, "--from", str(day))
        asked = [entry for entry in practice.journal() if entry["operation"]]
        assert {entry["operation"] for entry in asked} == {"GetUserAvailability"}, "availability is all that is asked"
        assert {entry["user"].lower().split("\\")[-1] for entry in asked} == {viewer.split("@")[0]}, "as the viewer"
        practice.forget()
    # an independent client with one viewer's credentials is granted the same
    viewer = chance.choice(PEOPLE)
    seen = kit.exchangelib(practice, viewer, f"""
import datetime
from exchangelib.errors import ResponseMessageError
start = EWSDateTime({day.year}, {day.month}, {day.day}, tzinfo=EWSTimeZone("UTC"))
out = {{}}
for who in {PEOPLE!r}:
    try:
        out[who] = [getattr(view, "merged", None) for view in account.protocol.get_free_busy_info(
            accounts=[(who, "Required", False)], start=start, end=start + datetime.timedelta(days=1),
            merged_free_busy_interval=30, requested_view="MergedOnly")][0]
    except ResponseMessageError:
        out[who] = None
""")
    for person in people:
        is_seen = granted(person, viewer, day)[0] != "?"
        assert (seen[person["address"]] is not None) == is_seen, (viewer, person["address"], seed)
    # and what events say is nowhere
    hourgate.kill()
    needles = [mark.encode(code) for mark in (SUBJECT, BODY, PLACE) for code in ("utf-8", "utf-16-le")]
    assert not [mark for mark in (SUBJECT, BODY, PLACE) if mark in said]
    for path in hourgate.files():
        data = path.read_bytes()
        assert not [needle for needle in needles if needle in data], path
