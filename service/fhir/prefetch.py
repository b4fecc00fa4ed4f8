"""What the prefetch of a request answers; `gather` asks a FHIR server for the rest.

A missing key: nobody looked. Null: the EHR looked, and there is none. Anything that is no answer
(an error, a web page, the first page of several, a narrower search) counts as not looked, with a
reason.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cards.record.chart import Resource
from cards.searches import Search
from service.fhir.bundle import Page, doubt, read_answer
from service.fhir.source import Answer, Unread, checked

# Parameters with which a search finds less, or less of each. Others only sort and page, some of
# them in ways of their maker's own.
_NARROWING = frozenset({
    "authoredon", "category", "class", "clinical-status", "code", "context", "date", "effective",
    "effective-time", "encounter", "evidence", "intent", "issued", "medication", "onset-date",
    "performer", "period", "recorded-date", "severity", "stage", "status", "type",
    "value-concept", "value-date", "value-quantity", "verification-status",
    "_content", "_elements", "_filter", "_has", "_lastUpdated", "_list", "_maxresults",
    "_profile", "_query", "_security", "_source", "_summary", "_tag", "_text",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prefetched:
    """The answers in a prefetch."""

    answers: Mapping[str, Answer]
    """By the key of the search; a key that is not in it was not answered."""

    others: tuple[Resource, ...]
    """Resources under keys that are not ours or under the wrong one, or included with others."""


def read_prefetch(
    prefetch: Mapping[str, Any],
    searches: Sequence[Search],
    our_keys: AbstractSet[str],
    patient_id: str,
    *,
    can_ask: bool = False,
) -> Prefetched:
    """Read the answers to *searches*; *our_keys* are all that the discovery document names.

    Some EHRs rename or decorate keys, or send one resource without its Bundle. With *can_ask*
    there is a server that can be asked what such an answer leaves in doubt.
    """
    answers: dict[str, Answer] = {}
    others: list[Resource] = []
    for search in searches:
        if search.key not in prefetch:
            continue
        page = read_answer(prefetch[search.key])
        whole = _whole(page)
        answer: Answer = Unread("it holds one resource, and no answer to a search")
        if isinstance(whole, Unread):
            answer = whole
        elif not (can_ask and whole.found) or _is_whole_for(search, whole):
            answer = checked(whole.found, search, patient_id)
        if isinstance(answer, Unread):
            answers[search.key] = Unread(f"the prefetch cannot be used: {answer.reason}")
        else:
            answers[search.key] = answer
        if isinstance(page, Page):
            counted = isinstance(whole, Unread) or answer is page.found
            others += page.included if counted else page.resources

    foreign = _foreign(prefetch, our_keys)
    others += chain.from_iterable(page.resources for _, page in foreign)
    unanswered = [search for search in searches if search.key not in answers]
    for search in unanswered:
        found = _renamed(search, foreign, can_ask=can_ask)
        rivals = sum(each.resource_type == search.resource_type for each in unanswered)
        answer = checked(found.found, search, patient_id) if found else ()
        if found and rivals == 1 and not isinstance(answer, Unread):
            answers[search.key] = answer
    return Prefetched(answers, tuple(others))


def _foreign(prefetch: Mapping[str, Any], our_keys: AbstractSet[str]) -> list[tuple[str, Page]]:
    """Return what stands under keys that are not ours, and can be used."""
    pages = ((key, _whole(read_answer(prefetch[key]))) for key in prefetch if key not in our_keys)
    return [(key, page) for key, page in pages if isinstance(page, Page)]


def _renamed(search: Search, foreign: Sequence[tuple[str, Page]], *, can_ask: bool) -> Page | None:
    """Return what answers *search* under another key: the one Bundle of what it searches for.

    Of several none is the whole. A name that does not tell of the type (`vitals`, `lastEcho`) may
    be that of another search: who can ask, asks.
    """
    same = [(key, page) for key, page in foreign if _kind(page) == search.resource_type]
    if len(same) != 1:
        return None
    ((key, page),) = same
    telling = search.resource_type.lower() in key.lower() or search.key.lower() in key.lower()
    return page if _is_whole_for(search, page) and (telling or not can_ask) else None


def _is_whole_for(search: Search, page: Page) -> bool:
    """Whether the page can be all that *search* finds: one resource is not all of a search."""
    return search.is_read or page.is_bundle


def _kind(page: Page) -> str | None:
    """Return the type of what was found; None where there is none, or several.

    Of several nobody knows which was searched for, and which only came along.
    """
    kinds = {str(resource.get("resourceType")) for resource in page.found}
    return kinds.pop() if len(kinds) == 1 else None


def _whole(page: Page | Unread) -> Page | Unread:
    """Return the page if it is all there is: in a part of it the latest value may be missing."""
    if isinstance(page, Unread):
        return page
    reason = doubt([page])
    if reason is not None:
        return Unread(reason)
    if not page.is_complete:
        return Unread("it holds the first page only")
    query = urlsplit(page.self_link or "").query
    if any(name.partition(":")[0] in _NARROWING for name, _ in parse_qsl(query)):
        return Unread("it answers a narrower search")
    return page
