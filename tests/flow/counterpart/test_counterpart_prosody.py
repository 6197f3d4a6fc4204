# SPDX-License-Identifier: ISC
"""Prosody works: TLS on both ports with its certificate, a component that may speak."""
import socket

from counterpart import programs, prosody


def test_prosody(authority):
    programs.need(*prosody.NEEDED)
    with prosody.Prosody(*authority.issue("good", host=prosody.DOMAIN)) as server:
        server.register("pc1", "ticket")
        context = programs.trusted(authority.certificate)
        with context.wrap_socket(socket.create_connection(("127.0.0.1", server.tls_port), 10),
                                 server_hostname=prosody.DOMAIN) as tls:
            tls.sendall(b"<stream:stream xmlns='jabber:client' to='localhost' version='1.0' "
                        b"xmlns:stream='http://etherx.jabber.org/streams'>")
            said = b""
            while b"</stream:features>" not in said:
                said += tls.recv(4096)
            assert b"PLAIN" in said
        server.component().close()
