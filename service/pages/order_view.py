"""Reads a story's request and record in human terms, for the page's picture of an EHR.

Shows only: no decision rests on what is read here, and `cards` reads the same resources itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Resource = Mapping[str, Any]

_SYSTEM_NAMES = {
    "http://www.ama-assn.org/go/cpt": "CPT",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS",
    "urn:oid:2.16.840.1.113883.6.12": "CPT",
    "urn:oid:2.16.840.1.113883.6.285": "HCPCS",
    "urn:oid:2.16.840.1.113883.6.90": "ICD-10-CM",
    "urn:oid:2.16.840.1.113883.6.4": "ICD-10-PCS",
    "urn:oid:2.16.840.1.113883.6.96": "SNOMED CT",
}
_KINDS = {
    "ServiceRequest": "Service",
    "ProcedureRequest": "Service",
    "MedicationRequest": "Medication",
    "DeviceRequest": "Device",
    "SupplyRequest": "Supply",
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A coded thing in words."""

    text: str
    """What a person reads: the text, else a display, else the bare code."""
    codes: tuple[str, ...]
    """Each coding as "CPT 38241"."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """One draft order as a row of an order list."""

    reference: str
    kind: str
    what: Concept
    why: tuple[Concept, ...]
    status: str
    authored: str | None
    """The date, as written."""
    notes: tuple[str, ...]
    numbers: tuple[str, ...]
    """Identifiers that the order bears, such as a trial's."""
    for_someone_else: bool
    """The order's subject is not the patient whose chart is open."""
    not_to_do: bool
    """The order says that this shall not be done."""


@dataclass(frozen=True, slots=True)
class PatientView:
    """The banner above the orders."""

    name: str
    gender: str | None
    birth_date: str | None
    age: int | None
    """Completed years on the story's as-of date; None unless the birth date is a full date."""
    record_number: str | None
    died: str | None
    """The date, as written; "date unknown" where the record only says that they died."""


@dataclass(frozen=True, slots=True)
class CoverageView:
    """One insurance card."""

    payer: str
    detail: str | None
    """What limits it: a plan, a status other than active, an end."""


def _rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def concept(value: object) -> Concept | None:
    """Return a CodeableConcept in words, or None where it says nothing."""
    if not isinstance(value, dict):
        return None
    codings = [row for row in _rows(value.get("coding")) if isinstance(row, dict)]
    codes = tuple(
        " ".join(filter(None, [_SYSTEM_NAMES.get(str(row.get("system"))), str(row["code"])]))
        for row in codings
        if row.get("code")
    )
    displays = (_text(row.get("display")) for row in codings)
    text = _text(value.get("text")) or next(filter(None, displays), None) or next(iter(codes), None)
    return Concept(text, codes) if text else None


def _by_reference(resources: Iterable[Resource]) -> dict[str, Resource]:
    return {f"{each.get('resourceType')}/{each.get('id')}": each for each in resources}


def _named(reference: object, record: Mapping[str, Resource]) -> Concept | None:
    """Return what a Reference points to in words: the record's resource, else its display."""
    if not isinstance(reference, dict):
        return None
    resource = record.get(str(reference.get("reference")), {})
    name = _text(reference.get("display")) or _text(resource.get("name"))
    return concept(resource.get("code")) or (Concept(name, ()) if name else None)


def _what(order: Resource, record: Mapping[str, Resource]) -> Concept:
    for element in ("code", "medicationCodeableConcept", "codeCodeableConcept"):
        if found := concept(order.get(element)):
            return found
    for element in ("medicationReference", "codeReference", "itemReference"):
        if found := _named(order.get(element), record):
            return found
    return concept(order.get("itemCodeableConcept")) or Concept("Order without a name", ())


def _why(order: Resource, record: Mapping[str, Resource]) -> Iterator[Concept]:
    for row in _rows(order.get("reasonCode")):
        if found := concept(row):
            yield found
    for row in _rows(order.get("reasonReference")):
        if found := _named(row, record):
            yield found


def _identifiers(resource: Resource) -> Iterator[str]:
    for row in _rows(resource.get("identifier")):
        if isinstance(row, dict) and (value := _text(row.get("value"))):
            yield value


def draft_orders(request: Mapping[str, Any]) -> list[Resource]:
    """Return the resources in the request's `draftOrders` bundle."""
    context = request.get("context", {})
    entries = _rows(context.get("draftOrders", {}).get("entry"))
    return [entry["resource"] for entry in entries if isinstance(entry.get("resource"), dict)]


def order_views(request: Mapping[str, Any], resources: Sequence[Resource]) -> list[OrderView]:
    """Return each draft order of *request* as an order list shows it."""
    record = _by_reference(resources)
    patient = f"Patient/{str(request.get('context', {}).get('patientId')).removeprefix('Patient/')}"
    return [
        OrderView(
            reference=f"{order.get('resourceType')}/{order.get('id')}",
            kind=_KINDS.get(str(order.get("resourceType")), "Order"),
            what=_what(order, record),
            why=tuple(_why(order, record)),
            status=str(order.get("status", "unknown")),
            authored=_text(order.get("authoredOn")),
            notes=tuple(
                note
                for row in _rows(order.get("note"))
                if isinstance(row, dict) and (note := _text(row.get("text")))
            ),
            numbers=tuple(_identifiers(order)),
            not_to_do=order.get("doNotPerform") is True,
            for_someone_else=(order.get("subject") or {}).get("reference", patient) != patient,
        )
        for order in draft_orders(request)
    ]


def _age(birth_date: str | None, as_of: date) -> int | None:
    try:
        born = date.fromisoformat(birth_date or "")
    except ValueError:
        return None
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def patient_view(patient_id: str, resources: Sequence[Resource], as_of: date) -> PatientView:
    """Return the banner of *patient_id*; a patient absent from the record is named by the id."""
    patient = _by_reference(resources).get(f"Patient/{patient_id}", {})
    name = next((row for row in _rows(patient.get("name")) if isinstance(row, dict)), {})
    given = " ".join(str(part) for part in _rows(name.get("given")))
    full = ", ".join(filter(None, [_text(name.get("family")), given])) or _text(name.get("text"))
    unknown = "date unknown" if patient.get("deceasedBoolean") is True else None
    birth_date = _text(patient.get("birthDate"))
    return PatientView(
        name=full or patient_id,
        gender=_text(patient.get("gender")),
        birth_date=birth_date,
        age=_age(birth_date, as_of),
        record_number=next(_identifiers(patient), None),
        died=_text(patient.get("deceasedDateTime")) or unknown,
    )


def coverage_views(patient_id: str, resources: Sequence[Resource]) -> list[CoverageView]:
    """Return the insurance cards of *patient_id*, as recorded, in force or not."""
    record = _by_reference(resources)
    return [
        CoverageView(_payer(coverage, record), _limits(coverage))
        for coverage in resources
        if coverage.get("resourceType") == "Coverage"
        and (coverage.get("beneficiary") or {}).get("reference") == f"Patient/{patient_id}"
    ]


def _payer(coverage: Resource, record: Mapping[str, Resource]) -> str:
    contained = {
        f"#{row.get('id')}": row
        for row in _rows(coverage.get("contained"))
        if isinstance(row, dict)
    }
    known = {**record, **contained}
    for row in _rows(coverage.get("payor")):
        if found := _named(row, known):
            return found.text
    return "Payer not named"


def _limits(coverage: Resource) -> str | None:
    classes = [row for row in _rows(coverage.get("class")) if isinstance(row, dict)]
    plan = next((_text(row.get("name")) or _text(row.get("value")) for row in classes), None)
    product = concept(coverage.get("type"))
    status = _text(coverage.get("status"))
    end = _text((coverage.get("period") or {}).get("end"))
    said = [
        plan or (product.text if product else None),
        None if status == "active" else status,
        f"until {end}" if end else None,
    ]
    return ", ".join(filter(None, said)) or None
