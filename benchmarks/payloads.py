"""Generates what the benchmark sends: orders, and records of invented patients of any size."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cards.searches import SEARCHES

Json = dict[str, Any]

STORY = "skin-score-14-is-one-too-few"
"""The story whose patient is benchmarked: an autologous transplant for systemic sclerosis."""

_FIXTURES = Path(__file__).parent.parent / "fixtures"
_INSTANCE = "3f1c9d52-6c1e-4f7e-9a40-0d6d9a7f4b11"
_LOINC = "http://loinc.org"
_SNOMED = "http://snomed.info/sct"
_VITALS_AND_LABS = (
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 120),
    ("8867-4", "Heart rate", "/min", 72),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 13),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 4),
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 7),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 1),
)
_PROBLEMS = (
    ("38341003", "Hypertensive disorder", "I10"),
    ("55822004", "Hyperlipidemia", "E78.5"),
    ("195967001", "Asthma", "J45.909"),
    ("235595009", "Gastroesophageal reflux disease", "K21.9"),
)
_DONE = (
    ("430193006", "Medication reconciliation"),
    ("76601001", "Intramuscular injection"),
    ("710824005", "Assessment of health and social care needs"),
)
_FIRST_DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Story:
    """What a story gives the benchmark: a request, a record, and the whole expected answer."""

    request: Json
    record: tuple[Json, ...]
    expected: Json
    as_of: str = "2026-11-21"

    @property
    def patient_id(self) -> str:
        """The FHIR id of the story's patient."""
        return str(self.request["context"]["patientId"])


def story() -> Story:
    """Read the story that the benchmark reviews."""
    folder = _FIXTURES / STORY
    record = tuple(_json(file) for file in sorted((folder / "fhir").glob("*.json")))
    return Story(_json(folder / "request.json"), record, _json(folder / "expected.json"))


def _json(file: Path) -> Json:
    content: Json = json.loads(file.read_bytes())
    return content


def encoded(request: Json) -> bytes:
    """Return a request as most EHRs write it: without spaces."""
    return json.dumps(request, separators=(",", ":")).encode()


def irrelevant(patient_id: str, prefetch: Json | None = None) -> Json:
    """Return a request to sign three everyday orders, about 3 kB without its prefetch."""
    orders = [
        _order(patient_id, 1, "ServiceRequest", "71046", "Radiologic examination, chest; 2 views"),
        _order(patient_id, 2, "ServiceRequest", "80053", "Comprehensive metabolic panel"),
        _order(patient_id, 3, "MedicationRequest", "29046", "Lisinopril 10 MG Oral Tablet"),
    ]
    request = _request(patient_id, orders)
    if prefetch is not None:
        request["prefetch"] = prefetch
    return request


def transplant(told: Story, prefetch: Json | None) -> Json:
    """Return the story's request; with *prefetch* it names no FHIR server."""
    request = dict(told.request)
    if prefetch is not None:
        del request["fhirServer"]
        request["prefetch"] = prefetch
    return request


def prefetch_of(resources: Iterable[Json]) -> Json:
    """Return a prefetch that answers every search of the discovery document."""
    by_type: dict[str, list[Json]] = {}
    for resource in resources:
        by_type.setdefault(resource["resourceType"], []).append(resource)
    return {
        search.key: by_type[kind][0] if search.is_read else searchset(by_type.get(kind, []))
        for kind, search in SEARCHES.items()
    }


def searchset(resources: list[Json]) -> Json:
    """Return the Bundle that a server would answer a search with."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource} for resource in resources],
    }


def everyday_record(
    patient_id: str, conditions: int = 30, observations: int = 300, procedures: int = 40
) -> Iterator[Json]:
    """Yield an unremarkable record; with the default numbers its prefetch is about 160 kB."""
    for number in range(conditions):
        yield _condition(patient_id, number)
    for number in range(observations):
        yield _observation(patient_id, number)
    for number in range(procedures):
        yield _procedure(patient_id, number)


def _request(patient_id: str, orders: list[Json]) -> Json:
    return {
        "hook": "order-sign",
        "hookInstance": _INSTANCE,
        "context": {
            "userId": "Practitioner/example",
            "patientId": patient_id,
            "encounterId": "encounter-1",
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": order} for order in orders],
            },
        },
    }


def _order(patient_id: str, number: int, kind: str, code: str, text: str) -> Json:
    is_drug = kind == "MedicationRequest"
    system = (
        "http://www.nlm.nih.gov/research/umls/rxnorm"
        if is_drug
        else "http://www.ama-assn.org/go/cpt"
    )
    return {
        "resourceType": kind,
        "id": f"draft-{number}",
        "meta": {"lastUpdated": "2026-11-21T09:30:00.000-05:00"},
        "status": "draft",
        "intent": "order",
        "priority": "routine",
        "category": [{"coding": [{"system": _SNOMED, "code": "386053000"}], "text": "Evaluation"}],
        "medicationCodeableConcept" if is_drug else "code": {
            "coding": [{"system": system, "code": code, "display": text}],
            "text": text,
        },
        "subject": {"reference": f"Patient/{patient_id}", "display": "Example, Patient"},
        "encounter": {"reference": "Encounter/encounter-1"},
        "authoredOn": "2026-11-21T09:30:00-05:00",
        "requester": {"reference": "Practitioner/example", "display": "Example, Clinician MD"},
        "reasonCode": [
            {
                "coding": [
                    {
                        "system": "http://hl7.org/fhir/sid/icd-10-cm",
                        "code": "I10",
                        "display": "Essential (primary) hypertension",
                    }
                ],
                "text": "Hypertension",
            }
        ],
        "note": [{"text": "Please schedule before the next visit."}],
    }


def _subject(patient_id: str) -> Json:
    return {"reference": f"Patient/{patient_id}"}


def _day(number: int) -> str:
    return (_FIRST_DAY + timedelta(days=number % 900)).isoformat()


def _condition(patient_id: str, number: int) -> Json:
    code, text, icd = _PROBLEMS[number % len(_PROBLEMS)]
    status = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "resourceType": "Condition",
        "id": f"problem-{number}",
        "subject": _subject(patient_id),
        "clinicalStatus": {"coding": [{"system": f"{status}clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{status}ver-status", "code": "confirmed"}]},
        "code": {
            "coding": [
                {"system": _SNOMED, "code": code, "display": text},
                {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": icd},
            ],
            "text": text,
        },
        "onsetDateTime": _day(number),
        "recordedDate": _day(number),
    }


def _observation(patient_id: str, number: int) -> Json:
    code, text, unit, value = _VITALS_AND_LABS[number % len(_VITALS_AND_LABS)]
    return {
        "resourceType": "Observation",
        "id": f"result-{number}",
        "subject": _subject(patient_id),
        "status": "final",
        "code": {"coding": [{"system": _LOINC, "code": code}], "text": text},
        "effectiveDateTime": f"{_day(number)}T08:00:00-05:00",
        "valueQuantity": {
            "value": value + number % 7 / 10,
            "unit": unit,
            "code": unit,
        },
    }


def _procedure(patient_id: str, number: int) -> Json:
    code, text = _DONE[number % len(_DONE)]
    return {
        "resourceType": "Procedure",
        "id": f"done-{number}",
        "subject": _subject(patient_id),
        "status": "completed",
        "code": {"coding": [{"system": _SNOMED, "code": code, "display": text}], "text": text},
        "performedDateTime": f"{_day(number)}T08:00:00-05:00",
    }
