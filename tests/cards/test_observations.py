"""Observations as readings: whose value, in which unit, and why one cannot be used."""

from decimal import Decimal
from typing import Any

import pytest

from cards.facts import Measurement
from cards.record.observations import Reading, readings_of
from cards.values.interval import Interval
from cards.verdict import Why
from tests.cards.building import (
    AS_OF,
    LVEF,
    TAPSE,
    Json,
    chart,
    concept,
    library,
    observation,
)

D = Decimal
LVEF_FACT = "left-ventricular-ejection-fraction"
MRSS_FACT = "modified-rodnan-skin-score"


def readings(fact: str, *resources: Json) -> list[Reading]:
    """Return the readings of a fact from some resources."""
    clinical = library().clinical
    measurement = clinical.facts[fact]
    assert isinstance(measurement, Measurement)
    return readings_of(measurement, chart(resources), clinical.value_sets, AS_OF)


def reading(fact: str, resource: Json) -> Reading:
    """Return the one reading of a fact from one resource."""
    (only,) = readings(fact, resource)
    return only


def lvef(content: Any, **more: Any) -> Json:
    """Return an Observation of the ejection fraction."""
    return observation("lvef", LVEF, content, **more)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((55, "%"), Interval(D(55), D(55))),
        ((0.55, "1"), Interval(D("55.00"), D("55.00"))),
        ((54.95, "%"), Interval(D("54.95"), D("54.95"))),
        (("<", 50, "%"), Interval(D(1), D(50), high_open=True)),
        (("<=", 50, "%"), Interval(D(1), D(50))),
        ((">", 50, "%"), Interval(D(50), D(100), low_open=True)),
        ((">=", 50, "%"), Interval(D(50), D(100))),
        ("55 %", Interval(D(55), D(55))),
        ("55%", Interval(D(55), D(55))),
        (">= 55 %", Interval(D(55), D(100))),
        ("≥55%", Interval(D(55), D(100))),
        ("50-55 %", Interval(D(50), D(55))),
        ("50 to 55 %", Interval(D(50), D(55))),
        ("50\N{EN DASH}55%", Interval(D(50), D(55))),
        ("LVEF 55 %", Interval(D(55), D(55))),
        ("LVEF: >= 55 %", Interval(D(55), D(100))),
        ("Left ventricular ejection fraction = 50-55 %", Interval(D(50), D(55))),
        ("Result: 55 %", Interval(D(55), D(55))),
        ("55 % (50-70)", Interval(D(55), D(55))),
        ("55 % [50 - 70]", Interval(D(55), D(55))),
    ],
)
def test_numbers_comparators_and_texts(content: Any, expected: Interval) -> None:
    """A comparator or a written range leaves bounds, closed by what is possible at all."""
    assert (expected,) == reading(LVEF_FACT, lvef(content)).readings


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ({"value": 50, "unit": "%"}, {"value": 55, "unit": "%"}, Interval(D(50), D(55))),
        ({"value": 50, "unit": "%"}, None, Interval(D(50), D(100))),
        (None, {"value": 55, "unit": "%"}, Interval(D(1), D(55))),
        ({"value": 50, "unit": "%"}, {"value": 55}, Interval(D(50), D(55))),
    ],
)
def test_ranges(low: Json | None, high: Json | None, expected: Interval) -> None:
    """A range without one end goes as far as is possible; one end tells the unit of both."""
    written = {name: end for name, end in (("low", low), ("high", high)) if end is not None}

    assert (expected,) == reading(LVEF_FACT, lvef({"valueRange": written})).readings


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("normal", Why.NO_VALUE),
        ("about 55 %", Why.NO_VALUE),
        ("RVEF 55 %", Why.NO_VALUE),
        ("previous LVEF 55 %", Why.NO_VALUE),
        ("LVEF not 55 %", Why.NO_VALUE),
        ("LVEF 55 % (50-70) at rest", Why.UNIT_NOT_ACCEPTED),
        ("55 10.2", Why.NO_VALUE),
        ("55 a" + " " * 200_000, Why.NO_VALUE),
        ("55-50 %", Why.NO_VALUE),
        (">50-55 %", Why.NO_VALUE),
        ("", Why.NO_VALUE),
        ({}, Why.NO_VALUE),
        ({"valueQuantity": {"unit": "%"}}, Why.NO_VALUE),
        ({"valueRange": {"low": {"value": 55}, "high": {"value": 50}}}, Why.NO_VALUE),
        ({"valueRange": {}}, Why.NO_VALUE),
        (("~", 55, "%"), Why.NO_VALUE),
        ({"valueBoolean": True}, Why.NO_VALUE),
        ({"valueQuantity": {"value": "55", "unit": "%"}}, Why.NO_VALUE),
        ({"valueQuantity": {"value": "fifty", "unit": "%"}}, Why.BROKEN),
        ((55, "mL"), Why.UNIT_NOT_ACCEPTED),
        ((55, "% of predicted"), Why.UNIT_NOT_ACCEPTED),
        ((0, "%"), Why.IMPOSSIBLE_VALUE),
        ((-55, "%"), Why.IMPOSSIBLE_VALUE),
        ((101, "%"), Why.IMPOSSIBLE_VALUE),
        ((55, "1"), Why.IMPOSSIBLE_VALUE),
        ((0.55, "%"), Why.IMPOSSIBLE_VALUE),
        ((1e15, "%"), Why.NO_VALUE),
    ],
    ids=str,
)
def test_what_cannot_be_used_says_why(content: Any, why: Why) -> None:
    """A value that cannot be read, or cannot be, is a reading without value and with a reason."""
    found = reading(LVEF_FACT, lvef(content))

    assert () == found.readings
    assert why is found.why


def test_the_reason_for_an_absent_value_is_told() -> None:
    """A `dataAbsentReason` says why there is no value."""
    reason = {"dataAbsentReason": concept(text="Poor acoustic window")}
    found = reading(LVEF_FACT, lvef(reason))

    assert (Why.NO_VALUE, "Poor acoustic window") == (found.why, found.detail)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": 55, "unit": "percent", "code": "%"}, None),
        ({"value": 55, "unit": "per cent of volume", "code": "%"}, None),
        ({"value": 55, "unit": "fraction", "code": "%"}, Why.UNITS_DISAGREE),
        ({"value": 55, "unit": "%", "code": "mL"}, Why.UNIT_NOT_ACCEPTED),
        ({"value": 55, "unit": " % "}, None),
    ],
)
def test_the_code_of_a_unit_comes_before_its_text(quantity: Json, expected: Why | None) -> None:
    """The coded unit is read; a text that means another unit makes the value unusable."""
    assert expected is reading(LVEF_FACT, lvef({"valueQuantity": quantity})).why


def test_a_missing_unit_leaves_every_reading_open() -> None:
    """55 without unit can only be per cent; 0.5 and 1 could be fractions too."""
    assert (Interval(D(55), D(55)),) == reading(LVEF_FACT, lvef((55, None))).readings
    assert 2 == len(reading(LVEF_FACT, lvef((0.5, None))).readings)
    assert 2 == len(reading(LVEF_FACT, lvef((1, None))).readings)


def test_a_missing_unit_where_all_factors_are_possible() -> None:
    """An excursion of 2 without unit is 2 cm or 2 mm: both stay open."""
    found = reading(
        "tricuspid-annular-plane-systolic-excursion", observation("t", TAPSE, (2, None))
    )

    assert {D("0.2"), D(2)} == {each.low for each in found.readings}


@pytest.mark.parametrize(
    "content",
    [
        *(27, (27, None), (27, "{score}"), (27, "1"), (27, "points"), (27, "/51"), "27"),
        *(
            "mRSS 27",
            "mRSS: 27",
            "Score: 27",
            "27 (0-51)",
            "27 points",
            "Modified Rodnan skin score 27",
        ),
    ],
)
def test_a_score_needs_no_unit(content: Any) -> None:
    """The skin score is a bare number, however it is written."""
    found = reading(MRSS_FACT, observation("s", "mRSS", content))

    assert (Interval(D(27), D(27)),) == found.readings


@pytest.mark.parametrize(
    "content",
    [
        *("45 10*3/uL", "45 10^3/uL", "45 10*9/L", "45 K/uL", "45 x10E3/uL", "45000 /uL"),
        *("45,000 /uL", "WBC 45 K/uL", "45 K/uL (4.5-11)"),
    ],
)
def test_a_count_in_words(content: str) -> None:
    """Powers of ten in the unit and commas between thousands are read as they are typed."""
    count = observation("w", ("http://loinc.org", "6690-2"), content)

    assert (Interval(D(45), D(45)),) == reading("leukocyte-count", count).readings


@pytest.mark.parametrize("content", ["0,045 K/uL", "4,5 K/uL", "45,00 K/uL", "1,2,3 K/uL"])
def test_a_comma_that_may_be_a_point(content: str) -> None:
    """Only three digits behind a comma make thousands; anything else is no number here."""
    count = observation("w", ("http://loinc.org", "6690-2"), content)

    assert () == reading("leukocyte-count", count).readings


@pytest.mark.parametrize("score", [52, -1, 100])
def test_a_score_beyond_its_scale(score: int) -> None:
    """The skin score goes from 0 to 51."""
    assert Why.IMPOSSIBLE_VALUE is reading(MRSS_FACT, observation("s", "mRSS", score)).why


@pytest.mark.parametrize("score", [0, 51])
def test_a_score_at_the_ends_of_its_scale(score: int) -> None:
    """Both ends of the scale are possible."""
    assert reading(MRSS_FACT, observation("s", "mRSS", score)).why is None


@pytest.mark.parametrize(
    ("status", "count"),
    [
        ("final", 1),
        ("amended", 1),
        ("corrected", 1),
        ("preliminary", 0),
        ("registered", 0),
        ("cancelled", 0),
        ("entered-in-error", 0),
        ("unknown", 0),
    ],
)
def test_statuses(status: str, count: int) -> None:
    """Only final results, and those corrected after, are values."""
    assert count == len(readings(LVEF_FACT, lvef((55, "%"), status=status)))


@pytest.mark.parametrize(
    ("when", "count"),
    [
        ({"effectiveDateTime": "2026-11-21"}, 1),
        ({"effectiveDateTime": "2026-11-21T23:59:59-10:00"}, 1),
        ({"effectiveDateTime": "2026-11-22"}, 0),
        ({"effectiveDateTime": "2026-11"}, 1),
        ({"effectiveDateTime": "2026"}, 1),
        ({"effectiveDateTime": "2027"}, 0),
        ({"effectiveDateTime": None}, 1),
        ({"effectiveDateTime": None, "issued": "2026-11-22T08:00:00Z"}, 0),
    ],
)
def test_future_results_do_not_count(when: Json, count: int) -> None:
    """A result that is surely later than the day of review is left out."""
    assert count == len(readings(LVEF_FACT, lvef((55, "%"), **when)))


@pytest.mark.parametrize(
    ("when", "written"),
    [
        ({"effectiveInstant": "2026-10-02T08:00:00Z"}, "2026-10-02T08:00:00Z"),
        ({"effectivePeriod": {"start": "2026-10-01", "end": "2026-10-03"}}, "2026-10-03"),
        ({"effectivePeriod": {"start": "2026-10-01"}}, "2026-10-01"),
        ({"issued": "2026-10-04T08:00:00Z"}, "2026-10-04T08:00:00Z"),
    ],
)
def test_when_a_result_was_true(when: Json, written: str) -> None:
    """An instant, the end of a period, and failing these the time of issue date a result."""
    found = reading(LVEF_FACT, lvef((55, "%"), effectiveDateTime=None, **when))

    assert found.on is not None
    assert written == found.on.written


def worded(*texts: str) -> Json:
    """Return a coded value: the first of *texts* beside the code, the others as its displays."""
    first, *displays = texts
    return {"valueCodeableConcept": {"text": first, "coding": [{"display": d} for d in displays]}}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("55 %",), Interval(D(55), D(55))),
        ((">= 55%",), Interval(D(55), D(100))),
        (("50-55 %", "50-55 %"), Interval(D(50), D(55))),
        (("55 %", "Normal"), Interval(D(55), D(55))),
    ],
)
def test_a_number_that_names_a_coded_value(texts: tuple[str, ...], expected: Interval) -> None:
    """A result may come as the text of a coded value, with or without a code beside it."""
    assert (expected,) == reading(LVEF_FACT, lvef(worded(*texts))).readings


@pytest.mark.parametrize("texts", [("Normal",), ("55 %", "45 %"), ("see report of 55 %",)])
def test_names_of_a_coded_value_that_are_no_number(texts: tuple[str, ...]) -> None:
    """Words are no number, and two numbers are none either."""
    read = reading(LVEF_FACT, lvef(worded(*texts)))

    assert ((), Why.NO_VALUE) == (read.readings, read.why)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("0.05 %",), Interval(D("0.05"), D("0.05"))),
        (("<0.01%", "Not detected"), Interval(D(0), D("0.01"), high_open=True)),
        (("Not detected",), Interval(D(0), D(0))),
        (("2 %", "Not detected"), Interval(D(0), D(2))),
    ],
)
def test_residual_disease_as_a_coded_value(texts: tuple[str, ...], expected: Interval) -> None:
    """A number beside words for none at all leaves open all that lies between."""
    resource = observation("mrd", "Minimal residual disease", worded(*texts))

    assert (expected,) == reading("residual-disease-share", resource).readings
