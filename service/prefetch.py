"""What the prefetch of a request answers; `gather` asks a FHIR server for the rest.

A missing key: nobody looked. Null: the EHR looked, and there is none. Anything that is no answer
(an error, a web page, the first page of several) counts as not looked, with a reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from cards.chart import Resource
from cards.searches import Search
from service.bundle import Page, read_answer
from service.source import Answer, Unread


@dataclass(frozen=True, slots=True)
class Prefetched:
    """The answers in a prefetch."""

    answers: Mapping[str, Answer]
    """By the key of the search; a key that is not in it was not answered."""

    others: tuple[Resource, ...]
    """Resources under keys that are not ours, or under the wrong one."""


def read_prefetch(
    prefetch: Mapping[str, Any], searches: Sequence[Search], our_keys: AbstractSet[str]
) -> Prefetched:
    """Read the answers to *searches*; *our_keys* are all that the discovery document names.

    Some EHRs rename or decorate keys. What stands under a foreign key is taken by the type of its
    resources, and answers the unanswered searches for that type if there are as many.
    """
    answers: dict[str, Answer] = {}
    others: list[Resource] = []
    for search in searches:
        if search.key not in prefetch:
            continue
        page = read_answer(prefetch[search.key])
        answer = _whole(page)
        if not isinstance(answer, Unread) and answer and not _holds(answer, search.resource_type):
            others.extend(answer)
            answer = Unread("the prefetch holds something else than was asked for")
        answers[search.key] = answer

    foreign: Counter[str] = Counter()
    for key, value in prefetch.items():
        if key in our_keys:
            continue
        found = _whole(read_answer(value))
        if isinstance(found, Unread):
            continue
        others.extend(found)
        foreign.update({str(resource.get("resourceType")) for resource in found})
    unanswered = Counter(s.resource_type for s in searches if s.key not in answers)
    for search in searches:
        kind = search.resource_type
        if search.key not in answers and foreign[kind] >= unanswered[kind]:
            answers[search.key] = tuple(each for each in others if each.get("resourceType") == kind)
    return Prefetched(answers, tuple(others))


def _whole(page: Page | Unread) -> Answer:
    """Return the answer if it is all there is: in a part of it the latest value may be missing."""
    if isinstance(page, Unread):
        return Unread(f"the prefetch cannot be used: {page.reason}")
    if not page.is_complete:
        return Unread("the prefetch holds the first page only")
    return page.resources


def _holds(resources: Sequence[Resource], kind: str) -> bool:
    return any(resource.get("resourceType") == kind for resource in resources)
