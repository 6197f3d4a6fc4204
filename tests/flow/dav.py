# SPDX-License-Identifier: ISC
"""Real CalDAV servers (Radicale, Xandikos) behind a front that ends TLS, wants an app password, keeps a journal and
misbehaves where it is told to. The servers are Debian's own, unchanged; all harm is done by the front. A practice
feed, which is nothing but a file over HTTPS, is the front alone."""
import base64
import datetime
import http.client
import http.server
import re
import shutil
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as ElementTree
import zoneinfo

import kit

USER, ADDRESS = "anna", "anna@practice.example"
UTC = datetime.timezone.utc
ElementTree.register_namespace("weird", "DAV:")
ElementTree.register_namespace("odd", "urn:ietf:params:xml:ns:caldav")
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Zurich
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE"""
STATUS = {"Free": "TRANSP:TRANSPARENT", "Tentative": "STATUS:TENTATIVE", "Busy": "TRANSP:OPAQUE",
          "OOF": "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "WorkingElsewhere": "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"}


# ---- events as objects ----

def stamp(name, text, all_day=False):
    """Write a time of kit.event as a property: an instant in UTC, a wall clock in Zurich."""
    digits = re.sub(r"[-:]", "", text)
    if all_day:
        return f"{name};VALUE=DATE:{digits[:8]}"
    return f"{name}:{digits}" if text.endswith("Z") else f"{name};TZID=Europe/Zurich:{digits}"


def escaped(text):
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def in_utc(text, zone):
    then = datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def vevent(uid, event, extra=()):
    if "zone" in event:
        event = {**event, **{name: in_utc(event[name], event["zone"]) for name in ("start", "end")}}
    all_day = event.get("all_day", False)
    lines = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", stamp("DTSTART", event["start"], all_day),
             stamp("DTEND", event["end"], all_day), f"SUMMARY:{escaped(event['subject'])}",
             STATUS[event.get("status", "Busy")], *extra]
    if event.get("body"):
        lines.append(f"DESCRIPTION:{escaped(event['body'])}")
    if event.get("location"):
        lines.append(f"LOCATION:{escaped(event['location'])}")
    if event.get("sensitivity"):
        lines.append(f"CLASS:{event['sensitivity'].upper()}")
    return [*lines, "END:VEVENT"]


def as_object(uid, event):
    """Write an event of kit.event, with its recurrence, as a calendar object."""
    rule, extra, more = event.get("recurrence"), [], []
    if rule:
        extra.append(f"RRULE:FREQ={rule['kind'].upper()};INTERVAL={rule.get('interval', 1)};COUNT={rule['count']}")
        extra += [stamp("EXDATE", each) for each in rule.get("deleted", ())]
        for each in rule.get("modified", ()):
            more += vevent(uid, {**event, **each}, [stamp("RECURRENCE-ID", each["original"])])
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//practice//EN", *ZONE.split("\n"),
             *vevent(uid, event, extra), *more, "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def value(lines, name):
    for line in lines:
        if re.match(rf"{name}[;:]", line):
            return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1],
                          line.partition(":")[2])
    return ""


# ---- servers ----

def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Radicale:
    takes_whole = True  # a calendar by one PUT
    home = f"/{USER}/"
    calendar, second = f"/{USER}/work/", f"/{USER}/projects/"

    @staticmethod
    def there():
        return shutil.which("radicale")

    @staticmethod
    def command(folder, port):
        config = folder / "radicale.conf"
        config.write_text(f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = none\n[rights]\ntype = owner_only\n"
                          f"[storage]\nfilesystem_folder = {folder}/radicale\n[logging]\nlevel = warning\n")
        return ["radicale", "--config", config]


class Xandikos:
    takes_whole = False
    home = f"/{USER}/calendars/"
    calendar, second = f"/{USER}/calendars/calendar/", f"/{USER}/calendars/projects/"

    @staticmethod
    def there():
        return shutil.which("xandikos")

    @staticmethod
    def command(folder, port):
        (folder / "xandikos").mkdir()
        return ["xandikos", "-d", folder / "xandikos", "-l", "127.0.0.1", "-p", port, "--defaults",
                "--current-user-principal", f"/{USER}/"]


# ---- the front ----

def operation_of(verb, headers, body):
    """Name a request as journals and faults name it."""
    if verb == "PUT":
        return "Create" if headers.get("If-None-Match") else "Update"
    for word, name in (("calendar-query", "Query"), ("calendar-multiget", "Multiget"), ("sync-collection", "Sync")):
        if verb == "REPORT" and word.encode() in body:
            return name
    return verb.title()


class Front(http.server.ThreadingHTTPServer):
    """Ends TLS, wants a password, passes on, keeps a journal, misbehaves."""

    daemon_threads = True
    protocol_version = "HTTP/1.1"

    def __init__(self, certificate, upstream, password, well_known, feed=None):
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.context, self.upstream, self.password, self.well_known = context, upstream, password, well_known
        self.feed = feed
        self.journal, self.rules, self.lock = [], [], threading.Lock()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        try:
            request.settimeout(60)
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:
            pass

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what some tests are about

    def rule_for(self, operation):
        with self.lock:
            for rule in self.rules:
                if rule["operation"] not in ("*", None) and operation not in rule["operation"].split("|"):
                    continue
                if rule.get("skip", 0) > 0:
                    rule["skip"] -= 1
                    continue
                if rule.get("count") == 0:
                    continue
                if "count" in rule:
                    rule["count"] -= 1
                return rule
        return None

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = operation_of(self.command, self.headers, body)
        credential = self.headers.get("Authorization", "")
        entry = {"operation": operation, "verb": self.command, "path": self.path, "credential": bool(credential),
                 "scheme": credential.partition(" ")[0], "connection": self.client_address[1], "status": 0,
                 "if_match": self.headers.get("If-Match"), "body": body.decode(errors="replace")}
        self.server.journal.append(entry)
        if self.server.feed:
            rule = self.server.rule_for(operation)
            entry["status"] = self.misbehave(rule, body) if rule else self.answer(*self.passed_on(body))
            return None
        if self.path.startswith("/.well-known/caldav"):
            entry["status"] = 301
            return self.answer(301, {"Location": self.server.well_known}, b"")
        given = base64.b64decode(credential[6:]).decode() if credential.startswith("Basic ") else ""
        if given != f"{USER}:{self.server.password}":
            entry["status"] = 401
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="practice"'}, b"")
        rule = self.server.rule_for(operation)
        entry["status"] = self.misbehave(rule, body) if rule else self.answer(*self.passed_on(body))
        return None

    do_GET = do_PUT = do_DELETE = do_REPORT = do_PROPFIND = do_POST = do_OPTIONS = do_MKCALENDAR = handle_any
    do_PROPPATCH = do_MKCOL = do_MOVE = handle_any

    def passed_on(self, body):
        if self.server.feed:
            return self.server.feed(self.path, self.headers)
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=300)
        headers = {name: text for name, text in self.headers.items()
                   if name.lower() not in ("connection", "content-length", "accept-encoding")}
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer.status, dict(answer.getheaders()), content

    def answer(self, status, headers, content, length=None):
        self.send_response_only(status)
        for name, text in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)
        return status

    # ---- faults ----

    def misbehave(self, rule, body):
        return getattr(self, "do_fault_" + rule["mode"])(rule, body)

    def xml(self, content, status=207):
        return self.answer(status, {"Content-Type": "application/xml; charset=utf-8"}, content)

    def hang_up(self):
        self.close_connection = True
        self.connection.close()
        return 0

    def do_fault_truncated(self, _, body):
        status, headers, content = self.passed_on(body)
        self.answer(status, headers, content[:max(len(content) * 2 // 3, 1)], max(len(content), 2))
        return self.hang_up()

    def do_fault_stall(self, rule, _):
        time.sleep(rule["seconds"])
        return self.hang_up()

    def do_fault_slow(self, rule, body):
        status, headers, content = self.passed_on(body)
        self.answer(status, headers, content[:1], len(content))
        time.sleep(rule["seconds"])
        return self.hang_up()

    def do_fault_late(self, rule, body):
        time.sleep(rule["seconds"])
        return self.answer(*self.passed_on(body))

    def do_fault_html(self, rule, _):
        return self.answer(rule["status"], {"Content-Type": "text/html"}, b"<html><body>Sign in</body></html>")

    def do_fault_empty(self, rule, _):
        return self.answer(rule.get("status", 207), {"Content-Type": "application/xml"}, b"")

    def do_fault_body(self, rule, _):
        return self.xml(rule["content"].encode())

    def do_fault_huge(self, _, __):
        block = b"<!--" + b"x" * 65000 + b"-->"
        self.answer(207, {"Content-Type": "application/xml"}, b'<multistatus xmlns="DAV:">', 80 << 20)
        for _ in range(1200):
            self.wfile.write(block)
        return self.hang_up()

    def do_fault_http(self, rule, _):
        headers = {"Retry-After": str(rule["retry_after"])} if "retry_after" in rule else {}
        if "location" in rule:
            headers["Location"] = rule["location"]
        return self.answer(rule["status"], headers, b"")

    def do_fault_deny(self, _, __):
        return self.xml(b'<error xmlns="DAV:"><need-privileges/></error>', 403)

    def do_fault_drop_before(self, _, __):
        return self.hang_up()

    def do_fault_drop_after(self, _, body):
        self.passed_on(body)
        return self.hang_up()

    def do_fault_bad_times(self, _, body):
        status, headers, content = self.passed_on(body)
        return self.answer(status, headers, re.sub(rb"DTSTART[^\r\n&]*", b"DTSTART:tomorrow", content))

    def do_fault_read_back_wrong(self, rule, body):
        shift = datetime.timedelta(minutes=rule["minutes"])

        def moved(found):
            then = datetime.datetime.strptime(found[2].decode(), "%Y%m%dT%H%M%S") + shift
            return found[1] + then.strftime("%Y%m%dT%H%M%S").encode() + b"Z"
        return self.answer(*self.passed_on(re.sub(rb"(DT(?:START|END):)(\d{8}T\d{6})Z", moved, body)))

    def do_fault_error(self, rule, _):
        status = {"ErrorIrresolvableConflict": 412, "ErrorNonExistentMailbox": 404}[rule["code"]]
        return self.answer(status, {}, b"")

    def do_fault_drop_named_property(self, _, body):
        return self.answer(*self.passed_on(re.sub(rb"(UID:)[^\r\n]*", rb"\1another", body)))

    def do_fault_odd(self, _, body):
        """The same answer with other prefixes, whole addresses, and properties that are not there."""
        status, headers, content = self.passed_on(body)
        if status != 207:
            return self.answer(status, headers, content)
        root = ElementTree.fromstring(content)
        for response in root.findall("{DAV:}response"):
            href = response.find("{DAV:}href")
            href.text = f"\n  https://localhost:{self.server.port}{href.text.replace('%40', '@')}\n"
            missing = ElementTree.fromstring(
                '<propstat xmlns="DAV:"><prop><getetag/><unheard xmlns="urn:of">x</unheard></prop>'
                "<status>HTTP/1.1 404 Not Found</status></propstat>")
            response.append(missing)
            response.append(ElementTree.fromstring('<x xmlns="urn:of"><href xmlns="DAV:">/no</href></x>'))
        return self.xml(ElementTree.tostring(root))

    def do_fault_without_data(self, _, body):
        """List objects without what is in them, as some servers do."""
        status, headers, content = self.passed_on(body.replace(b"<C:calendar-data/>", b""))
        return self.answer(status, headers, content)

    def do_fault_cut_by_number(self, rule, body):
        """Give no more than so many responses, and say so (RFC 4791 7.8.1, RFC 6578 3.6)."""
        status, headers, content = self.passed_on(body)
        root = ElementTree.fromstring(content)
        responses = root.findall("{DAV:}response")
        if len(responses) <= rule["most"]:
            return self.answer(status, headers, content)
        for response in responses[rule["most"]:]:
            root.remove(response)
        root.append(ElementTree.fromstring(
            '<response xmlns="DAV:"><href>/</href><status>HTTP/1.1 507 Insufficient Storage</status>'
            "<error><number-of-matches-within-limits/></error></response>"))
        return self.xml(ElementTree.tostring(root))


# ---- all of it ----

class Server:
    """One CalDAV server with anna's calendar; anna's app password is kit.PASSWORD."""

    def __init__(self, make, backend, events=(), calendars=()):
        self.backend, self.trusted = backend, make.authority.certificate
        folder = make.folder / f"dav-{len(make.made)}"
        folder.mkdir()
        port = free_port()
        self._program = kit.Program(backend.command(folder, port), folder / "dav.log", cwd=folder)
        self._upstream = port
        kit.wait_until("the CalDAV server answers", self._answers)
        self.front = Front([str(path) for path in make.good], port, kit.PASSWORD, "/")
        self.port = self.front.port
        self.url = f"https://localhost:{self.port}"
        make.keep(self)
        for path in (backend.calendar, backend.second)[:1 + bool(calendars)]:
            if self.ask("PROPFIND", path, Depth="0")[0] == 404:
                status = self.ask("MKCALENDAR", path)[0]
                assert status == 201, status
        if len(events) > 100 and backend.takes_whole:
            self.put_whole(events)
        else:
            for n, event in enumerate(events):
                self.put(f"planted-{n}", event)

    def _answers(self):
        try:
            return self.ask("OPTIONS", "/")[0]
        except OSError:
            return False

    def ask(self, verb, path, body=b"", **headers):
        """Ask the server itself, past the front."""
        way = http.client.HTTPConnection("127.0.0.1", self._upstream, timeout=300)
        sign_in = "Basic " + base64.b64encode(f"{USER}:x".encode()).decode()
        way.request(verb, path, body, {"Authorization": sign_in,
                                       **{name.replace("_", "-"): text for name, text in headers.items()}})
        answer = way.getresponse()
        content = answer.read()
        way.close()
        return answer.status, content

    def put(self, uid, event, calendar=None):
        calendar = calendar or (self.backend.second if event.get("calendar") == "Projects" else self.backend.calendar)
        status, said = self.ask("PUT", f"{calendar}{uid}.ics", as_object(uid, event).encode(),
                                Content_Type="text/calendar")
        assert status in (201, 204), (status, said)

    def put_whole(self, events):
        """Write a calendar in one request."""
        lines = [line for n, event in enumerate(events)
                 for line in as_object(f"planted-{n}", event).split("\r\n")[4 + ZONE.count("\n"):-2]]
        whole = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//practice//EN", *ZONE.split("\n"), *lines,
                             "END:VCALENDAR", ""])
        status, said = self.ask("PUT", self.backend.calendar, whole.encode(), Content_Type="text/calendar")
        assert status in (201, 204), (status, said)

    def objects(self, calendar=None):
        """Return {href: (etag, text)} of a calendar."""
        calendar = calendar or self.backend.calendar
        _, content = self.ask("PROPFIND", calendar, b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
                              Depth="1", Content_Type="application/xml")
        found = {}
        for response in ElementTree.fromstring(content).findall("{DAV:}response"):
            href = response.findtext("{DAV:}href")
            if href.endswith(".ics"):
                found[href] = (response.findtext(".//{DAV:}getetag"), self.ask("GET", href)[1].decode())
        return found

    def items(self, _address=None):
        """Return what stands in the calendar, in the words of the practice Exchange; ours carry their uid."""
        items = []
        for href, (etag, text) in self.objects().items():
            lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
            begin = lines.index("BEGIN:VEVENT")
            lines = lines[begin:]
            uid = value(lines, "UID")
            items.append({
                "Folder": "calendar", "Id": href, "ChangeKey": etag, "Subject": value(lines, "SUMMARY"),
                "Body": value(lines, "DESCRIPTION"), "Location": value(lines, "LOCATION"),
                "LegacyFreeBusyStatus": value(lines, "X-MICROSOFT-CDO-BUSYSTATUS").title(),
                "Start": value(lines, "DTSTART"), "End": value(lines, "DTEND"),
                "ExtendedProperties": [] if uid.startswith("planted-") else [{"value": uid}]})
        return sorted(items, key=lambda item: bool(item["ExtendedProperties"]))

    def journal(self):
        return [entry for entry in self.front.journal if entry["operation"] != "Options"]

    def forget(self):
        self.front.journal.clear()

    def misbehave(self, mode, operation="*", **more):
        self.front.rules.insert(0, {"mode": mode, "operation": operation, **more})

    def behave(self):
        self.front.rules.clear()

    def api(self, *_):
        return {"sent": []}  # these servers mail nobody

    def stop(self):
        self.front.stop()
        return self._program.stop()


class Feed:
    """A calendar's feed at a secret address: all of it in one object, with an ETag."""

    secret = "/private-5eC4eT-Feed/basic.ics?token=Canary-Of-A-Feed"

    def __init__(self, make, events=()):
        self.trusted, self.etags = make.authority.certificate, True
        self.set(events)
        self.front = Front([str(path) for path in make.good], 0, None, None, feed=self.answer)
        self.port = self.front.port
        self.url = f"https://localhost:{self.port}{self.secret}"
        make.keep(self)

    def set(self, events):
        lines = [line for n, event in enumerate(events)
                 for line in as_object(f"planted-{n}", event).split("\r\n")[4 + ZONE.count("\n"):-2]]
        self.text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//practice//EN", *ZONE.split("\n"),
                                 *lines, "END:VCALENDAR", ""])

    def answer(self, path, headers):
        etag = f'"{hash(self.text) & 0xffffffff:08x}"'
        if path != self.secret:
            return 404, {}, b""
        if self.etags and headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        more = {"ETag": etag} if self.etags else {}
        return 200, {"Content-Type": "text/calendar; charset=utf-8", **more}, self.text.encode()

    def journal(self):
        return list(self.front.journal)

    def forget(self):
        self.front.journal.clear()

    def misbehave(self, mode, operation="*", **more):
        self.front.rules.insert(0, {"mode": mode, "operation": operation, **more})

    def behave(self):
        self.front.rules.clear()

    def stop(self):
        self.front.stop()


def moment(text):
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


