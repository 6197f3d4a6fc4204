# SPDX-License-Identifier: ISC
"""Prosody, Debian's, stock modules: clients by STARTTLS and by TLS at once, a component with a secret (XEP-0114)."""
import hashlib
import re
import socket
import subprocess

from counterpart.programs import BASE, Daemon, free_port

NEEDED = ("/usr/bin/prosody", "/usr/bin/prosodyctl")
DOMAIN, SECRET = "localhost", "component-secret"
COMPONENT = f"desk.{DOMAIN}"
CONF = """
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {port_tls} }}
component_ports = {{ {port_component} }}
s2s_ports = {{ }}
modules_enabled = {{ "tls", "saslauth", "ping", "disco", "posix", "admin_adhoc", "adhoc", "offline" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = true
allow_unencrypted_plain_auth = false
authentication = "internal_hashed"
storage = "internal"
admins = {{ "{component}" }}
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
ssl = {{ certificate = "{certificate}", key = "{key}" }}
c2s_direct_tls_ssl = {{ certificate = "{certificate}", key = "{key}" }}
VirtualHost "{domain}"
Component "{component}"
    component_secret = "{secret}"
"""


class Prosody(Daemon):
    """An XMPP server for DOMAIN; its certificate and key are files that prosody's user may read afterwards."""

    def __init__(self, certificate, key):
        self.prepare("prosody")
        self.client_port, self.tls_port, self.component_port = free_port(), free_port(), free_port()
        own = [self.write(name, open(path, encoding="ascii").read(), "prosody", 0o600)
               for name, path in (("chain.pem", certificate), ("key.pem", key))]
        self.config = self.write("prosody.cfg.lua", CONF.format(
            folder=self.folder, port=self.client_port, port_tls=self.tls_port, port_component=self.component_port,
            certificate=own[0], key=own[1], domain=DOMAIN, component=COMPONENT, secret=SECRET), "prosody", 0o600)
        super().__init__("prosody", ["runuser", "-u", "prosody", "--", "prosody", "--config", self.config],
                         self.component_port)

    def register(self, user, password):
        subprocess.run(["runuser", "-u", "prosody", "--", "prosodyctl", "--config", self.config, "register", user,
                        DOMAIN, password], check=True, capture_output=True, env=BASE, timeout=30)

    def component(self):
        return Component(self)


class Component:
    """The other end of COMPONENT: says what it is told to."""

    def __init__(self, prosody):
        self._sock = socket.create_connection(("127.0.0.1", prosody.component_port), 10)
        self._sock.sendall(f"<stream:stream xmlns='jabber:component:accept' to='{COMPONENT}' "
                           "xmlns:stream='http://etherx.jabber.org/streams'>".encode())
        stream = self._read(rb"<stream:stream[^>]*>")
        number = re.search(rb" id=['\"]([^'\"]*)", stream)[1]
        digest = hashlib.sha1(number + SECRET.encode()).hexdigest()
        self._sock.sendall(f"<handshake>{digest}</handshake>".encode())
        self._read(rb"<handshake ?/>|</handshake>")

    def _read(self, pattern):
        seen = b""
        while not re.search(pattern, seen):
            block = self._sock.recv(4096)
            assert block, seen
            seen += block
        return seen

    def say(self, user, body):
        self._sock.sendall(f"<message from='{COMPONENT}' to='{user}@{DOMAIN}'><body>{body}</body></message>".encode())

    def close(self):
        self._sock.close()
