"""Writes to a FHIR server, for the command `sandbox` alone: the service itself only ever reads.

Its connections are those of `fhir.client`: no cookies, no redirects, no credentials from elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from cards.record.chart import Resource
from service.errors import ServiceError
from service.fhir.bundle import read_answer
from service.fhir.client import Session
from service.fhir.source import Unread

_PAGE_SIZE = 200
_MOST_PAGES = 1000
_LONGEST_REMARK = 200
_OK = range(200, 300)
_REDIRECTS = range(300, 400)
_HINTS = {
    401: "it wants a token; give one with --token-file",
    403: "it does not let us do this; ask whoever runs it for the right to read and write",
    404: "there is no such address; the base URL of a FHIR server often ends in /fhir or /baseR4",
    429: "it asks for patience; try again later",
}
"""What the next request would be answered too, and what to do about it."""

_VERSIONS = ("4.0", "4.3")


class ServerError(ServiceError):
    """The server cannot be used, or refuses; the message says what and, if known, the cure."""


class Refusal(ServerError):
    """The server answered, and refused this request; the next one may fare better."""


class SandboxServer:
    """A FHIR server that we may write to."""

    def __init__(
        self, base_url: str, session: Session, timeout_seconds: float, token: str | None = None
    ) -> None:
        """*base_url* has no slash at the end; *token* is a bearer token for that server."""
        self.base_url = base_url
        self._session = session
        self._timeout = timeout_seconds
        # Servers answer a repeated search from their memory; we have just changed what is found.
        self._headers = {"Accept": "application/fhir+json", "Cache-Control": "no-cache"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def check(self) -> str:
        """Return what the server calls itself; raises ServerError where it is no R4 server."""
        statement = self._send("GET", f"{self.base_url}/metadata")
        if statement.get("resourceType") != "CapabilityStatement":
            raise ServerError(f"{self.base_url} is no FHIR server: /metadata says something else")
        version = str(statement.get("fhirVersion"))
        if not version.startswith(_VERSIONS):
            raise ServerError(f"{self.base_url} speaks FHIR {version}; we need R4 (4.0.1)")
        software = statement.get("software")
        named = software.get("name") if isinstance(software, dict) else None
        return str(named or "a FHIR server")

    def transact(self, bundle: Mapping[str, Any]) -> list[int]:
        """Carry out a transaction; returns the HTTP status of each entry, in their order."""
        answer = self._send("POST", self.base_url, bundle)
        entries = answer.get("entry")
        responses = [e.get("response") for e in entries or () if isinstance(e, dict)]
        statuses = [
            int(str(response.get("status"))[:3])
            for response in responses
            if isinstance(response, dict) and str(response.get("status"))[:3].isdecimal()
        ]
        if len(statuses) != len(bundle["entry"]):
            raise ServerError(f"{self.base_url} does not say what it did with the transaction")
        if any(status not in _OK for status in statuses):
            raise Refusal("a part of the transaction was refused")
        return statuses

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> Iterator[Resource]:
        """Yield what a search finds, page by page, following the server's own links."""
        query = urlencode([*parameters, ("_count", str(_PAGE_SIZE))])
        url: str | None = f"{self.base_url}/{kind}?{query}"
        for _ in range(_MOST_PAGES):
            page = read_answer(self._send("GET", str(url)))
            if isinstance(page, Unread):
                raise ServerError(f"the search of {kind}: {page.reason}")
            yield from (each for each in page.resources if each.get("resourceType") == kind)
            if page.next_link is None:
                return
            url = self._own(urljoin(str(url), page.next_link))
        raise ServerError(f"the search of {kind} has pages without end")

    def _send(
        self, method: str, url: str, content: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = None if content is None else msgspec.json.encode(content)
        kind = {} if body is None else {"Content-Type": "application/fhir+json"}
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers={**self._headers, **kind},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except OSError as error:  # whatever `requests` raises is one
            kind_of = "did not answer in time" if _timed_out(error) else "cannot be reached"
            raise ServerError(f"{self.base_url} {kind_of}") from None
        if response.status_code not in _OK:
            _refuse(response.status_code, response.headers.get("Location"), response.content)
        try:
            return msgspec.json.decode(response.content, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise ServerError(
                f"{self.base_url} is no FHIR server: its answer is no JSON object"
            ) from None

    def _own(self, url: str) -> str:
        """Return *url* if it is on the server's own origin; our token goes nowhere else."""
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise ServerError(f"{self.base_url} points to another address for the next page")
        return url


def _timed_out(error: OSError) -> bool:
    return "Timeout" in type(error).__name__


def _refuse(status: int, location: str | None, body: bytes) -> NoReturn:
    if status in _REDIRECTS:
        raise ServerError(f"the server answered {status}: it is elsewhere now, at {location}")
    if status in _HINTS:
        raise ServerError(f"the server answered {status}: {_HINTS[status]}")
    remark = _remark(body)
    raise Refusal(f"the server answered {status}" + (f": {remark}" if remark else ""))


def _remark(body: bytes) -> str:
    """Return what an OperationOutcome says, shortened; the stories hold nothing of a person."""
    try:
        outcome = msgspec.json.decode(body, type=dict[str, Any])
        issue = outcome["issue"][0]
        said = issue.get("diagnostics") or issue.get("details", {}).get("text") or ""
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, AttributeError, TypeError):
        return ""
    text = " ".join(str(said).split())
    return text if len(text) <= _LONGEST_REMARK else f"{text[:_LONGEST_REMARK]} …"
