# SPDX-License-Identifier: ISC
"""A mail server for flows: aiosmtpd with STARTTLS or TLS and a sign-in, which keeps what it took and can be told
to refuse, to put off, and to hang up at the worst moment."""
import email
import email.policy
import ssl

import icalendar
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

import kit

USER, PASSWORD = "hourgate@post.example", "Post-Makes-Perfect-88"
SENDER = "booking@post.example"


class Handler:
    """What the server does with a mail, by its script."""

    def __init__(self):
        self.taken = []      # (recipient, bytes) of each message that was taken
        self.seen = []       # likewise, of each whose DATA arrived, taken or not
        self.recipients = [] # every RCPT TO
        self.script = {}     # "mail", "rcpt", "data": the answer instead of 250; or "drop"

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        if self.script.get("mail"):
            return self.script["mail"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        self.recipients.append(address)
        if self.script.get("rcpt"):
            return self.script["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        mail = (envelope.rcpt_tos[0], envelope.content)
        self.seen.append(mail)
        answer = self.script.get("data")
        if answer == "drop":  # the worst moment: all of it is here, and no answer goes back
            self.taken.append(mail)
            server.transport.abort()
            return "421 gone"
        if answer:
            return answer
        self.taken.append(mail)
        return "250 taken"


def _sign_in(_server, _session, _envelope, mechanism, data):
    good = (mechanism in ("PLAIN", "LOGIN") and isinstance(data, LoginPassword) and
            data == LoginPassword(USER.encode(), PASSWORD.encode()))
    return AuthResult(success=good)


class AnyPort(Controller):
    """At the port that the system chose."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Post:
    """The server, at a port of its own on loopback."""

    def __init__(self, certificate, tls=False, sign_in=True):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        self.handler, self.tls = Handler(), tls
        more = {"authenticator": _sign_in, "auth_required": True, "auth_require_tls": not tls} if sign_in else {}
        self.controller = AnyPort(
            self.handler, hostname="127.0.0.1", port=0, ssl_context=context if tls else None,
            tls_context=None if tls else context, require_starttls=not tls, ident="practice post", **more)
        self.controller.start()
        self.port = self.controller.port

    def settings(self, folder):
        """Return hourgate's settings for this server; the password file goes into folder."""
        password = folder / "mail-password"
        if not password.exists():
            password.write_text(PASSWORD + "\n")
            password.chmod(0o400)
        scheme = "smtps" if self.tls else "smtp+starttls"
        return {"mail.server": f"{scheme}://localhost:{self.port}", "mail.user": USER,
                "mail.password_file": password, "mail.from": SENDER, "mail.timeout": 5, "mail.retry": 1}

    def stop(self):
        self.controller.stop()

    @property
    def taken(self):
        return [Mail(*one) for one in list(self.handler.taken)]

    def of(self, recipient):
        return [mail for mail in self.taken if mail.recipient == recipient]


class Mail:
    """A message that was taken, as its reader's program sees it."""

    def __init__(self, recipient, data):
        self.recipient, self.data = recipient, data
        self.message = email.message_from_bytes(data, policy=email.policy.default)
        self.subject, self.id = self.message["Subject"], self.message["Message-ID"]

    def part(self, kind):
        for part in self.message.walk():
            if part.get_content_type() == kind:
                return part
        return None

    @property
    def text(self):
        return self.part("text/plain").get_content()

    @property
    def html(self):
        return self.part("text/html").get_content()

    @property
    def method(self):
        part = self.part("text/calendar")
        return part and part.get_param("method")

    @property
    def event(self):
        """The one event in it, read by an independent parser; both copies are the same."""
        part = self.part("text/calendar")
        if not part:
            return None
        attached = self.part("application/ics").get_payload(decode=True)
        assert attached == part.get_payload(decode=True)
        calendar = icalendar.Calendar.from_ical(attached)
        assert calendar["METHOD"] == self.method
        events = [each for each in calendar.walk() if each.name == "VEVENT"]
        assert len(events) == 1
        return events[0]


def office(make, server, build=kit.BUILD, env=None, settings=None, **rules):
    """A practice, an hourgate that mails by the server, anna's page; returns (practice, hourgate, a visitor)."""
    practice = make.practice()
    hourgate = make.hourgate(build=build, env=env)
    hourgate.configure({**server.settings(hourgate.folder), **(settings or {})})
    hourgate.serve().host(practice).page(**rules)
    return practice, hourgate, hourgate.visitor()
