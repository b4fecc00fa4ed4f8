"""Cigna 0261 where the words of an order decide: whose cells, which purpose, which code beside."""

import pytest

from cards.values.coding import ICD_10_CM, LOINC, SNOMED_CT
from tests.cards.building import Code, Json, concept, condition, observation, request, verdicts
from tests.cards.test_cigna_0261 import (
    ALLO,
    AML_IN_RELAPSE,
    AML_IN_REMISSION,
    APLASTIC_ANEMIA,
    BOOST,
    FOLLOWS,
    FOR_CHIMERISM,
    LYMPHOCYTES,
    NEVER,
    NOT_MET,
    RECIPIENT_SHARE,
    RELAPSE,
    REMISSION,
    judged,
    noted,
    residual,
    share,
    titled,
)

CHIMERISM = (LOINC, "102113-8")


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("not-addressed", "DLI from a different donor"),
        ("not-addressed", "Third-party DLI"),
        ("not-addressed", "DLI from a new unrelated donor, not the transplant donor"),
        ("not-addressed", "DLI, donor other than the original"),
        ("not-addressed", "DLI: cells from haploidentical son; original donor no longer available"),
        ("medically-necessary", "DLI, frozen cells, as the original donor is no longer available"),
        ("medically-necessary", "A different donor was considered; original donor will be used"),
        ("needs-information", "DLI, possibly from a different donor"),
        ("medically-necessary", "DLI from the same donor"),
        ("medically-necessary", "DLI, not from a different donor"),
        ("medically-necessary", "DLI from an unrelated donor"),
        ("medically-necessary", "New donor lymphocyte infusion"),
        ("medically-necessary", "Second HCT 2025 from a different donor; DLI from that donor"),
    ],
)
def test_the_cells_come_from_the_donor_of_the_transplant(expected: str, said: str) -> None:
    """The definition ends there: of the cells of another donor the policy says nothing."""
    by_title = judged(titled(LYMPHOCYTES, said, AML_IN_RELAPSE), ALLO, RELAPSE)
    by_note = judged(noted(said, AML_IN_RELAPSE), ALLO, RELAPSE)
    assert [expected] * 2 == [by_title.determination, by_note.determination]


def test_a_boost_from_another_donor() -> None:
    """A boost has to be from the donor of the transplant, too."""
    one = judged(titled(BOOST, "Boost to promote engraftment, from a different donor"), ALLO)
    assert ("not-addressed", NOT_MET) == (one.determination, verdicts(one)["same-donor"])


def test_another_donor_allows_nothing_that_fails() -> None:
    """Without a transplant the answer is no, whoever the donor is."""
    one = judged(noted("From a different donor.", AML_IN_RELAPSE), RELAPSE, NEVER)
    assert FOLLOWS[NOT_MET] == one.determination


@pytest.mark.parametrize(
    ("expected", "code", "display", "percent"),
    [
        ("not-documented", CHIMERISM, "FEV1", 97),
        ("not-documented", CHIMERISM, "Hemoglobin", 97),
        ("not-documented", RECIPIENT_SHARE, "Creatinine", 4),
        ("met", CHIMERISM, "Mixed chimerism after transplant", 97),
        ("met", CHIMERISM, "STR analysis", 97),
        ("met", RECIPIENT_SHARE, "Recipient DNA fraction", 4),
    ],
)
def test_a_code_for_chimerism_with_another_name(
    expected: str, code: Code, display: str, percent: int
) -> None:
    """Where code and display name different things, the value is shown and decides nothing."""
    result = share((percent, "%"), code, code=concept(code, text=display))
    assert expected == verdicts(judged(FOR_CHIMERISM, ALLO, result))["donor-chimerism"]


@pytest.mark.parametrize(
    ("expected", "order"),
    [
        ("not-documented", titled(BOOST, "Boost; engraftment on day 15")),
        ("not-documented", titled(BOOST, "Boost, engraftment is good, no graft failure")),
        ("not-documented", titled(BOOST, "Boost, full engraftment")),
        ("not-documented", request(BOOST, "Engraftment on day 15")),
        ("met", titled(BOOST, "Boost to promote engraftment")),
        ("met", titled(BOOST, "Boost to restore adequate graft function")),
        ("met", titled(BOOST, "Boost: engraftment support")),
        ("met", titled(BOOST, "Boost, for engraftment")),
        ("met", request(BOOST, "Engraftment")),
    ],
)
def test_to_name_engraftment_is_not_to_be_for_it(expected: str, order: Json) -> None:
    """The order has to say that it is for engraftment, not when or how well the graft took."""
    assert expected == verdicts(judged(order, ALLO))["promote-engraftment"]


def test_a_remark_behind_the_boost_is_no_purpose() -> None:
    """Of a boost the verb, only what stands right behind it is the purpose."""
    one = judged(titled(BOOST, "CD34 boost; CMV infection resolved"), ALLO)
    assert "met" == verdicts(one)["no-other-purpose"]


CMV = (ICD_10_CM, "B25.9")
GVHD = (ICD_10_CM, "D89.811")


@pytest.mark.parametrize(
    "reason",
    [
        CMV,
        (ICD_10_CM, "B27.90"),
        (ICD_10_CM, "J12.9"),
        (ICD_10_CM, "B44.9"),
        GVHD,
        "GVHD",
        "Renal cell carcinoma",
        "Solid tumor",
        "HLH",
    ],
)
def test_lymphocytes_for_another_indication(reason: Code | str) -> None:
    """An infection, graft-versus-host disease or a solid tumor is a no, by code and by word."""
    one = judged(request(LYMPHOCYTES, reason), ALLO, REMISSION)
    assert FOLLOWS[NOT_MET] == one.determination


@pytest.mark.parametrize("beside", [CMV, GVHD, "GVHD"])
def test_a_companion_takes_nothing_from_the_malignancy(beside: Code | str) -> None:
    """A relapse that is stated beside an infection or GVHD is still a relapse."""
    one = judged(request(LYMPHOCYTES, AML_IN_RELAPSE, beside), ALLO, RELAPSE)
    assert FOLLOWS["met"] == one.determination


def test_graft_versus_host_disease_beside_a_remission_leaves_it_open() -> None:
    """It is no purpose where the malignancy is stated, too."""
    one = judged(request(LYMPHOCYTES, AML_IN_REMISSION, GVHD), ALLO, REMISSION)
    assert FOLLOWS["not-documented"] == one.determination


@pytest.mark.parametrize("problem", [CMV, GVHD])
def test_an_infection_on_record_is_no_reason(problem: Code) -> None:
    """What the patient also has is not what the cells are for."""
    one = judged(request(LYMPHOCYTES), ALLO, RELAPSE, condition("also", problem))
    assert FOLLOWS["met"] == one.determination


@pytest.mark.parametrize(
    ("expected", "recorded", "authored"),
    [
        ("met", "2025-01-01", "2026-11-21"),
        ("not-documented", "2026-11-21", "2026-11-21"),
        ("not-documented", "2026", "2026-11-21"),
        ("not-documented", None, "2026-11-21"),
        ("not-documented", "2025-01-01", None),
    ],
)
@pytest.mark.parametrize("reason", [AML_IN_RELAPSE, "Relapsed AML"])
def test_a_relapse_today_overtakes_a_remission_that_was_listed_before(
    expected: str, recorded: str | None, authored: str | None, reason: Code | str
) -> None:
    """Dates settle it where both are known and the order is surely the later one."""
    listed = condition("disease", AML_IN_REMISSION, recordedDate=recorded)
    one = judged(request(LYMPHOCYTES, reason, authoredOn=authored), ALLO, listed)
    assert expected == verdicts(one)["relapse-or-risk"]


def test_a_relapse_today_overtakes_no_result() -> None:
    """A remission that was found by examination stands against the reason, whatever its day."""
    result = observation("status", "Disease status", "complete remission")
    order = request(LYMPHOCYTES, AML_IN_RELAPSE, authoredOn="2026-11-21")
    assert "not-documented" == verdicts(judged(order, ALLO, result))["relapse-or-risk"]


IN_REMISSION = concept(AML_IN_REMISSION, text="AML in remission, MRD-positive")


@pytest.mark.parametrize(
    ("expected", "reasons", "chart"),
    [
        ("met", [IN_REMISSION], []),
        ("met", [concept(AML_IN_REMISSION), concept(text="MRD positive")], []),
        ("met", [IN_REMISSION], [residual("negative", "2025-10-01")]),
        ("not-documented", [IN_REMISSION], [residual("negative")]),
        ("not-documented", [concept(AML_IN_REMISSION, text="AML CR1, MRD-negative")], []),
        ("not-documented", [concept(AML_IN_REMISSION, text="AML CR1, MRD positive?")], []),
        ("not-documented", [concept(AML_IN_REMISSION, text="CR1, MRD positive before HCT")], []),
    ],
)
def test_residual_disease_in_a_remission(
    expected: str, reasons: list[Json], chart: list[Json]
) -> None:
    """It is persistent disease and no contradiction, unless a result since finds none."""
    order = request(LYMPHOCYTES, reasonCode=reasons)
    assert expected == verdicts(judged(order, ALLO, REMISSION, *chart))["relapse-or-risk"]


LEUKEMIA = condition("disease", (SNOMED_CT, "91861009"))


@pytest.mark.parametrize(
    "reason",
    [
        "High risk of relapse",
        "Relapse after allogeneic HCT",
        "Persistent disease after transplant",
        "MRD positive",
        "Relapse",
    ],
)
def test_a_state_without_its_disease_is_that_of_the_malignancy_on_record(reason: str) -> None:
    """Which disease relapsed is what the record tells, and nothing without one there."""
    order = request(LYMPHOCYTES, reason)
    told = [judged(order, ALLO, *chart).determination for chart in ([LEUKEMIA], [])]
    assert [FOLLOWS["met"], FOLLOWS["not-documented"]] == told


@pytest.mark.parametrize(
    ("reason", "others"),
    [
        ("Relapse", [APLASTIC_ANEMIA]),
        ("Relapse of glomerulosclerosis", []),
        ("Persistent cough", []),
        ("Relapsing CMV viremia, persistent", []),
        ("Per protocol", []),
    ],
)
def test_other_reasons_leave_the_disease_open(reason: str, others: list[Json]) -> None:
    """A state of something else is no state of the malignancy, nor of one of two diseases."""
    one = judged(request(LYMPHOCYTES, reason), ALLO, LEUKEMIA, *others)
    assert "not-documented" == verdicts(one)["indication"]


@pytest.mark.parametrize(
    ("expected", "clinical"), [("met", "active"), ("not-documented", "resolved")]
)
def test_a_listed_risk_as_the_reason(expected: str, clinical: str) -> None:
    """A problem that names the risk alone is read like a reason in words, while it stands."""
    risk = condition("risk", "High risk of relapse", clinical)
    order = request(LYMPHOCYTES, reasonReference=[{"reference": "Condition/risk"}])
    assert expected == verdicts(judged(order, ALLO, LEUKEMIA, risk))["indication"]
