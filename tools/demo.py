# SPDX-License-Identifier: ISC
"""The demo that ./run shows: a practice Exchange with two people's weeks, and hourgate before it.

All of it lives in demo/, made anew at each start: the practice calendars live in memory, and bookings
without their calendar would only confuse.
"""
import contextlib
import json
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
WORLD = json.loads((ROOT / "practice/demo.json").read_text(encoding="utf-8"))
ANNA, BEA = WORLD["mailboxes"]
PAGES = [  # host, page, title, minutes, description
    (ANNA, "introduction", "A first conversation", 30,
     "Half an hour to find out whether we can help. Bring your questions."),
    (BEA, "consultation", "Consultation with Bea", 45, "Share your screen, we look at it together."),
]


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


def start(folder, stack, check=False):
    """Start both servers and set up everything by the commands that an operator would use."""
    practice = kit.Practice(folder / "exchange", port=port(8443, check), page_port=port(8081, check), **WORLD)
    stack.callback(practice.stop)
    roots = shutil.copy(practice.roots, folder / "exchange/roots.pem")
    listen = port(8080, check)
    hourgate = kit.Hourgate(folder / "hourgate", roots=roots, settings={
        "server.listen": f"127.0.0.1:{listen}", "upstream.timeout": 20, "server.max_per_minute": None, "server.demo": "on",
        "server.base_url": f"http://127.0.0.1:{listen}" if listen else "http://127.0.0.1"})
    stack.callback(hourgate.stop)
    hourgate.serve()
    for host, page, title, minutes, description in PAGES:
        hourgate.host(practice, host["address"], "demo", name=host["name"], zone=host["zone"],
                      user=host["user"], password=host["password"], account_name="Practice GmbH")
        hourgate.page(page, host["address"], "demo", title=title, description=description,
                      duration=minutes, increment=15, buffer_after=10, notice=60, location="By video",
                      hours="mon-fri 08:30-12:00 13:00-17:30")
    return practice, hourgate


def describe(practice, hourgate):
    print("\nhourgate is running. What a customer sees:")
    for host, page, _, minutes, _ in PAGES:
        print(f"  {hourgate.base}/demo/{page:<14} {minutes} minutes with {host['name']}")
    print(f"\nEvery component of the pages, in every state:\n  {hourgate.base}/style")
    print("\nThe practice Exchange, where the appointments arrive:")
    for host, *_ in PAGES:
        print(f"  {practice.page}mailbox/{host['address']}")
    print(f"\nIts EWS is {practice.ews}; sign-ins:")
    for host, *_ in PAGES:
        print(f"  {host['user']:<14} {host['password']}")
    print(f"""
Try a command:
  {os.path.relpath(hourgate.program)} --config {os.path.relpath(hourgate.config)} booking list demo
""", flush=True)


def prove(practice, hourgate):
    """Book the first slot on offer and see it in Anna's calendar."""
    visitor = hourgate.visitor()
    first = visitor.starts("demo/introduction", day=kit.day_after(1), days=14)[0]
    answer = visitor.book(first, "demo/introduction")
    assert answer.status == 201, answer.text
    assert [item["Start"] for item in practice.bookings(ANNA["address"])] == [kit.utc(first)]
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
