"""Asks a FHIR server: reads, searches and pages; `connections` sends what is asked here.

Whatever goes wrong becomes an Unread with a reason, so that one search never costs the others.
"""

import re
import uuid
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from urllib.parse import quote, urlencode

from cards.record.chart import Resource
from service import logs
from service.fhir.bundle import Page, doubt, read_answer
from service.fhir.connections import (
    Deadline,
    Exchange,
    NoAnswerError,
    Reply,
)
from service.fhir.outbound import below
from service.fhir.sessions import Session, create_session, session_per_server
from service.fhir.source import Answer, Cause, Find, Question, Read, Unread
from service.fhir.unsound import decoded

__all__ = [
    "SIDE_BY_SIDE",
    "Deadline",
    "FhirServer",
    "Session",
    "create_session",
    "session_per_server",
]

MOST_PAGES = 100
"""Of one search."""

MOST_BYTES = 64 * 1024 * 1024
"""Of all that one call reads, unpacked."""

MOST_ADDRESS = 2000
"""Characters of an address; a longer search is sent by POST, as servers and proxies cut it."""

SIDE_BY_SIDE = 12
"""Questions of one call that are under way together."""

_PAGE_SIZE = "200"
_OK = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_REDIRECTS_OF_A_POST = (307, 308)
_MOST_REDIRECTS = 2
_NOT_THERE = (404, 410)
_TOO_WIDE = (400, 422)
_NO_SUCH_METHOD = 405
_CAUSES = {
    401: Cause.REFUSED,
    403: Cause.REFUSED,
    429: Cause.THROTTLED,
    503: Cause.THROTTLED,
}
_REFERENCE = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[^\s/?#%\\]{1,256})")
_LATE = Unread("the FHIR server did not answer in time", Cause.TOO_LATE)


class FhirServer:
    """One FHIR server, asked on behalf of one call."""

    def __init__(
        self,
        base_url: str,
        session: Session,
        deadline: Deadline,
        access_token: str | None = None,
    ) -> None:
        """*base_url* has no slash at the end; *access_token* was issued for that server."""
        self.base_url = base_url
        self._exchange = Exchange(session, deadline, MOST_BYTES)
        self._headers = {"Accept": "application/fhir+json", "Cache-Control": "no-cache"}
        # The clinician may have documented a moment ago what was missing: no cached answers.
        if access_token is not None:
            self._headers["Authorization"] = f"Bearer {access_token}"

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask side by side; a question still open at the deadline is answered as too late."""
        if not questions:
            return []
        tasks = [partial(self._answer, question) for question in questions]
        done = self._exchange.side_by_side(tasks, SIDE_BY_SIDE, "fhir")
        return [_LATE if future is None else _answer_of(future) for future in done]

    def _answer(self, question: Question) -> Answer:
        try:
            if isinstance(question, Read):
                return self._read(question.reference)
            return self._search(question)
        except NoAnswerError as error:
            return Unread(error.reason, error.cause)

    def _read(self, reference: str) -> Answer:
        parts = _REFERENCE.fullmatch(reference)
        if parts is None or parts["id"] in (".", ".."):
            raise NoAnswerError("the reference cannot be followed")
        url = f"{self.base_url}/{parts['type']}/{quote(parts['id'], safe='')}"
        reply = self._send("GET", url)
        if reply.status in _NOT_THERE:
            return ()
        resources = _page(_body(reply), parts["type"]).resources
        if [_identity(resource) for resource in resources] != [(parts["type"], parts["id"])]:
            raise NoAnswerError("the FHIR server answered with another resource")
        return resources

    def _search(self, question: Find) -> Answer:
        reply = self._ask(question.resource_type, question.parameters)
        if reply.status not in _TOO_WIDE or question.narrower is None:
            return self._pages(question.resource_type, reply)
        reply = self._ask(question.resource_type, question.narrower)
        found = self._pages(question.resource_type, reply)
        if isinstance(found, Unread):
            return found
        return Unread("the FHIR server allows narrower searches only", part=found)

    def _ask(self, resource_type: str, parameters: Sequence[tuple[str, str]]) -> Reply:
        if not any(name == "_count" for name, _ in parameters):
            parameters = (*parameters, ("_count", _PAGE_SIZE))
        url, query = f"{self.base_url}/{resource_type}", urlencode(parameters)
        if len(url) + len(query) < MOST_ADDRESS:
            reply = self._send("GET", f"{url}?{query}")
            if reply.status != _NO_SUCH_METHOD:
                return reply
        return self._send("POST", f"{url}/_search", query)

    def _pages(self, resource_type: str, reply: Reply) -> Answer:
        """Return what is on the page and on all that follow it."""
        pages: list[Page] = []
        seen: set[str] = set()
        while True:
            seen.add(reply.url)
            pages.append(_page(_body(reply), "Bundle"))
            if pages[-1].next_link is None:
                break
            url = self._own(reply.url, pages[-1].next_link)
            if url in seen or len(seen) >= MOST_PAGES:
                raise NoAnswerError("the FHIR server sent more pages than are read", Cause.LIMIT)
            reply = self._send("GET", url)
        if sum(len(page.found) for page in pages) < max(page.total or 0 for page in pages):
            raise NoAnswerError("the FHIR server sent fewer results than it counts")
        found = [each for page in pages for each in page.found]
        if found and all(each.get("resourceType") != resource_type for each in found):
            raise NoAnswerError("the FHIR server answered with other resources")
        resources = (*found, *(each for page in pages for each in page.included))
        reason = doubt(pages)
        if reason is None:
            return resources if found else ()
        return Unread(f"the FHIR server cannot be used: {reason}", part=resources)

    def _send(self, method: str, url: str, form: str | None = None) -> Reply:
        """Return the reply, after redirects below the server's own base URL."""
        headers = self._headers
        if form is not None:
            headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        followed = _REDIRECTS if form is None else _REDIRECTS_OF_A_POST
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._exchange.send(method, url, headers, form)
            if reply.status not in followed:
                return reply
            url = self._own(url, reply.headers.get("Location", ""))
        raise NoAnswerError("the FHIR server redirects without end")

    def _own(self, url: str, link: str) -> str:
        """Return where *link* leads from *url*, if that is the base URL, or lies below it.

        The token goes nowhere else: other applications may answer on the same host.
        """
        try:
            return below(self.base_url, url, link)
        except ValueError:
            raise NoAnswerError("the FHIR server points to another address") from None


def _answer_of(future: "Future[Answer]") -> Answer:
    error = future.exception()
    if error is None:
        return future.result()
    # Unforeseen, and of our making; the other questions keep their answers.
    logs.log_fault(error, uuid.uuid4().hex)
    return Unread("the FHIR server's answer could not be taken in")


def _body(reply: Reply) -> bytes:
    if reply.status == _OK:
        return reply.body
    cause = _CAUSES.get(reply.status, Cause.UNUSABLE)
    raise NoAnswerError(f"the FHIR server answered {reply.status}", cause)


def _page(body: bytes, kind: str) -> Page:
    """Decode a resource that has to be of *kind*."""
    try:
        value = decoded(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise NoAnswerError("the FHIR server answered something that is no JSON") from None
    page = read_answer(value)
    if isinstance(page, Unread):
        raise NoAnswerError(f"the FHIR server cannot be used: {page.reason}")
    if not isinstance(value, dict) or value.get("resourceType") != kind:
        raise NoAnswerError("the FHIR server answered with another resource")
    return page


def _identity(resource: Resource) -> tuple[object, object]:
    return resource.get("resourceType"), resource.get("id")
