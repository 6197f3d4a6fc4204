# SPDX-License-Identifier: ISC
"""Time zones: Windows names by CLDR, offsets by zoneinfo, and the rules that EWS writes in XML."""

import datetime as dt
import functools
import xml.etree.ElementTree as ET
import zoneinfo

WINDOWS_ZONES = "/usr/share/unicode/cldr/common/supplemental/windowsZones.xml"
UTC = dt.timezone.utc
UTC_ZONE = zoneinfo.ZoneInfo("UTC")     # for events, whose zone must have a name
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@functools.cache
def _tables():
    """Return Windows name -> IANA name, and IANA name -> Windows name."""
    to_iana, to_windows = {}, {}
    for zone in ET.parse(WINDOWS_ZONES).iter("mapZone"):
        names = zone.get("type").split()
        if zone.get("territory") == "001":
            to_iana[zone.get("other")] = names[0]
        for name in names:
            to_windows.setdefault(name, zone.get("other"))
    to_windows["UTC"] = "UTC"
    return to_iana, to_windows


def windows_names():
    return sorted(_tables()[0])


def windows_zone(name):
    """Return the ZoneInfo for a Windows zone name, or None if there is no such name."""
    iana = _tables()[0].get(name)
    return zoneinfo.ZoneInfo(iana) if iana else None


def windows_name(zone):
    """Return the Windows name of a ZoneInfo; UTC if CLDR knows none."""
    return _tables()[1].get(zone.key, "UTC")


def local_to_utc(civil, zone):
    """Return the UTC instant of a wall-clock time; one that a gap skips moves on by the gap."""
    return civil.replace(tzinfo=zone).astimezone(UTC)


@functools.lru_cache(maxsize=512)
def year_rules(zone, year):
    """Return (standard offset, daylight offset, [change, change]) of a zone in a year.

    A change is (wall-clock time before it, offset after it). A zone without daylight saving in
    that year gives equal offsets and an empty list; so does one that changed its standard time.
    """
    changes, day = [], dt.datetime(year, 1, 1, tzinfo=UTC)
    offset = day.astimezone(zone).utcoffset()
    while day.year == year:
        following = day + dt.timedelta(days=1)
        after = following.astimezone(zone).utcoffset()
        if after != offset:
            low, high = day, following
            while high - low > dt.timedelta(minutes=1):
                middle = low + (high - low) // 2
                if middle.astimezone(zone).utcoffset() == offset:
                    low = middle
                else:
                    high = middle
            at = (high + offset).replace(tzinfo=None, second=0, microsecond=0)
            changes.append((at, after))
            offset = after
        day = following
    if len(changes) != 2:
        return offset, offset, []
    first, second = changes[0][1], changes[1][1]
    return min(first, second), max(first, second), changes


def nth_weekday(moment):
    """Return which of its weekday in its month a date is: 1 to 4, or 5 for the last."""
    last = (moment + dt.timedelta(days=7)).month != moment.month
    return 5 if last else (moment.day + 6) // 7


class RuleZone(dt.tzinfo):
    """The TimeZone of a GetUserAvailability request with daylight saving: a bias and two yearly
    changes. Make one with rule_zone()."""

    def __init__(self, bias, standard, daylight):
        """standard, daylight: (bias, time, order, month, day of week) as the request has them."""
        self.bias, self.standard, self.daylight = bias, standard, daylight

    def _change(self, year, rule):
        _, time, order, month, weekday = rule
        hours, minutes, seconds = (int(part) for part in time.split(":"))
        first = dt.datetime(year, month, 1, hours, minutes, seconds)
        day = first + dt.timedelta(days=(DAYS.index(weekday) - first.weekday()) % 7)
        day += dt.timedelta(weeks=order - 1)
        return day if day.month == month else day - dt.timedelta(weeks=1)

    def _offset(self, rule):
        return dt.timedelta(minutes=-(self.bias + rule[0]))

    def utcoffset(self, civil):
        civil = civil.replace(tzinfo=None)
        begins = self._change(civil.year, self.daylight)
        ends = self._change(civil.year, self.standard)
        summer = begins <= civil < ends if begins < ends else not ends <= civil < begins
        return self._offset(self.daylight if summer else self.standard)

    def dst(self, civil):
        return self.utcoffset(civil) - self._offset(self.standard)

    def tzname(self, civil):
        return None

    def fromutc(self, moment):
        civil = moment.replace(tzinfo=None) + self._offset(self.standard)
        daylight = moment.replace(tzinfo=None) + self._offset(self.daylight)
        offset = self.utcoffset(civil) if self.utcoffset(civil) == self.utcoffset(daylight) \
            else self._ambiguous(moment)
        return moment + offset

    def _ambiguous(self, moment):
        """The two readings differ only within an hour of a change; compare in UTC there."""
        naive = moment.replace(tzinfo=None)
        for before, after in ((self.standard, self.daylight), (self.daylight, self.standard)):
            change = self._change(naive.year, after) - self._offset(before)
            if abs(change - naive) <= dt.timedelta(hours=3):
                return self._offset(after if naive >= change else before)
        return self._offset(self.standard)


def rule_zone(bias, standard, daylight):
    """Return the tzinfo of a bias and two changes; a month of 0 means no daylight saving."""
    if standard[3] and daylight[3]:
        return RuleZone(bias, standard, daylight)
    return dt.timezone(dt.timedelta(minutes=-(bias + standard[0])))
