"""A FHIR server without a network: an adapter for `requests` that answers as a test says."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from service.fhir.client import create_session

BASE = "https://ehr.example/fhir"

Answer = tuple[int, bytes] | Exception


class FakeFhir(BaseAdapter):
    """Answers searches by resource type and reads by reference; `asked` keeps every request."""

    def __init__(self, resources: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__()
        self.resources = list(resources)
        self.answers: dict[str, Answer] = {}
        self.otherwise: Answer | None = None
        self.asked: list[requests.PreparedRequest] = []

    def session(self) -> requests.Session:
        """Return the service's own kind of session, with this as its only transport."""
        session = create_session()
        session.mount("http://", self)
        session.mount("https://", self)
        return session

    @property
    def paths(self) -> list[str]:
        """The type or reference of each request, in alphabetical order."""
        return sorted(self._path(str(request.url)) for request in self.asked)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer as `answers` says for the path, `otherwise`, or from the resources."""
        self.asked.append(request)
        answer = self.answers.get(self._path(str(request.url)), self.otherwise)
        if isinstance(answer, Exception):
            raise answer
        return _response(request, *(answer or self._found(str(request.url))))

    def close(self) -> None:
        """Close nothing."""

    def _path(self, url: str) -> str:
        return urlsplit(url).path.removeprefix(urlsplit(BASE).path).strip("/")

    def _found(self, url: str) -> tuple[int, bytes]:
        kind, _, identity = self._path(url).partition("/")
        same = [each for each in self.resources if each["resourceType"] == kind]
        if identity:
            read = [each for each in same if each["id"] == identity]
            return (200, encoded(read[0])) if read else (404, b"")
        assert dict(parse_qsl(urlsplit(url).query)).get("patient")
        return 200, encoded(searchset(*same))


class ForbiddenFhir(FakeFhir):
    """A FHIR server that must not be asked."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Fail."""
        raise AssertionError(f"{request.method} was sent")


def searchset(*resources: Mapping[str, Any], next_link: str | None = None) -> dict[str, Any]:
    """Return a search's answer."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if resources:
        bundle["entry"] = [{"resource": resource} for resource in resources]
    if next_link is not None:
        bundle["link"] = [{"relation": "next", "url": next_link}]
    return bundle


def outcome(severity: str = "error", code: str = "processing") -> dict[str, Any]:
    """Return an OperationOutcome with one issue."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def encoded(value: Any) -> bytes:
    """Return *value* as JSON."""
    return json.dumps(value).encode()


def changed(
    request: dict[str, Any], path: str, change: Callable[[dict[str, Any], str], None]
) -> dict[str, Any]:
    """Return *request* after *change* was made to what is at the dotted *path*."""
    *above, last = path.split(".")
    place: dict[str, Any] = request
    for step in above:
        place = place[step]
    change(place, last)
    return request


def _response(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.request = request
    response.url = str(request.url)
    response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False, status=status)
    return response
