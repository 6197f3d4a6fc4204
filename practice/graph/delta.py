# SPDX-License-Identifier: ISC
"""calendarView/delta: what changed between two times since a state. It takes no $select and no $expand."""

import json

from . import events, odata
from .odata import GraphError

FIRST = {"startDateTime", "endDateTime"}


def answer(ask, folder):
    """Return the body of one page."""
    query = ask.query
    if "$skiptoken" in query or "$deltatoken" in query:
        if len(query) != 1:
            raise GraphError("BadRequest", "A state goes alone.")
        state = odata.untoken(next(iter(query.values())))
    elif query.keys() == FIRST:
        state = {"start": query["startDateTime"], "end": query["endDateTime"], "since": None, "skip": 0,
                 "now": len(ask.mailbox.log), "guid": str(ask.mailbox.guid)}
    else:
        raise GraphError("ErrorInvalidUrlQuery", "Delta takes startDateTime and endDateTime, and nothing else.")
    if state["guid"] != str(ask.mailbox.guid):
        raise GraphError("SyncStateNotFound", "The sync state generation is not found.")
    if "$deltatoken" in query:
        state = {**state, "since": state["now"], "now": len(ask.mailbox.log), "skip": 0}
    found = _found(ask, folder, state)
    shown = [made() for made in found[state["skip"]:state["skip"] + ask.view.page]]
    after = {**state, "skip": state["skip"] + len(shown)}
    body = {"@odata.context": f"{ask.base}/$metadata#Collection(event)", "value": shown}
    if after["skip"] < len(found):
        body["@odata.nextLink"] = ask.link({"$skiptoken": odata.token(**after)})
    else:
        body["@odata.deltaLink"] = ask.link({"$deltatoken": odata.token(**after)})
    return json.dumps(body).encode()


def _found(ask, folder, state):
    """Return what is to be told, each as a function that makes its JSON."""
    mailbox = ask.mailbox
    seen = mailbox.view(odata.instant(state["start"]), odata.instant(state["end"]), folder)
    if state["since"] is None:
        return [lambda item=item: events.to_json(mailbox, item, ask.view) for item in seen]
    touched = []
    for _, number, _ in mailbox.log[state["since"]:state["now"]]:
        if number not in touched:
            touched.append(number)
    made = []
    for number in touched:
        here = [item for item in seen if item.event.number == number]
        made += [lambda item=item: events.to_json(mailbox, item, ask.view) for item in here] \
            or [lambda number=number: _gone(mailbox, number, ask.view)]
    return made


def _gone(mailbox, number, view):
    class Was:
        class event:
            pass
        original = None
    Was.event.number = number
    return {"@removed": {"reason": "deleted"}, "id": events.event_id(mailbox, Was, view.immutable)}
