#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Connectors: from a change on the desk to a changed booking page, bytes a sync, and a thousand of them at one server."""
import concurrent.futures
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))
import desk  # noqa: E402  pylint: disable=wrong-import-position
import kit  # noqa: E402  pylint: disable=wrong-import-position
import pc  # noqa: E402  pylint: disable=wrong-import-position
import pki  # noqa: E402  pylint: disable=wrong-import-position,import-error

CHANGES, MANY, EVENTS = 9, 1000, 100
DAY = kit.day_after(3)


def row(number, quantity, goal, measured, unit):
    print(f"{number}\t{quantity}\t{goal} {unit}\t{measured:.0f} {unit}\t{'met' if measured <= goal else 'missed'}",
          flush=True)


def until_seen(machine, visitor):
    """Put events onto the desk; return the median time until the page shows each of them, in ms."""
    took = []
    for index in range(CHANGES):
        start = kit.at(DAY, 9 + index // 2, 30 * (index % 2))
        began = time.monotonic()
        machine.add(f"change{index}", start, 30)
        kit.wait_until("the page shows it", lambda: start not in visitor.starts(day=DAY))  # noqa: B023
        took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)


def freshness(make, folder, mode):
    hourgate = make.hourgate(settings={"server.max_per_minute": 1000000})
    number, token = desk.pair(hourgate)
    hourgate.page()
    hourgate.serve()
    machine = pc.PC(folder / mode)
    machine.pair(hourgate.base, number, token)
    machine.command("mode", mode)
    machine.start()
    visitor = hourgate.visitor()
    kit.wait_until("it syncs", lambda: visitor.starts(day=DAY), 60)
    took = until_seen(machine, visitor)
    machine.stop()
    hourgate.stop()
    return took


def bytes_of_push(changes):
    asks, _ = desk.MESSAGES["push"]
    interval = {"key": 1, "start": kit.at(DAY, 9), "end": kit.at(DAY, 10), "status": desk.TAKEN}
    return len(desk.encode(asks, {"intervals": [interval] * changes}))


def a_thousand(make):
    """Let many connectors push at once; return CPU microseconds of edge and vault for a push of one change."""
    hourgate = make.hourgate(settings={"server.max_per_minute": 1000000})
    hourgate.serve()  # commands are quick where a server runs
    pairs = []
    for index in range(MANY):
        address = f"host{index}@practice.example"
        if index == 0:
            pairs.append(desk.pair(hourgate, address=address))
            continue
        hourgate.command("user", "add", "acme", address, "--name", "Host", "--zone", kit.ZONE)
        told = hourgate.listed("connector", "add", "acme", address)
        pairs.append((told["id"], told["token"]))
    desks = [desk.Desk(hourgate, *each) for each in pairs]

    def first(each):
        for hour in range(EVENTS):
            each.add(kit.at(DAY, 0) + kit.datetime.timedelta(hours=hour))
        each.sync()

    def change(each):
        each.add(kit.at(DAY, 9), 15)
        each.push()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(first, desks))
        before = [kit.cpu_seconds(hourgate.pid(name)) for name in ("edge", "vault")]
        list(pool.map(change, desks))
        after = [kit.cpu_seconds(hourgate.pid(name)) for name in ("edge", "vault")]
    return (sum(after) - sum(before)) / MANY * 1e6


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        authority = pki.Authority(folder / "pki")
        make = kit.Maker(folder, authority, authority.issue("good"))
        try:
            row("C1", "a change on the desk is on the page, Real-time, median", 1000, freshness(make, folder, "realtime"),
                "ms")
            row("C2", "a change on the desk is on the page, Auto-sync, median", 5000, freshness(make, folder, "auto"), "ms")
            row("C3", "a push of one change, before HTTP", 100, bytes_of_push(1), "bytes")
            row("C4", "a full sync of 500 appointments, before HTTP", 20000, bytes_of_push(500), "bytes")
            row("C5", f"a push of one change among {MANY} connectors, CPU of edge and vault", 1000,
                a_thousand(make), "us")
        finally:
            make.end()


if __name__ == "__main__":
    main()
