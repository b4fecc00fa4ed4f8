"""How real EHRs say the same in another way: each changes a request and a record, not their sense.

A dialect takes the request and the patient's resources, and returns both as such an EHR sends them.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from cards.record.chart import Resource
from tests.service.transport import outcome, searchset

Json = dict[str, Any]
Said = tuple[Json, list[Resource]]
Dialect = Callable[[Json, list[Resource]], Said]

_OIDS = {
    "http://hl7.org/fhir/sid/icd-10-cm": "urn:oid:2.16.840.1.113883.6.90",
    "http://snomed.info/sct": "urn:oid:2.16.840.1.113883.6.96",
    "http://www.ama-assn.org/go/cpt": "urn:oid:2.16.840.1.113883.6.12",
}
_SITE = "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580"
_LONG = "e" + ".Xy-12" * 32 + "z"
_TYPES = (
    "Coverage", "Condition", "Observation", "DiagnosticReport", "Procedure",
    "MedicationAdministration", "MedicationStatement", "MedicationRequest", "ResearchSubject",
)  # fmt: skip
_KEYS = {f"{name[0].lower()}{name[1:]}s": name for name in _TYPES} | {
    "coverages": "Coverage",
    "conditions": "Condition",
    "observations": "Observation",
    "reports": "DiagnosticReport",
}
_EMPTY = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [{"resource": outcome("warning", "not-found"), "search": {"mode": "outcome"}}],
}


def _everywhere(value: Any, change: Callable[[Json], Json]) -> Any:
    if isinstance(value, dict):
        return change({key: _everywhere(each, change) for key, each in value.items()})
    if isinstance(value, list):
        return [_everywhere(each, change) for each in value]
    return value


def _orders(request: Json) -> list[Json]:
    return [entry["resource"] for entry in request["context"]["draftOrders"]["entry"]]


def oids(request: Json, record: list[Resource]) -> Said:
    """Every code system as an OID."""

    def change(element: Json) -> Json:
        if element.get("system") in _OIDS:
            element["system"] = _OIDS[element["system"]]
        return element

    return _everywhere(request, change), _everywhere(record, change)


def site_codes_first(request: Json, record: list[Resource]) -> Said:
    """The site's own code stands before the one that all know."""
    for order in _orders(request):
        order["code"].setdefault("coding", []).insert(0, {"system": _SITE, "code": "12345"})
    return request, record


def long_ids(request: Json, record: list[Resource]) -> Said:
    """Draft orders with ids of 194 characters, with dots."""
    for number, order in enumerate(_orders(request)):
        order["id"] = f"{_LONG}{number}"[:194].ljust(194, ".")
    return request, record


def bare_bundle(request: Json, record: list[Resource]) -> Said:
    """Neither a type of Bundle nor a fullUrl."""
    request["context"]["draftOrders"].pop("type", None)
    for entry in request["context"]["draftOrders"]["entry"]:
        entry.pop("fullUrl", None)
    return request, record


def medications_among_the_orders(request: Json, record: list[Resource]) -> Said:
    """A drug and its order among the orders, each an entry."""
    drug = {"resourceType": "Medication", "id": "drug", "code": {"text": "Filgrastim"}}
    prescription = {
        "resourceType": "MedicationRequest",
        "id": "prescription",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
        "medicationReference": {"reference": "Medication/drug"},
    }
    entries = request["context"]["draftOrders"]["entry"]
    entries[:0] = [{"resource": drug}, {"resource": prescription}]
    return request, record


def signed_again(request: Json, record: list[Resource]) -> Said:
    """An order that was signed before: its status is active."""
    for order in _orders(request):
        order["status"] = "active"
    return request, record


def stu3(request: Json, record: list[Resource]) -> Said:
    """The order as a ProcedureRequest."""
    for order in _orders(request):
        order["resourceType"] = "ProcedureRequest"
    return request, record


def references_for_ids(request: Json, record: list[Resource]) -> Said:
    """References where bare ids belong."""
    context = request["context"]
    context["patientId"] = f"Patient/{context['patientId']}"
    context["encounterId"] = "Encounter/e1"
    return request, record


def left_out(request: Json, record: list[Resource]) -> Said:
    """No user, and null for the authorization."""
    request["context"].pop("userId", None)
    request["fhirAuthorization"] = None
    return request, record


def category_as_an_object(request: Json, record: list[Resource]) -> Said:
    """A category is an object where FHIR has a list."""
    category = {"coding": [{"system": "http://snomed.info/sct", "code": "387713003"}]}
    for order in _orders(request):
        order["category"] = category
    said = [
        {**each, "category": each["category"][0]}
        if isinstance(each.get("category"), list) and each["category"]
        else each
        for each in record
    ]
    return request, said


def whole_prefetch(request: Json, record: list[Resource]) -> Said:
    """Everything in the prefetch, and nobody to ask; an empty search is an entry that says so."""
    prefetch: Json = {"patient": _only(record, "Patient")[0]}
    for key, kind in _KEYS.items():
        found = _only(record, kind)
        prefetch[key] = searchset(*found) if found else _EMPTY
    # Organizations and drugs come along with what refers to them.
    prefetch["coverages"].setdefault("entry", []).extend(
        {"resource": each, "search": {"mode": "include"}}
        for each in _only(record, "Organization", "Medication")
    )
    request["prefetch"] = prefetch
    return request, []


def nulls_and_bare_resources(request: Json, record: list[Resource]) -> Said:
    """Null for an empty search, and a resource without its Bundle where there is only one."""
    request, _ = whole_prefetch(request, record)
    for key, value in request["prefetch"].items():
        entries = value.get("entry", [])
        if value is _EMPTY:
            request["prefetch"][key] = None
        elif len(entries) == 1:
            request["prefetch"][key] = entries[0]["resource"]
    return request, []


def renamed_keys(request: Json, record: list[Resource]) -> Said:
    """Keys of the EHR's own making; what is empty tells nothing, and has to be fetched."""
    said, _ = whole_prefetch(request, record)
    said["prefetch"] = {f"x-{key}.1": value for key, value in said["prefetch"].items()}
    return said, record


def failing_prefetch(request: Json, record: list[Resource]) -> Said:
    """Errors, pages for people and first pages in the prefetch; the server has it all."""
    first = {**searchset(*_only(record, "Condition")[:1], next_link="https://x.example/2")}
    request["prefetch"] = {
        "patient": outcome(),
        "coverages": searchset(outcome()),
        "conditions": first,
        "observations": "<html><body>502 Bad Gateway</body></html>",
        "reports": {**searchset(), "total": 3, "entry": []},
        "procedures": {"entry": []},
        "medicationStatements": [],
    }
    return request, record


DIALECTS: Mapping[str, Dialect] = {
    each.__name__: each
    for each in (
        oids, site_codes_first, long_ids, bare_bundle, medications_among_the_orders, signed_again,
        stu3, references_for_ids, left_out, category_as_an_object, whole_prefetch,
        nulls_and_bare_resources, renamed_keys, failing_prefetch,
    )
}  # fmt: skip


def spoken(dialect: Dialect, request: Mapping[str, Any], record: list[Resource]) -> Said:
    """Return both in the dialect, leaving what was given as it is."""
    return dialect(copy.deepcopy(dict(request)), copy.deepcopy(record))


def _only(record: list[Resource], *kinds: str) -> list[Resource]:
    return [each for each in record if each["resourceType"] in kinds]
