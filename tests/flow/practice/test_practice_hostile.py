# SPDX-License-Identifier: ISC
"""No request, however odd, meets anything but an answer or a fault."""

import random
import re

import pytest
import rawews as ews
from rawews import ANNA, BEA

VALUES = """0 -1 1 9999999999 99 true 9999-12-31T23:59:59Z 0001-01-01T00:00:00Z 9999-12-31
2027-02-30 2027-13-01T00:00:00Z 2027-03-01T25:00:00Z 2027-03-01T09:00:00+99:99
2027-03-01T09:00:00.123-14:00 2027-03-01T09:00:00 item:Body calendar:UID AAAA AAMk 24:00:00 5 13
1440 Weekday Last None Paris 0x8205 100""".split() + ["", "x" * 300, "\u00e9\U0001f600"]
SPOT = re.compile(r'(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)')


class InProcess:
    """Takes requests without a server around it, and keeps them."""

    def __init__(self, world):
        from exchange import operations, soap
        self.world, self.soap, self.operations, self.seen = world, soap, operations, []

    def ask(self, body):
        if "Subscribe" in body or "GetStreamingEvents" in body:
            self.misbehave()
        body = ews.ENVELOPE.format(header="", body=body)
        self.seen.append(body)
        return self.answer(body)

    def answer(self, body):
        try:
            request = self.soap.read(body.encode())
            user = self.world.users[0]
            self.operations.aimed_at(self.world, request.element, user)
            return 200, {}, self.operations.perform(self.world, user, request, None)
        except self.soap.Fault as fault:
            return 500, {}, self.soap.fault(fault)

    def misbehave(self, **_):
        pytest.skip("the rest needs a server")


def requests(practice):
    """Let every conversation happen as far as it goes without a server."""
    try:
        for _ in ews.conversations(practice):
            pass
    except pytest.skip.Exception:
        return practice.seen
    raise AssertionError("the conversations no longer misbehave")


def test_a_thousand_broken_requests():
    from exchange import world
    practice = InProcess(world.World({"mailboxes": [ANNA, BEA]}))
    bodies, chance = requests(practice), random.Random(1)
    assert len(bodies) > 15
    refused = 0
    for _ in range(1000):
        body = chance.choice(bodies)
        for _ in range(chance.choice((1, 1, 2))):
            spot = chance.choice(list(SPOT.finditer(body)))
            body = body[:spot.start()] + chance.choice(VALUES) + body[spot.end():]
        refused += practice.answer(body)[0] == 500
    assert 200 < refused < 950
