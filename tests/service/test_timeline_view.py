"""The course of a disease laid out to scale, and drawn."""

from datetime import date

import pytest
from flask import Flask, get_template_attribute
from hypothesis import given
from hypothesis import strategies as st

from cards.clinical.states import Phase
from cards.history.milestone import Milestone
from cards.library import load_library
from cards.values.dates import read_date
from service.app import create_app
from service.pages.timeline_view import LEFT, MARK_WIDTH, RIGHT, CourseView, course_view
from service.settings import Settings

AS_OF = date(2026, 11, 21)


def milestone(
    written: str | None,
    *phases: Phase,
    number: int | None = None,
    past: bool = False,
    shown: str = "Acute lymphoblastic leukemia",
) -> Milestone:
    """Return a Condition's statement of *phases* on the day *written*."""
    on = read_date(written)
    return Milestone("Condition/x", frozenset(phases), on, shown, number=number, past=past)


def view(*timeline: Milestone) -> CourseView:
    """Return *timeline* laid out; fails where there is too little of it."""
    laid_out = course_view(timeline, AS_OF)
    assert laid_out is not None
    return laid_out


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service, for its templates."""
    return create_app(Settings(), library=load_library(), stories=())


def drawn(app: Flask, laid_out: CourseView) -> str:
    """Return the markup of *laid_out*."""
    with app.test_request_context():
        return str(
            get_template_attribute("course.html", "course")(
                laid_out, "course-1", {"Condition/x"}, "/fhir"
            )
        )


@pytest.mark.parametrize(
    "timeline",
    [
        (),
        (milestone("2024-05-01", "relapse"),),
        (milestone("2024-05-01", "relapse"), milestone(None, "remission")),
    ],
)
def test_fewer_than_two_dates_are_no_course(timeline: tuple[Milestone, ...]) -> None:
    """Nothing is drawn where there is no stretch of time between two dates."""
    assert course_view(timeline, AS_OF) is None


def test_time_is_to_scale() -> None:
    """The first date stands at the left end, the as-of date at the right, the rest between."""
    as_of = date(2024, 1, 1)
    timeline = [milestone(day, "relapse") for day in ("2020-01-01", "2022-01-01", "2024-01-01")]
    laid_out = course_view(timeline, as_of)
    assert laid_out is not None
    first, middle, last = (mark.x for mark in laid_out.marks)
    assert (LEFT, RIGHT) == (first, last)
    assert (LEFT + RIGHT) / 2 == pytest.approx(middle, abs=0.1)


def test_marks_come_in_the_order_of_time() -> None:
    """What happened later stands further to the right."""
    days = ("2021-01-31", "2021-02-01", "2023-06-20", "2026-11-20")
    places = [mark.x for mark in view(*(milestone(day, "relapse") for day in days)).marks]
    assert sorted(set(places)) == places


def test_marks_of_one_day_do_not_hide_each_other() -> None:
    """Three statements of one day stand above one another, each in a lane of its own."""
    same = [milestone("2024-05-01", phase) for phase in ("remission", "relapse", "active")]
    laid_out = view(milestone("2020-01-01", "active"), *same)
    assert [0, 0, 1, 2] == [mark.lane for mark in laid_out.marks]
    assert 1 == len({mark.x for mark in laid_out.marks[1:]})


def test_a_month_or_a_year_is_a_span() -> None:
    """A date without day reaches over all days it may mean; a day has no width."""
    laid_out = view(
        milestone("2020-01-01", "active"),
        milestone("2022", "remission"),
        milestone("2024-05", "relapse"),
    )
    day, year, month = laid_out.marks
    assert 0 == day.width < month.width < year.width
    assert year.left < year.x < year.right
    assert [True, False, True] == [mark.hangs for mark in laid_out.marks]


def test_a_span_ends_with_the_as_of_date() -> None:
    """The current year, written alone, does not reach into the future."""
    assert RIGHT == view(milestone("2020", "active"), milestone("2026", "relapse")).marks[1].right


def test_everything_on_the_as_of_date() -> None:
    """A course of a single day is drawn, although it has no length."""
    today = AS_OF.isoformat()
    laid_out = view(milestone(today, "active"), milestone(today, "relapse"))
    assert [RIGHT, RIGHT] == [mark.x for mark in laid_out.marks]
    assert () == laid_out.years


@pytest.mark.parametrize(
    ("first", "numbers"),
    [
        ("2026-02-01", []),
        ("2023-06-20", [2024, 2025, 2026]),
        ("2024-01-01", [2024, 2025, 2026]),
        ("2006-06-20", [2010, 2015, 2020, 2025]),
    ],
)
def test_years_are_labelled_where_there_is_room(first: str, numbers: list[int]) -> None:
    """Each January has a label in a short course, round years in a long one."""
    laid_out = view(milestone(first, "active"), milestone("2026-10-01", "relapse"))
    assert numbers == [year.number for year in laid_out.years]


DATES = st.one_of(
    st.dates(max_value=AS_OF).map(date.isoformat),
    st.dates(max_value=AS_OF).map(lambda day: day.isoformat()[:7]),
    st.dates(max_value=AS_OF).map(lambda day: day.isoformat()[:4]),
)


@given(st.lists(DATES, min_size=2, max_size=20))
def test_nothing_leaves_the_drawing_or_covers_another(days: list[str]) -> None:
    """Whatever the dates, marks lie on the line's length and touch nothing in their lane."""
    laid_out = view(*(milestone(day, "relapse") for day in days))
    for at, mark in enumerate(laid_out.marks):
        assert LEFT <= mark.left <= mark.right <= RIGHT
        assert 0 < mark.y < laid_out.line < laid_out.height
        for other in laid_out.marks[:at]:
            apart = max(mark.left - other.right, other.left - mark.right)
            assert mark.lane != other.lane or apart >= MARK_WIDTH
    for year in laid_out.years:
        assert LEFT <= year.x <= RIGHT


@pytest.mark.parametrize(
    ("stated", "kind", "words"),
    [
        (milestone("2024", "remission"), "remission", "remission"),
        (milestone("2024", "remission", number=2), "remission", "second remission"),
        (milestone("2024", "remission", number=7), "remission", "remission 7"),
        (milestone("2024", "relapse", past=True), "relapse", "relapse, recorded as over"),
        (milestone("2024", "refractory"), "refractory", "refractory"),
        (milestone("2024", "active"), "active", "active"),
        (milestone("2024", "induction"), "active", "induction"),
        (milestone("2024", "active", "induction"), "active", "active or induction"),
        (
            milestone("2024", "remission", "relapse"),
            "undecided",
            "undecided (relapse or remission)",
        ),
        (milestone("2024"), "unstated", "state not given"),
    ],
)
def test_each_state_has_a_kind_and_words(stated: Milestone, kind: str, words: str) -> None:
    """A statement is told by the shape of its mark and in words."""
    entry = view(milestone("2020", "active"), stated).entries[1]
    assert (kind, words) == (entry.kind, entry.state)


def test_every_kind_has_a_shape_of_its_own(app: Flask) -> None:
    """Remission, relapse, refractory, active, undecided and unstated differ without colour."""
    with app.app_context():
        shape = get_template_attribute("course.html", "shape")
        kinds = ("remission", "relapse", "refractory", "active", "undecided", "unstated")
        assert len(kinds) == len({str(shape(kind)) for kind in kinds})


def test_the_list_says_all_and_the_undated_last(app: Flask) -> None:
    """The list has each statement with date, state, words and resource; the drawing only dated."""
    remission = milestone("2023-06-20T10:00:00Z", "remission", shown="ALL, in remission")
    laid_out = view(milestone("2022", "active"), remission, milestone(None, "relapse"))
    assert ["2022", "2023-06-20", None] == [entry.on for entry in laid_out.entries]
    text = drawn(app, laid_out)
    assert 2 == text.count("data-mark=")
    assert 3 == text.count("<li>")
    assert "undated <strong>relapse</strong>" in text
    assert (
        '2023-06-20</time> <strong>remission</strong>: ALL, in remission <span class="code">('
        in (text)
    )
    assert 3 == text.count('href="/fhir/Condition/x"')


def test_text_of_the_record_is_escaped(app: Flask) -> None:
    """Markup in a record's words stays text, and the drawing needs no inline style."""
    hostile = milestone("2024", "relapse", shown="</title><script>alert(1)</script>")
    text = drawn(app, view(milestone("2022", "active"), hostile))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "style=" not in text
