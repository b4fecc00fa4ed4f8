"""Where a record comes from: the questions that `gather` asks, and the shape of an answer.

`client` answers over the network; a saved record answers here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cards.record.chart import Resource, is_about, reference_of
from cards.searches import Search


@dataclass(frozen=True, slots=True)
class Find:
    """A search for resources of one type."""

    resource_type: str
    parameters: tuple[tuple[str, str], ...]
    narrower: tuple[tuple[str, str], ...] | None = None
    """What is asked in its place of a server that refuses it as too wide."""


@dataclass(frozen=True, slots=True)
class Read:
    """A read of one resource by its relative reference, such as `Patient/123`."""

    reference: str


Question = Find | Read


class Cause(Enum):
    """Why we could not look, for those who act on it; the value is for logs and metrics."""

    NOT_ASKED = "not-asked"
    """There was nobody to ask."""

    REFUSED = "refused"
    """401 or 403."""

    THROTTLED = "throttled"
    """429 or 503, until no time was left."""

    TOO_LATE = "too-late"
    UNREACHABLE = "unreachable"
    LIMIT = "limit"
    """There was more than is read."""

    UNUSABLE = "unusable"
    """Something came that is no answer."""


@dataclass(frozen=True, slots=True)
class Unread:
    """We could not look, or not everywhere; the reason names nothing of the patient."""

    reason: str
    cause: Cause = Cause.UNUSABLE
    part: tuple[Resource, ...] = ()
    """What can be used nevertheless: what it holds is so, what it lacks may well be there."""


Answer = tuple[Resource, ...] | Unread
"""What was found (nothing: we looked, and there is none), or why we could not look."""


class Source(Protocol):
    """Something that can be asked for a patient's resources."""

    @property
    def base_url(self) -> str | None:
        """The server on which all of it is; None: on whichever it says."""

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Return one answer to each question, in their order; whatever goes wrong is an Unread."""


def question_for(search: Search, patient_id: str) -> Question:
    """Return what to ask for this patient."""
    if search.is_read:
        return Read(search.path(patient_id))
    narrower = search.narrower_query(patient_id)
    return Find(search.resource_type, search.query(patient_id), narrower)


def checked(answer: Answer, search: Search, patient_id: str) -> Answer:
    """Return the answer to *search* if it can be one: of the type, and about the patient.

    Where everything that came is another's, somebody was asked about another patient. Where there
    is no such patient, it was perhaps the wrong address: then there is no record to be silent.
    """
    if answer == () and search.is_read:
        return Unread("there is no such patient")
    if isinstance(answer, Unread) or not answer:
        return answer
    found = [each for each in answer if each.get("resourceType") == search.resource_type]
    if not found:
        return Unread("something else came than was asked for")
    if not any(is_about(each, patient_id) for each in found):
        return Unread("what came is another patient's")
    return answer


class Record:
    """A saved record in the place of a FHIR server; it knows searches by patient and by id."""

    base_url = None

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
        if isinstance(question, Read):
            found = self._by_reference.get(question.reference)
            return () if found is None else (found,)
        wanted = dict(question.parameters)
        listed: Iterable[Resource] = self._by_type.get(question.resource_type, ())
        if "patient" in wanted:
            listed = [each for each in listed if is_about(each, wanted["patient"])]
        if "_id" in wanted:
            listed = [each for each in listed if each.get("id") in wanted["_id"].split(",")]
        return tuple(listed)
