# SPDX-License-Identifier: ISC
"""iCalendar (RFC 5545) as servers put it into MimeContent, both ways; old clients live on it.

What is read is what clients write about one event or one series: no exceptions, no alarms.
"""

import datetime as dt
import re
import zoneinfo

from . import zones
from .recur import ORDERS, Recurrence
from .soap import ItemError

SHORT = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), zones.DAYS))
LONG = {name: short for short, name in SHORT.items()} | {
    "Day": "MO,TU,WE,TH,FR,SA,SU", "Weekday": "MO,TU,WE,TH,FR", "WeekendDay": "SA,SU"}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")
STATUS = {"BUSY": "Busy", "FREE": "Free", "TENTATIVE": "Tentative", "OOF": "OOF",
          "WORKINGELSEWHERE": "WorkingElsewhere"}
CLASSES = {"PUBLIC": "Normal", "PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}
FOLD = 70


# Writing

def write(item):
    """Return one item as iCalendar text."""
    event, fields = item.event, item.fields
    busy = fields.get("LegacyFreeBusyStatus", "Busy")
    sensitivity = {name: word for word, name in CLASSES.items()}
    lines = ["BEGIN:VCALENDAR", "METHOD:PUBLISH", "PRODID:Microsoft Exchange Server 2010",
             "VERSION:2.0", *_zone_lines(event.zone, item.start.year), "BEGIN:VEVENT"]
    for name in ("RequiredAttendees", "OptionalAttendees"):
        role = "REQ" if name == "RequiredAttendees" else "OPT"
        lines += [f'ATTENDEE;ROLE={role}-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN="{person}"'
                  f":MAILTO:{address}" for person, address in fields.get(name, ())]
    if fields.get("Body"):
        lines.append("DESCRIPTION;LANGUAGE=en-US:" + _escaped(fields["Body"][1]))
    if event.recurrence and item.original is None:
        lines.append("RRULE:" + rrule(event.recurrence))
        lines += [_time("EXDATE", start, event.zone, fields) for start in sorted(event.deleted)]
    lines += [f"UID:{fields['UID']}", f"SUMMARY;LANGUAGE=en-US:{_escaped(fields.get('Subject', ''))}",
              _time("DTSTART", item.start, event.zone, fields),
              _time("DTEND", item.end, event.zone, fields),
              f"CLASS:{sensitivity.get(fields.get('Sensitivity'), 'PUBLIC')}", "PRIORITY:5",
              f"DTSTAMP:{event.changed:%Y%m%dT%H%M%SZ}",
              f"TRANSP:{'TRANSPARENT' if busy == 'Free' else 'OPAQUE'}", "STATUS:CONFIRMED",
              "SEQUENCE:0", f"LOCATION;LANGUAGE=en-US:{_escaped(fields.get('Location') or '')}",
              f"X-MICROSOFT-CDO-BUSYSTATUS:{busy.upper()}",
              f"X-MICROSOFT-CDO-ALLDAYEVENT:{str(bool(fields.get('IsAllDayEvent'))).upper()}",
              "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(map(_folded, lines))


def _escaped(text):
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\r", "").replace("\n", "\\n")


def _folded(line):
    return "\r\n ".join(line[at:at + FOLD] for at in range(0, len(line), FOLD)) or line


def _time(name, moment, zone, fields):
    civil = moment.astimezone(zone)
    if fields.get("IsAllDayEvent"):
        return f"{name};VALUE=DATE:{civil:%Y%m%d}"
    return f"{name};TZID={zones.windows_name(zone)}:{civil:%Y%m%dT%H%M%S}"


def _zone_lines(zone, year):
    """Return a VTIMEZONE under the zone's Windows name, as servers write it."""
    standard, daylight, changes = zones.year_rules(zone, year)
    found = ["BEGIN:VTIMEZONE", "TZID:" + zones.windows_name(zone)]
    for kind, before, after in (("STANDARD", daylight, standard), ("DAYLIGHT", standard, daylight)):
        at = next((at for at, offset in changes if offset == after), None)
        found += [f"BEGIN:{kind}", "DTSTART:16010101T" + (f"{at:%H%M%S}" if at else "000000"),
                  f"TZOFFSETFROM:{_offset(before)}", f"TZOFFSETTO:{_offset(after)}"]
        if at:
            nth = zones.nth_weekday(at)
            found.append(f"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={-1 if nth == 5 else nth}"
                         f"{LONG[zones.DAYS[at.weekday()]]};BYMONTH={at.month}")
        found.append(f"END:{kind}")
    return [*found, "END:VTIMEZONE"]


def _offset(delta):
    minutes = int(delta.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def rrule(rule):
    """Return a Recurrence as the value of an RRULE."""
    days = ",".join(LONG[day] for day in rule.days.split())
    nth = f"BYSETPOS={-1 if rule.order == 'Last' else ORDERS.index(rule.order) + 1}"
    month = f"BYMONTH={MONTHS.index(rule.month) + 1}"
    words = {"Daily": ["FREQ=DAILY"],
             "Weekly": ["FREQ=WEEKLY", f"BYDAY={days}", f"WKST={LONG[rule.first_day]}"],
             "AbsoluteMonthly": ["FREQ=MONTHLY", f"BYMONTHDAY={rule.day_of_month}"],
             "RelativeMonthly": ["FREQ=MONTHLY", f"BYDAY={days}", nth],
             "AbsoluteYearly": ["FREQ=YEARLY", f"BYMONTHDAY={rule.day_of_month}", month],
             "RelativeYearly": ["FREQ=YEARLY", f"BYDAY={days}", nth, month]}[rule.kind]
    words.insert(1, f"INTERVAL={rule.interval}")
    if rule.count:
        words.append(f"COUNT={rule.count}")
    elif rule.end:
        words.append(f"UNTIL={rule.end:%Y%m%d}T235959Z")
    return ";".join(words)


# Reading

def read(text):
    """Return the EWS fields of the one event in iCalendar text; raise ItemError."""
    try:
        return _fields(_properties(text))
    except (KeyError, ValueError, IndexError, OverflowError):
        raise ItemError("ErrorMimeContentInvalid", "The MIME content was invalid.") from None


def _properties(text):
    """Return {name: (parameters, value)} of the first VEVENT, what is nested in it left out."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    start = lines.index("BEGIN:VEVENT")
    found, depth = {}, 0
    for line in lines[start + 1:lines.index("END:VEVENT")]:
        head, _, value = line.partition(":")
        name, *parameters = head.split(";")
        if name in ("BEGIN", "END"):
            depth += 1 if name == "BEGIN" else -1
        elif depth == 0 and name.upper() not in found:
            found[name.upper()] = (dict(part.split("=", 1) for part in parameters), value)
    return found


def _fields(found):
    def text(name):
        return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1],
                      found[name][1])

    start, zone, whole_day = _moment(*found["DTSTART"])
    end = _moment(*found["DTEND"])[0] if "DTEND" in found else start + dt.timedelta(minutes=30)
    fields = {"Start": start, "End": end, "StartTimeZone": (None, zone), "IsAllDayEvent": whole_day}
    for name, field in (("SUMMARY", "Subject"), ("LOCATION", "Location"), ("UID", "UID")):
        if name in found:
            fields[field] = text(name)
    if "DESCRIPTION" in found:
        fields["Body"] = ("Text", text("DESCRIPTION"))
    if "CLASS" in found:
        fields["Sensitivity"] = CLASSES[found["CLASS"][1].upper()]
    if "CATEGORIES" in found:
        fields["Categories"] = found["CATEGORIES"][1].split(",")
    transparent = found.get("TRANSP", ({}, ""))[1].upper() == "TRANSPARENT"
    fields["LegacyFreeBusyStatus"] = STATUS[found["X-MICROSOFT-CDO-BUSYSTATUS"][1].upper()] \
        if "X-MICROSOFT-CDO-BUSYSTATUS" in found else "Free" if transparent else "Busy"
    if "RRULE" in found:
        fields["Recurrence"] = _recurrence(found["RRULE"][1], start.astimezone(zone).date())
    return fields


def _moment(parameters, value):
    """Return (instant, zone, whether it is a date) of a DTSTART or DTEND."""
    name = parameters.get("TZID", "").strip('"')
    zone = zones.UTC_ZONE
    if name:
        zone = zones.windows_zone(name)
        if zone is None:
            try:
                zone = zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, OSError):
                raise ItemError("ErrorTimeZone") from None
    if len(value) == 8:
        return zones.local_to_utc(dt.datetime.strptime(value, "%Y%m%d"), zone), zone, True
    civil = dt.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
    return zones.local_to_utc(civil, zones.UTC_ZONE if value.endswith("Z") else zone), zone, False


def _recurrence(value, start):
    words = dict(part.split("=", 1) for part in value.split(";"))
    kind = {"DAILY": "Daily", "WEEKLY": "Weekly", "MONTHLY": "Monthly", "YEARLY": "Yearly"}[
        words["FREQ"]]
    more = {"interval": int(words.get("INTERVAL", 1))}
    days = [re.fullmatch(r"([+-]?\d+)?([A-Z]{2})", day)
            for day in words.get("BYDAY", "").split(",") if day]
    nth = words.get("BYSETPOS") or (days[0][1] if days else None)
    if kind == "Weekly" or days:
        more["days"] = " ".join(SHORT[day[2]] for day in days) or zones.DAYS[start.weekday()]
    if kind in ("Monthly", "Yearly"):
        kind = ("Relative" if days else "Absolute") + kind
        more["order"] = ORDERS[int(nth) - 1] if nth and int(nth) > 0 else "Last"
        more["day_of_month"] = int(words.get("BYMONTHDAY", start.day))
        more["month"] = MONTHS[int(words.get("BYMONTH", start.month)) - 1]
    if "COUNT" in words:
        more["count"] = int(words["COUNT"])
    elif "UNTIL" in words:
        more["end"] = dt.datetime.strptime(words["UNTIL"][:8], "%Y%m%d").date()
    rule = Recurrence(kind=kind, start=start, **more)
    error = rule.check()
    if error:
        raise ItemError(error)
    return rule
