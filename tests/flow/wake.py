# SPDX-License-Identifier: ISC
"""A stand-in for hourgate towards a connector: wire/desk.h over HTTP, with one question at a time and an XMPP server to
be named in its hello. For what a running hourgate cannot be brought to do."""
import datetime
import http.server
import threading

import desk

TOKEN = "A" * 43


class StandIn:
    """Serves one connector in Real-time; answers is what it answered, in turn."""

    def __init__(self, xmpp):
        self.xmpp, self.asked, self.answers, self.pulls, self.hellos = xmpp, {}, [], 0, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                name = self.path.removeprefix("/desk/v1/")
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Authorization"] == f"Hourgate 1.{TOKEN}"
                asks, answers = desk.MESSAGES[name]
                said = desk.encode(answers, getattr(outer, f"on_{name}")(desk.Reader(body).value(asks)))
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def ask(self, number, start, end):
        self.asked[number] = (start, end)

    def on_hello(self, said):
        self.hellos.append(said)
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"mode": desk.REALTIME, "interval_s": 3600, "lease_s": 3600, "days_ahead": 60, "epoch": 1, "now": now,
                "xmpp": {**self.xmpp, "ends": now + datetime.timedelta(minutes=10)} if self.xmpp else None}

    def on_ticket(self, _):
        return {"xmpp": self.xmpp}

    def on_pull(self, _):
        self.pulls += 1
        return {}

    def on_question(self, said):
        number = said["number"] or next(iter(self.asked), 0)
        if number not in self.asked:
            return {}
        start, end = self.asked.pop(number)
        return {"number": number, "from": start, "to": end, "within_ms": 5000}

    def on_answer(self, said):
        self.answers.append(said)
        return {}
