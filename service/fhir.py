"""Asks a FHIR server: reads, searches and pages, over guarded connections (`outbound`).

Whatever goes wrong becomes an Unread with a reason, so that one search never costs the others.
"""

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec
import requests
import urllib3

from cards.chart import Resource
from service.bundle import Page, read_answer
from service.outbound import GuardedAdapter
from service.source import Answer, Find, Question, Read, Unread

Session = requests.Session
"""What holds the connections, for those who pass it on."""

MOST_PAGES = 100
MOST_BYTES = 64 * 1024 * 1024
"""Of one answer, over all its pages, unpacked."""

_SIDE_BY_SIDE = 12
_PAGE_SIZE = "200"
_CHUNK = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_THERE = (404, 410)
_OK = 200
_MOST_REDIRECTS = 2
_REFERENCE = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[^\s/?#%\\]{1,256})")

_TOO_LATE = "the FHIR server did not answer in time"


class Deadline:
    """One span of time for everything that a call does."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._end - self._clock())


class _NoRedirects(Session):
    """A session that leaves redirects to us.

    Told not to follow one, `requests` still reads its whole body and parses its address.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target: a redirect is an answer like any other."""
        del resp


def create_session(ca_bundle: Path | None = None) -> Session:
    """Return a session whose connections all calls share, and nothing else.

    No cookies (one EHR's would go out with the next call), and no credentials or proxies from
    files and variables that `settings` does not know. *ca_bundle* has the certificate authorities
    in the place of the usual ones.
    """
    session = _NoRedirects()
    session.trust_env = False
    session.verify = True if ca_bundle is None else str(ca_bundle)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = GuardedAdapter(pool_connections=16, pool_maxsize=64)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


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
        self._base_url = base_url
        self._session = session
        self._deadline = deadline
        self._headers = {"Accept": "application/fhir+json", "Cache-Control": "no-cache"}
        # The clinician may have documented a moment ago what was missing: no cached answers.
        if access_token is not None:
            self._headers["Authorization"] = f"Bearer {access_token}"

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask side by side; a question still open at the deadline is answered as too late."""
        if not questions:
            return []
        pool = ThreadPoolExecutor(min(len(questions), _SIDE_BY_SIDE), "fhir")
        futures = [pool.submit(self._answer, question) for question in questions]
        wait(futures, self._deadline.remaining())
        pool.shutdown(wait=False, cancel_futures=True)
        return [_answer_of(future) for future in futures]

    def _answer(self, question: Question) -> Answer:
        try:
            if isinstance(question, Read):
                return self._read(question.reference)
            return self._search(question)
        except _NoAnswerError as error:
            return Unread(error.reason)
        except requests.Timeout:
            return Unread(_TOO_LATE)
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            return Unread("the FHIR server could not be reached")

    def _read(self, reference: str) -> Answer:
        parts = _REFERENCE.fullmatch(reference)
        if parts is None or parts["id"] in (".", ".."):
            raise _NoAnswerError("the reference cannot be followed")
        url = f"{self._base_url}/{parts['type']}/{quote(parts['id'], safe='')}"
        body = self._get(url, MOST_BYTES)
        if body is None:
            return ()
        resources = _page(body, parts["type"]).resources
        if [_identity(resource) for resource in resources] != [(parts["type"], parts["id"])]:
            raise _NoAnswerError("the FHIR server answered with another resource")
        return resources

    def _search(self, question: Find) -> Answer:
        parameters = question.parameters
        if not any(name == "_count" for name, _ in parameters):
            parameters = (*parameters, ("_count", _PAGE_SIZE))
        url = f"{self._base_url}/{question.resource_type}?{urlencode(parameters)}"
        resources: list[Resource] = []
        seen: set[str] = set()
        left = MOST_BYTES
        while url:
            if url in seen or len(seen) >= MOST_PAGES:
                raise _NoAnswerError("the FHIR server sent more pages than are read")
            seen.add(url)
            body = self._get(url, left)
            if body is None:
                raise _NoAnswerError("the FHIR server answered 404")
            left -= len(body)
            page = _page(body, "Bundle")
            resources.extend(page.resources)
            url = "" if page.next_link is None else self._own(url, page.next_link)
        if resources and all(r.get("resourceType") != question.resource_type for r in resources):
            raise _NoAnswerError("the FHIR server answered with other resources")
        return tuple(resources)

    def _get(self, url: str, most_bytes: int) -> bytes | None:
        """Return the body of a 200; None for something that is not there."""
        for _ in range(_MOST_REDIRECTS + 1):
            with self._session.get(
                url,
                headers=self._headers,
                timeout=self._time_left(),
                stream=True,
                allow_redirects=False,
            ) as response:
                if response.status_code == _OK:
                    return self._body(response, most_bytes)
                if response.status_code in _NOT_THERE:
                    return None
                if response.status_code not in _REDIRECTS:
                    raise _NoAnswerError(f"the FHIR server answered {response.status_code}")
                url = self._own(url, response.headers.get("Location", ""))
        raise _NoAnswerError("the FHIR server redirects without end")

    def _body(self, response: requests.Response, most_bytes: int) -> bytes:
        """Read as it comes, so that neither a flood nor a trickle goes on past its limit."""
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > most_bytes:
                raise _NoAnswerError("the FHIR server sent more than is read")
            self._time_left()
        return bytes(body)

    def _time_left(self) -> float:
        remaining = self._deadline.remaining()
        if not remaining:
            raise _NoAnswerError(_TOO_LATE)
        return remaining

    def _own(self, url: str, link: str) -> str:
        """Return where *link* leads from *url*, if that is the server's own origin.

        The token goes nowhere else.
        """
        try:
            target = urljoin(url, link)
            if _origin(target) == _origin(self._base_url):
                return target
        except ValueError:
            pass  # no address at all
        raise _NoAnswerError("the FHIR server points to another address")


class _NoAnswerError(Exception):
    """Ends one question; the reason names nothing of the patient."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _answer_of(future: "Future[Answer]") -> Answer:
    done = future.done() and not future.cancelled()
    return future.result() if done else Unread(_TOO_LATE)


def _page(body: bytes, kind: str) -> Page:
    """Decode a resource that has to be of *kind*."""
    try:
        value = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _NoAnswerError("the FHIR server answered something that is no JSON") from None
    page = read_answer(value)
    if isinstance(page, Unread):
        raise _NoAnswerError(f"the FHIR server cannot be used: {page.reason}")
    if not isinstance(value, dict) or value.get("resourceType") != kind:
        raise _NoAnswerError("the FHIR server answered with another resource")
    return page


def _identity(resource: Resource) -> tuple[object, object]:
    return resource.get("resourceType"), resource.get("id")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
