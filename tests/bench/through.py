#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Row 9: a request through edge and vault, one round trip of messages and one read from the store: a customer's
own booking by its private link, beside row 8's local answer in the same run."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))
import kit  # noqa: E402  pylint: disable=wrong-import-position
import pki  # noqa: E402  pylint: disable=wrong-import-position,import-error

ROUNDS, SECONDS = 3, 2


def ask(url):
    said = subprocess.run(["wrk", "-t1", "-c64", f"-d{SECONDS}s", url], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(said)
    return int(re.search(r"(\d+) requests in", said)[1])


def cpu_us(pids):
    """Return the CPU time of these processes and their threads so far."""
    tasks = [task for pid in pids for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1000


def local():
    """Row 8: CPU microseconds a request of the HTTP side alone."""
    with subprocess.Popen([kit.BUILD / "tests/bench/http_server", "ours"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as server:
        requests = ask(f"http://127.0.0.1:{int(server.stdout.readline())}/")
        server.stdin.close()
        return float(server.stdout.readline()) / requests * 1e6


def through(hourgate, path):
    pids = [hourgate.pid("edge"), hourgate.pid("vault")]
    before = cpu_us(pids)
    return ask(hourgate.base + path), cpu_us(pids) - before


def main():
    with tempfile.TemporaryDirectory() as folder:
        authority = pki.Authority(pathlib.Path(folder, "pki"))
        maker = kit.Maker(pathlib.Path(folder), authority, authority.issue("good"))
        try:
            _, hourgate = maker.office(settings={"server.max_per_minute": 1000000})
            day = kit.day_after(3)
            link = kit.path_of(hourgate.visitor().book(kit.at(day, 10)).json()["manage_url"])
            alone, both = [], []
            for _ in range(ROUNDS):
                alone.append(local())
                requests, used = through(hourgate, link)
                both.append(used / requests)
        finally:
            maker.end()
    one, other = min(alone), min(both)
    print("9", "through edge and vault, one read from the store, CPU a request", f"<= {3 * one:.1f} us (3x row 8)",
          f"{other:.1f} us ({other / one:.1f}x)", "-", "met" if other <= 3 * one else "missed", sep="\t")
    return other > 3 * one


if __name__ == "__main__":
    raise SystemExit(main())
