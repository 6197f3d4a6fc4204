# SPDX-License-Identifier: ISC
"""What the counterparts have in common: a folder of their own, a free port, an end by process id."""
import contextlib
import os
import pathlib
import pwd
import random
import shutil
import socket
import ssl
import subprocess
import tempfile

import kit

BASE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def free_port():
    """Return a port of loopback that is free for TCP and for UDP.

    It lies below those that the system gives to connections and to port 0: until its program binds it, nobody takes
    it by chance.
    """
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, \
                contextlib.suppress(OSError):
            place = ("127.0.0.1", random.randrange(12000, 32000))
            tcp.bind(place)
            udp.bind(place)
            return place[1]


def answers(port):
    """Say whether somebody accepts connections at a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def need(*paths):
    """Fail unless these programs and modules are there: all of them come with tools/setup."""
    lacking = [path for path in paths if not pathlib.Path(path).exists()]
    assert not lacking, f"not installed (tools/setup test): {', '.join(lacking)}"


class Daemon(kit.Program):
    """A program that is ready when its port answers; its folder goes when it stops."""

    def __init__(self, name, command, port, env=None, seconds=20):
        super().__init__(command, self.folder / f"{name}.log", env={**BASE, **(env or {})},
                         cwd=self.folder)
        self.port = port
        try:
            kit.wait_until(f"{name} listens", lambda: answers(port) or not self.running(), seconds)
            assert self.running(), f"{name} ended at once:\n{self.log()}"
        except AssertionError:
            self.stop()
            raise

    def prepare(self, user=None):
        """Make the folder; the program may run as another user when the tests run as root."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hg-"))
        self.folder.chmod(0o755)
        if user and os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        return self.folder

    def write(self, name, text, user=None, mode=0o644):
        """Write a file into the folder; a secret one belongs to the user who must read it."""
        path = self.folder / name
        path.touch(mode=mode)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        if user and os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return path

    def stop(self, seconds=10):
        code = super().stop(seconds)
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def curl(url, *options, roots, body="", env=None, count=1, secret=None):
    """Ask with curl; return the list of statuses, or curl's exit code when it failed.

    secret is what `-u` would hold: it goes through a file that curl reads, not its command line.
    """
    words = ["curl", "-q", "-s", "--max-time", "15", "--noproxy", "", "--cacert", str(roots), "-w",
             "%{http_code} ", "-H", "Content-Type: text/xml; charset=utf-8", "-H", "Expect:",
             "--data-binary", "@-", *map(str, options), *["-o", "/dev/null", url] * count]
    with tempfile.NamedTemporaryFile("w", prefix="hg-", suffix=".curl") as config:
        if secret:
            config.write('user = "' + secret.replace("\\", "\\\\") + '"\n')
            config.flush()
            words[2:2] = ["-K", config.name]
        done = subprocess.run(words, input=body.encode(), env={**BASE, **(env or {})},
                              capture_output=True, timeout=30, check=False)
    return done.stdout.decode().split() if done.returncode == 0 else done.returncode


def trusted(roots):
    """Return a TLS context that trusts only these roots."""
    return ssl.create_default_context(cafile=str(roots))
