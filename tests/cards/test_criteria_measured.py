"""Criteria on a latest value: both sides of every threshold, and which value counts."""

from typing import Any

import pytest

from cards.verdict import State, Why
from tests.cards.building import (
    CREATININE_CLEARANCE,
    DLCO_PERCENT,
    FVC_PERCENT,
    LVEF,
    MPAP,
    PASP,
    TAPSE,
    Code,
    Json,
    observation,
    state,
    verdict,
)

MRSS = "Modified Rodnan skin score"
THRESHOLDS: list[tuple[str, Code | str, Any, str]] = [
    ("skin-score", MRSS, 14, "not-met"),
    ("skin-score", MRSS, 15, "met"),
    ("skin-score", MRSS, 16, "met"),
    ("skin-score", MRSS, (14.9, "{score}"), "not-met"),
    ("lvef", LVEF, (49, "%"), "not-met"),
    ("lvef", LVEF, (49.99, "%"), "not-met"),
    ("lvef", LVEF, (50, "%"), "met"),
    ("lvef", LVEF, (0.5, "1"), "met"),
    ("lvef", LVEF, (0.499, "1"), "not-met"),
    ("lvef", LVEF, (51, "%"), "met"),
    ("tapse", TAPSE, (1.7, "cm"), "not-met"),
    ("tapse", TAPSE, (1.79, "cm"), "not-met"),
    ("tapse", TAPSE, (1.8, "cm"), "met"),
    ("tapse", TAPSE, (18, "mm"), "met"),
    ("tapse", TAPSE, (17.9, "mm"), "not-met"),
    ("tapse", TAPSE, (1.9, "cm"), "met"),
    ("pasp", PASP, (39, "mm[Hg]"), "met"),
    ("pasp", PASP, (40, "mm[Hg]"), "met"),
    ("pasp", PASP, (40.1, "mmHg"), "not-met"),
    ("pasp", PASP, (41, "mm[Hg]"), "not-met"),
    ("mpap", MPAP, (24, "mm[Hg]"), "met"),
    ("mpap", MPAP, (25, "mm[Hg]"), "met"),
    ("mpap", MPAP, (25.1, "mm[Hg]"), "not-met"),
    ("mpap", MPAP, (26, "mm[Hg]"), "not-met"),
    ("dlco", DLCO_PERCENT, (39, "%"), "not-met"),
    ("dlco", DLCO_PERCENT, (40, "%"), "met"),
    ("dlco", DLCO_PERCENT, (0.4, "1"), "met"),
    ("dlco", DLCO_PERCENT, (41, "%"), "met"),
    ("dlco-reduced", DLCO_PERCENT, (79, "%"), "met"),
    ("dlco-reduced", DLCO_PERCENT, (79.9, "%"), "met"),
    ("dlco-reduced", DLCO_PERCENT, (80, "%"), "not-met"),
    ("dlco-reduced", DLCO_PERCENT, (81, "%"), "not-met"),
    ("fvc", FVC_PERCENT, (44, "%"), "not-met"),
    ("fvc", FVC_PERCENT, (45, "%"), "met"),
    ("fvc", FVC_PERCENT, (46, "%"), "met"),
    ("creatinine-clearance", CREATININE_CLEARANCE, (39, "mL/min"), "not-met"),
    ("creatinine-clearance", CREATININE_CLEARANCE, (40, "mL/min"), "met"),
    ("creatinine-clearance", CREATININE_CLEARANCE, (0.66, "mL/s"), "not-met"),
    ("creatinine-clearance", CREATININE_CLEARANCE, (0.67, "mL/s"), "met"),
    ("creatinine-clearance", CREATININE_CLEARANCE, (41, "mL/min"), "met"),
]
NORMAL: dict[str, tuple[Code | str, Any, str]] = {
    "skin-score": (MRSS, 27, "met"),
    "lvef": (LVEF, (60, "%"), "met"),
    "tapse": (TAPSE, (2.2, "cm"), "met"),
    "pasp": (PASP, (25, "mm[Hg]"), "met"),
    "mpap": (MPAP, (16, "mm[Hg]"), "met"),
    "dlco": (DLCO_PERCENT, (90, "%"), "met"),
    "dlco-reduced": (DLCO_PERCENT, (90, "%"), "not-met"),
    "fvc": (FVC_PERCENT, (90, "%"), "met"),
    "creatinine-clearance": (CREATININE_CLEARANCE, (83, "mL/min"), "met"),
}


@pytest.mark.parametrize(("criterion", "what", "content", "expected"), THRESHOLDS)
def test_thresholds(criterion: str, what: Code | str, content: Any, expected: str) -> None:
    """Each limit decides exactly where the policy draws it, in every unit."""
    assert expected == state(criterion, observation("x", what, content))


def test_no_threshold_is_forgotten() -> None:
    """Every measured criterion is tested met and not met."""
    told = {(row[0], row[3]) for row in THRESHOLDS}

    assert {(each, end) for each in NORMAL for end in ("met", "not-met")} == told


@pytest.mark.parametrize("criterion", NORMAL)
def test_silence_is_not_documented(criterion: str) -> None:
    """Without a value nothing is decided."""
    assert (State.NOT_DOCUMENTED, Why.SILENT) == _short(criterion)


@pytest.mark.parametrize("criterion", NORMAL)
def test_unavailable(criterion: str) -> None:
    """Where Observations could not be read, nothing is known, though some may have come."""
    what, content, expected = NORMAL[criterion]
    some = observation("x", what, content)
    unread = {"Observation": "the FHIR server answered 503"}

    assert expected == state(criterion, some)
    assert State.UNAVAILABLE is verdict(criterion, [some], unavailable=unread).state
    assert State.UNAVAILABLE is verdict(criterion, [], unavailable=unread).state


def _short(criterion: str, *resources: Json) -> tuple[State, Why | None]:
    found = verdict(criterion, resources)
    return found.state, found.why


def lvef(identity: str, content: Any, on: str | None = "2026-10-01", **more: Any) -> Json:
    """Return an ejection fraction of a day."""
    return observation(identity, LVEF, content, effectiveDateTime=on, **more)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((">=", 50, "%"), "met"),
        ((">", 50, "%"), "met"),
        ((">", 49, "%"), "not-documented"),
        (("<", 50, "%"), "not-met"),
        (("<=", 49, "%"), "not-met"),
        (("<=", 50, "%"), "not-documented"),
        (("<", 55, "%"), "not-documented"),
        ("50-55 %", "met"),
        ("45-49 %", "not-met"),
        ("45-55 %", "not-documented"),
        ("45-50 %", "not-documented"),
    ],
)
def test_comparators_and_ranges(content: Any, expected: str) -> None:
    """What is known within bounds decides only where it lies on one side."""
    assert expected == state("lvef", lvef("x", content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((55, None), "met"),
        ((45, None), "not-met"),
        ((0.6, None), "not-documented"),
        ((1, None), "not-documented"),
    ],
)
def test_a_missing_unit_is_read_only_if_all_readings_agree(content: Any, expected: str) -> None:
    """55 can only be per cent; 0.6 could be 0.6 % or 60 %, and 1 could be 1 % or all of it."""
    assert expected == state("lvef", lvef("x", content))


def test_a_missing_unit_with_two_possible_units() -> None:
    """An excursion of 2 could be in cm or mm, which lie on both sides of the limit."""
    assert (State.NOT_DOCUMENTED, Why.NO_UNIT) == _short(
        "tapse", observation("x", TAPSE, (2, None))
    )
    # 30 cm is impossible, so 30 without unit can only be mm.
    assert "met" == state("tapse", observation("x", TAPSE, (30, None)))


def test_the_latest_value_counts() -> None:
    """A newer value overtakes an older one, whichever comes first in the record."""
    old, new = lvef("old", (60, "%"), "2026-01-01"), lvef("new", (40, "%"), "2026-02-01")

    assert "not-met" == state("lvef", old, new)
    assert "not-met" == state("lvef", new, old)
    assert ["Observation/new"] == [each.reference for each in verdict("lvef", [old, new]).evidence]


def test_the_latest_of_partial_dates() -> None:
    """A month that is surely later overtakes; a year that may be later does not."""
    in_march = lvef("march", (60, "%"), "2026-03-15")

    assert "not-met" == state("lvef", in_march, lvef("april", (40, "%"), "2026-04"))
    assert "met" == state("lvef", in_march, lvef("february", (40, "%"), "2026-02"))
    assert (State.NOT_DOCUMENTED, Why.RECORDS_DISAGREE) == _short(
        "lvef", in_march, lvef("sometime", (40, "%"), "2026")
    )
    assert "met" == state("lvef", in_march, lvef("sometime", (55, "%"), "2026"))


def test_values_of_one_day_must_agree() -> None:
    """Two values of one day without hours decide only where both say the same."""
    first, same, other = lvef("a", (60, "%")), lvef("b", (55, "%")), lvef("c", (40, "%"))

    assert "met" == state("lvef", first, same)
    assert (State.NOT_DOCUMENTED, Why.RECORDS_DISAGREE) == _short("lvef", first, other)


def test_hours_order_the_values_of_one_day() -> None:
    """With time and zone, the later value of the day counts, whatever the zone."""
    morning = lvef("a", (60, "%"), "2026-10-01T08:00:00+02:00")
    later = lvef("b", (40, "%"), "2026-10-01T07:00:00Z")
    zoneless = lvef("c", (40, "%"), "2026-10-01T23:00:00")

    assert "not-met" == state("lvef", morning, later)
    assert "not-documented" == state("lvef", morning, zoneless)


@pytest.mark.parametrize(
    ("latest", "why"),
    [
        ((55, "mL"), Why.UNIT_NOT_ACCEPTED),
        ("normal", Why.NO_VALUE),
        ((">", 40, "%"), Why.UNDECIDED_RANGE),
        ((150, "%"), Why.IMPOSSIBLE_VALUE),
        ({"valueQuantity": {"value": "x"}}, Why.BROKEN),
        ((1, None), Why.NO_UNIT),
    ],
)
def test_an_unusable_latest_value_blocks_older_ones(latest: Any, why: Why) -> None:
    """An older good value does not stand in for a newer one that cannot be used."""
    old, new = lvef("old", (60, "%"), "2026-01-01"), lvef("new", latest, "2026-02-01")
    found = verdict("lvef", [old, new])

    assert (State.NOT_DOCUMENTED, why) == (found.state, found.why)
    assert ["Observation/new"] == [each.reference for each in found.evidence]


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "registered"])
def test_results_that_are_not_final_do_not_overtake(status: str) -> None:
    """A newer result that does not count leaves the older one in force."""
    old, new = lvef("old", (60, "%"), "2026-01-01"), lvef("new", (40, "%"), status=status)

    assert "met" == state("lvef", old, new)


def test_a_future_value_does_not_overtake() -> None:
    """A result of tomorrow is not today's."""
    today, tomorrow = lvef("a", (60, "%"), "2026-11-21"), lvef("b", (40, "%"), "2026-11-22")

    assert "met" == state("lvef", today, tomorrow)


def test_an_undated_value_does_not_decide() -> None:
    """A value of no day cannot be the latest, and one beside a dated value must agree with it."""
    undated = lvef("x", (60, "%"), None)

    assert (State.NOT_DOCUMENTED, Why.UNDATED) == _short("lvef", undated)
    assert "met" == state("lvef", undated, lvef("dated", (55, "%")))
    assert "not-documented" == state("lvef", undated, lvef("dated", (40, "%")))


@pytest.mark.parametrize(
    ("on", "old"), [("2025-11-20", True), ("2025-11-21", False), ("2025", False), ("2024", True)]
)
def test_old_values_count_and_say_so(on: str, old: bool) -> None:  # noqa: FBT001
    """No look-back is invented: a value of years ago counts, and its age is shown."""
    (evidence,) = verdict("lvef", [lvef("x", (60, "%"), on)]).evidence

    assert "met" == state("lvef", lvef("x", (60, "%"), on))
    assert old is evidence.old


def test_the_limits_of_one_estimate_are_read_together() -> None:
    """A lower limit of 45 and an upper of 49 of one day say: below 50."""
    lower = observation("l", ("http://loinc.org", "104243-1"), (45, "%"))
    upper = observation("u", ("http://loinc.org", "104145-8"), (49, "%"))

    assert "not-met" == state("lvef", lower, upper)
    assert "not-documented" == state("lvef", lower)
    assert "not-met" == state("lvef", upper)


def test_evidence_shows_value_unit_and_date() -> None:
    """What was found is told as it was recorded, its unit included."""
    (evidence,) = verdict("tapse", [observation("t", TAPSE, (18.0, "mm"))]).evidence

    assert "Observation/t" == evidence.reference
    assert evidence.on is not None
    assert "2026-10-01" == evidence.on.written
    assert evidence.value is not None
    assert evidence.value.startswith("18 mm")
