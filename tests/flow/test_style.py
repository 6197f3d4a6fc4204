# SPDX-License-Identifier: ISC
"""The style page: every component in every state, in the demo and nowhere else."""
import os
import re

import pytest

import kit
from test_edge_alone import Drive


def test_it_is_not_there_but_in_the_demo():
    drive = Drive()
    try:
        nothing = drive.visitor.get("/nothing").masked()
        for path in ("/style", "/style/month", "/style/nonsense", "/style?demo=on"):
            assert drive.visitor.get(path).masked() == nothing
    finally:
        drive.stop()


@pytest.mark.long
@pytest.mark.limit(400)
def test_every_state_can_be_used_by_everybody():
    drive = Drive("--demo")
    folder = kit.pathlib.Path(os.environ.get("HOURGATE_PICTURES", kit.BUILD / "pictures"))
    folder.mkdir(exist_ok=True)
    try:
        listed = re.search(r'<ul class="pairs">.*?</ul>', drive.visitor.get("/style").text, re.S)[0]
        states = re.findall(r'href="(/style/[a-z-]+)"', listed)
        assert len(states) == 46
        for state in states:
            answer = drive.visitor.get(state)
            assert answer.status == 200 and "<h1" in answer.text
            assert drive.visitor.form(state, name="Max").status == 405
        assert drive.visitor.get("/style/nonsense").status == 404
        assert 'dir="rtl"' in drive.visitor.get("/style/month?lang=ar").text
        said = kit.browser("accessible.mjs", folder, *[drive.base + path for path in ["/style", *states]], timeout=380)
        assert said == {"violations": []}
    finally:
        drive.stop()
