# SPDX-License-Identifier: ISC
"""A newcomer's path through README on a clean Debian 12: the demo; then the package, set-up, a practice Exchange, the first
booking; an upgrade that keeps all; removed and purged without a trace."""
import os
import re
import subprocess

import kit
import pytest

pytestmark = [pytest.mark.long, pytest.mark.limit(3000)]

ENTER = r"""
root=$1; shift
mount -t proc proc $root/proc
mount --rbind /dev $root/dev
mount -t tmpfs tmpfs $root/run
mount -t tmpfs tmpfs $root/tmp
cp -L /etc/resolv.conf /etc/hosts $root/etc/
[ -z "$ALONE" ] || ip link set lo up
exec chroot $root /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -ec "$@"
"""


class Root:
    """A Debian of its own, with the tree in /hourgate."""

    def __init__(self, place):
        self.place = place
        subprocess.run(["mmdebstrap", "--variant=minbase", "--quiet", "bookworm", place], check=True, timeout=900)
        (place / "hourgate").mkdir()
        with subprocess.Popen(["tar", "-C", kit.ROOT, "-cf", "-", "--exclude=./build*", "--exclude=./demo", "--exclude=./.git",
                               "--exclude=__pycache__", "."], stdout=subprocess.PIPE) as tree:
            subprocess.run(["tar", "-C", place / "hourgate", "-xf", "-"], stdin=tree.stdout, check=True)

    def run(self, script, alone=False, fails=False):
        """Run a script in it, with ports of its own where it needs no network; return what it printed."""
        names = ["--mount", "--pid", "--fork", "--kill-child", *(["--net"] if alone else [])]
        done = subprocess.run(["unshare", *names, "bash", "-ec", ENTER, "enter", self.place, script],
                              env={**os.environ, "ALONE": "1" if alone else ""}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=2400, check=False)
        assert (done.returncode != 0) == fails, done.stdout[-6000:]
        return done.stdout


@pytest.fixture(name="root", scope="module")
def clean_root(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("a root of its own takes root")
    made = Root(tmp_path_factory.mktemp("newcomer") / "root")
    yield made
    subprocess.run(["rm", "-rf", "--one-file-system", made.place], check=False)


def test_the_demo(root):
    said = root.run("cd /hourgate && ./run --check")
    assert "setup: installing Debian packages:" in said and "/demo/" in said


def test_installed_set_up_used_and_purged(root):
    said = root.run("cd /hourgate && ./run install")
    assert re.search(r"http://127\.0\.0\.1:8080/setup/[\w-]{54}", said), said[-3000:]
    assert "systemd does not run here" in said and "hourgate serve" in said
    assert root.run("stat -c '%U:%G %a' /var/lib/hourgate /etc/hourgate/hourgate.key").split("\n")[:2] == [
        "hourgate-vault:root 710", "root:root 400"]
    said = root.run("mkdir -p /run/hourgate; cd /hourgate/tests/flow && python3 newcomer.py", alone=True)
    assert [word for word in said.split("\n") if word in ("set up", "connected", "booked")] == ["set up", "connected", "booked"]
    # again over it, as an upgrade does
    said = root.run("cd /hourgate && ./run install")
    assert "here already" in said and "it has users" in said
    assert "acme" in root.run("hourgate account list")
    said = root.run("apt-get -qy remove hourgate")
    assert "stay" in said and root.run("ls /var/lib/hourgate/hourgate.db /etc/hourgate/hourgate.key")
    said = root.run("apt-get -qy purge hourgate")
    assert "erasing all data" in said
    left = root.run("find / -xdev -iname '*hourgate*' -not -path '/hourgate*' -not -path '/proc/*'"
                    " -not -path '/var/log/*' -not -path '/var/cache/*'; getent passwd | grep hourgate || true")
    assert left.strip() == "", left


def test_lintian_finds_nothing(root):
    built = list((root.place / "hourgate/build/package").glob("*.deb"))
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *built],
                          capture_output=True, text=True, check=False, timeout=300)
    assert built and done.returncode == 0, done.stdout + done.stderr
