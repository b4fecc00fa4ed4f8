"""The course of a leukemia, as the order's own reason tells it beside the record."""

from typing import Any

import pytest

from cards.history.disease_course import course
from cards.values.coding import ICD_10_CM, LOINC, SNOMED_CT
from cards.view import View
from tests.cards.building import (
    AS_OF,
    AUTOLOGOUS,
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

NOT_IN_REMISSION = (ICD_10_CM, "C91.00")
IN_REMISSION = (ICD_10_CM, "C91.01")
IN_RELAPSE = (ICD_10_CM, "C91.02")
REFRACTORY = (SNOMED_CT, "12311000132101")
DISEASES = frozenset({"acute-lymphoblastic-leukemia"})


def _named(case: Any) -> str:
    """Return a name that is the same in every process, as workers compare them; sets have none."""
    return "-".join(sorted(case)) if isinstance(case, set) else str(case)


@pytest.mark.parametrize(
    ("written", "states"),
    [
        ("ALL in second complete remission (CR2)", {"later-remission"}),
        ("ALL in CR1", {"first-remission"}),
        ("ALL in remission", {"first-remission", "later-remission"}),
    ],
)
def test_the_reason_tells_the_number_of_the_remission(written: str, states: set[str]) -> None:
    """No code numbers a remission: the words of the order do, where the record does not."""
    draft = request(AUTOLOGOUS) | {"reasonCode": [concept(IN_REMISSION, text=written)]}
    (order,) = orders(draft)
    view = View(order, chart([condition("c", IN_REMISSION)]), library().clinical, AS_OF)

    assert states == course(view, DISEASES).states


def test_a_reason_that_contradicts_the_record_leaves_both_open() -> None:
    """The record numbers the remission otherwise: one of the two is wrong."""
    draft = request(AUTOLOGOUS) | {"reasonCode": [concept(IN_REMISSION, text="ALL in CR2")]}
    (order,) = orders(draft)
    first = condition("c", "Acute lymphoblastic leukemia in first remission")
    view = View(order, chart([first]), library().clinical, AS_OF)

    assert {"first-remission", "later-remission"} == course(view, DISEASES).states


def states_of(*conditions: Json, reason: Json | None = None) -> frozenset[str]:
    """Return the states that problems, and the reason of today's order if any, leave possible."""
    stated = {
        "reasonCode": [concept(text="ALL") if reason is None else reason],
        "authoredOn": "2026-11-21",
    }
    (order,) = orders(request(AUTOLOGOUS) | stated)
    return course(View(order, chart(conditions), library().clinical, AS_OF), DISEASES).states


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (concept(NOT_IN_REMISSION), {"first-induction", "refractory"}),
        (concept(NOT_IN_REMISSION, REFRACTORY), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="Refractory acute lymphoblastic leukemia"), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="Primary refractory ALL"), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="ALL refractory to first induction"), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="ALL, primary induction failure"), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="ALL, in induction"), {"first-induction"}),
        (
            concept(NOT_IN_REMISSION, text="ALL with refractory thrombocytopenia"),
            {"first-induction", "refractory"},
        ),
        (
            concept(NOT_IN_REMISSION, text="ALL, refractory to platelet transfusions"),
            {"first-induction", "refractory"},
        ),
        (concept(IN_RELAPSE, text="ALL in relapse, steroid-refractory GVHD"), {"relapsed"}),
        (concept(IN_RELAPSE, text="Refractory B-cell ALL in relapse"), {"refractory"}),
        (concept(NOT_IN_REMISSION, text="ALL, not refractory"), {"first-induction", "refractory"}),
        (concept(NOT_IN_REMISSION, text="Refractory ALL?"), {"first-induction", "refractory"}),
        (concept(IN_RELAPSE), {"relapsed"}),
        (concept(IN_RELAPSE, REFRACTORY), {"refractory"}),
        (concept(IN_RELAPSE, text="Relapsed and refractory ALL"), {"refractory"}),
        (concept(IN_RELAPSE, text="Relapsed/refractory ALL"), {"relapsed", "refractory"}),
        (concept(IN_RELAPSE, text="ALL, relapsed or refractory"), {"relapsed", "refractory"}),
        (concept(IN_RELAPSE, text="R/R ALL"), {"relapsed", "refractory"}),
        (concept(IN_RELAPSE, text="ALL in relapse, not refractory"), {"relapsed"}),
        (concept(IN_REMISSION, text="ALL in CR1, refractory to steroids"), {"first-remission"}),
    ],
    ids=_named,
)
def test_refractory_disease_beside_a_code_that_does_not_tell(
    code: Json, expected: set[str]
) -> None:
    """The codes for new disease and relapse hold refractory disease, which text or SNOMED tells."""
    assert expected == states_of(condition("c", "x", code=code))
    if code["coding"][0]["code"] != "C91.01":
        assert expected == states_of(reason=code)


def test_refractory_disease_as_a_problem_of_its_own() -> None:
    """Two problems of one day: who is in relapse and refractory is refractory."""
    relapse = condition("a", IN_RELAPSE)

    assert {"refractory"} == states_of(relapse, condition("b", REFRACTORY))
    assert {"refractory"} == states_of(condition("b", REFRACTORY), reason=concept(IN_RELAPSE))
    assert {"first-remission", "later-remission", "refractory"} == states_of(
        condition("a", IN_REMISSION), condition("b", REFRACTORY)
    )


def test_refractory_disease_of_the_past_is_over() -> None:
    """What was refractory once has come into remission since; the later statement stands."""
    before = condition("a", REFRACTORY, recordedDate="2026-01-01")
    after = condition("b", IN_REMISSION, recordedDate="2026-06-01")

    assert {"first-remission", "later-remission"} == states_of(before, after)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("First complete remission", {"first-remission"}),
        ("In first complete remission (CR1).", {"first-remission"}),
        ("Patient is now in CR2", {"later-remission"}),
        ("Complete remission", {"first-remission", "later-remission"}),
        ("Transplant planned in CR1", {"first-remission", "later-remission"}),
        ("Consider transplant in CR2", {"first-remission", "later-remission"}),
        ("CR1 in 2024, then lost to follow-up", {"first-remission", "later-remission"}),
        ("Not in CR1", {"first-remission", "later-remission"}),
    ],
)
@pytest.mark.parametrize("place", ["stage", "note"])
def test_a_remark_on_the_problem_numbers_the_remission(
    written: str, expected: set[str], place: str
) -> None:
    """A stage or note that says the number and no more is read; plans and stories are not."""
    remark: Json = {"summary": concept(text=written)} if place == "stage" else {"text": written}

    assert expected == states_of(condition("c", IN_REMISSION) | {place: [remark]})


def test_a_remark_that_contradicts_the_name_leaves_the_number_open() -> None:
    """The name says the second, the note the first: one of the two is wrong."""
    second = concept(IN_REMISSION, text="ALL in CR2")
    noted = condition("c", "x", code=second, note=[{"text": "In CR1."}])

    assert {"first-remission", "later-remission"} == states_of(noted)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (concept(IN_RELAPSE, text="ALL in CR2"), {"relapsed", "later-remission"}),
        (
            concept(NOT_IN_REMISSION, text="ALL in CR1"),
            {"first-induction", "refractory", "first-remission"},
        ),
        (
            concept(IN_REMISSION, text="Relapsed ALL"),
            {"relapsed", "first-remission", "later-remission"},
        ),
        (concept(IN_REMISSION, text="ALL in CR2 after first relapse"), {"later-remission"}),
        (
            concept(IN_REMISSION, text="ALL in remission, residual disease"),
            {"first-remission", "later-remission"},
        ),
        (concept(IN_RELAPSE, text="Second relapse after CR2"), {"relapsed"}),
    ],
    ids=_named,
)
def test_a_code_and_a_name_that_contradict_each_other(code: Json, expected: set[str]) -> None:
    """Remission by one and none by the other: both stay open, for problem and reason alike."""
    assert expected == states_of(condition("c", "x", code=code))
    assert expected == states_of(reason=code)


def test_the_name_of_a_code_without_its_comma() -> None:
    """The classification's own name is read as text too, with the comma or without."""
    for comma in (",", ""):
        name = f"Acute lymphoblastic leukemia{comma} not having achieved remission"
        assert {"first-induction", "refractory"} == states_of(condition("c", name))
        assert {"first-induction", "refractory"} == states_of(reason=concept(text=name))


STATUS = (LOINC, "97509-4")


def status(identity: str, written: str, on: str) -> Json:
    """Return a disease status in words on a day."""
    return observation(identity, STATUS, written, effectiveDateTime=on)


def course_states(*resources: Json, reason: str = "ALL") -> frozenset[str]:
    """Return the states that resources, and the reason of today's order, leave possible."""
    return states_of(*resources, reason=concept(text=reason))


def test_a_remission_that_is_hoped_for_blocks_an_older_one() -> None:
    """Who aims for a second remission is in the first no longer; what holds is not documented."""
    first = status("a", "CR1", "2023-06-20")
    hoped = status("b", "aiming for CR2", "2026-06-20")

    assert {"first-remission"} == course_states(first)
    assert {"relapsed", "refractory"} < course_states(first, hoped)
    assert {"later-remission"} == course_states(first, hoped, status("c", "CR2", "2026-09-01"))


@pytest.mark.parametrize(
    ("recorded", "reason", "expected"),
    [
        ("CR1", "B-ALL, for transplant in CR1", {"first-remission"}),
        ("CR2", "B-ALL, for transplant once in CR2", {"later-remission"}),
        ("relapsed", "B-ALL, for transplant once in CR2", {"relapsed"}),
        ("in remission", "B-ALL, for transplant in CR2", {"first-remission", "later-remission"}),
        ("CR1", "B-ALL, for transplant once in CR2", None),
        ("relapsed", "B-ALL, for transplant in CR1", None),
    ],
)
def test_a_reason_that_plans_for_a_remission_leaves_the_record_as_it_is(
    recorded: str, reason: str, expected: set[str] | None
) -> None:
    """Unless it plans for another remission than the record tells of: then the state is open."""
    found = course_states(status("a", recorded, "2026-06-20"), reason=reason)

    assert (expected or {*found, "relapsed", "refractory"}) == found


def asked(what: Code | str, **answer: object) -> Json:
    """Return an Observation of June 2026 that asks after a state by its code."""
    return observation("r", what, None, effectiveDateTime="2026-06-20", valueString=None) | answer


@pytest.mark.parametrize(
    ("expected", "what", "answer"),
    [
        ("relapsed", "Relapse of acute lymphoblastic leukemia", {"valueBoolean": True}),
        ("relapsed", "Leukemia relapse", {"valueBoolean": True}),
        ("relapsed", "Relapse", {"valueString": "yes"}),
        ("relapsed", "Relapse", {"valueString": "bone marrow"}),
        ("relapsed", "Relapse", {"valueCodeableConcept": concept(text="Present")}),
        ("relapsed", "Relapse status", {"valueString": "relapsed"}),
        ("relapsed", "Date of first relapse", {"valueDateTime": "2026-06-20"}),
        ("relapsed", "Relapse first documented", {"valueDateTime": "2026-06"}),
        ("relapsed", (SNOMED_CT, "12301000132103"), {"valueBoolean": True}),
        ("refractory", REFRACTORY, {"valueBoolean": True}),
        ("refractory", "Primary refractory disease", {"valueString": "yes"}),
        ("first-remission", "Leukemia relapse", {"valueBoolean": False}),
        ("first-remission", "Relapse", {"valueString": "no"}),
        ("first-remission", "Relapse", {"valueString": "not applicable"}),
        ("first-remission", "Relapse status", {"valueString": "no relapse"}),
        ("first-remission", "Relapse status", {"valueString": "CR1"}),
        ("first-remission", "Relapse risk", {"valueString": "yes"}),
        ("first-remission", "Relapse-free survival", {"valueBoolean": True}),
        ("first-remission", "Multiple sclerosis relapse", {"valueBoolean": True}),
        ("first-remission", "CMV relapse", {"valueBoolean": True}),
        ("first-remission", "Acute myeloid leukemia relapse", {"valueBoolean": True}),
        ("first-remission", "Platelet refractory", {"valueBoolean": True}),
        ("first-remission", "Family history of leukemia relapse", {"valueBoolean": True}),
        ("first-remission", "Leukemia relapse", {"valueBoolean": True, "status": "preliminary"}),
    ],
)
def test_an_observation_whose_code_names_a_state_tells_it(
    expected: str, what: Code | str, answer: Json
) -> None:
    """A yes, a date or a place tells of relapse or refractory disease; a no changes nothing."""
    assert {expected} == course_states(status("a", "CR1", "2023-06-20"), asked(what, **answer))


def test_a_remission_after_the_date_of_a_relapse_is_a_later_one() -> None:
    """The day of the relapse is its own, not that of its recording."""
    relapse = asked("Date of first relapse", valueDateTime="2026-03-20")
    after = status("b", "complete remission", "2026-05-01")

    assert {"later-remission"} == course_states(status("a", "CR1", "2023-06-20"), relapse, after)


def test_an_answer_that_cannot_be_read_blocks_an_older_state() -> None:
    """The latest result counts: where it says nothing clear, the remission before it is no more."""
    unclear = asked("Relapse status", valueString="see report")

    assert {"first-remission"} < course_states(status("a", "CR1", "2023-06-20"), unclear)
