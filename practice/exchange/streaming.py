# SPDX-License-Identifier: ISC
"""Streaming notifications: Subscribe, Unsubscribe, and the long answer of GetStreamingEvents.

A subscription looks at the logs of its folders from where it stood last, so that nothing is lost
between two connections; half an hour without one ends it. It lives on one of the servers behind
the address (`back_ends`): which one a call gets to, chance decides, unless it carries the cookie
that the answer to a Subscribe with X-PreferServerAffinity gave out.
"""

import base64
import itertools
import secrets
import threading
import time

from . import schema, soap
from .schema import T
from .soap import Fault, ItemError, message, response, tag
from .store import change_key, make_id

COOKIE = "X-BackEndOverrideCookie"
STEP_SECONDS = 0.05
EVENTS = {"Create": "CreatedEvent", "Update": "ModifiedEvent", "Delete": "DeletedEvent"}
_turn = itertools.count()
_lock = threading.Lock()


class Subscription:
    def __init__(self, back_end, caller, mailbox, folders, events):
        self.id = base64.b64encode(secrets.token_bytes(48)).decode()
        self.back_end, self.caller, self.mailbox = back_end, caller, mailbox
        self.folders, self.events = folders, events     # folders: numbers, None is all
        self.position = len(mailbox.log)
        self.idle_since, self.streams = None, 0

    def news(self):
        """Return the events since the last look as markup, and go on from here."""
        mailbox = self.mailbox
        with mailbox.lock:
            log, start = mailbox.log, self.position
            self.position = len(log)
            found = [self._event(log, at) for at in range(start, len(log))]
            changed = {log[at][2] for at in range(start, len(log))}
        found = [event for event in found if event]
        if found and "ModifiedEvent" in self.events:
            found += [self._folder_event(number) for number in sorted(changed)
                      if self._covers(number)]
        return "".join(found)

    def _covers(self, folder):
        return self.folders is None or folder in self.folders

    def _event(self, log, at):
        kind, number, folder = log[at]
        trash = self.mailbox.folder(name="deleteditems").number
        moved = kind == "Delete" and at + 1 < len(log) and log[at + 1][0] == "Create" \
            and log[at + 1][2] == trash and folder != trash
        name = "MovedEvent" if moved else EVENTS[kind]
        if not self._covers(folder) or name not in self.events:
            return None
        if moved:
            return self._wrap(name, self._item("ItemId", log[at + 1][1])
                              + self._folder("ParentFolderId", trash)
                              + self._item("OldItemId", number)
                              + self._folder("OldParentFolderId", folder))
        return self._wrap(name, self._item("ItemId", number)
                          + self._folder("ParentFolderId", folder))

    def _folder_event(self, number):
        parent = self.mailbox.folder(number).parent
        return self._wrap("ModifiedEvent", self._folder("FolderId", number)
                          + self._folder("ParentFolderId", parent.number))

    @staticmethod
    def _wrap(name, content):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return tag("t:" + name, tag("t:TimeStamp", stamp) + content)

    def _item(self, name, number):
        return tag("t:" + name, Id=make_id(self.mailbox, "I", number), ChangeKey="DwAAAA==")

    def _folder(self, name, number):
        return tag("t:" + name, Id=make_id(self.mailbox, "F", number),
                   ChangeKey=change_key(number, 0))


def back_end_of(world, http):
    """Return the number of the server behind that a call gets to."""
    cookies = dict(part.strip().partition("=")[::2]
                   for part in http.headers.get("cookie", "").split(";"))
    number = cookies.get(COOKIE, "").partition("~")[0].removeprefix("practice")
    if number.isdecimal() and int(number) < world.options["back_ends"]:
        return int(number)
    return next(_turn) % world.options["back_ends"]


def cookies_for(http, back_end):
    """Return the header fields that tell a caller who asked for it where it got to."""
    if http.headers.get("x-preferserveraffinity", "").lower() != "true":
        return []
    return [("Set-Cookie", f"{COOKIE}=practice{back_end:02}~1942061522; path=/; secure; HttpOnly")]


class Streaming:
    """All subscriptions of one world."""

    def __init__(self, world):
        self._world, self._all, self._streams = world, {}, {}

    def _living(self):
        """Return the subscriptions by id, without those that have expired. Lock held."""
        now = self._world.clock()
        for one in [*self._all.values()]:
            if not one.streams and one.idle_since is not None \
                    and now - one.idle_since > self._world.options["subscription_seconds"]:
                del self._all[one.id]
        return self._all

    def subscribe(self, context, request, caller, back_end):
        wanted = request.element[0]
        if schema.split(wanted.tag)[1] != "StreamingSubscriptionRequest":
            raise Fault("ErrorInvalidRequest", "Only streaming subscriptions are supported here.")
        try:
            content = self._subscribe(context, wanted, caller, back_end)
            done = message("SubscribeResponseMessage", content)
        except ItemError as error:
            done = message("SubscribeResponseMessage", "", error)
        return soap.envelope(response("Subscribe", [done]))

    def _subscribe(self, context, wanted, caller, back_end):
        places = wanted.find(f"{{{T}}}FolderIds")
        every = wanted.get("SubscribeToAllFolders") in ("true", "1")
        if every == (places is not None):
            raise ItemError("ErrorInvalidSubscriptionRequest",
                            "Either folders or all folders must be subscribed to.")
        found = [context.folder(place, "reviewer") for place in places] if places is not None \
            else [(context.own_mailbox(), None)]
        mailbox = found[0][0]
        if any(other is not mailbox for other, _ in found):
            raise ItemError("ErrorInvalidSubscriptionRequest",
                            "All folders of a subscription must be of one mailbox.")
        if mailbox is not context.user.mailbox:
            raise ItemError("ErrorSubscriptionDelegateAccessNotSupported",
                            "Subscriptions are not supported for delegate user access.")
        events = {one.text for one in wanted.find(f"{{{T}}}EventTypes")}
        one = Subscription(back_end, caller.name, mailbox,
                           None if every else {folder.number for _, folder in found}, events)
        one.idle_since = self._world.clock()
        with _lock:
            used = sum(other.mailbox is mailbox for other in self._living().values())
            if used >= self._world.options["max_subscriptions"]:
                raise ItemError("ErrorExceededSubscriptionCount",
                                "You have exceeded the available subscriptions for your account.")
            self._all[one.id] = one
        return tag("m:SubscriptionId", one.id)

    def unsubscribe(self, request, caller, back_end):
        identity = request.element[0].text
        with _lock:
            one = self._living().get(identity)
            fits = one is not None and one.back_end == back_end and one.caller == caller.name
            if fits:
                del self._all[identity]
        error = None if fits else ItemError("ErrorSubscriptionNotFound",
                                            "The specified subscription was not found.")
        return soap.envelope(response("Unsubscribe", [
            message("UnsubscribeResponseMessage", "", error)]))

    def stream(self, connection, request, caller, back_end, rule):
        """Return an iterator over the documents of a long answer, or bytes where there is none."""
        wanted = [one.text for one in request.element[0]]
        minutes = int(request.element[1].text)
        with _lock:
            known = self._living()
            found = [known[one] for one in wanted if one in known
                     and known[one].back_end == back_end and known[one].caller == caller.name]
            lost = [one for one in wanted if one not in {other.id for other in found}]
            if rule and rule["mode"] == "stream_lost":
                lost = wanted
            if lost:
                return _document(error=ItemError("ErrorSubscriptionNotFound", "Subscription not "
                                                 "found."), lost=lost)
            used = self._streams.get(caller.name, 0)
            if used >= self._world.options["max_streams"]:
                raise Fault("ErrorExceededConnectionCount", values={
                    "Policy": "HangingConnectionLimit",
                    "MaxConcurrencyLimit": self._world.options["max_streams"]})
            self._streams[caller.name] = used + 1
            for one in found:
                one.streams += 1
        seconds = minutes * self._world.options["minute_seconds"]
        return self._run(connection, caller, found, seconds, rule["mode"] if rule else None)

    def _run(self, connection, caller, found, seconds, mode):
        try:
            yield from self._documents(connection, found, seconds, mode)
        finally:
            with _lock:
                self._streams[caller.name] -= 1
                for one in found:
                    one.streams -= 1
                    one.idle_since = self._world.clock()

    def _documents(self, connection, found, seconds, mode):
        end = time.monotonic() + seconds
        beat = self._world.options["heartbeat"]
        if mode == "stream_mute":
            yield from _nothing(connection, end)
        yield _document(status="OK") + b"\r\n"
        if mode == "stream_closes":
            end = 0
        if mode == "stream_garbage":
            yield b"<Envelope><<<< \x00 this is no XML </Envelope>"
        if mode == "stream_busy":
            yield _document(error=ItemError("ErrorServerBusy", None, {"BackOffMilliseconds": 3000}))
            return
        if mode == "stream_silent":
            yield from _nothing(connection, end)
        next_beat = time.monotonic() + beat
        while time.monotonic() < end:
            if connection.is_gone():
                return
            for one in found:
                with _lock:
                    alive = one.id in self._living()
                if not alive:
                    yield _document(error=ItemError("ErrorSubscriptionUnsubscribed",
                                                    "Subscription was unsubscribed."),
                                    lost=[one.id])
                    return
                if news := one.news():
                    body = _document(tag("m:Notifications", tag(
                        "m:Notification", tag("t:SubscriptionId", one.id) + news)))
                    if mode == "stream_cut":
                        yield body[:len(body) // 2]
                        connection.break_off()
                    yield body + b"\r\n"
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + beat
                yield _document(status="OK") + b"\r\n"
            time.sleep(STEP_SECONDS)
        yield _document(status="Closed")


def _nothing(connection, end):
    while time.monotonic() < end and not connection.is_gone():
        time.sleep(STEP_SECONDS)
    yield b" "


def _document(content="", status=None, error=None, lost=()):
    if lost:
        content += tag("m:ErrorSubscriptionIds", "".join(
            tag("t:SubscriptionId", one) for one in lost))
    if status:
        content += tag("m:ConnectionStatus", status)
    body = message("GetStreamingEventsResponseMessage", content, error)
    whole = soap.envelope(response("GetStreamingEvents", [body]))
    return whole[whole.index(b"?>") + 2:]      # real ones come without an XML declaration
