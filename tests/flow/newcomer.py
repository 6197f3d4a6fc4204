# SPDX-License-Identifier: ISC
"""What a newcomer does once the package is installed, inside a clean root (test_newcomer.py): set up by the link, connect the
practice Exchange, book. Prints a line for each thing that was seen."""
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
    """The three screens, as curl would send them."""
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


def main():
    with tempfile.TemporaryDirectory() as folder:
        practice = kit.Practice(pathlib.Path(folder) / "exchange", mailboxes=[kit.person(OWNER)])
        trust(practice)
        with subprocess.Popen(["hourgate", "serve"], stdout=subprocess.PIPE, text=True) as server:
            ready = server.stdout.readline()
            assert ready == "ready http://127.0.0.1:8080\n", ready
            visitor = kit.Visitor("http://127.0.0.1:8080")
            set_up(visitor)
            assert "refused" in hourgate("check", "jail")
            hourgate("connection", "add", "acme", OWNER, "--server", practice.ews, "--user", "PRACTICE\\anna",
                     "--password-stdin", stdin=kit.PASSWORD + "\n")
            print("connected")
            hourgate("page", "put", "acme", "intro", "--host", OWNER, "--title", "A first conversation", "--duration", 30,
                     "--hours", "mon-sun 09:00-17:00")
            day = kit.day_after(3)
            assert visitor.book(kit.at(day, 10)).status == 201
            assert len(practice.bookings(OWNER)) == 1
            print("booked")
            server.terminate()
            assert server.wait(30) == 0
        practice.stop()


main()
