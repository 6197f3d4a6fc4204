# SPDX-License-Identifier: ISC
"""The Debian package's unit is a sandbox (the package itself: test_newcomer.py)."""
import re
import subprocess

import kit

UNIT = kit.ROOT / "pack/hourgate.service"
EXPOSURE_MAX = 2.8  # of 10, as systemd counts; the parent must start as root and reach the network


def test_the_unit_is_a_sandbox():
    done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                           f"--threshold={EXPOSURE_MAX * 10:.0f}", "--no-pager", UNIT],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unknown" not in done.stderr and "ignoring" not in done.stderr



def test_the_package_is_built_with_what_set_up_installs():
    text = (kit.ROOT / "tools/setup").read_text()
    wanted = set(re.search(r"^build='([^']*)'", text, re.M).group(1).split())
    control = (kit.ROOT / "debian/control").read_text().split("\n\n")[0]
    named = set(re.findall(r"^ ([a-z0-9.+-]+)", control, re.M))
    assert {name for name in wanted if name.startswith("lib") and name != "libc6-dev"} <= named
