# SPDX-License-Identifier: ISC
"""What a newcomer does once the package is installed, inside a clean root (test_newcomer.py): set up by the link, connect the
practice Exchange, book. Prints a line for each thing that was seen."""
import datetime
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import kit

OWNER, WORDS = "anna@practice.example", "correct horse battery"
CONFIG = pathlib.Path("/etc/hourgate/hourgate.conf")


def hourgate(*words, stdin=""):
    done = subprocess.run(["hourgate", *map(str, words)], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"hourgate {words}: {done.stdout}{done.stderr}")
    return done.stdout


def trust(practice):
    """A private CA and a private network, as hourgate.conf(5) has them."""
    text = CONFIG.read_text()
    roots = pathlib.Path("/etc/hourgate/roots.pem")
    roots.write_bytes(pathlib.Path(practice.roots).read_bytes())
    text = re.sub("; roots = .*", f"roots = {roots}", text)
    CONFIG.write_text(re.sub("; networks = .*", "networks = 127.0.0.0/8", text))


def set_up(visitor):
    """The three screens, as a browser sends them; return what says who is signed in."""
    link = urllib.parse.urlsplit(hourgate("setup", "link").strip()).path
    assert "Not set up yet" in visitor.get("/").text
    assert visitor.get(link).status == 200
    begun = visitor.form(link, account_name="Acme", account="acme", kind="corporate", name="Anna Muster", email=OWNER,
                         zone=kit.ZONE, password=WORDS)
    assert begun.status == 303, begun.text
    cookie = begun.headers["Set-Cookie"].split(";")[0]
    data = visitor.get("/setup/done", Cookie=cookie)
    assert "/var/lib/hourgate/hourgate.db" in data.text and "locked into its own part" in data.text
    form = re.search(r'name="form" value="([\w-]{43})"', data.text).group(1)
    fields = urllib.parse.urlencode({"form": form, "location": "Bern"}).encode()
    done = visitor.ask("POST", "/setup/done", fields, Cookie=cookie, Content_Type="application/x-www-form-urlencoded")
    assert done.status == 303 and "Anna Muster" in visitor.get(done.headers["Location"], Cookie=cookie).text
    print("set up")
    return cookie


def place(visitor, cookie, path, **fields):
    """Send a form of a page of the owner's place."""
    form = re.search(r'name="form" value="([\w-]{43})"', visitor.get(path, Cookie=cookie).text).group(1)
    return visitor.ask("POST", path, urllib.parse.urlencode({"form": form, **fields}).encode(), Cookie=cookie,
                       Content_Type="application/x-www-form-urlencoded")


def use(server, practice):
    ready = server.stdout.readline()
    assert ready == "ready http://127.0.0.1:8080\n", ready
    visitor = kit.Visitor("http://127.0.0.1:8080")
    cookie = set_up(visitor)
    assert "refused" in hourgate("check", "jail")
    connected = place(visitor, cookie, "/connections/new", email=OWNER, server=practice.ews, user="PRACTICE\\anna",
                      password=kit.PASSWORD, method="ntlm", impersonate="")
    assert connected.status == 200 and "All layers hold" in connected.text, connected.text
    print("connected")
    made = place(visitor, cookie, "/pages/new", title="A first conversation", page="intro", duration=30, hours="9-17")
    assert made.status == 303, made.text
    day = kit.day_after(3)
    while day.weekday() > 4:
        day += datetime.timedelta(days=1)
    assert visitor.book(kit.at(day, 10)).status == 201
    assert len(practice.bookings(OWNER)) == 1
    print("booked")


def main():
    with tempfile.TemporaryDirectory() as folder:
        practice = kit.Practice(pathlib.Path(folder) / "exchange", mailboxes=[kit.person(OWNER)])
        trust(practice)
        with subprocess.Popen(["hourgate", "serve"], stdout=subprocess.PIPE, text=True) as server:
            try:
                use(server, practice)
            finally:
                server.terminate()
            assert server.wait(30) == 0
        practice.stop()


main()
