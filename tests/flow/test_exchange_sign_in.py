# SPDX-License-Identifier: ISC
"""Every way to sign in, from the booking page to the calendar, against programs of other people: a KDC and Apache
with mod_auth_gssapi, impacket's NTLMv2, squid, nginx; and tokens of the practice Exchange."""
import pathlib

import pytest

import kit
from counterpart import kerberos, programs, proxies, verifier

ANNA = "anna@practice.example"
CLIENT, SECRET = "app", "s3cret-of-the-app"


def connected(hourgate, url, *words, secret=kit.PASSWORD, user=("--user", "PRACTICE\\anna")):
    """Connect Anna's calendar at that address, through every check, and give her a page."""
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    password = [] if "--keytab" in words else ["--password-stdin"]
    hourgate.command("connection", "add", "acme", ANNA, "--server", url, *user, *words, *password,
                     stdin=secret + "\n" if password else "")
    return hourgate.page()


def book_move_cancel(practice, hourgate):
    """The main job; each step is seen in the calendar."""
    visitor, day = hourgate.visitor(), kit.day_after(3)

    def stand():
        return [kit.instant(item["Start"]) for item in practice.bookings(ANNA)]
    assert kit.at(day, 10) in visitor.starts(day=day)
    booked = visitor.book(kit.at(day, 10))
    assert booked.status == 201, booked.text
    assert stand() == [kit.at(day, 10)] and kit.at(day, 10) not in visitor.starts(day=day)
    link = kit.path_of(booked.json()["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 11)).status < 400
    assert stand() == [kit.at(day, 11)]
    assert kit.cancel(visitor, link).status < 400
    assert stand() == []


def problem(hourgate):
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    return row


def again(hourgate, secret):
    """Replace the password of the one connection."""
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin=secret + "\n")


def nothing_offered(hourgate):
    visitor, day = hourgate.visitor(), kit.day_after(5)
    return visitor.starts(day=day) == [] and visitor.book(kit.at(day, 10)).status == 409


# ---- Kerberos ----

@pytest.fixture(name="realm")
def fixture_realm(make, authority, good):
    """A practice Exchange behind Apache, which takes tickets of a KDC; an hourgate that knows the realm."""
    programs.need(*kerberos.NEEDED, *kerberos.APACHE_NEEDED)
    practice = make.practice(trusted_header=kerberos.HEADER, methods=["NTLM", "Basic"])
    with kerberos.Kdc({"anna": kit.PASSWORD}) as kdc, \
            kerberos.Apache(kdc, practice, good, authority.certificate) as apache:
        yield kdc, apache, practice, make.hourgate(settings={"upstream.krb5": kdc.config}).serve()


def tickets():
    """Return the ticket caches of this machine."""
    return {path for place in ("/tmp", "/dev/shm") for path in pathlib.Path(place).glob("krb5cc*")}


def test_kerberos_by_password_books(realm):
    _, apache, practice, hourgate = realm
    before = tickets()
    connected(hourgate, apache.url, "--method", "negotiate")
    book_move_cancel(practice, hourgate)
    assert {entry["scheme"] for entry in practice.journal() if entry["user"]} == {"header"}
    assert tickets() == before, "a ticket on disk"
    for path in hourgate.files():
        content = path.read_bytes()
        assert b"krbtgt" not in content and kit.PASSWORD.encode() not in content, path


def test_kerberos_by_keytab_books(realm):
    kdc, apache, practice, hourgate = realm
    keytab = kdc.keytab("anna", change=False)
    connected(hourgate, apache.url, "--method", "negotiate", "--keytab", keytab)
    keytab.unlink()  # it was sealed into the database
    hourgate.restart()
    book_move_cancel(practice, hourgate)


def test_kerberos_with_a_wrong_password_offers_nothing(realm):
    _, apache, practice, hourgate = realm
    connected(hourgate, apache.url, "--method", "negotiate")
    again(hourgate, "wrong")
    practice.forget()
    assert nothing_offered(hourgate) and nothing_offered(hourgate)
    assert problem(hourgate)["state"] == "refused" and "password" in problem(hourgate)["problem"]
    assert not any(entry["credential"] for entry in practice.journal())
    again(hourgate, kit.PASSWORD)
    book_move_cancel(practice, hourgate)


# ---- bearer tokens ----

class Hybrid:
    """A practice Exchange that takes the tokens that it issues, and an hourgate that goes through them."""

    def __init__(self, make, **oauth):
        roles = {CLIENT: {"secret": SECRET, "roles": ["full_access_as_app"]}}
        self.practice = make.practice(methods=["Bearer"], oauth={"clients": roles, **oauth})
        self.hourgate = make.hourgate().serve()

    def connect(self):
        place = self.practice.ews.partition("/EWS/")[0]
        return connected(self.hourgate, self.practice.ews, "--method", "bearer", "--token-server",
                         place + "/adfs/oauth2/token", "--client-id", CLIENT, "--scope", place + "/.default",
                         "--impersonate", ANNA, secret=SECRET, user=())

    def tokens(self):
        return len(self.practice.asked("Token"))


def test_a_token_books(make):
    hybrid = Hybrid(make)
    hybrid.connect()
    book_move_cancel(hybrid.practice, hybrid.hourgate)
    assert {entry["scheme"] for entry in hybrid.practice.journal()
            if entry["user"] and entry["operation"] != "Token"} == {"Bearer"}
    for path in hybrid.hourgate.files():
        assert SECRET.encode() not in path.read_bytes(), path


def test_a_token_that_ends_is_replaced(make):
    hybrid = Hybrid(make, lifetime=2)  # shorter than the five minutes of skew: replaced by its own clock
    hybrid.connect()
    book_move_cancel(hybrid.practice, hybrid.hourgate)
    hybrid.practice.misbehave("token_expired", operation="Token", count=1)
    hybrid.hourgate.restart()
    book_move_cancel(hybrid.practice, hybrid.hourgate)


def test_a_token_for_another_audience_is_not_got_again_and_again(make):
    hybrid = Hybrid(make)
    hybrid.connect()
    hybrid.practice.misbehave("token_wrong_audience", operation="Token")
    hybrid.hourgate.restart()
    hybrid.practice.forget()
    assert nothing_offered(hybrid.hourgate) and nothing_offered(hybrid.hourgate)
    assert hybrid.tokens() == 1 and problem(hybrid.hourgate)["state"] == "refused"


@pytest.mark.parametrize("skew", [-200, 200])
def test_a_clock_that_is_wrong_by_minutes_takes_tokens(make, skew):
    hybrid = Hybrid(make)
    hybrid.connect()
    hybrid.practice.api("POST", "/api/clock", {"skew": skew})  # the token was made by the right clock
    book_move_cancel(hybrid.practice, hybrid.hourgate)


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_that_is_wrong_by_hours_loses_nothing(make, skew):
    hybrid = Hybrid(make)
    hybrid.connect()
    assert hybrid.hourgate.visitor().starts(day=kit.day_after(3))
    hybrid.practice.api("POST", "/api/clock", {"skew": skew})
    start = kit.at(kit.day_after(6), 10)
    booked = hybrid.hourgate.visitor().book(start)
    stand = [kit.instant(item["Start"]) for item in hybrid.practice.bookings(ANNA)]
    assert (booked.status == 201) == (stand == [start]), "said one thing, did another"


# ---- NTLMv2, verified by impacket ----

def test_ntlmv2_as_impacket_verifies_it(make, authority, good, tmp_path):
    programs.need(*verifier.NEEDED)
    practice = make.practice(trusted_header=kerberos.HEADER)
    hourgate = make.hourgate().serve()
    with verifier.NtlmServer(tmp_path / "ntlm", practice, good, authority.certificate, kerberos.HEADER,
                             {"anna": kit.PASSWORD}) as server:
        connected(hourgate, server.url)
        book_move_cancel(practice, hourgate)
        practice.forget()
        again(hourgate, "wrong")
        assert nothing_offered(hourgate) and practice.journal() == []
        assert problem(hourgate)["state"] == "refused"


# ---- proxies ----

def through(squid, folder, password=proxies.PASSWORD):
    """Return the settings with which everything goes through a proxy."""
    if not squid.method:
        return {"upstream.proxy": squid.url}
    secret = folder / "proxy-password"
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    return {"upstream.proxy": squid.url.replace("http://", f"http://{proxies.USER}@"),
            "upstream.proxy_method": squid.method, "upstream.proxy_password_file": secret}


@pytest.fixture(name="squid", params=[None, "basic", "digest"])
def fixture_squid(request):
    programs.need(*proxies.SQUID_NEEDED)
    with proxies.Squid(request.param) as squid:
        squid.method = request.param
        yield squid


@pytest.fixture(name="closed", params=["basic", "digest"])
def fixture_closed(request):
    programs.need(*proxies.SQUID_NEEDED)
    with proxies.Squid(request.param) as squid:
        squid.method = request.param
        yield squid


def test_everything_goes_through_squid(make, tmp_path, squid):
    practice = make.practice()
    hourgate = make.hourgate(settings=through(squid, tmp_path)).serve()
    connected(hourgate, practice.ews)
    book_move_cancel(practice, hourgate)
    kit.wait_until("squid writes its log", lambda: any("CONNECT localhost" in line for line in squid.seen()))
    assert proxies.PASSWORD not in hourgate.log()


def test_a_wrong_proxy_password_blames_no_mailbox(make, tmp_path, closed):
    practice = make.practice()
    hourgate = make.hourgate(settings=through(closed, tmp_path, "wrong-password")).serve()
    hourgate.host(practice, unchecked=True).page()
    assert nothing_offered(hourgate)
    assert problem(hourgate)["state"] == "ok" and "407" in problem(hourgate)["problem"]
    assert practice.journal() == [] and "wrong-password" not in hourgate.log()


# ---- nginx before Exchange ----

@pytest.mark.parametrize("buffering", [True, False], ids=["small-buffers", "no-buffering"])
def test_nginx_before_exchange(make, good, buffering):
    programs.need(*proxies.NGINX_NEEDED)
    day = kit.day_after(2)
    events = [kit.event("x" * 200, kit.at(day, 8, 0) + kit.datetime.timedelta(days=n % 30, minutes=n // 30), 1)
              for n in range(600)]  # an answer of many buffers
    practice = make.practice(kit.person(ANNA, events))
    hourgate = make.hourgate().serve()
    with proxies.Nginx(practice, good, buffering) as nginx:
        connected(hourgate, nginx.url, "--method", "basic")
        book_move_cancel(practice, hourgate)
        practice.misbehave("truncated")
        assert nothing_offered(hourgate)
        practice.behave()
        book_move_cancel(practice, hourgate)


