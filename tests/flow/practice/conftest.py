# SPDX-License-Identifier: ISC
"""Practice servers for the tests here; practice/ itself can be imported by them."""

import os
import sys
import urllib.parse

import pytest
from rawews import ANNA, BEA, ROOT, SERVICE, Practice

sys.path.insert(0, str(ROOT / "practice"))


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Return a function that starts a server which ends with the session."""
    running = []

    def begin(world, *options):
        running.append(Practice(tmp_path_factory.mktemp("practice"), world, *options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def shared(start):
    """The server that most tests use; each test takes a mailbox time of its own."""
    delegates = {"dora@practice.example": {"calendar": "editor"}}
    world = {"mailboxes": [{**ANNA, "rights": {BEA["address"]: "reviewer"},
                            "delegates": delegates}, BEA],
             "accounts": [SERVICE], "impersonators": [SERVICE["address"]],
             "room_lists": {"rooms@practice.example": {"name": "Rooms",
                                                       "rooms": [BEA["address"]]}}}
    return start(world)


@pytest.fixture
def practice(shared):
    """The shared server, without faults and with an empty journal and empty mailboxes."""
    shared.control("DELETE", "api/misbehave")
    shared.control("DELETE", "api/journal")
    for person in (ANNA, BEA):
        for item in shared.mailbox(person["address"])["items"]:
            shared.control("DELETE", f"api/mailbox/{person['address']}/events/"
                           + urllib.parse.quote(item["Id"], safe=""))
    os.environ["REQUESTS_CA_BUNDLE"] = shared.ca
    return shared
