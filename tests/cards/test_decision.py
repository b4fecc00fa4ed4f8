"""Determinations under MP 9.053: what decides, what does not matter, and what has to be asked."""

import pytest

from cards.values.coding import CPT, HCPCS, ICD_10_CM
from cards.verdict import State, Why
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    MULTIPLE_SCLEROSIS,
    MYELOMA,
    PROCESSING,
    RHEUMATOID_ARTHRITIS,
    SYSTEMIC_SCLEROSIS,
    UNSTATED,
    Code,
    condition,
    finding,
    findings,
    observation,
    record,
    request,
    verdicts,
)

SSC, MS = SYSTEMIC_SCLEROSIS, MULTIPLE_SCLEROSIS
LOW_LVEF = [observation("lvef", ("http://loinc.org", "10230-1"), (30, "%"))]


def test_every_criterion_met() -> None:
    """The complete record meets every criterion, and the finding says so of each."""
    found = finding(record())

    assert "medically-necessary" == found.determination
    assert {"met"} == set(verdicts(found).values())
    assert () == found.notes
    assert "A-01" == found.statement


FACTS = {
    "patient": "age",
    "skin_score": "skin-score",
    "cyclophosphamide": "cyclophosphamide",
    "gave": "no-gave",
    "lvef": "lvef",
    "tapse": "tapse",
    "pasp": "pasp",
    "mpap": "mpap",
    "clearance": "creatinine-clearance",
}


@pytest.mark.parametrize(("fact", "criterion"), FACTS.items())
def test_a_missing_fact_is_asked_for(fact: str, criterion: str) -> None:
    """Without one fact the answer is open, and exactly that fact is asked for."""
    found = finding(record(**{fact: []}))

    assert "needs-information" == found.determination
    assert (criterion,) == found.deciding
    assert [criterion] == [each.id for each in found.missing]


@pytest.mark.parametrize("fact", FACTS)
def test_one_failure_decides(fact: str) -> None:
    """One failed criterion is enough, whatever is unknown beside it."""
    if fact == "lvef":
        return
    found = finding(record(lvef=LOW_LVEF, **{fact: []}))

    assert "investigational" == found.determination
    assert ("lvef",) == found.deciding
    assert "A-09" == found.statement


@pytest.mark.parametrize("what", [AUTOLOGOUS, ALLOGENEIC, UNSTATED, PROCESSING])
@pytest.mark.parametrize(
    "disease",
    [
        MS,
        (ICD_10_CM, "M32.14"),
        (ICD_10_CM, "M08.00"),
        RHEUMATOID_ARTHRITIS,
        (ICD_10_CM, "G61.81"),
        (ICD_10_CM, "E10.9"),
        (ICD_10_CM, "K50.90"),
        (ICD_10_CM, "L94.0"),
        (ICD_10_CM, "M94.1"),
    ],
)
def test_other_autoimmune_diseases_whatever_the_graft(what: Code, disease: Code) -> None:
    """Where every graft has the same answer, the graft is not asked for, nor anything else."""
    found = finding(record(), request(what, disease))

    assert "investigational" == found.determination
    assert "A-10" == found.statement
    assert "not-for-autoimmune-disease" in found.deciding
    assert "not-met" == verdicts(found)["not-for-autoimmune-disease"]
    assert () == found.missing


@pytest.mark.parametrize("what", [ALLOGENEIC, (CPT, "38204"), (CPT, "38205"), (HCPCS, "S2142")])
def test_allogeneic_for_systemic_sclerosis(what: Code) -> None:
    """The exception is for autologous transplants alone, however good the record."""
    assert "investigational" == finding(record(), request(what, SSC)).determination


@pytest.mark.parametrize("what", [UNSTATED, PROCESSING])
def test_the_graft_is_asked_for_where_it_matters(what: Code) -> None:
    """For systemic sclerosis the answer depends on the graft."""
    found = finding(record(), request(what, SSC))

    assert "needs-information" == found.determination
    assert ("graft",) == found.deciding
    assert "not-documented" == verdicts(found)["graft"]


def test_the_graft_does_not_matter_where_all_criteria_fail() -> None:
    """If the autologous transplant fails too, either graft is investigational."""
    found = finding(record(lvef=LOW_LVEF), request(UNSTATED, SSC))

    assert "investigational" == found.determination
    assert () == found.missing


def test_a_ban_that_hangs_on_an_open_question_is_not_documented() -> None:
    """Where only some possible answers lead to the ban, it has not failed."""
    two = [condition("m", MYELOMA), condition("r", RHEUMATOID_ARTHRITIS)]
    ban = next(
        each
        for each in finding(record(disease=two), request(AUTOLOGOUS)).criteria
        if each.id == "not-for-autoimmune-disease"
    )

    assert (State.NOT_DOCUMENTED, Why.DEPENDS) == (ban.verdict.state, ban.verdict.why)


def test_a_ban_that_hangs_on_what_was_not_read_is_unavailable() -> None:
    """Where all that would decide it could not be looked at, neither could it."""
    unread = {"Condition": "the FHIR server answered 500"}
    found = finding(record(disease=[], gave=[]), request(AUTOLOGOUS), unavailable=unread)
    ban = next(each for each in found.criteria if each.id == "not-for-autoimmune-disease")

    assert ("indication",) == found.deciding
    assert (State.UNAVAILABLE, Why.DEPENDS_ON_UNREAD) == (ban.verdict.state, ban.verdict.why)
    assert "this depends on what could not be read" in ban.says


@pytest.mark.parametrize("reason", [MYELOMA, (ICD_10_CM, "C92.01"), "Multiple myeloma"])
def test_an_indication_of_another_field_is_not_governed(reason: Code | str) -> None:
    """A transplant for a malignancy is no matter of this policy."""
    assert [] == findings(record(), request(AUTOLOGOUS, reason))


def test_a_disease_that_the_policy_is_silent_on() -> None:
    """Type 2 diabetes is not autoimmune, and the policy says nothing of it."""
    found = finding(record(), request(AUTOLOGOUS, "Type 2 diabetes"))

    assert "not-addressed" == found.determination
