"""Where a record comes from: the questions that `gather` asks, and the shape of an answer.

`fhir` answers over the network; a saved record answers here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cards.chart import Resource, reference_of
from cards.searches import Search


@dataclass(frozen=True, slots=True)
class Find:
    """A search for resources of one type."""

    resource_type: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A read of one resource by its relative reference, such as `Patient/123`."""

    reference: str


Question = Find | Read


@dataclass(frozen=True, slots=True)
class Unread:
    """We could not look; the reason names nothing of the patient."""

    reason: str


Answer = tuple[Resource, ...] | Unread
"""What was found (nothing: we looked, and there is none), or why we could not look."""


class Source(Protocol):
    """Something that can be asked for a patient's resources."""

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Return one answer to each question, in their order; never raises."""


def question_for(search: Search, patient_id: str) -> Question:
    """Return what to ask for this patient."""
    if search.is_read:
        return Read(search.path(patient_id))
    return Find(search.resource_type, search.query(patient_id))


class Record:
    """A saved record in the place of a FHIR server; a search finds all of its type."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_reference: dict[str, Resource] = {}
        for resource in resources:
            self._by_type[str(resource.get("resourceType"))].append(resource)
            self._by_reference.setdefault(reference_of(resource), resource)

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Return one answer to each question; what is not in the record is not there."""
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        if isinstance(question, Find):
            return tuple(self._by_type.get(question.resource_type, ()))
        found = self._by_reference.get(question.reference)
        return () if found is None else (found,)
