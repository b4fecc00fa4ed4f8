"""Reads what came in answer to a search or a read, from a prefetch or from a FHIR server.

Keeps apart what the rest of the way depends on: there is none, here is a part, and it failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cards.chart import Resource
from service.local_references import with_literal_references
from service.source import Unread

_NESTED = 3
"""How deep a Bundle may be wrapped in entries of others."""


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one answer, or of one page of it."""

    resources: tuple[Resource, ...] = ()
    next_link: str | None = None
    total: int | None = None
    """How many the server says there are, over all pages."""

    matches: int = 0
    """How many entries of this page answer the search; others are included or remark on it."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing says that there is more."""
        return self.next_link is None and (self.total is None or self.total <= self.matches)


def read_answer(value: Any, nested: int = _NESTED) -> Page | Unread:
    """Read a decoded answer: a Bundle, a bare resource, either of them wrapped, or null."""
    if value is None:
        return Page()
    kind = value.get("resourceType") if isinstance(value, Mapping) else None
    if kind == "OperationOutcome":
        return Unread("the answer was an error")
    if kind == "Bundle":
        return _read_bundle(value, nested)
    if isinstance(kind, str):
        return Page((value,), matches=1)
    if nested and isinstance(value, Mapping) and isinstance(value.get("resource"), Mapping):
        return read_answer(value["resource"], nested - 1)
    return Unread("the answer was no FHIR resource")


def _read_bundle(bundle: Mapping[str, Any], nested: int) -> Page | Unread:
    entries = [] if bundle.get("entry") is None else bundle["entry"]
    if not isinstance(entries, list):
        return Unread("the answer was a Bundle without a list of entries")
    resources: list[Resource] = []
    remarks: list[tuple[bool, Resource]] = []
    matches = 0
    for entry in with_literal_references(entries):
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if not isinstance(resource, Mapping):
            matches += 1  # unusable, but no reason to think that there is another page
            continue
        mode = _search_mode(entry)
        if resource.get("resourceType") == "OperationOutcome":
            remarks.append((mode == "outcome", resource))
        elif resource.get("resourceType") == "Bundle":
            inner = _read_bundle(resource, nested - 1) if nested else Unread("too many Bundles")
            if isinstance(inner, Unread):
                return inner
            if not inner.is_complete:
                return Unread("the answer held a part of what there is")
            resources.extend(inner.resources)
            matches += 1
        else:
            resources.append(resource)
            matches += mode != "include"
    total = bundle.get("total")
    total = total if isinstance(total, int) and not isinstance(total, bool) else None
    if any(_is_error(each) for _, each in remarks) or (
        # A mere remark stands beside what was found, or says that nothing was.
        remarks and not resources and total != 0 and not all(known for known, _ in remarks)
    ):
        return Unread("the answer held an error")
    return Page(tuple(resources), _next_link(bundle), total, matches)


def _search_mode(entry: Mapping[str, Any]) -> Any:
    search = entry.get("search")
    return search.get("mode") if isinstance(search, Mapping) else None


def _is_error(outcome: Resource) -> bool:
    """Whether the search failed; a remark that nothing was found is no failure."""
    issues = outcome.get("issue")
    if not isinstance(issues, list):
        return True
    return any(
        not isinstance(issue, Mapping)
        or (
            issue.get("severity") not in ("warning", "information", "success")
            and issue.get("code") != "not-found"
        )
        for issue in issues
    )


def _next_link(bundle: Mapping[str, Any]) -> str | None:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None
