"""Cigna 0261: the state is that of the disease the cells are for, since the transplant."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM, LOINC, SNOMED_CT
from tests.cards.building import Code, Json, concept, condition, observation, request, verdicts
from tests.cards.test_cigna_0261 import (
    ALLO,
    AML_IN_RELAPSE,
    AML_IN_REMISSION,
    BOOST,
    DISEASE_STATUS,
    FOLLOWS,
    HISTORY_OF_ALLOGENEIC,
    LYMPHOCYTES,
    LYMPHOMA,
    MET,
    NOT_MET,
    UNKNOWN,
    judged,
    noted,
    procedure,
    residual,
    share,
    titled,
)

REMISSION = condition("disease", AML_IN_REMISSION, "remission", recordedDate="2026-06-01")
LEUKEMIA = condition("disease", "AML", recordedDate="2026-06-01")
BY_REFERENCE = request(LYMPHOCYTES, reasonReference=[{"reference": "Condition/disease"}])
MYELOMA_AGAIN = [
    condition("myeloma", (ICD_10_CM, "C90.02")),
    condition("myeloma", (SNOMED_CT, "109989006"), "relapse"),
    condition("myeloma", (SNOMED_CT, "452291000124109")),
    condition("myeloma", "Relapsed multiple myeloma"),
]


@pytest.mark.parametrize("other", MYELOMA_AGAIN)
@pytest.mark.parametrize(
    ("expected", "order"),
    [
        (UNKNOWN, BY_REFERENCE),
        (UNKNOWN, request(LYMPHOCYTES, "AML")),
        (UNKNOWN, request(LYMPHOCYTES, AML_IN_REMISSION)),
        (UNKNOWN, request(LYMPHOCYTES)),
        (MET, request(LYMPHOCYTES, "Multiple myeloma")),
        (MET, request(LYMPHOCYTES, (ICD_10_CM, "C90.00"))),
    ],
)
def test_what_relapses_is_what_the_cells_are_for(expected: str, order: Json, other: Json) -> None:
    """A myeloma that is back tells nothing of the leukemia that is the reason, or may be it."""
    assert FOLLOWS[expected] == judged(order, ALLO, REMISSION, other).determination


@pytest.mark.parametrize(
    ("expected", "listed"),
    [
        (MET, "Relapsed leukemia"),
        (MET, "Relapsed myelodysplastic syndrome"),
        (MET, "Acute promyelocytic leukemia in relapse"),
        (UNKNOWN, "Relapsed chronic myeloid leukemia"),
        (UNKNOWN, "Relapsed lymphoblastic leukemia"),
        (UNKNOWN, "Relapsed DLBCL"),
    ],
)
def test_a_disease_that_may_be_the_same_counts(expected: str, listed: str) -> None:
    """What is no other disease for certain, or one that turns into it, is the reason's own."""
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, condition("again", listed))
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(("expected", "focus"), [(UNKNOWN, "myeloma"), (MET, "disease")])
def test_a_status_is_that_of_its_focus(expected: str, focus: str) -> None:
    """The disease that an observed status has as its focus is the one that it tells of."""
    myeloma = condition("myeloma", (ICD_10_CM, "C90.00"), "inactive")
    about = [{"reference": f"Condition/{focus}"}]
    seen = observation("status", DISEASE_STATUS, "refractory", focus=about)
    one = judged(BY_REFERENCE, ALLO, LEUKEMIA, myeloma, seen)
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(
    ("expected", "title"),
    [(UNKNOWN, "DLI; earlier relapsed myeloma"), (MET, "DLI for relapsed AML"), (MET, "Relapse")],
)
def test_the_order_may_name_another_disease_besides(expected: str, title: str) -> None:
    """Words of the order on another malignancy than its reason tell nothing of the reason."""
    one = judged(titled(LYMPHOCYTES, title, "AML"), ALLO, condition("disease", "AML"))
    assert FOLLOWS[expected] == one.determination


LYMPHOMA_ORDER = request(LYMPHOCYTES, LYMPHOMA)
CODED_RELAPSE = {"valueCodeableConcept": concept((SNOMED_CT, "1251564008"))}


@pytest.mark.parametrize("said", ["relapse", CODED_RELAPSE])
@pytest.mark.parametrize(
    ("expected", "transplanted", "observed"),
    [
        (UNKNOWN, "2026-03-11", "2026-03-10"),
        (UNKNOWN, "2026-03-11", "2026-03-11"),
        (UNKNOWN, "2026-03-11", "2026-03"),
        (UNKNOWN, "2026-03-11", "2026"),
        (UNKNOWN, "2026-03-11", None),
        (UNKNOWN, "2026", "2026-06-01"),
        (UNKNOWN, "2026-03-11T09:00:00Z", "2026-03-11T08:00:00Z"),
        (MET, "2026-03-11T09:00:00Z", "2026-03-11T10:00:00Z"),
        (MET, "2026-03-11", "2026-03-12"),
        (MET, "2026-03-11", "2026-04"),
        (MET, "2025", "2026-01-01"),
        (MET, None, "2026-03-11"),
    ],
)
def test_a_state_is_surely_of_the_time_since_the_transplant(
    expected: str, transplanted: str | None, observed: str | None, said: Any
) -> None:
    """The whole of a date has to lie behind the whole of the transplant's, where that is known."""
    seen = observation("status", DISEASE_STATUS, said, effectiveDateTime=observed)
    done = procedure(on=transplanted)
    one = judged(LYMPHOMA_ORDER, done, condition("disease", LYMPHOMA), seen)
    assert FOLLOWS[expected] == one.determination


def test_a_transplant_by_some_day_may_have_been_long_before() -> None:
    """A history recorded at the visit that finds the relapse does not date the transplant."""
    had = condition("history", HISTORY_OF_ALLOGENEIC)
    seen = observation("status", DISEASE_STATUS, "relapse")
    one = judged(LYMPHOMA_ORDER, had, condition("disease", LYMPHOMA), seen)
    assert FOLLOWS[MET] == one.determination


@pytest.mark.parametrize(
    ("expected", "observed"), [(UNKNOWN, "2026-03-11"), (UNKNOWN, "2026"), (MET, "2026-03-12")]
)
def test_a_risk_is_that_since_the_transplant(expected: str, observed: str) -> None:
    """What was feared on the day of the transplant, or before, led to the transplant."""
    seen = observation("risk", "Relapse risk", "high", effectiveDateTime=observed)
    assert FOLLOWS[expected] == judged(BY_REFERENCE, ALLO, REMISSION, seen).determination


@pytest.mark.parametrize(
    ("expected", "name", "said"),
    [
        (UNKNOWN, "CMV disease status", "Refractory"),
        (UNKNOWN, "Response to treatment, CMV", "Refractory"),
        (UNKNOWN, "Hepatitis B disease status", "Relapse"),
        (UNKNOWN, "Sarcoidosis disease status", "Relapse"),
        (UNKNOWN, "Donor disease status", "relapse"),
        (UNKNOWN, "Smoking relapse risk", "High"),
        (UNKNOWN, "Alcohol relapse risk", "High"),
        (MET, "Disease status", "Relapse"),
        (MET, "AML disease status", "Relapse"),
        (MET, "Bone marrow disease status", "Refractory"),
        (MET, "Response to treatment", "refractory"),
        (MET, "Leukemia status at day 100", "relapse"),
        (MET, "Current disease status, post HCT", "relapse"),
        (MET, "Oncology disease status assessment", "relapse"),
        (MET, "AML relapse risk", "High"),
    ],
)
def test_a_result_is_on_the_disease(expected: str, name: str, said: str) -> None:
    """A virus is refractory, and a smoker relapses: the name of a result says of what it is."""
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, LEUKEMIA, observation("o", name, said))
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (UNKNOWN, "High risk of relapse of depression"),
        (UNKNOWN, "High risk of relapse into alcohol use"),
        (MET, "High risk of relapse"),
        (MET, "High risk of relapse of her underlying disease"),
        (MET, "High risk of relapse of AML"),
        (MET, "High risk of relapse, depression"),
        (MET, "Chronic GVHD, high risk of relapse"),
    ],
)
def test_the_risk_is_that_of_the_disease(expected: str, written: str) -> None:
    """Problems and notes may tell of what else relapses, or stand beside it."""
    listed = judged(BY_REFERENCE, ALLO, REMISSION, condition("risk", written))
    written_down = judged(noted(written, AML_IN_REMISSION), ALLO, REMISSION)
    assert [FOLLOWS[expected]] * 2 == [listed.determination, written_down.determination]


def shown(code: Code, display: str) -> Json:
    """Return a concept whose code is sent with a display."""
    return concept(code, text=display)


def sent(code: Code, display: str, text: str) -> Json:
    """Return a concept whose code has a display, beside a text of its own."""
    return {"coding": [{"system": code[0], "code": code[1], "display": display}], "text": text}


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (UNKNOWN, "Acute myeloblastic leukemia, in remission"),
        (UNKNOWN, "AML in remission"),
        (UNKNOWN, "AML in CR1"),
        (MET, "Acute myeloblastic leukemia, in relapse"),
        (MET, "AML"),
        (MET, "AML, not in remission"),
    ],
)
def test_a_code_for_relapse_with_a_name_of_remission(expected: str, name: str) -> None:
    """Where code and name disagree on the state, neither decides, on order or problem."""
    code = shown(AML_IN_RELAPSE, name)
    ordered = judged(request(LYMPHOCYTES, reasonCode=[code]), ALLO)
    listed = judged(request(LYMPHOCYTES, "AML"), ALLO, condition("c", "x", code=code))
    assert [FOLLOWS[expected]] * 2 == [ordered.determination, listed.determination]


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (UNKNOWN, shown(DISEASE_STATUS, "Hemoglobin [Mass/volume] in Blood")),
        (UNKNOWN, shown(DISEASE_STATUS, "CMV disease status")),
        (UNKNOWN, shown((LOINC, "6690-2"), "Cancer disease status")),
        (MET, shown(DISEASE_STATUS, "Cancer disease status")),
        (MET, shown(DISEASE_STATUS, "Oncology status")),
        (MET, shown(("urn:x", "1"), "Cancer disease status")),
    ],
)
def test_a_status_whose_code_is_of_something_else(expected: str, code: Json) -> None:
    """Code and name of a result have to be able to mean the same."""
    seen = observation("o", "x", "relapse", code=code)
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, LEUKEMIA, seen)
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(
    ("expected", "display"),
    [("not-documented", "Hemoglobin [Mass/volume] in Blood"), ("met", "Chimerism by STR")],
)
def test_a_chimerism_in_words_beside_another_display(expected: str, display: str) -> None:
    """A code that is shown as another quantity is no chimerism, whatever the text beside it."""
    code = sent((LOINC, "718-7"), display, "Donor chimerism")
    one = judged(request(BOOST), ALLO, share((91, "%"), code=code))
    assert expected == verdicts(one)["donor-chimerism"]


RISK = condition("risk", "High risk of relapse")
APLASTIC_ANEMIA = condition("other", "Aplastic anemia")


@pytest.mark.parametrize(
    ("expected", "order", "chart"),
    [
        (MET, request(LYMPHOCYTES, "Mixed chimerism, high risk of relapse of AML"), ()),
        (MET, request(LYMPHOCYTES, "Mixed chimerism with high risk of relapse"), (REMISSION,)),
        (MET, request(LYMPHOCYTES, "Falling donor chimerism, MRD positive"), (REMISSION,)),
        (MET, request(LYMPHOCYTES, "Mixed chimerism", "High risk of relapse"), (REMISSION,)),
        (MET, request(LYMPHOCYTES, "Mixed chimerism"), (REMISSION, RISK)),
        (MET, noted("High risk of relapse.", "Mixed chimerism"), (REMISSION,)),
        (NOT_MET, request(LYMPHOCYTES, "Mixed chimerism"), (REMISSION,)),
        (NOT_MET, request(LYMPHOCYTES, "Mixed chimerism, no relapse"), (REMISSION,)),
        (NOT_MET, request(LYMPHOCYTES, "Mixed chimerism, low risk of relapse"), (REMISSION,)),
        (NOT_MET, request(LYMPHOCYTES, "Mixed chimerism"), (APLASTIC_ANEMIA,)),
        (NOT_MET, request(LYMPHOCYTES, "Aplastic anemia, mixed chimerism"), (REMISSION, RISK)),
        (UNKNOWN, request(LYMPHOCYTES, "Mixed chimerism"), (REMISSION, APLASTIC_ANEMIA, RISK)),
    ],
)
def test_a_high_risk_beside_the_chimerism(
    expected: str, order: Json, chart: tuple[Json, ...]
) -> None:
    """Chimerism alone is a no; with a documented risk beside it, the malignancy is the reason."""
    assert FOLLOWS[expected] == judged(order, ALLO, *chart).determination


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (MET, "High-risk of relapse due to FLT3-ITD"),
        (MET, "High risk of relapse (TP53 mutation)"),
        (MET, "High risk for relapse after RIC transplant"),
        (MET, "Prophylactic DLI, high risk of relapse"),
        (MET, "Pre-emptive DLI, MRD positive"),
        (MET, "High risk of AML relapse"),
        (MET, "AML MRD pos"),
        (UNKNOWN, "AML MRD neg"),
        (UNKNOWN, "Prophylactic DLI"),
        (UNKNOWN, "Prophylactic DLI to prevent relapse"),
        (UNKNOWN, "High risk of AML"),
        (UNKNOWN, "High risk of relapse of sarcoidosis"),
        (UNKNOWN, "Per protocol"),
    ],
)
def test_a_state_with_what_explains_it(expected: str, reason: str) -> None:
    """Why the risk is high, and what the infusion is called, name no other disease."""
    assert FOLLOWS[expected] == judged(request(LYMPHOCYTES, reason), ALLO, REMISSION).determination


@pytest.mark.parametrize(
    "reason", ["Therapeutic DLI for relapse", "Rel/ref AML", "Rel/Ref disease"]
)
def test_a_relapse_in_short(reason: str) -> None:
    """Abbreviations of a relapse, and the infusion that is for it, tell of the relapse."""
    assert FOLLOWS[MET] == judged(request(LYMPHOCYTES, reason), ALLO, LEUKEMIA).determination


NO, YES = {"valueBoolean": False}, {"valueBoolean": True}


@pytest.mark.parametrize(
    ("expected", "name", "said"),
    [
        (MET, "Relapse", "Yes"),
        (MET, "Relapse", YES),
        (MET, "Evidence of relapse", "present"),
        (MET, "AML relapse since transplant", {"valueCodeableConcept": concept(text="Yes")}),
        (MET, "Refractory disease", YES),
        (UNKNOWN, "Relapse", "No"),
        (UNKNOWN, "Relapse", NO),
        (UNKNOWN, "Relapse", "unknown"),
        (UNKNOWN, "No evidence of relapse", YES),
        (UNKNOWN, "History of relapse", YES),
        (UNKNOWN, "Relapse-free survival", YES),
        (UNKNOWN, "CMV relapse", YES),
        (UNKNOWN, "Relapse of depression", YES),
        (UNKNOWN, "Relapse workup", "Yes"),
        (UNKNOWN, "Complete remission", "Yes"),
    ],
)
def test_a_result_that_is_named_for_the_state(expected: str, name: str, said: Any) -> None:
    """A yes to a name that states a relapse is one; a no tells neither that nor a remission."""
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, LEUKEMIA, observation("o", name, said))
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize("gone", ["2026-08-05", "2026-07-05"])
def test_a_test_for_residual_disease_is_no_state_of_its_own(gone: str) -> None:
    """It may be negative later, or on the same day: then there is no such disease any more."""
    found, lost = residual("positive", "2026-07-05", "a"), residual("negative", gone, "b")
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, LEUKEMIA, found, lost)
    assert FOLLOWS[UNKNOWN] == one.determination
