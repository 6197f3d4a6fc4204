# SPDX-License-Identifier: ISC
"""A booking page stands on the sites that its account lists, and on no other."""
import contextlib
import functools
import http.server
import threading

import pytest

import kit

SNIPPET = """<!doctype html><html lang="en"><title>Another site</title><link rel="icon" href="data:,">
<script src="{base}/embed.js" async></script>
<p><a href="{base}/acme/intro" data-hourgate="inline">Book a time</a></p>
<p><a href="{base}/acme/intro" data-hourgate="popup">Open it</a></p>"""


@contextlib.contextmanager
def another_site(folder, base):
    (folder / "page.html").write_text(SNIPPET.format(base=base), encoding="utf-8")
    handler = functools.partial(type("Quiet", (http.server.SimpleHTTPRequestHandler,),
                                     {"log_message": lambda *_: None}), directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ancestors(answer):
    return answer.headers["Content-Security-Policy"].split("frame-ancestors ")[1]


def test_booked_from_another_site(make, tmp_path):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    with another_site(tmp_path, hourgate.base) as site:
        hourgate.command("account", "sites", "acme", "--sites", site)
        day = kit.day_after(2)
        said = kit.browser("embed.mjs", site, hourgate.base, day)
    assert said["height"] == said["inside"] and said["afterwards"] != "5000px"
    assert said["inline"] == said["opened"] == "Your booking is confirmed"
    assert said["focused"] == "Open it"
    assert said["cookies"] == 0 and said["complaints"] == []
    assert said["refused"] == 0 and "frame-ancestors" in said["told"]


def test_who_may_frame_is_said_by_the_account_alone(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    visitor = hourgate.visitor()
    assert ancestors(visitor.get("/acme/intro")) == "'none'"
    sites = "https://www.acme.example https://shop.acme.example:8443"
    hourgate.command("account", "sites", "acme", "--sites", sites)
    own = kit.path_of(visitor.book(visitor.starts(day=kit.day_after(2))[0]).json()["manage_url"])
    for path in ("/acme/intro", "/acme/intro?month=2030-01", own, own + "?move=1", own + "?cancel=1"):
        assert ancestors(visitor.get(path)) == sites, path
    for path in ("/", "/trust", "/sign-in", "/me", "/acme/nothing", "/b/nothing"):
        assert ancestors(visitor.get(path)) == "'none'", path
    hourgate.command("account", "sites", "acme")
    assert ancestors(visitor.get("/acme/intro")) == "'none'"


@pytest.mark.parametrize("sites", ["*", "https://*", "https://a.example;script-src *", "http://a.example", "'self'",
                                   "https://a.example/path", "https://a.example  https://b.example", "https://",
                                   "https://A.example", "https://a.example,https://b.example"])
def test_what_is_no_site_is_refused(make, sites):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    done = hourgate.run("account", "sites", "acme", "--sites", sites)
    assert done.returncode == 1 and "https://www.example.org" in done.stderr


def test_the_script_is_for_everybody(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    answer = hourgate.visitor().get("/embed.js")
    assert answer.status == 200 and answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.body) < 5000
