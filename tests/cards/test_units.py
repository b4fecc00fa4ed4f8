"""The factor of every unit of every fact, against pint as an oracle of its own."""

from decimal import Decimal

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.facts import Measurement
from cards.record.observations import readings_of
from tests.cards.building import AS_OF, Code, chart, library, observation

ureg: pint.UnitRegistry[Decimal] = pint.UnitRegistry(non_int_type=Decimal)

FACTS = {
    name: fact for name, fact in library().clinical.facts.items() if isinstance(fact, Measurement)
}
ROWS = [(name, spelled) for name, fact in FACTS.items() for spelled in fact.units]

PINT_NAMES = {
    "%": "percent",
    "percent": "percent",
    "pct": "percent",
    "% by flow": "percent",
    "% by flow cytometry": "percent",
    "{percent}": "percent",
    "% predicted": "percent",
    "%pred": "percent",
    "% pred": "percent",
    "% of predicted": "percent",
    "% of pred": "percent",
    "1": "dimensionless",
    "{fraction}": "dimensionless",
    "fraction": "dimensionless",
    "cm": "centimeter",
    "centimeter": "centimeter",
    "centimeters": "centimeter",
    "mm": "millimeter",
    "millimeter": "millimeter",
    "millimeters": "millimeter",
    "mm[Hg]": "mmHg",
    "mmHg": "mmHg",
    "mm Hg": "mmHg",
    "mm hg": "mmHg",
    "torr": "torr",
    "mL/min": "milliliter / minute",
    "ml/min": "milliliter / minute",
    "mL/minute": "milliliter / minute",
    "ml/minute": "milliliter / minute",
    "mL/s": "milliliter / second",
    "ml/s": "milliliter / second",
    "mL/sec": "milliliter / second",
    "L": "liter",
    "l": "liter",
    "liter": "liter",
    "liters": "liter",
    "litre": "liter",
    "litres": "liter",
    "mL": "milliliter",
    "ml": "milliliter",
    "milliliter": "milliliter",
    "milliliters": "milliliter",
    "10*3/uL": "1000 / microliter",
    "10*9/L": "1000 / microliter",
    "10^3/uL": "1000 / microliter",
    "10^9/L": "1000 / microliter",
    "K/uL": "1000 / microliter",
    "k/uL": "1000 / microliter",
    "x10E3/uL": "1000 / microliter",
    "x10*3/uL": "1000 / microliter",
    "x10^3/uL": "1000 / microliter",
    "x10^9/L": "1000 / microliter",
    "x10E9/L": "1000 / microliter",
    "thou/uL": "1000 / microliter",
    "Thousand/uL": "1000 / microliter",
    "K/mm3": "1000 / microliter",
    "10*3/mm3": "1000 / microliter",
    "G/L": "1000 / microliter",
    "/uL": "1 / microliter",
    "{cells}/uL": "1 / microliter",
    "cells/uL": "1 / microliter",
    "10*3/mcL": "1000 / microliter",
    "10^3/mcL": "1000 / microliter",
    "x10E3/mcL": "1000 / microliter",
    "K/mcL": "1000 / microliter",
    "thou/mcL": "1000 / microliter",
    "thousand/mcL": "1000 / microliter",
    "10E3/uL": "1000 / microliter",
    "10E9/L": "1000 / microliter",
    "10(3)/uL": "1000 / microliter",
    "x10(3)/uL": "1000 / microliter",
    "10(3)/mcL": "1000 / microliter",
    "x10(3)/mcL": "1000 / microliter",
    "10(9)/L": "1000 / microliter",
    "x10(9)/L": "1000 / microliter",
    "10x3/uL": "1000 / microliter",
    "10x9/L": "1000 / microliter",
    "1000/uL": "1000 / microliter",
    "1000/mm3": "1000 / microliter",
    "Giga/L": "1000 / microliter",
    "/nL": "1 / nanoliter",
    "K/cumm": "1000 / microliter",
    "thou/cumm": "1000 / microliter",
    "10*3/cumm": "1000 / microliter",
    "10^3/cumm": "1000 / microliter",
    "10^3/mm3": "1000 / microliter",
    "x10E3/mm3": "1000 / microliter",
    "thou/mm3": "1000 / microliter",
    "/cumm": "1 / microliter",
    "cells/cumm": "1 / microliter",
    "/mcL": "1 / microliter",
    "cells/mcL": "1 / microliter",
    "#/uL": "1 / microliter",
    "/mm3": "1 / microliter",
    "cells/mm3": "1 / microliter",
    "10*6/L": "1 / microliter",
    "{cells}/10*6": "ppm",
    "/10*6": "ppm",
    "{cells}/10*4": "100 * ppm",
    "/10*4": "100 * ppm",
}
"""What each spelling means to pint, which reads no UCUM annotations."""

SCORES = frozenset({"{score}", "score", "1", "points", "point", "{points}", "{point}", "/51"})
"""Spellings of a bare number: a score has no unit that could be converted."""


def factor_by_pint(spelled: str, into: str) -> Decimal:
    """Return how many of *into* one of *spelled* is."""
    one, unit = ureg(PINT_NAMES[spelled]), ureg(PINT_NAMES[into])
    return Decimal((one / unit).to("dimensionless").magnitude)


@pytest.mark.parametrize(("name", "spelled"), ROWS)
def test_every_factor_is_that_of_pint(name: str, spelled: str) -> None:
    """The factor into the fact's unit is exact; a torr is mmHg to less than a millionth."""
    fact = FACTS[name]
    if fact.unit == "{score}":
        assert spelled in SCORES
        assert 1 == fact.units[spelled]
        return
    expected, factor = factor_by_pint(spelled, fact.unit), fact.units[spelled]

    assert expected == factor or (
        spelled == "torr" and abs(expected / factor - 1) < Decimal("0.000001")
    )


CODES: dict[str, Code | str] = {
    "left-ventricular-ejection-fraction": ("http://loinc.org", "10230-1"),
    "tricuspid-annular-plane-systolic-excursion": ("http://loinc.org", "77903-3"),
    "pulmonary-artery-systolic-pressure": ("http://loinc.org", "8440-0"),
    "mean-pulmonary-artery-pressure": ("http://loinc.org", "8414-5"),
    "creatinine-clearance": ("http://loinc.org", "2164-2"),
    "dlco-percent-predicted": ("http://loinc.org", "98130-8"),
    "fvc-percent-predicted": ("http://loinc.org", "19872-1"),
    "fvc-volume": ("http://loinc.org", "19870-5"),
    "modified-rodnan-skin-score": "Modified Rodnan skin score",
    "leukocyte-count": ("http://loinc.org", "6690-2"),
    "blast-count": ("http://loinc.org", "30376-8"),
    "residual-disease-share": "Minimal residual disease",
    "donor-chimerism": ("http://loinc.org", "102113-8"),
    "recipient-chimerism": ("http://loinc.org", "103154-1"),
}


def test_every_fact_has_an_example() -> None:
    """A new measurement is not forgotten here."""
    assert set(CODES) == set(FACTS)


@given(st.sampled_from(ROWS), st.data())
def test_a_value_is_converted_exactly(row: tuple[str, str], data: st.DataObject) -> None:
    """Any plausible value comes out as in pint, to the last digit and on both sides of a limit."""
    name, spelled = row
    fact = FACTS[name]
    factor = fact.units[spelled]
    low, high = (bound / factor for bound in fact.plausible)
    written = data.draw(st.decimals(low, high, places=2).filter(lambda each: low <= each <= high))
    resource = observation("x", CODES[name], (float(written), spelled))

    (found,) = readings_of(fact, chart([resource]), library().clinical.value_sets, AS_OF)

    assert [written * factor] == [each.low for each in found.readings]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("tricuspid-annular-plane-systolic-excursion", "m"),
        ("tricuspid-annular-plane-systolic-excursion", "in"),
        ("pulmonary-artery-systolic-pressure", "kPa"),
        ("mean-pulmonary-artery-pressure", "cm[H2O]"),
        ("creatinine-clearance", "mL"),
        ("creatinine-clearance", "L/min"),
        ("creatinine-clearance", "mL/h"),
        ("creatinine-clearance", "mL/min/1.73m2"),
        ("fvc-percent-predicted", "L"),
        ("fvc-volume", "%"),
        ("fvc-volume", "dL"),
        ("dlco-percent-predicted", "mL/min/mmHg"),
        ("modified-rodnan-skin-score", "%"),
        ("left-ventricular-ejection-fraction", "mL"),
        ("leukocyte-count", "g/L"),
        ("leukocyte-count", "\u00b5g/L"),
        ("leukocyte-count", "\u00b5L"),
        ("leukocyte-count", "10\u00b2/\u00b5L"),
        ("leukocyte-count", "10\u2076/\u00b5L"),
        ("leukocyte-count", "mL/min/1.73m\u00b2"),
        ("tricuspid-annular-plane-systolic-excursion", "Mm"),
    ],
)
def test_other_units_are_not_read(name: str, unit: str) -> None:
    """A unit that the fact does not list gives no value, however near it looks."""
    resource = observation("x", CODES[name], (20, unit))

    found = readings_of(FACTS[name], chart([resource]), library().clinical.value_sets, AS_OF)

    assert all(each.readings == () for each in found)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (30500, "/\u00b5L"),
        (30500, "cells/\u00b5L"),
        (30500, "/\u03bcL"),
        (30500, "/mm\u00b3"),
        (30.5, "K/\u00b5L"),
        (30.5, "10*3/\u00b5L"),
        (30.5, "\u00d710\u00b3/\u00b5L"),
        (30.5, "10\u00b3/\u03bcL"),
        (30.5, "x 10^3/\u00b5L"),
        (30.5, "\u00d710\u2079/L"),
        (30.5, "\u00d7 10^9/L"),
        (30.5, "giga/L"),
    ],
)
def test_signs_that_keyboards_lack_are_the_same_unit(written: float, unit: str) -> None:
    """Micro signs, raised powers and the sign of multiplication read as people type them."""
    fact = FACTS["leukocyte-count"]
    typed = f"{written} {unit}"

    for content in ((written, unit), typed):
        resource = observation("x", CODES["leukocyte-count"], content)
        (found,) = readings_of(fact, chart([resource]), library().clinical.value_sets, AS_OF)
        assert [Decimal("30.5")] == [each.low for each in found.readings]


def test_spaces_in_a_unit_do_not_count() -> None:
    """`m m [Hg]` is no other unit than `mm[Hg]`."""
    resource = observation("x", CODES["pulmonary-artery-systolic-pressure"], (30, "mm [Hg]"))
    fact = FACTS["pulmonary-artery-systolic-pressure"]

    (found,) = readings_of(fact, chart([resource]), library().clinical.value_sets, AS_OF)

    assert Decimal(30) == found.readings[0].low
