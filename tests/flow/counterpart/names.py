# SPDX-License-Identifier: ISC
"""A DNS server of ours, in this process: just enough for SRV, A and AAAA in tests of discovery."""
import contextlib
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "AAAA": 28, "SRV": 33}
NO_ERROR, NO_NAME = 0, 3


class Dns:
    """Answers from records: {(name, type): [data, ...]}, over UDP at 127.0.0.1 and .port (0: a free one).

    Data is an address, or for SRV (priority, weight, port, target). A name of which nothing is known
    does not exist. silent makes it receive and never answer. seen lists what was asked: (name, type).
    """

    def __init__(self, records, silent=False, port=0):
        self.records = {(name.lower(), TYPES[kind]): data for (name, kind), data in records.items()}
        self.silent, self.seen = silent, []
        self._sock = socket.socket(type=socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", port))
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self._sock.recvfrom(4096)
                with contextlib.suppress(struct.error, IndexError, UnicodeDecodeError):
                    answer = self._answer(query)
                    if not self.silent:
                        self._sock.sendto(answer, client)

    def _answer(self, query):
        number, flags = struct.unpack(">HH", query[:4])
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii").lower())
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        name, question = ".".join(labels), query[12:at + 5]
        words = {value: word for word, value in TYPES.items()}
        self.seen.append((name, words.get(kind, kind)))
        found = self.records.get((name, kind), [])
        code = NO_ERROR if any(known == name for known, _ in self.records) else NO_NAME
        head = struct.pack(">HHHHHH", number, 0x8580 | flags & 0x0100 | code, 1, len(found), 0, 0)
        return head + question + b"".join(_record(kind, data) for data in found)

    def stop(self):
        self._sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _record(kind, data):
    """Return one resource record; its name points back at the question."""
    if kind == TYPES["SRV"]:
        *numbers, target = data
        labels = target.rstrip(".").split(".") if target != "." else []
        packed = struct.pack(">HHH", *numbers) + b"".join(
            bytes([len(label)]) + label.encode("ascii") for label in labels) + b"\0"
    else:
        packed = ipaddress.ip_address(data).packed
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(packed)) + packed
