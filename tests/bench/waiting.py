#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Row 10: 5,000 visitors of one page wait for an answer that takes 2 s: memory of the edge, and punctuality."""
import os
import pathlib
import re
import resource
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HOURGATE_BUILD", ROOT / "build")).resolve()
VISITS, DELAY_MS = 5000, 2000
BROWSER = ["User-Agent: Mozilla/5.0 (X11; Linux x86_64)", "Accept: text/html,application/xhtml+xml",
           "Accept-Language: en", "Accept-Encoding: gzip"]


def memory_kib(pid, which):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(which + ":"):
            return int(line.split()[1])
    raise SystemExit("the edge is gone")


def visit(url):
    """Return the 99th percentile of the answers' times in milliseconds."""
    headers = [word for header in BROWSER for word in ("-H", header)]
    said = subprocess.run(["wrk", "-t1", f"-c{VISITS}", "-d5s", "--timeout", "10s", "--latency", *headers, url],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    if "Socket errors" in said or int(re.search(r"(\d+) requests in", said)[1]) < VISITS:
        raise SystemExit(said)
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with subprocess.Popen([BUILD / "tests/tool/edge-drive", BUILD / "src/edge/hourgate-edge", "--delay",
                           str(DELAY_MS), "--waiting", "6000"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as drive:
        _, web, _, pid = drive.stdout.readline().split()
        idle = memory_kib(pid, "VmRSS")
        late_ms = visit(f"{web}/acme/brief") - DELAY_MS
        each = (memory_kib(pid, "VmHWM") - idle) / VISITS
        drive.stdin.close()
    print("10", "5,000 visits that wait 2 s: edge memory a visit", "<= 10 KiB", f"{each:.1f} KiB",
          "met" if each <= 10 else "missed", sep="\t")
    print("10", "the same: p99 beyond the 2 s", "<= 100 ms", f"{late_ms:.0f} ms",
          "met" if late_ms <= 100 else "missed", sep="\t")
    return each > 10 or late_ms > 100


raise SystemExit(main())
