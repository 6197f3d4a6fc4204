# SPDX-License-Identifier: ISC
"""Behind nginx on a Unix socket, as in real use: addresses come from nginx, not from the visitor."""
import contextlib
import os
import re
import socket
import subprocess

import kit

CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream hourgate {{ server unix:{socket}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://hourgate;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
}}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def nginx(folder, upstream):
    folder.mkdir(exist_ok=True)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, socket=upstream, port=port,
                                    user="user root;" if os.geteuid() == 0 else ""))
    with subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-e", folder / "start.log"],
                          stdin=subprocess.DEVNULL) as process:
        try:
            base = f"http://127.0.0.1:{port}"

            def up():
                with contextlib.suppress(OSError):
                    return kit.Visitor(base).get("/healthz").status
            kit.wait_until("nginx answers", up)
            yield base
        finally:
            process.terminate()
            process.wait(10)


def test_a_booking_through_nginx(make, tmp_path):
    place = tmp_path / "http.sock"
    practice, hourgate = make.office(settings={"server.listen": f"unix:{place}", "server.proxies": "unix",
                                               "server.base_url": "https://book.example"})
    with nginx(tmp_path / "nginx", place) as base:
        visitor, day = kit.Visitor(base), kit.day_after(3)
        assert len(visitor.starts(day=day)) == 16
        assert visitor.get("/acme/intro").status == 200
        booked = visitor.book(kit.at(day, 10))
        assert booked.status == 201
        assert booked.json()["manage_url"].startswith("https://book.example/b/")
        assert kit.cancel(visitor, kit.path_of(booked.json()["manage_url"])).status < 400
    assert practice.bookings("anna@practice.example") == []
    del hourgate


def test_rates_count_the_visitors_address_behind_nginx(make, tmp_path):
    place = tmp_path / "http.sock"
    make.office(settings={"server.listen": f"unix:{place}", "server.proxies": "unix",
                          "server.base_url": "https://book.example", "server.max_per_minute": 30})
    with nginx(tmp_path / "nginx", place) as base:
        eager, other = kit.Visitor(base, "127.0.0.2"), kit.Visitor(base, "127.0.0.3")
        codes = [eager.ask("GET", "/acme/intro", X_Forwarded_For=f"10.0.0.{n % 250}").status
                 for n in range(400)]
        assert 429 in codes  # what the visitor claims does not count
        assert other.get("/acme/intro").status == 200


def test_a_visitors_forwarded_header_is_not_believed(make):
    _, hourgate = make.office(settings={"server.max_per_minute": 30})
    eager = hourgate.visitor("127.0.0.2")
    codes = [eager.ask("GET", "/acme/intro", X_Forwarded_For=f"10.0.{n % 200}.1").status
             for n in range(400)]
    assert 429 in codes


def test_the_sample_is_one_that_nginx_takes(tmp_path, good):
    """pack/nginx.conf as it is but for the place of the certificate."""
    sample = (kit.ROOT / "pack/nginx.conf").read_text()
    for line, path in (("ssl_certificate ", good[0]), ("ssl_certificate_key ", good[1])):
        sample = re.sub(rf"(\n +{line})[^;]*;", rf"\g<1>{path};", sample)
    assert "proxies = unix" in sample and "X-Forwarded-For $remote_addr" in sample
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {sample} }}")
    done = subprocess.run(["/usr/sbin/nginx", "-t", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "start.log"],
                          capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
