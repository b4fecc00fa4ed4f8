"""Partial dates agree with every full date that they contain; months and years are calendar's."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.values.dates import DateSpan, add_days, add_months, completed_years, read_date

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def span(written: str) -> DateSpan:
    """Return the days of a date that is sound."""
    read = read_date(written)
    assert read is not None
    return read


@given(DAYS, st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]), DAYS)
def test_a_partial_date_agrees_with_every_full_date_in_it(
    day: date, form: str, bound: date
) -> None:
    """What a partial date decides holds for each day that it may mean."""
    partial, full = span(day.strftime(form)), span(day.isoformat())

    assert partial.first <= day <= partial.last
    assert partial.on_or_after(bound) in (full.on_or_after(bound), None)
    assert partial.on_or_before(bound) in (full.on_or_before(bound), None)


@given(DAYS, st.sampled_from(["%Y", "%Y-%m"]), DAYS)
def test_a_partial_date_is_open_only_where_its_days_differ(
    day: date, form: str, bound: date
) -> None:
    """Unknown means that the first and the last day give different answers."""
    partial = span(day.strftime(form))
    ends = {partial.first >= bound, partial.last >= bound}

    assert (partial.on_or_after(bound) is None) == (len(ends) == 2)


@given(DAYS, DAYS)
def test_a_full_date_is_always_decided(day: date, bound: date) -> None:
    """A full date leaves nothing open on either side."""
    full = span(day.isoformat())

    assert (day >= bound) is full.on_or_after(bound)
    assert (day <= bound) is full.on_or_before(bound)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021-02", date(2021, 2, 1), date(2021, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-11-20", date(2021, 11, 20), date(2021, 11, 20)),
        ("2021-11-20T23:30:00Z", date(2021, 11, 20), date(2021, 11, 20)),
        ("2021-11-20T23:30:00.123-08:00", date(2021, 11, 20), date(2021, 11, 20)),
        ("2021-11-20T00:30:00+09:00", date(2021, 11, 20), date(2021, 11, 20)),
        ("2021-11-20T08:15:00", date(2021, 11, 20), date(2021, 11, 20)),
        ("2021-11-20T08:15", date(2021, 11, 20), date(2021, 11, 20)),
        (" 2021-11-20 ", date(2021, 11, 20), date(2021, 11, 20)),
    ],
)
def test_the_days_of_a_written_date(written: str, first: date, last: date) -> None:
    """A date counts by the day as written, whatever its zone, and a partial one by all its days."""
    assert (first, last) == (span(written).first, span(written).last)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "21",
        "2021-13",
        "2021-02-30",
        "2021-1-1",
        "20211120",
        "11/20/2021",
        "0000",
        "soon",
        "2021-00-10",
        "2021-01-00",
        "2021-11-20T",
        "2021-11-20 08:15",
        None,
        2021,
        ["2021"],
        {"year": 2021},
    ],
)
def test_what_is_no_date(written: object) -> None:
    """Anything that FHIR would not call a date is none, and raises nothing."""
    assert read_date(written) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026-10-01", "2026-10-02", True),
        ("2026-10-02", "2026-10-01", False),
        ("2026-10-01", "2026-10-01", False),
        ("2026-10", "2026-10-15", False),
        ("2026-09", "2026-10-15", True),
        ("2025", "2026-01-01", True),
        ("2026", "2026-12-31", False),
        ("2026-10-01T08:00:00Z", "2026-10-01T09:00:00Z", True),
        ("2026-10-01T09:00:00Z", "2026-10-01T08:00:00Z", False),
        ("2026-10-01T09:00:00+02:00", "2026-10-01T08:00:00Z", True),
        ("2026-10-01T08:00:00", "2026-10-01T09:00:00Z", False),
        ("2026-10-01", "2026-10-01T09:00:00Z", False),
    ],
)
def test_surely_before(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    """Hours order the events of one day only where both are written with a zone."""
    assert expected is span(one).surely_before(span(other))


@given(DAYS, DAYS)
def test_nothing_is_before_itself_and_order_goes_one_way(one: date, other: date) -> None:
    """Of two dates at most one is surely before the other."""
    first, second = span(one.strftime("%Y-%m")), span(other.isoformat())

    assert not (first.surely_before(second) and second.surely_before(first))
    assert not first.surely_before(first)


@given(DAYS, st.integers(-600, 600))
def test_adding_months_lands_in_the_right_month(day: date, months: int) -> None:
    """The month is the wanted one, and the day the same or the month's last."""
    moved = add_months(day, months)

    assert day.year * 12 + day.month + months == moved.year * 12 + moved.month
    assert moved.day == min(day.day, calendar.monthrange(moved.year, moved.month)[1])


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 21), -60, date(2021, 11, 21)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_adding_months_to_the_ends_of_months(day: date, months: int, expected: date) -> None:
    """A month that is too short gives its last day."""
    assert expected == add_months(day, months)


@given(DAYS, st.integers(0, 120))
def test_a_birthday_completes_the_year(birth: date, years: int) -> None:
    """On a birthday the year is complete, and on the day before it is not."""
    if (birth.month, birth.day) == (2, 29):
        return
    birthday = birth.replace(year=birth.year + years)

    assert years == completed_years(birth, birthday)
    assert years - 1 == completed_years(birth, birthday - timedelta(days=1))


def test_a_leap_day_child_has_a_birthday_on_the_first_of_march() -> None:
    """Born on 29 February, one completes a common year on 1 March."""
    birth = date(2008, 2, 29)

    assert 17 == completed_years(birth, date(2026, 2, 28))
    assert 18 == completed_years(birth, date(2026, 3, 1))
    assert 20 == completed_years(birth, date(2028, 2, 29))


def test_days_beyond_the_calendar() -> None:
    """There is no day after the last."""
    assert date(2026, 1, 1) == add_days(date(2025, 12, 31), 1)
    assert date.max == add_days(date.max, 1)
