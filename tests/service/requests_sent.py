"""Requests as EHRs send them, to be changed by a test."""

from typing import Any

from tests.service.transport import BASE

ORDER_SIGN = "/cds-services/transplant-policy-order-sign"
ORDER_SELECT = "/cds-services/transplant-policy-order-select"
AUTOLOGOUS, ALLOGENEIC, BLOOD_COUNT = "38241", "38240", "85025"


def order(identity: str, code: str = AUTOLOGOUS, patient: str = "anna") -> dict[str, Any]:
    """Return a draft order by CPT code, for systemic sclerosis."""
    return {
        "resourceType": "ServiceRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]},
        "reasonCode": [
            {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M34.0"}]}
        ],
    }


def order_sign(*orders: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    """Return an order-sign request; *envelope* adds to it or replaces."""
    return {
        "hook": "order-sign",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": BASE,
        "context": {
            "userId": "Practitioner/doc",
            "patientId": "anna",
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": each} for each in orders or (order("draft-1"),)],
            },
        },
        **envelope,
    }


def order_select(*orders: dict[str, Any], selections: list[str]) -> dict[str, Any]:
    """Return an order-select request."""
    request = order_sign(*orders, hook="order-select")
    request["context"]["selections"] = selections
    return request


PATIENT = {"resourceType": "Patient", "id": "anna", "birthDate": "1980-05-01"}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "cov",
    "status": "active",
    "beneficiary": {"reference": "Patient/anna"},
    "payor": [{"display": "Capital Blue Cross"}],
}
CONDITION = {
    "resourceType": "Condition",
    "id": "ssc",
    "subject": {"reference": "Patient/anna"},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M34.0"}]},
    "onsetDateTime": "2024-01-01",
}
