# SPDX-License-Identifier: ISC
"""The demo that ./run shows: a practice Exchange with two people's weeks, and hourgate before it.

All of it lives in demo/, made anew at each start: the practice calendars live in memory, and bookings
without their calendar would only confuse.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/flow"))
import kit  # noqa: E402  pylint: disable=wrong-import-position

MARK = ".made-by-run"
ANNA, BEN = "anna@practice.example", "ben@practice.example"


def weekly(subject, days, start, end, **more):
    """An event of this week that comes back; "mon+0 09:00" is Monday of this week."""
    first = days.split()[0][:3].lower()
    return {"subject": subject, "start": f"{first}+0 {start}", "end": f"{first}+0 {end}",
            "recurrence": {"kind": "Weekly", "days": days, "count": 60}, **more}


def once(subject, day, start, end, **more):
    return {"subject": subject, "start": f"{day} {start}", "end": f"{day} {end}", **more}


WEEKS = {
    ANNA: [
        weekly("Stand-up", "Monday Tuesday Wednesday Thursday Friday", "09:00", "09:15"),
        weekly("Product review", "Tuesday", "10:00", "11:30", location="Room Säntis"),
        weekly("Lunch", "Monday Wednesday Friday", "12:00", "13:00"),
        weekly("One to one with Ben", "Thursday", "14:00", "15:00"),
        weekly("Working from home", "Friday", "08:00", "17:00", status="WorkingElsewhere"),
        once("Dentist", "wed+0", "15:00", "16:30", sensitivity="Private"),
        once("Offer for Nordwand AG", "thu+0", "10:00", "12:00"),
        once("Offer for Nordwand AG", "mon+1", "13:30", "15:30"),
        once("Perhaps: supplier call", "tue+1", "14:00", "15:00", status="Tentative"),
        once("Trade fair, Basel", "wed+1", "08:00", "18:00", status="OOF"),
        once("Interview", "thu+1", "09:30", "10:30"),
        once("Board", "mon+2", "09:30", "12:00"),
    ],
    BEN: [
        weekly("School run", "Monday Tuesday Thursday", "08:00", "09:00", status="OOF"),
        weekly("Support shift", "Monday Wednesday", "13:00", "17:00"),
        weekly("One to one with Anna", "Thursday", "14:00", "15:00"),
        once("Physiotherapy", "tue+1", "11:00", "12:00", sensitivity="Private"),
        once("Release", "fri+0", "10:00", "12:00"),
        once("Release", "fri+1", "10:00", "12:00"),
    ],
}
HOSTS = {ANNA: ("Anna Muster", "introduction", "A first conversation", "30",
                "Half an hour to find out whether we can help. Bring your questions."),
         BEN: ("Ben Beispiel", "support", "Support with Ben", "45",
               "Share your screen, we look at it together.")}


def fresh(folder):
    """Return an empty folder for the demo; one that this script did not make is left alone."""
    if folder.exists():
        if not (folder / MARK).exists():
            sys.exit(f"run: {folder} was not made by ./run; please move it away")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    return folder


def port(wanted, check):
    """Return the port if it is free, else 0: the system chooses."""
    if not check:
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", wanted))
            return wanted
    return 0


def people():
    return [kit.person(address, WEEKS[address], name=HOSTS[address][0]) for address in WEEKS]


def start(folder, stack, check=False):
    """Start both servers and set up everything by the commands that an operator would use."""
    practice = kit.Practice(folder / "exchange", people(), port=port(8443, check),
                            page_port=port(8081, check))
    stack.callback(practice.stop)
    roots = shutil.copy(practice.roots, folder / "exchange/roots.pem")
    listen = port(8080, check)
    hourgate = kit.Hourgate(folder / "hourgate", roots=roots, settings={
        "server.listen": f"127.0.0.1:{listen}", "upstream.timeout": 20, "server.max_per_minute": None,
        "server.base_url": f"http://127.0.0.1:{listen}" if listen else "http://127.0.0.1"})
    stack.callback(hourgate.stop)
    hourgate.serve()
    for address, (name, page, title, minutes, description) in HOSTS.items():
        hourgate.host(practice, address, "demo", name=name, account_name="Practice GmbH")
        hourgate.page(page, address, "demo", title=title, description=description, duration=minutes,
                      increment=15, buffer_after=10, notice=60, location="By video",
                      hours="mon-fri 08:30-12:00 13:00-17:30")
    return practice, hourgate


def describe(practice, hourgate):
    print(f"""
hourgate is running. What a customer sees:
  {hourgate.base}/demo/introduction    with Anna, 30 minutes
  {hourgate.base}/demo/support         with Ben, 45 minutes

The practice Exchange, where their appointments arrive:
  {practice.page}mailbox/{ANNA}
  {practice.page}mailbox/{BEN}

Its sign-ins (EWS at {practice.ews}, roots in {hourgate.setting('upstream', 'roots')}):
  PRACTICE\\anna  {kit.PASSWORD}
  PRACTICE\\ben   {kit.PASSWORD}

Try a command:
  {os.path.relpath(hourgate.program)} --config {os.path.relpath(hourgate.config)} booking list demo
""", flush=True)


def prove(practice, hourgate):
    """Book the first slot on offer and see it in Anna's calendar."""
    visitor = hourgate.visitor()
    first = visitor.starts("demo/introduction", day=kit.day_after(1), days=14)[0]
    answer = visitor.book(first, "demo/introduction")
    assert answer.status == 201, answer.text
    assert [item["Start"] for item in practice.bookings(ANNA)] == [kit.utc(first)]
    print("check: a booking was made and stands in Anna's calendar")


def main():
    check = sys.argv[1:] == ["--check"]
    folder = fresh(pathlib.Path(os.environ.get("HOURGATE_DEMO", ROOT / "demo")))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack:
        practice, hourgate = start(folder, stack, check)
        describe(practice, hourgate)
        if check:
            prove(practice, hourgate)
            return
        print("Ctrl-C stops it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            hourgate.parent.process.wait()
            sys.exit(f"run: hourgate ended by itself; its log is {hourgate.parent.log_path}")
        print("\nrun: stopping", flush=True)


if __name__ == "__main__":
    main()
