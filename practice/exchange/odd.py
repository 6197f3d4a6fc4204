# SPDX-License-Identifier: ISC
"""Valid answers in odd shapes, as real servers and what sits before them have sent them:
other prefixes, another order, repeated and unknown elements, seven fraction digits."""

import re
import xml.etree.ElementTree as ET

from .schema import T, split

PLAIN_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)?$")
SHUFFLED = {"CalendarItem", "CalendarEvent", "FreeBusyView", "ResponseMessage"}
REPEATED = {"Subject", "Location", "ResponseCode", "BusyType", "LegacyFreeBusyStatus"}


def reshape(body):
    """Return the same answer in an odd shape; what is repeated, is so with the same value."""
    root = ET.fromstring(body)
    for element in list(root.iter()):
        name = split(element.tag)[1]
        if element.text and (match := PLAIN_TIME.match(element.text)):
            element.text = f"{match[1]}.0000000{match[2] or ''}"
        if name in SHUFFLED:
            _disturb(element)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root)


def without_offsets(body):
    """Return the same answer with no Z behind its times, which are in the request's zone."""
    return re.sub(rb">(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z<", rb">\1<", body)


def _disturb(element):
    children = list(element)[::-1]
    for child in [child for child in children if split(child.tag)[1] in REPEATED]:
        children.append(child)
    unknown = ET.Element(f"{{{T}}}FromTheFuture", {"Level": "9"})
    ET.SubElement(unknown, f"{{{T}}}Start").text = "1999-01-01T00:00:00Z"
    foreign = ET.Element("{urn:somebody-else}Start")
    foreign.text = "1999-01-01T00:00:00Z"
    element[:] = [unknown, *children, foreign]
