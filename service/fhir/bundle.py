"""Reads what came in answer to a search or a read, from a prefetch or from a FHIR server.

Keeps apart what the rest of the way depends on: there is none, here is a part, and it failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cards.record.chart import Resource, listed
from service.fhir.local_references import with_literal_references
from service.fhir.source import Unread

_LEFT_OUT = frozenset({
    "exception", "forbidden", "incomplete", "lock-error", "no-store", "security", "suppressed",
    "throttled", "timeout", "too-costly", "transient",
})  # fmt: skip
"""The R4 issue types of a remark beside what was found that say: it is not everything."""

_NESTED = 3
"""How deep a Bundle may be wrapped in entries of others."""


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one answer, or of one page of it."""

    found: tuple[Resource, ...] = ()
    """What answers the search."""

    included: tuple[Resource, ...] = ()
    """What came along because others refer to it."""

    next_link: str | None = None
    self_link: str | None = None
    """The search as the server understood it, where it says so."""

    total: int | None = None
    """How many the server says that it found, over all pages."""

    is_bundle: bool = False
    is_search: bool = True
    """Whether it says that it answers a search; where nothing came, the word alone counts."""

    left_out: bool = False
    """Whether a remark says that some of what there is was not sent."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything that came."""
        return (*self.found, *self.included)

    @property
    def is_complete(self) -> bool:
        """Whether nothing says that there is more."""
        return (
            self.next_link is None
            and not self.left_out
            and (self.total is None or self.total <= len(self.found))
        )


def doubt(pages: Sequence[Page]) -> str | None:
    """Return why the pages of one answer may lack some of what there is; None if they do not.

    Whether they are all the pages is not looked at.
    """
    if any(page.left_out for page in pages):
        return "the answer says that something was left out"
    if any(page.found for page in pages):
        return None
    if any(page.included and page.total != 0 for page in pages):
        return "the answer held only what comes along with others"
    return None if all(page.is_search for page in pages) else "the answer was not that of a search"


def read_answer(value: Any, nested: int = _NESTED) -> Page | Unread:
    """Read a decoded answer: a Bundle, a bare resource, either of them wrapped, or null."""
    if value is None:
        return Page()
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if kind == "OperationOutcome":
        return Unread("the answer was an error")
    if kind == "Bundle":
        return _read_bundle(value, nested)
    if isinstance(kind, str):
        return Page((value,))
    if nested and isinstance(value, dict) and isinstance(value.get("resource"), dict):
        return _refused(value) or read_answer(value["resource"], nested - 1)
    return Unread("the answer was no FHIR resource")


def _read_bundle(bundle: Mapping[str, Any], nested: int) -> Page | Unread:
    entries = [] if bundle.get("entry") is None else bundle["entry"]
    fault = _fault_in(entries)
    if fault is not None:
        return fault
    found: list[Resource] = []
    included: list[Resource] = []
    remarks: list[tuple[bool, Resource]] = []
    for entry in with_literal_references(entries):
        resource, mode = entry["resource"], _search_mode(entry)
        kind = resource["resourceType"]
        if kind == "OperationOutcome":
            remarks.append((mode == "outcome", resource))
        elif kind == "Bundle":
            inner = _read_bundle(resource, nested - 1) if nested else Unread("too many Bundles")
            if isinstance(inner, Unread):
                return inner
            if not inner.is_complete:
                return Unread("the answer held a part of what there is")
            found += inner.found
            included += inner.included
        else:
            (included if mode == "include" else found).append(resource)
    total, links = _total(bundle), _links(bundle)
    nothing = not found and not included
    if any(_is_error(each) for _, each in remarks) or (
        # A mere remark stands beside what was found, or says that nothing was.
        remarks and nothing and total != 0 and not all(known for known, _ in remarks)
    ):
        return Unread("the answer held an error")
    return Page(
        tuple(found),
        tuple(included),
        links.get("next"),
        links.get("self"),
        total,
        is_bundle=True,
        # A batch's answer holds the answers of searches.
        is_search=bool(entries) or bundle.get("type", "") == "searchset" or total == 0,
        left_out=any(_says_left_out(each) for _, each in remarks)
        # What cannot be read may have said that there is more.
        or (total is None and bundle.get("total") is not None)
        or "?" in links,
    )


def _fault_in(entries: Any) -> Unread | None:
    """Return why the entries are no answer: each has to be a resource that was given."""
    if not isinstance(entries, list):
        return Unread("the answer was a Bundle without a list of entries")
    for entry in entries:
        resource = None
        if isinstance(entry, dict):
            if "response" in entry and (refused := _refused(entry)) is not None:
                return refused
            resource = entry.get("resource")
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            # It may have been the value that counts, so that the others alone mislead.
            return Unread("the answer held an entry that is no resource")
    return None


def _refused(entry: Mapping[str, Any]) -> Unread | None:
    """Return why an entry of a batch's answer is none: each has a status of its own."""
    response = entry.get("response")
    if response is None:
        return None
    status = response.get("status") if isinstance(response, dict) else None
    if status is None or str(status).strip().startswith("2"):
        return None
    return Unread("the answer was an error")


def _search_mode(entry: Mapping[str, Any]) -> Any:
    search = entry.get("search")
    return search.get("mode") if isinstance(search, dict) else None


def _is_error(outcome: Resource) -> bool:
    """Whether the search failed; a remark that nothing was found is no failure."""
    issues = outcome.get("issue")
    if not isinstance(issues, list):
        return True
    return any(
        not isinstance(issue, dict)
        or (
            issue.get("severity") not in ("warning", "information", "success")
            and issue.get("code") != "not-found"
        )
        for issue in issues
    )


def _says_left_out(outcome: Resource) -> bool:
    issues = [each for each in listed(outcome.get("issue")) if isinstance(each, dict)]
    return any(issue.get("code") in _LEFT_OUT for issue in issues)


def _total(bundle: Mapping[str, Any]) -> int | None:
    """Return how many there are, also where a server writes it as text; None if it does not say."""
    total = bundle.get("total")
    if isinstance(total, str) and total.strip().isascii() and total.strip().isdigit():
        return int(total.strip()[:18])
    if isinstance(total, float) and total.is_integer():
        return int(total)
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _links(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Return the first address of each relation; under `?` what cannot be read as a link."""
    links: dict[str, str] = {}
    for link in listed(bundle.get("link")):
        relation = link.get("relation", "") if isinstance(link, dict) else None
        url = link.get("url") if isinstance(link, dict) else None
        name = relation if isinstance(relation, str) else "?"
        links.setdefault(name, url if isinstance(url, str) else "")
    return links
