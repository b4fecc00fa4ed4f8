"""Earlier transplants as records tell of them: type, day, denial, and what only resembles one."""

from collections.abc import Iterable
from typing import Any

import pytest

from cards.history.transplants import History, transplant_history
from cards.values.coding import CPT, HCPCS, ICD_10_CM, ICD_10_PCS, SNOMED_CT
from cards.view import View
from tests.cards.building import (
    AS_OF,
    Code,
    Json,
    chart,
    concept,
    condition,
    library,
    observation,
    orders,
    request,
)
from tests.cards.test_cigna_0261 import procedure

LYMPHOCYTES = (CPT, "38242")
ALLOGENEIC, AUTOLOGOUS = (CPT, "38240"), (CPT, "38241")
EITHER = (HCPCS, "S2150")
STEM_CELLS_STATUS = (ICD_10_CM, "Z94.84")
HISTORY_OF_ALLOGENEIC = (SNOMED_CT, "152621000119105")
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
HISTORY_OF_AUTOLOGOUS = (SNOMED_CT, "108631000119101")


NEGATIVE = {"interpretation": [concept((FLAGS, "NEG"))]}


def history(*resources: Json, order: Json | None = None) -> History:
    """Return what a chart of these resources tells of earlier transplants."""
    (only,) = orders(order or request(LYMPHOCYTES))
    return transplant_history(View(only, chart(resources), library().clinical, AS_OF))


def grafts(told: History) -> list[str | None]:
    """Return the graft types told, sorted; None for an unknown one."""
    return sorted((each.graft for each in told.transplants), key=str)


def coded(code: Code, text: str) -> Json:
    """Return a procedure with a code and a text beside it."""
    return procedure(code, code=concept(code, text=text))


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        ("allogeneic", ALLOGENEIC),
        ("allogeneic", (SNOMED_CT, "58390007")),
        ("allogeneic", (ICD_10_PCS, "30233Y3")),
        ("allogeneic", (ICD_10_PCS, "30243U4")),
        ("allogeneic", (ICD_10_PCS, "30233Y1")),
        ("allogeneic", (ICD_10_PCS, "30240G1")),
        ("allogeneic", (HCPCS, "S2142")),
        ("allogeneic", "HLA-identical sibling allogeneic HCT"),
        ("allogeneic", "Haploidentical stem cell transplant from brother"),
        ("allogeneic", "Matched unrelated donor BMT"),
        ("allogeneic", "HLA-identical sibling stem cell transplant"),
        ("allogeneic", "MSD BMT"),
        (None, "Identical twin stem cell transplant"),
        ("autologous", AUTOLOGOUS),
        ("autologous", (SNOMED_CT, "709115004")),
        ("autologous", (ICD_10_PCS, "30230Y0")),
        ("autologous", (ICD_10_PCS, "30243X0")),
        ("autologous", "Auto SCT"),
        (None, EITHER),
        (None, (SNOMED_CT, "23719005")),
        (None, (SNOMED_CT, "234331007")),
        (None, "Stem cell transplant"),
    ],
)
def test_a_procedure_tells_the_type(expected: str | None, what: Code | str) -> None:
    """Codes of every release tell the type, and so do words; some codes leave it open."""
    assert [expected] == grafts(history(procedure(what)))


@pytest.mark.parametrize(
    "what",
    [
        (CPT, "38205"),
        (CPT, "38206"),
        (CPT, "38204"),
        (CPT, "38207"),
        LYMPHOCYTES,
        (SNOMED_CT, "418576007"),
        (ICD_10_PCS, "30243Q1"),
        (ICD_10_PCS, "30233C0"),
        "Allogeneic HCT evaluation",
        "Autologous stem cell collection",
        "Kidney transplant, related donor",
        "Autologous chondrocyte transplantation",
        "Conditioning for allogeneic transplant",
        "Allogeneic transplant planned",
        "Hematocrit (Hct)",
    ],
)
def test_what_resembles_a_transplant_is_none(what: Code | str) -> None:
    """Collection, search, processing, other cells, other organs and plans tell of no transplant."""
    assert History() == history(procedure(what))


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "in-progress", "preparation"])
def test_only_completed_procedures_count(status: str) -> None:
    """A procedure that was not done, or not yet, is no transplant."""
    assert History() == history(procedure(status=status))


def test_a_procedure_of_unknown_status_stays_doubtful() -> None:
    """It may have been completed, so it is neither a transplant nor nothing."""
    told = history(procedure(status="unknown"))
    assert ([], 1) == (grafts(told), len(told.doubtful))


@pytest.mark.parametrize(("on", "count"), [("2026-11-21", 1), ("2026-11-22", 0), ("2026", 1)])
def test_the_future_does_not_count(on: str, count: int) -> None:
    """A transplant up to the as-of date has happened, a later one has not."""
    assert count == len(history(procedure(on=on)).transplants)


def test_code_and_text_that_disagree_leave_the_type_open() -> None:
    """An allogeneic code beside the word autologous is a transplant of unknown type."""
    (only,) = history(coded(ALLOGENEIC, "Autologous stem cell transplant")).transplants
    assert (None, True) == (only.graft, only.contradicted)


def test_a_history_whose_display_names_the_other_type() -> None:
    """It tells of a transplant of unknown type; one that names both stays as it is coded."""
    other, both = (
        history(
            condition("h", HISTORY_OF_ALLOGENEIC, code=concept(HISTORY_OF_ALLOGENEIC, text=each))
        )
        for each in ("History of autologous transplant", "Autologous, then allogeneic transplant")
    )
    assert ([None], True) == (grafts(other), other.transplants[0].contradicted)
    assert ["allogeneic"] == grafts(both)


def test_text_completes_a_code_for_either_type() -> None:
    """A code that covers both types takes the type from the text beside it."""
    assert ["allogeneic"] == grafts(history(coded(EITHER, "Allogeneic stem cell transplant")))


@pytest.mark.parametrize(
    ("expected", "what", "more"),
    [
        (["allogeneic"], HISTORY_OF_ALLOGENEIC, {}),
        (["allogeneic"], HISTORY_OF_ALLOGENEIC, {"clinical": "resolved"}),
        (["autologous"], HISTORY_OF_AUTOLOGOUS, {}),
        ([None], STEM_CELLS_STATUS, {}),
        ([None], (ICD_10_CM, "Z48.290"), {}),
        (["allogeneic"], "AML, relapse after allogeneic stem cell transplant", {}),
        (["allogeneic", "autologous"], "S/P autologous and allogeneic HSCT", {}),
        ([None], "History of autologous or allogeneic HSCT", {}),
        ([], (ICD_10_CM, "Z94.0"), {}),
        ([], (ICD_10_CM, "Z52.091"), {}),
        ([], (SNOMED_CT, "473162000"), {}),
        ([], (ICD_10_CM, "D89.810"), {}),
        ([], (ICD_10_CM, "T86.09"), {}),
        ([], "Brother had allogeneic bone marrow transplant", {}),
        ([], "Awaiting allogeneic transplant", {}),
        ([], "Possible allogeneic transplant in 2019", {}),
        ([], HISTORY_OF_ALLOGENEIC, {"verification": "provisional"}),
        ([], HISTORY_OF_ALLOGENEIC, {"verification": "entered-in-error"}),
    ],
)
def test_a_problem_tells_of_a_transplant(
    expected: list[str | None], what: Code | str, more: dict[str, Any]
) -> None:
    """A history or status tells of one, with its type where it names one; donors are not meant."""
    assert expected == grafts(history(condition("history", what, **more)))


@pytest.mark.parametrize(
    ("expected", "resource"),
    [
        ([None], observation("o", "History of stem cell transplant", "never transplanted")),
        ([None], observation("o", "Prior stem cell transplant", {"valueBoolean": False})),
        ([None], observation("o", "Number of prior stem cell transplants", 0)),
        (["allogeneic"], observation("o", "Prior allogeneic transplant", "No")),
        (["autologous"], observation("o", "Prior autologous transplant", "none")),
        (["allogeneic"], condition("c", HISTORY_OF_ALLOGENEIC, verification="refuted")),
        ([None], condition("c", "No prior stem cell transplant")),
        ([None], condition("c", "Never transplanted")),
        ([None], condition("c", "Transplant-naive")),
        ([None], condition("c", "HSCT naive")),
        ([], condition("c", "Sister never transplanted")),
        ([], condition("c", "Never transplanted?")),
        ([], condition("c", "Rituximab-naive, S/P stem cell transplant")),
        ([], condition("c", "No GVHD after allogeneic stem cell transplant")),
        ([None], observation("o", "Prior stem cell transplant", NEGATIVE)),
        ([], observation("o", "Relapse after stem cell transplant", NEGATIVE)),
        ([], observation("o", "Prior stem cell transplant", NEGATIVE | {"valueString": "Yes"})),
        ([], observation("o", "Relapse after stem cell transplant", "none")),
        ([], observation("o", "Stem cell transplant", "no complications")),
        ([], observation("o", "Prior stem cell transplant", "unknown")),
        ([], procedure(status="not-done")),
    ],
)
def test_only_a_statement_denies(expected: list[str | None], resource: Json) -> None:
    """That there was none has to be said of the transplant itself, and of no other finding."""
    assert expected == [each.graft for each in history(resource).denials]


@pytest.mark.parametrize(
    ("expected", "resource"),
    [
        ([None], observation("o", "Prior stem cell transplant", {"valueBoolean": True})),
        (["allogeneic"], observation("o", "Type of stem cell transplant", "Allogeneic, MUD")),
        ([], observation("o", "Donor chimerism after allogeneic stem cell transplant", (95, "%"))),
        ([], observation("o", "Prior stem cell transplant", "yes", status="entered-in-error")),
    ],
)
def test_an_observation_tells_of_a_transplant(expected: list[str | None], resource: Json) -> None:
    """An Observation about the transplant itself tells of it by its value."""
    assert expected == grafts(history(resource))


def test_the_order_tells_of_a_transplant() -> None:
    """Reasons and notes tell of one; the order's code and its display do not."""
    reason = request(LYMPHOCYTES, "Relapse after allogeneic HCT")
    note = request(LYMPHOCYTES, note=[{"text": "S/P autologous SCT in 2020."}])
    display = request(LYMPHOCYTES, code=concept(LYMPHOCYTES, text="Infusion after allogeneic HCT"))
    told = [grafts(history(order=each)) for each in (reason, note, display)]
    assert [["allogeneic"], ["autologous"], []] == told


def test_the_day_of_the_transplant_beats_that_of_its_recording() -> None:
    """The latest dated procedure is the latest transplant, however late a problem is recorded."""
    records: Iterable[Json] = (
        procedure(AUTOLOGOUS, "2024-05-01", id="first"),
        procedure(ALLOGENEIC, "2026-03-11"),
        condition("history", HISTORY_OF_ALLOGENEIC, recordedDate="2026-10-01"),
    )
    latest = history(*records).latest
    assert latest is not None
    assert "2026-03-11" == latest.written


def test_what_only_speaks_for_a_transplant_is_kept_apart() -> None:
    """Graft-versus-host disease and complications support a transplant and prove none."""
    told = history(condition("gvhd", (ICD_10_CM, "D89.811")), condition("t", (ICD_10_CM, "T86.02")))
    assert ([], 2) == (grafts(told), len(told.supports))


@pytest.mark.parametrize(
    "title",
    [
        "Donor search for allogeneic stem cell transplant",
        "Insurance authorization for autologous stem cell transplant",
        "Central line placement, stem cell transplant",
    ],
)
def test_a_procedure_around_a_transplant_is_none(title: str) -> None:
    """What is done for a transplant, or after one, is not counted as the transplant."""
    assert [] == grafts(history(procedure(title, "2024-05-01")))


@pytest.mark.parametrize(
    "what",
    [
        "Donor search for allogeneic transplant",
        "Allogeneic transplant consent",
        "Consent for allogeneic HCT signed",
        "Needs allogeneic transplant",
        "Allogeneic transplant recommended",
        "Would benefit from allogeneic transplant",
        "Sibling received allogeneic transplant",
        "Daughter s/p allogeneic HSCT",
        "Never transplanted",
    ],
)
def test_a_plan_and_a_relatives_transplant_are_none(what: str) -> None:
    """A transplant that is wished for, consented to, or another person's is not the patient's."""
    told = [history(condition("c", what)), history(procedure(what))]
    assert [[], []] == [grafts(each) for each in told]


@pytest.mark.parametrize(
    "what",
    [
        "Allogeneic transplant from sibling",
        "Sibling donor allogeneic transplant",
        "Allogeneic HCT, donor brother",
        "S/P allogeneic HSCT 2024, needs second allogeneic transplant",
        "Allogeneic transplant 2024. Sibling had a transplant too",
    ],
)
def test_a_plan_beside_a_transplant_takes_nothing_from_it(what: str) -> None:
    """The donor may be a relative, and what is planned next leaves what was done."""
    told = [history(condition("c", what)), history(procedure(what))]
    assert [["allogeneic"], ["allogeneic"]] == [grafts(each) for each in told]
