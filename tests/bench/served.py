#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Row 8: what the HTTP side costs, beside bare libmicrohttpd and nginx; wrk asks over 64 connections."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HOURGATE_BUILD", ROOT / "build")).resolve()
ROUNDS, SECONDS = 4, 2


def ask(port, path="/"):
    """Ask for SECONDS; return (requests, requests a second)."""
    said = subprocess.run(["wrk", "-t1", "-c64", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    return (int(re.search(r"(\d+) requests in", said)[1]),
            float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]))


def measure(kind):
    """Return (CPU microseconds a request, requests a second) of our bench server."""
    with subprocess.Popen([BUILD / "tests/bench/http_server", kind], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as server:
        requests, rate = ask(int(server.stdout.readline()))
        server.stdin.close()
        return float(server.stdout.readline()) / requests * 1e6, rate


@contextlib.contextmanager
def nginx():
    with tempfile.TemporaryDirectory() as folder, socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        sock.close()
        pathlib.Path(folder, "1k.json").write_text('{"slots":"' + "x" * 1012 + '"}')
        config = pathlib.Path(folder, "nginx.conf")
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(f"""daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log; {user}
            events {{ worker_connections 512; }}
            http {{ access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000000;
            types {{ application/json json; }}
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            server {{ listen 127.0.0.1:{port}; root {folder}; }} }}""")
        with subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-e", f"{folder}/start"],
                              stdin=subprocess.DEVNULL) as process:
            try:
                for _ in range(100):
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                        break
                    time.sleep(0.05)
                yield port
            finally:
                process.terminate()


def main():
    # Turn about, and the best of each: others share these cores.
    rounds = [(measure("bare"), measure("ours")) for _ in range(ROUNDS)]
    bare = min(one[0] for one, _ in rounds)
    ours = min(other[0] for _, other in rounds)
    rate = max(other[1] for _, other in rounds)
    with nginx() as port:
        peer = max(ask(port, "/1k.json")[1] for _ in range(2))
    print("8", "HTTP, 1 KiB JSON, 64 connections, CPU a request", f"<= {1.25 * bare:.2f} us (1.25x bare)",
          f"{ours:.2f} us ({ours / bare:.2f}x)", f"bare libmicrohttpd {bare:.2f} us",
          "met" if ours <= 1.25 * bare else "missed", sep="\t")
    print("8", "the same, requests a second", f">= {peer / 1000:.1f} k/s (nginx, a static file)",
          f"{rate / 1000:.1f} k/s", f"nginx {peer / 1000:.1f} k/s", "met" if rate >= peer else "missed", sep="\t")
    return ours > 1.25 * bare or rate < peer


raise SystemExit(main())
