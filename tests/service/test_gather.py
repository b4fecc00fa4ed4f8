"""From prefetch and FHIR server to a chart: what is asked for, and whose copy counts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from cards.library import Library
from cards.orders.drafts import read_orders
from service.fhir.source import Answer, Cause, Find, Question, Read, Record, Unread
from service.gather import Gathered, gather
from service.hook import read_request, service_for
from tests.service.requests_sent import CONDITION, COVERAGE, PATIENT, order, order_sign
from tests.service.transport import searchset


class Asked(Record):
    """A record that keeps what it was asked, round by round."""

    def __init__(self, *resources: Any) -> None:
        super().__init__(resources)
        self.rounds: list[Sequence[Question]] = []

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer, and remember."""
        self.rounds.append(questions)
        return super().answers(questions)


def _gathered(
    library: Library,
    source: Any,
    *,
    code: str = "38241",
    as_of: date = date(2026, 11, 21),
    **prefetch: Any,
) -> Gathered:
    body = msgspec.json.encode(order_sign(order("o1", code), prefetch=prefetch))
    request = read_request(body, service_for(body))
    orders = read_orders(library.clinical, request.draft_orders, "anna").orders
    assert orders
    return gather(request, library, orders, source, as_of)


def _drug(number: int) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": f"r{number}",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/anna"},
        "medicationReference": {"reference": f"Medication/m{number}"},
    }


def test_two_rounds(library: Library) -> None:
    """All searches go out together, and then all references together."""
    payer = {"resourceType": "Organization", "id": "payer", "name": "Capital Blue Cross"}
    cover = {**COVERAGE, "payor": [{"reference": "Organization/payer"}]}
    source = Asked(PATIENT, CONDITION, cover, payer, _drug(1), {**_medication(1)})

    chart = _gathered(library, source).chart

    assert 2 == len(source.rounds)
    assert {Read("Organization/payer"), Read("Medication/m1")} == set(source.rounds[1])
    assert (payer,) == tuple(chart.all("Organization"))


def _medication(number: int) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": f"m{number}", "code": {"text": "Aspirin"}}


def test_only_what_the_policies_read(library: Library) -> None:
    """A search that no governing policy needs is not made."""
    source = Asked(PATIENT)
    _gathered(library, source)
    infusion = Asked(PATIENT)
    _gathered(library, infusion, code="38242")

    kinds = [
        {each.resource_type for each in asked.rounds[0] if isinstance(each, Find)}
        for asked in (source, infusion)
    ]
    assert "MedicationAdministration" in kinds[0]
    assert kinds[1] < kinds[0]


def test_nothing_is_read_before_any_policy_is_in_force(library: Library) -> None:
    """Where no version governs the order on that day, there is nothing to read for."""
    source = Asked(PATIENT, COVERAGE)

    gathered = _gathered(library, source, as_of=date(2019, 1, 1))

    assert ([], 0, []) == (source.rounds, gathered.asked, list(gathered.chart))


def test_what_is_in_the_prefetch_is_not_asked_for(library: Library) -> None:
    """One missing key costs one search, and null costs none."""
    source = Asked(PATIENT)

    gathered = _gathered(
        library, source, patient=PATIENT, conditions=searchset(CONDITION), coverages=None
    )

    asked = {each.resource_type for each in source.rounds[0] if isinstance(each, Find)}
    assert not asked & {"Condition", "Coverage"}
    assert "Observation" in asked
    assert len(source.rounds[0]) == gathered.asked


def test_many_drugs_are_searched_by_id(library: Library) -> None:
    """Where a record refers to hundreds of drugs, one search fetches a hundred of them."""
    drugs = range(250)
    source = Asked(PATIENT, *map(_drug, drugs), *map(_medication, drugs))

    chart = _gathered(library, source).chart

    assert 250 == len(list(chart.all("Medication")))
    assert 3 == len(source.rounds[1])
    assert {} == chart.missing_references


@pytest.mark.parametrize("number", [3, 30])
def test_a_reference_to_what_is_not_there(library: Library, number: int) -> None:
    """Read singly or searched for by id: what is not there is missing with a reason."""
    drugs = range(number)
    source = Asked(PATIENT, *map(_drug, drugs), *map(_medication, range(1, number)))

    chart = _gathered(library, source).chart

    assert {"Medication/m0": "what is referred to is not there"} == chart.missing_references


def test_a_patient_who_is_not_there_is_unread(library: Library) -> None:
    """Without such a patient there is no record that could be silent about a date of birth."""
    for gathered in (_gathered(library, Asked()), _gathered(library, Asked(), patient=None)):
        assert {"Patient": "there is no such patient"} == gathered.chart.unavailable


def test_too_many_references_are_not_passed_over_in_silence(library: Library) -> None:
    """What is beyond the limit is missing with a reason."""
    drugs = range(501)
    source = Asked(PATIENT, *map(_drug, drugs), *map(_medication, drugs))

    chart = _gathered(library, source).chart

    assert {"Medication/m500": "the record refers to too many others"} == chart.missing_references


def test_contained_resources_are_not_asked_for(library: Library) -> None:
    """A drug within its order, and a payor within its coverage, are there already."""
    inside = {
        **_drug(1),
        "contained": [_medication(1)],
        "medicationReference": {"reference": "#m1"},
    }
    cover = {
        **COVERAGE,
        "contained": [{"resourceType": "Organization", "id": "o", "name": "Cigna"}],
        "payor": [{"reference": "#o"}],
    }
    source = Asked(PATIENT, inside, cover)

    chart = _gathered(library, source).chart

    assert 1 == len(source.rounds)
    assert {} == chart.missing_references


@pytest.mark.parametrize("with_versions", [True, False])
def test_a_stale_copy_does_not_win(library: Library, *, with_versions: bool) -> None:
    """What a foreign key brought along gives way to the copy that was asked for."""
    meta = [{"meta": {"versionId": str(each)}} if with_versions else {} for each in (1, 2)]
    fresh, stale = {**CONDITION, **meta[1]}, {**CONDITION, **meta[0], "onsetDateTime": "2001"}
    theirs = searchset({"resourceType": "Encounter", "id": "e"}, stale)

    chart = _gathered(library, Asked(PATIENT, fresh), theirs=theirs).chart

    assert [fresh] == list(chart.all("Condition"))


def test_a_record_of_somebody_else_is_unread(library: Library) -> None:
    """A server that answers about another patient has not been asked about this one."""

    class Confused(Asked):
        def answers(self, questions: Sequence[Question]) -> list[Answer]:
            berta = {**CONDITION, "subject": {"reference": "Patient/berta"}}
            return [
                (berta,) if isinstance(each, Find) and each.resource_type == "Condition" else ()
                for each in questions
            ]

    gathered = _gathered(library, Confused())

    assert "what came is another patient's" == gathered.chart.unavailable["Condition"]


def test_a_part_is_used_and_is_not_the_whole(library: Library) -> None:
    """What a narrower search found counts; the rest of its type could not be looked at."""
    result = {**CONDITION, "resourceType": "Observation", "id": "o"}

    class Narrow(Asked):
        def answers(self, questions: Sequence[Question]) -> list[Answer]:
            return [
                Unread("narrower", part=(result,))
                if isinstance(each, Find) and each.narrower is not None
                else ()
                for each in questions
            ]

    chart = _gathered(library, Narrow()).chart

    assert [result] == list(chart.all("Observation"))
    assert "narrower" == chart.unavailable["Observation"]


def test_nobody_to_ask(library: Library) -> None:
    """Without a server, what the prefetch leaves out was not asked for, its references neither."""
    cover = {**COVERAGE, "payor": [{"reference": "Organization/payer"}]}

    gathered = _gathered(library, None, coverages=searchset(cover))

    assert {Cause.NOT_ASKED} == {each.cause for each in gathered.unread}
    assert 1 == len(gathered.reasons)
    assert ["Organization/payer"] == list(gathered.chart.missing_references)
    assert 0 == gathered.asked
