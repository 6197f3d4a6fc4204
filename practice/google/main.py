# SPDX-License-Identifier: ISC
"""The command line: reads the world, opens the listeners, prints where they are, waits."""

import argparse
import json
import shutil
import sys
import tempfile
import threading

from exchange import main as exchange_main
from exchange import world
from exchange.journal import Journal

from . import faults, oauth, server


def arguments():
    parser = argparse.ArgumentParser(prog="practice/google", description=__doc__)
    parser.add_argument("--world", required=True, help="JSON file with mailboxes and rules")
    parser.add_argument("--listen", default="127.0.0.1", help="address of the API's listener")
    parser.add_argument("--port", type=int, default=0, help="its port; 0 takes a free one")
    parser.add_argument("--cert", help="certificate chain in PEM; made for the occasion if absent")
    parser.add_argument("--key", help="its private key")
    parser.add_argument("--pki", help="folder of the CA (practice/pki.py) that signs for sites")
    parser.add_argument("--page-port", type=int, default=0, help="port of pages and control")
    parser.add_argument("--tls-max", choices=("1.0", "1.1", "1.2", "1.3"), help="newest TLS version offered")
    parser.add_argument("--stdin-eof", action="store_true", help="end when standard input ends")
    return parser.parse_args()


def load(path):
    """Return (World, State) of a world file."""
    with open(path, encoding="utf-8") as file:
        described = json.load(file)
    state = server.State(described.pop("google", {}))
    return world.World(described), state


def run(options, folder):
    ready, journal = {}, Journal()
    people, state = load(options.world)
    misbehaviour = faults.Misbehaviour(state)
    tls = exchange_main.certificates(options, people, folder, ready)
    listener = server.Server(people, journal, misbehaviour, tls, state, options.listen, options.port)
    page = server.Control(people, journal, misbehaviour, options.page_port)
    base = f"https://localhost:{listener.address[1]}"
    people.begin(base)
    listener.issuer = page.issuer = oauth.Issuer(people, state.options, base)
    ready |= {"google": f"{base}/calendar/v3", "accounts": base, "page": f"http://127.0.0.1:{page.address[1]}/"}
    for one in (listener, page):
        threading.Thread(target=one.serve, daemon=True).start()
    print(json.dumps(ready), flush=True)
    exchange_main.wait(options.stdin_eof)


def main():
    options = arguments()
    folder = tempfile.mkdtemp(prefix="practice-")
    try:
        run(options, folder)
    except (world.WorldError, OSError, ValueError) as error:
        print(f"practice google: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0
