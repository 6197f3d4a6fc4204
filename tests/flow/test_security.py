# SPDX-License-Identifier: ISC
"""SECURITY.md names the test behind each of its claims: every one of them exists."""
import re

import pytest

import kit

TEXT = (kit.ROOT / "SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:tests/)?[\w/]*test_\w+\.(?:py|c)(?:::\w+)?|tests/fuzz/\w+)`", TEXT)))


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_exists(name):
    path, _, case = name.partition("::")
    file = kit.ROOT / (path if path.startswith("tests/") else f"tests/flow/{path}")
    assert file.exists()
    assert not case or f"\ndef {case}(" in file.read_text()


def test_every_claim_names_a_test():
    """What somebody cannot do is shown; what they can do need not be."""
    claims = re.findall(r"^\| cannot \|.*$", TEXT, re.M)
    assert len(claims) > 30 and not [claim for claim in claims if "test" not in claim.split("|")[4]]
