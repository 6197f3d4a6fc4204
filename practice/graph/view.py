# SPDX-License-Identifier: ISC
"""How a reader wants events shown: Prefer, $select, $expand; and lists of them, page by page."""

import json

from . import odata
from .odata import GraphError

PREFERENCES = {"idtype", "outlook.timezone", "outlook.body-content-type", "odata.maxpagesize"}
PAGE, PAGE_MAX = 10, 1000


class View:
    """What one request says of how events are shown."""

    def __init__(self, http, query, sees_private):
        prefer = odata.preferences(http.headers)
        if prefer.keys() - PREFERENCES:
            raise GraphError("BadRequest", "An unknown preference.")
        self.immutable = prefer.get("idtype") == "ImmutableId"
        self.zone = prefer.get("outlook.timezone", "UTC")
        odata.zone_named(self.zone)
        self.text_bodies = prefer.get("outlook.body-content-type") == "text"
        self.page = int(prefer.get("odata.maxpagesize", PAGE))
        self.select = set(query["$select"].split(",")) - {"singleValueExtendedProperties"} \
            if "$select" in query else None
        self.expand = odata.expanded(query["$expand"]) if "$expand" in query else {}
        self.sees_private = sees_private
        self.applied = [f'{name}="{value}"' for name, value in (
            ("IdType", "ImmutableId" if self.immutable else None),
            ("outlook.timezone", prefer.get("outlook.timezone"))) if value]


def page_of(query):
    """Return (how many, from where) of $top and $skip."""
    top, skip = query.get("$top", str(PAGE)), query.get("$skip", "0")
    if not top.isdecimal() or not skip.isdecimal() or not 1 <= int(top) <= PAGE_MAX:
        raise GraphError("ErrorInvalidParameter", f"$top must be between 1 and {PAGE_MAX}.")
    return int(top), int(skip)


def listed(ask, found, render):
    """Return the body of a list: one page of it, and where the next one is."""
    top, skip = page_of(ask.query)
    body = {"@odata.context": f"{ask.base}/$metadata#Collection(event)",
            "value": [render(one) for one in found[skip:skip + top]]}
    if skip + top < len(found):
        body["@odata.nextLink"] = ask.link({**ask.query, "$top": str(top), "$skip": str(skip + top)})
    return json.dumps(body).encode()
