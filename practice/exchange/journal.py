# SPDX-License-Identifier: ISC
"""What was asked of the server, for tests: one entry for each HTTP request, never a credential."""

import collections
import threading
import time

MAX_ENTRIES = 20_000


class Journal:
    def __init__(self):
        self._entries = collections.deque(maxlen=MAX_ENTRIES)
        self._lock = threading.Lock()
        self._number = 0

    def begin(self, connection, request, credential, tls):
        """Start the entry of one request; the caller fills in what it learns. `credential` says
        that a password, a proof of one, a ticket or a token came with it."""
        headers = request.headers
        entry = {
            "time": time.time(), "connection": connection, "tls": tls, "method": request.method,
            "host": request.host, "path": request.path.partition("?")[0],
            "operation": None, "mailbox": None, "user": None, "impersonated": None,
            "anchor": headers.get("x-anchormailbox"),
            "scheme": headers.get("authorization", "").split(" ")[0] or None,
            "credential": credential, "headers": sorted(headers),
            "status": None, "misbehaved": None, "answered": None,
        }
        with self._lock:
            self._number += 1
            entry["number"] = self._number
            self._entries.append(entry)
        return entry

    def entries(self):
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self):
        with self._lock:
            self._entries.clear()
