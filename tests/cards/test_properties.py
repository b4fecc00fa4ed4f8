"""Properties of the review as a whole, and the policy written a second time as an oracle."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cards.finding import Finding, finding_json
from cards.values.coding import ICD_10_CM
from tests.cards.building import (
    ECG_IMPRESSION,
    ECG_NORMAL,
    GAVE,
    SYSTEMIC_SCLEROSIS,
    Json,
    Record,
    concept,
    condition,
    finding,
    observation,
    record,
    request,
    statement,
    verdicts,
)
from tests.cards.oracle import PATIENTS, Patient, expected_determination, record_of

UNRELATED: list[Json] = [
    observation("glucose", ("http://loinc.org", "2345-7"), (95, "mg/dL")),
    observation("rvef", ("http://loinc.org", "10231-9"), (30, "%")),
    observation("egfr", ("http://loinc.org", "62238-1"), (20, "mL/min/{1.73_m2}")),
    observation("dlco-volume", ("http://loinc.org", "19911-7"), (5, "mL/min/mm[Hg]")),
    observation("draft", ("http://loinc.org", "10230-1"), (20, "%"), status="preliminary"),
    observation("void", ("http://loinc.org", "10230-1"), (20, "%"), status="entered-in-error"),
    observation("future", ("http://loinc.org", "10230-1"), (20, "%"), effectiveDateTime="2027"),
    observation("broken", "Something", {"valueQuantity": "broken"}),
    condition("hypertension", (ICD_10_CM, "I10"), onsetDateTime="1990"),
    condition("raynaud", (ICD_10_CM, "I73.00"), onsetDateTime="1990"),
    condition("family", "Family history of gastric antral vascular ectasia"),
    statement("other-drug", "2020-01-01", "2025-01-01")
    | {"medicationCodeableConcept": {"text": "Mycophenolate"}},
    {"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": "Cyclophosphamide"}},
    {"resourceType": "Procedure", "id": "p", "status": "completed", "code": {"text": "Biopsy"}},
    {"resourceType": "Unheard-of", "id": "u"},
]


def foreign(resource: Json) -> Json:
    """Return a resource as another patient's, under an id of its own."""
    other = {"reference": "Patient/other"}
    subject = "beneficiary" if resource["resourceType"] == "Coverage" else "subject"
    return resource | {"id": f"foreign-{resource['id']}", subject: other}


FOREIGN = [
    foreign(each)
    for name, some in record(
        lvef=[observation("lvef", ("http://loinc.org", "10230-1"), (20, "%"))],
        gave=[condition("gave", GAVE)],
        cyclophosphamide=[statement("c", "2020-01-01", "2025-01-01")],
    ).items()
    if name != "patient"
    for each in some
]


def outcome(found: Finding) -> tuple[Any, ...]:
    """Return what a finding comes to, apart from the order of its evidence."""
    evidence = {
        each.id: sorted(item.reference for item in each.verdict.evidence) for each in found.criteria
    }
    return found.determination, verdicts(found), set(found.deciding), evidence


def flat(facts: Record) -> list[Json]:
    """Return the resources of a record."""
    return [each for some in facts.values() for each in some]


@settings(max_examples=200)
@given(PATIENTS)
def test_the_review_agrees_with_the_policy_written_as_one_sentence(patient: Patient) -> None:
    """A few lines of plain comparisons come to the same determination as the whole machinery."""
    assert expected_determination(patient) == finding(record_of(patient)).determination


@given(PATIENTS, st.lists(st.sampled_from(UNRELATED + FOREIGN), max_size=6))
def test_unrelated_resources_change_nothing(patient: Patient, more: list[Json]) -> None:
    """What is another's, another quantity, void or to come changes no verdict."""
    facts = flat(record_of(patient))
    before, after = finding(facts), finding([*facts, *more])

    # What was found and does not count may be shown, so the evidence may grow.
    assert before.determination == after.determination
    assert verdicts(before) == verdicts(after)
    assert before.deciding == after.deciding


@given(PATIENTS, st.sampled_from(sorted(record().keys() - {"coverage", "disease"})))
def test_making_a_fact_unknown_never_turns_the_answer_round(patient: Patient, fact: str) -> None:
    """With all resources of a fact gone, the answer stays or becomes a question."""
    facts = record_of(patient)
    before, after = finding(facts), finding(facts | {fact: []})

    assert after.determination in {before.determination, "needs-information"}
    for criterion, now in verdicts(after).items():
        assert now in {verdicts(before)[criterion], "not-documented"}


@given(PATIENTS, st.sampled_from(["Patient", "Condition", "Observation", "MedicationStatement"]))
def test_what_cannot_be_read_never_turns_the_answer_round(patient: Patient, kind: str) -> None:
    """With a type of resource unreadable, the answer stays or becomes a question."""
    facts = flat(record_of(patient))
    some = [each for each in facts if each["resourceType"] != kind]
    before = finding(facts)

    for had in (some, facts):
        after = finding(had, unavailable={kind: "answered 503"})
        assert after.determination in {before.determination, "needs-information"}


@given(PATIENTS, st.randoms(use_true_random=False))
def test_the_order_of_resources_does_not_matter(patient: Patient, chance: random.Random) -> None:
    """A server may answer in any order, and send a resource twice."""
    facts = flat(record_of(patient))
    shuffled = chance.sample(facts, len(facts))

    assert outcome(finding(facts)) == outcome(finding(shuffled))
    assert outcome(finding(facts)) == outcome(finding([*shuffled, *facts]))


RIVAL_VALUES = st.lists(
    st.tuples(
        st.sampled_from([30, 49, 50, 60]),
        st.sampled_from(["2026", "2026-09", "2026-09-15", "2026-10-01", "2026-10-01T08:00:00Z",
                         "2026-10-01T07:00:00-05:00", None]),
        st.sampled_from(["final", "amended", "preliminary"]),
    ),
    max_size=5,
)  # fmt: skip


@given(RIVAL_VALUES, st.randoms(use_true_random=False))
def test_the_order_of_rival_values_does_not_matter(
    values: list[tuple[int, str | None, str]], chance: random.Random
) -> None:
    """Values of one fact on whatever days give one verdict, in whatever order they come."""
    rivals = [
        observation(
            f"lvef-{at}",
            ("http://loinc.org", "10230-1"),
            (number, "%"),
            effectiveDateTime=on,
            status=status,
        )
        for at, (number, on, status) in enumerate(values)
    ]
    shuffled = chance.sample(rivals, len(rivals))

    assert outcome(finding(record(lvef=rivals))) == outcome(finding(record(lvef=shuffled)))


@given(RIVAL_VALUES)
def test_adding_an_agreeing_value_never_turns_a_verdict(
    values: list[tuple[int, str | None, str]],
) -> None:
    """All values on one side of the limit can never come out on the other."""
    for side, opposite in ((range(50, 101), "not-met"), (range(50), "met")):
        agreeing = [
            observation(
                f"lvef-{at}", ("http://loinc.org", "10230-1"), (number, "%"), effectiveDateTime=on
            )
            for at, (number, on, _) in enumerate(values)
            if number in side
        ]
        assert opposite != verdicts(finding(record(lvef=agreeing)))["lvef"]


def backwards(content: Any) -> Any:
    """Return JSON with the keys of every object in reverse."""
    if isinstance(content, dict):
        return {name: backwards(content[name]) for name in reversed(content)}
    return [backwards(each) for each in content] if isinstance(content, list) else content


@given(PATIENTS)
def test_the_order_of_keys_does_not_matter(patient: Patient) -> None:
    """JSON objects have no order."""
    facts, draft = flat(record_of(patient)), request(("http://www.ama-assn.org/go/cpt", "38241"))
    draft["reasonCode"] = [concept(SYSTEMIC_SCLEROSIS)]

    assert finding_json(finding(facts, draft)) == finding_json(
        finding(backwards(facts), backwards(draft))
    )


def test_a_normal_electrocardiogram_does_not_spoil_other_signs() -> None:
    """A negative sign beside a positive one leaves the involvement shown."""
    impression = {"valueCodeableConcept": concept(ECG_NORMAL)}
    normal = observation("ecg", ECG_IMPRESSION, impression)
    found = finding(record(ecg=[normal]))

    assert ("not-met", "met") == (
        verdicts(found)["abnormal-ecg"],
        verdicts(found)["organ-involvement"],
    )
    assert "medically-necessary" == found.determination
