# SPDX-License-Identifier: ISC
"""A PC with Windows (Wine), classic Outlook (tests/windows/outlook.c) and the connector's Windows program.

A Windows of a test's own is a copy, by hard links, of one that is made once: that takes ten seconds and more.
"""
import fcntl
import os
import pathlib
import shutil
import subprocess
import time

import kit

WINDOWS = kit.ROOT / "build/windows"
PROGRAM = WINDOWS / "src/connector/windows/hourgate-connector.exe"
OUTLOOK, TRUST = WINDOWS / "tests/windows/outlook.exe", WINDOWS / "tests/windows/trust.exe"
WINE, SERVER = "/usr/lib/wine/wine64", "/usr/lib/wine/wineserver64"
MOST_S = 90


def environment(prefix):
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**env, "WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "HOME": str(prefix)}


def template():
    """Make the Windows that all others are copies of, once."""
    place = WINDOWS / "wine"
    with open(WINDOWS / "wine.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / ".done").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            for command in ([WINE, "wineboot", "-i"], [SERVER, "-w"], [WINE, OUTLOOK, "register"], [SERVER, "-w"]):
                subprocess.run(command, env=environment(place), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=MOST_S, check=True)
            (place / ".done").touch()
    return place


def path(of):
    """A file's name as Windows sees it."""
    return "Z:" + str(of).replace("/", "\\")


class Outlook:
    """Outlook that runs on a PC; its calendar is a file that the test writes, as its owner would."""

    def __init__(self, pc):
        self.pc, self.folder, self.program = pc, pc.folder / "outlook", None
        self.folder.mkdir()
        self.world, self.journal = self.folder / "world.txt", self.folder / "journal.txt"
        self.world.touch()

    def start(self):
        (self.folder / "stop").unlink(missing_ok=True)
        seen = len(self.touched())
        self.program = kit.Program([WINE, OUTLOOK, "serve", path(self.folder)], self.folder / "log", env=self.pc.env)
        kit.wait_until("Outlook runs", lambda: len(self.touched()) > seen)

    def stop(self):
        if self.program:
            (self.folder / "stop").touch()
            self.program.process.wait(MOST_S)
            self.program.stop()
            self.program = None

    def kill(self):
        """End it as the task manager does."""
        subprocess.run([WINE, "taskkill", "/f", "/im", "outlook.exe"], env=self.pc.env, timeout=MOST_S, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.program.stop()
        self.program = None

    def events(self):
        """What stands in the calendar: a dictionary an event."""
        names = ["id", "start", "end", "busy", "meeting", "every", "sensitivity", "billing", "subject", "location"]
        return [dict(zip(names, line.split("|"))) for line in self.world.read_text(encoding="utf-8").splitlines()]

    def _write(self, rows):
        fresh = self.folder / "fresh"
        fresh.write_text("".join("|".join(row.values()) + "\n" for row in rows), encoding="utf-8")
        fresh.replace(self.world)
        if self.program:
            (self.folder / "reload").touch()
            kit.wait_until("Outlook shows it", lambda: not (self.folder / "reload").exists())

    def add(self, number, start, minutes=30, busy=2, every=0, subject="Canary"):
        begin = int(start.timestamp())
        row = {"id": number, "start": str(begin), "end": str(begin + 60 * minutes), "busy": str(busy), "meeting": "0",
               "every": str(every), "sensitivity": "0", "billing": "", "subject": subject, "location": "Room"}
        self._write([*self.events(), row])

    def remove(self, number):
        self._write([row for row in self.events() if row["id"] != number])

    def ours(self):
        return [row for row in self.events() if row["billing"].startswith("hourgate:")]

    def touched(self):
        return self.journal.read_text(encoding="utf-8").splitlines() if self.journal.exists() else []

    def faults(self):
        """What real Outlook would have asked its user about, or refused."""
        return [line for line in self.touched() if line.startswith(("PROMPT", "WRONG"))]


class PC:
    """A person's machine with Windows."""

    def __init__(self, folder):
        self.folder, self.program = folder / "windows", None
        self.folder.mkdir()
        self.prefix = self.folder / "prefix"
        subprocess.run(["cp", "-al", template(), self.prefix], check=True)
        for name in ("system.reg", "user.reg", "userdef.reg"):  # what is written to is its own
            copy = self.prefix / (name + ".copy")
            shutil.copy(self.prefix / name, copy)
            copy.replace(self.prefix / name)
        self.home = self.folder / "home"
        self.home.mkdir()
        self.env = {**environment(self.prefix), "HOURGATE_CONNECTOR_HOME": path(self.home)}
        self.outlook = Outlook(self)

    def command(self, *words, stdin="", code=0, timeout=MOST_S):
        """Call the program; return (what it printed, what it complained of)."""
        done = subprocess.run([WINE, PROGRAM, *map(str, words)], input=stdin, env=self.env, text=True,
                              capture_output=True, timeout=timeout, check=False)
        assert code is None or done.returncode == code, f"{done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    def pair(self, address, number, token, code=0):
        return self.command("pair", address, stdin=f"{number}\n{token}\n", code=code)

    def once(self, code=0):
        return self.command("run", "--once", code=code)

    def start(self):
        self.program = kit.Program([WINE, PROGRAM, "run"], self.folder / "log", env=self.env)
        kit.wait_until("the program runs", lambda: "started" in self.log(), MOST_S)

    def log(self):
        file = self.home / "log.txt"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def kill(self):
        subprocess.run([WINE, "taskkill", "/f", "/im", PROGRAM.name], env=self.env, timeout=MOST_S, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.program.stop()
        self.program = None

    def status(self):
        said, _ = self.command("status", code=None)
        return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)

    def trust(self, certificate):
        """Have this Windows trust a CA (PEM)."""
        der = self.folder / "ca.der"
        subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "DER", "-out", der], check=True)
        subprocess.run([WINE, TRUST, path(der)], env=self.env, timeout=MOST_S, check=True, stdin=subprocess.DEVNULL)

    def end(self):
        """End all of this Windows, and nobody else's."""
        (self.outlook.folder / "stop").touch()
        subprocess.run([SERVER, "-k"], env=self.env, timeout=MOST_S, check=False)
        for _ in range(50):
            if subprocess.run([SERVER, "-w"], env=self.env, timeout=MOST_S, check=False).returncode == 0:
                break
            time.sleep(0.1)
        for program in (self.program, self.outlook.program):
            if program:
                program.stop()


def is_there():
    return pathlib.Path(WINE).exists() and PROGRAM.exists() and OUTLOOK.exists()
