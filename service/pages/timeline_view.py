"""Lays the course of a disease out along a line of time: between `routes` and `course.html`.

Shows only: what the course means was decided in `cards`. Across, the unit is a hundredth of the
drawing's width, so that the drawing fits any screen; down, it is the CSS pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cards.history.milestone import Milestone
from cards.values.dates import DateSpan

Kind = Literal["remission", "relapse", "refractory", "active", "undecided", "unstated"]
"""What a mark's shape tells; "active" is active disease or induction."""

LEFT, RIGHT = 5.0, 95.0
"""Where the line begins and ends: half a mark and half a year's label fit beside it."""
MARK_WIDTH = 7.0
"""What one mark takes up at most: 16 px and a little air, on a drawing of 250 px."""

_LABEL_WIDTH = 13.0
_LANE_HEIGHT = 22
_BELOW_LINE = 44  # two rows of labels
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_DAYS_PER_YEAR = 365.25
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of the record, in words."""

    kind: Kind
    state: str
    on: str | None
    """The date as written, without a time of day; None: undated."""
    shown: str
    reference: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A dated entry on the line: from *left* to *right*, equal where the day is known."""

    entry: Entry
    left: float
    right: float
    lane: int
    """How many marks lie between it and the line, for none to hide another."""
    y: int

    @property
    def x(self) -> float:
        """The middle, where the shape stands."""
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        """How far a date written as a month or year reaches; 0 for a day."""
        return self.right - self.left

    @property
    def hangs(self) -> bool:
        """Whether a stem ties the shape to the line, as it covers all the days that it may mean."""
        return self.width < MARK_WIDTH


@dataclass(frozen=True, slots=True)
class Year:
    """The first of January of a year."""

    number: int
    x: float


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course as a drawing and as a list that says the same."""

    entries: tuple[Entry, ...]
    """Every statement, in the order of the timeline: earliest first, undated last."""
    marks: tuple[Mark, ...]
    years: tuple[Year, ...]
    begins: str
    """The earliest date, as written."""
    as_of: date
    line: int
    """How far down the line lies."""
    height: int
    recorded: bool
    """Whether a mark stands at the day of a recording rather than of the event."""


def course_view(timeline: Sequence[Milestone], as_of: date) -> CourseView | None:
    """Return *timeline* laid out to scale up to *as_of*; None with fewer than two dates."""
    dated = [(each, each.on) for each in timeline if each.on is not None]
    if len(dated) < 2:  # noqa: PLR2004 - one point is no course
        return None
    earliest = min((on for _, on in dated), key=lambda on: (on.first, on.last))
    scale = _Scale(earliest.first, as_of)
    places = [(scale.x(on.first), scale.x(on.last)) for _, on in dated]
    lanes = _lanes(places)
    line = (max(lanes) + 1) * _LANE_HEIGHT
    marks = tuple(
        Mark(_entry(each), left, right, lane, line - lane * _LANE_HEIGHT - _LANE_HEIGHT // 2)
        for (each, _), (left, right), lane in zip(dated, places, lanes, strict=True)
    )
    return CourseView(
        entries=tuple(map(_entry, timeline)),
        marks=marks,
        years=scale.years(),
        begins=_written(earliest),
        as_of=as_of,
        line=line,
        height=line + _BELOW_LINE,
        recorded=any(not each.exact for each, _ in dated),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    as_of: date

    def x(self, day: date) -> float:
        """Return the place of *day*; what lies outside is moved to the nearer end."""
        share = (self.as_of - day).days / self._days
        return RIGHT - min(max(share, 0.0), 1.0) * (RIGHT - LEFT)

    def years(self) -> tuple[Year, ...]:
        """Return as many years as have room for their labels."""
        per_year = _DAYS_PER_YEAR / self._days * (RIGHT - LEFT)
        step = next(each for each in _YEAR_STEPS if each * per_year >= _LABEL_WIDTH)
        numbers = range(self.first.year, self.as_of.year + 1)
        starts = [date(each, 1, 1) for each in numbers if each % step == 0]
        return tuple(Year(each.year, self.x(each)) for each in starts if each >= self.first)

    @property
    def _days(self) -> int:
        return max((self.as_of - self.first).days, 1)


def _lanes(places: Sequence[tuple[float, float]]) -> list[int]:
    """Return for each place the lowest lane in which it touches no earlier one."""
    lanes: list[int] = []
    for at, (left, right) in enumerate(places):
        taken = {
            lane
            for lane, (other_left, other_right) in zip(lanes, places[:at], strict=True)
            if left - other_right < MARK_WIDTH and other_left - right < MARK_WIDTH
        }
        lanes.append(next(lane for lane in range(at + 1) if lane not in taken))
    return lanes


def _entry(milestone: Milestone) -> Entry:
    kind = _kind(milestone)
    state = _state(milestone, kind)
    return Entry(
        kind=kind,
        state=f"{state}, recorded as over" if milestone.past else state,
        on=_written(milestone.on) if milestone.on is not None else None,
        shown=milestone.shown,
        reference=milestone.reference,
    )


def _written(on: DateSpan) -> str:
    return on.written[:10]


def _kind(milestone: Milestone) -> Kind:
    match sorted(milestone.phases):
        case []:
            return "unstated"
        case ["remission" | "relapse" | "refractory" as phase]:
            return phase
        case ["active"] | ["induction"] | ["active", "induction"]:
            return "active"
        case _:
            return "undecided"


def _state(milestone: Milestone, kind: Kind) -> str:
    if kind == "unstated":
        return "state not given"
    if kind == "remission" and milestone.number is not None:
        ordinal = _ORDINALS.get(milestone.number)
        return f"{ordinal} remission" if ordinal else f"remission {milestone.number}"
    joined = " or ".join(sorted(milestone.phases))
    return f"undecided ({joined})" if kind == "undecided" else joined
