# SPDX-License-Identifier: ISC
"""Starts ntlm_server.py: NTLMv2 that python3-impacket verifies, before a practice Exchange."""
import contextlib
import json
import pathlib
import subprocess

import kit

NEEDED = ("/usr/lib/python3/dist-packages/impacket/ntlm.py",)


class NtlmServer(kit.Program):
    """The server; users is {name: password}, mic says that a message integrity code is a must.

    The practice Exchange must trust counterpart.kerberos.HEADER. url is its EWS address.
    """

    def __init__(self, folder, practice, certificate, roots, header, users, mic=False):
        folder.mkdir(parents=True, exist_ok=True)
        program = pathlib.Path(__file__).parent / "ntlm_server.py"
        super().__init__(["/usr/bin/python3", program], folder / "ntlm_server.log",
                         stdin=subprocess.PIPE)
        self.process.stdin.write(json.dumps({
            "certificate": str(certificate[0]), "key": str(certificate[1]), "header": header,
            "upstream": practice.ews, "roots": str(roots), "users": users, "mic": mic,
        }).encode() + b"\n")
        self.process.stdin.flush()
        self.port = int(self.first_line())
        self.url = f"https://localhost:{self.port}/EWS/Exchange.asmx"

    def stop(self, seconds=5):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        return super().stop(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
