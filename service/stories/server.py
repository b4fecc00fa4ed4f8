"""A small read-only FHIR R4 server over the stories, so that the whole path runs on real HTTP.

It answers what the service asks, and refuses searches that it does not understand: a parameter
passed over would find more than was asked for. Only for stories; a record of a real patient is
never served here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from cards.record.chart import Resource, relative_reference
from service.errors import operation_outcome
from service.stories.story import Story

_PAGE = 50
_LARGEST_PAGE = 200
_LONGEST_NUMBER = 9
_PATIENT_ELEMENTS = ("subject", "patient", "beneficiary", "individual")
_TOKEN_ELEMENTS = {
    "code": "code",
    "category": "category",
    "status": "status",
    "clinical-status": "clinicalStatus",
    "verification-status": "verificationStatus",
    "type": "type",
    "intent": "intent",
}


class _SearchError(Exception):
    """A search parameter that is not understood; the message is for the caller."""


def create_story_server(stories: Sequence[Story]) -> Blueprint:
    """Return the blueprint of the FHIR server; where it is mounted is its base URL."""
    by_type: dict[str, dict[str, Resource]] = {}
    for story in stories:
        for resource in story.resources:
            same = by_type.setdefault(str(resource.get("resourceType")), {})
            same.setdefault(str(resource.get("id")), resource)
    server = Blueprint("story_server", __name__)

    def metadata() -> ResponseReturnValue:
        return _fhir(_capabilities(sorted(by_type)))

    def read(kind: str, identity: str) -> ResponseReturnValue:
        found = by_type.get(kind, {}).get(identity)
        return _fhir(found) if found is not None else _refusal(404, "not-found", "No such resource")

    def search(kind: str) -> ResponseReturnValue:
        parameters = [*request.args.items(multi=True), *request.form.items(multi=True)]
        try:
            return _fhir(_searchset(by_type.get(kind, {}).values(), kind, parameters))
        except _SearchError as error:
            return _refusal(400, "not-supported", str(error))

    server.add_url_rule("/metadata", "metadata", metadata)
    server.add_url_rule("/<kind>", "search", search)
    server.add_url_rule("/<kind>/_search", "search_by_post", search, methods=["POST"])
    server.add_url_rule("/<kind>/<identity>", "read", read)
    return server


def _searchset(
    resources: Iterable[Resource], kind: str, parameters: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    size, offset = _PAGE, 0
    criteria = []
    for name, value in parameters:
        if name == "_count":
            size = min(_number(name, value) or _PAGE, _LARGEST_PAGE)
        elif name == "_offset":
            offset = _number(name, value)
        elif name != "_sort":  # any order is an order
            criteria.append((name, value))
    found = [r for r in resources if all(_matches(r, *criterion) for criterion in criteria)]
    base = request.base_url.removesuffix("/_search")
    root = base.rpartition("/")[0]
    page = found[offset : offset + size]
    links = [{"relation": "self", "url": _url(base, criteria, size, offset)}]
    if offset + size < len(found):
        links.append({"relation": "next", "url": _url(base, criteria, size, offset + size)})
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": links,
    }
    if page:
        bundle["entry"] = [
            {
                "fullUrl": f"{root}/{kind}/{resource.get('id')}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in page
        ]
    return bundle


def _number(name: str, value: str) -> int:
    if not value.isdecimal() or len(value) > _LONGEST_NUMBER:
        raise _SearchError(f"{name} is no number")
    return int(value)


def _url(base: str, criteria: Sequence[tuple[str, str]], size: int, offset: int) -> str:
    return f"{base}?{urlencode([*criteria, ('_count', size), ('_offset', offset)])}"


def _matches(resource: Resource, name: str, value: str) -> bool:
    alternatives = value.split(",")
    if name == "_id":
        return resource.get("id") in alternatives
    if name in _PATIENT_ELEMENTS:
        named = {f"Patient/{each.removeprefix('Patient/')}" for each in alternatives}
        return any(relative_reference(resource.get(e)) in named for e in _PATIENT_ELEMENTS)
    if name in _TOKEN_ELEMENTS:
        tokens = set(_tokens(resource.get(_TOKEN_ELEMENTS[name])))
        return any(_holds(tokens, each) for each in alternatives)
    raise _SearchError(f"The search parameter {name} is not supported")


def _tokens(element: Any) -> Iterator[tuple[str, str]]:
    """Yield system and code of a code, a CodeableConcept or a list of them."""
    if isinstance(element, str):
        yield "", element
    elif isinstance(element, list):
        for each in element:
            yield from _tokens(each)
    elif isinstance(element, dict):
        for coding in element.get("coding", ()):
            yield str(coding.get("system", "")), str(coding.get("code", ""))


def _holds(tokens: set[tuple[str, str]], wanted: str) -> bool:
    system, bar, code = wanted.rpartition("|")
    return any(
        (not bar or token_system == system) and code in ("", token_code)
        for token_system, token_code in tokens
    )


def _capabilities(kinds: Sequence[str]) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "implementation": {
            "description": "The stories of transplant-cds: patients of fiction, read-only"
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                    }
                    for kind in kinds
                ],
            }
        ],
    }


def _refusal(status: int, code: str, diagnostics: str) -> Response:
    return _fhir(operation_outcome(code, diagnostics), status)


def _fhir(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, mimetype="application/fhir+json")
