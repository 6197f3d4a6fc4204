# SPDX-License-Identifier: ISC
"""Recurrence patterns as EWS has them, turned into dates.

A pattern and a range make an endless or ended row of dates; what a date means as an instant is
the business of the series (store.py), which knows its wall-clock time and its zone.
"""

import calendar
import dataclasses
import datetime as dt
import itertools

from .zones import DAYS

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")
ORDERS = ("First", "Second", "Third", "Fourth", "Last")
KINDS = ("Daily", "Weekly", "AbsoluteMonthly", "RelativeMonthly", "AbsoluteYearly",
         "RelativeYearly")
DAY_SETS = {"Day": set(range(7)), "Weekday": set(range(5)), "WeekendDay": {5, 6}}
MAX_DATES = 20_000
LAST_YEAR = 4500                # as far as Exchange calendars go


def day_set(names):
    """Return the weekdays (0 is Monday) that a list of DayOfWeek words names."""
    days = set()
    for name in names.split() if isinstance(names, str) else names:
        days |= DAY_SETS[name] if name in DAY_SETS else {DAYS.index(name)}
    return days


@dataclasses.dataclass
class Recurrence:
    """One pattern and one range; the names are those of EWS."""

    kind: str                   # one of KINDS
    start: dt.date              # StartDate
    interval: int = 1
    days: str = ""              # DaysOfWeek, space-separated
    first_day: str = "Sunday"   # FirstDayOfWeek
    day_of_month: int = 1
    order: str = "First"        # DayOfWeekIndex
    month: str = "January"
    end: dt.date | None = None  # EndDate, inclusive
    count: int | None = None    # NumberOfOccurrences

    def check(self):
        """Return None if the pattern makes sense, else a response code."""
        limits = {"Daily": 999, "Weekly": 99, "AbsoluteMonthly": 99, "RelativeMonthly": 99}
        if not 1 <= self.interval <= limits.get(self.kind, 1) or not 1 <= self.day_of_month <= 31:
            return "ErrorCalendarInvalidRecurrence"
        if self.count is not None and not 1 <= self.count <= 999:
            return "ErrorCalendarInvalidRecurrence"
        if self.end and self.end < self.start:
            return "ErrorCalendarEndDateIsEarlierThanStartDate"
        if next(iter(self.dates()), None) is None:
            return "ErrorRecurrenceHasNoOccurrence"
        return None

    def dates(self):
        """Yield the dates in order, at most MAX_DATES of them."""
        row = (day for day in getattr(self, "_" + self.kind)() if day >= self.start)
        end = min(self.end or dt.date.max, dt.date(LAST_YEAR, 12, 31))
        row = itertools.takewhile(lambda day: day <= end, row)
        return itertools.islice(row, self.count or MAX_DATES)

    def _Daily(self):
        return (self.start + dt.timedelta(days=n)
                for n in range(0, MAX_DATES * self.interval, self.interval))

    def _Weekly(self):
        days = day_set(self.days)
        week = self.start - dt.timedelta(
            days=(self.start.weekday() - DAYS.index(self.first_day)) % 7)
        for n in range(MAX_DATES):
            for day in range(7):
                date = week + dt.timedelta(days=7 * self.interval * n + day)
                if date.weekday() in days:
                    yield date

    def _months(self, step):
        """Yield (year, month) from the start on, step months apart."""
        first = self.start.year * 12 + self.start.month - 1
        for n in range(first, 9999 * 12, step):
            yield n // 12, n % 12 + 1

    def _on_day(self, year, month):
        return dt.date(year, month, min(self.day_of_month, calendar.monthrange(year, month)[1]))

    def _on_order(self, year, month):
        wanted = day_set(self.days)
        last = calendar.monthrange(year, month)[1]
        fits = [day for day in (dt.date(year, month, n) for n in range(1, last + 1))
                if day.weekday() in wanted]
        return fits[-1 if self.order == "Last" else ORDERS.index(self.order)]

    def _AbsoluteMonthly(self):
        return (self._on_day(*month) for month in self._months(self.interval))

    def _RelativeMonthly(self):
        return (self._on_order(*month) for month in self._months(self.interval))

    def _years(self):
        return ((year, MONTHS.index(self.month) + 1) for year in range(self.start.year, 9999))

    def _AbsoluteYearly(self):
        return (self._on_day(*month) for month in self._years())

    def _RelativeYearly(self):
        return (self._on_order(*month) for month in self._years())
