# SPDX-License-Identifier: ISC
"""The command line: reads the world, opens both listeners, prints where they are, waits."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading

import pki

from . import control, server, world
from .journal import Journal
from .misbehave import Misbehaviour


def arguments():
    parser = argparse.ArgumentParser(prog="practice/exchange", description=__doc__)
    parser.add_argument("--world", required=True, help="JSON file with mailboxes and rules")
    parser.add_argument("--listen", default="127.0.0.1", help="address of the EWS listener")
    parser.add_argument("--port", type=int, default=0, help="its port; 0 takes a free one")
    parser.add_argument("--cert", help="certificate chain in PEM; made for the occasion if absent")
    parser.add_argument("--key", help="its private key")
    parser.add_argument("--pki", help="folder of the CA (practice/pki.py) that signs for sites")
    parser.add_argument("--plain-port", type=int, default=0,
                        help="port of the plain listener, if the world wants one")
    parser.add_argument("--page-port", type=int, default=0, help="port of pages and control")
    parser.add_argument("--tls-max", choices=("1.0", "1.1", "1.2", "1.3"),
                        help="newest TLS version offered")
    parser.add_argument("--stdin-eof", action="store_true", help="end when standard input ends")
    return parser.parse_args()


def wait(stdin_eof):
    """Return when SIGTERM or SIGINT comes or, if asked for, standard input ends."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if stdin_eof:
        def watch():
            while os.read(0, 4096):
                pass
            ended.set()
        threading.Thread(target=watch, daemon=True).start()
    ended.wait()


def certificates(options, people, folder, ready):
    """Return the Tls of the world; make what is missing, and name the root to trust in `ready`."""
    sites = {host: site["certificate"] for host, site in people.sites.items()}
    authority = None
    if options.cert is None or sites:
        authority = pki.Authority(options.pki or folder, "Practice root")
        ready["ca"] = str(authority.certificate)
    if options.cert is None:
        options.cert, options.key = authority.issue("good")
    tls = server.Tls(options.cert, options.key, options.tls_max)
    for host, kind in sites.items():
        tls.add_site(host, *authority.issue(kind, host))
    return tls


def run(options, folder):
    ready = {}
    people, journal, misbehaviour = world.load(options.world), Journal(), Misbehaviour()
    tls = certificates(options, people, folder, ready)
    ews = server.Server(people, journal, misbehaviour, tls, options.listen, options.port)
    page = control.Server(people, journal, misbehaviour, options.page_port)
    running = [ews, page]
    ready["ews"] = f"https://localhost:{ews.address[1]}/EWS/Exchange.asmx"
    if people.options["graph"] is not None:
        ready["graph"] = f"https://localhost:{ews.address[1]}/v1.0"
    ready["page"] = f"http://127.0.0.1:{page.address[1]}/"
    if people.discovery["plain"]:
        plain = server.Server(people, journal, misbehaviour, None, options.listen,
                              options.plain_port)
        running.append(plain)
        ready["plain"] = f"http://127.0.0.1:{plain.address[1]}/"
    people.begin(f"https://localhost:{ews.address[1]}")
    if people.issuer:
        ready["token"] = people.issuer.token_url
    for one in running:
        threading.Thread(target=one.serve, daemon=True).start()
    print(json.dumps(ready), flush=True)
    wait(options.stdin_eof)


def main():
    options = arguments()
    folder = tempfile.mkdtemp(prefix="practice-")
    try:
        run(options, folder)
    except (world.WorldError, OSError) as error:
        print(f"practice exchange: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0
