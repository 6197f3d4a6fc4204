# SPDX-License-Identifier: ISC
"""What every flow needs: a practice Exchange, an hourgate before it, a visitor, and ways to do harm.

Everything listens on loopback at ports that the system chose, lives in a folder of the test's own, and is
ended by its process id when the test is over.
"""
import configparser
import contextlib
import datetime
import http.client
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HOURGATE_BUILD", ROOT / "build"))
FAULTS = ROOT / "build/faults"
SLOW = 4 if (BUILD / "meson-info").exists() and "asan" in BUILD.name else 1
READY_S = 30 * SLOW
ZONE = "Europe/Zurich"
PASSWORD = "Practice-Makes-Perfect-77"

sys.path.insert(0, str(ROOT / "practice"))
sys.dont_write_bytecode = True


def wait_until(what, condition, seconds=15):
    """Return the first true value of condition(); fail with `what` when it takes too long."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds * SLOW} s in vain: {what}"
        time.sleep(0.05)


# ---- PostgreSQL ----

POSTGRES = None  # the server that conftest.py starts where HOURGATE_STORE=postgres: every hourgate is in it


class Postgres:
    """A PostgreSQL server of the tests' own."""

    def __init__(self, conninfo, process):
        self.conninfo, self.process = conninfo, process
        self._made = 0

    def database(self):
        """Make an empty database; return its connection string."""
        self._made += 1
        name = f"flow{self._made}"
        self.sql(self.conninfo, f"CREATE DATABASE {name}")
        return self.conninfo.replace("dbname=postgres", f"dbname={name}")

    @staticmethod
    def sql(conninfo, sql):
        """Run SQL; return its rows, lists of texts."""
        done = subprocess.run(["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-c", sql],
                              capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise CommandFailed(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def disconnect(self, conninfo):
        """End all connections to a database, as a restart of the server would."""
        name = re.search(r"dbname=(\w+)", conninfo).group(1)
        return self.sql(self.conninfo, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                       f" WHERE datname = '{name}'")


def postgres_tool():
    """Load tests/tool/postgres, which starts servers."""
    at = str(ROOT / "tests/tool/postgres")
    loader = importlib.machinery.SourceFileLoader("postgres_tool", at)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("postgres_tool", loader))
    loader.exec_module(module)
    return module


# ---- programs ----

class Program:
    """One program of ours: started, its first line read, ended for certain."""

    def __init__(self, command, log, env=None, cwd=None, stdin=subprocess.DEVNULL):
        self.log_path = pathlib.Path(log)
        self._log = open(log, "ab")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([str(word) for word in command], stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=self._log, env=env, cwd=cwd,
                                        start_new_session=True)  # Ctrl-C is for us alone
        self.pid = self.process.pid

    def first_line(self, seconds=READY_S):
        """Read what it prints first; its log is the message when it says nothing."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            said = selector.select(seconds) and self.process.stdout.readline().decode()
        assert said, f"{self.process.args[0]} did not start:\n{self.log()}"
        return said.strip()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def stop(self, seconds=20):
        """SIGTERM, then SIGKILL; return the exit code (None when it had to be killed)."""
        code = None
        if self._log.closed:
            return self.process.returncode
        if self.running():
            self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._log.close()
        return code


def children(pid):
    """Return the direct children of a process as {pid: name}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)", (entry / "stat").read_text().strip(),
                                          re.S).groups()
                if rest.split()[0] != "Z" and int(rest.split()[1]) == pid:
                    found[int(entry.name)] = name
    return found


def cpu_seconds(pid):
    """Return the CPU time that a process has used, with that of its children that ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def own_memory_kib(pid):
    """Return how much memory a process shares with nobody, in KiB (needs root)."""
    return sum(int(line.split()[1]) for line in
               pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Private_"))


def memory(pid):
    """Yield the readable memory of a process, mapping by mapping (needs root)."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, ValueError):
                mem.seek(start)
                yield mem.read(end - start)


def remembers(pid, *needles):
    """Return those of the needles (bytes) that stand somewhere in a process's memory."""
    found = set()
    for block in memory(pid):
        found.update(needle for needle in needles if needle in block)
    return found


# ---- the practice Exchange ----

def event(subject, start, minutes=30, **more):
    """Describe an event for the practice server; start and end are instants."""
    end = start + datetime.timedelta(minutes=minutes)
    return {"subject": subject, "start": utc(start), "end": utc(end), **more}


def person(address, events=(), **more):
    user = address.split("@")[0]
    return {"address": address, "name": user.title(), "user": f"PRACTICE\\{user}",
            "password": PASSWORD, "zone": ZONE, "events": list(events), **more}


class Practice(Program):
    """A practice Exchange with the given mailboxes."""

    program = "exchange"

    def __init__(self, folder, mailboxes, certificate=None, **options):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        world = self.folder / "world.json"
        words = [f"--{name.replace('_', '-')}={options.pop(name)}"
                 for name in ("tls_max", "port", "page_port", "pki", "plain_port") if name in options]
        world.write_text(json.dumps({"mailboxes": mailboxes, **options}))
        if certificate:
            words += ["--cert", certificate[0], "--key", certificate[1]]
        super().__init__(["/usr/bin/python3", ROOT / "practice" / self.program, "--world", world, *words,
                          "--stdin-eof"], self.folder / "practice.log", stdin=subprocess.PIPE)
        said = json.loads(self.first_line())
        self.page, self.roots = said["page"], said.get("ca")
        self.plain, self.token = said.get("plain"), said.get("token")
        self.know(said)

    def know(self, said):
        """Keep where it serves what it is for."""
        self.ews = said["ews"]
        self.port = urllib.parse.urlsplit(self.ews).port

    def stop(self, seconds=5):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        return super().stop(seconds)

    def api(self, method, path, body=None):
        place = urllib.parse.urlsplit(self.page)
        answer = Visitor(f"{place.scheme}://{place.netloc}").ask(
            method, path, json.dumps(body).encode() if body is not None else None)
        assert answer.status in (200, 201), f"practice: {answer.status} {answer.text}"
        return answer.json()

    def journal(self):
        return self.api("GET", "/api/journal")

    def asked(self, operation):
        """Return the journal's entries of one operation that were really answered."""
        return [entry for entry in self.journal() if entry["operation"] == operation]

    def forget(self):
        self.api("DELETE", "/api/journal")

    def misbehave(self, mode, **rule):
        self.api("POST", "/api/misbehave", {"mode": mode, **rule})

    def behave(self):
        self.api("DELETE", "/api/misbehave")

    def items(self, address):
        return self.api("GET", f"/api/mailbox/{address}")["items"]

    def bookings(self, address):
        """Return the items that hourgate wrote: those that carry its uid in a named property."""
        return [item for item in self.items(address)
                if item["ExtendedProperties"] and item["Calendar"] != "Deleted Items"]

    def add(self, address, described):
        return self.api("POST", f"/api/mailbox/{address}/events", described)

    def remove(self, address, item):
        self.api("DELETE", f"/api/mailbox/{address}/events/{urllib.parse.quote(item['Id'], safe='')}")


class PracticeGoogle(Practice):
    """A practice Google Calendar, with Google's accounts."""

    program = "google"

    def know(self, said):
        self.google, self.accounts = said["google"], said["accounts"]
        self.port = urllib.parse.urlsplit(self.google).port

    def access_token(self, address, scopes=("",)):
        """Return an access token of a person, as if they had granted these scopes."""
        return self.api("POST", "/api/token", {"address": address, "scopes": scopes})["token"]


# ---- a visitor ----

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, dict(headers), body
        self.cookies = [value for name, value in headers if name.lower() == "set-cookie"]

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def masked(self):
        """All that was answered, with what may differ by nature made equal: date, random tokens."""
        lines = sorted(f"{name.lower()}: {value}" for name, value in self.headers.items()
                       if name.lower() not in ("date", "content-length"))
        text = "\n".join([str(self.status), *lines, "", self.text])
        return re.sub(r"[A-Za-z0-9_-]{22,64}(?=[\"'<>/?&\s]|$)", "TOKEN", text)


class Visitor:
    """Somebody with an HTTP client and no cookies."""

    def __init__(self, base, address="127.0.0.1"):
        place = urllib.parse.urlsplit(base)
        self.host, self.port, self.address = place.hostname, place.port, address

    def ask(self, method, path, body=None, timeout=60, **headers):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout * SLOW,
                                                source_address=(self.address, 0))
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None and "Content-Type" not in named:
                named["Content-Type"] = "application/json"
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def form(self, path, **fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields).encode(),
                        Content_Type="application/x-www-form-urlencoded")

    def slots(self, page="acme/intro", day=None, days=1, zone=ZONE):
        """Return the answer for some days from `day` on."""
        last = day + datetime.timedelta(days=days - 1)
        query = urllib.parse.urlencode({"from": day.isoformat(), "to": last.isoformat(), "tz": zone})
        return self.get(f"/api/v1/pages/{page}/slots?{query}")

    def starts(self, *place, **more):
        """Return the starts of the slots on offer, as instants."""
        answer = self.slots(*place, **more)
        assert answer.status == 200, f"{answer.status} {answer.text}"
        return [instant(slot["start"]) for slot in answer.json()["slots"]]

    def book(self, start, page="acme/intro", name="Carla Customer", email="carla@customer.example",
             key=None, **more):
        headers = {"Idempotency_Key": key} if key else {}
        body = {"start": start if isinstance(start, str) else utc(start), "name": name,
                "email": email, **more}
        return self.ask("POST", f"/api/v1/pages/{page}/bookings", json.dumps(body).encode(), **headers)


def raw(base, data, seconds=10, address="127.0.0.1"):
    """Send bytes as they are; return the bytes that come back until the other end closes."""
    import socket  # pylint: disable=import-outside-toplevel
    place = urllib.parse.urlsplit(base)
    with socket.create_connection((place.hostname, place.port), seconds,
                                  source_address=(address, 0)) as sock:
        got = b""
        with contextlib.suppress(OSError):
            sock.sendall(data)
        with contextlib.suppress(OSError):
            while block := sock.recv(65536):
                got += block
        return got


# ---- time ----

def utc(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def day_after(days):
    """Return the date `days` from now, in the host's zone."""
    return (datetime.datetime.now(zoneinfo.ZoneInfo(ZONE)) + datetime.timedelta(days=days)).date()


def at(day, hour, minute=0, zone=ZONE):
    return datetime.datetime.combine(day, datetime.time(hour, minute), zoneinfo.ZoneInfo(zone))


# ---- hourgate ----

class CommandFailed(AssertionError):
    """An hourgate command that should have worked did not."""


class Hourgate:
    """One hourgate: its folder, its configuration, its programs while they serve."""

    def __init__(self, folder, roots=None, build=BUILD, settings=None, env=None, prefix=()):
        self.folder, self.build, self.prefix = pathlib.Path(folder), pathlib.Path(build), list(prefix)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = self.build / "src/hourgate/hourgate"
        self.config, self.data = self.folder / "hourgate.conf", self.folder / "data"
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder),
                    **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")},
                    **(env or {})}
        self.parent = self.base = None
        self.database = POSTGRES.database() if POSTGRES else None
        self._logs = 0
        words = ["init", "--data", self.data, "--listen", "127.0.0.1:0", "--networks",
                 "127.0.0.0/8 ::1/128"]
        words += ["--store", f"postgres:{self.database}"] if self.database else []
        self.command(*words, *(["--roots", roots] if roots else []))
        self.configure({"server.max_per_minute": 1000000, "upstream.timeout": 5 * SLOW, "upstream.poll": 0,
                        **(settings or {})})

    def configure(self, settings):
        """Change settings, named section.key; None removes one."""
        known = configparser.ConfigParser(interpolation=None)
        known.read(self.config)
        for name, value in settings.items():
            section, key = name.split(".")
            if not known.has_section(section):
                known.add_section(section)
            if value is None:
                known.remove_option(section, key)
            else:
                known.set(section, key, str(value))
        with open(self.config, "w", encoding="utf-8") as file:
            known.write(file)

    def setting(self, section, key):
        known = configparser.ConfigParser(interpolation=None)
        known.read(self.config)
        return known.get(section, key)

    # commands

    def run(self, *words, stdin="", timeout=60):
        """Run a command; return what subprocess says of it."""
        return subprocess.run([*self.prefix, self.program, "--config", self.config, *map(str, words)],
                              input=stdin, capture_output=True, text=True, env=self.env, check=False,
                              timeout=timeout * SLOW, cwd=self.folder)

    def command(self, *words, stdin=""):
        """Run a command that has to work; return its standard output."""
        done = self.run(*words, stdin=stdin)
        if done.returncode:
            raise CommandFailed(f"hourgate {' '.join(map(str, words))}: exit {done.returncode}\n"
                                f"{done.stdout}{done.stderr}")
        return done.stdout

    def listed(self, *words):
        return json.loads(self.command(*words, "--json"))

    def scan(self, *canaries, words=()):
        """Run hourgate scan; return (exit code, what was found, what was not looked at)."""
        file = self.folder / "canaries"
        file.write_text("".join(f"{canary}\n" for canary in canaries))
        file.chmod(0o600)
        done = self.run("scan", "--canary-file", file, *words, "--json", timeout=120)
        file.unlink()
        assert done.returncode in (0, 1, 3), done.stdout + done.stderr
        assert not [canary for canary in canaries if canary in done.stdout + done.stderr]
        assert "killed" not in done.stderr and "ended" not in done.stderr, done.stderr
        told = json.loads(done.stdout)
        assert told["n_found"] >= len(told["found"]) and told["looked_at"]
        return done.returncode, told["found"], told["not_looked_at"]

    # serving

    def serve(self, seconds=READY_S):
        self._logs += 1
        self.parent = Program([*self.prefix, self.program, "--config", self.config, "serve"],
                              self.folder / f"serve-{self._logs}.log", env=self.env, cwd=self.folder)
        said = self.parent.first_line(seconds)
        assert said.startswith("ready "), f"said {said!r}:\n{self.log()}"
        self.base = said.split()[1]
        return self

    def visitor(self, address="127.0.0.1"):
        return Visitor(self.base, address)

    def stop(self):
        """Stop serving, as an operator does; return the exit code."""
        if not self.parent:
            return None
        code, pid, left = self.parent.stop(), self.parent.pid, self.pids(everything=True)
        self.parent = None
        for child in left:  # only a defect leaves any
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        assert not left, f"hourgate {pid} left processes behind: {left}"
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()
        return code

    def kill(self):
        """End the parent as a power cut would; the others end with it."""
        pids = self.pids(everything=True)
        self.parent.process.kill()
        self.parent.stop()
        self.parent = None
        wait_until(f"all of {pids} end with their parent",
                   lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids))

    def restart(self):
        self.stop()
        return self.serve()

    def pids(self, everything=False):
        """Return {pid: name} of the programs; everything: couriers' children too."""
        found = children(self.parent.pid)
        if everything:
            for pid in list(found):
                found.update(children(pid))
        return found

    def pid(self, name):
        """Return the process id of edge, vault or courier; None while it is not there."""
        for pid, comm in self.pids().items():
            if f"hourgate-{name}".startswith(comm) and comm != "hourgate":
                return pid
        return None

    def kill_program(self, name):
        """Kill one program as the kernel would, and wait until another one stands in its place."""
        old = self.pid(name)
        assert old, f"no {name} is running: {self.pids()}"
        os.kill(old, signal.SIGKILL)
        return wait_until(f"{name} is started again", lambda: self.pid(name) not in (None, old) and
                          self.pid(name))

    def ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.visitor().get("/readyz").status == 200
        return False

    def log(self):
        return "".join(path.read_text(errors="replace")
                       for path in sorted(self.folder.glob("serve-*.log")))

    def files(self):
        """Yield all that it ever wrote: database, its side files, logs, cores."""
        yield from (path for path in self.folder.rglob("*") if path.is_file())

    # the usual set-up

    def host(self, practice, address="anna@practice.example", account="acme", method="ntlm", **more):
        """Add an account if need be, a user with that address, and the connection to the calendar."""
        account_name = more.pop("account_name", "Acme AG")
        if account not in [row["account"] for row in rows(self.listed("account", "list"))]:
            self.command("account", "add", account, "--name", account_name)
        self.command("user", "add", account, address, "--name", more.pop("name", "Anna Host"),
                     "--zone", more.pop("zone", ZONE))
        self.connect(practice, address, account, method, **more)
        return self

    def connect(self, practice, address="anna@practice.example", account="acme", method="ntlm",
                user=None, password=PASSWORD, unchecked=False):
        self.command("connection", "add", account, address, "--server", practice.ews, "--user",
                     user or f"PRACTICE\\{address.split('@')[0]}", "--method", method,
                     "--password-stdin", *(["--unchecked"] if unchecked else []), stdin=password + "\n")

    def page(self, name="intro", address="anna@practice.example", account="acme", **rules):
        rules = {"title": "Introduction", "duration": 30, "hours": "mon-sun 09:00-17:00",
                 "horizon": 40, **rules}
        words = [word for key, value in rules.items() if value is not True
                 for word in (f"--{key.replace('_', '-')}", value)]
        flags = [f"--{key.replace('_', '-')}" for key, value in rules.items() if value is True]
        self.command("page", "put", account, name, "--host", address, *words, *flags)
        return self

    def bookings(self, account="acme"):
        return rows(self.listed("booking", "list", account))


def rows(listed):
    """A list command answers with an array, or an object that holds one."""
    if isinstance(listed, dict):
        listed = next(value for value in listed.values() if isinstance(value, list))
    return listed


# ---- others ----

def exchangelib(practice, address, code):
    """Run Python with `account`, an exchangelib account of that mailbox; return what it sets as out."""
    script = f"""
import json, os, warnings
warnings.simplefilter("ignore")
from exchangelib import *
from exchangelib import items
config = Configuration(service_endpoint={practice.ews!r}, auth_type=NTLM,
    credentials=Credentials("PRACTICE\\\\{address.split('@')[0]}", {PASSWORD!r}))
account = Account({address!r}, config=config, autodiscover=False, access_type=DELEGATE,
    default_timezone=EWSTimeZone("UTC"))
{code}
print(json.dumps(out))
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=120,
                          check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "REQUESTS_CA_BUNDLE": str(practice.trusted)})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def browser(script, *words, timeout=180):
    """Run one of tests/web with Debian's Chromium; return the JSON of its last line."""
    done = subprocess.run(["node", ROOT / "tests/web" / script, *map(str, words)], capture_output=True,
                          text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1])


def unprivileged_copy(folder):
    """Copy the built programs to where any user may run them; return the copy's build folder."""
    copy = pathlib.Path(folder) / "build"
    for name in ("hourgate", "edge", "vault", "courier"):
        program = "hourgate" if name == "hourgate" else f"hourgate-{name}"
        place = copy / "src" / name
        place.mkdir(parents=True)
        shutil.copy(BUILD / "src" / name / program, place)
        (place / program).chmod(0o755)
    return copy


# ---- a customer's own booking ----

def path_of(url):
    """Return what a visitor asks the server for; the host is another matter (base_url)."""
    place = urllib.parse.urlsplit(url)
    return place.path + (f"?{place.query}" if place.query else "")


def move(visitor, link, start):
    """Move a booking by its private link; return the last answer."""
    return visitor.form(link, action="move", start=utc(start))


def cancel(visitor, link):
    return visitor.form(link, action="cancel")


# ---- all of it, ended with the test ----

class Maker:
    """Makes practice servers and hourgates, and ends them when the test is over."""

    def __init__(self, folder, authority, good=None):
        self.folder, self.authority, self.good = folder, authority, good
        self.made, self._stack = [], contextlib.ExitStack()

    def practice(self, *mailboxes, certificate=None, program=Practice, **options):
        folder = self.folder / f"practice-{len(self.made)}"
        made = program(folder, mailboxes or [person("anna@practice.example")],
                            certificate or self.good, **options)
        made.trusted = self.authority.certificate
        return self.keep(made)

    def hourgate(self, **more):
        folder = self.folder / f"hourgate-{len(self.made)}"
        made = Hourgate(folder, roots=self.authority.certificate, **more)
        return self.keep(made)

    def keep(self, made):
        """End it, too, when the test is over."""
        self.made.append(made)
        self._stack.callback(made.stop)
        return made

    def office(self, *mailboxes, settings=None, build=BUILD, env=None, options=None, **rules):
        """One practice server, one hourgate that serves, anna's page acme/intro."""
        practice = self.practice(*mailboxes, **(options or {}))
        hourgate = self.hourgate(settings=settings, build=build, env=env).serve()
        hourgate.host(practice).page(**rules)
        practice.forget()
        return practice, hourgate

    def end(self):
        self._stack.close()
