# SPDX-License-Identifier: ISC
"""A network and a file system view of one's own, where ports 53, 80 and 443 are free and resolv.conf is ours.

The thread that enters and whatever it starts meanwhile live in it: programs under test run as they are, with no
switch for tests. Needs root.
"""
import ctypes
import os
import pathlib
import subprocess
import tempfile

CLONE_FS, CLONE_NEWNS, CLONE_NEWNET = 0x00000200, 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source, target, flags):
    _check(_libc.mount(os.fsencode(source) if source else None, os.fsencode(target), None, flags, None))


class Namespace:
    """with Namespace({"/etc/resolv.conf": text, ...}): those files are ours, and so are all ports of loopback."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self._back = [(os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY), flag)
                      for kind, flag in (("net", CLONE_NEWNET), ("mnt", CLONE_NEWNS))]
        self._folder = tempfile.TemporaryDirectory(prefix="hg-")  # pylint: disable=consider-using-with
        self._place = os.getcwd()
        _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWNET))
        _mount(None, "/", MS_REC | MS_PRIVATE)
        for number, (path, text) in enumerate(self.files.items()):
            ours = pathlib.Path(self._folder.name) / str(number)
            ours.write_text(text, encoding="utf-8")
            ours.chmod(0o644)
            _mount(ours, path, MS_BIND)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return self

    def __exit__(self, *_):
        _check(_libc.unshare(CLONE_FS))  # threads that were started here share it, and would forbid the way back
        for descriptor, flag in self._back:
            _check(_libc.setns(descriptor, flag))
            os.close(descriptor)
        os.chdir(self._place)
        self._folder.cleanup()
