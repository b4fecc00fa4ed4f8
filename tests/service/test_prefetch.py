"""Prefetch as it really comes: what was looked for and not there stays apart from what failed."""

from typing import Any

import pytest

from cards.record.chart import Resource
from cards.searches import Search
from service.fhir.prefetch import read_prefetch
from service.fhir.source import Answer, Unread
from tests.service.requests_sent import CONDITION, COVERAGE, PATIENT
from tests.service.transport import outcome, searchset

PATIENTS = Search("patient", "Patient")
CONDITIONS = Search("conditions", "Condition", (("patient", "{patient}"),))
LABS = Search("labs", "Observation", (("patient", "{patient}"), ("category", "laboratory")))
VITALS = Search("vitals", "Observation", (("patient", "{patient}"), ("category", "vital-signs")))
KEYS = {"patient", "conditions", "labs", "vitals"}
RESULT = {"resourceType": "Observation", "id": "o1"}
EMPTY_AT_EPIC = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [{"resource": outcome("warning", "not-found"), "search": {"mode": "outcome"}}],
}
LEFT_OUT = ("incomplete", "timeout", "too-costly", "throttled", "suppressed", "exception")
SELF = "https://ehr.example/fhir/Condition?patient=anna&_count=50&vendor-page=1"
EMPTY_BATCH = {
    "resourceType": "Bundle",
    "type": "batch-response",
    "entry": [{"response": {"status": "200"}, "resource": searchset()}],
}
REFUSED = {"response": {"status": "403 Forbidden", "outcome": outcome()}}
NOT_FOUND = {"response": {"status": "404"}, "resource": outcome("warning")}


def _outcome(code: str) -> dict[str, Any]:
    return {"resource": outcome("warning", code), "search": {"mode": "outcome"}}


def _conditions(value: Any) -> Answer:
    return read_prefetch({"conditions": value}, [CONDITIONS], KEYS, "anna").answers["conditions"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        (searchset(), ()),
        ({"resourceType": "Bundle", "total": 0, "entry": []}, ()),
        ({"resourceType": "Bundle", "type": "searchset", "entry": None}, ()),
        (EMPTY_BATCH, ()),
        (EMPTY_AT_EPIC, ()),
        ({**EMPTY_AT_EPIC, "entry": [{"resource": outcome("warning")}]}, ()),
        (searchset(CONDITION), (CONDITION,)),
        ({**searchset(CONDITION), "total": 1}, (CONDITION,)),
        ({**searchset(CONDITION), "total": "1"}, (CONDITION,)),
        ({**searchset(CONDITION), "link": [{"url": "https://x/"}]}, (CONDITION,)),
        (searchset(CONDITION, outcome("warning")), (CONDITION,)),
        (searchset(CONDITION, outcome("warning", "informational")), (CONDITION,)),
        (searchset(CONDITION, outcome("warning", "not-supported")), (CONDITION,)),
        (CONDITION, (CONDITION,)),
        ({"resource": searchset(CONDITION)}, (CONDITION,)),
        ({"response": {"status": "200"}, "resource": CONDITION}, (CONDITION,)),
        (searchset(searchset(CONDITION)), (CONDITION,)),
        (searchset(CONDITION) | {"link": [{"relation": "self", "url": SELF}]}, (CONDITION,)),
    ],
)
def test_answers(value: Any, expected: tuple[Resource, ...]) -> None:
    """Null, empty and wrapped answers are answers: somebody looked."""
    assert expected == _conditions(value)


@pytest.mark.parametrize(
    "value",
    [
        outcome(),
        outcome("information"),
        searchset(outcome()),
        searchset(CONDITION, outcome("fatal")),
        searchset(outcome("warning")),
        {**EMPTY_AT_EPIC, "entry": [{"resource": outcome(), "search": {"mode": "outcome"}}]},
        "<html><body>502 Bad Gateway</body></html>",
        "",
        7,
        True,
        [],
        {},
        {"entry": []},
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": "x"},
        searchset(CONDITION, next_link="https://ehr.example/fhir?page=2"),
        {**searchset(CONDITION), "total": 2},
        {**searchset(CONDITION), "total": "2"},
        {**searchset(CONDITION), "total": 2.0},
        {**searchset(CONDITION), "total": {}},
        {**searchset(CONDITION), "link": "next"},
        {**searchset(CONDITION), "link": [{"relation": ["next"], "url": "https://x/?page=2"}]},
        searchset(RESULT),
        PATIENT,
        searchset(searchset(searchset(searchset(searchset(CONDITION))))),
        searchset(searchset(CONDITION, next_link="x")),
        searchset({"resourceType": "OperationOutcome", "issue": "x"}),
        searchset(CONDITION) | {"entry": [{"resource": CONDITION}, 7]},
        searchset(CONDITION) | {"entry": [{"resource": CONDITION}, {"fullUrl": "urn:x"}]},
        searchset({**CONDITION, "resourceType": 7}),
        searchset({**CONDITION, "subject": {"reference": "Patient/berta"}}),
        searchset(CONDITION) | {"link": [{"relation": "self", "url": f"{SELF}&category=x"}]},
        {"resourceType": "Bundle", "type": "batch-response", "entry": [REFUSED]},
        {"resourceType": "Bundle", "type": "batch-response", "entry": [NOT_FOUND]},
        searchset(CONDITION) | {"entry": [{"resource": CONDITION}, REFUSED]},
        NOT_FOUND,
        *(searchset(CONDITION, outcome("warning", code)) for code in LEFT_OUT),
        *({**EMPTY_AT_EPIC, "entry": [_outcome(code)]} for code in LEFT_OUT),
        searchset(CONDITION) | {"link": {"relation": "next", "url": "?page=2"}},
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": None},
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "collection", "entry": []},
        {"resourceType": "Bundle", "type": "batch-response", "entry": []},
        {"resourceType": "Bundle", "type": 7, "entry": []},
    ],
)
def test_failures(value: Any) -> None:
    """An error, a web page, a part of the answer or another answer is none."""
    assert isinstance(_conditions(value), Unread)


def test_missing_key_was_not_looked_for() -> None:
    """A key that is not there is no answer, neither good nor bad."""
    assert {} == read_prefetch({}, [CONDITIONS], KEYS, "anna").answers


def test_renamed_keys_are_taken_by_type() -> None:
    """Under a foreign key, the resources' type tells which search they answer."""
    prefetched = read_prefetch(
        {"Patient!": PATIENT, "prefetch.conditions-1": searchset(CONDITION)},
        [PATIENTS, CONDITIONS],
        KEYS,
        "anna",
    )

    assert {"patient": (PATIENT,), "conditions": (CONDITION,)} == prefetched.answers


def test_one_renamed_key_does_not_answer_two_searches() -> None:
    """One Bundle of results may be the laboratory's: the vital signs are still to be asked for."""
    prefetched = read_prefetch({"results": searchset(RESULT)}, [LABS, VITALS], KEYS, "anna")

    assert {} == prefetched.answers
    assert (RESULT,) == prefetched.others


@pytest.mark.parametrize(
    ("prefetch", "without_server", "with_server"),
    [
        ({"theirConditions": searchset(CONDITION)}, True, True),
        ({"prefetch.condition": searchset(CONDITION)}, True, True),
        ({"problems": searchset(CONDITION)}, True, False),
        ({"lastCondition": CONDITION}, False, False),
        ({"condition-a": searchset(CONDITION), "condition-b": searchset(CONDITION)}, False, False),
        ({"conditions": searchset(CONDITION)}, True, True),
        ({"conditions": CONDITION}, True, False),
        ({"conditions": None}, True, True),
    ],
)
def test_what_can_be_the_whole_answer(
    prefetch: dict[str, Any], *, without_server: bool, with_server: bool
) -> None:
    """One resource, one of several and another name are asked about where one can ask."""
    for can_ask, answered in ((False, without_server), (True, with_server)):
        read = read_prefetch(prefetch, [CONDITIONS], KEYS, "anna", can_ask=can_ask)

        assert answered == isinstance(read.answers.get("conditions"), tuple)
        assert not read.others or CONDITION == read.others[0]


def test_a_patient_under_a_foreign_key_is_whole() -> None:
    """A read has one resource for an answer."""
    for can_ask in (False, True):
        read = read_prefetch({"thePatient": PATIENT}, [PATIENTS], KEYS, "anna", can_ask=can_ask)

        assert {"patient": (PATIENT,)} == read.answers


def test_empty_answer_under_a_foreign_key_says_nothing() -> None:
    """Without a resource nobody knows what a foreign key was meant to answer."""
    assert {} == read_prefetch({"c": searchset(), "d": None}, [CONDITIONS], KEYS, "anna").answers


def test_resources_under_the_wrong_key_are_kept() -> None:
    """A coverage among the conditions is no answer about conditions, and is not lost."""
    prefetched = read_prefetch({"conditions": searchset(COVERAGE)}, [CONDITIONS], KEYS, "anna")

    assert isinstance(prefetched.answers["conditions"], Unread)
    assert (COVERAGE,) == prefetched.others


def test_keys_of_other_policies_answer_nothing_here() -> None:
    """A key of ours that this order does not need stands for no other."""
    assert {} == read_prefetch({"labs": searchset(RESULT)}, [VITALS], KEYS, "anna").answers


def _included(resource: Resource) -> dict[str, Any]:
    return {"resource": resource, "search": {"mode": "include"}}


@pytest.mark.parametrize(
    ("found", "along", "answered"),
    [
        (CONDITION, PATIENT, {"conditions": (CONDITION,)}),
        (PATIENT, CONDITION, {"patient": (PATIENT,)}),
    ],
)
def test_what_came_along_answers_nothing(
    found: Resource, along: Resource, answered: dict[str, Answer]
) -> None:
    """A Patient included with Conditions is no answer about patients, nor the other way round."""
    bundle = searchset(found)
    bundle["entry"].append(_included(along))

    prefetched = read_prefetch({"theirs": bundle}, [PATIENTS, CONDITIONS], KEYS, "anna")

    assert answered == prefetched.answers
    assert (found, along) == prefetched.others


def test_what_came_along_under_our_own_key() -> None:
    """Under a key of ours too, what is included answers nothing and is kept."""
    bundle = searchset()
    bundle["entry"] = [_included(PATIENT)]

    prefetched = read_prefetch({"conditions": bundle}, [PATIENTS, CONDITIONS], KEYS, "anna")

    assert isinstance(prefetched.answers["conditions"], Unread)
    assert (PATIENT,) == prefetched.others


def test_a_mixture_under_a_foreign_key_answers_nothing() -> None:
    """Without a word on what was searched for, no type in a mixture is known to be whole."""
    mixture = {"all": searchset(PATIENT, CONDITION)}

    prefetched = read_prefetch(mixture, [PATIENTS, CONDITIONS], KEYS, "anna")

    assert {} == prefetched.answers
    assert (PATIENT, CONDITION) == prefetched.others


def test_another_patient_under_our_key_is_no_answer() -> None:
    """The EHR looked up somebody else: nobody looked up this patient."""
    berta = {**PATIENT, "id": "berta"}

    answers = read_prefetch({"patient": berta}, [PATIENTS], KEYS, "anna").answers

    assert isinstance(answers["patient"], Unread)
