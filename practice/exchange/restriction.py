# SPDX-License-Identifier: ISC
"""Restrictions of FindItem: a search expression turned into a predicate over items."""

import operator

from . import schema
from .items import extended_value, field_uri, instant, is_meeting, path_key
from .soap import ItemError

COMPARE = {
    "IsEqualTo": operator.eq, "IsNotEqualTo": operator.ne, "IsGreaterThan": operator.gt,
    "IsGreaterThanOrEqualTo": operator.ge, "IsLessThan": operator.lt,
    "IsLessThanOrEqualTo": operator.le,
}
SEARCHABLE = {"Subject", "Start", "End", "LegacyFreeBusyStatus", "Location", "ItemClass",
              "Sensitivity", "Importance", "IsAllDayEvent", "IsMeeting", "Categories",
              "DateTimeCreated", "LastModifiedTime", "IsRecurring", "CalendarItemType"}
MAX_TERMS = 250


def value_of(item, key):
    """Return what a restriction or a sort order sees of an item; None if it is not there."""
    if key in ("DateTimeCreated", "LastModifiedTime"):
        return item.event.created if key == "DateTimeCreated" else item.event.changed
    if key == "IsMeeting":
        return is_meeting(item.fields)
    if key == "IsRecurring":
        return item.event.recurrence is not None
    if key == "CalendarItemType":
        return item.kind
    return extended_value(item, key)


def searchable_key(path):
    """Return the key of a path, or raise for a property that cannot be searched, such as UID."""
    key = path_key(path)
    if isinstance(key, str) and key not in SEARCHABLE:
        raise ItemError("ErrorUnsupportedPathForQuery", values={"FieldURI": field_uri(key)})
    return key


def _constant(text, sample, zone):
    """Return the constant as the kind of value that the item has."""
    if isinstance(sample, bool):
        return text.strip() in ("true", "1")
    if hasattr(sample, "tzinfo"):
        return instant(text, zone)
    return text


def _compare(element, zone):
    name = schema.split(element.tag)[1]
    key, other = searchable_key(element[0]), element[1][0]
    constant = other.get("Value")
    other_key = searchable_key(other) if constant is None else None

    def holds(item):
        value = value_of(item, key)
        if value is None:
            return name == "IsNotEqualTo"
        against = value_of(item, other_key) if other_key else _constant(constant, value, zone)
        if isinstance(value, list):
            return any(COMPARE[name](one, against) for one in value)
        try:
            return COMPARE[name](value, against)
        except TypeError:
            return False
    return holds


def _contains(element, _):
    key, text = searchable_key(element[0]), element[1].get("Value")
    mode = element.get("ContainmentMode", "FullString")
    exact = element.get("ContainmentComparison", "Exact") == "Exact"

    def fits(value):
        left, right = (value, text) if exact else (value.casefold(), text.casefold())
        if mode in ("Prefixed", "PrefixOnWords"):
            return left.startswith(right)
        return left == right if mode == "FullString" else right in left

    def holds(item):
        value = value_of(item, key)
        return any(fits(str(one)) for one in (value if isinstance(value, list) else [value])
                   if one is not None)
    return holds


def _exists(element, _):
    key = searchable_key(element[0])
    return lambda item: value_of(item, key) is not None


def predicate(element, zone):
    """Return a function that says whether an item fits a search expression."""
    if sum(1 for _ in element.iter()) > MAX_TERMS:
        raise ItemError("ErrorRestrictionTooComplex")
    name = schema.split(element.tag)[1]
    if name in COMPARE:
        return _compare(element, zone)
    if name in ("Contains", "Exists"):
        return (_contains if name == "Contains" else _exists)(element, zone)
    terms = [predicate(child, zone) for child in element]
    if name == "Not":
        return lambda item: not terms[0](item)
    every = all if name == "And" else any
    return lambda item: every(term(item) for term in terms)


def sort(items, order):
    """Sort items by the FieldOrder elements of a SortOrder."""
    for field in reversed(list(order if order is not None else ())):
        key = searchable_key(field[0])
        items.sort(key=lambda item, key=key: (value_of(item, key) is not None,
                                              value_of(item, key) or ""),
                   reverse=field.get("Order") == "Descending")
    return items
