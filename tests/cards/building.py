"""Builds FHIR resources in a line each, and one patient for whom every criterion is met."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from cards.criteria import decide
from cards.finding import Finding
from cards.library import Library, load_library
from cards.orders.drafts import read_orders
from cards.orders.order import Order
from cards.record.chart import Chart
from cards.review import PayerMatching, review
from cards.values.coding import CPT, HCPCS, ICD_10_CM, LOINC, RXNORM, SNOMED_CT
from cards.verdict import Verdict
from cards.view import View

Json = dict[str, Any]
Code = tuple[str, str]
Record = dict[str, list[Json]]

AS_OF = date(2026, 11, 21)
PATIENT = "patient-1"
SUBJECT = {"reference": f"Patient/{PATIENT}"}
POLICY = "capital-blue-cross/mp-9.053"

SYSTEMIC_SCLEROSIS = (ICD_10_CM, "M34.0")
MULTIPLE_SCLEROSIS = (ICD_10_CM, "G35")
RHEUMATOID_ARTHRITIS = (ICD_10_CM, "M06.9")
MYELOMA = (ICD_10_CM, "C90.00")
GAVE = (SNOMED_CT, "43935004")
PULMONARY_FIBROSIS = (SNOMED_CT, "700250006")
ECG_IMPRESSION = (LOINC, "8601-7")
ECG_ABNORMAL = (SNOMED_CT, "102594003")
ECG_NORMAL = (SNOMED_CT, "164854000")
CHEST_CT_HIGH_RESOLUTION = (LOINC, "37439-7")
CHEST_CT = (LOINC, "24627-2")
LVEF = (LOINC, "10230-1")
TAPSE = (LOINC, "77903-3")
PASP = (LOINC, "8440-0")
MPAP = (LOINC, "8414-5")
DLCO_PERCENT = (LOINC, "98130-8")
DLCO = (LOINC, "19911-7")
FVC_PERCENT = (LOINC, "19872-1")
FVC = (LOINC, "19870-5")
CREATININE_CLEARANCE = (LOINC, "2164-2")
EGFR = (LOINC, "62238-1")
CYCLOPHOSPHAMIDE = (RXNORM, "3002")

YES, NO = {"valueBoolean": True}, {"valueBoolean": False}

AUTOLOGOUS = (CPT, "38241")
ALLOGENEIC = (CPT, "38240")
UNSTATED = (HCPCS, "S2150")
PROCESSING = (CPT, "38207")


def concept(*codes: Code, text: str | None = None) -> Json:
    """Return a CodeableConcept."""
    built: Json = {}
    if codes:
        built["coding"] = [{"system": system, "code": code} for system, code in codes]
    if text is not None:
        built["text"] = text
    return built


def named(what: Code | str) -> Json:
    """Return a CodeableConcept of a code, or of text alone."""
    return concept(text=what) if isinstance(what, str) else concept(what)


def value(content: Any) -> Json:
    """Return the `value[x]` for (comparator,) number and unit, a bare integer, or a text.

    A mapping stands as it is, so that a test may write any value.
    """
    if isinstance(content, dict):
        return content
    if isinstance(content, tuple):
        *comparator, number, unit = content
        spelled = {"comparator": comparator[0] if comparator else None, "unit": unit}
        return {"valueQuantity": _without_none({"value": number, **spelled})}
    return {"valueInteger" if isinstance(content, int) else "valueString": content}


def observation(identity: str, what: Code | str, content: Any, **more: Any) -> Json:
    """Return a final Observation of 1 October 2026; *more* replaces any element, None drops it."""
    return _without_none(
        {
            "resourceType": "Observation",
            "id": identity,
            "status": "final",
            "code": named(what),
            "subject": SUBJECT,
            "effectiveDateTime": "2026-10-01",
            **value(content),
            **more,
        }
    )


def condition(
    identity: str, what: Code | str, clinical: str | None = "active", **more: Any
) -> Json:
    """Return a Condition recorded on 1 October 2026; *verification* is its status, confirmed."""
    verification = more.pop("verification", "confirmed")
    return _without_none(
        {
            "resourceType": "Condition",
            "id": identity,
            "clinicalStatus": _status("condition-clinical", clinical),
            "verificationStatus": _status("condition-ver-status", verification),
            "code": named(what),
            "subject": SUBJECT,
            "recordedDate": "2026-10-01",
            **more,
        }
    )


def report(identity: str, what: Code | str, conclusion: str | None, **more: Any) -> Json:
    """Return a final DiagnosticReport of 1 October 2026."""
    return _without_none(
        {
            "resourceType": "DiagnosticReport",
            "id": identity,
            "status": "final",
            "code": named(what),
            "subject": SUBJECT,
            "effectiveDateTime": "2026-10-01",
            "conclusion": conclusion,
            **more,
        }
    )


def medication(kind: str, identity: str, status: str, **more: Any) -> Json:
    """Return a medication record about cyclophosphamide."""
    return _without_none(
        {
            "resourceType": kind,
            "id": identity,
            "status": status,
            "medicationCodeableConcept": named(CYCLOPHOSPHAMIDE),
            "subject": SUBJECT,
            **more,
        }
    )


def statement(identity: str, start: str, end: str | None, status: str = "completed") -> Json:
    """Return a MedicationStatement on a course of cyclophosphamide."""
    period = _without_none({"start": start, "end": end})
    return medication("MedicationStatement", identity, status, effectivePeriod=period)


def coverage(identity: str, payor: Any, **more: Any) -> Json:
    """Return an active Coverage; *payor* is a payer's name, or a whole payor element."""
    return _without_none(
        {
            "resourceType": "Coverage",
            "id": identity,
            "status": "active",
            "beneficiary": SUBJECT,
            "payor": [{"display": payor} if isinstance(payor, str) else payor],
            **more,
        }
    )


def request(what: Code | str = AUTOLOGOUS, *reasons: Code | str, **more: Any) -> Json:
    """Return a draft ServiceRequest; without *reasons* it gives none."""
    return _without_none(
        {
            "resourceType": "ServiceRequest",
            "id": "draft-1",
            "status": "draft",
            "intent": "order",
            "code": named(what),
            "subject": SUBJECT,
            "reasonCode": [named(reason) for reason in reasons] or None,
            **more,
        }
    )


def record(**changes: list[Json]) -> Record:
    """Return the record of a patient who meets every criterion, fact by fact, with *changes*.

    A fact given as an empty list is missing altogether.
    """
    whole: Record = {
        "patient": [{"resourceType": "Patient", "id": PATIENT, "birthDate": "1980-02-17"}],
        "coverage": [coverage("coverage", "Capital Blue Cross")],
        "disease": [condition("disease", SYSTEMIC_SCLEROSIS, onsetDateTime="2023-09-12")],
        "skin_score": [observation("skin-score", "Modified Rodnan skin score", 27)],
        "ecg": [
            observation("ecg", ECG_IMPRESSION, {"valueCodeableConcept": concept(ECG_ABNORMAL)})
        ],
        "dlco": [observation("dlco", DLCO_PERCENT, (63, "%"))],
        "fvc": [
            observation("fvc-before", FVC_PERCENT, (80, "%"), effectiveDateTime="2026-03-01"),
            observation("fvc", FVC_PERCENT, (70, "%")),
        ],
        "fibrosis": [condition("fibrosis", PULMONARY_FIBROSIS)],
        "ground_glass": [report("ct", CHEST_CT_HIGH_RESOLUTION, "Bilateral ground-glass opacity.")],
        "renal_disease": [condition("renal", "Scleroderma renal crisis", "resolved")],
        "cyclophosphamide": [statement("cyclophosphamide", "2025-01-10", "2025-04-10")],
        "gave": [condition("gave", GAVE, verification="refuted")],
        "lvef": [observation("lvef", LVEF, (60, "%"))],
        "tapse": [observation("tapse", TAPSE, (2.2, "cm"))],
        "pasp": [observation("pasp", PASP, (25, "mm[Hg]"))],
        "mpap": [observation("mpap", MPAP, (16, "mm[Hg]"))],
        "clearance": [observation("clearance", CREATININE_CLEARANCE, (83, "mL/min"))],
    }
    unknown = changes.keys() - whole.keys()
    assert not unknown, f"no such facts: {unknown}"
    return whole | changes


def chart(facts: Record | Iterable[Json], unavailable: Mapping[str, str] | None = None) -> Chart:
    """Return the chart of the patient that holds these resources."""
    resources = facts.values() if isinstance(facts, dict) else [facts]
    return Chart.build(PATIENT, [each for some in resources for each in some], unavailable)


@cache
def library() -> Library:
    """Return the package's own library, loaded once."""
    return load_library()


def orders(*requests: Json) -> tuple[Order, ...]:
    """Return the orders that a policy may govern."""
    return read_orders(library().clinical, requests, PATIENT).orders


def findings(
    facts: Record | Iterable[Json],
    *requests: Json,
    as_of: date = AS_OF,
    matching: PayerMatching = "reference",
    unavailable: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return the findings for some orders; without any, for an autologous transplant."""
    drafts = requests or (request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS),)
    return review(library(), orders(*drafts), chart(facts, unavailable), as_of, matching)


def finding(
    facts: Record | Iterable[Json],
    *requests: Json,
    as_of: date = AS_OF,
    matching: PayerMatching = "reference",
    unavailable: Mapping[str, str] | None = None,
) -> Finding:
    """Return the one finding for an order."""
    (only,) = findings(facts, *requests, as_of=as_of, matching=matching, unavailable=unavailable)
    return only


def verdicts(one: Finding) -> dict[str, str]:
    """Return the verdict of each criterion, by id."""
    return {criterion.id: criterion.state.value for criterion in one.criteria}


def verdict(
    criterion: str,
    resources: Iterable[Json],
    as_of: date = AS_OF,
    unavailable: Mapping[str, str] | None = None,
) -> Verdict:
    """Return the verdict of one criterion of the policy for a chart of these resources alone."""
    version = library().by_id[POLICY].version_on(AS_OF)
    assert version is not None
    (order,) = orders(request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS))
    view = View(order, chart(resources, unavailable), library().clinical, as_of)
    return decide(version.tests()[criterion], view)


def state(criterion: str, *resources: Json, as_of: date = AS_OF) -> str:
    """Return how one criterion stands for a chart of these resources alone."""
    return verdict(criterion, resources, as_of).state.value


def _status(system: str, code: str | None) -> Json | None:
    if code is None:
        return None
    return concept((f"http://terminology.hl7.org/CodeSystem/{system}", code))


def _without_none(resource: Json) -> Json:
    return {name: content for name, content in resource.items() if content is not None}
