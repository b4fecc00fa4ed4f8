"""FHIR dates with the precision they were written in: `2021` is a year, not its first day."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cards.values.kleene import Truth

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2})(?P<time>T\d{2}:\d{2}.*)?)?)?"
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The days on which something may have happened, *first* to *last*, both inclusive.

    *moment* orders events of one day where both were written with time and zone.
    """

    first: date
    last: date
    written: str
    moment: datetime | None = None

    def on_or_after(self, day: date) -> Truth:
        """Whether it happened on *day* or later."""
        if self.first >= day:
            return True
        return False if self.last < day else None

    def on_or_before(self, day: date) -> Truth:
        """Whether it happened on *day* or earlier."""
        if self.last <= day:
            return True
        return False if self.first > day else None

    def surely_before(self, other: "DateSpan") -> bool:
        """Whether it certainly happened before *other*."""
        if self.last < other.first:
            return True
        same_day = self.first == self.last == other.first == other.last
        if same_day and self.moment is not None and other.moment is not None:
            return self.moment < other.moment
        return False


def read_date(written: Any) -> DateSpan | None:
    """Return the days that a FHIR date, dateTime or instant allows; None if it is none.

    A date-time counts by the date as written, whatever its zone.
    """
    if not isinstance(written, str):
        return None
    parts = _WRITTEN.fullmatch(written.strip())
    if parts is None:
        return None
    year, month, day = (
        int(parts[name]) if parts[name] else None for name in ("year", "month", "day")
    )
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        last_month = 12 if month is None else month
        last_day = calendar.monthrange(first.year, last_month)[1] if day is None else day
        last = date(first.year, last_month, last_day)
    except ValueError:
        return None
    return DateSpan(first, last, written.strip(), _moment(written) if parts["time"] else None)


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except OverflowError:
        return None  # at the very ends of the calendar


def add_months(day: date, months: int) -> date:
    """Return the same day of the month *months* later (earlier if negative).

    Where that month is too short, its last day: 31 August less six months is 28 February. Beyond
    the calendar, its first or last day.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_days(day: date, days: int) -> date:
    """Return the day *days* later, or the last day there is."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def completed_years(birth: date, on: date) -> int:
    """Return the age in completed years; a birthday counts from its own day on.

    Someone born on 29 February completes a year on 1 March where there is no such day.
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
