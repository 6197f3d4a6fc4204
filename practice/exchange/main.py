# SPDX-License-Identifier: ISC
"""The command line: reads the world, opens both listeners, prints where they are, waits."""

import argparse
import hashlib
import json
import os
import shutil
import signal
import ssl
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
    parser.add_argument("--page-port", type=int, default=0, help="port of pages and control")
    parser.add_argument("--tls-max", choices=("1.0", "1.1", "1.2", "1.3"),
                        help="newest TLS version offered")
    parser.add_argument("--stdin-eof", action="store_true", help="end when standard input ends")
    return parser.parse_args()


def certificate_hash(path):
    """Return the hash of the first certificate in a file, for tls-server-end-point."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    end = "-----END CERTIFICATE-----"
    pem = text[text.index("-----BEGIN CERTIFICATE-----"):text.index(end) + len(end)]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


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


def run(options, folder):
    ready = {}
    if options.cert is None:
        authority = pki.Authority(folder, "Practice root")
        options.cert, options.key = authority.issue("good")
        ready["ca"] = str(authority.certificate)
    people, journal, misbehaviour = world.load(options.world), Journal(), Misbehaviour()
    ews = server.Server(people, journal, misbehaviour,
                        server.tls_context(options.cert, options.key, options.tls_max),
                        options.listen, options.port, certificate_hash(options.cert))
    page = control.Server(people, journal, misbehaviour, options.page_port)
    for one in (ews, page):
        threading.Thread(target=one.serve, daemon=True).start()
    ready["ews"] = f"https://localhost:{ews.address[1]}/EWS/Exchange.asmx"
    ready["page"] = f"http://127.0.0.1:{page.address[1]}/"
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
