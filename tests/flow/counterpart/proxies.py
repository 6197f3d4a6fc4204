# SPDX-License-Identifier: ISC
"""Proxies on the way out (squid, tinyproxy, a switchboard) and one before Exchange (nginx)."""
import contextlib
import hashlib
import os
import pathlib
import socket
import subprocess
import threading

from counterpart.programs import Daemon, free_port

SQUID_NEEDED = ("/usr/sbin/squid", "/usr/lib/squid/basic_ncsa_auth", "/usr/lib/squid/digest_file_auth")
TINYPROXY_NEEDED = ("/usr/bin/tinyproxy",)
NGINX_NEEDED = ("/usr/sbin/nginx",)
REALM = "practice proxy"
USER, PASSWORD = "proxyuser", "through-the-wall"

SQUID_CONF = """
http_port 127.0.0.1:{port}
{sign_in}
acl all_ports port 1-65535
{access}
http_access deny all
cache deny all
cache_mem 1 MB
max_filedescriptors 1024
pid_filename {folder}/squid.pid
access_log stdio:{folder}/access.log
cache_log {folder}/cache.log
coredump_dir {folder}
netdb_filename none
pinger_enable off
visible_hostname practice
shutdown_lifetime 0 seconds
"""
BASIC = """auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users
auth_param basic children 1
auth_param basic realm {realm}
acl known proxy_auth REQUIRED"""
DIGEST = """auth_param digest program /usr/lib/squid/digest_file_auth -c {folder}/users
auth_param digest children 1
auth_param digest realm {realm}
acl known proxy_auth REQUIRED"""


class Squid(Daemon):
    """Squid for CONNECT; method is None, "basic" or "digest" (then USER and PASSWORD). url names it.

    seen() returns what it was asked, one line of its access log each.
    """

    def __init__(self, method=None):
        self.prepare("proxy")
        port = free_port()
        users = ""
        if method == "digest":
            users = f"{USER}:{REALM}:" + hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
        elif method == "basic":
            users = f"{USER}:{_crypted(PASSWORD)}"
        self.write("users", users + "\n", "proxy", 0o600)
        sign_in = {"basic": BASIC, "digest": DIGEST}.get(method, "").format(
            folder=self.folder, realm=REALM)
        config = self.write("squid.conf", SQUID_CONF.format(
            port=port, folder=self.folder, sign_in=sign_in,
            access="http_access allow known" if method else "http_access allow all_ports"))
        # A service name of its own: squid's shared memory is named by it.
        self.name = f"hg{port}"
        super().__init__("squid", ["squid", "-N", "-n", self.name, "-f", config], port)
        self.url = f"http://127.0.0.1:{port}"

    def seen(self):
        path = self.folder / "access.log"
        return path.read_text().splitlines() if path.exists() else []


    def stop(self, seconds=10):
        """End it at once: squid takes two seconds to end by itself, and has nothing to save but
        shared memory that it would remove."""
        if self.running():
            self.process.kill()
        code = super().stop(seconds)
        for path in pathlib.Path("/dev/shm").glob(f"{self.name}-*"):
            path.unlink(missing_ok=True)
        return code


def _crypted(password):
    """Return a password as Basic's helper compares it."""
    return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password.encode(), check=True,
                          capture_output=True).stdout.decode().strip()


class Tinyproxy(Daemon):
    """Tinyproxy for CONNECT; with a sign-in (Basic; USER and PASSWORD) if asked for."""

    def __init__(self, sign_in=False):
        self.prepare()
        port = free_port()
        config = self.write("tinyproxy.conf", "\n".join([
            f"Port {port}", "Listen 127.0.0.1", "MaxClients 50", "LogLevel Connect",
            f'LogFile "{self.folder}/access.log"', f'PidFile "{self.folder}/pid"', "Timeout 60",
            *([f"BasicAuth {USER} {PASSWORD}"] if sign_in else []), ""]), mode=0o600)
        super().__init__("tinyproxy", ["tinyproxy", "-d", "-c", config], port)
        self.url = f"http://127.0.0.1:{port}"

    def seen(self):
        path = self.folder / "access.log"
        return path.read_text().splitlines() if path.exists() else []


class Switchboard:
    """A proxy, of ours and in this process, that connects names to where the test says.

    It makes an unchanged client find https://autodiscover.practice.example/ (port 443) at a server on
    loopback: lines is {"host:port": port on loopback}. A name that is not there gets 502. Plain
    requests (GET http://host/) are passed on without change. seen is the list of names asked for.
    """

    def __init__(self, lines):
        self.lines, self.seen = lines, []
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._sock.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError, ValueError), client:
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 65536:
                block = client.recv(65536)
                if not block:
                    return
                head += block
            method, target, version = head.split(b"\r\n")[0].decode().split(" ")
            if method != "CONNECT":
                name, _, path = target.removeprefix("http://").partition("/")
                target = name if ":" in name else name + ":80"
                head = head.replace(head.split(b"\r\n")[0], f"{method} /{path} {version}".encode(), 1)
            self.seen.append(target.lower())
            port = self.lines.get(target.lower())
            if port is None:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", port), 10) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(head)
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join(30)

    def stop(self):
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _copy(source, target):
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


NGINX_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate}; ssl_certificate_key {key};
        client_body_buffer_size 128; client_max_body_size {largest};
        location / {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host localhost;
            proxy_buffering {buffering}; proxy_request_buffering off;
            proxy_buffer_size 1k; proxy_buffers 2 1k; proxy_busy_buffers_size 1k;
            proxy_max_temp_file_size 0;
            proxy_read_timeout 5s;
        }}
    }}
}}
"""


class Nginx(Daemon):
    """nginx with TLS before a practice Exchange: buffers of 1 KiB, or no buffering at all.

    It opens a new connection per request, so NTLM, which signs in a connection, cannot work through it.
    """

    def __init__(self, practice, certificate, buffering=True, largest="1m"):
        self.prepare()
        port = free_port()
        config = self.write("nginx.conf", NGINX_CONF.format(
            folder=self.folder, port=port, certificate=certificate[0], key=certificate[1],
            upstream=practice.ews.rpartition("/EWS/")[0], largest=largest,
            buffering="on" if buffering else "off",
            user="user root;" if os.geteuid() == 0 else ""))
        super().__init__("nginx", ["nginx", "-c", config, "-e", self.folder / "start.log"], port)
        self.url = f"https://localhost:{port}/EWS/Exchange.asmx"
