# SPDX-License-Identifier: ISC
"""The EWS endpoint: from a request that somebody signed in for to an answer, faults included."""

import threading
import time

from . import odd, operations, soap, streaming
from .misbehave import REPLACE, Answer, replacement, spoil
from .soap import Fault


def answer(connection, http, entry, user):
    """Return the Answer to one request by a user."""
    if http.method != "POST":
        return Answer(405 if http.method != "GET" else 200, b"", "text/html")
    if not http.headers.get("content-type", "").lower().startswith("text/xml"):
        return Answer(415)
    try:
        return _soap(connection, http, entry, user)
    except Fault as error:
        return Answer(500, soap.fault(error))


def _soap(connection, http, entry, user):
    world = connection.world
    request = soap.read(http.body)
    entry["operation"] = request.operation
    action = http.headers.get("soapaction", "").strip('"')
    if action and not action.endswith("/" + request.operation):
        raise Fault("ErrorInvalidRequest", "The SOAP action does not fit the request.")
    caller, user = user, _impersonated(world, user, request, entry)
    if user.mailbox is not None and user.mailbox.home == "online":
        raise Fault("ErrorNonExistentMailbox")      # it has moved to the cloud; the account stays
    addresses = operations.aimed_at(world, request.element, user)
    entry["mailbox"] = ", ".join(addresses)
    rule = connection.misbehaviour.take(request.operation, [user.address.lower(), *addresses])
    if rule and rule["mode"] == "sign_out":
        entry["misbehaved"] = "sign_out"
        return connection.sign_in.sign_out()
    with Slot(world, user):
        if request.operation in STREAMING and not (rule and rule["mode"] in REPLACE):
            return _stream(connection, http, request, Asker(caller, user), rule, entry)
        return _carry_out(world, request, user, rule, entry)


class Asker:
    """Who has signed in, and who acts by that."""

    def __init__(self, caller, user):
        self.caller, self.user = caller, user


def _stream(connection, http, request, asker, rule, entry):
    """Carry out what has to do with subscriptions: it matters who asks, and which server it is."""
    world, streams = connection.world, connection.world.streaming
    back_end = streaming.back_end_of(world, http)
    entry["misbehaved"] = rule["mode"] if rule else None
    entry["back_end"] = back_end
    if rule and rule["mode"] == "slow":
        time.sleep(rule.get("seconds", 1))
    if request.operation == "Subscribe":
        context = operations.Context(world, asker.user, rule)
        body = streams.subscribe(context, request, asker.caller, back_end)
    elif request.operation == "Unsubscribe":
        body = streams.unsubscribe(request, asker.caller, back_end)
    else:
        body = streams.stream(connection, request, asker.caller, back_end, rule)
    done = Answer(body=body, headers=streaming.cookies_for(http, back_end))
    if not isinstance(body, bytes):
        done.headers.append(("X-NoBuffering", "1"))
    return spoil(done, rule)


STREAMING = frozenset("Subscribe Unsubscribe GetStreamingEvents".split())


def _impersonated(world, user, request, entry):
    """Return the user who acts: the one signed in, or the one in ExchangeImpersonation."""
    if request.impersonate is None:
        if user.application:
            raise Fault("ErrorImpersonationRequired")
        return user
    kind, address = request.impersonate
    entry["impersonated"] = address
    if not user.application and user.address.lower() not in world.impersonators:
        raise Fault("ErrorImpersonateUserDenied")
    other = world.user_of(address) if kind != "SID" else None
    if other is None or other.mailbox is None:
        raise Fault("ErrorNonExistentMailbox")
    return other


def _carry_out(world, request, user, rule, entry):
    mode = rule["mode"] if rule else None
    entry["misbehaved"] = mode
    if mode == "slow":
        time.sleep(rule.get("seconds", 1))
    if mode in REPLACE:
        if rule.get("process"):
            operations.perform(world, user, request, None)
        done = replacement(rule, lambda error: operations.refuse(request, error))
    else:
        done = Answer(body=operations.perform(world, user, request, rule))
    if mode == "odd_shapes":
        done.body = odd.reshape(done.body)
    elif mode == "no_offsets":
        done.body = odd.without_offsets(done.body)
    return spoil(done, rule)


class Slot:
    """One of the requests that a caller may have in flight at a time (EWSMaxConcurrency)."""

    def __init__(self, world, user):
        self._owner, self._most = user.mailbox or user, world.options["max_concurrency"]

    def __enter__(self):
        with SLOT_LOCK:
            used = getattr(self._owner, "in_flight", 0) + 1
            if used > self._most:
                raise Fault("ErrorExceededConnectionCount", values={
                    "Policy": "MaxConcurrency", "MaxConcurrencyLimit": self._most,
                    "ErrorMessage": "This operation exceeds the throttling budget for policy part "
                                    f"'MaxConcurrency', policy value '{self._most}',  Budget type: "
                                    "'Ews'.  Suggested backoff time 0 ms."})
            self._owner.in_flight = used
            self._owner.peak_in_flight = max(used, getattr(self._owner, "peak_in_flight", 0))

    def __exit__(self, *_):
        with SLOT_LOCK:
            self._owner.in_flight -= 1


SLOT_LOCK = threading.Lock()
