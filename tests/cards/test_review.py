"""Orders, policies and a chart in; findings out: payer matching, versions, notes, bad content."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards.finding import finding_json
from cards.review import PayerMatching, all_searches, review, searches_for
from cards.values.coding import CPT
from tests.cards.building import (
    AS_OF,
    AUTOLOGOUS,
    MULTIPLE_SCLEROSIS,
    POLICY,
    SYSTEMIC_SCLEROSIS,
    Json,
    chart,
    coverage,
    finding,
    findings,
    library,
    observation,
    orders,
    record,
    request,
    verdicts,
)

ANOTHER = coverage("c", "Aetna")
FEP = coverage("c", "Capital Blue Cross FEP PPO")


@pytest.mark.parametrize(
    ("coverages", "matching", "basis"),
    [
        ([coverage("c", "Capital Blue Cross")], "strict", "member"),
        ([coverage("c", "Capital Blue Cross")], "reference", "member"),
        ([ANOTHER], "strict", None),
        ([ANOTHER], "reference", "reference"),
        ([FEP], "strict", None),
        ([FEP], "reference", None),
        ([], "strict", "unknown"),
        ([], "reference", "reference"),
        ([coverage("c", "BCBS")], "strict", "unknown"),
        ([coverage("c", "BCBS")], "reference", "reference"),
        ([coverage("c", "Capital Blue Cross", period={"end": "2026-01-01"})], "strict", "unknown"),
        ([ANOTHER, coverage("d", "Capital Blue Cross")], "strict", "member"),
        ([FEP, coverage("d", "Capital Blue Cross")], "strict", "member"),
        (
            [coverage("c", "Capital Blue Cross", type={"text": "Medicare Advantage"})],
            "reference",
            None,
        ),
    ],
)
def test_payer_matching(coverages: list[Json], matching: PayerMatching, basis: str | None) -> None:
    """A member's own policy applies; others are shown only as references, excluded lines never."""
    found = findings(record(coverage=coverages), matching=matching)

    assert ([basis] if basis else []) == [each.basis for each in found]


def test_strict_without_a_coverage_asks_for_it() -> None:
    """Whose policy applies has to be known first: nothing is decided."""
    found = finding(record(coverage=[]), matching="strict")

    assert "needs-information" == found.determination
    assert "coverage" in found.deciding
    assert "not-documented" == verdicts(found)["coverage"]


def test_reference_without_a_coverage_decides() -> None:
    """A policy shown for reference is applied all the same, and says whose it is."""
    found = finding(record(coverage=[]))

    assert ("medically-necessary", False) == (found.determination, found.payer_known)
    assert "not-documented" == verdicts(found)["coverage"]


def test_another_payer_is_known() -> None:
    """Under another payer nothing is open about the coverage, so no criterion asks for it."""
    found = finding(record(coverage=[ANOTHER]))

    assert found.payer_known is True
    assert "coverage" not in verdicts(found)


def test_coverages_that_could_not_be_read() -> None:
    """Where the payer could not be looked up, the basis is unknown."""
    unread = {"Coverage": "answered 503"}
    found = finding(record(coverage=[]), unavailable=unread)
    strict = finding(record(coverage=[]), matching="strict", unavailable=unread)

    assert ("unknown", "unavailable") == (found.basis, verdicts(found)["coverage"])
    assert ("needs-information", "unavailable") == (
        strict.determination,
        verdicts(strict)["coverage"],
    )
    assert "incomplete" in strict.notes


@pytest.mark.parametrize(
    ("as_of", "version"),
    [(date(2026, 5, 31), None), (date(2026, 6, 1), "2026-06-01"), (date(2030, 1, 1), "2026-06-01")],
)
def test_the_version_in_force(as_of: date, version: str | None) -> None:
    """A policy applies from its effective date on, that day included."""
    found = findings(record(), request(AUTOLOGOUS, MULTIPLE_SCLEROSIS), as_of=as_of)

    assert ([version] if version else []) == [finding_json(each)["version"] for each in found]


def test_one_finding_per_order() -> None:
    """Each order has its own finding, in the orders' order."""
    first = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS, id="b")
    second = request((CPT, "38206"), SYSTEMIC_SCLEROSIS, id="a")

    assert ["ServiceRequest/b", "ServiceRequest/a"] == [
        each.order.reference for each in findings(record(), first, second)
    ]


@pytest.mark.parametrize(
    "death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-11-20"}], ids=str
)
def test_a_deceased_patient(death: Json) -> None:
    """A death is noted, and the findings stand."""
    found = finding(record(patient=[record()["patient"][0] | death]))

    assert "patient-deceased" in found.notes
    assert "medically-necessary" == found.determination


def test_a_death_after_today_is_none() -> None:
    """A date of death in the future, or a plain no, is no death."""
    patient = record()["patient"][0]

    assert () == finding(record(patient=[patient | {"deceasedBoolean": False}])).notes
    assert () == finding(record(patient=[patient | {"deceasedDateTime": "2027"}])).notes


@pytest.mark.parametrize(
    ("status", "noted"), [("on-study", True), ("candidate", False), ("withdrawn", False)]
)
def test_an_enrolment_in_a_trial(status: str, noted: bool) -> None:  # noqa: FBT001
    """A patient who is on study is noted, one who might be is not."""
    subject = {
        "resourceType": "ResearchSubject",
        "id": "r",
        "status": status,
        "individual": {"reference": "Patient/patient-1"},
    }
    found = finding(record(fibrosis=[*record()["fibrosis"], subject]))

    assert noted is ("in-clinical-trial" in found.notes)


def test_a_trial_number_on_the_order() -> None:
    """An NCT number in a note names the trial."""
    noted = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS, note=[{"text": "per protocol nct04464434"}])
    found = finding(record(), noted)

    assert ("NCT04464434", True) == (found.trial, "in-clinical-trial" in found.notes)


@pytest.mark.parametrize(
    ("due", "noted"), [(date(2026, 11, 20), True), (date(2026, 11, 21), False), (None, False)]
)
def test_an_overdue_review_is_noted(due: date | None, noted: bool) -> None:  # noqa: FBT001
    """A review is overdue from the day after the one that the document names."""
    policy = library().by_id[POLICY]
    version = policy.versions[0].model_copy(update={"next_review": due})
    dated = replace(library(), policies=(policy.model_copy(update={"versions": (version,)}),))

    (found,) = review(dated, orders(request()), chart(record()), AS_OF)

    assert noted is ("review-overdue" in found.notes)


def test_old_evidence_is_noted() -> None:
    """A value of more than twelve months decides, and the finding says so."""
    old = observation("mpap", ("http://loinc.org", "8414-5"), (16, "mm[Hg]"))
    found = finding(record(mpap=[old | {"effectiveDateTime": "2025-11-20"}]))

    assert ("medically-necessary", ("old-evidence",)) == (found.determination, found.notes)


def test_a_part_that_could_not_be_read_is_noted_where_it_matters() -> None:
    """What could not be read is noted only where it leaves the answer open."""
    unread = {"Observation": "answered 503"}
    matters = finding(record(), unavailable=unread)
    does_not = finding(record(), request(AUTOLOGOUS, MULTIPLE_SCLEROSIS), unavailable=unread)

    assert ("needs-information", True) == (matters.determination, "incomplete" in matters.notes)
    assert ("investigational", False) == (does_not.determination, "incomplete" in does_not.notes)


def test_a_finding_as_json() -> None:
    """The finding has the contract's keys, is plain JSON, and names its evidence once each."""
    content = finding_json(finding(record()))

    assert [
        "order", "policy", "version", "basis", "indication", "determination", "criteria", "notes",
    ] == list(content)  # fmt: skip
    assert content == json.loads(json.dumps(content))
    for criterion in content["criteria"]:
        assert ["id", "statement", "verdict", "says", "evidence"] == list(criterion)
        assert criterion["says"]
        assert len(criterion["evidence"]) == len(set(criterion["evidence"]))


def test_the_evidence_is_in_the_record() -> None:
    """Every finding can be followed back to resources that were there."""
    there = {f"{each['resourceType']}/{each['id']}" for some in record().values() for each in some}
    content = finding_json(finding(record()))
    named = {each for criterion in content["criteria"] for each in criterion["evidence"]}

    assert named <= there | {"ServiceRequest/draft-1"}
    assert there - named == set()


def test_what_is_read_for_orders() -> None:
    """Without orders nothing is read; with one, all that its policies need."""
    selected = searches_for(library(), orders(request()), AS_OF)

    assert () == searches_for(library(), (), AS_OF)
    assert selected == tuple(each for each in all_searches(library()) if each in selected)
    assert {"Patient", "Coverage", "Condition", "Observation", "DiagnosticReport"} <= {
        each.resource_type for each in selected
    }


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from(["2026-10-01", "9999-12-31", "0001-01-01", "final", "active", "%", "mm"]),
    ),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(
        st.sampled_from(["coding", "code", "text", "value", "unit", "start", "end", "reference"]),
        inner,
        max_size=3,
    ),
    max_leaves=5,
)  # fmt: skip
ELEMENTS = (
    "status code subject birthDate deceasedDateTime effectiveDateTime effectivePeriod valueQuantity"
    " valueInteger valueString valueRange interpretation component clinicalStatus onsetAge"
    " verificationStatus onsetDateTime onsetPeriod recordedDate abatementDateTime conclusion"
    " conclusionCode medicationCodeableConcept medicationReference authoredOn dosageInstruction"
    " dispenseRequest payor period type class order contained id resourceType reasonCode"
    " reasonReference orderDetail note identifier category patientInstruction beneficiary"
).split()


@settings(max_examples=120)
@given(st.data())
def test_nothing_in_a_record_raises(data: st.DataObject) -> None:
    """Whatever stands in one element of any resource, or of the order, there is an answer."""
    resources = [dict(each) for some in record().values() for each in some]
    draft = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS)
    for victim in [draft, data.draw(st.sampled_from(resources))]:
        victim[data.draw(st.sampled_from(ELEMENTS))] = data.draw(JUNK)

    for each in findings(resources, draft):
        json.dumps(finding_json(each))


@pytest.mark.parametrize(
    "element",
    [
        {"birthDate": "9990-01-01"},
        {"birthDate": "0001-01-01"},
        {"birthDate": ["1980"]},
    ],
)
def test_birth_dates_at_the_ends_of_the_calendar(element: Json) -> None:
    """An age of onset counted from an absurd birth date raises nothing."""
    disease = record()["disease"][0] | {"onsetDateTime": "", "onsetAge": {"value": 41, "code": "a"}}
    patient = record()["patient"][0] | element

    assert (
        "needs-information" == finding(record(disease=[disease], patient=[patient])).determination
    )
