# SPDX-License-Identifier: ISC
"""./run: the demo starts, serves, and can be started again."""
import os
import subprocess

import pytest

import kit


@pytest.mark.limit(400)
def test_the_demo_starts_twice(tmp_path):
    env = {**os.environ, "HOURGATE_DEMO": str(tmp_path / "demo")}
    for _ in range(2):
        done = subprocess.run([kit.ROOT / "run", "--check"], capture_output=True, text=True, timeout=180,
                              check=False, stdin=subprocess.DEVNULL, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "/demo/" in done.stdout and "http://" in done.stdout
